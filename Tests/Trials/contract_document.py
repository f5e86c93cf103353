# What the OpenAPI document says about an answer, and everything about an answer that it does not say: status, media
# type, headers, body, each event of a stream. Knows nothing of any server. Read `Document.faults`.

import collections
import json
import re
from dataclasses import dataclass, field

import requests
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "post", "put", "patch", "delete")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SIGNATURES = {"application/zip": b"PK", "image/png": b"\x89PNG", "image/gif": b"GIF8", "image/jpeg": b"\xff\xd8\xff"}
@dataclass
class Operation:
    path: str
    method: str
    definition: dict
    parameters: list[dict]
    cases: collections.Counter = field(default_factory=collections.Counter)  # cases by status

    @property
    def id(self) -> str:
        return self.definition["operationId"]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


class Document:
    """The OpenAPI document, and what it says about an answer."""

    def __init__(self, content: dict):
        self.content = content
        resource = Resource(contents=content, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:openapi", resource)
        self.operations = [
            Operation(path, method, item[method], self.parameters(item, item[method]))
            for path, item in content["paths"].items()
            for method in METHODS
            if method in item
        ]

    def parameters(self, item: dict, definition: dict) -> list[dict]:
        return [self.resolved(node) for node in item.get("parameters", []) + definition.get("parameters", [])]

    def __getitem__(self, identifier: str) -> Operation:
        return next(operation for operation in self.operations if operation.id == identifier)

    def at(self, pointer: str):
        node = self.content
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            node = node[int(part)] if isinstance(node, list) else node[part]
        return node

    def pointer(self, pointer: str) -> str:
        """The place itself, or where its reference leads."""
        node = self.at(pointer)
        return self.pointer(node["$ref"][1:]) if "$ref" in node else pointer

    def resolved(self, node: dict) -> dict:
        return self.at(self.pointer(node["$ref"][1:])) if "$ref" in node else node

    def errors(self, pointer: str, value) -> list[str]:
        """What is wrong with a value by the schema at a place."""
        validator = Draft202012Validator({"$ref": f"urn:openapi#{pointer}"}, registry=self.registry)
        return [f"{e.json_path}: {e.message[:160]}" for e in validator.iter_errors(value)]

    def faults(self, operation: Operation, answer: requests.Response) -> list[str]:
        """Everything about an answer that the document does not say."""
        path = operation.path.replace("~", "~0").replace("/", "~1")
        responses = f"/paths/{path}/{operation.method}/responses"
        if str(answer.status_code) not in operation.definition["responses"]:
            return [f"status {answer.status_code} is not documented: {answer.content[:160]!r}"]
        response = self.pointer(f"{responses}/{answer.status_code}")
        found = self.header_faults(response, operation, answer)
        media_types = self.at(response).get("content", {})
        if not media_types:
            return found + ([f"a body of {len(answer.content)} bytes is not documented"] if answer.content else [])
        received = answer.headers.get("Content-Type", "").split(";")[0].strip().lower()
        known = next((m for m in (received, received.split("/")[0] + "/*", "*/*") if m in media_types), None)
        if known is None:
            return found + [f"media type {received!r} is not documented for {answer.status_code}"]
        place = f"{response}/content/{known.replace('/', '~1')}/schema"
        return found + self.body_faults(place, received, answer.content)

    def header_faults(self, response: str, operation: Operation, answer: requests.Response) -> list[str]:
        found = []
        for name in self.at(response).get("headers", {}):
            place = self.pointer(f"{response}/headers/{name}")
            header, value = self.at(place), answer.headers.get(name)
            if value is None:
                found += [f"header {name} is missing"] if header.get("required") else []
                continue
            whole = self.at(self.pointer(place + "/schema")).get("type") == "integer"
            read = int(value) if whole and re.fullmatch("[0-9]{1,18}", value) else value
            found += [f"header {name} {fault}" for fault in self.errors(place + "/schema", read)]
        for name, value in ALWAYS.items():
            wanted = (value, "cross-origin") if operation.id == "readPreview" else (value,)
            if answer.headers.get(name) not in wanted:
                found.append(f"header {name} is {answer.headers.get(name)!r}, not {value!r}")
        return found

    def body_faults(self, place: str, media_type: str, body: bytes) -> list[str]:
        if media_type == "application/json":
            try:
                return self.errors(place, json.loads(body))
            except ValueError as error:
                return [f"the body is no JSON: {error}"]
        if media_type == "text/event-stream":
            return self.stream_faults(self.pointer(place), body.decode())
        signature = SIGNATURES.get(media_type, b"")
        return [] if body.startswith(signature) else [f"the body is no {media_type}: it begins with {body[:8]!r}"]

    def stream_faults(self, place: str, text: str) -> list[str]:
        """What is wrong with a whole stream. Where a client goes on after the last event there may be none."""
        found = [] if text.startswith("retry: 1000\n\n") else [f"the stream begins with {text[:20]!r}"]
        events = []
        for frame in filter(None, text.split("\n\n")):
            fields = dict(line.split(": ", 1) for line in frame.split("\n") if line and not line.startswith(":"))
            if "event" not in fields:
                continue
            events.append(fields["event"])
            if fields["event"] not in self.at(place)["x-events"]:
                found.append(f"event {fields['event']} is not documented")
                continue
            schema = f"{place}/x-events/{fields['event']}/schema"
            found += [f"event {fields['event']} {fault}" for fault in self.errors(schema, json.loads(fields["data"]))]
            if "id" in fields and not re.fullmatch("[0-9]+-[0-9]+", fields["id"]):
                found.append(f"event {fields['event']} has the id {fields['id']!r}")
        if events and events[-1] not in ("done", "error"):
            found.append(f"the stream ends with {events[-1]}")
        return found
