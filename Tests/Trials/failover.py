# Does a dead server cost a conversion? `bottega serve` stands in front of two vLLMs; forty designs are queued, and one
# vLLM is killed with SIGKILL while it writes, after a third of the pages:
#
#     .venv-vllm/bin/python Tests/Trials/failover.py
#
# Every design must end as one whole page, none lost, none twice. An answer that had begun is not continued elsewhere:
# its job is started once more. The model is that of vllm_checkpoint.py; the two servers take about 7 GB of memory.

import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from service import FINAL, NO_KEY_LIMITS, Checks, Client, Service, TrialError, arguments, file_faults, run, table
from vllm_pictures import draw_pictures
from vllm_server import VLLM, engine_file


def send(client: Client, pictures: list[Path]) -> list[dict]:
    """Queues every picture; the conversions as they were acknowledged."""
    answers = [client.convert([picture], {"Prefer": "respond-async"}) for picture in pictures]
    refused = [str(answer) for answer in answers if answer.status != 202]
    if refused:
        raise TrialError(f"{len(refused)} designs were not acknowledged with 202: {refused[0]}")
    return [answer.json for answer in answers]


def await_jobs(client: Client, count: int, seconds: float) -> list[dict]:
    """All jobs, once so many have ended."""
    deadline = time.monotonic() + seconds
    while True:
        jobs = client.every("/v1/jobs")
        ended = sum(job["status"] in FINAL for job in jobs)
        if ended >= count:
            return jobs
        if time.monotonic() > deadline:
            raise TrialError(f"{ended} of {count} jobs had ended after {seconds:.0f} s")
        time.sleep(0.2)


def await_writing(server: VLLM, seconds: float = 60) -> int:
    """How many answers the server is writing, once there is one."""
    deadline = time.monotonic() + seconds
    while (running := server.running()) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    return running


def judge(checks: Checks, client: Client, sent: list[dict], jobs: list[dict]) -> None:
    conversions = {conversion["id"]: conversion for conversion in client.every("/v1/conversions")}
    ids = {conversion["id"] for conversion in sent}
    states = Counter(job["status"] for job in jobs)
    checks.claim("all succeeded", states == {"succeeded": len(sent)}, dict(states))
    checks.claim("none lost, none twice", ids == set(conversions) and len(ids) == len(sent) == len(jobs),
                 f"{len(ids)} acknowledged, {len(conversions)} conversions, {len(jobs)} jobs")
    checks.none("each conversion has one job",
                [i for i in ids if sum(job["conversion"] == i for job in jobs) != 1])
    whole = [client.get(f"/v1/conversions/{i}").json for i in ids]
    checks.none("each has one whole page",
                [fault for conversion in whole if conversion["status"] == "succeeded"
                 for fault in file_faults(client, conversion)]
                + [c["id"] for c in whole if [f["path"] for f in c["files"]].count("index.html") != 1])


def main() -> int:
    parser = arguments("Forty designs, two vLLMs, one of which is killed in the middle.")
    parser.add_argument("--designs", type=int, default=40, help="how many")
    parser.add_argument("--workers", type=int, default=6, help="jobs at a time")
    parser.add_argument("--checkpoint", type=Path, help="one that vllm_checkpoint.py wrote; made when not named")
    parser.add_argument("--vllm", type=Path, help="the program; the one beside this Python when not named")
    parser.add_argument("--patience", type=float, default=1200, help="seconds for all designs")
    options = parser.parse_args()
    checks, folder = Checks(), Path(tempfile.mkdtemp(prefix="bottega-trial-"))
    try:
        checkpoint = options.checkpoint or folder / "checkpoint"
        if options.checkpoint is None:
            import vllm_checkpoint  # needs the packages of vLLM

            vllm_checkpoint.write(checkpoint)
        with VLLM(checkpoint, folder, options.vllm) as first, \
                VLLM(checkpoint, folder, options.vllm) as second:
            first.start()
            second.start()
            pictures = draw_pictures(folder, options.designs, options.seed)
            print(f"both vLLMs answered after {max(first.wait_ready(), second.wait_ready()):.0f} s", flush=True)
            trial(checks, options, pictures, first, second, engine_file(folder, checkpoint, [first, second]))
    finally:
        if options.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return checks.finish()


def trial(checks: Checks, options, pictures: list[Path], first: VLLM, second: VLLM, engine: Path) -> None:
    settings = {"engine": engine, "workers": options.workers, "queue_limit": 1000, **NO_KEY_LIMITS}
    with Service(options.binary, settings, keep=options.keep) as service:
        service.start(120)
        probes = [server.asked() for server in (first, second)]
        client, began = service.client(), time.monotonic()
        sent = send(client, pictures)
        acknowledged = time.monotonic() - began
        before = await_jobs(client, len(pictures) // 3, options.patience)
        writing = await_writing(first)
        first.kill()
        killed = time.monotonic() - began
        jobs = await_jobs(client, len(pictures), options.patience)
        ended = time.monotonic() - began
        asked = [server.asked() - probe for server, probe in zip((first, second), probes)]
        checks.claim("one vLLM was killed while it wrote and others waited", writing > 0 and ended > killed,
                     f"{sum(job['status'] in FINAL for job in before)} pages done, {writing} being written there")
        judge(checks, client, sent, jobs)
        again = Counter(job["attempts"] for job in jobs)
        checks.claim("the other vLLM was asked for the rest", asked[1] > 0 and sum(asked) >= len(pictures), asked)
        print(table(["figure", ""], [
            ["designs", len(pictures)], ["all acknowledged after", f"{acknowledged:.1f} s"],
            ["killed after", f"{killed:.1f} s"], ["all ended after", f"{ended:.1f} s"],
            ["answers begun by the killed vLLM", asked[0]], ["answers begun by the other", asked[1]],
            ["jobs by how often they were started", dict(sorted(again.items()))],
        ]))


if __name__ == "__main__":
    run(main)
