"""The risk treatment plan (6.1.3, 8.3)."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from risks.actions.risks import answerable, needed, note_lapse, still_open
from risks.events import RiskEvent, TreatmentEvent
from risks.models import Risk, Treatment


@transaction.atomic
def add_treatment(risk: Risk, *, description: str, owner: Member, due_on: date, actor: Member) -> Treatment:
    """Plan what will be done about a risk; an assessed risk is in treatment from then on."""
    row = still_open(locked(risk))
    if not row.is_rated:
        raise RuleBroken(_("Rate the risk first: without a rating nobody can say what the treatment changes."))
    treatment = Treatment.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, Treatment),
        risk=row,
        description=needed(description, _("Say what will be done."), "description"),
        owner=answerable(owner, "owner"),
        due_on=due_on,
    )
    record(TreatmentEvent.PLANNED, treatment, actor=actor, risk=row.number, owner=owner, due_on=due_on)
    if row.status == Risk.Status.ASSESSED:
        event = RiskEvent.PUT_INTO_TREATMENT
        move(row, Risk.Status.IN_TREATMENT, event=event, actor=actor, treatment=treatment.number)
    note_lapse(row, actor=actor)
    return treatment


@transaction.atomic
def edit_treatment(
    treatment: Treatment,
    *,
    description: str,
    owner: Member,
    due_on: date,
    revision: int | None = None,
    actor: Member,
) -> Treatment:
    """Change an open treatment; a changed plan ends the acceptance of its risk."""
    risk = still_open(locked(treatment.risk))
    row = locked(treatment, revision=revision)
    if not row.is_open:
        raise RuleBroken(_("This treatment is finished and stays as it is. Plan a new one instead."))
    if owner.pk != row.owner_id:
        answerable(owner, "owner")
    description = needed(description, _("Say what will be done."), "description")
    if told := save_changes(row, description=description, owner=owner, due_on=due_on):
        record(TreatmentEvent.EDITED, row, actor=actor, risk=risk.number, **told)
        note_lapse(risk, actor=actor)
    return row


@transaction.atomic
def start_treatment(treatment: Treatment, *, actor: Member) -> Treatment:
    """Work on it has begun."""
    return move(treatment, Treatment.Status.IN_PROGRESS, event=TreatmentEvent.STARTED, actor=actor)


@transaction.atomic
def complete_treatment(treatment: Treatment, *, note: str, actor: Member) -> Treatment:
    """It is done; the note says what came of it. The risk is then rated again by a person, never by itself."""
    note = needed(note, _("Say what was done and what came of it."), "note")
    fields = {"closing_note": note}
    return move(treatment, Treatment.Status.DONE, event=TreatmentEvent.COMPLETED, actor=actor, fields=fields, note=note)


@transaction.atomic
def cancel_treatment(treatment: Treatment, *, note: str, actor: Member) -> Treatment:
    """It will not be done, and why; what was accepted on the strength of it is no longer accepted."""
    note = needed(note, _("Say why it will not be done."), "note")
    risk = locked(treatment.risk)
    event = TreatmentEvent.CANCELLED
    fields = {"closing_note": note}
    move(treatment, Treatment.Status.CANCELLED, event=event, actor=actor, fields=fields, note=note)
    note_lapse(risk, actor=actor)
    return treatment
