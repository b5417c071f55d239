"""Baselines of a case: the list, one of them as it was frozen, its document, and freezing another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aims.pages.badges import Badge
from aims.tenancy.door import org_view
from aims.tenancy.models import Member
from cases.access import may_change
from cases.actions import freeze_baseline
from cases.baseline_listing import BaselineListing, baselines_of, use_of
from cases.documents import canonical_bytes, sha256_of
from cases.evaluation import assess_loaded
from cases.forms import ReasonForm
from cases.listing import standing_badge, standing_of
from cases.loading import load_baseline
from cases.models import AssuranceCase, Baseline, Challenge, SignOff, StandingTransition
from cases.selectors import outline_of
from cases.signing_listing import state_of
from cases.views.finding import MOST, answer_form, case_or_404, case_to_change, crumbs, tabs_of, url


def baseline_or_404(case: AssuranceCase, ordinal: int) -> Baseline:
    signed = SignOff.objects.filter(baseline=OuterRef("pk")).order_by("-signed_at")
    shown = JSONObject(
        number="number",
        name="member__display_name",
        signed_at="signed_at",
        expires_at="expires_at",
        lapsed_at="lapsed_at",
        lapsed_reason="lapsed_reason",
    )
    newest = Baseline.objects.filter(case=OuterRef("case")).order_by("-ordinal").values("ordinal")[:1]
    rows = baselines_of(case).annotate(
        signed=ArraySubquery(signed.values(one=shown)),
        last_ordinal=Subquery(newest),
        has_challenges=Exists(Challenge.objects.filter(case=OuterRef("case"))),
    )
    row = rows.defer(None).filter(ordinal=min(ordinal, MOST)).first()
    if row is None:
        raise Http404
    return row


def baseline_crumbs(request: HttpRequest, case: AssuranceCase, baseline: Baseline) -> list[tuple[str, str]]:
    return [
        *crumbs(request, case),
        (_("Baselines"), url(request, "baseline_list", case.number)),
        (str(baseline.ordinal), url(request, "baseline_detail", case.number, baseline.ordinal)),
    ]


def signed_of(baseline: Any) -> list[SignOff]:
    """The signatures under a baseline that `baseline_or_404` found, without asking again."""
    times = ("signed_at", "expires_at", "lapsed_at")
    found = []
    for told in baseline.signed:
        row = SignOff(number=told["number"], lapsed_reason=told["lapsed_reason"])
        row.member = Member(display_name=told["name"])
        for name in times:
            setattr(row, name, parse_datetime(told[name]) if told[name] else None)
        found.append(row)
    return found


@org_view("cases.view", methods=("GET",))
def baseline_list(request: HttpRequest, number: int) -> HttpResponse:
    """What was frozen of this case, and who signed."""
    case = case_or_404(number)
    listing = BaselineListing(case, request.organisation.slug)
    member = request.member
    context = {
        "case": case,
        "badge": standing_of(case),
        "is_yours": case.status != AssuranceCase.Status.WITHDRAWN and may_change(member, case),
        "is_to_sign": case.accountable_owner_id == member.pk and member.may("cases.sign"),
        "page_title": case.title,
        "breadcrumbs": crumbs(request, case),
        "tabs": tabs_of(request, case, "baseline_list"),
    }
    return listing.respond(request, "cases/baseline_list.html", context)


@org_view("cases.view", methods=("GET",))
def baseline_detail(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    """The argument as it was frozen, and whether it still matches its hash."""
    case = case_or_404(number)
    baseline = baseline_or_404(case, ordinal)
    loaded = load_baseline(case, baseline)
    assessment = assess_loaded(loaded)
    stood = stood_at(case, baseline.frozen_at)
    lines = [(line, stood.get(line.element.pk)) for line in outline_of(assessment, None)]
    context = {
        "case": case,
        "baseline": baseline,
        "use": use_of(baseline),
        "lines": lines,
        "badge_then": stood.get(None),
        "badge_now": standing_badge(assessment.argued),
        "compared_with": compared_with(case, baseline),
        "is_whole": sha256_of(baseline.document) == baseline.sha256,
        "signed": [(row, state_of(row)) for row in signed_of(baseline)],
        "page_title": _("Baseline %d") % baseline.ordinal,
        "breadcrumbs": baseline_crumbs(request, case, baseline),
    }
    return render(request, "cases/baseline_detail.html", context)


def stood_at(case: AssuranceCase, at: datetime) -> dict[UUID | None, Badge]:
    """How the case (None) and its elements stood at an instant, as it was found then; one query."""
    rows = StandingTransition.objects.filter(case=case, as_of__lte=at).order_by("element_id", "-as_of", "-id")
    found = rows.distinct("element_id").values_list("element_id", "after")
    return {element: standing_badge(after) for element, after in found}


def compared_with(case: AssuranceCase, baseline: Baseline) -> str:
    """What a baseline is compared with unless somebody asks otherwise: the one before it, else the working argument."""
    return str(baseline.parent.ordinal) if baseline.parent is not None else WORKING


WORKING = "working"


@org_view("cases.view", methods=("GET",))
def baseline_document(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    """The very bytes that the hash is over."""
    case = case_or_404(number)
    baseline = baseline_or_404(case, ordinal)
    response = HttpResponse(canonical_bytes(baseline.document), content_type="application/json")
    name = f"{request.organisation.slug}-case-{case.number}-baseline-{baseline.ordinal}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@org_view("cases.edit")
def baseline_freeze(request: HttpRequest, number: int) -> HttpResponse:
    """Freeze the argument as it says now."""
    case = case_to_change(request, number)
    form = ReasonForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: freeze_baseline(case, reason=form.values["reason"], actor=request.member),
        to=lambda baseline: url(request, "baseline_detail", case.number, baseline.ordinal),
        title=_("Freeze a baseline"),
        context={
            "breadcrumbs": crumbs(request, case),
            "cancel_url": url(request, "baseline_list", case.number),
            "submit_label": _("Freeze"),
            "note": _(
                "What the argument says now is kept for good under a number and a hash. What is known, such as readings and "
                "evidence, is not frozen: the standing goes on following it."
            ),
        },
        done=_("The argument is frozen as it says now."),
    )
