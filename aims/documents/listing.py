"""The documents as a list."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aims.documents.filters import DocumentFilter
from aims.documents.models import Document
from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from aims.pages.wording import show_person


def state_of(document: Document) -> Badge:
    """Draft, approved, withdrawn, or approved once but not as it is now."""
    if document.status == Document.Status.WITHDRAWN:
        return Badge(_("Withdrawn"), "neutral", "archive")
    if document.is_approved:
        return Badge(_("Approved"), "good", "circle-check")
    if document.has_lapsed:
        return Badge(_("Approval lapsed"), "warn", "alert-triangle")
    return Badge(_("Draft"), "neutral", "pencil")


class DocumentListing(Listing):
    name = "documents"
    caption = _("Documents")
    columns = (
        Column("number", _("No."), order_by=("number",), align="end", is_minor=True),
        Column("title", _("Title"), order_by=("title",), is_heading=True),
        Column("kind", _("Kind"), "get_kind_display", order_by=("kind", "number")),
        Column("edition", _("Edition"), order_by=("edition",), align="end", is_minor=True),
        Column("status", _("Status"), state_of, order_by=("status",)),
        Column("owner", _("Owner"), lambda d: show_person(d.owner), export="owner", is_minor=True),
        Column("approved_by", _("Approved by"), "approved_by", is_shown=False),
        Column("approved_at", _("Approved"), order_by=("approved_at",), is_minor=True),
        Column("review_on", _("Next review"), order_by=("review_on",)),
        Column("approved_sha256", _("SHA-256 of what was approved"), is_shown=False),
    )
    filterset_class = DocumentFilter
    search_fields = ("title", "body")
    number_field = "number"
    default_sort = "kind"
    empty = {
        "icon": "files",
        "title": _("No documents yet"),
        "text": _("Scope, AI policy, roles and methods are written, approved and reviewed here. Begin with the scope."),
    }

    def get_queryset(self) -> Any:
        return Document.objects.select_related("owner", "approved_by")

    def record_url(self, record: Document) -> str:
        return reverse("documents:document_detail", args=[self.file_prefix, record.number])
