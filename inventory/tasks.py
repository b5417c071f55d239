"""Background work of the inventory: imports that are due."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from aims.tenancy.across import organisations_due
from inventory.import_actions import run_due_imports


@shared_task
def run_imports() -> int:
    """Carry out every import that is due, organisation by organisation; returns how many were taken up."""
    # Across organisations: an import may be due in any of them; each is then entered in turn.
    return sum(
        run_due_imports(organisation_id) for organisation_id in organisations_due("across_imports_due", timezone.now())
    )


@shared_task
def run_imports_of(organisation_id: str) -> int:
    """The same for one organisation: the doorbell that a confirmed import rings."""
    return run_due_imports(UUID(organisation_id))
