# Does the service do what its OpenAPI document says, and nothing else? (1) The document is valid. (2) Every example
# request of the document is sent, in the order in which one needs the other, with a real picture where the example
# names one; requests that must be refused follow. (3) Schemathesis sends at least `--cases` generated requests over all
# operations, right ones and wrong ones, with ids of things that exist. Every answer of (2) and (3) must be documented:
# contract_document.py judges. 500 is never right; 503 and 507 only while /readyz says so, except where there is no
# browser; 502 only for what is to be captured. The pictures of (2) are measured, most of (3) are drafts. Tries `--url`,
# or a server of its own. Read `trial` first.

import base64
import collections
import io
import json
import re
import secrets
import zipfile
from pathlib import Path

import hypothesis
import requests
import schemathesis
from contract_document import Document, Operation
from hypothesis import strategies
from openapi_spec_validator import validate
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks
from service import NO_KEY_LIMITS, REPOSITORY, SIGN_IN, Checks, Service, TrialError, arguments, png_fault, run, table

RAW_TYPES = ["png", "jpeg", "webp", "gif", "bmp", "avif"]
CHECKS = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
SHARE = {"convert": 6, "edit": 5, "compare": 3, "render": 3, "capture": 2}  # of the cases; others 1
SHARE |= {"listJobs": 2, "readConversion": 2, "streamEvents": 2, "readReceipt": 2}
# Where conversations are answered, or counted, in the protocols of others.
CHATS = {
    "/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens", "/v1/tokenizers/estimate-token-count",
}
SCREENS = ("compare", "render", "capture")
# What makes work of minutes, and is answered before it is done.
FOLDERS = ("createBatch", "createWorkflow")
VIDEO = b"\0\0\0\x20ftypisom" + bytes(64)  # begins like one
RECORDINGS = sorted((REPOSITORY / "Fixtures/videos").glob("*.mp4"))
PAGE = b"<!doctype html><html lang=en><title>Sign in</title><main><h1>Sign in</h1><button>Continue</button></main>"
SCRIPT = b"<!doctype html><script>document.title = 'written'</script>"
PAGES = [PAGE, b"", b"<p>fine", SCRIPT, "<p>é \u2028 \U0001f600".encode()]
ADDRESSES = [  # for captures; nothing of them may be reached but the first
    "https://example.org/", "http://127.0.0.1/", "http://[::1]:8080/", "http://10.0.0.1/", "http://2130706433/",
    "http://x:y@a/", "ftp://a/", "//a", "http://nobody.invalid/",
]


class Trial:
    """The server, the design, and what was found."""

    def __init__(self, url: str, key: str | None, design: Path):
        self.url, self.design = url.rstrip("/"), design.read_bytes()
        self.session = requests.Session()
        self.session.trust_env = False
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"
        answer = self.session.get(self.url + "/openapi.json", timeout=10)
        if answer.status_code != 200:
            raise TrialError(f"{self.url}/openapi.json: expected 200, found {answer.status_code}")
        self.document = Document(answer.json())
        self.engine = self.session.get(self.url + "/v1/engine", timeout=10).json()
        self.found: list[tuple[str, str]] = []  # operation's id and what is wrong, in the order of finding
        self.codes: collections.Counter = collections.Counter()

    def fault(self, operation: Operation, text: str) -> None:
        """Keeps a fault once."""
        if (operation.id, text) not in self.found:
            self.found.append((operation.id, text))

    def judge(self, operation: Operation, answer: requests.Response, request: str, wanted=None) -> None:
        """Counts an answer and keeps what is wrong with it."""
        status = answer.status_code
        operation.cases[status] += 1
        if "json" in answer.headers.get("Content-Type", "") and status >= 400 and b'"error"' in answer.content:
            self.codes[answer.json()["error"]["code"]] += 1
        for fault in self.document.faults(operation, answer):
            self.fault(operation, f"{request}: {fault}")
        if wanted is not None and status not in wanted:
            self.fault(operation, f"{request}: expected {wanted}, found {status}: {answer.content[:160]!r}")
        code = answer.json()["error"]["code"] if status in (502, 503) and b'"error"' in answer.content else None
        if (operation.id, status, code) == ("capture", 502, "capture_failed"):
            return  # the address did not answer; on many machines none does
        if (status, code) == (503, "renderer_unavailable") and not self.engine["measures"]:
            return
        if status in (503, 507) and operation.id != "readReadiness":
            if self.session.get(self.url + "/readyz", timeout=10).status_code == 200:
                self.fault(operation, f"{request}: {status} while /readyz says that the service is ready")
        elif status >= 500:
            self.fault(operation, f"{request}: {status}: {answer.content[:200]!r}")

    def shown(self) -> list[str]:
        """Every fault, in the order of finding."""
        return [f"{operation}: {fault}" for operation, fault in self.found]

    def send(self, operation: Operation, path: str, wanted, note: str = "", **parts) -> requests.Response:
        answer = self.session.request(operation.method, self.url + path, timeout=(5, 330), **parts)
        self.judge(operation, answer, f"{operation.method.upper()} {path} {note}".strip(), wanted)
        return answer

    # Examples

    def examples(self) -> None:
        """Sends every example of the document."""
        convert, edit = self.document["convert"], self.document["edit"]
        first = self.body_examples(convert, "/v1/convert")
        if first.status_code != 200:
            raise TrialError(f"no example was converted: expected 200, found {first.status_code}: {first.text[:300]}")
        self.conversion = first.json()
        for accept in self.document.resolved(convert.definition["responses"]["200"])["content"]:
            path = "/v1/convert" if accept == "text/event-stream" else "/v1/convert?draft=true"
            self.shaped(convert, path, accept, data=self.design, headers={"Content-Type": "image/png"})
        self.promises(convert)
        address = f"/v1/conversions/{self.conversion['id']}"
        self.body_examples(edit, address + "/edits")
        for identifier in SCREENS:
            self.screens(self.document[identifier])
        self.session_of_tools()
        for operation in self.document.operations:
            if operation.path in CHATS:
                self.body_examples(operation, operation.path)
        self.file = self.body_examples(self.document["keepFile"], "/v1/files").json()["id"]
        self.folders()
        for operation in self.document.operations:
            if operation.method == "get":
                self.read_examples(operation)
        self.refusals(address)
        spare = self.convert(Prefer="respond-async").json()
        self.send(self.document["cancelJob"], f"/v1/jobs/{spare['job']['id']}", [200])
        self.send(self.document["deleteConversion"], f"/v1/conversions/{spare['id']}", [204])
        self.send(self.document["deleteConversion"], f"/v1/conversions/{spare['id']}", [404], "again")
        gone = self.keep()
        self.send(self.document["deleteFile"], f"/v1/files/{gone}", [200])
        self.send(self.document["deleteFile"], f"/v1/files/{gone}", [404], "again")

    def folders(self) -> None:
        """A batch and a workflow, which the reading examples are about; further ones by their examples."""
        self.recording = RECORDINGS[0].read_bytes() if RECORDINGS else VIDEO
        form = {"file": ("tour.mp4", self.recording, "video/mp4"), "purpose": (None, "video")}
        self.video = self.send(self.document["keepFile"], "/v1/files", [200], files=form).json()["id"]
        self.body_examples(self.document["createBatch"], "/v1/batches")
        self.body_examples(self.document["createWorkflow"], "/v1/workflows")
        headers = {"Content-Type": "application/zip", "Prefer": "wait=300"}
        made, flow = self.document["createBatch"], self.document["createWorkflow"]
        self.batch = self.send(made, "/v1/batches?draft=true", [200], data=self.archive(), headers=headers).json()
        headers["Content-Type"], path = "video/mp4", "/v1/workflows?draft=true"
        answer = self.send(flow, path, [200] if RECORDINGS else [415, 422], data=self.recording, headers=headers)
        details = answer.json() if answer.status_code == 200 else answer.json()["error"]["details"]
        self.workflow = {"id": details.get("id") or details["conversion"]}
        for accept in self.document.resolved(made.definition["responses"]["200"])["content"]:
            parts = {"data": self.archive(), "headers": {"Content-Type": "application/zip", "Prefer": "wait=300"}}
            self.shaped(made, "/v1/batches?draft=true", accept, **parts)
        place, flow = f"/v1/batches/{self.batch['id']}", f"/v1/workflows/{self.workflow['id']}"
        self.send(self.document["cancelBatch"], place + "/cancel", [200])
        self.send(self.document["retryBatch"], place + "/retry-failed", [202])
        self.send(self.document["cancelWorkflow"], flow + "/cancel", [200])
        self.send(self.document["cancelBatch"], place + "/cancel", [200], "the retry")
        wrong = [("createBatch", "/v1/batches?stack=cobol", 422), ("createBatch", "/v1/batches?in_flight=17", 400)]
        for identifier, path, status in wrong:
            parts = {"data": self.archive(), "headers": {"Content-Type": "application/zip"}}
            self.send(self.document[identifier], path, [status], **parts)
        self.send(self.document["createWorkflow"], "/v1/workflows", [415], data=self.design)
        for identifier, place in (("listItems", place + "/items?state=lost"), ("readBatch", f"/v1/batches/{'x' * 9}")):
            self.send(self.document[identifier], place, [400, 404])

    def session_of_tools(self) -> None:
        """Opens a session of the Model Context Protocol, and ends it twice."""
        opened = self.body_examples(self.document["sendMessage"], "/mcp")
        headers = {"Mcp-Session-Id": opened.headers.get("Mcp-Session-Id", "")}
        self.send(self.document["endSession"], "/mcp", [204], headers=headers)
        self.send(self.document["endSession"], "/mcp", [404], "again", headers=headers)

    def convert(self, **headers: str) -> requests.Response:
        """A draft."""
        headers = {"Content-Type": "image/png"} | {name.replace("_", "-"): value for name, value in headers.items()}
        path = "/v1/convert?draft=true"
        return self.send(self.document["convert"], path, [200, 202], data=self.design, headers=headers)

    def keep(self) -> str:
        """A file to be referred to; its id."""
        form = {"file": ("sign-in.png", self.design, "image/png"), "purpose": (None, "image")}
        return self.send(self.document["keepFile"], "/v1/files", [200], files=form).json()["id"]

    def shaped(self, operation: Operation, path: str, accept: str, wanted=(200,), **parts) -> None:
        """Asks for one shape."""
        parts["headers"] = {**parts["headers"], "Accept": accept}
        answer = self.send(operation, path, list(wanted), accept, **parts)
        if answer.status_code == 200 and not answer.headers.get("Content-Type", "").startswith(accept):
            self.fault(operation, f"Accept {accept} was answered with {answer.headers.get('Content-Type')}")

    def wanted(self, operation: Operation, example: dict) -> list[int]:
        """`x-needs` names what the engine may not be able to. Rendering and capturing always need a browser."""
        if operation.id == "capture" and self.engine["measures"]:
            return [200, 502]
        if operation.id in ("render", "capture") or example.get("x-needs") == "measures":
            return [200] if self.engine["measures"] else [503]
        if operation.id in FOLDERS:
            return [202]
        refused = 400 if operation.path in CHATS else 422  # chats know no 422
        return [200] if self.engine.get(example.get("x-needs", ""), True) else [refused]

    def screens(self, operation: Operation) -> None:
        """The examples of what makes no job, and each shape of the last one."""
        self.body_examples(operation, operation.path)
        example = list(operation.definition["requestBody"]["content"]["application/json"]["examples"].values())[-1]
        for accept in self.document.resolved(operation.definition["responses"]["200"])["content"]:
            parts = self.body("application/json", example["value"])
            self.shaped(operation, operation.path, accept, self.wanted(operation, example), **parts)

    def body_examples(self, operation: Operation, path: str) -> requests.Response:
        """Sends every example body, and gives the first answer."""
        first = None
        for media_type, media in operation.definition["requestBody"]["content"].items():
            for name, example in media.get("examples", {}).items():
                example = self.document.resolved(example)
                wanted = self.wanted(operation, example)
                answer = self.send(operation, path, wanted, name, **self.body(media_type, example["value"]))
                first = first or answer
        return first

    def body(self, media_type: str, value) -> dict:
        """An example as `requests` wants it, the design in the place of the pictures that it names."""
        if media_type == "multipart/form-data":
            files = []
            for name, field_value in value.items():
                for one in field_value if isinstance(field_value, list) else [field_value]:
                    is_file = str(one).startswith("@")
                    content = self.content(str(one))
                    files.append((name, (one[1:], content, "image/png") if is_file else (None, str(one))))
            return {"files": files}
        headers = {"Content-Type": media_type}
        if media_type == "application/json":
            url = "data:image/png;base64," + base64.b64encode(self.design).decode()
            text = re.sub(r"data:image/png;base64,[^\"]*", url, json.dumps(value))
            video = getattr(self, "video", "")
            return {"data": re.sub(r"ms://file-[0-9a-z]*", f"ms://{video}", text), "headers": headers}
        if media_type == "text/html":
            return {"data": value.encode(), "headers": headers}
        return {"data": self.content(value), "headers": headers}

    def content(self, name: str) -> bytes:
        """What an example means by the name of a file."""
        if name == "@project.zip":
            return self.project()
        return self.archive() if name.endswith(".zip") else self.recording if name.endswith(".mp4") else self.design

    def archive(self) -> bytes:
        return zipped({"first.png": self.design, "second.png": self.design})

    def project(self) -> bytes:
        page = PAGE.replace(b"</main>", b"<img src=assets/design.png alt=Design></main>")
        return zipped({"index.html": page, "assets/design.png": self.design, "other/page.html": PAGE})

    def promises(self, convert: Operation) -> None:
        """Not waiting, and doing a request once."""
        key = "trial-" + secrets.token_hex(8)
        answer = self.convert(Prefer="respond-async", Idempotency_Key=key)
        if answer.status_code != 202 or answer.headers.get("Preference-Applied") != "respond-async":
            self.fault(convert, f"respond-async was answered with {answer.status_code}")
        again = self.convert(Idempotency_Key=key)
        if again.headers.get("Idempotency-Replayed") != "true" or again.json()["id"] != answer.json()["id"]:
            self.fault(convert, "the same Idempotency-Key made another conversion")
        headers = {"Content-Type": "image/png", "Idempotency-Key": key}
        path, note = "/v1/convert?draft=true&seed=1", "the key of another request"
        self.send(convert, path, [422], note, data=self.design, headers=headers)

    def read_examples(self, operation: Operation) -> None:
        """Reads with no option, with the options as their examples have them, and in each shape."""
        path = self.filled(operation)
        media_types = self.document.resolved(operation.definition["responses"]["200"])["content"]
        ready = [200, 503] if operation.id == "readReadiness" else [200]
        if operation.id == "readReceipt" and not self.engine["measures"]:
            ready = [404]
        if operation.path.startswith("/v1/workflows/") and not RECORDINGS and operation.id != "readWorkflow":
            ready = [200, 404]  # there is no analysis
        answer = self.send(operation, path, ready)
        for place, name in (("query", "params"), ("header", "headers")):
            options = {
                parameter["name"]: wire(parameter["example"])
                for parameter in operation.parameters
                if parameter["in"] == place and "example" in parameter
            }
            if options:
                self.send(operation, path, ready, ", ".join(options), **{name: options})
        if operation.id == "readReceipt":
            return self.receipt_files(operation, path)
        if len(media_types) > 1 and {"application/json", "text/html"} <= media_types.keys():
            for accept in media_types:
                has_page = self.engine["measures"] or (operation.id, accept) != ("readReport", "text/html")
                self.send(operation, path, [200] if has_page else [404], accept, headers={"Accept": accept})
        if "304" in operation.definition["responses"] and answer.headers.get("ETag"):
            self.send(operation, path, [304], "If-None-Match", headers={"If-None-Match": answer.headers["ETag"]})
        head = self.session.head(self.url + path, timeout=30)
        if head.status_code != answer.status_code or head.content:
            self.fault(operation, f"HEAD is answered with {head.status_code} and {len(head.content)} bytes")

    def receipt_files(self, operation: Operation, path: str) -> None:
        """Every file of a receipt. There is no picture of the draft where no repair was kept."""
        file = next(parameter for parameter in operation.parameters if parameter["name"] == "file")
        for name in file["schema"]["enum"]:
            wanted = ([200] if self.engine["measures"] else []) + ([404] if name == "draft.png" else [])
            answer = self.send(operation, path.replace("report.json", name), wanted or [404])
            if name.endswith(".png") and answer.status_code == 200 and (fault := png_fault(answer.content)):
                self.fault(operation, f"{name}: {fault}")

    def filled(self, operation: Operation) -> str:
        """The operation's path with what exists in the place of its parameters."""
        if operation.id == "readPreview":
            return self.conversion["preview_url"]
        values = {"path": self.conversion["entry"], "number": "0", "model": self.engine["name"]}
        values["file"] = "report.json" if operation.id == "readReceipt" else "docs.css"
        values["id"] = self.conversion["job" if operation.path.startswith("/v1/jobs") else "id"]
        if isinstance(values["id"], dict):
            values["id"] = values["id"]["id"]
        if operation.path.startswith("/v1/files"):
            values["id"] = self.file
        for noun, made in (("batches", self.batch), ("workflows", self.workflow)):
            if operation.path.startswith(f"/v1/{noun}/"):
                values["id"] = made["id"]
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], operation.path)

    def refusals(self, address: str) -> None:
        """Requests that must be refused, each with the status and the code."""
        absent = "0" * 26
        tall, as_json = b"<!doctype html><div style=height:17000px>", {"Content-Type": "application/json"}
        as_page, as_zip = {"Content-Type": "text/html"}, {"Content-Type": "application/zip"}
        loopback = json.dumps({"url": "http://127.0.0.1/"})
        of_screens = [
            ("compare", "/v1/compare", 415, "unsupported_media", b"x", {"Content-Type": "text/plain"}),
            ("compare", "/v1/compare", 400, "invalid_json", b"{", as_json),
            ("compare", "/v1/compare", 400, "missing_image", b"{}", as_json),
            ("render", "/v1/render", 415, "unsupported_media", b"x", {"Content-Type": "text/plain"}),
            ("render", "/v1/render", 406, "not_acceptable", PAGE, as_page | {"Accept": "application/zip"}),
            ("render", "/v1/render", 400, "invalid_request", b"\xff\xfe", as_page),
            ("render", "/v1/render", 422, "render_failed", tall, as_page),
            ("render", "/v1/render?colour=red", 400, "invalid_parameter", PAGE, as_page),
            ("render", "/v1/render?viewport=0x0", 400, "invalid_parameter", PAGE, as_page),
            ("render", "/v1/render?scale=5", 400, "invalid_parameter", PAGE, as_page),
            ("render", "/v1/render?entry=absent.html", 400, "invalid_parameter", self.project(), as_zip),
            ("render", "/v1/render", 403, "origin_forbidden", PAGE, as_page | {"Origin": "https://example.com"}),
            ("capture", "/v1/capture", 403, "address_refused", loopback, as_json),
            ("capture", "/v1/capture", 400, "invalid_parameter", b'{"url": "ftp://example.org/"}', as_json),
            ("capture", "/v1/capture", 415, "unsupported_media", b"https://a/", {"Content-Type": "text/plain"}),
        ]
        for identifier, path, status, code, content, headers in [
            ("convert", "/v1/convert?stack=angular", 422, "stack_unknown", self.design, {}),
            ("convert", "/v1/convert?colour=red", 400, "invalid_parameter", self.design, {}),
            ("convert", "/v1/convert", 415, "unsupported_media", b"<svg/>", {"Content-Type": "image/svg+xml"}),
            ("convert", "/v1/convert", 415, "unsupported_media", b"no picture at all", {}),
            ("convert", "/v1/convert", 400, "invalid_json", b"{", {"Content-Type": "application/json"}),
            ("convert", "/v1/convert", 400, "missing_image", b'{"images":[]}', {"Content-Type": "application/json"}),
            ("convert", "/v1/convert", 406, "not_acceptable", self.design, {"Accept": "image/png"}),
            ("convert", "/v1/convert", 403, "origin_forbidden", self.design, {"Origin": "https://example.com"}),
            ("listConversions", "/v1/conversions?limit=0", 400, "invalid_parameter", None, {}),
            ("listConversions", "/v1/conversions?cursor=x", 400, "invalid_parameter", None, {}),
            ("readConversion", f"/v1/conversions/conv_{absent}", 404, "not_found", None, {}),
            ("readConversion", f"{address}?revision=99", 404, "not_found", None, {}),
            ("readConversion", address, 406, "not_acceptable", None, {"Accept": "image/png"}),
            ("readFile", f"{address}/files/absent.html", 404, "not_found", None, {}),
            ("readDesign", f"{address}/designs/7", 404, "not_found", None, {}),
            ("readJob", f"/v1/jobs/job_{absent}", 404, "not_found", None, {}),
            ("edit", f"{address}/edits", 415, "unsupported_media", b"x", {"Content-Type": "text/plain"}),
            ("edit", f"{address}/edits", 400, "invalid_json", b"[", {"Content-Type": "application/json"}),
            ("readPreview", "/preview/bm90aGluZw/index.html", 404, "not_found", None, {}),
            ("keepFile", "/v1/files", 415, "unsupported_media", self.design, {}),
            ("listKeptFiles", "/v1/files?after=x", 400, "invalid_parameter", None, {}),
            ("readKeptFile", f"/v1/files/file-{absent}", 404, "not_found", None, {}),
            ("readKeptFileContent", f"/v1/files/file-{absent}/content", 404, "not_found", None, {}),
            ("convert", "/v1/convert?draft=true&attempts=2", 400, "invalid_parameter", self.design, {}),
            ("convert", "/v1/convert?attempts=17", 400, "invalid_parameter", self.design, {}),
            ("convert", "/v1/convert?budget_seconds=-1", 400, "invalid_parameter", self.design, {}),
            ("readReceipt", f"{address}/receipts/7/report.json", 404, "not_found", None, {}),
            ("readReceipt", f"{address}/receipts/0/other.json", 404, "not_found", None, {}),
            ("readReport", f"{address}/report?design=7", 404, "not_found", None, {"Accept": "text/html"}),
            *(of_screens if self.engine["measures"] else []),
        ]:
            headers = ({"Content-Type": "image/png"} if content else {}) | headers
            parts = {"data": content, "headers": headers}
            operation = self.document[identifier]
            answer = self.send(operation, path, [status], code, **parts)
            if answer.status_code == status and answer.json()["error"]["code"] != code:
                self.fault(operation, f"{path}: expected {code}, found {answer.json()['error']['code']}")

    # Generated requests

    def fuzz(self, cases: int, seed: int) -> int:
        """Sends generated requests; how many."""
        load_all_checks()
        self.register_pictures()
        schema = schemathesis.openapi.from_dict(self.document.content)
        shares = sum(SHARE.get(operation.id, 1) for operation in self.document.operations)
        sent = 0
        all_generated = [result.ok() for result in schema.get_all_operations()]
        # What deletes comes last, jobs before conversions: nothing should be gone before the others have read it.
        all_generated.sort(key=lambda generated: (generated.method == "delete", "/conversions" in generated.path))
        for offset in range(8):  # an operation without parameters has few different cases; the others make up for it
            self.spares = [self.convert().json() for _ in range(12)]
            for generated in all_generated:
                operation = self.document[generated.definition.raw["operationId"]]
                budget = -(-cases * SHARE.get(operation.id, 1) // shares)
                sent += self.exercise(generated, operation, budget, seed + offset)
            print(f"{sent} generated requests", flush=True)
            if sent >= cases:
                break
        return sent

    def register_pictures(self) -> None:
        """Raw bodies: the design, the design with a flipped byte or cut short, an archive, and any bytes."""

        def damaged(place: int) -> bytes:
            place %= len(self.design)
            return self.design[:place] + bytes([self.design[place] ^ 0xFF]) + self.design[place + 1 :]

        places = strategies.integers(0, len(self.design) - 1)
        content = strategies.one_of(
            strategies.just(self.design), strategies.just(self.archive()), strategies.just(self.project()),
            places.map(damaged), places.map(lambda place: self.design[:place]), strategies.binary(max_size=400),
        )
        texts = strategies.text(max_size=400).map(lambda text: text.encode(errors="replace"))
        pages = strategies.one_of(strategies.sampled_from(PAGES), texts, strategies.binary(max_size=100))
        schemathesis.openapi.media_type("text/html", pages)
        videos = strategies.one_of(strategies.just(VIDEO), strategies.binary(max_size=200))
        for name in ("mp4", "quicktime", "3gpp", "webm", "x-matroska", "x-msvideo", "x-flv", "mpeg", "x-ms-wmv"):
            schemathesis.openapi.media_type(f"video/{name}", videos)
        schemathesis.openapi.media_type("application/x-zip-compressed", content)
        for media_type in [f"image/{name}" for name in RAW_TYPES] + ["application/zip", "application/octet-stream"]:
            schemathesis.openapi.media_type(media_type, content)

    def exercise(self, generated, operation: Operation, cases: int, seed: int) -> int:
        """Sends cases of one operation: as the schema wants them and, where it can be broken, as it does not."""
        before = sum(operation.cases.values())
        varies = bool(operation.parameters) or "requestBody" in operation.definition
        modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE] if varies else [GenerationMode.POSITIVE]
        for mode in modes:

            @hypothesis.seed(seed)
            @hypothesis.settings(
                max_examples=max(1, cases // len(modes)), deadline=None, database=None,
                phases=[hypothesis.Phase.generate], suppress_health_check=list(hypothesis.HealthCheck),
            )
            @hypothesis.given(generated.as_strategy(generation_mode=mode), strategies.data())
            def one(case, data):
                self.fill(case, operation, lambda *values: data.draw(strategies.sampled_from(values)))
                self.send_case(case, operation)

            try:
                one()
            except hypothesis.errors.Unsatisfiable:
                continue  # nothing about this operation can be wrong
        return sum(operation.cases.values()) - before

    def fill(self, case, operation: Operation, choose) -> None:
        """Puts what exists into most cases, and an `Accept` into some: Schemathesis makes neither."""
        case.headers = dict(case.headers or {})
        answers = self.document.resolved(operation.definition["responses"].get("200", {})).get("content", {})
        accept = choose(None, None, *answers, "*/*", "image/png", "text/*;q=0.5, application/json;q=0.1", "?")
        if accept:
            case.headers["Accept"] = accept
        if "{id}" in operation.path and choose(True, True, True, False):
            chosen = choose(*self.spares) if operation.method == "delete" else choose(self.conversion, *self.spares)
            case.path_parameters["id"] = chosen["job"]["id"] if "/jobs/" in operation.path else chosen["id"]
            for noun, made in (("batches", self.batch), ("workflows", self.workflow)):
                if f"/v1/{noun}/" in operation.path and operation.method != "delete":
                    case.path_parameters["id"] = made["id"]
            if "/files/{id}" in operation.path:
                case.path_parameters["id"] = self.keep() if operation.method == "delete" else self.file
        if "{path}" in operation.path and choose(True, False):
            case.path_parameters["path"] = self.conversion["entry"]
        if "{token}" in operation.path and choose(True, False):
            case.path_parameters["token"] = self.conversion["preview_url"].split("/")[2]
        if "{number}" in operation.path and choose(True, False):
            case.path_parameters["number"] = 0
        if "{file}" in operation.path and choose(True, False):
            names = ["docs.css", "docs.js"]
            if operation.id == "readReceipt":
                names = ["report.html", "report.json", "heat-map.png", "result.png", "draft.png"]
            case.path_parameters["file"] = choose(*names)
        if operation.id in SCREENS:
            self.fill_screen(case, choose)
        if operation.id in FOLDERS or operation.id == "convert" and choose(*[True] * 19, False):
            self.ask_for_draft(case)
        if case.media_type == "multipart/form-data" and isinstance(case.body, dict):
            for name in ("image", "file", "archive"):
                if name in case.body and choose(True, True, False):
                    case.body[name] = self.design
        if operation.id == "edit" and isinstance(case.body, dict) and choose(True, False):
            for one in case.body.get("operations") or []:
                if isinstance(one, dict) and "selector" in one:
                    one["selector"] = choose("body", "main", "div > *", "p:nth-of-type(1)")

    def ask_for_draft(self, case) -> None:
        """Measuring takes seconds; `attempts` goes, as it does not go together with a draft."""
        place = case.body if case.media_type == "multipart/form-data" else case.query
        if case.media_type == "application/json":
            place = case.body if isinstance(case.body, dict) else None
            if place is not None and "video" not in place:
                place = place.setdefault("options", {})
        if isinstance(place, dict):
            place["draft"] = True if case.media_type == "application/json" else "true"
            place.pop("attempts", None)

    def fill_screen(self, case, choose) -> None:
        """Pictures, pages, addresses, and windows whose pictures do not take minutes to compare."""
        url = "data:image/png;base64," + base64.b64encode(self.design).decode()
        for place in filter(lambda one: isinstance(one, dict), (case.body, case.query)):
            if "viewport" in place and choose(True, True, True, False):
                place["viewport"] = choose("390x844", "1280x800", "64x48", "1x1")
            if "url" in place and choose(True, True, False):
                place["url"] = choose(*ADDRESSES)
            if "html" in place and choose(True, False):
                place["html"] = choose(*PAGES).decode()
            for name in {"design", "result"} & place.keys():
                if case.media_type == "multipart/form-data" and choose(True, True, False):
                    place[name] = choose(self.design, self.design, *PAGES)
                elif case.media_type == "application/json" and choose(True, True, False):
                    place[name] = choose(url, url, {"html": choose(*PAGES).decode()})

    def send_case(self, case, operation: Operation) -> None:
        """Sends a case. What HTTP itself cannot carry is no case."""
        try:
            parts = case.as_transport_kwargs(base_url=self.url)
            answer = self.session.request(**parts, timeout=(5, 330), allow_redirects=False)
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, UnicodeError):
            return
        except requests.exceptions.RequestException as error:
            self.fault(operation, f"{case.as_curl_command()[:300]}: no answer: {error}")
            return
        request = f"{answer.request.method} {answer.request.path_url[:120]}"
        self.judge(operation, answer, request)
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as error:
            for one in getattr(error, "exceptions", [error]):
                if answer.status_code not in (502, 503, 507):  # `judge` knows when these are right
                    self.fault(operation, f"{request}: {one.title}: {' '.join(one.message.split())[:200]}")

    def report(self) -> str:
        """Every operation with its cases."""
        rows = []
        for operation in self.document.operations:
            statuses = ", ".join(f"{status} × {count}" for status, count in sorted(operation.cases.items()))
            faults = sum(identifier == operation.id for identifier, _ in self.found)
            rows.append([operation.id, str(operation), sum(operation.cases.values()), statuses, faults or ""])
        return table(["operation", "request", "cases", "answers", "faults"], rows)


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def wire(value) -> str:
    """A parameter's value as it is sent."""
    return value if isinstance(value, str) else json.dumps(value)


def trial() -> int:
    parser = arguments("Tries the service against its OpenAPI document.")
    parser.add_argument("--url", help="a server that runs, such as http://127.0.0.1:8080; without, one is started")
    parser.add_argument("--key", help="a key for it")
    parser.add_argument("--design", type=Path, default=SIGN_IN, help="a PNG to convert")
    parser.add_argument("--cases", type=int, default=2000, help="generated requests")
    options = parser.parse_args()
    if options.url:
        return check(options.url, options)
    with Service(options.binary, NO_KEY_LIMITS, keep=options.keep) as service:
        service.start()
        return check(f"http://127.0.0.1:{service.port}", options)


def check(url: str, options) -> int:
    checks, tried = Checks(), Trial(url, options.key, options.design)
    validate(tried.document.content)
    checks.claim("the document is valid OpenAPI", True, tried.document.content["openapi"])
    tried.examples()
    checks.none("every example is answered as documented", tried.shown())
    before = len(tried.found)
    sent = tried.fuzz(options.cases, options.seed)
    checks.claim(f"at least {options.cases} generated requests were sent", sent >= options.cases, sent)
    checks.none("every generated request is answered as documented", tried.shown()[before:])
    limited = tried.codes["rate_limited"]
    checks.claim("the rate limit did not hide the service", limited <= sent // 20, f"{limited} rate_limited")
    print(tried.report())
    print("\nerrors by code: " + ", ".join(f"{code} × {count}" for code, count in tried.codes.most_common()))
    for fault in tried.shown():
        print("FAULT", fault)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
