"""Challenges: the register, one of them with its history, raising and answering it, deciding it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.access import (
    may_accept_doubt,
    may_answer_doubt,
    may_decide_doubt,
    may_doubt,
    require_acceptance_of_doubt,
    require_answer_to_doubt,
    require_decision_of_doubt,
    require_doubt,
)
from cases.actions import (
    accept_challenge,
    answer_challenge,
    argue_challenge,
    decide_challenge,
    edit_challenge,
    raise_challenge,
    reopen_challenge,
    withdraw_challenge,
)
from cases.actions.challenges import may_take_back, require_raiser
from cases.challenge_forms import AcceptanceForm, AnswerForm, ArgueForm, DecisionForm, DoubtForm, NewDoubtForm
from cases.challenge_listing import (
    ChallengeEventListing,
    ChallengeListing,
    events_of,
    on_what,
    severity_badge,
    state_badge,
)
from cases.challenges import name_of_challenge, state_key
from cases.forms import ReasonForm
from cases.models import AssuranceCase, Challenge
from cases.views.finding import MOST, answer_form, case_or_404, crumbs, element_or_404, element_url, url
from cases.views.registers import register_tabs

Status = Challenge.Status


def challenge_or_404(number: int) -> Challenge:
    rows = Challenge.objects.with_case().as_of(timezone.now())
    challenge = next(iter(rows.filter(number=min(number, MOST))), None)
    if challenge is None:
        raise Http404
    return challenge


def challenge_crumbs(request: HttpRequest, challenge: Challenge | None = None) -> list[tuple[str, str]]:
    trail = [(_("Cases"), url(request, "case_list")), (_("Challenges"), url(request, "challenge_list"))]
    if challenge is not None:
        trail.append((str(challenge.number), url(request, "challenge_detail", challenge.number)))
    return trail


@org_view("challenges.view", methods=("GET",))
def challenge_list(request: HttpRequest) -> HttpResponse:
    listing = ChallengeListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Challenges"), "tabs": register_tabs(request)}
    return listing.respond(request, "cases/challenge_list.html", context)


def is_in_force(challenge: Challenge) -> bool:
    elements = [element for element in (challenge.target, challenge.step_to) if element is not None]
    is_open = challenge.case.status != AssuranceCase.Status.WITHDRAWN
    return is_open and all(element.withdrawn_at is None for element in elements)


@org_view("challenges.view", methods=("GET",))
def challenge_detail(request: HttpRequest, number: int) -> HttpResponse:
    """The doubt, its answer and decision, what is to be done, and all that ever happened to it."""
    challenge = challenge_or_404(number)
    case, member = challenge.case, request.member
    key, is_open = state_key(challenge), is_in_force(challenge)
    asks = is_open and challenge.status not in (Status.REFUTED, Status.WITHDRAWN)
    to_decide = is_open and challenge.status != Status.WITHDRAWN and may_decide_doubt(member, challenge)
    context = {
        "challenge": challenge,
        "case": case,
        "about": on_what(challenge),
        "state": state_badge(challenge),
        "state_key": key,
        "severity": severity_badge(challenge),
        "is_open": is_open,
        "is_to_answer": asks and may_answer_doubt(member, challenge),
        "is_to_decide": to_decide,
        "is_to_accept": asks and may_accept_doubt(member, challenge),
        "is_to_word": is_open and challenge.status == Status.OPEN and may_take_back(member, challenge),
        "is_to_argue": asks and may_doubt(member, case),
        "is_to_reopen": is_open and challenge.status not in (Status.OPEN, Status.SUSTAINED) and may_doubt(member, case),
        "page_title": challenge.statement[:160],
        "breadcrumbs": challenge_crumbs(request),
    }
    listing = ChallengeEventListing(
        events_of(challenge), file_prefix=f"{request.organisation.slug}-challenge-{challenge.number}"
    )
    return listing.respond(request, "cases/challenge_detail.html", context)


@org_view("challenges.raise")
def challenge_add(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Raise a doubt about an element, or about a step from it."""
    case = case_or_404(number)
    require_doubt(request.member, case)
    element = element_or_404(case, key)
    asked = {"step_to": request.GET.get("step_to", "")[:60], "statement": request.GET.get("statement", "")[:5000]}
    if asked["step_to"]:
        asked["attack"] = Challenge.Attack.UNDERCUT
    form = NewDoubtForm(request.POST or None, element=element, initial={k: v for k, v in asked.items() if v})
    return answer_form(
        request,
        form,
        lambda: raise_challenge(case, target=element, **form.values, actor=request.member),
        to=lambda challenge: url(request, "challenge_detail", challenge.number),
        title=_("Raise a challenge"),
        context={
            "breadcrumbs": crumbs(request, case, element),
            "beside": element,
            "cancel_url": element_url(request, case, element.address),
            "note": _(
                "The standing falls at once, and stays down until somebody else has decided. You can take it back."
            ),
            "submit_label": _("Raise it"),
        },
        done=_("The challenge is raised; whoever answers for the claim was told."),
    )


def challenge_step(
    request: HttpRequest,
    number: int,
    allowed: Callable[[Any, Challenge], None],
    make_form: Callable[[Challenge], Any],
    act: Callable[..., Any],
    **shown: Any,
) -> HttpResponse:
    """One step of a challenge: a form, an action, and back to the challenge."""
    challenge = challenge_or_404(number)
    allowed(request.member, challenge)
    form = make_form(challenge)
    done, title = shown.pop("done"), shown.pop("title")
    if "consequences" in shown:
        shown["consequences"] = [name_of_challenge(challenge), *shown["consequences"]]
    return answer_form(
        request,
        form,
        lambda: act(challenge, **form.values, actor=request.member),
        to=url(request, "challenge_detail", challenge.number),
        title=title,
        template=shown.pop("template", "cases/challenge_form.html"),
        context={
            "breadcrumbs": challenge_crumbs(request, challenge),
            "challenge": challenge,
            "about": on_what(challenge),
            "state": state_badge(challenge),
            **shown,
        },
        done=done,
    )


@org_view("challenges.raise")
def challenge_edit(request: HttpRequest, number: int) -> HttpResponse:
    challenge = challenge_or_404(number)
    require_raiser(request.member, challenge)
    initial = {name: getattr(challenge, name) for name in ("statement", "attack", "severity")}
    form = DoubtForm(request.POST or None, initial=initial, revision=challenge.revision)
    return answer_form(
        request,
        form,
        lambda: edit_challenge(challenge, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "challenge_detail", challenge.number),
        title=_("Say the challenge anew"),
        context={"breadcrumbs": challenge_crumbs(request, challenge), "beside": challenge.target},
        done=_("Saved."),
    )


@org_view("challenges.answer")
def challenge_answer(request: HttpRequest, number: int) -> HttpResponse:
    return challenge_step(
        request,
        number,
        require_answer_to_doubt,
        lambda challenge: AnswerForm(
            request.POST or None,
            challenge=challenge,
            initial={"response": challenge.response, "response_element": challenge.response_element_id},
        ),
        answer_challenge,
        title=_("Answer the challenge"),
        note=_("The doubt stays where it is until somebody else has looked at your answer and decided."),
        submit_label=_("Answer"),
        done=_("Answered. Whoever raised it was told; somebody else decides."),
    )


@org_view("challenges.decide")
def challenge_decide(request: HttpRequest, number: int) -> HttpResponse:
    return challenge_step(
        request,
        number,
        require_decision_of_doubt,
        lambda challenge: DecisionForm(
            request.POST or None, challenge=challenge, initial={"response_element": challenge.response_element_id}
        ),
        decide_challenge,
        title=_("Decide the challenge"),
        submit_label=_("Decide"),
        done=_("Decided; the standing follows."),
    )


@org_view("challenges.accept")
def challenge_accept(request: HttpRequest, number: int) -> HttpResponse:
    return challenge_step(
        request,
        number,
        require_acceptance_of_doubt,
        lambda _challenge: AcceptanceForm(request.POST or None),
        accept_challenge,
        title=_("Accept the doubt as residual"),
        note=_("You take the remaining doubt on the organisation's behalf, until a day. Your name and reason stay."),
        submit_label=_("Accept it"),
        done=_("Accepted until its day; the standing follows."),
    )


@org_view("challenges.raise")
def challenge_argue(request: HttpRequest, number: int) -> HttpResponse:
    return challenge_step(
        request,
        number,
        lambda member, challenge: require_doubt(member, challenge.case),
        lambda challenge: ArgueForm(request.POST or None, challenge=challenge),
        argue_challenge,
        title=_("Argue the challenge"),
        note=_(
            "What you add argues against the claim and belongs to the challenge: the authors of the case cannot change it."
        ),
        submit_label=_("Add it"),
        done=_("Added. The drawing shows it beside what it attacks."),
    )


@org_view("challenges.raise")
def challenge_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    return challenge_step(
        request,
        number,
        require_raiser,
        lambda _challenge: ReasonForm(request.POST or None),
        withdraw_challenge,
        title=_("Take the challenge back"),
        template="cases/confirm.html",
        question=_("Take this challenge back?"),
        consequences=[
            _("It no longer lowers a standing."),
            _("It stays readable with your reason, and can be opened again."),
        ],
        action_label=_("Take it back"),
        done=_("The challenge is withdrawn."),
    )


@org_view("challenges.raise")
def challenge_reopen(request: HttpRequest, number: int) -> HttpResponse:
    return challenge_step(
        request,
        number,
        lambda member, challenge: require_doubt(member, challenge.case),
        lambda _challenge: ReasonForm(request.POST or None),
        reopen_challenge,
        title=_("Open the challenge again"),
        template="cases/confirm.html",
        question=_("Is the doubt still there?"),
        consequences=[
            _("It is open again and lowers the standing at once."),
            _("Its answer, or its acceptance, no longer counts; somebody decides anew."),
        ],
        action_label=_("Open it again"),
        done=_("The challenge is open again; whoever answers for the claim was told."),
    )
