"""The registers of degradation conditions and of what was seen of one: columns, order, filters and exports."""

from datetime import datetime
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.cells import words_of
from cases.condition_querysets import ConditionEventQuerySet, ConditionQuerySet
from cases.conditions import finding_now
from cases.detectors import Detector, RegistryEvent
from cases.filters import MemberFilter, members, number_filter
from cases.listing import standing_badge
from cases.metric_listing import number_text
from cases.models import ConditionEvent, DegradationCondition
from cases.scale import Reason

Status = DegradationCondition.Status
STATES: Final = {
    Status.ARMED: Badge(_("Armed"), "good", "eye"),
    Status.SUSPECTED: Badge(_("Suspected"), "warn", "alert-triangle"),
    Status.TRIPPED: Badge(_("Come true"), "bad", "circle-x"),
    Status.ACKNOWLEDGED: Badge(_("Acknowledged, not cleared"), "warn", "user-check"),
    Status.CLEARED: Badge(_("Cleared"), "info", "circle-check"),
    Status.RETIRED: Badge(_("Retired"), "neutral", "archive"),
    Status.NOT_APPLICABLE: Badge(_("Not applicable"), "neutral", "circle-minus"),
}
SILENT: Final = Badge(_("Silent"), "warn", "hourglass-empty")
STATE_CHOICES: Final = [
    ("armed", _("Armed")),
    ("silent", _("Silent")),
    ("suspected", _("Suspected")),
    ("tripped", _("Come true")),
    ("acknowledged", _("Acknowledged, not cleared")),
    ("cleared", _("Cleared")),
    ("retired", _("Retired")),
    ("not_applicable", _("Not applicable")),
]
SEEN: Final = {
    "ok": Badge(_("Nothing"), "good", "check"),
    "suspected": STATES[Status.SUSPECTED],
    "tripped": STATES[Status.TRIPPED],
}
REGISTRY_EVENTS: Final = {
    RegistryEvent.NEW_VERSION: _("A new version of the system is added"),
    RegistryEvent.VERSION_DEPLOYED: _("Another version goes into operation"),
    RegistryEvent.NEW_DATASET: _("A dataset record of the system is added or renewed"),
    RegistryEvent.SUPPLIER_CHANGE: _("The supplier changes, or what is known about it"),
}
COMPARATORS: Final = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥"}


def state_key(condition: DegradationCondition, now: datetime | None = None) -> str:
    """Where it stands at now, as the API and the filter name it: late sweeps and silence included."""
    reason = finding_now(condition, now or timezone.now()).reason
    if reason is Reason.DETECTOR_SILENT:
        return "silent"
    return "tripped" if reason is Reason.CONDITION_TRIPPED else condition.status


def state_badge(condition: DegradationCondition, now: datetime | None = None) -> Badge:
    key = state_key(condition, now)
    return SILENT if key == "silent" else STATES[Status(key)]


def effect_badge(condition: DegradationCondition) -> Badge | str:
    return "" if condition.status == Status.NOT_APPLICABLE else standing_badge(condition.effect)


def on_what(condition: DegradationCondition) -> str:
    return condition.element.address if condition.element else gettext_now("The whole case")


def said(condition: DegradationCondition) -> str:
    return condition.statement or condition.not_applicable_reason


def watches(condition: DegradationCondition) -> str:
    """What its detector looks for, in a sentence."""
    config, detector = condition.config, condition.detector
    words = {**config, "threshold": number_text(condition.threshold), "sign": COMPARATORS.get(config.get("comparator"))}
    match detector:
        case Detector.METRIC_THRESHOLD:
            return gettext_now("%(metric)s is %(sign)s %(threshold)s") % words
        case Detector.WEBHOOK if condition.threshold is not None:
            return gettext_now("%(source)s reports it, or a value %(sign)s %(threshold)s") % words
        case Detector.WEBHOOK:
            return gettext_now("%(source)s reports it") % words
        case Detector.REGISTRY_EVENT:
            return "; ".join(str(REGISTRY_EVENTS[RegistryEvent(name)]) for name in config["events"])
        case Detector.CALENDAR if config.get("repeat_months"):
            return gettext_now("%(on)s comes, then again every %(repeat_months)d months") % words
        case Detector.CALENDAR:
            return gettext_now("%(on)s comes") % words
        case Detector.EVIDENCE_AGE if config.get("evidence"):
            return gettext_now("Evidence %(evidence)d is older than %(threshold)s days") % words
        case Detector.EVIDENCE_AGE:
            return gettext_now("The oldest evidence below is older than %(threshold)s days") % words
        case Detector.INCIDENT_LINK:
            return gettext_now("Somebody links an incident of: %(where)s") % words
        case Detector.MANUAL_ATTESTATION:
            return str(config["question"])
    return ""


class ConditionFilter(FilterSet):
    state = ChoiceFilter(label=_("State"), choices=STATE_CHOICES, method="in_state", empty_label=_("Any"))
    type = ChoiceFilter(label=_("Kind of change"), choices=DegradationCondition.Type.choices, empty_label=_("Any"))
    detector = ChoiceFilter(label=_("Detector"), choices=DegradationCondition.Detector.choices, empty_label=_("Any"))
    case = number_filter(_("Case (number)"), "case__number")
    system = number_filter(_("AI system (number)"), "case__system__number")
    responder = MemberFilter(label=_("Responder"), queryset=members, empty_label=_("Anybody"))

    class Meta:
        model = DegradationCondition
        fields: list[str] = []

    def in_state(self, queryset: ConditionQuerySet, _name: str, value: str) -> ConditionQuerySet:
        """As the badge says it: by now, whatever the sweep has seen to."""
        now = timezone.now()
        waiting = Q(status__in=["armed", "cleared", "suspected"])
        has_come = waiting & Q(trips_at__lt=now)
        if value == "silent":
            return queryset.silent(now).exclude(has_come)
        if value == "tripped":
            return queryset.filter(Q(status="tripped") | has_come)
        found = queryset.filter(status=value)
        if value in ("armed", "cleared", "suspected"):
            found = found.exclude(has_come)
        return found.exclude(pk__in=queryset.silent(now).values("pk")) if value in ("armed", "cleared") else found


class ConditionListing(Listing):
    """Every list of degradation conditions."""

    name = "conditions"
    caption = _("Degradation conditions")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("statement", _("Condition"), said, is_heading=True),
        Column("state", _("State"), state_badge, order_by=("status", "number")),
        Column("effect", _("Effect"), effect_badge, order_by=("effect", "number")),
        Column("type", _("Kind of change"), "get_type_display", order_by=("type", "number"), is_shown=False),
        Column("detector", _("Detector"), "get_detector_display", order_by=("detector", "number"), is_minor=True),
        Column("watches", _("It has come true when"), watches, is_shown=False),
        Column("on", _("About"), on_what, is_shown=False),
        Column("case", _("Case"), "case.title", order_by=("case__title", "number"), is_shown=False),
        Column("responder", _("Responder"), "responder.display_name", is_minor=True),
        Column("respond_by", _("To be answered by"), order_by=("respond_by", "number"), is_shown=False),
        Column("last_evaluated_at", _("Last looked at"), order_by=("last_evaluated_at", "number")),
        Column("last_value", _("Last value"), lambda row: number_text(row.last_value), align="end", is_shown=False),
        Column("since", _("Since"), order_by=("since", "number"), is_shown=False),
        Column("every_hours", _("Looked at every (hours)"), is_shown=False),
        Column("max_silence_hours", _("Silent after (hours)"), is_shown=False),
    )
    filterset_class = ConditionFilter
    search_fields = ("statement", "not_applicable_reason", "case__title", "element__statement")
    number_field = "number"
    default_sort = "number"
    empty = {
        "icon": "eye",
        "title": _("No degradation condition yet"),
        "text": _(
            "A degradation condition says when a claim no longer holds, and who or what watches for it. Add one to a claim, "
            "an assumption, a context or a whole case."
        ),
    }

    def heading(self, record: DegradationCondition, link: SafeString | str) -> SafeString | str:
        return format_html('{}<p class="below">{}: {}</p>', link, on_what(record), record.case.title)

    def get_queryset(self) -> ConditionQuerySet:
        return DegradationCondition.objects.with_case()

    def record_url(self, record: DegradationCondition) -> str:
        return reverse("cases:condition_detail", args=[self.file_prefix, record.number])


def what_happened(event: ConditionEvent) -> Badge | str:
    if event.kind == ConditionEvent.Kind.LOOKED:
        return SEEN[event.seen] if event.seen else ""
    return str(event.get_kind_display())


def state_after(event: ConditionEvent) -> Badge | str:
    return STATES[Status(event.after)] if event.after != event.before else ""


def cause_of(event: ConditionEvent) -> str:
    """What caused it, in words."""
    cause = event.cause
    if metric := cause.get("metric"):
        group = words_of(cause.get("group") or "")
        value = number_text(cause.get("value"))
        return f"{metric}{f' ({group})' if group else ''}: {value} · {cause.get('source', '')}".rstrip(" ·")
    if day := cause.get("day"):
        return gettext_now("The day has come: %s") % day
    if title := cause.get("title"):
        return gettext_now("Oldest: evidence %(number)s, %(title)s") % {"number": cause["evidence"], "title": title}
    if number := cause.get("evidence"):
        return gettext_now("Cleared by evidence %s") % number
    if "evidence" in cause:
        return gettext_now("There is no evidence whose age could be told.")
    if sequence := cause.get("sequence"):
        return gettext_now("Entry %d of the trail") % sequence
    return str(cause.get("reference", ""))


class ConditionEventListing(Listing):
    """The history of one condition, newest first."""

    name = "events"
    caption = _("History of the condition")
    columns = (
        Column("at", _("When"), order_by=("at", "id")),
        Column("kind", _("What was seen or done"), what_happened),
        Column("after", _("State after it"), state_after),
        Column("value", _("Value"), lambda event: number_text(event.value), align="end", export="value"),
        Column("cause", _("Because of"), cause_of),
        Column("note", _("In words")),
        Column("actor", _("Who"), "actor.display_name", is_minor=True),
        Column("observed_at", _("Observed"), order_by=("observed_at", "id"), is_minor=True),
        Column("before", _("State before"), "get_before_display", is_shown=False),
        Column("key", _("Key"), is_shown=False),
    )
    default_sort = "-at"
    empty = {"icon": "history", "title": _("Nothing was seen yet")}


def events_of(condition: DegradationCondition) -> ConditionEventQuerySet:
    return condition.events.select_related("actor")
