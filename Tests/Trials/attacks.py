# A table of attacks, each tried against the real binary and expected to be refused: what is uploaded (attacks_content,
# attacks_folders), HTTP itself (attacks_protocol), and who may see what (attacks_access). Prints a Markdown table; the exit status is 1
# when any attack got through or the server did not live through one. Needs Playwright and a Chromium for the code
# inside previews, unless --skip-browser leaves that out.

import attacks_access
import attacks_content
import attacks_folders
import attacks_protocol
from attacks_report import Canary, Report
from service import NO_KEY_LIMITS, SIGN_IN, Service, TrialError, arguments, browser_program, run


def sections(report: Report, conversion: dict, canary: Canary, options) -> dict:
    """Every group of attacks by name, in the order they are tried."""
    identifier = conversion["id"]
    found = {
        "names": lambda: attacks_content.hostile_names(report),
        "archives": lambda: attacks_content.hostile_archives(report),
        "folders": lambda: attacks_folders.hostile_folders(report),
        "recordings": lambda: attacks_folders.hostile_recordings(report),
        "sizes": lambda: attacks_content.oversize_bodies(report),
        "pixels": lambda: attacks_content.pixel_bombs(report),
        "kinds": lambda: attacks_content.wrong_kinds(report, canary),
        "json": lambda: attacks_content.hostile_json(report, identifier),
        "paths": lambda: attacks_access.climbing_paths(report, conversion),
        "smuggling": lambda: attacks_protocol.smuggling(report),
        "headers": lambda: attacks_protocol.header_injection(report, identifier),
        "pipelining": lambda: attacks_protocol.pipelining(report),
        "methods": lambda: attacks_protocol.methods(report, identifier),
        "addresses": lambda: attacks_protocol.addresses(report, identifier),
        "sites": lambda: attacks_access.other_sites(report, identifier),
        "keys": lambda: attacks_access.keys(report, options.binary),
    }
    if not options.skip_browser:
        browser = browser_program(options.browser)
        found["browser"] = lambda: attacks_access.generated_code(report, conversion, canary, browser)
    if options.only:
        unknown = set(options.only) - set(found)
        if unknown:
            raise TrialError(f"there is no group {', '.join(unknown)}; there are {', '.join(found)} and slow")
        return {name: found[name] for name in options.only}
    return found


def trial() -> int:
    parser = arguments("Tries attacks and expects each to be refused.")
    parser.add_argument("--browser", help="the Chromium that shows previews (default: the first on PATH)")
    parser.add_argument("--skip-browser", action="store_true", help="leave out the code inside previews")
    parser.add_argument("--only", nargs="+", metavar="GROUP", help="these groups alone, and no slow clients")
    options = parser.parse_args()
    settings = {"queue_limit": 10_000, **NO_KEY_LIMITS}
    with Service(options.binary, settings, keep=options.keep) as service, Canary() as canary:
        service.start()
        report = Report(service)
        answer = service.client().convert([SIGN_IN], {"Prefer": "wait=120"})
        if answer.status != 200:
            raise TrialError(f"converting sign-in.png answered {answer}, expected 200: {answer.body[:300]!r}")
        tried = sections(report, answer.json, canary, options)
        slow = None if options.only else attacks_protocol.SlowClients(service)
        if slow:
            slow.start()
        for name, attack in tried.items():
            print(f"  {name}", flush=True)
            try:
                attack()
            except Exception as error:  # one group that breaks must not hide what the others find
                report.fact(name, "the whole group", "carried through", f"{type(error).__name__}: {error}", False)
            if not service.alive:
                report.fact(name, "the server", "lives", f"ended with {service.process.returncode}", False)
                service.start()
        if slow:
            slow.judge(report)
        log = service.log_path.read_text(errors="replace")
        crashes = [line for line in log.splitlines() if "Fatal error" in line or "Crash" in line]
        report.fact("all", "the server's log", "no crash in it", crashes[:1] or "none", not crashes)
    print("\n" + report.markdown())
    print(f"\n{len(report.rows)} attacks and checks, {report.passed_through} got through")
    return 1 if report.passed_through else 0


if __name__ == "__main__":
    run(trial)
