"""Hearing what happens to evidence and systems: the cases that rest on them become due at once.

Being due is a row's state, set in the transaction of the act, so a lost message costs at most one beat of the sweep.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from aims.tenancy.scope import current_organisation_id, organisation_scope
from aims.trail.listeners import on_event
from aims.trail.models import Event
from cases.citing import all_citing
from cases.events import CaseEvent
from cases.models import AssuranceCase
from cases.signing import case_ids_signed_by
from inventory.models import SystemVersion

# Before any sweep, even one that is run for an instant of the past.
AT_ONCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
MARK_UNLOCKED: Final = """
update cases_assurancecase set next_transition_at = %s where id in (
  select id from cases_assurancecase where id = any(%s) for no key update skip locked
) returning id
"""


def listen() -> None:
    """Register the handlers; called when the room is loaded."""
    for pattern in ("evidence.item.*", "evidence.version.*", "evidence.file.found_*"):
        on_event(pattern, hear_evidence)
    on_event("inventory.version.*", hear_systems)
    on_event("tenancy.member.deactivated", hear_members)


def hear_evidence(events: Sequence[Event]) -> None:
    """Something happened to evidence: whatever rests on it is looked at again."""
    versions = [event.target_id for event in events if event.target_kind == "evidence.evidenceversion"]
    items = [event.target_id for event in events if event.target_kind == "evidence.evidenceitem"]
    found: set[UUID] = set()
    if versions:
        found |= set(AssuranceCase.objects.resting_on_versions(versions).values_list("pk", flat=True))
    if items:
        found |= set(AssuranceCase.objects.resting_on_items(items).values_list("pk", flat=True))
    mark_due(found)


def hear_systems(events: Sequence[Event]) -> None:
    """Something happened to systems, such as another version going live."""
    systems = {event.target_id for event in events if event.target_kind == "inventory.aisystem"}
    versions = [event.target_id for event in events if event.target_kind == "inventory.systemversion"]
    if versions:
        systems |= set(SystemVersion.objects.filter(pk__in=versions).values_list("system_id", flat=True))
    if systems:
        mark_due(AssuranceCase.objects.in_force().filter(system_id__in=systems).values_list("pk", flat=True))


def hear_members(events: Sequence[Event]) -> None:
    """Somebody left: what they signed is signed by nobody who answers for it, and their cases need another owner."""
    gone = [event.target_id for event in events]
    mark_due(case_ids_signed_by(gone))
    from cases.life_telling import Told, tell

    for case in (
        AssuranceCase.objects.in_force().filter(accountable_owner_id__in=gone).select_related("accountable_owner")
    ):
        tell(case, Told.OWNER_LEFT, event=CaseEvent.OWNER_LEFT, actor=None, words=str(case.accountable_owner))


def mark_due(case_ids: Iterable[UUID]) -> None:
    """Make cases due now, without waiting for one that somebody is just changing: that one follows after the commit."""
    wanted = set(case_ids)
    if not wanted:
        return
    wanted |= all_citing(wanted)
    with connection.cursor() as cursor:
        cursor.execute(MARK_UNLOCKED, [AT_ONCE, list(wanted)])
        marked = {row[0] for row in cursor.fetchall()}
    organisation_id, busy = current_organisation_id(), wanted - marked

    def ring() -> None:
        from cases.tasks import follow

        with organisation_scope(organisation_id), transaction.atomic():
            if busy:
                AssuranceCase.objects.filter(pk__in=busy).update(next_transition_at=AT_ONCE)
        follow.delay(str(organisation_id))

    transaction.on_commit(ring, robust=True)
