"""Sending notifications by e-mail, one organisation at a time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.integrations.models import Notification
from aims.tenancy.across import organisations_due
from aims.tenancy.scope import working_in

log = structlog.get_logger(__name__)

BATCH = 200
FAILURES_BEFORE_PAUSE = 3
FIRST_RETRY = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(days=7)


def send_due(now: datetime | None = None) -> int:
    """Send what is due in every organisation; returns how many e-mails left."""
    now = now or timezone.now()
    # Across organisations: mail is due anywhere; each organisation is then entered in turn.
    return sum(send_due_of(organisation_id, now) for organisation_id in organisations_due("across_mail_due", now))


def send_due_of(organisation_id: UUID, now: datetime) -> int:
    """Send one organisation's due e-mails. A server that keeps failing is left alone until the next run."""
    with working_in(organisation_id):
        ids = list(Notification.objects.to_be_mailed(now).order_by("email_due_at").values_list("pk", flat=True)[:BATCH])
    connection, sent, failures = get_connection(), 0, 0
    try:
        for notification_id in ids:
            was_sent = send_one(organisation_id, notification_id, now, connection)
            sent += was_sent is True
            failures = failures + 1 if was_sent is False else 0
            if failures >= FAILURES_BEFORE_PAUSE:
                break
    finally:
        connection.close()
    return sent


def send_one(organisation_id: UUID, notification_id: UUID, now: datetime, connection: object) -> bool | None:
    """Send one e-mail and mark it in the transaction that holds its row: another worker passes it by.

    False when sending failed (it is due again later), None when there was nothing to send. Only a death between the
    mail server's answer and the commit could send it twice.
    """
    with working_in(organisation_id):
        notification = (
            Notification.objects.to_be_mailed(now)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("member__user", "organisation")
            .filter(pk=notification_id)
            .first()
        )
        if notification is None:
            return None
        if not (notification.member.is_active and notification.member.user.is_active):
            notification.email_due_at = None
            notification.save(update_fields=["email_due_at"])
            return None
        try:
            message_of(notification, connection).send()
        except Exception as problem:  # whatever a mail server can answer: the row is tried again
            log.warning("mail_failed", notification=str(notification.pk), problem=type(problem).__name__)
            notification.email_due_at = next_try(notification, now)
            notification.save(update_fields=["email_due_at"])
            return False
        notification.email_due_at, notification.emailed_at = None, now
        notification.save(update_fields=["email_due_at", "emailed_at"])
        return True


def next_try(notification: Notification, now: datetime) -> datetime | None:
    """Ever longer pauses; after a week it stays in the application only."""
    age = now - notification.created_at
    return None if age > GIVE_UP_AFTER else now + max(FIRST_RETRY, age / 2)


def message_of(notification: Notification, connection: object) -> EmailMultiAlternatives:
    """The e-mail as text and as HTML."""
    context: dict[str, Any] = {
        "organisation": notification.organisation,
        "notification": notification,
        "heading": Truncator(" ".join(notification.sentence.split())).chars(120),
        "action_url": f"{settings.BASE_URL}{notification.link}",
        "action_label": _("Open it"),
        "reason": _("You receive this because you are a member of %(organisation)s.")
        % {"organisation": notification.organisation.name},
    }
    message = EmailMultiAlternatives(
        subject=context["heading"],
        body=render_to_string("integrations/notification_email.txt", context),
        to=[notification.member.user.email],
        connection=connection,
        headers={"X-Notification": str(notification.pk), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("integrations/notification_email.html", context), "text/html")
    return message
