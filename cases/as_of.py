"""What was believed of a case on a day, beside what is believed now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from cases.causes import with_words
from cases.evaluation import Assessment, assess, show_as_of
from cases.listing import standing_badge
from cases.models import AssuranceCase, Element, StandingLevel

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def instant_of(told: str) -> datetime:
    """A day ("2026-03-01": its last instant), or a day with a time in the reader's zone or with one of its own.

    RuleBroken names the field and the remedy.
    """
    told = told.strip()
    try:
        at = parse_datetime(told) if "T" in told or " " in told else end_of_day(parse_date(told))
        if at is not None and timezone.is_naive(at):
            at = timezone.make_aware(at)
        at = at.astimezone(UTC) if at is not None else None
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise RuleBroken(_("Give a day such as 2026-03-01, or a day with a time such as 2026-03-01T14:30."), field="on")
    if not EARLIEST <= at <= LATEST:
        raise RuleBroken(_("Give a day from the years 2000 to 2200."), field="on")
    return at


def end_of_day(day: date | None) -> datetime | None:
    return datetime.combine(day, time.max) if day else None


@dataclass(slots=True)
class Compared:
    """One element then and now; None where it was not there."""

    address: str
    statement: str
    then: StandingLevel | None
    now: StandingLevel | None
    is_restated: bool = False

    @property
    def badge_then(self) -> Any:
        return standing_badge(self.then) if self.then is not None else None

    @property
    def badge_now(self) -> Any:
        return standing_badge(self.now) if self.now is not None else None

    @property
    def is_same(self) -> bool:
        return self.then == self.now and not self.is_restated


@dataclass(slots=True)
class AsOf:
    """A case at an instant, beside now."""

    case: AssuranceCase
    at: datetime
    then: Assessment
    elements: list[Compared]

    @property
    def is_future(self) -> bool:
        return self.at > timezone.now()

    @property
    def badge_then(self) -> Any:
        return standing_badge(self.then.standing)

    @property
    def badge_now(self) -> Any:
        return standing_badge(self.case.standing)

    @property
    def state_then(self) -> str:
        return str(self.then.case.get_status_display())

    @property
    def causes_then(self) -> list[dict[str, Any]]:
        return with_words(self.then.stored_causes(), now=timezone.now())

    @property
    def causes_now(self) -> list[dict[str, Any]]:
        return with_words(self.case.standing_causes)

    @property
    def changed(self) -> list[Compared]:
        return [one for one in self.elements if not one.is_same]

    @property
    def unchanged(self) -> int:
        return len(self.elements) - len(self.changed)


def as_of(case: AssuranceCase, at: datetime) -> AsOf:
    """Then by what was known then, now by what is stored, which is right for every case that is not due."""
    show_as_of([case], timezone.now())
    then = assess(case, at=at)
    now = {row.pk: row for row in Element.objects.in_use().filter(case=case).select_related("module")}
    compared = [
        Compared(
            row.address,
            row.statement,
            then.standing_of(row),
            StandingLevel(now[pk].standing) if pk in now else None,
            pk in now and now[pk].statement != row.statement,
        )
        for pk, row in then.loaded.elements.items()
    ]
    compared += [
        Compared(row.address, row.statement, None, StandingLevel(row.standing))
        for pk, row in now.items()
        if pk not in then.loaded.elements
    ]
    return AsOf(case, at, then, compared)
