"""Holding a standing down. There is no way to raise one."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.grants import is_given
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from cases.access import Part
from cases.actions.checks import element_of, open_case
from cases.evaluation import reevaluate
from cases.events import ElementEvent
from cases.models import AssuranceCase, Element, StandingLevel


@transaction.atomic
def hold_down(element: Element, *, to: int, reason: str, actor: Member) -> Element:
    """Keep an element from standing higher than `to`, until a recorded act lifts it. Time never does."""
    case = open_case(element.case, actor=actor, only_to_challenge=True)
    row = element_of(case, element, may_be_counter=True)
    if to not in StandingLevel.values or to >= StandingLevel.HOLDS:
        raise RuleBroken(_("A hold can only lower a standing. Choose a level below “Holds”."), field="to")
    if not reason.strip():
        raise RuleBroken(_("Say why the standing is held down."), field="reason")
    if row.held_down_to is not None and to > row.held_down_to:
        raise RuleBroken(
            _("%s is held down further already. Lift that hold first, with a reason.") % row.address, field="to"
        )
    row.held_down_to, row.held_down_reason = to, reason
    row.held_down_by, row.held_down_at = actor, timezone.now()
    save_hold(row)
    told = {"element": row.address, "to": StandingLevel(to).name, "reason": reason}
    reevaluate(case, actor=actor, happenings=[(ElementEvent.HELD_DOWN, case, told)])
    return row


@transaction.atomic
def lift_hold(element: Element, *, reason: str, actor: Member) -> Element:
    """Take a hold away: the element stands again as its facts and its argument allow."""
    case = open_case(element.case, actor=actor, only_to_challenge=True)
    row = element_of(case, element, may_be_counter=True)
    if row.held_down_to is None:
        raise RuleBroken(_("%s is not held down.") % row.address)
    if not reason.strip():
        raise RuleBroken(_("Say why the hold is lifted."), field="reason")
    refuse_other_side(case, row, actor)
    was = StandingLevel(row.held_down_to).name
    row.held_down_to, row.held_down_reason = None, ""
    row.held_down_by, row.held_down_at = None, None
    save_hold(row)
    told = {"element": row.address, "was": was, "reason": reason}
    reevaluate(case, actor=actor, happenings=[(ElementEvent.HOLD_LIFTED, case, told)])
    return row


def refuse_other_side(case: AssuranceCase, row: Element, actor: Member) -> None:
    """A challenger's hold is lifted by that challenger, or by a governance officer who answers for the process."""
    holder = row.held_down_by
    if holder is None or holder.pk == actor.pk or Role.GOVERNANCE_OFFICER in actor.roles:
        return
    if holder.is_active and is_given(case, Part.CHALLENGER, holder):
        raise RuleBroken(
            _(
                "%(holder)s challenges this case and holds %(element)s down. Only they, or a governance officer, lift it."
            )
            % {"holder": holder, "element": row.address}
        )


def save_hold(row: Element) -> None:
    row.revision += 1
    fields = ["held_down_to", "held_down_reason", "held_down_by", "held_down_at", "revision", "updated_at"]
    row.save(update_fields=fields)
