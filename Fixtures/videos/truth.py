"""The true steps of a recording, gathered while it is made.

Times are seconds from the first frame: a step starts with the last frame before anything changed and ends with the
first at rest after it. Places are pixels of the recording.
"""

import json
from dataclasses import asdict, dataclass, field

WAIT = 2.0
"""Seconds after which nothing happening is called a wait."""


@dataclass
class Step:
    """One thing that happened."""

    kind: str
    by: str
    """`user`, or `app` where nobody touched anything."""
    start: float
    end: float
    target: str | None
    point: list[float] | None
    box: list[float] | None
    """Of the target: left, top, width, height."""
    screen_before: str
    screen_after: str
    text: str | None = None
    distance: float | None = None
    """Pixels that the content moved up."""
    optional: str | None = None
    """`hover` or `focus`: seen, but no step. Naming it is no mistake and leaving it out is none."""


@dataclass
class Screen:
    """One screen, or an overlay with what lies below it."""

    name: str
    width: int
    height: int
    """With all that was scrolled into sight."""
    overlay: bool
    below: str | None
    spans: list[list[float]] = field(default_factory=list)
    """From when to when it was shown at rest."""


class Truth:
    """What happened, and on which screen each frame was."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self.steps: list[Step] = []
        self.screens: dict[str, Screen] = {}
        self.shown: list[tuple[float, str | None]] = []
        """For each frame its time and its screen; None while something moves."""

    def screen(self, name: str, below: str | None = None) -> str:
        """Makes a screen known. One with something below it is an overlay."""
        if name not in self.screens:
            self.screens[name] = Screen(name, self.width, self.height, below is not None, below)
        return name

    def scrolled(self, name: str, top: float) -> None:
        """The screen was scrolled so far down."""
        self.screens[name].height = max(self.screens[name].height, round(self.height + top))

    def document(self, video: str, facts: dict) -> str:
        """The truth as JSON, one step and one screen a line."""
        self.gather_spans()
        steps = sorted((step for step in self.steps), key=lambda step: step.start)
        parts = {
            "video": video,
            **facts,
            "steps": [asdict(step) for step in steps],
            "screens": [asdict(screen) for screen in self.screens.values()],
            "waits": self.waits(steps),
            "returns": returns(steps),
        }
        rows = []
        for key, value in parts.items():
            if isinstance(value, list) and value:
                lines = ",\n".join("  " + json.dumps(each, ensure_ascii=False) for each in value)
                rows.append(f' "{key}": [\n{lines}\n ]')
            else:
                rows.append(f' "{key}": {json.dumps(value)}')
        return "{\n" + ",\n".join(rows) + "\n}\n"

    def gather_spans(self) -> None:
        """Turns the screens of the frames into times at rest."""
        for screen in self.screens.values():
            screen.spans = []
        before = None
        for time, name in self.shown:
            if name is not None:
                spans = self.screens[name].spans
                if name == before:
                    spans[-1][1] = time
                else:
                    spans.append([time, time])
            before = name

    def waits(self, steps: list[Step]) -> list[dict]:
        """Times of more than two seconds in which nothing but waiting happened."""
        found = []
        done = 0.0
        for step in steps:
            if step.start - done > WAIT:
                found.append({"start": done, "end": step.start, "by": "user"})
            if step.kind == "animation" and step.end - step.start > WAIT:
                found.append({"start": step.start, "end": step.end, "by": "app"})
            done = max(done, step.end)
        return found


def returns(steps: list[Step]) -> list[dict]:
    """Where somebody opened a screen, went back, and opened it again."""
    moves = [step for step in steps if step.kind == "navigation"]
    found: list[dict] = []
    for there, back, again in zip(moves, moves[1:], moves[2:]):
        is_new = not found or there.start >= found[-1]["end"]
        ways = [(each.screen_before, each.screen_after) for each in (there, back, again)]
        if is_new and ways[0] == ways[1][::-1] == ways[2]:
            found.append({"screen": there.screen_after, "from": there.screen_before,
                          "start": there.start, "end": again.end})
    return found
