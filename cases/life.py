"""What follows by itself in the life of a case: into force, out of what was decided, back, and withdrawn for want of an owner.

Part of `reevaluate`, so that it happens in the transaction of whatever brought it about.
"""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from aims.tenancy.models import Member
from aims.transitions import move
from cases.actions.citations import tell_citing
from cases.causes import stored_cause
from cases.deadlines import days_to_answer
from cases.evaluation import Assessment, Happening
from cases.events import CaseEvent
from cases.gates import cause_id, has_fallen
from cases.gating import approval_of_baseline, gate
from cases.life_telling import Told, tell
from cases.models import AssuranceCase, StandingLevel, StandingTransition
from cases.signalling import signal_degraded
from cases.signing import settle_lapses

Status = AssuranceCase.Status


def follow_life(assessment: Assessment, *, actor: Member | None) -> list[Happening]:
    """The steps that are due now, which are written; returns what the trail is to be told."""
    case, at = assessment.case, assessment.evaluation.at
    if case.withdraw_at is not None and case.withdraw_at <= at:
        return withdraw_abandoned(case)
    if case.status == Status.DECISION:
        return go_live(assessment, actor, Status.LIVE, CaseEvent.WENT_LIVE)
    if case.status == Status.DEGRADED:
        return go_live(assessment, actor, Status.LIVE, CaseEvent.REAFFIRMED)
    if case.status == Status.LIVE or case.in_force_as == Status.LIVE:
        return degrade(assessment)
    return []


def go_live(assessment: Assessment, actor: Member | None, to: str, event: str) -> list[Happening]:
    """Decision and signature are both there, whichever came last; after a fall, the standing and a new signature."""
    case, at = assessment.case, assessment.evaluation.at
    # While a revision is decided on, what was just evaluated is the baseline in force, not what goes live now.
    found = gate(case, to, at=at, assessment=None if case.in_force_as else assessment)
    is_again = case.status == Status.DEGRADED
    if not found.is_open:
        if is_again and [one.id for one in found.unmet] == ["signed"]:
            ask_to_affirm(case)
        return []
    # Looked at anew at once: from now on the signature counts, and its end is something that time brings.
    fields: dict[str, Any] = {**entering(at), "next_transition_at": at}
    if not is_again:
        fields |= {"live_baseline_id": case.draft_baseline_id, "in_force_as": ""}
    told: list[Happening] = []
    move(case, to, event=event, actor=actor, fields=fields, happenings=told, standing=assessment.standing.name)
    tell_citing(case)
    tell(case, Told.LIVE_AGAIN if is_again else Told.LIVE, event=event, actor=actor)
    return told


def ask_to_affirm(case: AssuranceCase) -> None:
    """All is as it was decided again, but for its owner, who is told once each time that it comes back."""
    last = StandingTransition.objects.filter(case=case, element=None).first()
    tell(case, Told.TO_AFFIRM, event=CaseEvent.ROSE, actor=None, once=str(last.pk) if last else "first")


def degrade(assessment: Assessment) -> list[Happening]:
    """The case in force is lower than it was decided, or weak for a reason that the decision does not name."""
    case, at = assessment.case, assessment.evaluation.at
    approved = approval_of_baseline(case, case.live_baseline_id)
    if approved is None:
        return []
    causes = [stored_cause(assessment.evaluation, cause) for cause in assessment.causes()]
    level, accepted = approved.root_standing, frozenset(cause_id(one) for one in approved.causes)
    if not has_fallen(assessment.standing, causes, level, accepted):
        return []
    told: list[Happening] = []
    words = {"standing": [StandingLevel(level).name, assessment.standing.name]}
    if case.status == Status.LIVE:
        due = timezone.localdate(at) + timedelta(days=days_to_answer(case.system.tier, assessment.standing))
        move(
            case,
            Status.DEGRADED,
            event=CaseEvent.DEGRADED,
            actor=None,
            fields=entering(at, due_on=due),
            happenings=told,
            **words,
        )
    else:
        case.in_force_as = Status.DEGRADED
        case.save(update_fields=["in_force_as", "updated_at"])
        told.append((CaseEvent.DEGRADED, case, words))
    told += signal_degraded(assessment, StandingLevel(level))
    tell(case, Told.DEGRADED, event=CaseEvent.DEGRADED, actor=None)
    return told


def withdraw_abandoned(case: AssuranceCase) -> list[Happening]:
    """Nobody succeeded the owner who stepped down: nobody answers for the case any more."""
    told: list[Happening] = []
    reason = _("%s stepped down, and nobody took over in time.") % case.accountable_owner
    fields = {**out_of_force(), "withdrawn_reason": reason}
    move(case, Status.WITHDRAWN, event=CaseEvent.WITHDRAWN, actor=None, fields=fields, happenings=told, reason=reason)
    told += settle_lapses(case, timezone.now())
    tell_citing(case)
    tell(case, Told.WITHDRAWN, event=CaseEvent.WITHDRAWN, actor=None, words=reason)
    return told


def entering(at: datetime, *, note: str = "", due_on: Any = None) -> dict[str, Any]:
    """What every state begins with."""
    return {"state_since": at, "state_note": note, "turn_due_on": due_on}


def out_of_force() -> dict[str, Any]:
    """What a withdrawn case has not any more; its baselines, decisions and signatures stay."""
    return {
        **entering(timezone.now()),
        "live_baseline_id": None,
        "in_force_as": "",
        "withdraw_at": None,
        "next_transition_at": None,
    }
