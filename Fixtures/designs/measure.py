"""What the embedded model makes of the hand-made screens, compared with their own HTML so that no word is estimated.

Converts `products/*.png` and `screens/*.png`, compares every page with the source of its design, and prints one Markdown
table per kind of screen, then all of them from best to worst. Needs only Python and a built `bottega`.

    python measure.py --bottega .build/release/bottega --output FOLDER [--model DIRECTORY] [--draft]
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
KINDS = {
    "tables and dashboards": "crm-contacts-wide deploys-dark-wide trading-dark analytics team-calendar kanban-board",
    "forms and settings": "signup-wizard workspace-settings checkout-phone delete-modal",
    "mail, chat and feeds": "mail-wide messages-list-phone chat-phone feed-phone empty-inbox",
    "shops, prices and reading": "pricing-page api-docs field-journal ceramics-shop recipe-phone hotel-phone",
    "phone apps": "bank-phone fitness-dark-phone onboarding-phone",
}
PARTS = ("block", "text", "position", "colour", "structure", "tone", "edges", "total")


def picture_size(path: Path) -> str:
    """WxH of a PNG file."""
    head = path.read_bytes()[16:24]
    return f"{int.from_bytes(head[:4], 'big')}x{int.from_bytes(head[4:], 'big')}"


def measure(options: argparse.Namespace, design: Path) -> dict:
    """The scores of one design's page, and the seconds that it took."""
    output = options.output / design.stem
    command = [options.bottega, "convert", design, "--output", output]
    command += ["--model", options.model] if options.model else []
    command += ["--draft"] if options.draft else []
    started = time.time()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = time.time() - started
    source = design.parent / "sources" / f"{design.stem}.html"
    compared = subprocess.run(
        [options.bottega, "compare", source, output, "--viewport", picture_size(design), "--json"],
        check=True, capture_output=True, text=True)
    score = json.loads(compared.stdout)["score"]
    return {**{part: score.get(part) for part in PARTS}, "seconds": seconds}


def row(name: str, scores: list[dict]) -> str:
    cells = []
    for part in (*PARTS, "seconds"):
        known = [score[part] for score in scores if score[part] is not None]
        mean = sum(known) / len(known) if known else None
        cells.append("–" if mean is None else f"{mean:.1f}" if part == "seconds" else f"{mean:.3f}")
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bottega", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--draft", action="store_true", help="as it is written, without repairs")
    options = parser.parse_args()
    designs = sorted([*(HERE / "products").glob("*.png"), *(HERE / "screens").glob("*.png")])
    kind_of = {name: kind for kind, names in KINDS.items() for name in names.split()}
    by_kind, scores = defaultdict(list), {}
    for design in designs:
        scores[design.stem] = measure(options, design)
        by_kind[kind_of[design.stem]].append(scores[design.stem])
        print(design.stem, json.dumps(scores[design.stem]), file=sys.stderr, flush=True)
    head = f"| | {' | '.join((*PARTS, 'seconds'))} |\n|---|{'---|' * (len(PARTS) + 1)}"
    print(head)
    for kind in KINDS:
        print(row(f"{kind} ({len(by_kind[kind])})", by_kind[kind]))
    print(row(f"**all {len(scores)}**", list(scores.values())))
    print(f"\n{head}")
    for name in sorted(scores, key=lambda name: -scores[name]["total"]):
        print(row(name, [scores[name]]))


if __name__ == "__main__":
    main()
