"""What beat calls for the house as a whole."""

from celery import shared_task
from django.utils import timezone

from aims.site import digests, sweeping


@shared_task
def sweep() -> str:
    """Find what time did; safe to run twice and at the same time."""
    return str(sweeping.sweep(timezone.now()))


@shared_task
def send_digests() -> int:
    """Make today's digests where it is time, and send those that are due; safe to run twice and at the same time."""
    return digests.send_all(timezone.now())
