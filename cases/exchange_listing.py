"""Imports of arguments: the list, and the account of one of them in words."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.bringing_in import place_of, said_of_note
from cases.drafts import Note
from cases.exchange.formats import FORMATS
from cases.models import ArgumentImport, Element

BADGES = {
    ArgumentImport.Status.DRAFT: Badge(gettext_lazy("To be confirmed"), "info", "eye"),
    ArgumentImport.Status.DONE: Badge(gettext_lazy("Brought in"), "good", "circle-check"),
    ArgumentImport.Status.DISCARDED: Badge(gettext_lazy("Discarded"), "neutral", "circle-x"),
}


class ArgumentImportListing(Listing):
    """What was handed in, and what became of it."""

    name = "imports"
    caption = gettext_lazy("Imports of arguments")
    columns = (
        Column("number", gettext_lazy("No."), align="end", order_by=("number",)),
        Column("file_name", gettext_lazy("File"), is_heading=True, order_by=("file_name", "number")),
        Column("status", gettext_lazy("State"), lambda row: BADGES[row.status], order_by=("status", "number")),
        Column("format", gettext_lazy("Format"), lambda row: label_of(row.format), order_by=("format", "number")),
        Column("system", gettext_lazy("AI system"), "system.name", order_by=("system__name", "number")),
        Column("elements", gettext_lazy("Elements"), lambda row: row.report.get("elements", 0), align="end"),
        Column("repairs", gettext_lazy("Repairs"), lambda row: row.report.get("repair_count", 0), align="end"),
        Column("losses", gettext_lazy("Losses"), lambda row: row.report.get("loss_count", 0), align="end"),
        Column("created_at", gettext_lazy("Uploaded"), order_by=("created_at", "number")),
        Column("requested_by", gettext_lazy("Uploaded by"), "requested_by.display_name", is_minor=True),
    )
    search_fields = ("file_name", "system__name")
    default_sort = "-number"
    empty = {
        "icon": "upload",
        "title": gettext_lazy("Nothing was brought in yet"),
        "text": gettext_lazy("Arguments from other tools come in as files; you see what would come of each first."),
    }

    def __init__(self, slug: str, **kwargs: object) -> None:
        self.slug = slug
        super().__init__(imports(), file_prefix=slug, **kwargs)  # type: ignore[arg-type]

    def record_url(self, record: ArgumentImport) -> str:
        return reverse("cases:import_detail", args=[self.slug, record.number])


def imports() -> "QuerySet[ArgumentImport]":
    return ArgumentImport.objects.select_related("system", "case", "requested_by")


def label_of(format: str) -> str:
    return _(FORMATS[format].label) if format in FORMATS else format


@dataclass(frozen=True, slots=True)
class Account:
    """What would come in, or came in, in words."""

    counts: list[tuple[str, int]]
    repairs: list[tuple[str, str]]
    losses: list[tuple[str, str]]
    repair_count: int
    loss_count: int
    modules: list[list[str]]


def account_of(report: dict[str, Any]) -> Account:
    kinds = dict(Element.Kind.choices)
    counts = [(str(kinds[kind]), count) for kind, count in report.get("counts", {}).items() if kind in kinds]
    counts.append((_("Links"), report.get("links", 0)))
    for name, label in (
        ("challenges", _("Challenges")),
        ("conditions", _("Degradation conditions")),
        ("metrics", _("Metrics")),
        ("bindings", _("Pieces of evidence of the library")),
    ):
        if report.get(name):
            counts.append((label, report[name]))
    return Account(
        counts=counts,
        repairs=[said_with_place(one) for one in report.get("repairs", [])],
        losses=[said_with_place(one) for one in report.get("losses", [])],
        repair_count=report.get("repair_count", 0),
        loss_count=report.get("loss_count", 0),
        modules=report.get("modules", []),
    )


def said_with_place(kept: list[Any]) -> tuple[str, str]:
    note = Note(kept[0], kept[1], tuple(kept[2].items()))
    return place_of(note), said_of_note(note)


def told_in_short(row: ArgumentImport) -> str:
    """One sentence after it was brought in."""
    count = row.report.get("elements", 0)
    return ngettext("%d element was brought in.", "%d elements were brought in.", count) % count
