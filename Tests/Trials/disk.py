# What happens when the disk is full? The data directory lies on a small tmpfs, and a ballast file takes all the room at
# five points: before an upload, in the middle of one, while jobs run, at small database writes, and across `kill -9`
# and a start. Each time the server must live, answer 507 storage_full, say in /readyz why it is not ready, serve what
# it has, and recover by itself when the room is back. All of it twice: with no bytes left, where the server's own
# reserve speaks first, and with no inodes left, where only the file system refuses. Needs root (mount); says so and
# exits with 77 otherwise.

import http.client
import os
import shutil
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from service import (
    DESIGNS,
    FINAL,
    NO_KEY_LIMITS,
    SIGN_IN,
    SKIPPED,
    Answer,
    Checks,
    Part,
    Service,
    TrialError,
    arguments,
    database_faults,
    file_faults,
    multipart,
    noise_png,
    run,
    upload_faults,
)

DISK = "size=224m,nr_inodes=2000"
REASON_WORDS = ("space", "full", "storage", "disk")
ASYNCHRONOUS = {"Prefer": "respond-async"}


@contextmanager
def small_disk(folder: Path):
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode != 0:
        raise PermissionError(done.stderr.strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Ballast:
    """Files that keep a disk full, however much is freed meanwhile."""

    def __init__(self, disk: Path):
        self.disk, self.folder = disk, disk / "ballast"

    def take(self, leave: int) -> None:
        """Takes all but `leave` of what is short on this disk."""
        raise NotImplementedError

    @contextmanager
    def full(self, leave: int = 0):
        self.folder.mkdir(exist_ok=True)
        self.take(leave)
        over = threading.Event()

        def hold() -> None:
            while not over.wait(0.02):
                self.take(leave)

        holder = threading.Thread(target=hold, daemon=True)
        holder.start()
        try:
            yield
        finally:
            over.set()
            holder.join()
            shutil.rmtree(self.folder)


class Bytes(Ballast):
    """One file that takes the room."""

    def take(self, leave: int) -> None:
        with open(self.folder / "bytes", "ab") as file:
            while (free := self.free()) > leave:
                size = file.seek(0, os.SEEK_END)
                try:
                    os.posix_fallocate(file.fileno(), size, free - leave)
                except OSError:  # the server was faster; what is left is taken in the next round
                    os.truncate(file.fileno(), size)
                    return

    def free(self) -> int:
        status = os.statvfs(self.disk)
        return status.f_bavail * status.f_frsize


class Inodes(Ballast):
    """Empty files until no further one can be made: bytes are free, and still nothing new can be stored."""

    def take(self, leave: int) -> None:
        try:
            while os.statvfs(self.disk).f_favail > leave:
                (self.folder / os.urandom(8).hex()).touch()
        except OSError:
            pass  # the server took the last one


class DiskTrial:
    def __init__(self, service: Service, ballast: Ballast, label: str, checks: Checks):
        self.service, self.ballast, self.label, self.checks = service, ballast, label, checks
        self.client = service.client(timeout=120)
        self.accepted: list[str] = []  # conversions that must be whole at the end

    def claim(self, claim: str, held: bool, found: object = "") -> None:
        self.checks.claim(f"{self.label}: {claim}", held, found)
        print(f"  {'ok' if held else 'FAILED':6} {self.label}: {claim} [{found}]", flush=True)

    def none(self, claim: str, faults: list) -> None:
        self.claim(claim, not faults, "; ".join(map(str, faults[:3])) or "none")

    def all_points(self) -> None:
        self.service.start()
        first = self.client.convert([SIGN_IN], name="kept").json
        self.accepted.append(first["id"])
        self.claim("a conversion on the empty disk succeeds", first["status"] == "succeeded", first["status"])
        self.point("before an upload", self.before_upload)
        self.point("in mid-upload", self.mid_upload)
        self.point("while jobs run", self.while_jobs_run)
        for leave in (0, 4096, 65536) if isinstance(self.ballast, Bytes) else (0,):
            self.point(f"database writes, {leave} left", lambda: self.database_write(first["id"], leave))
        self.point("across a crash", self.across_a_crash)
        self.point("at the end", self.at_the_end)

    def point(self, name: str, carry_out) -> None:
        """One point; where it cannot be carried through (no answer, no recovery), that is what was found."""
        try:
            carry_out()
        except (TrialError, OSError, http.client.HTTPException, KeyError, ValueError) as error:
            self.claim(f"{name}: carried through", False, f"{type(error).__name__}: {error}")
            if not self.service.alive:
                self.service.start()

    # The five points

    def before_upload(self) -> None:
        with self.ballast.full():
            self.expect_refusal("an upload", self.client.convert([SIGN_IN], ASYNCHRONOUS))
            self.expect_refusal("a large upload", self.upload_large(lambda: None))
            self.expect_steady("full before an upload")
        self.expect_recovery("full before an upload")

    def mid_upload(self) -> None:
        with ExitStack() as full:
            answer = self.upload_large(lambda: full.enter_context(self.ballast.full()))
            if answer.status == 202 and isinstance(self.ballast, Inodes):
                self.accepted.append(answer.json["id"])  # its file was made before; then it must be whole at the end
            else:
                self.expect_refusal("an upload cut by a full disk", answer)
            self.expect_steady("full in mid-upload")
            self.none("the half upload is removed", self.incoming_after(5))
        self.expect_recovery("full in mid-upload")

    def while_jobs_run(self) -> None:
        sent = [self.client.convert(DESIGNS[:4], ASYNCHRONOUS, name=f"busy-{n}") for n in range(8)]
        accepted = [answer.json["id"] for answer in sent if answer.status == 202]
        self.claim("eight jobs are accepted", len(accepted) == 8, ", ".join({str(answer) for answer in sent}))
        self.accepted += accepted
        self.await_running(accepted)
        with self.ballast.full():
            self.expect_steady("full while jobs run")
            time.sleep(5)
            states = self.states(accepted)
            self.none("no job fails for want of space", [s for s in states if s[0] in ("failed", "cancelled")])
            self.claim("jobs wait for space", any(s[0] not in FINAL for s in states), self.tally(states))
            served = [c for c in map(self.conversion, accepted) if c["status"] == "succeeded"]
            self.none("what is served is whole", [f for c in served for f in file_faults(self.client, c)])
        self.expect_recovery("full while jobs run")
        ends = [self.client.finished(conversion, 300) for conversion in accepted]
        self.none("all waiting jobs succeed afterwards", [c["error"] for c in ends if c["status"] != "succeeded"])
        most = max(c["job"]["attempts"] for c in ends)
        self.claim("waiting for space uses up no attempts", most <= 2, f"at most {most}")

    def database_write(self, conversion: str, leave: int) -> None:
        """Edits carry no upload: only rows. Each is stored or refused, never half."""
        answers = []
        with self.ballast.full(leave):
            for number in range(30):
                edit = {"operations": [{"selector": "body", "set_style": {"color": f"#00a0{number:02x}"}}]}
                answers.append(self.client.post_json(f"/v1/conversions/{conversion}/edits", edit, ASYNCHRONOUS))
            self.expect_steady(f"{leave} left at database writes", refuses=leave == 0)
        found = {str(answer) for answer in answers}
        accepted = [answer.json["job"]["id"] for answer in answers if answer.status == 202]
        self.claim(f"{leave} left: an edit is accepted or 507", found <= {"202", "507 storage_full"}, found)
        self.expect_recovery(f"{leave} left at database writes")
        states = [self.await_job(job) for job in accepted]
        faults = [s for s in states if s not in ("succeeded", "failed edit_target_missing")]
        self.none(f"{leave} left: each of {len(accepted)} accepted edits was carried out", faults)

    def across_a_crash(self) -> None:
        accepted = [self.client.convert([SIGN_IN], ASYNCHRONOUS, name=f"late-{n}").json["id"] for n in range(4)]
        self.accepted += accepted
        with self.ballast.full():
            time.sleep(0.3)
            self.service.kill()
            self.service.start(wait=None)
            found = self.start_on_full_disk(20)
            self.claim("a start on a full disk serves, or ends saying why", found.startswith(("serves", "ends")), found)
        if not self.service.alive:
            self.service.start()
        self.expect_recovery("killed and started while full")
        ends = [self.client.finished(conversion, 120) for conversion in accepted]
        self.none("the jobs of before the crash succeed", [c["error"] for c in ends if c["status"] != "succeeded"])

    def at_the_end(self) -> None:
        for conversion in self.accepted:
            self.client.finished(conversion, 120)
        faults = [f for c in map(self.conversion, self.accepted) for f in file_faults(self.client, c)]
        self.none(f"all {len(self.accepted)} accepted conversions are there and whole", faults)
        self.claim("the server ends cleanly", (status := self.service.stop()) == 0, f"status {status}")
        self.none("PRAGMA integrity_check", database_faults(self.service.data))
        self.none("every kept upload matches its digest", upload_faults(self.service.data))

    # What is expected each time

    def expect_refusal(self, what: str, answer: Answer) -> None:
        error = answer.json["error"] if answer.code else {}
        held = answer.status == 507 and answer.code == "storage_full" and error.get("type") == "storage"
        self.claim(f"{what} is refused with 507 storage_full", held, f"{answer}: {error.get('message', '')}")

    def expect_steady(self, when: str, refuses: bool = True) -> None:
        answer = self.client.get("/healthz")
        self.claim(f"{when}: /healthz is 200", answer.status == 200, answer)
        if refuses and isinstance(self.ballast, Bytes):
            self.service.wait_ready(15, status=503)
            reasons = " ".join(self.client.get("/readyz").json.get("reasons", []))
            self.claim(f"{when}: /readyz is 503 and says why", any(w in reasons.lower() for w in REASON_WORDS), reasons)
        kept = self.client.get(f"/v1/conversions/{self.accepted[0]}")
        faults = file_faults(self.client, kept.json) if kept.status == 200 else [kept]
        self.none(f"{when}: earlier results are served", faults)

    def expect_recovery(self, when: str) -> None:
        seconds = self.service.wait_ready(30)
        found = self.client.convert([SIGN_IN], ASYNCHRONOUS, name="after")
        state = str(found)
        if found.status == 202:
            self.accepted.append(found.json["id"])
            state = self.client.finished(found.json["id"], 300)["status"]
        self.claim(f"{when}: ready and converting again", state == "succeeded", f"ready after {seconds:.1f} s, {state}")

    # Looks

    def upload_large(self, half_way) -> Answer:
        """Twenty megabytes; calls `half_way` when ten are sent."""
        parts = [Part("draft", b"true"), Part("image", noise_png(2600), "noise.png", "image/png")]
        content_type, body = multipart(parts)
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        try:
            connection.putrequest("POST", "/v1/convert")
            headers = {"Content-Type": content_type, "Content-Length": str(len(body)), **ASYNCHRONOUS}
            for header in headers.items():
                connection.putheader(*header)
            connection.endheaders()
            connection.send(body[: len(body) // 2])
            time.sleep(0.2)
            half_way()
            try:
                connection.send(body[len(body) // 2 :])
            except OSError:
                pass  # answered before the end; the answer is what counts
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, [], f"no answer: {error!r}".encode())
        finally:
            connection.close()

    def start_on_full_disk(self, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.service.alive:
                status, log = self.service.process.returncode, self.service.log(3)
                said = status > 0 and any(word in log.lower() for word in REASON_WORDS)
                return f"{'ends' if said else 'died'} with {status}: {log}"
            try:
                answer, ready = self.client.get("/healthz"), self.client.get("/readyz")
                return f"{'serves' if answer.status == 200 else 'answers'} {answer}, not ready: {ready.status == 503}"
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        return "neither answers nor ends"

    def incoming_after(self, seconds: float) -> list[Path]:
        deadline = time.monotonic() + seconds
        while (left := list(self.service.data.glob("uploads/incoming/*"))) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    def await_running(self, conversions: list[str]) -> None:
        deadline = time.monotonic() + 30
        while not any(state in ("running", "succeeded") for state, _ in self.states(conversions)):
            if time.monotonic() > deadline:
                raise TrialError("none of the accepted jobs began within 30 s")
            time.sleep(0.01)

    def await_job(self, job: str) -> str:
        deadline = time.monotonic() + 120
        while (found := self.client.get(f"/v1/jobs/{job}").json)["status"] not in FINAL:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return found["status"] + (f" {found['error']['code']}" if found["error"] else "")

    def conversion(self, identifier: str) -> dict:
        return self.client.get(f"/v1/conversions/{identifier}").json

    def states(self, conversions: list[str]) -> list[tuple[str, str | None]]:
        return [(c["status"], (c["error"] or {}).get("code")) for c in map(self.conversion, conversions)]

    def tally(self, states: list) -> str:
        names = [state for state, _ in states]
        return ", ".join(f"{names.count(name)} {name}" for name in sorted(set(names)))


def trial() -> int:
    options = arguments("Fills the disk under the server at five points.").parse_args()
    checks = Checks()
    for label, ballast in [("no bytes", Bytes), ("no inodes", Inodes)]:
        with Service(options.binary, {"queue_limit": 1000, **NO_KEY_LIMITS}, keep=options.keep) as service:
            try:
                with small_disk(service.folder / "disk") as disk:
                    service.data = disk / "data"
                    DiskTrial(service, ballast(disk), label, checks).all_points()
                    service.kill()
            except PermissionError as error:
                print(f"SKIPPED: mounting a tmpfs needs root: {error}")
                return SKIPPED
    return checks.finish()


if __name__ == "__main__":
    run(trial)
