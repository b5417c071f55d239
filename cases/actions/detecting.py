"""Looks that no person takes: what another system reports, and what the sweep finds."""

import json
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from cases.actions.looking import Kind, Status, follow, keep_event, latest_shown, lock_condition, take_in
from cases.condition_telling import tell_of_delay
from cases.conditions import Look, finding_now
from cases.detectors import Detector, Seen, gravest, seen_in
from cases.evaluation import Happening, reevaluate
from cases.events import DegradationEvent
from cases.models import ConditionEvent, DegradationCondition
from cases.watching import looks_of, schedule

CLOCK_SKEW: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report; sent again with the same key it is the one of the first time."""

    condition: DegradationCondition
    event: ConditionEvent
    is_new: bool


@transaction.atomic
def report_condition(
    condition: DegradationCondition,
    *,
    actor: Member,
    seen: str = "",
    value: float | None = None,
    observed_at: datetime | None = None,
    note: str = "",
    reference: str = "",
    key: str = "",
) -> Reported:
    """Take in what another system saw. With a value, the server judges by the threshold too, and the worse counts."""
    row = lock_condition(condition)
    if row.detector != Detector.WEBHOOK:
        raise RuleBroken(
            _("No other system reports to this condition: its detector is “%s”.") % row.get_detector_display()
        )
    digest = digest_of(seen=seen, value=value, observed_at=observed_at, note=note, reference=reference)
    if key:
        before = ConditionEvent.objects.filter(condition=row, key=key).first()
        if before is not None and before.sha256 != digest:
            raise RuleBroken(
                _("The key “%s” was used for a report with another content. Send a new key for a new report.")
                % key[:80],
                field="key",
            )
        if before is not None:
            return Reported(row, before, is_new=False)
    now = timezone.now()
    look = Look(
        seen=judged(row, seen, value),
        observed_at=checked_time(observed_at, now),
        value=value,
        note=note,
        cause={name: said for name, said in (("reference", reference), ("reported", seen)) if said},
        key=key,
        sha256=digest,
    )
    follow(row, [look], actor=actor)
    return Reported(row, row.events.latest("at"), is_new=True)


def judged(row: DegradationCondition, seen: str, value: float | None) -> Seen:
    """What a report comes to; one that says nothing that can be judged is refused."""
    if seen and seen not in ConditionEvent.Seen.values:
        raise RuleBroken(_("Say “ok”, “suspected” or “tripped”."), field="seen")
    if value is not None and not math.isfinite(value):
        raise RuleBroken(_("Give a finite number."), field="value")
    looks = [Seen(seen)] if seen else []
    if value is not None and row.threshold is not None:
        looks.append(seen_in(value, row.config["comparator"], row.threshold, row.config.get("margin", 0.0)))
    if not looks:
        raise RuleBroken(
            _("Say “ok”, “suspected” or “tripped”: without a threshold the server cannot judge by itself."),
            field="seen",
        )
    return gravest(*looks)


def checked_time(observed_at: datetime | None, now: datetime) -> datetime:
    if observed_at is None:
        return now
    if observed_at > now + CLOCK_SKEW:
        raise RuleBroken(_("It lies in the future. Check the clock of the machine that sends it."), field="observed_at")
    if observed_at < now - OLDEST:
        raise RuleBroken(_("It is more than ten years ago."), field="observed_at")
    return min(observed_at, now)


def digest_of(**said: Any) -> str:
    """The content of a report, so that a key cannot stand for two of them."""
    if isinstance(said.get("observed_at"), datetime):
        said["observed_at"] = said["observed_at"].astimezone(timezone.get_default_timezone()).isoformat()
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


@transaction.atomic
def check_condition(condition_id: UUID, *, now: datetime) -> bool:
    """Let the detector of one condition look, tell others where nobody answered, and say when to look again. False when
    it is not due (any more)."""
    found = DegradationCondition.objects.filter(pk=condition_id).due(now).first()
    if found is None:
        return False
    try:
        row = lock_condition(found)
    except RuleBroken:  # its case or element went out of force: nobody looks any more
        DegradationCondition.objects.filter(pk=condition_id).update(next_check_at=None)
        return False
    if row.next_check_at is None or row.next_check_at > now or not row.is_watched:
        return False
    shown_at = latest_shown(row, now)
    was = finding_now(row, shown_at)
    told = take_in(row, looks_of(row, now), actor=None, now=now)
    told += escalated(row, now)
    schedule(row, now)
    if told or finding_now(row, shown_at) != was:
        reevaluate(row.case, now=now, happenings=told)
    return True


def escalated(row: DegradationCondition, now: datetime) -> list[Happening]:
    """Tell others once when nobody acknowledged a trip in time."""
    is_wanted = DegradationCondition.Action.ESCALATE in row.actions and row.status == Status.TRIPPED
    if not is_wanted or row.escalated_at is not None or row.respond_by is None or now <= row.respond_by:
        return []
    row.escalated_at = now
    row.save(update_fields=["escalated_at"])
    keep_event(row, Kind.ESCALATED, before=row.status, now=now, actor=None)
    tell_of_delay(row, now)
    told = {"condition": row.number, "due": row.respond_by.isoformat()}
    return [(DegradationEvent.ESCALATED, row, told), (DegradationEvent.ESCALATED, row.case, told)]
