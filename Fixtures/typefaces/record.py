"""Measures common typefaces and writes `Sources/UIToCode/Screen/TypefaceTable.swift`.

    python3 -m venv .venv && .venv/bin/pip install fonttools==4.68.0 && .venv/bin/python record.py

Reads the files of Debian's fonts-inter, fonts-liberation, fonts-roboto-unhinted, fonts-open-sans, fonts-lato and
fonts-dejavu-core, where fontconfig finds them, and refuses a family that is not installed. All measures are in 1/1000
of the font size, areas in 1/1000 of its square. Advances and areas are recorded for the regular and a bold weight (600
where the family has it, else 700), the rest for the regular one. Kerning and ligatures are left aside.
"""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

from fontTools.pens.areaPen import AreaPen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

TABLE = Path(__file__).parents[2] / "Sources/UIToCode/Screen/TypefaceTable.swift"
STACKS = {
    "Inter": 'Inter, system-ui, "Segoe UI", sans-serif',
    "Liberation Sans": '"Liberation Sans", Arial, Helvetica, sans-serif',
    "Roboto": 'Roboto, "Helvetica Neue", sans-serif',
    "Open Sans": '"Open Sans", "Noto Sans", "Segoe UI", sans-serif',
    "Lato": "Lato, Carlito, Calibri, sans-serif",
    "DejaVu Sans": '"DejaVu Sans", Verdana, sans-serif',
    "Liberation Serif": '"Liberation Serif", "Times New Roman", serif',
    "DejaVu Serif": '"DejaVu Serif", Georgia, serif',
    "DejaVu Sans Mono": '"DejaVu Sans Mono", Menlo, Consolas, monospace',
    "Liberation Mono": '"Liberation Mono", "Courier New", monospace',
}
CHARACTERS = "".join(map(chr, range(32, 127))) + "–—…·•→←€£©’“”×✓°"
FONTCONFIG_WEIGHTS = {400: 80, 600: 180, 700: 200}      # by CSS weight
USE_TYPO_METRICS = 1 << 7                               # in fsSelection

HEAD = '''\
// Written by Fixtures/typefaces/record.py, which measured the font files named below; not to be edited by hand.
// Numbers are in 1/1000 of the font size, areas of ink of its square. A row of them has one for every character, in the order of `characters`.

extension Typeface {{
    /// The characters that the rows below tell of.
    static let characters =
        ##"{characters}"##

    /// The typefaces that pages are commonly set in, those of interfaces first.
    static let all: [Typeface] = [
'''
ENTRY = '''\
        // {sources}
        Typeface(
            name: "{name}", stack: #"{stack}"#, isMonospaced: {is_monospaced},
            ascent: {ascent}, descent: {descent}, sideBearing: {side_bearing},
            regular: """
{regular}
                """,
            bold: """
{bold}
                """,
            regularInk: """
{regular_ink}
                """,
            boldInk: """
{bold_ink}
                """,
            tops: """
{tops}
                """,
            bottoms: """
{bottoms}
                """),
'''
TAIL = '''\
    ]
}
'''


class Source(NamedTuple):
    """A font file, and the CSS weight to take from it."""
    path: Path
    weight: int


class Glyph(NamedTuple):
    """Advance, left edge, the ink's lowest and highest point above the baseline, and its area."""
    advance: int
    left: int
    bottom: int
    top: int
    ink: int


def find(family: str, weight: int) -> Source | None:
    """The family's upright font of a weight; None where it has no such weight. Ends the program without the family."""
    pattern = f"{family}:weight={FONTCONFIG_WEIGHTS[weight]}:slant=0:width=100"
    command = ["fc-match", "--format=%{family}\n%{weight}\n%{file}", pattern]
    families, found, path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    if family not in families.split(","):
        sys.exit(f"{family} is not installed: fc-match offers {families} in its place")
    return Source(Path(path), weight) if float(found) == FONTCONFIG_WEIGHTS[weight] else None


def opened(source: Source) -> TTFont:
    font = TTFont(source.path)
    if "fvar" not in font:
        return font
    others = {axis.axisTag: None for axis in font["fvar"].axes}     # None: the axis's default
    return instancer.instantiateVariableFont(font, others | {"wght": source.weight})


def measured(font: TTFont) -> list[Glyph]:
    """A glyph for each of `CHARACTERS`: all zeros where the font lacks it, edges of zero where it has no ink."""
    names, glyphs, units = font.getBestCmap(), font.getGlyphSet(), font["head"].unitsPerEm
    measures = []
    for character in CHARACTERS:
        name = names.get(ord(character))
        if name is None:
            measures.append(Glyph(0, 0, 0, 0, 0))
            continue
        bounds, area = BoundsPen(glyphs), AreaPen(glyphs)
        for pen in (bounds, area):
            glyphs[name].draw(pen)
        left, bottom, _, top = bounds.bounds or (0, 0, 0, 0)
        lengths = (round(value * 1000 / units) for value in (glyphs[name].width, left, bottom, top))
        measures.append(Glyph(*lengths, round(abs(area.value) * 1000 / units ** 2)))
    return measures


def content_area(font: TTFont) -> tuple[int, int]:
    """Ascent and descent, both positive, of which Chromium makes the content area on Linux."""
    horizontal, system, units = font["hhea"], font["OS/2"], font["head"].unitsPerEm
    ascent, descent = horizontal.ascent, horizontal.descent
    if system.fsSelection & USE_TYPO_METRICS:
        ascent, descent = system.sTypoAscender, system.sTypoDescender
    return round(ascent * 1000 / units), round(-descent * 1000 / units)


def row(values: list[int]) -> str:
    return textwrap.fill(" ".join(map(str, values)), 118, initial_indent=" " * 16, subsequent_indent=" " * 16)


def entry(name: str, stack: str) -> str:
    regular, bold = find(name, 400), find(name, 600) or find(name, 700)
    if regular is None or bold is None:
        sys.exit(f"{name} is installed without its regular or without a bold weight")
    font = opened(regular)
    glyphs, bold_glyphs = measured(font), measured(opened(bold))
    ascent, descent = content_area(font)
    sources = ", ".join(f"{source.path.name} ({source.weight})" for source in (regular, bold))
    return ENTRY.format(
        sources=f"{sources}: {font['name'].getDebugName(5)}",
        name=name, stack=stack, is_monospaced="true" if font["post"].isFixedPitch else "false",
        ascent=ascent, descent=descent, side_bearing=glyphs[CHARACTERS.index("H")].left,
        regular=row([glyph.advance for glyph in glyphs]),
        bold=row([glyph.advance for glyph in bold_glyphs]),
        regular_ink=row([glyph.ink for glyph in glyphs]), bold_ink=row([glyph.ink for glyph in bold_glyphs]),
        tops=row([glyph.top for glyph in glyphs]), bottoms=row([glyph.bottom for glyph in glyphs]))


def main() -> None:
    entries = "".join(entry(name, stack) for name, stack in STACKS.items())
    TABLE.write_text(HEAD.format(characters=CHARACTERS) + entries + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main()
