"""Filters of the registers, the same for page and API."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from aims.tenancy.models import Member
from inventory.models import AISystem, Supplier, SystemImport, Tier

UNSCREENED = "unscreened"


class SystemFilter(django_filters.FilterSet):
    tier = django_filters.ChoiceFilter(
        label=_("Tier"),
        choices=[*Tier.choices, (UNSCREENED, _("Not screened yet"))],
        method="with_tier",
        empty_label=_("All"),
    )
    stage = django_filters.ChoiceFilter(label=_("Stage"), choices=AISystem.Stage.choices, empty_label=_("All"))
    status = django_filters.ChoiceFilter(label=_("Status"), choices=AISystem.Status.choices, empty_label=_("All"))
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=lambda request: Member.objects.all(), empty_label=_("All"), null_label=_("Nobody")
    )
    supplier = django_filters.ModelChoiceFilter(
        label=_("Supplier"),
        queryset=lambda request: Supplier.objects.all(),
        to_field_name="number",
        empty_label=_("All"),
        null_label=_("None"),
    )
    unit = django_filters.CharFilter(label=_("Unit"), field_name="business_unit", lookup_expr="icontains")

    class Meta:
        model = AISystem
        fields: list[str] = []

    def with_tier(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(tier="" if value == UNSCREENED else value)


class ImportFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Status"), choices=SystemImport.Status.choices, empty_label=_("All"))

    class Meta:
        model = SystemImport
        fields: list[str] = []
