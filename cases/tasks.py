"""What the doorbell rings for: the database says which cases are due."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from aims.tenancy.across import organisations_due
from aims.tenancy.door import acting_for_system
from aims.tenancy.partitions import MONTHS_AHEAD, make_partitions
from aims.tenancy.scope import organisation_scope
from cases.condition_sweep import watch_due
from cases.models import MetricReading
from cases.pulling import pull_due
from cases.sweep import reevaluate_due
from risks.actions import refresh_effectiveness
from risks.models import Control


@shared_task
def follow(organisation_id: str) -> int:
    """Look at the due conditions of one organisation and bring its due cases up to date, right after something happened to what they rest on."""
    with organisation_scope(UUID(organisation_id)):
        watch_due(timezone.now())
        return reevaluate_due(timezone.now()).evaluated


@shared_task
def refresh_shown_controls(organisation_id: str, control_ids: list[str]) -> int:
    """Derive the effectiveness of controls anew whose claims changed; safe to run twice."""
    with acting_for_system(UUID(organisation_id)):
        controls = Control.objects.filter(pk__in=[UUID(pk) for pk in control_ids])
        return len(refresh_effectiveness(controls, timezone.now()))


@shared_task
def make_room_for_readings() -> int:
    """Make the partitions of this month and the next ones, long before the first reading needs them."""
    return make_partitions(MetricReading._meta.db_table, timezone.now().date(), MONTHS_AHEAD + 1)


@shared_task
def pull_readings() -> int:
    """Ask the Prometheus servers that are due, in every organisation that has some."""
    now, recorded = timezone.now(), 0
    # Across organisations: only those with a question that is due are entered.
    for organisation_id in organisations_due("across_pulls_due", now):
        with organisation_scope(organisation_id):
            recorded += pull_due(now)
    return recorded
