"""Drives a page as a person would, frame by frame, films it and writes down what truly happened.

The page's time stands still between frames (`stage.js`), so a recording does not depend on the machine's speed. Every
action returns when the page is at rest again.
"""

import base64
import io
import math
import random

import numpy as np
from PIL import Image
from playwright.sync_api import CDPSession, Page

from film import Film
from truth import Step, Truth

PATIENCE = 8.0
"""Seconds after which something that should have happened is a fault of the script."""


class Stage:
    """A page on the screen, with a hand above it: a mouse or, where `touches`, a finger."""

    def __init__(self, page: Page, film: Film, rate: int, size: tuple[int, int], touches: bool, seed: int):
        self.page, self.film, self.rate, self.touches = page, film, rate, touches
        self.truth = Truth(*size)
        self.random = random.Random(seed)
        self.tools: CDPSession = page.context.new_cdp_session(page)
        self.place = (size[0] * 0.62, size[1] * 0.55)
        self.strength = 0.0  # of the finger's mark
        self.count = 0
        self.now = 0.0  # of the last frame
        self.moving = False
        self.lit: dict | None = None
        self.screen = ""

    # Frames

    def begin(self, screen: str) -> None:
        """Films the first frame, on which nothing moves any more."""
        self.screen = self.truth.screen(screen)
        away = {"x": -99, "y": -99, "strength": 0, "touches": True}
        self.page.evaluate("(hand) => stage.step(5000, hand)", away)
        self.frame()

    def frame(self, rests: bool = True) -> None:
        """Lets the page go on by one frame and films it."""
        if not self.touches:
            self.page.mouse.move(*self.place)
        hand = {"x": self.place[0], "y": self.place[1], "strength": self.strength, "touches": self.touches}
        passed = 1000 / self.rate if self.count else 0
        seen = self.page.evaluate("([passed, hand]) => stage.step(passed, hand)", [passed, hand])
        self.now = round(self.count / self.rate, 4)
        self.count += 1
        self.moving, self.lit = seen["moving"], seen["lit"]
        shot = self.tools.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB"))
        self.film.add(self.now, picture)
        self.truth.shown.append((self.now, self.screen if rests and not self.moving else None))

    def wait(self, seconds: float) -> None:
        """Nothing is done for a while."""
        for _ in range(round(seconds * self.rate)):
            self.frame()

    def settle(self) -> None:
        """Films until nothing moves, one frame at least."""
        begun = self.now
        self.frame()
        while self.moving:
            self.frame()
            if self.now - begun > PATIENCE:
                raise TimeoutError(f"something still moves at {self.now} s")

    # The mouse

    def spot(self, target: str) -> tuple[list[float], tuple[float, float]]:
        """Where a target lies, and a place in it that a person would choose."""
        box = self.page.locator(target).first.bounding_box()
        if not box:
            raise LookupError(f"{target} is not to be seen at {self.now} s")
        aim = tuple(
            box[side] + box[length] / 2 + self.random.uniform(-0.2, 0.2) * min(box[length], 120)
            for side, length in (("x", "width"), ("y", "height"))
        )
        return [round(box[key], 1) for key in ("x", "y", "width", "height")], aim

    def move(self, to: tuple[float, float], width: float = 60) -> None:
        """Moves the pointer along a slight arc, quick in the middle and slow at both ends, in the time that Fitts's law
        gives; writes down what answers to the pointer on the way."""
        start, (dx, dy) = self.place, (to[0] - self.place[0], to[1] - self.place[1])
        length = math.hypot(dx, dy)
        if length < 2:
            return
        frames = max(3, round((0.22 + 0.13 * math.log2(length / width + 1)) * self.rate))
        bend = self.random.uniform(-0.09, 0.09)
        for index in range(1, frames + 1):
            way = index / frames
            eased = way**3 * (10 - 15 * way + 6 * way**2)
            aside = bend * math.sin(math.pi * eased)
            self.place = (start[0] + dx * eased - dy * aside, start[1] + dy * eased + dx * aside)
            before = self.now
            self.frame()
            if self.lit:
                point = [round(value, 1) for value in self.place]
                box = [round(value, 1) for value in self.lit["box"]]
                self.truth.steps.append(
                    Step("change", "user", before, round(self.now + 0.15, 4), self.lit["words"], point, box,
                         self.screen, self.screen, optional="hover")
                )

    def click(self, target: str, kind: str, label: str, to: str | None = None, below: str | None = None,
              optional: str | None = None) -> None:
        """Goes to a target, rests a moment, clicks or taps. `to` is the screen that comes of it, `below` what lies
        under it where it is an overlay."""
        box, aim = self.spot(target)
        if self.touches:
            self.place, self.strength = aim, 0.6
            self.frame()
            self.strength = 1.0
            self.frame()
        else:
            self.move(aim, min(box[2], box[3]))
            self.wait(self.random.uniform(0.2, 0.35))
        start, before = self.now, self.screen
        if self.touches:
            self.page.touchscreen.tap(*aim)
        else:
            self.page.mouse.down()
            self.frame()
            self.page.mouse.up()
        if to:
            self.screen = self.truth.screen(to, below)
        self.lift()
        self.settle()
        point = [round(value, 1) for value in aim]
        self.truth.steps.append(
            Step(kind, "user", start, self.now, label, point, box, before, self.screen, optional=optional)
        )

    def lift(self) -> None:
        """The finger leaves, its mark fades."""
        while self.strength > 0:
            self.strength = max(0.0, round(self.strength - 0.34, 2))
            if self.strength > 0:
                self.frame()

    # The keyboard

    def type(self, text: str, label: str) -> None:
        """Types into the field that has the focus, key by key, as unevenly as people do."""
        start = self.now
        box = self.page.locator(":focus").bounding_box()
        for index, letter in enumerate(text):
            if index:
                pause = self.random.uniform(0.07, 0.16) + (0.12 if letter in " @." else 0)
                for _ in range(max(1, round(pause * self.rate)) - 1):
                    self.frame()
            self.page.keyboard.type(letter)
            self.frame()
        place = [round(box[key], 1) for key in ("x", "y", "width", "height")]
        self.truth.steps.append(
            Step("typing", "user", start, self.now, label, None, place, self.screen, self.screen, text=text)
        )

    # Scrolling

    def top(self, scroller: str) -> float:
        return self.page.locator(scroller).evaluate("(each) => each.scrollTop")

    def scroll_to(self, scroller: str, top: float) -> None:
        self.page.locator(scroller).evaluate("(each, top) => each.scrollTop = top", top)

    def end_scroll(self, scroller: str, label: str, start: float, before: float, point: tuple[float, float]) -> None:
        """Writes down a scroll that has come to rest, by what the page says it moved."""
        self.frame()
        after = self.top(scroller)
        self.truth.scrolled(self.screen, after)
        self.truth.steps.append(
            Step("scroll", "user", start, self.now, label, [round(value, 1) for value in point], None, self.screen,
                 self.screen, distance=after - before)
        )

    def wheel(self, scroller: str, notches: int, label: str) -> None:
        """Turns the wheel notch by notch, a hundred pixels each; the page follows smoothly."""
        start, before = self.now, self.top(scroller)
        most = self.page.locator(scroller).evaluate("(each) => each.scrollHeight - each.clientHeight")
        way = 1 if notches > 0 else -1
        place = wanted = before
        due, left = 0.0, abs(notches)
        while left or abs(wanted - place) >= 1:
            if left and self.now - start >= due:
                left -= 1
                wanted = min(max(wanted + 100 * way, 0), most)
                due += self.random.uniform(0.1, 0.17)
            place += (wanted - place) * (1 - math.exp(-1 / self.rate / 0.075))
            if abs(wanted - place) < 1.5:
                place = wanted
            self.scroll_to(scroller, round(place))
            self.frame(rests=False)
        self.end_scroll(scroller, label, start, before, self.place)

    def flick(self, scroller: str, drag: float, label: str) -> None:
        """Drags the content up by so many pixels (down, if negative) with a finger; it goes on by itself and slows."""
        before = self.top(scroller)
        x = self.random.uniform(180, 260)
        begun = 620.0 if drag > 0 else 300.0
        self.place, self.strength = (x, begun), 0.7
        self.frame()
        start = self.now
        frames = round(0.3 * self.rate)
        place, speed = before, 0.0
        for index in range(1, frames + 1):
            moved = drag * (index / frames) ** 1.4
            self.place, self.strength = (x, begun - moved), 1.0
            speed = before + moved - place
            place = before + moved
            self.scroll_to(scroller, round(place))
            self.frame(rests=False)
        while abs(speed) >= 1:
            speed *= math.exp(-1 / self.rate / 0.25)
            place += speed
            self.strength = max(0.0, self.strength - 0.34)
            self.scroll_to(scroller, round(place))
            self.frame(rests=False)
        self.strength = 0.0
        self.end_scroll(scroller, label, start, before, (x, begun))

    # What the app does by itself

    def app(self, kind: str, until: str, label: str, to: str | None = None, below: str | None = None,
            spinner: str | None = None) -> None:
        """Waits until the page makes `until` true, and then until it is at rest. `spinner` names what turned meanwhile:
        it began now, or with the click before that is down as an animation."""
        begun = self.now
        while True:
            start = self.now
            self.frame()
            if self.page.evaluate(until):
                break
            if self.now - begun > PATIENCE:
                raise TimeoutError(f"{until} is still false at {self.now} s")
        if spinner and self.truth.steps[-1].kind == "animation":
            self.truth.steps[-1].end = start
        elif spinner:
            self.truth.steps.append(
                Step("animation", "app", begun, start, spinner, None, None, self.screen, self.screen)
            )
        before = self.screen
        if to:
            self.screen = self.truth.screen(to, below)
            self.truth.shown[-1] = (self.now, None if self.moving else self.screen)
        while self.moving:
            self.frame()
        self.truth.steps.append(Step(kind, "app", start, self.now, label, None, None, before, self.screen))
