"""The packs as a list."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.pages.columns import Column
from aims.pages.listing import Listing
from audits.models import Pack

BADGES = {
    Pack.Status.QUEUED: ("info", "clock"),
    Pack.Status.RUNNING: ("info", "progress"),
    Pack.Status.DONE: ("good", "circle-check"),
    Pack.Status.FAILED: ("bad", "circle-x"),
}


def status_badge(pack: Pack) -> Badge:
    return Badge(pack.get_status_display(), *BADGES[Pack.Status(pack.status)])


class PackFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("Status"), choices=Pack.Status.choices, empty_label=_("All"))
    scope = django_filters.ChoiceFilter(label=_("Scope"), choices=Pack.Scope.choices, empty_label=_("All"))

    class Meta:
        model = Pack
        fields: list[str] = []


class PackListing(Listing):
    name = "packs"
    caption = _("Audit packs")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",), is_minor=True),
        Column("title", _("Pack"), is_heading=True, order_by=("title",)),
        Column("scope", _("Scope"), "get_scope_display", order_by=("scope",), is_minor=True),
        Column("status", _("Status"), status_badge, order_by=("status",), export="get_status_display"),
        Column("as_of", _("As of"), order_by=("as_of",)),
        Column("requested_by", _("Asked for by"), order_by=("requested_by__display_name",), is_minor=True),
        Column("pages", _("Pages"), "page_count", order_by=("page_count",), align="end", is_minor=True),
        Column("sha256", _("SHA-256"), is_shown=False),
    )
    filterset_class = PackFilter
    search_fields = ("title",)
    number_field = "number"
    default_sort = "-number"
    empty = {
        "icon": "package",
        "title": _("No audit packs yet"),
        "text": _(
            "A pack is a PDF of what the records say at one moment: first what does not stand, then registers, cases, "
            "evidence with hashes, audits and the management review."
        ),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Pack.objects.select_related("requested_by")

    def record_url(self, record: Pack) -> str:
        return reverse("audits:pack_detail", kwargs={"slug": self.file_prefix, "number": record.number})
