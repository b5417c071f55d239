"""API lists: the same rows as the page of the register, found by the same filters, search and order.

A viewset names its register: `listing_class = RiskListing`, `filter_backends = LIST_BACKENDS`. `search` and `ordering`
of the API are `q` and `sort` of the page; what is not understood is refused, because a script reads no warnings.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

PAGE_NAMES = {"search": "q", "ordering": "sort"}


class RegisterFilters(DjangoFilterBackend):
    """Filter, search and order by the view's `listing_class`; views without one, and single records, pass as they are.

    A view whose register has to know who asks makes it in `listing_of(queryset)`.
    """

    def get_filterset_class(self, view: Any, queryset: Any = None) -> Any:
        listing_class = getattr(view, "listing_class", None)
        return listing_class.filterset_class if listing_class else None

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if getattr(view, "action", "list") != "list" or getattr(view, "listing_class", None) is None:
            return queryset
        asked = request.query_params.copy()
        for name, page_name in PAGE_NAMES.items():
            if name in asked:
                asked[page_name] = asked.pop(name)[-1]
        listing = view.listing_of(queryset) if hasattr(view, "listing_of") else view.listing_class(queryset)
        selection = listing.selection(asked)
        if selection.refused:
            raise ValidationError(selection.refused)
        if selection.errors:
            raise ValidationError({"detail": selection.errors})
        return selection.queryset


class SearchAndOrder(BaseFilterBackend):
    """Tells the schema about `search` and `ordering`, which `RegisterFilters` carries out."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        listing_class = getattr(view, "listing_class", None)
        if listing_class is None:
            return []
        sortable = [column.name for column in listing_class.columns if column.order_by]
        order = _("One of %(names)s; with a minus sign in front for the other way round.") % {
            "names": ", ".join(sortable)
        }
        return [
            text_parameter("search", _("Words that must all occur in the record; digits also match its number.")),
            text_parameter("ordering", order),
        ]


def text_parameter(name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": {"type": "string"},
    }


LIST_BACKENDS = [RegisterFilters, SearchAndOrder]
