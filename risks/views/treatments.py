"""Pages of the treatment plan; they belong to the page of their risk."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.door import org_view
from risks import actions
from risks.forms import TreatmentForm, TreatmentStepForm
from risks.models import Treatment
from risks.views.risks import find_risk, risk_url, step


def find_treatment(number: int) -> Treatment:
    return get_object_or_404(Treatment.objects.select_related("risk", "owner"), number=number)


@org_view("risks.treat")
def treatment_create(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    form = TreatmentForm(request.POST or None)
    return step(
        request,
        risk,
        form,
        lambda values: actions.add_treatment(risk, **values, actor=request.member),
        title=_("Plan a treatment of risk %(number)d") % {"number": risk.number},
        label=_("Add the treatment"),
        done=_("The treatment is in the plan."),
    )


@org_view("risks.treat")
def treatment_edit(request: HttpRequest, number: int) -> HttpResponse:
    treatment = find_treatment(number)
    initial = {name: getattr(treatment, name) for name in ("description", "owner", "due_on")}
    form = TreatmentForm(request.POST or None, initial=initial, revision=treatment.revision)
    return step(
        request,
        treatment.risk,
        form,
        lambda values: actions.edit_treatment(
            treatment, **values, revision=form.expected_revision, actor=request.member
        ),
        title=_("Edit treatment %(number)d") % {"number": treatment.number},
        label=_("Save the treatment"),
        done=_("The treatment was saved."),
    )


@org_view("risks.treat", methods=("POST",))
def treatment_start(request: HttpRequest, number: int) -> HttpResponse:
    treatment = find_treatment(number)
    try:
        actions.start_treatment(treatment, actor=request.member)
    except RuleBroken as broken:
        messages.error(request, broken.message)
    else:
        messages.success(request, _("The treatment has begun."))
    return redirect(risk_url(request, treatment.risk))


@org_view("risks.treat")
def treatment_complete(request: HttpRequest, number: int) -> HttpResponse:
    return finish(
        request,
        number,
        actions.complete_treatment,
        title=_("Complete treatment %(number)d") % {"number": number},
        label=_("Mark it as done"),
        done=_("The treatment is done. Rate the risk again if it has changed."),
        asked=_("What was done, and what came of it"),
    )


@org_view("risks.treat")
def treatment_cancel(request: HttpRequest, number: int) -> HttpResponse:
    return finish(
        request,
        number,
        actions.cancel_treatment,
        title=_("Cancel treatment %(number)d") % {"number": number},
        label=_("Cancel the treatment"),
        done=_("The treatment was cancelled."),
        asked=_("Why it will not be done"),
    )


def finish(
    request: HttpRequest, number: int, act: Any, *, title: str, label: str, done: str, asked: str
) -> HttpResponse:
    treatment = find_treatment(number)
    form = TreatmentStepForm(request.POST or None)
    form.fields["note"].label = asked
    return step(
        request,
        treatment.risk,
        form,
        lambda values: act(treatment, **values, actor=request.member),
        title=title,
        label=label,
        done=done,
    )
