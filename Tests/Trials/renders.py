# Showing pages, measured beside Playwright: the same pages, the same browser program, the same window, as many pages at
# once, in one run. And what is left behind: processes, descriptors and memory before and after.
#
#     pip install -r Tests/Trials/requirements.txt
#     python3.11 Tests/Trials/renders.py --binary .build/release/bottega
#
# Bottega is asked through its port (`POST /v1/render`), so that reading the page, measuring texts and elements, and
# sending the picture are part of its time. Playwright opens a context and a page for each, as its documentation says
# one should for pages that must not know of each other, sets the content and takes the picture; `reused` is the same
# with one page for all. Rounds go there and back, so that neither always comes first.

import asyncio
import statistics
import threading
import time
from pathlib import Path

from service import (
    REPOSITORY,
    Checks,
    Service,
    TrialError,
    arguments,
    browser_program,
    processes,
    run,
    table,
)


def pages() -> list[tuple[str, str, int, int]]:
    """Name, HTML, and the window's width and height of the repository's hand-written designs."""
    found = []
    for folder, width, height in [("designs/sources", 448, 448), ("designs/screens/sources", 1280, 800)]:
        for path in sorted((REPOSITORY / "Fixtures" / folder).glob("*.html")):
            is_phone = path.stem.endswith("-phone")
            found.append((path.stem, path.read_text(), 390 if is_phone else width, 844 if is_phone else height))
    if not found:
        raise TrialError("there are no pages under Fixtures/designs")
    return found


def chosen(count: int) -> list[tuple[str, str, int, int]]:
    every = pages()
    return [every[index % len(every)] for index in range(count)]


class Times:
    def __init__(self):
        self.seconds, self.wall, self.failures = [], 0.0, 0


def by_bottega(service: Service, count: int, at_once: int) -> Times:
    times, work, lock = Times(), iter(chosen(count)), threading.Lock()

    def worker() -> None:
        client = service.client(timeout=120)
        while True:
            with lock:
                page = next(work, None)
            if page is None:
                return
            _, html, width, height = page
            began = time.monotonic()
            answer = client(
                "POST", f"/v1/render?viewport={width}x{height}", html.encode(),
                {"Content-Type": "text/html; charset=utf-8", "Accept": "image/png"},
            )
            with lock:
                times.seconds.append(time.monotonic() - began)
                times.failures += answer.status != 200 or not answer.body.startswith(b"\x89PNG")

    began = time.monotonic()
    threads = [threading.Thread(target=worker) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.wall = time.monotonic() - began
    return times


async def by_playwright(browser, count: int, at_once: int, is_reused: bool) -> Times:
    times, work = Times(), iter(chosen(count))

    async def worker() -> None:
        kept = await browser.new_page() if is_reused else None
        for _, html, width, height in work:
            began = time.monotonic()
            window = {"width": width, "height": height}
            page = kept or await (await browser.new_context(viewport=window)).new_page()
            if kept:
                await page.set_viewport_size(window)
            await page.set_content(html)
            picture = await page.screenshot(full_page=True)
            if not kept:
                await page.context.close()
            times.seconds.append(time.monotonic() - began)
            times.failures += not picture.startswith(b"\x89PNG")

    began = time.monotonic()
    await asyncio.gather(*[worker() for _ in range(at_once)])
    times.wall = time.monotonic() - began
    return times


def descendants(parent: int) -> int:
    """How many living processes come from one, directly or not."""
    children: dict[int, list[int]] = {}
    for pid, ppid, _ in processes():
        children.setdefault(ppid, []).append(pid)
    count, open_ends = 0, [parent]
    while open_ends:
        found = children.get(open_ends.pop(), [])
        count += len(found)
        open_ends += found
    return count


async def measure(service: Service, options, checks: Checks) -> list[list]:
    from playwright.async_api import async_playwright

    program = browser_program(options.chromium)
    found: dict[str, list[Times]] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program)
        ways = {
            "Bottega, a page of its own each": lambda: asyncio.to_thread(
                by_bottega, service, options.count, options.at_once
            ),
            "Playwright, a context each": lambda: by_playwright(browser, options.count, options.at_once, False),
            "Playwright, one page reused": lambda: by_playwright(browser, options.count, options.at_once, True),
        }
        for number in range(options.rounds):
            names = list(ways) if number % 2 == 0 else list(reversed(ways))
            for name in names:
                found.setdefault(name, []).append(await ways[name]())
        await browser.close()
    rows = []
    for name, rounds in found.items():
        seconds = [s for times in rounds for s in times.seconds]
        rates = " and ".join(f"{len(times.seconds) / times.wall:.1f}" for times in rounds)
        rows.append([name, rates, f"{statistics.median(seconds) * 1000:.0f}", f"{max(seconds) * 1000:.0f}"])
        failures = sum(times.failures for times in rounds)
        checks.claim(f"{name}: every page becomes a picture", failures == 0, f"{failures} failures")
    return rows


def trial() -> int:
    parser = arguments("Pages shown a second, beside Playwright, and what is left behind.")
    parser.add_argument("--count", type=int, default=200, help="pages of one round")
    parser.add_argument("--at-once", type=int, default=2, help="pages shown at the same time")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--chromium", help="the browser for Playwright (default: the first on PATH)")
    options = parser.parse_args()
    checks = Checks()
    with Service(options.binary, {"requests_per_minute": 1_000_000}, keep=options.keep) as service:
        service.start()
        warm = by_bottega(service, 20, options.at_once)
        checks.claim("the first pages are shown", warm.failures == 0, f"{warm.failures} failures")
        descriptors = lambda: len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))  # noqa: E731
        before = (descendants(service.process.pid), descriptors(), service.memory()["VmRSS"])
        rows = asyncio.run(measure(service, options, checks))
        time.sleep(2)
        after = (descendants(service.process.pid), descriptors(), service.memory()["VmRSS"])
        browsers = service.browsers()
        checks.claim("no process more than before", after[0] <= before[0], f"{before[0]}, then {after[0]}")
        checks.claim("no descriptor more than before", after[1] <= before[1] + 2, f"{before[1]}, then {after[1]}")
        checks.claim(
            "resident memory within 64 MB of before", after[2] <= before[2] + 64_000_000,
            f"{before[2] / 1e6:.0f} MB, then {after[2] / 1e6:.0f} MB",
        )
        checks.claim("the service stops when asked", service.stop() == 0)
        checks.none("and leaves no browser behind", service.browsers_after(1, browsers))
    heads = [f"{options.count} pages, {options.at_once} at once", "pages/s", "median ms", "longest ms"]
    print("\n" + table(heads, rows), flush=True)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
