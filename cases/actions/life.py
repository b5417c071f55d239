"""The steps that people take with a case: submit, hand on, decide, give back, revise, step down, withdraw.

Each asks the same gate that the page and the API show (gating.py), and keeps by which version of the tiers it was judged.
Going into force, falling out of it and coming back follow by themselves (life.py).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from aims.transitions import move
from cases.access import Part, has_part, may_change, person_of, require_change, roles_of
from cases.actions.baselines import freeze
from cases.actions.checks import refuse_withdrawn
from cases.actions.citations import tell_citing
from cases.actions.tiers import tiers_to_judge_by, version_to_judge_by
from cases.evaluation import Happening, reevaluate
from cases.events import CaseEvent
from cases.gates import cause_id, has_fallen, unaccepted
from cases.gating import Gate, approval_of_baseline, gate, link_of
from cases.life import entering, out_of_force
from cases.life_telling import Told, tell
from cases.models import AssuranceCase, CaseDecision
from cases.roles import DECIDER, clash
from cases.signing import record_lapses
from cases.tiers import Tiers, tiers_for, tiers_in_force, tiers_of

Status = AssuranceCase.Status
Outcome = CaseDecision.Outcome
DAYS_TO_REVIEW: Final = 7
DAYS_TO_DECIDE: Final = 7


# --- Who may


Own = dict[Part, bool] | None
"""The parts of a member in a case, where they are known already."""


def may_review(member: Member, case: AssuranceCase, own: Own = None) -> bool:
    """Whether this member hands the case on to its challengers: a team reviewer, or whoever may change it where the tier
    asks for no review."""
    if has_part(member, case, Part.TEAM_REVIEWER, own):
        return True
    return may_change(member, case, own) and not tiers_for(case).of(case.system.tier or "").needs_team_review


def may_return(member: Member, case: AssuranceCase, own: Own = None) -> bool:
    """Whether this member gives the case back: its authors and team reviewers, and its challengers while it is theirs."""
    part = Part.TEAM_REVIEWER if case.status == Status.TEAM_REVIEW else Part.CHALLENGER
    return has_part(member, case, part, own) or may_change(member, case, own)


def may_decide(member: Member, case: AssuranceCase, own: Own = None) -> bool:
    return has_part(member, case, Part.DECIDER, own)


def may_withdraw(member: Member, case: AssuranceCase, own: Own = None) -> bool:
    """Whether this member takes the case out of force: its deciders; of one that nobody decided on, its authors too."""
    if may_decide(member, case, own):
        return True
    return case.status in AssuranceCase.EDITABLE and not case.is_relied_on and may_change(member, case, own)


def require(is_allowed: bool, sentence: str) -> None:
    if not is_allowed:
        raise PermissionDenied(sentence)


# --- Draft, team review, challenge, decision


@transaction.atomic
def submit_for_review(case: AssuranceCase, *, actor: Member, note: str = "") -> AssuranceCase:
    """Hand the case to the reviewers of its team, when no rule that its tier asks for is broken."""
    require_change(actor, case)
    row = refuse_withdrawn(locked(case))
    due = timezone.localdate() + timedelta(days=DAYS_TO_REVIEW)
    happened = passed(row, Status.TEAM_REVIEW, CaseEvent.SUBMITTED, actor, note=note, due_on=due)
    tell(row, Told.TO_REVIEW, event=CaseEvent.SUBMITTED, actor=actor, due_on=due)
    return followed(case, row, happened, actor)


@transaction.atomic
def start_challenge(case: AssuranceCase, *, actor: Member, note: str = "") -> AssuranceCase:
    """Freeze the argument and hand it to the challengers. Where the tier asks for none, a decision is asked for at once."""
    require(
        may_review(actor, case),
        _("Only a team reviewer of this case hands it on. Ask whoever answers for the case to appoint you."),
    )
    row = refuse_withdrawn(locked(case))
    # Judged before it is frozen, so that a refusal leaves no baseline behind that nobody looks at.
    found = judged(row, Status.CHALLENGE, actor)
    baseline = freeze(row, reason=_("Frozen for the challenge."), actor=actor)
    policy = found.tiers.of(row.system.tier or "")
    due = timezone.localdate() + timedelta(days=policy.challenge_days)
    told = {"baseline": baseline.ordinal, "sha256": baseline.sha256}
    happened = passed(
        row, Status.CHALLENGE, CaseEvent.CHALLENGE_STARTED, actor, note=note, due_on=due, found=found, **told
    )
    if policy.challengers or policy.challenge_days:
        tell(row, Told.TO_CHALLENGE, event=CaseEvent.CHALLENGE_STARTED, actor=actor, due_on=due)
    elif gate(row, Status.DECISION, tiers=found.tiers).is_open:
        happened += put_to_decision(row, actor, found.tiers)
    return followed(case, row, happened, actor)


@transaction.atomic
def ask_for_decision(case: AssuranceCase, *, actor: Member, note: str = "") -> AssuranceCase:
    """Hand the case to its deciders, when it was challenged for long enough, by enough people, and nothing blocks it."""
    require_change(actor, case)
    row = refuse_withdrawn(locked(case))
    return followed(case, row, put_to_decision(row, actor, note=note), actor)


def put_to_decision(
    row: AssuranceCase, actor: Member, tiers: Tiers | None = None, *, note: str = ""
) -> list[Happening]:
    found = judged(row, Status.DECISION, actor, tiers)
    due = timezone.localdate() + timedelta(days=DAYS_TO_DECIDE)
    happened = passed(row, Status.DECISION, CaseEvent.DECISION_ASKED, actor, note=note, due_on=due, found=found)
    tell(row, Told.TO_DECIDE, event=CaseEvent.DECISION_ASKED, actor=actor, due_on=due)
    tell(row, Told.TO_SIGN, event=CaseEvent.DECISION_ASKED, actor=actor, due_on=due)
    return happened


@transaction.atomic
def return_to_draft(case: AssuranceCase, *, reason: str, actor: Member) -> AssuranceCase:
    """Give a case under review or challenge back to its authors, with what has to change."""
    require(may_return(actor, case), _("This case is not yours to give back. Ask one of its reviewers or challengers."))
    row = refuse_withdrawn(locked(case))
    if row.status not in (Status.TEAM_REVIEW, Status.CHALLENGE):
        raise RuleBroken(_("Only a case in team review or challenge is given back. Reload the page to see its state."))
    return followed(case, row, given_back(row, CaseEvent.RETURNED, reason, actor), actor)


def given_back(row: AssuranceCase, event: str, reason: str, actor: Member, **told: Any) -> list[Happening]:
    if not reason.strip():
        raise RuleBroken(_("Say what has to change."), field="reason")
    happened: list[Happening] = []
    fields = entering(timezone.now(), note=reason.strip()[:2000])
    move(row, Status.DRAFT, event=event, actor=actor, fields=fields, happenings=happened, reason=reason[:500], **told)
    tell(row, Told.RETURNED, event=event, actor=actor, words=reason)
    return happened


# --- The decision


@transaction.atomic
def decide(
    case: AssuranceCase,
    *,
    outcome: str,
    reason: str,
    baseline_sha256: str,
    actor: Member,
    accepted: Sequence[str] = (),
    conditions: str = "",
) -> CaseDecision:
    """Say whether what is known is enough. `baseline_sha256` is what the decider had before them; `accepted` names, by
    `gates.cause_id`, each weakness that is accepted."""
    require(may_decide(actor, case), _("Only a decider of this case decides on it."))
    row = refuse_withdrawn(locked(case))
    if row.status != Status.DECISION or row.draft_baseline is None:
        raise RuleBroken(_("No decision is asked for now. Reload the page to see the state of the case."))
    refuse_stake(row, actor)
    if outcome not in Outcome.values:
        raise RuleBroken(_("Choose one of the decisions offered."), field="outcome")
    if not reason.strip():
        raise RuleBroken(_("Give the reason in writing."), field="reason")
    if outcome == Outcome.CONDITIONS and not conditions.strip():
        raise RuleBroken(_("Say under which conditions the case may come back."), field="conditions")
    if baseline_sha256 != row.draft_baseline.sha256:
        raise ChangedSinceOpened(
            _("The case is about another baseline than when you opened this page. Nothing was decided: read it again.")
        )
    version = version_to_judge_by(actor)
    tiers = tiers_of(version)
    found = gate(row, Status.LIVE, tiers=tiers)
    refuse_second_approval(row, found, outcome)
    if outcome == Outcome.APPROVE:
        refuse_unfounded(found, accepted)
    decision = CaseDecision.objects.create(
        organisation=actor.organisation,
        case=row,
        baseline=row.draft_baseline,
        baseline_sha256=row.draft_baseline.sha256,
        decider=actor,
        outcome=outcome,
        reason=reason.strip(),
        conditions=conditions.strip() if outcome == Outcome.CONDITIONS else "",
        tier=row.system.tier or "",
        policy=version,
        root_standing=found.assessment.argued,
        causes=found.causes if outcome == Outcome.APPROVE else [],
    )
    told = {
        "decision": outcome,
        "baseline": row.draft_baseline.ordinal,
        "sha256": decision.baseline_sha256,
        "standing": found.assessment.argued.name,
        "policy": tiers.number,
    }
    if outcome == Outcome.APPROVE:
        happened: list[Happening] = [(CaseEvent.DECIDED, row, {**told, "reason": reason[:500]})]
        tell(row, Told.APPROVED, event=CaseEvent.DECIDED, actor=actor)
    else:
        words = decision.conditions or decision.reason
        happened = given_back(row, CaseEvent.DECIDED, words, actor, **told)
    followed(case, row, happened, actor)
    return decision


def refuse_stake(row: AssuranceCase, actor: Member) -> None:
    """Parts may have changed since the appointment."""
    people = roles_of(row)
    why = clash(people, person_of(actor), DECIDER)
    if why and (DECIDER, actor.pk) not in people.excepted:
        raise RuleBroken(_(why) % {"person": actor})


def refuse_second_approval(row: AssuranceCase, found: Gate, outcome: str) -> None:
    """A case is approved once; anew only when it is not any more what was approved."""
    before = approval_of_baseline(row, row.draft_baseline_id)
    if before is None or row.state_since is None or before.decided_at < row.state_since or outcome != Outcome.APPROVE:
        return
    accepted = frozenset(cause_id(one) for one in before.causes)
    if not has_fallen(found.assessment.argued, found.causes, before.root_standing, accepted):
        raise RuleBroken(_("%s has approved the case already. It waits for its owner's signature.") % before.decider)


def refuse_unfounded(found: Gate, accepted: Sequence[str]) -> None:
    """Nothing is approved that does not stand, that has changed, or whose weaknesses were not seen."""
    asked = {one.id: one for one in found.requirements}
    for name in ("baseline", "standing"):
        if not asked[name].met:
            raise RuleBroken(_("Before an approval this must be so: %s") % asked[name].sentence)
    unknown = unaccepted(found.causes, frozenset(accepted))
    if unknown:
        raise RuleBroken(
            _("Accept each of the weaknesses, or send the case back. Not accepted yet: %s")
            % "; ".join(one["key"] for one in unknown[:10]),
            field="accepted",
        )


# --- Revision, successor, withdrawal


@transaction.atomic
def open_revision(case: AssuranceCase, *, reason: str, actor: Member) -> AssuranceCase:
    """Work on the argument of a case in force. What is in force stays in force, and degraded if it is, until the revision
    goes live."""
    require_change(actor, case)
    row = refuse_withdrawn(locked(case))
    if row.status not in AssuranceCase.IN_FORCE:
        raise RuleBroken(_("Only a case in force is revised. This one can be worked on, or is being reviewed."))
    if not reason.strip():
        raise RuleBroken(_("Say what the revision is for."), field="reason")
    happened: list[Happening] = []
    fields = {**entering(timezone.now(), note=reason.strip()[:2000]), "in_force_as": row.status}
    move(
        row, Status.DRAFT, event=CaseEvent.REVISED, actor=actor, fields=fields, happenings=happened, reason=reason[:500]
    )
    tell(row, Told.REVISED, event=CaseEvent.REVISED, actor=actor, words=reason)
    return followed(case, row, happened, actor)


@transaction.atomic
def step_down(case: AssuranceCase, *, reason: str, actor: Member) -> AssuranceCase:
    """Stop answering for a case. Unless somebody takes over within the days of the tier, the case is withdrawn."""
    row = refuse_withdrawn(locked(case))
    require(row.accountable_owner_id == actor.pk, _("Only the accountable owner steps down."))
    if row.withdraw_at is not None:
        raise RuleBroken(_("You have stepped down already. A governance officer names your successor."))
    if not reason.strip():
        raise RuleBroken(_("Say why you step down."), field="reason")
    days = tiers_in_force().of(row.system.tier or "").successor_days
    now = timezone.now()
    row.withdraw_at = case.withdraw_at = now + timedelta(days=days)
    row.revision += 1
    row.save(update_fields=["withdraw_at", "revision", "updated_at"])
    due = timezone.localdate(row.withdraw_at)
    told = {"reason": reason[:500], "until": due.isoformat()}
    tell(row, Told.STEPPED_DOWN, event=CaseEvent.STEPPED_DOWN, actor=actor, words=reason, due_on=due)
    return followed(case, row, [(CaseEvent.STEPPED_DOWN, row, told)], actor)


@transaction.atomic
def withdraw_case(case: AssuranceCase, *, reason: str, actor: Member) -> AssuranceCase:
    """Take a case out of force; it stays readable, and its signals can still be closed."""
    if not reason.strip():
        raise RuleBroken(_("Say why the case is withdrawn."), field="reason")
    row = refuse_withdrawn(locked(case))
    require(
        may_withdraw(actor, row),
        _("This case is not yours to withdraw. One that was submitted or is in force is withdrawn by a decider of it."),
    )
    fields = {**out_of_force(), "withdrawn_reason": reason}
    withdrawn = move(case, Status.WITHDRAWN, event=CaseEvent.WITHDRAWN, actor=actor, fields=fields, reason=reason)
    record_lapses(withdrawn, timezone.now())
    tell_citing(case)
    tell(case, Told.WITHDRAWN, event=CaseEvent.WITHDRAWN, actor=actor, words=reason)
    return withdrawn


# --- Steps


def judged(row: AssuranceCase, to: str, actor: Member, tiers: Tiers | None = None) -> Gate:
    """The gate of a step; RuleBroken with what is not met."""
    if to not in row.TRANSITIONS.get(Status(row.status), set()):
        raise RuleBroken(
            _("The case is in this state: %(before)s. The step to this one is not open from there: %(after)s.")
            % {"before": str(Status(row.status).label).lower(), "after": str(Status(to).label).lower()}
        )
    found = gate(row, to, tiers=tiers or tiers_to_judge_by(actor))
    if found.unmet:
        raise RuleBroken(refusal_of(found))
    return found


def refusal_of(found: Gate) -> str:
    """All that is not met, with the first thing to mend of each."""
    said = []
    for one in found.unmet:
        first = f" {link_of(found.case, one.places[0])[0]}" if one.places and one.places[0].label else ""
        said.append(f"{one.sentence}{first}")
    return _("Not yet. Before this step the following must be so: %s") % " – ".join(said)[:1500]


def passed(
    row: AssuranceCase,
    to: str,
    event: str,
    actor: Member,
    *,
    note: str = "",
    due_on: date | None = None,
    found: Gate | None = None,
    **told: Any,
) -> list[Happening]:
    """Take a step whose gate is open."""
    found = found or judged(row, to, actor)
    happened: list[Happening] = []
    fields = entering(timezone.now(), note=note.strip()[:2000], due_on=due_on)
    words = {**told, "policy": found.tiers.number, **({"note": note.strip()[:500]} if note.strip() else {})}
    move(row, to, event=event, actor=actor, fields=fields, happenings=happened, **words)
    return happened


def followed(case: AssuranceCase, row: AssuranceCase, happened: list[Happening], actor: Member) -> AssuranceCase:
    """Record what happened, with what follows from it; the caller's case shows the step."""
    reevaluate(row, actor=actor, happenings=happened)
    case.refresh_from_db()
    return case
