"""Writes pictures into a video file, and reads back from the file what it holds.

    film = Film(path, Format("libx264", pixels=(1280, 720), options={"crf": "24"}), rate=15)
    film.add(0.0, picture)      # [height, width, 3] uint8, seconds from the first
    film.close()
"""

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


@dataclass
class Format:
    """How a recording is stored."""

    codec: str
    options: dict[str, str] = field(default_factory=dict)
    skips_equal: bool = False
    """Keeps a picture only where it differs from the one before: a variable frame rate."""
    is_turned: bool = False
    """Stores the pictures a quarter turn to the left, and a display matrix that turns them back. MP4 and MOV only."""


class Film:
    """One video file that is being written."""

    def __init__(self, path: Path, form: Format, size: tuple[int, int], rate: int):
        self.path, self.form, self.rate = path, form, rate
        self.container = av.open(str(path), "w", options={"fflags": "+bitexact"})
        self.stream = self.container.add_stream(form.codec, rate=rate, options={"threads": "1", **form.options})
        self.stream.width, self.stream.height = size[::-1] if form.is_turned else size
        self.stream.pix_fmt = "yuv420p"
        self.stream.codec_context.flags |= av.codec.context.Flags.bitexact
        self.stream.codec_context.colorspace, self.stream.codec_context.color_range = 1, 1  # BT.709, limited
        self.tick = Fraction(1, 1000) if form.skips_equal else Fraction(1, rate)
        if form.skips_equal:
            self.stream.time_base = self.stream.codec_context.time_base = self.tick
        self.kept: np.ndarray | None = None
        self.last: tuple[float, np.ndarray] | None = None

    def add(self, seconds: float, picture: np.ndarray) -> None:
        """Takes the next picture. Times rise."""
        self.last = (seconds, picture)
        if self.form.skips_equal and self.kept is not None and np.array_equal(self.kept, picture):
            return
        self.write(seconds, picture)

    def write(self, seconds: float, picture: np.ndarray) -> None:
        self.kept = picture
        turned = np.ascontiguousarray(np.rot90(picture)) if self.form.is_turned else picture
        frame = av.VideoFrame.from_ndarray(turned, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=av.video.reformatter.Colorspace.ITU709, dst_color_range=1
        )
        frame.pts, frame.time_base = round(seconds / self.tick), self.tick
        self.store(frame)

    def store(self, frame: av.VideoFrame | None) -> None:
        """Encodes a picture, or what is left of those before. A packet lasts one frame, so that the last one ends."""
        for packet in self.stream.encode(frame):
            packet.duration = round(Fraction(1, self.rate) / packet.time_base)
            self.container.mux(packet)

    def close(self) -> None:
        """Ends the file. The last picture is always in it, so that the video lasts as long as the recording did."""
        if self.last and self.last[1] is not self.kept:
            self.write(*self.last)
        self.store(None)
        self.container.close()
        if self.form.is_turned:
            turn(self.path)


def turn(path: Path) -> None:
    """Gives an MP4 or a MOV the display matrix of a quarter turn to the right, in the header of its track."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40  # version 0
    data[place : place + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def probe(path: Path) -> dict:
    """What ffmpeg says of a file, every frame decoded: codec, size as shown, frames, seconds."""
    times, turns = [], 0
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        codec = {"libdav1d": "av1", "libvpx-vp9": "vp9"}.get(stream.codec_context.name, stream.codec_context.name)
        size = stream.codec_context.width, stream.codec_context.height
        step = 0.0
        for frame in source.decode(stream):
            times.append(float(frame.pts * frame.time_base))
            turns = (frame.rotation // 90) % 4
            step = float((frame.duration or 0) * frame.time_base)
        step = step or float(1 / stream.average_rate)
    width, height = size[::-1] if turns % 2 else size
    return {
        "codec": codec,
        "width": width,
        "height": height,
        "turns": turns,
        "frames": len(times),
        "seconds": round(times[-1] - times[0] + step, 3),
        "bytes": path.stat().st_size,
    }
