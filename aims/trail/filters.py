"""Finding events: what, who, about which kind of record, when."""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.models import Member
from aims.trail.events import vocabulary
from aims.trail.links import PAGES
from aims.trail.models import Event
from aims.trail.past import history_models
from aims.trail.wording import kind_name


def event_choices() -> list[tuple[str, str]]:
    """Every event that rooms declare, by the name of its room."""
    return [
        (name, f"{name.partition('.')[0].capitalize()}: {sentence}") for name, sentence in sorted(vocabulary().items())
    ]


def kind_choices() -> list[tuple[str, str]]:
    """The kinds of record that events are about."""
    return sorted(((kind, kind_name(kind)) for kind in {*PAGES, *history_models()}), key=lambda choice: choice[1])


class EventFilter(django_filters.FilterSet):
    event = django_filters.ChoiceFilter(label=_("What"))
    actor = django_filters.ModelChoiceFilter(
        label=_("Who"),
        queryset=Member.objects.order_by("display_name"),
        null_label=_("The system"),
        null_value="system",
    )
    target_kind = django_filters.ChoiceFilter(label=_("Kind of record"))
    since = django_filters.DateFilter(
        label=_("From"), method="from_day", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(label=_("To"), method="to_day", widget=forms.DateInput(attrs={"type": "date"}))

    class Meta:
        model = Event
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["event"].extra["choices"] = event_choices()
        self.filters["target_kind"].extra["choices"] = kind_choices()

    # Whole days as instants, because a cast of the column could not use its index.
    def from_day(self, queryset: Any, _name: str, day: date) -> Any:
        return queryset.filter(at__gte=timezone.make_aware(datetime.combine(day, time.min)))

    def to_day(self, queryset: Any, _name: str, day: date) -> Any:
        return queryset.filter(at__lte=timezone.make_aware(datetime.combine(day, time.max)))
