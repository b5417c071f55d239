"""What beat calls: the database says what is due."""

import structlog
from celery import shared_task
from django.utils import timezone

from aims.tenancy.across import organisations_due
from audits.packs.building import build_due

log = structlog.get_logger()


@shared_task
def build_packs() -> int:
    """Build the packs that are due, organisation by organisation; safe to run twice and at the same time."""
    finished = 0
    # Across organisations: a worker serves all of them, entering one at a time.
    for organisation_id in organisations_due("across_packs_due", timezone.now()):
        finished += build_due(organisation_id)
    return finished
