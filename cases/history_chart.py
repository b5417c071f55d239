"""How far a case and its elements could be relied on over time, as SVG: a lane each, a step for each standing.

As in `drawing.py`: literal colours, no style from outside, nothing fetched. A standing is told by colour, sign, border and, for
the worst, a hatch; every step says in its title what it was, from when to when, and why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from cases.drawing import FONT, SIGNS
from cases.palette import PALETTES, Theme
from cases.scale import Standing
from cases.text_width import drawable, wrap

WIDTH: Final = 760
LEFT: Final = 130.0
RIGHT: Final = 14.0
TOP: Final = 10.0
LANE: Final = 30.0
BAR: Final = 22.0
SMALL: Final = 11.0
MOST_LANES: Final = 13
MOST_STEPS: Final = 200
ROOM_FOR_SIGN: Final = 18.0
ROOM_FOR_NAME: Final = 96.0


@dataclass(frozen=True, slots=True)
class Step:
    """From an instant on it stood like this, for this reason."""

    at: datetime
    standing: Standing
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """A case or an element with its steps, the oldest first."""

    label: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of the picture, to be given translated."""

    standings: Mapping[Standing, str] = field(
        default_factory=lambda: {standing: standing.name.capitalize() for standing in Standing}
    )
    step: str = "%(label)s: %(standing)s from %(start)s to %(end)s. %(why)s"
    day: Callable[[datetime], str] = lambda at: at.date().isoformat()


@dataclass(frozen=True, slots=True)
class Chart:
    """The drawing and its size."""

    svg: str
    width: int
    height: int


def draw_history(
    lanes: Sequence[Lane], now: datetime, *, title: str, theme: Theme = Theme.LIGHT, wording: Wording | None = None
) -> Chart | None:
    """Draw the first lanes with the newest of their steps, up to now; None while nothing has happened."""
    shown = [Lane(lane.label, lane.steps[-MOST_STEPS:]) for lane in lanes[:MOST_LANES] if lane.steps]
    return _Pen(shown, now, title, Theme(theme), wording or Wording()).chart() if shown else None


class _Pen:
    """Draws one picture in one theme."""

    def __init__(self, lanes: Sequence[Lane], now: datetime, title: str, theme: Theme, wording: Wording) -> None:
        self.lanes, self.wording, self.palette = lanes, wording, PALETTES[theme]
        self.title = drawable(title[:300]) or "–"
        self.begins = min(step.at for lane in lanes for step in lane.steps)
        self.ends = max(now, self.begins + timedelta(hours=1))
        key = "|".join([title, str(theme), *(lane.label for lane in lanes)])
        # The id of the hatch must not meet that of another picture inlined in the same page.
        self.hatch = f"history-{sha256(key.encode(errors='replace')).hexdigest()[:10]}"

    def x(self, at: datetime) -> float:
        part = (min(max(at, self.begins), self.ends) - self.begins) / (self.ends - self.begins)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def chart(self) -> Chart:
        bottom = TOP + len(self.lanes) * LANE
        height = round(bottom + 24)
        parts = [part for place, lane in enumerate(self.lanes) for part in self._lane(place, lane)]
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            f'role="img" aria-label={quoteattr(self.title)} font-family="{FONT}" font-size="{SMALL:g}">\n'
            f"<title>{escape(self.title)}</title>\n"
            f'<defs><pattern id="{self.hatch}" width="7" height="7" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="7" height="7" '
            f'fill="{self.palette.looks[Standing.DEFEATED].fill}"/>'
            f'<path d="M0 0V7" stroke="{self.palette.hatch}" stroke-width="4"/></pattern></defs>\n'
            + "\n".join([*parts, *self._axis(bottom)])
            + "\n</svg>\n"
        )
        return Chart(svg, WIDTH, height)

    def _lane(self, place: int, lane: Lane) -> list[str]:
        y = TOP + place * LANE
        name = wrap(drawable(lane.label) or "–", LEFT - 16, SMALL, most_lines=1)[0]
        parts = [
            f'<text x="{LEFT - 8:g}" y="{y + BAR / 2 + 4:g}" fill="{self.palette.text}" text-anchor="end">'
            f"{escape(name)}</text>"
        ]
        ends = [step.at for step in lane.steps[1:]] + [self.ends]
        for step, end in zip(lane.steps, ends, strict=True):
            left, right = self.x(step.at), self.x(end)
            parts += self._step(lane, step, end, left, max(right - left, 1.5), y)
        return parts

    def _step(self, lane: Lane, step: Step, end: datetime, left: float, width: float, y: float) -> list[str]:
        look = self.palette.looks[step.standing]
        fill = f"url(#{self.hatch})" if step.standing is Standing.DEFEATED else look.fill
        dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
        said = self.wording.step % {
            "label": lane.label, "standing": self.wording.standings[step.standing],
            "start": self.wording.day(step.at), "end": self.wording.day(end), "why": step.why,
        }  # fmt: skip
        parts = [
            f"<g><title>{escape(drawable(said.strip()))}</title>",
            f'<rect x="{left:g}" y="{y:g}" width="{width:.5g}" height="{BAR:g}" fill="{fill}" stroke="{look.border}" '
            f'stroke-width="{look.border_width:g}"{dashes}/>',
        ]
        if width >= ROOM_FOR_SIGN:
            parts.append(
                f'<g transform="translate({left + 10:g} {y + BAR / 2:g})"><circle r="8" fill="{look.border}"/>'
                f'<path d="{SIGNS[step.standing]}" fill="none" stroke="{self.palette.on_badge}" stroke-width="1.9" '
                f'stroke-linecap="round" stroke-linejoin="round"/></g>'
            )
        if width >= ROOM_FOR_NAME:
            name = wrap(self.wording.standings[step.standing], width - 26, SMALL, most_lines=1)[0]
            parts.append(
                f'<text x="{left + 22:g}" y="{y + BAR / 2 + 4:g}" fill="{self.palette.text}">{escape(name)}</text>'
            )
        return [*parts, "</g>"]

    def _axis(self, bottom: float) -> list[str]:
        parts = [f'<path d="M{LEFT:g} {bottom:g}H{WIDTH - RIGHT:g}" stroke="{self.palette.line}"/>']
        said: set[str] = set()
        for place, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
            at = self.begins + (self.ends - self.begins) * place
            label, x = self.wording.day(at), self.x(at)
            if label not in said:
                parts.append(
                    f'<text x="{x:g}" y="{bottom + 15:g}" fill="{self.palette.quiet}" text-anchor="{anchor}">'
                    f"{escape(label)}</text>"
                )
            said.add(label)
        return parts
