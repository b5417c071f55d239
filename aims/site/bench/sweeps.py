"""The sweep over a million pieces of evidence of which ten thousand just went stale, against one SQL UPDATE of the same rows."""

import time
from collections.abc import Iterator

from django.utils import timezone

from aims.site.bench.measuring import line, once, peak_memory_mb
from aims.site.bench.seeding import STALE, age_some, owner, wall_down
from aims.tenancy.across import organisations_due
from aims.tenancy.scope import organisation_scope
from evidence.models import EvidenceVersion
from evidence.sweep import flag_due

BASELINE = """
with due as (
    update evidence_evidenceversion set next_change_at = null, stale_told_at = now() where next_change_at <= now() returning id
) select count(*) from due
"""


def swept() -> int:
    """What the beat does for evidence: only organisations with something due are entered."""
    flagged, now = 0, timezone.now()
    # Across organisations: as the sweep itself, one function says who has something due.
    while due := organisations_due("across_evidence_due", now):
        for organisation_id in due:
            with organisation_scope(organisation_id):
                flagged += len(flag_due(now))
    return flagged


def measure(rows: int) -> Iterator[str]:
    """Yields the lines."""
    results = {}
    for count in (STALE // 10, STALE):
        age_some(count)
        before = peak_memory_mb()
        start = time.perf_counter()
        flagged = swept()
        results[count] = (time.perf_counter() - start, flagged, peak_memory_mb() - before)
    age_some(STALE)
    with owner() as connection, wall_down(connection):
        baseline = once(lambda: connection.execute(BASELINE))
    seconds, flagged_count, grown = results[STALE]
    if flagged_count != STALE:
        raise RuntimeError(f"the sweep flagged {flagged_count} of {STALE}")
    yield line(f"sweep_{rows}_items_{STALE}_stale", seconds, baseline, unit="s")
    yield line(f"sweep_{STALE}_against_{STALE // 10}_stale", seconds, results[STALE // 10][0], unit="s")
    yield f"sweep_memory grown={grown:.1f}MB for {STALE} stale after {results[STALE // 10][2]:.1f}MB for {STALE // 10}"
    with organisation_scope(None):
        assert not EvidenceVersion.objects.exists()  # noqa: S101 (outside of an organisation there is nothing to see)
