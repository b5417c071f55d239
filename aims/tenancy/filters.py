"""Finding members, invitations, tokens, engagements and visits."""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.models import AccessLog, Engagement, Invitation, Member, Token
from aims.tenancy.permissions import Role

ACTIVE = [("yes", _("Active")), ("no", _("Deactivated"))]
OPEN = [("yes", _("Open")), ("no", _("Closed"))]
USABLE = [("yes", _("Usable")), ("no", _("Expired or revoked"))]


class MemberFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.choices, method="by_role")
    active = django_filters.ChoiceFilter(label=_("State"), choices=ACTIVE, method="by_active")

    class Meta:
        model = Member
        fields: list[str] = []

    def by_role(self, queryset: Any, _name: str, value: str) -> Any:
        return queryset.filter(roles__contains=[value])

    def by_active(self, queryset: Any, _name: str, value: str) -> Any:
        return queryset.filter(is_active=value == "yes")


class InvitationFilter(django_filters.FilterSet):
    open = django_filters.ChoiceFilter(label=_("State"), choices=OPEN, method="by_open")

    class Meta:
        model = Invitation
        fields: list[str] = []

    def by_open(self, queryset: Any, _name: str, value: str) -> Any:
        pending = queryset.pending()
        return pending if value == "yes" else queryset.exclude(pk__in=pending.values("pk"))


class TokenFilter(django_filters.FilterSet):
    usable = django_filters.ChoiceFilter(label=_("State"), choices=USABLE, method="by_usable")

    class Meta:
        model = Token
        fields: list[str] = []

    def by_usable(self, queryset: Any, _name: str, value: str) -> Any:
        usable = queryset.usable()
        return usable if value == "yes" else queryset.exclude(pk__in=usable.values("pk"))


class EngagementFilter(django_filters.FilterSet):
    open = django_filters.ChoiceFilter(label=_("State"), choices=OPEN, method="by_open")

    class Meta:
        model = Engagement
        fields: list[str] = []

    def by_open(self, queryset: Any, _name: str, value: str) -> Any:
        current = queryset.open_on(timezone.localdate())
        return current if value == "yes" else queryset.exclude(pk__in=current.values("pk"))


class VisitFilter(django_filters.FilterSet):
    member = django_filters.ModelChoiceFilter(label=_("Who"), queryset=Member.objects.order_by("display_name"))
    since = django_filters.DateFilter(
        label=_("From"), method="from_day", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(label=_("To"), method="to_day", widget=forms.DateInput(attrs={"type": "date"}))

    class Meta:
        model = AccessLog
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        auditors = Member.objects.filter(roles__contains=[Role.CERTIFICATION_AUDITOR]).order_by("display_name")
        self.filters["member"].extra["queryset"] = auditors

    def from_day(self, queryset: Any, _name: str, day: date) -> Any:
        return queryset.filter(at__gte=timezone.make_aware(datetime.combine(day, time.min)))

    def to_day(self, queryset: Any, _name: str, day: date) -> Any:
        return queryset.filter(at__lte=timezone.make_aware(datetime.combine(day, time.max)))
