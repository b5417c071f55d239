"""The history of challenges, and telling people: of a doubt, its answer, its decision, and of an answer that lapsed."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from cases.challenges import name_of_challenge
from cases.events import DoubtEvent
from cases.facts import TICK
from cases.models import Challenge, ChallengeEvent
from cases.scale import Standing

if TYPE_CHECKING:
    from cases.evaluation import Assessment

Status = Challenge.Status
EVENTS = {
    Status.SUSTAINED: DoubtEvent.SUSTAINED,
    Status.REFUTED: DoubtEvent.REFUTED,
    Status.RESIDUAL: DoubtEvent.ACCEPTED,
    Status.WITHDRAWN: DoubtEvent.WITHDRAWN,
}


def keep_event(
    row: Challenge, kind: str, *, now: datetime, actor: Member | None, before: str = "", note: str = ""
) -> ChallengeEvent:
    """Add to the history of a challenge, always later than what is there."""
    row.last_event_at = max(now, row.last_event_at + TICK) if row.last_event_at else now
    row.save(update_fields=["last_event_at"])
    return ChallengeEvent.objects.create(
        organisation_id=row.organisation_id,
        challenge=row,
        at=row.last_event_at,
        kind=kind,
        before=before,
        after=row.status,
        note=note,
        actor=actor,
        severity=row.severity,
        response_element_id=row.response_element_id,
        significance=row.significance,
        accepted_until=row.accepted_until,
        changed_at=row.changed_at,
    )


def follow_answers(assessment: "Assessment") -> list[tuple[str, models.Model, dict[str, Any]]]:
    """Write down which answers of refuted challenges no longer hold, or hold again, and tell people. The rule has counted
    the doubt already; returns what the trail is to be told."""
    told: list[tuple[str, models.Model, dict[str, Any]]] = []
    elements, evaluation = assessment.loaded.elements, assessment.evaluation
    for row in assessment.loaded.challenges:
        if row.status != Status.REFUTED:
            continue
        answer = elements.get(row.response_element_id)
        has_lapsed = answer is None or evaluation[answer.pk] is not Standing.HOLDS
        if has_lapsed == (row.lapsed_at is not None):
            continue
        row.case = assessment.case
        row.lapsed_at = evaluation.at if has_lapsed else None
        row.save(update_fields=["lapsed_at"])
        kind, event = ("lapsed", DoubtEvent.LAPSED) if has_lapsed else ("answer_back", DoubtEvent.ANSWER_BACK)
        keep_event(row, kind, before=row.status, now=evaluation.at, actor=None)
        name = answer.address if answer else ""
        words = {"challenge": row.number, "answer": name}
        told += [(event, row, words), (event, assessment.case, words)]
        tell_of_lapse(row, name, event)
    return told


def tell_of_doubt(row: Challenge, actor: Member | None, *, is_again: bool = False) -> None:
    """Who answers for the claim and for the case hears of a doubt."""
    words = {"name": name_of_challenge(row), "case": title_of(row)}
    said = (
        _("Challenge %(name)s of “%(case)s” is open again.") % words
        if is_again
        else _("Challenge %(name)s was raised on “%(case)s”.") % words
    )
    event = DoubtEvent.REOPENED if is_again else DoubtEvent.RAISED
    tell([row.target.owner, row.case.accountable_owner], row, event, said, but=actor)


def tell_of_answer(row: Challenge, actor: Member) -> None:
    """Whoever raised it hears that it is answered, and may look whether the answer hits."""
    said = _("Your challenge %(name)s of “%(case)s” was answered.") % {
        "name": name_of_challenge(row), "case": title_of(row)
    }  # fmt: skip
    tell([row.raised_by], row, DoubtEvent.ANSWERED, said, but=actor)


def tell_of_decision(row: Challenge, actor: Member) -> None:
    """Whoever raised it, and who answers for the claim and the case."""
    words = {
        "name": name_of_challenge(row),
        "case": title_of(row),
        "state": str(Status(row.status).label).lower(),
    }
    said = _("Challenge %(name)s of “%(case)s” is now: %(state)s.") % words
    people = [row.raised_by, row.target.owner, row.case.accountable_owner]
    tell(people, row, EVENTS[Status(row.status)], said, but=actor)


def tell_of_lapse(row: Challenge, answer: str, event: str) -> None:
    words = {
        "name": name_of_challenge(row),
        "case": title_of(row),
        "answer": answer or _("an element taken away since"),
    }
    if event == DoubtEvent.LAPSED:
        said = _("Challenge %(name)s of “%(case)s” is back: its answer, %(answer)s, no longer holds.") % words
    else:
        said = _("The answer to challenge %(name)s of “%(case)s”, %(answer)s, holds again.") % words
    tell([row.raised_by, row.decided_by, row.target.owner, row.case.accountable_owner], row, event, said)


def title_of(row: Challenge) -> str:
    return Truncator(row.case.title).chars(120)


def tell(people: Iterable[Member | None], row: Challenge, event: str, said: str, *, but: Member | None = None) -> None:
    link = reverse("cases:challenge_detail", args=[row.organisation.slug, row.number])
    key = f"challenge:{row.pk}:{event}:{uuid7()}"
    for member in {person.pk: person for person in people if person is not None}.values():
        if but is None or member.pk != but.pk:
            notify(member, event=event, sentence=said, link=link, key=key)
