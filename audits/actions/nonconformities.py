"""Nonconformities (10.2): raise, find the cause, act, close when an action was found effective."""

from datetime import date
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from audits import telling
from audits.actions.findings import refuse_unknown_requirement
from audits.events import NonconformityEvent
from audits.models import CorrectiveAction, Finding, Nonconformity
from cases.actions import close_signal
from cases.models import Signal
from inventory.models import AISystem

Status = Nonconformity.Status


@transaction.atomic
def raise_nonconformity(
    *,
    title: str,
    description: str,
    owner: Member,
    due_on: date,
    finding: Finding | None = None,
    requirement: str = "",
    system: AISystem | None = None,
    signal: Signal | None = None,
    actor: Member,
) -> Nonconformity:
    """From a finding of an audit, from a signal, which it takes over and closes, or by hand; what it is about comes
    from the finding or the signal unless said otherwise."""
    check_finding(finding)
    check_owner(owner)
    if requirement:
        refuse_unknown_requirement(requirement)
    nonconformity = Nonconformity.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, Nonconformity),
        title=title,
        description=description,
        finding=finding,
        requirement=requirement or (finding.requirement if finding else ""),
        system=system or (finding.system if finding else signal.case.system if signal else None),
        owner=owner,
        due_on=due_on,
        raised_by=actor,
    )
    record(NonconformityEvent.RAISED, nonconformity, actor=actor, owner=owner, due_on=due_on, finding=finding)
    if signal is not None:
        close_signal(signal, actor=actor, corrective_action=f"NC-{nonconformity.number}")
    tell_owner(nonconformity, actor)
    return nonconformity


@transaction.atomic
def edit_nonconformity(
    nonconformity: Nonconformity,
    *,
    title: str,
    description: str,
    owner: Member,
    due_on: date,
    requirement: str = "",
    system: AISystem | None = None,
    actor: Member,
    revision: int | None = None,
) -> Nonconformity:
    """Change what is said about it until it is closed."""
    row = locked(nonconformity, revision=revision)
    refuse_closed(row)
    check_owner(owner)
    if requirement:
        refuse_unknown_requirement(requirement)
    changes = save_changes(
        row,
        title=title,
        description=description,
        owner=owner,
        due_on=due_on,
        requirement=requirement,
        system=system,
    )
    if changes:
        record(NonconformityEvent.EDITED, row, actor=actor, **changes)
        if "owner" in changes:
            tell_owner(row, actor)
    return row


@transaction.atomic
def analyse_nonconformity(
    nonconformity: Nonconformity, *, correction: str, root_cause: str, actor: Member, revision: int | None = None
) -> Nonconformity:
    """Say what was done at once (the correction) and why it could happen (the root cause)."""
    row = locked(nonconformity, revision=revision)
    refuse_closed(row)
    if not root_cause.strip():
        raise RuleBroken(_("Say why it could happen. A corrective action removes that cause."), field="root_cause")
    if row.status == Status.OPEN:
        fields: dict[str, Any] = {"correction": correction, "root_cause": root_cause}
        return move(
            nonconformity, Status.ANALYSED, event=NonconformityEvent.ANALYSED, actor=actor, fields=fields, **fields
        )
    changes = save_changes(row, correction=correction, root_cause=root_cause)
    if changes:
        record(NonconformityEvent.ANALYSED, row, actor=actor, **changes)
    return row


@transaction.atomic
def close_nonconformity(
    nonconformity: Nonconformity, *, note: str = "", actor: Member, revision: int | None = None
) -> Nonconformity:
    """Close it once nothing is outstanding and the last effect checked was a good one (10.2 d)."""
    row = locked(nonconformity, revision=revision)
    refuse_unfinished(row)
    fields = {"closed_at": timezone.now(), "closed_by": actor, "closing_note": note}
    return move(nonconformity, Status.CLOSED, event=NonconformityEvent.CLOSED, actor=actor, fields=fields, note=note)


@transaction.atomic
def reopen_nonconformity(
    nonconformity: Nonconformity, *, reason: str, actor: Member, revision: int | None = None
) -> Nonconformity:
    """It came back: the cause is looked for again."""
    row = locked(nonconformity, revision=revision)
    if row.status != Status.CLOSED:
        raise RuleBroken(_("This nonconformity is not closed, so there is nothing to reopen."))
    if not reason.strip():
        raise RuleBroken(_("Say what has come back."), field="reason")
    fields = {"closed_at": None, "closed_by": None, "closing_note": ""}
    return move(
        nonconformity, Status.ANALYSED, event=NonconformityEvent.REOPENED, actor=actor, fields=fields, reason=reason
    )


def refuse_closed(nonconformity: Nonconformity) -> None:
    if nonconformity.status == Status.CLOSED:
        raise RuleBroken(_("This nonconformity is closed. Reopen it first, with the reason."))


def refuse_unfinished(nonconformity: Nonconformity) -> None:
    """Why it cannot be closed yet, the first thing to do about it first."""
    actions = list(nonconformity.corrective_actions.all())
    planned = [action for action in actions if action.status == CorrectiveAction.Status.PLANNED]
    unchecked = [action for action in actions if action.status == CorrectiveAction.Status.DONE]
    checked = sorted((action for action in actions if action.checked_at), key=attrgetter("checked_at"))
    if planned:
        raise RuleBroken(
            _("Corrective action %d is still planned. Carry it out or cancel it with a reason.") % planned[0].number
        )
    if unchecked:
        raise RuleBroken(
            _("The effect of corrective action %d was not checked. Somebody else than who did it checks it.")
            % unchecked[0].number
        )
    if not checked:
        raise RuleBroken(
            _("No corrective action was found effective. Plan one, carry it out and have its effect checked.")
        )
    if checked[-1].status != CorrectiveAction.Status.EFFECTIVE:
        raise RuleBroken(
            _("Corrective action %d was not effective. Plan another one and have its effect checked.")
            % checked[-1].number
        )


def check_finding(finding: Finding | None) -> None:
    if finding is not None and not finding.is_nonconformity:
        raise RuleBroken(
            _(
                "Finding %(number)d is graded “%(grade)s”, which is no nonconformity. Change its grade, or raise this by hand."
            )
            % {"number": finding.number, "grade": finding.get_grade_display()},
            field="finding",
        )


def check_owner(owner: Member) -> None:
    """The person responsible must be able to work on it."""
    if not owner.is_active or not owner.may("improvement.edit"):
        raise RuleBroken(
            _("%s cannot work on nonconformities here. Choose a governance officer, system owner or contributor.")
            % owner.display_name,
            field="owner",
        )


def tell_owner(nonconformity: Nonconformity, actor: Member) -> None:
    telling.tell_responsible(
        nonconformity,
        nonconformity.owner,
        page="nonconformity_detail",
        number=nonconformity.number,
        event=NonconformityEvent.RAISED,
        sentence=telling.nonconformity_sentence(actor, nonconformity.title),
        actor=actor,
        due_on=nonconformity.due_on,
    )
