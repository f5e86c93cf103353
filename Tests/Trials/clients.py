# The clients that people have, against the real binary: the `openai` and `anthropic` packages do what they do all day.
# And a thousand random schemas, each with a seed of its own, of which the answer must always be JSON that fits.
#
#     python3.11 Tests/Trials/clients.py --binary .build/release/bottega --schemas 1000
#
# The model is a tiny one with random weights in the layout of K2.5: it writes nonsense, so whatever has a form was kept
# to it by the service. Pages come from the model that is built in.

import base64
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anthropic
import jsonschema
import openai
from service import NO_KEY_LIMITS, REPOSITORY, SIGN_IN, Checks, Service, arguments, run

sys.path.insert(0, str(REPOSITORY / "Fixtures/parity/schemas"))
from generator import Generator  # noqa: E402

TINY = REPOSITORY / "Fixtures/checkpoints/k25"
PICTURE = base64.b64encode(SIGN_IN.read_bytes()).decode()
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"enum": ["Rome", "Siena"]}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
NO_THOUGHTS = {"thinking": {"type": "disabled"}}


def fits(text: str, schema) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return jsonschema.Draft202012Validator(schema).is_valid(value)


# OpenAI's client


def openai_client(service: Service, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"http://127.0.0.1:{service.port}/v1", api_key=key, max_retries=0, timeout=300)


def openai_claims(client: openai.OpenAI, checks: Checks) -> None:
    model = client.models.list().data[0].id
    hello = [{"role": "user", "content": "Say something."}]
    whole = client.chat.completions.create(model=model, messages=hello, max_tokens=12, seed=1, extra_body=NO_THOUGHTS)
    usage = whole.usage
    checks.claim(
        "openai: an answer with its costs",
        whole.choices[0].finish_reason in ("length", "stop") and usage.completion_tokens <= 12 and usage.prompt_tokens > 0,
        usage,
    )
    again = client.chat.completions.create(model=model, messages=hello, max_tokens=12, seed=1, extra_body=NO_THOUGHTS)
    checks.claim(
        "openai: the same seed, the same text, from the cache",
        again.choices[0].message.content == whole.choices[0].message.content
        and again.usage.prompt_tokens_details.cached_tokens > 0,
        again.usage.prompt_tokens_details,
    )
    text, costs = "", None
    for chunk in client.chat.completions.create(
        model=model, messages=hello, max_tokens=12, seed=1, stream=True, stream_options={"include_usage": True},
        extra_body=NO_THOUGHTS,
    ):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        costs = chunk.usage or costs
    checks.claim("openai: a stream says the same", text == whole.choices[0].message.content and costs is not None, costs)
    thoughts = client.chat.completions.create(
        model=model, messages=hello, max_tokens=40, seed=2,
        extra_body={"thinking": {"type": "enabled"}, "thinking_token_budget": 5},
    ).choices[0].message
    checks.claim("openai: thoughts apart from the answer", bool(thoughts.reasoning_content), thoughts.content)
    scored = client.chat.completions.create(
        model=model, messages=hello, max_tokens=4, logprobs=True, top_logprobs=3, seed=1, extra_body=NO_THOUGHTS
    ).choices[0].logprobs
    checks.claim(
        "openai: tokens with their probabilities",
        all(len(t.top_logprobs) == 3 and t.logprob <= 0 for t in scored.content), len(scored.content),
    )
    picture = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
    ]
    seen = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": picture}], max_tokens=4, extra_body=NO_THOUGHTS
    ).usage
    checks.claim("openai: a picture is read", seen.prompt_tokens > usage.prompt_tokens + 16, seen.prompt_tokens)
    openai_tools(client, model, checks)
    openai_faults(client, model, checks)
    uploaded = client.files.create(file=SIGN_IN, purpose="vision")
    named = [{"type": "image_url", "image_url": {"url": f"ms://{uploaded.id}"}}]
    kept = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": named}], max_tokens=2, extra_body=NO_THOUGHTS
    ).usage
    checks.claim("openai: a picture that was uploaded before", kept.prompt_tokens > 30, kept.prompt_tokens)
    client.files.delete(uploaded.id)


def openai_tools(client: openai.OpenAI, model: str, checks: Checks) -> None:
    tools = [{"type": "function", "function": {"name": "forecast", "description": "Weather.", "parameters": PARAMETERS}}]
    messages = [{"role": "user", "content": "Weather?"}]
    faults = []
    for turn in range(4):
        message = client.chat.completions.create(
            model=model, messages=messages, tools=tools, tool_choice="required", max_tokens=200, seed=turn,
            extra_body=NO_THOUGHTS,
        ).choices[0].message
        messages.append(message)
        for call in message.tool_calls or []:
            if not fits(call.function.arguments, PARAMETERS):
                faults.append(call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny"})
        if not message.tool_calls:
            faults.append("no call")
    checks.none("openai: four rounds of calls and results", faults)
    with client.chat.completions.stream(
        model=model, messages=messages[:1], tools=tools, max_tokens=200, seed=9,
        tool_choice={"type": "function", "function": {"name": "forecast"}}, extra_body=NO_THOUGHTS,
    ) as stream:
        final = stream.get_final_completion().choices[0].message.tool_calls[0]
    checks.claim("openai: a call put together from a stream", fits(final.function.arguments, PARAMETERS), final)


def openai_faults(client: openai.OpenAI, model: str, checks: Checks) -> None:
    try:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "x"}], temperature=9)
        found = "no error"
    except openai.BadRequestError as error:
        found = error.param
    checks.claim("openai: an error names what is wrong", found == "temperature", found)
    begun = time.monotonic()
    stream = client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": "Go on."}], stream=True, max_tokens=3000,
        response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "string", "minLength": 2500}}},
        extra_body=NO_THOUGHTS,
    )
    next(iter(stream))
    stream.close()
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "x"}], max_tokens=1)
    seconds = time.monotonic() - begun
    checks.claim("openai: a stream that is closed makes room at once", seconds < 10, f"{seconds:.2f} s")


# Anthropic's client


def anthropic_claims(service: Service, checks: Checks) -> None:
    client = anthropic.Anthropic(base_url=f"http://127.0.0.1:{service.port}", api_key="none", max_retries=0, timeout=300)
    hello = [{"role": "user", "content": "Say something."}]
    whole = client.messages.create(model="k25", max_tokens=12, messages=hello)
    checks.claim(
        "anthropic: an answer with its costs",
        whole.stop_reason in ("max_tokens", "end_turn") and whole.usage.output_tokens <= 12, whole.usage,
    )
    with client.messages.stream(model="k25", max_tokens=12, messages=hello) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    checks.claim("anthropic: a stream", text == "".join(b.text for b in final.content), final.usage)
    thought = client.messages.create(
        model="k25", max_tokens=2000, messages=hello, thinking={"type": "enabled", "budget_tokens": 1024}
    )
    checks.claim("anthropic: thoughts are a block", thought.content[0].type == "thinking", [b.type for b in thought.content])
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}
    count = client.messages.count_tokens(model="k25", messages=[{"role": "user", "content": [picture]}])
    seen = client.messages.create(model="k25", max_tokens=2, messages=[{"role": "user", "content": [picture]}])
    total = seen.usage.input_tokens + (seen.usage.cache_read_input_tokens or 0)
    checks.claim("anthropic: a picture has as many tokens as were counted", count.input_tokens == total, total)
    tools = [{"name": "forecast", "description": "Weather.", "input_schema": PARAMETERS}]
    messages, faults = list(hello), []
    for _ in range(4):
        answer = client.messages.create(
            model="k25", max_tokens=200, messages=messages, tools=tools, tool_choice={"type": "any"}
        )
        uses = [block for block in answer.content if block.type == "tool_use"]
        faults += [block.input for block in uses if not fits(json.dumps(block.input), PARAMETERS)] or ([] if uses else ["none"])
        messages.append({"role": "assistant", "content": answer.content})
        results = [{"type": "tool_result", "tool_use_id": block.id, "content": "sunny"} for block in uses]
        messages.append({"role": "user", "content": results})
    checks.none("anthropic: four rounds of calls and results", faults)
    try:
        client.messages.create(model="k25", max_tokens=0, messages=hello)
        found = "no error"
    except anthropic.BadRequestError as error:
        found = error.body["error"]["type"]
    checks.claim("anthropic: an error in its own words", found == "invalid_request_error", found)
    begun = time.monotonic()
    with client.messages.stream(model="k25", max_tokens=3000, messages=hello) as stream:
        next(iter(stream))
    client.messages.create(model="k25", max_tokens=1, messages=hello)
    seconds = time.monotonic() - begun
    checks.claim("anthropic: a stream that is closed makes room at once", seconds < 10, f"{seconds:.2f} s")


# Formats


def schema_claims(client: openai.OpenAI, count: int, seed: int, checks: Checks) -> None:
    faults, refused, lock = [], 0, threading.Lock()

    def ask(number: int) -> None:
        nonlocal refused
        schema = Generator(seed * 1_000_000 + number).root()
        if not isinstance(schema, dict):
            schema = {"type": "object"}
        try:
            answer = client.chat.completions.create(
                model="k25", messages=[{"role": "user", "content": "JSON"}], max_tokens=400, seed=number,
                response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
                extra_body=NO_THOUGHTS,
            )
        except openai.BadRequestError as error:
            with lock:
                refused += 1
                if error.code != "engine_refused":
                    faults.append(str(error))
            return
        text = answer.choices[0].message.content
        if not fits(text, schema):
            with lock:
                faults.append(f"{json.dumps(schema)}: {text!r}")

    begun = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(count)))
    seconds = time.monotonic() - begun
    checks.none(f"{count} schemas in {seconds:.0f} s, {refused} refused as unsupported: all answers fit", faults[:5])


def page_claims(service: Service, checks: Checks) -> None:
    client = openai_client(service)
    content = [
        {"type": "text", "text": "Turn it into HTML."},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
    ]
    page = client.chat.completions.create(model="any", messages=[{"role": "user", "content": content}])
    text = page.choices[0].message.content
    checks.claim("the model that is built in answers with a page", text.startswith("<!doctype html>"), text[:60])
    try:
        client.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hello"}])
        found = "no error"
    except openai.BadRequestError as error:
        found = error.code
    checks.claim("and says that it understands no words", found == "engine_no_instructions", found)


def trial() -> int:
    parser = arguments("The openai and anthropic packages against the service, and random schemas.")
    parser.add_argument("--schemas", type=int, default=200, help="random schemas to answer in")
    options = parser.parse_args()
    checks = Checks()
    with Service(options.binary, NO_KEY_LIMITS | {"model": TINY}, keep=options.keep) as service:
        service.start()
        client = openai_client(service)
        openai_claims(client, checks)
        anthropic_claims(service, checks)
        schema_claims(client, options.schemas, options.seed, checks)
    with Service(options.binary, NO_KEY_LIMITS, keep=options.keep) as service:
        service.start()
        page_claims(service, checks)
    return checks.finish()


if __name__ == "__main__":
    run(trial)
