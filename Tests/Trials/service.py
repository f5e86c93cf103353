# Trials show the service's promises against the real binary, each by itself:
#
#     pip install -r Tests/Trials/requirements.txt
#     python3.11 Tests/Trials/crash.py --binary .build/release/bottega
#
# What every trial shares: a real `bottega serve` on a free port with a data directory of its own, a small HTTP client,
# the bytes of request bodies and pictures, and the table that ends each trial. It talks to the binary only through its
# command line, its port and its files, and holds no promise itself: what must hold stands in crash.py, disk.py,
# load.py, attacks.py, contract.py and hostile.py. Read `Service` first, then `Client`.

import argparse
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DESIGNS = sorted(p for p in (REPOSITORY / "Fixtures/designs").iterdir() if p.suffix in (".png", ".jpg", ".webp"))
SIGN_IN = REPOSITORY / "Fixtures/designs/sign-in.png"
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]  # best first, as the service
FINAL = {"succeeded", "failed", "cancelled"}
SKIPPED = 77  # exit status of a trial that this machine does not allow

# Every setting a trial changes, and the environment variable that carries it.
SETTINGS = {
    "queue_limit": "BOTTEGA_QUEUE_LIMIT",
    "workers": "BOTTEGA_WORKERS",
    "attempts": "BOTTEGA_ATTEMPTS",
    "requests_per_minute": "BOTTEGA_RATE_REQUESTS_PER_MINUTE",
    "active_jobs": "BOTTEGA_QUEUE_ACTIVE_JOBS",
    "auth": "BOTTEGA_AUTH",
    "capture_allow": "BOTTEGA_CAPTURE_ALLOW",
    "capture_enabled": "BOTTEGA_CAPTURE_ENABLED",
    "chromium": "BOTTEGA_CHROMIUM",
    "model": "BOTTEGA_MODEL",
    "engine": "BOTTEGA_ENGINE_SERVERS",
}
# For trials that are about something other than the limits of one key.
NO_KEY_LIMITS = {"requests_per_minute": 1_000_000, "active_jobs": 100_000}


class TrialError(Exception):
    """The trial itself cannot go on; says what was expected and what was found."""


def arguments(description: str) -> argparse.ArgumentParser:
    """The options that all trials have."""
    parser = argparse.ArgumentParser(description=description)
    release, debug = REPOSITORY / ".build/release/bottega", REPOSITORY / ".build/debug/bottega"
    parser.add_argument("--binary", type=Path, default=release if release.exists() else debug, help="bottega to try")
    parser.add_argument("--seed", type=int, default=1, help="seed of every random choice")
    parser.add_argument("--keep", action="store_true", help="leave the data directory and the log behind")
    return parser


# Answers


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The envelope's `code`; None where the answer is no error envelope."""
        try:
            return self.json["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None

    def __str__(self) -> str:
        return f"{self.status} {self.code}" if self.code else str(self.status)


class Client:
    """One connection per request, so that a killed server never leaves a half-used one behind."""

    def __init__(self, port: int, key: str | None = None, timeout: float = 60):
        self.port, self.key, self.timeout = port, key, timeout

    def __call__(self, method: str, path: str, body=None, headers: dict[str, str] | None = None) -> Answer:
        """Raises OSError or http.client.HTTPException when no whole answer came."""
        sent = {"Connection": "close"}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        sent.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post_json(self, path: str, value, headers: dict[str, str] | None = None) -> Answer:
        return self("POST", path, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def convert(self, pictures: list[Path], headers: dict[str, str] | None = None, **options: str) -> Answer:
        """Only the draft is asked for, unless `draft="false"`: it takes a twentieth of the time of a measured page."""
        parts = [Part("image", p.read_bytes(), p.name, MEDIA_TYPES[p.suffix]) for p in pictures]
        parts += [Part(name, value.encode()) for name, value in ({"draft": "true"} | options).items()]
        content_type, body = multipart(parts)
        return self("POST", "/v1/convert", body, {"Content-Type": content_type, **(headers or {})})

    def every(self, path: str) -> list[dict]:
        """All items of a list, page after page."""
        items, cursor = [], None
        while True:
            page = self.get(f"{path}?limit=100" + (f"&cursor={cursor}" if cursor else "")).json
            items += page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def finished(self, conversion: str, seconds: float) -> dict:
        """The conversion once its latest job has ended."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(f"/v1/conversions/{conversion}").json
            if found["status"] in FINAL:
                return found
            if time.monotonic() > deadline:
                raise TrialError(f"{conversion} is still {found['status']} after {seconds:.0f} s")
            time.sleep(0.05)


# Request bodies


@dataclass
class Part:
    name: str
    content: bytes
    filename: str | None = None
    media_type: str | None = None
    disposition: bytes | None = None  # replaces the whole header's value
    headers: list[bytes] = field(default_factory=list)


def multipart(parts: list[Part], boundary: str = "bottega-trial-boundary") -> tuple[str, bytes]:
    """The Content-Type and the body."""
    out = bytearray()
    for part in parts:
        disposition = part.disposition
        if disposition is None:
            disposition = f'form-data; name="{part.name}"'.encode()
            if part.filename is not None:
                disposition += b'; filename="' + part.filename.encode() + b'"'
        out += f"--{boundary}\r\n".encode() + b"Content-Disposition: " + disposition + b"\r\n"
        if part.media_type:
            out += f"Content-Type: {part.media_type}\r\n".encode()
        for header in part.headers:
            out += header + b"\r\n"
        out += b"\r\n" + part.content + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", bytes(out) + f"--{boundary}--\r\n".encode()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)


def noise_png(side: int, seed: int = 0) -> bytes:
    """A valid RGB picture of about side × side × 3 bytes: random rows, stored without compression."""
    noise = os.urandom(side * 3) if seed == 0 else hashlib.shake_256(str(seed).encode()).digest(side * 3)
    rows = b"".join(b"\0" + noise[(i * 7) % side :] + noise[: (i * 7) % side] for i in range(side))
    return png_header(side, side) + png_chunk(b"IDAT", zlib.compress(rows, 0)) + png_chunk(b"IEND", b"")


# The server


class Service:
    """One `bottega serve`, restartable on the same port and data directory.

    Everything lies in `folder`: `data/` (unless told otherwise), `server.log` (appended over restarts), `home/`, so
    that no configuration of the person who runs the trial takes part, and `tmp/`, where its browsers have their
    profiles: by it they are known.
    """

    def __init__(self, binary: Path, settings: dict | None = None, data: Path | None = None, keep: bool = False):
        if not os.access(binary, os.X_OK):
            raise TrialError(f"{binary}: there is no program to try; build it, or name one with --binary")
        self.binary, self.settings, self.keep = binary.resolve(), dict(settings or {}), keep
        self.folder = Path(tempfile.mkdtemp(prefix="bottega-trial-"))
        self.data = data or self.folder / "data"
        self.log_path = self.folder / "server.log"
        for name in ("home", "tmp"):
            (self.folder / name).mkdir()
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.starts = 0
        self.seconds_to_ready: list[float] = []

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_) -> None:
        self.kill()
        if self.keep:
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOTTEGA_", "XDG_"))}
        kept |= {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        return kept | {SETTINGS[name]: str(value) for name, value in self.settings.items()}

    def start(self, wait: float | None = 60, **settings) -> None:
        """Starts the server; with `wait`, returns once /readyz says 200, or raises with the log's end."""
        self.settings.update(settings)
        self.starts += 1
        command = [self.binary, "serve", "--host", "127.0.0.1", "--port", str(self.port), "--data", self.data]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment()
            )
        if wait is not None:
            self.seconds_to_ready.append(self.wait_ready(wait))

    def wait_ready(self, seconds: float = 60, status: int = 200) -> float:
        """Seconds until /readyz answered with `status`."""
        began = time.monotonic()
        while True:
            try:
                if self.client(timeout=5).get("/readyz").status == status:
                    return time.monotonic() - began
            except (OSError, http.client.HTTPException):
                pass
            if not self.alive:
                raise TrialError(f"the server ended with {self.process.returncode} before it was ready:\n{self.log()}")
            if time.monotonic() - began > seconds:
                raise TrialError(f"/readyz did not answer {status} within {seconds:.0f} s:\n{self.log()}")
            time.sleep(0.01)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, as `kill -9` does; the port is free when this returns."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, seconds: float = 60) -> int:
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TrialError(f"the server still runs {seconds:.0f} s after SIGTERM:\n{self.log()}") from None

    def browsers(self) -> dict[int, list[int]]:
        """Every browser of this service, also one that outlived it: its session, and all processes that live in it."""
        every = processes()
        found = {session: [] for pid, _, session in every if self.owns(pid)}
        for pid, _, session in sorted(every):
            if session in found:
                found[session].append(pid)
        return found

    def browsers_after(self, seconds: float, known: dict[int, list[int]]) -> list[int]:
        """The processes of those browsers, and of others of this service, that are still there so much later."""
        deadline = time.monotonic() + seconds
        while True:
            pids = {pid for pid, _, session in processes() if session in known.keys() | self.browsers().keys()}
            if not pids or time.monotonic() > deadline:
                return sorted(pids)
            time.sleep(0.05)

    def owns(self, pid: int) -> bool:
        """Whether it is a browser's own process, or the shell that started it; not one for pages or pictures."""
        try:
            return f"--user-data-dir={self.folder}/".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def client(self, key: str | None = None, timeout: float = 60) -> Client:
        return Client(self.port, key, timeout)

    def connect(self, timeout: float = 30) -> socket.socket:
        """A bare connection, for what no HTTP library would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def log(self, lines: int = 15) -> str:
        """The log's last lines."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def memory(self) -> dict[str, int]:
        """Bytes by the kernel's names: VmRSS, VmHWM (the highest so far), RssAnon, RssFile."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        sizes = re.findall(r"^(VmRSS|VmHWM|RssAnon|RssFile):\s+(\d+)", status, re.M)
        return {name: int(size) * 1024 for name, size in sizes}

    def create_key(self, name: str) -> str:
        """The secret of a new key."""
        output = self.command("keys", "create", name, "--data", str(self.data))
        secret = re.search(r"bk_[A-Za-z0-9]+_[A-Za-z0-9_-]{43}", output)
        if secret is None:
            raise TrialError(f"`bottega keys create` printed no secret bk_ID_SECRET: {output!r}")
        return secret.group()

    def command(self, *words: str) -> str:
        """What another subcommand of the same binary printed."""
        done = subprocess.run([self.binary, *words], env=self.environment(), capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise TrialError(f"`bottega {' '.join(words)}` ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def browser_program(named: str | None = None) -> str:
    """A browser for the trial itself: the one that was named, else the first on PATH."""
    found = next((path for path in map(shutil.which, [named] if named else BROWSERS) if path), None)
    if found is None:
        raise TrialError(f"there is no browser {named or ', '.join(BROWSERS)}; name one")
    return found


def processes() -> list[tuple[int, int, int]]:
    """Number, parent and session of every living process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if state not in "ZX":
            found.append((int(stat.parent.name), int(parent), int(session)))
    return found


# What is true of every served file


def file_faults(client: Client, conversion: dict) -> list[str]:
    """Fetches every file of a succeeded conversion; one line for each that is not what the manifest says."""
    faults = []
    for entry in conversion["files"]:
        answer = client.get(entry["url"])
        where = f"{conversion['id']} {entry['path']}"
        if answer.status != 200:
            faults.append(f"{where}: {answer}")
        elif hashlib.sha256(answer.body).hexdigest() != entry["sha256"] or len(answer.body) != entry["bytes"]:
            faults.append(f"{where}: {len(answer.body)} bytes that do not match the manifest")
        elif entry["media_type"].startswith("text/html") and not answer.body.rstrip().lower().endswith(b"</html>"):
            faults.append(f"{where}: does not end with </html>")
    if not conversion["files"]:
        faults.append(f"{conversion['id']}: succeeded without a file")
    return faults


def receipt_faults(client: Client, conversion: dict) -> list[str]:
    """Fetches every file of a succeeded, measured conversion's receipts; one line for each that is not whole."""
    faults = []
    if len(conversion["receipts"]) != len(conversion["designs"]):
        faults.append(f"{conversion['id']}: {len(conversion['receipts'])} receipts")
    for receipt in conversion["receipts"]:
        where = f"{conversion['id']} receipt {receipt['design']}"
        if receipt["score"] is None:
            faults.append(f"{where}: no score: {receipt['unmeasured']}")
            continue
        for name in ("report", "json", "heat_map", "picture", "draft_picture"):
            if (url := receipt[f"{name}_url"]) is None:
                faults += [f"{where}: no {name}"] if name != "draft_picture" else []
                continue
            answer = client.get(url)
            fault = str(answer) if answer.status != 200 else receipt_file_fault(name, answer.body, receipt)
            faults += [f"{where} {name}: {fault}"] if fault else []
    return faults


def receipt_file_fault(name: str, body: bytes, receipt: dict) -> str | None:
    if name == "report":
        return None if body.rstrip().lower().endswith(b"</html>") else "does not end with </html>"
    if name != "json":
        return png_fault(body)
    try:
        whole = json.loads(body)
    except ValueError as error:
        return f"no JSON: {error}"
    if whole.get("schema") != "bottega.receipt/1":
        return f"schema {whole.get('schema')}"
    total = whole["fidelity"]["score"]["total"]
    same = abs(total - receipt["score"]["total"]) < 1e-6
    return None if same else f"total {total}, the conversion says {receipt['score']['total']}"


def png_size(content: bytes) -> tuple[int, int]:
    return struct.unpack(">II", content[16:24])


def png_fault(content: bytes) -> str | None:
    """What is wrong with a PNG: every chunk with its sum, and as many rows as its header says."""
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return f"begins with {content[:8]!r}"
    place, packed, last = 8, b"", b""
    while place + 12 <= len(content):
        (length,), kind = struct.unpack(">I", content[place : place + 4]), content[place + 4 : place + 8]
        part, last = content[place + 8 : place + 8 + length], kind
        if content[place + 8 + length : place + 12 + length] != struct.pack(">I", zlib.crc32(kind + part)):
            return f"chunk {kind!r} is damaged"
        packed += part if kind == b"IDAT" else b""
        place += 12 + length
    if last != b"IEND" or place != len(content):
        return "ends early"
    (width, height), depth, colour = png_size(content), content[24], content[25]
    row = 1 + (width * depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] + 7) // 8
    try:
        size = len(zlib.decompress(packed))
    except zlib.error as error:
        return str(error)
    return None if size == row * height else f"{size} bytes for {height} rows of {row}"


def upload_faults(data: Path) -> list[str]:
    """Kept uploads whose bytes are not those their name, a SHA-256, promises; and what is left in `incoming`."""
    faults = [f"left in uploads/incoming: {p.name}" for p in (data / "uploads/incoming").glob("*")]
    for path in (data / "uploads").glob("??/*"):
        with open(path, "rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != path.name:
                faults.append(f"{path.relative_to(data)}: other bytes than its name says")
    return faults


def database_faults(data: Path) -> list[str]:
    """What SQLite's own check says of a copy, so that the look changes nothing. The server must not be running."""
    import sqlite3

    with tempfile.TemporaryDirectory(prefix="bottega-check-") as folder:
        for suffix in ("", "-wal"):
            if (data / f"bottega.sqlite{suffix}").exists():
                shutil.copy(data / f"bottega.sqlite{suffix}", folder)
        database = Path(folder) / "bottega.sqlite"
        if not database.exists():
            return []
        connection = sqlite3.connect(database)
        try:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            found += [f"foreign key: {row}" for row in connection.execute("PRAGMA foreign_key_check")]
        except sqlite3.DatabaseError as error:
            found = [str(error)]
        finally:
            connection.close()
    return [line for line in found if line != "ok"]


# Outcomes


class Checks:
    """Claims and whether each held; prints them and gives the exit status."""

    def __init__(self):
        self.rows: list[tuple[str, bool, str]] = []

    def claim(self, claim: str, held: bool, found: object = "") -> bool:
        self.rows.append((claim, bool(held), str(found)))
        return bool(held)

    def none(self, claim: str, faults: list) -> bool:
        """The claim holds when there is no fault; the first few are shown."""
        shown = "; ".join(str(f) for f in faults[:3]) + (f"; and {len(faults) - 3} more" if len(faults) > 3 else "")
        return self.claim(claim, not faults, shown or "none")

    def finish(self) -> int:
        print("\n" + table(["", "claim", "found"], [["ok" if ok else "FAILED", c, f] for c, ok, f in self.rows]))
        failed = sum(not ok for _, ok, _ in self.rows)
        print(f"\n{'PASSED' if not failed else 'FAILED'}: {len(self.rows) - failed} of {len(self.rows)} claims held")
        return 1 if failed or not self.rows else 0


def table(heads: list[str], rows: list[list]) -> str:
    """A Markdown table."""
    cells = [[str(c).replace("|", "\\|").replace("\n", " ") for c in row] for row in [heads, *rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def run(trial) -> None:
    """Ends the program with the trial's exit status; a trial that cannot go on says why and counts as failed.

    SIGTERM ends it as an exception would, so that the server and the data directory are cleared away.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(trial())
    except TrialError as error:
        print(f"\nFAILED: {error}", file=sys.stderr)
        sys.exit(1)
