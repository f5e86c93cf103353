# An analysis of a recording beside what truly happened in it: which steps were seen and which were not, where was
# clicked, how far was scrolled, which screens were found, and how long it took.
#
#     python3 Tests/Trials/workflow_truth.py OUT/workflow.json Fixtures/videos/shop.truth.json […]
#     python3 Tests/Trials/workflow_truth.py --self-test
#
# Analyses and truths come in pairs. An analysis is a `workflow.json`, or the bare observation: `events` (kind, start,
# end, pointer, distance) and `screens` (spans), in seconds and pixels of the recording. Exit status 1 where all of
# them together stay below the targets, or a screen is missing. No service and no package is needed.
#
# A step is found when an event of its kind starts within half a second of it; each event finds one step at most. What
# is to be seen but is no step (a button lit under the pointer, the ring around a field that was clicked) is marked in
# the truth as optional: an event of its kind that starts within a quarter of a second of it, at its place, is neither
# right nor wrong. `strict` is the precision when it is wrong.
# Read `score` first.

import argparse
import json
import math
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from service import REPOSITORY, Checks, TrialError, run, table

WITHIN = 0.5  # seconds between a step and the event that finds it
BRIEFLY = 0.25  # seconds between something that is no step and the event that may name it
CLOSE = 24.0  # pixels between a click and the place that an event gives
RECALL, PRECISION = 0.85, 0.8
CLICKS = {"navigation", "overlay_open", "overlay_close", "change", "animation"}


@dataclass
class Score:
    """What was found of one recording, or of several together."""

    name: str
    steps: int = 0
    events: int = 0
    found: int = 0
    ignored: int = 0  # events that are to be seen, and no steps
    clicks: list[float] = field(default_factory=list)  # pixels; infinite where no place was given
    scrolls: list[float] = field(default_factory=list)  # pixels
    screens: int = 0
    screens_found: int = 0
    screens_extra: int = 0
    seconds: float = 0.0
    took: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.steps if self.steps else 1.0

    @property
    def precision(self) -> float:
        return self.found / (self.events - self.ignored) if self.events > self.ignored else 1.0

    @property
    def strict(self) -> float:
        return self.found / self.events if self.events else 1.0

    def add(self, other: "Score") -> None:
        for key, value in vars(other).items():
            if key != "name":
                setattr(self, key, getattr(self, key) + value)


def matched(
    truths: list[dict], events: list[dict], within: float = WITHIN, fits=lambda _, event: True
) -> list[tuple[dict, dict]]:
    """The most pairs of the same kind that fit, with starts that far apart at most; of all such ways, the nearest.

    In a best matching of points on a line no two pairs cross, so each kind is aligned as two sorted lists are.
    """
    pairs = []
    for kind in sorted({truth["kind"] for truth in truths}):
        left = sorted((each for each in truths if each["kind"] == kind), key=lambda each: each["start"])
        right = sorted((each for each in events if each["kind"] == kind), key=lambda each: each["start"])
        best: list[list[tuple[int, float, tuple]]] = [[(0, 0.0, ())] * (len(right) + 1) for _ in range(len(left) + 1)]
        for i, truth in enumerate(left):
            for j, event in enumerate(right):
                ways = [best[i][j + 1], best[i + 1][j]]
                apart = abs(truth["start"] - event["start"])
                if apart <= within + 1e-9 and fits(truth, event):
                    count, cost, chain = best[i][j]
                    ways.append((count + 1, cost + apart, ((i, j), chain)))
                best[i + 1][j + 1] = max(ways, key=lambda way: (way[0], -way[1]))
        chain = best[-1][-1][2]
        while chain:
            (i, j), chain = chain
            pairs.append((left[i], right[j]))
    return sorted(pairs, key=lambda pair: pair[0]["start"])


def is_there(step: dict, event: dict) -> bool:
    """Whether an event lies where a step does: half of its box at least, a little beside it included."""
    if "box" not in event:
        return True
    left, top, width, height = step["box"]
    box = event["box"]
    across = min(left + width + CLOSE, box["x"] + box["width"]) - max(left - CLOSE, box["x"])
    down = min(top + height + CLOSE, box["y"] + box["height"]) - max(top - CLOSE, box["y"])
    return across > 0 and down > 0 and across * down >= 0.5 * box["width"] * box["height"]


def overlap(left: list[list[float]], right: list[list[float]]) -> float:
    """Seconds that two lists of times share. A screen seen on one frame only was there for a thousandth."""
    return sum(
        max(0.0, min(end, other_end + 1e-3) - max(start, other_start))
        for start, end in ((start, end + 1e-3) for start, end in left)
        for other_start, other_end in right
    )


def screens(truths: list[dict], seen: list[dict]) -> tuple[set[str], list[int]]:
    """The names of those found, and the places of those seen that are none or one that was found already.

    Each screen that was seen stands for the true one with which it shares most of its time.
    """
    found: set[str] = set()
    extra = []
    longest_first = sorted(enumerate(seen), key=lambda each: -sum(s["end"] - s["start"] for s in each[1]["spans"]))
    for place, screen in longest_first:
        spans = [[span["start"], span["end"]] for span in screen["spans"]]
        shared = {truth["name"]: overlap(truth["spans"], spans) for truth in truths}
        name = max(shared, key=shared.__getitem__)
        if shared[name] == 0 or name in found:
            extra.append(place)
        else:
            found.add(name)
    return found, sorted(extra)


def described(step: dict) -> str:
    return f"{step['start']:.2f} s {step['kind']}" + (f" \"{step['target']}\"" if step.get("target") else "")


def score(analysis: dict, truth: dict) -> Score:
    """Holds an analysis against the truth."""
    wanted = [step for step in truth["steps"] if not step["optional"]]
    events = analysis["events"]
    result = Score(truth["video"], steps=len(wanted), events=len(events), seconds=truth["seconds"])
    pairs = matched(wanted, events)
    result.found = len(pairs)
    taken = {id(each) for pair in pairs for each in pair}
    result.faults += [f"missed: {described(step)}" for step in wanted if id(step) not in taken]
    left = [event for event in events if id(event) not in taken]
    optional = [step for step in truth["steps"] if step["optional"]]
    ignored = {id(event) for _, event in matched(optional, left, BRIEFLY, is_there)}
    result.ignored = len(ignored)
    result.faults += [f"extra: {described(event)}" for event in left if id(event) not in ignored]
    for step, event in pairs:
        if step["kind"] == "scroll":
            moved = event["distance"]["y"] if event.get("distance") else 0.0
            result.scrolls.append(abs(moved - step["distance"]))
        elif step["kind"] in CLICKS and step["point"]:
            place = event.get("pointer")
            away = math.dist((place["x"], place["y"]), step["point"]) if place else math.inf
            result.clicks.append(away)
            if away > CLOSE:
                result.faults.append(f"click: {described(step)}: {f'{away:.0f} px away' if place else 'no place'}")
    found, extra = screens(truth["screens"], analysis["screens"])
    result.screens, result.screens_found, result.screens_extra = len(truth["screens"]), len(found), len(extra)
    result.faults += [f"screen missed: {each['name']}" for each in truth["screens"] if each["name"] not in found]
    for place in extra:
        spans = ", ".join(f"{span['start']:.2f}–{span['end']:.2f}" for span in analysis["screens"][place]["spans"])
        result.faults.append(f"screen extra: number {place + 1}, {spans} s")
    seconds = analysis.get("seconds")
    result.took = seconds["observing"] if seconds else 0.0
    return result


# Printing


def middle(values: list[float], unit: str) -> str:
    return f"{statistics.median(values):.1f} {unit}" if values else "–"


def row(each: Score) -> list[str]:
    close = sum(away <= CLOSE for away in each.clicks)
    return [
        each.name,
        f"{each.found}/{each.steps} = {each.recall:.3f}",
        f"{each.found}/{each.events - each.ignored} = {each.precision:.3f}",
        f"{each.strict:.3f}",
        f"{close}/{len(each.clicks)}, {middle(each.clicks, 'px')}",
        f"{middle(each.scrolls, 'px')}, at most {max(each.scrolls):.0f}" if each.scrolls else "–",
        f"{each.screens_found}/{each.screens}, {each.screens_extra} extra",
        f"{each.took:.1f} s of {each.seconds:.1f} s = {each.took / each.seconds:.2f}" if each.took else "–",
    ]


HEADS = [
    "recording", "recall", "precision", "strict", f"clicks within {CLOSE:.0f} px, median", "scroll error, median",
    "screens", "time of analysis",
]


def claims(checks: Checks, total: Score) -> None:
    checks.claim(f"recall of steps is at least {RECALL}", total.recall >= RECALL, f"{total.recall:.3f}")
    checks.claim(f"precision of steps is at least {PRECISION}", total.precision >= PRECISION, f"{total.precision:.3f}")
    missing = total.screens - total.screens_found
    checks.claim("all screens are found", missing == 0, f"{missing} of {total.screens} missing")
    if total.took:
        checks.claim("faster than real time", total.took < total.seconds, f"{total.took / total.seconds:.2f} of it")


# The measure measured


def perfect(truth: dict) -> dict:
    """An analysis that says what happened and nothing else."""
    events = [
        {
            "kind": step["kind"], "start": step["start"], "end": step["end"],
            "pointer": dict(zip("xy", step["point"])) if step["point"] else None,
            "distance": {"x": 0, "y": step["distance"]} if step["distance"] else None,
        }
        for step in truth["steps"]
        if not step["optional"]
    ]
    seen = [{"spans": [{"start": a, "end": b} for a, b in screen["spans"]]} for screen in truth["screens"]]
    return {"events": events, "screens": seen}


def self_test(checks: Checks, paths: list[Path]) -> None:
    """A right analysis gets full marks, and each kind of mistake takes away what it should, and no more."""
    for path in paths:
        spoil(checks, json.loads(path.read_text()))
    truths = [{"kind": "change", "start": start} for start in (0.0, 0.4)]
    events = [{"kind": "change", "start": start} for start in (0.3, 0.8)]
    pairs = [(truth["start"], event["start"]) for truth, event in matched(truths, events)]
    checks.claim("the nearest is left to another where both are found then", pairs == [(0.0, 0.3), (0.4, 0.8)], pairs)


def spoil(checks: Checks, truth: dict) -> None:
    """Holds the perfect analysis of one recording, with one mistake at a time, against its truth."""

    def claim(words: str, held: bool, found: object) -> None:
        checks.claim(f"{truth['video']}: {words}", held, found)

    def spoiled(change) -> Score:
        analysis = perfect(truth)
        change(analysis)
        return score(analysis, truth)

    def change(*kinds: str, **values) -> Score:
        """With other values in the first event of one of these kinds that has a place; functions of the old ones."""

        def one(analysis: dict) -> None:
            event = next(each for each in analysis["events"] if each["kind"] in kinds and each["pointer"])
            event.update({key: value(event[key]) for key, value in values.items()})

        return spoiled(one)

    right = spoiled(lambda _: None)
    count = right.steps
    marks = (right.recall, right.precision, right.strict, max(right.clicks), max(right.scrolls))
    claim("the truth is perfect", marks == (1, 1, 1, 0, 0) and not right.faults, right.faults or marks)
    none = score({"events": [], "screens": []}, truth)
    claim("nothing finds nothing", (none.recall, none.screens_found) == (0, 0), none.recall)
    late = change("scroll", start=lambda start: start - 0.51)
    claim("half a second is too far", late.found == count - 1, late.found)
    near = change("scroll", start=lambda start: start - 0.49)
    claim("a little less is not", near.found == count, near.found)
    kind = change("scroll", kind=lambda _: "typing")
    claim("the wrong kind is wrong", (kind.found, kind.precision) == (count - 1, (count - 1) / count), kind.precision)
    twice = spoiled(lambda each: each["events"].append(each["events"][0]))
    marks = (twice.found, twice.precision)
    claim("an event too many is wrong", marks == (count, count / (count + 1)), marks)
    place = change(*CLICKS, pointer=lambda place: {"x": place["x"] + 30, "y": place["y"]})
    claim("30 px beside is not within 24", sum(away > CLOSE for away in place.clicks) == 1, max(place.clicks))
    blind = change(*CLICKS, pointer=lambda _: None)
    claim("no place is no click", max(blind.clicks) == math.inf, max(blind.clicks))
    short = change("scroll", distance=lambda way: {"x": 0, "y": way["y"] - 7})
    claim("a scroll 7 px off is 7 px off", max(short.scrolls) == 7, max(short.scrolls))
    missing = spoiled(lambda each: each["screens"].pop())
    claim("a screen is missing", missing.screens_found == right.screens - 1, missing.screens_found)
    merged = spoiled(lambda each: each["screens"][0]["spans"].extend(each["screens"].pop()["spans"]))
    claim("two screens taken for one", merged.screens_found == right.screens - 1, merged.screens_found)
    split = spoiled(lambda each: each["screens"].append(each["screens"][0]))
    marks = (split.screens_found, split.screens_extra)
    claim("one screen taken for two", marks == (right.screens, 1), marks)
    optional = [step for step in truth["steps"] if step["optional"]]
    keys = ("x", "y", "width", "height")
    lit = [{"kind": step["kind"], "start": step["start"], "box": dict(zip(keys, step["box"]))} for step in optional]
    seen = spoiled(lambda each: each["events"].extend(lit))
    marks = (seen.found, seen.precision, seen.ignored, seen.strict)
    expected = (count, 1, len(optional), count / (count + len(optional)))
    claim("what may be seen is no mistake, except strictly", marks == expected, marks)
    aside = spoiled(lambda each: each["events"].extend(each | {"box": dict.fromkeys(keys, 2000)} for each in lit))
    claim("elsewhere it is one", (aside.found, aside.ignored) == (count, 0), aside.ignored)


def trial() -> int:
    parser = argparse.ArgumentParser(description="Scores analyses of recordings against what truly happened.")
    parser.add_argument("files", nargs="*", type=Path, metavar="ANALYSIS TRUTH", help="pairs of JSON files")
    parser.add_argument("--self-test", action="store_true", help="try the measure with right and wrong answers")
    options = parser.parse_args()
    checks = Checks()
    if options.self_test:
        self_test(checks, sorted((REPOSITORY / "Fixtures/videos").glob("*.truth.json")))
        return checks.finish()
    if not options.files or len(options.files) % 2:
        parser.error("analyses and truths come in pairs")
    for path in options.files:
        if not path.is_file():
            raise TrialError(f"{path}: there is no such file")
    results = []
    for analysis, truth in zip(options.files[::2], options.files[1::2]):
        results.append(score(json.loads(analysis.read_text()), json.loads(truth.read_text())))
    total = Score("all")
    for each in results:
        total.add(each)
        if each.faults:
            print(f"\n{each.name}\n" + "\n".join(f"  {fault}" for fault in each.faults))
    print("\n" + table(HEADS, [row(each) for each in [*results, total]]))
    claims(checks, total)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
