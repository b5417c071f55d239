"""The sweep over a million pieces of evidence of which ten thousand just went stale, against one SQL UPDATE of as many rows.

Ours is the whole sweep as the beat runs it: claim, trail with its hash chain, notifications, controls and cases.
"""

import time
from collections.abc import Iterator

from django.utils import timezone

from aims.site.bench.measuring import line, once, peak_memory_mb
from aims.site.bench.seeding import LARGE_SLUG, STALE, age_some, owner, wall_down
from aims.site.sweeping import sweep
from aims.tenancy.models import Organisation
from aims.tenancy.scope import organisation_scope
from aims.trail.models import Event
from aims.trail.record import first_broken_link
from evidence.events import VersionEvent

BASELINE = """
update evidence_evidenceversion set next_change_at = null, stale_told_at = now() where next_change_at <= now()
"""


def swept(expected: int) -> float:
    """Seconds of one sweep over all organisations; it must find what has gone stale, and a second one nothing."""
    start = time.perf_counter()
    summary = sweep(timezone.now())
    seconds = time.perf_counter() - start
    if (summary.stale, summary.failed, sweep(timezone.now()).stale) != (expected, [], 0):
        raise RuntimeError(f"the sweep came to: {summary}; {expected} had gone stale")
    return seconds


def updated() -> float:
    """Seconds of the bare UPDATE, by the owner, without row-level security, triggers or anything told."""
    with owner() as connection, wall_down(connection):
        return once(lambda: connection.execute(BASELINE))


def measure(rows: int) -> Iterator[str]:
    """Yields the lines."""
    memory = {}
    for count in (STALE // 10, STALE):
        age_some(count)
        before = peak_memory_mb()
        seconds = swept(count)
        memory[count] = peak_memory_mb() - before
    age_some(STALE)
    yield line(f"sweep_{rows}_items_{STALE}_stale_everywhere", seconds, updated(), unit="s")
    age_some(STALE, slug=LARGE_SLUG)
    seconds = swept(STALE)
    age_some(STALE, slug=LARGE_SLUG)
    yield line(f"sweep_{rows}_items_{STALE}_stale_in_one", seconds, updated(), unit="s")
    yield f"sweep_memory grown={memory[STALE]:.1f}MB for {STALE} stale, {memory[STALE // 10]:.1f}MB for {STALE // 10} before"
    check_trail()


def check_trail() -> None:
    """Each item that the sweep found is in the trail once, and the chain is whole."""
    with organisation_scope(Organisation.objects.get(slug=LARGE_SLUG)):
        stale = Event.objects.filter(event=VersionEvent.WENT_STALE)
        if first_broken_link() or stale.count() != stale.values("target_id").distinct().count():
            raise RuntimeError("the trail of the sweep is broken or says something twice")
