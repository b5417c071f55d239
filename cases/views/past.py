"""What was believed of a case on a day."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.door import org_view
from cases.as_of import as_of, instant_of, noteworthy_in
from cases.views.finding import case_or_404, crumbs, tabs_of


@org_view("cases.view", methods=("GET",))
def case_as_of(request: HttpRequest, number: int) -> HttpResponse:
    """The standing of an instant beside that of now, each with its causes."""
    case = case_or_404(number)
    told = request.GET.get("on", "")[:40]
    page, refused = None, ""
    try:
        page = as_of(case, instant_of(told)) if told else None
    except RuleBroken as broken:
        refused = str(broken)
    context = {
        "case": case,
        "page": page,
        "noteworthy": noteworthy_in(case),
        "told": told or timezone.localdate().isoformat(),
        "refused": refused,
        "page_title": _("What did we believe on that day?"),
        "breadcrumbs": crumbs(request, case),
        "tabs": tabs_of(request, case, "case_as_of"),
    }
    return render(request, "cases/case_as_of.html", context, status=400 if refused else 200)
