"""The library as a list: its columns, order and exports."""

from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge, named_badge
from aims.pages.finding import conditions_of
from aims.pages.listing import Column, Listing
from aims.tenancy.models import Member
from evidence.filters import EvidenceFilter, RequestFilter
from evidence.models import EvidenceItem, EvidenceRequest, EvidenceVersion
from evidence.querysets import EvidenceItemQuerySet, EvidenceRequestQuerySet
from evidence.text_search import said_in_files, snippets_of

REVIEW_BADGES = {
    "pending": Badge(_("Waiting for review"), "info", "hourglass"),
    "accepted": Badge(_("Accepted"), "good", "check"),
    "rejected": Badge(_("Rejected"), "bad", "x"),
    "withdrawn": Badge(_("Withdrawn"), "neutral", "archive"),
}
WITHDRAWN = Badge(_("Withdrawn"), "neutral", "archive")
BROKEN = Badge(_("File broken"), "bad", "alert-octagon")
SUPERSEDED = Badge(_("Superseded"), "neutral", "arrow-right")
NO_VERSION = Badge(_("No usable version"), "bad", "circle-x")


def freshness_of(item: EvidenceItem, at: datetime | None = None) -> Badge:
    """How current it is; a broken file outweighs every date."""
    if item.is_active and item.current is not None and not item.current.is_intact:
        return BROKEN
    state = item.freshness(at)
    return {"withdrawn": WITHDRAWN, "superseded": SUPERSEDED, "none": NO_VERSION}.get(state) or named_badge(
        "freshness", state
    )


def review_of(version: EvidenceVersion | None) -> Badge | None:
    return REVIEW_BADGES[version.review] if version else None


REQUEST_BADGES = {
    "asked": Badge(_("Asked for"), "open", "mail"),
    "submitted": Badge(_("Submitted"), "info", "hourglass"),
    "accepted": Badge(_("Accepted"), "good", "check"),
    "declined": Badge(_("Declined"), "warn", "x"),
    "cancelled": Badge(_("Cancelled"), "neutral", "ban"),
}
OVERDUE = Badge(_("Overdue"), "bad", "clock")


def request_badge(request: EvidenceRequest) -> Badge:
    return OVERDUE if request.is_overdue else REQUEST_BADGES[request.status]


class RequestListing(Listing):
    """What evidence is asked for, of whom and by when."""

    name = "evidence-requests"
    caption = _("Evidence requests")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("title", _("What is asked for"), is_heading=True, order_by=("title", "number")),
        Column("status", _("Status"), request_badge, order_by=("status", "due_on")),
        Column("owner", _("Asked of"), "owner.display_name"),
        Column("due_on", _("Due"), order_by=("due_on", "number")),
        Column("subject", _("For"), "subject_label", is_minor=True),
        Column("system", _("AI system"), "system.name", is_minor=True),
        Column("kind", _("Kind"), "get_kind_display", order_by=("kind", "number"), is_minor=True),
        Column("asked_by", _("Asked by"), "asked_by.display_name", is_minor=True),
        Column("item", _("Evidence (number)"), "item.number", is_shown=False),
        Column("submitted_at", _("Submitted"), is_shown=False),
        Column("closed_at", _("Closed"), is_shown=False),
        Column("closing_note", _("Note"), is_shown=False),
    )
    filterset_class = RequestFilter
    search_fields = ("title", "description", "subject_label")
    number_field = "number"
    default_sort = "due_on"
    empty = {
        "icon": "mail",
        "title": _("Nobody was asked for evidence yet"),
        "text": _("Ask a person for a piece by a date; they are reminded, and the request says what became of it."),
    }

    def get_queryset(self) -> EvidenceRequestQuerySet:
        return EvidenceRequest.objects.for_list()

    def record_url(self, record: EvidenceRequest) -> str:
        return reverse("evidence:request_detail", args=[self.file_prefix, record.number])


class EvidenceListing(Listing):
    """Every list of evidence; `file_prefix` is the organisation's short name, for the links and the exports."""

    name = "evidence"
    caption = _("Evidence library")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("title", _("Evidence"), is_heading=True, order_by=("title",)),
        Column("kind", _("Kind"), "get_kind_display", order_by=("kind", "number"), is_minor=True),
        Column("freshness", _("Freshness"), freshness_of),
        Column("fresh_until", _("Current until"), order_by=("fresh_until",)),
        Column("review", _("Review"), lambda item: review_of(item.current), is_minor=True),
        Column("system", _("AI system"), "system.name", is_minor=True),
        Column("owner", _("Keeper"), "owner.display_name", is_minor=True),
        Column("collected", _("Collected"), "current.collected_at", is_minor=True),
        Column("speaks_for", _("Speaks for version"), "current.system_version.label", is_shown=False),
        Column("environment", _("Environment"), "current.get_environment_display", is_shown=False),
        Column("version", _("Version"), "current.ordinal", is_shown=False),
        Column("dataset_version", _("Speaks for dataset"), "current.dataset_version", is_shown=False),
        Column("population", _("Population"), "current.population", is_shown=False),
        Column("sample_size", _("Number of cases (n)"), "current.sample_size", is_shown=False),
        Column("independence", _("Independence"), "current.get_independence_display", is_shown=False),
        Column("confidentiality", _("Confidentiality"), "get_confidentiality_display", is_shown=False),
    )
    filterset_class = EvidenceFilter
    search_fields = ("title", "description")
    number_field = "number"
    default_sort = "-number"
    empty = {
        "icon": "file-check",
        "title": _("No evidence yet"),
        "text": _(
            "Evidence is what was observed: a test report, an evaluation, a certificate. Each piece says which period "
            "and version it speaks for, and until when it is current."
        ),
    }

    def __init__(self, *args: Any, member: Member | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member

    def get_queryset(self) -> EvidenceItemQuerySet:
        return EvidenceItem.objects.for_list()

    def searched(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By title, description and number, and by what the files say that the member may read."""
        told = reduce(and_, conditions_of(self.search_fields, text, number_field=self.number_field))
        return queryset.filter(told | said_in_files(text, self.member) if self.member else told)

    def complete(self, records: list[Any], text: str) -> None:
        """The place in the files where the words stand, for the rows of this page."""
        found = snippets_of(records, text, self.member) if text and self.member else {}
        for record in records:
            record.snippet = found.get(record.pk)

    def heading(self, record: EvidenceItem, link: SafeString | str) -> SafeString | str:
        snippet = getattr(record, "snippet", None)
        return format_html("{}{}", link, snippet) if snippet else link

    def record_url(self, record: EvidenceItem) -> str:
        return reverse("evidence:evidence_detail", args=[self.file_prefix, record.number])
