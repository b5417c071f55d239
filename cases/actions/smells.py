"""Looking through an organisation for smells, and answering one."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.door import acting_for_system
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.tenancy.scope import current_organisation_id
from aims.trail.record import canonical, record
from aims.transitions import move
from cases.access import may_challenge
from cases.events import SmellEvent
from cases.models import AssuranceCase, Smell, SmellRound
from cases.smells.finding import Whiff, find_smells

EVERY: Final = timedelta(days=1)
MOST_RECORDS: Final = 100
"""So many records of a smell are kept and shown; the number of all of them is kept beside."""


@transaction.atomic
def look_for_smells(*, now: datetime | None = None, actor: Member | None = None) -> SmellRound:
    """Look through all cases of the entered organisation: new smells appear, changed ones ask again, mended ones go.

    One round at a time; the next is due a day later. The actor is None when the clock asked for it.
    """
    now = now or timezone.now()
    organisation_id = current_organisation_id()
    SmellRound.objects.get_or_create(organisation_id=organisation_id)
    row = SmellRound.objects.select_for_update().get()
    known = {(smell.case_id, smell.kind): smell for smell in Smell.objects.select_for_update(of=("self",))}
    fresh: list[Smell] = []
    for whiff in find_smells(now):
        known_one = known.pop((whiff.case_id, str(whiff.kind)), None)
        seen = meet(known_one, whiff, now, actor)
        if seen is not None:
            fresh.append(seen)
    for smell in known.values():
        if smell.is_there:
            move(
                smell, Smell.Status.GONE, event=SmellEvent.GONE, actor=actor, fields={"gone_at": now, "looked_at": now}
            )
    tell_owners(fresh, now)
    row.looked_at, row.due_at = now, now + EVERY
    row.save(update_fields=["looked_at", "due_at"])
    return row


def meet(smell: Smell | None, whiff: Whiff, now: datetime, actor: Member | None) -> Smell | None:
    """Keep what was found; the smell when it asks for an answer that nobody gave yet, None when nothing is new."""
    print_of_it = fingerprint_of(whiff.records)
    kept: dict[str, Any] = {
        "records": whiff.records[:MOST_RECORDS],
        "count": len(whiff.records),
        "fingerprint": print_of_it,
        "looked_at": now,
    }
    if smell is None:
        organisation_id = current_organisation_id()
        number = next_number(organisation_id, Smell)
        smell = Smell.objects.create(
            organisation_id=organisation_id, number=number, case_id=whiff.case_id, kind=whiff.kind, found_at=now, **kept
        )
        record(SmellEvent.FOUND, smell, actor=actor, kind=smell.kind, records=smell.count)
        return smell
    if smell.fingerprint == print_of_it and smell.is_there:
        Smell.objects.filter(pk=smell.pk).update(looked_at=now)
        return None
    if smell.status == Smell.Status.PRESENT:
        Smell.objects.filter(pk=smell.pk).update(**kept)
        return None
    # What was answered for other records is asked again; the answer before stays in the history.
    came_back = {**kept, "gone_at": None, "found_at": now}
    return move(
        smell,
        Smell.Status.PRESENT,
        event=SmellEvent.CAME_BACK,
        actor=actor,
        fields=came_back,
        kind=smell.kind,
        records=len(whiff.records),
    )


def fingerprint_of(records: list[dict[str, Any]]) -> str:
    """SHA-256 over which records they are; the words about them, which depend on who looks, are left out."""
    which = [{name: one[name] for name in ("label", "view", "number", "element")} for one in records]
    return hashlib.sha256(canonical({"records": which})).hexdigest()


def tell_owners(smells: Iterable[Smell], now: datetime) -> None:
    """One notification for each case, to who answers for it."""
    by_case: dict[UUID, int] = {}
    for smell in smells:
        if smell.case_id is not None:
            by_case[smell.case_id] = by_case.get(smell.case_id, 0) + 1
    for case in AssuranceCase.objects.filter(pk__in=by_case).select_related("accountable_owner", "organisation"):
        count = by_case[case.pk]
        words = {"count": count, "case": case}
        notify(
            case.accountable_owner,
            event=SmellEvent.FOUND,
            sentence=ngettext(
                "“%(case)s” has %(count)d thing that an auditor would look at twice.",
                "“%(case)s” has %(count)d things that an auditor would look at twice.",
                count,
            )
            % words,
            link=f"/o/{case.organisation.slug}/smells/?case={case.number}",
            key=f"smells:{case.pk}:{now.date()}",
            email=False,  # a question that waits; the register and Home keep it
        )


@transaction.atomic
def answer_smell(smell: Smell, *, answer: str, actor: Member, revision: int | None = None) -> Smell:
    """Say why it is so, or what is done about it. It stays where everybody sees it, with the answer and the name."""
    require_answer(actor, smell)
    row = locked(smell, revision=revision)
    if not row.is_there:
        raise RuleBroken(_("The records no longer show this. There is nothing left to answer."))
    if len(answer.split()) < 3:
        raise RuleBroken(_("Give a reason that somebody else can check, in a sentence."), field="answer")
    fields: dict[str, Any] = {"answer": answer.strip(), "answered_by": actor, "answered_at": timezone.now()}
    if row.status == Smell.Status.ANSWERED:
        before = row.answer
        for name, value in fields.items():
            setattr(row, name, value)
        row.revision += 1
        row.save(update_fields=[*fields, "revision", "updated_at"])
        record(SmellEvent.ANSWERED, row, actor=actor, answer=[before, row.answer])
        return row
    return move(
        row, Smell.Status.ANSWERED, event=SmellEvent.ANSWERED, actor=actor, fields=fields, answer=answer.strip()
    )


def may_answer_smell(member: Member, smell: Smell) -> bool:
    """Whoever changes or challenges the case; what is about the whole organisation, whoever decides in it."""
    if smell.case is None:
        return member.may("signals.decide")
    return member.may("smells.answer") and may_challenge(member, smell.case)


def require_answer(actor: Member, smell: Smell) -> None:
    """Raise PermissionDenied unless this one is theirs to answer."""
    if not may_answer_smell(actor, smell):
        raise PermissionDenied(
            _("This is answered by the people of the case; what is about all cases, by an officer or an executive.")
        )


def look_if_due(now: datetime) -> bool:
    """Look through the entered organisation when its day has come; False when it has not."""
    if not SmellRound.objects.filter(due_at__lte=now).exists():
        return False
    with acting_for_system(current_organisation_id()):
        look_for_smells(now=now)
    return True
