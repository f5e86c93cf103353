"""Records the pictures of this folder and the pixels they must decode to.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python record.py

Writes one folder of encoded pictures per format, `goldens.json` (which picture, what size, how exact) and
`goldens.rgb` (the expected RGB bytes, one picture after the other). Where a format is lossless and the script knows
the samples it wrote, they are the truth, and Pillow must agree (save where it clips 16-bit grey or compares a
transparent colour after narrowing it); for lossy formats Pillow's decoders are the truth.
Transparency is laid on white by Pillow's own paste, or by the same rounding on known samples.
"""

import io
import json
import shutil
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import png
from PIL import Image, ImageOps

HERE = Path(__file__).parent
WIDTH, HEIGHT = 21, 14

pictures = []
resizes = []
blob = bytearray()
known = {}


def keep(rgb):
    """Stores expected pixels once and returns where they lie in the blob."""
    data = np.ascontiguousarray(rgb, dtype=np.uint8).tobytes()
    if data not in known:
        known[data] = len(blob)
        blob.extend(data)
    return known[data]


def record(path, encoded, rgb, exactness):
    target = HERE / path
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(encoded)
    height, width, _ = rgb.shape
    pictures.append(
        {"file": path, "width": width, "height": height, "offset": keep(rgb), "exactness": exactness}
    )


def design(alpha=False, bits=8):
    """A small page-like picture: a gradient, a flat card, a dark bar, a few saturated dots; alpha falls to the right."""
    top = (1 << bits) - 1
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red = x * top // (WIDTH - 1)
    green = y * top // (HEIGHT - 1)
    blue = (x * 7 + y * 13) * top // (20 * 7 + 13 * 13)
    samples = np.stack([red, green, blue], axis=-1)
    samples[3:8, 4:12] = (top, top, top)
    samples[9:11, 2:18] = (top // 8, top // 6, top // 4)
    samples[5, 6] = (top, 0, 0)
    samples[6, 9] = (0, top // 2, top)
    if alpha:
        fall = np.clip(top + top // 5 - x * top // 14 + y * top // 40, 0, top)
        samples = np.concatenate([samples, fall[..., None]], axis=-1)
    return samples.astype(np.int64)


def on_white(rgba):
    """8-bit colour over white, rounded to nearest."""
    rgba = rgba.astype(np.int64)
    color, alpha = rgba[..., :3], rgba[..., 3:]
    return ((color * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def seen_by_pillow(encoded):
    """What Pillow shows of a file: upright, first frame, transparency pasted on white."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(encoded)))
    rgba = image.convert("RGBA")
    page = Image.new("RGB", rgba.size, (255, 255, 255))
    page.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
    return np.asarray(page)


def saved(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def to_8_bits(samples, bits):
    """As libpng widens and narrows: small depths fill the range, 16 bits keep the high byte."""
    return samples >> 8 if bits == 16 else samples * 255 // ((1 << bits) - 1)


def write_png(rows, bits, interlace, **kind):
    stream = io.BytesIO()
    writer = png.Writer(WIDTH, HEIGHT, bitdepth=bits, interlace=interlace, **kind)
    writer.write(stream, rows.reshape(HEIGHT, -1).tolist())
    return stream.getvalue()


def record_png():
    def both(name, rows, bits, rgba, pillow_is_exact=True, **kind):
        for interlace in (False, True):
            encoded = write_png(rows, bits, interlace, **kind)
            expected = on_white(rgba)
            if pillow_is_exact:
                assert np.array_equal(expected, seen_by_pillow(encoded)), name
            record(f"png/{name}{'-interlaced' if interlace else ''}.png", encoded, expected, "exact")

    opaque = np.full((HEIGHT, WIDTH, 1), 255)
    for bits in (1, 2, 4, 8, 16):
        grey = design(bits=bits)[..., :1]
        rgb8 = np.repeat(to_8_bits(grey, bits), 3, axis=-1)
        both(f"grey-{bits}", grey, bits, np.concatenate([rgb8, opaque], -1), greyscale=True,
             pillow_is_exact=bits < 16)
        clear = int(grey[1, 10, 0])
        hole = np.where(grey == clear, 0, 255)
        both(f"grey-{bits}-hole", grey, bits, np.concatenate([rgb8, hole], -1), pillow_is_exact=False,
             greyscale=True, transparent=clear)
    for bits in (8, 16):
        rgb = design(bits=bits)
        both(f"rgb-{bits}", rgb, bits, np.concatenate([to_8_bits(rgb, bits), opaque], -1), greyscale=False)
        clear = tuple(int(v) for v in rgb[10, 10])
        hole = np.where((rgb == clear).all(-1, keepdims=True), 0, 255)
        both(f"rgb-{bits}-hole", rgb, bits, np.concatenate([to_8_bits(rgb, bits), hole], -1),
             pillow_is_exact=bits == 8, greyscale=False, transparent=clear)
        rgba = design(alpha=True, bits=bits)
        both(f"rgba-{bits}", rgba, bits, to_8_bits(rgba, bits), greyscale=False, alpha=True)
        both(f"grey-alpha-{bits}", rgba[..., 1::2], bits, to_8_bits(rgba[..., [1, 1, 1, 3]], bits),
             greyscale=True, alpha=True, pillow_is_exact=bits == 8)
    for bits in (1, 2, 4, 8):
        count = 1 << bits
        palette = [((i * 97 + 40) % 256, (i * 59 + 200) % 256, (i * 31) % 256) for i in range(count)]
        index = design(bits=bits)[..., 2:]
        rgb8 = np.array(palette)[index[..., 0]]
        both(f"palette-{bits}", index, bits, np.concatenate([rgb8, opaque], -1), palette=palette)
        see_through = [(*c, (i * 255) // (count - 1)) for i, c in enumerate(palette)]
        both(f"palette-{bits}-alpha", index, bits, np.array(see_through)[index[..., 0]], palette=see_through)
    plain = Image.fromarray(design().astype(np.uint8))
    record("png/filtered.png", saved(plain, "PNG", optimize=True), design().astype(np.uint8), "exact")
    gamma = write_png(design(), 8, False, greyscale=False, gamma=0.45455)
    record("png/gamma.png", gamma, design().astype(np.uint8), "exact")


def jpeg_segment(encoded, payload):
    """Puts an APP1 segment behind the start marker."""
    return encoded[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + encoded[2:]


def exif(orientation, big_endian):
    """The smallest EXIF block: one directory of two entries, the second being the orientation."""
    order = ">" if big_endian else "<"
    block = (b"MM" if big_endian else b"II") + struct.pack(order + "HI", 42, 8)
    block += struct.pack(order + "H", 2)
    block += struct.pack(order + "HHII", 0x0100, 4, 1, WIDTH)
    block += struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0" + block + struct.pack(order + "I", 0)


def record_jpeg():
    def save(name, image, **options):
        encoded = saved(image, "JPEG", **options)
        record(f"jpeg/{name}.jpg", encoded, seen_by_pillow(encoded), "jpeg")
        return encoded

    rgb = Image.fromarray(design().astype(np.uint8))
    for subsampling in ("4:4:4", "4:2:2", "4:2:0"):
        plain = save("rgb-" + subsampling.replace(":", ""), rgb, quality=90, subsampling=subsampling)
    save("progressive", rgb, quality=85, progressive=True)
    save("optimised-restarts", rgb, quality=60, optimize=True, restart_marker_blocks=1)
    save("rgb-stored", rgb, quality=90, keep_rgb=True)
    save("grey", rgb.convert("L"), quality=90)
    cmyk = save("cmyk", rgb.convert("CMYK"), quality=90)
    adobe = cmyk.index(b"Adobe")
    ycck = cmyk[: adobe + 11] + b"\x02" + cmyk[adobe + 12 :]
    record("jpeg/ycck.jpg", ycck, seen_by_pillow(ycck), "jpeg")
    for orientation in range(1, 9):
        turned = jpeg_segment(plain, exif(orientation, big_endian=orientation % 2 == 0))
        record(f"jpeg/orientation-{orientation}.jpg", turned, seen_by_pillow(turned), "jpeg")


def record_webp():
    rgb = Image.fromarray(design().astype(np.uint8))
    rgba = Image.fromarray(design(alpha=True).astype(np.uint8))

    def save(name, image, exactness, **options):
        encoded = saved(image, "WEBP", **options)
        record(f"webp/{name}.webp", encoded, seen_by_pillow(encoded), exactness)

    save("lossy", rgb, "webp-lossy", quality=90)
    save("lossy-alpha", rgba, "webp-lossy", quality=90)
    save("lossless", rgb, "exact", lossless=True)
    save("lossless-alpha", rgba, "exact", lossless=True, exact=True)
    save("metadata", rgb, "exact", lossless=True, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", xmp=b"<x:xmpmeta/>")
    second = rgba.transpose(Image.Transpose.ROTATE_180)
    save("animated", rgba, "exact", lossless=True, exact=True, save_all=True, append_images=[second])
    inset = saved(rgba, "WEBP", lossless=True, exact=True, save_all=True, append_images=[second])
    frame = inset.index(b"ANMF") + 8
    canvas = inset.index(b"VP8X") + 12
    inset = bytearray(inset)
    inset[frame : frame + 6] = (2).to_bytes(3, "little") + (1).to_bytes(3, "little")
    inset[canvas : canvas + 6] = (WIDTH + 5).to_bytes(3, "little") + (HEIGHT + 3).to_bytes(3, "little")
    record("webp/animated-inset.webp", bytes(inset), seen_by_pillow(bytes(inset)), "exact")


def record_gif():
    rgb = Image.fromarray(design().astype(np.uint8))
    indexed = rgb.quantize(64, dither=Image.Dither.NONE)

    def save(name, image, **options):
        encoded = saved(image, "GIF", **options)
        record(f"gif/{name}.gif", encoded, seen_by_pillow(encoded), "exact")
        return encoded

    plain = save("plain", indexed, interlace=0)
    save("interlaced", indexed, interlace=1)
    save("two-colours", rgb.convert("1", dither=Image.Dither.NONE))
    save("hole", indexed, transparency=indexed.getpixel((6, 4)))
    save("animated", indexed, save_all=True, append_images=[indexed.transpose(Image.Transpose.ROTATE_180)])
    # A canvas larger than its only frame: what no frame covers is transparent, as browsers show it.
    inset = bytearray(plain)
    inset[6:10] = struct.pack("<HH", WIDTH + 6, HEIGHT + 4)
    inset[11] = indexed.getpixel((16, 9))  # a background colour, which browsers ignore
    separator = inset.index(b"\x2c", 13 + 3 * 64)
    inset[separator + 1 : separator + 5] = struct.pack("<HH", 5, 3)
    page = np.full((HEIGHT + 4, WIDTH + 6, 3), 255, dtype=np.uint8)
    page[3 : 3 + HEIGHT, 5 : 5 + WIDTH] = seen_by_pillow(plain)
    record("gif/inset.gif", bytes(inset), page, "exact")


def bitmap(bits, compression, body, palette=b"", masks=b"", height=HEIGHT):
    header = struct.pack("<IiiHHIIiiII", 40, WIDTH, height, 1, bits, compression, len(body), 2835, 2835,
                         len(palette) // 4, 0)
    offset = 14 + len(header) + len(masks) + len(palette)
    return struct.pack("<2sIHHI", b"BM", offset + len(body), 0, 0, offset) + header + masks + palette + body


def rows_to_bytes(rows):
    """Bottom row first, each padded to four bytes."""
    return b"".join(row + b"\0" * (-len(row) % 4) for row in reversed(rows))


def run_lengths(index, pack):
    """Run-length codes: runs for repeats, a literal block for the rest of a row that does not repeat."""
    body = bytearray()
    for row in index[::-1]:
        x = 0
        while x < WIDTH:
            run = 1
            while x + run < WIDTH and row[x + run] == row[x]:
                run += 1
            if run == 1 and WIDTH - x >= 3:
                literals = pack(row[x : x + 3])
                body += bytes([0, 3]) + literals + b"\0" * (len(literals) % 2)
                x += 3
            else:
                body += bytes([run]) + pack([row[x]] * 2)[:1]
                x += run
        body += b"\0\0"
    return bytes(body) + b"\0\1"


def record_bmp():
    rgb = design().astype(np.uint8)
    image = Image.fromarray(rgb)

    def check(name, encoded, exactness="exact"):
        record(f"bmp/{name}.bmp", encoded, seen_by_pillow(encoded), exactness)

    def pairs(values):
        values = list(values) + [0] * (len(values) % 2)
        return bytes(int(a) << 4 | int(b) for a, b in zip(values[::2], values[1::2]))

    check("rgb-24", saved(image, "BMP"))
    check("grey-8", saved(image.convert("L"), "BMP"))
    check("bits-1", saved(image.convert("1", dither=Image.Dither.NONE), "BMP"))
    check("bits-8", saved(image.quantize(200, dither=Image.Dither.NONE), "BMP"))
    check("rgba-32", saved(Image.fromarray(design(alpha=True).astype(np.uint8)), "BMP"))
    bgrx = np.concatenate([rgb[..., ::-1], np.full((HEIGHT, WIDTH, 1), 77, np.uint8)], -1)
    check("rgbx-32", bitmap(32, 0, rows_to_bytes([row.tobytes() for row in bgrx])))
    bgr = [row.tobytes() + b"\0" * (-len(row.tobytes()) % 4) for row in np.ascontiguousarray(rgb[..., ::-1])]
    check("top-down", bitmap(24, 0, b"".join(bgr), height=-HEIGHT))
    core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24) + b"".join(reversed(bgr))
    check("os2", struct.pack("<2sIHHI", b"BM", 14 + len(core), 0, 0, 26) + core)
    small = (rgb >> 3).astype("<u2")
    check("rgb-555", bitmap(16, 0, rows_to_bytes(
        [(row[:, 0] << 10 | row[:, 1] << 5 | row[:, 2]).tobytes() for row in small])), "bmp-16")
    check("rgb-565", bitmap(16, 3, rows_to_bytes(
        [(row[:, 0] << 11 | (row[:, 1] << 1) << 5 | row[:, 2]).tobytes() for row in small]),
        masks=struct.pack("<III", 0xF800, 0x07E0, 0x001F)), "bmp-16")
    index = design(bits=4)[..., 0]
    palette = b"".join(bytes([i * 16 % 256, i * 40 % 256, 255 - i * 15, 0]) for i in range(16))
    check("bits-4", bitmap(4, 0, rows_to_bytes([pairs(row) for row in index]), palette))
    colors = np.frombuffer(palette, np.uint8).reshape(-1, 4)[:, 2::-1]
    # Pillow loses its place after an odd number of 4-bit literals, so the samples written are the truth.
    record("bmp/runs-4.bmp", bitmap(4, 2, run_lengths(index, pairs), palette), colors[index], "exact")
    check("runs-8", bitmap(8, 1, run_lengths(index, lambda row: bytes(int(v) for v in row)), palette))


def record_avif():
    rgb = Image.fromarray(design().astype(np.uint8))
    rgba = Image.fromarray(design(alpha=True).astype(np.uint8))

    def save(name, image, **options):
        options = {"quality": 90, "subsampling": "4:4:4", "codec": "aom", "speed": 6, **options}
        encoded = saved(image, "AVIF", **options)
        record(f"avif/{name}.avif", encoded, seen_by_pillow(encoded), "avif")

    save("rgb-444", rgb)
    save("rgb-420", rgb, subsampling="4:2:0")
    save("limited-range", rgb, range="limited")
    save("grey", rgb.convert("L"), subsampling="4:0:0")
    save("grey-limited", rgb.convert("L"), subsampling="4:0:0", range="limited")
    save("alpha", rgba)
    save("alpha-multiplied", rgba, alpha_premultiplied=True)
    save("animated", rgb, save_all=True, append_images=[rgb.transpose(Image.Transpose.ROTATE_180)])
    def encode(name, bits, exactness="avif", **options):
        samples = design(bits=bits).astype(np.uint8 if bits == 8 else np.uint16)
        encoded = imagecodecs.avif_encode(samples, bitspersample=bits, codec="aom", speed=6, **options)
        record(f"avif/{name}.avif", encoded, seen_by_pillow(encoded), exactness)

    encode("ten-bits-420", 10, level=90, pixelformat="yuv420")
    encode("ten-bits-422", 10, level=90, pixelformat="yuv422")
    encode("twelve-bits-444", 12, level=90, pixelformat="yuv444")
    encode("bt709", 8, level=90, pixelformat="yuv444", matrix=1)
    encode("bt2020", 10, level=90, pixelformat="yuv444", matrix=9)
    # The container's matrix differs from the bitstream's and must win.
    conflicting = bytearray((HERE / "avif/rgb-444.avif").read_bytes())
    conflicting[conflicting.index(b"nclx") + 9] = 1
    record("avif/conflicting-matrix.avif", bytes(conflicting), seen_by_pillow(bytes(conflicting)), "avif")
    encode("lossless-rgb", 8, "exact", level=100, pixelformat="yuv444", matrix=0)
    for orientation in range(2, 9):
        turn = Image.Exif()
        turn[0x0112] = orientation
        save(f"orientation-{orientation}", rgb, quality=60, exif=turn.tobytes())


def noise(width, height):
    """The same linear congruential noise that the tests make, so that sources need no files."""
    state, samples = 20240229, bytearray()
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        samples.append(state >> 24)
    return Image.frombytes("RGB", (width, height), bytes(samples))


def record_resizes():
    pairs = [
        ((1, 1), (1, 1)), ((1, 1), (5, 7)), ((1, 9), (4, 4)), ((9, 1), (4, 4)), ((2, 2), (3, 3)),
        ((21, 14), (21, 14)), ((21, 14), (22, 15)), ((21, 14), (20, 13)), ((21, 14), (42, 28)),
        ((21, 14), (7, 5)), ((21, 14), (1, 1)), ((21, 14), (21, 5)), ((21, 14), (50, 14)),
        ((21, 14), (64, 3)), ((21, 14), (3, 40)), ((120, 90), (97, 61)), ((120, 90), (13, 9)),
        ((400, 3), (11, 2)), ((3, 400), (2, 11)), ((64, 48), (100, 75)),
    ]
    for source, size in pairs:
        resized = np.asarray(noise(*source).resize(size, Image.Resampling.BICUBIC))
        resizes.append({"from": source, "to": size, "offset": keep(resized)})


def main():
    for format in ("png", "jpeg", "webp", "gif", "bmp", "avif"):
        shutil.rmtree(HERE / format, ignore_errors=True)
    for step in (record_png, record_jpeg, record_webp, record_gif, record_bmp, record_avif, record_resizes):
        step()
    (HERE / "goldens.rgb").write_bytes(blob)
    lines = lambda entries: ",\n".join("    " + json.dumps(entry) for entry in entries)
    (HERE / "goldens.json").write_text(
        f'{{\n  "pictures": [\n{lines(pictures)}\n  ],\n  "resizes": [\n{lines(resizes)}\n  ]\n}}\n')
    print(len(pictures), "pictures,", len(resizes), "resizes,", len(blob), "bytes of pixels")


if __name__ == "__main__":
    main()
