# What the service costs. (a) Two hundred uploads of 20 MB at once: peak memory, throughput, and an answer for every
# request, with room for all of them in the queue and with the default room (where 429 is the right answer).
# (b) Requests a second with p50 and p99 of /healthz, of a finished conversion and one of its files (through wrk), and
# of whole conversions as drafts and as measured pages, beside plain Hummingbird's hello world in turn. Needs wrk and,
# unless its row is to be left out, the built `hello`; the machine should have nothing else to do.

import asyncio
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from service import (
    NO_KEY_LIMITS,
    SIGN_IN,
    Checks,
    Service,
    TrialError,
    arguments,
    free_port,
    png_chunk,
    png_header,
    run,
    table,
)

UPLOADS = 200
SIDE = 2600  # × 2600 × 3 bytes: a stored PNG of 20.3 MB
MB = 1_000_000
HELLO = Path(__file__).parent / "hello"


# (a) Uploads


class Picture:
    """A valid 20 MB PNG of noise that many senders share: only the last row, a chunk of its own, is each one's."""

    BOUNDARY = "bottega-load-boundary"

    def __init__(self):
        row = SIDE * 3
        noise = os.urandom(row * (SIDE - 1))
        common = b"".join(b"\0" + noise[i * row : (i + 1) * row] for i in range(SIDE - 1))
        self.sum = zlib.adler32(common)
        stream = zlib.compressobj(0)
        stored = stream.compress(common) + stream.flush(zlib.Z_FULL_FLUSH)
        head = f'--{self.BOUNDARY}\r\nContent-Disposition: form-data; name="draft"\r\n\r\ntrue\r\n'
        head += f'--{self.BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="noise.png"\r\n'
        head += "Content-Type: image/png\r\n\r\n"
        self.shared = memoryview(head.encode() + png_header(SIDE, SIDE) + png_chunk(b"IDAT", stored))

    def ending(self) -> bytes:
        """The last row of one picture, and the end of its request."""
        row = b"\0" + os.urandom(SIDE * 3)
        block = b"\x01" + len(row).to_bytes(2, "little") + (len(row) ^ 0xFFFF).to_bytes(2, "little") + row
        last = block + zlib.adler32(row, self.sum).to_bytes(4, "big")
        return png_chunk(b"IDAT", last) + png_chunk(b"IEND", b"") + f"\r\n--{self.BOUNDARY}--\r\n".encode()


@dataclass
class Outcome:
    status: int  # 0: no whole answer
    code: str | None
    closing: str  # "clean", or what ended the connection instead
    has_retry_after: bool
    sent: int
    seconds: float


async def upload(port: int, picture: Picture, seconds: float) -> Outcome:
    loop, began = asyncio.get_running_loop(), time.monotonic()
    ending, received, sent = picture.ending(), bytearray(), 0
    head = (
        f"POST /v1/convert HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nPrefer: respond-async\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={picture.BOUNDARY}\r\n"
        f"Content-Length: {len(picture.shared) + len(ending)}\r\n\r\n"
    ).encode()

    async def send() -> None:
        nonlocal sent
        for piece in (head, picture.shared, ending):
            for start in range(0, len(piece), 1 << 18):
                await loop.sock_sendall(connection, piece[start : start + (1 << 18)])
                sent += min(len(piece) - start, 1 << 18)

    closing = "clean"
    with socket.socket() as connection:
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, ("127.0.0.1", port))
            sender = asyncio.create_task(send())
            try:
                async with asyncio.timeout(seconds):
                    while piece := await loop.sock_recv(connection, 1 << 16):
                        received += piece
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
        except (OSError, TimeoutError) as error:
            closing = type(error).__name__
    return outcome(bytes(received), closing, sent, time.monotonic() - began)


def outcome(received: bytes, closing: str, sent: int, seconds: float) -> Outcome:
    head, _, body = received.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
    length = re.search(rb"(?im)^content-length: *(\d+)", head)
    whole = status is not None and length is not None and len(body) == int(length[1])
    code = re.search(rb'"code" *: *"(\w+)"', body) if whole and int(status[1]) >= 400 else None
    return Outcome(
        int(status[1]) if whole else 0,
        code and code[1].decode(),
        closing,
        re.search(rb"(?im)^retry-after:", head) is not None,
        sent,
        seconds,
    )


class MemorySampler(threading.Thread):
    """The server's resident memory every 50 ms, and the kernel's own high-water mark."""

    def __init__(self, service: Service):
        super().__init__(daemon=True)
        self.service, self.over, self.samples = service, threading.Event(), []

    def run(self) -> None:
        while not self.over.wait(0.05) and self.service.alive:
            self.samples.append(self.service.memory())

    def highest(self, name: str) -> int:
        return max(sample[name] for sample in self.samples)


async def all_uploads(port: int, picture: Picture, seconds: float) -> list[Outcome]:
    return await asyncio.gather(*(upload(port, picture, seconds) for _ in range(UPLOADS)))


def trial_of_uploads(options, label: str, settings: dict, checks: Checks) -> None:
    picture = Picture()
    with Service(options.binary, {**NO_KEY_LIMITS, **settings}, keep=options.keep) as service:
        service.start()
        before = service.memory()["VmRSS"]
        sampler = MemorySampler(service)
        sampler.start()
        began = time.monotonic()
        outcomes = asyncio.run(all_uploads(service.port, picture, options.patience))
        seconds = time.monotonic() - began
        time.sleep(1)
        alive = service.alive
        if alive:
            delete_all(service)
        sampler.over.set()
        sampler.join()
        print_uploads(label, outcomes, seconds, before, sampler)
        judge_uploads(label, outcomes, sampler, options.bound_mb, checks)
        checks.claim(f"{label}: the server lives on", alive, service.log(3) if not alive else "")
        expected = {202: UPLOADS} if "queue_limit" in settings else None
        counts = tally(o.status for o in outcomes)
        if expected:
            checks.claim(f"{label}: every upload is accepted", counts == expected, counts)
        else:
            checks.claim(f"{label}: some are refused with 429", counts.get(429, 0) > 0, counts)


def tally(values) -> dict:
    values = list(values)
    return {value: values.count(value) for value in sorted(set(values))}


def delete_all(service: Service) -> None:
    client = service.client()
    for conversion in client.every("/v1/conversions"):
        answer = client("DELETE", f"/v1/conversions/{conversion['id']}")
        if answer.status != 204:
            raise TrialError(f"DELETE {conversion['id']} answered {answer}, expected 204")


def print_uploads(label: str, outcomes: list[Outcome], seconds: float, before: int, sampler: MemorySampler) -> None:
    volume = sum(o.sent for o in outcomes)
    waits = sorted(o.seconds for o in outcomes)
    memory = sampler.samples[-1]
    rows = [
        ["uploads", f"{len(outcomes)} at once, {SIDE * SIDE * 3 / MB:.1f} MB each"],
        ["answers", ", ".join(f"{n} × {status}" for status, n in tally(o.status for o in outcomes).items())],
        ["taken in", f"{volume / MB:.0f} MB in {seconds:.1f} s = {volume / MB / seconds:.0f} MB/s"],
        ["answered after", f"p50 {waits[len(waits) // 2]:.1f} s, p99 {waits[len(waits) * 99 // 100]:.1f} s"],
        ["resident before", f"{before / MB:.0f} MB"],
        ["resident, highest of samples", f"{sampler.highest('VmRSS') / MB:.0f} MB"],
        ["resident, the kernel's mark", f"{memory['VmHWM'] / MB:.0f} MB"],
        ["of it allocated (not mapped files)", f"{sampler.highest('RssAnon') / MB:.0f} MB"],
    ]
    print(f"\n### {label}\n\n" + table(["", ""], rows), flush=True)


def judge_uploads(label: str, outcomes: list[Outcome], sampler: MemorySampler, bound: int, checks: Checks) -> None:
    unanswered = [f"{o.closing} after {o.sent} bytes" for o in outcomes if o.status == 0]
    checks.none(f"{label}: every request got a whole answer", unanswered)
    right = {202: None, 429: "queue_full", 507: "storage_full"}
    wrong = [f"{o.status} {o.code}" for o in outcomes if o.status and (o.status, o.code) not in right.items()]
    checks.none(f"{label}: each is 202, 429 queue_full or 507 storage_full", wrong)
    checks.none(
        f"{label}: every 429 has Retry-After", [o for o in outcomes if o.status == 429 and not o.has_retry_after]
    )
    checks.none(f"{label}: every connection closed cleanly", [o.closing for o in outcomes if o.closing != "clean"])
    highest = sampler.samples[-1]["VmHWM"] / MB
    checks.claim(f"{label}: memory stays under {bound} MB", highest <= bound, f"{highest:.0f} MB")


# (b) Requests a second


@dataclass
class Pace:
    """Latencies in milliseconds."""

    requests_per_second: float
    p50: float
    p99: float
    failures: int


def wrk(url: str, seconds: int) -> Pace:
    command = ["wrk", "-t2", "-c32", f"-d{seconds}s", "--latency", url]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    rate = re.search(r"Requests/sec: +([\d.]+)", output)
    if rate is None or float(rate[1]) == 0:
        raise TrialError(f"wrk got no answers from {url}:\n{output}")
    failures = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    failed = int(failures[1]) if failures else 0
    return Pace(
        float(rate[1]),
        percentile(output, 50),
        percentile(output, 99),
        failed + (sum(map(int, errors.groups())) if errors else 0),
    )


def percentile(output: str, percent: int) -> float:
    value, unit = re.search(rf"^ +{percent}%(?:\.0*)? +([\d.]+)(us|ms|s|m)$", output, re.M).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def whole_conversions(service: Service, count: int, at_once: int, draft: str) -> tuple[Pace, int]:
    """Conversions of sign-in.png, each waited for, `at_once` of them at a time; and the cached tokens they reported."""
    client, waits, cached, failures = service.client(timeout=300), [], 0, 0

    def convert(_) -> tuple[float, dict | None]:
        began = time.monotonic()
        answer = client.convert([SIGN_IN], {"Prefer": "wait=300"}, draft=draft)
        return time.monotonic() - began, answer.json if answer.status == 200 else None

    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        for wait, result in pool.map(convert, range(count)):
            waits.append(wait * 1000)
            failures += result is None
            cached += result["usage"]["cached_tokens"] if result else 0
    seconds = time.monotonic() - began
    waits.sort()
    return Pace(count / seconds, statistics.median(waits), waits[min(count - 1, count * 99 // 100)], failures), cached


def trial_of_requests(options, checks: Checks) -> None:
    with Service(options.binary, NO_KEY_LIMITS, keep=options.keep) as service:
        service.start()
        if not os.access(options.hello, os.X_OK):
            print(f"left out: {options.hello} is not built; swift build -c release --package-path {HELLO}")
            return measure_requests(service, None, options, checks)
        port = free_port()
        hello = subprocess.Popen([options.hello, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            measure_requests(service, f"http://127.0.0.1:{port}/", options, checks)
        finally:
            hello.kill()
            hello.wait()


def measure_requests(service: Service, hello: str | None, options, checks: Checks) -> None:
    answer = service.client(timeout=300).convert([SIGN_IN], {"Prefer": "wait=300"})
    if answer.status != 200:
        raise TrialError(f"converting sign-in.png answered {answer}, expected 200: {answer.body[:300]!r}")
    conversion = answer.json
    own = f"http://127.0.0.1:{service.port}"
    targets = [
        *([("Hummingbird's hello world", hello)] if hello else []),
        ("GET /healthz", own + "/healthz"),
        ("GET a finished conversion (JSON)", f"{own}/v1/conversions/{conversion['id']}"),
        ("GET one of its files", own + conversion["files"][0]["url"]),
    ]
    paces: dict[str, list[Pace]] = {name: [] for name, _ in targets}
    for number in range(options.rounds):  # there and back, so that no server always comes first
        for name, url in targets if number % 2 == 0 else reversed(targets):
            paces[name].append(wrk(url, options.seconds))
            print(f"  {name}: {paces[name][-1].requests_per_second:.0f}/s", file=sys.stderr, flush=True)
    rows = []
    for name, found in paces.items():
        rates = " and ".join(f"{p.requests_per_second:.0f}" for p in found)
        p50, p99 = (statistics.mean(getattr(p, key) for p in found) for key in ("p50", "p99"))
        rows.append([name, "32", rates, f"{p50:.2f}", f"{p99:.2f}"])
        failures = sum(p.failures for p in found)
        checks.claim(f"{name}: every answer is a success", failures == 0, f"{failures} failures")
    kinds = [("draft", "true", options.conversions, 1), ("draft", "true", options.conversions, 4)]
    kinds += [("measured and repaired", "false", options.measured, 1)] if options.measured else []
    for kind, draft, count, at_once in kinds:
        pace, cached = whole_conversions(service, count, at_once, draft)
        name = f"POST sign-in.png, {kind}, waiting ({cached} tokens from the cache)"
        rate = f"{pace.requests_per_second:.2f}"
        rows.append([name, at_once, rate, f"{pace.p50:.0f}", f"{pace.p99:.0f}"])
        checks.claim(f"{kind}, {at_once} at once: all succeed", pace.failures == 0, f"{pace.failures} failures")
    heads = ["request", "connections", "requests/s", "p50 ms", "p99 ms"]
    print(f"\n### {options.rounds} rounds of {options.seconds} s\n\n" + table(heads, rows), flush=True)


def trial() -> int:
    parser = arguments("Measures uploads, memory and requests a second.")
    parser.add_argument("--part", choices=["uploads", "requests", "all"], default="all")
    parser.add_argument("--bound-mb", type=int, default=512, help="resident memory the uploads may take, in 10^6 bytes")
    parser.add_argument("--patience", type=float, default=600, help="seconds one upload may take")
    parser.add_argument("--hello", type=Path, default=HELLO / ".build/release/hello", help="the built hello world")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=10, help="of each wrk run")
    parser.add_argument("--conversions", type=int, default=40, help="drafts of each count at once")
    parser.add_argument("--measured", type=int, default=4, help="conversions that are measured and repaired")
    options = parser.parse_args()
    checks = Checks()
    if options.part in ("uploads", "all"):
        trial_of_uploads(options, "room for all (queue 200)", {"queue_limit": UPLOADS}, checks)
        trial_of_uploads(options, "default room (queue 100)", {}, checks)
    if options.part in ("requests", "all"):
        trial_of_requests(options, checks)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
