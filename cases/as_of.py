"""What was believed of a case on a day, beside what is believed now."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import F, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from cases.causes import with_words
from cases.evaluation import Assessment, assess, show_as_of
from cases.listing import standing_badge
from cases.models import AssuranceCase, ConditionEvent, DegradationCondition, Element, StandingLevel, StandingTransition
from cases.selectors import Line, outline_of

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
MOST_NOTEWORTHY: Final = 8


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


@dataclass(frozen=True, slots=True)
class Noteworthy:
    """A moment that somebody may ask about: what was believed right before something came out."""

    at: datetime
    words: str

    @property
    def query(self) -> str:
        """The instant before, for an address."""
        before = (self.at - timedelta(seconds=1)).replace(microsecond=0)
        return urlencode({"on": before.astimezone(UTC).isoformat()})


@dataclass
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

    @cached_property
    def outline(self) -> list[Line]:
        """The argument as it said then, each line with its standing of then."""
        return outline_of(self.then, None)

    @property
    def changed(self) -> list[Compared]:
        return [one for one in self.elements if not one.is_same]

    @property
    def unchanged(self) -> int:
        return len(self.elements) - len(self.changed)


def noteworthy_in(case: AssuranceCase) -> list[Noteworthy]:
    """When conditions came true, incidents among them, and when the case fell; the newest first, one query."""
    events = ConditionEvent.objects.filter(condition__case=case, seen=ConditionEvent.Seen.TRIPPED).annotate(
        moment=Coalesce("observed_at", "at"),
        what=F("condition__type"),
        which=F("condition__number"),
        said=Coalesce(NullIf("note", Value("")), "condition__statement", output_field=TextField()),
        reference=Coalesce(KeyTextTransform("reference", "cause"), Value(""), output_field=TextField()),
        level=Value(0),
    )
    falls = StandingTransition.objects.filter(case=case, element=None, after__lt=F("before")).annotate(
        moment=F("as_of"),
        what=Value(""),
        which=Value(0),
        said=Value(""),
        reference=Value(""),
        level=F("after"),
    )
    told = [
        rows.order_by("-moment").values_list("moment", "what", "which", "said", "reference", "level")[:MOST_NOTEWORTHY]
        for rows in (events, falls)
    ]
    rows = told[0].union(told[1], all=True).order_by("-moment")[:MOST_NOTEWORTHY]
    return [Noteworthy(moment, words_for(*said)) for moment, *said in rows]


def words_for(what: str, which: int, said: str, reference: str, level: int) -> str:
    if not what:
        return _("The case fell to “%s”.") % StandingLevel(level).label
    kind = DegradationCondition.Type(what).label
    told = _("%(kind)s (condition %(number)d): %(note)s") % {"kind": kind, "number": which, "note": said}
    return f"{told} ({reference})" if reference else told


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
