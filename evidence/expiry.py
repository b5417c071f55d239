"""The expiry calendar: what runs out on which day of a month, and in the next 30, 60 and 90 days."""

import calendar
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from evidence.filters import start_of
from evidence.listing import freshness_of
from evidence.models import EvidenceItem
from evidence.querysets import EvidenceItemQuerySet

HORIZONS = (30, 60, 90)
SHOWN_A_DAY = 6
SHOWN_AHEAD = 12
MOST_OF_A_MONTH = 1000
FIRST_YEAR, LAST_YEAR = 2000, 2199


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the month that is shown, or of a neighbour month that fills its weeks."""

    on: date
    is_of_month: bool
    is_today: bool
    items: Sequence[EvidenceItem]
    more: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """What runs out within a horizon and after the one before; `total` counts all of it."""

    days: int
    total: int
    begins: date
    ends: date
    items: Sequence[EvidenceItem]


@dataclass(frozen=True, slots=True)
class ExpiryPage:
    """A month in weeks, its neighbours, and what lies ahead of today."""

    month: date
    before: date | None
    after: date | None
    weeks: list[list[Day]]
    total: int
    ahead: list[Ahead]
    overdue: int


def month_of(text: str, today: date) -> date:
    """The first day of "2026-12"; this month when it says none."""
    year, _hyphen, month = text.partition("-")
    are_digits = all(part.isascii() and part.isdigit() for part in (year, month))
    if are_digits and len(text) <= 7 and FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return today.replace(day=1)


def moved(month: date, by: int) -> date | None:
    index = month.year * 12 + month.month - 1 + by
    year = index // 12
    return date(year, index % 12 + 1, 1) if FIRST_YEAR <= year <= LAST_YEAR else None


def running_out(items: EvidenceItemQuerySet, begins: date, ends: date) -> EvidenceItemQuerySet:
    """Active items that stop being current from one day to another, the last included, soonest first."""
    found = items.active().filter(fresh_until__gte=start_of(begins), fresh_until__lt=start_of(ends + timedelta(days=1)))
    return found.order_by("fresh_until", "number")


def expiry_page(items: EvidenceItemQuerySet, month: date, now: datetime) -> ExpiryPage:
    """Everything that the page shows, of the items that the filters let through, in three queries."""
    today = timezone.localdate(now)
    rows = calendar.Calendar().monthdatescalendar(month.year, month.month)
    by_day: dict[date, list[EvidenceItem]] = defaultdict(list)
    found = running_out(items, rows[0][0], rows[-1][-1]).select_related("owner", "current").defer("description")
    for item in found[:MOST_OF_A_MONTH]:
        item.badge = freshness_of(item, now)
        by_day[timezone.localdate(item.fresh_until)].append(item)
    weeks = [
        [
            Day(
                on,
                on.month == month.month,
                on == today,
                by_day[on][:SHOWN_A_DAY],
                max(0, len(by_day[on]) - SHOWN_A_DAY),
            )
            for on in week
        ]
        for week in rows
    ]
    total = sum(len(on_day) for on, on_day in by_day.items() if on.month == month.month)
    ahead, overdue = what_lies_ahead(items, today, now)
    return ExpiryPage(month, moved(month, -1), moved(month, 1), weeks, total, ahead, overdue)


def what_lies_ahead(items: EvidenceItemQuerySet, today: date, now: datetime) -> tuple[list[Ahead], int]:
    """The three horizons with their first items, and how many are past their date already."""
    spans = [
        (days, today + timedelta(days=before), today + timedelta(days=days - 1))
        for before, days in zip((0, *HORIZONS), HORIZONS, strict=False)
    ]
    counted: dict[str, Any] = {
        f"within_{days}": Count(
            "pk", filter=Q(fresh_until__gte=start_of(begins), fresh_until__lt=start_of(ends + timedelta(days=1)))
        )
        for days, begins, ends in spans
    }
    totals = items.active().order_by().aggregate(overdue=Count("pk", filter=Q(fresh_until__lt=now)), **counted)
    soon = running_out(items, today, spans[-1][2]).select_related("owner", "system", "current")
    rows = list(soon.defer("description", "system__details", "system__screening")[: SHOWN_AHEAD * len(HORIZONS)])
    for row in rows:
        row.badge = freshness_of(row, now)
    ahead = [
        Ahead(
            days,
            totals[f"within_{days}"],
            begins,
            ends,
            [row for row in rows if begins <= timezone.localdate(row.fresh_until) <= ends][:SHOWN_AHEAD],
        )
        for days, begins, ends in spans
    ]
    return ahead, totals["overdue"]
