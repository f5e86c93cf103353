"""Records `schemas.json`: random schemas, with values that fit and values that do not, by the `jsonschema` package.

    python record.py

A case is a schema, the texts of valid values as `json.dumps` writes them compactly and by default, and the compact
texts of invalid ones. Every schema has at least one of each, unless nothing or everything fits it.
"""

import json
import random
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from generator import Generator

CASES = 320


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def mutated(value: Any, generator: Generator) -> Any:
    """A value that differs in one place."""
    chance = generator.chance
    if isinstance(value, dict) and value and generator.maybe(0.8):
        key = chance.choice(list(value))
        if generator.maybe(0.4):
            return {name: own for name, own in value.items() if name != key}
        return {name: mutated(own, generator) if name == key else own for name, own in value.items()}
    if isinstance(value, list) and value and generator.maybe(0.8):
        index = chance.randrange(len(value))
        if generator.maybe(0.3):
            return value[:index] + value[index + 1 :]
        return [mutated(own, generator) if place == index else own for place, own in enumerate(value)]
    if isinstance(value, str) and generator.maybe(0.6):
        return value + chance.choice(["a", "é", "1", "-"]) if generator.maybe(0.5) else value[1:]
    if isinstance(value, int) and not isinstance(value, bool) and generator.maybe(0.6):
        return value + chance.choice([-1, 1, 10])
    return generator.value(1)


def case(seed: int) -> dict[str, Any] | None:
    generator = Generator(seed)
    schema = generator.root()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    candidates = [generator.fitting(schema) for _ in range(60)]
    candidates += [mutated(value, generator) for value in candidates]
    candidates += [generator.value(2) for _ in range(10)]
    texts = {compact(value): value for value in candidates}
    valid = [value for value in texts.values() if validator.is_valid(value)]
    invalid = [value for value in texts.values() if not validator.is_valid(value)]
    if not valid:
        return None
    some = random.Random(seed)
    valid = sorted(some.sample(valid, min(4, len(valid))), key=compact)
    invalid = sorted(some.sample(invalid, min(7, len(invalid))), key=compact)
    written = [text for value in valid for text in dict.fromkeys([compact(value), json.dumps(value)])]
    return {"schema": schema, "valid": written, "invalid": [compact(value) for value in invalid]}


def main() -> None:
    cases: list[dict[str, Any]] = []
    seed = 0
    while len(cases) < CASES:
        made = case(seed)
        seed += 1
        if made:
            cases.append(made)
    lines = ",\n".join(json.dumps(made, ensure_ascii=False, separators=(",", ":")) for made in cases)
    Path(__file__).with_name("schemas.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
