"""Records `template.json`: conversations rendered by jinja2 through `layout.jinja`, with their token ids.

    python record_template.py

A picture counts one pad here. Control tokens that a content merely spells are marked before rendering, so that the
ids show them as plain text, which is what the project promises; the text shows them unmarked.
"""

import copy
import json
import re

from jinja2 import ChainableUndefined, Environment, FileSystemLoader

from kimi import FOLDER, encode_text, encoding, write_json

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


def plain_json(*tools: dict) -> str:
    entries = [{"type": "function", "function": tool} for tool in tools]
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


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
    ("tools as JSON", [user("go")], [ONE_OF, PING], plain_json(ONE_OF, PING), True, []),
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


def main() -> None:
    tokens = encoding()
    layout = Environment(
        loader=FileSystemLoader(FOLDER), undefined=ChainableUndefined, keep_trailing_newline=False,
    ).get_template("layout.jinja")
    specials = re.compile("|".join(
        re.escape(name) for name in sorted(tokens.special_tokens_set | {PLACEHOLDER}, key=len, reverse=True)))
    recorded = []
    for name, messages, tools, declarations, thinking, call_ids in CASES:
        rendered = [
            {**message, "content": joined_texts(message["content"])}
            for message in rendered_call_ids(messages, call_ids)]
        prompt = layout.render(
            messages=marked(rendered, specials), declarations=declarations, thinking=thinking)
        for message in rendered:
            for part in message["content"] if isinstance(message["content"], list) else ():
                if part["type"] == "video":
                    prompt = prompt.replace(PLACEHOLDER, video_text(part["seconds"]), 1)
        ids, begin = [], 0
        for match in specials.finditer(prompt):
            ids += encode_text(tokens, prompt[begin:match.start()].replace(MARK, ""))
            ids.append(tokens.encode_single_token(match[0]))
            begin = match.end()
        ids += encode_text(tokens, prompt[begin:].replace(MARK, ""))
        recorded.append({
            "name": name, "messages": messages, "thinking": thinking,
            "tools": [{**entry, "parameters": json.dumps(entry["parameters"])} for entry in tools],
            "text": prompt.replace(MARK, ""), "ids": ids})
    write_json("template.json", recorded)


if __name__ == "__main__":
    main()
