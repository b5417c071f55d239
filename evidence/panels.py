"""What this room shows on the page of an AI system: until when the evidence about it speaks."""

from datetime import datetime

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from evidence.models import EvidenceItem, EvidenceVersion
from evidence.pictures import Freshness, freshness_of
from inventory.models import AISystem

MOST = 200


def freshness_of_system(request: HttpRequest, system: AISystem) -> SafeString | str:
    """The current versions of the evidence about a system; nothing while there is none."""
    freshness = evidence_about(system, timezone.now())
    if not freshness.rows:
        return ""
    picture = reverse("evidence:system_picture", args=[request.organisation.slug, system.number])  # type: ignore[attr-defined]
    return SafeString(
        render_to_string("evidence/freshness_panel.html", {"freshness": freshness, "url": picture}, request)
    )


def evidence_about(system: AISystem, at: datetime) -> Freshness:
    """What is current of each active piece, what ends first on top, up to `MOST`."""
    items = EvidenceItem.objects.active().filter(system=system, current__isnull=False).select_related("current")
    found: list[EvidenceVersion] = []
    for item in items.order_by("fresh_until", "number")[:MOST]:
        item.current.item = item
        found.append(item.current)
    return freshness_of(found, at, title=_("Until when the evidence about “%s” speaks") % system.name)
