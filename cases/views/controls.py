"""Naming the claims that show a control to work."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.finding import search
from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from cases.actions import link_control, unlink_control
from cases.forms import ControlClaimForm
from cases.models import AssuranceCase, Element
from cases.panels import claims_now
from cases.views.finding import MOST
from risks.models import Control

SHOWN = 26


@org_view("controls.edit")
def control_claims(request: HttpRequest, number: int) -> HttpResponse:
    """Claims found by their words, one form each, so that it works with many cases and without scripts."""
    control = get_object_or_404(Control, number=min(number, MOST))
    form = ControlClaimForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        goal = goal_or_404(form.cleaned_data["case"], form.cleaned_data["element"])
        if form.cleaned_data["remove"]:
            act: Callable[[], Any] = lambda: unlink_control(control, element=goal, actor=request.member)  # noqa: E731
        else:
            relevance = form.cleaned_data["relevance"]
            act = lambda: link_control(control, element=goal, relevance=relevance, actor=request.member)  # noqa: E731
        if apply_action(form, act):
            messages.success(request, _("The claims of the control were saved."))
            return redirect(request.get_full_path())
    text = request.GET.get("q", "").replace("\x00", "")[:200].strip()
    linked = claims_now(control)
    back = reverse("risks:control_detail", args=[request.organisation.slug, control.number])
    context = {
        "page_title": _("Claims that %(reference)s works") % {"reference": control.reference},
        "breadcrumbs": [
            (_("Controls"), reverse("risks:control_list", args=[request.organisation.slug])),
            (control.reference, back),
        ],
        "control": control,
        "form": form,
        "linked": linked,
        "found": goals_found(text, [link.element_id for link in linked]),
        "text": text,
        "back_url": back,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "cases/control_claims.html", context, status=status)


def goals_found(text: str, named: list[Any]) -> list[Element]:
    """Claims that a search finds and that are not named yet."""
    goals = Element.objects.in_use().filter(kind=Element.Kind.GOAL, role=Element.Role.SUPPORT)
    goals = goals.exclude(case__status=AssuranceCase.Status.WITHDRAWN).exclude(pk__in=named)
    if text:
        goals = search(goals, ("statement", "case__title"), text, number_field="case__number")
    return list(goals.select_related("case", "module").order_by("case__number", "created_at", "id")[:SHOWN])


def goal_or_404(case: int, address: str) -> Element:
    """A claim by its case and address, also one that was withdrawn since it was named."""
    rows = (
        Element.objects.addressed(address).filter(case__number=min(case, MOST)).select_related("case__system", "module")
    )
    return get_object_or_404(rows.order_by("-withdrawn_at")[:1])
