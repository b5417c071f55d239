"""Named reads of assurance cases."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone


class CaseQuerySet(models.QuerySet[Any]):
    _as_of: datetime | None = None

    def as_of(self, at: datetime) -> "CaseQuerySet":
        """Show each case's standing at this instant: those that are due are evaluated together when they are read."""
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
            from cases.evaluation import show_as_of

            show_as_of(self._result_cache or [], self._as_of)

    def in_force(self) -> "CaseQuerySet":
        return self.exclude(status="withdrawn")

    def due(self, now: datetime | None = None) -> "CaseQuerySet":
        """Cases whose standing changes by time alone, or whose facts changed, and that nobody looked at since."""
        return self.in_force().filter(next_transition_at__lte=now or timezone.now())

    def resting_on_versions(self, version_ids: Iterable[UUID]) -> "CaseQuerySet":
        """Cases with an element bound to one of these versions of evidence."""
        return self.in_force().filter(elements__bindings__version_id__in=list(version_ids)).distinct()

    def resting_on_items(self, item_ids: Iterable[UUID]) -> "CaseQuerySet":
        """Cases with an element bound to any version of these pieces of evidence."""
        return self.in_force().filter(elements__bindings__version__item_id__in=list(item_ids)).distinct()

    def measured_by(self, metric_ids: Iterable[UUID]) -> "CaseQuerySet":
        """Cases with a claim that one of these metrics is about."""
        return self.in_force().filter(elements__metrics__in=list(metric_ids)).distinct()

    def for_list(self) -> "CaseQuerySet":
        """With what a row of the register shows."""
        return self.select_related("system", "accountable_owner")


class ElementQuerySet(models.QuerySet[Any]):
    def addressed(self, address: str) -> "ElementQuerySet":
        """Those called "G1" in the first module of their case, or "M2:G1" in another."""
        module, _colon, key = address.replace("\x00", "")[:60].rpartition(":")
        rows = self.filter(key__iexact=key[:30]).select_related("module")
        return rows.filter(module__key__iexact=module) if module else rows.filter(module__is_default=True)

    def in_use(self) -> "ElementQuerySet":
        return self.filter(withdrawn_at__isnull=True)


class SignalQuerySet(models.QuerySet[Any]):
    def open(self) -> "SignalQuerySet":
        return self.filter(status="open")

    def overdue(self, today: date | None = None) -> "SignalQuerySet":
        return self.open().filter(due_on__lt=today or timezone.localdate())

    def for_list(self) -> "SignalQuerySet":
        """With what a row of the list shows."""
        return self.select_related("case__system", "element__module", "owner").defer(
            "case__system__details", "case__system__screening"
        )


class MetricQuerySet(models.QuerySet[Any]):
    _judged_at: datetime | None = None

    def judged(self, at: datetime) -> "MetricQuerySet":
        """Show what each metric comes to at this instant: all rows are judged together when they are read."""
        shown = self.all()
        shown._judged_at = at
        return shown

    def _clone(self) -> Any:
        clone = super()._clone()  # type: ignore[misc]  # Django's own hook, which its stubs leave out
        clone._judged_at = self._judged_at
        return clone

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()
        if is_new and self._judged_at is not None:
            from cases.measuring import judge

            metrics: list[Any] = self._result_cache or []
            for metric, judged in zip(metrics, judge(metrics, self._judged_at), strict=True):
                metric.judged = judged

    def in_use(self) -> "MetricQuerySet":
        """Metrics of claims that are still part of an argument in force."""
        return self.filter(withdrawn_at__isnull=True, element__withdrawn_at__isnull=True)

    def with_case(self) -> "MetricQuerySet":
        """With what a page and a rule need to know of its claim, case and system."""
        return self.select_related(
            "indicator", "element__case__system__current_version", "element__owner", "element__module"
        )


class ReadingQuerySet(models.QuerySet[Any]):
    def disagreeing(self) -> "ReadingQuerySet":
        """Readings whose producer judged otherwise than this server."""
        return self.exclude(producer_verdict="").exclude(producer_verdict=models.F("verdict"))

    def agreeing(self) -> "ReadingQuerySet":
        """Those whose producer judged as this server, or not at all."""
        return self.filter(models.Q(producer_verdict=models.F("verdict")) | models.Q(producer_verdict=""))
