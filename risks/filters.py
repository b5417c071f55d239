"""Filters of the registers, used by page and API alike."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from aims.tenancy.models import Member
from inventory.picking import system_filter
from risks.judging import judged_all
from risks.models import Control, Risk
from risks.wording import LEVEL_LABELS, choices_of, harm_terms, source_terms

YES = [("yes", _("Yes"))]
KINDS = {"current": "", "inherent": "inherent_", "residual": "residual_"}
KIND_LABELS = {"current": _("Current"), "inherent": _("Inherent"), "residual": _("Residual")}


def cell_choices() -> list[tuple[str, Any]]:
    """Every cell of the three matrices: "current-4x5"."""
    return [
        (
            f"{kind}-{likelihood}x{impact}",
            format_lazy(
                _("{kind}: likelihood {likelihood}, impact {impact}"), kind=label, likelihood=likelihood, impact=impact
            ),
        )
        for kind, label in KIND_LABELS.items()
        for likelihood in range(1, 6)
        for impact in range(1, 6)
    ]


class RiskFilterSet(django_filters.FilterSet):
    """Filters of the risk register. System, control and matrix cell come with links and show as chips."""

    status = django_filters.ChoiceFilter(
        label=_("Status"), method="by_status", choices=[("open", _("Open")), *Risk.Status.choices], empty_label=_("All")
    )
    level = django_filters.ChoiceFilter(
        label=_("Level"),
        method="by_level",
        choices=[*LEVEL_LABELS.items(), ("unrated", _("Not rated"))],
        empty_label=_("All"),
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=lambda _request: Member.objects.active(), empty_label=_("Everybody")
    )
    treatment_option = django_filters.ChoiceFilter(
        label=_("Treatment"), choices=Risk.TreatmentOption.choices, empty_label=_("All")
    )
    acceptance = django_filters.ChoiceFilter(
        label=_("Acceptance"),
        method="by_acceptance",
        choices=[("in_force", _("In force")), ("lapsed", _("Lapsed"))],
        empty_label=_("All"),
    )
    overdue = django_filters.ChoiceFilter(
        label=_("Review overdue"), method="by_overdue", choices=YES, empty_label=_("All")
    )
    source = django_filters.ChoiceFilter(
        label=_("Source"), choices=choices_of(source_terms()), widget=forms.HiddenInput
    )
    harm = django_filters.ChoiceFilter(label=_("Harm"), choices=choices_of(harm_terms()), widget=forms.HiddenInput)
    system = system_filter("system_links__system", label=_("AI system"))
    control = django_filters.ModelChoiceFilter(
        label=_("Control"),
        field_name="control_links__control",
        to_field_name="number",
        queryset=lambda _request: Control.objects.only("number", "reference", "title"),
        widget=forms.HiddenInput,
    )
    cell = django_filters.ChoiceFilter(
        label=_("Matrix cell"), method="by_cell", choices=cell_choices(), widget=forms.HiddenInput
    )

    class Meta:
        model = Risk
        fields: list[str] = []

    def by_status(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.exclude(status=Risk.Status.CLOSED) if value == "open" else queryset.filter(status=value)

    def by_level(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(score=0) if value == "unrated" else queryset.at_level(value)

    def by_acceptance(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        today = timezone.localdate()
        return queryset.accepted_on(today) if value == "in_force" else queryset.lapsed_on(today)

    def by_overdue(self, queryset: Any, name: str, value: str) -> QuerySet[Any]:
        return queryset.overdue(timezone.localdate())

    def by_cell(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """The open risks behind one count of the matrix."""
        kind, _dash, place = value.partition("-")
        likelihood, _x, impact = place.partition("x")
        prefix = KINDS[kind]
        found = {f"{prefix}likelihood": int(likelihood), f"{prefix}impact": int(impact)}
        return queryset.exclude(status=Risk.Status.CLOSED).filter(**found)


class ControlFilterSet(django_filters.FilterSet):
    """Filters of the Statement of Applicability."""

    applicability = django_filters.ChoiceFilter(
        label=_("Applicability"), choices=Control.Applicability.choices, empty_label=_("All")
    )
    implementation = django_filters.ChoiceFilter(
        label=_("Implementation"), choices=Control.Implementation.choices, empty_label=_("All")
    )
    effectiveness = django_filters.ChoiceFilter(
        label=_("Effectiveness"),
        method="by_effectiveness",
        choices=Control.Effectiveness.choices,
        empty_label=_("All"),
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=lambda _request: Member.objects.active(), empty_label=_("Everybody")
    )
    origin = django_filters.ChoiceFilter(
        label=_("Origin"),
        method="by_origin",
        choices=[("annex", _("Annex A")), ("own", _("Own"))],
        empty_label=_("All"),
    )
    risk = django_filters.ModelChoiceFilter(
        label=_("Risk"),
        field_name="risk_links__risk",
        to_field_name="number",
        queryset=lambda _request: Risk.objects.only("number", "title"),
        widget=forms.HiddenInput,
    )

    class Meta:
        model = Control
        fields: list[str] = []

    def by_effectiveness(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Judged at this moment: what is stored may wait for the next sweep."""
        found = judged_all(timezone.now())
        if value == Control.Effectiveness.UNKNOWN:
            return queryset.exclude(pk__in=[pk for pk, each in found.items() if each.effectiveness != value])
        return queryset.filter(pk__in=[pk for pk, each in found.items() if each.effectiveness == value])

    def by_origin(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(is_own=value == "own")
