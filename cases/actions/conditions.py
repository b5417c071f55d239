"""Saying what would make a claim stop holding, and answering when it comes true. Acknowledging lifts nothing; clearing
takes evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.pages.text import forbidden_position, normalised
from aims.rules import RuleBroken
from aims.tenancy.concurrency import save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from cases.access import may_challenge
from cases.actions.checks import element_of, may_answer, open_case
from cases.actions.looking import Kind, Status, change, follow, keep_event, lock_condition, take_in
from cases.conditions import Look
from cases.detectors import CLEARS_ITSELF, LOOKED_AT_BY_PEOPLE, ConfigRefused, Detector, Seen, check_config
from cases.evaluation import Happening, reevaluate
from cases.events import DegradationEvent
from cases.models import AssuranceCase, ClaimMetric, ConditionEvent, DegradationCondition, Element
from cases.watching import look_at_calendar, looks_of, schedule
from evidence.models import EvidenceItem, EvidenceVersion

Type = DegradationCondition.Type
Action = DegradationCondition.Action
CARRIES: Final = (Element.Kind.GOAL, Element.Kind.ASSUMPTION, Element.Kind.CONTEXT)
LONGEST_HOURS: Final = 10 * 366 * 24
MOST_CLEAN_LOOKS: Final = 100
# While the effect is in force nobody makes it milder, or easier to lift, by changing the rule.
FIXED_IN_EFFECT: Final = ("type", "detector", "config", "threshold", "effect", "clear_after", "max_silence_hours")


@transaction.atomic
def add_condition(
    case: AssuranceCase,
    *,
    type: str,
    statement: str,
    detector: str,
    config: Mapping[str, Any],
    every_hours: int,
    max_silence_hours: int,
    actor: Member,
    element: Element | None = None,
    threshold: float | None = None,
    effect: int = DegradationCondition.EFFECTS[0],
    clear_after: int = 1,
    actions: Sequence[str] = (),
    responder: Member | None = None,
    respond_within_hours: int | None = None,
) -> DegradationCondition:
    """Say when a claim, an assumption, a context or the whole case no longer holds, and who watches. Until its detector
    has reported once, it is a doubt itself."""
    opened = open_case(case, actor=actor)
    row, happened = enter_condition(
        opened,
        on=element_to_watch(opened, element),
        type=type,
        statement=statement,
        detector=detector,
        config=config,
        threshold=threshold,
        every_hours=every_hours,
        max_silence_hours=max_silence_hours,
        effect=effect,
        clear_after=clear_after,
        actions=actions,
        responder=responder,
        respond_within_hours=respond_within_hours,
        actor=actor,
    )
    reevaluate(opened, actor=actor, happenings=happened)
    return row


def enter_condition(
    opened: AssuranceCase,
    *,
    on: Element | None,
    type: str,
    statement: str,
    detector: str,
    config: Mapping[str, Any],
    every_hours: int,
    max_silence_hours: int,
    actor: Member,
    threshold: float | None = None,
    effect: int = DegradationCondition.EFFECTS[0],
    clear_after: int = 1,
    actions: Sequence[str] = (),
    responder: Member | None = None,
    respond_within_hours: int | None = None,
) -> tuple[DegradationCondition, list[Happening]]:
    """Check and save a condition of an open case, and say what happened; the caller has the case evaluated."""
    rule = checked_rule(
        opened,
        type=type,
        statement=statement,
        detector=detector,
        config=dict(config),
        threshold=threshold,
        every_hours=every_hours,
        max_silence_hours=max_silence_hours,
        effect=effect,
        clear_after=clear_after,
        actions=list(actions),
        responder=responder,
        respond_within_hours=respond_within_hours,
    )
    now = timezone.now()
    row = DegradationCondition(organisation=actor.organisation, case=opened, element=on, changed_at=now, **rule)
    row.number = next_number(actor.organisation_id, DegradationCondition)
    row.save()
    keep_event(row, Kind.ADDED, now=now, actor=actor)
    told = {"condition": row.number, "element": on.address if on else "", "type": type, "detector": detector}
    happened: list[Happening] = [(DegradationEvent.ADDED, row, told), (DegradationEvent.ADDED, opened, told)]
    happened += take_in(row, looks_of(row, now), actor=None, now=now)
    schedule(row, now)
    return row, happened


@transaction.atomic
def rule_out(case: AssuranceCase, *, type: str, reason: str, actor: Member) -> DegradationCondition:
    """Declare that a kind of change cannot touch this case, with the reason that a challenger will read."""
    opened = open_case(case, actor=actor)
    if type not in Type.values:
        raise RuleBroken(_("Choose a kind of change."), field="type")
    if not reason.strip():
        raise RuleBroken(_("Say why this kind of change cannot touch the case."), field="reason")
    of_type = DegradationCondition.objects.filter(case=opened, type=type)
    if of_type.filter(status=Status.NOT_APPLICABLE).exists():
        raise RuleBroken(
            _("This kind is declared not applicable already. Retire that declaration first."), field="type"
        )
    watched = of_type.watched().first()
    if watched is not None:
        raise RuleBroken(
            _("Condition %d watches for this kind of change. Retire it first, if the change cannot come.")
            % watched.number,
            field="type",
        )
    now = timezone.now()
    row = DegradationCondition.objects.create(
        organisation=actor.organisation,
        number=next_number(actor.organisation_id, DegradationCondition),
        case=opened,
        type=type,
        status=Status.NOT_APPLICABLE,
        not_applicable_reason=reason,
        changed_at=now,
    )
    keep_event(row, Kind.ADDED, now=now, actor=actor, note=reason)
    told = {"condition": row.number, "type": type, "reason": reason}
    reevaluate(
        opened,
        actor=actor,
        happenings=[(DegradationEvent.RULED_OUT, row, told), (DegradationEvent.RULED_OUT, opened, told)],
    )
    return row


@transaction.atomic
def edit_condition(
    condition: DegradationCondition,
    *,
    revision: int | None,
    type: str,
    statement: str,
    detector: str,
    config: Mapping[str, Any],
    every_hours: int,
    max_silence_hours: int,
    actor: Member,
    threshold: float | None = None,
    effect: int = DegradationCondition.EFFECTS[0],
    clear_after: int = 1,
    actions: Sequence[str] = (),
    responder: Member | None = None,
    respond_within_hours: int | None = None,
) -> DegradationCondition:
    """Change a condition. One whose effect is in force keeps its rule; another detector has to report anew."""
    case = open_case(condition.case, actor=actor)
    row = lock_condition(condition, revision=revision)
    if not row.is_watched:
        raise RuleBroken(_("A declaration is not changed. Retire it, and declare or add anew."))
    rule = checked_rule(
        case,
        type=type,
        statement=statement,
        detector=detector,
        config=dict(config),
        threshold=threshold,
        every_hours=every_hours,
        max_silence_hours=max_silence_hours,
        effect=effect,
        clear_after=clear_after,
        actions=list(actions),
        responder=responder,
        respond_within_hours=respond_within_hours,
    )
    fixed = [name for name in FIXED_IN_EFFECT if row.is_in_effect and getattr(row, name) != rule[name]]
    if fixed:
        raise RuleBroken(_("Its effect is in force, so its rule stays. Clear the condition first."), field=fixed[0])
    is_other_detector = any(getattr(row, name) != rule[name] for name in ("detector", "config", "threshold"))
    told = save_changes(row, **rule)
    if not told:
        return row
    now = timezone.now()
    if is_other_detector:
        row.last_evaluated_at, row.last_value, row.clean_run, row.watched, row.trips_at = None, None, 0, {}, None
        row.save(update_fields=["last_evaluated_at", "last_value", "clean_run", "watched", "trips_at"])
    keep_event(row, Kind.EDITED, before=row.status, now=now, actor=actor)
    changes = {"condition": row.number, **told}
    happened: list[Happening] = [(DegradationEvent.EDITED, row, changes), (DegradationEvent.EDITED, case, changes)]
    happened += take_in(row, looks_of(row, now), actor=None, now=now)
    schedule(row, now)
    reevaluate(case, actor=actor, happenings=happened)
    return row


@transaction.atomic
def retire_condition(condition: DegradationCondition, *, reason: str, actor: Member) -> DegradationCondition:
    """Watch no more. What has come true, or is suspected, must be cleared first; the history stays."""
    case = open_case(condition.case, actor=actor)
    row = retirable(condition)
    if not reason.strip():
        raise RuleBroken(_("Say why nobody watches any more."), field="reason")
    if row.is_in_effect:
        raise RuleBroken(_("Its effect is in force. Clear the condition with evidence before you retire it."))
    now, before = timezone.now(), row.status
    fields: dict[str, Any] = {"retired_reason": reason, "next_check_at": None, "trips_at": None}
    row.case = case
    told = change(row, Status.RETIRED, actor=actor, now=now, said=reason, **fields)
    keep_event(row, Kind.RETIRED, before=before, now=now, actor=actor, note=reason)
    reevaluate(case, actor=actor, happenings=told)
    return row


def retirable(condition: DegradationCondition) -> DegradationCondition:
    """Locked; the condition of a withdrawn element can be retired too."""
    row = DegradationCondition.objects.select_for_update(of=("self",)).get(pk=condition.pk)
    if row.status == Status.RETIRED:
        raise RuleBroken(_("This condition is retired already."))
    return row


@transaction.atomic
def acknowledge_condition(condition: DegradationCondition, *, note: str, actor: Member) -> DegradationCondition:
    """Say that one has seen it and what is being done. The effect stays until it is cleared."""
    row = lock_condition(condition)
    require_answer(actor, row)
    if not note.strip():
        raise RuleBroken(_("Say what is being done about it."), field="note")
    if row.status != Status.TRIPPED:
        raise RuleBroken(_("Only a condition that has come true, and that nobody acknowledged yet, is acknowledged."))
    now = timezone.now()
    told = change(row, Status.ACKNOWLEDGED, actor=actor, now=now, said=note)
    keep_event(row, Kind.ACKNOWLEDGED, before=Status.TRIPPED, now=now, actor=actor, note=note)
    reevaluate(row.case, actor=actor, happenings=told)
    return row


@transaction.atomic
def clear_condition(
    condition: DegradationCondition, *, evidence: EvidenceItem, reason: str, actor: Member
) -> DegradationCondition:
    """Lift the effect, by accepted evidence that was collected after the condition came true."""
    row = lock_condition(condition)
    require_answer(actor, row)
    if not row.is_in_effect:
        raise RuleBroken(_("There is nothing to clear: the condition is not in effect."))
    if not reason.strip():
        raise RuleBroken(_("Say what the evidence shows about the condition."), field="reason")
    if row.detector in CLEARS_ITSELF and row.tripped_by_id is None and not row.clean_run and row.last_evaluated_at:
        raise RuleBroken(_("Its detector still sees it. Mend the cause; after a clean look it can be cleared."))
    version = clearing_version(row, evidence)
    now, before = timezone.now(), row.status
    words = {"evidence": evidence.number, "reason": reason[:300]}
    told = change(row, Status.CLEARED, actor=actor, now=now, said=reason, **rearmed(row, now))
    keep_event(
        row,
        Kind.CLEARED,
        before=before,
        now=now,
        actor=actor,
        note=reason,
        cause={"evidence": evidence.number, "version": version.ordinal},
        evidence=version,
    )
    told = [(event, target, {**changes, **words}) for event, target, changes in told]
    schedule(row, now)
    reevaluate(row.case, actor=actor, happenings=told, is_edit=False)
    return row


def rearmed(row: DegradationCondition, now: datetime) -> dict[str, Any]:
    """A calendar waits for its next day from now on."""
    if row.detector != Detector.CALENDAR:
        return {}
    row.watched = {**row.watched, "after": timezone.localdate(now).isoformat()}
    look_at_calendar(row, now)
    return {"watched": row.watched, "trips_at": row.trips_at, "last_evaluated_at": now}


def clearing_version(row: DegradationCondition, evidence: EvidenceItem) -> EvidenceVersion:
    """The current version of the evidence, when it can speak about what happened since."""
    version = evidence.current
    if version is None or not evidence.is_active or version.review != EvidenceVersion.Review.ACCEPTED:
        raise RuleBroken(_("Only accepted evidence clears a condition. Have it reviewed first."), field="evidence")
    if not version.is_intact or not version.freshness().is_current:
        raise RuleBroken(_("This evidence is not current, or its file is broken. Use another."), field="evidence")
    if evidence.system_id is not None and evidence.system_id != row.case.system_id:
        raise RuleBroken(_("This evidence is about another AI system."), field="evidence")
    if row.since is not None and version.collected_at < row.since:
        raise RuleBroken(
            _("This evidence was collected before the condition came true and says nothing about it."), field="evidence"
        )
    return version


@transaction.atomic
def trip_condition(
    condition: DegradationCondition, *, reason: str, actor: Member, reference: str = ""
) -> DegradationCondition:
    """A person found that it has come true, whatever the detector says. Only a person with evidence clears it again."""
    row = lock_condition(condition)
    require_look(actor, row)
    refuse_declaration(row)
    if not reason.strip():
        raise RuleBroken(_("Say what you found."), field="reason")
    if row.status in (Status.TRIPPED, Status.ACKNOWLEDGED):
        raise RuleBroken(_("This condition has come true already."))
    look = Look(
        seen=Seen.TRIPPED, observed_at=timezone.now(), note=reason, cause={"reference": reference} if reference else {}
    )
    return follow(row, [look], actor=actor, kind=Kind.TRIPPED_BY_HAND)


@transaction.atomic
def attest_condition(
    condition: DegradationCondition, *, seen: str, statement: str, actor: Member, reference: str = ""
) -> DegradationCondition:
    """A person looked and says what they saw. What they suspect or found is cleared with evidence, not by their word."""
    row = lock_condition(condition)
    require_look(actor, row)
    refuse_declaration(row)
    if row.detector not in LOOKED_AT_BY_PEOPLE:
        raise RuleBroken(
            _("This condition is watched by its detector (%s), not by attestation.") % row.get_detector_display()
        )
    if seen not in ConditionEvent.Seen.values:
        raise RuleBroken(_("Say what you saw."), field="seen")
    if not statement.strip():
        raise RuleBroken(_("Say in a sentence what you looked at and what you saw."), field="statement")
    if row.detector == Detector.INCIDENT_LINK and seen != Seen.OK and not reference.strip():
        raise RuleBroken(_("Give the number or the address of the incident."), field="reference")
    cause = {"reference": reference} if reference else {}
    look = Look(seen=Seen(seen), observed_at=timezone.now(), note=statement, cause=cause)
    return follow(row, [look], actor=actor)


def refuse_declaration(row: DegradationCondition) -> None:
    if not row.is_watched:
        raise RuleBroken(_("This kind of change is declared not applicable. Retire the declaration first."))


def may_answer_for(member: Member, condition: DegradationCondition) -> bool:
    """Its responder, and whoever may change or challenge the case."""
    return member.may("conditions.respond") and is_theirs(member, condition)


def may_look(member: Member, condition: DegradationCondition) -> bool:
    """Its responder, and whoever may change or challenge the case."""
    return member.may("conditions.report") and is_theirs(member, condition)


def is_theirs(member: Member, condition: DegradationCondition) -> bool:
    """Whether they are its responder, or of those who change or challenge the case."""
    return condition.responder_id == member.pk or may_challenge(member, condition.case)


def require_answer(actor: Member, condition: DegradationCondition) -> None:
    if not may_answer_for(actor, condition):
        raise PermissionDenied(_("This condition is not yours to answer. Its responder and the people of the case do."))


def require_look(actor: Member, condition: DegradationCondition) -> None:
    if not may_look(actor, condition):
        raise PermissionDenied(
            _("This condition is not yours to look after. Its responder and the people of the case do.")
        )


# --- The rule of a condition ---


def element_to_watch(case: AssuranceCase, element: Element | None) -> Element | None:
    if element is None:
        return None
    row = element_of(case, element)
    if row.kind not in CARRIES:
        raise RuleBroken(
            _("A condition belongs to a goal, an assumption, a context, or the case as a whole."), field="element"
        )
    return row


def checked_rule(case: AssuranceCase, **rule: Any) -> dict[str, Any]:
    """The rule as it is stored; refuses one that nothing can watch by, with the field and the remedy (WF-K03)."""
    if rule["type"] not in Type.values:
        raise RuleBroken(_("Choose a kind of change."), field="type")
    if not rule["statement"].strip():
        raise RuleBroken(_("Say in a sentence under which condition this no longer holds, and why."), field="statement")
    if rule["detector"] not in DegradationCondition.Detector.values:
        raise RuleBroken(_("Choose who or what watches."), field="detector", rule="WF-K03")
    rule["config"] = told_to_detector(rule["config"])
    try:
        check_config(rule["detector"], rule["config"], rule["threshold"])
    except ConfigRefused as refused:
        raise RuleBroken(gettext(refused.message) % refused.words, field=refused.field, rule="WF-K03") from None
    rule["metric"] = metric_meant(case, rule)
    check_evidence(rule)
    check_times(rule)
    check_effect(rule)
    check_answer(rule)
    return rule


def told_to_detector(config: dict[str, Any]) -> dict[str, Any]:
    """What is left empty is not said; text is kept as forms keep it, without invisible control characters."""
    told = {name: value for name, value in config.items() if value not in (None, "", [])}
    for name, value in told.items():
        if isinstance(value, str):
            told[name] = normalised(value)
            if position := forbidden_position(told[name]):
                raise RuleBroken(
                    _("It contains an invisible control character at position %d. Delete it.") % position, field=name
                )
    return told


def metric_meant(case: AssuranceCase, rule: dict[str, Any]) -> ClaimMetric | None:
    if rule["detector"] != Detector.METRIC_THRESHOLD:
        return None
    metric = ClaimMetric.objects.in_use().filter(element__case=case, key=rule["config"]["metric"]).first()
    if metric is None:
        raise RuleBroken(_("The case has no metric of this key in use. Define it on a goal first."), field="metric")
    return metric


def check_evidence(rule: dict[str, Any]) -> None:
    number = rule["config"].get("evidence") if rule["detector"] == Detector.EVIDENCE_AGE else None
    if number is not None and not EvidenceItem.objects.filter(number=number).exists():
        raise RuleBroken(_("There is no evidence of this number."), field="evidence")


def check_times(rule: dict[str, Any]) -> None:
    for name in ("every_hours", "max_silence_hours"):
        if rule[name] is None or not 1 <= rule[name] <= LONGEST_HOURS:
            raise RuleBroken(_("Give a number of hours between 1 and %d.") % LONGEST_HOURS, field=name, rule="WF-K03")
    if rule["max_silence_hours"] < rule["every_hours"]:
        raise RuleBroken(
            _("A detector is silent only after it missed a look: give at least as many hours as between two looks."),
            field="max_silence_hours",
            rule="WF-K03",
        )


def check_effect(rule: dict[str, Any]) -> None:
    if rule["effect"] not in DegradationCondition.EFFECTS:
        raise RuleBroken(_("The effect is Weakened, Unsupported or Defeated."), field="effect")
    if not 1 <= rule["clear_after"] <= MOST_CLEAN_LOOKS:
        raise RuleBroken(_("Give between 1 and %d clean looks.") % MOST_CLEAN_LOOKS, field="clear_after")


def check_answer(rule: dict[str, Any]) -> None:
    unknown = [action for action in rule["actions"] if action not in Action.values]
    if unknown:
        raise RuleBroken(_("“%s” is no action. Choose from the list.") % str(unknown[0])[:60], field="actions")
    rule["actions"] = [action for action in Action.values if action in rule["actions"]]
    if rule["responder"] is not None:
        may_answer(rule["responder"], field="responder")
        if not rule["responder"].may("conditions.respond"):
            raise RuleBroken(
                _("The roles of %s do not include answering conditions. Choose somebody else.") % rule["responder"],
                field="responder",
            )
    within = rule["respond_within_hours"]
    if within is not None and not 1 <= within <= LONGEST_HOURS:
        raise RuleBroken(_("Give a number of hours between 1 and %d.") % LONGEST_HOURS, field="respond_within_hours")
    if Action.ESCALATE in rule["actions"] and within is None:
        raise RuleBroken(
            _("Others are told after a deadline. Say within how many hours it must be answered."),
            field="respond_within_hours",
        )
