"""The drawing of an argument: its page, its figures as pictures, and both as downloads."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from aims.rules import RuleBroken
from aims.tenancy.door import org_view
from cases.drawing import Figure
from cases.evaluation import Assessment
from cases.figures import Asked, assessment_asked, drawing_page, figure_asked
from cases.listing import standing_badge
from cases.models import AssuranceCase
from cases.palette import Theme
from cases.pictures import drawn
from cases.png import png_of
from cases.views.finding import case_or_404, crumbs, tabs_of
from cases.views.pictures import theme_of


@org_view("cases.view", methods=("GET",))
def case_drawing(request: HttpRequest, number: int) -> HttpResponse:
    """The figures of the argument, one at a time, beside the outline of what is drawn."""
    case = case_or_404(number)
    asked = Asked.of(request.GET)
    assessment = assessment_or_404(case, asked)
    page = drawing_page(assessment, asked, request.GET.get("figure", ""))
    context = {
        "case": case,
        "drawn_at": assessment.evaluation.at if asked.on else None,
        "page": page,
        "badge": standing_badge(assessment.standing),
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_as_of" if asked.on else "case_drawing"),
    }
    return render(request, "cases/case_drawing.html", context)


def assessment_or_404(case: AssuranceCase, asked: Asked) -> Assessment:
    try:
        return assessment_asked(case, asked)
    except RuleBroken:
        raise Http404 from None


@org_view("cases.view", methods=("GET",))
def case_figure(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """One figure as SVG. It loads nothing and runs nothing, whoever opens it."""
    case, figure = figure_or_404(request, number, key)
    response = drawn(figure.svg)
    if "drawn" in request.GET:  # the page names the instant, so that its script need not have it drawn once more
        response["Cache-Control"] = "private, max-age=120"
    if "download" in request.GET:
        response["Content-Disposition"] = attachment(request, case, figure, "svg")
    return response


@org_view("cases.view", methods=("GET",))
def case_figure_png(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """One figure as PNG, to download."""
    case, figure = figure_or_404(request, number, key)
    response = HttpResponse(png_of(figure, theme_of(request)), content_type="image/png")
    response["Content-Disposition"] = attachment(request, case, figure, "png")
    response["Cache-Control"] = "private, no-cache"
    return response


def figure_or_404(request: HttpRequest, number: int, key: str) -> tuple[AssuranceCase, Figure]:
    case = case_or_404(number)
    asked = Asked.of(request.GET)
    figure = figure_asked(assessment_or_404(case, asked), key, asked, theme_of(request))
    if figure is None:
        raise Http404
    return case, figure


def attachment(request: HttpRequest, case: AssuranceCase, figure: Figure, ending: str) -> str:
    theme = "" if theme_of(request) is Theme.LIGHT else f"-{theme_of(request)}"
    return f'attachment; filename="{request.organisation.slug}-case-{case.number}-{figure.key}{theme}.{ending}"'
