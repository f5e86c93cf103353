"""Mockups that no training has seen, as whole HTML documents: what `bottega eval --fresh N` measures.

Owns nothing but the order of the seeds: they come from the reserved test range of `generator`. Needs no package and no
browser; whoever reads the documents renders them and leaves out those that do not fit their canvas.

    python fresh.py [--first SEED] [--count N]     # one JSON object a line: name, width, height, html
"""

import argparse
import json
import sys

import dialect
import generator

DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{name}</title>
<style>
{stylesheet}
</style>
</head>
{body}
</html>
"""


def document(seed: int) -> str:
    """The mockup of a seed."""
    body = generator.make("page", seed, evaluating=True)
    stylesheet = dialect.STYLESHEET_PATH.read_text(encoding="utf-8")
    return DOCUMENT.format(name=f"fresh-{seed}", stylesheet=stylesheet, body=body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=generator.TEST_SEEDS.start + 500_000)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    last = options.first + options.count
    if options.first not in generator.TEST_SEEDS or last > generator.TEST_SEEDS.stop:
        sys.exit(f"test seeds are {generator.TEST_SEEDS.start} to {generator.TEST_SEEDS.stop - 1}")
    for seed in range(options.first, last):
        width, height = generator.size_of("page", seed)
        print(json.dumps({"name": f"fresh-{seed}", "width": width, "height": height, "html": document(seed)}))


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.stderr.close()  # the reader has enough
