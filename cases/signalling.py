"""Signals: whoever answers for a claim is told once when it falls, and sees when it stands again."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils.timezone import get_current_timezone, localdate
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.transitions import move
from cases.access import answers_for
from cases.causes import fingerprint, stored_causes
from cases.deadlines import days_to_answer
from cases.events import SignalEvent
from cases.models import AssuranceCase, Element, Signal, StandingLevel
from cases.scale import Reason
from cases.signal_words import signal_sentence
from cases.standing import Cause

if TYPE_CHECKING:
    from cases.evaluation import Assessment

Happening = tuple[str, models.Model, dict[str, Any]]

# While an author builds or rebuilds an argument, gaps are work in progress and nobody's alarm.
WORK_IN_PROGRESS: Final = frozenset(
    {
        Reason.UNDEVELOPED,
        Reason.EVIDENCE_MISSING,
        Reason.EVIDENCE_PENDING,
        Reason.METRIC_MISSING,
        Reason.LINK_SUSPECT,
        Reason.DETECTOR_SILENT,
    }
)


def follow_standings(
    assessment: "Assessment", before: StandingLevel, falls: dict[Element, StandingLevel], *, is_edit: bool
) -> list[Happening]:
    """Raise, worsen and restore signals after standings changed; returns what the trail is to be told."""
    open_signals = list(Signal.objects.open().filter(case=assessment.case).select_for_update(of=("self",)))
    told = list(mark_restored(assessment, open_signals))
    by_fingerprint = {signal.fingerprint: signal for signal in open_signals}
    for fall in falls_to_signal(assessment, before, falls, is_edit=is_edit):
        known = by_fingerprint.get(fall.fingerprint)
        told.append(worsen(known, fall) if known else raise_signal(fall))
    return told


class Fall:
    """A loss of standing of a case, or of one claim that somebody owns."""

    def __init__(
        self, assessment: "Assessment", element: Element | None, before: StandingLevel, causes: list[Cause]
    ) -> None:
        self.assessment = assessment
        self.case = assessment.case
        self.element = element
        self.before = before
        self.after = assessment.standing_of(element) if element else assessment.standing
        self.causes = causes
        self.stored = stored_causes(assessment.evaluation, causes)
        self.fingerprint = fingerprint(element.pk if element else self.case.pk, causes)

    @property
    def owner(self) -> Member:
        """The claim's owner while they are here, else who answers for the case."""
        if self.element is not None and self.element.owner is not None and self.element.owner.is_active:
            return self.element.owner
        return answers_for(self.case)

    @property
    def due_on(self) -> date:
        return localdate() + timedelta(days=days_to_answer(self.case.system.tier, self.after))

    @property
    def sentence(self) -> str:
        """What fell and why, in words that need no training."""
        return signal_sentence(
            self.stored,
            case=self.case.title,
            claim=self.element.address if self.element else "",
            after=self.after,
            standing=self.assessment.standing,
            others=len(self.causes) - 1,
        )


def falls_to_signal(
    assessment: "Assessment", before: StandingLevel, falls: dict[Element, StandingLevel], *, is_edit: bool
) -> Iterator[Fall]:
    """The falls that somebody must answer: of the case, and of claims that have an owner of their own."""
    case, roots = assessment.case, {root.id for root in assessment.roots}
    found = []
    if assessment.standing < before:
        found.append(Fall(assessment, None, before, assessment.causes()))
    told_already = {case.accountable_owner_id} if found else set()
    for element, stood in falls.items():
        if element.owner_id is None or element.pk in roots or element.owner_id in told_already:
            continue
        found.append(Fall(assessment, element, stood, assessment.evaluation.causes(element.pk)))
    for fall in found:
        if not (is_edit and all(cause.reason in WORK_IN_PROGRESS for cause in fall.causes)):
            yield fall


def signal_degraded(assessment: "Assessment", decided: StandingLevel) -> list[Happening]:
    """A case in force is not any more what was decided: somebody must answer, unless an open signal says so already."""
    fall = Fall(assessment, None, decided, assessment.causes())
    known = Signal.objects.open().filter(case=assessment.case, element=None, restored_at__isnull=True)
    if known.filter(fingerprint=fall.fingerprint).exists():
        return []
    return [raise_signal(fall)]


def raise_signal(fall: Fall) -> Happening:
    """A new signal; its owner is told."""
    signal = Signal.objects.create(
        organisation_id=fall.case.organisation_id,
        number=next_number(fall.case.organisation_id, Signal),
        case=fall.case,
        element=fall.element,
        before=fall.before,
        after=fall.after,
        sentence=fall.sentence,
        causes=fall.stored,
        fingerprint=fall.fingerprint,
        owner=fall.owner,
        due_on=fall.due_on,
        escalate_at=escalate_at(fall.due_on),
    )
    tell_owner(signal, SignalEvent.RAISED, fall)
    return SignalEvent.RAISED, signal, {"case": fall.case.number, "standing": [fall.before.name, fall.after.name]}


def worsen(signal: Signal, fall: Fall) -> Happening:
    """The same causes made it fall further, or again after it stood: the open signal says so."""
    signal.after, signal.sentence, signal.causes = fall.after, fall.sentence, fall.stored
    signal.before = max(StandingLevel(signal.before), fall.before)
    signal.due_on, signal.restored_at = min(signal.due_on, fall.due_on), None
    signal.escalate_at = None if signal.escalated_at else escalate_at(signal.due_on)
    signal.save(
        update_fields=[
            "after", "before", "sentence", "causes", "due_on", "restored_at", "escalate_at", "updated_at",
        ]
    )  # fmt: skip
    tell_owner(signal, SignalEvent.WORSENED, fall)
    return SignalEvent.WORSENED, signal, {"standing": [fall.before.name, fall.after.name]}


def tell_owner(signal: Signal, event: SignalEvent, fall: Fall) -> None:
    case = fall.case
    notify(
        signal.owner,
        event=event,
        sentence=signal.sentence,
        link=signal_url(case, signal),
        key=f"signal:{signal.pk}:{fall.assessment.evaluation.at.isoformat()}",
        due_on=signal.due_on,
    )


def mark_restored(assessment: "Assessment", signals: Sequence[Signal]) -> Iterator[Happening]:
    """Say on each open signal when what fell stands again as before. A later fall for the same causes takes that back
    (`worsen`); one for other causes is another signal's matter."""
    for signal in signals:
        if signal.restored_at is None and standing_now(assessment, signal.element_id) >= signal.before:
            signal.restored_at = assessment.evaluation.at
            signal.save(update_fields=["restored_at", "updated_at"])
            yield SignalEvent.RESTORED, signal, {"standing": StandingLevel(signal.before).name}


def close_restored(happenings: Sequence[Happening]) -> None:
    """Close what the world has put right: new evidence, a reading, a detector that speaks again. Call it last, behind
    all other locks.

    Whoever edits the argument could edit a loss away; what is back by an edit waits for a person to close it.
    """
    for event, signal, _changes in happenings:
        if event == SignalEvent.RESTORED and isinstance(signal, Signal) and signal.is_open:
            fields = {"closed_at": signal.restored_at, "closing_reason": _("The standing is back.")}
            fields["escalate_at"] = None
            move(signal, Signal.Status.CLOSED, event=SignalEvent.CLOSED, actor=None, fields=fields, is_restored=True)
            notify(
                signal.owner,
                event=SignalEvent.CLOSED,
                sentence=_("It stands again, and the signal is closed: %s") % signal.sentence,
                link=signal_url(signal.case, signal),
                key=f"signal-closed:{signal.pk}",
                email=False,
            )


def signal_url(case: "AssuranceCase", signal: Signal) -> str:
    return reverse("cases:signal_detail", kwargs={"slug": case.organisation.slug, "number": signal.number})


def escalate_at(due_on: date) -> datetime:
    """The first instant after the day by which somebody had to answer, here."""
    return datetime.combine(due_on + timedelta(days=1), time.min, tzinfo=get_current_timezone())


def standing_now(assessment: "Assessment", element_id: UUID | None) -> StandingLevel:
    """Of the case, or of one of its elements; an element that was withdrawn can carry nothing any more."""
    if element_id is None:
        return assessment.standing
    element = assessment.loaded.elements.get(element_id)
    return StandingLevel.DEFEATED if element is None else assessment.standing_of(element)
