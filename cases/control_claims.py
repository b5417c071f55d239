"""What claims say of the controls that they show to work, and telling the controls when a claim changes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from aims.tenancy.scope import current_organisation_id
from aims.trail.listeners import on_event
from aims.trail.models import Event
from cases.evaluation import assess_loaded, is_late
from cases.events import CaseEvent, ElementEvent
from cases.loading import load_in_force
from cases.models import AssuranceCase, ControlClaim, StandingLevel
from cases.past import is_revised
from evidence.freshness import Freshness
from risks.effectiveness import DOUBT, REFUSE, Piece

# After these a claim may be worth something else than before.
HEARD: Final = (
    CaseEvent.FELL,
    CaseEvent.ROSE,
    CaseEvent.WENT_LIVE,
    CaseEvent.DEGRADED,
    CaseEvent.REAFFIRMED,
    CaseEvent.WITHDRAWN,
    ElementEvent.STANDING_CHANGED,
    ElementEvent.WITHDRAWN,
)


def claims_of_controls(controls: Collection[UUID] | None, now: datetime) -> dict[UUID, list[Piece]]:
    """The claims of these controls, or of all, as pieces of what shows them to work; one query while no case is due."""
    rows = ControlClaim.objects.all() if controls is None else ControlClaim.objects.filter(control__in=controls)
    links = with_standings(rows, now)
    found: dict[UUID, list[Piece]] = defaultdict(list)
    for link in links:
        found[link.control_id].append(piece_of(link))
    return found


def with_standings(rows: Any, now: datetime) -> list[Any]:
    """The links in the order in which they were made, each with the `standing` of its claim now: None where it is argued
    no more."""
    links = list(
        rows.select_related("element__module", "element__case__system__current_version").order_by("created_at", "id")
    )
    cases = {link.element.case_id: link.element.case for link in links}
    wanted = [case for case in cases.values() if is_late(case, now) or is_revised(case)]
    told: dict[UUID, Any] = {}
    for loaded in load_in_force(wanted) if wanted else []:
        told[loaded.case.pk] = assess_loaded(loaded, at=now)
    for link in links:
        element, assessment = link.element, told.get(link.element.case_id)
        if element.case.status == AssuranceCase.Status.WITHDRAWN:
            link.standing = None
        elif assessment is not None:
            is_argued = element.pk in assessment.loaded.elements
            link.standing = assessment.standing_of(element) if is_argued else None
        else:
            link.standing = StandingLevel(element.standing) if element.withdrawn_at is None else None
    return links


def piece_of(link: Any) -> Piece:
    """A claim as a piece of what shows a control to work, the same way as evidence."""
    words = {"claim": link.element.address, "case": link.element.case.number}
    name = _("claim %(claim)s of case %(case)d") % words
    cost, note = worth_of(link)
    is_accepted = not cost or link.standing == StandingLevel.WEAKENED and link.element.case.is_relied_on
    return Piece(name, Freshness.NEVER_EXPIRES, is_accepted=is_accepted, mismatch=cost, note=note, is_claim=True)


def worth_of(link: Any) -> tuple[str, str]:
    """What it costs that the claim is not as it should be, and in words what is not."""
    if link.standing is None:
        return REFUSE, _("withdrawn")
    if link.standing < StandingLevel.UNDEVELOPED:
        return REFUSE, str(link.standing.label).lower()
    if link.standing == StandingLevel.UNDEVELOPED:
        return DOUBT, _("not argued to its end")
    if not link.element.case.is_relied_on:
        return DOUBT, _("its case is not in force yet")
    return (DOUBT, _("weakened")) if link.standing == StandingLevel.WEAKENED else ("", _("holds"))


def listen() -> None:
    """Register the handler; called when the room is loaded."""
    for name in HEARD:
        on_event(name, hear_cases)


def hear_cases(events: Sequence[Event]) -> None:
    """Cases changed: the controls that their claims show to work are looked at once the act is committed.

    A lost message costs nothing that a reader sees, because pages judge at the moment of reading.
    """
    cases = {event.target_id for event in events}
    controls = set(ControlClaim.objects.filter(element__case_id__in=cases).values_list("control_id", flat=True))
    ring(controls)


def ring(controls: Iterable[UUID]) -> None:
    ids, organisation_id = sorted(str(pk) for pk in controls), current_organisation_id()
    if ids:
        from cases.tasks import refresh_shown_controls

        transaction.on_commit(lambda: refresh_shown_controls.delay(str(organisation_id), ids), robust=True)
