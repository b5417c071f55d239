"""Answering a signal."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from aims.trail.record import record
from aims.transitions import move
from cases.access import may_change
from cases.events import SignalEvent
from cases.models import Signal
from cases.signalling import signal_url
from cases.taking_over import successor_of

ABOVE = (Role.GOVERNANCE_OFFICER, Role.EXECUTIVE)
"""Who hears of a signal that nobody answered in time, beside its owner and who answers for the case."""


@transaction.atomic
def close_signal(signal: Signal, *, actor: Member, decision: str = "", corrective_action: str = "") -> Signal:
    """Close a signal: the standing is back, or who may decide says how it goes on, or a corrective action takes it over."""
    row = Signal.objects.select_for_update(of=("self",)).select_related("case__system").get(pk=signal.pk)
    decision, corrective_action = decision.strip(), corrective_action.strip()
    if row.restored_at is None and not decision and not corrective_action:
        raise RuleBroken(
            _(
                "The standing is not back. Write down what was decided, or name the corrective action that takes it over."
            ),
            field="decision",
        )
    if corrective_action:
        corrective_action = successor_of(corrective_action)
    elif row.restored_at is None:
        require_decider(actor, row)
    fields: dict[str, Any] = {
        "closed_at": timezone.now(),
        "closed_by": actor,
        "closing_reason": decision,
        "corrective_action": corrective_action,
        "escalate_at": None,
    }
    return move(
        row,
        Signal.Status.CLOSED,
        event=SignalEvent.CLOSED,
        actor=actor,
        fields=fields,
        decision=decision,
        corrective_action=corrective_action,
        is_restored=row.restored_at is not None,
    )


def require_decider(actor: Member, signal: Signal) -> None:
    """Raise PermissionDenied unless the actor answers for the case, or decides for the organisation."""
    if not (may_change(actor, signal.case) or actor.may("signals.decide")):
        raise PermissionDenied(
            _(
                "The standing is not back, so this is a decision: of who answers for the case, an officer or an executive."
            )
        )


@transaction.atomic
def assign_signal(signal: Signal, *, owner: Member, reason: str, actor: Member) -> Signal:
    """Give a signal to another person, who then has to answer it by the same day."""
    row = Signal.objects.select_for_update(of=("self",)).select_related("case__system", "owner").get(pk=signal.pk)
    if not row.is_open:
        raise RuleBroken(_("This signal is closed. There is nothing left to answer."))
    if row.owner_id != actor.pk:
        require_decider(actor, row)
    if not owner.is_active or owner.is_read_only:
        raise RuleBroken(_("%s cannot answer a signal here. Choose somebody who can.") % owner, field="owner")
    if owner.pk == row.owner_id:
        raise RuleBroken(_("%s answers for it already. Choose somebody else.") % owner, field="owner")
    if not reason.strip():
        raise RuleBroken(_("Say why somebody else has to answer it."), field="reason")
    before = row.owner
    row.owner = signal.owner = owner
    row.revision += 1
    row.save(update_fields=["owner", "revision", "updated_at"])
    record(SignalEvent.ASSIGNED, row, actor=actor, owner=[before, owner], reason=reason.strip())
    notify(
        owner,
        event=SignalEvent.ASSIGNED,
        sentence=_("%(person)s gave you a signal to answer: %(sentence)s")
        % {"person": actor.display_name, "sentence": row.sentence},
        link=signal_url(row.case, row),
        key=f"signal-assigned:{row.pk}:{row.revision}",
        due_on=row.due_on,
    )
    return row


@transaction.atomic
def escalate_signal(signal: Signal, *, now: datetime) -> Signal | None:
    """Take a signal that nobody answered by its day to those above its owner, once; None when that is not so any more."""
    rows = Signal.objects.open().select_for_update(of=("self",), skip_locked=True).filter(escalate_at__lte=now)
    row = rows.select_related("case__organisation", "case__accountable_owner", "owner").filter(pk=signal.pk).first()
    if row is None:
        return None
    row.escalate_at = None
    if row.restored_at is None:
        row.escalated_at = now
    row.save(update_fields=["escalate_at", "escalated_at", "updated_at"])
    if row.escalated_at is None:
        return None
    record(SignalEvent.ESCALATED, row, actor=None, due_on=row.due_on, owner=row.owner)
    words = {"sentence": row.sentence, "owner": row.owner.display_name}
    for member in told_of_escalation(row):
        notify(
            member,
            event=SignalEvent.ESCALATED,
            sentence=_("Nobody answered by the day that was set; %(owner)s is responsible. %(sentence)s") % words,
            link=signal_url(row.case, row),
            key=f"signal-escalated:{row.pk}",
            due_on=row.due_on,
        )
    return row


def told_of_escalation(signal: Signal) -> list[Member]:
    """Its owner, who answers for the case, and who runs and decides in the organisation: each once."""
    above = Member.objects.active().filter(roles__overlap=list(ABOVE)).order_by("display_name", "pk")
    found = {member.pk: member for member in [signal.owner, signal.case.accountable_owner, *above]}
    return list(found.values())


def escalate_due(now: datetime) -> int:
    """Every signal of the entered organisation whose day has passed, each in a transaction of its own."""
    due = list(Signal.objects.open().filter(escalate_at__lte=now).order_by("escalate_at", "pk"))
    return sum(escalate_signal(signal, now=now) is not None for signal in due)
