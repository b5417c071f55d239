"""What each tier asks of cases: to read for everybody, to change for governance officers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.actions import change_tier
from cases.life_forms import TierForm
from cases.models import TierPolicyVersion
from cases.tier_rules import TIERS
from cases.tiers import differences, table_of, tiers_in_force, tiers_of
from cases.views.finding import answer_form, crumbs, url
from cases.views.registers import register_tabs

MOST_VERSIONS = 50


@org_view("cases.view", methods=("GET",))
def tier_list(request: HttpRequest) -> HttpResponse:
    """All requirements side by side, why each is asked, and how they changed."""
    rows = list(TierPolicyVersion.objects.select_related("author").order_by("-number")[: MOST_VERSIONS + 1])
    versions = [
        (row, differences(tiers_of(before), tiers_of(row)) if before else [])
        for row, before in zip(rows, [*rows[1:], None][: len(rows)], strict=True)
    ][:MOST_VERSIONS]
    context = {
        "tiers": TIERS,
        "groups": table_of(tiers_in_force()),
        "in_force": tiers_in_force().number if rows else 1,
        "versions": versions,
        "page_title": _("What each tier asks"),
        "breadcrumbs": crumbs(request),
        "tabs": register_tabs(request),
    }
    return render(request, "cases/tier_list.html", context)


@org_view("cases.tailor")
def tier_edit(request: HttpRequest, tier: str) -> HttpResponse:
    """A new version in which one tier asks something else."""
    if tier not in TIERS:
        raise Http404
    newest = tiers_of(TierPolicyVersion.objects.order_by("-number").first())
    form = TierForm(request.POST or None, policy=newest.of(tier), version=newest.number)
    return answer_form(
        request,
        form,
        lambda: change_tier(
            tier,
            values=form.asked,
            reason=form.values["reason"],
            in_force_from=form.values["in_force_from"],
            version=form.values["version"],
            actor=request.member,
        ),
        to=url(request, "tier_list"),
        title=_("What %s asks") % tier,
        context={
            "breadcrumbs": [*crumbs(request), (_("What each tier asks"), url(request, "tier_list"))],
            "submit_label": _("Save as a new version"),
        },
        done=_("Saved as a new version."),
    )
