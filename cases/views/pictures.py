"""Pictures of one case as SVG, which load and run nothing, whoever opens them; and what lies ahead of all cases."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.drawing import Theme
from cases.evaluation import assess_draft
from cases.forecasting import HORIZONS, outlook
from cases.histories import history_of
from cases.pictures import drawn, evidence_of
from cases.views.finding import case_or_404
from cases.views.registers import register_tabs


def theme_of(request: HttpRequest) -> Theme:
    asked = request.GET.get("theme", Theme.LIGHT)
    return Theme(asked) if asked in set(Theme) else Theme.LIGHT


@org_view("cases.view", methods=("GET",))
def case_evidence_picture(request: HttpRequest, number: int) -> HttpResponse:
    """Until when the evidence of the case speaks."""
    chart = evidence_of(assess_draft(case_or_404(number))).chart(theme_of(request))
    if chart is None:
        raise Http404
    return drawn(chart.svg)


@org_view("cases.view", methods=("GET",))
def case_history_picture(request: HttpRequest, number: int) -> HttpResponse:
    """How the case and its elements stood over time."""
    chart = history_of(case_or_404(number), timezone.now(), theme=theme_of(request))
    if chart is None:
        raise Http404
    return drawn(chart.svg)


@org_view("cases.view", methods=("GET",))
def forecast_of_all(request: HttpRequest) -> HttpResponse:
    """Which cases fall in the coming days if nobody acts."""
    days = next((days for days in HORIZONS if str(days) == request.GET.get("days", "")), HORIZONS[0])
    context = {
        "outlook": outlook(timezone.now(), days),
        "tabs": register_tabs(request),
        "horizons": [
            {"label": _("%d days") % one, "url": f"?days={one}", "is_current": one == days, "count": None}
            for one in HORIZONS
        ],
        "page_title": _("What falls if nobody acts"),
    }
    return render(request, "cases/forecast.html", context)
