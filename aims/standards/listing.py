"""The requirements as a list: the catalogue with the organisation's positions."""

from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.badges import Badge
from aims.pages.finding import SEARCH_LENGTH, SEARCH_WORDS, readable
from aims.pages.listing import Column, Listing, Selection
from aims.pages.wording import show_person
from aims.standards.filters import RequirementFilter, Rows
from aims.standards.models import RequirementPosition
from aims.standards.selectors import RequirementRow, order_of_clauses, requirement_rows

BADGES = {
    "met": Badge(gettext_lazy("Met"), "good", "circle-check"),
    "partial": Badge(gettext_lazy("Partly met"), "warn", "progress"),
    "gap": Badge(gettext_lazy("Gap"), "bad", "alert-circle"),
    "unknown": Badge(gettext_lazy("Not looked at"), "open", "help-circle"),
}
WORST_FIRST = {"gap": 0, "unknown": 1, "partial": 2, "met": 3}
KEYS = {
    "id": lambda row: row.id,
    "position": lambda row: WORST_FIRST[row.position],
    "owner": lambda row: str(row.owner or "\U0010ffff").lower(),
    "due_on": lambda row: row.due_on or date.max,
}


class RequirementListing(Listing):
    name = "requirements"
    caption = gettext_lazy("Requirements of clauses 4 to 10")
    columns = (
        Column("id", gettext_lazy("Reference"), order_by=("id",)),
        Column("text", gettext_lazy("Requirement, in our words"), is_heading=True),
        Column("clause", gettext_lazy("Clause"), is_shown=False),
        Column("position", gettext_lazy("Position"), lambda row: BADGES[row.position], order_by=("position",)),
        Column("satisfied_by", gettext_lazy("What satisfies it"), is_minor=True),
        Column("gap", gettext_lazy("Gap"), is_minor=True),
        Column("next_step", gettext_lazy("Next step"), is_minor=True),
        Column(
            "owner",
            gettext_lazy("Owner"),
            lambda row: show_person(row.owner),
            order_by=("owner",),
            export="owner",
            is_minor=True,
        ),
        Column("due_on", gettext_lazy("Due"), order_by=("due_on",)),
    )
    filterset_class = RequirementFilter
    # Only says that there is a search; `matching` carries it out.
    search_fields = ("text",)
    default_sort = "id"
    page_sizes = (25, 50, 100, 200)

    def get_queryset(self) -> Any:
        return Rows(requirement_rows())

    def record_url(self, record: RequirementRow) -> str:
        return reverse("standards:requirement_detail", args=[self.file_prefix, record.id])

    def selection(self, parameters: QueryDict) -> Selection:
        parameters, errors = readable(parameters)
        rows: Any = self._queryset if self._queryset is not None else self.get_queryset()
        filters, refused, rows = self._filtered(parameters, rows, errors)
        text = parameters.get("q", "").strip()
        if len(text) > SEARCH_LENGTH:
            text = text[:SEARCH_LENGTH]
            errors.append(_("The search was cut to its first %(limit)d characters.") % {"limit": SEARCH_LENGTH})
        for word in text.lower().split()[:SEARCH_WORDS]:
            rows = rows.which(lambda row, word=word: word in searched(row))
        sort, rows = self._ordered(parameters.get("sort", ""), rows, errors)
        return Selection(rows, parameters, filters, text, sort, errors, refused)

    def _ordered(self, asked: str, rows: Any, errors: list[str]) -> tuple[str, Any]:
        sort = asked or self.default_sort
        if sort.removeprefix("-") not in KEYS:
            errors.append(_("The list cannot be sorted by “%(name)s”.") % {"name": asked[:40]})
            sort = self.default_sort
        places = order_of_clauses()
        in_order = sorted(rows, key=lambda row: (places[row.clause], row.id))
        name = sort.removeprefix("-")
        if name != "id":
            in_order.sort(key=KEYS[name], reverse=sort.startswith("-"))
        elif sort.startswith("-"):
            in_order.reverse()
        return sort, Rows(in_order)


def searched(row: RequirementRow) -> str:
    """All the words of a row, in small letters."""
    return " ".join(
        (row.id, row.clause_title, row.text, row.satisfied_by, row.gap, row.next_step, str(row.owner or ""))
    ).lower()


def badge_of(position: str) -> Badge:
    return BADGES[RequirementPosition.Position(position)]
