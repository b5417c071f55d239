"""Lists: one declaration per register gives the page, the filter, the order, the paging and the exports.

A register declares a `Listing`; its page calls `respond()`, its API route takes `selection()`: both show the same rows
for the same query string.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_filters import FilterSet

from aims.pages.columns import Column, Text, show
from aims.pages.exports import EXPORTS, export
from aims.pages.finding import (
    SEARCH_LENGTH,
    bounded_count,
    chosen,
    keys_of,
    readable,
    search,
)

# Parameters that find no rows: which page, in which order, how many, as what.
NO_FILTERS = frozenset({"q", "sort", "page", "size", "page_size", "export"})

__all__ = ["Column", "ListPage", "Listing", "Selection"]


@dataclass(frozen=True)
class Heading:
    """A column as the table head shows it."""

    column: Column
    url: str = ""
    direction: Literal["", "ascending", "descending"] = ""


@dataclass(frozen=True)
class Cell:
    column: Column
    html: SafeString | str


@dataclass(frozen=True)
class Row:
    record: Any
    url: str
    cells: list[Cell]


@dataclass(frozen=True)
class Chip:
    """A filter in force, with the link that lifts it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class PageLink:
    number: int
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class ListPage:
    """Everything that `components/listing.html` needs to show one page of a list."""

    name: str
    caption: Text
    headings: list[Heading]
    rows: list[Row]
    filter_form: Any
    filter_fields: list[Any]
    search: str
    has_search: bool
    sort: str
    chips: list[Chip]
    clear_url: str
    errors: list[str]
    total: int
    is_total_exact: bool
    first: int
    last: int
    number: int
    size: int
    previous_url: str
    next_url: str
    page_links: list[PageLink]
    size_links: list[PageLink]
    exports: list[tuple[str, str]]
    query_string: str
    empty: dict[str, Any] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        return bool(self.chips)

    @property
    def range_text(self) -> str:
        """ "51–100 of 2,133": where this page lies in the whole."""
        if not self.total:
            return _("0 records")
        total = number_format(self.total, force_grouping=True)
        if not self.is_total_exact:
            total = _("more than %(total)s") % {"total": total}
        numbers = {
            "first": number_format(self.first, force_grouping=True),
            "last": number_format(self.last, force_grouping=True),
            "total": total,
        }
        return _("%(first)s–%(last)s of %(total)s") % numbers


@dataclass
class Selection:
    """The rows that a query string asks for, before paging, and what was wrong with it."""

    queryset: QuerySet[Any]
    parameters: QueryDict
    filters: Callable[[], FilterSet | None]
    search: str
    sort: str
    errors: list[str]
    refused: Mapping[str, Any]
    """Errors of the filters by field."""

    @cached_property
    def filterset(self) -> FilterSet | None:
        """The filters with their form; made only for those who show it."""
        return self.filters()


class Listing:
    """The base of every register: subclass it, declare, override `get_queryset`."""

    name: ClassVar[str]
    """The register in one word: DOM id and part of the file name, such as "risks"."""
    caption: ClassVar[Text]
    columns: ClassVar[tuple[Column, ...]]
    filterset_class: ClassVar[type[FilterSet] | None] = None
    search_fields: ClassVar[tuple[str, ...]] = ()
    number_field: ClassVar[str] = ""
    """A whole-number field that a search for digits ("12", "#12") also matches."""
    default_sort: ClassVar[str] = ""
    tie_breaker: ClassVar[str] = "pk"
    page_sizes: ClassVar[tuple[int, ...]] = (25, 50, 100)
    default_size: ClassVar[int] = 50
    count_limit: ClassVar[int] = 10_000
    """Beyond this a list says "more than 10,000": counting every row of a big register costs more than showing it."""
    empty: ClassVar[Mapping[str, Any]] = {}
    """What `components/empty_state.html` shows when the register has no record at all: icon, title, text."""

    def __init__(
        self,
        queryset: QuerySet[Any] | None = None,
        /,
        *,
        file_prefix: str = "",
        **empty: Any,
    ) -> None:
        self._queryset = queryset
        self.file_prefix = file_prefix
        self.empty_state = {**self.empty, **empty}

    def get_queryset(self) -> QuerySet[Any]:
        raise NotImplementedError(f"{type(self).__name__} needs get_queryset() or a queryset.")

    def record_url(self, record: Any) -> str:
        """Where a row leads; empty for a list without record pages."""
        return record.get_absolute_url() if hasattr(record, "get_absolute_url") else ""

    def searched(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """The rows that a search finds."""
        return search(queryset, self.search_fields, text, number_field=self.number_field)

    def complete(self, records: list[Any], text: str) -> None:
        """What the rows of one page need besides themselves; `text` is what was searched for."""

    def heading(self, record: Any, link: SafeString | str) -> SafeString | str:
        """What names a row: the link to the record, and whatever a register puts below it."""
        return link

    # Reading the query string

    def selection(self, parameters: QueryDict) -> Selection:
        """The filtered and ordered rows; a value that is not understood is left out and named in `errors`."""
        parameters, errors = readable(parameters)
        queryset = self._queryset if self._queryset is not None else self.get_queryset()
        filters, refused, queryset = self._filtered(parameters, queryset, errors)
        text = parameters.get("q", "").strip()
        if len(text) > SEARCH_LENGTH:
            text = text[:SEARCH_LENGTH]
            errors.append(_("The search was cut to its first %(limit)d characters.") % {"limit": SEARCH_LENGTH})
        if text and (self.search_fields or self.number_field):
            queryset = self.searched(queryset, text)
        sort, queryset = self._ordered(parameters.get("sort", ""), queryset, errors)
        return Selection(queryset, parameters, filters, text, sort, errors, refused)

    def _filtered(
        self, parameters: QueryDict, queryset: QuerySet[Any], errors: list[str]
    ) -> tuple[Callable[[], FilterSet | None], Mapping[str, Any], QuerySet[Any]]:
        filterset_class = self.filterset_class
        if filterset_class is None:
            return lambda: None, {}, queryset
        if not any(name not in NO_FILTERS and any(values) for name, values in parameters.lists()):
            return lambda: filterset_class(parameters, queryset=queryset), {}, queryset
        shown = filterset_class(parameters, queryset=queryset)
        if shown.is_valid():
            return lambda: shown, {}, shown.qs
        understood = parameters.copy()
        for name, problems in shown.form.errors.items():
            label = shown.form[name].label if name in shown.form.fields else name
            errors.extend(f"{label}: {problem}" for problem in problems)
            for key in keys_of(shown.form, name, understood):
                understood.pop(key, None)
        usable = filterset_class(understood, queryset=queryset)
        return lambda: shown, shown.form.errors, usable.qs if usable.is_valid() else queryset

    def _ordered(self, asked: str, queryset: QuerySet[Any], errors: list[str]) -> tuple[str, QuerySet[Any]]:
        sortable = {column.name: column for column in self.columns if column.order_by}
        sort = asked or self.default_sort
        if sort.removeprefix("-") not in sortable:
            if asked:
                errors.append(_("The list cannot be sorted by “%(name)s”.") % {"name": asked[:40]})
            sort = self.default_sort
        fields: list[str] = []
        if column := sortable.get(sort.removeprefix("-")):
            fields = [flipped(name) if sort.startswith("-") else name for name in column.order_by]
        if self.tie_breaker.removeprefix("-") not in {name.removeprefix("-") for name in fields}:
            # Without a unique last field, equal rows may swap places between two pages.
            fields.append(self.tie_breaker)
        return sort, queryset.order_by(*fields)

    # The page

    def page(self, request: HttpRequest) -> ListPage:
        """One page of the list: one query for the count, one for the rows."""
        selection = self.selection(request.GET)
        size = self._size(selection)
        found = bounded_count(selection.queryset, self.count_limit)
        is_exact = found <= self.count_limit
        total = min(found, self.count_limit)
        number = self._number(selection, size, total, is_exact)
        start = (number - 1) * size
        records = list(selection.queryset[start : start + size + 1])
        has_next = len(records) > size
        records = records[:size]
        self.complete(records, selection.search)
        link = Links(request.path, selection.parameters)
        return ListPage(
            name=self.name,
            caption=self.caption,
            headings=self._headings(selection.sort, link),
            rows=[self._row(record) for record in records],
            filter_form=selection.filterset.form if selection.filterset else None,
            filter_fields=list(selection.filterset.form.visible_fields()) if selection.filterset else [],
            search=selection.search,
            has_search=bool(self.search_fields or self.number_field),
            sort=selection.parameters.get("sort", ""),
            chips=self._chips(selection, link),
            clear_url=link.clear(),
            errors=selection.errors,
            total=total,
            is_total_exact=is_exact,
            first=start + 1 if records else 0,
            last=start + len(records),
            number=number,
            size=size,
            previous_url=link.to(page=number - 1) if number > 1 else "",
            next_url=link.to(page=number + 1) if has_next else "",
            page_links=self._page_links(number, size, total, is_exact, link),
            size_links=[
                PageLink(choice, link.to(size=choice, page=None), choice == size) for choice in self.page_sizes
            ],
            exports=[(kind, link.to(export=kind, page=None, size=None)) for kind in EXPORTS if may_export(request)],
            query_string=selection.parameters.urlencode(),
            empty=self.empty_state,
        )

    def respond(
        self, request: HttpRequest, template: str, context: dict[str, Any] | None = None
    ) -> HttpResponse | FileResponse:
        """The whole answer of a list view: an export, the list alone for htmx, or the full page."""
        if (kind := request.GET.get("export")) and kind in EXPORTS:
            if not may_export(request):
                raise PermissionDenied(_("Your roles here do not include taking registers out as files."))
            return export(self, request.GET, kind, prefix=self.file_prefix)
        page = self.page(request)
        is_fragment = (
            request.headers.get("HX-Request") == "true"
            and request.headers.get("HX-Target") == self.name
            and request.headers.get("HX-History-Restore-Request") != "true"
        )
        if is_fragment:
            response = HttpResponse(
                render_to_string(
                    "components/listing.html",
                    {**(context or {}), "listing": page},
                    request,
                )
            )
        else:
            response = render(request, template, {**(context or {}), "listing": page})
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def _size(self, selection: Selection) -> int:
        asked = selection.parameters.get("size", "")
        if not asked:
            return self.default_size
        if asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) in self.page_sizes:
            return int(asked)
        choices = ", ".join(str(size) for size in self.page_sizes)
        selection.errors.append(_("A page shows %(choices)s records.") % {"choices": choices})
        return self.default_size

    def _number(self, selection: Selection, size: int, total: int, is_exact: bool) -> int:
        asked = selection.parameters.get("page", "")
        if not asked:
            return 1
        pages = max(1, -(-total // size))
        if not (asked.isascii() and asked.isdigit() and len(asked) <= 12 and int(asked) >= 1):
            selection.errors.append(_("There is no such page; this is the first one."))
            return 1
        if int(asked) > pages and is_exact:
            selection.errors.append(_("The list has %(pages)d pages; this is the last one.") % {"pages": pages})
            return pages
        # A big register may be turned beyond the counted part, but not skipped through at any depth.
        return min(int(asked), pages * 10)

    def _headings(self, sort: str, link: "Links") -> list[Heading]:
        headings = []
        for column in self.columns:
            if not column.is_shown:
                continue
            direction: Literal["", "ascending", "descending"] = ""
            if sort.removeprefix("-") == column.name:
                direction = "descending" if sort.startswith("-") else "ascending"
            following = f"-{column.name}" if direction == "ascending" else column.name
            headings.append(
                Heading(
                    column,
                    link.to(sort=following, page=None) if column.order_by else "",
                    direction,
                )
            )
        return headings

    def _row(self, record: Any) -> Row:
        url = self.record_url(record)
        return Row(
            record,
            url,
            [self._cell(column, record, url) for column in self.columns if column.is_shown],
        )

    def _cell(self, column: Column, record: Any, url: str) -> Cell:
        value = column.value_of(record)
        if column.template:
            return Cell(
                column,
                render_to_string(column.template, {"record": record, "value": value}),
            )
        html = show(value)
        if column.is_heading:
            html = self.heading(record, format_html('<a href="{}">{}</a>', url, html) if url else html)
        return Cell(column, html)

    def _chips(self, selection: Selection, link: "Links") -> list[Chip]:
        chips = []
        if selection.search:
            chips.append(Chip(_("Search"), selection.search, link.to(q=None, page=None)))
        if selection.filterset is not None:
            form = selection.filterset.form
            for name, value in getattr(form, "cleaned_data", {}).items():
                keys = keys_of(form, name, selection.parameters)
                if not keys or value in (None, "", []) or (hasattr(value, "__len__") and not len(value)):
                    continue
                removed = link.to(**dict.fromkeys(keys), page=None)
                chips.append(Chip(str(form[name].label), chosen(form.fields[name], value), removed))
        return chips

    def _page_links(self, number: int, size: int, total: int, is_exact: bool, link: "Links") -> list[PageLink]:
        pages = max(1, -(-total // size))
        nearby = {1, number - 1, number, number + 1} | ({pages} if is_exact else set())
        return [
            PageLink(page, link.to(page=page), page == number)
            for page in sorted(nearby)
            if 1 <= page <= max(pages, number)
        ]

    # Exports

    @cached_property
    def export_columns(self) -> list[Column]:
        return [column for column in self.columns if column.is_exported]

    def export_rows(self, parameters: QueryDict) -> Iterator[list[Any]]:
        """The header, then every row of the selection (not only one page), read in chunks."""
        yield [str(column.label) for column in self.export_columns]
        for record in self.selection(parameters).queryset.iterator(chunk_size=1_000):
            yield [column.export_value_of(record) for column in self.export_columns]


class Links:
    """URLs of the same list with some parameters changed."""

    def __init__(self, path: str, parameters: QueryDict) -> None:
        self.path = path
        self.parameters = parameters

    def to(self, **changes: Any) -> str:
        changed = self.parameters.copy()
        changed.pop("export", None)
        for name, value in changes.items():
            if value is None:
                changed.pop(name, None)
            else:
                changed[name] = str(value)
        for name in [name for name in changed if not any(changed.getlist(name))]:
            del changed[name]
        return f"{self.path}?{changed.urlencode()}" if changed else self.path

    def clear(self) -> str:
        kept = {name: None for name in self.parameters if name not in ("sort", "size")}
        return self.to(**kept)


def may_export(request: HttpRequest) -> bool:
    """Whether the member may take registers out as files; a page without a member has no such rule."""
    member = getattr(request, "member", None)
    return member is None or member.may("registers.export")


def flipped(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"
