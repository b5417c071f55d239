"""The filters of cases and signals, the same on the page and in the API."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, FilterSet, ModelChoiceFilter, NumberFilter
from django_filters.widgets import BooleanWidget

from aims.pages.forms import INTEGER_LIMIT, MemberChoiceField
from aims.tenancy.models import Member
from cases.models import AssuranceCase, Signal, Smell, StandingLevel
from cases.querysets import SignalQuerySet
from cases.smells.kinds import SmellKind
from inventory.models import Tier
from inventory.picking import system_filter

STANDING_CHOICES = [(level.name.lower(), level.label) for level in StandingLevel]


def members(_request: HttpRequest | None) -> Any:
    return Member.objects.active()


class MemberFilter(ModelChoiceFilter):
    """Shows people by name."""

    field_class = type("MemberField", (ModelChoiceFilter.field_class, MemberChoiceField), {})


def number_filter(label: Any, field_name: str) -> NumberFilter:
    """Another record by its number."""
    return NumberFilter(label=label, field_name=field_name, min_value=1, max_value=INTEGER_LIMIT, decimal_places=0)


class YesNoWidget(BooleanWidget):
    """Yes, no, or no matter: in a filter, nothing chosen means any, not unknown."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        self.choices = [("", _("Any")), ("true", _("Yes")), ("false", _("No"))]


class CaseFilter(FilterSet):
    standing = ChoiceFilter(label=_("Standing"), choices=STANDING_CHOICES, method="with_standing", empty_label=_("Any"))
    status = ChoiceFilter(
        label=_("State"),
        choices=AssuranceCase.Status.choices,
        empty_label=_("Any"),
    )
    tier = ChoiceFilter(label=_("Tier"), field_name="system__tier", choices=Tier.choices, empty_label=_("Any"))
    owner = MemberFilter(
        label=_("Accountable"), field_name="accountable_owner", queryset=members, empty_label=_("Anybody")
    )
    system = system_filter("system", label=_("AI system"))

    class Meta:
        model = AssuranceCase
        fields: list[str] = []

    def with_standing(self, queryset: Any, _name: str, value: str) -> Any:
        return queryset.filter(standing=StandingLevel[value.upper()])


class SignalFilter(FilterSet):
    status = ChoiceFilter(label=_("Status"), choices=Signal.Status.choices, empty_label=_("Any"))
    owner = MemberFilter(label=_("Owner"), queryset=members, empty_label=_("Anybody"))
    case = number_filter(_("Case (number)"), "case__number")
    system = system_filter("case__system", label=_("AI system"))
    fell_to = ChoiceFilter(
        label=_("Fell to"),
        method="by_standing",
        choices=[(one.name.lower(), one.label) for one in StandingLevel if one != StandingLevel.HOLDS],
        empty_label=_("Any"),
    )
    overdue = BooleanFilter(label=_("Overdue"), method="by_overdue", widget=YesNoWidget)
    escalated = BooleanFilter(
        label=_("Escalated"), field_name="escalated_at", lookup_expr="isnull", exclude=True, widget=YesNoWidget
    )
    restored = BooleanFilter(
        label=_("Standing restored"), field_name="restored_at", lookup_expr="isnull", exclude=True, widget=YesNoWidget
    )

    class Meta:
        model = Signal
        fields: list[str] = []

    def by_standing(self, queryset: SignalQuerySet, _name: str, value: str) -> SignalQuerySet:
        return queryset.filter(after=StandingLevel[value.upper()])

    def by_overdue(self, queryset: SignalQuerySet, _name: str, value: bool) -> SignalQuerySet:
        overdue = queryset.overdue()
        return overdue if value else queryset.exclude(pk__in=overdue.values("pk"))


class SmellFilter(FilterSet):
    status = ChoiceFilter(label=_("State"), choices=Smell.Status.choices, empty_label=_("Any"))
    kind = ChoiceFilter(label=_("What smells"), choices=SmellKind.choices, empty_label=_("Any"))
    case = number_filter(_("Case (number)"), "case__number")
    system = system_filter("case__system", label=_("AI system"))
    owner = MemberFilter(
        label=_("Accountable"), field_name="case__accountable_owner", queryset=members, empty_label=_("Anybody")
    )

    class Meta:
        model = Smell
        fields: list[str] = []
