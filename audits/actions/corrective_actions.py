"""Corrective actions (10.2): plan, carry out, have the effect checked by somebody else."""

from datetime import date, datetime, time

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
from audits.actions.nonconformities import check_owner, refuse_closed
from audits.events import CorrectiveActionEvent, NonconformityEvent
from audits.models import CorrectiveAction, Nonconformity

Status = CorrectiveAction.Status


@transaction.atomic
def plan_corrective_action(
    nonconformity: Nonconformity, *, description: str, owner: Member, due_on: date, actor: Member
) -> CorrectiveAction:
    """Plan what removes the cause, which must be known."""
    row = locked(nonconformity)
    refuse_closed(row)
    if row.status == Nonconformity.Status.OPEN:
        raise RuleBroken(_("The root cause is not known yet. Record it first, then plan what removes it."))
    check_owner(owner)
    action = CorrectiveAction.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, CorrectiveAction),
        nonconformity=row,
        description=description,
        owner=owner,
        due_on=due_on,
    )
    record(CorrectiveActionEvent.PLANNED, action, actor=actor, nonconformity=row.number, owner=owner, due_on=due_on)
    if row.status == Nonconformity.Status.ANALYSED:
        move(nonconformity, Nonconformity.Status.IN_ACTION, event=NonconformityEvent.ACTED_ON, actor=actor)
    tell_owner(action, actor)
    return action


@transaction.atomic
def edit_corrective_action(
    action: CorrectiveAction,
    *,
    description: str,
    owner: Member,
    due_on: date,
    actor: Member,
    revision: int | None = None,
) -> CorrectiveAction:
    """Change a planned action."""
    row = locked(action, revision=revision)
    if row.status != Status.PLANNED:
        raise RuleBroken(_("This corrective action is no longer planned. Plan another one."))
    check_owner(owner)
    changes = save_changes(row, description=description, owner=owner, due_on=due_on)
    if changes:
        record(CorrectiveActionEvent.EDITED, row, actor=actor, **changes)
        if "owner" in changes:
            tell_owner(row, actor)
    return row


@transaction.atomic
def complete_corrective_action(
    action: CorrectiveAction, *, note: str, done_on: date | None = None, actor: Member, revision: int | None = None
) -> CorrectiveAction:
    """Say that it was carried out, what was done, and when."""
    locked(action, revision=revision)
    if not note.strip():
        raise RuleBroken(_("Say what was done and where it can be seen."), field="note")
    fields = {"done_at": done_at(done_on), "done_by": actor, "done_note": note}
    return move(action, Status.DONE, event=CorrectiveActionEvent.DONE, actor=actor, fields=fields, note=note)


@transaction.atomic
def check_effect(
    action: CorrectiveAction, *, is_effective: bool, note: str, actor: Member, revision: int | None = None
) -> CorrectiveAction:
    """Judge whether the cause is gone. Not effective: the nonconformity goes back to the search for its cause."""
    row = locked(action, revision=revision)
    if row.status != Status.DONE:
        raise RuleBroken(
            _("Only a corrective action that was carried out can be checked. Record that it is done first.")
        )
    if actor.pk in {row.done_by_id, row.owner_id}:
        raise RuleBroken(
            _("You are responsible for this corrective action or carried it out. Somebody else checks its effect.")
        )
    if not note.strip():
        raise RuleBroken(_("Say how the effect was checked and what was seen."), field="note")
    to = Status.EFFECTIVE if is_effective else Status.INEFFECTIVE
    event = CorrectiveActionEvent.FOUND_EFFECTIVE if is_effective else CorrectiveActionEvent.FOUND_INEFFECTIVE
    fields = {"checked_by": actor, "checked_at": timezone.now(), "check_note": note}
    move(action, to, event=event, actor=actor, fields=fields, note=note)
    if not is_effective:
        send_back(row.nonconformity, action, actor)
    return action


@transaction.atomic
def cancel_corrective_action(
    action: CorrectiveAction, *, reason: str, actor: Member, revision: int | None = None
) -> CorrectiveAction:
    """Give a planned action up, with the reason."""
    locked(action, revision=revision)
    if not reason.strip():
        raise RuleBroken(_("Say why this corrective action is not needed."), field="reason")
    return move(
        action,
        Status.CANCELLED,
        event=CorrectiveActionEvent.CANCELLED,
        actor=actor,
        fields={"cancelled_reason": reason},
        reason=reason,
    )


def send_back(nonconformity: Nonconformity, action: CorrectiveAction, actor: Member) -> None:
    """An action without effect: the cause was another one."""
    if nonconformity.status == Nonconformity.Status.IN_ACTION:
        move(
            nonconformity,
            Nonconformity.Status.ANALYSED,
            event=NonconformityEvent.REOPENED,
            actor=actor,
            corrective_action=action.number,
        )


def done_at(done_on: date | None) -> datetime:
    """The moment of a day that a person names; the future is refused."""
    now = timezone.now()
    if done_on is None or done_on == timezone.localdate(now):
        return now
    if done_on > timezone.localdate(now):
        raise RuleBroken(_("That day has not come yet. Give the day on which it was carried out."), field="done_on")
    return timezone.make_aware(datetime.combine(done_on, time(12)))


def tell_owner(action: CorrectiveAction, actor: Member) -> None:
    telling.tell_responsible(
        action,
        action.owner,
        page="corrective_action_detail",
        number=action.number,
        event=CorrectiveActionEvent.PLANNED,
        sentence=telling.corrective_action_sentence(actor, action.description),
        actor=actor,
        due_on=action.due_on,
    )
