"""Internal audits (9.2): plan, choose requirements, start, work through the checklist, report, cancel."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.standards import catalogue
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from audits import telling
from audits.events import AuditEvent
from audits.independence import refuse_own_requirements, refuse_own_system, refuse_wrong_lead
from audits.models import Audit, ChecklistItem

IN_PLANNING = {Audit.Status.PLANNED, Audit.Status.IN_PROGRESS}


@transaction.atomic
def plan_audit(
    *, title: str, criteria: str, scope_text: str, lead_auditor: Member, starts_on: date, ends_on: date, actor: Member
) -> Audit:
    """Plan an internal audit with its criteria, scope and an impartial lead auditor."""
    check_plan(lead_auditor, starts_on, ends_on)
    audit = Audit.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, Audit),
        title=title,
        criteria=criteria,
        scope_text=scope_text,
        lead_auditor=lead_auditor,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    record(AuditEvent.PLANNED, audit, actor=actor, lead_auditor=lead_auditor, starts_on=starts_on, ends_on=ends_on)
    tell_lead(audit, actor)
    return audit


@transaction.atomic
def edit_audit(
    audit: Audit,
    *,
    title: str,
    criteria: str,
    scope_text: str,
    lead_auditor: Member,
    starts_on: date,
    ends_on: date,
    actor: Member,
    revision: int | None = None,
) -> Audit:
    """Change the plan until the audit is reported or cancelled."""
    row = locked(audit, revision=revision)
    refuse_finished(row)
    check_plan(lead_auditor, starts_on, ends_on)
    if row.status == Audit.Status.IN_PROGRESS:
        refuse_partial_lead(row, lead_auditor)
    changes = save_changes(
        row,
        title=title,
        criteria=criteria,
        scope_text=scope_text,
        lead_auditor=lead_auditor,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    if changes:
        record(AuditEvent.EDITED, row, actor=actor, **changes)
        if "lead_auditor" in changes:
            tell_lead(row, actor)
    return row


@transaction.atomic
def choose_clauses(audit: Audit, *, clauses: Iterable[str], actor: Member, revision: int | None = None) -> Audit:
    """Make the checklist hold the requirements of these clauses; what was already looked at is never dropped."""
    row = locked(audit, revision=revision)
    refuse_finished(row)
    wanted = requirements_of(clauses)
    if not wanted:
        raise RuleBroken(_("An audit looks at something. Choose at least one clause."), field="clauses")
    existing = {item.requirement: item for item in ChecklistItem.objects.filter(audit=row).with_findings()}
    dropped = [item for key, item in existing.items() if key not in wanted]
    seen = sorted({item.clause for item in dropped if item.result != ChecklistItem.Result.OPEN or item.finding_count})
    if seen:
        raise RuleBroken(
            _("The audit has already looked at clause %s. Keep it, or set its items back to “not looked at” first.")
            % ", ".join(seen),
            field="clauses",
        )
    if row.status == Audit.Status.IN_PROGRESS:
        refuse_own_requirements(row.lead_auditor, wanted)
    ChecklistItem.objects.filter(pk__in=[item.pk for item in dropped]).delete()
    places = {requirement.id: place for place, requirement in enumerate(catalogue.requirements(), start=1)}
    added = [key for key in wanted if key not in existing]
    ChecklistItem.objects.bulk_create(
        ChecklistItem(
            organisation_id=row.organisation_id,
            audit=row,
            ordinal=places[key],
            requirement=key,
            clause=catalogue.requirement(key).clause,
        )
        for key in added
    )
    if added or dropped:
        save_changes(row, updated_at=timezone.now())
        told = {"added": len(added), "removed": len(dropped), "clauses": sorted(clauses)}
        record(AuditEvent.CHECKLIST_CHOSEN, row, actor=actor, **told)
    return row


@transaction.atomic
def start_audit(audit: Audit, *, actor: Member) -> Audit:
    """Begin: the checklist is there and the lead auditor answers for nothing in it."""
    requirements = list(audit.checklist.values_list("requirement", flat=True))
    if not requirements:
        raise RuleBroken(_("The audit has no checklist. Choose the clauses that it looks at, then start it."))
    refuse_wrong_lead(audit.lead_auditor)
    refuse_own_requirements(audit.lead_auditor, requirements)
    return move(audit, Audit.Status.IN_PROGRESS, event=AuditEvent.STARTED, actor=actor)


@transaction.atomic
def record_item(
    item: ChecklistItem, *, result: str, notes: str, actor: Member, revision: int | None = None
) -> ChecklistItem:
    """Say what was seen for a requirement and what follows. Audit evidence is kept with the verdict (9.2.2)."""
    row = locked(item, revision=revision)
    audit = locked(row.audit)
    refuse_unless_in_progress(audit)
    refuse_own_requirements(actor, [row.requirement])
    if result != ChecklistItem.Result.OPEN and not notes.strip():
        raise RuleBroken(
            _("A verdict rests on something. Say what was seen, where and in which records."), field="notes"
        )
    settled = {ChecklistItem.Result.CONFORMS, ChecklistItem.Result.NOT_APPLICABLE}
    if result in settled and row.findings.nonconforming().exists():
        raise RuleBroken(
            _("A nonconformity was found here. Record “does not conform”, or change the grade of the finding."),
            field="result",
        )
    changes = save_changes(row, result=result, notes=notes)
    if changes:
        record(AuditEvent.ITEM_RECORDED, audit, actor=actor, requirement=row.requirement, **changes)
    return row


@transaction.atomic
def report_audit(
    audit: Audit, *, conclusion: str, open_items_reason: str = "", actor: Member, revision: int | None = None
) -> Audit:
    """Finish with a conclusion. Items not looked at need a reason, a requirement that is not met needs its finding."""
    row = locked(audit, revision=revision)
    refuse_unless_in_progress(row)
    if not conclusion.strip():
        raise RuleBroken(_("Say in the conclusion whether the audited part conforms and works."), field="conclusion")
    count = row.checklist.filter(result=ChecklistItem.Result.OPEN).count()
    if count and not open_items_reason.strip():
        raise RuleBroken(
            _("%d items of the checklist were not looked at. Work through them, or say why they stay open.") % count,
            field="open_items_reason",
        )
    refuse_missing_findings(row)
    for finding in row.findings.select_related("system"):
        refuse_own_system([row.lead_auditor], finding.system)
    fields = {
        "conclusion": conclusion,
        "open_items_reason": open_items_reason if count else "",
        "reported_at": timezone.now(),
    }
    return move(
        audit, Audit.Status.REPORTED, event=AuditEvent.REPORTED, actor=actor, fields=fields, items_left_open=count
    )


@transaction.atomic
def cancel_audit(audit: Audit, *, reason: str, actor: Member) -> Audit:
    """Give an audit up, with the reason that the programme keeps."""
    if not reason.strip():
        raise RuleBroken(_("Say why the audit is cancelled."), field="reason")
    return move(
        audit,
        Audit.Status.CANCELLED,
        event=AuditEvent.CANCELLED,
        actor=actor,
        fields={"cancelled_reason": reason},
        reason=reason,
    )


def check_plan(lead_auditor: Member, starts_on: date, ends_on: date) -> None:
    refuse_wrong_lead(lead_auditor)
    if ends_on < starts_on:
        raise RuleBroken(_("The audit ends before it starts. Choose a later day."), field="ends_on")


def requirements_of(clauses: Iterable[str]) -> dict[str, None]:
    """Keys of the requirements of these clauses, in the order of the catalogue."""
    chosen = set(clauses)
    return dict.fromkeys(each.id for each in catalogue.requirements() if each.clause in chosen)


def refuse_finished(audit: Audit) -> None:
    if audit.status not in IN_PLANNING:
        raise RuleBroken(_("This audit is closed and is kept as it is. Plan a new one."))


def refuse_unless_in_progress(audit: Audit) -> None:
    if audit.status == Audit.Status.PLANNED:
        raise RuleBroken(_("The audit has not started. Start it first."))
    refuse_finished(audit)


def refuse_partial_lead(audit: Audit, lead_auditor: Member) -> None:
    """A new lead of a running audit is as impartial as the first one."""
    refuse_own_requirements(lead_auditor, audit.checklist.values_list("requirement", flat=True))
    for finding in audit.findings.select_related("system"):
        refuse_own_system([lead_auditor], finding.system)


def refuse_missing_findings(audit: Audit) -> None:
    """Every requirement that does not conform has a finding that says so."""
    explained = audit.findings.nonconforming().values("requirement")
    bare = audit.checklist.filter(result=ChecklistItem.Result.NONCONFORMING).exclude(requirement__in=explained)
    missing = list(bare.values_list("requirement", flat=True)[:5])
    if missing:
        raise RuleBroken(
            _("%s does not conform, but no finding says what was found. Raise a major or minor nonconformity for it.")
            % ", ".join(missing)
        )


def tell_lead(audit: Audit, actor: Member) -> None:
    telling.tell_responsible(
        audit,
        audit.lead_auditor,
        page="audit_detail",
        number=audit.number,
        event=AuditEvent.PLANNED,
        sentence=telling.lead_sentence(actor, audit.title),
        actor=actor,
        due_on=audit.starts_on,
    )
