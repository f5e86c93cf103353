# Pages that mean harm, through the real service. `POST /v1/render` gets pages that take what they can (time, memory,
# dialogs, windows, nodes, room), that ask this machine, its network and the world in every way a page knows, and that
# leave: each is answered in time with a picture or one clear error, what was refused is told, and a real listener has
# heard nothing. Browsers are killed and stopped at random moments of conversions, which end with a page and its
# receipt, or the reason why it has none. `POST /v1/capture` reaches nothing private, however it is spelled. All the
# while /healthz answers within a second, and in the end no browser and no file is left over.
#
#     python3.11 Tests/Trials/hostile.py --binary .build/release/bottega
#     python3.11 Tests/Trials/hostile.py --only killed --kills 20
#
# The pages, the listener and a web server to be captured stand in hostile_pages.py. Read `trial` first.

import base64
import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from hostile_pages import HEAD, LEAVING, TOO_MUCH, Ear, Site, asking, script
from service import (
    FINAL,
    NO_KEY_LIMITS,
    SIGN_IN,
    Answer,
    Checks,
    Service,
    TrialError,
    arguments,
    file_faults,
    png_fault,
    receipt_faults,
    run,
    table,
)

PAGE_LIMIT = 10 + 10 + 5  # seconds: a page may take 10, is shown once more where its browser died, and browsers start
CAPTURE_LIMIT = 30 + 5
CONVERSION_LIMIT = 120
ROOM_LIMIT, ROOM_KEPT = 500, 5  # MB of all browsers' folders together, while pages are shown and afterwards
PATIENT = 1  # seconds within which /healthz answers
OUTSIDE = ["10.0.0.1", "192.168.1.1:8080", "169.254.169.254", "example.org"]
REPEATED = ["again and again", "from the start"]  # until the conversion has ended
JSON = {"Accept": "application/json"}


@dataclass
class Trial:
    """The service, the listener, what was claimed and what is shown in the end."""

    service: Service
    ear: Ear
    checks: Checks
    choice: random.Random
    options: object
    rows: list[list] = field(default_factory=list)

    def render(self, html: str, viewport: str = "400x300") -> tuple[Answer, float]:
        """The answer, and after how many seconds; status 0 where there was none."""
        return self.timed(f"/v1/render?viewport={viewport}", html.encode(), {"Content-Type": "text/html", **JSON})

    def capture(self, url: str) -> tuple[Answer, float]:
        headers = {"Content-Type": "application/json", **JSON}
        return self.timed("/v1/capture", json.dumps({"url": url}).encode(), headers)

    def timed(self, path: str, body: bytes, headers: dict) -> tuple[Answer, float]:
        began = time.monotonic()
        try:
            answer = self.service.client(timeout=CAPTURE_LIMIT * 3)("POST", path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            answer = Answer(0, [], repr(error).encode())
        return answer, time.monotonic() - began

    def row(self, what: str, answer: Answer, seconds: float, note: str = "") -> None:
        said = note or (answer.json["error"]["message"] if answer.code else "")
        self.rows.append([what, answer, f"{seconds:.1f}", said[:90]])
        print(f"  {seconds:5.1f} s  {answer}  {what}", flush=True)

    def silent(self, what: str) -> None:
        """Nothing was heard since the last time this was asked."""
        time.sleep(0.3)
        self.checks.none(f"{what}: the listener heard nothing", self.ear.heard)
        self.ear.heard.clear()

    def normal(self, what: str) -> None:
        """A page that means no harm is shown."""
        answer, seconds = self.render(f"{HEAD}<h1>Sign in</h1>")
        fault = picture_fault(answer)
        self.checks.claim(f"{what}: a normal page is shown", fault is None, fault or f"in {seconds:.1f} s")

    # Pages

    def too_much(self) -> None:
        slow, wrong, room = [], [], Room(self.service)
        room.start()
        for name, page in TOO_MUCH.items():
            answer, seconds = self.render(page)
            self.row(name, answer, seconds)
            slow += [f"{name}: {seconds:.1f} s"] if seconds > PAGE_LIMIT else []
            if answer.status == 200:
                fault = picture_fault(answer)
                wrong += [f"{name}: {fault}"] if fault else []
            elif (answer.status, answer.code) != (422, "render_failed"):
                wrong.append(f"{name}: {answer} {answer.body[:100]!r}")
        self.checks.none(f"each of {len(TOO_MUCH)} greedy pages is a picture or render_failed", wrong)
        self.checks.none(f"and answered within {PAGE_LIMIT} s", slow)
        room.judge(self.checks)
        self.normal("after greedy pages")

    def requests(self) -> None:
        for host in [f"127.0.0.1:{self.ear.port}", f"[::1]:{self.ear.port}", f"localhost:{self.ear.port}", *OUTSIDE]:
            page, addresses = asking(host)
            answer, seconds = self.render(page)
            if fault := picture_fault(answer):
                self.checks.claim(f"a page that asks {host} is shown", False, fault)
                continue
            told = {one["address"] for one in answer.json["refused"]}
            missing = [address for address in addresses if address not in told]
            self.row(f"asking {host}", answer, seconds, f"{len(told)} addresses refused")
            self.checks.none(f"{host}: each of {len(addresses)} ways to ask is told as refused", missing)
        self.silent("asking")
        files = "".join(f"<iframe src='{a}'></iframe><img src='{a}'>" for a in LOCAL)
        answer, _ = self.render(HEAD + files + "<script>fetch('file:///etc/passwd').catch(() => {})</script>")
        shown = [text["text"] for text in answer.json["texts"] if text["text"] != "fine"]
        self.checks.none("files of this machine and pages of the browser are not shown", shown)
        self.normal("after asking")

    def leaving(self) -> None:
        left, untold = [], []
        for host in (f"127.0.0.1:{self.ear.port}", "10.0.0.1", "example.org"):
            for name, markup in LEAVING.items():
                url = f"http://{host}/away"
                answer, seconds = self.render(HEAD + markup.replace("ADDRESS", url))
                texts = [text["text"] for text in answer.json["texts"]] if answer.status == 200 else [str(answer)]
                self.row(f"leaving for {host} by {name}", answer, seconds)
                left += [f"{name}: {texts}"] if "fine" not in texts else []
                told = [one["address"] for one in answer.json.get("refused", [])]
                untold += [f"{name} for {host}: {told}"] if url not in told else []
        self.checks.none("a page that leaves is shown as it was", left)
        self.checks.none("and where it went is told as refused", untold)
        self.silent("leaving")

    def crowd(self) -> None:
        """Thirty at once, most of which loop; then some whose senders hang up."""
        pages = [script("while (true) {}") if n % 3 else f"{HEAD}<h1>{n}</h1>" for n in range(30)]
        with ThreadPoolExecutor(30) as pool:
            answers = list(pool.map(lambda page: self.render(page), pages))
        tally: dict[str, int] = {}
        for answer, _ in answers:
            tally[str(answer)] = tally.get(str(answer), 0) + 1
        longest = max(seconds for _, seconds in answers)
        right = {"200", "422 render_failed", "429 renderer_busy"}
        self.checks.claim("30 at once: pictures, render_failed or renderer_busy", set(tally) <= right, tally)
        self.checks.claim("and each answered within a minute", longest <= 60, f"longest {longest:.1f} s")
        waits = [answer.header("Retry-After") for answer, _ in answers if answer.status == 429]
        self.checks.claim("every 429 has Retry-After", all(waits), f"{len(waits)} × 429")
        for _ in range(8):
            with self.service.connect() as connection:
                body = script("while (true) {}").encode()
                connection.sendall(
                    b"POST /v1/render HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/html\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
                time.sleep(0.7)
        answer, seconds = self.render(HEAD)
        held = picture_fault(answer) is None and seconds < 6
        found = f"{answer} in {seconds:.1f} s"
        self.checks.claim("who hangs up makes room: the next page is shown within 6 s", held, found)

    # Conversions whose browsers die

    def killed(self) -> None:
        rows, wrong, stuck = [], [], []
        kinds = ["the program", "one browser", "all browsers", "a helper", *REPEATED, "stopped"]
        for number in range(self.options.kills):
            kind = kinds[number % len(kinds)]
            after = self.choice.uniform(0.1, 6) if kind != "from the start" else 0
            began = time.monotonic()
            conversion = self.service.client().convert([SIGN_IN], {"Prefer": "respond-async"}, draft="false").json["id"]
            count = self.strike(conversion, kind, after)
            try:
                found = self.service.client().finished(conversion, CONVERSION_LIMIT)
            except TrialError as error:
                stuck.append(f"{kind} after {after:.1f} s: {error}")
                continue
            receipt = (found["receipts"] or [{}])[0]
            score, reason = (receipt.get("score") or {}).get("total"), receipt.get("unmeasured")
            seconds = time.monotonic() - began
            rows.append([kind, f"{after:.1f}", count, found["status"], f"{seconds:.1f}", score or reason or "nothing"])
            print(f"  {kind} after {after:.1f} s: {rows[-1][-1]}", flush=True)
            faults = file_faults(self.service.client(), found) if found["status"] == "succeeded" else [found["error"]]
            faults += [] if score or reason else ["neither a score nor a reason"]
            faults += receipt_faults(self.service.client(), found) if score else []
            wrong += [f"{kind} after {after:.1f} s: {fault}" for fault in faults]
        heads = ["killed", "s after it began", "processes", "ends as", "after s", "score, or why none"]
        print("\n" + table(heads, rows))
        self.checks.none(f"{len(rows)} conversions whose browsers were killed end with a page", wrong)
        self.checks.none(f"each within {CONVERSION_LIMIT} s", stuck)
        found = self.service.client(timeout=CONVERSION_LIMIT).convert([SIGN_IN], {"Prefer": "wait=100"}, draft="false")
        faults = receipt_faults(self.service.client(), found.json) if found.status == 200 else [found]
        self.checks.none("the next conversion is measured again", faults)

    def strike(self, conversion: str, kind: str, after: float) -> int:
        """Kills browsers while a conversion runs, once or until it has ended; how many processes."""
        client, count = self.service.client(), 0
        deadline = time.monotonic() + after
        while time.monotonic() < deadline or not self.service.browsers():
            if client.get(f"/v1/conversions/{conversion}").json["status"] in FINAL:
                return 0
            time.sleep(0.03)
        while True:
            browsers = self.service.browsers()
            chosen = self.choice.choice(list(browsers)) if browsers else None
            victims = [pid for pids in browsers.values() for pid in pids]
            if chosen and kind in ("one browser", "stopped"):
                victims = browsers[chosen]
            elif chosen and kind in ("the program", "a helper"):
                wanted = [pid for pid in browsers[chosen] if self.service.owns(pid) == (kind == "the program")]
                victims = wanted[-1:] if kind == "the program" else self.choice.sample(wanted, min(1, len(wanted)))
            for pid in victims:
                try:
                    os.kill(pid, signal.SIGSTOP if kind == "stopped" else signal.SIGKILL)
                    count += 1
                except ProcessLookupError:
                    pass
            if kind not in REPEATED or client.get(f"/v1/conversions/{conversion}").json["status"] in FINAL:
                return count
            time.sleep(0.1)

    # Captures

    def refused_captures(self) -> None:
        wrong, odd = [], []
        for form in PRIVATE + [f"[{a}]" if ":" in a else a for a in own_addresses()]:
            for url in (f"http://{form}:{self.ear.port}/", f"http://{form}/latest/meta-data/", f"https://{form}/"):
                answer, _ = self.capture(url)
                wrong += [f"{url}: {answer}"] if str(answer) != "403 address_refused" else []
        for url in NO_ADDRESS:
            answer, _ = self.capture(url.replace("PORT", str(self.ear.port)))
            odd += [f"{url}: {answer}"] if str(answer) not in ODD_ANSWERS else []
        self.checks.none(f"{len(PRIVATE)} private addresses and this machine's are refused", wrong)
        self.checks.none(f"{len(NO_ADDRESS)} addresses that are none are refused", odd)
        self.silent("capturing")


LOCAL = ["file:///etc/passwd", "file:///etc/", "chrome://version", "chrome://gpu", "view-source:file:///etc/passwd",
         "filesystem:http://project.localhost/temporary/x", "about:memory", "/etc/passwd", "../../etc/passwd"]
PRIVATE = [
    "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "localhost", "LOCALHOST", "localhost.", "a.localhost", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "0.0.0.0", "0", "[::]", "2130706433", "0x7f000001", "0x7f.1", "0X7F.0.0.1", "0177.0.0.1",
    "017700000001", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "2852039166",
    "0xa9fea9fe", "[fe80::1]", "[fd00::1]", "[fc00::1]", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1",
    "255.255.255.255", "[ff02::1]", "[::ffff:10.0.0.1]",
]
NO_ADDRESS = [
    "file:///etc/passwd", "ftp://127.0.0.1/", "data:text/html,x", "javascript:alert(1)", "chrome://version",
    "view-source:http://127.0.0.1:PORT/", "http://user:word@127.0.0.1:PORT/", "http://example.org@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@example.org/", "http:///127.0.0.1", "//127.0.0.1:PORT/", "", "http://", "http://[::1",
    "http://127.0.0.1:99999/", "http://127.0.0.1:0/", "http://example.org:PORT/", "http://a b/",
    "http://127.0.0.1\t:PORT/", "http://１２７.0.0.1:PORT/", "http://①②⑦.0.0.1:PORT/",
    "http://127。0。0。1:PORT/", "http://127.0.0.1./", "http://%31%32%37.0.0.1/", "http://127.0.0.1.invalid/",
]
ODD_ANSWERS = ["400 invalid_parameter", "403 address_refused", "502 capture_failed"]


def own_addresses() -> list[str]:
    """Addresses of this machine that are not loopback, so far as its name and its routes tell."""
    found = {entry[4][0].split("%")[0] for entry in socket.getaddrinfo(socket.gethostname(), None)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            found.add(probe.getsockname()[0])
        except OSError:
            pass
    return sorted(address for address in found if not address.startswith("127.") and address != "::1")


def picture_fault(answer: Answer) -> str | None:
    """What keeps an answer from being a whole screenshot."""
    if answer.status != 200:
        return f"{answer} {answer.body[:100]!r}"
    return png_fault(base64.b64decode(answer.json["image"].partition(",")[2]))


class Watch(threading.Thread):
    """Asks /healthz ten times a second."""

    def __init__(self, service: Service):
        super().__init__(daemon=True)
        self.service, self.over, self.waits = service, threading.Event(), []

    def run(self) -> None:
        while not self.over.wait(0.1):
            began = time.monotonic()
            try:
                held = self.service.client(timeout=10).get("/healthz").status == 200
            except (OSError, http.client.HTTPException):
                held = False
            self.waits.append(time.monotonic() - began if held else 10)

    def judge(self, checks: Checks) -> None:
        self.over.set()
        self.join()
        late = sum(wait > PATIENT for wait in self.waits)
        found = f"longest of {len(self.waits)}: {max(self.waits) * 1000:.0f} ms, {late} later than that"
        checks.claim(f"/healthz answered within {PATIENT} s all the while", late == 0, found)


class Room(threading.Thread):
    """Looks at the bytes that browsers write to their folders, four times a second."""

    def __init__(self, service: Service):
        super().__init__(daemon=True)
        self.folder, self.over, self.most = service.folder / "tmp", threading.Event(), 0

    def run(self) -> None:
        while not self.over.wait(0.25):
            self.most = max(self.most, self.taken())

    def taken(self) -> float:
        size = 0
        for place, _, names in os.walk(self.folder):
            for name in names:
                try:
                    size += os.lstat(f"{place}/{name}").st_blocks * 512
                except OSError:
                    pass  # gone meanwhile
        return size / 1e6

    def judge(self, checks: Checks) -> None:
        self.over.set()
        self.join()
        most, kept = f"{self.most:.0f} MB", f"{self.taken():.0f} MB"
        checks.claim(f"browsers take less than {ROOM_LIMIT} MB of the disk", self.most < ROOM_LIMIT, most)
        checks.claim(f"and keep less than {ROOM_KEPT} MB when nothing is shown", self.taken() < ROOM_KEPT, kept)


def trial_of_pages(options, ear: Ear, checks: Checks) -> None:
    with Service(options.binary, NO_KEY_LIMITS, keep=options.keep) as service:
        service.start()
        trial = Trial(service, ear, checks, random.Random(options.seed), options)
        groups = {
            "greedy": trial.too_much, "requests": trial.requests, "leaving": trial.leaving, "crowd": trial.crowd,
            "killed": trial.killed, "captures": trial.refused_captures,
        }
        with ThreadPoolExecutor(2) as pool:  # both browsers that are kept, and the memory they need
            list(pool.map(lambda _: trial.render(HEAD), range(8)))
        before = census(service)
        watch = Watch(service)
        watch.start()
        for name, group in groups.items():
            if options.only and name not in options.only:
                continue
            print(name, flush=True)
            group()
            checks.claim(f"{name}: the service lives", service.alive, service.log(3) if not service.alive else "")
        watch.judge(checks)
        time.sleep(2)
        after = census(service)
        print("\n" + table(["page or address", "answer", "s", "words"], trial.rows))
        browsers, folders, descriptors, memory = (f"{a}, then {b}" for a, b in zip(before, after))
        checks.claim("no browser process more than before", after[0] <= before[0], browsers)
        checks.claim("no browser's folder more than before", after[1] <= before[1], folders)
        checks.claim("no descriptor more than before", after[2] <= before[2] + 4, descriptors)
        checks.claim("resident memory within 256 MB of before", after[3] <= before[3] + 256, memory + " MB")
        known = service.browsers()
        checks.claim("the service ends cleanly on SIGTERM", (status := service.stop()) == 0, f"status {status}")
        checks.none("and no browser outlives it", service.browsers_after(1, known))


def census(service: Service) -> tuple[int, int, int, int]:
    """Processes of browsers, their folders, the service's open files, its resident megabytes."""
    folders = len(list((service.folder / "tmp").glob("bottega-chromium-*")))
    descriptors = len(os.listdir(f"/proc/{service.process.pid}/fd"))
    count = sum(map(len, service.browsers().values()))
    return count, folders, descriptors, service.memory()["VmRSS"] // 1_000_000


def trial_of_allowed_captures(options, ear: Ear, checks: Checks) -> None:
    """With one address allowed, nothing else is reached, whatever the page there says."""
    with (
        Service(options.binary, NO_KEY_LIMITS | {"capture_allow": "127.0.0.2"}, keep=options.keep) as service,
        Site("127.0.0.2", f"127.0.0.1:{ear.port}") as site,
    ):
        service.start()
        trial = Trial(service, ear, checks, random.Random(options.seed), options)
        watch = Watch(service)
        watch.start()
        refused, failed = "403 address_refused", "502 capture_failed"
        for path, expected in [
            ("", "200"), ("asks", "200"), ("leaves", f"200, {refused}"), ("refreshes", f"200, {refused}"),
            ("redirect", refused), ("redirect-to-80", refused), ("loop", failed), ("silent", failed),
            ("trickle", f"200, {failed}"),
            ("flood", f"200, {failed}, 422 render_failed"), ("busy", f"{failed}, 422 render_failed"),
        ]:
            answer, seconds = trial.capture(f"http://{site.host}/{path}")
            trial.row(f"capture /{path} of an allowed host", answer, seconds)
            held = str(answer) in expected.split(", ") and seconds < CAPTURE_LIMIT
            if held and answer.status == 200:
                held = picture_fault(answer) is None
            checks.claim(f"allowed host, /{path}: {expected}", held, f"{answer} in {seconds:.1f} s")
            if path == "asks" and answer.status == 200:
                told = [one["address"] for one in answer.json["refused"]]
                checks.claim("what the page asked for is told as refused", len(told) >= 20, f"{len(told)} addresses")
        checks.claim("the allowed host was asked", "/redirect" in site.calls, f"{len(site.calls)} requests")
        answer, seconds = trial.capture(f"https://{site.host}/")
        checks.claim("no TLS there: capture_failed", str(answer) == failed, f"{answer} in {seconds:.1f} s")
        trial.silent("captures of an allowed host")
        watch.judge(checks)
        print("\n" + table(["page or address", "answer", "s", "words"], trial.rows))


def trial_of_loopback(options, checks: Checks) -> None:
    """`127.0.0.1` allowed: what runs there is captured. Captures off: nothing is."""
    for settings, expected in [
        ({"capture_allow": "127.0.0.1"}, "200"),
        ({"capture_allow": "127.0.0.0/8"}, "200"),
        ({"capture_enabled": "false"}, "403 capture_disabled"),
        ({"chromium": "/nowhere/chromium"}, "503 renderer_unavailable"),
    ]:
        with Service(options.binary, settings, keep=options.keep) as service, Site("127.0.0.1", "") as site:
            service.start()
            body = json.dumps({"url": f"http://{site.host}/", "viewport": "400x300"}).encode()
            answer = service.client()("POST", "/v1/capture", body, {"Content-Type": "application/json", **JSON})
            texts = [text["text"] for text in answer.json["texts"]] if answer.status == 200 else []
            held = str(answer) == expected and (expected != "200" or (texts == ["fine"] and not picture_fault(answer)))
            checks.claim(f"{settings}: {expected}", held, f"{answer} {texts or ''}")
            if "chromium" in settings:
                without_browser(service, checks)


def without_browser(service: Service, checks: Checks) -> None:
    client = service.client()
    answer = client("POST", "/v1/render", HEAD.encode(), {"Content-Type": "text/html"})
    held = str(answer) == "503 renderer_unavailable"
    checks.claim("without a browser, rendering is renderer_unavailable", held, answer)
    found = client.convert([SIGN_IN], draft="false")
    receipt = found.json["receipts"][0] if found.status == 200 else {}
    told = receipt.get("score") is None and receipt.get("unmeasured")
    checks.claim("and a conversion is its draft, whose receipt says why", told, f"{found} {receipt.get('unmeasured')}")


def trial() -> int:
    parser = arguments("Shows pages that mean harm, and kills the browsers that show others.")
    parser.add_argument("--kills", type=int, default=14, help="conversions whose browsers are killed")
    groups = ["greedy", "requests", "leaving", "crowd", "killed", "captures", "allowed"]
    parser.add_argument("--only", nargs="+", choices=groups, help="these groups alone")
    options = parser.parse_args()
    checks = Checks()
    with Ear() as ear:
        socket.create_connection(("127.0.0.1", ear.port)).close()
        time.sleep(0.3)
        checks.claim("the listener hears (else this proves nothing)", ear.heard != [], ear.heard)
        ear.heard.clear()
        if options.only != ["allowed"]:
            trial_of_pages(options, ear, checks)
        if not options.only or "allowed" in options.only:
            trial_of_allowed_captures(options, ear, checks)
            trial_of_loopback(options, checks)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
