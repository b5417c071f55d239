"""What falls if nobody acts: of one case, and over several for their register and the digest. One rule answers for both."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cases.causes import stored_causes, with_words
from cases.citing import is_reliable, name_of_cited
from cases.evaluation import Assessment, assess_loaded, causes_of_whole, whole_of
from cases.facts import CitedAhead, changes_of
from cases.listing import standing_badge
from cases.loading import level, load_in_force
from cases.models import AssuranceCase, Element, StandingLevel
from cases.scale import Standing
from cases.signing import needs_sign_off, sign_off_facts
from cases.standing import CaseStanding, Cause, Evaluation, forecast, steps_ahead

HORIZONS: Final = (30, 60, 90)
MOST_CASES: Final = 200
MOST_REASONS: Final = 3


@dataclass(frozen=True, slots=True)
class FallAhead:
    """An element, or without one the case as a whole, that goes down at a time if nobody acts, and why."""

    at: datetime
    case: AssuranceCase
    element: Element | None
    before: StandingLevel
    after: StandingLevel
    causes: list[dict[str, Any]]

    @property
    def before_badge(self) -> Any:
        return standing_badge(self.before)

    @property
    def after_badge(self) -> Any:
        return standing_badge(self.after)


@dataclass(frozen=True, slots=True)
class Horizon:
    """What falls within so many days, and where the case stands at their end."""

    days: int
    standing: StandingLevel
    falls: list[FallAhead]

    @property
    def badge(self) -> Any:
        return standing_badge(self.standing)


def forecast_of(assessment: Assessment, horizons: tuple[int, ...] = HORIZONS) -> list[Horizon]:
    """What falls in the coming days if nobody acts. Sound, because silence never improves a standing."""
    within = timedelta(days=max(horizons))
    look_ahead_in_cited([assessment], within)
    ahead = list(falls_of(assessment, within))
    found, standing, begin = [], assessment.standing, assessment.evaluation.at
    for days in horizons:
        end = assessment.evaluation.at + timedelta(days=days)
        falls = [fall for fall in ahead if begin < fall.at <= end]
        standing = min([standing, *(fall.after for fall in falls if fall.element is None)])
        found.append(Horizon(days, standing, falls))
        begin = end
    return found


def falls_of(assessment: Assessment, within: timedelta, *, with_elements: bool = True) -> Iterator[FallAhead]:
    """What goes down within a time, in its order: elements, then what that makes of the case."""
    case, now, standing = assessment.case, assessment.evaluation.at, assessment.standing
    rows = assessment.loaded.elements
    if not assessment.roots:
        return
    for then in steps_ahead(assessment.evaluation, within, sign_off_changes(assessment)):
        if with_elements:
            for key, (before, after) in then.changed.items():
                told = said_ahead(then, then.causes(key), now)
                yield FallAhead(then.at, case, rows[key], level(before), level(after), told)  # type: ignore[index]
        whole = whole_of(assessment.loaded, then)
        if whole.standing < standing:
            told = said_ahead(then, causes_then(assessment, then, whole), now)
            yield FallAhead(then.at, case, None, standing, level(whole.standing), told)
            standing = level(whole.standing)


def sign_off_changes(assessment: Assessment) -> list[datetime]:
    """When the signatures of a case in force run out."""
    if not needs_sign_off(assessment.case):
        return []
    signed = sign_off_facts(assessment.case, assessment.loaded.sign_offs, assessment.evaluation.at)
    return [at for fact in signed for at in changes_of(fact)]


def causes_then(assessment: Assessment, then: Evaluation, whole: CaseStanding) -> list[Cause]:
    """Why the case stands below Holds at an instant to come, gravest first."""
    argued = [cause for root in assessment.roots for cause in then.causes(root.id)]
    return sorted([*argued, *causes_of_whole(then, whole)], key=lambda cause: cause.standing)


def said_ahead(then: Evaluation, causes: Sequence[Cause], now: datetime) -> list[dict[str, Any]]:
    """The gravest causes in words; what comes by then before what is so already."""
    to_come = sorted(causes, key=lambda cause: cause.since is None or cause.since <= now)
    return with_words(stored_causes(then, to_come[:MOST_REASONS]), now=now)


def look_ahead_in_cited(assessments: Sequence[Assessment], within: timedelta) -> None:
    """Let what falls in the cited cases within a time fall on what cites them, all the way down; reads the cited cases of
    all of them together."""
    cited = {row.case_id: row.case for one in assessments for row in one.loaded.cited.values() if is_reliable(row)}
    if not cited:
        return
    at = assessments[0].evaluation.at
    theirs = [assess_loaded(other, at=at) for other in load_in_force(list(cited.values()))]
    look_ahead_in_cited(theirs, within)
    steps: dict[UUID, list[tuple[datetime, Standing]]] = {}
    for other in theirs:
        for fall in forecast(other.evaluation, within)[0]:
            steps.setdefault(fall.element.id, []).append((fall.at, fall.after))  # type: ignore[arg-type]
    for one in assessments:
        for element in one.loaded.argument.elements:
            for source in element.citations:
                if source in steps and source in one.loaded.cited:
                    label = name_of_cited(one.loaded.cited[source])  # type: ignore[index]
                    one.loaded.facts.add(element.id, CitedAhead(steps=steps[source], label=label))  # type: ignore[index]


# --- Over several cases ---


def falls_ahead(cases: Iterable[AssuranceCase], now: datetime, days: int) -> list[FallAhead]:
    """The falls of whole cases within so many days, soonest first; reads the arguments of all of them together."""
    wanted, within = list(cases), timedelta(days=days)
    if not wanted:
        return []
    assessments = [assess_loaded(loaded, at=now) for loaded in load_in_force(wanted)]
    look_ahead_in_cited(assessments, within)
    found = [fall for one in assessments for fall in falls_of(one, within, with_elements=False)]
    return sorted(found, key=lambda fall: (fall.at, fall.case.number))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What falls within so many days over all cases in force; `left_out` cases were too many to look at."""

    days: int
    falls: list[FallAhead]
    left_out: int


def outlook(now: datetime, days: int) -> Outlook:
    """The cases in force that change by themselves within so many days; those that change soonest, up to `MOST_CASES`."""
    due = AssuranceCase.objects.in_force().filter(next_transition_at__lte=now + timedelta(days=days))
    wanted = list(due.for_list().order_by("next_transition_at", "number")[:MOST_CASES])
    total = due.count() if len(wanted) == MOST_CASES else len(wanted)
    return Outlook(days, falls_ahead(wanted, now, days), total - len(wanted))
