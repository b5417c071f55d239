"""The freshness strip: when each version was current, drawn as a row of bars with today marked. Pure; imports no Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.freshness import warning_time

WIDTH, ROW, LABEL, RIGHT = 720, 22, 44, 12
MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Stretch:
    """One version in time; `valid_until` None: without end. `is_usable` False: rejected or withdrawn."""

    label: str
    collected_at: datetime
    valid_until: datetime | None
    grace_until: datetime | None
    is_usable: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a row; `state` is a word of Freshness, or "unused"."""

    x: float
    y: float
    width: float
    height: float
    state: str


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """What the template draws."""

    width: int
    height: int
    bars: list[Bar]
    labels: list[Mark]
    now_x: float
    now_y: float
    begins: datetime
    ends: datetime

    @property
    def today_y(self) -> float:
        return self.now_y + 14

    @property
    def today_anchor(self) -> str:
        """Where the word stands on its line, so that it never leaves the picture."""
        return "end" if self.now_x > self.width - 60 else "middle"

    @property
    def begins_apart(self) -> bool:
        """Whether the first date has room beside the word for today."""
        return self.now_x > LABEL + 110

    @property
    def ends_apart(self) -> bool:
        return self.now_x < self.width - 130


def draw(stretches: Sequence[Stretch], now: datetime) -> Strip | None:
    """The newest versions first; None when there is nothing to draw."""
    shown = list(stretches)[:MOST_ROWS]
    if not shown:
        return None
    begins, ends = range_of(shown, now)
    scale = (WIDTH - LABEL - RIGHT) / (ends - begins).total_seconds()

    def x_of(at: datetime) -> float:
        return round(LABEL + (min(max(at, begins), ends) - begins).total_seconds() * scale, 1)

    bars, labels = [], []
    for row, stretch in enumerate(shown):
        y = row * ROW + 4
        labels.append(Mark(0, y + 12, stretch.label))
        for start, end, state in pieces(stretch, ends):
            if (width := round(x_of(end) - x_of(start), 1)) > 0:
                bars.append(Bar(x_of(start), y, max(width, 1.5), ROW - 8, state))
    bottom = len(shown) * ROW
    return Strip(WIDTH, bottom + 22, bars, labels, x_of(now), bottom, begins, ends)


def range_of(shown: Sequence[Stretch], now: datetime) -> tuple[datetime, datetime]:
    """From the first collection to the last end, with now always in sight and room beside it."""
    begins = min([stretch.collected_at for stretch in shown] + [now])
    ends = max([stretch.grace_until or stretch.valid_until or now for stretch in shown] + [now])
    room = max((ends - begins) / 12, timedelta(days=2))
    return begins, ends + room


def pieces(stretch: Stretch, horizon: datetime) -> list[tuple[datetime, datetime, str]]:
    if stretch.valid_until is None:
        return [(stretch.collected_at, horizon, "never_expires" if stretch.is_usable else "unused")]
    grace_until = stretch.grace_until or stretch.valid_until
    if not stretch.is_usable:
        return [(stretch.collected_at, stretch.valid_until, "unused")]
    ages_at = max(stretch.collected_at, stretch.valid_until - warning_time(stretch.valid_until - stretch.collected_at))
    return [
        (stretch.collected_at, ages_at, "fresh"),
        (ages_at, stretch.valid_until, "ageing"),
        (stretch.valid_until, grace_until, "grace"),
    ]
