"""Degradation conditions as the rule of standing takes them, at now or as they were at an instant of the past."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.text import Truncator

from cases import facts as known
from cases.detectors import Seen
from cases.models import ConditionEvent, DegradationCondition
from cases.scale import Standing

Status = DegradationCondition.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen, when it was so, and what says so."""

    seen: Seen
    observed_at: datetime
    value: float | None = None
    note: str = ""
    cause: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    sha256: str = ""


def conditions_of(
    case_ids: Iterable[UUID], at: datetime | None = None, *, with_retired: bool = False
) -> list[DegradationCondition]:
    """The conditions of cases and what is declared not to apply: one query, and one more where an instant of the past has to be answered by the history."""
    rows = DegradationCondition.objects.filter(case_id__in=list(case_ids))
    if at is None:
        return list((rows if with_retired else rows.exclude(status=Status.RETIRED)).order_by("number"))
    in_use = Q() if with_retired else ~Q(status=Status.RETIRED) | Q(changed_at__gt=at)
    then = rows.filter(in_use, created_at__lte=at)
    found = list(then.order_by("number"))
    later = {row.pk: row for row in found if row.last_event_at is not None and row.last_event_at > at}
    if later:
        for event in ConditionEvent.objects.last_before(later, at):
            put_back(later[event.condition_id], event)
    return found


def put_back(row: DegradationCondition, event: ConditionEvent) -> None:
    """Show a row, which is not to be saved, as it was after an event."""
    for name, value in {
        "status": event.after,
        "effect": event.effect,
        "max_silence_hours": event.max_silence_hours,
        "changed_at": event.at,
        "since": event.since,
        "last_evaluated_at": event.last_evaluated_at,
        "trips_at": event.trips_at,
    }.items():
        setattr(row, name, value)


def condition_fact(row: DegradationCondition) -> known.ConditionFact:
    """A condition as the rule takes it."""
    return known.ConditionFact(
        label=name_of_condition(row),
        state=known.ConditionState(row.status),
        effect=Standing(row.effect),
        last_evaluated_at=row.last_evaluated_at,
        max_silence=row.max_silence,
        changed_at=row.since,
        trips_at=row.trips_at,
    )


def finding_now(row: DegradationCondition, at: datetime) -> known.Finding:
    """What a condition costs at an instant; one that nobody watches costs nothing."""
    return condition_fact(row).finding(at) if row.is_watched else known.SOUND


def name_of_condition(row: Any) -> str:
    """How a sentence names a condition: by its number and the beginning of its statement."""
    return f"{row.number} “{Truncator(row.statement).chars(80)}”"
