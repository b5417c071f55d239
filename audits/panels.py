"""What this room shows on the pages of lower rooms."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from audits.listings import status_badge
from audits.models import Finding, Nonconformity
from audits.wording import badge_of
from inventory.models import AISystem

SHOWN = 10


def findings_of_system(request: HttpRequest, system: AISystem) -> SafeString:
    """Findings and nonconformities about a system, what is open first."""
    findings = list(Finding.objects.filter(system=system).select_related("audit").order_by("-number")[: SHOWN + 1])
    found = Nonconformity.objects.filter(system=system).for_list().order_by("is_settled", "due_on", "number")
    nonconformities = list(found[: SHOWN + 1])
    context = {
        "system": system,
        "findings": [(each, badge_of(each)) for each in findings[:SHOWN]],
        "nonconformities": [(each, status_badge(each)) for each in nonconformities[:SHOWN]],
        "has_more_findings": len(findings) > SHOWN,
        "has_more_nonconformities": len(nonconformities) > SHOWN,
    }
    return SafeString(render_to_string("audits/system_panel.html", context, request))
