"""Whether readings are still what was received: each by its own hash, each batch by the hash that the chained trail holds."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from aims.trail.models import Event
from cases.actions.readings import hash_of_batch
from cases.cells import values_of
from cases.events import MetricEvent
from cases.incoming import Incoming
from cases.models import ClaimMetric, MetricReading

CHUNK = 2000


def doubtful_readings() -> Iterator[str]:
    """Each thing that is wrong with the readings of the organisation that is entered, as a sentence for the operator."""
    for metric in ClaimMetric.objects.order_by("number"):
        yield from doubts_about(metric)


def doubts_about(metric: ClaimMetric) -> Iterator[str]:
    told: dict[datetime, list[Event]] = defaultdict(list)
    early = 0  # readings of batches whose event does not say when they were received: only their number is known
    for event in Event.objects.filter(event=MetricEvent.MEASURED, target_id=metric.pk).order_by("sequence"):
        if "received_at" in event.changes:
            told[datetime.fromisoformat(event.changes["received_at"])].append(event)
        else:
            early += event.changes["readings"]
    found: dict[datetime, list[str]] = defaultdict(list)
    rows = MetricReading.objects.filter(metric=metric).select_related("system_version").order_by("received_at")
    for row in rows.iterator(chunk_size=CHUNK):
        found[row.received_at].append(row.sha256)
        if digest_of(row, metric.key) != row.sha256:
            yield f"{metric.key}: the reading of {row.measured_at.isoformat()} from {row.source!r} was changed"
    unknown = {received_at: len(digests) for received_at, digests in found.items() if received_at not in told}
    if sum(unknown.values()) != early:
        for received_at, count in unknown.items():
            yield f"{metric.key}: {count} readings of {received_at.isoformat()} are not in the trail"
        if early:
            yield f"{metric.key}: the trail knows of {early} readings without the time of their receipt"
    for received_at, events in told.items():
        digests, expected = found.get(received_at, []), sum(event.changes["readings"] for event in events)
        if len(digests) != expected:
            yield f"{metric.key}: of {expected} readings received {received_at.isoformat()}, {len(digests)} are there"
        elif len(events) == 1 and hash_of_batch(digests) != events[0].changes["sha256"]:
            yield f"{metric.key}: the batch received {received_at.isoformat()} is not what the trail says"


def digest_of(row: MetricReading, key: str) -> str:
    """The hash of what a row says, as it was made when it was received."""
    said = Incoming(
        index=0,
        metric=key,
        value=row.value,
        measured_at=row.measured_at,
        n=row.n,
        low=row.low,
        high=row.high,
        dimensions=values_of(row.cell),
        environment=row.environment,
        system_version=row.system_version.label if row.system_version else "",
        window_start=row.window_start,
        window_end=row.window_end,
        source=row.source,
        run_id=row.run_id,
        verdict=row.producer_verdict,
        provenance=row.provenance,
        cell=row.cell,
    )
    return said.digest()
