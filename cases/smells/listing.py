"""The register of smells, and how one is shown."""

from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.filters import SmellFilter
from cases.models import Smell

STATES = {
    Smell.Status.PRESENT: Badge(_("Unanswered"), "warn", "help-circle"),
    Smell.Status.ANSWERED: Badge(_("Answered"), "info", "message-circle"),
    Smell.Status.GONE: Badge(_("Gone"), "good", "check"),
}


def smell_state(smell: Smell) -> Badge:
    return STATES[Smell.Status(smell.status)]


def where(smell: Smell) -> str:
    """The case, or that it is about all of them."""
    return smell.case.title if smell.case else gettext("All cases together")


class SmellListing(Listing):
    """What an auditor would look at twice, unanswered first."""

    name = "smells"
    caption = _("Assurance smells")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("kind", _("What smells"), lambda smell: smell.what, is_heading=True, order_by=("kind",)),
        Column("case", _("Case"), where, order_by=("case__title",)),
        Column("count", _("Records"), align="end", order_by=("count",)),
        Column("found_at", _("Found"), order_by=("found_at",), is_minor=True),
        Column("status", _("State"), smell_state, order_by=("rank", "number")),
        Column("answer", _("Answer"), is_shown=False),
        Column("answered_by", _("Answered by"), "answered_by.display_name", is_shown=False),
        Column("answered_at", _("Answered"), is_shown=False),
        Column("gone_at", _("Gone"), is_shown=False),
        Column("system", _("AI system"), "case.system.name", is_shown=False),
    )
    filterset_class = SmellFilter
    search_fields = ("case__title", "case__system__name", "answer")
    number_field = "number"
    default_sort = "status"
    empty = {
        "icon": "eye",
        "title": _("Nothing smells"),
        "text": _(
            "Once a day the cases are looked through for what tells assurance from theatre: evidence gathered for the audit, "
            "approvals without a look, claims that nothing could make fall."
        ),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return ranked(Smell.objects.all())

    def record_url(self, record: Smell) -> str:
        return reverse("cases:smell_detail", args=[self.file_prefix, record.number])

    def heading(self, record: Smell, link: SafeString | str) -> SafeString | str:
        return format_html('{}<p class="below">{}</p>', link, record.answer) if record.answer else link


def smells_of(case: Any) -> list[tuple[Smell, Badge]]:
    """What smells about a case that `find_case` found, answered or not, without asking again."""
    rows = [Smell(**one) for one in case.shown_smells]
    return [(row, smell_state(row)) for row in rows]


def ranked(smells: QuerySet[Any]) -> QuerySet[Any]:
    """With what a row shows; unanswered first, gone last."""
    order = Case(
        *(When(status=status, then=Value(place)) for place, status in enumerate(Smell.Status.values)),
        output_field=IntegerField(),
    )
    return smells.annotate(rank=order).select_related("case__system", "answered_by")
