"""Checking and improving: readiness by clause, audits and findings, nonconformities, the latest management review."""

from typing import Any

from django.db.models import Count, Prefetch
from django.utils.translation import gettext as _

from aims.standards import catalogue
from aims.standards.models import RequirementPosition
from audits.models import (
    Audit,
    ChecklistItem,
    CorrectiveAction,
    Finding,
    ManagementReview,
    Nonconformity,
    ReviewAction,
    ReviewDecision,
    ReviewInput,
)
from audits.packs.scope import PackScope, day, instant, name, rows_of, status

POSITION_TONES = {"unknown": "open", "gap": "bad", "partial": "warn", "met": "good"}
AUDIT_TONES = {"planned": "open", "in_progress": "info", "reported": "good", "cancelled": "neutral"}
GRADE_TONES = {"major": "bad", "minor": "warn", "observation": "info", "opportunity": "neutral"}
NONCONFORMITY_TONES = {"open": "bad", "analysed": "warn", "in_action": "info", "closed": "good"}
ACTION_TONES = {"planned": "open", "done": "info", "effective": "good", "ineffective": "bad", "cancelled": "neutral"}
REVIEW_TONES = {"planned": "open", "prepared": "info", "held": "good", "cancelled": "neutral"}
REVIEW_ACTION_TONES = {"open": "warn", "done": "good", "dropped": "neutral"}


def readiness(scope: PackScope) -> dict[str, Any]:
    """Each auditable clause with its requirements: where the organisation stands, by what, and the gap."""
    positions = {position.requirement: position for position in RequirementPosition.objects.select_related("owner")}
    return {
        "clauses": [
            describe_clause(clause, [positions.get(requirement.id) for requirement in clause.requirements])
            for clause in catalogue.auditable_clauses()
        ]
    }


def describe_clause(clause: Any, positions: list[RequirementPosition | None]) -> dict[str, Any]:
    states = [position.position if position else RequirementPosition.Position.UNKNOWN for position in positions]
    return {
        "reference": clause.ref,
        "title": clause.title,
        "counts": {value: states.count(value) for value in RequirementPosition.Position.values},
        "total": len(states),
        "requirements": [
            describe_requirement(requirement, position)
            for requirement, position in zip(clause.requirements, positions, strict=True)
        ],
    }


def describe_requirement(requirement: Any, position: RequirementPosition | None) -> dict[str, Any]:
    state = RequirementPosition.Position(position.position if position else "unknown")
    return {
        "id": requirement.id,
        "text": requirement.text,
        "position": status(state.label, POSITION_TONES[state]),
        "satisfied_by": position.satisfied_by[:1500] if position else "",
        "gap": position.gap[:1500] if position else "",
        "next_step": position.next_step[:500] if position else "",
        "owner": name(position.owner) if position else "",
        "due_on": day(position.due_on) if position else "",
    }


def audits(scope: PackScope) -> dict[str, Any]:
    """Internal audits, newest first, with how far their checklists are and what they found."""
    found = (
        Audit.objects.select_related("lead_auditor")
        .prefetch_related(
            Prefetch("findings", Finding.objects.select_related("system", "raised_by").order_by("number"))
        )
        .order_by("-starts_on", "-number")
    )
    rows = rows_of(found, 60)
    results: dict[Any, dict[str, int]] = {}
    tallies = ChecklistItem.objects.filter(audit__in=rows.shown).order_by().values_list("audit", "result")
    for audit, result, count in tallies.annotate(n=Count("pk")):
        results.setdefault(audit, {})[result] = count
    return rows.described(lambda audit: describe_audit(audit, results.get(audit.pk, {})))


def describe_audit(audit: Audit, results: dict[str, int]) -> dict[str, Any]:
    return {
        "number": audit.number,
        "title": audit.title,
        "criteria": audit.criteria[:1500],
        "scope": audit.scope_text[:1500],
        "lead_auditor": name(audit.lead_auditor),
        "starts_on": day(audit.starts_on),
        "ends_on": day(audit.ends_on),
        "status": status(audit.get_status_display(), AUDIT_TONES[audit.status]),
        "conclusion": audit.conclusion[:4000],
        "checklist": [
            {"label": str(label), "count": results.get(value, 0)} for value, label in ChecklistItem.Result.choices
        ]
        if results
        else [],
        "findings": [
            {
                "number": finding.number,
                "grade": status(finding.get_grade_display(), GRADE_TONES[finding.grade]),
                "requirement": finding.requirement,
                "system": name(finding.system),
                "statement": finding.statement[:2000],
                "evidence_seen": finding.evidence_seen[:2000],
                "raised_by": name(finding.raised_by),
            }
            for finding in audit.findings.all()
        ],
    }


def nonconformities(scope: PackScope) -> dict[str, Any]:
    """Nonconformities with correction, cause and corrective actions; open ones first."""
    actions = CorrectiveAction.objects.select_related("owner", "checked_by", "done_by").order_by("due_on", "number")
    found = (
        Nonconformity.objects.select_related("owner", "finding")
        .prefetch_related(Prefetch("corrective_actions", actions))
        .order_by("-status", "due_on", "number")
    )
    rows = rows_of(found, 500)
    rows.shown.sort(key=lambda one: one.status == Nonconformity.Status.CLOSED)
    return rows.described(lambda one: describe_nonconformity(one, scope))


def describe_nonconformity(one: Nonconformity, scope: PackScope) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "description": one.description[:2000],
        "finding": one.finding.number if one.finding else None,
        "owner": name(one.owner),
        "due_on": day(one.due_on),
        "is_overdue": one.status != Nonconformity.Status.CLOSED and one.due_on < scope.day,
        "status": status(one.get_status_display(), NONCONFORMITY_TONES[one.status]),
        "correction": one.correction[:2000],
        "root_cause": one.root_cause[:2000],
        "actions": [
            {
                "number": action.number,
                "description": action.description[:1500],
                "owner": name(action.owner),
                "due_on": day(action.due_on),
                "status": status(action.get_status_display(), ACTION_TONES[action.status]),
                "done_at": instant(action.done_at),
                "done_note": action.done_note[:1000],
                "checked_by": name(action.checked_by),
                "checked_at": instant(action.checked_at),
                "check_note": action.check_note[:1000],
            }
            for action in one.corrective_actions.all()
        ],
    }


def latest_review(scope: PackScope) -> dict[str, Any]:
    """The latest management review that was held, or else the one that comes next; inputs, decisions, actions."""
    reviews = ManagementReview.objects.exclude(status=ManagementReview.Status.CANCELLED).select_related("chair")
    review = reviews.filter(status=ManagementReview.Status.HELD).order_by("-held_on", "-number").first()
    review = review or reviews.order_by("held_on", "number").first()
    if review is None:
        return {"review": None}
    return {"review": describe_review(review)}


def describe_review(review: ManagementReview) -> dict[str, Any]:
    titles = {each.id: (each.ref, each.title) for each in catalogue.review_inputs()}
    kinds = {each.id: each.title for each in catalogue.review_results()}
    return {
        "number": review.number,
        "title": review.title,
        "held_on": day(review.held_on),
        "chair": name(review.chair),
        "attendees": review.attendees,
        "status": status(review.get_status_display(), REVIEW_TONES[review.status]),
        "frozen_at": instant(review.frozen_at),
        "frozen_sha256": review.frozen_sha256,
        "conclusion": review.conclusion[:6000],
        "inputs": [
            {
                "input": each.input,
                "reference": titles.get(each.input, ("", ""))[0],
                "title": titles.get(each.input, ("", each.input))[1],
                "gathered_at": instant(each.gathered_at),
                "comment": each.comment[:2000],
            }
            for each in ReviewInput.objects.filter(review=review).defer("facts").order_by("ordinal")
        ],
        "decisions": [
            {
                "number": each.number,
                "kind": kinds.get(each.result, _("Decision")),
                "statement": each.statement[:2000],
            }
            for each in ReviewDecision.objects.filter(review=review).order_by("number")
        ],
        "actions": [
            {
                "number": each.number,
                "description": each.description[:1500],
                "owner": name(each.owner),
                "due_on": day(each.due_on),
                "status": status(each.get_status_display(), REVIEW_ACTION_TONES[each.status]),
                "note": each.closing_note,
            }
            for each in ReviewAction.objects.filter(review=review).select_related("owner").order_by("due_on", "number")
        ],
    }
