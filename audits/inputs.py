"""The inputs of a management review (9.3.2): a registry of collectors that read the live records.

Every input of the catalogue has exactly one collector, found by its key (`@collector("MR-IN-A")`). It answers `Facts`:
counts that open to their records, a few records by name, and what only a person can say. It may fail, never be silent.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from importlib import import_module
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.models import ManagementReview

MOST_RECORDS = 40
TONES = {"good", "warn", "bad", "info", "neutral", "open"}


@dataclass(frozen=True)
class Period:
    """What a review looks back on: from the day of the one before (None: from the beginning) to its own day."""

    review: ManagementReview
    since: date | None
    until: date
    previous: ManagementReview | None = None

    @property
    def start(self) -> datetime:
        """The first moment of the period."""
        return moment(self.since) if self.since else datetime(1970, 1, 1, tzinfo=timezone.get_current_timezone())

    @property
    def end(self) -> datetime:
        """The last moment of the day of the meeting, at which freshness and due dates are judged."""
        return datetime.combine(self.until, time.max, tzinfo=timezone.get_current_timezone())

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.start, self.end


@dataclass(frozen=True)
class Count:
    """A figure, and the list behind it: `page` is the name of a URL, `query` its filters."""

    label: str
    value: int
    page: str = ""
    query: str = ""
    tone: str = "neutral"


@dataclass(frozen=True)
class Line:
    """A record by name. `page` and `number` lead to it."""

    label: str
    detail: str = ""
    page: str = ""
    number: int | None = None
    tone: str = "neutral"


@dataclass
class Facts:
    """What the records say about one input as of the day of the meeting."""

    period: Period
    counts: list[Count] = field(default_factory=list)
    records: list[Line] = field(default_factory=list)
    records_total: int = 0
    note: str = ""

    def check(self) -> None:
        """An input without a figure says nothing and must not pass for one."""
        if not self.counts:
            raise ValueError("the collector gave no figure")
        for each in self.counts:
            if not isinstance(each.value, int) or each.value < 0:
                raise ValueError(f"“{each.label}” is not a count: {each.value!r}")
        lines: list[Count | Line] = [*self.counts, *self.records]
        for line in lines:
            if line.tone not in TONES or not str(line.label).strip():
                raise ValueError(f"a line of the input is incomplete: {line!r}")

    def as_json(self) -> dict[str, Any]:
        records = [
            {**asdict(line), "label": str(line.label)[:300], "detail": str(line.detail)[:300]} for line in self.records
        ]
        return {
            "since": self.period.since.isoformat() if self.period.since else None,
            "until": self.period.until.isoformat(),
            "counts": [{**asdict(count), "label": str(count.label)} for count in self.counts],
            "records": records[:MOST_RECORDS],
            "records_total": max(self.records_total, len(records)),
            "note": str(self.note),
        }


Collector = Callable[[Period], Facts]
_collectors: dict[str, Collector] = {}


def collector(key: str) -> Callable[[Collector], Collector]:
    """Decorator: this function gathers the input with this key of the catalogue."""

    def register(function: Collector) -> Collector:
        _collectors[key] = function
        return function

    return register


def collector_of(key: str) -> Collector:
    import_module("audits.collectors")
    try:
        return _collectors[key]
    except KeyError:
        raise LookupError(_("nothing gathers it")) from None


def period_of(review: ManagementReview) -> Period:
    """Since the held review before this one, until the day of this one."""
    previous = ManagementReview.objects.before(review.held_on, review.number).first()
    return Period(review, previous.held_on if previous else None, review.held_on, previous)


def moment(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
