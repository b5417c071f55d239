"""What the detectors of degradation conditions see: in readings, in the registers, on the calendar, in the age of evidence."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from aims.trail.models import Chain, Event
from cases.argument import Argument
from cases.conditions import Look, Status
from cases.detectors import (
    LOOKED_AT_BY_SWEEP,
    Detector,
    RegistryEvent,
    Seen,
    day_of,
    due_after,
    gravest,
    seen_in,
)
from cases.facts import TICK
from cases.loading import load_case
from cases.measuring import environments_for, newest_readings
from cases.models import ClaimMetric, DegradationCondition, EvidenceBinding, MetricReading
from evidence.models import EvidenceItem, Kind

# A batch of readings that was under way while another one was looked at carries an earlier time of receipt.
OVERLAP: Final = timedelta(minutes=10)
MOST_READINGS: Final = 5000
MOST_EVENTS: Final = 500
# What the trail calls what a condition listens for.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    RegistryEvent.NEW_VERSION: ("inventory.version.added",),
    RegistryEvent.VERSION_DEPLOYED: ("inventory.version.deployed",),
    RegistryEvent.SUPPLIER_CHANGE: (
        "inventory.supplier.changed",
        "inventory.system.changed",
        "inventory.system.reimported",
    ),
    RegistryEvent.NEW_DATASET: ("evidence.item.added", "evidence.version.added"),
}


def looks_of(row: DegradationCondition, now: datetime) -> list[Look]:
    """What the detector of a condition sees now, oldest first; nothing where a person or another system has to report.

    It remembers in `watched` how far it has read and in `trips_at` when time alone will make it true.
    """
    match row.detector:
        case Detector.METRIC_THRESHOLD:
            return looks_at_metric(row, now)
        case Detector.REGISTRY_EVENT:
            return [look_at_registers(row, now)]
        case Detector.CALENDAR:
            return [look_at_calendar(row, now)]
        case Detector.EVIDENCE_AGE:
            return [look_at_evidence(row, now)]
    return []


def schedule(row: DegradationCondition, now: datetime) -> None:
    """Store when somebody has to look again, if time alone brings it about."""
    instants = []
    if row.detector in LOOKED_AT_BY_SWEEP:
        instants.append(now + timedelta(hours=row.every_hours or 1))
        if row.trips_at is not None and row.trips_at >= now:
            instants.append(row.trips_at + TICK)
    is_to_escalate = DegradationCondition.Action.ESCALATE in row.actions and row.status == Status.TRIPPED
    if is_to_escalate and row.respond_by is not None and row.escalated_at is None:
        instants.append(max(row.respond_by + TICK, now + TICK))
    row.next_check_at = min(instants, default=None)
    row.save(update_fields=["next_check_at", "trips_at", "watched"])


# --- Metrics ---


def looks_at_metric(row: DegradationCondition, now: datetime) -> list[Look]:
    """One look for each instant at which readings came since the last time; the worst group counts."""
    metric = row.metric
    if metric is None or not metric.is_in_use:
        return []
    seen = Groups(row, metric)
    readings = unread(row, metric)
    row.watched = {**row.watched, "received_at": now.isoformat()}
    looks = []
    for at, fresh in by_instant(reading for reading in readings if seen.is_news(reading)):
        for reading in fresh:
            seen.take(reading)
        looks.append(seen.look(at))
    row.watched["groups"] = seen.groups
    return looks


def unread(row: DegradationCondition, metric: ClaimMetric) -> list[MetricReading]:
    """Readings that count and came since the last look; the first time those of now."""
    since = parse_datetime(row.watched["received_at"]) if row.watched.get("received_at") else None
    if since is None:
        return newest_readings([metric])
    found = MetricReading.objects.filter(
        metric=metric,
        received_at__gte=since - OVERLAP,
        cell__in=metric.cells,
        environment__in=environments_for(metric.environment_required),
    )
    return list(found.order_by("measured_at")[:MOST_READINGS])


def by_instant(readings: Iterable[MetricReading]) -> list[tuple[datetime, list[MetricReading]]]:
    found: dict[datetime, list[MetricReading]] = {}
    for reading in readings:
        found.setdefault(reading.measured_at, []).append(reading)
    return sorted(found.items())


class Groups:
    """The newest reading of each group that a condition has seen, so that one good group does not hide a bad one."""

    def __init__(self, row: DegradationCondition, metric: ClaimMetric) -> None:
        self.row, self.metric = row, metric
        self.groups: dict[str, dict[str, Any]] = dict(row.watched.get("groups") or {})

    def seen_in(self, reading: MetricReading) -> Seen:
        config = self.row.config
        return seen_in(reading.value, config["comparator"], self.row.threshold or 0.0, config.get("margin", 0.0))

    def is_news(self, reading: MetricReading) -> bool:
        """Newer than what is known of its group, or worse at the same instant; on too few cases it shows nothing."""
        if self.metric.min_n and (reading.n is None or reading.n < self.metric.min_n):
            return False
        known = self.groups.get(reading.cell)
        if known is None:
            return True
        at = parse_datetime(known["measured_at"])
        if at is None or reading.measured_at != at:
            return at is None or reading.measured_at > at
        return gravest(self.seen_in(reading), Seen(known["seen"])) != Seen(known["seen"])

    def take(self, reading: MetricReading) -> None:
        if self.is_news(reading):
            self.groups[reading.cell] = {
                "measured_at": reading.measured_at.isoformat(),
                "seen": str(self.seen_in(reading)),
                "value": reading.value,
                "source": reading.source,
            }

    def look(self, at: datetime) -> Look:
        worst = gravest(*(Seen(known["seen"]) for known in self.groups.values()))
        cell, known = next((cell, known) for cell, known in self.groups.items() if known["seen"] == worst)
        cause = {"metric": self.metric.key, "group": cell, **known}
        return Look(seen=worst, observed_at=at, value=known["value"], cause=cause)


# --- Registers ---


def look_at_registers(row: DegradationCondition, now: datetime) -> Look:
    """Whether anything that it listens for happened to the system, its supplier or its data since the last look."""
    last = row.watched.get("sequence")
    end = Chain.objects.values_list("sequence", flat=True).first() or 0
    row.watched = {**row.watched, "sequence": end}
    found = [] if last is None else happened(row, last)
    if not found:
        return Look(seen=Seen.OK, observed_at=now)
    event = found[-1]
    cause = {
        "event": str(event.event),
        "sequence": event.sequence,
        "record": event.target_label,
        "at": event.at.isoformat(),
        "count": len(found),
    }
    return Look(seen=Seen.TRIPPED, observed_at=now, cause=cause, note=f"{event.target_label}: {said_of(event)}")


def said_of(event: Event) -> str:
    """What changed, in the words of the trail."""
    version = event.changes.get("version")
    if isinstance(version, list):
        return f"{event.sentence} ({version[0] or '–'} → {version[1]})"
    return f"{event.sentence} ({version})" if version else event.sentence


def happened(row: DegradationCondition, after: int) -> list[Event]:
    """The events of the trail since a place in it that the condition listens for."""
    system = row.case.system
    targets = [system.pk, *([system.supplier_id] if system.supplier_id else [])]
    names = [name for kind in row.config["events"] for name in NAMES[kind]]
    about = Q(target_id__in=targets)
    if RegistryEvent.NEW_DATASET in row.config["events"]:
        items = EvidenceItem.objects.filter(system=system, kind=Kind.DATASET_RECORD)
        about |= Q(target_id__in=list(items.values_list("pk", flat=True)))
    events = Event.objects.filter(about, sequence__gt=after, event__in=names).order_by("sequence")
    return [event for event in events[:MOST_EVENTS] if is_meant(event)]


def is_meant(event: Event) -> bool:
    """A change of the system is one of its supplier only when it says so; a renamed supplier is one."""
    is_of_system = event.event in ("inventory.system.changed", "inventory.system.reimported")
    return not is_of_system or "supplier" in event.changes


# --- Calendar and age ---


def look_at_calendar(row: DegradationCondition, now: datetime) -> Look:
    """Whether the day has come; after it was cleared, whether the next one has."""
    after = date.fromisoformat(row.watched["after"]) if row.watched.get("after") else date.min
    due = due_after(day_of(row.config["on"]), row.config.get("repeat_months"), after)
    row.trips_at = start_of(due) - TICK if due else None
    if due is not None and timezone.localdate(now) >= due:
        return Look(seen=Seen.TRIPPED, observed_at=now, cause={"day": due.isoformat()})
    return Look(seen=Seen.OK, observed_at=now, cause={"next": due.isoformat()} if due else {})


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def look_at_evidence(row: DegradationCondition, now: datetime) -> Look:
    """Whether the oldest evidence below the element, or one named piece, is older than it may be."""
    oldest = oldest_evidence(row)
    if oldest is None:
        row.trips_at = None
        return Look(seen=Seen.SUSPECTED, observed_at=now, cause={"evidence": None})
    title, number, collected_at = oldest
    row.trips_at = collected_at + timedelta(days=int(row.threshold or 0))
    cause = {"evidence": number, "title": title[:200], "collected_at": collected_at.isoformat()}
    age = max((now - collected_at) / timedelta(days=1), 0.0)
    seen = Seen.TRIPPED if now > row.trips_at else Seen.OK
    return Look(seen=seen, observed_at=now, value=round(age, 1), cause=cause)


def oldest_evidence(row: DegradationCondition) -> tuple[str, int, datetime] | None:
    """Title, number and time of collection of what was collected longest ago."""
    if number := row.config.get("evidence"):
        item = EvidenceItem.objects.select_related("current").filter(number=number).first()
        current = item.current if item else None
        return (item.title, item.number, current.collected_at) if item and current else None
    loaded = load_case(row.case)
    below = everything_below(loaded.argument, row.element_id) if row.element_id else set(loaded.elements)
    bindings: list[EvidenceBinding] = [
        binding for element in below for binding in loaded.bindings.get(element, []) if binding.version.is_usable
    ]
    oldest = min(bindings, key=lambda binding: binding.version.collected_at, default=None)
    if oldest is None:
        return None
    return oldest.version.item.title, oldest.version.item.number, oldest.version.collected_at


def everything_below(argument: Argument, element: Any) -> set[Any]:
    """An element with all that it rests on, premises too."""
    waiting, found = [argument.node(element)], set()
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [*argument.legs[node], *argument.contexts.get(node, ())]
    return {argument.elements[node].id for node in found}
