"""What differs between two baselines, or a baseline and the working argument: in words and in the drawing."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.comparing import GROUPS_PER_PAGE, Comparison, MarkedFigure, MarkedLine, lines_of
from cases.documents import document_of
from cases.drawing import Figure
from cases.loading import load_structure
from cases.models import AssuranceCase, Baseline
from cases.palette import Theme
from cases.pictures import drawn
from cases.png import png_of
from cases.views.baselines import WORKING, baseline_crumbs, baseline_or_404, compared_with
from cases.views.finding import case_or_404, url
from cases.views.pictures import theme_of


def comparison_or_404(case: AssuranceCase, ordinal: int, asked: str) -> Comparison:
    """A baseline beside the one that was asked for, or beside the working argument."""
    baseline = baseline_or_404(case, ordinal)
    asked = asked or compared_with(case, baseline)
    if asked == WORKING:
        return Comparison(baseline, None, document_of(load_structure(case)), asked)
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10) or int(asked) == baseline.ordinal:
        raise Http404
    other = baseline_or_404(case, int(asked))
    return Comparison(baseline, other, other.document, asked)


@org_view("cases.view", methods=("GET",))
def baseline_compare(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    """What differs, drawn figure by figure, and in words below."""
    case = case_or_404(number)
    compared = comparison_or_404(case, ordinal, request.GET.get("with", ""))
    baseline = compared.baseline
    pages = Paginator(compared.groups, GROUPS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    figures = compared.figures()
    shown = figure_shown(figures, request.GET.get("figure", ""))
    context = {
        "case": case,
        "baseline": baseline,
        "compared": compared,
        "page": page,
        "groups": page.object_list,
        "figures": figures,
        "unmarked": [one for one in figures if not one.marked and one.figure is not shown],
        "shown": shown,
        "lines": lines_with_words(compared, shown, figures, page.number) if shown else [],
        "query": urlencode({"with": compared.asked}),
        "before": compared.names[0],
        "after": compared.names[1],
        "choices": choices_of(baseline),
        "page_title": _("What differs"),
        "breadcrumbs": [
            *baseline_crumbs(request, case, baseline),
            (_("What differs"), url(request, "baseline_compare", case.number, baseline.ordinal)),
        ],
    }
    return render(request, "cases/baseline_compare.html", context)


def figure_shown(figures: list[MarkedFigure], key: str) -> Figure | None:
    """The one that was asked for, else the first in which something differs."""
    asked = [one.figure for one in figures if one.figure.key == key]
    return next(iter([*asked, *(one.figure for one in figures if one.marked)]), None)


def lines_with_words(
    compared: Comparison, shown: Figure, figures: list[MarkedFigure], current: int
) -> list[MarkedLine]:
    """Each line that differs leads to the words about it, on whichever page those are."""
    lines = lines_of(compared, shown, figures)
    place = {group.gid: at for at, group in enumerate(compared.groups)}
    for line in lines:
        if line.gid in place:
            page = place[line.gid] // GROUPS_PER_PAGE + 1
            query: dict[str, Any] = {"with": compared.asked, "figure": shown.key, "page": page}
            line.words_url = ("" if page == current else f"?{urlencode(query)}") + f"#words-{line.gid}"
    return lines


def choices_of(baseline: Baseline) -> list[tuple[str, str]]:
    """What it can be compared with."""
    last: int = baseline.last_ordinal  # type: ignore[attr-defined]
    others = [(str(one), _("Baseline %d") % one) for one in range(last, 0, -1) if one != baseline.ordinal]
    return [(WORKING, _("the working argument")), *others]


@org_view("cases.view", methods=("GET",))
def compare_figure(request: HttpRequest, number: int, ordinal: int, key: str) -> HttpResponse:
    """One figure of what differs as SVG. It loads nothing and runs nothing, whoever opens it."""
    response = drawn(figure_or_404(request, number, ordinal, key, theme_of(request)).svg)
    if "drawn" in request.GET:  # the page names the instant, so that its script need not have it drawn once more
        response["Cache-Control"] = "private, max-age=120"
    if "download" in request.GET:
        response["Content-Disposition"] = attachment(request, number, ordinal, key, "svg")
    return response


@org_view("cases.view", methods=("GET",))
def compare_figure_png(request: HttpRequest, number: int, ordinal: int, key: str) -> HttpResponse:
    """The same as PNG, to download."""
    theme = theme_of(request)
    figure = figure_or_404(request, number, ordinal, key, theme)
    response = HttpResponse(png_of(figure, theme), content_type="image/png")
    response["Content-Disposition"] = attachment(request, number, ordinal, key, "png")
    response["Cache-Control"] = "private, no-cache"
    return response


def figure_or_404(request: HttpRequest, number: int, ordinal: int, key: str, theme: Theme) -> Figure:
    figure = comparison_or_404(case_or_404(number), ordinal, request.GET.get("with", "")).figure(key, theme)
    if figure is None:
        raise Http404
    return figure


def attachment(request: HttpRequest, number: int, ordinal: int, key: str, ending: str) -> str:
    name = f"{request.organisation.slug}-case-{number}-baseline-{ordinal}-differences-{key}.{ending}"
    return f'attachment; filename="{name}"'
