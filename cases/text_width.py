"""How wide a text is in the font of the drawings, and where to break it, without opening a font at run time.

The widths stand in `font_widths.json`, measured once per face by `measure_font`:
`python -m cases.text_width aims/reports/fonts/Inter-Regular.ttf aims/reports/fonts/Inter-SemiBold.ttf`
"""

import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

TABLE_PATH: Final = Path(__file__).with_name("font_widths.json")
REGULAR_FONT: Final = "aims/reports/fonts/Inter-Regular.ttf"
SEMIBOLD_FONT: Final = "aims/reports/fonts/Inter-SemiBold.ttf"
UNITS: Final = 1000  # widths are whole thousandths of the font size
MOST_CHARACTERS_A_LINE: Final = 300  # what is beyond cannot be shown, so a very long text need not be measured
WIDE, NARROW = 1000, 620  # for what the font does not have: a full-width character, and any other

# Characters that XML 1.0 does not permit, and those that reorder or hide what stands around them.
_NOT_DRAWABLE: Final = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)
_SPACES: Final = re.compile(r"\s+")


def drawable(text: str) -> str:
    """The text as one line that any XML reader accepts."""
    if not (text.isascii() and text.isprintable()):
        text = _NOT_DRAWABLE.sub("", _SPACES.sub(" ", text))
    return " ".join(text.split())


@cache
def _table() -> Mapping[str, Mapping[int, int]]:
    faces = json.loads(TABLE_PATH.read_text(encoding="ascii"))
    return {
        face: {int(start) + offset: width for start, run in runs.items() for offset, width in enumerate(run)}
        for face, runs in faces.items()
    }


@cache
def _width_of(character: str, face: str) -> int:
    known = _table()[face].get(ord(character))
    if known is not None:
        return known
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return WIDE if unicodedata.east_asian_width(character) in "WF" or ord(character) > 0xFFFF else NARROW


def _units(text: str, bold: bool) -> int:
    face = "semibold" if bold else "regular"
    return sum([_width_of(character, face) for character in text])


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a text in the unit of `size`."""
    return _units(text, bold) * size / UNITS


def wrap(text: str, width: float, size: float, *, most_lines: int = 0, bold: bool = False) -> list[str]:
    """Break a text into lines no wider than `width`; more than `most_lines` end in an ellipsis.

    A word that is too long for a line is broken inside; scripts without spaces break anywhere.
    """
    if most_lines:
        text = text[: most_lines * MOST_CHARACTERS_A_LINE]
    limit = width * UNITS / size
    space = _units(" ", bold)
    lines: list[str] = []
    line, used = "", 0
    for word in drawable(text).split(" "):
        advance = _units(word, bold)
        if line and used + space + advance <= limit:
            line, used = f"{line} {word}", used + space + advance
            continue
        if line:
            lines.append(line)
        if advance > limit:
            *whole, word = _pieces(word, limit, bold)
            lines += whole
            advance = _units(word, bold)
        line, used = word, advance
        if most_lines and len(lines) > most_lines:
            break
    if line:
        lines.append(line)
    if most_lines and len(lines) > most_lines:
        lines = lines[:most_lines]
        lines[-1] = _shortened(lines[-1], width, size, bold)
    return lines


def _pieces(word: str, limit: float, bold: bool) -> list[str]:
    pieces, piece, used = [], "", 0
    for character in word:
        advance = _units(character, bold)
        if piece and used + advance > limit:
            pieces.append(piece)
            piece, used = "", 0
        piece += character
        used += advance
    return [*pieces, piece]


def _shortened(line: str, width: float, size: float, bold: bool) -> str:
    while line and text_width(f"{line}…", size, bold=bold) > width:
        line = line[:-1]
    return f"{line.rstrip(' .,;:')}…"


def measure_font(path: str | Path) -> dict[str, list[int]]:
    """Widths of the characters of European scripts and common signs, as runs: first code point to widths."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # only to make the table

    font = TTFont(path)
    units, names, advances = font["head"].unitsPerEm, font.getBestCmap(), font["hmtx"]
    wanted: Sequence[range] = (range(0x20, 0x530), range(0x1E00, 0x1F00), range(0x2000, 0x2300), range(0x25A0, 0x2600))
    runs: dict[str, list[int]] = {}
    last = -2
    for code in (code for block in wanted for code in block if code in names):
        if code != last + 1:
            start = str(code)
            runs[start] = []
        runs[start].append(round(advances[names[code]][0] * UNITS / units))
        last = code
    return runs


if __name__ == "__main__":
    regular, semibold = sys.argv[1:3]
    faces = {"regular": measure_font(regular), "semibold": measure_font(semibold)}
    TABLE_PATH.write_text(json.dumps(faces, separators=(",", ":")) + "\n", encoding="ascii")
