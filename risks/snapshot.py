"""What an acceptance is bound to: the material content of a risk as canonical JSON, and its SHA-256.

Material is what a person weighs who accepts: what could happen, how grave it is and why, who owns it, whom it concerns,
which controls and treatments hold it down. The review date and the progress of a treatment are not.
"""

import hashlib
from typing import Any

import rfc8785
from django.utils.translation import gettext_lazy as _

from risks.models import Risk, Treatment

PARTS = {
    "title": _("title"),
    "description": _("description"),
    "source": _("risk source"),
    "harm": _("harm"),
    "owner": _("owner"),
    "inherent": _("inherent rating"),
    "current": _("current rating"),
    "residual": _("residual rating"),
    "reason": _("reason for the ratings"),
    "treatment_option": _("treatment option"),
    "systems": _("AI systems"),
    "controls": _("controls"),
    "treatments": _("treatment plan"),
}


def content_of(risk: Risk) -> dict[str, Any]:
    """The material content, in plain values only."""
    treatments = [one for one in risk.treatments.all() if one.status != Treatment.Status.CANCELLED]
    systems, controls = linked(risk)
    return {
        "risk": risk.number,
        "title": risk.title,
        "description": risk.description,
        "source": risk.source,
        "harm": risk.harm,
        "owner": str(risk.owner_id) if risk.owner_id else None,
        "inherent": [risk.inherent_likelihood, risk.inherent_impact],
        "current": [risk.likelihood, risk.impact],
        "residual": [risk.residual_likelihood, risk.residual_impact],
        "reason": risk.rating_reason,
        "treatment_option": risk.treatment_option,
        "systems": sorted(systems),
        "controls": sorted(controls),
        "treatments": sorted([one.number, one.description, one.due_on.isoformat()] for one in treatments),
    }


def linked(risk: Risk) -> tuple[list[int], list[str]]:
    """Numbers of its systems and references of its controls; a risk of `with_links()` brings them along."""
    if hasattr(risk, "linked_systems") and hasattr(risk, "linked_controls"):
        return [one["number"] for one in risk.linked_systems], [one["reference"] for one in risk.linked_controls]
    systems = risk.system_links.values_list("system__number", flat=True)
    return list(systems), list(risk.control_links.values_list("control__reference", flat=True))


def hash_of(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def differences(accepted: dict[str, Any], live: dict[str, Any]) -> list[str]:
    """Which parts of the content are no longer as they were accepted, in words."""
    return [str(label) for part, label in PARTS.items() if accepted.get(part) != live.get(part)]
