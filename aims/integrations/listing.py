"""The list of one's own notifications."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from aims.integrations.models import Notification
from aims.pages.listing import Column, Listing

READ_CHOICES = [("no", _("Not read")), ("yes", _("Read"))]


class NotificationFilter(django_filters.FilterSet):
    read = django_filters.ChoiceFilter(label=_("Read"), choices=READ_CHOICES, method="by_read")

    class Meta:
        model = Notification
        fields: list[str] = []

    def by_read(self, queryset: Any, _name: str, value: str) -> Any:
        return queryset.filter(read_at__isnull=value == "no")


class NotificationListing(Listing):
    name = "notifications"
    caption = _("Your notifications")
    columns = (
        Column("sentence", _("What happened"), is_heading=True),
        Column("due_on", _("Due"), order_by=("due_on",), is_minor=True),
        Column("created_at", _("When"), order_by=("created_at",)),
        Column(
            "read_at",
            _("Read"),
            order_by=("read_at",),
            template="integrations/read_cell.html",
            export=lambda n: n.read_at,
        ),
    )
    filterset_class = NotificationFilter
    search_fields = ("sentence",)
    default_sort = "-created_at"
    empty = {
        "icon": "bell",
        "title": _("Nothing to tell you"),
        "text": _("When evidence of yours goes stale or a claim of yours falls, it says so here and by e-mail."),
    }

    def record_url(self, record: Notification) -> str:
        return record.link
