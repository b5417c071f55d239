"""What would become of cases and claims if a piece of evidence were taken out of use: the same evaluation, nothing written."""

from datetime import datetime
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.evaluation import Assessment, assess_loaded
from cases.listing import standing_badge
from cases.loading import load_in_force
from cases.models import AssuranceCase, Element
from evidence.models import EvidenceItem
from evidence.reliance import Imagined, Reliance

MOST_CASES = 50


def claims_that_would_fall(item: EvidenceItem, change: Imagined, slug: str, now: datetime) -> list[Reliance]:
    """Each case that rests on the item, the elements that are bound to it, and every claim that would fall with them."""
    cases = AssuranceCase.objects.resting_on_items([item.pk]).select_related("system__current_version")
    told: list[Reliance] = []
    for loaded in load_in_force(list(cases.order_by("number")[:MOST_CASES])):
        before = assess_loaded(loaded, at=now)
        bound = {
            element_id
            for element_id, bindings in loaded.bindings.items()
            if any(binding.version.item_id == item.pk for binding in bindings)
        }
        for element_id in bound:
            for binding in loaded.bindings[element_id]:
                change.apply_to_version(binding.version)
            loaded.facts.replace(element_id, *loaded.facts_about(loaded.elements[element_id]))
        after = assess_loaded(loaded, at=now)
        told.append(of_case(before, after, slug))
        told += [
            of_element(row, before, after, slug)
            for row in loaded.elements.values()
            if row.pk in bound or (row.kind == Element.Kind.GOAL and after.standing_of(row) < before.standing_of(row))
        ]
    return told


def of_case(before: Assessment, after: Assessment, slug: str) -> Reliance:
    case = before.case
    return Reliance(
        kind=_("Case"),
        name=f"{case.number} {case.title}",
        url=reverse("cases:case_detail", args=[slug, case.number]),
        before=standing_badge(before.standing),
        after=standing_badge(after.standing),
        falls=after.standing < before.standing,
    )


def of_element(row: Element, before: Assessment, after: Assessment, slug: str) -> Reliance:
    was, would_be = before.standing_of(row), after.standing_of(row)
    page = reverse("cases:case_detail", args=[slug, before.case.number])
    return Reliance(
        kind=str(row.get_kind_display()),
        name=f"{row.address}: {row.statement[:160]}",
        url=f"{page}?element={quote(row.address)}#element",
        before=standing_badge(was),
        after=standing_badge(would_be),
        falls=would_be < was,
    )
