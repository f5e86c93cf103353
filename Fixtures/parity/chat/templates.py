"""Renders chat templates as transformers does: the same jinja2 settings, the same `tojson`, tools with sorted keys.

    python templates.py FAMILY FILE...

compares published templates (`chat_template.jinja`, or a `tokenizer_config.json` that holds one) with this folder's
`layouts/FAMILY.jinja` over all recorded conversations, and prints where they differ. For maintainers who have a
checkpoint at hand; templates that are published are not part of this repository.
"""

import json
import sys
from pathlib import Path

from jinja2 import Template
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from families import FOLDER


def _to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment() -> ImmutableSandboxedEnvironment:
    """jinja2 as transformers sets it up for chat templates."""
    result = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    result.filters["tojson"] = _to_json
    return result


def read_template(path: Path) -> Template:
    """A template file, or the template inside a tokenizer's configuration."""
    source = path.read_text()
    if path.suffix == ".json":
        source = json.loads(source)["chat_template"]
    return environment().from_string(source)


def read_layout(family: str) -> Template:
    """This folder's own template of a family."""
    return read_template(FOLDER / "layouts" / f"{family}.jinja")


def render(template: Template, messages: list[dict], tools: list[dict], **more) -> str:
    """The prompt of a conversation, up to where the answer begins."""
    ordered = json.loads(json.dumps(tools, sort_keys=True))
    return template.render(messages=messages, tools=ordered or None, add_generation_prompt=True, **more)


def main() -> None:
    from kimi import encoding
    from record_template import CASES, FORM_CASES, rendered

    family, paths = sys.argv[1], sys.argv[2:]
    tokens = encoding(family)
    cases = [(name, messages, tools, ids, {}) for name, messages, tools, families, ids in FORM_CASES if family in families]
    if family == "kimi-k25":
        cases = [
            (name, messages, tools if typed else [], ids,
             {"thinking": thinking, "tools_ts_str": typed if typed.startswith("#") else None})
            for name, messages, tools, typed, thinking, ids in CASES]
    for path in paths:
        differing = 0
        for name, messages, tools, ids, more in cases:
            theirs, ours = (
                rendered(template, messages, tools, ids, tokens, **more)[0]
                for template in (read_template(Path(path)), read_layout(family)))
            if theirs != ours:
                differing += 1
                print(f"{path}: {name}\n  published: {theirs!r}\n  layout:    {ours!r}")
        print(f"{path}: {differing} of {len(cases)} conversations differ from layouts/{family}.jinja")


if __name__ == "__main__":
    main()
