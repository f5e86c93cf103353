"""How well single lines are read: fresh strips of the generator, or of any picture's lines, greedy and in float32.

Owns the measures on strips: character error rate (edit distance over letters), lines that are right to the letter, bold
told from regular, text told from icons.

    python evaluate_lines.py [--model ../ | --checkpoint RUN/checkpoint.pt] [--count 600] [--worst 20]
"""

import argparse
import html
import io
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import dialect
import evaluate
import export
import generator
import lines
import strip
from render import Browser

ANSWER = re.compile(r"<body><(p|b)>(.*?)(?:</|$)", re.S)


def spoken(page: str) -> tuple[str | None, bool]:
    """Words of an answer, None where it sees none, and whether they are bold."""
    found = ANSWER.match(page)
    return (html.unescape(found[2]), found[1] == "b") if found else (None, False)


def edits(first: str, second: str) -> int:
    """Least insertions, deletions and substitutions of characters."""
    row = list(range(len(second) + 1))
    for index, left in enumerate(first, 1):
        before, row[0] = row[0], index
        for place, right in enumerate(second, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (left != right))
    return row[-1]


def read(model, pictures: list[np.ndarray]) -> list[str]:
    """Answers to strips, uint8 [28, width, 3], in batches of equal width."""
    answers, by_width = [""] * len(pictures), defaultdict(list)
    for index, picture in enumerate(pictures):
        by_width[-(-picture.shape[1] // strip.HEIGHT) * strip.HEIGHT].append(index)
    for width, indices in by_width.items():
        for start in range(0, len(indices), 64):
            part = indices[start:start + 64]
            images = np.full((len(part), strip.HEIGHT, width, 3), 255, np.uint8)
            for row, index in enumerate(part):
                images[row, :, :pictures[index].shape[1]] = pictures[index]
            for index, ids in zip(part, model.generate(torch.from_numpy(images), 12 + width // 3)):
                answers[index] = dialect.decode(ids)
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=export.HERE.parent)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--worst", type=int, default=0, help="print so many lines that were read wrong")
    options = parser.parse_args()
    model, browser = evaluate.load_model(options), Browser()
    try:
        first = generator.TEST_SEEDS.start
        samples = lines.render_lines(browser, range(first, first + options.count), evaluating=True)
    finally:
        browser.close()
    pictures = [np.asarray(Image.open(io.BytesIO(sample["png"])).convert("RGB")) for sample in samples]
    wrong, letters, errors, right, bold, told, texts = [], 0, 0, 0, 0, 0, 0
    for sample, answer in zip(samples, read(model, pictures)):
        (true, true_bold), (found, found_bold) = spoken(sample["page"]), spoken(answer)
        told += (true is None) == (found is None)
        if true is None:
            continue
        distance = edits(true, found or "")
        texts, letters, errors, right = texts + 1, letters + len(true), errors + distance, right + (distance == 0)
        bold += true_bold == found_bold
        if distance:
            wrong.append((true, found))
    print(f"{texts} lines of text: character error rate {errors / letters:.4f}, right to the letter {right / texts:.3f}, "
          f"bold told {bold / texts:.3f}; of {len(samples)} strips {told / len(samples):.3f} told text from icons")
    for true, found in wrong[:options.worst]:
        print(f"  {true!r} → {found!r}")


if __name__ == "__main__":
    main()
