"""How far each AI system can be relied on, for the register of systems: as its weakest case in force stands now."""

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.badges import Badge
from cases.listing import standing_badge
from cases.models import AssuranceCase


def standings_of_systems(systems: Collection[UUID] | None) -> dict[UUID, Badge]:
    """The weakest case that people rely on; where none is in force, the weakest that is worked on, marked as such."""
    rows = AssuranceCase.objects.exclude(status=AssuranceCase.Status.WITHDRAWN).select_related("system")
    if systems is not None:
        rows = rows.filter(system_id__in=systems)
    weakest: dict[UUID, AssuranceCase] = {}
    for case in rows.as_of(timezone.now()):
        known = weakest.get(case.system_id)
        if known is None or rank(case) < rank(known):
            weakest[case.system_id] = case
    return {system: badge_of(case) for system, case in weakest.items()}


def rank(case: AssuranceCase) -> tuple[bool, int]:
    return not case.is_relied_on, case.standing


def badge_of(case: AssuranceCase) -> Badge:
    badge = standing_badge(case.standing)
    if case.is_relied_on:
        return badge
    return Badge(_("%(standing)s, not in force") % {"standing": badge.label}, "neutral", badge.icon)
