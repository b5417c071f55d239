"""Pages of controls: the Statement of Applicability, one control, and the evidence that it works."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.exports import EXPORTS
from aims.pages.finding import search
from aims.pages.forms import apply_action
from aims.standards import catalogue
from aims.tenancy.door import org_view
from evidence.models import EvidenceItem
from risks import actions
from risks.claims import claims_of
from risks.forms import ControlForm, DemandsForm, LinkForm, OwnControlForm
from risks.judging import condition_of, freshness_of, judged_by, piece_of, with_evidence
from risks.listings import ControlListing
from risks.models import Control, ControlEvidence
from risks.selectors import grouped, soa_summary
from risks.views.risks import status_of
from risks.wording import (
    applicability_badge,
    effectiveness_badge,
    implementation_badge,
    level_badge,
    status_badge,
)

SHOWN_RISKS = 25


def find_control(number: int) -> Control:
    return get_object_or_404(Control.objects.select_related("owner"), number=number)


def control_url(request: HttpRequest, control: Control, name: str = "control_detail") -> str:
    return reverse(f"risks:{name}", kwargs={"slug": request.organisation.slug, "number": control.number})


def crumbs(request: HttpRequest, control: Control | None = None) -> list[tuple[str, str]]:
    found = [(_("Controls"), reverse("risks:control_list", kwargs={"slug": request.organisation.slug}))]
    if control is not None:
        found.append((control.reference, control_url(request, control)))
    return found


@org_view("controls.view", methods=("GET",))
def control_list(request: HttpRequest) -> HttpResponse:
    """The Statement of Applicability: grouped by objective as long as it is sorted by reference."""
    listing = ControlListing(file_prefix=request.organisation.slug)
    if request.GET.get("export") in EXPORTS:
        return listing.respond(request, "")
    page = listing.page(request)
    is_grouped = page.sort in ("", "reference")
    context = {
        "page_title": _("Statement of Applicability"),
        "listing": page,
        "groups": grouped(page.rows) if is_grouped else [],
        "summary": soa_summary(),
        "register_url": request.path,
    }
    return render(request, "risks/control_list.html", context)


@org_view("controls.view", methods=("GET",))
def control_detail(request: HttpRequest, number: int) -> HttpResponse:
    control = find_control(number)
    now = timezone.now()
    evidence = evidence_of(control, now)
    found = judged_by(evidence, now, claims_of([control.pk], now).get(control.pk, []))
    links = control.risk_links.exclude(risk__status="closed").select_related("risk__owner").order_by("-risk__score")
    risks = [link.risk for link in links[: SHOWN_RISKS + 1]]
    for risk in risks:
        risk.level_badge, risk.status_badge = level_badge(risk.level), status_badge(risk)
    context = {
        "page_title": control.title,
        "breadcrumbs": crumbs(request),
        "control": control,
        "annex": None if control.is_own else catalogue.control(control.reference),
        "applicability": applicability_badge(control),
        "implementation": implementation_badge(control),
        "effectiveness": effectiveness_badge(found),
        "effectiveness_reason": found.reason,
        "risks": risks[:SHOWN_RISKS],
        "has_more_risks": len(risks) > SHOWN_RISKS,
        "evidence": evidence,
    }
    return render(request, "risks/control_detail.html", context)


def evidence_of(control: Control, now: Any) -> list[ControlEvidence]:
    """The links with what each piece is worth at `now`."""
    links = list(with_evidence(control.evidence_links.order_by("created_at", "id")))
    for link in links:
        link.condition = condition_of(piece_of(link, now))
        link.freshness = freshness_of(link.item.current, now) if link.item.current else None
    return links


@org_view("controls.edit")
def control_create(request: HttpRequest) -> HttpResponse:
    form = OwnControlForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        control = apply_action(form, lambda: actions.add_own_control(**form.values, actor=request.member))
        if control is not None:
            messages.success(request, _("%(reference)s was added.") % {"reference": control.reference})
            return redirect(control_url(request, control))
    context = {
        "page_title": _("Add an own control"),
        "breadcrumbs": crumbs(request),
        "form": form,
        "cancel_url": crumbs(request)[0][1],
        "submit_label": _("Add the control"),
    }
    return render(request, "risks/control_form.html", context, status=status_of(form))


@org_view("controls.edit")
def control_edit(request: HttpRequest, number: int) -> HttpResponse:
    control = find_control(number)
    initial = {name: getattr(control, name) for name in ControlForm.base_fields}
    form = ControlForm(request.POST or None, initial=initial, revision=control.revision, control=control)
    if request.method == "POST" and form.is_valid():
        change = lambda: actions.edit_control(  # noqa: E731
            control, **form.values, revision=form.expected_revision, actor=request.member
        )
        if apply_action(form, change):
            messages.success(request, _("The control was saved."))
            return redirect(control_url(request, control))
    context = {
        "page_title": _("Edit %(reference)s") % {"reference": control.reference},
        "breadcrumbs": crumbs(request, control),
        "form": form,
        "control": control,
        "annex": None if control.is_own else catalogue.control(control.reference),
        "cancel_url": control_url(request, control),
        "submit_label": _("Save the control"),
    }
    return render(request, "risks/control_form.html", context, status=status_of(form))


@org_view("controls.edit")
def control_evidence(request: HttpRequest, number: int) -> HttpResponse:
    """Link evidence: found by title, one form each, so that it works with a large library and without scripts."""
    control = find_control(number)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        item = get_object_or_404(EvidenceItem, number=form.cleaned_data["item"])
        relevance = form.cleaned_data["relevance"]
        if form.cleaned_data["remove"]:
            act: Callable[[], Any] = lambda: actions.unlink_evidence(control, item=item, actor=request.member)  # noqa: E731
        else:
            act = lambda: actions.link_evidence(  # noqa: E731
                control, item=item, relevance=relevance, actor=request.member
            )
        if apply_action(form, act):
            messages.success(request, _("The evidence of the control was saved."))
            return redirect(request.get_full_path())
    text = request.GET.get("q", "").replace("\x00", "")[:200].strip()
    linked = evidence_of(control, timezone.now())
    found = EvidenceItem.objects.active().exclude(pk__in=[link.item_id for link in linked])
    if text:
        found = search(found, ("title",), text, number_field="number")
    context = {
        "page_title": _("Evidence that %(reference)s works") % {"reference": control.reference},
        "breadcrumbs": crumbs(request, control),
        "control": control,
        "form": form,
        "linked": linked,
        "found": list(found.only("number", "title", "kind")[:26]),
        "text": text,
        "back_url": control_url(request, control),
    }
    return render(request, "risks/control_evidence.html", context, status=status_of(form))


@org_view("controls.edit")
def control_demands(request: HttpRequest, number: int, item: int) -> HttpResponse:
    """What the control asks of one piece of evidence, which is named by its number."""
    control = find_control(number)
    link = get_object_or_404(ControlEvidence.objects.select_related("item"), control=control, item__number=item)
    form = DemandsForm(request.POST or None, initial={name: getattr(link, name) for name in DemandsForm.base_fields})
    back = control_url(request, control)
    if request.method == "POST" and form.is_valid():
        act = lambda: actions.link_evidence(control, item=link.item, **form.values, actor=request.member)  # noqa: E731
        if apply_action(form, act):
            messages.success(request, _("The evidence of the control was saved."))
            return redirect(back)
    context = {
        "page_title": _("What %(reference)s asks of “%(title)s”")
        % {"reference": control.reference, "title": link.item.title},
        "breadcrumbs": crumbs(request, control),
        "control": control,
        "form": form,
        "submit_label": _("Save"),
        "cancel_url": back,
    }
    return render(request, "risks/control_form.html", context, status=status_of(form))
