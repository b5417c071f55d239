"""The register of review comments: columns, order, filters and exports."""

from typing import Any, Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.challenge_querysets import CommentQuerySet
from cases.filters import MemberFilter, members, number_filter
from cases.models import Element, ReviewComment

STATES: Final = {
    "open": Badge(_("Open"), "warn", "message-circle"),
    "resolved": Badge(_("Resolved"), "good", "check"),
    "withdrawn": Badge(_("Withdrawn"), "neutral", "archive"),
}


def comment_state(comment: ReviewComment) -> Badge:
    return STATES[comment.status]


def words_of(comment: ReviewComment) -> str:
    """What it says; of a withdrawn one, that it was withdrawn."""
    return gettext("Withdrawn by its author.") if comment.status == "withdrawn" else comment.body


def on_what(comment: ReviewComment) -> str:
    """What part of the case it is about."""
    if comment.metric is not None:
        return gettext("Metric %s") % comment.metric.key
    if comment.condition is not None:
        return gettext("Condition %d") % comment.condition.number
    if comment.element is None:
        return gettext("The whole case")
    if comment.step_to is not None:
        return f"{comment.element.address} → {comment.step_to.address}"
    return comment.element.address


class CommentFilter(FilterSet):
    state = ChoiceFilter(
        label=_("State"), field_name="status", choices=ReviewComment.Status.choices, empty_label=_("Any")
    )
    case = number_filter(_("Case (number)"), "case__number")
    element = CharFilter(label=_("Element"), method="about")
    author = MemberFilter(label=_("Author"), queryset=members, empty_label=_("Anybody"))

    class Meta:
        model = ReviewComment
        fields: list[str] = []

    def about(self, queryset: CommentQuerySet, _name: str, value: str) -> CommentQuerySet:
        """By a key such as G2."""
        return queryset.filter(element__in=Element.objects.addressed(value[:60]).values("pk"))


class CommentListing(Listing):
    """Every list of comments: the threads, without their answers."""

    name = "comments"
    caption = _("Comments")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("body", _("Comment"), words_of, is_heading=True),
        Column("state", _("State"), comment_state, order_by=("status", "number")),
        Column("on", _("About"), on_what, is_shown=False),
        Column("case", _("Case"), "case.title", order_by=("case__title", "number"), is_shown=False),
        Column("author", _("Author"), "author.display_name", is_minor=True),
        Column("created_at", _("Written"), order_by=("created_at", "number")),
        Column("resolved_by", _("Resolved by"), "resolved_by.display_name", is_shown=False),
        Column("resolved_at", _("Resolved"), order_by=("resolved_at", "number"), is_shown=False),
    )
    filterset_class = CommentFilter
    search_fields = ("body", "case__title")
    number_field = "number"
    default_sort = "-number"
    empty = {
        "icon": "message-circle",
        "title": _("No comment yet"),
        "text": _(
            "A comment asks or suggests something about a case and costs no standing. What you doubt, raise as a challenge."
        ),
    }

    def heading(self, record: ReviewComment, link: SafeString | str) -> SafeString | str:
        return format_html('{}<p class="below">{}: {}</p>', link, on_what(record), record.case.title)

    def get_queryset(self) -> CommentQuerySet:
        return ReviewComment.objects.threads().with_people()

    def record_url(self, record: Any) -> str:
        return reverse("cases:comment_detail", args=[self.file_prefix, record.number])
