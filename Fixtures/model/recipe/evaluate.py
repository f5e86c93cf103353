"""Measures the model on test pages that training cannot have seen.

Owns the test set (reserved seeds) and the report. Greedy decoding in PyTorch, no teacher forcing, every measure from parsed
trees. (The product measures a page and has the model read its lines: `exact.py` tells how right those pages are.)

    python evaluate.py --model ../ [--count 200] [--sheet SHEET.png]
    python evaluate.py --checkpoint RUN/checkpoint.pt
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

import dialect
import export
import generator
import metrics
import model as model_module
from render import Browser, render
from samples import padded

FIRST_TEST_SEED = generator.TEST_SEEDS.start
MOST_TOKENS = 700
Pages = list[dict]           # page (text), size, picture


def test_pages(browser: Browser, kind: str, count: int, size: tuple[int, int] | None = None) -> Pages:
    """The first `count` test seeds of a kind whose pages fit their canvas."""
    pages, seed = [], FIRST_TEST_SEED
    while len(pages) < count:
        groups = defaultdict(list)
        for seed in range(seed, seed + 2 * (count - len(pages))):
            groups[size or generator.size_of(kind, seed)].append(seed)
        seed += 1
        drawn = {}
        for (width, height), seeds in groups.items():
            texts = [generator.make(kind, s, evaluating=True, size=size) for s in seeds]
            for start in range(0, len(texts), 12):
                for offset, (picture, measured) in enumerate(render(browser, texts[start:start + 12], width, height)):
                    if not measured[0]:
                        drawn[seeds[start + offset]] = {
                            "seed": seeds[start + offset], "page": texts[start + offset],
                            "size": (width, height), "picture": picture}
        pages += [drawn[s] for s in sorted(drawn)]
    return pages[:count]


def generate_in_torch(model: model_module.EmbeddedModel, pages: Pages) -> list[str]:
    """Greedy pages in float32, in batches of equally large pictures."""
    written: list[str] = [""] * len(pages)
    by_size = defaultdict(list)
    for index, page in enumerate(pages):
        by_size[page["size"]].append(index)
    for (width, height), indices in by_size.items():
        for start in range(0, len(indices), 16):
            part = indices[start:start + 16]
            images = np.zeros((len(part), padded(height), padded(width), 3), np.uint8)
            for row, index in enumerate(part):
                images[row, :height, :width] = np.asarray(pages[index]["picture"])
            for index, ids in zip(part, model.generate(torch.from_numpy(images), MOST_TOKENS)):
                written[index] = dialect.decode(ids)
    return written


def draw_again(browser: Browser, found: metrics.Page, size: tuple[int, int]) -> Image.Image:
    """Rendering of a written page; a page that breaks out of its element counts as blank."""
    try:
        return render(browser, [found.body or "<body></body>"], *size)[0][0]
    except (RuntimeError, IndexError):
        return Image.new("RGB", size, "white")


def measure(browser: Browser, pages: Pages, written: list[str]) -> tuple[dict, list[Image.Image]]:
    totals, drawings = defaultdict(list), []
    by_kind: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, (page, text) in enumerate(zip(pages, written)):
        found, true = metrics.read_page(text), metrics.read_page(page["page"])
        drawing = draw_again(browser, found, page["size"])
        drawings.append(drawing)
        for name, value in metrics.compare(found, true).items():
            totals[name].append(value)
        for kind, counts in metrics.words_by_kind(found, true).items():
            by_kind[kind].append(counts)
        totals["renders"].append(float(found.balanced and not metrics.is_blank(drawing)))
        totals["pixels"].append(metrics.pixel_similarity(page["picture"], drawing))
        other = pages[(index + 7) % len(pages)]["picture"].resize(page["size"])
        totals["pixels_random"].append(metrics.pixel_similarity(page["picture"], other))
        blank = Image.new("RGB", page["size"], "white")
        totals["pixels_blank"].append(metrics.pixel_similarity(page["picture"], blank))
    mean = {name: float(np.mean(values)) for name, values in totals.items()}
    rates = np.array(totals["character_errors"]) / np.array(totals["characters"])
    report = {
        "pages": len(pages),
        "parses_and_renders": mean["renders"],
        "character_error_rate": float(rates.mean()),
        "character_error_rate_median": float(np.median(rates)),
        "exact_words": sum(totals["words_right"]) / sum(totals["words"]),
        **{f"exact_words_{kind}": sum(right for right, _ in counts) / max(1, sum(all_ for _, all_ in counts))
           for kind, counts in by_kind.items()},
        "colour_class_f1": mean["colour_f1"],
        "class_f1": mean["class_f1"],
        "tag_similarity": mean["tag_similarity"],
        "tag_sequence_exact": mean["tags_exact"],
        "body_classes_exact": mean["body_classes_exact"],
        "pixel_similarity": mean["pixels"],
        "pixel_similarity_random_page": mean["pixels_random"],
        "pixel_similarity_blank_page": mean["pixels_blank"],
    }
    return {name: round(value, 4) for name, value in report.items()}, drawings


def contact_sheet(pages: Pages, drawings: list[Image.Image], path: Path, most: int = 12) -> None:
    """Pairs of picture (left) and rendering of the written page (right)."""
    columns, gap, heading = 3, 8, 16
    pages, drawings = pages[:most], drawings[:most]
    width = max(page["size"][0] for page in pages) * 2 + 2 * gap
    height = max(page["size"][1] for page in pages) + heading + gap
    sheet = Image.new("RGB", (columns * width, -(-len(pages) // columns) * height), "#808080")
    pen = ImageDraw.Draw(sheet)
    for index, (page, drawing) in enumerate(zip(pages, drawings)):
        x, y = index % columns * width, index // columns * height
        sheet.paste(page["picture"], (x, y + heading))
        sheet.paste(drawing, (x + page["size"][0] + gap, y + heading))
        pen.text((x + 2, y + 2), f"seed {page['seed']}: picture | rendering of the written page", fill="white")
    sheet.save(path)


def load_model(options: argparse.Namespace) -> model_module.EmbeddedModel:
    shape = model_module.Shape()
    if options.checkpoint:
        model = model_module.EmbeddedModel(shape)
        model.load_state_dict(torch.load(options.checkpoint)["model"])
        return model.eval()
    model_module.fake_quantise = lambda weight: weight      # the files hold rounded weights
    return export.read_back(options.model, shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=export.HERE.parent)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--kind", default="page", choices=generator.KINDS)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--sheet", type=Path, help="write a contact sheet here")
    parser.add_argument("--texts", type=Path, help="write true and found pages here as JSON")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    browser = Browser()
    try:
        pages = test_pages(browser, options.kind, options.count)
        started = time.time()
        written = generate_in_torch(load_model(options), pages)
        seconds = time.time() - started
        report, drawings = measure(browser, pages, written)
    finally:
        browser.close()
    report["seconds_per_page"] = round(seconds / len(pages), 3)
    print(json.dumps(report, indent=2))
    if options.sheet:
        contact_sheet(pages, drawings, options.sheet)
    if options.texts:
        both = [{"seed": page["seed"], "true": page["page"], "found": text}
                for page, text in zip(pages, written)]
        options.texts.write_text(json.dumps(both, indent=1))


if __name__ == "__main__":
    main()
