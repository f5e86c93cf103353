"""Forms as other programs write them, for MultipartRecordingTests: Python's requests, urllib3 and email, and curl.

    pip install -r requirements.txt && python record.py

Writes NAME.body for each form, and forms.json: its content type, the program, and the parts that were given to the
program. Boundaries are fixed, so that recording twice gives the same files; curl's are cut out of what it sent.
"""

import hashlib
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart

import requests
import urllib3
from urllib3.fields import RequestField, format_header_param_rfc2231
from urllib3.filepost import encode_multipart_formdata

HERE = pathlib.Path(__file__).parent
NOISE = b"".join(hashlib.sha256(bytes([i])).digest() for i in range(48))
# What could be taken for a boundary or its beginning.
TRAP = b"\r\n--\r\n-\r\r\n--edge\r\n--edg\r\r\n--ed" + NOISE + b"\r\n--edg"
BOUNDARY = "edge-of-7b0c2f"


def part(name, content, file_name=None, media_type=None):
    return {"name": name, "file_name": file_name, "media_type": media_type, "content": content}


FORMS = {
    "options": [part("stack", b"html"), part("name", "Anmeldung größe 画面".encode()), part("temperature", b"0.5")],
    "pictures": [
        part("image", NOISE, "sign in.png", "image/png"),
        part("image", TRAP, "画面 ☕.webp", "image/webp"),
        part("name", b""),
        part("image", b"", "empty.png", "image/png"),
        part("seed", b"42"),
    ],
    "quotes": [part("image", NOISE, 'a "quoted" name.png', "image/png"), part("image", b"\r\n", "100%.png", "image/png")],
    "lines": [part("name", b"\r\nline\r\n\r\n"), part("image", b"\r\n--\r\n", "a;b=c.png", "image/png")],
}


def tuples(parts):
    """The parts as urllib3 and requests take them."""
    for each in parts:
        if each["file_name"] is None:
            yield each["name"], each["content"]
        else:
            yield each["name"], (each["file_name"], each["content"], each["media_type"])


def by_urllib3(parts):
    return encode_multipart_formdata(list(tuples(parts)), boundary=BOUNDARY)


def by_urllib3_rfc2231(parts):
    fields = []
    for each in parts:
        field = RequestField(
            each["name"], each["content"], each["file_name"], header_formatter=format_header_param_rfc2231)
        field.make_multipart(content_type=each["media_type"])
        fields.append(field)
    return encode_multipart_formdata(fields, boundary=BOUNDARY)


def by_requests(parts):
    files = [(each["name"], (each["file_name"], each["content"], each["media_type"])) for each in parts]
    request = requests.Request("POST", "http://localhost/", files=files).prepare()
    content_type = request.headers["Content-Type"]
    drawn = content_type.split("boundary=")[1]
    return request.body.replace(drawn.encode(), BOUNDARY.encode()), content_type.replace(drawn, BOUNDARY)


def by_email(parts):
    form = MIMEMultipart("form-data", boundary=BOUNDARY)
    pieces = []
    for each in parts:
        main, sub = (each["media_type"] or "text/plain").split("/")
        piece = MIMENonMultipart(main, sub)
        del piece["MIME-Version"]
        if each["media_type"] is None:
            del piece["Content-Type"]
        file_name = {} if each["file_name"] is None else {"filename": ("utf-8", "", each["file_name"])}
        piece.add_header("Content-Disposition", "form-data", name=each["name"], **file_name)
        pieces.append(piece.as_bytes().replace(b"\n", b"\r\n") + each["content"])
    delimiter = b"--" + BOUNDARY.encode()
    body = b"".join(delimiter + b"\r\n" + piece + b"\r\n" for piece in pieces) + delimiter + b"--\r\n"
    return body, form["Content-Type"].replace("\n", "") + f'; boundary="{BOUNDARY}"' * ("boundary" not in form["Content-Type"])


def by_curl(parts):
    seen = {}

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            seen["type"] = self.headers["Content-Type"]
            seen["body"] = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server, tempfile.TemporaryDirectory() as folder:
        threading.Thread(target=server.handle_request, daemon=True).start()
        command = ["curl", "-s", "-H", "Expect:", f"http://127.0.0.1:{server.server_port}/"]
        for index, each in enumerate(parts):
            content = pathlib.Path(folder, str(index))
            content.write_bytes(each["content"])
            value = f'{each["name"]}=<{content}'
            if each["file_name"] is not None:
                quoted = each["file_name"].replace("\\", "\\\\").replace('"', '\\"')
                value = f'{each["name"]}=@{content};filename="{quoted}";type={each["media_type"]}'
            command += ["-F", value]
        subprocess.run(command, check=True)
    drawn = seen["type"].split("boundary=")[1]
    return seen["body"].replace(drawn.encode(), BOUNDARY.encode()), seen["type"].replace(drawn, BOUNDARY)


def main():
    curl = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    programs = {
        f"urllib3 {urllib3.__version__}": by_urllib3,
        f"urllib3 {urllib3.__version__}, RFC 2231": by_urllib3_rfc2231,
        f"requests {requests.__version__}": by_requests,
        "email of Python 3.11": by_email,
        f"curl {curl}": by_curl,
    }
    index = []
    for program, encode in programs.items():
        for form, parts in FORMS.items():
            body, content_type = encode(parts)
            name = f"{form}-{encode.__name__.removeprefix('by_').replace('_', '-')}"
            (HERE / f"{name}.body").write_bytes(body)
            given = [dict(each, content=each["content"].hex()) for each in parts]
            index.append({"body": f"{name}.body", "program": program, "content_type": content_type, "parts": given})
    (HERE / "forms.json").write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n")


main()
