"""Records the videos of this folder and what ffmpeg shows of them.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python record.py

Writes the videos, `goldens.json` (container, codec, size as seen, the time and the mean colour of every frame, the
frames a model would be shown) and one PNG a video with a few whole frames, one below the other.

Frames are decoded by the ffmpeg inside PyAV and turned into RGB by ffmpeg's own `scale` filter; turning is numpy's.
Which frames are sampled is computed by numpy from the rule of Kimi K2.5's processor.
"""

import json
import struct
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
from PIL import Image

HERE = Path(__file__).parent
WIDTH, HEIGHT = 96, 64
SCALE = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"


def picture(index: int, width: int, height: int) -> np.ndarray:
    """A page-like frame: soft colours behind, a saturated card that walks, a dark line that grows."""
    y, x = np.mgrid[0:height, 0:width]
    frame = np.stack([60 + x * 120 // width, 190 - y * 90 // height, 90 + (x + y) * 60 // (width + height)], -1)
    left = 4 + index * 3 % max(1, width - 30)
    frame[8:24, left : left + 22] = [(230, 40, 40), (30, 60, 220), (20, 170, 60)][index // 8 % 3]
    frame[height - 14 : height - 10, 4 : 8 + index * 2 % (width - 12)] = (20, 24, 30)
    return frame.astype(np.uint8)


def encode(
    name: str,
    codec: str,
    count: int,
    rate: int = 24,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    times: list[int] | None = None,
    colours: dict[str, int] | None = None,
    aspect: Fraction | None = None,
    container: dict[str, str] | None = None,
) -> None:
    """Writes one video. `times` are milliseconds; frames follow at the rate where there are none."""
    with av.open(str(HERE / name), "w", options={"fflags": "+bitexact", **(container or {})}) as output:
        stream = output.add_stream(codec, rate=rate, options={"threads": "1", **(options or {})})
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for key, value in (colours or {}).items():
            setattr(stream.codec_context, key, value)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if times:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        matrix = {1: "ITU709", 5: "ITU601", 9: "BT2020"}.get((colours or {}).get("colorspace", 5), "ITU601")
        full = (colours or {}).get("color_range") == 2
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(picture(index, *size), format="rgb24")
            if pixels != "rgb24":
                frame = frame.reformat(
                    format=pixels,
                    dst_colorspace=getattr(av.video.reformatter.Colorspace, matrix, None) if "yuv" in pixels else None,
                    dst_color_range=2 if full else 1,
                )
            frame.pts = times[index] if times else index
            frame.time_base = Fraction(1, 1000) if times else Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def turned(source: str, name: str, matrix: tuple[int, int, int, int]) -> None:
    """Copies an MP4 with another display matrix in its track header."""
    data = bytearray((HERE / source).read_bytes())
    header = data.index(b"tkhd") + 4
    place = header + 40  # version 0
    a, b, c, d = (value * 65536 for value in matrix)
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    (HERE / name).write_bytes(data)


def sound(name: str) -> None:
    """An MP4 with sound alone."""
    with av.open(str(HERE / name), "w", options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream("aac", rate=16_000, layout="mono")
        for index in range(4):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate = 16_000
            frame.pts = index * 1024
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def gif(name: str) -> None:
    """Uneven delays, a transparent frame on top of another."""
    frames = [Image.fromarray(picture(index, 60, 40)).quantize(64, dither=Image.Dither.NONE) for index in (0, 9, 17)]
    frames[0].save(
        HERE / name, save_all=True, append_images=frames[1:], duration=[100, 400, 250], loop=0, disposal=1
    )


def rgb(frame: av.VideoFrame, size: tuple[int, int]) -> np.ndarray:
    """A frame through ffmpeg's scale filter; transparency on white."""
    clear = "a" in frame.format.name.replace("gray", "").replace("pal8", "a")
    graph = av.filter.Graph()
    source = graph.add(
        "buffer",
        f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base=1/1000:"
        f"colorspace={frame.colorspace}:range={frame.color_range}",
    )
    scale = graph.add("scale", f"{size[0]}:{size[1]}:flags={SCALE}")
    form = graph.add("format", "rgba" if clear else "rgb24")
    sink = graph.add("buffersink")
    source.link_to(scale)
    scale.link_to(form)
    form.link_to(sink)
    graph.configure()
    source.push(frame)
    pixels = sink.pull().to_ndarray().astype(np.int64)
    if not clear:
        return pixels.astype(np.uint8)
    alpha = pixels[..., 3:]
    return ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def sample(count: int, rate: Fraction, per_second: float, most: int) -> list[int]:
    """The frames that Kimi K2.5's processor takes."""
    fps = float(rate)
    number = min(max(round(count * min(per_second, fps) / fps), 1), most)
    return np.round(np.linspace(0, count - 1, number)).astype(int).tolist()


def frames(source: av.container.InputContainer, stream: av.VideoStream, damage: bool) -> Iterator[av.VideoFrame]:
    """All frames that can be decoded."""
    packets = source.demux(stream)
    while True:
        try:
            packet = next(packets)
            yield from packet.decode()
        except StopIteration:
            return
        except av.error.FFmpegError:
            assert damage, source.name


def golden(name: str, rate: int | None = None, damage: bool = False) -> dict:
    """What ffmpeg shows of a video, and its picture."""
    shown, times = [], []
    with av.open(str(HERE / name)) as source:
        stream = source.streams.video[0]
        codec = stream.codec_context
        aspect = stream.sample_aspect_ratio or codec.sample_aspect_ratio or Fraction(1)
        width, height = codec.width, codec.height
        if aspect > 1:
            width = round(width * aspect)
        elif 0 < aspect < 1:
            height = round(height / aspect)
        rate = Fraction(rate) if rate else stream.average_rate
        codec_name = codec.name
        for frame in frames(source, stream, damage):
            turns = (frame.rotation // 90) % 4
            shown.append(np.ascontiguousarray(np.rot90(rgb(frame, (width, height)), turns)))
            times.append(float(frame.pts * frame.time_base))
    seconds = [time - times[0] for time in times]
    means = [[round(float(v), 3) for v in frame.mean((0, 1))] for frame in shown]
    kept = sorted({0, len(shown) // 2, len(shown) - 1})
    Image.fromarray(np.concatenate([shown[index] for index in kept])).save(HERE / f"{name}.png", optimize=True)
    return {
        "file": name,
        "codec": {"libdav1d": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9"}.get(codec_name, codec_name),
        "width": shown[0].shape[1],
        "height": shown[0].shape[0],
        "framesPerSecond": float(rate),
        "seconds": seconds,
        "means": means,
        "pictures": kept,
        "sampled": sample(len(shown), rate, 2, 1000),
        "isDamaged": damage,
    }


def lines(goldens: dict[str, list[dict]]) -> str:
    """JSON with one golden a line."""
    parts = []
    for key, values in goldens.items():
        rows = ",\n".join("  " + json.dumps(value) for value in values)
        parts.append(f' "{key}": [\n{rows}\n ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> None:
    fast = {"preset": "veryslow", "crf": "30"}
    front = {"movflags": "+faststart"}
    encode("h264.mp4", "libx264", 60, options=fast, colours={"colorspace": 5, "color_range": 1})
    encode("unnamed.mp4", "libx264", 4, options=fast)
    encode("bt709.mp4", "libx264", 12, options=fast, colours={"colorspace": 1, "color_range": 1})
    encode("full-range.mp4", "libx264", 12, options=fast, colours={"colorspace": 1, "color_range": 2})
    encode("full-chroma.mp4", "libx264", 6, pixels="yuv444p", options=fast, colours={"colorspace": 1, "color_range": 1})
    encode("wide-pixels.mp4", "libx264", 6, options=fast, aspect=Fraction(4, 3), colours={"colorspace": 5})
    encode("hevc-10.mp4", "libx265", 8, pixels="yuv420p10le",
           options={"crf": "28", "x265-params": "log-level=none:pools=1"}, colours={"colorspace": 9, "color_range": 1})
    encode("uneven.mp4", "libx264", 20, options=fast, colours={"colorspace": 5},
           times=[0, 40, 80, 120, 160, 200, 1400, 1440, 1480, 2000, 2600, 2640, 2680, 2720, 2760, 4000, 4040, 4080,
                  4120, 5000])
    encode("vp9.webm", "libvpx-vp9", 45, rate=30, size=(85, 63), options={"crf": "40", "b": "0"},
           colours={"colorspace": 5})
    encode("vp8.webm", "libvpx", 40, rate=20, options={"crf": "30", "b": "60k", "auto-alt-ref": "1",
                                                       "lag-in-frames": "16", "arnr-maxframes": "7"})
    encode("av1.mkv", "libsvtav1", 10, rate=10, options={"preset": "8", "crf": "40", "svtav1-params": "lp=1"},
           colours={"colorspace": 5})
    encode("lossless.mkv", "ffv1", 4, size=(48, 32), pixels="bgr0")
    encode("mpeg4.avi", "mpeg4", 12, rate=12, options={"qscale": "6"})
    encode("h264.flv", "libx264", 12, rate=12, options=fast, colours={"colorspace": 5})
    encode("mpeg2.mpg", "mpeg2video", 12, rate=25, options={"qscale": "8", "bf": "2"})
    encode("h264.ts", "libx264", 12, rate=25, options={**fast, "bf": "2"}, colours={"colorspace": 5})
    encode("mjpeg.mov", "mjpeg", 6, rate=4, pixels="yuvj420p", options={"qscale": "8"}, colours={"color_range": 2})
    gif("uneven.gif")
    encode("front.mp4", "libx264", 30, rate=10, options={**fast, "bf": "0", "g": "10"}, container=front,
           colours={"colorspace": 5})
    turned("front.mp4", "turned-90.mp4", (0, 1, -1, 0))
    turned("front.mp4", "turned-180.mp4", (-1, 0, 0, -1))
    turned("front.mp4", "turned-270.mp4", (0, -1, 1, 0))
    for source, name, part in [("front.mp4", "cut.mp4", 0.6), ("vp9.webm", "cut.webm", 0.7)]:
        data = (HERE / source).read_bytes()
        (HERE / name).write_bytes(data[: int(len(data) * part)])
    data = bytearray((HERE / "mjpeg.mov").read_bytes())
    second = data.index(b"\xff\xd8", data.index(b"\xff\xd8") + 2)
    third = data.index(b"\xff\xd8", second + 2)
    data[second:third] = bytes(third - second)
    (HERE / "hole.mov").write_bytes(data)
    sound("sound.mp4")

    whole = ["h264.mp4", "unnamed.mp4", "bt709.mp4", "full-range.mp4", "full-chroma.mp4", "wide-pixels.mp4",
             "hevc-10.mp4", "uneven.mp4", "vp9.webm", "vp8.webm", "av1.mkv", "lossless.mkv", "mpeg4.avi", "h264.flv",
             "mpeg2.mpg", "h264.ts", "mjpeg.mov", "uneven.gif", "front.mp4", "turned-90.mp4", "turned-180.mp4",
             "turned-270.mp4"]
    videos = [golden(name) for name in whole] + [golden(name, damage=True) for name in ("cut.mp4", "cut.webm", "hole.mov")]
    samples = []
    for count, rate, per_second, most in [
        (1, 30, 2, 1000), (6, 24, 2, 1000), (18, 24, 2, 1000), (30, 24, 2, 1000), (45, 30, 2, 1000),
        (100, 25, 2, 1000), (301, 29.97, 2, 1000), (301, 29.97, 2, 7), (1000, 60, 2, 16), (9, 1, 2, 1000),
        (12, 7.5, 2, 5), (54_000, 60, 2, 32), (5, 30, 2.5, 1000), (3, 2, 2, 2), (77, 15, 0.5, 1000), (4, 3, 3, 1000),
    ]:
        samples.append({"frames": count, "rate": rate, "perSecond": per_second, "most": most,
                        "indices": sample(count, rate, per_second, most)})
    (HERE / "goldens.json").write_text(lines({"videos": videos, "samples": samples}))


if __name__ == "__main__":
    main()
