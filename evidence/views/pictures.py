"""The freshness picture of an AI system as SVG: it loads nothing and runs nothing, whoever opens it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from aims.tenancy.door import org_view
from evidence.freshness_chart import LOOKS
from evidence.panels import evidence_about
from inventory.models import AISystem


@org_view("evidence.view", methods=("GET",))
def system_picture(request: HttpRequest, number: int) -> HttpResponse:
    """Until when the evidence about a system speaks."""
    system = get_object_or_404(AISystem, number=min(number, 2**31 - 1))
    theme = request.GET.get("theme", "light")
    chart = evidence_about(system, timezone.now()).chart(theme if theme in LOOKS else "light")
    if chart is None:
        raise Http404
    response = HttpResponse(chart.svg, content_type="image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-cache"
    return response
