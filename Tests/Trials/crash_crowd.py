# The people around crash.py's server: senders, one thread a key, who do not give up until each of their conversions is
# acknowledged, and readers who look at conversions and files all the time and note whatever is not whole or changes.
# Nothing here kills or judges; `Crowd` keeps what it saw.

import http.client
import random
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from service import DESIGNS, FINAL, MEDIA_TYPES, SIGN_IN, Answer, Part, Service, file_faults, multipart, receipt_faults

DISCONNECTED = (OSError, http.client.HTTPException)


@dataclass
class Slot:
    """One conversion to be acknowledged. With an idempotency key the same request is sent until it is answered;
    without one, an attempt that got no answer is given up and the next one carries another name."""

    index: int
    owner: int
    pictures: list[Path]
    is_measured: bool = False  # shown, scored and repaired; the others are drafts
    attempt: int = 0

    @property
    def is_idempotent(self) -> bool:
        return self.index % 2 == 0

    @property
    def name(self) -> str:
        return f"crash-{self.index:03}" + (f"-try{self.attempt}" if self.attempt else "")


@dataclass
class Acknowledged:
    slot: Slot
    name: str
    conversion: str
    job: str
    at: float


class Crowd:
    """The senders (one thread a key) and the readers, and what they saw."""

    def __init__(self, service: Service, keys: list[str], count: int, measured: int, seed: int):
        """The last `measured` of `count` conversions are measured: one picture each, which takes seconds."""
        self.service, self.clients, self.seed = service, [service.client(k, timeout=30) for k in keys], seed
        self.slots = [
            Slot(i, i % len(keys), [DESIGNS[(i + n) % len(DESIGNS)] for n in range(4 if i % 5 == 4 else 1)])
            for i in range(count - measured)
        ]
        self.slots += [Slot(i, i % len(keys), [SIGN_IN], is_measured=True) for i in range(count - measured, count)]
        self.acknowledged: list[Acknowledged] = []
        self.abandoned: list[tuple[int, str]] = []  # (owner, name) of requests that got no answer
        self.finals: dict[str, str] = {}  # job → the first final state seen
        self.digests: dict[tuple, str] = {}
        self.faults: list[str] = []
        self.reads = self.cut_reads = self.cut_uploads = 0
        self.allowed = 0
        self.lock = threading.Condition()
        self.holding = False  # the next sender stops half-way and says so
        self.half_sent, self.answered, self.over = threading.Event(), threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self.send, args=(n,), daemon=True) for n in range(len(keys))]
        self.threads += [threading.Thread(target=self.read, args=(n,), daemon=True) for n in range(2)]

    def allow(self, count: int) -> None:
        with self.lock:
            self.allowed = min(len(self.slots), self.allowed + count)
            self.lock.notify_all()

    def expect(self, kind: str) -> None:
        """Before the moment may come: the next upload is to be held half-way, the next answer to be noticed."""
        self.half_sent.clear()
        self.answered.clear()
        self.holding = kind == "upload"

    def send(self, owner: int) -> None:
        for slot in (s for s in self.slots if s.owner == owner):
            with self.lock:
                self.lock.wait_for(lambda: self.allowed > slot.index)
            while not self.sent(slot):
                time.sleep(0.02)

    def sent(self, slot: Slot) -> bool:
        """Whether this attempt was acknowledged."""
        try:
            answer = self.post(slot)
        except ConnectionRefusedError:
            return False
        except DISCONNECTED:
            self.cut_uploads += 1
            if not slot.is_idempotent:
                self.abandoned.append((slot.owner, slot.name))
                slot.attempt += 1
            return False
        if answer.status in (200, 202):
            found = answer.json
            self.acknowledged.append(Acknowledged(slot, slot.name, found["id"], found["job"]["id"], time.time()))
            self.answered.set()
            return True
        if answer.status not in (409, 429, 503):
            self.faults.append(f"upload of {slot.name}: {answer} {answer.body[:200]!r}")
            time.sleep(0.5)
        return False

    def post(self, slot: Slot):
        """Sends one conversion in two halves; when it is this sender's turn to be held, waits between them."""
        with self.lock:
            held, self.holding = self.holding, False
        parts = [Part("image", p.read_bytes(), p.name, MEDIA_TYPES[p.suffix]) for p in slot.pictures]
        draft = Part("draft", b"false" if slot.is_measured else b"true")
        content_type, body = multipart([Part("name", slot.name.encode()), draft, *parts])
        client = self.clients[slot.owner]
        connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=client.timeout)
        try:
            connection.putrequest("POST", "/v1/convert")
            headers = {
                "Authorization": f"Bearer {client.key}",
                "Prefer": "respond-async",
                "Content-Type": content_type,
                "Content-Length": str(len(body)),
                "Connection": "close",
            }
            if slot.is_idempotent:
                headers["Idempotency-Key"] = f"slot-{slot.index}"
            for header in headers.items():
                connection.putheader(*header)
            connection.endheaders()
            connection.send(body[: len(body) // 2])
            if held:
                self.half_sent.set()
                time.sleep(0.1)
            connection.send(body[len(body) // 2 :])
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        except DISCONNECTED:
            if held and not self.half_sent.is_set():
                self.holding = True
            raise
        finally:
            connection.close()

    def read(self, reader: int) -> None:
        choice = random.Random(f"{self.seed} reader {reader}")
        while not self.over.is_set():
            time.sleep(0.005)
            if not self.acknowledged:
                continue
            known = choice.choice(self.acknowledged)
            try:
                self.look(known)
                self.reads += 1
            except DISCONNECTED:
                self.cut_reads += 1
                time.sleep(0.02)
            except Exception as error:  # a reader that dies would see no more faults
                self.faults.append(f"reading {known.conversion}: {type(error).__name__} {error}")

    def look(self, known: Acknowledged) -> None:
        client = self.clients[known.slot.owner]
        early = client.get(f"/v1/conversions/{known.conversion}/files/index.html")
        answer = client.get(f"/v1/conversions/{known.conversion}")
        if answer.status != 200:
            self.faults.append(f"{known.conversion}, acknowledged, is answered with {answer}")
            return
        found = answer.json
        state = found["job"]["status"]
        if self.finals.get(known.job, state) != state:
            self.faults.append(f"{known.job} went from {self.finals[known.job]} to {state}")
        if state in FINAL:
            self.finals.setdefault(known.job, state)
        if early.status == 200 and state != "succeeded":
            self.faults.append(f"{known.conversion}: index.html was served while the job was {state}")
        elif early.status not in (200, 404, 409):
            self.faults.append(f"{known.conversion}: files/index.html gave {early}")
        if state == "succeeded":
            self.faults += file_faults(client, found)
            if known.slot.is_measured:
                self.faults += receipt_faults(client, found)
            for entry in found["files"]:
                place = (known.conversion, found["revision"], entry["path"])
                if self.digests.setdefault(place, entry["sha256"]) != entry["sha256"]:
                    self.faults.append(f"{place} changed its bytes")
