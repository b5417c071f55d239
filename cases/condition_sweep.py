"""When conditions are looked at: as soon as something happens that their detectors watch for, and by the clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Q

from aims.tenancy.door import acting_for_system
from aims.tenancy.scope import current_organisation_id, organisation_scope
from aims.trail.listeners import on_event
from aims.trail.models import Event
from cases.actions.detecting import check_condition
from cases.condition_querysets import ConditionQuerySet
from cases.detectors import Detector
from cases.following import AT_ONCE
from cases.models import DegradationCondition

log = structlog.get_logger(__name__)
BATCH: Final = 500
MARK_UNLOCKED: Final = """
update cases_degradationcondition set next_check_at = %s where id in (
  select id from cases_degradationcondition where id = any(%s) for no key update skip locked
) returning id
"""


@dataclass(slots=True)
class Watched:
    """What a sweep of conditions came to."""

    looked_at: int = 0
    failed: list[UUID] = field(default_factory=list)

    def __iadd__(self, other: "Watched") -> "Watched":
        self.looked_at += other.looked_at
        self.failed += other.failed
        return self


def watch_due(now: datetime) -> Watched:
    """All conditions that are due, each in a transaction of its own. Killed at any point, the next run goes on."""
    organisation_id = current_organisation_id()
    if organisation_id is None:
        raise RuntimeError("Enter an organisation first: a sweep works in one at a time.")
    watched, after = Watched(), None
    while True:
        due = DegradationCondition.objects.due(now).order_by("pk")
        ids = list((due.filter(pk__gt=after) if after else due).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return watched
        for condition_id in ids:
            try:
                with acting_for_system(organisation_id):
                    watched.looked_at += check_condition(condition_id, now=now)
            except Exception:  # whatever is wrong with one condition, the others must not wait for its repair
                log.exception("condition_not_checked", organisation=str(organisation_id), condition=str(condition_id))
                watched.failed.append(condition_id)
        after = ids[-1]


# --- Hearing ---


def listen() -> None:
    """Register the handlers; called when the room is loaded."""
    on_event("cases.metric.measured", hear_readings)
    for pattern in ("inventory.version.*", "inventory.system.*", "inventory.supplier.changed"):
        on_event(pattern, hear_registers)
    for pattern in ("evidence.item.added", "evidence.version.added"):
        on_event(pattern, hear_datasets)
    on_event("cases.binding.*", hear_bindings)


def hear_readings(events: Sequence[Event]) -> None:
    metrics = {event.target_id for event in events}
    mark_conditions(watching(Detector.METRIC_THRESHOLD).filter(metric_id__in=metrics))


def hear_registers(events: Sequence[Event]) -> None:
    targets = {event.target_id for event in events}
    of_these = Q(case__system_id__in=targets) | Q(case__system__supplier_id__in=targets)
    mark_conditions(watching(Detector.REGISTRY_EVENT).filter(of_these))


def hear_datasets(events: Sequence[Event]) -> None:
    items = {event.target_id for event in events}
    mark_conditions(watching(Detector.REGISTRY_EVENT).filter(case__system__evidence__in=items))


def hear_bindings(events: Sequence[Event]) -> None:
    cases = {event.target_id for event in events}
    mark_conditions(watching(Detector.EVIDENCE_AGE).filter(case_id__in=cases))


def watching(detector: str) -> ConditionQuerySet:
    found: ConditionQuerySet = DegradationCondition.objects.watched().filter(detector=detector)
    return found


def mark_conditions(conditions: ConditionQuerySet) -> None:
    """Make conditions due now, without waiting for one that somebody is just changing: that one follows after the
    commit."""
    wanted = set(conditions.values_list("pk", flat=True))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(MARK_UNLOCKED, [AT_ONCE, list(wanted)])
        busy = wanted - {row[0] for row in cursor.fetchall()}
    organisation_id = current_organisation_id()

    def ring() -> None:
        from cases.tasks import follow

        with organisation_scope(organisation_id), transaction.atomic():
            if busy:
                DegradationCondition.objects.filter(pk__in=busy).update(next_check_at=AT_ONCE)
        follow.delay(str(organisation_id))

    transaction.on_commit(ring, robust=True)
