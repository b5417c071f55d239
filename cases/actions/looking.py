"""What one look at a degradation condition does: it is kept, the condition moves on, people are told, the standing follows.

A look comes from a reading, a report, the sweep or a person; all of them end here. The case is locked before the
condition, as in every action about an argument.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from aims.transitions import move
from cases import condition_telling as telling
from cases.conditions import Look, finding_now, name_of_condition
from cases.detectors import CLEARS_ITSELF, Seen, step
from cases.evaluation import Happening, reevaluate
from cases.events import DegradationEvent
from cases.facts import TICK, ConditionState
from cases.models import AssuranceCase, Challenge, ConditionEvent, DegradationCondition, Element
from cases.watching import schedule

Status = DegradationCondition.Status
Kind = ConditionEvent.Kind

EVENTS: Final[dict[str, DegradationEvent]] = {
    Status.ARMED: DegradationEvent.ARMED,
    Status.SUSPECTED: DegradationEvent.SUSPECTED,
    Status.TRIPPED: DegradationEvent.TRIPPED,
    Status.ACKNOWLEDGED: DegradationEvent.ACKNOWLEDGED,
    Status.CLEARED: DegradationEvent.CLEARED,
    Status.RETIRED: DegradationEvent.RETIRED,
}


def lock_condition(condition: DegradationCondition, *, revision: int | None = None) -> DegradationCondition:
    """The condition, fresh and locked after its case, while both are in force."""
    case = AssuranceCase.objects.select_for_update(of=("self",), no_key=True).get(pk=condition.case_id)
    row = locked(condition, revision=revision)
    if case.status == AssuranceCase.Status.WITHDRAWN:
        raise RuleBroken(_("The case of this condition is withdrawn and stays as it was."))
    if row.status == Status.RETIRED:
        raise RuleBroken(_("This condition is retired and stays as it was. Add a new one instead."))
    if row.element is not None and row.element.withdrawn_at is not None:
        raise RuleBroken(_("%s was withdrawn, and its conditions with it.") % row.element.address)
    row.case = case
    return row


def follow(
    row: DegradationCondition,
    looks: Sequence[Look],
    *,
    actor: Member | None,
    now: datetime | None = None,
    happenings: Iterable[Happening] = (),
    kind: str = Kind.LOOKED,
) -> DegradationCondition:
    """Take in looks in their order and bring the case up to date, unless nothing that matters for it changed."""
    at = now or timezone.now()
    shown_at = latest_shown(row, at)
    was = finding_now(row, shown_at)
    told = [*happenings, *take_in(row, looks, actor=actor, now=at, kind=kind)]
    schedule(row, at)
    if told or finding_now(row, shown_at) != was:
        reevaluate(row.case, now=now, actor=actor, happenings=told)
    return row


def latest_shown(row: DegradationCondition, at: datetime) -> datetime:
    """The instant for which the stored standing speaks, where another machine's clock is ahead of this one."""
    return max(at, row.case.standing_as_of or at)


def take_in(
    row: DegradationCondition,
    looks: Sequence[Look],
    *,
    actor: Member | None,
    now: datetime,
    kind: str = Kind.LOOKED,
) -> list[Happening]:
    """Keep each look and move the condition on; returns what the trail is to be told."""
    told: list[Happening] = []
    for look in looks:
        before = row.status
        after, clean_run = next_state(row, look)
        row.clean_run, row.last_value = clean_run, look.value if look.value is not None else row.last_value
        row.last_evaluated_at = max(row.last_evaluated_at or look.observed_at, look.observed_at)
        if after == before:
            row.save(update_fields=["clean_run", "last_value", "last_evaluated_at"])
        else:
            by_hand = actor if kind == Kind.TRIPPED_BY_HAND else None
            told += change(row, after, actor=actor, now=now, tripped_by=by_hand, said=look.note)
        keep_event(row, kind, before=before, now=now, actor=actor, look=look)
    return told


def next_state(row: DegradationCondition, look: Look) -> tuple[str, int]:
    """Where the condition stands after a look. An all-clear of an earlier time says nothing about now."""
    is_late = row.last_evaluated_at is not None and look.observed_at < row.last_evaluated_at
    if look.seen is Seen.OK and is_late:
        return row.status, row.clean_run
    after = step(
        ConditionState(row.status),
        look.seen,
        clean_run=row.clean_run,
        clear_after=row.clear_after,
        clears_itself=row.detector in CLEARS_ITSELF and row.tripped_by_id is None,
    )
    return Status(str(after.state)), after.clean_run


def change(
    row: DegradationCondition,
    after: str,
    *,
    actor: Member | None,
    now: datetime,
    tripped_by: Member | None = None,
    said: str = "",
    **fields: Any,
) -> list[Happening]:
    """Move the condition to another state, with its clocks, and tell whoever has to know."""
    before = row.status
    changes = {
        "clean_run": row.clean_run,
        "last_value": row.last_value,
        "last_evaluated_at": row.last_evaluated_at,
        "changed_at": now,
        **clocks_of(row, after, now),
        **fields,
    }
    if tripped_by is not None:
        changes["tripped_by"] = tripped_by
    told: list[Happening] = []
    words = {"condition": row.number, "reason": said[:300]} if said else {"condition": row.number}
    move(row, after, event=EVENTS[after], actor=actor, fields=changes, happenings=told, **words)
    told.append((EVENTS[after], row.case, {**words, "status": [before, after], "what": name_of_condition(row)}))
    if after in (Status.SUSPECTED, Status.TRIPPED):
        telling.tell_of_trip(row, now)
    if after == Status.TRIPPED and DegradationCondition.Action.OPEN_CHALLENGE in row.actions:
        told += doubt_of(row)
    return told


def doubt_of(row: DegradationCondition) -> Iterable[Happening]:
    """The challenge that a condition raises when it comes true, unless its last one is still open: clearing the condition
    does not answer it."""
    from cases.actions.challenges import open_doubt

    about = row.element or claim_on_top(row.case)
    if about is None:
        return []
    name = _("Condition %s has come true.") % name_of_condition(row)
    if Challenge.objects.open().filter(target=about, raised_by=None, statement=name).exists():
        return []
    attack = Challenge.Attack.REBUT if about.kind == Element.Kind.GOAL else Challenge.Attack.UNDERMINE
    severity = Challenge.Severity.MAJOR
    return open_doubt(row.case, target=about, attack=attack, severity=severity, statement=name, actor=None)[1]


def claim_on_top(case: AssuranceCase) -> Element | None:
    """The first claim of the case that nothing rests on."""
    own = Element.objects.in_use().filter(case=case, kind=Element.Kind.GOAL, role=Element.Role.SUPPORT)
    top: Element | None = (
        own.filter(incoming=None).select_related("module", "owner").order_by("created_at", "id").first()
    )
    return top


def clocks_of(row: DegradationCondition, after: str, now: datetime) -> dict[str, Any]:
    """Since when its effect is in force, and until when somebody has to answer."""
    if after == Status.TRIPPED:
        respond_by = now + timedelta(hours=row.respond_within_hours) if row.respond_within_hours else None
        due_on = timezone.localdate(respond_by or now)
        return {"since": row.since or now, "respond_by": respond_by, "due_on": due_on, "escalated_at": None}
    if after == Status.SUSPECTED:
        return {"since": now, "due_on": timezone.localdate(now)}
    if after in (Status.CLEARED, Status.ARMED, Status.RETIRED):
        return dict.fromkeys(("since", "respond_by", "due_on", "escalated_at", "tripped_by"))
    return {}


def keep_event(
    row: DegradationCondition,
    kind: str,
    *,
    now: datetime,
    actor: Member | None,
    before: str = "",
    look: Look | None = None,
    note: str = "",
    cause: dict[str, Any] | None = None,
    evidence: Any = None,
) -> ConditionEvent:
    """Add to the history of the condition, always later than what is there."""
    row.last_event_at = max(now, row.last_event_at + TICK) if row.last_event_at else now
    row.save(update_fields=["last_event_at"])
    return ConditionEvent.objects.create(
        organisation_id=row.organisation_id,
        condition=row,
        at=row.last_event_at,
        kind=kind,
        seen=look.seen if look else "",
        before=before,
        after=row.status,
        observed_at=look.observed_at if look else None,
        value=look.value if look else None,
        note=look.note if look else note,
        cause=look.cause if look else (cause or {}),
        evidence=evidence,
        actor=actor,
        key=look.key if look else "",
        sha256=look.sha256 if look else "",
        effect=row.effect,
        max_silence_hours=row.max_silence_hours,
        since=row.since,
        last_evaluated_at=row.last_evaluated_at,
        trips_at=row.trips_at,
    )
