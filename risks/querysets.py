"""Named reads of risks and controls."""

from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, JSONObject

from risks.scoring import DEFAULT_BANDS


class RiskQuerySet(models.QuerySet[Any]):
    def open(self) -> "RiskQuerySet":
        return self.exclude(status="closed")

    def overdue(self, today: date) -> "RiskQuerySet":
        """Open risks whose review date has passed."""
        return self.open().filter(review_on__lt=today)

    def at_level(self, level: str) -> "RiskQuerySet":
        """Risks whose current rating is at this level."""
        cells = [Q(likelihood=likelihood, impact=impact) for likelihood, impact in DEFAULT_BANDS.cells_of(level)]
        return self.filter(Q(*cells, _connector=Q.OR)) if cells else self.none()

    def accepted_on(self, today: date) -> "RiskQuerySet":
        """Risks whose acceptance is in force."""
        return self.filter(status="accepted", accepted_until__gte=today)

    def lapsed_on(self, today: date) -> "RiskQuerySet":
        """Accepted once, but the time is over or the risk has changed since."""
        return self.filter(status="accepted").exclude(accepted_until__gte=today)

    def for_list(self) -> "RiskQuerySet":
        """With what a row of the register shows."""
        return self.select_related("owner").defer("description", "rating_reason", "closed_reason")

    def with_links(self) -> "RiskQuerySet":
        """With owner, `linked_systems` and `linked_controls` (dictionaries), all in one query: what a page shows."""
        from risks.models import RiskControl, RiskSystem

        systems = RiskSystem.objects.filter(risk=models.OuterRef("pk")).order_by("system__name", "system__number")
        controls = RiskControl.objects.filter(risk=models.OuterRef("pk")).order_by("control__sort_key")
        shown = {
            "linked_systems": systems.values(json=JSONObject(number="system__number", name="system__name")),
            "linked_controls": controls.values(
                json=JSONObject(
                    id="control__id",
                    number="control__number",
                    reference="control__reference",
                    title="control__title",
                )
            ),
        }
        annotations = {name: ArraySubquery(rows) for name, rows in shown.items()}
        return self.select_related("owner").annotate(**annotations)

    def for_export(self) -> "RiskQuerySet":
        """With what a row of the file holds."""
        return self.select_related("owner").prefetch_related("system_links__system", "control_links__control")


class ControlQuerySet(models.QuerySet[Any]):
    def applicable(self) -> "ControlQuerySet":
        return self.filter(applicability="applicable")

    def usable(self) -> "ControlQuerySet":
        """Controls that a risk may name: everything that is not excluded."""
        return self.exclude(applicability="excluded")

    def for_list(self) -> "ControlQuerySet":
        """With what a row of the Statement of Applicability shows."""
        return self.select_related("owner").annotate(
            risk_count=counted("risks.RiskControl", exclude={"risk__status": "closed"}),
            evidence_count=counted("risks.ControlEvidence"),
        )


def counted(link: str, *, exclude: dict[str, Any] | None = None) -> Coalesce:
    """How many links a control has, counted apart so that two counts do not multiply each other."""
    from django.apps import apps

    links = apps.get_model(link)._default_manager.filter(control=models.OuterRef("pk")).order_by()
    if exclude:
        links = links.exclude(**exclude)
    count = links.values("control").annotate(found=models.Count("pk")).values("found")
    return Coalesce(models.Subquery(count, output_field=models.IntegerField()), 0)
