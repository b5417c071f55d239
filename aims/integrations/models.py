"""What a person is told, in the application and by e-mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.integrations.querysets import NotificationQuerySet
from aims.tenancy.owned import OrganisationOwned, Reference


class Notification(OrganisationOwned):
    """One sentence for one member, with a link; sent by e-mail once `email_due_at` is past."""

    member = Reference("tenancy.Member", related_name="notifications")
    event = models.CharField(max_length=80)
    sentence = models.CharField(_("what happened"), max_length=1000)
    link = models.CharField(max_length=500)
    due_on = models.DateField(_("due"), null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    email_due_at = models.DateTimeField(null=True)
    emailed_at = models.DateTimeField(null=True)
    # The same happening never tells the same person twice, however often a worker is killed and restarted.
    key = models.CharField(max_length=120)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "member", "key"], name="integrations_notification_key_uniq")
        ]
        indexes = [
            models.Index(
                fields=["email_due_at"], condition=models.Q(email_due_at__isnull=False), name="notification_mail_ix"
            ),
            models.Index(
                fields=["organisation", "member", "-created_at"],
                condition=models.Q(read_at__isnull=True),
                name="notification_unread_ix",
            ),
        ]

    def __str__(self) -> str:
        return self.sentence


class Digest(OrganisationOwned):
    """What one member is told in one e-mail on one day. The row comes first: there is never a second for the day."""

    member = Reference("tenancy.Member", related_name="digests")
    day = models.DateField()
    # When it is to be composed and sent; null once it was, or once there was nothing to say.
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "member", "day"], name="integrations_digest_day_uniq")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="integrations_digest_due_ix")
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.day}"
