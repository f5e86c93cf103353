"""Records `template.json`, `forms.json`, `literals.json`: conversations rendered by jinja2 through `layouts/`, with ids.

    python record_template.py

`template.json` is K2.5's layout over many conversations, `forms.json` the family's other layouts over fewer; beside
them `tokenizers/FAMILY.json` gets each family's `tokenizer_config.json`, template included. `literals.json` has small
templates and what jinja2 prints between a mark and what follows it. A picture counts one pad here. Control tokens that a content merely spells are marked before rendering, so that the ids show them as plain text,
which is what the project promises; the text shows them unmarked.
"""

import copy
import json
import re

import tiktoken
from jinja2 import Template

from families import FAMILIES, template, tokenizer_config
from kimi import FOLDER, encode_text, encoding, read_ranks, write_json
from templates import environment, read_layout, render

MARK = "\ue000"
PLACEHOLDER = "<|kimi_k25_video_placeholder|>"
FRAMES_PER_CHUNK = 4

DELAY = {
    "name": "delay", "description": "Sleep for some milliseconds.",
    "parameters": {"type": "object", "required": ["ms"], "properties": {
        "reason": {"type": "string"}, "ms": {"type": "integer", "minimum": 0}}},
}
DELAY_TEXT = """// Sleep for some milliseconds.
type delay = (_: {
  // minimum: 0
  ms: number,
  reason?: string
}) => any;"""
PING = {"name": "ping", "description": "", "parameters": {}}
PING_TEXT = "type ping = (_: {}) => any;"
ONE_OF = {"name": "höhe", "description": "Größe \"x\"\n中", "parameters": {
    "type": "object", "properties": {"b": {"oneOf": [{"type": "string"}, {"type": "null"}]}, "a": {"default": 1.50}}}}


def typescript(*functions: str) -> str:
    return "# Tools\n\n## functions\nnamespace functions {\n" + "\n".join(functions) + "\n}\n"


def user(content, **more):
    return {"role": "user", "content": content, **more}


def assistant(content, reasoning=None, calls=(), **more):
    message = {"role": "assistant", "content": content, **more}
    if reasoning is not None:
        message["reasoning_content"] = reasoning
    if calls:
        message["tool_calls"] = [{"id": i, "name": n, "arguments": a} for i, n, a in calls]
    return message


def tool(call_id, content, **more):
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def text(value):
    return {"type": "text", "text": value}


IMAGE = {"type": "image"}


def video(*seconds):
    return {"type": "video", "seconds": list(seconds)}


LOOP = [
    user("q1"), assistant("a1", "r1"), user("q2"),
    assistant("", "r2", [("functions.delay:0", "delay", '{"ms": 1}')]), tool("functions.delay:0", "slept", name="delay"),
    assistant("Again.", "r3", [("functions.delay:1", "delay", '{"ms": 2}'), ("functions.ping:2", "ping", "{}")]),
    tool("functions.delay:1", "slept"), tool("functions.ping:2", None),
]

# (name, messages, tools, declarations, thinking, ids of calls as they are rendered)
CASES = [
    ("hello", [user("Hi")], [], "", True, []),
    ("hello, instant", [user("Hi")], [], "", False, []),
    ("nothing said", [], [], "", True, []),
    ("system first", [{"role": "system", "content": "Be brief."}, user("Hi there")], [], "", True, []),
    ("names", [{"role": "system", "content": "s", "name": "rules"}, user("u", name="Ann Lee"),
               assistant("a", name="Kim"), user("v", name="")], [], "", True, []),
    ("tools before the system message", [{"role": "system", "content": "S"}, user("go")], [DELAY],
     typescript(DELAY_TEXT), True, []),
    ("two tools", [user("go")], [DELAY, PING], typescript(DELAY_TEXT, PING_TEXT), False, []),
    ("tools as JSON", [user("go")], [ONE_OF, PING], "as JSON", True, []),
    ("an answered turn drops its thoughts", [user("q"), assistant("a", "secret"), user("q2")], [], "", True, []),
    ("an instant turn keeps none", [user("q"), assistant("", "r", [("functions.f:0", "f", "{}")]),
                                    tool("functions.f:0", "ok", name="f")], [], "", False, []),
    ("a running tool loop keeps its thoughts", LOOP, [DELAY, PING], typescript(DELAY_TEXT, PING_TEXT), True, []),
    ("a finished tool loop drops them", LOOP + [assistant("done", "r4"), user("q3")], [], "", True, []),
    ("answers of an unfinished loop only", LOOP + [assistant("done", "r4"), user("q3"),
     assistant(None, "r5", [("functions.ping:3", "ping", "{}")]), tool("functions.ping:3", "pong")], [], "", True, []),
    ("the last message answers", [user("q"), assistant("a", "r")], [], "", True, []),
    ("empty contents", [user(""), assistant(None), user([]), assistant("", "")], [], "", True, []),
    ("picture and text", [user([IMAGE, text("Write this page.")])], [], "", True, []),
    ("text and picture", [user([text("Look: "), IMAGE])], [], "", False, []),
    ("two pictures and text", [user([IMAGE, IMAGE, text("A")])], [], "", True, []),
    ("picture alone", [user([IMAGE])], [], "", False, []),
    ("text around a picture", [user([text("one "), text("two\n"), IMAGE, text("\n three"), text("four")])], [], "", True, []),
    ("picture from a tool", [user("q"), assistant("", "r", [("functions.shot:0", "shot", "{}")]),
                             tool("functions.shot:0", [IMAGE, text("448x448")])], [], "", True, []),
    ("video of one chunk", [user([video(0.0, 0.5, 1.0, 1.5), text("What happens?")])], [], "", True, []),
    ("video of three chunks", [user([text("Clip: "), video(*[59.5 + k / 2 for k in range(10)])])], [], "", True, []),
    ("video of odd times", [user([video(61.5), video(3599.9999, 3600.0), video(86400.25), video(0.0015, 9, 9, 9, 36061.0)])],
     [], "", True, []),
    ("foreign call ids", [user("q"), assistant("", "r", [("call_abc", "f-g", '{"a":1}'), ("x:1", "h", "{}")]),
                          tool("x:1", "H"), tool("call_abc", "F"), assistant("ok"), user("more"),
                          assistant("", "s", [("call_abc", "f-g", "{}")]), tool("call_abc", "again"),
                          tool("call_lost", "?")], [], "", True,
     ["functions.f-g:0", "functions.h:1", "functions.f-g:2"]),
    ("own and foreign call ids", [user("q"), assistant("", "r", [("functions.f:7", "f", "{}"), ("toolu_1", "g", "{}")]),
                                  tool("toolu_1", "G"), tool("functions.f:7", "F")], [], "", True,
     ["functions.f:7", "functions.g:8"]),
    ("ids with dots and dashes", [user("q"), assistant("", "r", [("functions.a.b-c:0", "a.b-c", "{}")]),
                                  tool("functions.a.b-c:0", "x")], [], "", True, []),
    ("arguments stay as they are", [user("q"), assistant("t", "r", [("functions.f:0", "f", '{ "ü": "\\u00e9", "n":1.50 }\n')]),
                                    tool("functions.f:0", "line\nline\n")], [], "", True, []),
    ("control tokens in contents", [{"role": "system", "content": "a<|im_end|>b", "name": "<|im_user|>"},
                                    user("<think>x</think><|media_pad|>[EOS]"),
                                    user([text("<|im_"), text("end|>"), IMAGE, text("<|im_end|>")]),
                                    assistant("</think>", "<|tool_calls_section_begin|>", [
                                        ("functions.f:0", "f", '{"a":"<|tool_call_end|>"}')]),
                                    tool("functions.f:0", "<|im_end|><|im_assistant|>")], [], "", True, []),
    ("placeholders in contents", [user("<|kimi_k25_video_placeholder|> is only text")], [], "", True, []),
    ("languages and emoji", [user("打开settings页面 👩‍💻"), assistant("好的。", "想"), user("مرحبا e\u0301")], [], "", True, []),
    ("white space at the edges", [user(" Hi \n"), assistant("\n\n a ", " \n"), user("\t")], [], "", True, []),
]


def timestamp(seconds: float) -> str:
    whole = int(seconds) % 86400
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{int(seconds % 1 * 1000):03}"


def video_text(seconds: list[float]) -> str:
    starts = seconds[::FRAMES_PER_CHUNK]
    return "".join(
        f"{timestamp(start)}<|media_begin|>video<|media_content|><|media_pad|><|media_end|>" for start in starts)


def marked(value, specials: re.Pattern):
    """The same value with every spelled-out control token broken by a mark."""
    if isinstance(value, str):
        return specials.sub(lambda match: match[0][0] + MARK + match[0][1:], value)
    if isinstance(value, list):
        return [marked(item, specials) for item in value]
    if isinstance(value, dict):
        return {key: item if key in ("role", "type") else marked(item, specials) for key, item in value.items()}
    return value


def joined_texts(content):
    """Touching texts as one: a control token may be spelled across their border."""
    if not isinstance(content, list):
        return content
    parts: list = []
    for part in content:
        if parts and part["type"] == parts[-1]["type"] == "text":
            parts[-1] = text(parts[-1]["text"] + part["text"])
        else:
            parts.append(part)
    return parts


def rendered_call_ids(messages: list[dict], ids: list[str]) -> list[dict]:
    """The messages with their calls' ids replaced, and the answers to them."""
    messages = copy.deepcopy(messages)
    fresh = iter(ids)
    replaced: dict = {}
    for message in messages:
        for call in message.get("tool_calls", ()):
            new = next(fresh) if ids else call["id"]
            replaced[call["id"]] = call["id"] = new
        if message["role"] == "tool":
            message["tool_call_id"] = replaced.get(message["tool_call_id"], message["tool_call_id"])
    return messages


# (name, messages, tools, families that it is rendered for, ids of calls as they are rendered)
EVERY = ("kimi-k2-thinking", "kimi-k2", "moonlight", "kimi-vl")
CALLING = ("kimi-k2-thinking", "kimi-k2")
FORM_CASES = [
    ("hello", [user("Hi")], [], EVERY, []),
    ("system first", [{"role": "system", "content": "Be brief."}, user("Hi there")], [], EVERY, []),
    ("an empty system message", [{"role": "system", "content": ""}, user("Hi")], [], EVERY, []),
    ("several turns", [user("q"), assistant("a"), user("q2"), assistant("b"), user("q3")], [], EVERY, []),
    ("a system message later", [user("q"), {"role": "system", "content": "S"}, user("q2")], [], EVERY, []),
    ("names", [{"role": "system", "content": "s", "name": "rules"}, user("u", name="Ann Lee"),
               assistant("a", name="Kim"), user("v")], [], EVERY, []),
    ("thoughts of an answered turn", [user("q"), assistant("a", "secret"), user("q2")], [], EVERY, []),
    ("empty contents", [user(""), assistant(""), user("")], [], EVERY, []),
    ("control tokens in contents", [user("a<|im_end|>b<think>x</think>"), assistant("</think>[EOS]"),
                                    user("<|media_pad|><|tool_calls_section_begin|>")], [], EVERY, []),
    ("languages and emoji", [user("打开settings页面 👩‍💻"), assistant("好的。"), user("مرحبا e\u0301")], [], EVERY, []),
    ("white space at the edges", [user(" Hi \n"), assistant("\n\n a "), user("\t")], [], EVERY, []),
    ("tools, and no system message", [user("go")], [DELAY], CALLING, []),
    ("tools before the system message", [{"role": "system", "content": "S"}, user("go")], [DELAY, PING], CALLING, []),
    ("a schema without a form in types", [user("go")], [ONE_OF], CALLING, []),
    ("a running tool loop", LOOP, [DELAY, PING], CALLING, []),
    ("a finished tool loop", LOOP + [assistant("done", "r4"), user("q3")], [], CALLING, []),
    ("a second loop", LOOP + [assistant("done", "r4"), user("q3"), assistant("", "r5", [("functions.ping:3", "ping", "{}")]),
                              tool("functions.ping:3", "pong")], [PING], CALLING, []),
    ("foreign call ids", [user("q"), assistant("", "r", [("call_abc", "f-g", '{"a":1}'), ("x:1", "h", "{}")]),
                          tool("x:1", "H", name="h"), tool("call_abc", "F")], [], CALLING,
     ["functions.f-g:0", "functions.h:1"]),
    ("arguments stay as they are", [user("q"), assistant("t", "r", [("functions.f:0", "f", '{ "ü": 1.50 }\n')]),
                                    tool("functions.f:0", "line\nline\n")], [], CALLING, []),
    ("picture and text", [user([IMAGE, text("Write this page.")])], [], ("kimi-vl",), []),
    ("text and picture", [user([text("Look: "), IMAGE])], [], ("kimi-vl",), []),
    ("two pictures and text", [user([IMAGE, IMAGE, text("A")]), assistant("B", "thoughts"), user("C")], [],
     ("kimi-vl",), []),
]


# What stands behind ◆ is printed up to ■, which an expression or a statement begins.
LITERALS = [
    "◆{{ '■' }}", "◆ a {{ '■' }}", "◆\n  a\n  {{ '■' }}", "◆\n  a\n  {{- '■' }}", "◆\n  {% if true %}■{% endif %}",
    "◆\n  {%- if true %}■{% endif %}", "◆ a {% if true %}■{% endif %}", "◆a\n\n\t {% if true %}■{% endif %}", "◆a\n{# c #}■",
    "◆a\n  {#- c #}■", "{{ '◆' }}■", "{{ '◆a' }}■", "{{ \"◆a\\nb\" }}■", "{{ '◆ \"quoted\" ' -}}\n ■", "{%- if true -%}\n ◆b {% endif %}■",
    "{% set x = '■' %}◆c {{ x }}", "{{ 'it' }}◆d'{{ '■' }}",
]


def literal(source: str) -> str:
    """What jinja2 prints between ◆ and ■."""
    return environment().from_string(source).render().split("◆")[1].split("■")[0]


def published_form(message: dict) -> dict:
    """A message in the shape that published templates take: OpenAI's."""
    calls = [
        {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
        for call in message.get("tool_calls", ())]
    return {**message, "tool_calls": calls} if calls else message


def rendered(
    layout: Template, messages: list[dict], tools: list[dict], call_ids: list[str],
    tokens: tiktoken.Encoding, **more,
) -> tuple[str, list[int]]:
    """A conversation's prompt through a layout, and its ids."""
    specials = re.compile("|".join(
        re.escape(name) for name in sorted(tokens.special_tokens_set | {PLACEHOLDER}, key=len, reverse=True)))
    prepared = [
        {**published_form(message), "content": joined_texts(message["content"])}
        for message in rendered_call_ids(messages, call_ids)]
    entries = [{"type": "function", "function": tool} for tool in tools]
    prompt = render(layout, marked(prepared, specials), entries, **more)
    for message in prepared:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "video":
                prompt = prompt.replace(PLACEHOLDER, video_text(part["seconds"]), 1)
    ids, begin = [], 0
    for match in specials.finditer(prompt):
        ids += encode_text(tokens, prompt[begin:match.start()].replace(MARK, ""))
        ids.append(tokens.encode_single_token(match[0]))
        begin = match.end()
    ids += encode_text(tokens, prompt[begin:].replace(MARK, ""))
    return prompt.replace(MARK, ""), ids


def entry(name: str, messages: list[dict], tools: list[dict], prompt: str, ids: list[int], **more) -> dict:
    """A recorded conversation."""
    parameters = [{**tool, "parameters": json.dumps(tool["parameters"])} for tool in tools]
    return {"name": name, "messages": messages, **more, "tools": parameters, "text": prompt, "ids": ids}


def record_k25() -> list[dict]:
    tokens, layout = encoding(), read_layout("kimi-k25")
    recorded = []
    for name, messages, tools, declarations, thinking, call_ids in CASES:
        typed = declarations if declarations.startswith("# Tools") else None
        prompt, ids = rendered(
            layout, messages, tools if declarations else [], call_ids, tokens, thinking=thinking,
            tools_ts_str=typed)
        recorded.append(entry(name, messages, tools, prompt, ids, thinking=thinking))
    return recorded


def record_forms() -> list[dict]:
    recorded = []
    for family in EVERY:
        tokens, layout = encoding(family), read_layout(family)
        for name, messages, tools, families, call_ids in FORM_CASES:
            if family in families:
                prompt, ids = rendered(layout, messages, tools, call_ids, tokens)
                recorded.append(entry(name, messages, tools, prompt, ids, form=family))
    return recorded


def main() -> None:
    write_json("template.json", record_k25())
    write_json("forms.json", record_forms())
    write_json("literals.json", [{"template": source, "text": literal(source)} for source in LITERALS])
    (FOLDER / "tokenizers").mkdir(exist_ok=True)
    base = len(read_ranks())
    for family in FAMILIES:
        config = tokenizer_config(base, family) | {"chat_template": template(family)}
        (FOLDER / "tokenizers" / f"{family}.json").write_text(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    main()
