"""The registers of this room: one declaration each for page, API and export."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.pages.columns import Column
from aims.pages.listing import Listing, Row
from risks.filters import ControlFilterSet, RiskFilterSet
from risks.judging import Judged, judged_all, judged_by
from risks.models import Control, Risk
from risks.wording import (
    applicability_badge,
    effectiveness_badge,
    implementation_badge,
    level_badge,
    option_label,
    status_badge,
    term_title,
)


def systems_of(risk: Risk) -> list[str]:
    return [f"{link.system.number} {link.system.name}" for link in risk.system_links.all()]


def references_of(risk: Risk) -> list[str]:
    return sorted(link.control.reference for link in risk.control_links.all())


def in_file(name: str, label: Any, value: Any) -> Column:
    """A column that only the file has."""
    return Column(name, label, value, is_shown=False)


class RiskListing(Listing):
    name = "risks"
    caption = _("Risks")
    filterset_class = RiskFilterSet
    search_fields = ("title", "description")
    number_field = "number"
    default_sort = "-score"
    tie_breaker = "number"
    empty = {
        "icon": "alert-triangle",
        "title": _("No risks yet"),
        "text": _(
            "A risk says what could go wrong with an AI system, for whom, how bad it is and what is done about it."
        ),
    }
    columns = (
        Column("number", _("No."), align="end", order_by=("number",), is_minor=True),
        Column("title", _("Risk"), is_heading=True, order_by=("title",)),
        Column("level", _("Level"), lambda risk: level_badge(risk.level)),
        Column("score", _("Current"), lambda risk: risk.score or None, order_by=("score",), align="end"),
        Column(
            "inherent",
            _("Inherent"),
            lambda risk: risk.inherent_score or None,
            order_by=("inherent_score",),
            align="end",
            is_minor=True,
        ),
        Column(
            "residual",
            _("Residual"),
            lambda risk: risk.residual_score or None,
            order_by=("residual_score",),
            align="end",
            is_minor=True,
        ),
        Column("status", _("Status"), status_badge, order_by=("status",)),
        Column("owner", _("Owner"), "owner.display_name", order_by=("owner__display_name",), is_minor=True),
        Column("treatment_option", _("Treatment"), option_label, is_minor=True),
        Column("review_on", _("Next review"), order_by=("review_on",), is_minor=True),
        in_file("accepted_until", _("Accepted until"), "accepted_until"),
        in_file("description", _("What could happen, and to whom"), "description"),
        in_file("source", _("Risk source"), lambda risk: term_title(risk.source)),
        in_file("harm", _("Harm"), lambda risk: term_title(risk.harm)),
        in_file("likelihood", _("Current likelihood"), "likelihood"),
        in_file("impact", _("Current impact"), "impact"),
        in_file("rating_reason", _("Reason for the ratings"), "rating_reason"),
        in_file("systems", _("AI systems"), systems_of),
        in_file("controls", _("Controls"), references_of),
    )

    def get_queryset(self) -> QuerySet[Any]:
        return Risk.objects.for_list()

    def record_url(self, record: Any) -> str:
        return reverse("risks:risk_detail", kwargs={"slug": self.file_prefix, "number": record.number})

    def export_rows(self, parameters: QueryDict) -> Iterator[list[Any]]:
        self._queryset = Risk.objects.for_export()
        return super().export_rows(parameters)


class ControlListing(Listing):
    """The Statement of Applicability (6.1.3). Its rows carry `judged`: the effectiveness at the moment of reading."""

    name = "controls"
    caption = _("Statement of Applicability")
    filterset_class = ControlFilterSet
    search_fields = ("reference", "title", "justification", "implementation_note")
    default_sort = "reference"
    tie_breaker = "number"
    default_size = 100
    empty = {
        "icon": "shield-check",
        "title": _("No controls yet"),
        "text": _(
            "The controls of Annex A are taken over when an organisation is opened. Add what you do beyond them."
        ),
    }
    columns = (
        Column("reference", _("Reference"), order_by=("sort_key",)),
        Column("title", _("Control"), is_heading=True, order_by=("title",)),
        Column("applicability", _("Applicability"), applicability_badge, order_by=("applicability",)),
        in_file("justification", _("Justification"), "justification"),
        Column("implementation", _("Implementation"), implementation_badge, order_by=("implementation",)),
        in_file("implementation_note", _("How it is implemented"), "implementation_note"),
        Column("effectiveness", _("Effectiveness"), lambda control: effectiveness_badge(control.judged)),
        in_file("effectiveness_reason", _("Why"), lambda control: control.judged.reason),
        Column("risk_count", _("Open risks"), align="end", order_by=("risk_count",)),
        Column("evidence_count", _("Evidence"), align="end", order_by=("evidence_count",)),
        Column("owner", _("Owner"), "owner.display_name", order_by=("owner__display_name",)),
        in_file("review_on", _("Next review"), "review_on"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = timezone.now()
        self._verdicts: dict[Any, Judged] | None = None

    def get_queryset(self) -> QuerySet[Any]:
        return Control.objects.for_list()

    def record_url(self, record: Any) -> str:
        return reverse("risks:control_detail", kwargs={"slug": self.file_prefix, "number": record.number})

    def _row(self, record: Any) -> Row:
        record.judged = self.judged(record)
        return super()._row(record)

    def judged(self, control: Control) -> Judged:
        """All controls are judged once per listing: there are some dozens, not thousands."""
        if self._verdicts is None:
            self._verdicts = judged_all(self.now)
        return self._verdicts.get(control.pk) or judged_by([], self.now)

    def export_rows(self, parameters: QueryDict) -> Iterator[list[Any]]:
        yield [str(column.label) for column in self.export_columns]
        for control in self.selection(parameters).queryset.iterator(chunk_size=1_000):
            control.judged = self.judged(control)
            yield [column.export_value_of(control) for column in self.export_columns]
