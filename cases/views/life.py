"""The life of a case: where it is, what the next step needs, and taking it."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aims.pages.badges import Badge
from aims.tenancy.door import org_view
from aims.tenancy.models import Member
from cases.access import Part, may_change, parts_in, people_of, require_change
from cases.actions import (
    ask_for_decision,
    decide,
    open_revision,
    return_to_draft,
    start_challenge,
    step_down,
    submit_for_review,
    withdraw_case,
)
from cases.actions.life import may_decide, may_return, may_review, may_withdraw
from cases.causes import with_words
from cases.challenge_listing import severity_badge, state_badge
from cases.forms import ReasonForm
from cases.gates import Requirement
from cases.gating import Gate, gate, link_of
from cases.life_forms import DecisionForm, NoteForm
from cases.life_listing import MEANS, decision_badge, is_to_sign, stages_of, state_of, steps_for
from cases.listing import standing_badge
from cases.models import AssuranceCase, Baseline, CaseDecision, Challenge
from cases.signing import valid_sign_off
from cases.to_sign import baseline_to_sign, to_sign
from cases.views.finding import answer_form, case_or_404, crumbs, tabs_of, url

Status = AssuranceCase.Status


@org_view("cases.view", methods=("GET",))
def case_life(request: HttpRequest, number: int) -> HttpResponse:
    """The way of the case, what stands before the next step, and all decisions."""
    case = case_or_404(number)
    case.organisation = request.organisation
    parts = people_of(case)
    found = gate(case, parts=parts)
    steps = steps_for(request.member, case, parts_in(parts, request.member))
    context = {
        "case": case,
        "gate": found,
        "requirements": requirements_for(request.member, case, found, parts_in(parts, request.member)),
        "stages": stages_of(case),
        "state": state_of(case),
        "means": MEANS[Status(case.status)],
        "steps": [one for one in steps if found.is_open or not one.is_gated],
        "waiting": [one for one in steps if one.is_gated and not found.is_open],
        "decisions": decisions_of(case),
        "signature": valid_sign_off(case, baseline=baseline_to_sign(case)) if is_to_sign(case) else None,
        "is_signature_due": is_to_sign(case),
        "badge": standing_badge(found.assessment.standing),
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_life"),
    }
    return render(request, "cases/case_life.html", context)


def requirements_for(
    member: Member, case: AssuranceCase, found: Gate, own: dict[Part, bool]
) -> list[tuple[Requirement, list[tuple[str, str]]]]:
    """Each requirement with the places to mend it, but for those that would refuse this member."""
    theirs = {
        "decide": may_decide(member, case, own),
        "sign": case.accountable_owner_id == member.pk and member.may("cases.sign"),
        "links": may_change(member, case, own),
    }
    return [
        (one, [link_of(case, place) for place in one.places if theirs.get(place.name, True)])
        for one in found.requirements
    ]


def decisions_of(case: AssuranceCase) -> list[dict[str, Any]]:
    rows = CaseDecision.objects.filter(case=case).select_related("decider", "policy", "baseline")
    rows = rows.defer("baseline__document", "baseline__reviews", "policy__tiers")
    return [
        {
            "row": row,
            "badge": decision_badge(row),
            "standing": standing_badge(row.root_standing),
            "causes": with_words(row.causes),
        }
        for row in rows
    ]


def allowed(is_allowed: bool) -> None:
    if not is_allowed:
        raise PermissionDenied(_("This step is not yours to take. The page of the case says who has which part in it."))


def take(
    request: HttpRequest,
    case: AssuranceCase,
    form: Any,
    act: Callable[[], Any],
    *,
    title: str,
    done: str,
    question: str = "",
    consequences: tuple[str, ...] = (),
    label: str = "",
) -> HttpResponse:
    """Ask before a step, and go back to the life of the case."""
    context = {
        "breadcrumbs": crumbs(request, case),
        "question": question,
        "consequences": consequences,
        "action_label": label or title,
        "submit_label": label or title,
    }
    return answer_form(
        request,
        form,
        act,
        to=url(request, "case_life", case.number),
        title=title,
        template="cases/confirm.html" if question else "cases/form.html",
        context=context,
        done=done,
    )


@org_view("cases.edit")
def case_submit(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    require_change(request.member, case)
    form = NoteForm(request.POST if request.method == "POST" else None)
    return take(
        request,
        case,
        form,
        lambda: submit_for_review(case, **form.values, actor=request.member),
        title=_("Submit to team review"),
        done=_("The case is with the reviewers of its team. They were told."),
    )


@org_view("cases.review")
def case_start_challenge(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    allowed(may_review(request.member, case))
    form = NoteForm(request.POST if request.method == "POST" else None)
    return take(
        request,
        case,
        form,
        lambda: start_challenge(case, **form.values, actor=request.member),
        title=_("Start the challenge"),
        question=_("Freeze the argument and start the challenge?"),
        consequences=(
            _("The argument is kept as a baseline with its hash, and cannot be changed until it is given back."),
            _("You say that you have read it, and that it is ready for those who look for what is wrong with it."),
        ),
        done=_("The argument is frozen, and those who go on with it were told."),
    )


@org_view("cases.edit")
def case_ask_decision(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    require_change(request.member, case)
    form = NoteForm(request.POST if request.method == "POST" else None)
    return take(
        request,
        case,
        form,
        lambda: ask_for_decision(case, **form.values, actor=request.member),
        title=_("Ask for a decision"),
        done=_("The deciders were told, and so was the accountable owner, who signs."),
    )


@org_view("cases.review")
def case_return(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    allowed(may_return(request.member, case))
    form = ReasonForm(request.POST or None)
    return take(
        request,
        case,
        form,
        lambda: return_to_draft(case, reason=form.values["reason"], actor=request.member),
        title=_("Give the case back to its authors"),
        done=_("The case is a draft again, and its authors were told why."),
    )


@org_view("cases.decide")
def case_decide(request: HttpRequest, number: int) -> HttpResponse:
    """The decision, with all that the decider has to know beside it."""
    case = case_or_404(number)
    allowed(may_decide(request.member, case))
    found = gate(case, Status.LIVE)
    baseline = Baseline.objects.of(case).filter(pk=case.draft_baseline_id).first() if case.draft_baseline_id else None
    initial = {"baseline_sha256": baseline.sha256 if baseline else ""}
    form = DecisionForm(request.POST or None, causes=found.causes, initial=initial)
    context = {
        "case": case,
        "breadcrumbs": crumbs(request, case),
        "baseline": baseline,
        "badge": standing_badge(found.assessment.standing),
        "causes": with_words(found.causes),
        "opinions": opinions_for(case, found),
        "doubts": doubts_for(case),
        "last": Baseline.objects.of(case).filter(pk=case.live_baseline_id).first() if case.live_baseline_id else None,
        "is_asked": case.status == Status.DECISION,
        "submit_label": _("Decide"),
    }
    return answer_form(
        request,
        form,
        lambda: decide(case, **form.values, actor=request.member),
        to=url(request, "case_life", case.number),
        title=_("Decide on the case"),
        template="cases/case_decide.html",
        context=context,
        done=_("Your decision is recorded."),
    )


def opinions_for(case: AssuranceCase, found: Any) -> list[Any]:
    from cases.reviews import opinions_of

    return [one for one in opinions_of(case, loaded=found.assessment.loaded) if one.is_current]


def doubts_for(case: AssuranceCase) -> list[tuple[Challenge, Badge, Badge]]:
    """The challenges that count against what is decided on, or that somebody lives with."""
    subject = to_sign(case)
    return [(row, state_badge(row), severity_badge(row)) for row in subject.doubts] if subject else []


@org_view("cases.edit")
def case_revise(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    require_change(request.member, case)
    form = ReasonForm(request.POST or None)
    return take(
        request,
        case,
        form,
        lambda: open_revision(case, reason=form.values["reason"], actor=request.member),
        title=_("Open a revision"),
        question=_("Open a revision of this case?"),
        consequences=(
            _("The baseline in force stays in force until the revision is decided and signed."),
            _("The revision goes the whole way again: review, challenge, decision, signature."),
        ),
        done=_("The revision is open. Change the argument, then submit it."),
    )


@org_view("cases.edit")
def case_step_down(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    allowed(case.accountable_owner_id == request.member.pk)
    form = ReasonForm(request.POST or None)
    return take(
        request,
        case,
        form,
        lambda: step_down(case, reason=form.values["reason"], actor=request.member),
        title=_("Step down as owner"),
        question=_("Stop answering for this case?"),
        consequences=(
            _("The governance officers are told, and have the days of the tier to name a successor."),
            _("Without a successor the case is withdrawn, and nobody may rely on it any more."),
        ),
        done=_("The governance officers were told."),
    )


@org_view("cases.review")
def case_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    allowed(may_withdraw(request.member, case))
    form = ReasonForm(request.POST or None)
    return take(
        request,
        case,
        form,
        lambda: withdraw_case(case, reason=form.values["reason"], actor=request.member),
        title=_("Withdraw the case"),
        question=_("Withdraw this case?"),
        consequences=(
            _("It is out of force for good: nobody may rely on it any more."),
            _("It stays readable as it was, with its whole history."),
        ),
        done=_("The case is withdrawn."),
    )
