"""What this room shows on pages of lower rooms: the risks of a system, the controls that rely on evidence."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from evidence.models import EvidenceItem
from inventory.models import AISystem
from risks.models import ControlEvidence, Risk
from risks.wording import applicability_badge, level_badge, status_badge

MOST_ROWS = 25


def risks_of_system(request: HttpRequest, system: AISystem) -> SafeString:
    """The open risks of a system, gravest first."""
    risks = list(
        Risk.objects.open().filter(system_links__system=system).for_list().order_by("-score", "number")[: MOST_ROWS + 1]
    )
    for risk in risks:
        risk.level_badge, risk.status_badge = level_badge(risk.level), status_badge(risk)
    context = {"system": system, "risks": risks[:MOST_ROWS], "has_more": len(risks) > MOST_ROWS}
    return render_to_string("risks/panel_system.html", context, request)


def controls_on_evidence(request: HttpRequest, item: EvidenceItem) -> SafeString | str:
    """The controls that this piece of evidence is to show to work; nothing when there is none."""
    links: list[Any] = list(
        ControlEvidence.objects.filter(item=item).select_related("control").order_by("control__sort_key")[:MOST_ROWS]
    )
    for link in links:
        link.badge = applicability_badge(link.control)
    return render_to_string("risks/panel_evidence.html", {"links": links}, request) if links else ""
