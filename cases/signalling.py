"""Signals: whoever answers for a claim is told once when it falls, and sees when it stands again."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.actions import notify
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from cases.causes import fingerprint, path_of, sentence_of, stored_causes
from cases.events import SignalEvent
from cases.models import Element, Signal, StandingLevel
from cases.scale import Reason
from cases.standing import Cause
from inventory.models import Tier

if TYPE_CHECKING:
    from cases.evaluation import Assessment

Happening = tuple[str, models.Model, dict[str, Any]]

# ISO/IEC 42001 10.2 asks to react to what does not conform; how fast depends on what is at stake.
DAYS_TO_ANSWER: Final[dict[str, int]] = {Tier.TX: 1, Tier.T3: 3, Tier.T2: 7, Tier.T1: 14, Tier.T0: 30}
DAYS_WITHOUT_TIER: Final = 14
# While an author builds or rebuilds an argument, gaps are work in progress and nobody's alarm.
WORK_IN_PROGRESS: Final = frozenset(
    {Reason.UNDEVELOPED, Reason.EVIDENCE_MISSING, Reason.EVIDENCE_PENDING, Reason.METRIC_MISSING, Reason.LINK_SUSPECT}
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
        return self.case.accountable_owner

    @property
    def due_on(self) -> date:
        return localdate() + timedelta(days=DAYS_TO_ANSWER.get(self.case.system.tier, DAYS_WITHOUT_TIER))

    @property
    def sentence(self) -> str:
        """What fell, from where to where, and why, in words that need no training."""
        words = {
            "case": Truncator(self.case.title).chars(120),
            "claim": self.element.address if self.element else "",
            "before": self.before.label,
            "after": self.after.label,
            "why": sentence_of(self.stored[0]) if self.stored else "",
            "path": path_of(self.stored[0]) if self.stored else "",
        }
        if self.element is None:
            said = _("The case “%(case)s” fell from %(before)s to %(after)s. %(why)s (%(path)s)") % words
        else:
            said = _("Claim %(claim)s of “%(case)s” fell from %(before)s to %(after)s. %(why)s (%(path)s)") % words
        others = len(self.causes) - 1
        if others > 0:
            more = ngettext("There is %d other cause.", "There are %d other causes.", others) % others
            said = f"{said} {more}"
        return said


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
    )
    tell_owner(signal, SignalEvent.RAISED, fall)
    return SignalEvent.RAISED, signal, {"case": fall.case.number, "standing": [fall.before.name, fall.after.name]}


def worsen(signal: Signal, fall: Fall) -> Happening:
    """The same causes made it fall further, or again after it stood: the open signal says so."""
    signal.after, signal.sentence, signal.causes = fall.after, fall.sentence, fall.stored
    signal.before = max(StandingLevel(signal.before), fall.before)
    signal.due_on, signal.restored_at = min(signal.due_on, fall.due_on), None
    signal.save(update_fields=["after", "before", "sentence", "causes", "due_on", "restored_at", "updated_at"])
    tell_owner(signal, SignalEvent.WORSENED, fall)
    return SignalEvent.WORSENED, signal, {"standing": [fall.before.name, fall.after.name]}


def tell_owner(signal: Signal, event: SignalEvent, fall: Fall) -> None:
    case = fall.case
    notify(
        fall.owner,
        event=event,
        sentence=signal.sentence,
        link=reverse("cases:signal_detail", kwargs={"slug": case.organisation.slug, "number": signal.number}),
        key=f"signal:{signal.pk}:{fall.assessment.evaluation.at.isoformat()}",
        due_on=signal.due_on,
    )


def mark_restored(assessment: "Assessment", signals: Sequence[Signal]) -> Iterator[Happening]:
    """Say on each open signal whether what fell stands again as before. Closing stays a person's act."""
    for signal in signals:
        is_back = standing_now(assessment, signal.element_id) >= signal.before
        if is_back == (signal.restored_at is not None):
            continue
        signal.restored_at = assessment.evaluation.at if is_back else None
        signal.save(update_fields=["restored_at", "updated_at"])
        if is_back:
            yield SignalEvent.RESTORED, signal, {"standing": StandingLevel(signal.before).name}


def standing_now(assessment: "Assessment", element_id: UUID | None) -> StandingLevel:
    """Of the case, or of one of its elements; an element that was withdrawn can carry nothing any more."""
    if element_id is None:
        return assessment.standing
    element = assessment.loaded.elements.get(element_id)
    return StandingLevel.DEFEATED if element is None else assessment.standing_of(element)
