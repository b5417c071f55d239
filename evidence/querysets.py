"""Named reads of the evidence library."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Least
from django.utils import timezone

from evidence.freshness import LONGEST_WARNING, Freshness


class EvidenceItemQuerySet(models.QuerySet[Any]):
    def active(self) -> "EvidenceItemQuerySet":
        return self.filter(status="active")

    def stale(self, now: datetime | None = None) -> "EvidenceItemQuerySet":
        """Active items whose current version is past its date (in its grace or beyond it)."""
        return self.active().filter(fresh_until__lt=now or timezone.now())

    def expiring(self, within: timedelta, now: datetime | None = None) -> "EvidenceItemQuerySet":
        """Active items that are current now and will not be within that time if nobody acts."""
        now = now or timezone.now()
        return self.active().filter(fresh_until__gte=now, fresh_until__lt=now + within)

    def with_freshness(self, state: str, now: datetime | None = None) -> "EvidenceItemQuerySet":
        """Active items in one state of `Freshness`; each starts from a range on the indexed column of the item."""
        now = now or timezone.now()
        active = self.active().filter(current__isnull=False)
        match state:
            case "broken":
                return active.filter(current__broken_at__isnull=False)
            case Freshness.NEVER_EXPIRES:
                return active.filter(fresh_until__isnull=True)
            case Freshness.FRESH:
                return active.filter(fresh_until__gte=now, current__valid_until__gt=now + WARNING)
            case Freshness.AGEING:
                soon = now + LONGEST_WARNING
                return active.filter(
                    fresh_until__gte=now, fresh_until__lte=soon, current__valid_until__lte=now + WARNING
                )
            case Freshness.GRACE:
                return active.filter(fresh_until__lt=now, current__grace_until__gte=now)
            case Freshness.STALE:
                return active.filter(fresh_until__lt=now, current__grace_until__lt=now)
            case _:
                return self.none()

    def for_list(self) -> "EvidenceItemQuerySet":
        """With what a row of the library shows."""
        return self.select_related("owner", "system", "current__system_version").defer(
            "description", "system__details", "system__screening", "current__method", "current__review_note"
        )


class EvidenceVersionQuerySet(models.QuerySet[Any]):
    def due(self, now: datetime | None = None) -> "EvidenceVersionQuerySet":
        """Versions whose freshness has changed since anybody looked."""
        return self.filter(next_change_at__lte=now or timezone.now())

    def usable(self) -> "EvidenceVersionQuerySet":
        """Neither rejected nor withdrawn."""
        return self.filter(review__in=["pending", "accepted"])


class FileTextQuerySet(models.QuerySet[Any]):
    def due(self, now: datetime) -> "FileTextQuerySet":
        """Waiting to be read, or left behind by a worker that died over it."""
        return self.filter(due_at__lte=now)

    def without_text(self) -> "FileTextQuerySet":
        """How far the reading is, without the up to a million characters that were read."""
        return self.defer("text", "words")


class EvidenceRequestQuerySet(models.QuerySet[Any]):
    def open(self) -> "EvidenceRequestQuerySet":
        """Asked for or waiting to be looked at."""
        return self.filter(status__in=["asked", "submitted"])

    def overdue(self, today: date | None = None) -> "EvidenceRequestQuerySet":
        """Still asked for though the day is past."""
        return self.filter(status="asked", due_on__lt=today or timezone.localdate())

    def for_list(self) -> "EvidenceRequestQuerySet":
        """With what a row of the list shows."""
        return self.select_related("owner", "asked_by", "system", "item").defer(
            "system__details", "system__screening", "item__description"
        )


# The same as `warning_time` of freshness.py, in the words of the database; a test holds the two together.
WARNING = Least(
    ExpressionWrapper(
        (F("current__valid_until") - F("current__collected_at")) / Value(4), output_field=DurationField()
    ),
    Value(LONGEST_WARNING, output_field=DurationField()),
    output_field=DurationField(),
)
