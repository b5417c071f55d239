"""Challenges as the rule of standing takes them, at now or as they were at an instant of the past."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from cases import facts as known
from cases.models import AssuranceCase, Challenge, ChallengeEvent
from cases.scale import Standing

Status = Challenge.Status
UNDECIDED = "open"
LAPSED = "lapsed"
EXPIRED = "expired"


def challenges_of(case_ids: Iterable[UUID], at: datetime | None = None) -> list[Challenge]:
    """The challenges of cases: one query, and one more where an instant of the past has to be answered by the history."""
    rows = Challenge.objects.filter(case_id__in=list(case_ids))
    if at is None:
        return list(rows.exclude(status=Status.WITHDRAWN).order_by("number"))
    then = rows.filter(~Q(status=Status.WITHDRAWN) | Q(changed_at__gt=at), created_at__lte=at)
    found = list(then.order_by("number"))
    put_all_back(found, at)
    return [row for row in found if row.status != Status.WITHDRAWN]


def put_all_back(rows: Sequence[Challenge], at: datetime) -> None:
    """Show rows, which are not to be saved, as they were at an instant."""
    later = {row.pk: row for row in rows if row.last_event_at is not None and row.last_event_at > at}
    if later:
        for event in ChallengeEvent.objects.last_before(later, at):
            put_back(later[event.challenge_id], event)


def put_back(row: Challenge, event: ChallengeEvent) -> None:
    """Show a row, which is not to be saved, as it was after an event."""
    for name, value in {
        "status": event.after,
        "severity": event.severity,
        "response_element_id": event.response_element_id,
        "significance": event.significance,
        "accepted_until": event.accepted_until,
        "changed_at": event.changed_at,
    }.items():
        setattr(row, name, value)


def challenge_fact(row: Challenge, at: datetime | None = None, *, step_to: str = "") -> known.ChallengeFact:
    """A challenge as the rule takes it; with `at`, as it was then, by one query where it has changed since."""
    if at is not None:
        row = Challenge.objects.get(pk=row.pk)
        put_all_back([row], at)
    return known.ChallengeFact(
        label=name_of_challenge(row, step_to=step_to),
        severity=known.Severity(row.severity),
        state=known.ChallengeState(row.status),
        response=row.response_element_id,
        significance=known.Significance(row.significance) if row.significance else None,
        accepted_until=end_of(row.accepted_until) if row.accepted_until else None,
        changed_at=row.changed_at,
    )


def end_of(day: Any) -> datetime:
    """The last instant of a day, here."""
    return datetime.combine(day, time.max, tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def name_of_challenge(row: Any, *, step_to: str = "") -> str:
    """How a sentence names a challenge: by its number, the beginning of its statement, and the step that it doubts."""
    name = f"{row.number} “{Truncator(row.statement).chars(80)}”"
    return _("%(name)s, about the step to %(element)s,") % {"name": name, "element": step_to} if step_to else name


def state_key(row: Challenge, now: datetime | None = None) -> str:
    """Where it stands at now, as the badge, the filter and the API name it: a lapsed answer and an ended acceptance too."""
    at = now or timezone.now()
    if row.status == Status.REFUTED and row.lapsed_at is not None:
        return LAPSED
    if row.status == Status.RESIDUAL and row.accepted_until is not None and at > end_of(row.accepted_until):
        return EXPIRED
    return str(row.status)


def is_undecided(row: Challenge, now: datetime | None = None) -> bool:
    """Whether the doubt is there: open, or back because its answer lapsed or its acceptance ended."""
    return state_key(row, now) in (UNDECIDED, LAPSED, EXPIRED)


def show_lapses(rows: Sequence[Challenge], at: datetime) -> None:
    """Put into rows that were read for showing whether their answers hold at an instant; nothing is written.

    What is stored is right for every case that is not due, because whatever happens makes its cases due.
    """
    from cases.evaluation import assess_loaded, is_late
    from cases.loading import load_in_force

    refuted = [row for row in rows if row.status == Status.REFUTED]
    late: dict[UUID, AssuranceCase] = {row.case_id: row.case for row in refuted if is_late(row.case, at)}
    for loaded in load_in_force(list(late.values())) if late else []:
        evaluation = assess_loaded(loaded, at=at).evaluation
        for row in refuted:
            if row.case_id == loaded.case.pk:
                response = loaded.elements.get(row.response_element_id)
                holds = response is not None and evaluation[response.pk] is Standing.HOLDS
                row.lapsed_at = None if holds else row.lapsed_at or at
