"""The registers of cases and of signals: columns, order and exports."""

from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge, named_badge
from aims.pages.listing import Column, Listing
from cases.causes import sentence_of, with_words
from cases.evaluation import assess, is_late
from cases.filters import CaseFilter, SignalFilter
from cases.life_listing import state_of
from cases.models import AssuranceCase, Signal, StandingLevel
from cases.querysets import CaseQuerySet, SignalQuerySet

SIGNAL_OPEN = Badge(_("Open"), "warn", "flag")
SIGNAL_RESTORED = Badge(_("Open, standing restored"), "info", "refresh")
SIGNAL_OVERDUE = Badge(_("Open, overdue"), "bad", "clock")
SIGNAL_ESCALATED = Badge(_("Open, escalated"), "bad", "arrow-up")
SIGNAL_CLOSED = Badge(_("Closed"), "good", "check")


def whole_sentence(signal: Signal) -> SafeString:
    """Never cut short: it is what the row is about."""
    return escape(signal.sentence)


def standing_badge(level: int) -> Badge:
    return named_badge("standing", StandingLevel(level).name)


def standing_of(case: AssuranceCase) -> Badge:
    """As it is now; a row that was not read `as_of` now and is due is evaluated here."""
    now = timezone.now()
    return standing_badge(assess(case).standing if is_late(case, now) else case.standing)


def why_of(case: AssuranceCase) -> str:
    """The gravest cause in words, and how many more there are."""
    if not case.standing_causes:
        return ""
    first, others = sentence_of(case.standing_causes[0]), len(case.standing_causes) - 1
    return f"{first} (+{others})" if others else first


def signal_state(signal: Signal) -> Badge:
    if signal.status == Signal.Status.CLOSED:
        return SIGNAL_CLOSED
    if signal.restored_at:
        return SIGNAL_RESTORED
    if signal.escalated_at:
        return SIGNAL_ESCALATED
    return SIGNAL_OVERDUE if signal.is_overdue else SIGNAL_OPEN


class CaseListing(Listing):
    """Every list of cases; `file_prefix` is the organisation's short name, for the links and the exports."""

    name = "cases"
    caption = _("Assurance cases")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("title", _("Case"), is_heading=True, order_by=("title",)),
        Column("standing", _("Standing"), standing_of, order_by=("standing", "number")),
        Column("why", _("Why"), why_of, is_shown=False),
        Column("system", _("AI system"), "system.name", order_by=("system__name",)),
        Column("tier", _("Tier"), lambda case: named_badge("tier", case.system.tier), is_minor=True),
        Column("purpose", _("Purpose"), is_minor=True, is_shown=False),
        Column("owner", _("Accountable"), "accountable_owner.display_name", is_minor=True),
        Column("signals", _("Open signals"), "open_signals", align="end", is_minor=True),
        Column("next_transition_at", _("Next change"), order_by=("next_transition_at",), is_minor=True),
        Column("review_by", _("Review by"), order_by=("review_by",), is_minor=True),
        Column("status", _("State"), state_of, order_by=("status", "number")),
        Column("turn_due_on", _("Next step due"), order_by=("turn_due_on", "number"), is_minor=True),
    )
    filterset_class = CaseFilter
    search_fields = ("title", "purpose", "system__name")
    number_field = "number"
    default_sort = "standing"
    empty = {
        "icon": "sitemap",
        "title": _("No assurance case yet"),
        "text": _(
            "A case argues why a system may be relied on for a purpose: a claim, the reasons, and the evidence below "
            "them. It shows what no longer stands as soon as the evidence ages."
        ),
    }

    def get_queryset(self) -> CaseQuerySet:
        return for_register(AssuranceCase.objects.all())

    def heading(self, record: AssuranceCase, link: SafeString | str) -> SafeString | str:
        why = why_of(record)
        return format_html('{}<p class="below">{}</p>', link, why) if why else link

    def record_url(self, record: AssuranceCase) -> str:
        return reverse("cases:case_detail", args=[self.file_prefix, record.number])


def for_register(cases: CaseQuerySet) -> CaseQuerySet:
    """With what a row shows, at now."""
    counted = cases.annotate(open_signals=Count("signals", filter=Q(signals__status=Signal.Status.OPEN)))
    return counted.for_list().as_of(timezone.now())


class SignalListing(Listing):
    """Every list of signals."""

    name = "signals"
    caption = _("Signals")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("sentence", _("What happened"), whole_sentence, export="sentence", is_heading=True),
        Column("after", _("Fell to"), lambda signal: standing_badge(signal.after), order_by=("after", "number")),
        Column("case", _("Case"), "case.title", order_by=("case__title",), is_minor=True),
        Column("claim", _("Claim"), "element.address", is_minor=True),
        Column("owner", _("Owner"), "owner.display_name", is_minor=True),
        Column("due_on", _("Due"), order_by=("due_on",)),
        Column("created_at", _("Raised"), order_by=("created_at",), is_minor=True),
        Column("status", _("Status"), signal_state, order_by=("-status", "due_on")),
        Column("system", _("AI system"), "case.system.name", is_shown=False),
        Column("before", _("Fell from"), lambda signal: standing_badge(signal.before), is_shown=False),
        Column("escalated_at", _("Escalated"), is_shown=False),
        Column("restored_at", _("Standing restored"), is_shown=False),
        Column("closed_at", _("Closed"), is_shown=False),
        Column("closing_reason", _("Decision"), is_shown=False),
        Column("corrective_action", _("Corrective action"), is_shown=False),
    )
    filterset_class = SignalFilter
    search_fields = ("sentence", "case__title", "closing_reason")
    number_field = "number"
    default_sort = "status"
    empty = {
        "icon": "flag",
        "title": _("No signal"),
        "text": _("When a case or an owned claim loses its standing, a signal says why and who answers until when."),
    }

    def get_queryset(self) -> SignalQuerySet:
        return Signal.objects.for_list()

    def record_url(self, record: Signal) -> str:
        return reverse("cases:signal_detail", args=[self.file_prefix, record.number])


class TransitionListing(Listing):
    """The history of belief in a case, newest first."""

    name = "transitions"
    caption = _("Standing history")
    columns = (
        Column("as_of", _("When"), order_by=("as_of", "recorded_at")),
        Column("element", _("What"), lambda row: row.element.address if row.element else gettext("The case")),
        Column("before", _("From"), lambda row: standing_badge(row.before)),
        Column("after", _("To"), lambda row: standing_badge(row.after), order_by=("after", "recorded_at")),
        Column("causes", _("Why"), lambda row: " ".join(one["sentence"] for one in with_words(row.causes[:3]))),
    )
    default_sort = "-as_of"
    empty = {"icon": "history", "title": _("No standing has changed yet")}


def first_step(member: Any, url: str) -> dict[str, Any]:
    """What an empty register of cases offers to whoever may open one."""
    return {"action_url": url, "action_label": _("Open the first case")} if member.may("cases.add") else {}
