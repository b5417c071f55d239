"""Degradation conditions: the register, one of them with its history, and answering it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.access import may_challenge, may_change, parts_of, require_change
from cases.actions import (
    acknowledge_condition,
    add_condition,
    attest_condition,
    clear_condition,
    edit_condition,
    retire_condition,
    rule_out,
    trip_condition,
)
from cases.actions.conditions import require_answer, require_look
from cases.condition_forms import (
    EXPLAINED,
    AcknowledgeForm,
    AttestForm,
    ClearForm,
    ConditionForm,
    NewConditionForm,
    RuleOutForm,
    TripForm,
    evidence_that_clears,
)
from cases.condition_listing import (
    ConditionEventListing,
    ConditionListing,
    effect_badge,
    events_of,
    state_badge,
    state_key,
    watches,
)
from cases.condition_telling import asked_of_people
from cases.conditions import name_of_condition
from cases.detectors import CLEARS_ITSELF, LOOKED_AT_BY_PEOPLE, Detector
from cases.forms import ReasonForm
from cases.models import AssuranceCase, DegradationCondition
from cases.views.finding import MOST, answer_form, case_to_change, crumbs, element_url, url
from cases.views.registers import register_tabs

Status = DegradationCondition.Status


def condition_or_404(number: int) -> DegradationCondition:
    condition = DegradationCondition.objects.with_case().filter(number=min(number, MOST)).first()
    if condition is None:
        raise Http404
    return condition


def condition_crumbs(request: HttpRequest, condition: DegradationCondition | None = None) -> list[tuple[str, str]]:
    trail = [(_("Cases"), url(request, "case_list")), (_("Conditions"), url(request, "condition_list"))]
    if condition is not None:
        trail.append((str(condition.number), url(request, "condition_detail", condition.number)))
    return trail


@org_view("conditions.view", methods=("GET",))
def condition_list(request: HttpRequest) -> HttpResponse:
    listing = ConditionListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Degradation conditions"), "tabs": register_tabs(request)}
    return listing.respond(request, "cases/condition_list.html", context)


@org_view("conditions.view", methods=("GET",))
def condition_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Where it stands now, what is to be done, and all that was ever seen of it."""
    condition = condition_or_404(number)
    case, member = condition.case, request.member
    is_open = condition.status != Status.RETIRED and case.status != AssuranceCase.Status.WITHDRAWN
    is_open = is_open and (condition.element is None or condition.element.withdrawn_at is None)
    parts = parts_of(member, case)
    is_of_case = is_open and (condition.responder_id == member.pk or may_challenge(member, case, parts))
    context = {
        "condition": condition,
        "case": case,
        "state": state_badge(condition),
        "state_key": state_key(condition),
        "effect": effect_badge(condition),
        "watches": watches(condition),
        "requests": asked_of_people(condition) if condition.is_in_effect else [],
        "actions": [label for value, label in DegradationCondition.Action.choices if value in condition.actions],
        "clears_itself": condition.detector in CLEARS_ITSELF and condition.tripped_by_id is None,
        "report_path": f"/api/v1/o/{request.organisation.slug}/conditions/{condition.number}/report/",
        "is_open": is_open,
        "is_mine": is_open and may_change(member, case, parts),
        "is_to_answer": is_of_case and condition.is_in_effect and member.may("conditions.respond"),
        "is_to_look": is_of_case and condition.is_watched and member.may("conditions.report"),
        "is_attested": condition.detector in LOOKED_AT_BY_PEOPLE,
        "page_title": condition.statement or condition.get_type_display(),
        "breadcrumbs": condition_crumbs(request),
    }
    listing = ConditionEventListing(
        events_of(condition), file_prefix=f"{request.organisation.slug}-condition-{condition.number}"
    )
    return listing.respond(request, "cases/condition_detail.html", context)


@org_view("cases.edit")
def condition_add(request: HttpRequest, number: int) -> HttpResponse:
    """First who or what watches, then what it is told."""
    case = case_to_change(request, number)
    asked = request.POST.get("detector") or request.GET.get("detector", "")
    about = request.GET.get("element", "")[:60]
    context: dict[str, Any] = {
        "case": case,
        "breadcrumbs": crumbs(request, case),
        "cancel_url": element_url(request, case, about) if about else url(request, "case_detail", case.number),
    }
    if asked not in DegradationCondition.Detector.values:
        detectors = [(one.value, str(one.label), EXPLAINED[Detector(one)]) for one in DegradationCondition.Detector]
        shown = {**context, "detectors": detectors, "about": about, "page_title": _("Who or what watches?")}
        return render(request, "cases/condition_choose.html", shown)
    form = NewConditionForm(request.POST or None, case=case, detector=asked, initial={"about": about})
    return answer_form(
        request,
        form,
        lambda: add_condition(case, **form.values, actor=request.member),
        to=lambda condition: url(request, "condition_detail", condition.number),
        title=_("Add a degradation condition"),
        context={**context, "note": EXPLAINED[Detector(asked)], "submit_label": _("Add it")},
        done=_("The condition is added. Until its detector has reported once, it is a doubt itself."),
    )


@org_view("cases.edit")
def condition_rule_out(request: HttpRequest, number: int) -> HttpResponse:
    """Declare that a kind of change cannot touch the case."""
    case = case_to_change(request, number)
    form = RuleOutForm(request.POST or None, initial={"type": request.GET.get("type", "")})
    return answer_form(
        request,
        form,
        lambda: rule_out(case, **form.values, actor=request.member),
        to=lambda condition: url(request, "condition_detail", condition.number),
        title=_("A kind of change does not apply"),
        context={
            "breadcrumbs": crumbs(request, case),
            "cancel_url": url(request, "case_detail", case.number),
            "submit_label": _("Declare it"),
        },
        done=_("Declared. It stays readable with its reason."),
    )


@org_view("cases.edit")
def condition_edit(request: HttpRequest, number: int) -> HttpResponse:
    condition = condition_or_404(number)
    require_change(request.member, condition.case)
    if not condition.is_watched:
        raise Http404
    form = ConditionForm(
        request.POST or None,
        case=condition.case,
        detector=condition.detector,
        initial=ConditionForm.initial_of(condition),
        revision=condition.revision,
    )
    return answer_form(
        request,
        form,
        lambda: edit_condition(condition, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "condition_detail", condition.number),
        title=_("Change the condition"),
        context={"breadcrumbs": condition_crumbs(request, condition), "beside": condition.element},
        done=_("Saved."),
    )


@org_view("cases.edit")
def condition_retire(request: HttpRequest, number: int) -> HttpResponse:
    condition = condition_or_404(number)
    require_change(request.member, condition.case)
    form = ReasonForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: retire_condition(condition, reason=form.values["reason"], actor=request.member),
        to=url(request, "condition_detail", condition.number),
        title=_("Retire the condition"),
        template="cases/confirm.html",
        context={
            "breadcrumbs": condition_crumbs(request, condition),
            "question": _("Let nobody watch for this any more?"),
            "consequences": [
                name_of_condition(condition),
                _("It no longer moves a standing, and its detector is heard no more."),
                _("It stays readable with its history."),
            ],
            "action_label": _("Retire the condition"),
        },
        done=_("The condition is retired."),
    )


def condition_step(
    request: HttpRequest,
    number: int,
    allowed: Callable[[Any, DegradationCondition], None],
    make_form: Callable[[DegradationCondition], Any],
    act: Callable[..., Any],
    **shown: Any,
) -> HttpResponse:
    """One answer to a condition: a form, an action, and back to the condition."""
    condition = condition_or_404(number)
    allowed(request.member, condition)
    form = make_form(condition)
    done = shown.pop("done")
    return answer_form(
        request,
        form,
        lambda: act(condition, **form.values, actor=request.member),
        to=url(request, "condition_detail", condition.number),
        title=shown.pop("title"),
        template=shown.pop("template", "cases/form.html"),
        context={"breadcrumbs": condition_crumbs(request, condition), "condition": condition, **shown},
        done=done,
    )


@org_view("conditions.respond")
def condition_acknowledge(request: HttpRequest, number: int) -> HttpResponse:
    return condition_step(
        request,
        number,
        require_answer,
        lambda _condition: AcknowledgeForm(request.POST or None),
        acknowledge_condition,
        title=_("Acknowledge the condition"),
        note=_("Acknowledging says that you have seen it. Its effect stays until it is cleared."),
        submit_label=_("Acknowledge"),
        done=_("Acknowledged. The effect stays until the condition is cleared."),
    )


@org_view("conditions.respond")
def condition_clear(request: HttpRequest, number: int) -> HttpResponse:
    has_some = evidence_that_clears(condition_or_404(number)).exists()
    note = (
        _("Its effect ends, and it is watched again. Only evidence collected since it came true can show that.")
        if has_some
        else _("No accepted evidence has been collected since it came true. Add some and have it reviewed first.")
    )
    return condition_step(
        request,
        number,
        require_answer,
        lambda condition: ClearForm(request.POST or None, condition=condition),
        clear_condition,
        title=_("Clear the condition"),
        note=note,
        submit_label=_("Clear it"),
        done=_("Cleared. The standing follows."),
    )


@org_view("conditions.report")
def condition_trip(request: HttpRequest, number: int) -> HttpResponse:
    return condition_step(
        request,
        number,
        require_look,
        lambda _condition: TripForm(request.POST or None),
        trip_condition,
        title=_("It has come true"),
        template="cases/confirm.html",
        question=_("Has this condition come true?"),
        consequences=[
            _("Its effect is in force at once, whatever its detector says."),
            _("Only evidence collected afterwards clears it again; clean looks of the detector do not."),
        ],
        action_label=_("Yes, it has come true"),
        cancel_url=url(request, "condition_detail", min(number, MOST)),
        done=_("The condition is in effect; the standing follows."),
    )


@org_view("conditions.report")
def condition_attest(request: HttpRequest, number: int) -> HttpResponse:
    return condition_step(
        request,
        number,
        require_look,
        lambda _condition: AttestForm(request.POST or None),
        attest_condition,
        title=_("Say what you saw"),
        note=watches(condition_or_404(number)),
        submit_label=_("Attest it"),
        done=_("Your attestation is kept; the standing follows."),
    )
