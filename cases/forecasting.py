"""What falls if nobody acts, over several cases: the same rule as the forecast of one case, for Home and the digest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cases.causes import stored_causes, with_words
from cases.evaluation import Assessment, assess_loaded
from cases.listing import standing_badge
from cases.loading import level, load_in_force
from cases.models import AssuranceCase, StandingLevel
from cases.standing import evaluate, forecast

MOST_CASES: Final = 200


@dataclass(frozen=True, slots=True)
class CaseFall:
    """A case that goes down at a time if nobody acts, and why."""

    at: datetime
    case: AssuranceCase
    before: StandingLevel
    after: StandingLevel
    causes: list[dict[str, Any]]

    @property
    def before_badge(self) -> Any:
        return standing_badge(self.before)

    @property
    def after_badge(self) -> Any:
        return standing_badge(self.after)


def falls_ahead(cases: Iterable[AssuranceCase], now: datetime, days: int) -> list[CaseFall]:
    """The falls of whole cases within so many days, soonest first; reads the arguments of all of them together."""
    wanted = list(cases)
    if not wanted:
        return []
    found = [fall for loaded in load_in_force(wanted) for fall in falls_of(assess_loaded(loaded, at=now), days)]
    return sorted(found, key=lambda fall: (fall.at, fall.case.number))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What falls within so many days over all cases in force; `left_out` cases were too many to look at."""

    days: int
    falls: list[CaseFall]
    left_out: int


def outlook(now: datetime, days: int) -> Outlook:
    """The cases in force that change by themselves within so many days; those that change soonest, up to `MOST_CASES`."""
    due = AssuranceCase.objects.in_force().filter(next_transition_at__lte=now + timedelta(days=days))
    wanted = list(due.for_list().order_by("next_transition_at", "number")[:MOST_CASES])
    total = due.count() if len(wanted) == MOST_CASES else len(wanted)
    return Outlook(days, falls_ahead(wanted, now, days), total - len(wanted))


def falls_of(assessment: Assessment, days: int) -> list[CaseFall]:
    """When one case as a whole goes down: its roots at each instant at which something below them falls."""
    falls, _last = forecast(assessment.evaluation, timedelta(days=days))
    found, standing = [], assessment.standing
    for at in sorted({fall.at for fall in falls}):
        then = evaluate(assessment.loaded.argument, assessment.loaded.facts, at)
        after = level(min(then[root.id] for root in assessment.roots))
        if after < standing:
            causes = [cause for root in assessment.roots for cause in then.causes(root.id)]
            told = with_words(stored_causes(then, causes[:3]))
            found.append(CaseFall(at, assessment.case, standing, after, told))
            standing = after
    return found
