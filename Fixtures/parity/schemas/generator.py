"""Random JSON schemas over what the grammar understands, and values that fit them more or less.

Left out on purpose, because spellings or rounding decide there and not the schema: integers written with a point,
decimals that float64 does not hold exactly in `multipleOf`, exponents, `oneOf` with branches that overlap, `format`.
"""

import random
from typing import Any

Schema = dict[str, Any] | bool

NAMES = ["a", "b", "ab", "name", "note é", "x-1", "\"q\"", "名前", ""]
TEXTS = [
    "", "a", "b", "ab", "abc", "aab", "x-1", "x-12", "12", "2024-05-01", "é", "éa", "名前", "😀", "a😀b", "\"q\"", "\\", "a\nb",
    "red", "green", "A1", "foo bar", "\t", "zzzzzzzz", "/", "\u0001",
]
PATTERNS = [
    "^a", "b$", "^[a-z]+$", "^[^a]*$", "^x-[0-9]{1,3}$", "a|b", "^(red|green)$", "^.{2,4}$", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "é",
    "^(a|b)+c?$", "^[a-f0-9]{2}(-[a-f0-9]{2})*$", "[^\\x00-\\x7f]", "^\\S*$", "^(?:ab?)*$", "\\\\", "^[A-Za-z0-9_]+$|^$",
]
KEY_PATTERNS = ["^x-", "^[a-c]+$", "e$", "^(b|n)"]


class Generator:
    """Draws schemas, and values for them, from one source of chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.definitions: dict[str, Schema] = {}

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def root(self) -> Schema:
        """A whole schema, its definitions included."""
        self.definitions = {}
        if self.maybe(0.3):
            leaf = self.schema(1)
            self.definitions = {"leaf": leaf, "node": True}
            self.definitions["node"] = {
                "type": "object",
                "properties": {"value": self.schema(1), "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}},
                "required": self.chance.sample(["value", "next"], self.chance.randint(0, 2)),
                "additionalProperties": False,
            }
        schema = self.schema(3)
        if self.definitions and isinstance(schema, dict):
            schema = {**schema, "$defs": self.definitions}
        return schema

    def schema(self, depth: int) -> Schema:
        if self.maybe(0.03):
            return True
        if self.definitions and self.maybe(0.15):
            return {"$ref": f"#/$defs/{self.chance.choice(sorted(self.definitions))}"}
        kinds = [self.string, self.integer, self.number, self.constants, self.words]
        if depth > 0:
            kinds += [self.object, self.object, self.array, self.alternatives, self.several, self.conjunction]
        return self.chance.choice(kinds)(depth)

    def string(self, _: int) -> Schema:
        schema: dict[str, Any] = {"type": "string"}
        if self.maybe(0.35):
            schema["pattern"] = self.chance.choice(PATTERNS)
        if self.maybe(0.3):
            schema["minLength"] = self.chance.randint(0, 3)
        if self.maybe(0.3):
            schema["maxLength"] = schema.get("minLength", 0) + self.chance.randint(0, 5)
        return schema

    def limits(self, values: list[float]) -> Schema:
        schema: dict[str, Any] = {}
        low, high = sorted(self.chance.choice(values) for _ in range(2))
        if self.maybe(0.4):
            schema[self.chance.choice(["minimum", "exclusiveMinimum"])] = low
        if self.maybe(0.4):
            schema[self.chance.choice(["maximum", "exclusiveMaximum"])] = high
        return schema

    def integer(self, _: int) -> Schema:
        schema = {"type": "integer", **self.limits([-1000, -57, -10, -1, 0, 1, 9, 10, 42, 99, 100, 512, 12345])}
        if self.maybe(0.2):
            schema["multipleOf"] = self.chance.choice([1, 2, 3, 5, 7, 10, 25, 64])
        return schema

    def number(self, _: int) -> Schema:
        schema = {"type": "number", **self.limits([-1000, -12.5, -1, -0.75, 0, 0.125, 0.5, 1, 2.25, 10, 99.5, 100, 1e3])}
        if self.maybe(0.2):
            schema["multipleOf"] = self.chance.choice([1, 2, 0.5, 0.25, 2.5])
        return schema

    def words(self, _: int) -> Schema:
        return {"type": self.chance.choice(["boolean", "null", ["boolean", "null"]])}

    def constants(self, depth: int) -> Schema:
        values = [self.value(min(depth, 1)) for _ in range(self.chance.randint(1, 4))]
        distinct = [value for index, value in enumerate(values) if repr(value) not in map(repr, values[:index])]
        return {"const": values[0]} if self.maybe(0.3) else {"enum": distinct}

    def object(self, depth: int) -> Schema:
        names = self.chance.sample(NAMES, self.chance.randint(0, 4))
        schema: dict[str, Any] = {"type": "object", "properties": {name: self.schema(depth - 1) for name in names}}
        if names and self.maybe(0.6):
            schema["required"] = self.chance.sample(names, self.chance.randint(1, len(names)))
        if self.maybe(0.7):
            schema["additionalProperties"] = self.chance.choice([False, False, True, self.schema(depth - 1)])
        if self.maybe(0.2):
            patterns = self.chance.sample(KEY_PATTERNS, self.chance.randint(1, 2))
            schema["patternProperties"] = {pattern: self.schema(depth - 1) for pattern in patterns}
        if self.maybe(0.15):
            schema["minProperties"] = self.chance.randint(0, 3)
        if self.maybe(0.15):
            schema["maxProperties"] = schema.get("minProperties", 0) + self.chance.randint(0, 3)
        return schema

    def array(self, depth: int) -> Schema:
        schema: dict[str, Any] = {"type": "array"}
        if self.maybe(0.8):
            schema["items"] = False if self.maybe(0.1) else self.schema(depth - 1)
        if self.maybe(0.25):
            schema["prefixItems"] = [self.schema(depth - 1) for _ in range(self.chance.randint(1, 3))]
        if self.maybe(0.3):
            schema["minItems"] = self.chance.randint(0, 3)
        if self.maybe(0.3):
            schema["maxItems"] = schema.get("minItems", 0) + self.chance.randint(0, 3)
        return schema

    def alternatives(self, depth: int) -> Schema:
        if self.maybe(0.3):
            return {"oneOf": [self.string(0), self.integer(0), {"type": "null"}][: self.chance.randint(2, 3)]}
        return {"anyOf": [self.schema(depth - 1) for _ in range(self.chance.randint(1, 3))]}

    def several(self, depth: int) -> Schema:
        """Several types, each with its limits."""
        schema: dict[str, Any] = {}
        for make in self.chance.sample([self.string, self.integer, self.number, self.object, self.array], 2):
            schema |= {key: value for key, value in make(depth - 1).items() if key != "type"}
        names = ["string", "integer", "number", "object", "array", "null", "boolean"]
        if self.maybe(0.8):
            schema["type"] = self.chance.sample(names, self.chance.randint(1, 3))
        return schema

    def conjunction(self, depth: int) -> Schema:
        parts = [self.object(depth - 1), self.object(depth - 1)] if self.maybe(0.6) else [self.string(0), self.string(0)]
        if self.maybe(0.3):
            parts.append(self.schema(depth - 1))
        schema: dict[str, Any] = {"allOf": parts}
        if self.maybe(0.3):
            schema |= self.object(0)
        return schema

    # Values

    def value(self, depth: int) -> Any:
        kind = self.chance.randint(0, 7 if depth > 0 else 5)
        if kind == 0:
            return self.chance.choice([None, True, False])
        if kind in (1, 2):
            return self.chance.choice(TEXTS)
        if kind in (3, 4):
            return self.chance.choice([0, 1, -1, 2, 7, 9, 10, 42, -57, 100, 12345, self.chance.randint(-2000, 2000)])
        if kind == 5:
            return self.chance.choice([0.5, -0.75, 2.25, 0.125, 12.5, -12.5, 99.5, 0.1, -1.25])
        if kind == 6:
            return [self.value(depth - 1) for _ in range(self.chance.randint(0, 3))]
        return {name: self.value(depth - 1) for name in self.chance.sample(NAMES, self.chance.randint(0, 3))}

    def fitting(self, schema: Schema, depth: int = 5) -> Any:
        """A value that follows most of what a schema says."""
        if not isinstance(schema, dict) or depth < 0 or self.maybe(0.04):
            return self.value(1)
        if "$ref" in schema:
            return self.fitting(self.definitions[schema["$ref"].rsplit("/", 1)[1]], depth - 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self.fitting(self.chance.choice(schema[keyword]), depth - 1)
        if "allOf" in schema:
            parts = [self.fitting(part, depth - 1) for part in [*schema["allOf"], schema | {"allOf": []}] if part]
            if all(isinstance(part, dict) for part in parts):
                return {key: value for part in parts for key, value in part.items()}
            return self.chance.choice(parts)
        kind = schema.get("type", self.chance.choice(["string", "integer", "object", "array", "null"]))
        if isinstance(kind, list):
            kind = self.chance.choice(kind)
        return getattr(self, f"fitting_{kind}")(schema, depth)

    def fitting_null(self, _: Schema, __: int) -> Any:
        return None

    def fitting_boolean(self, _: Schema, __: int) -> Any:
        return self.maybe(0.5)

    def fitting_string(self, schema: dict[str, Any], _: int) -> Any:
        text = self.chance.choice(TEXTS)
        return text + self.chance.choice(TEXTS) if len(text) < schema.get("minLength", 0) else text

    def fitting_integer(self, schema: dict[str, Any], _: int) -> Any:
        ends = [schema[key] for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema]
        value = round(self.chance.choice(ends)) + self.chance.randint(-2, 2) if ends else self.chance.randint(-300, 300)
        return value // schema.get("multipleOf", 1) * schema.get("multipleOf", 1) if self.maybe(0.8) and isinstance(
            schema.get("multipleOf", 1), int) else value

    def fitting_number(self, schema: dict[str, Any], depth: int) -> Any:
        value = self.fitting_integer({key: schema[key] for key in schema if key != "multipleOf"}, depth)
        if self.maybe(0.5):
            return value
        return value + self.chance.choice([0.5, 0.25, -0.5, 0.125, 0.75])

    def fitting_array(self, schema: dict[str, Any], depth: int) -> Any:
        first = schema.get("prefixItems", [])
        least = schema.get("minItems", 0)
        length = self.chance.randint(least, schema.get("maxItems", least + 3))
        return [
            self.fitting(first[index] if index < len(first) else schema.get("items", True), depth - 1)
            for index in range(length)]

    def fitting_object(self, schema: dict[str, Any], depth: int) -> Any:
        properties = schema.get("properties", {})
        required = schema.get("required", [])
        names = [name for name in properties if name in required or self.maybe(0.5)]
        self.chance.shuffle(names)
        value = {name: self.fitting(properties[name], depth - 1) for name in names}
        if self.maybe(0.4):
            rest = schema.get("additionalProperties", True)
            value |= {name: self.fitting(rest, depth - 1) for name in self.chance.sample(NAMES, 1) if name not in value}
        return value
