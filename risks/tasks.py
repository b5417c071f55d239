"""What runs behind the pages: effectiveness follows the evidence without anybody waiting for it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from aims.tenancy.door import acting_for_system
from evidence.events import VersionEvent
from evidence.models import EvidenceVersion
from inventory.models import SystemVersion
from risks.actions import refresh_for_items
from risks.models import ControlEvidence


@shared_task
def refresh_controls(organisation_id: str, item_ids: Iterable[str]) -> int:
    """Derive the effectiveness of every control that relies on these pieces of evidence; safe to run twice."""
    with acting_for_system(UUID(organisation_id)):
        return len(refresh_for_items([UUID(pk) for pk in item_ids], timezone.now()))


def ring_for_controls(events: Sequence[Any]) -> None:
    """Something happened to evidence: look at the controls that rely on it once the act is committed.

    A lost message costs nothing that a reader sees, because pages judge at the moment of reading; the sweep catches up.
    What the sweep itself found stale needs no ringing: it looks at the controls in the same transaction.
    """
    events = [event for event in events if event.event != VersionEvent.WENT_STALE]
    items = {event.target_id for event in events if event.target_kind == "evidence.evidenceitem"}
    versions = {event.target_id for event in events if event.target_kind == "evidence.evidenceversion"}
    if versions:
        items |= set(EvidenceVersion.objects.filter(pk__in=versions).values_list("item_id", flat=True))
    if events:
        ring_for_items(events[0].organisation_id, items)


def ring_for_systems(events: Sequence[Any]) -> None:
    """Another version of a system may be in operation: evidence about it may speak for another version now."""
    systems = {event.target_id for event in events if event.target_kind == "inventory.aisystem"}
    versions = [event.target_id for event in events if event.target_kind == "inventory.systemversion"]
    if versions:
        systems |= set(SystemVersion.objects.filter(pk__in=versions).values_list("system_id", flat=True))
    relied_on = ControlEvidence.objects.filter(item__system_id__in=systems).values_list("item_id", flat=True)
    ring_for_items(events[0].organisation_id, set(relied_on) if systems else set())


def ring_for_items(organisation_id: UUID, items: set[UUID]) -> None:
    if items:
        ids = sorted(str(pk) for pk in items)
        transaction.on_commit(lambda: refresh_controls.delay(str(organisation_id), ids), robust=True)
