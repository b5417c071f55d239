"""The readings of a metric over time as SVG: one line for each group, the threshold, and how sure the gravest group is.

As in `drawing.py`: literal colours, no style from outside, nothing fetched, so that the same text serves in a page, as an
image and in a PDF. What is failing, borderline or thin is told by the shape of its mark, never by colour alone.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from cases.drawing import FONT
from cases.facts import Comparator, Verdict
from cases.palette import PALETTES, Palette, Theme
from cases.scale import Standing
from cases.text_width import drawable, text_width

WIDTH: Final = 760
PLOT_HEIGHT: Final = 220.0
TOP: Final = 16.0
LEFT: Final = 58.0
RIGHT: Final = 128.0
LEGEND_ROW: Final = 18.0
SMALL: Final = 11.0
MOST_SERIES: Final = 6
MOST_POINTS: Final = 120
LONGEST_LABEL: Final = RIGHT - 18
DASHES: Final = ("", "6 3", "2 3", "8 3 2 3", "1 2", "10 4")


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is drawn."""
    return message


@dataclass(frozen=True, slots=True)
class Point:
    """One reading."""

    at: datetime
    value: float
    verdict: Verdict
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The readings of one group."""

    label: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a chart, to be given translated."""

    threshold: str = gettext_noop("threshold %(value)s")
    band: str = gettext_noop("interval of %(group)s")
    band_of_all: str = gettext_noop("interval")
    whole: str = gettext_noop("all")
    failing: str = gettext_noop("where the claim fails")
    verdicts: dict[str, str] = field(
        default_factory=lambda: {
            Verdict.PASS: gettext_noop("passes"),
            Verdict.BORDERLINE: gettext_noop("borderline"),
            Verdict.FAIL: gettext_noop("fails"),
            Verdict.INSUFFICIENT: gettext_noop("too few cases"),
        }
    )
    day: Callable[[datetime], str] = lambda at: at.date().isoformat()


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing and its size."""

    svg: str
    width: int
    height: int


STANDINGS: Final = {
    Verdict.PASS: Standing.HOLDS,
    Verdict.BORDERLINE: Standing.WEAKENED,
    Verdict.FAIL: Standing.DEFEATED,
    Verdict.INSUFFICIENT: Standing.UNSUPPORTED,
}


def draw_readings(
    series: Sequence[Series],
    *,
    comparator: Comparator,
    threshold: float,
    threshold_high: float | None = None,
    unit: str = "",
    title: str = "",
    theme: Theme = Theme.LIGHT,
    wording: Wording | None = None,
) -> Chart | None:
    """Draw the groups, the gravest first; that one is drawn strongest and with its interval. None without a reading."""
    shown = [one for one in series[:MOST_SERIES] if one.points]
    if not shown:
        return None
    thresholds = [threshold] if threshold_high is None else [threshold, threshold_high]
    return _Pen(shown, comparator, thresholds, unit, title, PALETTES[Theme(theme)], wording or Wording()).chart()


class _Pen:
    """Draws one chart in one theme."""

    def __init__(
        self,
        series: Sequence[Series],
        comparator: Comparator,
        thresholds: list[float],
        unit: str,
        title: str,
        palette: Palette,
        wording: Wording,
    ) -> None:
        self.series = [
            Series(one.label, sorted(one.points, key=lambda point: point.at)[-MOST_POINTS:]) for one in series
        ]
        self.comparator, self.thresholds = comparator, thresholds
        self.unit, self.title, self.palette, self.wording = unit, title, palette, wording
        points = [point for one in self.series for point in one.points]
        self.low, self.high = self._range(points)
        times = [point.at for point in points]
        self.begins, self.ends = min(times), max(times)
        if self.ends - self.begins < timedelta(minutes=1):
            self.begins, self.ends = self.begins - timedelta(days=1), self.ends + timedelta(days=1)
        self.bottom = TOP + PLOT_HEIGHT

    def _range(self, points: Sequence[Point]) -> tuple[float, float]:
        """Every value and threshold, the interval of the gravest group, and a little air."""
        band = [end for point in self.series[0].points for end in (point.low, point.high) if end is not None]
        values = [*(point.value for point in points), *self.thresholds, *band]
        low, high = min(values), max(values)
        air = (high / 2 - low / 2) * 0.16 or max(abs(high) * 0.1, 0.1)
        return max(low - air, -1e308), min(high + air, 1e308)

    # --- Places

    def x(self, at: datetime) -> float:
        part = (at - self.begins) / (self.ends - self.begins)
        return round(LEFT + 8 + part * (WIDTH - LEFT - RIGHT - 16), 1)

    def y(self, value: float) -> float:
        part = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return round(self.bottom - min(max(part, 0.0), 1.0) * PLOT_HEIGHT, 1)

    # --- Parts

    def chart(self) -> Chart:
        legend, rows = self._legend()
        height = round(self.bottom + 26 + rows * LEGEND_ROW + 6)
        parts = [
            *self._forbidden(), *self._grid(), *self._band(), *self._lines(), *self._thresholds(), *self._marks(),
            *self._labels(), *legend,
        ]  # fmt: skip
        heading = drawable(self.title[:300]) or "–"
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            f'role="img" aria-label={quoteattr(heading)} font-family="{FONT}" font-size="{SMALL:g}">\n'
            f"<title>{escape(heading)}</title>\n" + "\n".join(parts) + "\n</svg>\n"
        )
        return Chart(svg, WIDTH, height)

    def _forbidden(self) -> list[str]:
        """The values with which the claim fails, lightly filled."""
        floor, ceiling = self.bottom, TOP
        first, last = self.y(self.thresholds[0]), self.y(self.thresholds[-1])
        match self.comparator:
            case Comparator.GE | Comparator.GT:
                spans = [(first, floor)]
            case Comparator.LE | Comparator.LT:
                spans = [(ceiling, first)]
            case Comparator.BETWEEN:
                spans = [(first, floor), (ceiling, last)]
            case Comparator.OUTSIDE:
                spans = [(last, first)]
            case _:
                spans = []
        fill = self.palette.looks[Standing.DEFEATED].fill
        width = WIDTH - LEFT - RIGHT
        return [
            f'<rect x="{LEFT:g}" y="{top:g}" width="{width:g}" height="{round(end - top, 1):g}" fill="{fill}"/>'
            for top, end in spans
            if end > top
        ]

    def _grid(self) -> list[str]:
        quiet, line = self.palette.quiet, self.palette.line
        right = WIDTH - RIGHT
        parts = [
            f'<path d="M{LEFT:g} {TOP:g}V{self.bottom:g}H{right:g}" fill="none" stroke="{line}" stroke-width="1"/>'
        ]
        for value in ticks(self.low, self.high):
            y = self.y(value)
            parts.append(f'<path d="M{LEFT - 4:g} {y:g}H{LEFT:g}" stroke="{line}" stroke-width="1"/>')
            parts.append(self._text(LEFT - 7, y + 4, f"{value:.6g}", quiet, "end"))
        if self.unit:
            parts.append(self._text(LEFT, TOP - 5, cut(self.unit, 200), quiet, "start"))
        said = set()
        for step in range(5):
            at = self.begins + (self.ends - self.begins) * step / 4
            x, label = self.x(at), self.wording.day(at)
            parts.append(f'<path d="M{x:g} {self.bottom:g}v4" stroke="{line}" stroke-width="1"/>')
            if label not in said:  # within one day, one label is enough
                parts.append(self._text(x, self.bottom + 16, label, quiet, "middle"))
            said.add(label)
        return parts

    def _band(self) -> list[str]:
        points = [p for p in self.series[0].points if p.low is not None and p.high is not None]
        colour = self.palette.focus
        if len(points) == 1:
            x, point = self.x(points[0].at), points[0]
            return [
                f'<path d="M{x:g} {self.y(point.low or 0.0):g}V{self.y(point.high or 0.0):g}" stroke="{colour}" '
                f'stroke-width="5" stroke-opacity="0.3"/>'
            ]
        if not points:
            return []
        upper = " ".join(f"{self.x(p.at):g},{self.y(p.high or 0.0):g}" for p in points)
        lower = " ".join(f"{self.x(p.at):g},{self.y(p.low or 0.0):g}" for p in reversed(points))
        return [f'<polygon points="{upper} {lower}" fill="{colour}" fill-opacity="0.16"/>']

    def _lines(self) -> list[str]:
        parts = []
        for place, one in reversed(list(enumerate(self.series))):
            steps = " ".join(f"{self.x(p.at):g},{self.y(p.value):g}" for p in one.points)
            colour, width = (self.palette.focus, 2.2) if place == 0 else (self.palette.quiet, 1.3)
            dashes = f' stroke-dasharray="{DASHES[place]}"' if DASHES[place] else ""
            parts.append(
                f'<polyline points="{steps}" fill="none" stroke="{colour}" stroke-width="{width:g}" '
                f'stroke-linejoin="round"{dashes}/>'
            )
        return parts

    def _thresholds(self) -> list[str]:
        parts = []
        for value in self.thresholds:
            y, colour = self.y(value), self.palette.doubt
            parts.append(
                f'<path d="M{LEFT:g} {y:g}H{WIDTH - RIGHT:g}" stroke="{colour}" stroke-width="1.5" '
                f'stroke-dasharray="7 4"/>'
            )
            words = self.wording.threshold % {"value": f"{value:.6g}"}
            parts.append(self._text(LEFT + 6, y - 4 if y - 14 > TOP else y + 12, words, colour, "start"))
        return parts

    def _marks(self) -> list[str]:
        """A dot for a pass; whatever is not one has a shape of its own and says so when it is pointed at."""
        parts = []
        for place, one in reversed(list(enumerate(self.series))):
            dense = len(one.points) > 60
            for point in one.points:
                if point.verdict is Verdict.PASS and (dense or place > 0):
                    continue
                words = f"{one.label or self.wording.whole}, {self.wording.day(point.at)}: {point.value:.6g}"
                parts.append(
                    f"<g><title>{escape(drawable(words))}</title>"
                    f"{self._mark(point.verdict, self.x(point.at), self.y(point.value))}</g>"
                )
        return parts

    def _mark(self, verdict: Verdict, x: float, y: float) -> str:
        look = self.palette.looks[STANDINGS[verdict]]
        paint = f'fill="{look.fill}" stroke="{look.border}" stroke-width="1.6"'
        match verdict:
            case Verdict.FAIL:
                path = (
                    f"M{x - 4.5:g} {y - 4.5:g}L{x + 4.5:g} {y + 4.5:g}M{x + 4.5:g} {y - 4.5:g}L{x - 4.5:g} {y + 4.5:g}"
                )
                return f'<path d="{path}" stroke="{look.border}" stroke-width="2.6" stroke-linecap="round"/>'
            case Verdict.BORDERLINE:
                return f'<path d="M{x:g} {y - 5.5:g}l5.5 5.5l-5.5 5.5l-5.5 -5.5z" {paint}/>'
            case Verdict.INSUFFICIENT:
                return f'<rect x="{x - 4:g}" y="{y - 4:g}" width="8" height="8" {paint} stroke-dasharray="2 1.5"/>'
        return f'<circle cx="{x:g}" cy="{y:g}" r="2.8" fill="{look.border}"/>'

    def _labels(self) -> list[str]:
        """The names of the groups where their lines end, moved apart."""
        if len(self.series) == 1 and not self.series[0].label:
            return []
        wanted = sorted((self.y(one.points[-1].value), place) for place, one in enumerate(self.series))
        parts, below = [], TOP - 14.0
        room = [self.bottom + 4 - 14.0 * (len(wanted) - rank) for rank in range(len(wanted))]
        for rank, (y, place) in enumerate(wanted):
            at = max(min(y, room[rank] + 10), below + 14.0)
            below = at
            label, colour = self.series[place].label, self.palette.text if place == 0 else self.palette.quiet
            x = WIDTH - RIGHT + 8
            parts.append(
                f'<path d="M{WIDTH - RIGHT:g} {at:g}h6" stroke="{colour}" stroke-width="{2 if place == 0 else 1.3:g}"'
                + (f' stroke-dasharray="{DASHES[place]}"' if DASHES[place] else "")
                + "/>"
            )
            parts.append(self._text(x, at + 4, cut(label or self.wording.whole, LONGEST_LABEL), colour, "start"))
        return parts

    def _legend(self) -> tuple[list[str], int]:
        """What the marks mean, as far as they occur; in rows below the plot."""
        entries: list[tuple[str, str]] = []
        occurring = {point.verdict for one in self.series for point in one.points}
        entries += [
            (self._mark(verdict, 5, -4), self.wording.verdicts[verdict]) for verdict in Verdict if verdict in occurring
        ]
        if self._band():
            group = self.series[0].label
            words = self.wording.band % {"group": group} if group else self.wording.band_of_all
            fill = self.palette.focus
            entries.append((f'<rect x="0" y="-9" width="14" height="10" fill="{fill}" fill-opacity="0.3"/>', words))
        if self._forbidden():
            look = self.palette.looks[Standing.DEFEATED]
            mark = f'<rect x="0" y="-9" width="14" height="10" fill="{look.fill}" stroke="{look.border}" stroke-width="0.6"/>'
            entries.append((mark, self.wording.failing))
        parts, x, row = [], LEFT, 0
        for mark, words in entries:
            words = cut(words, 260)
            width = 20 + text_width(words, SMALL) + 22
            if x + width > WIDTH and x > LEFT:
                x, row = LEFT, row + 1
            y = self.bottom + 26 + (row + 1) * LEGEND_ROW - 6
            parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{mark}</g>')
            parts.append(self._text(x + 20, y, words, self.palette.quiet, "start"))
            x += width
        return parts, row + 1

    def _text(self, x: float, y: float, words: str, colour: str, anchor: str) -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(drawable(words))}</text>'


def cut(words: str, width: float) -> str:
    """The words as far as they fit."""
    words = drawable(words[:200])
    if text_width(words, SMALL) <= width:
        return words
    while words and text_width(f"{words}…", SMALL) > width:
        words = words[:-1]
    return f"{words}…"


def ticks(low: float, high: float) -> list[float]:
    """Four to eight round values within a range."""
    span = high / 2 - low / 2
    if not span > 0:
        return [low]
    rough = span / 2.5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    first = math.ceil(low / step)
    found = [(first + place) * step for place in range(12)]
    return [0.0 if abs(value) < step / 1e6 else value for value in found if low <= value <= high]
