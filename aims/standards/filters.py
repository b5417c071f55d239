"""Finding requirements. The rows come from the catalogue, not from a table, so filters work on lists."""

from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.standards import catalogue
from aims.standards.models import RequirementPosition
from aims.standards.readiness import is_within
from aims.tenancy.models import Member


class Rows(list[Any]):
    """Rows that a listing pages and a filter narrows like a queryset."""

    model = RequirementPosition
    ordered = True

    def all(self) -> "Rows":
        return self

    def order_by(self, *_fields: str) -> "Rows":
        return self

    def count(self) -> int:  # type: ignore[override]
        return len(self)

    def iterator(self, chunk_size: int = 0) -> Any:
        return iter(self)

    def which(self, test: Callable[[Any], bool]) -> "Rows":
        return Rows(row for row in self if test(row))

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return Rows(found) if isinstance(index, slice) else found


def clause_choices() -> list[tuple[str, str]]:
    return [(node.ref, f"{node.ref} {node.title}") for node in catalogue.clauses()]


class RequirementFilter(django_filters.FilterSet):
    clause = django_filters.ChoiceFilter(label=_("Clause"))
    position = django_filters.ChoiceFilter(label=_("Position"), choices=RequirementPosition.Position.choices)
    owner = django_filters.ModelChoiceFilter(label=_("Owner"), queryset=Member.objects.order_by("display_name"))
    overdue = django_filters.BooleanFilter(
        label=_("Overdue"),
        widget=forms.Select(choices=[("", _("All")), ("true", _("Overdue")), ("false", _("Not overdue"))]),
    )

    class Meta:
        model = RequirementPosition
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["clause"].extra["choices"] = clause_choices()

    def filter_queryset(self, queryset: Rows) -> Rows:
        chosen, today = self.form.cleaned_data, timezone.localdate()
        if clause := chosen.get("clause"):
            queryset = queryset.which(lambda row: is_within(row.clause, clause))
        if position := chosen.get("position"):
            queryset = queryset.which(lambda row: row.position == position)
        if owner := chosen.get("owner"):
            queryset = queryset.which(lambda row: row.owner == owner)
        if (overdue := chosen.get("overdue")) is not None:
            queryset = queryset.which(lambda row: is_overdue(row, today) == overdue)
        return queryset


def is_overdue(row: Any, today: Any) -> bool:
    """Past its day and not met."""
    return row.due_on is not None and row.due_on < today and row.position != RequirementPosition.Position.MET
