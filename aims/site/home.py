"""What Home shows: what does not stand, what needs me, what falls in 30 days, readiness by clause."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, F, Q, Value, Window
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.integrations.models import Notification
from aims.standards.catalogue import auditable_clauses, requirements
from aims.standards.models import RequirementPosition
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from audits.models import CorrectiveAction, Nonconformity, ReviewAction
from cases.causes import sentence_of
from cases.models import AssuranceCase, Challenge, DegradationCondition, Signal, StandingLevel
from cases.turns import awaiting
from evidence.models import EvidenceItem, EvidenceRequest
from risks.models import Risk, Treatment

SHOWN = 8
MOST_DUE = 500
CAUSES_SHOWN = 3
DAYS_AHEAD = 30


@dataclass(frozen=True)
class NotStanding:
    """A case below Holds, and why, in words."""

    case: AssuranceCase

    @property
    def standing(self) -> StandingLevel:
        return StandingLevel(self.case.standing)

    @property
    def why(self) -> list[str]:
        return [sentence_of(cause) for cause in self.case.standing_causes[:CAUSES_SHOWN]]


@dataclass(frozen=True)
class Falling:
    """Something that stops being current soon if nobody acts."""

    what: str
    url: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class Due:
    """An action that waits for this member."""

    kind: str
    what: str
    url: str
    due_on: date
    is_overdue: bool


@dataclass
class ClauseReadiness:
    """How many of a clause's requirements are met; `total` counts all of them."""

    ref: str
    title: str
    total: int
    met: int = 0
    partial: int = 0
    gap: int = 0

    @property
    def unknown(self) -> int:
        return self.total - self.met - self.partial - self.gap

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Position and how many requirements have it, in the order of the table."""
        return [(position, getattr(self, position)) for position in ("met", "partial", "gap", "unknown")]


@dataclass(frozen=True)
class Home:
    """The whole page."""

    not_standing: list[NotStanding]
    not_standing_count: int
    case_count: int
    notifications: list[Notification]
    unread: int
    due: list[Due]
    due_count: int
    falling: list[Falling]
    falling_count: int
    readiness: list[ClauseReadiness]
    is_executive: bool = False
    top_risks: list[Risk] = field(default_factory=list)

    @property
    def met(self) -> int:
        return sum(clause.met for clause in self.readiness)

    @property
    def requirement_count(self) -> int:
        return sum(clause.total for clause in self.readiness)


def home_of(member: Member, now: datetime | None = None, *, is_all_due: bool = False) -> Home:
    """Gather the page for one member of the entered organisation; every list is cut, unless all that is due is asked for."""
    now = now or timezone.now()
    cases = list(AssuranceCase.objects.in_force().for_list().order_by("number").as_of(now))
    fallen = sorted(
        (case for case in cases if case.standing < StandingLevel.HOLDS), key=lambda case: (case.standing, case.number)
    )
    due = due_for(member, timezone.localdate(now))
    notifications: list[Any] = list(
        Notification.objects.filter(member=member, read_at__isnull=True).annotate(total=Window(Count("*")))[:SHOWN]
    )
    falls, falling_count = falling(member, now)
    waiting = {entry.url for entry in due}
    is_executive = Role.EXECUTIVE in member.roles
    return Home(
        not_standing=[NotStanding(case) for case in fallen[:SHOWN]],
        not_standing_count=len(fallen),
        case_count=len(cases),
        # What is due is said once, not again as the notification that announced it.
        notifications=[each for each in notifications if each.link not in waiting],
        unread=notifications[0].total if notifications else 0,
        due=due if is_all_due else due[:SHOWN],
        due_count=len(due),
        falling=falls,
        falling_count=falling_count,
        readiness=readiness(),
        is_executive=is_executive,
        top_risks=list(Risk.objects.open().order_by("-score", "number")[:5]) if is_executive else [],
    )


def falling(member: Member, now: datetime) -> tuple[list[Falling], int]:
    """Evidence that stops being current within 30 days, soonest first, and how many pieces there are in all."""
    slug = member.organisation.slug
    items: list[Any] = list(
        EvidenceItem.objects.active()
        .filter(fresh_until__gt=now, fresh_until__lte=now + timedelta(days=DAYS_AHEAD))
        .annotate(total=Window(Count("*")))
        .order_by("fresh_until")[:SHOWN]
    )
    return [
        Falling(
            item.title,
            reverse("evidence:evidence_detail", args=[slug, item.number]),
            str(_("Evidence")),
            item.fresh_until,
        )
        for item in items
    ], (items[0].total if items else 0)


def due_for(member: Member, today: date) -> list[Due]:
    """Open actions of this member, the most overdue first, over all registers in one query; at most `MOST_DUE`."""
    mine, asked_by_me = Q(owner=member), Q(asked_by=member)
    sources: list[tuple[str, Any, str, Any, Q]] = [
        (
            "risks:risk_detail",
            Treatment.objects.filter(status__in=["planned", "in_progress"]),
            "description",
            _("Treatment"),
            mine,
        ),
        (
            "audits:nonconformity_detail",
            Nonconformity.objects.exclude(status="closed"),
            "title",
            _("Nonconformity"),
            mine,
        ),
        (
            "audits:corrective_action_detail",
            CorrectiveAction.objects.filter(status="planned"),
            "description",
            _("Corrective action"),
            mine,
        ),
        (
            "audits:review_action_detail",
            ReviewAction.objects.filter(status="open"),
            "description",
            _("Review action"),
            mine,
        ),
        ("cases:signal_detail", Signal.objects.open(), "sentence", _("Signal"), mine),
        (
            "cases:condition_detail",
            DegradationCondition.objects.in_use().filter(status="tripped"),
            "statement",
            _("Condition to acknowledge"),
            Q(responder=member),
        ),
        (
            "cases:condition_detail",
            DegradationCondition.objects.in_use().filter(status__in=["suspected", "acknowledged"]),
            "statement",
            _("Condition to clear"),
            Q(responder=member),
        ),
        (
            "cases:challenge_detail",
            Challenge.objects.in_force().unsettled().exclude(status="open", answered_by__isnull=False).with_due_day(),
            "statement",
            _("Challenge to answer"),
            Q(case__accountable_owner=member) | Q(target__owner=member),
        ),
        (
            "evidence:request_detail",
            EvidenceRequest.objects.filter(status="asked"),
            "title",
            _("Evidence that you are asked for"),
            mine,
        ),
        (
            "evidence:request_detail",
            EvidenceRequest.objects.filter(status="submitted"),
            "title",
            _("Evidence to look at that you asked for"),
            asked_by_me,
        ),
    ]
    sources += [
        (
            "cases:case_life",
            cases.annotate(due_on=Coalesce("turn_due_on", "review_by", Value(today))),
            "title",
            words,
            Q(),
        )
        for words, cases in awaiting(member)
    ]
    parents = {"Treatment": "risk__number"}
    queries = []
    for view, queryset, text, kind, whose in sources:
        number = parents.get(queryset.model.__name__, "number")
        queries.append(
            queryset.filter(whose)
            .order_by()
            .annotate(
                ends_on=F("due_on"),
                words=F(text),
                view=Value(view, output_field=CharField()),
                duty=Value(str(kind), output_field=CharField()),
                place=F(number),
            )
            .values_list("ends_on", "words", "view", "duty", "place")
        )
    rows = queries[0].union(*queries[1:], all=True).order_by("ends_on")[:MOST_DUE]
    slug = member.organisation.slug
    return [
        Due(kind, text[:200], reverse(view, args=[slug, number]), due_on, due_on < today)
        for due_on, text, view, kind, number in rows
    ]


def readiness() -> list[ClauseReadiness]:
    """Positions by top-level clause, in the order of the standard."""
    clauses: dict[str, ClauseReadiness] = {}
    for clause in auditable_clauses():
        top = clause.ref.partition(".")[0]
        entry = clauses.setdefault(top, ClauseReadiness(top, str(TITLES.get(top, clause.title)), 0))
        entry.total += len(requirements(clause.ref))
    for clause_ref, position in RequirementPosition.objects.values_list("clause", "position"):
        entry = clauses[clause_ref.partition(".")[0]]
        if position != RequirementPosition.Position.UNKNOWN:
            setattr(entry, position, getattr(entry, position) + 1)
    return list(clauses.values())


TITLES = {
    "4": _("Context of the organisation"),
    "5": _("Leadership"),
    "6": _("Planning"),
    "7": _("Support"),
    "8": _("Operation"),
    "9": _("Performance evaluation"),
    "10": _("Improvement"),
}
