"""Audits, nonconformities and reviews for the tests, made by the real actions."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.tenancy.numbers import next_number
from aims.tenancy.scope import working_in
from audits.actions import audits, corrective_actions, findings, nonconformities, review_actions, reviews
from audits.models import Audit, ChecklistItem, CorrectiveAction, Finding, ManagementReview, Nonconformity
from inventory.models import AISystem

BUDGET = 12


def today(days: int = 0) -> Any:
    return timezone.localdate() + timedelta(days=days)


def make_system(cast: Any, name: str = "Credit scoring", **fields: Any) -> AISystem:
    with working_in(cast.organisation):
        number = next_number(cast.organisation, AISystem)
        return AISystem.objects.create(organisation=cast.organisation, number=number, name=name, **fields)


def audit_values(cast: Any, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Audit of operation",
        "criteria": "Clauses 8 and 9.1",
        "scope_text": "Credit scoring, the last six months",
        "lead_auditor": cast.auditor,
        "starts_on": today(-4),
        "ends_on": today(),
        **fields,
    }


def make_audit(cast: Any, clauses: tuple[str, ...] = ("8.4",), **fields: Any) -> Audit:
    """A planned audit with a checklist."""
    with working_in(cast.organisation):
        audit = audits.plan_audit(actor=cast.auditor, **audit_values(cast, **fields))
        return audits.choose_clauses(audit, clauses=clauses, actor=cast.auditor)


def make_running_audit(cast: Any, clauses: tuple[str, ...] = ("8.4",), **fields: Any) -> Audit:
    audit = make_audit(cast, clauses, **fields)
    with working_in(cast.organisation):
        return audits.start_audit(audit, actor=cast.auditor)


def items_of(cast: Any, audit: Audit) -> list[ChecklistItem]:
    with working_in(cast.organisation):
        return list(audit.checklist.order_by("ordinal"))


def record_all(cast: Any, audit: Audit, result: str = "conforms") -> None:
    for item in items_of(cast, audit):
        with working_in(cast.organisation):
            audits.record_item(item, result=result, notes="Seen in the register.", actor=cast.auditor)


def make_finding(cast: Any, audit: Audit, **fields: Any) -> Finding:
    values = {
        "grade": "minor",
        "statement": "The assessment was not repeated after the change.",
        "evidence_seen": "Assessment dated before the release.",
        "requirement": "8.4-r01",
        **fields,
    }
    with working_in(cast.organisation):
        return findings.raise_finding(audit, actor=cast.auditor, **values)


def make_nonconformity(cast: Any, **fields: Any) -> Nonconformity:
    values = {
        "title": "Assessment not repeated",
        "description": "A new version went into use without its assessment.",
        "owner": cast.owner,
        "due_on": today(20),
        **fields,
    }
    with working_in(cast.organisation):
        return nonconformities.raise_nonconformity(actor=cast.officer, **values)


def make_analysed(cast: Any, **fields: Any) -> Nonconformity:
    nonconformity = make_nonconformity(cast, **fields)
    with working_in(cast.organisation):
        return nonconformities.analyse_nonconformity(
            nonconformity, correction="Use was paused.", root_cause="Nobody reads notices.", actor=cast.owner
        )


def make_action(cast: Any, nonconformity: Nonconformity, **fields: Any) -> CorrectiveAction:
    values = {"description": "Send notices to the owner", "owner": cast.contributor, "due_on": today(10), **fields}
    with working_in(cast.organisation):
        return corrective_actions.plan_corrective_action(nonconformity, actor=cast.owner, **values)


def make_done(cast: Any, nonconformity: Nonconformity) -> CorrectiveAction:
    action = make_action(cast, nonconformity)
    with working_in(cast.organisation):
        return corrective_actions.complete_corrective_action(action, note="Done in May.", actor=cast.contributor)


def make_review(cast: Any, **fields: Any) -> ManagementReview:
    values = {"title": "First half-year", "held_on": today(), "chair": cast.executive, "attendees": "The board"}
    with working_in(cast.organisation):
        return reviews.plan_review(actor=cast.officer, **{**values, **fields})


def make_gathered(cast: Any, **fields: Any) -> ManagementReview:
    review = make_review(cast, **fields)
    with working_in(cast.organisation):
        return reviews.gather_inputs(review, actor=cast.officer)


def make_prepared(cast: Any, **fields: Any) -> ManagementReview:
    review = make_gathered(cast, **fields)
    with working_in(cast.organisation):
        return reviews.freeze_inputs(review, actor=cast.officer)


def make_decided(cast: Any, **fields: Any) -> ManagementReview:
    """A prepared review with the decisions that 9.3.3 asks for, and one action."""
    review = make_prepared(cast, **fields)
    with working_in(cast.organisation):
        decision = reviews.decide(review, result="MR-OUT-1", statement="Pay a second tester.", actor=cast.executive)
        reviews.decide(review, result="MR-OUT-2", statement="None needed: it suits us.", actor=cast.executive)
        review_actions.agree_action(
            review,
            description="Hire a tester",
            owner=cast.owner,
            due_on=today(30),
            decision=decision,
            actor=cast.executive,
        )
    return review


def make_held(cast: Any, **fields: Any) -> ManagementReview:
    review = make_decided(cast, **fields)
    with working_in(cast.organisation):
        return reviews.hold_review(review, conclusion="It works.", attendees="The board", actor=cast.executive)


def queries(client: Any, path: str) -> int:
    """Statements of one request that read or write, without savepoints and the entering of the organisation."""
    with CaptureQueriesContext(connection) as caught:
        response = client.get(path)
    assert response.status_code == 200, path
    small = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET ", "SELECT SET_CONFIG")
    return len([q for q in caught.captured_queries if not q["sql"].upper().startswith(small)])
