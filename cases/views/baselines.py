"""Baselines of a case: the list, one of them as it was frozen, its document, and freezing another."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.access import may_change
from cases.actions import freeze_baseline
from cases.baseline_listing import BaselineListing, baselines_of, use_of
from cases.documents import canonical_bytes, sha256_of
from cases.forms import ReasonForm
from cases.listing import standing_of
from cases.models import AssuranceCase, Baseline
from cases.signing_listing import state_of
from cases.views.finding import MOST, answer_form, case_or_404, case_to_change, crumbs, tabs_of, url


def baseline_or_404(case: AssuranceCase, ordinal: int) -> Baseline:
    row = baselines_of(case).defer(None).filter(ordinal=min(ordinal, MOST)).first()
    if row is None:
        raise Http404
    return row


def baseline_crumbs(request: HttpRequest, case: AssuranceCase, baseline: Baseline) -> list[tuple[str, str]]:
    return [
        *crumbs(request, case),
        (_("Baselines"), url(request, "baseline_list", case.number)),
        (str(baseline.ordinal), url(request, "baseline_detail", case.number, baseline.ordinal)),
    ]


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
    signed = list(baseline.sign_offs.select_related("member").defer("content", "standings").order_by("-signed_at"))
    context = {
        "case": case,
        "baseline": baseline,
        "use": use_of(baseline),
        "is_whole": sha256_of(baseline.document) == baseline.sha256,
        "signed": [(row, state_of(row)) for row in signed],
        "page_title": _("Baseline %d") % baseline.ordinal,
        "breadcrumbs": baseline_crumbs(request, case, baseline),
    }
    return render(request, "cases/baseline_detail.html", context)


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
