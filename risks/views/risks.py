"""Pages of risks: register, matrix, detail and what can be done with a risk."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.finding import search
from aims.pages.forms import apply_action
from aims.standards.catalogue import risk_taxonomy
from aims.tenancy.door import org_view
from inventory.models import AISystem
from risks import actions
from risks.actions.acceptances import longest_until, may_be_accepted
from risks.filters import KIND_LABELS, KINDS
from risks.forms import AcceptForm, LinkForm, ReasonForm, ReviewForm, RiskForm
from risks.listings import RiskListing
from risks.models import Risk, Treatment
from risks.rating import doubts_of
from risks.selectors import acceptances_of, matrix_of
from risks.snapshot import content_of, hash_of
from risks.wording import level_badge, status_badge, step_label, term_title, treatment_badge


def find_risk(number: int) -> Risk:
    return get_object_or_404(Risk.objects.with_links(), number=number)


def risk_url(request: HttpRequest, risk: Risk, name: str = "risk_detail") -> str:
    return reverse(f"risks:{name}", kwargs={"slug": request.organisation.slug, "number": risk.number})


def list_url(request: HttpRequest) -> str:
    return reverse("risks:risk_list", kwargs={"slug": request.organisation.slug})


def crumbs(request: HttpRequest, risk: Risk | None = None) -> list[tuple[str, str]]:
    found = [(_("Risks"), list_url(request))]
    if risk is not None:
        found.append((_("Risk %(number)d") % {"number": risk.number}, risk_url(request, risk)))
    return found


@org_view("risks.view", methods=("GET",))
def risk_list(request: HttpRequest) -> HttpResponse:
    first_step = {}
    if request.member.may("risks.add"):
        url = reverse("risks:risk_create", kwargs={"slug": request.organisation.slug})
        first_step = {"action_url": url, "action_label": _("Describe the first risk")}
    listing = RiskListing(file_prefix=request.organisation.slug, **first_step)
    return listing.respond(request, "risks/risk_list.html", {"page_title": _("Risks")})


@org_view("risks.view", methods=("GET",))
def risk_matrix(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "current")
    kind = kind if kind in KINDS else "current"
    here = reverse("risks:risk_matrix", kwargs={"slug": request.organisation.slug})
    tabs = [
        {"label": label, "url": f"{here}?kind={each}", "is_current": each == kind, "count": None}
        for each, label in KIND_LABELS.items()
    ]
    context = {
        "page_title": _("Risk matrix"),
        "breadcrumbs": crumbs(request),
        "tabs": tabs,
        "matrix": matrix_of(kind, request.organisation.slug),
        "register_url": list_url(request),
        "scale": risk_taxonomy().scale,
    }
    return render(request, "risks/risk_matrix.html", context)


@org_view("risks.view", methods=("GET",))
def risk_detail(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    treatments = plan_of(risk)
    for treatment in treatments:
        treatment.badge = treatment_badge(treatment)
    acceptances = acceptances_of(risk)
    context = {
        "page_title": risk.title,
        "breadcrumbs": crumbs(request),
        "risk": risk,
        "status": status_badge(risk),
        "level": level_badge(risk.level),
        "ratings": ratings_of(risk),
        "doubts": doubts_of(risk),
        "source": term_title(risk.source),
        "harm": term_title(risk.harm),
        "treatments": treatments,
        "acceptances": acceptances,
        "is_accepted": any(each.is_in_force for each in acceptances),
        "is_closed": risk.status == Risk.Status.CLOSED,
        "is_own": risk.owner_id == request.member.pk,
    }
    return render(request, "risks/risk_detail.html", context)


def plan_of(risk: Risk) -> list[Treatment]:
    """The treatment plan, read once for the page and for the hash of what is accepted."""
    prefetch_related_objects([risk], Prefetch("treatments", Treatment.objects.select_related("owner")))
    return list(risk.treatments.all())


def ratings_of(risk: Risk) -> list[dict[str, Any]]:
    """The three ratings in words, for the table of the page."""
    explained = {
        "inherent": _("without any control"),
        "current": _("as things stand today"),
        "residual": _("once the treatment is done"),
    }
    found = []
    for kind in ("inherent", "current", "residual"):
        prefix = KINDS[kind]
        likelihood, impact = getattr(risk, f"{prefix}likelihood"), getattr(risk, f"{prefix}impact")
        found.append(
            {
                "label": KIND_LABELS[kind],
                "explained": explained[kind],
                "likelihood": likelihood,
                "likelihood_label": step_label("likelihood", likelihood),
                "impact": impact,
                "impact_label": step_label("impact", impact),
                "score": getattr(risk, f"{prefix}score"),
                "badge": level_badge(getattr(risk, f"{prefix}level" if prefix else "level")),
            }
        )
    return found


@org_view("risks.add")
def risk_create(request: HttpRequest) -> HttpResponse:
    system = asked_system(request)
    initial = {"systems": [system.pk]} if system else {}
    form = RiskForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        risk = apply_action(form, lambda: actions.add_risk(**form.values, actor=request.member))
        if risk is not None:
            messages.success(request, _("Risk %(number)d is in the register.") % {"number": risk.number})
            return redirect(risk_url(request, risk))
    context = {
        "page_title": _("Describe a risk"),
        "breadcrumbs": crumbs(request),
        "form": form,
        "cancel_url": list_url(request),
        "submit_label": _("Add the risk"),
    }
    return render(request, "risks/risk_form.html", context, status=status_of(form))


def asked_system(request: HttpRequest) -> AISystem | None:
    """The system from whose page somebody came, by `?system=12`."""
    asked = request.GET.get("system", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
        return None
    return AISystem.objects.in_use().filter(number=int(asked)).first()


def status_of(form: Any) -> int:
    """A refused form answers 422, so that scripts and tests see that nothing was saved."""
    return 422 if form.is_bound and form.errors else 200


@org_view("risks.edit")
def risk_edit(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    initial = {name: getattr(risk, name) for name in RiskForm.base_fields if hasattr(risk, name) and name != "controls"}
    initial["controls"] = [control["id"] for control in risk.linked_controls]
    form = RiskForm(request.POST or None, initial=initial, revision=risk.revision, risk=risk)
    if request.method == "POST" and form.is_valid():
        change = lambda: actions.edit_risk(  # noqa: E731
            risk, **form.values, revision=form.expected_revision, actor=request.member
        )
        if apply_action(form, change):
            messages.success(request, _("The risk was saved."))
            return redirect(risk_url(request, risk))
    context = {
        "page_title": _("Edit risk %(number)d") % {"number": risk.number},
        "breadcrumbs": crumbs(request, risk),
        "form": form,
        "cancel_url": risk_url(request, risk),
        "submit_label": _("Save the risk"),
    }
    return render(request, "risks/risk_form.html", context, status=status_of(form))


@org_view("risks.edit")
def risk_systems(request: HttpRequest, number: int) -> HttpResponse:
    """Link systems: found by name, one button each, so that it works with thousands of them and without scripts."""
    risk = find_risk(number)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        system = get_object_or_404(AISystem, number=form.cleaned_data["item"])
        act = actions.unlink_system if form.cleaned_data["remove"] else actions.link_system
        if apply_action(form, lambda: act(risk, system=system, actor=request.member)):
            messages.success(request, _("The systems of the risk were saved."))
            return redirect(request.get_full_path())
    text = request.GET.get("q", "").replace("\x00", "")[:200].strip()
    linked = list(AISystem.objects.filter(risk_links__risk=risk).order_by("name", "id").only("number", "name"))
    found = AISystem.objects.in_use().exclude(pk__in=[system.pk for system in linked]).order_by("name", "id")
    if text:
        found = search(found, ("name", "business_unit"), text, number_field="number")
    context = {
        "page_title": _("Systems that the risk concerns"),
        "breadcrumbs": crumbs(request, risk),
        "risk": risk,
        "form": form,
        "linked": linked,
        "found": list(found.only("number", "name")[:26]),
        "text": text,
        "back_url": risk_url(request, risk),
    }
    return render(request, "risks/risk_systems.html", context, status=status_of(form))


@org_view("risks.accept")
def risk_accept(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    may_be_accepted(risk, by=request.member)
    plan = plan_of(risk)
    initial = {"seen": hash_of(content_of(risk)), "until": longest_until(timezone.localdate())}
    form = AcceptForm(request.POST or None, initial=initial)
    accept: Callable[[], Any] = lambda: actions.accept_risk(risk, **form.values, actor=request.member)  # noqa: E731
    if request.method == "POST" and form.is_valid() and apply_action(form, accept):
        messages.success(request, _("The risk was accepted."))
        return redirect(risk_url(request, risk))
    context = {
        "page_title": _("Accept risk %(number)d") % {"number": risk.number},
        "breadcrumbs": crumbs(request, risk),
        "risk": risk,
        "ratings": ratings_of(risk),
        "treatments": [one for one in plan if one.status != Treatment.Status.CANCELLED],
        "form": form,
        "cancel_url": risk_url(request, risk),
    }
    return render(request, "risks/risk_accept.html", context, status=status_of(form))


@org_view("risks.edit")
def risk_review(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    form = ReviewForm(request.POST or None, revision=risk.revision)
    return step(
        request,
        risk,
        form,
        lambda values: actions.review_risk(risk, **values, revision=form.expected_revision, actor=request.member),
        title=_("Review risk %(number)d") % {"number": risk.number},
        label=_("Save the review"),
        done=_("The review was saved."),
    )


@org_view("risks.close")
def risk_close(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    form = ReasonForm(request.POST or None, revision=risk.revision)
    return step(
        request,
        risk,
        form,
        lambda values: actions.close_risk(risk, **values, revision=form.expected_revision, actor=request.member),
        title=_("Close risk %(number)d") % {"number": risk.number},
        label=_("Close the risk"),
        done=_("The risk was closed. It stays readable and can be reopened."),
    )


@org_view("risks.close")
def risk_reopen(request: HttpRequest, number: int) -> HttpResponse:
    risk = find_risk(number)
    form = ReasonForm(request.POST or None, revision=risk.revision)
    return step(
        request,
        risk,
        form,
        lambda values: actions.reopen_risk(risk, **values, revision=form.expected_revision, actor=request.member),
        title=_("Reopen risk %(number)d") % {"number": risk.number},
        label=_("Reopen the risk"),
        done=_("The risk is open again."),
    )


def step(request: HttpRequest, risk: Risk, form: Any, act: Any, *, title: str, label: str, done: str) -> HttpResponse:
    """A page with one small form about a risk: carried out, or shown with what is wrong."""
    if request.method == "POST" and form.is_valid() and apply_action(form, lambda: act(form.values)):
        messages.success(request, done)
        return redirect(risk_url(request, risk))
    context = {
        "page_title": title,
        "breadcrumbs": crumbs(request, risk),
        "risk": risk,
        "form": form,
        "cancel_url": risk_url(request, risk),
        "submit_label": label,
    }
    return render(request, "risks/risk_step.html", context, status=status_of(form))
