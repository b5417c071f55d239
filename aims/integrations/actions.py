"""Telling people, and their saying that they have read it."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.integrations.events import DigestEvent, NotificationEvent
from aims.integrations.models import Notification
from aims.rules import RuleBroken
from aims.tenancy.models import Member, Organisation
from aims.trail.record import record, record_many


def notify(
    member: Member,
    *,
    event: str,
    sentence: str,
    link: str,
    key: str,
    due_on: date | None = None,
    email: bool = True,
) -> Notification | None:
    """Tell a member something once: None when `key` has told them before, or when they are deactivated.

    `sentence` is whole and translated; `link` is a path of this site. Part of the caller's transaction: what is rolled
    back told nobody.
    """
    if not link.startswith("/") or link.startswith("//"):
        # SECURITY: the link is followed from an e-mail of ours, so it never leaves the site.
        raise ValueError(f"link must be a path of this site, not {link!r}")
    if not member.is_active:
        return None
    notification = Notification(
        organisation_id=member.organisation_id,
        member=member,
        event=event,
        sentence=Truncator(sentence).chars(1000),
        link=link,
        due_on=due_on,
        key=key,
        email_due_at=timezone.now() if email else None,
    )
    Notification.objects.bulk_create([notification], ignore_conflicts=True)
    return notification if Notification.objects.filter(pk=notification.pk).exists() else None


@transaction.atomic
def mark_read(notifications: Notification | Iterable[Notification], *, actor: Member) -> int:
    """Mark one's own notifications as read; those that were keep their time. Returns how many changed."""
    chosen = [notifications] if isinstance(notifications, Notification) else list(notifications)
    if any(notification.member_id != actor.pk for notification in chosen):
        raise RuleBroken(_("This notification is for somebody else. Only they can mark it as read."))
    unread = list(Notification.objects.filter(pk__in=[one.pk for one in chosen]).unread().select_for_update())
    if unread:
        Notification.objects.filter(pk__in=[one.pk for one in unread]).update(read_at=timezone.now())
        record_many([(NotificationEvent.READ, one, {}) for one in unread], actor=actor)
    return len(unread)


@transaction.atomic
def choose_digest(member: Member, *, wants: bool, actor: Member) -> Member:
    """Get the daily digest from now on, or no more; everybody for themselves."""
    if member.pk != actor.pk:
        raise RuleBroken(_("Everybody chooses for themselves."))
    row = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
    if row.wants_digest != wants:
        row.wants_digest = member.wants_digest = wants
        row.save(update_fields=["wants_digest", "updated_at"])
        record(DigestEvent.CHOSEN, row, actor=actor, wants_digest=wants)
    return row


@transaction.atomic
def set_digest_hour(organisation: Organisation, *, hour: int | None, actor: Member) -> Organisation:
    """From which hour of the day the digests of the organisation leave; None: it sends none."""
    if hour is not None and not 0 <= hour <= 23:
        raise RuleBroken(_("Choose an hour from 0 to 23."), field="hour")
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if row.digest_hour != hour:
        before, row.digest_hour = row.digest_hour, hour
        row.save(update_fields=["digest_hour"])
        record(DigestEvent.HOUR_SET, row, actor=actor, hour=[before, hour])
    return row
