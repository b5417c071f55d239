"""The registers of this room: systems, suppliers, imports."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge, named_badge
from aims.pages.columns import Column
from aims.pages.listing import Listing
from aims.pages.wording import NOTHING, show_person
from inventory.filters import ImportFilter, SystemFilter
from inventory.models import AISystem, Supplier, SystemImport
from inventory.standing import standings_of

STATUS_BADGES = {
    AISystem.Status.REGISTERED: ("good", "circle-check"),
    AISystem.Status.RETIRED: ("neutral", "archive"),
}
IMPORT_BADGES = {
    SystemImport.Status.QUEUED: ("info", "clock"),
    SystemImport.Status.RUNNING: ("info", "progress"),
    SystemImport.Status.DONE: ("good", "circle-check"),
    SystemImport.Status.FAILED: ("bad", "circle-x"),
}


def tier_badge(system: AISystem) -> Badge:
    return named_badge("tier", system.tier) if system.tier else Badge(_("Not screened yet"), "open", "help-circle")


def status_badge(system: AISystem) -> Badge:
    return Badge(system.get_status_display(), *STATUS_BADGES[AISystem.Status(system.status)])


def import_badge(system_import: SystemImport) -> Badge:
    if system_import.is_draft:
        return Badge(_("To be confirmed"), "warn", "help-circle")
    return Badge(system_import.get_status_display(), *IMPORT_BADGES[SystemImport.Status(system_import.status)])


def owner_chip(system: AISystem) -> Any:
    return show_person(system.owner) if system.owner else NOTHING


def standing_badge(system: Any) -> Any:
    """Of its assurance cases, as the listing has read it."""
    return system.shown_standing or NOTHING


def standing_text(system: Any) -> str:
    return str(system.shown_standing.label) if system.shown_standing else ""


class SystemListing(Listing):
    name = "systems"
    caption = _("AI systems")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",), is_minor=True),
        Column("name", _("AI system"), is_heading=True, order_by=("name",)),
        Column("tier", _("Tier"), tier_badge, order_by=("tier",), export="tier"),
        Column("stage", _("Stage"), "get_stage_display", order_by=("stage",)),
        Column("standing", _("Standing"), standing_badge, export=standing_text),
        Column("status", _("Status"), status_badge, order_by=("status",), export="get_status_display", is_minor=True),
        Column("owner", _("Owner"), owner_chip, order_by=("owner__display_name",), export="owner"),
        Column("next_review", _("Next review"), "next_review_on", order_by=("next_review_on",), is_minor=True),
        Column("version", _("Version"), "current_version", is_shown=False),
        Column("supplier", _("Supplier"), order_by=("supplier__name",), is_shown=False),
        Column("unit", _("Unit"), "business_unit", order_by=("business_unit",), is_shown=False),
        Column("topic", _("Topic"), is_shown=False),
        Column("purpose", _("Purpose"), is_shown=False),
        Column("outputs", _("Outputs"), is_shown=False),
        Column("external_key", _("Key elsewhere"), is_shown=False),
    )
    filterset_class = SystemFilter
    search_fields = ("name", "purpose", "business_unit", "topic")
    number_field = "number"
    default_sort = "number"
    empty = {
        "icon": "cpu",
        "title": _("No AI systems yet"),
        "text": _(
            "The register holds every AI system that you develop, provide or use. Everything else hangs on it: "
            "risks, evidence, assurance cases."
        ),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return AISystem.objects.for_list()

    def complete(self, records: list[Any], text: str) -> None:
        super().complete(records, text)
        known = standings_of([system.pk for system in records])
        for system in records:
            system.shown_standing = known.get(system.pk)

    def export_rows(self, parameters: QueryDict) -> Iterator[list[Any]]:
        yield [str(column.label) for column in self.export_columns]
        known = standings_of()
        for system in self.selection(parameters).queryset.iterator(chunk_size=1_000):
            system.shown_standing = known.get(system.pk)
            yield [column.export_value_of(system) for column in self.export_columns]

    def record_url(self, record: Any) -> str:
        return reverse("inventory:system_detail", kwargs={"slug": self.file_prefix, "number": record.number})


class SupplierListing(Listing):
    name = "suppliers"
    caption = _("Suppliers")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",), is_minor=True),
        Column("name", _("Supplier"), is_heading=True, order_by=("name",)),
        Column("systems", _("AI systems"), "system_count", order_by=("system_count",), align="end"),
        Column("website", _("Website"), is_minor=True),
        Column("notes", _("Notes"), is_shown=False),
    )
    search_fields = ("name", "website", "notes")
    number_field = "number"
    default_sort = "name"
    empty = {
        "icon": "truck",
        "title": _("No suppliers yet"),
        "text": _(
            "A supplier provides a model, data, a tool or a whole AI system. What they change changes your system."
        ),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Supplier.objects.annotate(system_count=Count("systems"))

    def record_url(self, record: Any) -> str:
        return reverse("inventory:supplier_detail", kwargs={"slug": self.file_prefix, "number": record.number})


class ImportListing(Listing):
    name = "imports"
    caption = _("Imports of registers")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",), is_minor=True),
        Column("file_name", _("File"), is_heading=True, order_by=("file_name",)),
        Column("status", _("Status"), import_badge, order_by=("status",)),
        Column("created", _("Created"), "created_count", order_by=("created_count",), align="end"),
        Column("updated", _("Updated"), "updated_count", order_by=("updated_count",), align="end", is_minor=True),
        Column("unchanged", _("Unchanged"), "unchanged_count", align="end", is_minor=True),
        Column("rejected", _("Rejected"), "rejected_count", order_by=("rejected_count",), align="end"),
        Column("requested_by", _("By"), "requested_by", is_minor=True),
        Column("created_at", _("Uploaded"), order_by=("created_at",)),
    )
    filterset_class = ImportFilter
    search_fields = ("file_name",)
    number_field = "number"
    default_sort = "-number"
    empty = {
        "icon": "file-spreadsheet",
        "title": _("No imports yet"),
        "text": _("Bring a whole register in at once: a CSV or Excel file in any layout."),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return SystemImport.objects.for_list()

    def record_url(self, record: Any) -> str:
        return reverse("inventory:import_detail", kwargs={"slug": self.file_prefix, "number": record.number})
