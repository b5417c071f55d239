"""The lists of this room: their columns, order and exports. `file_prefix` is the organisation's short name."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from audits import filters
from audits.models import (
    Audit,
    ChecklistItem,
    CorrectiveAction,
    Finding,
    ManagementReview,
    Nonconformity,
    ReviewAction,
)
from audits.wording import OVERDUE, badge_of, requirement_text, shortened


class RoomListing(Listing):
    """A list whose rows lead to `page_name` by number."""

    page_name = ""

    def record_url(self, record: Any) -> str:
        if not self.file_prefix:
            return ""
        return reverse(f"audits:{self.page_name}", kwargs={"slug": self.file_prefix, "number": record.number})


def status_badge(record: Any) -> Badge:
    """The status; "overdue" in its place while somebody should long have acted."""
    waits = {Nonconformity: {"open", "analysed", "in_action"}, CorrectiveAction: {"planned"}, ReviewAction: {"open"}}
    is_late = record.status in waits.get(type(record), set()) and record.due_on < timezone.localdate()
    if not is_late:
        return badge_of(record)
    label = _g("%(status)s, overdue") % {"status": record.get_status_display()}
    return Badge(label, OVERDUE.tone, OVERDUE.icon)


class AuditListing(RoomListing):
    name = "audits"
    page_name = "audit_detail"
    caption = _("Internal audits")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("title", _("Audit"), is_heading=True, order_by=("title",)),
        Column("status", _("Status"), badge_of, order_by=("status", "starts_on")),
        Column("lead_auditor", _("Lead auditor"), "lead_auditor.display_name", is_minor=True),
        Column("starts_on", _("Starts"), order_by=("starts_on", "number")),
        Column("ends_on", _("Ends"), order_by=("ends_on", "number"), is_minor=True),
        Column("looked_at", _("Looked at"), lambda audit: looked_at(audit), is_minor=True),
        Column("finding_count", _("Findings"), order_by=("finding_count", "number"), align="end"),
        Column("criteria", _("Criteria"), is_shown=False),
        Column("scope_text", _("Scope"), is_shown=False),
        Column("conclusion", _("Conclusion"), is_shown=False),
    )
    filterset_class = filters.AuditFilter
    search_fields = ("title", "criteria", "scope_text", "conclusion")
    number_field = "number"
    default_sort = "-starts_on"
    empty = {
        "icon": "clipboard-check",
        "title": _("No audits yet"),
        "text": _(
            "An internal audit looks at part of the management system against its criteria: a checklist of requirements, "
            "what was seen, findings and a conclusion. Plan the first one with an auditor who does not own what is audited."
        ),
    }

    def get_queryset(self) -> Any:
        return Audit.objects.for_list()


def looked_at(audit: Any) -> str:
    if not audit.item_count:
        return ""
    return _g("%(done)d of %(total)d") % {"done": audit.item_count - audit.open_count, "total": audit.item_count}


class ChecklistListing(Listing):
    """The checklist of one audit, which is its working paper when exported."""

    name = "checklist"
    caption = _("Checklist")
    columns = (
        Column("requirement", _("Requirement"), is_heading=True, order_by=("ordinal",)),
        Column(
            "text",
            _("In our words"),
            lambda item: shortened(requirement_text(item.requirement), 140),
            export=lambda item: requirement_text(item.requirement),
        ),
        Column("clause", _("Clause"), is_shown=False),
        Column("result", _("Result"), badge_of, order_by=("result", "ordinal")),
        Column("finding_count", _("Findings"), align="end", order_by=("finding_count", "ordinal"), is_minor=True),
        Column("notes", _("What was seen"), lambda item: shortened(item.notes, 80), export="notes", is_minor=True),
    )
    filterset_class = filters.ChecklistFilter
    search_fields = ("requirement", "notes")
    default_sort = "requirement"
    tie_breaker = "ordinal"
    empty = {
        "icon": "list-check",
        "title": _("No checklist yet"),
        "text": _("Choose the clauses that the audit looks at; their requirements become the checklist."),
    }

    def __init__(self, *args: Any, audit: Audit, **options: Any) -> None:
        super().__init__(*args, **options)
        self.audit = audit

    def get_queryset(self) -> Any:
        return ChecklistItem.objects.filter(audit=self.audit).with_findings()

    def record_url(self, record: ChecklistItem) -> str:
        names = {"slug": self.file_prefix, "number": self.audit.number, "ordinal": record.ordinal}
        return reverse("audits:checklist_item", kwargs=names)


class FindingListing(RoomListing):
    name = "findings"
    page_name = "finding_detail"
    caption = _("Findings of internal audits")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column(
            "statement",
            _("What was found"),
            lambda finding: shortened(finding.statement, 140),
            is_heading=True,
            export="statement",
        ),
        Column("grade", _("Grade"), badge_of, order_by=("grade", "number")),
        Column("requirement", _("Requirement"), order_by=("requirement", "number")),
        Column("system", _("AI system"), "system.name", is_minor=True),
        Column("audit", _("Audit"), "audit.title", order_by=("audit__number", "number"), is_minor=True),
        Column("raised_by", _("Raised by"), "raised_by.display_name", is_minor=True),
        Column("created_at", _("Raised"), order_by=("created_at",)),
        Column("evidence_seen", _("Evidence seen"), is_shown=False),
    )
    filterset_class = filters.FindingFilter
    search_fields = ("statement", "evidence_seen", "requirement")
    number_field = "number"
    default_sort = "-number"
    empty = {
        "icon": "flag",
        "title": _("No findings yet"),
        "text": _("A finding says what an audit saw against a requirement. Raise it from the checklist of an audit."),
    }

    def get_queryset(self) -> Any:
        return Finding.objects.for_list()


class NonconformityListing(RoomListing):
    name = "nonconformities"
    page_name = "nonconformity_detail"
    caption = _("Nonconformities")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("title", _("Nonconformity"), is_heading=True, order_by=("title",)),
        Column(
            "status",
            _("Status"),
            status_badge,
            order_by=("is_settled", "status", "due_on"),
            export="get_status_display",
        ),
        Column("grade", _("Grade"), lambda each: badge_of(each.finding) if each.finding else None, is_minor=True),
        Column("due_on", _("Due"), order_by=("is_settled", "due_on", "number")),
        Column("owner", _("Responsible"), "owner.display_name", is_minor=True),
        Column("system", _("AI system"), "system.name", is_minor=True),
        Column("requirement", _("Requirement"), order_by=("requirement", "number"), is_minor=True),
        Column("actions", _("Actions open"), lambda each: open_actions(each), is_minor=True),
        Column("description", _("What is not met"), is_shown=False),
        Column("correction", _("Correction"), is_shown=False),
        Column("root_cause", _("Root cause"), is_shown=False),
        Column("audit", _("Audit"), "finding.audit.title", is_shown=False),
        Column("closed_at", _("Closed"), is_shown=False),
    )
    filterset_class = filters.NonconformityFilter
    search_fields = ("title", "description", "root_cause", "correction", "requirement")
    number_field = "number"
    default_sort = "due_on"  # what is overdue comes first, what is closed last
    empty = {
        "icon": "refresh",
        "title": _("No nonconformities yet"),
        "text": _(
            "A nonconformity is a requirement that is not met. It is corrected, its cause is found and removed, and "
            "somebody else checks that this worked."
        ),
    }

    def get_queryset(self) -> Any:
        return Nonconformity.objects.for_list()


def open_actions(nonconformity: Any) -> str:
    if not nonconformity.action_count:
        return ""
    counts = {"open": nonconformity.unfinished_count, "total": nonconformity.action_count}
    return _g("%(open)d of %(total)d") % counts


class CorrectiveActionListing(RoomListing):
    name = "corrective-actions"
    page_name = "corrective_action_detail"
    caption = _("Corrective actions")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column(
            "description",
            _("What will be done"),
            lambda action: shortened(action.description, 140),
            is_heading=True,
            export="description",
        ),
        Column(
            "status",
            _("Status"),
            status_badge,
            order_by=("is_settled", "status", "due_on"),
            export="get_status_display",
        ),
        Column("due_on", _("Due"), order_by=("is_settled", "due_on", "number")),
        Column("owner", _("Responsible"), "owner.display_name", is_minor=True),
        Column(
            "nonconformity",
            _("Nonconformity"),
            "nonconformity.title",
            order_by=("nonconformity__number", "number"),
            is_minor=True,
        ),
        Column("done_at", _("Done"), order_by=("done_at", "number"), is_minor=True),
        Column("done_by", _("Done by"), "done_by.display_name", is_shown=False),
        Column("done_note", _("What was done"), is_shown=False),
        Column("checked_by", _("Effect checked by"), "checked_by.display_name", is_shown=False),
        Column("checked_at", _("Effect checked"), is_shown=False),
        Column("check_note", _("What the check showed"), is_shown=False),
    )
    filterset_class = filters.CorrectiveActionFilter
    search_fields = ("description", "done_note", "nonconformity__title")
    number_field = "number"
    default_sort = "due_on"
    empty = {
        "icon": "progress",
        "title": _("No corrective actions yet"),
        "text": _(
            "A corrective action removes the cause of a nonconformity. Plan it on the page of the nonconformity."
        ),
    }

    def get_queryset(self) -> Any:
        return CorrectiveAction.objects.for_list()


class ReviewListing(RoomListing):
    name = "reviews"
    page_name = "review_detail"
    caption = _("Management reviews")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("title", _("Management review"), is_heading=True, order_by=("title",)),
        Column("status", _("Status"), badge_of, order_by=("status", "held_on")),
        Column("held_on", _("Meeting"), order_by=("held_on", "number")),
        Column("chair", _("Chair"), "chair.display_name", is_minor=True),
        Column("decision_count", _("Decisions"), order_by=("decision_count", "number"), align="end", is_minor=True),
        Column("open_action_count", _("Actions open"), order_by=("open_action_count", "number"), align="end"),
        Column("attendees", _("Attendees"), is_shown=False),
        Column("conclusion", _("Conclusion"), is_shown=False),
        Column("frozen_sha256", _("SHA-256 of the inputs"), is_shown=False),
    )
    filterset_class = filters.ReviewFilter
    search_fields = ("title", "attendees", "conclusion")
    number_field = "number"
    default_sort = "-held_on"
    empty = {
        "icon": "presentation",
        "title": _("No management reviews yet"),
        "text": _(
            "In the management review top management asks: do our arguments still stand, what changed, and what is done "
            "about it? Its inputs are gathered from the records for you."
        ),
    }

    def get_queryset(self) -> Any:
        return ManagementReview.objects.for_list()


class ReviewActionListing(RoomListing):
    name = "review-actions"
    page_name = "review_action_detail"
    caption = _("Actions of management reviews")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column(
            "description",
            _("What will be done"),
            lambda action: shortened(action.description, 140),
            is_heading=True,
            export="description",
        ),
        Column(
            "status",
            _("Status"),
            status_badge,
            order_by=("is_settled", "status", "due_on"),
            export="get_status_display",
        ),
        Column("due_on", _("Due"), order_by=("is_settled", "due_on", "number")),
        Column("owner", _("Responsible"), "owner.display_name", is_minor=True),
        Column("review", _("Management review"), "review.title", order_by=("review__number", "number"), is_minor=True),
        Column("closing_note", _("What became of it"), is_shown=False),
    )
    filterset_class = filters.ReviewActionFilter
    search_fields = ("description", "closing_note", "review__title")
    number_field = "number"
    default_sort = "due_on"
    empty = {
        "icon": "clipboard-list",
        "title": _("No actions yet"),
        "text": _("What a management review asks somebody to do is recorded on its page and followed up here."),
    }

    def get_queryset(self) -> Any:
        return ReviewAction.objects.for_list()
