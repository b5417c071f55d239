"""What this room shows on pages of lower rooms: the cases about a system, the claims that rest on evidence or show a control
to work."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from cases.control_claims import piece_of, with_standings
from cases.evaluation import show_as_of
from cases.listing import standing_badge, state_of
from cases.models import AssuranceCase, EvidenceBinding
from evidence.models import EvidenceItem
from inventory.models import AISystem
from risks.models import Control

MOST_ROWS = 25


def cases_of_system(request: HttpRequest, system: AISystem) -> SafeString:
    """The cases about a system with their standing now, those in force first and the worst of them on top."""
    rows = AssuranceCase.objects.filter(system=system).select_related("system", "accountable_owner")
    cases = list(rows.as_of(timezone.now()).order_by("status", "standing", "number")[: MOST_ROWS + 1])
    for case in cases:
        case.badge, case.state = standing_badge(case.standing), state_of(case)
    context = {"system": system, "cases": cases[:MOST_ROWS], "has_more": len(cases) > MOST_ROWS}
    return render_to_string("cases/panel_system.html", context, request)


def claims_on_evidence(request: HttpRequest, item: EvidenceItem) -> SafeString | str:
    """The elements that rest on any version of this evidence; nothing when there is none."""
    rows = EvidenceBinding.objects.filter(version__item=item, element__withdrawn_at__isnull=True)
    rows = rows.exclude(element__case__status=AssuranceCase.Status.WITHDRAWN)
    found = rows.select_related("element__case__system", "element__module", "version").order_by(
        "element__case__number", "created_at"
    )
    bindings: list[Any] = list(found[: MOST_ROWS + 1])
    cases = {binding.element.case_id: binding.element.case for binding in bindings}
    show_as_of(list(cases.values()), timezone.now())
    for binding in bindings:
        binding.badge = standing_badge(cases[binding.element.case_id].standing)
    context = {"bindings": bindings[:MOST_ROWS], "has_more": len(bindings) > MOST_ROWS, "item": item}
    return render_to_string("cases/panel_evidence.html", context, request) if bindings else ""


def claims_of_control(request: HttpRequest, control: Control) -> SafeString:
    """The claims that are to show the control to work, with what each is worth now."""
    return render_to_string("cases/panel_control.html", {"links": claims_now(control), "control": control}, request)


def claims_now(control: Control) -> list[Any]:
    """The claims of a control with their standing and what they count as."""
    links = with_standings(control.claim_links.all(), timezone.now())
    for link in links:
        link.counts_as = piece_of(link).note
        link.badge = standing_badge(link.standing) if link.standing is not None else None
        link.state = state_of(link.element.case)
    return links
