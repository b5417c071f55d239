"""Bringing due cases up to date, each in a transaction of its own, in the organisation that is entered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from aims.tenancy.door import acting_for_system
from aims.tenancy.scope import current_organisation_id
from cases.evaluation import reevaluate
from cases.models import AssuranceCase, StandingLevel

log = structlog.get_logger(__name__)
BATCH = 500


@dataclass(slots=True)
class Swept:
    """What a sweep of cases came to."""

    evaluated: int = 0
    fell: list[int] = field(default_factory=list)
    """Numbers of the cases whose standing is lower than before."""
    rose: list[int] = field(default_factory=list)
    failed: list[UUID] = field(default_factory=list)

    def __iadd__(self, other: "Swept") -> "Swept":
        self.evaluated += other.evaluated
        self.fell += other.fell
        self.rose += other.rose
        self.failed += other.failed
        return self


def reevaluate_due(now: datetime) -> Swept:
    """All cases that are due. Killed at any point, the next run goes on with what is still due; run twice, it finds
    nothing the second time; run by two workers, they pass each other's cases by."""
    swept, after = Swept(), None
    while True:
        due = AssuranceCase.objects.due(now).order_by("pk")
        ids = list((due.filter(pk__gt=after) if after else due).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return swept
        swept += reevaluate_each(ids, now, only_due=True)
        after = ids[-1]


def reevaluate_for_versions(version_ids: Iterable[UUID], now: datetime) -> Swept:
    """The cases that rest on given versions of evidence, due or not."""
    ids = AssuranceCase.objects.resting_on_versions(version_ids).order_by("pk").values_list("pk", flat=True)
    return reevaluate_each(list(ids), now)


def reevaluate_for_system(system_id: UUID, now: datetime) -> Swept:
    """The cases about a system, due or not."""
    ids = AssuranceCase.objects.in_force().filter(system_id=system_id).order_by("pk").values_list("pk", flat=True)
    return reevaluate_each(list(ids), now)


def reevaluate_each(case_ids: Sequence[UUID], now: datetime, *, only_due: bool = False) -> Swept:
    """Each case in its own transaction; one that cannot be evaluated is named and does not hold up the others."""
    swept = Swept()
    organisation_id = current_organisation_id()
    if organisation_id is None:
        raise RuntimeError("Enter an organisation first: a sweep works in one at a time.")
    for case_id in case_ids:
        try:
            with acting_for_system(organisation_id):
                reevaluate_one(case_id, now, swept, only_due=only_due)
        except Exception:  # whatever is wrong with one case, the others must not wait for its repair
            log.exception("case_not_evaluated", organisation=str(organisation_id), case=str(case_id))
            swept.failed.append(case_id)
    return swept


def reevaluate_one(case_id: UUID, now: datetime, swept: Swept, *, only_due: bool) -> None:
    """One case, unless another worker has it or did it meanwhile."""
    rows = AssuranceCase.objects.due(now) if only_due else AssuranceCase.objects.in_force()
    case = rows.filter(pk=case_id).select_for_update(of=("self",), skip_locked=only_due, no_key=True).first()
    if case is None:
        return
    before = StandingLevel(case.standing)
    after = reevaluate(case, now=now).standing
    swept.evaluated += 1
    if after != before:
        (swept.fell if after < before else swept.rose).append(case.number)
