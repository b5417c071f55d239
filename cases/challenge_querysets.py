"""Named reads of challenges, of their history and of review comments."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone

# What Home shows as the day to settle a challenge by; nothing happens by itself on it.
SETTLED_WITHIN: Final = timedelta(days=14)


class ChallengeQuerySet(models.QuerySet[Any]):
    _as_of: datetime | None = None

    def as_of(self, at: datetime) -> "ChallengeQuerySet":
        """Show whether answers hold at this instant: where the stored word may be late, the case is evaluated."""
        shown = self.all()
        shown._as_of = at
        return shown

    def _clone(self) -> Any:
        clone = super()._clone()  # type: ignore[misc]  # Django's own hook, which its stubs leave out
        clone._as_of = self._as_of
        return clone

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._as_of is not None:
            from cases.challenges import show_lapses

            show_lapses(self._result_cache or [], self._as_of)

    def open(self) -> "ChallengeQuerySet":
        """Nobody has decided them yet."""
        return self.filter(status="open")

    def unsettled(self, today: date | None = None) -> "ChallengeQuerySet":
        """Open, or open again: their answer lapsed or their acceptance ended."""
        lapsed = models.Q(status="refuted", lapsed_at__isnull=False)
        ended = models.Q(status="residual", accepted_until__lt=today or timezone.localdate())
        return self.filter(models.Q(status="open") | lapsed | ended)

    def with_due_day(self) -> "ChallengeQuerySet":
        """With `due_on`, the day by which somebody should have settled it: from its raising, or from its last opening."""
        day = Cast(
            models.ExpressionWrapper(models.F("changed_at") + SETTLED_WITHIN, models.DateTimeField()),
            models.DateField(),
        )
        ended = models.When(status="residual", then=models.F("accepted_until"))
        return self.annotate(due_on=models.Case(ended, default=day, output_field=models.DateField()))

    def in_force(self) -> "ChallengeQuerySet":
        """About elements of an argument in force; a doubt about what was withdrawn rests with it."""
        of_argument = self.filter(target__withdrawn_at__isnull=True).exclude(case__status="withdrawn")
        return of_argument.filter(models.Q(step_to=None) | models.Q(step_to__withdrawn_at__isnull=True))

    def about_step(self, source: UUID, target: UUID) -> "ChallengeQuerySet":
        """Doubts about the step from one element to another."""
        return self.filter(target_id=source, step_to_id=target)

    def with_case(self) -> "ChallengeQuerySet":
        """With what a page and a row show."""
        return self.select_related(
            "case__system", "case__accountable_owner", "target__module", "target__owner", "step_to__module",
            "counter_element__module", "response_element__module", "raised_by", "answered_by", "decided_by",
            "accepted_by",
        )  # fmt: skip


class ChallengeEventQuerySet(models.QuerySet[Any]):
    def last_before(self, challenge_ids: Iterable[UUID], at: datetime) -> "ChallengeEventQuerySet":
        """Of each challenge the event that answers for an instant."""
        before = self.filter(challenge_id__in=list(challenge_ids), at__lte=at)
        return before.order_by("challenge_id", "-at", "-id").distinct("challenge_id")


class CommentQuerySet(models.QuerySet[Any]):
    def threads(self) -> "CommentQuerySet":
        """Comments that are no answer to another."""
        return self.filter(parent=None)

    def unresolved(self) -> "CommentQuerySet":
        """Threads that still ask for something."""
        return self.threads().filter(status="open")

    def with_people(self) -> "CommentQuerySet":
        """With what a page and a row show."""
        return self.select_related(
            "case__system", "element__module", "step_to__module", "metric", "condition", "author", "resolved_by"
        )
