# Attacks on HTTP itself, sent over bare connections: requests that two readers would cut apart differently, headers
# with line ends in them, pipelines nobody reads, methods and addresses that no client sends, and clients so slow that
# they hold what others need. A smuggled request carries the request id `smuggled`: were it answered, it got through.

import socket
import threading
import time

from attacks_report import Report, exchange, head, split_answers
from service import SIGN_IN, Part, Service, multipart

SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-Id: smuggled\r\n\r\n"
CUT_WITHIN = 90  # seconds after which a slow client must be gone


def smuggling(report: Report) -> None:
    service, group = report.service, "request smuggling"
    line, json_type = "POST /v1/convert HTTP/1.1", "Content-Type: application/json"
    inner, chunked = SMUGGLED.encode(), "Transfer-Encoding: chunked"
    ended = b"0\r\n\r\n" + inner

    # `may_be_served`: the request itself is lawful, only what it hides must stay hidden.
    def send(attack: str, sent: bytes, may_be_served: bool = False) -> None:
        found = exchange(service, sent)
        answered = any(answer.header("X-Request-Id") == "smuggled" for answer in found.answers)
        rejected = found.closed and found.first.status in (0, 400, 408, 411, 413, 417, 431, 501, 505)
        held = not answered and (rejected or may_be_served) and found.first.status < 502
        report.fact(group, attack, "400 or cut off; the smuggled request unanswered", found, held)

    def lengths(*headers: str) -> bytes:
        return head(service, line, json_type, *headers)

    send("Content-Length and Transfer-Encoding", lengths("Content-Length: 5", chunked) + ended)
    send("Transfer-Encoding and Content-Length", lengths(chunked, "Content-Length: 5") + ended)
    send(
        "two different Content-Lengths",
        lengths("Content-Length: 5", f"Content-Length: {5 + len(inner)}") + b"[1,2]" + inner,
    )
    for value in ("5, 60", "+5", "0x5", "5 5", "", "5a", "-5"):
        send(f"Content-Length: {value!r}", lengths(f"Content-Length: {value}") + b"[1,2]" + inner)
    for header in (
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding: chun\0ked",
    ):
        send(repr(header), lengths(header) + ended)
    send("chunked in HTTP/1.0", head(service, "POST /v1/convert HTTP/1.0", json_type, chunked) + ended)
    for what, chunk in [
        ("chunk size over 64 bits", b"FFFFFFFFFFFFFFFFF\r\n"),
        ("negative chunk size", b"-5\r\n[1,2]\r\n"),
        ("chunk size 0x5", b"0x5\r\n[1,2]\r\n"),
        ("chunk longer than its size", b"3\r\n[1,2]\r\n"),
        ("chunk ended by bare LF", b"5\n[1,2]\n"),
    ]:
        send(what, lengths(chunked) + chunk + ended)
    get = "GET /healthz HTTP/1.1"
    folded = f"{get}\r\nHost: 127.0.0.1:{service.port}\r\nX-Fold: a\r\n X-Request-Id: smuggled\r\n\r\n".encode()
    send("a folded header line that looks like another header", folded, may_be_served=True)
    send("a bare CR in a header's value", head(service, get, "X-A: b\rX-Request-Id: smuggled"))
    send("NUL in a header's value", head(service, get, "X-A: b\0c"))
    send("a space before the colon", head(service, get, "X-Request-Id : smuggled"))
    no_host = exchange(service, f"{get}\r\nConnection: close\r\n\r\n".encode())
    report.answer(group, "no Host at all", "400, 403 host_forbidden", no_host.first)
    two_hosts = exchange(service, head(service, get, "Host: evil.example", "Connection: close"))
    report.answer(group, "two different Hosts: at best the first counts", "200, 400, 403 host_forbidden", two_hosts.first)
    foreign = f"{get}\r\nHost: evil.example\r\nHost: 127.0.0.1:{service.port}\r\nConnection: close\r\n\r\n".encode()
    report.answer(group, "two Hosts, the foreign one first", "400, 403 host_forbidden", exchange(service, foreign).first)
    report.alive(group)


def header_injection(report: Report, conversion: str) -> None:
    service, group = report.service, "header injection"

    def send(attack: str, sent: bytes) -> None:
        found = exchange(service, sent)
        evil = [
            answer
            for answer in found.answers
            if answer.header("X-Evil") or "evil=1" in str(answer.header("Set-Cookie"))
        ]
        held = not evil and all(answer.status < 500 for answer in found.answers)
        report.fact(group, attack, "no header of the attacker's in the answer", found, held)

    get = "GET /healthz HTTP/1.1"
    for name in ("X-Request-Id", "Idempotency-Key", "Prefer", "Accept", "Last-Event-ID", "Origin"):
        send(f"{name} with a bare LF", head(service, get, f"{name}: a\nX-Evil: 1", "Connection: close"))
        send(f"{name} with %0d%0a", head(service, get, f"{name}: a%0d%0aX-Evil: 1", "Connection: close"))
    for identifier in ("a b", "é", "<script>", "x" * 129, ""):
        found = exchange(service, head(service, get, f"X-Request-Id: {identifier}", "Connection: close")).first
        echoed = found.header("X-Request-Id")
        shown = identifier if len(identifier) < 20 else f"{len(identifier)} characters"
        held = bool(echoed) and echoed != identifier
        report.fact(group, f"X-Request-Id: {shown}", "one made here instead", echoed or "none", held)
    for path in (
        "/healthz%0d%0aX-Evil:%201",
        f"/v1/conversions/{conversion}%0d%0aX-Evil:%201",
        f"/v1/conversions/{conversion}/files/a%0d%0aX-Evil:%201",
        "/assets/a%0aX-Evil:%201",
    ):
        send(path.replace(conversion, "ID"), head(service, f"GET {path} HTTP/1.1", "Connection: close"))
    for name in (b"a\r\nX-Evil: 1.png", b"a%0d%0aX-Evil: 1.png", b'a"; X-Evil=".png'):
        disposition = b'form-data; name="image"; filename="' + name + b'"'
        content_type, body = multipart(
            [
                Part("draft", b"true"),
                Part("image", SIGN_IN.read_bytes(), media_type="image/png", disposition=disposition),
            ]
        )
        client = service.client()
        answer = client("POST", "/v1/convert", body, {"Content-Type": content_type, "Prefer": "wait=60"})
        answers = [answer]
        if answer.status == 200:
            place = f"/v1/conversions/{answer.json['id']}"
            answers += [client.get(f"{place}/archive.zip"), client.get(f"{place}/designs/0")]
        evil = [a for a in answers if a.header("X-Evil")]
        held = not evil and all(a.status < 500 for a in answers)
        report.fact(group, f"filename {name!r}, then its archive", "no header of the attacker's", answer, held)
    report.alive(group)


def pipelining(report: Report) -> None:
    service, group = report.service, "pipelining"
    one = head(service, "GET /healthz HTTP/1.1")
    found = exchange(service, one * 2000, 5)
    right = all(answer.status == 200 for answer in found.answers)
    held = right and (len(found.answers) == 2000 or found.closed)
    report.fact(group, "2,000 requests in one write", "all answered, or closed", f"{len(found.answers)} answers", held)
    before, sent = service.memory()["VmRSS"], 0
    with service.connect(3) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            while sent < 50_000_000:
                sent += connection.send(one * 100)
        except OSError:
            pass  # the server stopped reading, as it should
        time.sleep(0.5)
        grown = (service.memory()["VmRSS"] - before) / 1e6
        report.alive(group + ", while unread")
    observed = f"{sent / 1e6:.1f} MB taken, {grown:.0f} MB more memory"
    report.fact(
        group, "50 MB of requests whose answers nobody reads", "less than 64 MB more memory", observed, grown < 64
    )


def methods(report: Report, conversion: str) -> None:
    service, group = report.service, "methods"
    client = service.client()
    place = f"/v1/conversions/{conversion}"
    report.answer(group, "TRACE /healthz", "405, 501, 400", client("TRACE", "/healthz", headers={"X-Secret": "1"}))
    answer = client("OPTIONS", "/v1/convert")
    report.answer(group, "OPTIONS /v1/convert", "405 method_not_allowed", answer)
    report.fact(group, "…and its Allow", "POST", answer.header("Allow"), "POST" in (answer.header("Allow") or ""))
    for method in ("PUT", "PATCH", "BREW", "get"):
        report.answer(group, f"{method} a conversion", "400, 405, 501", client(method, place))
    report.answer(
        group,
        "CONNECT 127.0.0.1:22",
        "400, 403, 404, 405, 501",
        exchange(service, head(service, "CONNECT 127.0.0.1:22 HTTP/1.1", "Connection: close")).first,
    )
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        client("POST", place, b"", {name: "DELETE"})
        client("GET", place, headers={name: "DELETE"})
    client("POST", f"{place}?_method=DELETE", b"")
    report.answer(group, "DELETE by method override, then GET", "200", client.get(place))
    found = exchange(service, head(service, f"HEAD {place} HTTP/1.1", "Connection: close"))
    length = found.first.header("Content-Length")
    held = found.first.status == 200 and found.first.body == b"" and length not in (None, "0")
    report.fact(
        group, "HEAD", "200, a length, no body", f"{found}, length {length}, {len(found.first.body)} bytes", held
    )
    for what, sent in [
        ("HTTP/0.9", b"GET /healthz\r\n\r\n"),
        ("HTTP/3.0", head(service, "GET /healthz HTTP/3.0")),
        ("the HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(50)),
        ("a TLS greeting", bytes.fromhex("16030100c8010000c40303") + bytes(193)),
        ("NUL bytes", bytes(5000)),
    ]:
        found = exchange(service, sent)
        held = found.first.status in (0, 400, 403, 404, 405, 505) and found.closed
        report.fact(group, what, "400, or cut off", found, held)
    report.alive(group)


def addresses(report: Report, conversion: str) -> None:
    service, group = report.service, "addresses and heads"
    client = service.client()
    place = f"/v1/conversions/{conversion}"
    for what, path, expected in [
        ("a path of 100 kB", "/" + "a" * 100_000, "0, 400, 404, 414, 431"),
        ("10,000 query parameters", f"{place}?" + "&".join(f"p{n}=1" for n in range(10_000)), "0, 400, 414, 431"),
        ("an unknown query parameter", f"{place}?admin=1", "400 invalid_parameter"),
        ("invalid UTF-8 in the path", "/v1/conversions/%ff%fe", "400, 404"),
        ("a NUL in the path", f"{place}%00", "400, 404"),
        ("half an escape in the path", "/v1/conversions/%", "400, 404"),
        ("limit=-1", "/v1/conversions?limit=-1", "400 invalid_parameter"),
        ("limit=10¹⁹", "/v1/conversions?limit=10000000000000000000", "400 invalid_parameter"),
        ("limit=1e1", "/v1/conversions?limit=1e1", "400 invalid_parameter"),
        ("a made-up cursor", "/v1/conversions?cursor=AAAA%27%20OR%201=1", "400 invalid_parameter"),
        ("SQL in a status", "/v1/jobs?status=queued%27%20OR%20%271%27=%271", "400 invalid_parameter"),
        ("SQL in an id", "/v1/conversions/x%27%20OR%20%271%27=%271", "404 not_found, 400"),
        ("revision=-1", f"{place}?revision=-1", "400 invalid_parameter, 404"),
        ("revision=2⁶⁴", f"{place}?revision=18446744073709551616", "400 invalid_parameter, 404"),
        ("a day that is none", "/v1/usage?from=2026-02-31", "400 invalid_parameter"),
        ("a design of −1", f"{place}/designs/-1", "400, 404"),
        ("a design of 10³⁰", f"{place}/designs/1{'0' * 30}", "400, 404"),
    ]:
        found = exchange(service, head(service, f"GET {path} HTTP/1.1", "Connection: close"), 5)
        report.answer(group, what, expected, found.first)
    too_large = "0, 400, 431"
    for what, headers in [
        ("a header of 1 MB", ["X-A: " + "a" * 1_000_000]),
        ("10,000 headers", [f"X-{n}: a" for n in range(10_000)]),
        ("a header name of 100 kB", ["X" * 100_000 + ": a"]),
    ]:
        sent = head(service, "GET /healthz HTTP/1.1", *headers, "Connection: close")
        report.answer(group, what, too_large, exchange(service, sent, 5).first)
    answer = client.get(place, Accept="image/png;q=" + "9" * 5000)
    report.answer(group, "an Accept of 5 kB", "200, 400, 406", answer)
    report.answer(group, "Prefer: wait=10³⁰", "200, 400, 202", client.get(place, Prefer="wait=1" + "0" * 30))
    report.alive(group)


# Slow clients


class SlowClients:
    """Connections that give a byte a second, or none, beside everything else; and someone who watches /healthz."""

    def __init__(self, service: Service):
        self.service = service
        convert = head(service, "POST /v1/convert HTTP/1.1", "Content-Type: image/png", "Content-Length: 1000000")
        picture = SIGN_IN.read_bytes()[:5000]
        self.kinds = {
            "nothing after connecting": (b"", b""),
            "a head at a byte a second": (head(service, "GET /healthz HTTP/1.1")[:-2], b"X-Slow: " + b"a" * 500),
            "a body that stops half-way": (convert + picture, b""),
            "a body at a byte a second": (convert + picture, b"\0" * 500),
            "a chunked body at a byte a second": (
                head(service, "POST /v1/convert HTTP/1.1", "Content-Type: image/png", "Transfer-Encoding: chunked"),
                b"1\r\n\x89\r\n" * 200,
            ),
        }
        self.found: dict[str, tuple[float | None, str]] = {}
        self.waits: list[float] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.be_slow, args=(kind,), daemon=True) for kind in self.kinds]
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.idle: list[socket.socket] = []

    def start(self) -> None:
        self.idle = [self.service.connect() for _ in range(300)]
        for thread in [*self.threads, self.watcher]:
            thread.start()

    def be_slow(self, kind: str) -> None:
        at_once, slowly = self.kinds[kind]
        began, received, position = time.monotonic(), b"", 0
        with self.service.connect(1) as connection:
            connection.sendall(at_once)
            while (seconds := time.monotonic() - began) < CUT_WITHIN + 10:
                try:
                    if position < len(slowly):
                        connection.sendall(slowly[position : position + 1])
                        position += 1
                    piece = connection.recv(1 << 16)
                    if not piece:
                        break
                    received += piece
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                seconds = None
        self.found[kind] = seconds, ", ".join(map(str, split_answers(received))) or "no answer"

    def watch(self) -> None:
        while not self.over.wait(0.5):
            began = time.monotonic()
            try:
                self.service.client(timeout=10).get("/healthz")
                self.waits.append(time.monotonic() - began)
            except OSError:
                self.waits.append(10)

    def judge(self, report: Report) -> None:
        group = "slow clients"
        for thread in self.threads:
            thread.join(CUT_WITHIN + 15)
        self.over.set()
        self.watcher.join()
        for kind in self.kinds:
            seconds, answer = self.found.get(kind, (None, "still held"))
            observed = f"{answer}, cut after {seconds:.0f} s" if seconds is not None else f"{answer}, never cut"
            held = seconds is not None and seconds <= CUT_WITHIN and "5" != answer[:1]
            report.fact(group, kind, f"408 or cut within {CUT_WITHIN} s", observed, held)
        for connection in self.idle:
            connection.close()
        slowest = max(self.waits)
        report.fact(
            group,
            f"others meanwhile, beside 300 idle connections: /healthz {len(self.waits)} times",
            "each within 3 s",
            f"slowest {slowest * 1000:.0f} ms",
            slowest < 3,
        )
