"""Records the first bytes of files as ffmpeg's muxers write them: a second of grey frames, or of silence.

    .venv/bin/python Fixtures/parity/containers/record.py

writes `openings.json` beside itself: by the muxer's name, the first 64 bytes in hexadecimal digits.
"""

import json
import tempfile
from pathlib import Path

import av
import numpy
from PIL import Image

VIDEOS = {  # muxer: codec, ending
    "mp4": ("mpeg4", "mp4"),
    "mov": ("mpeg4", "mov"),
    "3gp": ("mpeg4", "3gp"),
    "webm": ("libvpx", "webm"),
    "matroska": ("mpeg4", "mkv"),
    "avi": ("mpeg4", "avi"),
    "gif": ("gif", "gif"),
    "flv": ("flv", "flv"),
    "mpeg": ("mpeg1video", "mpg"),
    "mpeg1video": ("mpeg1video", "m1v"),
    "asf": ("mpeg4", "wmv"),
}
SOUNDS = {"ipod": ("aac", "m4a"), "wav": ("pcm_s16le", "wav"), "ogg": ("libvorbis", "ogg"), "mp3": ("libmp3lame", "mp3")}
PICTURES = ("png", "jpeg", "webp", "bmp", "tiff")


def video(path: Path, muxer: str, codec: str) -> None:
    """Writes ten grey frames."""
    with av.open(str(path), "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        for level in range(10):
            grey = numpy.full((48, 64, 3), level * 20, numpy.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())


def sound(path: Path, muxer: str, codec: str) -> None:
    """Writes silence."""
    with av.open(str(path), "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=44100)
        resampler = av.AudioResampler(stream.format, stream.layout, 44100)
        silence = av.AudioFrame.from_ndarray(numpy.zeros((1, 44100), numpy.int16), "s16", "mono")
        silence.sample_rate = 44100
        for frame in resampler.resample(silence):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def main() -> None:
    openings = {}
    with tempfile.TemporaryDirectory() as folder:
        for write, kinds in ((video, VIDEOS), (sound, SOUNDS)):
            for muxer, (codec, ending) in kinds.items():
                path = Path(folder) / f"a.{ending}"
                write(path, muxer, codec)
                openings[muxer] = path.read_bytes()[:64].hex()
        for name in PICTURES:
            path = Path(folder) / f"a.{name}"
            Image.new("RGB", (64, 48)).save(path, name)
            openings[name] = path.read_bytes()[:64].hex()
    target = Path(__file__).with_name("openings.json")
    target.write_text(json.dumps(openings, indent=1) + "\n")


if __name__ == "__main__":
    main()
