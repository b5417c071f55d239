"""The filters of the library, the same on the page and in the API."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter

from aims.pages.badges import FRESHNESS
from aims.pages.forms import MemberChoiceField
from aims.tenancy.models import Member
from evidence.models import Confidentiality, EvidenceItem, EvidenceRequest, EvidenceVersion, Kind
from evidence.querysets import EvidenceItemQuerySet, EvidenceRequestQuerySet
from inventory.picking import system_filter

FRESHNESS_CHOICES = [
    (state, FRESHNESS[state].label) for state in ("fresh", "ageing", "grace", "stale", "never_expires")
] + [("broken", _("File broken"))]


def members(request: HttpRequest | None) -> Any:
    return Member.objects.active()


class MemberFilter(ModelChoiceFilter):
    """Shows people by name."""

    field_class = type("MemberField", (ModelChoiceFilter.field_class, MemberChoiceField), {})


REQUEST_STATES = [("open", _("Open")), ("overdue", _("Overdue")), *EvidenceRequest.Status.choices]


def start_of(day: date) -> datetime:
    """Its first instant, here."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


class RequestFilter(FilterSet):
    status = ChoiceFilter(label=_("Status"), choices=REQUEST_STATES, method="in_state", empty_label=_("Any"))
    kind = ChoiceFilter(label=_("Kind"), choices=Kind.choices, empty_label=_("Any"))
    owner = MemberFilter(label=_("Asked of"), queryset=members, empty_label=_("Anybody"))
    asked_by = MemberFilter(label=_("Asked by"), queryset=members, empty_label=_("Anybody"))
    system = system_filter("system", label=_("AI system"))
    due_before = DateFilter(label=_("Due by"), field_name="due_on", lookup_expr="lte")

    class Meta:
        model = EvidenceRequest
        fields: list[str] = []

    def in_state(self, queryset: EvidenceRequestQuerySet, name: str, value: str) -> EvidenceRequestQuerySet:
        match value:
            case "open":
                return queryset.open()
            case "overdue":
                return queryset.overdue()
        return queryset.filter(status=value)


class ExpiryFilter(FilterSet):
    """What the calendar is narrowed to."""

    kind = ChoiceFilter(label=_("Kind"), choices=Kind.choices, empty_label=_("Any"))
    owner = MemberFilter(label=_("Keeper"), queryset=members, empty_label=_("Anybody"))
    system = system_filter("system", label=_("AI system"))

    class Meta:
        model = EvidenceItem
        fields: list[str] = []


class EvidenceFilter(FilterSet):
    freshness = ChoiceFilter(
        label=_("Freshness"), choices=FRESHNESS_CHOICES, method="with_freshness", empty_label=_("Any")
    )
    kind = ChoiceFilter(label=_("Kind"), choices=Kind.choices, empty_label=_("Any"))
    review = ChoiceFilter(
        label=_("Review"),
        field_name="current__review",
        choices=[choice for choice in EvidenceVersion.Review.choices if choice[0] in ("pending", "accepted")],
        empty_label=_("Any"),
    )
    status = ChoiceFilter(label=_("Status"), choices=EvidenceItem.Status.choices, empty_label=_("Any"))
    confidentiality = ChoiceFilter(label=_("Confidentiality"), choices=Confidentiality.choices, empty_label=_("Any"))
    owner = MemberFilter(label=_("Keeper"), queryset=members, empty_label=_("Anybody"))
    system = system_filter("system", label=_("AI system"))

    runs_out_from = DateFilter(label=_("Current until, from"), method="from_day")
    runs_out_to = DateFilter(label=_("Current until, to"), method="to_day")

    class Meta:
        model = EvidenceItem
        fields: list[str] = []

    def from_day(self, queryset: EvidenceItemQuerySet, name: str, value: date) -> EvidenceItemQuerySet:
        return queryset.active().filter(fresh_until__gte=start_of(value))

    def to_day(self, queryset: EvidenceItemQuerySet, name: str, value: date) -> EvidenceItemQuerySet:
        following = value + timedelta(days=1) if value < date.max else value
        return queryset.active().filter(fresh_until__lt=start_of(following))

    def with_freshness(self, queryset: EvidenceItemQuerySet, name: str, value: str) -> EvidenceItemQuerySet:
        return queryset.with_freshness(value)
