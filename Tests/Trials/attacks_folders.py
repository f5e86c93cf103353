# Attacks on batches and workflows: folders whose paths lead out of them, archives that explode or hold too much, videos that
# are none, and another key that asks for what is not its own. Every function takes the report and adds rows.

import time

from attacks_content import MB, PICTURE, archive, lying_archive, overlapping_archive, zeros_archive
from attacks_report import Report
from service import Answer, Client, Part, TrialError, multipart

MP4 = b"\0\0\0\x20ftypisom" + bytes(64)


def send(client: Client, path: str, body: bytes, content_type: str, **headers: str) -> Answer:
    """The answer; status 0 where the connection was cut without one."""
    sent = {"Content-Type": content_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return client("POST", path, body, sent)
    except OSError as error:
        return Answer(0, [], repr(error).encode())


def send_parts(client: Client, path: str, parts: list[Part], **headers: str) -> Answer:
    content_type, body = multipart(parts)
    return send(client, path, body, content_type, **headers)


def hostile_folders(report: Report) -> None:
    """Whatever a folder holds, its designs lie inside it and the server keeps its memory."""
    client, group = report.service.client(timeout=120), "folders"

    def zipped(attack: str, expected: str, body: bytes) -> None:
        before, began = report.service.memory()["VmRSS"], time.monotonic()
        answer = send(client, "/v1/batches?draft=true", body, "application/zip")
        seconds, grown = time.monotonic() - began, (report.service.memory()["VmRSS"] - before) / MB
        wanted = [alternative.strip() for alternative in expected.split(",")]
        held = (str(answer) in wanted or str(answer.status) in wanted) and grown < 150 and seconds < 30
        observed = f"{answer} in {seconds:.1f} s, {max(0, grown):.0f} MB more memory"
        report.fact(group, f"{attack} ({len(body) / 1000:.0f} kB)", expected + "; < 150 MB, < 30 s", observed, held)
        if answer.status == 202:
            client("DELETE", f"/v1/batches/{answer.json['id']}")

    for name in ["../evil.png", "a/../../evil.png", "/tmp/evil.png", "..\\evil.png", "C:\\evil.png"]:
        zipped(f"entry {name}", "422 unsafe_path", archive({"good.png": PICTURE, name: PICTURE}))
        parts = [Part("images", PICTURE, "good.png", "image/png"), Part("images", PICTURE, name, "image/png")]
        answer = send_parts(client, "/v1/batches", parts)
        report.answer(group, f"file {name}", "422 unsafe_path", answer)
    link = archive({"good.png": PICTURE, "link.png": b"/etc/passwd"}, {"link.png": 0o120777})
    zipped("entry that is a symbolic link", "422 unsafe_path, 422 corrupt_archive", link)
    large = "422 archive_too_large, 413 image_too_large, 422 too_many_files, 422 corrupt_archive"
    zipped("600 MB of zeros", large, zeros_archive(600))
    zipped("600 MB of zeros, said to be 100 bytes", large, lying_archive())
    zipped("501 entries", large, archive({f"{n}.png": PICTURE[:400] for n in range(501)}))
    zipped("60,000 empty entries", large + ", 400 missing_image", archive({f"{n}.png": b"" for n in range(60_000)}))
    zipped("400 entries over the same 20 MB", large, overlapping_archive(400))
    zipped("archive in archive", "400 missing_image", archive({"inner.zip": archive({"a.png": PICTURE})}))
    files = [Part("images", PICTURE[:400], f"{n}.png", "image/png") for n in range(600)]
    report.answer(group, "600 files", "422 too_many_files, 400", send_parts(client, "/v1/batches", files))
    report.alive(group)


def hostile_recordings(report: Report) -> None:
    client, group = report.service.client(timeout=120), "recordings"
    for what, body, kind in [
        ("a picture", PICTURE, "video/mp4"),
        ("a page", b"<!doctype html><script>alert(1)</script>" * 4, "video/webm"),
        ("four bytes", b"\x1a\x45\xdf\xa3", "video/webm"),
    ]:
        expected = "415 unsupported_media"
        report.answer(group, f"{what} as {kind}", expected, send(client, "/v1/workflows", body, kind))
    for video in ["ms://../../etc/passwd", "ms://file-" + "0" * 26, "file:///etc/passwd", "http://127.0.0.1/a.mp4", ""]:
        answer = client.post_json("/v1/workflows", {"video": video})
        report.answer(group, f"video {video!r}", "404 not_found, 400 invalid_parameter", answer)
    answer = send(client, "/v1/workflows?draft=true", MP4, "video/mp4")
    if answer.status != 202:
        raise TrialError(f"a video that is only a beginning was answered {answer}, expected 202")
    found = finished(client, f"/v1/workflows/{answer.json['id']}", 120)
    words = (found["error"] or {}).get("message", "")
    held = found["status"] == "failed" and str(report.service.data) not in words
    report.fact(group, "a video that is only a beginning", "failed, in words that name no place", words, held)
    report.alive(group)


def foreign_folders(report: Report, first: str, second: str) -> None:
    """What belongs to one key is not there for another."""
    group, owner, other = "another key", report.service.client(first), report.service.client(second)
    body = archive({"app/a.png": PICTURE, "app/b.png": PICTURE})
    mine = send(owner, "/v1/batches?draft=true", body, "application/zip", Prefer="wait=60")
    if mine.status != 200:
        raise TrialError(f"a batch under a key was answered {mine}, expected 200")
    flow = send(owner, "/v1/workflows?draft=true", MP4, "video/mp4")
    batch, workflow = f"/v1/batches/{mine.json['id']}", f"/v1/workflows/{flow.json['id']}"
    asked = [("GET", batch + part) for part in ("", "/items", "/archive.zip", "/events")]
    asked += [("POST", batch + part) for part in ("/cancel", "/retry-failed")]
    asked += [("GET", mine.json["files_url"]), ("DELETE", batch), ("GET", workflow), ("DELETE", workflow)]
    asked += [("GET", f"{workflow}/{part}") for part in ("steps", "screens", "diagram.mmd", "events", "archive.zip")]
    asked += [("POST", workflow + "/cancel"), ("GET", flow.json["recording"]["url"])]
    for method, path in asked:
        what = f"{method} {path}".replace(mine.json["id"], "ID").replace(flow.json["id"], "ID")
        report.answer(group, what, "404 not_found", other(method, path))
    listed = [item["id"] for path in ("/v1/batches", "/v1/workflows") for item in other.every(path)]
    report.fact(group, "the lists", "nothing of the owner's", f"{len(listed)} listed", not listed)
    report.answer(group, "afterwards, for its owner", "200", owner.get(batch))


def finished(client: Client, path: str, seconds: float) -> dict:
    """A batch or a workflow once its latest job has ended."""
    deadline = time.monotonic() + seconds
    while True:
        found = client.get(path).json
        if found["status"] in ("succeeded", "failed", "cancelled"):
            return found
        if time.monotonic() > deadline:
            raise TrialError(f"{path} is still {found['status']} after {seconds:.0f} s")
        time.sleep(0.1)
