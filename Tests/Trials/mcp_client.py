# Do editors get what they were promised? The reference client of the Model Context Protocol (PyPI `mcp`) starts
# `bottega mcp`, and asks `bottega serve` at /mcp: the same claims over both, about listing, converting, editing,
# comparing, reading files, progress, errors and cancellation. The client checks every answer against the protocol's
# types, and every structured result against the schema of its tool.
#
#     pip install -r Tests/Trials/requirements.txt
#     python3.11 Tests/Trials/mcp_client.py --binary .build/release/bottega

import asyncio
import base64
import tempfile
import time
from pathlib import Path

from mcp import Client, MCPError, StdioServerParameters
from service import SIGN_IN, Checks, Service, TrialError, arguments, browser_program, png_size, run

REVISIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
TOOLS = ["convert", "edit", "compare", "batch", "workflow"]
QUICK = {"budget_seconds": 2}  # a page that is measured, and hardly repaired


def words(result) -> str:
    return "\n".join(part.text for part in result.content if part.type == "text")


async def failure(client: Client, tool: str, **sent) -> str:
    """What a tool that fails says; empty when it does not fail."""
    result = await client.call_tool(tool, sent)
    return words(result) if result.is_error else ""


async def fault(request) -> int | None:
    """The code of the protocol's error; None when there is none."""
    try:
        await request
    except MCPError as error:
        return error.error.code
    return None


async def try_tools(client: Client, checks: Checks, where: str, design: dict, measures: bool) -> None:
    def claim(text: str, held: bool, found: object = "") -> None:
        checks.claim(f"{where}: {text}", held, found)

    claim("a revision is agreed on", client.protocol_version in REVISIONS, client.protocol_version)
    claim("the server says who it is", client.server_info.name == "bottega", client.server_info.version)
    tools = (await client.list_tools()).tools
    claim("five tools with schemas", [tool.name for tool in tools] == TOOLS and all(t.output_schema for t in tools))

    told: list[tuple[float, float | None, str | None]] = []

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))

    began = time.monotonic()
    made = await client.call_tool("convert", design | QUICK | {"name": "sign-in"}, progress_callback=tell)
    seconds = time.monotonic() - began
    page = made.structured_content or {}
    claim("a design becomes a page", not made.is_error and "</html>" in (page.get("html") or ""), f"{seconds:.1f} s")
    rises = all(first[0] < second[0] for first, second in zip(told, told[1:]))
    reached = bool(told) and told[-1][0] == told[-1][1] and all(message for _, _, message in told)
    claim("progress rises to its end, with words", len(told) > 5 and rises and reached, f"{len(told)} times")
    pictures = [part for part in made.content if part.type == "image"]
    if measures:
        claim("the page has a score", 0 < (page.get("score") or 0) <= 1, page.get("score"))
        sizes = [png_size(base64.b64decode(picture.data)) for picture in pictures]
        claim("and a picture that is a PNG", len(sizes) == 1 and sizes[0][0] <= 1568, sizes)
    links = [part for part in made.content if part.type == "resource_link"]
    contents = (await client.read_resource(str(links[0].uri))).contents
    claim("a file that is linked to can be read", contents[0].text == page["html"], links[0].uri)
    listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
    claim("and is listed", str(links[0].uri) in listed, len(listed))

    operations = [{"selector": "body", "set_style": {"background": "#fff8f0"}}]
    edited = await client.call_tool("edit", {"conversion": page["conversion"], "operations": operations})
    after = edited.structured_content or {}
    is_next = after.get("revision") == 2 and "#fff8f0" in after["html"]
    claim("an edit makes the next revision", is_next, words(edited)[:60])
    sides = {"design": picture_of(design), "result": picture_of(design)}
    same = await client.call_tool("compare", sides)
    claim("a picture is like itself", same.structured_content["score"] == 1, words(same).splitlines()[0])
    if measures:
        sent = {"design": picture_of(design), "result": {"uri": str(links[0].uri)}}
        other = await client.call_tool("compare", sent)
        score = other.structured_content["score"]
        claim("a picture and a page are compared", abs(score - page["score"]) < 0.01, f"{score:.4f} and {page['score']}")

    said = await failure(client, "edit", conversion=page["conversion"], instruction="make it blue")
    claim("an instruction is refused in words", said.startswith("engine_no_instructions: "), said)
    said = await failure(client, "convert", image="bm8gcGljdHVyZQ==")
    claim("what is no picture is refused in words", said.startswith("unsupported_media: "), said)
    said = await failure(client, "compare", **{**sides, "colour": "red"})
    claim("an unknown argument is named", said.startswith("invalid_parameter: ") and "colour" in said, said)
    claim("an unknown tool is -32602", await fault(client.call_tool("paint", {})) == -32602)
    missing = client.read_resource("bottega://conversions/x/files/y")
    claim("an unknown resource is -32002", await fault(missing) == -32002)

    await try_cancelling(client, claim, design)


async def try_cancelling(client: Client, claim, design: dict) -> None:
    """A conversion that would take minutes is cancelled once it has begun; the next one then has its place."""
    begun = asyncio.Event()

    async def tell(progress: float, total: float | None, message: str | None) -> None:
        if progress >= 3:
            begun.set()

    long = design | {"attempts": 16, "temperature": 1, "budget_seconds": 300}
    task = asyncio.create_task(client.call_tool("convert", long, progress_callback=tell))
    await asyncio.wait_for(begun.wait(), 120)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    began = time.monotonic()
    next_one = await client.call_tool("convert", design | {"draft": True})
    seconds = time.monotonic() - began
    claim("what is cancelled makes room at once", not next_one.is_error and seconds < 30, f"{seconds:.1f} s")


def picture_of(design: dict) -> dict:
    return {name: value for name, value in design.items() if name in ("path", "image")}


async def over_stdio(binary: Path, service: Service, checks: Checks, mode: str, measures: bool) -> None:
    where, output = f"stdio, {mode}", Path(tempfile.mkdtemp(dir=service.folder)) / "page"
    server = StdioServerParameters(command=str(binary), args=["mcp"], env=service.environment())
    async with Client(server, mode=mode) as client:
        await try_tools(client, checks, where, {"path": str(SIGN_IN)}, measures)
        written = await client.call_tool("convert", {"path": str(SIGN_IN), "draft": True, "output": str(output)})
        found = sorted(path.name for path in output.iterdir())
        checks.claim(f"{where}: a project is written", not written.is_error and "index.html" in found, found)
        said = await failure(client, "convert", path=str(SIGN_IN), draft=True, output=str(output))
        checks.claim(f"{where}: and not written over", "is not empty" in said, said[-60:])
        said = await failure(client, "convert", path="/nowhere.png")
        checks.claim(f"{where}: a path that leads nowhere is named", "/nowhere.png" in said, said)
        began = time.monotonic()
    checks.claim(f"{where}: it ends with its client", time.monotonic() - began < 5, f"{time.monotonic() - began:.1f} s")
    left = list((service.folder / "tmp").glob("bottega-mcp-*"))
    checks.none(f"{where}: nothing is left behind", left)


async def over_http(service: Service, checks: Checks, mode: str, measures: bool) -> None:
    where, design = f"http, {mode}", {"image": base64.b64encode(SIGN_IN.read_bytes()).decode()}
    async with Client(f"http://127.0.0.1:{service.port}/mcp", mode=mode) as client:
        await try_tools(client, checks, where, design, measures)
        said = await failure(client, "convert", path=str(SIGN_IN))
        checks.claim(f"{where}: paths are not read", said.startswith("invalid_parameter: "), said[:60])
    jobs = service.client().get("/v1/jobs?limit=100").json["data"]
    states = [job["status"] for job in jobs]
    checks.claim(f"{where}: the cancelled job is cancelled", states.count("cancelled") == 1, states)
    for job in jobs:
        service.client()("DELETE", f"/v1/conversions/{job['conversion']}")


async def trial(options, checks: Checks) -> None:
    try:
        measures = bool(browser_program())
    except TrialError:
        measures = False
    with Service(options.binary, keep=options.keep) as service:
        service.start()
        for mode in ("auto", "legacy"):
            await over_stdio(options.binary.resolve(), service, checks, mode, measures)
            await over_http(service, checks, mode, measures)
        checks.claim("serve ends as asked", service.stop() == 0)


def main() -> int:
    options, checks = arguments("The Model Context Protocol, tried with its own client.").parse_args(), Checks()
    asyncio.run(trial(options, checks))
    return checks.finish()


if __name__ == "__main__":
    run(main)
