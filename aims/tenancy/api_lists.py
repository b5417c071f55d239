"""How the API pages a list: `next` leads through all records, and counting stops where it would cost more than reading."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from aims.pages.finding import bounded_count
from aims.tenancy.api_columns import Columns, bound


class Pages(PageNumberPagination):
    """Pages of 50, up to 200. Up to 10,000 records are counted; `next` leads through all of them, however many."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    count_limit = 10_000

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """One page of records."""
        start, end = self.range_asked(request)
        rows = self.cut(list(queryset[start:end]))
        self.count, self.is_count_exact = self.counted(queryset, start + len(rows))
        return rows

    def paginate_columns(self, columns: Columns, queryset: QuerySet[Any], request: Request) -> list[tuple[Any, ...]]:
        """One page of rows as columns, counted by the same statement."""
        start, end = self.range_asked(request)
        rows = self.cut(columns.read(queryset, start, end, self.count_limit))
        found = rows[0][-1] if rows else 0
        self.count, self.is_count_exact = min(found, self.count_limit), found <= self.count_limit
        return rows

    def range_asked(self, request: Request) -> tuple[int, int]:
        """From which row up to which; one more than is shown tells whether a page follows."""
        self.asked = request
        self.size = self.get_page_size(request) or self.page_size
        self.number = self.asked_number(request)
        start = (self.number - 1) * self.size
        return start, start + self.size + 1

    def cut(self, rows: list[Any]) -> list[Any]:
        if self.number > 1 and not rows:
            raise NotFound(_("There is no page %(number)d.") % {"number": self.number})
        self.has_next = len(rows) > self.size
        return rows[: self.size]

    def asked_number(self, request: Request) -> int:
        asked = request.query_params.get(self.page_query_param) or "1"
        if asked.isascii() and asked.isdigit() and len(asked) < 10 and int(asked):
            return int(asked)
        raise NotFound(_("There is no such page: give a whole number from 1."))

    def counted(self, queryset: Any, seen: int) -> tuple[int, bool]:
        """The number of rows and whether that is all; the last page shows it, and counting stops beyond the limit."""
        if not self.has_next:
            return seen, True
        if not isinstance(queryset, QuerySet):
            return len(queryset), True
        found = bounded_count(queryset, self.count_limit)
        return min(found, self.count_limit), found <= self.count_limit

    def get_next_link(self) -> str | None:
        return self.link_to(self.number + 1) if self.has_next else None

    def get_previous_link(self) -> str | None:
        return self.link_to(self.number - 1) if self.number > 1 else None

    def link_to(self, number: int) -> str:
        here = self.asked.build_absolute_uri()
        if number == 1:
            return remove_query_param(here, self.page_query_param)
        return replace_query_param(here, self.page_query_param, number)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "count": self.count,
                "is_count_exact": self.is_count_exact,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = super().get_paginated_response_schema(schema)
        told["required"] = ["count", "is_count_exact", "results"]
        told["properties"]["count"]["description"] = str(
            _("How many records there are; of more than 10,000 it says 10,000, and `is_count_exact` is false.")
        )
        told["properties"]["is_count_exact"] = {
            "type": "boolean",
            "description": str(_("Whether `count` is the number of all records. `next` leads through all either way.")),
        }
        return told


def represented(serializer_class: type[serializers.Serializer], records: Iterable[Any]) -> list[Any]:
    """Records as the serializer shows them, with its fields bound once per process instead of once per list."""
    show = bound(serializer_class).to_representation
    return [show(record) for record in records]
