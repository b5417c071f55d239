"""Named reads of people and doors."""

from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone


class MemberQuerySet(models.QuerySet[Any]):
    def active(self) -> "MemberQuerySet":
        return self.filter(is_active=True)

    def holding(self, *roles: str) -> "MemberQuerySet":
        """Active members with at least one of the roles."""
        return self.active().filter(roles__overlap=list(roles))


class EngagementQuerySet(models.QuerySet[Any]):
    def open_on(self, day: date) -> "EngagementQuerySet":
        return self.filter(starts_on__lte=day, ends_on__gte=day, ended_at__isnull=True)

    def attended_by(self, user_id: Any) -> "EngagementQuerySet":
        """Those whose door is open to this account; the grants decide."""
        return self.filter(grants__user_id=user_id, grants__permission__codename="attend_engagement")


class InvitationQuerySet(models.QuerySet[Any]):
    def pending(self, now: datetime | None = None) -> "InvitationQuerySet":
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now or timezone.now())


class TokenQuerySet(models.QuerySet[Any]):
    def usable(self, now: datetime | None = None) -> "TokenQuerySet":
        return self.filter(revoked_at__isnull=True, expires_at__gt=now or timezone.now(), member__is_active=True)
