"""Findings of an audit: what was found against a criterion, with the evidence seen."""

from django.db import transaction
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.standards import catalogue
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from audits.actions.audits import refuse_unless_in_progress
from audits.events import FindingEvent
from audits.independence import refuse_own_requirements, refuse_own_system
from audits.models import Audit, ChecklistItem, Finding
from inventory.models import AISystem


@transaction.atomic
def raise_finding(
    audit: Audit,
    *,
    grade: str,
    statement: str,
    evidence_seen: str,
    requirement: str = "",
    system: AISystem | None = None,
    actor: Member,
) -> Finding:
    """Write down a finding while the audit runs. Neither who raises it nor who leads the audit owns what it names."""
    row = locked(audit)
    refuse_unless_in_progress(row)
    check_finding(row, grade, requirement, system, actor)
    finding = Finding.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, Finding),
        audit=row,
        checklist_item=item_of(row, requirement),
        grade=grade,
        requirement=requirement,
        system=system,
        statement=statement,
        evidence_seen=evidence_seen,
        raised_by=actor,
    )
    told = {"audit": row.number, "grade": grade, "requirement": requirement, "system": system}
    record(FindingEvent.RAISED, finding, actor=actor, **told)
    return finding


@transaction.atomic
def edit_finding(
    finding: Finding,
    *,
    grade: str,
    statement: str,
    evidence_seen: str,
    requirement: str = "",
    system: AISystem | None = None,
    actor: Member,
    revision: int | None = None,
) -> Finding:
    """Correct a finding until the audit is reported."""
    row = locked(finding, revision=revision)
    audit = locked(row.audit)
    refuse_unless_in_progress(audit)
    check_finding(audit, grade, requirement, system, actor)
    if grade not in {Finding.Grade.MAJOR, Finding.Grade.MINOR} and row.nonconformities.exists():
        raise RuleBroken(
            _("A nonconformity was raised from this finding, so it stays a major or minor nonconformity."),
            field="grade",
        )
    changes = save_changes(
        row,
        grade=grade,
        statement=statement,
        evidence_seen=evidence_seen,
        requirement=requirement,
        checklist_item=item_of(audit, requirement),
        system=system,
    )
    if changes:
        changes.pop("checklist_item", None)
        record(FindingEvent.EDITED, row, actor=actor, **changes)
    return row


def check_finding(audit: Audit, grade: str, requirement: str, system: AISystem | None, actor: Member) -> None:
    if grade in {Finding.Grade.MAJOR, Finding.Grade.MINOR} and not requirement:
        raise RuleBroken(
            _(
                "A nonconformity is against a requirement. Choose the one that is not met, or grade it as an observation."
            ),
            field="requirement",
        )
    if requirement:
        refuse_unknown_requirement(requirement)
        refuse_own_requirements(actor, [requirement])
    refuse_own_system([actor, audit.lead_auditor], system)


def refuse_unknown_requirement(requirement: str) -> None:
    try:
        catalogue.requirement(requirement)
    except KeyError:
        raise RuleBroken(
            _("There is no requirement “%s”. Choose one of the catalogue, such as 8.4-r01.") % requirement[:40],
            field="requirement",
        ) from None


def item_of(audit: Audit, requirement: str) -> ChecklistItem | None:
    """The item of the checklist that a finding against this requirement belongs to, if it was looked at."""
    return audit.checklist.filter(requirement=requirement).first() if requirement else None
