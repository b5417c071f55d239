"""Assurance smells: the register, one with its records, an answer, and looking again now."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.actions import answer_smell, look_for_smells
from cases.actions.smells import may_answer_smell, require_answer
from cases.forms import AnswerSmellForm
from cases.models import Smell, SmellRound
from cases.smells.kinds import WHY, SmellKind
from cases.smells.listing import SmellListing, ranked, smell_state, where
from cases.views.finding import MOST, answer_form, url
from cases.views.registers import register_tabs


def smell_or_404(number: int) -> Smell:
    smell: Smell | None = ranked(Smell.objects.all()).filter(number=min(number, MOST)).first()
    if smell is None:
        raise Http404
    return smell


@org_view("cases.view", methods=("GET",))
def smell_list(request: HttpRequest) -> HttpResponse:
    """What an auditor would look at twice, unanswered first."""
    listing = SmellListing(file_prefix=request.organisation.slug)
    context = {
        "page_title": _("Assurance smells"),
        "tabs": register_tabs(request),
        "round": SmellRound.objects.first(),
    }
    return listing.respond(request, "cases/smell_list.html", context)


@org_view("cases.view", methods=("GET",))
def smell_detail(request: HttpRequest, number: int) -> HttpResponse:
    smell = smell_or_404(number)
    context = {
        "smell": smell,
        "state": smell_state(smell),
        "where": where(smell),
        "why": WHY[SmellKind(smell.kind)],
        "records": with_addresses(smell, request.organisation.slug),
        "more": smell.count - len(smell.records),
        "may_answer": smell.is_there and may_answer_smell(request.member, smell),
        "page_title": smell.what,
        "breadcrumbs": [(_("Smells"), url(request, "smell_list"))],
    }
    return render(request, "cases/smell_detail.html", context)


@org_view("smells.answer")
def smell_answer(request: HttpRequest, number: int) -> HttpResponse:
    smell = smell_or_404(number)
    require_answer(request.member, smell)
    initial = {"answer": smell.answer if smell.status == Smell.Status.ANSWERED else ""}
    form = AnswerSmellForm(request.POST or None, initial=initial, revision=smell.revision)
    here = url(request, "smell_detail", smell.number)
    return answer_form(
        request,
        form,
        lambda: answer_smell(smell, **form.values, actor=request.member, revision=form.expected_revision),
        to=here,
        title=_("Answer: %s") % smell.what,
        context={
            "breadcrumbs": [(_("Smells"), url(request, "smell_list")), (str(smell.number), here)],
            "submit_label": _("Answer it"),
            "note": _("%(where)s. It stays in the list with your answer and your name.") % {"where": where(smell)},
        },
        done=_("Your answer stands beside it now."),
    )


@org_view("smells.answer", methods=("POST",))
def smells_look(request: HttpRequest) -> HttpResponse:
    """Look through all cases now."""
    look_for_smells(actor=request.member)
    messages.success(request, _("All cases were looked through."))
    return redirect(url(request, "smell_list"))


def with_addresses(smell: Smell, slug: str) -> list[dict[str, Any]]:
    """The kept records with the address that shows each."""
    return [
        {**one, "url": address_of(smell, one, slug), "element_url": address_of_element(smell, one, slug)}
        for one in smell.records
    ]


def address_of(smell: Smell, record: dict[str, Any], slug: str) -> str:
    if record["view"]:
        return reverse(record["view"], args=[slug, record["number"]])
    return address_of_element(smell, record, slug)


def address_of_element(smell: Smell, record: dict[str, Any], slug: str) -> str:
    if smell.case is None or not record["element"]:
        return ""
    return f"{reverse('cases:case_detail', args=[slug, smell.case.number])}?element={record['element']}#element"
