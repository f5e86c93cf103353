# A part of crash.py: does a batch go on where `kill -9` stopped it, and does a workflow survive it? A folder of designs is
# sent, and the server is killed whenever another few of its pages are done: as often as it takes, which is more often than
# a job may be begun without getting on. Nothing that was done may be done again. A recording is killed twice on its way.

import time
from pathlib import Path

from attacks_content import archive
from service import DESIGNS, FINAL, NO_KEY_LIMITS, REPOSITORY, Checks, Client, Service, TrialError, file_faults

RECORDINGS = sorted(p for p in (REPOSITORY / "Fixtures/videos").glob("*") if p.suffix in (".mp4", ".webm", ".mkv"))
ATTEMPTS = 3  # fewer than the kills: only attempts that finish nothing may count


def trial_of_folders(binary: Path, keep: bool, patience: float, kills: int, checks: Checks) -> None:
    settings = {"attempts": ATTEMPTS, "workers": 1, **NO_KEY_LIMITS}
    with Service(binary, settings, keep=keep) as service:
        service.start()
        batch(service, patience, kills, checks)
        if RECORDINGS:
            workflow(service, patience, checks)
        service.stop()
        left = [str(p.relative_to(service.data)) for p in (service.data / "staged").glob("*")]
        checks.none("nothing is left of projects that were being put together", left)


def batch(service: Service, patience: float, kills: int, checks: Checks) -> None:
    """Kills the server each time a few more pages are done."""
    count = 3 * kills + 3
    designs = {f"app/{n:03}{p.suffix}": p.read_bytes() for n, p in zip(range(count), DESIGNS * count)}
    designs["app/broken.png"] = designs["app/000" + DESIGNS[0].suffix][:200]
    headers = {"Content-Type": "application/zip"}
    sent = service.client()("POST", "/v1/batches?draft=true&in_flight=1", archive(designs), headers)
    if sent.status != 202:
        raise TrialError(f"a batch was answered {sent}, expected 202: {sent.body[:300]!r}")
    path, known, again = f"/v1/batches/{sent.json['id']}", {}, []
    for number in range(kills):
        found = await_done(service.client(), path, len(known) + 2, patience)
        items = {item["path"]: item for item in service.client().every(path + "/items")}
        again += [name for name, item in known.items() if items[name]["state"] != "done"]
        known = {name: item for name, item in items.items() if item["state"] == "done"}
        if found["status"] in FINAL:
            break
        service.kill()
        service.start()
        print(f"  kill {number + 1:2}/{kills} batch   {len(known)} of {len(designs)} designs done", flush=True)
    found = await_done(service.client(), path, None, patience)
    items = service.client().every(path + "/items")
    checks.claim(f"a batch killed {kills} times succeeds", found["status"] == "succeeded", found["error"])
    checks.claim("its attempts are counted from the last design", found["job"]["attempts"] <= 2, found["job"]["attempts"])
    failed = [item["path"] for item in items if item["state"] == "failed"]
    checks.claim("only the broken design failed", failed == ["broken.png"], failed)
    checks.none("no design that was done was lost", again)
    made_again = [i["path"] for i in items if i["path"] in known and not i["kept"]]
    checks.none("no design that was done before the last kill was converted again", made_again)
    whole = {"id": found["id"], "files": service.client().get(found["files_url"]).json["data"]}
    checks.none("every file of the project is as its manifest says", file_faults(service.client(), whole))
    shelf = service.data / "shelves" / found["id"]
    checks.claim("the shelf is there while the batch is", shelf.is_dir(), shelf)
    service.client()("DELETE", path)
    checks.claim("and goes with it", not shelf.exists() and not (service.data / "results" / found["id"]).exists())


def workflow(service: Service, patience: float, checks: Checks) -> None:
    recording, headers = RECORDINGS[0], {"Content-Type": "application/octet-stream"}
    sent = service.client()("POST", "/v1/workflows?draft=true", recording.read_bytes(), headers)
    if sent.status != 202:
        raise TrialError(f"{recording.name} was answered {sent}, expected 202: {sent.body[:300]!r}")
    path = f"/v1/workflows/{sent.json['id']}"
    for attempt in (1, 2):
        deadline = time.monotonic() + patience
        while (found := service.client().get(path).json)["job"]["attempts"] < attempt and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.5)
        service.kill()
        service.start()
    found = await_done(service.client(), path, None, patience)
    checks.claim(f"a workflow killed twice succeeds ({recording.name})", found["status"] == "succeeded", found["error"])
    if found["status"] == "succeeded":
        for part in ("steps", "screens", "diagram.mmd", "procedure.md"):
            answer = service.client().get(f"{path}/{part}")
            checks.claim(f"{part} is there", answer.status == 200 and len(answer.body) > 10, answer)


def await_done(client: Client, path: str, count: int | None, seconds: float) -> dict:
    """The object, once so many designs are done or failed or its job has ended; None for its end alone."""
    deadline = time.monotonic() + seconds
    while True:
        found = client.get(path).json
        if found["status"] in FINAL or count is not None and found["done_count"] >= count:
            return found
        if time.monotonic() > deadline:
            raise TrialError(f"{path} is still {found['status']} after {seconds:.0f} s")
        time.sleep(0.02)
