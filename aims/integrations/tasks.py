"""What beat calls: the database says what is due."""

from celery import shared_task

from aims.integrations.mailing import send_due


@shared_task
def send_mail() -> int:
    """Send the e-mails that are due; safe to run twice and at the same time."""
    return send_due()
