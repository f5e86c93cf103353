# A folder becomes one project, whatever happens on the way. (a) At least 24 designs of several apps and sizes, in three
# formats, nested, two of them broken, are converted by `bottega batch`, which is killed twice in the middle: the third run
# goes on where the second stopped, no page is converted twice that was told as done, nothing half-written is taken for
# whole, no browser stays behind; then one design changes, and exactly one is converted; one goes, and so does its page.
# (b) What it costs: designs a minute with one `convert` for each design, and with 1, 2, 4 and 8 in flight, with the peak
# memory of the process, browsers apart.
#
#     pip install -r Tests/Trials/requirements.txt
#     python3.11 Tests/Trials/folder.py --binary .build/release/bottega
#     python3.11 Tests/Trials/folder.py --designs 6 --part killed       # a quick look
#
# Read `trial_of_kills` first.

import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from service import DESIGNS, REPOSITORY, Checks, TrialError, arguments, processes, run, table

SCREENS = sorted((REPOSITORY / "Fixtures/designs/screens").glob("*.png"))
# Where a design lies in the folder: by the app that it could belong to.
APPS = {
    "shop": ["coffee-hero", "wireframe-shop", "ceramics-shop", "checkout-phone", "orders", "pricing"],
    "money/phone": ["wallet-phone", "bank-phone"],
    "work/office": ["dashboard", "analytics", "workspace-settings", "team-calendar", "team", "servers-dark"],
    "social": ["feed-phone", "chat-phone", "profile", "notifications", "music-phone"],
}
FORMATS = [(".png", "PNG", {}), (".jpg", "JPEG", {"quality": 92}), (".webp", "WEBP", {"lossless": True})]
BROKEN = ["shop/cut.png", "work/words.jpg"]


# The folder


def build_folder(folder: Path, count: int) -> list[str]:
    """Writes the designs, two of them broken; the paths of those that can be read."""
    every = DESIGNS + SCREENS
    paths = []
    for number in range(count - len(BROKEN)):
        source = every[number % len(every)]
        app = next((app for app, names in APPS.items() if source.stem in names), ".")
        suffix, kind, options = FORMATS[number % len(FORMATS)]
        turn = number // len(every)
        path = Path(app) / (source.stem + (f" {turn + 1}" if turn else "") + suffix)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        picture = Image.open(source).convert("RGB")
        if turn:  # the same screen, a little shorter: another design
            picture = picture.crop((0, 0, picture.width, picture.height - 8 * turn))
        picture.save(folder / path, kind, **options)
        paths.append(path.as_posix())
    cut, words = (folder / path for path in BROKEN)
    for path in (cut, words):
        path.parent.mkdir(parents=True, exist_ok=True)
    cut.write_bytes(SCREENS[0].read_bytes()[:5000])
    words.write_text("This is no picture, whatever it is called.\n")
    return paths


# Runs


@dataclass
class Outcome:
    """What one run said, in order, and how it ended."""

    status: int
    seconds: float
    peak: int  # resident bytes at the highest, browsers apart
    events: list[dict]
    times: list[float] = field(default_factory=list)  # of the events, seconds since the start

    def named(self, event: str) -> list[dict]:
        return [each for each in self.events if each["event"] == event]

    @property
    def converted(self) -> set[str]:
        """Designs that were looked at by the model."""
        return {each["design"] for each in self.named("decoded")}

    @property
    def done(self) -> set[str]:
        return {each["design"] for each in self.named("done")}

    @property
    def end(self) -> dict:
        found = self.named("finished")
        if not found:
            raise TrialError(f"the run ended with {self.status} and did not finish: {self.events[-3:]}")
        return found[0]


class Workplace:
    """A folder for everything: the designs, the projects, and `tmp/`, by which browsers are known."""

    def __init__(self, binary: Path, keep: bool):
        if not os.access(binary, os.X_OK):
            raise TrialError(f"{binary}: there is no program to try; build it, or name one with --binary")
        self.binary, self.keep = binary.resolve(), keep
        self.folder = Path(tempfile.mkdtemp(prefix="bottega-trial-"))
        self.designs, self.tmp = self.folder / "designs", self.folder / "tmp"
        self.tmp.mkdir()

    def __enter__(self) -> "Workplace":
        return self

    def __exit__(self, *_) -> None:
        if self.keep:
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, words: list, kill_after: int | None = None, pause: float = 0) -> Outcome:
        """Runs `bottega`; with `kill_after`, kills it so many seconds (`pause`) after that many designs were done."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BOTTEGA_")}
        began = time.monotonic()
        process = subprocess.Popen(
            [self.binary, *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment | {"TMPDIR": str(self.tmp)},
        )
        outcome = Outcome(0, 0, 0, [])
        sampler = threading.Thread(target=self.sample, args=(process, outcome), daemon=True)
        sampler.start()
        for line in process.stdout:
            outcome.events.append(json.loads(line))
            outcome.times.append(time.monotonic() - began)
            if kill_after is not None and len(outcome.named("done")) >= kill_after and process.poll() is None:
                time.sleep(pause)
                process.kill()
                kill_after = None
        outcome.status = process.wait()
        outcome.seconds = time.monotonic() - began
        sampler.join()
        return outcome

    @staticmethod
    def sample(process: subprocess.Popen, outcome: Outcome) -> None:
        """The kernel's own mark of the highest, read as long as there is a process."""
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                return
            if found := re.search(r"^VmHWM:\s+(\d+)", status, re.M):
                outcome.peak = max(outcome.peak, int(found[1]) * 1024)
            time.sleep(0.05)

    def browsers_after(self, seconds: float) -> list[int]:
        """Processes of our browsers that are still there so much later."""
        deadline = time.monotonic() + seconds
        while True:
            found = [pid for pid, _, _ in processes() if self.owns(pid)]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def owns(self, pid: int) -> bool:
        try:
            return f"--user-data-dir={self.tmp}/".encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False


# What must hold


def shelf_faults(project: Path) -> list[str]:
    """One line for each page on the shelf that is not whole. What is hidden is no page."""
    faults = []
    for page in (project / ".bottega/pages").glob("[!.]*"):
        try:
            facts = json.loads((page / "page.json").read_text())
        except (OSError, ValueError) as error:
            faults.append(f"{page.name}: {error}")
            continue
        wanted = [f"project/{path}" for path in facts["paths"]] + [f"receipt/{name}" for name in facts["receipt"]]
        for path in [*wanted, "thumbnail.png", "elements.json"]:
            if not (page / path).is_file() or not (page / path).stat().st_size:
                faults.append(f"{page.name}: {path} is missing or empty")
    return faults


def project_faults(project: Path, paths: list[str]) -> list[str]:
    """One line for everything in a finished project that is not as its report says."""
    report = json.loads((project / "report.json").read_text())
    faults = []
    listed = set(report["files"])
    found = {p.relative_to(project).as_posix() for p in project.rglob("*") if p.is_file()}
    found = {path for path in found if not path.startswith(".bottega/")}
    faults += [f"not listed: {path}" for path in found - listed] + [f"missing: {path}" for path in listed - found]
    if (designs := {page["design"] for page in report["pages"]}) != set(paths):
        faults.append(f"pages of other designs: {designs ^ set(paths)}")
    if (failed := {failure["design"] for failure in report["failures"]}) != set(BROKEN):
        faults.append(f"failures: {failed}, expected {BROKEN}")
    for page in report["pages"]:
        text = (project / page["page"]).read_text()
        if not text.rstrip().lower().endswith("</html>"):
            faults.append(f"{page['page']} does not end with </html>")
        for address in re.findall(r'(?:src|href)="([^"#]+)"', text):
            if not address.startswith("data:") and not (project / page["page"]).parent.joinpath(address).exists():
                faults.append(f"{page['page']} refers to {address}, which is not there")
    return faults


def batch(place: Workplace, project: str, options, in_flight: int) -> list:
    words = ["batch", place.designs, "--output", place.folder / project, "--json", "--in-flight", in_flight]
    return words + ["--budget", options.budget] + (["--draft"] if options.draft else [])


def trial_of_kills(options, checks: Checks) -> None:
    choice = random.Random(options.seed)
    with Workplace(options.binary, options.keep) as place:
        paths = build_folder(place.designs, options.designs)
        project = place.folder / "project"
        words = batch(place, "project", options, 4)
        told: set[str] = set()
        repeated, faults, left, rows = [], [], [], []
        for number, share in enumerate((0.25, 0.6), start=1):
            wanted = max(1, int(share * len(paths)) - len(told))
            outcome = place.run(words, kill_after=wanted, pause=choice.uniform(0, 0.5))
            left += place.browsers_after(1)
            repeated += sorted(outcome.converted & told)
            told |= outcome.done
            faults += shelf_faults(project)
            visible = [p.name for p in project.iterdir() if not p.name.startswith(".")]
            faults += [f"kill {number}: {name} is there already" for name in visible]
            rows.append([f"killed ({outcome.status})", len(outcome.converted), len(outcome.done), f"{outcome.seconds:.1f}"])
        last = place.run(words)
        repeated += sorted(last.converted & told)
        rows.append([f"resumed ({last.status})", len(last.converted), len(last.done), f"{last.seconds:.1f}"])
        checks.claim("both kills came in the middle", 0 < len(told) < len(paths), f"{len(told)} of {len(paths)}")
        checks.none("nothing that was told as done is converted again", repeated)
        checks.none("what a kill leaves is whole or hidden", faults)
        checks.none("no browser outlived a kill by more than a second", left)
        checks.claim("the resumed run has everything but two failures: code 3", last.status == 3, last.status)
        checks.none("the project is as its report says", project_faults(project, paths))

        again = place.run(words)
        rows.append([f"again ({again.status})", len(again.converted), len(again.done), f"{again.seconds:.1f}"])
        checks.none("a second run converts nothing", sorted(again.converted))
        changed = choice.choice(paths)
        picture = Image.open(place.designs / changed).convert("RGB")
        picture.paste((200, 30, 60), (4, 4, 24, 24))
        picture.save(place.designs / changed)
        third = place.run(words)
        rows.append([f"one changed ({third.status})", len(third.converted), len(third.done), f"{third.seconds:.1f}"])
        checks.claim("after one design changed, that one is converted", third.converted == {changed}, third.converted)
        gone = choice.choice([path for path in paths if path != changed])
        (place.designs / gone).unlink()
        fourth = place.run(words)
        rows.append([f"one removed ({fourth.status})", len(fourth.converted), len(fourth.done), f"{fourth.seconds:.1f}"])
        rest = [path for path in paths if path != gone]
        checks.none("the page of a removed design is gone", project_faults(project, rest) + sorted(fourth.converted))
        (place.designs / BROKEN[0]).write_bytes(SCREENS[0].read_bytes())
        fifth = place.run(words + ["--retry-failed"])
        rows.append([f"one mended ({fifth.status})", len(fifth.converted), len(fifth.done), f"{fifth.seconds:.1f}"])
        checks.claim("a mended design is converted, alone", fifth.converted == {BROKEN[0]}, fifth.converted)
        print("\n" + table(["run", "converted", "told as done", "seconds"], rows), flush=True)


def trial_of_two(options, checks: Checks) -> None:
    """A second process on the same project is refused while the first one works."""
    with Workplace(options.binary, options.keep) as place:
        build_folder(place.designs, max(6, options.designs // 4))
        words = batch(place, "project", options, 2)
        first = subprocess.Popen(
            [place.binary, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        while '"began"' not in (line := first.stdout.readline()):
            if not line:
                raise TrialError(f"the first run ended with {first.wait()} before it began")
        second = subprocess.run([place.binary, *map(str, words)], capture_output=True, text=True)
        refused = second.returncode == 1 and "another bottega writes to it" in second.stderr
        checks.claim("a second process on one project is refused", refused, second.stderr.strip()[-200:])
        first.send_signal(signal.SIGTERM)
        first.stdout.read()
        checks.claim("SIGTERM ends the first with 143", (status := first.wait()) == 143, status)


def trial_of_pace(options, checks: Checks) -> None:
    rows = []
    with Workplace(options.binary, options.keep) as place:
        paths = build_folder(place.designs, options.designs)
        began, peak, failures = time.monotonic(), 0, 0
        for path in paths:
            words = ["convert", place.designs / path, "--output", place.folder / "alone" / path, "--json"]
            outcome = place.run(words + ["--budget", options.budget] + (["--draft"] if options.draft else []))
            peak, failures = max(peak, outcome.peak), failures + (outcome.status != 0)
        seconds = time.monotonic() - began
        checks.claim("every single `convert` succeeds", failures == 0, f"{failures} of {len(paths)} failed")
        rows.append(pace_row("alone", len(paths), seconds, peak, None, None))
        peaks = []
        for in_flight in options.in_flight:
            outcome = place.run(batch(place, f"batch-{in_flight}", options, in_flight))
            sharing = outcome.events.index(outcome.named("sharing")[0])
            report = json.loads((place.folder / f"batch-{in_flight}/report.json").read_text())
            scores = [page["score"] for page in report["pages"] if page["score"] is not None]
            score = sum(scores) / len(scores) if scores else None
            together = outcome.seconds - outcome.times[sharing]
            rows.append(pace_row(str(in_flight), len(paths), outcome.seconds, outcome.peak, together, score))
            checks.claim(f"{in_flight} in flight: all but two", outcome.end["pages"] == len(paths), outcome.end)
            peaks.append(outcome.peak)
            print(f"  {in_flight} in flight: {outcome.seconds:.1f} s", flush=True)
        few = place.designs.with_name("few")
        half = build_folder(few, len(BROKEN) + max(2, len(paths) // 3))
        words = batch(place, "few-project", options, options.in_flight[0])
        words[1] = few
        outcome = place.run(words)
        rows.append(pace_row(f"{options.in_flight[0]}, {len(half)} designs", len(half), outcome.seconds, outcome.peak, None, None))
    heads = ["in flight", "designs", "seconds", "designs/minute", "peak MB", "putting together, s", "mean score"]
    print(f"\n### {len(paths)} designs and two broken ones, budget {options.budget} s\n\n" + table(heads, rows), flush=True)


def pace_row(name: str, count: int, seconds: float, peak: int, together: float | None, score: float | None) -> list:
    rest = ["" if together is None else f"{together:.1f}", "" if score is None else f"{score:.3f}"]
    return [name, count, f"{seconds:.1f}", f"{count / seconds * 60:.1f}", f"{peak / 1e6:.0f}", *rest]


def trial() -> int:
    parser = arguments("Converts a folder, kills it, goes on, and measures what it costs.")
    parser.add_argument("--part", choices=["killed", "pace", "all"], default="all")
    parser.add_argument("--designs", type=int, default=26, help="files in the folder, the two broken ones included")
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--budget", type=float, default=30, help="seconds of repairs for each page")
    parser.add_argument("--draft", action="store_true", help="leave pages unmeasured: a quick look without Chromium")
    options = parser.parse_args()
    checks = Checks()
    if options.part in ("killed", "all"):
        trial_of_kills(options, checks)
        trial_of_two(options, checks)
    if options.part in ("pace", "all"):
        trial_of_pace(options, checks)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
