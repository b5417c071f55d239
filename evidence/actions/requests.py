"""Asking somebody for evidence by a date, and seeing it through: asked, submitted, accepted, declined or cancelled."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record, record_many
from aims.transitions import move
from evidence import telling
from evidence.actions.items import add_evidence
from evidence.actions.versions import require_known
from evidence.events import RequestEvent
from evidence.models import EvidenceItem, EvidenceRequest, Kind
from evidence.reminding import next_reminder_on
from evidence.subjects import Subject
from inventory.models import AISystem

Status = EvidenceRequest.Status
FARTHEST = timedelta(days=3 * 365)
HOUR_OF_REMINDING = time(6)
BATCH = 200


@transaction.atomic
def ask_for_evidence(
    *,
    title: str,
    owner: Member,
    due_on: date,
    actor: Member,
    description: str = "",
    kind: str = "",
    system: AISystem | None = None,
    subject: Subject | None = None,
) -> EvidenceRequest:
    """Ask a member for a piece of evidence; they are told, and reminded until it is there."""
    check_request(title, owner, due_on, kind, actor)
    request = EvidenceRequest.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, EvidenceRequest),
        title=title.strip(),
        description=description,
        kind=kind,
        owner=owner,
        asked_by=actor,
        due_on=due_on,
        system=system,
        subject_kind=subject.kind if subject else "",
        subject_id=subject.id if subject else None,
        subject_label=subject.label[:200] if subject else "",
        next_reminder_at=reminder_after(due_on, timezone.localdate()),
    )
    told = {"owner": owner, "due_on": due_on, "system": system, "subject": request.subject_label}
    record(RequestEvent.ASKED, request, actor=actor, **{name: value for name, value in told.items() if value})
    telling.tell_asked(request, actor)
    return request


@transaction.atomic
def edit_request(
    request: EvidenceRequest,
    *,
    title: str,
    description: str,
    kind: str,
    owner: Member,
    due_on: date,
    actor: Member,
    revision: int | None = None,
) -> EvidenceRequest:
    """Ask for something else, of somebody else or by another day, while nothing was submitted yet."""
    row = locked(request, revision=revision)
    if row.status != Status.ASKED:
        raise RuleBroken(_("This request is not open any more, or its evidence is being looked at. Ask anew."))
    # A day that was set before it passed may stay while something else is changed.
    check_request(title, owner, due_on, kind, actor, was_due_on=row.due_on)
    changes = {"title": title.strip(), "description": description, "kind": kind, "owner": owner, "due_on": due_on}
    told = save_changes(row, **changes)
    if told:
        row.next_reminder_at = reminder_after(due_on, timezone.localdate())
        row.save(update_fields=["next_reminder_at"])
        record(RequestEvent.EDITED, row, actor=actor, **told)
        if {"owner", "due_on"} & set(told):
            telling.tell_asked(row, actor)
    return row


@transaction.atomic
def submit_evidence(
    request: EvidenceRequest, *, item: EvidenceItem, actor: Member, revision: int | None = None
) -> EvidenceRequest:
    """Bring the evidence that was asked for: a piece of the library that is in use."""
    row = locked(request, revision=revision)
    require_asked_of(row, actor)
    if row.status != Status.ASKED:
        raise RuleBroken(_("Nothing is to be submitted here now; the request is closed or waits to be looked at."))
    if not item.is_active or item.current_id is None:
        raise RuleBroken(
            _("“%s” is not in use or has no usable version. Choose or add other evidence.") % item.title[:100],
            field="item",
        )
    if row.system_id and item.system_id != row.system_id:
        raise RuleBroken(
            _("Evidence about %(system)s is asked for, and “%(title)s” is not. Choose or add other evidence.")
            % {"system": row.system, "title": item.title[:100]},
            field="item",
        )
    if row.kind and item.kind != row.kind:
        words = {"kind": row.get_kind_display(), "title": item.title[:100], "other": item.get_kind_display()}
        raise RuleBroken(
            _("The kind “%(kind)s” is asked for; “%(title)s” is “%(other)s”. Choose or add other evidence.") % words,
            field="item",
        )
    fields = {"item": item, "submitted_at": timezone.now(), "next_reminder_at": None}
    move(request, Status.SUBMITTED, event=RequestEvent.SUBMITTED, actor=actor, fields=fields, evidence=item.number)
    telling.tell_submitted(request, actor)
    return request


@transaction.atomic
def add_requested_evidence(request: EvidenceRequest, *, actor: Member, **said: Any) -> EvidenceItem:
    """Add new evidence and submit it for the request, both or neither."""
    require_asked_of(request, actor)
    item = add_evidence(actor=actor, **said)
    submit_evidence(request, item=item, actor=actor)
    return item


@transaction.atomic
def accept_submission(
    request: EvidenceRequest, *, actor: Member, note: str = "", revision: int | None = None
) -> EvidenceRequest:
    """Say that what was submitted is what was asked for; whoever submitted it cannot. It is no review of the evidence."""
    row = locked(request, revision=revision)
    require_submitted(row, actor)
    fields = {"closed_at": timezone.now(), "closing_note": note.strip()[:1000]}
    move(request, Status.ACCEPTED, event=RequestEvent.ACCEPTED, actor=actor, fields=fields, note=note.strip())
    telling.tell_verdict(request, RequestEvent.ACCEPTED, actor)
    return request


@transaction.atomic
def return_submission(
    request: EvidenceRequest, *, reason: str, due_on: date, actor: Member, revision: int | None = None
) -> EvidenceRequest:
    """Give it back with what is missing and a day by which it is asked for again; the evidence stays in the library."""
    row = locked(request, revision=revision)
    require_submitted(row, actor)
    require_reason(reason, _("Say what is missing, so that it can be put right."))
    check_due(due_on, row.due_on)
    given_back = row.item
    fields = {
        "item": None,
        "submitted_at": None,
        "due_on": due_on,
        "closing_note": reason.strip()[:1000],
        "next_reminder_at": reminder_after(due_on, timezone.localdate()),
    }
    told: dict[str, Any] = {
        "evidence": given_back.number if given_back else None,
        "reason": reason.strip(),
        "due_on": due_on,
    }
    move(request, Status.ASKED, event=RequestEvent.RETURNED, actor=actor, fields=fields, **told)
    telling.tell_verdict(request, RequestEvent.RETURNED, actor)
    return request


@transaction.atomic
def decline_request(
    request: EvidenceRequest, *, reason: str, actor: Member, revision: int | None = None
) -> EvidenceRequest:
    """Say that one cannot bring it, and why; whoever asked has to find another way."""
    row = locked(request, revision=revision)
    require_asked_of(row, actor)
    require_reason(reason, _("Say why you cannot bring it, so that another way can be found."))
    close(request, Status.DECLINED, RequestEvent.DECLINED, reason, actor)
    telling.tell_asker(request, RequestEvent.DECLINED, actor)
    return request


@transaction.atomic
def cancel_request(
    request: EvidenceRequest, *, reason: str, actor: Member, revision: int | None = None
) -> EvidenceRequest:
    """Stop asking for it."""
    locked(request, revision=revision)
    require_reason(reason, _("Say why it is not needed any more."))
    close(request, Status.CANCELLED, RequestEvent.CANCELLED, reason, actor)
    telling.tell_verdict(request, RequestEvent.CANCELLED, actor)
    return request


def remind_due(now: datetime) -> int:
    """Remind everybody who is due a reminder, in the entered organisation; returns how many requests that were.

    Each batch is a transaction of its own; a request that another worker holds is passed by, and one whose reminder was
    sent is not due any more, so a killed or doubled sweep reminds nobody twice.
    """
    reminded = 0
    while True:
        with transaction.atomic():
            due = EvidenceRequest.objects.filter(next_reminder_at__lte=now).order_by("next_reminder_at", "pk")
            locked_rows = due.select_for_update(of=("self",), skip_locked=True)
            rows = list(locked_rows.select_related("owner__organisation", "asked_by__organisation")[:BATCH])
            today = timezone.localdate(now)
            for row in rows:
                row.next_reminder_at = reminder_after(row.due_on, today) if row.status == Status.ASKED else None
            EvidenceRequest.objects.bulk_update(rows, ["next_reminder_at"])
            asked = [row for row in rows if row.status == Status.ASKED]
            record_many([(RequestEvent.REMINDED, row, {"due_on": row.due_on}) for row in asked], actor=None)
            for row in asked:
                telling.remind(row, today)
        reminded += len(asked)
        if len(rows) < BATCH:
            return reminded


def reminder_after(due_on: date, today: date) -> datetime | None:
    """The morning of the next day on which the person is reminded."""
    day = next_reminder_on(due_on, today)
    return datetime.combine(day, HOUR_OF_REMINDING, tzinfo=timezone.get_current_timezone()) if day else None


def check_request(
    title: str, owner: Member, due_on: date, kind: str, actor: Member, *, was_due_on: date | None = None
) -> None:
    if not title.strip():
        raise RuleBroken(_("Say what is asked for."), field="title")
    if not owner.is_active or not owner.may("evidence.add"):
        raise RuleBroken(_("%s cannot add evidence here. Ask somebody who can.") % owner.display_name, field="owner")
    if owner.pk == actor.pk:
        raise RuleBroken(_("You need not ask yourself: add the evidence, or ask somebody else."), field="owner")
    if kind:
        require_known(kind, Kind, "kind")
    check_due(due_on, was_due_on)


def check_due(due_on: date, was_due_on: date | None) -> None:
    today = timezone.localdate()
    if due_on == was_due_on:
        return
    if due_on < today:
        raise RuleBroken(_("The day is past. Choose today or a later day."), field="due_on")
    if due_on > today + FARTHEST:
        raise RuleBroken(_("The day is more than three years away. Choose an earlier one."), field="due_on")


def require_asked_of(request: EvidenceRequest, actor: Member) -> None:
    if request.owner_id != actor.pk:
        raise RuleBroken(_("%s is asked for this. Only they can submit it or decline.") % request.owner.display_name)


def require_submitted(request: EvidenceRequest, actor: Member) -> None:
    if request.status != Status.SUBMITTED:
        raise RuleBroken(_("Nothing was submitted that could be looked at now."))
    if request.owner_id == actor.pk:
        raise RuleBroken(_("You submitted it. Somebody else has to say whether it is what was asked for."))


def require_reason(reason: str, sentence: str) -> None:
    if not reason.strip():
        raise RuleBroken(sentence, field="reason")


def close(request: EvidenceRequest, to: str, event: str, reason: str, actor: Member) -> None:
    fields = {"closed_at": timezone.now(), "closing_note": reason.strip()[:1000], "next_reminder_at": None}
    move(request, to, event=event, actor=actor, fields=fields, reason=reason.strip())
