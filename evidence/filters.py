"""The filters of the library, the same on the page and in the API."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from aims.pages.badges import FRESHNESS
from aims.pages.forms import MemberChoiceField
from aims.tenancy.models import Member
from evidence.models import Confidentiality, EvidenceItem, EvidenceVersion, Kind
from evidence.querysets import EvidenceItemQuerySet
from inventory.picking import system_filter

FRESHNESS_CHOICES = [
    (state, FRESHNESS[state].label) for state in ("fresh", "ageing", "grace", "stale", "never_expires")
] + [("broken", _("File broken"))]


def members(request: HttpRequest | None) -> Any:
    return Member.objects.active()


class MemberFilter(ModelChoiceFilter):
    """Shows people by name."""

    field_class = type("MemberField", (ModelChoiceFilter.field_class, MemberChoiceField), {})


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

    class Meta:
        model = EvidenceItem
        fields: list[str] = []

    def with_freshness(self, queryset: EvidenceItemQuerySet, name: str, value: str) -> EvidenceItemQuerySet:
        return queryset.with_freshness(value)
