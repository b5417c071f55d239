"""Named reads of notifications."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from aims.tenancy.models import Member


class NotificationQuerySet(models.QuerySet[Any]):
    def of(self, member: "Member") -> "NotificationQuerySet":
        return self.filter(member=member)

    def unread(self) -> "NotificationQuerySet":
        return self.filter(read_at__isnull=True)

    def to_be_mailed(self, now: datetime) -> "NotificationQuerySet":
        return self.filter(email_due_at__lte=now)
