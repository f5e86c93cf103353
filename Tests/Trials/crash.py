# Does an acknowledged job survive `kill -9`? A hundred conversions under three keys are sent while the server is killed
# at thirty random moments: while it starts, while an upload is half sent, right after an acknowledgement, while jobs
# run, and while pages are measured: then the browsers must be gone a second later. Most conversions are drafts; the
# last few are measured, and their receipts must be whole. Readers fetch files all the time and accept only whole ones.
# A second part kills one job as often as it may be attempted and expects it to stop with its reason, and the job behind
# it to live. A third, crash_folders.py, kills a batch and a workflow again and again. Read `kill_at_moments`; who sends
# and who reads stands in crash_crowd.py.

import datetime
import random
import time
from dataclasses import dataclass
from pathlib import Path

from crash_crowd import Crowd
from crash_folders import trial_of_folders
from service import (
    DESIGNS,
    FINAL,
    NO_KEY_LIMITS,
    SIGN_IN,
    Checks,
    Client,
    Service,
    TrialError,
    arguments,
    database_faults,
    file_faults,
    receipt_faults,
    run,
    table,
    upload_faults,
)

MOMENTS = {"start": 7, "upload": 5, "answer": 5, "work": 7}
MEASURING = 6  # kills while pages are measured, after all others: a measured job outlives no second kill
ATTEMPTS = 20  # as many as the service allows: here no job may run out of them
HEAD_START = 0.4  # share of the drafts allowed before the first kill; the others are spread over the kills


@dataclass
class Kill:
    kind: str
    at: float  # wall clock, seconds
    note: str
    database: list[str]
    browsers: int  # processes
    left: list[int]  # those that lived on for more than a second


def kill_at_moments(service: Service, crowd: Crowd, seed: int) -> list[Kill]:
    """Starts and kills the server once for each moment; leaves it not running."""
    choice = random.Random(seed)
    kinds = [kind for kind, count in MOMENTS.items() for _ in range(count)]
    choice.shuffle(kinds)
    drafts, count = sum(not slot.is_measured for slot in crowd.slots), len(kinds) + MEASURING
    pauses = {"start": (0.005, 0.4), "work": (0.005, 0.4), "measure": (0.05, 3)}
    kills = []
    for number, kind in enumerate(kinds + ["measure"] * MEASURING):
        share = int(HEAD_START * drafts) if number == 0 else -(-(drafts - crowd.allowed) // max(1, len(kinds) - number))
        if kind == "measure":
            share = len(crowd.slots)
        pause = choice.uniform(*pauses.get(kind, (0, 0.05)))
        if kind == "start":
            crowd.allow(share)
            service.start(wait=None)
            note = f"{pause * 1000:.0f} ms after the start"
        else:
            crowd.expect(kind)
            service.start()
            crowd.allow(share)
            note = await_moment(service, crowd, kind) + f", {pause * 1000:.0f} ms later"
        time.sleep(pause)
        at, browsers = time.time(), service.browsers()
        service.kill()
        left = service.browsers_after(1, browsers)
        kills.append(Kill(kind, at, note, database_faults(service.data), sum(map(len, browsers.values())), left))
        print(f"  kill {number + 1:2}/{count} {kind:7} {note}; {len(crowd.acknowledged)} acknowledged", flush=True)
    return kills


def await_moment(service: Service, crowd: Crowd, kind: str) -> str:
    """Waits for what the kill is to interrupt; where that does not come (nothing is left to send), says so."""
    if kind == "upload":
        if crowd.half_sent.wait(3):
            return "an upload half sent"
    elif kind == "answer":
        if crowd.answered.wait(3):
            return "a 202 just received"
    elif kind == "measure":
        deadline = time.monotonic() + 60  # drafts may be ahead
        while time.monotonic() < deadline:
            if service.browsers():
                return "a page being shown"
            time.sleep(0.02)
    else:
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline:
            if service.client().get("/readyz").json.get("queue", {}).get("running"):
                return "a job running"
            time.sleep(0.005)
    crowd.holding = False
    return f"no {kind} in time"


def instant(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def trial_of_thirty(options, checks: Checks) -> None:
    settings = {"attempts": ATTEMPTS, "queue_limit": 1000, **NO_KEY_LIMITS}
    seed, patience = options.seed, options.patience
    with Service(options.binary, settings, keep=options.keep) as service:
        keys = [service.create_key(name) for name in ("ada", "grace", "edsger")]
        crowd = Crowd(service, keys, options.jobs, options.measured, seed)
        for thread in crowd.threads:
            thread.start()
        kills = kill_at_moments(service, crowd, seed)
        service.start()
        crowd.allow(options.jobs)
        for thread in crowd.threads[: len(keys)]:
            thread.join(patience)
        await_all_final(crowd, patience)
        crowd.over.set()
        for thread in crowd.threads[len(keys) :]:
            thread.join(30)
        checks.claim("the server ends cleanly on SIGTERM", (status := service.stop()) == 0, f"status {status}")
        service.start()
        judge(service, crowd, kills, checks)
        service.stop()
        checks.none("PRAGMA integrity_check and foreign_key_check at the end", database_faults(service.data))


def await_all_final(crowd: Crowd, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(job["status"] not in FINAL for client in crowd.clients for job in client.every("/v1/jobs")):
        if time.monotonic() > deadline:
            return  # judged afterwards, by name
        time.sleep(0.2)


def judge(service: Service, crowd: Crowd, kills: list[Kill], checks: Checks) -> None:
    conversions = {owner: client.every("/v1/conversions") for owner, client in enumerate(crowd.clients)}
    jobs = [job for client in crowd.clients for job in client.every("/v1/jobs")]
    by_id = {job["id"]: job for job in jobs}
    named: dict[tuple, list[dict]] = {}
    for owner, found in conversions.items():
        for conversion in found:
            named.setdefault((owner, conversion["name"]), []).append(conversion)
    print_kills(kills, crowd, by_id)

    count = len({a.conversion for a in crowd.acknowledged})
    jobs_sent = len(crowd.slots)
    checks.claim(f"{jobs_sent} conversions were acknowledged, each with its own id", count == jobs_sent, count)
    checks.claim(
        "there was unfinished work at most kills",
        busy_kills(kills, jobs) * 3 >= len(kills) * 2,
        f"{busy_kills(kills, jobs)} of {len(kills)}",
    )
    checks.none("no acknowledged job is lost", [a.name for a in crowd.acknowledged if a.job not in by_id])
    checks.none(
        "every acknowledged job succeeded",
        [
            f"{a.name}: {by_id[a.job]['status']} {by_id[a.job]['error']}"
            for a in crowd.acknowledged
            if a.job in by_id and by_id[a.job]["status"] != "succeeded"
        ],
    )
    checks.none("readers saw no final state change, no file change and only whole files", crowd.faults)
    checks.claim(
        "the readers were at work",
        crowd.reads > 100,
        f"{crowd.reads} reads of a conversion and its files, {crowd.cut_reads} cut by kills",
    )
    checks.none(
        "each conversion has one job",
        [
            c["id"]
            for found in conversions.values()
            for c in found
            if sum(job["conversion"] == c["id"] for job in jobs) != 1
        ],
    )
    checks.none("each name shows up once at most", [n for n, found in named.items() if len(found) > 1])
    unanswered = [place for place in crowd.abandoned if place in named]
    answered = {(a.slot.owner, a.name) for a in crowd.acknowledged}
    checks.none("nothing shows up that was not sent", [n for n in named if n not in answered and n not in unanswered])
    print(
        f"{crowd.cut_uploads} uploads were cut; of {len(crowd.abandoned)} never repeated, "
        f"{len(unanswered)} had been stored before the answer was lost (each once)"
    )
    judge_files(service, crowd, conversions, checks)
    usage = sum(client.get("/v1/usage").json["total"]["conversions"] for client in crowd.clients)
    checks.claim("usage counts each conversion once", usage == len(jobs), f"{usage} counted, {len(jobs)} jobs")
    unsound = [f"kill {n + 1}: {kill.database}" for n, kill in enumerate(kills) if kill.database]
    checks.none("the database was sound after every kill", unsound)
    shown = [kill for kill in kills if kill.browsers]
    if any(slot.is_measured for slot in crowd.slots):
        checks.claim("pages were being shown at some kills", len(shown) > 2, f"{len(shown)} of {len(kills)}")
    checks.none("no browser outlived a kill by more than a second", [f"{k.note}: {k.left}" for k in kills if k.left])


def judge_files(service: Service, crowd: Crowd, conversions: dict, checks: Checks) -> None:
    faults, expected, receipts = [], set(), []
    measured = {a.conversion for a in crowd.acknowledged if a.slot.is_measured}
    for owner, client in enumerate(crowd.clients):
        for conversion in conversions[owner]:
            whole = client.get(f"/v1/conversions/{conversion['id']}").json
            if whole["status"] == "succeeded":
                faults += file_faults(client, whole)
                receipts += receipt_faults(client, whole) if whole["id"] in measured else []
            revisions = client.get(f"/v1/conversions/{conversion['id']}/revisions").json["data"]
            if len(revisions) != 1:
                faults.append(f"{conversion['id']} has {len(revisions)} revisions")
            expected |= {(conversion["id"], str(revision["number"])) for revision in revisions}
    checks.none("one revision each, every file as its manifest says", faults)
    checks.none(f"the receipts of {len(measured)} measured conversions are whole", receipts)
    folders = [p for p in service.data.glob("results/*/*") if p.suffix != ".receipts"]
    places = [(p.parent.name, p.name.split("-")[0]) for p in folders]
    orphans = [str(p.relative_to(service.data)) for p, place in zip(folders, places) if place not in expected]
    papers = service.data.glob("results/*/*.receipts")
    orphans += [str(p.relative_to(service.data)) for p in papers if not p.with_suffix("").is_dir()]
    orphans += [f"twice: {p}" for p in {p for p in places if places.count(p) > 1}]
    orphans += [p.name for p in service.data.glob("results/*") if not any(p.iterdir())]
    checks.none("no orphan folder under results/", orphans)
    checks.none("no half upload, and every kept one matches its digest", upload_faults(service.data))


def unfinished_at(moment: float, jobs) -> int:
    return sum(
        instant(job["created_at"]) <= moment and not (job["finished_at"] and instant(job["finished_at"]) <= moment)
        for job in jobs
    )


def busy_kills(kills: list[Kill], jobs) -> int:
    return sum(unfinished_at(kill.at, jobs) > 0 for kill in kills)


def print_kills(kills: list[Kill], crowd: Crowd, jobs: dict) -> None:
    rows = [
        [n + 1, k.kind, k.note, sum(a.at <= k.at for a in crowd.acknowledged), unfinished_at(k.at, jobs.values())]
        + [k.browsers]
        for n, k in enumerate(kills)
    ]
    heads = ["kill", "during", "moment", "acknowledged so far", "unfinished then", "browser processes"]
    print("\n" + table(heads, rows))
    attempts = sorted(job["attempts"] for job in jobs.values())
    print(
        f"\nattempts a job: median {attempts[len(attempts) // 2]}, most {attempts[-1]}; "
        f"ready after a start in {min(crowd.service.seconds_to_ready):.2f} to "
        f"{max(crowd.service.seconds_to_ready):.2f} s, {crowd.service.starts} starts"
    )


def trial_of_poison(binary: Path, keep: bool, patience: float, checks: Checks) -> None:
    """One job is killed at each of its three attempts; another waits behind it."""
    limit = 3
    with Service(binary, {"attempts": limit, "workers": 1, **NO_KEY_LIMITS}, keep=keep) as service:
        client = service.client()
        service.start()
        asynchronous = {"Prefer": "respond-async"}
        poisoned = client.convert(DESIGNS, asynchronous, name="poisoned").json
        innocent = client.convert([SIGN_IN], asynchronous, name="innocent").json
        for attempt in range(1, limit + 1):
            await_attempt(client, poisoned["job"]["id"], attempt)
            service.kill()
            service.start()
        found = client.finished(poisoned["id"], patience)
        job = client.get(f"/v1/jobs/{poisoned['job']['id']}").json
        error = job["error"] or {}
        checks.claim(f"a job killed {limit} times stops as failed", job["status"] == "failed", job["status"])
        checks.claim(f"after {limit} attempts, not one more", job["attempts"] == limit, job["attempts"])
        checks.claim("with attempts_exhausted", error.get("code") == "attempts_exhausted", error.get("code"))
        checks.claim("and a message that says how often", str(limit) in error.get("message", ""), error.get("message"))
        same = (found["error"] or {}).get("code") == error.get("code")
        checks.claim("the conversion tells the same", found["status"] == "failed" and same, found["error"])
        behind = client.finished(innocent["id"], patience)
        checks.claim("the job behind it succeeds", behind["status"] == "succeeded", behind["status"])
        checks.none("with whole files", file_faults(client, behind) if behind["status"] == "succeeded" else ["none"])
        left = [p.name for p in service.data.glob(f"results/{poisoned['id']}/*")]
        checks.none("the poisoned one left no file", left)


def await_attempt(client: Client, job: str, attempt: int) -> None:
    """Returns while the job runs for the `attempt`th time."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = client.get(f"/v1/jobs/{job}").json
        if found["status"] == "running" and found["attempts"] == attempt:
            return
        if found["status"] in FINAL:
            raise TrialError(f"{job} was {found['status']} after {found['attempts']} attempts, expected to run again")
        time.sleep(0.002)
    raise TrialError(f"{job} did not begin attempt {attempt} within 60 s: {found}")


def trial() -> int:
    parser = arguments("Kills the server at 30 random moments while conversions are under way.")
    parser.add_argument("--jobs", type=int, default=100, help="conversions")
    parser.add_argument("--measured", type=int, default=6, help="how many of them are measured and repaired")
    parser.add_argument("--folder-kills", type=int, default=8, help="kills while a batch is under way")
    parser.add_argument("--only", choices=["conversions", "poison", "folders"], help="one part alone")
    parser.add_argument("--patience", type=float, default=900, help="seconds all jobs may take after the last kill")
    options = parser.parse_args()
    checks = Checks()
    if options.only in (None, "conversions"):
        trial_of_thirty(options, checks)
    if options.only in (None, "poison"):
        trial_of_poison(options.binary, options.keep, options.patience, checks)
    if options.only in (None, "folders"):
        trial_of_folders(options.binary, options.keep, options.patience, options.folder_kills, checks)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
