"""Named reads of audits, nonconformities and management reviews."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Case, Count, Q, Value, When


class AuditQuerySet(models.QuerySet[Any]):
    def for_list(self) -> "AuditQuerySet":
        """With what a row of the programme shows."""
        return self.select_related("lead_auditor").annotate(
            item_count=counted("audits.ChecklistItem", "audit"),
            open_count=counted("audits.ChecklistItem", "audit", result="open"),
            finding_count=counted("audits.Finding", "audit"),
        )


class ChecklistItemQuerySet(models.QuerySet[Any]):
    def progress(self) -> dict[str, int]:
        """How many items there are, and how many of each result, in one query."""
        results = ("open", "conforms", "nonconforming", "not_applicable")
        counts = {result: Count("pk", filter=Q(result=result)) for result in results}
        return self.order_by().aggregate(total=Count("pk"), **counts)

    def with_findings(self) -> "ChecklistItemQuerySet":
        return self.annotate(finding_count=counted("audits.Finding", "checklist_item"))


class FindingQuerySet(models.QuerySet[Any]):
    def nonconforming(self) -> "FindingQuerySet":
        return self.filter(grade__in=["major", "minor"])

    def for_list(self) -> "FindingQuerySet":
        return self.select_related("audit", "system", "raised_by")


class NonconformityQuerySet(models.QuerySet[Any]):
    def open(self) -> "NonconformityQuerySet":
        return self.exclude(status="closed")

    def overdue(self, today: date) -> "NonconformityQuerySet":
        return self.open().filter(due_on__lt=today)

    def for_list(self) -> "NonconformityQuerySet":
        """With what a row shows; `is_settled` sorts what is closed behind what is open."""
        return self.select_related("owner", "finding__audit", "system").annotate(
            is_settled=settled("closed"),
            action_count=counted("audits.CorrectiveAction", "nonconformity"),
            unfinished_count=counted("audits.CorrectiveAction", "nonconformity", status__in=["planned", "done"]),
        )


class CorrectiveActionQuerySet(models.QuerySet[Any]):
    def open(self) -> "CorrectiveActionQuerySet":
        """Not carried out yet, or carried out and its effect not checked."""
        return self.filter(status__in=["planned", "done"])

    def overdue(self, today: date) -> "CorrectiveActionQuerySet":
        return self.filter(status="planned", due_on__lt=today)

    def for_list(self) -> "CorrectiveActionQuerySet":
        return self.select_related("owner", "nonconformity", "done_by", "checked_by").annotate(
            is_settled=settled("effective", "ineffective", "cancelled")
        )


class ManagementReviewQuerySet(models.QuerySet[Any]):
    def held(self) -> "ManagementReviewQuerySet":
        return self.filter(status="held")

    def before(self, day: date, number: int | None = None) -> "ManagementReviewQuerySet":
        """Held reviews before a meeting, the last one first."""
        earlier = Q(held_on__lt=day)
        if number is not None:
            earlier |= Q(held_on=day, number__lt=number)
        return self.held().filter(earlier).order_by("-held_on", "-number")

    def for_list(self) -> "ManagementReviewQuerySet":
        return self.select_related("chair").annotate(
            decision_count=counted("audits.ReviewDecision", "review"),
            open_action_count=counted("audits.ReviewAction", "review", status="open"),
        )


class ReviewActionQuerySet(models.QuerySet[Any]):
    def open(self) -> "ReviewActionQuerySet":
        return self.filter(status="open")

    def overdue(self, today: date) -> "ReviewActionQuerySet":
        return self.open().filter(due_on__lt=today)

    def for_list(self) -> "ReviewActionQuerySet":
        return self.select_related("review", "decision", "owner").annotate(is_settled=settled("done", "dropped"))


def settled(*statuses: str) -> Case:
    """1 for records that need nobody any more, so that a list sorts them last."""
    return Case(When(status__in=statuses, then=Value(1)), default=Value(0), output_field=models.SmallIntegerField())


def counted(link: str, to: str, **conditions: Any) -> Any:
    """How many rows point at a record, counted apart so that two counts do not multiply each other."""
    from django.apps import apps
    from django.db.models.functions import Coalesce

    rows = apps.get_model(link)._default_manager.filter(**{to: models.OuterRef("pk")}, **conditions).order_by()
    count = rows.values(to).annotate(found=Count("pk")).values("found")
    return Coalesce(models.Subquery(count, output_field=models.IntegerField()), 0)
