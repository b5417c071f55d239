"""The trail as a list."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from aims.pages.listing import Column, Listing
from aims.pages.wording import show_person
from aims.tenancy.door import opens
from aims.tenancy.models import Member
from aims.trail.filters import EventFilter
from aims.trail.links import link_of, trail_of
from aims.trail.models import Event
from aims.trail.wording import describe, kind_name


def actor_name(event: Event) -> str:
    return str(event.actor) if event.actor else str(_("The system"))


class EventListing(Listing):
    name = "trail"
    caption = _("Audit trail")
    columns = (
        Column("sequence", _("No."), order_by=("sequence",), align="end", is_minor=True),
        Column("at", _("When"), order_by=("at",)),
        Column("actor", _("Who"), lambda e: show_person(e.actor) if e.actor else _("The system"), export=actor_name),
        Column("event", _("What"), lambda e: e.sentence, order_by=("event",)),
        Column("event_name", _("Name of the event"), "event", is_shown=False),
        Column("target_kind", _("Kind of record"), lambda e: kind_name(e.target_kind), is_minor=True),
        Column("target_number", _("Record number"), is_shown=False),
        Column("target_label", _("Record"), is_heading=True),
        Column("changes", _("Details"), describe, is_minor=True, is_long=True),
        Column("hash", _("SHA-256 of the chain"), is_shown=False),
    )
    filterset_class = EventFilter
    search_fields = ("target_label",)
    number_field = "target_number"
    default_sort = "-sequence"
    empty = {
        "icon": "history",
        "title": _("Nothing has happened yet"),
        "text": _("Everything that somebody does in this organisation is written here, in order, and stays."),
    }

    reader: Member | None = None

    def get_queryset(self) -> Any:
        return Event.objects.select_related("actor")

    def record_url(self, record: Event) -> str:
        kind, slug, id = record.target_kind, self.file_prefix, record.target_id
        page = link_of(kind, slug=slug, id=id, number=record.target_number)
        # Who reads the trail need not be one who may open the list of members.
        if self.reader is None or opens(page, self.reader):
            return page
        return trail_of(kind, slug=slug, id=id)
