"""Where a case stands now, and the one writer of stored standings. Nothing here, or anywhere, sets a standing by hand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models, transaction
from django.utils import timezone

from aims.tenancy.models import Member
from aims.trail.record import record_many
from cases import signalling
from cases.argument import Element as PureElement
from cases.causes import stored_causes
from cases.challenge_telling import follow_answers
from cases.citing import bring_up_to_date, cases_citing
from cases.events import CaseEvent, ElementEvent
from cases.following import mark_due
from cases.latest import follow_latest
from cases.loading import LoadedCase, level, load_case, load_in_force
from cases.models import AssuranceCase, Element, StandingLevel, StandingTransition
from cases.scale import Standing
from cases.signing import needs_sign_off, settle_lapses, sign_off_facts
from cases.standing import CaseStanding, Cause, Evaluation, case_standing, evaluate

Happening = tuple[str, models.Model, dict[str, Any]]

# When half an argument moves at once, the causes of each of its elements would say the same over and over.
MOST_EXPLAINED: Final = 300


@dataclass(slots=True)
class Assessment:
    """A case and its standing at one instant."""

    loaded: LoadedCase
    evaluation: Evaluation
    roots: list[PureElement]
    standing: StandingLevel
    next_of_cited: datetime | None = None
    whole: CaseStanding | None = None
    """What concerns the case as a whole: that its owner has signed it."""

    @property
    def next_transition_at(self) -> datetime | None:
        """When something changes by itself: a fact of this case, its sign-off, its owner, or a case that it cites."""
        own = self.whole.next_transition_at if self.whole else self.evaluation.next_transition_at
        changes = [at for at in (own, self.next_of_cited, self.case.withdraw_at) if at is not None]
        return min(changes, default=None)

    @property
    def argued(self) -> StandingLevel:
        """The standing of the argument alone, before the want of a signature caps it."""
        return level(self.whole.root) if self.whole else self.standing

    @property
    def case(self) -> AssuranceCase:
        return self.loaded.case

    def standing_of(self, element: Element) -> StandingLevel:
        return level(self.evaluation[element.pk])

    def causes(self) -> list[Cause]:
        """Why the case is below Holds: the causes of its roots, and what concerns it as a whole."""
        return sorted([*self.argued_causes(), *self.causes_of_whole()], key=lambda cause: cause.standing)

    def argued_causes(self) -> list[Cause]:
        """The causes of its roots."""
        return [cause for root in self.roots for cause in self.evaluation.causes(root.id)]

    def causes_of_whole(self) -> list[Cause]:
        """That nobody stands behind it, told of its claim on top."""
        return causes_of_whole(self.evaluation, self.whole) if self.whole else []

    def stored_causes(self) -> list[dict[str, Any]]:
        """The gravest of them as rows keep them."""
        return stored_causes(self.evaluation, self.causes())


def causes_of_whole(evaluation: Evaluation, whole: CaseStanding) -> list[Cause]:
    """What lowers a case as a whole, told of its claim on top."""
    argument = evaluation.argument
    top = argument.roots[0]
    node = argument.node(top.id)
    return [
        Cause(top, one.standing, one.reason, label, one.since, {}, {node: -1}, node, argument.elements)
        for label, one in whole.findings
        if one.reason is not None
    ]


def assess(case: AssuranceCase, *, at: datetime | None = None) -> Assessment:
    """Where the case stands at an instant. Writes nothing, so every page may ask."""
    return assess_loaded(load_in_force([case], at)[0], at=at)


def assess_draft(case: AssuranceCase, *, at: datetime | None = None) -> Assessment:
    """Where the working argument stands, whether or not a baseline is in force beside it."""
    return assess_loaded(load_case(case), at=at)


def assess_loaded(loaded: LoadedCase, *, at: datetime | None = None) -> Assessment:
    """The same for a case that is loaded already. A case without a claim on top is not argued; of several tops the
    weakest counts, so that a stray claim never hides behind a good one."""
    at = at or timezone.now()
    next_of_cited = bring_up_to_date(loaded, at) if loaded.cited else None
    evaluation = evaluate(loaded.argument, loaded.facts, at)
    roots = loaded.argument.roots
    if not roots:
        return Assessment(loaded, evaluation, roots, level(Standing.UNDEVELOPED), next_of_cited)
    whole = whole_of(loaded, evaluation)
    return Assessment(loaded, evaluation, roots, level(whole.standing), next_of_cited, whole)


def whole_of(loaded: LoadedCase, evaluation: Evaluation) -> CaseStanding:
    """The case as a whole at the instant of an evaluation: its weakest claim on top, capped while nobody has signed it."""
    lowest = min(loaded.argument.roots, key=lambda root: evaluation[root.id])
    if not needs_sign_off(loaded.case):
        return case_standing(evaluation, lowest.id)
    signed = sign_off_facts(loaded.case, loaded.sign_offs, evaluation.at)
    return case_standing(evaluation, lowest.id, needs_sign_off=True, sign_offs=signed)


def show_as_of(cases: Sequence[AssuranceCase], at: datetime) -> None:
    """Put the standing at an instant into rows that were read for showing; nothing is written.

    What is stored is right for every case that is not due, because whatever happens makes its cases due.
    """
    late = [case for case in cases if is_late(case, at)]
    for loaded in load_in_force(late) if late else []:
        assessment = assess_loaded(loaded, at=at)
        loaded.case.standing = assessment.standing
        loaded.case.standing_as_of = at
        loaded.case.standing_causes = assessment.stored_causes()
        loaded.case.next_transition_at = assessment.next_transition_at


def is_late(case: AssuranceCase, at: datetime) -> bool:
    """Whether the stored standing may be out of date at an instant."""
    is_in_force = case.status != AssuranceCase.Status.WITHDRAWN
    return is_in_force and case.next_transition_at is not None and case.next_transition_at <= at


@transaction.atomic
def reevaluate(
    case: AssuranceCase,
    *,
    now: datetime | None = None,
    actor: Member | None = None,
    happenings: Sequence[Happening] = (),
    is_edit: bool | None = None,
) -> AssuranceCase:
    """Bring the stored standings of a case up to date: only what changed is written, with its causes.

    `is_edit`: somebody changed the argument, so that gaps are work in progress and what comes back waits for a person to
    close its signal; otherwise the world did. Without it, whatever has an actor is an edit.

    `happenings` are what the caller's action did; they are recorded before what follows from them. A case is evaluated
    by one worker at a time, because its row stays locked until the transaction ends.
    """
    # All locks of numbers and rows come before that of the trail: two actions never wait for each other in a ring.
    row = AssuranceCase.objects.select_for_update(of=("self",), no_key=True).select_related("system").get(pk=case.pk)
    is_edit = actor is not None if is_edit is None else is_edit
    lapsed = settle_lapses(row, now or timezone.now())
    if row.status == AssuranceCase.Status.WITHDRAWN:
        if row.next_transition_at is not None:
            AssuranceCase.objects.filter(pk=row.pk).update(next_transition_at=None)
        record_many([*happenings, *lapsed], actor=actor)
        return row
    # By all that is known by now, whatever the clock of the caller says: what happened meanwhile must not be unlearnt.
    loaded = load_in_force([row])[0]
    taken = follow_latest(loaded)
    assessment = assess_loaded(load_in_force([row])[0] if taken else loaded, at=now)
    follow = [
        *happenings,
        *lapsed,
        *taken,
        *write_standings(assessment, is_edit=is_edit),
        *follow_answers(assessment),
    ]
    follow += life_after(assessment, actor)
    record_many(follow, actor=actor)
    if not is_edit:
        signalling.close_restored(follow)
    for name in ("standing", "standing_as_of", "standing_causes", "next_transition_at"):
        setattr(case, name, getattr(row, name))
    return row


def life_after(assessment: Assessment, actor: Member | None) -> list[Happening]:
    """The steps of a case in review or in force that follow by themselves; a draft that nobody leaves pays nothing."""
    case = assessment.case
    if case.is_editable and not case.is_relied_on and case.withdraw_at is None:
        return []
    from cases.life import follow_life

    return follow_life(assessment, actor=actor)


def write_standings(assessment: Assessment, *, is_edit: bool) -> list[Happening]:
    """Write what changed; returns what the trail is to be told."""
    case, evaluation = assessment.case, assessment.evaluation
    before = StandingLevel(case.standing)
    changed = {
        row: level(evaluation[row.pk])
        for row in assessment.loaded.elements.values()
        if row.standing != evaluation[row.pk]
    }
    falls = {row: StandingLevel(row.standing) for row, after in changed.items() if after < row.standing}
    write_transitions(assessment, changed)
    for standing in set(changed.values()):
        ids = [row.pk for row, after in changed.items() if after == standing]
        Element.objects.filter(pk__in=ids).update(standing=standing)
    case.standing, case.standing_as_of = assessment.standing, evaluation.at
    is_retimed = case.next_transition_at != assessment.next_transition_at
    case.next_transition_at, case.standing_causes = assessment.next_transition_at, assessment.stored_causes()
    # SECURITY: the one place that writes a standing, always from the evaluation.
    AssuranceCase.objects.filter(pk=case.pk).update(
        standing=case.standing,
        standing_as_of=case.standing_as_of,
        standing_causes=case.standing_causes,
        next_transition_at=case.next_transition_at,
    )
    if any(row.is_public for row in (assessment.loaded.elements.values() if is_retimed else changed)):
        mark_due(cases_citing(cases=[case.pk]))
    told: list[Happening] = []
    if changed or before != assessment.standing:
        told += signalling.follow_standings(assessment, before, falls, is_edit=is_edit)
    return [*happenings_of(assessment, before, changed), *told]


def write_transitions(assessment: Assessment, changed: dict[Element, StandingLevel]) -> None:
    """Add the history of belief: a row for the case and for each element that moved."""
    case, evaluation = assessment.case, assessment.evaluation
    is_explained = len(changed) <= MOST_EXPLAINED
    rows = [
        StandingTransition(
            organisation_id=case.organisation_id,
            case=case,
            element=row,
            before=row.standing,
            after=after,
            as_of=evaluation.at,
            causes=stored_causes(evaluation, evaluation.causes(row.pk)) if is_explained else [],
        )
        for row, after in changed.items()
    ]
    if case.standing != assessment.standing:
        rows.append(
            StandingTransition(
                organisation_id=case.organisation_id,
                case=case,
                before=case.standing,
                after=assessment.standing,
                as_of=evaluation.at,
                causes=assessment.stored_causes(),
            )
        )
    StandingTransition.objects.bulk_create(rows, batch_size=500)


def happenings_of(
    assessment: Assessment, before: StandingLevel, changed: dict[Element, StandingLevel]
) -> Iterable[Happening]:
    """What the trail says about the change: one event for the case, or for its elements when the case stayed."""
    after, case = assessment.standing, assessment.case
    moved = [f"{row.address}: {StandingLevel(row.standing).name} → {new.name}" for row, new in changed.items()]
    if after != before:
        event = CaseEvent.FELL if after < before else CaseEvent.ROSE
        yield event, case, {"standing": [before.name, after.name], "elements": moved}
    elif changed:
        yield ElementEvent.STANDING_CHANGED, case, {"elements": moved}
