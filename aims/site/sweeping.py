"""The sweep: what time alone does, found in every organisation that has something due.

Evidence first, then the controls that rest on it, then what degradation conditions watch, then the cases, and once a day
what smells in them. Each step works in small transactions of its own and
takes up only what is due, so a killed sweep loses nothing and a second one at the same time does nothing twice.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from aims.tenancy.across import organisations_due
from aims.tenancy.door import acting_for_system
from aims.tenancy.models import Organisation
from aims.tenancy.scope import organisation_scope
from cases.actions import escalate_due, look_if_due, remind_of_sign_offs
from cases.condition_sweep import Watched, watch_due
from cases.sweep import Swept, reevaluate_due
from evidence.actions import remind_due
from evidence.sweep import batches
from risks.actions import refresh_for_items

log = structlog.get_logger(__name__)
EVERY_ORGANISATION = 100_000


@dataclass(slots=True)
class Summary:
    """What a sweep came to."""

    organisations: int = 0
    stale: int = 0
    controls: int = 0
    reminded: int = 0
    escalated: int = 0
    conditions: Watched = field(default_factory=Watched)
    cases: Swept = field(default_factory=Swept)
    failed: list[UUID] = field(default_factory=list)
    """Organisations in which the sweep broke off; the log says why."""

    def __str__(self) -> str:
        cases = self.cases
        return (
            f"organisations {self.organisations}, evidence stale {self.stale}, controls changed {self.controls}, "
            f"conditions looked at {self.conditions.looked_at}, cases evaluated {cases.evaluated}, "
            f"fell {len(cases.fell)}, rose {len(cases.rose)}, "
            f"reminded {self.reminded}, escalated {self.escalated}, failed "
            f"{len(self.conditions.failed) + len(cases.failed) + len(self.failed)}"
        )


def sweep(now: datetime, organisation: Organisation | None = None) -> Summary:
    """Sweep one organisation, or all that have something due. One that breaks off does not hold up the others."""
    summary = Summary()
    for organisation_id in [organisation.pk] if organisation else due_organisations(now):
        try:
            sweep_organisation(organisation_id, now, summary)
        except Exception:  # the next beat tries this one again
            log.exception("sweep_broke_off", organisation=str(organisation_id))
            summary.failed.append(organisation_id)
    return summary


def due_organisations(now: datetime) -> list[UUID]:
    """Those with something due; cases come due by evidence within the sweep, so evidence alone is enough."""
    # Across organisations: the sweep learns whom to visit before it enters any of them.
    found = {
        organisation_id
        for function in (
            "across_evidence_due",
            "across_evidence_requests_due",
            "across_conditions_due",
            "across_cases_due",
            "across_signals_due",
            "across_smells_due",
            "across_sign_offs_due",
        )
        for organisation_id in organisations_due(function, now, EVERY_ORGANISATION)
    }
    return sorted(found)


def sweep_organisation(organisation_id: UUID, now: datetime, summary: Summary) -> None:
    """Evidence in batches, the controls that rely on each batch, then every condition and every case that is due by now."""
    summary.organisations += 1
    with organisation_scope(organisation_id):
        organisation = Organisation.objects.get(pk=organisation_id)
        found = batches(organisation, now)
        while True:
            # One transaction: a batch that is no longer due must not leave its controls behind when a worker is killed.
            with acting_for_system(organisation):
                stale = next(found, None)
                changed = refresh_for_items({version.item_id for version in stale}, now) if stale else []
            if stale is None:
                break
            summary.stale += len(stale)
            summary.controls += len(changed)
        summary.conditions += watch_due(now)
        summary.cases += reevaluate_due(now)
        summary.reminded += remind_due(now) + remind_of_sign_offs(now)
        summary.escalated += escalate_due(now)
        look_if_due(now)
