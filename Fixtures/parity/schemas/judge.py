"""Lets `jsonschema` judge texts that were written under the grammar.

    python judge.py make FOLDER 1000
    BOTTEGA_SCHEMA_WALKS=FOLDER swift test --filter JSONWalkTests
    python judge.py judge FOLDER

`make` writes random schemas, others than the recorded ones, to FOLDER/schemas.json; the test writes one text for each
to FOLDER/walks.json; `judge` says how many are JSON that fits.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

from record import case

FIRST_SEED = 100_000


def make(folder: Path, count: int) -> None:
    cases: list[dict[str, object]] = []
    seed = FIRST_SEED
    while len(cases) < count:
        made = case(seed)
        seed += 1
        if made:
            cases.append(made)
    (folder / "schemas.json").write_text(json.dumps(cases, ensure_ascii=False), encoding="utf-8")


def judge(folder: Path) -> int:
    walks = json.loads((folder / "walks.json").read_text(encoding="utf-8"))
    wrong = 0
    for walk in walks:
        error = next(Draft202012Validator(walk["schema"]).iter_errors(json.loads(walk["text"])), None)
        if error:
            wrong += 1
            print(f"{walk['text']}\n  does not fit {json.dumps(walk['schema'], ensure_ascii=False)}\n  {error.message}")
    print(f"{len(walks)} texts, {wrong} of them do not fit")
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(judge(Path(sys.argv[2])))
