# Attacks inside what is uploaded: names that climb out of the data directory, archives that explode or point elsewhere,
# bodies and pictures larger than they may be, files that are not what they say, JSON made to exhaust a parser.
# Every function takes the report and adds rows; all of them need only `POST /v1/convert` and edits.

import io
import json
import struct
import time
import zipfile
import zlib

from attacks_report import Canary, Report, exchange, head, stream
from service import SIGN_IN, Answer, Client, Part, file_faults, multipart, png_chunk, png_header

ASYNCHRONOUS = {"Prefer": "respond-async"}
PICTURE = SIGN_IN.read_bytes()
MB = 1_000_000


def post(client: Client, body: bytes, content_type: str, **headers: str) -> Answer:
    """The answer; status 0 where the connection was cut without one. Raw pictures that get through become drafts."""
    is_raw = content_type.split("/")[0] == "image" or content_type in ("application/zip", "application/octet-stream")
    path = "/v1/convert" + ("?draft=true" if is_raw else "")
    try:
        return client("POST", path, body, {"Content-Type": content_type, **ASYNCHRONOUS, **headers})
    except OSError as error:
        return Answer(0, [], repr(error).encode())


def post_parts(client: Client, parts: list[Part]) -> Answer:
    content_type, body = multipart([Part("draft", b"true"), *parts])
    return post(client, body, content_type)


def unsafe(path: str) -> bool:
    parts = path.split("/")
    return path.startswith("/") or ".." in parts or "" in parts or any(ord(c) < 32 or c in "\\:" for c in path)


# Names


def hostile_names(report: Report) -> None:
    client, group = report.service.client(), "names of pictures"
    names = [
        "../../../../tmp/evil.png",
        "..%2f..%2fevil.png",
        "%252e%252e%252fevil.png",
        "/etc/evil.png",
        "C:\\Windows\\evil.png",
        "..\\..\\evil.png",
        "a\0b.png",
        "....//....//evil.png",
        "..",
        ".",
        "",
        "index.html/../../evil.png",
        "x" * 5000 + ".png",
        "\u202egnp.exe",
        "con.png",
        ".htaccess",
        "a\rb\n.png",
    ]
    for name in names:
        parts = [Part("image", PICTURE, name, "image/png"), Part("image", PICTURE, name, "image/png")]
        answer = post_parts(client, parts)
        observed, held = str(answer), 400 <= answer.status < 500
        if answer.status == 202:
            found = client.finished(answer.json["id"], 120)
            paths = [entry["path"] for entry in found["files"]]
            faults = [p for p in paths if unsafe(p)] + [d["name"] for d in found["designs"] if unsafe(d["name"])]
            faults += file_faults(client, found)
            observed, held = f"202, files {', '.join(paths)[:60]}" if not faults else f"202 {faults[:2]}", not faults
        shown = name if len(name) < 40 else name[:20] + f"… ({len(name)} characters)"
        report.fact(group, f"filename {shown!r}", "4xx, or 202 with safe paths", observed, held)
    for text in ["x" * 101, "a\r\nSet-Cookie: evil=1"]:
        answer = post_parts(client, [Part("image", PICTURE, "a.png", "image/png"), Part("name", text.encode())])
        report.answer(group, f"name of {len(text)} characters {text[:12]!r}…", "400 invalid_parameter", answer)
    outside = {p.name for p in report.service.folder.iterdir()} - {"data", "home", "tmp", "server.log"}
    outside |= {p.name for p in (report.service.folder / "home").iterdir()}
    report.fact(group, "all of the above", "no file outside the data directory", outside or "none", not outside)
    report.alive(group)


# Archives


def archive(entries: dict[str, bytes], modes: dict[str, int] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (modes or {}).get(name, 0o100644) << 16
            file.writestr(entry, content)
    return out.getvalue()


def zeros_archive(megabytes: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file, file.open("bomb.png", "w", force_zip64=True) as entry:
        entry.write(png_header(400, 400))
        for _ in range(megabytes):
            entry.write(bytes(1 << 20))
    return out.getvalue()


def overlapping_archive(count: int) -> bytes:
    """Many names in the directory, one and the same content behind all of them."""
    single = archive({"a0000.png": png_header(400, 400) + bytes(20 << 20)})
    directory_at = struct.unpack("<I", single[-6:-2])[0]
    record = single[directory_at:-22]
    records = b"".join(record.replace(b"a0000.png", b"a%04d.png" % n) for n in range(count))
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(records), directory_at, 0)
    return single[:directory_at] + records + end


def lying_archive() -> bytes:
    """Says 100 bytes, unpacks to 600 MB."""
    data = bytearray(zeros_archive(600))
    while (at := data.find(b"PK\x01\x02")) >= 0:
        data[at + 24 : at + 28] = struct.pack("<I", 100)
        data[at : at + 2] = b"pk"
    return bytes(data.replace(b"pk\x01\x02", b"PK\x01\x02"))


def hostile_archives(report: Report) -> None:
    client, group = report.service.client(timeout=120), "archives"

    def send(attack: str, expected: str, body: bytes) -> None:
        before, began = report.service.memory()["VmRSS"], time.monotonic()
        answer = post(client, body, "application/zip")
        seconds = time.monotonic() - began
        grown = max(0, report.service.memory()["VmRSS"] - before) / MB
        wanted = [alternative.strip() for alternative in expected.split(",")]
        held = (str(answer) in wanted or str(answer.status) in wanted) and grown < 150 and seconds < 20
        observed = f"{answer} in {seconds:.1f} s, {grown:.0f} MB more memory"
        report.fact(group, f"{attack} ({len(body) / 1000:.0f} kB)", expected + "; < 150 MB, < 20 s", observed, held)

    climbing = ["../evil.png", "a/../../evil.png", "/tmp/evil.png", "..\\evil.png", "C:\\evil.png"]
    for name in climbing:
        send(f"entry {name}", "422 unsafe_path", archive({"good.png": PICTURE, name: PICTURE}))
    for what, mode in [("symbolic link", 0o120777), ("character device", 0o020666), ("named pipe", 0o010666)]:
        body = archive({"good.png": PICTURE, "link.png": b"/etc/passwd"}, {"link.png": mode})
        send(f"entry that is a {what}", "422 unsafe_path, 422 corrupt_archive, 415 unsupported_media", body)
    through = archive({"up": b"/tmp", "up/evil.png": PICTURE}, {"up": 0o120777})
    send("entry through a symbolic link", "422 unsafe_path, 422 corrupt_archive", through)
    large = "422 archive_too_large, 413 image_too_large, 422 image_too_large, 422 too_many_files, 422 corrupt_archive"
    send("600 MB of zeros", large, zeros_archive(600))
    send("600 MB of zeros, said to be 100 bytes", large, lying_archive())
    send("501 entries", large, archive({f"{n}.png": PICTURE[:400] for n in range(501)}))
    send("60,000 empty entries", large + ", 415 unsupported_media", archive({f"{n}.png": b"" for n in range(60_000)}))
    send("400 entries over the same 20 MB", large, overlapping_archive(400))
    kinds = "422 unsupported_media, 415 unsupported_media, 422 corrupt_archive, 400 missing_image, 422 corrupt_media"
    nested = archive({"a.png": PICTURE})
    for _ in range(5):
        nested = archive({"inner.zip": nested})
    send("archive in archive, five deep", kinds, nested)
    send("nothing but a folder", kinds, archive({"folder/": b""}))
    send("no entry at all", kinds, archive({}))
    encrypted = bytearray(archive({"a.png": PICTURE}))
    for magic, flags in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)]:
        encrypted[encrypted.find(magic) + flags] |= 1
    send("encrypted entry", "422 corrupt_archive, 422 unsupported_media, 415 unsupported_media", bytes(encrypted))
    send("first half of an archive", "422 corrupt_archive", archive({"a.png": PICTURE})[: len(PICTURE) // 2])
    report.alive(group)


# Sizes


def oversize_bodies(report: Report) -> None:
    service, group = report.service, "oversize bodies"
    client = service.client()
    line = "POST /v1/convert HTTP/1.1"
    too_large = "413 body_too_large, 413 image_too_large"
    for length, expected in [
        ("600000000", too_large),
        ("99999999999999999999999", "400, 413 body_too_large"),
        ("-1", "400"),
    ]:
        sent = head(service, line, "Content-Type: image/png", f"Content-Length: {length}")
        found = exchange(service, sent, 3)
        report.answer(group, f"Content-Length: {length}, nothing sent", expected, found.first)
    chunked = "Transfer-Encoding: chunked"
    for what, opening in [
        ("raw picture", head(service, line, "Content-Type: image/png", chunked)),
        ("JSON", head(service, line, "Content-Type: application/json", chunked)),
        ("one part of a form", part_opening(service, line, chunked, 'name="image"; filename="a.png"')),
        ("an option of a form", part_opening(service, line, chunked, 'name="name"')),
    ]:
        answer, sent = stream(service, opening, bytes(1 << 16), 60 * MB)
        held = answer.status in (400, 413, 415, 422) and sent < 60 * MB
        observed = f"{answer} after {sent / MB:.1f} MB"
        report.fact(group, f"{what} without length, 60 MB", "413 (or 4xx) before the end", observed, held)
    large = b'{"images":["data:image/png;base64,' + b"A" * (9 << 20) + b'"]}'
    report.answer(group, "9 MB of JSON", "413 body_too_large", post(client, large, "application/json"))
    small = Part("image", PICTURE, "a.png", "image/png")
    report.answer(group, "21 pictures", "422 too_many_files", post_parts(client, [small] * 21))
    forms(report, client, group)
    report.alive(group)


def part_opening(service, line: str, chunked: str, disposition: str) -> bytes:
    start = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + PICTURE[:64]
    return head(service, line, "Content-Type: multipart/form-data; boundary=b", chunked) + b"%x\r\n%s\r\n" % (
        len(start),
        start,
    )


def forms(report: Report, client: Client, group: str) -> None:
    bad = "400, 413, 422, 431"
    picture = Part("image", PICTURE, "a.png", "image/png")
    many = [Part("name", b"x")] * 10_000
    report.answer(group, "10,000 option parts", bad, post_parts(client, [picture, *many]))
    huge = Part("image", PICTURE, "a.png", "image/png", headers=[b"X-Pad: " + b"a" * MB])
    report.answer(group, "a part with a header of 1 MB", bad, post_parts(client, [huge]))
    lines = Part("image", PICTURE, "a.png", "image/png", headers=[b"X-%d: y" % n for n in range(5000)])
    report.answer(group, "a part with 5,000 headers", bad, post_parts(client, [lines]))
    content_type, body = multipart([picture])
    report.answer(group, "a form without a boundary", "400, 415", post(client, body, "multipart/form-data"))
    long_boundary = f"multipart/form-data; boundary={'b' * 5000}"
    report.answer(group, "a boundary of 5,000 characters", "400, 415, 431", post(client, body, long_boundary))
    report.answer(group, "a form that never ends", "400, 422", post(client, body[:-30], content_type))
    began = time.monotonic()
    nearly = Part("image", PICTURE + b"\r\n--bottega-trial-boundar" * 400_000, "a.png", "image/png")
    answer, seconds = post_parts(client, [nearly]), 0.0
    seconds = time.monotonic() - began
    held = answer.status in (202, 400, 413, 422) and seconds < 10
    report.fact(
        group, "10 MB of almost-boundaries", "any answer but 5xx within 10 s", f"{answer} in {seconds:.1f} s", held
    )


def pixel_bombs(report: Report) -> None:
    client, group = report.service.client(), "pixel bombs"
    end = png_chunk(b"IDAT", zlib.compress(bytes(100))) + png_chunk(b"IEND", b"")

    def jpeg(width: int, height: int) -> bytes:
        return (
            b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0\xff\xd9"
        )

    def bmp(width: int, height: int) -> bytes:
        return (
            b"BM" + struct.pack("<IIIIiiHHIIIIII", 200, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0) + bytes(100)
        )

    canvas = (16_777_215).to_bytes(3, "little")
    webp = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas * 2
    gif = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"," + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
    large, broken = "422 image_too_large, 413 image_too_large", "422 corrupt_media, 422 image_too_large"
    for what, body, expected in [
        ("PNG of 16,384 × 16,384", png_header(16384, 16384) + end, large),
        ("PNG of 65,535 × 65,535", png_header(65535, 65535) + end, large),
        ("PNG of 2³¹−1 × 2³¹−1", png_header(2**31 - 1, 2**31 - 1) + end, large + ", 422 corrupt_media"),
        ("PNG of 20,000 × 10", png_header(20_000, 10) + end, large),
        ("PNG of 0 × 0", png_header(0, 0) + end, broken),
        ("JPEG of 65,500 × 65,500", jpeg(65_500, 65_500), large + ", 422 corrupt_media"),
        ("GIF of 65,535 × 65,535", gif + b"\2\2\x44\1\0;", large),
        ("BMP of 2³¹−1 × 2³¹−1", bmp(2**31 - 1, 2**31 - 1), large + ", 422 corrupt_media"),
        ("BMP of −2³¹ rows", bmp(100, -(2**31)), large + ", 422 corrupt_media"),
        ("WebP of 16,777,216 × 16,777,216", webp + bytes(40), large + ", 422 corrupt_media"),
    ]:
        answer = post(client, body, "application/octet-stream")
        report.answer(group, f"{what} in {len(body)} bytes", expected, answer)
    report.alive(group)


# Kinds


def wrong_kinds(report: Report, canary: Canary) -> None:
    client, group = report.service.client(), "wrong content types"
    html, svg = b"<!doctype html><script>alert(1)</script>", b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    refused = "415 unsupported_media, 422 unsupported_media, 422 corrupt_media"
    entity = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + svg
    for what, body, content_type in [
        ("SVG as image/svg+xml", svg, "image/svg+xml"),
        ("SVG as image/png", svg, "image/png"),
        ("XML with an external entity as image/png", entity, "image/png"),
        ("HTML as image/png", html, "image/png"),
        ("a program as image/png", b"\x7fELF" + bytes(500), "image/png"),
        ("PNG as text/html", PICTURE, "text/html"),
        ("JSON as text/plain", b'{"images":[]}', "text/plain"),
        ("a form as application/x-www-form-urlencoded", b"stack=html", "application/x-www-form-urlencoded"),
    ]:
        report.answer(group, what, refused, post(client, body, content_type))
    part = Part("image", html, "picture.png", "image/png")
    report.answer(group, "HTML in a form as picture.png", refused, post_parts(client, [part]))
    report.answer(group, "an empty picture", "400, 415, 422", post(client, b"", "image/png"))
    polyglot(report, client, group, html)
    for address in (f"http://127.0.0.1:{canary.port}/picture.png", "file:///etc/passwd", "//127.0.0.1/x", "data:,x"):
        body = json.dumps({"images": [address]}).encode()
        report.answer(
            group, f"JSON picture {address.split('127')[0]}…", "400, 415, 422", post(client, body, "application/json")
        )
    report.fact(group, "addresses instead of pictures", "no request goes out", canary.calls or "none", not canary.calls)
    report.alive(group)


def polyglot(report: Report, client: Client, group: str, html: bytes) -> None:
    """A valid GIF whose comment is a page: it may be converted, but never be served as a page."""
    comment = b"!\xfe" + bytes([len(html)]) + html + b"\0"
    gif = b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + comment
    gif += b"," + struct.pack("<HHHHB", 0, 0, 64, 64, 0) + b"\2\x02\x44\x01\0;"
    answer = post(client, gif, "text/html")
    report.answer(group, "GIF that is also HTML, as text/html", "415 unsupported_media", answer)
    answer = post(client, gif, "image/gif")
    held, observed = 400 <= answer.status < 500, str(answer)
    if answer.status == 202:
        served = client.get(f"/v1/conversions/{answer.json['id']}/designs/0")
        kind, sniffing = served.header("Content-Type"), served.header("X-Content-Type-Options")
        held, observed = kind == "image/gif" and sniffing == "nosniff", f"202, served as {kind}, {sniffing}"
    report.fact(
        group, "GIF that is also HTML, as image/gif", "4xx, or served as image/gif with nosniff", observed, held
    )


# JSON


def hostile_json(report: Report, conversion: str) -> None:
    client, group = report.service.client(), "JSON"
    picture = b'"data:image/png;base64,iVBORw0KGgo="'
    for what, body, expected in [
        ("200,000 arrays deep", b"[" * 200_000, "400 invalid_json"),
        ("100,000 objects deep", b'{"images":' * 100_000, "400 invalid_json"),
        ("deep and closed", b'{"images":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "400"),
        ("invalid UTF-8", b'{"images":["\xff\xfe"]}', "400"),
        ("overlong UTF-8", b'{"images":["\xc0\xae\xc0\xae"]}', "400"),
        ("half a surrogate pair in the name", b'{"images":[' + picture + b'],"name":"\\ud800"}', "400, 422"),
        ("NaN", b'{"images":[' + picture + b'],"options":{"temperature":NaN}}', "400"),
        ("1e9999", b'{"images":[' + picture + b'],"options":{"temperature":1e9999}}', "400"),
        ("a seed of 10⁴⁰", b'{"images":[' + picture + b'],"options":{"seed":1' + b"0" * 40 + b"}}", "400"),
        ("max_tokens −1", b'{"images":[' + picture + b'],"options":{"max_tokens":-1}}', "400 invalid_parameter"),
        ("an unknown member", b'{"images":[' + picture + b'],"__proto__":{}}', "400 invalid_parameter"),
        ("not an object", b'"x"', "400"),
        ("nothing", b"", "400"),
        ("a second value behind", b"{}{}", "400"),
        ("a stack that is a path", b'{"images":[' + picture + b'],"stack":"../../etc"}', "422 stack_unknown, 400"),
        ("10 MB of spaces in base64", b'{"images":["data:image/png;base64,' + b" " * MB + b'"]}', "400, 415, 422"),
    ]:
        report.answer(group, what, expected, post(client, body, "application/json"))
    hostile_edits(report, client, conversion)
    report.alive(group)


def hostile_edits(report: Report, client: Client, conversion: str) -> None:
    group = "edits"
    place = f"/v1/conversions/{conversion}/edits"

    def edit(attack: str, expected: str, **operation) -> None:
        body = {"operations": [operation["operation"]], **({"file": operation["file"]} if "file" in operation else {})}
        report.answer(group, attack, expected, client.post_json(place, body, {"Prefer": "wait=60"}))

    text = {"selector": "body", "set_text": "x"}
    edit("a file outside: ../../../../etc/passwd", "400, 404, 422", operation=text, file="../../../../etc/passwd")
    edit("a file outside: /etc/passwd", "400, 404, 422", operation=text, file="/etc/passwd")
    edit("a selector 100,000 deep", "400, 413, 422", operation={**text, "selector": " > ".join(["a"] * 100_000)})
    edit("an unclosed selector", "400, 422", operation={**text, "selector": "a[href='"})
    edit("two changes in one", "400, 422", operation={**text, "remove": True})
    written = [
        ("set_text with a script", {"selector": "body", "set_text": "<script>evil()</script>"}, "<script>evil"),
        (
            "set_style that leaves its attribute",
            {"selector": "body", "set_style": {"color": 'red" onload="evil()'}},
            'onload="evil',
        ),
        (
            "set_style that names a script",
            {"selector": "body", "set_style": {'x:1"><script>evil()</script>': "1"}},
            "<script>evil",
        ),
        (
            "set_attribute that leaves its value",
            {"selector": "body", "set_attribute": {"name": "title", "value": '"><script>evil()</script>'}},
            "<script>evil",
        ),
        (
            "set_attribute with a name that is markup",
            {"selector": "body", "set_attribute": {"name": "x><script>evil()</script", "value": "1"}},
            "<script>evil",
        ),
    ]
    for attack, operation, forbidden in written:
        answer = client.post_json(place, {"operations": [operation]}, {"Prefer": "wait=60"})
        present = any(forbidden in entry.get("text", "") for entry in answer.json.get("files") or [])
        held = 400 <= answer.status < 500 or (answer.status == 200 and not present)
        report.fact(group, attack, "4xx, or escaped", f"{answer}{', live' if present else ''}", held)
