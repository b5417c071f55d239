"""Pages of nonconformities and corrective actions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from audits import forms
from audits.actions import corrective_actions as on_actions
from audits.actions import nonconformities as actions
from audits.listings import CorrectiveActionListing, NonconformityListing, status_badge
from audits.models import CorrectiveAction, Finding, Nonconformity
from audits.views.answering import answer_form, first_step, improvement_crumbs, improvement_tabs, posted, url
from audits.wording import badge_of, requirement_text
from cases.models import Signal

FIELDS = ("title", "description", "requirement", "system", "owner", "due_on")
ACTION_FIELDS = ("description", "owner", "due_on")


def nonconformity_or_404(number: int) -> Nonconformity:
    found = Nonconformity.objects.select_related("owner", "finding__audit", "system", "raised_by", "closed_by")
    return get_object_or_404(found, number=number)


def action_or_404(number: int) -> CorrectiveAction:
    found = CorrectiveAction.objects.select_related("owner", "nonconformity", "done_by", "checked_by")
    return get_object_or_404(found, number=number)


@org_view("improvement.view", methods=("GET",))
def improvement(request: HttpRequest) -> HttpResponse:
    """What is not met and not closed, overdue first."""
    empty = first_step(request, "improvement.add", "nonconformity_create", _("Raise the first nonconformity"))
    listing = NonconformityListing(file_prefix=request.organisation.slug, **empty)
    context = {"page_title": _("Improvement"), "tabs": improvement_tabs(request)}
    return listing.respond(request, "audits/improvement.html", context)


@org_view("improvement.view", methods=("GET",))
def action_list(request: HttpRequest) -> HttpResponse:
    """Every corrective action, overdue first."""
    listing = CorrectiveActionListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Corrective actions"), "tabs": improvement_tabs(request)}
    return listing.respond(request, "audits/action_list.html", context)


@org_view("improvement.view", methods=("GET",))
def nonconformity_detail(request: HttpRequest, number: int) -> HttpResponse:
    nonconformity = nonconformity_or_404(number)
    found = list(nonconformity.corrective_actions.select_related("owner", "done_by", "checked_by"))
    context = {
        "page_title": nonconformity.title,
        "breadcrumbs": improvement_crumbs(request),
        "nonconformity": nonconformity,
        "status": status_badge(nonconformity),
        "grade": badge_of(nonconformity.finding) if nonconformity.finding else None,
        "requirement_text": requirement_text(nonconformity.requirement),
        "actions": [(action, status_badge(action), may_check(request, action)) for action in found],
        "parts": found,
        "is_closed": nonconformity.status == Nonconformity.Status.CLOSED,
    }
    return render(request, "audits/nonconformity_detail.html", context)


def may_check(request: HttpRequest, action: CorrectiveAction) -> bool:
    """Whether this reader is the one who could check the effect: a courtesy, the action decides."""
    involved = {action.owner_id, action.done_by_id}
    is_done = action.status == CorrectiveAction.Status.DONE
    return is_done and request.member.may("improvement.verify") and request.member.pk not in involved


@org_view("improvement.add")
def nonconformity_create(request: HttpRequest) -> HttpResponse:
    """By hand, from the finding that `?finding=3` names, or from the signal of `?signal=4`, which it takes over."""
    finding, signal = finding_asked_for(request), signal_asked_for(request)
    initial: dict[str, Any] = {}
    if signal is not None:
        initial = {"system": signal.case.system, "description": signal.sentence}
    if finding is not None:
        initial = {"requirement": finding.requirement, "system": finding.system, "description": finding.statement}
    form = forms.NonconformityForm(posted(request), initial=initial, system=initial.get("system"))
    return answer_form(
        request,
        form,
        lambda: actions.raise_nonconformity(finding=finding, signal=signal, actor=request.member, **form.values),
        page_title=_("Raise a nonconformity"),
        submit_label=_("Raise the nonconformity"),
        back=url(request, "finding_detail", number=finding.number) if finding else url(request, "improvement"),
        breadcrumbs=improvement_crumbs(request),
        told=_("The nonconformity was raised. Next its cause is found."),
        then=lambda each: url(request, "nonconformity_detail", number=each.number),
        finding=finding,
    )


def signal_asked_for(request: HttpRequest) -> Signal | None:
    """The open signal that the nonconformity is to take over."""
    asked = request.GET.get("signal", "")
    if not asked:
        return None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else 0
    return get_object_or_404(Signal.objects.open().select_related("case__system"), number=number)


def finding_asked_for(request: HttpRequest) -> Finding | None:
    asked = request.GET.get("finding", "")
    if not asked:
        return None
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else 0
    return get_object_or_404(Finding.objects.select_related("system", "audit"), number=number)


@org_view("improvement.edit")
def nonconformity_edit(request: HttpRequest, number: int) -> HttpResponse:
    each = nonconformity_or_404(number)
    initial = {name: getattr(each, name) for name in FIELDS}
    form = forms.NonconformityForm(posted(request), initial=initial, revision=each.revision, system=each.system)
    return answer_form(
        request,
        form,
        lambda: actions.edit_nonconformity(each, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Edit the nonconformity"),
        **step(request, each, _("Save"), _("The nonconformity was saved.")),
    )


@org_view("improvement.edit")
def nonconformity_analyse(request: HttpRequest, number: int) -> HttpResponse:
    each = nonconformity_or_404(number)
    initial = {"correction": each.correction, "root_cause": each.root_cause}
    form = forms.AnalysisForm(posted(request), initial=initial, revision=each.revision)
    return answer_form(
        request,
        form,
        lambda: actions.analyse_nonconformity(
            each, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Correction and cause"),
        **step(request, each, _("Save"), _("Correction and cause were recorded.")),
    )


@org_view("improvement.verify")
def nonconformity_close(request: HttpRequest, number: int) -> HttpResponse:
    each = nonconformity_or_404(number)
    form = forms.CloseForm(posted(request), revision=each.revision)
    return answer_form(
        request,
        form,
        lambda: actions.close_nonconformity(each, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Close the nonconformity"),
        note=_("Possible once nothing is outstanding and a corrective action was found effective."),
        **step(request, each, _("Close the nonconformity"), _("The nonconformity is closed.")),
    )


@org_view("improvement.verify")
def nonconformity_reopen(request: HttpRequest, number: int) -> HttpResponse:
    each = nonconformity_or_404(number)
    form = forms.ReasonForm(posted(request), revision=each.revision)
    return answer_form(
        request,
        form,
        lambda: actions.reopen_nonconformity(
            each, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Reopen the nonconformity"),
        **step(request, each, _("Reopen"), _("The nonconformity is open again.")),
    )


@org_view("improvement.edit")
def corrective_action_create(request: HttpRequest, number: int) -> HttpResponse:
    each = nonconformity_or_404(number)
    form = forms.CorrectiveActionForm(posted(request), initial={"owner": each.owner_id, "due_on": each.due_on})
    return answer_form(
        request,
        form,
        lambda: on_actions.plan_corrective_action(each, actor=request.member, **form.values),
        page_title=_("Plan a corrective action"),
        **step(request, each, _("Plan the action"), _("The corrective action is planned.")),
    )


@org_view("improvement.view", methods=("GET",))
def corrective_action_detail(request: HttpRequest, number: int) -> HttpResponse:
    action = action_or_404(number)
    context = {
        "page_title": _("Corrective action %d") % action.number,
        "breadcrumbs": improvement_crumbs(request, action.nonconformity),
        "action": action,
        "status": status_badge(action),
        "may_check": may_check(request, action),
    }
    return render(request, "audits/corrective_action_detail.html", context)


@org_view("improvement.edit")
def corrective_action_edit(request: HttpRequest, number: int) -> HttpResponse:
    action = action_or_404(number)
    initial = {name: getattr(action, name) for name in ACTION_FIELDS}
    form = forms.CorrectiveActionForm(posted(request), initial=initial, revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.edit_corrective_action(
            action, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Edit corrective action %d") % number,
        **step(request, action.nonconformity, _("Save"), _("The corrective action was saved.")),
    )


@org_view("improvement.edit")
def corrective_action_complete(request: HttpRequest, number: int) -> HttpResponse:
    action = action_or_404(number)
    initial = {"done_on": timezone.localdate()}
    form = forms.DoneForm(posted(request), initial=initial, revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.complete_corrective_action(
            action, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Corrective action %d is done") % number,
        note=action.description,
        **step(request, action.nonconformity, _("Record that it is done"), _("Recorded. Now its effect is checked.")),
    )


@org_view("improvement.verify")
def corrective_action_check(request: HttpRequest, number: int) -> HttpResponse:
    action = action_or_404(number)
    form = forms.EffectForm(posted(request), revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.check_effect(action, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Check the effect of corrective action %d") % number,
        note=action.description,
        **step(request, action.nonconformity, _("Record the check"), _("The effect was recorded.")),
    )


@org_view("improvement.edit")
def corrective_action_cancel(request: HttpRequest, number: int) -> HttpResponse:
    action = action_or_404(number)
    form = forms.ReasonForm(posted(request), revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.cancel_corrective_action(
            action, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Cancel corrective action %d") % number,
        note=action.description,
        is_dangerous=True,
        **step(request, action.nonconformity, _("Cancel the action"), _("The corrective action is cancelled.")),
    )


def step(request: HttpRequest, nonconformity: Nonconformity, submit_label: str, told: str) -> dict[str, Any]:
    """What every step of a nonconformity has in common: it leads back to its page."""
    return {
        "submit_label": submit_label,
        "told": told,
        "back": url(request, "nonconformity_detail", number=nonconformity.number),
        "breadcrumbs": improvement_crumbs(request, nonconformity),
    }
