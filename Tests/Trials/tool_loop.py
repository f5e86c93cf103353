# Two hundred tool calls, one after the other, in one conversation that grows: what an agent does. Every step sends the
# whole history through `POST /v1/chat/completions` and must call the one tool there is; the answer of the tool is put
# behind it, and so on.
#
#     python3.11 Tests/Trials/tool_loop.py --binary .build/release/bottega
#
# What must hold: nothing that was read is read again. Steps bring equally many new tokens (the id of a call grows by a
# digit or two) and are compared by their seconds per new token: those that were not cached, and those that were written.
# To attend to what is cached costs something, and in a tiny model it is nearly all that a token costs; so the claims on
# times are made against reading the same history anew, which is measured in the end under another first word. A step takes
# at most `--tenth` of it; a line is fitted through seconds and cached tokens, by which a cached token costs at most
# `--share` of what a token costs that is read. With `--growth`, the median of the last twenty steps must also be at most so
# many times that of the first twenty behind the warm-up: for checkpoints of real width.

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from service import NO_KEY_LIMITS, REPOSITORY, Checks, Client, Service, TrialError, arguments, run, table

WORDS = ["red", "tan", "sky"]
TOOL = {
    "type": "function",
    "function": {
        "name": "pick",
        "description": "Picks.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"enum": WORDS}},
            "required": ["word"],
            "additionalProperties": False,
        },
    },
}


@dataclass
class Step:
    seconds: float
    prompt: int
    cached: int
    written: int
    message: dict
    fault: str | None

    @property
    def new(self) -> int:
        return self.prompt - self.cached + self.written

    @property
    def seconds_per_new(self) -> float:
        return self.seconds / max(1, self.new)


class Loop:
    """One conversation with a service."""

    def __init__(self, client: Client, extra: dict):
        self.client, self.extra = client, extra
        self.model = self.listed_model()
        self.messages = [{"role": "user", "content": "Pick words."}]
        self.ids: set[str] = set()

    def listed_model(self) -> str:
        answer = self.client.get("/v1/models")
        if answer.status != 200 or not answer.json["data"]:
            raise TrialError(f"GET /v1/models: expected a list with a model, found {answer}")
        return answer.json["data"][0]["id"]

    def ask(self, messages: list[dict]) -> Step:
        body = {
            "model": self.model,
            "messages": messages,
            "tools": [TOOL],
            "tool_choice": "required",
            "parallel_tool_calls": False,
            "temperature": 0,
            "max_tokens": 128,
        }
        began = time.perf_counter()
        answer = self.client.post_json("/v1/chat/completions", body | self.extra)
        seconds = time.perf_counter() - began
        if answer.status != 200:
            raise TrialError(f"POST /v1/chat/completions: expected 200, found {answer}: {answer.body[:300]!r}")
        choice, usage = answer.json["choices"][0], answer.json["usage"]
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        counts = usage["prompt_tokens"], cached, usage["completion_tokens"]
        return Step(seconds, *counts, choice["message"], self.fault(choice))

    def fault(self, choice: dict) -> str | None:
        """What is wrong with an answer that had to be one call."""
        calls = choice["message"].get("tool_calls") or []
        if choice["finish_reason"] != "tool_calls" or len(calls) != 1:
            return f"{len(calls)} calls, ended for {choice['finish_reason']}"
        function = calls[0]["function"]
        if function["name"] != "pick":
            return f"calls {function['name']}"
        try:
            found = json.loads(function["arguments"])
        except ValueError:
            return f"arguments {function['arguments']!r}"
        return None if found in [{"word": word} for word in WORDS] else f"arguments {found}"

    def step(self, number: int) -> Step:
        """Asks, and puts the call and the answer of its tool behind the conversation."""
        step = self.ask(self.messages)
        if step.fault:
            raise TrialError(f"step {number + 1}: expected one call of pick, found {step.fault}")
        call = step.message["tool_calls"][0]
        if call["id"] in self.ids:
            step.fault = f"the id {call['id']} was there before"
        self.ids.add(call["id"])
        kept = {name: value for name, value in step.message.items() if value is not None}
        self.messages.append({"content": None} | kept)
        self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": f"{number:03}"})
        return step


def claims(checks: Checks, steps: list[Step], cold: Step, options) -> None:
    measured = steps[options.warm_up :]
    checks.none(f"{len(steps)} calls of the tool, each under an id of its own", [s.fault for s in steps if s.fault])
    again = [
        f"step {number + 2}: {now.cached} cached of {before.prompt} that were read"
        for number, (before, now) in enumerate(zip(steps, steps[1:]))
        if now.cached < before.prompt - options.slack
    ]
    checks.none(f"all but {options.slack} tokens of a prompt are cached when the next one comes", again)
    first, last = (statistics.median(s.seconds_per_new for s in part) for part in (measured[:20], measured[-20:]))
    if options.growth:
        checks.claim(
            f"a new token takes at most {options.growth} times as long in the last 20 steps as in the first 20",
            last <= options.growth * first,
            f"{first * 1000:.3f} ms, then {last * 1000:.3f} ms: {last / first:.2f} times",
        )
    seconds = statistics.median(s.seconds for s in measured[-20:])
    checks.claim(
        f"a late step takes at most {options.tenth} of reading its history anew",
        seconds <= options.tenth * cold.seconds,
        f"{seconds * 1000:.0f} ms of {cold.seconds * 1000:.0f} ms",
    )
    cached = [s.cached for s in measured]
    if checks.claim("what is cached grows", cached[-1] > cached[0], f"{cached[0]}, then {cached[-1]}"):
        slope, start = statistics.linear_regression(cached, [s.seconds for s in measured])
        read = cold.seconds / (cold.prompt - cold.cached)
        checks.claim(
            f"a cached token costs at most {options.share} of one that is read",
            slope <= options.share * read,
            f"{start * 1000:.1f} ms + {slope * 1e6:.2f} µs a cached token; {read * 1e6:.1f} µs one that is read",
        )
    checks.claim("a history under another first word is not cached", cold.cached < 256, f"{cold.cached} cached")


def report(steps: list[Step], cold: Step) -> None:
    numbers = sorted({*range(0, len(steps), max(1, len(steps) // 10)), len(steps) - 1})
    named = [(number + 1, steps[number]) for number in numbers] + [("cold", cold)]
    rows = [
        [name, s.prompt, s.cached, s.new, f"{1e3 * s.seconds:.1f}", f"{1e3 * s.seconds_per_new:.3f}"]
        for name, s in named
    ]
    print(table(["step", "prompt", "cached", "new", "ms", "ms a new token"], rows))


def trial() -> int:
    parser = arguments("Two hundred tool calls, one after the other, in one conversation that grows.")
    tiny = REPOSITORY / "Fixtures/checkpoints/k25"
    parser.add_argument("--model", type=Path, default=tiny, help="checkpoint to serve")
    parser.add_argument("--port", type=int, help="ask a service that runs there, instead of one of its own")
    parser.add_argument("--steps", type=int, default=200, help="calls, one after the other")
    parser.add_argument("--warm-up", type=int, default=10, help="first steps whose times do not count")
    parser.add_argument("--growth", type=float, help="the most that a new token may take longer")
    parser.add_argument("--tenth", type=float, default=0.1, help="the most that a late step may take of a cold one")
    parser.add_argument("--share", type=float, default=0.1, help="the most that a cached token may cost of a read one")
    parser.add_argument("--slack", type=int, default=64, help="tokens of a prompt that may be read again")
    parser.add_argument("--extra", type=json.loads, default={"thinking": {"type": "disabled"}}, help="further fields of every request, as JSON")
    options = parser.parse_args()
    if options.steps < options.warm_up + 40:
        raise TrialError(f"{options.steps} steps: expected at least {options.warm_up + 40}")
    if options.port:
        return tried(Client(options.port, timeout=600), options)
    with Service(options.binary, NO_KEY_LIMITS | {"model": options.model}, keep=options.keep) as service:
        service.start()
        return tried(service.client(timeout=600), options)


def tried(client: Client, options) -> int:
    loop = Loop(client, options.extra)
    steps = [loop.step(number) for number in range(options.steps)]
    cold = loop.ask([{"role": "user", "content": "Choose words."}, *loop.messages[1:]])
    report(steps, cold)
    checks = Checks()
    claims(checks, steps, cold, options)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
