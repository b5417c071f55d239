"""Answering a signal."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.transitions import move
from cases.events import SignalEvent
from cases.models import Signal


@transaction.atomic
def close_signal(signal: Signal, *, actor: Member, decision: str = "", corrective_action: str = "") -> Signal:
    """Close a signal: the standing is back, or somebody decided and says how, or a corrective action takes it over."""
    row = Signal.objects.select_for_update(of=("self",)).get(pk=signal.pk)
    if row.restored_at is None and not decision.strip() and not corrective_action.strip():
        raise RuleBroken(
            _(
                "The standing is not back. Write down what was decided, or name the corrective action that takes it over."
            ),
            field="decision",
        )
    fields = {
        "closed_at": timezone.now(),
        "closed_by": actor,
        "closing_reason": decision,
        "corrective_action": corrective_action,
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
