"""Until when each piece of evidence speaks, as SVG: one bar a piece from its collection to its end and through its grace,
today as a line, what ends first on top. Pure; imports no Django.

Literal colours and no style from outside, so that the same text serves in a page, as an image and in a PDF. The grace is
hatched and every row says its state in words: nothing is told by colour alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from evidence.strip import Stretch, pieces

WIDTH: Final = 760
LEFT: Final = 290.0
RIGHT: Final = 120.0
TOP: Final = 22.0
ROW: Final = 24.0
BAR: Final = 12.0
SIZE: Final = 11
MOST_ROWS: Final = 25
FARTHEST: Final = timedelta(days=400)
FONT: Final = "Inter, system-ui, -apple-system, 'Segoe UI', sans-serif"
WIDEST: Final = 0.56  # of the size of the font, for one character on average
NEVER: Final = datetime.max.replace(tzinfo=UTC)
# What XML does not permit, and what reorders the text around it.
NOT_DRAWABLE: Final = re.compile(
    "[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)

Look = tuple[str, str, str]  # fill, border, dashes
COLOURS: Final[Mapping[str, Mapping[str, str]]] = {
    "light": {"text": "#1a2332", "quiet": "#526077", "line": "#5c6b82", "now": "#1d4ed8", "hatch": "#c98a2b"},
    "dark": {"text": "#e8edf4", "quiet": "#a3b0c2", "line": "#8593a8", "now": "#7db0ff", "hatch": "#e3ad3a"},
    "print": {"text": "#000000", "quiet": "#3a3a3a", "line": "#444444", "now": "#12378f", "hatch": "#7d5000"},
}
LOOKS: Final[Mapping[str, Mapping[str, Look]]] = {
    "light": {
        "fresh": ("#bfe5cf", "#1b7a45", ""),
        "never_expires": ("#bfe5cf", "#1b7a45", ""),
        "ageing": ("#fbe3ab", "#9a6200", "4 2"),
        "grace": ("", "#b4430d", "2 2"),
        "unused": ("#e3e7ee", "#5b6b82", "1 2"),
    },
    "dark": {
        "fresh": ("#1d5636", "#4fc887", ""),
        "never_expires": ("#1d5636", "#4fc887", ""),
        "ageing": ("#5a4510", "#e3ad3a", "4 2"),
        "grace": ("", "#f08b55", "2 2"),
        "unused": ("#2f3a4a", "#95a5bc", "1 2"),
    },
    "print": {
        "fresh": ("#d9efe2", "#14633a", ""),
        "never_expires": ("#d9efe2", "#14633a", ""),
        "ageing": ("#fdf0cf", "#7d5000", "4 2"),
        "grace": ("", "#933508", "2 2"),
        "unused": ("#eceef2", "#4a5568", "1 2"),
    },
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of the picture, translated: today, each piece of a bar, and a day."""

    today: str = "today"
    pieces: Mapping[str, str] | None = None
    from_to: str = "%(label)s: %(piece)s from %(start)s to %(end)s"
    day: Callable[[datetime], str] = lambda at: at.date().isoformat()


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of evidence: its stretch in time, and its state now in words."""

    stretch: Stretch
    state: str

    @property
    def ends(self) -> datetime:
        """When it stops counting even in its grace; never comes last."""
        return self.stretch.grace_until or self.stretch.valid_until or NEVER


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing and its size."""

    svg: str
    width: int
    height: int


def in_order(rows: Sequence[Row]) -> list[Row]:
    """What ends first on top; what cannot be used at all before it."""
    return sorted(rows, key=lambda row: (row.stretch.is_usable, row.ends, row.stretch.label))


def draw_freshness(
    rows: Sequence[Row], now: datetime, *, title: str, theme: str = "light", wording: Wording | None = None
) -> Chart | None:
    """Draw the rows in order, the first `MOST_ROWS` of them; None without any."""
    shown = in_order(rows)[:MOST_ROWS]
    return _Pen(shown, now, title, theme, wording or Wording()).chart() if shown else None


class _Pen:
    """Draws one picture in one theme."""

    def __init__(self, rows: Sequence[Row], now: datetime, title: str, theme: str, wording: Wording) -> None:
        self.rows, self.now, self.title, self.wording = rows, now, drawable(title) or "–", wording
        self.colours, self.looks = COLOURS[theme], LOOKS[theme]
        starts = [row.stretch.collected_at for row in rows]
        ends = [row.ends for row in rows if row.ends != NEVER]
        self.begins = max(min([*starts, now]), now - FARTHEST)
        last = min(max([*ends, now]), now + FARTHEST)
        self.ends = last + max((last - self.begins) / 20, timedelta(days=2))
        # The id of the hatch must not meet that of another picture inlined in the same page.
        digest = sha256("|".join([title, theme, *(row.stretch.label for row in rows)]).encode(errors="replace"))
        self.hatch = f"grace-{digest.hexdigest()[:10]}"

    def x(self, at: datetime) -> float:
        part = (min(max(at, self.begins), self.ends) - self.begins) / (self.ends - self.begins)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def chart(self) -> Chart:
        height = round(TOP + len(self.rows) * ROW + 24)
        parts = [*self._axis(height), *(part for place, row in enumerate(self.rows) for part in self._row(place, row))]
        parts += self._today(height)
        line = self.colours["hatch"]
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            f'role="img" aria-label={quoteattr(self.title)} font-family={quoteattr(FONT)} font-size="{SIZE}">\n'
            f"<title>{escape(self.title)}</title>\n"
            f'<defs><pattern id="{self.hatch}" width="5" height="5" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><path d="M0 0V5" stroke="{line}" stroke-width="2"/></pattern></defs>\n'
            + "\n".join(parts)
            + "\n</svg>\n"
        )
        return Chart(svg, WIDTH, height)

    def _row(self, place: int, row: Row) -> list[str]:
        y = TOP + place * ROW
        label = drawable(row.stretch.label)
        parts = [
            self._text(LEFT - 10, y + 15, cut(label, LEFT - 14), "text", "end"),
            self._text(WIDTH - RIGHT + 8, y + 15, cut(drawable(row.state), RIGHT - 8), "quiet", "start"),
        ]
        for start, end, state in pieces(row.stretch, self.ends):
            left, right = self.x(start), self.x(end)
            if right <= left:
                continue
            fill, border, dashes = self.looks[state]
            said = self.wording.from_to % {
                "label": label, "piece": (self.wording.pieces or {}).get(state, state),
                "start": self.wording.day(start), "end": self.wording.day(end),
            }  # fmt: skip
            dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
            parts.append(
                f'<rect x="{left:g}" y="{y + 5:g}" width="{max(right - left, 1.5):.5g}" height="{BAR:g}" rx="2" '
                f'fill="{fill or f"url(#{self.hatch})"}" stroke="{border}"{dashed}>'
                f"<title>{escape(said)}</title></rect>"
            )
        return parts

    def _axis(self, height: int) -> list[str]:
        bottom = height - 20
        parts = [f'<path d="M{LEFT:g} {bottom:g}H{WIDTH - RIGHT:g}" stroke="{self.colours["line"]}"/>']
        parts.append(self._text(LEFT, bottom + 14, self.wording.day(self.begins), "quiet", "start"))
        parts.append(self._text(WIDTH - RIGHT, bottom + 14, self.wording.day(self.ends), "quiet", "end"))
        return parts

    def _today(self, height: int) -> list[str]:
        x, colour = self.x(self.now), self.colours["now"]
        return [
            f'<path d="M{x:g} {TOP - 4:g}V{height - 20:g}" stroke="{colour}" stroke-width="1.5"/>',
            f'<text x="{x:g}" y="{TOP - 8:g}" fill="{colour}" text-anchor="middle">{escape(self.wording.today)}</text>',
        ]

    def _text(self, x: float, y: float, text: str, colour: str, anchor: str) -> str:
        return f'<text x="{x:g}" y="{y:g}" fill="{self.colours[colour]}" text-anchor="{anchor}">{escape(text)}</text>'


def drawable(text: str) -> str:
    return NOT_DRAWABLE.sub("", " ".join(text.split()))


def cut(text: str, width: float) -> str:
    """As much of a text as surely fits."""
    most = int(width / (SIZE * WIDEST))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
