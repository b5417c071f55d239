"""The register of cases and the pages of one case."""

from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm
from aims.tenancy.door import org_view
from aims.tenancy.grants import holders
from cases.access import (
    Part,
    is_alone,
    may_appoint,
    may_challenge,
    may_change,
    may_doubt,
    parts_in,
    people_of,
    require_appoint,
)
from cases.actions import appoint, create_case, dismiss, edit_case
from cases.evaluation import assess
from cases.forecasting import HORIZONS, forecast_of
from cases.forms import CaseForm, NewCaseForm, PartForm
from cases.histories import history_of
from cases.life_listing import stages_of, state_of
from cases.listing import CaseListing, TransitionListing, first_step, standing_badge, standing_of
from cases.models import AssuranceCase, StandingTransition
from cases.pictures import evidence_of
from cases.selectors import case_page
from cases.smells.listing import smells_of
from cases.views.finding import answer_form, case_or_404, case_to_change, crumbs, tabs_of, url
from cases.views.registers import register_tabs
from inventory.models import AISystem


@org_view("cases.view", methods=("GET",))
def case_list(request: HttpRequest) -> HttpResponse:
    """All cases, the worst first."""
    step = first_step(request.member, url(request, "case_create"))
    listing = CaseListing(file_prefix=request.organisation.slug, **step)
    return listing.respond(
        request, "cases/case_list.html", {"page_title": _("Assurance cases"), "tabs": register_tabs(request)}
    )


@org_view("cases.add")
def case_create(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("system", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    initial = {"system": AISystem.objects.filter(number=number).first()} if number else {}
    form = NewCaseForm(request.POST or None, initial=initial, member=request.member)
    return answer_form(
        request,
        form,
        lambda: create_case(**form.values, actor=request.member),
        to=lambda case: url(request, "case_detail", case.number),
        title=_("Open a case"),
        context={
            "breadcrumbs": crumbs(request),
            "cancel_url": url(request, "case_list"),
            "submit_label": _("Open the case"),
        },
        done=_("The case is open. Build its argument from the claim on top downwards."),
    )


@org_view("cases.view", methods=("GET",))
def case_detail(request: HttpRequest, number: int) -> HttpResponse:
    """The argument as an outline, with the drawing, why it stands as it does, and one element in full."""
    case = case_or_404(number)
    page = case_page(case, element=request.GET.get("element", ""), top=request.GET.get("top", ""))
    is_open = case.status != AssuranceCase.Status.WITHDRAWN
    people = people_of(case)
    own = parts_in(people, request.member)
    is_yours = is_open and may_change(request.member, case, own)
    context = {
        "page": page,
        "case": case,
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_detail"),
        "is_open": is_open,
        "is_yours": is_yours,
        "is_to_challenge": is_open and (is_yours or may_challenge(request.member, case, own)),
        "is_to_doubt": is_open and may_doubt(request.member, case, own),
        "parts": people,
        "stages": stages_of(case),
        "state": state_of(case),
        "is_to_appoint": is_open and may_appoint(request.member, case, own),
        "freshness": evidence_of(page.assessment),
        "smells": smells_of(case),
    }
    return render(request, "cases/case_detail.html", context)


@org_view("cases.edit")
def case_edit(request: HttpRequest, number: int) -> HttpResponse:
    case = case_to_change(request, number)
    names = ("title", "purpose", "scope_text", "accountable_owner", "review_by")
    initial = {name: getattr(case, name) for name in names}
    form = CaseForm(request.POST or None, initial=initial, revision=case.revision)
    return answer_form(
        request,
        form,
        lambda: edit_case(case, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "case_detail", case.number),
        title=_("Edit the case"),
        context={"breadcrumbs": crumbs(request, case)},
        done=_("Saved."),
    )


def case_to_give_parts(request: HttpRequest, number: int) -> AssuranceCase:
    case = case_or_404(number)
    require_appoint(request.member, case)
    return case


@org_view("cases.edit")
def person_add(request: HttpRequest, number: int) -> HttpResponse:
    """Give somebody a part in this case."""
    case = case_to_give_parts(request, number)
    form = PartForm(
        request.POST or None, initial={"part": request.GET.get("part", "")}, is_alone=is_alone(request.member)
    )
    return answer_form(
        request,
        form,
        lambda: appoint(case, **form.values, actor=request.member),
        to=url(request, "case_detail", case.number),
        title=_("Give somebody a part in the case"),
        context={"breadcrumbs": crumbs(request, case), "submit_label": _("Appoint")},
        done=_("They were told."),
    )


@org_view("cases.edit")
def person_remove(request: HttpRequest, number: int, part: str, member: UUID) -> HttpResponse:
    """Take a part in this case from somebody, after asking."""
    case = case_to_give_parts(request, number)
    found = Part.__members__.get(part.upper())
    person = holders(case, found).filter(pk=member).first() if found else None
    if found is None or person is None:
        raise Http404
    words = {"person": person, "part": str(found.label).lower()}
    return answer_form(
        request,
        ActionForm(request.POST if request.method == "POST" else None),
        lambda: dismiss(case, member=person, part=found, actor=request.member),
        to=url(request, "case_detail", case.number),
        title=_("Take a part in the case away"),
        template="cases/confirm.html",
        context={
            "breadcrumbs": crumbs(request, case),
            "question": _("Is %(person)s to be no longer %(part)s of this case?") % words,
            "consequences": [_("What they did stays, with their name.")],
            "action_label": _("Take it away"),
        },
        done=_("Done."),
    )


@org_view("cases.view", methods=("GET",))
def case_forecast(request: HttpRequest, number: int) -> HttpResponse:
    """What falls in the coming days if nobody acts."""
    case = case_or_404(number)
    assessment = assess(case)
    horizons = forecast_of(assessment)
    context = {
        "case": case,
        "horizons": horizons,
        "falls": [fall for horizon in horizons for fall in horizon.falls],
        "until": assessment.evaluation.at + timedelta(days=HORIZONS[-1]),
        "badge": standing_badge(assessment.standing),
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_forecast"),
    }
    return render(request, "cases/case_forecast.html", context)


@org_view("cases.view", methods=("GET",))
def case_history(request: HttpRequest, number: int) -> HttpResponse:
    """How the standing changed, and what people did."""
    case = case_or_404(number)
    rows = StandingTransition.objects.filter(case=case).select_related("element__module")
    listing = TransitionListing(rows, file_prefix=f"{request.organisation.slug}-case-{case.number}")
    context = {
        "case": case,
        "badge": standing_of(case),
        "chart": history_of(case, timezone.now()),
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_history"),
    }
    return listing.respond(request, "cases/case_history.html", context)
