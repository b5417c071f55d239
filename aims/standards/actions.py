"""Saying where the organisation stands on a requirement."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.standards import catalogue
from aims.standards.events import PositionEvent
from aims.standards.models import RequirementPosition
from aims.tenancy.concurrency import plain, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record

Position = RequirementPosition.Position


@transaction.atomic
def set_position(
    requirement: catalogue.Requirement,
    *,
    position: str,
    satisfied_by: str = "",
    gap: str = "",
    next_step: str = "",
    owner: Member | None = None,
    due_on: date | None = None,
    revision: int | None = None,
    actor: Member,
) -> RequirementPosition:
    """Set position, what satisfies the requirement, gap, next step, owner and due date.

    The first time makes the row; `revision=0` says that the person saw none yet.
    """
    check_position(position, satisfied_by=satisfied_by, gap=gap)
    if owner is not None and not owner.is_active:
        raise RuleBroken(_("%s is deactivated. Choose an active member.") % owner, field="owner")
    said = {
        "position": position,
        "satisfied_by": satisfied_by,
        "gap": gap,
        "next_step": next_step,
        "owner": owner,
        "due_on": due_on,
    }
    row = held(requirement)
    if row is None:
        # Taking the number locks the counter, so that of two people who come first only one makes the row.
        number = next_number(actor.organisation, RequirementPosition)
        row = held(requirement)
    if revision is not None and revision != (row.revision if row else 0):
        raise ChangedSinceOpened(
            _("This record has changed since you opened it. Nothing was saved: open it again and repeat your change.")
        )
    if row is not None:
        told = save_changes(row, **said)
    else:
        row = RequirementPosition.objects.create(
            organisation_id=actor.organisation_id,
            number=number,
            requirement=requirement.id,
            clause=requirement.clause,
            **said,
        )
        told = {name: [None, plain(value)] for name, value in said.items() if value not in ("", None)}
    if told:
        record(PositionEvent.SET, row, actor=actor, **told)
    return row


def held(requirement: catalogue.Requirement) -> RequirementPosition | None:
    """The row of a requirement, locked; None before anybody said anything."""
    return RequirementPosition.objects.select_for_update(of=("self",)).filter(requirement=requirement.id).first()


def check_position(position: str, *, satisfied_by: str, gap: str) -> None:
    """A position says why: met names what satisfies it, anything less names the gap."""
    if position not in Position.values:
        raise RuleBroken(_("Choose one of the positions offered."), field="position")
    if position in (Position.MET, Position.PARTIAL) and not satisfied_by.strip():
        raise RuleBroken(_("Say what satisfies the requirement, so that an auditor can look."), field="satisfied_by")
    if position in (Position.GAP, Position.PARTIAL) and not gap.strip():
        raise RuleBroken(_("Say what is missing."), field="gap")
    if position == Position.MET and gap.strip():
        raise RuleBroken(_("A requirement that is met has no gap. Clear the gap, or choose “Partly met”."), field="gap")
