"""What the doorbell rings for: the database says which cases are due."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from aims.tenancy.scope import organisation_scope
from cases.sweep import reevaluate_due


@shared_task
def follow(organisation_id: str) -> int:
    """Bring the due cases of one organisation up to date, right after something happened to what they rest on."""
    with organisation_scope(UUID(organisation_id)):
        return reevaluate_due(timezone.now()).evaluated
