"""The filters of this room's lists, the same on the page and in the API."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter, NumberFilter

from aims.pages.forms import INTEGER_LIMIT, MemberChoiceField
from aims.standards import catalogue
from aims.tenancy.models import Member
from audits.models import (
    Audit,
    ChecklistItem,
    CorrectiveAction,
    Finding,
    ManagementReview,
    Nonconformity,
    ReviewAction,
)
from inventory.picking import system_filter

STATES = [("open", _("Open")), ("overdue", _("Overdue")), ("closed", _("Closed"))]


def members(_request: HttpRequest | None) -> Any:
    return Member.objects.active()


class MemberFilter(ModelChoiceFilter):
    """Shows people by name."""

    field_class = type("MemberField", (ModelChoiceFilter.field_class, MemberChoiceField), {})

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=members, empty_label=_("Anybody"), **options)


def by_number(label: Any, field_name: str) -> NumberFilter:
    """Another record by its number."""
    return NumberFilter(label=label, field_name=field_name, min_value=1, max_value=INTEGER_LIMIT, decimal_places=0)


def clause_choices() -> list[tuple[str, str]]:
    return [(clause.ref, f"{clause.ref} {clause.title}") for clause in catalogue.auditable_clauses()]


class AuditFilter(FilterSet):
    status = ChoiceFilter(label=_("Status"), choices=Audit.Status.choices, empty_label=_("All"))
    lead_auditor = MemberFilter(label=_("Lead auditor"))
    since = DateFilter(label=_("Ends from"), field_name="ends_on", lookup_expr="gte")
    until = DateFilter(label=_("Starts until"), field_name="starts_on", lookup_expr="lte")

    class Meta:
        model = Audit
        fields: list[str] = []


class ChecklistFilter(FilterSet):
    result = ChoiceFilter(label=_("Result"), choices=ChecklistItem.Result.choices, empty_label=_("All"))
    clause = ChoiceFilter(label=_("Clause"), choices=clause_choices, empty_label=_("All"))

    class Meta:
        model = ChecklistItem
        fields: list[str] = []


class FindingFilter(FilterSet):
    grade = ChoiceFilter(label=_("Grade"), choices=Finding.Grade.choices, empty_label=_("All"))
    clause = ChoiceFilter(label=_("Clause"), choices=clause_choices, method="of_clause", empty_label=_("All"))
    audit = by_number(_("Audit (number)"), "audit__number")
    system = system_filter("system", label=_("AI system"))

    class Meta:
        model = Finding
        fields: list[str] = []

    def of_clause(self, queryset: QuerySet[Finding], _name: str, value: str) -> QuerySet[Finding]:
        return queryset.filter(requirement__startswith=f"{value}-")


class NonconformityFilter(FilterSet):
    state = ChoiceFilter(label=_("State"), choices=STATES, method="in_state", empty_label=_("All"))
    status = ChoiceFilter(label=_("Status"), choices=Nonconformity.Status.choices, empty_label=_("All"))
    grade = ChoiceFilter(
        label=_("Grade"), field_name="finding__grade", choices=Finding.Grade.choices[:2], empty_label=_("All")
    )
    owner = MemberFilter(label=_("Responsible"))
    system = system_filter("system", label=_("AI system"))

    class Meta:
        model = Nonconformity
        fields: list[str] = []

    def in_state(self, queryset: Any, _name: str, value: str) -> Any:
        match value:
            case "open":
                return queryset.open()
            case "overdue":
                return queryset.overdue(timezone.localdate())
            case _:
                return queryset.filter(status=Nonconformity.Status.CLOSED)


class CorrectiveActionFilter(FilterSet):
    state = ChoiceFilter(label=_("State"), choices=STATES, method="in_state", empty_label=_("All"))
    status = ChoiceFilter(label=_("Status"), choices=CorrectiveAction.Status.choices, empty_label=_("All"))
    owner = MemberFilter(label=_("Responsible"))
    nonconformity = by_number(_("Nonconformity (number)"), "nonconformity__number")

    class Meta:
        model = CorrectiveAction
        fields: list[str] = []

    def in_state(self, queryset: Any, _name: str, value: str) -> Any:
        match value:
            case "open":
                return queryset.open()
            case "overdue":
                return queryset.overdue(timezone.localdate())
            case _:
                return queryset.exclude(status__in=["planned", "done"])


class ReviewFilter(FilterSet):
    status = ChoiceFilter(label=_("Status"), choices=ManagementReview.Status.choices, empty_label=_("All"))
    chair = MemberFilter(label=_("Chair"))

    class Meta:
        model = ManagementReview
        fields: list[str] = []


class ReviewActionFilter(FilterSet):
    state = ChoiceFilter(label=_("State"), choices=STATES, method="in_state", empty_label=_("All"))
    status = ChoiceFilter(label=_("Status"), choices=ReviewAction.Status.choices, empty_label=_("All"))
    owner = MemberFilter(label=_("Responsible"))
    review = by_number(_("Management review (number)"), "review__number")

    class Meta:
        model = ReviewAction
        fields: list[str] = []

    def in_state(self, queryset: Any, _name: str, value: str) -> Any:
        match value:
            case "open":
                return queryset.open()
            case "overdue":
                return queryset.overdue(timezone.localdate())
            case _:
                return queryset.exclude(status=ReviewAction.Status.OPEN)
