"""What the evidence would say about controls if a piece of it were taken out of use: the same judgement, nothing written."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.models import EvidenceItem
from evidence.reliance import Imagined, Reliance
from risks.claims import claims_of
from risks.judging import judged_by, links_of
from risks.models import Control, ControlEvidence
from risks.wording import effectiveness_badge

MOST_CONTROLS = 50
# From not shown to work, over nothing known and in doubt, to shown to work.
WORTH = {"failing": 0, "unknown": 1, "doubtful": 2, "working": 3}


def controls_that_would_fall(item: EvidenceItem, change: Imagined, slug: str, now: datetime) -> list[Reliance]:
    """Each control that relies on the item, and what its evidence would say about it after the change."""
    controls = list(Control.objects.filter(evidence_links__item=item).order_by("sort_key")[:MOST_CONTROLS])
    ids = [control.pk for control in controls]
    links, claims = links_of(ControlEvidence.objects.filter(control__in=ids)), claims_of(ids, now)
    told = []
    for control in controls:
        before = judged_by(links[control.pk], now, claims.get(control.pk, []))
        for link in links[control.pk]:
            link.item = change.item_after(link.item)
        after = judged_by(links[control.pk], now, claims.get(control.pk, []))
        told.append(
            Reliance(
                kind=_("Control"),
                name=str(control),
                url=reverse("risks:control_detail", args=[slug, control.number]),
                before=effectiveness_badge(before),
                after=effectiveness_badge(after),
                falls=WORTH[after.effectiveness] < WORTH[before.effectiveness],
            )
        )
    return told
