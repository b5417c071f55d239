"""Metrics of claims, their readings, and the catalogue of indicators."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from cases.access import may_change, require_change
from cases.actions import (
    add_indicator,
    check_readings,
    connect_metric,
    define_metric,
    disconnect_metric,
    edit_indicator,
    edit_metric,
    record_reading,
    record_readings,
    withdraw_metric,
)
from cases.actions.readings import Recorded
from cases.cells import words_of
from cases.forms import ReasonForm
from cases.measuring import judge
from cases.metric_charts import chart_of
from cases.metric_forms import CsvForm, IndicatorForm, MetricForm, NewMetricForm, PullForm, ReadingForm
from cases.metric_listing import (
    IndicatorListing,
    MetricListing,
    ReadingListing,
    asks,
    number_text,
    readings_of,
    state_badge,
    state_of,
)
from cases.models import AssuranceCase, ClaimMetric, Indicator, MetricPull
from cases.palette import Theme
from cases.pictures import drawn
from cases.readings_csv import ReadCsv, read_csv
from cases.views.finding import MOST, answer_form, case_to_change, crumbs, element_or_404, element_url, url
from cases.views.registers import register_tabs

RULE_FIELDS = (
    "comparator", "threshold", "threshold_high", "unit", "guard_band", "is_crossed", "dimension_rule",
    "dimension_reason", "window_days", "min_n", "confidence_level", "decision_rule", "environment_required",
    "max_age_days", "grace_days", "is_leading",
)  # fmt: skip
MOST_REFUSED = 200


def metric_or_404(number: int) -> ClaimMetric:
    metric: Any = ClaimMetric.objects.with_case().filter(number=min(number, MOST)).first()
    if metric is None:
        raise Http404
    return metric


def metric_to_change(request: HttpRequest, number: int) -> ClaimMetric:
    """The metric, when its case is this member's to change; PermissionDenied otherwise."""
    metric = metric_or_404(number)
    require_change(request.member, metric.element.case)
    return metric


def indicator_or_404(number: int) -> Indicator:
    indicator = Indicator.objects.filter(number=min(number, MOST)).first()
    if indicator is None:
        raise Http404
    return indicator


def metric_crumbs(request: HttpRequest, metric: ClaimMetric | None = None) -> list[tuple[str, str]]:
    trail = [(_("Cases"), url(request, "case_list")), (_("Metrics"), url(request, "metric_list"))]
    if metric is not None:
        trail.append((metric.key, url(request, "metric_detail", metric.number)))
    return trail


@org_view("metrics.view", methods=("GET",))
def metric_list(request: HttpRequest) -> HttpResponse:
    listing = MetricListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Metrics"), "tabs": register_tabs(request)}
    return listing.respond(request, "cases/metric_list.html", context)


@org_view("metrics.view", methods=("GET",))
def metric_detail(request: HttpRequest, number: int) -> HttpResponse:
    """What is asked, what was measured, and what that comes to now."""
    metric = metric_or_404(number)
    case = metric.element.case
    judged = metric.judged = judge([metric], timezone.now())[0]
    context = {
        "metric": metric,
        "case": case,
        "asks": asks(metric),
        "state": state_of(metric),
        "groups": [(words, state_badge(one), latest, latest and number_text(latest.value)) for words, one, latest in judged.groups()],
        "dimensions": metric.declared,
        "chart": chart_of(judged),
        "pull": MetricPull.objects.filter(metric=metric).first(),
        "is_mine": request.member.may("cases.edit") and may_change(request.member, case),
        "is_open": metric.is_in_use and case.status != AssuranceCase.Status.WITHDRAWN,
        "page_title": f"{metric.indicator.name}: {metric.key}",
        "breadcrumbs": metric_crumbs(request),
    }  # fmt: skip
    step = {}
    if context["is_open"] and request.member.may("readings.add"):
        step = {"action_url": url(request, "reading_add", metric.number), "action_label": _("Add a reading")}
    listing = ReadingListing(readings_of(metric), file_prefix=f"{request.organisation.slug}-{metric.key}", **step)
    return listing.respond(request, "cases/metric_detail.html", context)


@org_view("metrics.view", methods=("GET",))
def metric_chart(request: HttpRequest, number: int) -> HttpResponse:
    """The readings over time as SVG. It loads nothing and runs nothing, whoever opens it."""
    asked = request.GET.get("theme", Theme.LIGHT)
    theme = Theme(asked) if asked in set(Theme) else Theme.LIGHT
    chart = chart_of(judge([metric_or_404(number)], timezone.now())[0], theme)
    if chart is None:
        raise Http404
    return drawn(chart.svg)


@org_view("cases.edit")
def metric_define(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_change(request, number)
    element = element_or_404(case, key)
    form = NewMetricForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: define_metric(element, **form.values, actor=request.member),
        to=lambda metric: url(request, "metric_detail", metric.number),
        title=_("Define a metric of %(element)s") % {"element": element.address},
        template="cases/metric_form.html",
        context={
            "breadcrumbs": crumbs(request, case, element),
            "cancel_url": element_url(request, case, element.address),
            "beside": element,
            "has_indicators": Indicator.objects.exists(),
            "submit_label": _("Define it"),
        },
        done=_("The metric is defined. Until a reading that counts arrives, the claim is unsupported."),
    )


@org_view("cases.edit")
def metric_edit(request: HttpRequest, number: int) -> HttpResponse:
    metric = metric_to_change(request, number)
    initial = {**{name: getattr(metric, name) for name in RULE_FIELDS}, "dimensions": metric.declared}
    form = MetricForm(request.POST or None, initial=initial, revision=metric.revision)
    return answer_form(
        request,
        form,
        lambda: edit_metric(metric, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "metric_detail", metric.number),
        title=_("Change what %(metric)s asks") % {"metric": metric.key},
        template="cases/metric_form.html",
        context={"breadcrumbs": metric_crumbs(request, metric), "beside": metric.element, "has_indicators": True},
        done=_("Saved. Readings are judged by the new rule from now on."),
    )


@org_view("cases.edit")
def metric_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    metric = metric_to_change(request, number)
    form = ReasonForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: withdraw_metric(metric, reason=form.values["reason"], actor=request.member),
        to=url(request, "metric_detail", metric.number),
        title=_("Withdraw %(metric)s") % {"metric": metric.key},
        template="cases/confirm.html",
        context={
            "breadcrumbs": metric_crumbs(request, metric),
            "question": _("Ask for this number no more?"),
            "consequences": [
                _("It no longer moves the standing of %(element)s.") % {"element": metric.element.address},
                _("It stays readable with its readings; its key is not used again."),
            ],
            "action_label": _("Withdraw the metric"),
        },
        done=_("The metric is withdrawn."),
    )


@org_view("metrics.connect")
def metric_connect(request: HttpRequest, number: int) -> HttpResponse:
    """Let a Prometheus server be asked, or change what it is asked."""
    metric = metric_or_404(number)
    pull = metric.pulls.first()
    names = ("url", "query", "n_query", "environment", "every_minutes")
    form = PullForm(request.POST or None, initial={name: getattr(pull, name) for name in names} if pull else None)
    return answer_form(
        request,
        form,
        lambda: connect_metric(metric, **form.values, actor=request.member),
        to=url(request, "metric_detail", metric.number),
        title=_("Ask Prometheus for %(metric)s") % {"metric": metric.key},
        context={
            "breadcrumbs": metric_crumbs(request, metric),
            "note": _(
                "The server is asked in the background. When it does not answer, no reading is made: the metric says so, and the claim weakens when its last reading is too old."
            ),
            "submit_label": _("Ask it"),
        },
        done=_("The server will be asked within a minute."),
    )


@org_view("metrics.connect")
def metric_disconnect(request: HttpRequest, number: int) -> HttpResponse:
    metric = metric_or_404(number)
    form = ReasonForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: disconnect_metric(metric, reason=form.values["reason"], actor=request.member),
        to=url(request, "metric_detail", metric.number),
        title=_("Ask Prometheus no more"),
        template="cases/confirm.html",
        context={
            "breadcrumbs": metric_crumbs(request, metric),
            "question": _("Ask Prometheus for %(metric)s no more?") % {"metric": metric.key},
            "consequences": [_("What was recorded stays."), _("Readings must come another way.")],
            "action_label": _("Ask it no more"),
        },
        done=_("Prometheus is asked no more."),
    )


@org_view("readings.add")
def reading_add(request: HttpRequest, number: int) -> HttpResponse:
    metric = metric_or_404(number)
    initial = {"measured_at": timezone.localtime().replace(second=0, microsecond=0)}
    form = ReadingForm(request.POST or None, metric=metric, initial=initial)
    return answer_form(
        request,
        form,
        lambda: record_reading(metric, **form.values, actor=request.member),
        to=url(request, "metric_detail", metric.number),
        title=_("Add a reading of %(metric)s") % {"metric": metric.key},
        context={
            "breadcrumbs": metric_crumbs(request, metric),
            "note": _("A reading is never changed or deleted. Asked is: %(asks)s.") % {"asks": asks(metric)},
            "submit_label": _("Record it"),
        },
        done=_("The reading is recorded; the standing follows."),
    )


@org_view("readings.add")
def reading_import(request: HttpRequest) -> HttpResponse:
    """A CSV file: first what would become of each row, then the same text again to be recorded."""
    form = CsvForm(request.POST, request.FILES) if request.method == "POST" else CsvForm()
    context: dict[str, Any] = {
        "form": form,
        "page_title": _("Readings from a CSV file"),
        "breadcrumbs": metric_crumbs(request),
    }
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["file"] or form.cleaned_data["content"]
        is_sure = not form.cleaned_data["file"]
        done = apply_action(form, lambda: taken_in(text, request.member, is_sure=is_sure))
        if done is not None and is_sure and done[1].count("recorded"):
            messages.success(request, told(done[1]))
            return redirect(url(request, "metric_list"))
        if done is not None:
            context |= preview_of(*done, text)
    return render(request, "cases/reading_import.html", context)


def taken_in(text: str, member: Any, *, is_sure: bool) -> tuple[ReadCsv, Recorded]:
    """Record the rows that are right, or only say what would become of them."""
    read = read_csv(text)
    act = record_readings if is_sure else check_readings
    recorded = act(read.items, actor=member, source="csv")
    recorded.outcomes = sorted([*recorded.outcomes, *read.refused], key=lambda outcome: outcome.index)
    return read, recorded


def preview_of(read: ReadCsv, recorded: Recorded, text: str) -> dict[str, Any]:
    rows = [
        {"line": read.lines[item.index], "item": item, "group": words_of(item.cell), "value": number_text(item.value)}
        for item in read.items[:20]
    ]
    return {
        "preview": recorded,
        "content": text,
        "counts": {status: recorded.count(status) for status in ("recorded", "duplicate", "refused")},
        "refused": [(read.lines[one.index], one) for one in recorded.refused[:MOST_REFUSED]],
        "has_more_refused": len(recorded.refused) > MOST_REFUSED,
        "first_rows": rows,
    }


def told(recorded: Recorded) -> str:
    count = recorded.count("recorded")
    said = ngettext("%d reading was recorded.", "%d readings were recorded.", count) % count
    if known := recorded.count("duplicate"):
        said = f"{said} {ngettext('%d was there already.', '%d were there already.', known) % known}"
    if refused := recorded.count("refused"):
        said = f"{said} {ngettext('%d was refused.', '%d were refused.', refused) % refused}"
    return said


@org_view("metrics.view", methods=("GET",))
def indicator_list(request: HttpRequest) -> HttpResponse:
    step = {}
    if request.member.may("cases.edit"):
        step = {"action_url": url(request, "indicator_add"), "action_label": _("Add the first indicator")}
    listing = IndicatorListing(file_prefix=request.organisation.slug, **step)
    context = {"page_title": _("Indicators"), "tabs": register_tabs(request)}
    return listing.respond(request, "cases/indicator_list.html", context)


@org_view("metrics.view", methods=("GET",))
def indicator_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One indicator with the metrics that use it."""
    indicator = indicator_or_404(number)
    rows = ClaimMetric.objects.with_case().filter(indicator=indicator).judged(timezone.now())
    listing = MetricListing(rows, file_prefix=request.organisation.slug)
    context = {
        "indicator": indicator,
        "page_title": indicator.name,
        "breadcrumbs": [*metric_crumbs(request), (_("Indicators"), url(request, "indicator_list"))],
    }
    return listing.respond(request, "cases/indicator_detail.html", context)


@org_view("cases.edit")
def indicator_add(request: HttpRequest) -> HttpResponse:
    form = IndicatorForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: add_indicator(**form.values, actor=request.member),
        to=lambda indicator: url(request, "indicator_detail", indicator.number),
        title=_("Add an indicator"),
        context={
            "breadcrumbs": [*metric_crumbs(request), (_("Indicators"), url(request, "indicator_list"))],
            "cancel_url": url(request, "indicator_list"),
            "submit_label": _("Add it"),
        },
        done=_("The indicator is in the catalogue. Define a metric with it on a goal of a case."),
    )


@org_view("cases.edit")
def indicator_edit(request: HttpRequest, number: int) -> HttpResponse:
    indicator = indicator_or_404(number)
    names = ("name", "unit", "direction", "definition", "formula")
    form = IndicatorForm(
        request.POST or None, initial={name: getattr(indicator, name) for name in names}, revision=indicator.revision
    )
    return answer_form(
        request,
        form,
        lambda: edit_indicator(indicator, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "indicator_detail", indicator.number),
        title=_("Edit the indicator"),
        context={
            "breadcrumbs": [
                *metric_crumbs(request),
                (indicator.name, url(request, "indicator_detail", indicator.number)),
            ],
        },
        done=_("Saved."),
    )
