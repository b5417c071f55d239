"""The part of the demo that checks and improves: documents, positions, an audit, a management review."""

from collections.abc import Callable
from datetime import date
from typing import Any

from aims.documents.actions import approve_document, create_document
from aims.standards import catalogue
from aims.standards.actions import set_position
from aims.tenancy.models import Member
from audits.actions.audits import choose_clauses, plan_audit, record_item, report_audit, start_audit
from audits.actions.corrective_actions import complete_corrective_action, plan_corrective_action
from audits.actions.findings import raise_finding
from audits.actions.nonconformities import analyse_nonconformity, raise_nonconformity
from audits.actions.review_actions import agree_action, complete_review_action
from audits.actions.reviews import comment_input, decide, freeze_inputs, gather_inputs, hold_review, plan_review
from audits.models import Finding, ManagementReview
from inventory.models import AISystem

Day = Callable[[int | None], date]
People = dict[str, Member]
DOCUMENT_KINDS = {"procedure": "method"}
UNLOOKED = "The rest of these clauses is looked at in the next audit of the programme."

# What the organisation says of itself on the day of loading; everything else has not been looked at yet.
POSITIONS = {
    "4.3": ("met", "Scope document, approved and reviewed each year.", "", ""),
    "5.2": ("met", "AI policy, approved by the board and acknowledged.", "", ""),
    "5.3": ("met", "Roles document; owners named in the register of systems.", "", ""),
    "6.1.2": ("met", "Register of risks with ratings and reasons.", "", ""),
    "6.1.3": (
        "partial",
        "Treatment plan and Statement of Applicability.",
        "Two treatments are late.",
        "Decide on both this month.",
    ),
    "8.2": ("met", "Risks are rated again after each release.", "", ""),
    "8.4": ("gap", "", "An assessment was not repeated after a supplier's change.", "Carry out the corrective action."),
    "9.1": ("partial", "Monitors of the weighty systems.", "Some samples are ageing.", "Collect them again."),
    "9.2.2": ("met", "One internal audit reported this year.", "", ""),
    "10.2": (
        "partial",
        "Corrective actions are planned and followed.",
        "Effects are not all checked yet.",
        "Check them on time.",
    ),
}


def load_documents(entries: list[dict[str, Any]], people: People, day: Day) -> None:
    """Each written by its owner and approved by somebody else."""
    for entry in entries:
        document = create_document(
            title=entry["title"],
            kind=DOCUMENT_KINDS.get(entry["kind"], entry["kind"]),
            body=entry["body"],
            owner=people[entry["owner"]],
            review_on=day(entry["review_in"]),
            actor=people["officer"],
        )
        approve_document(document, actor=people[entry["approver"]])


def load_positions(people: People, day: Day) -> None:
    """Where the organisation stands on the requirements of a few clauses."""
    for clause, (position, satisfied_by, gap, next_step) in POSITIONS.items():
        for requirement in catalogue.requirements(clause):
            set_position(
                requirement,
                position=position,
                satisfied_by=satisfied_by,
                gap=gap,
                next_step=next_step,
                owner=people["officer"],
                due_on=day(60) if gap else None,
                actor=people["officer"],
            )


def load_audit(entry: dict[str, Any], systems: dict[str, AISystem], people: People, day: Day) -> None:
    """Planned, carried out, reported; what it found is being worked on."""
    auditor = people[entry["lead"]]
    audit = plan_audit(
        title=entry["title"],
        criteria=entry["criteria"],
        scope_text=entry["scope"],
        lead_auditor=auditor,
        starts_on=day(entry["starts"]),
        ends_on=day(entry["ends"]),
        actor=auditor,
    )
    choose_clauses(audit, clauses=entry["clauses"], actor=auditor)
    start_audit(audit, actor=auditor)
    for requirement, seen in entry["checklist"].items():
        item = audit.checklist.get(requirement=requirement)
        if seen["result"] != "nonconforming":
            record_item(item, result=seen["result"], notes=seen["notes"], actor=auditor)
    findings: dict[str, Finding] = {}
    for found in entry["findings"]:
        findings[found["key"]] = raise_finding(
            audit,
            grade=found["grade"],
            requirement=found["requirement"],
            system=systems.get(found["system"]),
            statement=found["statement"],
            evidence_seen=found["seen"],
            actor=auditor,
        )
    for requirement, seen in entry["checklist"].items():
        if seen["result"] == "nonconforming":
            item = audit.checklist.get(requirement=requirement)
            record_item(item, result=seen["result"], notes=seen["notes"], actor=auditor)
    report_audit(audit, conclusion=entry["conclusion"], open_items_reason=UNLOOKED, actor=auditor)
    for wrong in entry["nonconformities"]:
        load_nonconformity(wrong, findings, people, day)


def load_nonconformity(entry: dict[str, Any], findings: dict[str, Finding], people: People, day: Day) -> None:
    nonconformity = raise_nonconformity(
        title=entry["title"],
        description=entry["description"],
        owner=people[entry["owner"]],
        due_on=day(entry["due"]),
        finding=findings[entry["finding"]],
        actor=people["officer"],
    )
    analyse_nonconformity(
        nonconformity, correction=entry["correction"], root_cause=entry["root_cause"], actor=people[entry["owner"]]
    )
    for planned in entry["actions"]:
        action = plan_corrective_action(
            nonconformity,
            description=planned["what"],
            owner=people[planned["who"]],
            due_on=day(planned["due"]),
            actor=people["officer"],
        )
        if planned["status"] == "done":
            complete_corrective_action(
                action, note=planned["note"], done_on=day(planned["done"]), actor=people[planned["who"]]
            )


def load_review(entry: dict[str, Any], people: People, day: Day) -> None:
    """Held, with its inputs gathered from what was loaded before it."""
    chair, officer = people[entry["chair"]], people["officer"]
    review = plan_review(
        title=entry["title"], held_on=day(entry["held"]), chair=chair, attendees=entry["attendees"], actor=officer
    )
    gather_inputs(review, actor=officer)
    for key, comment in entry["comments"].items():
        comment_input(review.inputs.get(input=key), comment=comment, actor=officer)
    freeze_inputs(review, actor=officer)
    decisions = [decide(review, result=d["result"], statement=d["statement"], actor=chair) for d in entry["decisions"]]
    for agreed in entry["actions"]:
        number = agreed["decision"]
        action = agree_action(
            review,
            description=agreed["what"],
            owner=people[agreed["who"]],
            due_on=day(agreed["due"]),
            decision=decisions[number - 1] if number else None,
            actor=chair,
        )
        if agreed["status"] == "done":
            complete_review_action(action, note=agreed["note"], actor=people[agreed["who"]])
    hold_review(
        ManagementReview.objects.get(pk=review.pk),
        conclusion=entry["conclusion"],
        attendees=entry["attendees"],
        actor=chair,
    )
