"""The registers of challenges and of what happened to one: columns, order, filters and exports."""

from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.challenge_querysets import ChallengeEventQuerySet, ChallengeQuerySet
from cases.challenges import EXPIRED, LAPSED, state_key
from cases.filters import MemberFilter, members, number_filter
from cases.models import Challenge, ChallengeEvent

Status = Challenge.Status
STATES: Final = {
    str(Status.OPEN): Badge(_("Open"), "warn", "message-circle"),
    str(Status.SUSTAINED): Badge(_("Sustained"), "bad", "gavel"),
    str(Status.REFUTED): Badge(_("Refuted"), "good", "circle-check"),
    LAPSED: Badge(_("Back: its answer lapsed"), "bad", "unlink"),
    str(Status.RESIDUAL): Badge(_("Accepted as residual"), "info", "hourglass"),
    EXPIRED: Badge(_("Back: its acceptance ended"), "bad", "hourglass-empty"),
    str(Status.WITHDRAWN): Badge(_("Withdrawn"), "neutral", "archive"),
}
STATE_CHOICES: Final = [(key, badge.label) for key, badge in STATES.items()]
SEVERITIES: Final = {
    "minor": Badge(_("Minor"), "neutral", "circle-minus"),
    "major": Badge(_("Major"), "warn", "alert-triangle"),
    "blocking": Badge(_("Blocking"), "bad", "ban"),
}
UNDECIDED_CHOICES: Final = [("yes", _("Somebody has to settle them")), ("no", _("Settled"))]


def state_badge(challenge: Challenge, now: datetime | None = None) -> Badge:
    return STATES[state_key(challenge, now)]


def severity_badge(challenge: Any) -> Badge:
    return SEVERITIES[challenge.severity]


def on_what(challenge: Challenge) -> str:
    """The element, or the step between two, by their addresses."""
    if challenge.step_to is None:
        return challenge.target.address
    return f"{challenge.target.address} → {challenge.step_to.address}"


def attack_word(challenge: Challenge) -> str:
    return str(challenge.get_attack_display()).partition(":")[0]


class ChallengeFilter(FilterSet):
    state = ChoiceFilter(label=_("State"), choices=STATE_CHOICES, method="in_state", empty_label=_("Any"))
    unsettled = ChoiceFilter(label=_("To settle"), choices=UNDECIDED_CHOICES, method="to_settle", empty_label=_("Any"))
    severity = ChoiceFilter(label=_("Severity"), choices=Challenge.Severity.choices, empty_label=_("Any"))
    attack = ChoiceFilter(label=_("Attack"), choices=Challenge.Attack.choices, empty_label=_("Any"))
    case = number_filter(_("Case (number)"), "case__number")
    system = number_filter(_("AI system (number)"), "case__system__number")
    raised_by = MemberFilter(label=_("Raised by"), queryset=members, empty_label=_("Anybody"))

    class Meta:
        model = Challenge
        fields: list[str] = []

    def in_state(self, queryset: ChallengeQuerySet, _name: str, value: str) -> ChallengeQuerySet:
        """As the badge says it, by what the last evaluation found."""
        today = timezone.localdate()
        if value == LAPSED:
            return queryset.filter(status=Status.REFUTED, lapsed_at__isnull=False)
        if value == EXPIRED:
            return queryset.filter(status=Status.RESIDUAL, accepted_until__lt=today)
        found = queryset.filter(status=value)
        if value == Status.REFUTED:
            return found.filter(lapsed_at__isnull=True)
        return found.filter(accepted_until__gte=today) if value == Status.RESIDUAL else found

    def to_settle(self, queryset: ChallengeQuerySet, _name: str, value: str) -> ChallengeQuerySet:
        return queryset.unsettled() if value == "yes" else queryset.exclude(pk__in=queryset.unsettled().values("pk"))


class ChallengeListing(Listing):
    """Every list of challenges."""

    name = "challenges"
    caption = _("Challenges")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("statement", _("Challenge"), is_heading=True),
        Column("state", _("State"), state_badge, order_by=("status", "number")),
        Column("severity", _("Severity"), severity_badge, order_by=("severity", "number")),
        Column("attack", _("Attack"), attack_word, order_by=("attack", "number"), is_minor=True),
        Column("on", _("About"), on_what, is_shown=False),
        Column("case", _("Case"), "case.title", order_by=("case__title", "number"), is_shown=False),
        Column("system", _("AI system"), "case.system.name", is_shown=False),
        Column("raised_by", _("Raised by"), "raised_by.display_name", is_minor=True),
        Column("answer", _("Answered by"), "response_element.address", is_shown=False),
        Column("rationale", _("Why it was decided so"), is_shown=False),
        Column("decided_by", _("Decided by"), "decided_by.display_name", is_shown=False),
        Column("significance", _("Significance"), "get_significance_display", is_shown=False),
        Column("accepted_until", _("Accepted until"), order_by=("accepted_until", "number"), is_shown=False),
        Column("created_at", _("Raised"), order_by=("created_at", "number")),
        Column("changed_at", _("In this state since"), order_by=("changed_at", "number"), is_shown=False),
    )
    filterset_class = ChallengeFilter
    search_fields = ("statement", "response", "rationale", "case__title", "target__statement")
    number_field = "number"
    default_sort = "-number"
    empty = {
        "icon": "message-circle",
        "title": _("No challenge yet"),
        "text": _(
            "A challenge is a doubt about an element of an argument, or about a step of it. It lowers the standing until somebody "
            "who did not write the argument decides. Raise one beside the element."
        ),
    }

    def heading(self, record: Challenge, link: SafeString | str) -> SafeString | str:
        return format_html('{}<p class="below">{}: {}</p>', link, on_what(record), record.case.title)

    def get_queryset(self) -> ChallengeQuerySet:
        return Challenge.objects.with_case().as_of(timezone.now())

    def record_url(self, record: Challenge) -> str:
        return reverse("cases:challenge_detail", args=[self.file_prefix, record.number])


def state_after(event: ChallengeEvent) -> Badge | str:
    return STATES[event.after] if event.after != event.before else ""


def because_of(event: ChallengeEvent) -> str:
    """What it rests on, in words."""
    if event.kind == ChallengeEvent.Kind.ACCEPTED:
        words = {"how": event.get_significance_display(), "until": event.accepted_until}
        return gettext_now("%(how)s, until %(until)s") % words
    if event.response_element is not None and event.kind != ChallengeEvent.Kind.RAISED:
        return gettext_now("Answered by %s") % event.response_element.address
    return ""


class ChallengeEventListing(Listing):
    """The history of one challenge, newest first."""

    name = "events"
    caption = _("History of the challenge")
    columns = (
        Column("at", _("When"), order_by=("at", "id")),
        Column("kind", _("What happened"), "get_kind_display"),
        Column("after", _("State after it"), state_after),
        Column("because", _("Resting on"), because_of),
        Column("note", _("In words")),
        Column("actor", _("Who"), "actor.display_name", is_minor=True),
        Column("severity", _("Severity"), "get_severity_display", is_shown=False),
        Column("before", _("State before"), "get_before_display", is_shown=False),
    )
    default_sort = "-at"
    empty = {"icon": "history", "title": _("Nothing has happened yet")}


def events_of(challenge: Challenge) -> ChallengeEventQuerySet:
    return challenge.events.select_related("actor", "response_element__module")
