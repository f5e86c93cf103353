# The table of attacks, and the bare wire under it. An attack is one row: what was sent, what must come back, what came
# back. `Report` judges and keeps rows; `exchange` sends bytes that no HTTP library would send and splits what returns;
# `Canary` is a server of the attacker's that must never be called.

import http.server
import re
import socket
import threading
import time
from dataclasses import dataclass, field

from service import Answer, Service, table


@dataclass
class Report:
    service: Service
    rows: list[list[str]] = field(default_factory=list)
    passed_through: int = 0
    started: float = field(default_factory=time.monotonic)

    def fact(self, group: str, attack: str, expected: str, observed: object, refused: bool) -> None:
        self.rows.append(["refused" if refused else "GOT THROUGH", group, attack, expected, str(observed)])
        if not refused:
            self.passed_through += 1
            print(f"GOT THROUGH: {group}: {attack}: expected {expected}, observed {observed}", flush=True)

    def answer(self, group: str, attack: str, expected: str, answer: Answer) -> None:
        """`expected` lists alternatives, each a status or a status and a code: "422 unsafe_path, 400"; 0 is a cut."""
        wanted = [alternative.strip() for alternative in expected.split(",")]
        held = str(answer) in wanted or str(answer.status) in wanted
        self.fact(group, attack, expected, answer, held)

    def alive(self, group: str) -> None:
        """Whether the server outlived a group of attacks and still serves others."""
        began = time.monotonic()
        try:
            status = self.service.client(timeout=10).get("/healthz").status
        except OSError as error:
            status = type(error).__name__
        seconds = time.monotonic() - began
        observed = f"{status} after {seconds * 1000:.0f} ms"
        self.fact(group, "others afterwards: GET /healthz", "200 within 2 s", observed, status == 200 and seconds < 2)

    def markdown(self) -> str:
        return table(["", "attack on", "request", "expected", "observed"], self.rows)


# The wire


@dataclass
class Exchange:
    answers: list[Answer]
    closed: bool  # the server ended the connection
    seconds: float

    @property
    def first(self) -> Answer:
        """The first answer; status 0 when the connection ended or stayed silent without one."""
        return self.answers[0] if self.answers else Answer(0, [], b"")

    def __str__(self) -> str:
        said = ", ".join(map(str, self.answers)) or "no answer"
        return said + (", closed" if self.closed else ", open")


def exchange(service: Service, sent: bytes, wait: float = 1.5) -> Exchange:
    """Sends and reads until the server closes or is silent for `wait` seconds."""
    began, received, closed = time.monotonic(), bytearray(), False
    with service.connect(wait) as connection:
        try:
            connection.sendall(sent)
        except OSError:
            pass  # cut while sending; what was answered is read below
        try:
            while piece := connection.recv(1 << 16):
                received += piece
            closed = True
        except TimeoutError:
            pass
        except OSError:
            closed = True
    return Exchange(split_answers(bytes(received)), closed, time.monotonic() - began)


def split_answers(received: bytes) -> list[Answer]:
    answers = []
    while opening := re.match(rb"HTTP/1\.[01] (\d{3})[^\r\n]*((?:\r\n[^\r\n]+)*)\r\n\r\n", received):
        status, lines = int(opening[1]), opening[2].decode("latin-1").split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines if ": " in line]
        found = {name.lower(): value for name, value in headers}
        rest = received[opening.end() :]
        if found.get("transfer-encoding") == "chunked":
            body, rest = split_chunks(rest)
        else:
            length = int(found.get("content-length", 0))
            body, rest = rest[:length], rest[length:]
        if status >= 200:
            answers.append(Answer(status, headers, body))
        received = rest
    return answers


def split_chunks(received: bytes) -> tuple[bytes, bytes]:
    body = bytearray()
    while size := re.match(rb"([0-9a-fA-F]+)[^\r\n]*\r\n", received):
        length = int(size[1], 16)
        body += received[size.end() : size.end() + length]
        received = received[size.end() + length + 2 :]
        if length == 0:
            break
    return bytes(body), received


def head(service: Service, line: str, *headers: str, host: str | None = None) -> bytes:
    """A request head; latin-1, so that any byte can be sent."""
    lines = [line, f"Host: {host or f'127.0.0.1:{service.port}'}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def stream(service: Service, request_head: bytes, piece: bytes, limit: int) -> tuple[Answer, int]:
    """Sends `piece` in chunks until an answer comes or `limit` bytes are sent; the answer and the bytes sent."""
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    sent, received = 0, bytearray()
    with service.connect(20) as connection:
        connection.sendall(request_head)
        try:
            while sent < limit and not readable(connection):
                connection.sendall(chunk)
                sent += len(piece)
            if sent >= limit:
                connection.sendall(b"0\r\n\r\n")
        except OSError:
            pass
        try:
            while not split_answers(bytes(received)) and (part := connection.recv(1 << 16)):
                received += part
        except OSError:
            pass
    found = split_answers(bytes(received))
    return (found[0] if found else Answer(0, [], b"")), sent


def readable(connection: socket.socket) -> bool:
    import select

    return bool(select.select([connection], [], [], 0)[0])


class Canary:
    """The attacker's own server; `calls` holds every request that reached it."""

    def __enter__(self) -> "Canary":
        calls = self.calls = []

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                calls.append(self.path)
                self.send_response(200)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
