"""Pictures of one case as SVG: they load nothing and run nothing, whoever opens them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from aims.tenancy.door import org_view
from cases.drawing import Theme
from cases.evaluation import assess
from cases.histories import history_of
from cases.pictures import drawn, evidence_of
from cases.views.finding import case_or_404


def theme_of(request: HttpRequest) -> Theme:
    asked = request.GET.get("theme", Theme.LIGHT)
    return Theme(asked) if asked in set(Theme) else Theme.LIGHT


@org_view("cases.view", methods=("GET",))
def case_evidence_picture(request: HttpRequest, number: int) -> HttpResponse:
    """Until when the evidence of the case speaks."""
    chart = evidence_of(assess(case_or_404(number))).chart(theme_of(request))
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
