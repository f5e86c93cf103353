"""Records what a running vLLM says, for the tests of `Sources/Inference/Remote`.

    python3 record_vllm.py http://127.0.0.1:8000/v1 [MODEL]

Writes `vllm-0.32-*` beside itself. Identifiers, times and paths are replaced by fixed ones; every other byte stays as
the server sent it. The model is the embedded one in a shape that vLLM serves (`Tests/Trials/vllm_checkpoint.py`), which
cannot think or call tools: a budget ends its thoughts, and a grammar and biases make it write calls.
"""

import base64
import json
import re
import struct
import sys
import urllib.error
import urllib.request
import zlib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PREFIX = "vllm-0.32"
# Ids of the embedded model's vocabulary; blanks would fill its arguments otherwise.
BIASES = {"699": 20, "32": -100, "9": -100, "10": -100, "13": -100}
TOOL = {"type": "function", "function": {
    "name": "weather", "description": "Tells the weather.", "strict": True,
    "parameters": {
        "type": "object", "properties": {"city": {"type": "string", "enum": ["Köln", "Bern"]}},
        "required": ["city"], "additionalProperties": False}}}
USAGE = {"include_usage": True, "continuous_usage_stats": True}


def red_square(side: int = 56) -> str:
    """A PNG as a data URL."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\xc8\x3c\x3c" * side) * side
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(png).decode()


def picture(url: str) -> list[dict]:
    return [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]


def scrubbed(text: str) -> str:
    text = re.sub(r"(chatcmpl|modelperm)-[0-9a-f]+", r"\1-8a1f", text)
    text = re.sub(r'"created":\s*\d+', '"created":1767225600', text)
    return re.sub(r'"root":\s*"[^"]*"', '"root":"bottega"', text)


class Server:
    def __init__(self, address: str):
        self.address = address.rstrip("/")

    def ask(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        request = urllib.request.Request(self.address + path, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return answer.status, scrubbed(answer.read().decode())
        except urllib.error.HTTPError as error:
            return error.code, scrubbed(error.read().decode())

    def chat(self, **fields: object) -> tuple[int, str]:
        return self.ask("/chat/completions", json.dumps(fields).encode())


def main() -> None:
    server = Server(sys.argv[1])
    model = sys.argv[2] if len(sys.argv) > 2 else "bottega"
    words = [{"role": "user", "content": "Say yes."}]
    base = {"model": model, "temperature": 0, "stream": True, "stream_options": USAGE}
    instant, thinking = ({"chat_template_kwargs": {"thinking": value}} for value in (False, True))
    question = [{"role": "user", "content": "How is the weather?"}]
    forced = {"messages": question, "tools": [TOOL], "tool_choice": "required", "logit_bias": BIASES} | instant
    streams = {
        "plain": {"messages": words, "max_tokens": 40} | instant,
        "picture": {"messages": picture(red_square()), "max_tokens": 8} | instant,
        "thinking": {"messages": words, "max_tokens": 14, "thinking_token_budget": 5} | thinking,
        "tools": {"max_tokens": 100} | forced,
        "tools-cut": {"max_tokens": 28} | forced,
    }
    for name, fields in streams.items():
        status, text = server.chat(**base, **fields)
        assert status == 200, (name, status, text)
        (HERE / f"{PREFIX}-{name}.sse").write_text(text)
    (HERE / f"{PREFIX}-models.json").write_text(server.ask("/models")[1] + "\n")

    long_words = [{"role": "user", "content": "yes " * 4096}]
    broken = picture("data:image/png;base64,AAAA")
    errors = {
        "a limit above the context": server.chat(**base | {"messages": words, "max_tokens": 100_000}),
        "a prompt above the context": server.chat(**base | {"messages": long_words, "max_tokens": 1}),
        "a model that is not served": server.chat(**base | {"messages": words, "model": "other"}),
        "a picture that is none": server.chat(**base | {"messages": broken, "max_tokens": 1}),
        "a temperature that is none": server.chat(**base | {"messages": words, "temperature": -1}),
        "no JSON": server.ask("/chat/completions", b"{"),
        "an address that is none": server.ask("/nothing"),
    }
    found = [{"case": case, "status": status, "body": json.loads(body)} for case, (status, body) in errors.items()]
    (HERE / f"{PREFIX}-errors.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
