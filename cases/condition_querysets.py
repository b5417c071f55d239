"""Named reads of degradation conditions and of their history."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.utils import timezone

HOUR: Final = timedelta(hours=1)


class ConditionQuerySet(models.QuerySet[Any]):
    def watched(self) -> "ConditionQuerySet":
        """Conditions that somebody or something still looks at."""
        return self.exclude(status__in=["retired", "not_applicable"])

    def in_use(self) -> "ConditionQuerySet":
        """Watched conditions of an argument in force; those of a withdrawn element rest with it."""
        of_argument = self.filter(models.Q(element=None) | models.Q(element__withdrawn_at__isnull=True))
        return of_argument.watched().exclude(case__status="withdrawn")

    def in_effect(self) -> "ConditionQuerySet":
        """Those that lower a standing by what was seen."""
        return self.filter(status__in=["suspected", "tripped", "acknowledged"])

    def due(self, now: datetime | None = None) -> "ConditionQuerySet":
        """Conditions that are to be looked at by now."""
        return self.filter(next_check_at__lte=now or timezone.now())

    def silent(self, now: datetime | None = None) -> "ConditionQuerySet":
        """Watched conditions that nobody looked at for longer than they may be left alone, or ever."""
        limit = models.ExpressionWrapper(
            models.F("last_evaluated_at") + models.F("max_silence_hours") * models.Value(HOUR, models.DurationField()),
            models.DateTimeField(),
        )
        quiet = self.filter(status__in=["armed", "cleared"], max_silence_hours__isnull=False)
        return quiet.alias(silent_after=limit).filter(
            models.Q(last_evaluated_at=None) | models.Q(silent_after__lt=now or timezone.now())
        )

    def with_case(self) -> "ConditionQuerySet":
        """With what a page shows of its claim, case and system."""
        return self.select_related("case__system", "case__accountable_owner", "element__module", "responder", "metric")


class ConditionEventQuerySet(models.QuerySet[Any]):
    def last_before(self, condition_ids: Iterable[UUID], at: datetime) -> "ConditionEventQuerySet":
        """Of each condition the event that answers for an instant."""
        before = self.filter(condition_id__in=list(condition_ids), at__lte=at)
        return before.order_by("condition_id", "-at", "-id").distinct("condition_id")
