# A long recording takes memory that does not grow with its length: a sample recording is shown again and again, at
# 1920 × 1080, for fifteen minutes, and `bottega workflow` analyses it. Resident memory, browsers apart, is told for each
# part of the work; it must stay under 500 MB, and watching must take less time than the recording lasts.
#
#     pip install -r Tests/Trials/requirements.txt -r Fixtures/videos/requirements.txt
#     python3 Tests/Trials/workflow_long.py --binary .build/release/bottega
#     python3 Tests/Trials/workflow_long.py --minutes 3 --recording Fixtures/videos/dashboard.webm
#
# Read `trial` first. It takes about ten minutes, two and a half of them to make the recording.

import json
import re
import subprocess
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
from service import REPOSITORY, Checks, TrialError, arguments, run, table

WIDTH, HEIGHT, RATE = 1920, 1080, 15
RESIDENT = re.compile(r"VmRSS:\s+(\d+) kB")


def lengthen(source: Path, target: Path, minutes: float) -> int:
    """Writes the recording as often as it fills the minutes; how many frames that are."""
    count, number = round(minutes * 60 * RATE), 0
    options = {"preset": "ultrafast", "crf": "20"}
    with av.open(target, "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        while number < count:
            with av.open(source) as input:
                for frame in input.decode(video=0):
                    if number == count:
                        break
                    frame = frame.reformat(WIDTH, HEIGHT, "yuv420p")
                    frame.pts, frame.time_base = number, Fraction(1, RATE)
                    output.mux(stream.encode(frame))
                    number += 1
        output.mux(stream.encode())
    return number


def analyse(binary: Path, recording: Path, output: Path) -> tuple[dict[str, int], int]:
    """The highest resident memory in bytes while each kind of event was the last one told, and the exit status."""
    program = [binary, "workflow", recording, "--output", output, "--no-prototype", "--json"]
    peaks: dict[str, int] = {}
    with (output.parent / "events").open("w") as events:
        process = subprocess.Popen(program, stdout=events, stderr=subprocess.DEVNULL)
    told, kind = (output.parent / "events").open(), "start"
    while process.poll() is None:
        for line in told:
            if line.endswith("\n"):
                kind = json.loads(line)["event"]
        try:
            found = RESIDENT.search(Path(f"/proc/{process.pid}/status").read_text())
        except OSError:  # it ended in between
            continue
        if found:
            peaks[kind] = max(peaks.get(kind, 0), int(found[1]) * 1024)
        time.sleep(0.1)
    return peaks, process.returncode


def trial() -> int:
    parser = arguments(__doc__ or "A long recording takes memory that does not grow with its length.")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--recording", type=Path, default=REPOSITORY / "Fixtures/videos/shop.mp4")
    parser.add_argument("--most", type=float, default=500, help="megabytes (default: %(default)s)")
    options = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="bottega-trial-") as folder:
        recording, output = Path(folder, "long.mp4"), Path(folder, "out")
        frames = lengthen(options.recording, recording, options.minutes)
        print(f"{frames} frames of {WIDTH} × {HEIGHT}, {recording.stat().st_size / 1e6:.0f} MB")
        peaks, status = analyse(options.binary.resolve(), recording, output)
        if status != 0:
            raise TrialError(f"the analysis ended with {status}")
        analysis = json.loads((output / "workflow.json").read_text())
    print(table(["last event", "peak MB"], [[kind, f"{bytes / 1e6:.0f}"] for kind, bytes in peaks.items()]))
    watching, length = analysis["seconds"]["observing"], frames / RATE
    peak = max(peaks.values()) / 1e6
    print(f"{len(analysis['steps'])} steps on {len(analysis['screens'])} screens; watched in {watching:.0f} s")
    checks.claim(f"memory stays under {options.most:.0f} MB", peak < options.most, f"{peak:.0f} MB")
    checks.claim("watching is faster than the recording", watching < length, f"{watching / length:.2f} of its length")
    return checks.finish()


if __name__ == "__main__":
    run(trial)
