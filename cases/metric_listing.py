"""The registers of metrics, of their readings and of indicators: columns, order and exports."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, DateFilter, FilterSet

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.cells import words_of
from cases.facts import Finding
from cases.filters import YesNoWidget, number_filter
from cases.measuring import Judged, judge
from cases.models import ClaimMetric, Indicator, MetricReading
from cases.querysets import MetricQuerySet, ReadingQuerySet
from cases.scale import Reason
from inventory.models import Environment

PASSES = Badge(_("Passes"), "good", "check")
WITHDRAWN = Badge(_("Withdrawn"), "neutral", "archive")
STATES = {
    Reason.METRIC_FAILED: Badge(_("Fails"), "bad", "circle-x"),
    Reason.METRIC_BORDERLINE: Badge(_("Borderline"), "warn", "alert-triangle"),
    Reason.METRIC_INSUFFICIENT: Badge(_("Too few cases"), "neutral", "users-group"),
    Reason.METRIC_MISSING: Badge(_("No reading"), "open", "circle-dashed"),
    Reason.METRIC_IN_GRACE: Badge(_("Reading overdue"), "warn", "clock-exclamation"),
    Reason.METRIC_EXPIRED: Badge(_("Reading too old"), "neutral", "hourglass-empty"),
}
VERDICTS = {
    "pass": PASSES,
    "borderline": STATES[Reason.METRIC_BORDERLINE],
    "fail": STATES[Reason.METRIC_FAILED],
    "insufficient": STATES[Reason.METRIC_INSUFFICIENT],
}
SIGNS = {"lt": "<", "le": "≤", "eq": "=", "ge": "≥", "gt": ">"}


def state_badge(finding: Finding) -> Badge:
    """What a metric, or one group of it, comes to."""
    return STATES[finding.reason] if finding.reason is not None else PASSES


def asks(metric: ClaimMetric) -> str:
    """What is asked, in signs: "≥ 0.9 ratio"."""
    if metric.threshold_high is not None:
        words = {"low": metric.threshold, "high": metric.threshold_high, "unit": metric.unit}
        if metric.comparator == ClaimMetric.Comparator.BETWEEN:
            return gettext_now("%(low)g to %(high)g %(unit)s") % words
        return gettext_now("below %(low)g or above %(high)g %(unit)s") % words
    return f"{SIGNS[metric.comparator]} {metric.threshold:g} {metric.unit}"


def judged_of(metric: Any) -> Judged:
    """As it stands now; a row that was not read `judged` is judged here."""
    known = getattr(metric, "judged", None)
    return known or judge([metric], timezone.now())[0]


def state_of(metric: ClaimMetric) -> Badge:
    return state_badge(judged_of(metric).finding) if metric.is_in_use else WITHDRAWN


def deciding_group(metric: ClaimMetric) -> str:
    deciding = judged_of(metric).deciding
    return words_of(deciding.cell) if deciding else ""


def deciding_value(metric: ClaimMetric) -> str:
    deciding = judged_of(metric).deciding
    return number_text(deciding.value) if deciding else ""


def deciding_time(metric: ClaimMetric) -> datetime | None:
    deciding = judged_of(metric).deciding
    return deciding.measured_at if deciding else None


def number_text(value: float | None) -> str:
    """A measured number with the digits that matter; grouping or rounding it to two places would hide a difference."""
    return "" if value is None else f"{value:.6g}"


def interval_text(reading: MetricReading) -> str:
    if reading.low is None and reading.high is None:
        return ""
    return f"{number_text(reading.low) or '…'} – {number_text(reading.high) or '…'}"


class MetricFilter(FilterSet):
    case = number_filter(_("Case (number)"), "element__case__number")
    system = number_filter(_("AI system (number)"), "element__case__system__number")
    environment = ChoiceFilter(
        label=_("Must come from"),
        field_name="environment_required",
        choices=Environment.choices,
        empty_label=_("Any"),
    )
    withdrawn = BooleanFilter(
        label=_("Withdrawn"), field_name="withdrawn_at", lookup_expr="isnull", exclude=True, widget=YesNoWidget
    )

    class Meta:
        model = ClaimMetric
        fields: list[str] = []


class MetricListing(Listing):
    """Every list of metrics."""

    name = "metrics"
    caption = _("Metrics of claims")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("key", _("Metric"), is_heading=True, order_by=("key",)),
        Column("state", _("State"), state_of),
        Column("indicator", _("Indicator"), "indicator.name", order_by=("indicator__name",)),
        Column("asks", _("Asked"), asks),
        Column("value", _("Deciding value"), deciding_value, align="end"),
        Column("group", _("Group"), deciding_group, is_minor=True),
        Column("measured_at", _("Measured"), deciding_time),
        Column("claim", _("Claim"), "element.address", is_minor=True),
        Column("case", _("Case"), "element.case.title", order_by=("element__case__title",), is_minor=True),
        Column("environment", _("Must come from"), "get_environment_required_display", is_shown=False),
        Column("min_n", _("Fewest cases"), is_shown=False),
        Column("max_age_days", _("Oldest reading in days"), is_shown=False),
    )
    filterset_class = MetricFilter
    search_fields = ("key", "indicator__name", "element__case__title", "element__statement")
    number_field = "number"
    default_sort = "number"
    empty = {
        "icon": "activity",
        "title": _("No metric yet"),
        "text": _(
            "A metric says what a claim must measure up to, such as a selection-rate ratio of at least 0.90. Define it "
            "on a goal of a case; readings then move the standing of the claim."
        ),
    }

    def get_queryset(self) -> MetricQuerySet:
        return ClaimMetric.objects.with_case().judged(timezone.now())

    def record_url(self, record: ClaimMetric) -> str:
        return reverse("cases:metric_detail", args=[self.file_prefix, record.number])


class ReadingFilter(FilterSet):
    verdict = ChoiceFilter(label=_("Verdict"), choices=MetricReading.Verdict.choices, empty_label=_("Any"))
    environment = ChoiceFilter(label=_("Environment"), choices=Environment.choices, empty_label=_("Any"))
    group = CharFilter(label=_("Group"), field_name="cell", lookup_expr="icontains", max_length=100)
    source = CharFilter(label=_("Source"), field_name="source", lookup_expr="icontains", max_length=100)
    since = DateFilter(label=_("Measured from"), method="from_day", widget=forms.DateInput(attrs={"type": "date"}))
    until = DateFilter(label=_("Measured until"), method="until_day", widget=forms.DateInput(attrs={"type": "date"}))
    disagreeing = BooleanFilter(label=_("Producer judged otherwise"), method="by_agreement", widget=YesNoWidget)

    class Meta:
        model = MetricReading
        fields: list[str] = []

    def from_day(self, queryset: Any, _name: str, day: Any) -> Any:
        return queryset.filter(measured_at__gte=timezone.make_aware(datetime.combine(day, time.min)))

    def until_day(self, queryset: Any, _name: str, day: Any) -> Any:
        return queryset.filter(measured_at__lte=timezone.make_aware(datetime.combine(day, time.max)))

    def by_agreement(self, queryset: ReadingQuerySet, _name: str, value: bool) -> ReadingQuerySet:
        return queryset.disagreeing() if value else queryset.agreeing()


def producer_verdict(reading: MetricReading) -> Any:
    if not reading.producer_verdict:
        return ""
    return Badge(
        VERDICTS[reading.producer_verdict].label,
        "bad" if reading.producer_verdict != reading.verdict else "neutral",
        "alert-circle" if reading.producer_verdict != reading.verdict else "check",
    )


class ReadingListing(Listing):
    """The readings of one metric, newest first."""

    name = "readings"
    caption = _("Readings")
    columns = (
        Column("measured_at", _("Measured"), order_by=("measured_at", "cell"), is_heading=True),
        Column("group", _("Group"), lambda reading: words_of(reading.cell), order_by=("cell", "measured_at")),
        Column(
            "value",
            _("Value"),
            lambda reading: number_text(reading.value),
            order_by=("value", "measured_at"),
            align="end",
            export="value",
        ),
        Column("interval", _("Interval"), interval_text, align="end", is_minor=True, is_exported=False),
        Column("low", _("Lower end"), is_shown=False),
        Column("high", _("Upper end"), is_shown=False),
        Column("n", _("Cases"), order_by=("n", "measured_at"), align="end"),
        Column("verdict", _("Verdict on receipt"), lambda reading: VERDICTS[reading.verdict], order_by=("verdict",)),
        Column("producer_verdict", _("Producer's verdict"), producer_verdict, is_minor=True),
        Column("environment", _("Environment"), "get_environment_display", is_minor=True),
        Column("system_version", _("Version"), "system_version.label", is_minor=True),
        Column("source", _("Source"), order_by=("source", "measured_at"), is_minor=True),
        Column("window_start", _("Period from"), is_shown=False),
        Column("window_end", _("Period to"), is_shown=False),
        Column("received_at", _("Received"), order_by=("received_at", "measured_at"), is_shown=False),
        Column("recorded_by", _("Recorded by"), "recorded_by.display_name", is_shown=False),
        Column("run_id", _("Run"), is_shown=False),
        Column("key", _("Key"), is_shown=False),
        Column("sha256", _("SHA-256"), is_shown=False),
    )
    filterset_class = ReadingFilter
    search_fields = ("source", "run_id", "key")
    default_sort = "-measured_at"
    tie_breaker = "source"
    empty = {
        "icon": "activity",
        "title": _("No reading yet"),
        "text": _(
            "Until a reading that counts arrives, the claim is unsupported. Add one by hand, by CSV or by the API."
        ),
    }


def readings_of(metric: ClaimMetric) -> ReadingQuerySet:
    """The readings of a metric with what a row shows."""
    return MetricReading.objects.filter(metric=metric).select_related("system_version", "recorded_by")


class IndicatorFilter(FilterSet):
    direction = ChoiceFilter(label=_("Direction"), choices=Indicator.Direction.choices, empty_label=_("Any"))

    class Meta:
        model = Indicator
        fields: list[str] = []


class IndicatorListing(Listing):
    """The catalogue of what can be measured."""

    name = "indicators"
    caption = _("Indicators")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("name", _("Indicator"), is_heading=True, order_by=("name",)),
        Column("unit", _("Unit"), order_by=("unit", "number")),
        Column("direction", _("Direction"), "get_direction_display"),
        Column("in_use", _("Metrics in use"), align="end"),
        Column("definition", _("Definition"), is_minor=True),
        Column("formula", _("How it is computed"), is_shown=False),
    )
    filterset_class = IndicatorFilter
    search_fields = ("name", "definition")
    number_field = "number"
    default_sort = "name"
    empty = {
        "icon": "activity",
        "title": _("No indicator yet"),
        "text": _(
            "An indicator is something that can be measured, with its definition and unit, for use by many claims."
        ),
    }

    def get_queryset(self) -> Any:
        in_use = Count("metrics", filter=Q(metrics__withdrawn_at__isnull=True))
        return Indicator.objects.annotate(in_use=in_use)

    def record_url(self, record: Indicator) -> str:
        return reverse("cases:indicator_detail", args=[self.file_prefix, record.number])
