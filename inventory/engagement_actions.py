"""Naming the AI systems that a certification auditor's engagement covers."""

from collections.abc import Iterable

from django.db import transaction

from aims.tenancy.actions import refuse_ended
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Engagement, Member
from aims.trail.record import record
from inventory.events import CoverageEvent
from inventory.models import AISystem, EngagementSystem


@transaction.atomic
def cover(engagement: Engagement, *, systems: Iterable[AISystem], actor: Member) -> Engagement:
    """Name the AI systems that a limited engagement covers: these and no others from the next request on.

    An engagement of the whole organisation becomes a limited one by it.
    """
    row = locked(engagement)
    refuse_ended(row)
    wanted = {system.pk: system for system in systems}
    present = {one.system_id: one for one in EngagementSystem.objects.filter(engagement=row).select_related("system")}
    added = [wanted[pk] for pk in wanted.keys() - present.keys()]
    removed = [present[pk] for pk in present.keys() - wanted.keys()]
    if row.is_limited and not added and not removed:
        return row
    EngagementSystem.objects.filter(pk__in=[one.pk for one in removed]).delete()
    EngagementSystem.objects.bulk_create(
        [EngagementSystem(organisation_id=row.organisation_id, engagement=row, system=system) for system in added]
    )
    row.is_limited = True
    row.save(update_fields=["is_limited", "updated_at"])
    told = {
        # Numbers, not names: the auditor who reads the trail must not learn what they may not see.
        "added": sorted(system.number for system in added)[:50],
        "removed": sorted(one.system.number for one in removed)[:50],
        "covered": len(wanted),
    }
    record(CoverageEvent.CHANGED, row, actor=actor, **told)
    return row
