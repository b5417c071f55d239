"""Taking in readings: judged here whatever their producer said, kept for good, and followed by the standing."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.trail.record import record_many
from cases.cells import cell_of, is_declared, values_of
from cases.evaluation import Happening
from cases.events import MetricEvent
from cases.facts import FactRefused, MetricFact
from cases.following import mark_due
from cases.incoming import Incoming, Outcome, Refused, collector_at_rest
from cases.measuring import metric_fact, pure_reading
from cases.models import AssuranceCase, ClaimMetric, MetricReading
from inventory.models import SystemVersion

CLOCK_SKEW: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=3653)

# One parameter for ten thousand rows: measured several times faster than arrays or executemany. COPY is refused by
# PostgreSQL on tables with row-level security.
COLUMNS: Final = {
    "metric_id": "uuid", "cell": "text", "measured_at": "timestamptz", "source": "text", "value": "float8",
    "n": "bigint", "low": "float8", "high": "float8", "window_start": "timestamptz", "window_end": "timestamptz",
    "environment": "text", "system_version_id": "uuid", "verdict": "text", "producer_verdict": "text",
    "run_id": "text", "key": "text", "provenance": "jsonb", "sha256": "text",
}  # fmt: skip
TAKEN: Final = ", ".join(
    f"r->{place}" if kind == "jsonb" else f"(r->>{place})::{kind}" for place, kind in enumerate(COLUMNS.values())
)
INSERT: Final = f"""
insert into cases_metricreading (organisation_id, received_at, recorded_by_id, {", ".join(COLUMNS)})
select %s, %s, %s, {TAKEN} from jsonb_array_elements(%s::jsonb) r
on conflict do nothing returning sha256
"""  # noqa: S608 (names of columns from above)
STORED: Final = """
select r.metric_id, r.cell, r.measured_at, r.source, r.sha256 from cases_metricreading r
join jsonb_array_elements(%s::jsonb) i on r.metric_id = (i->>0)::uuid and r.cell = i->>1
  and r.measured_at = (i->>2)::timestamptz and r.source = i->>3
where r.measured_at between %s and %s
"""
KEYS: Final = """
select k.metric_id, k.key, k.sha256 from cases_readingkey k
join jsonb_array_elements(%s::jsonb) i on k.metric_id = (i->>0)::uuid and k.key = i->>1
"""
INSERT_KEYS: Final = """
insert into cases_readingkey (organisation_id, metric_id, key, sha256)
select %s, (r->>0)::uuid, r->>1, r->>2 from jsonb_array_elements(%s::jsonb) r on conflict do nothing
"""

Identity = tuple[UUID, str, datetime, str]


@dataclass(slots=True)
class Target:
    """A metric that readings are sent for, with what is needed to judge them."""

    metric: ClaimMetric
    rule: MetricFact
    case: AssuranceCase
    versions: dict[str, UUID] = field(default_factory=dict)
    pk: UUID = field(init=False)
    cells: dict[tuple[tuple[str, str], ...], str] = field(default_factory=dict)
    """The groups that were met, as they were said: a batch says the same few over and over."""

    def __post_init__(self) -> None:
        self.pk = self.metric.pk


@dataclass(slots=True)
class Row:
    """A reading that may be written."""

    item: Incoming
    target: Target
    version: UUID | None
    verdict: str
    sha256: str
    identity: Identity

    def values(self) -> list[Any]:
        item = self.item
        return [
            str(self.target.pk), item.cell, item.measured_at.isoformat(), item.source, item.value, item.n,
            item.low, item.high, item.window_start and item.window_start.isoformat(),
            item.window_end and item.window_end.isoformat(), item.environment, self.version and str(self.version),
            self.verdict, item.verdict, item.run_id, item.key, item.provenance, self.sha256,
        ]  # fmt: skip


@dataclass(slots=True)
class Recorded:
    """What became of a batch, item by item."""

    outcomes: list[Outcome] = field(default_factory=list)

    def count(self, status: str) -> int:
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def refused(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status == "refused"]


@collector_at_rest()
@transaction.atomic
def record_readings(items: Sequence[Incoming], *, actor: Member | None, source: str = "api") -> Recorded:
    """Take in readings of any metrics of the organisation: what is right is kept, what is not is named.

    Sent again, a reading is a duplicate; the same key, or the same metric, group, time and source, with another content
    is refused. The cases concerned become due in this transaction.
    """
    now, recorded = timezone.now(), Recorded()
    targets = targets_of(items)
    rows = []
    for item in items:
        item.source = item.source or source
        try:
            rows.append(judged(item, targets, now))
        except Refused as error:
            recorded.outcomes.append(refused(item, error.field, error.message))
    rows = without_repeats(rows, recorded)
    rows = without_known_keys(rows, recorded)
    fresh = write(rows, recorded, actor, now)
    recorded.outcomes.sort(key=lambda outcome: outcome.index)
    if fresh:
        mark_due({row.target.case.pk for row in fresh})
        record_many(list(happenings_of(fresh, now)), actor=actor)
    return recorded


@transaction.atomic
def record_reading(
    metric: ClaimMetric,
    *,
    value: float,
    measured_at: datetime,
    actor: Member,
    n: int | None = None,
    low: float | None = None,
    high: float | None = None,
    cell: str = "",
    environment: str = "",
    system_version: SystemVersion | None = None,
    window_start: datetime | None = None,
    window_end: datetime | None = None,
    note: str = "",
) -> ClaimMetric:
    """Take in one reading that a person enters; what is wrong with it comes back as a rule that is broken."""
    item = Incoming(
        index=0,
        metric=metric.key,
        value=value,
        measured_at=measured_at,
        n=n,
        low=low,
        high=high,
        dimensions=values_of(cell),
        environment=environment,
        system_version=system_version.label if system_version else "",
        window_start=window_start,
        window_end=window_end,
        source="by hand",
        provenance={"note": note} if note else None,
    )
    (outcome,) = record_readings([item], actor=actor).outcomes
    if outcome.status == "refused":
        raise RuleBroken(outcome.message, field="cell" if outcome.field == "dimensions" else outcome.field)
    if outcome.status == "duplicate":
        raise RuleBroken(_("This reading is recorded already."), field="measured_at")
    return metric


def check_readings(items: Sequence[Incoming], *, actor: Member, source: str) -> Recorded:
    """What `record_readings` would make of a batch; nothing is kept."""
    with transaction.atomic():
        recorded = record_readings(items, actor=actor, source=source)
        transaction.set_rollback(True)
    return recorded


def targets_of(items: Sequence[Incoming]) -> dict[Any, Target]:
    """The metrics meant, by key and by (claim, name); locked in one order, so that two batches are one after the other."""
    keys = {item.metric for item in items if item.claim is None}
    claims = {item.claim for item in items if item.claim is not None}
    wanted = ClaimMetric.objects.filter(Q(key__in=keys) | Q(element_id__in=claims)).order_by("pk")
    metrics = list(
        wanted.select_related("indicator", "element__case", "element__owner", "element__module").select_for_update(
            of=("self",), no_key=True
        )
    )
    targets: dict[Any, Target] = {}
    for metric in metrics:
        target = Target(metric, metric_fact(metric), metric.element.case)
        targets[metric.key] = target
        for name in (metric.key, metric.indicator.name):
            known = targets.get((metric.element_id, name))
            if known is None or not known.metric.is_in_use:
                targets[metric.element_id, name] = target
    if any(item.system_version for item in items):
        systems = {target.case.system_id for target in targets.values()}
        versions = SystemVersion.objects.filter(system_id__in=systems).values_list("system_id", "label", "pk")
        for system, label, pk in versions:
            for target in targets.values():
                if target.case.system_id == system:
                    target.versions[label] = pk
    return targets


def judged(item: Incoming, targets: dict[Any, Target], now: datetime) -> Row:
    """The item as a row with our verdict; Refused says what is wrong with it."""
    target = targets.get(item.metric if item.claim is None else (item.claim, item.metric))
    if target is None:
        name = "metric" if item.claim is None else "claimId"
        raise Refused(name, _("There is no metric “%s” here. The list of metrics shows the keys.") % item.metric[:60])
    metric = target.metric
    if not metric.is_in_use or metric.element.withdrawn_at is not None:
        raise Refused("metric", _("Metric %s was withdrawn. Send readings of one that is in use.") % metric.key)
    if target.case.status == AssuranceCase.Status.WITHDRAWN:
        raise Refused("metric", _("The case of metric %s was withdrawn.") % metric.key)
    if item.unit and item.unit != metric.unit:
        raise Refused("unit", _("Metric %(key)s is kept in %(unit)s.") % {"key": metric.key, "unit": metric.unit})
    item.metric = metric.key
    said = tuple(item.dimensions.items())
    cell = target.cells.get(said)
    if cell is None:
        cell = target.cells[said] = cell_in(metric, item)
    item.cell = cell
    check_times(item, now)
    version = None
    if item.system_version:
        version = target.versions.get(item.system_version)
        if version is None:
            raise Refused("system_version", _("The system has no version “%s”.") % item.system_version[:60])
    try:
        verdict = target.rule.verdict(pure_reading(item))
    except FactRefused:
        raise Refused("low", _("The interval must contain the value: low ≤ value ≤ high.")) from None
    identity = (target.pk, item.cell, item.measured_at, item.source)
    return Row(item, target, version, str(verdict), item.digest(), identity)


def cell_in(metric: ClaimMetric, item: Incoming) -> str:
    """The group's canonical name; only groups that the metric declares have readings."""
    declared = metric.declared
    values = dict(item.dimensions)
    if "" in values:  # a value alone: the one dimension that has it
        bare = values.pop("")
        owners = [dimension.name for dimension in declared if bare in dimension.values]
        if len(owners) == 1:
            values[owners[0]] = bare
        else:
            values[""] = bare
    if not is_declared(values, declared, is_crossed=metric.is_crossed):
        raise Refused("dimensions", groups_wanted(metric))
    return cell_of(values)


def groups_wanted(metric: ClaimMetric) -> str:
    if not metric.dimensions:
        return _("Metric %s has no groups. Leave the dimensions out.") % metric.key
    said = "; ".join(f"{one.name}: {', '.join(one.values)}" for one in metric.declared)[:300]
    sentence = (
        _("Give a group of each of these: %s.") if metric.is_crossed else _("Give one group of one of these: %s.")
    )
    return sentence % said


def check_times(item: Incoming, now: datetime) -> None:
    for name in ("measured_at", "window_start", "window_end"):
        at = getattr(item, name)
        if at is not None and at > now + CLOCK_SKEW:
            raise Refused(name, _("It lies in the future. Check the clock of the machine that sends it."))
        if at is not None and at < now - OLDEST:
            raise Refused(name, _("It is more than ten years ago."))
    if item.window_start and item.window_end and item.window_start >= item.window_end:
        raise Refused("window_end", _("The period ends before it starts. Swap both ends."))
    if item.window_end and item.window_end > item.measured_at + CLOCK_SKEW:
        raise Refused("window_end", _("The period ends after the measurement."))


def refused(item: Incoming, field_name: str, message: str) -> Outcome:
    return Outcome(item.index, "refused", item.metric, item.key, field_name, message)


def duplicate(item: Incoming) -> Outcome:
    return Outcome(item.index, "duplicate", item.metric, item.key)


def key_taken(item: Incoming) -> Outcome:
    said = _("The key “%s” was used for a reading with another content. Send a new key for a new reading.")
    return refused(item, "key", said % item.key[:80])


def measured_otherwise(item: Incoming) -> Outcome:
    said = _("There is a reading of this group, time and source with another content. Readings are never changed.")
    return refused(item, "measured_at", said)


def without_repeats(rows: Iterable[Row], recorded: Recorded) -> list[Row]:
    """Of what one batch says twice, the first; what contradicts it is refused."""
    by_key: dict[tuple[UUID, str], str] = {}
    by_identity: dict[Identity, str] = {}
    kept = []
    for row in rows:
        key = (row.target.pk, row.item.key)
        if row.item.key and by_key.setdefault(key, row.sha256) != row.sha256:
            recorded.outcomes.append(key_taken(row.item))
            continue
        if row.identity in by_identity:
            is_same = by_identity[row.identity] == row.sha256
            recorded.outcomes.append(duplicate(row.item) if is_same else measured_otherwise(row.item))
            continue
        by_identity[row.identity] = row.sha256
        kept.append(row)
    return kept


def without_known_keys(rows: list[Row], recorded: Recorded) -> list[Row]:
    """Those whose key was not used before. The lock on the metrics keeps two batches from using it at once."""
    pairs = [[str(row.target.pk), row.item.key] for row in rows if row.item.key]
    if not pairs:
        return rows
    with connection.cursor() as cursor:
        cursor.execute(KEYS, [json.dumps(pairs)])
        known = {(metric, key): digest for metric, key, digest in cursor.fetchall()}
    if not known:
        return rows
    kept = []
    for row in rows:
        before = known.get((row.target.pk, row.item.key)) if row.item.key else None
        if before is None:
            kept.append(row)
        else:
            recorded.outcomes.append(duplicate(row.item) if before == row.sha256 else key_taken(row.item))
    return kept


def write(rows: list[Row], recorded: Recorded, actor: Member | None, now: datetime) -> list[Row]:
    """Write what is not there yet; returns that."""
    if not rows:
        return []
    organisation = rows[0].target.metric.organisation_id
    with connection.cursor() as cursor:
        values = json.dumps([row.values() for row in rows])
        cursor.execute(INSERT, [organisation, now, actor.pk if actor else None, values])
        written = {digest for (digest,) in cursor.fetchall()}
        fresh = [row for row in rows if row.sha256 in written]
        known = rows_there(cursor, rows) if len(fresh) < len(rows) else {}
        done = []
        for row in rows:
            if row.sha256 in written:
                recorded.outcomes.append(Outcome(row.item.index, "recorded", row.item.metric, row.item.key))
            elif known.get(row.identity) == row.sha256:
                recorded.outcomes.append(duplicate(row.item))
            else:
                recorded.outcomes.append(measured_otherwise(row.item))
                continue
            done.append(row)
        keys = [[str(row.target.pk), row.item.key, row.sha256] for row in done if row.item.key]
        if keys:
            cursor.execute(INSERT_KEYS, [organisation, json.dumps(keys)])
    return fresh


def rows_there(cursor: Any, rows: list[Row]) -> dict[Identity, str]:
    """What is stored under the identities of these rows."""
    times = [row.item.measured_at for row in rows]
    asked = [[str(metric), cell, at.isoformat(), source] for metric, cell, at, source in (r.identity for r in rows)]
    cursor.execute(STORED, [json.dumps(asked), min(times), max(times)])
    return {(metric, cell, at, source): digest for metric, cell, at, source, digest in cursor.fetchall()}


def happenings_of(rows: Sequence[Row], now: datetime) -> Iterable[Happening]:
    """One event for each metric: how many, of when, and a hash over all of them, so that the chain of the trail holds them."""
    by_metric: dict[UUID, list[Row]] = {}
    for row in rows:
        by_metric.setdefault(row.target.pk, []).append(row)
    for batch in by_metric.values():
        metric, times = batch[0].target.metric, [row.item.measured_at for row in batch]
        told = {
            "metric": metric.key,
            "readings": len(batch),
            "from": min(times).isoformat(),
            "to": max(times).isoformat(),
            "failing": sum(row.verdict == MetricReading.Verdict.FAIL for row in batch),
            "sources": sorted({row.item.source for row in batch})[:5],
            "received_at": now.isoformat(),
            "sha256": hash_of_batch(row.sha256 for row in batch),
        }
        yield MetricEvent.MEASURED, metric, told
        otherwise = [row for row in batch if row.item.verdict and row.item.verdict != row.verdict]
        if otherwise:
            tell_of_disagreement(otherwise)
            first = otherwise[0]
            yield (
                MetricEvent.DISAGREED,
                metric,
                {"readings": len(otherwise), "producer": first.item.verdict, "ours": first.verdict},
            )


def hash_of_batch(digests: Iterable[str]) -> str:
    """One hash over the readings of a batch, in whatever order they are read."""
    return sha256("".join(sorted(digests)).encode()).hexdigest()


def tell_of_disagreement(rows: Sequence[Row]) -> None:
    """Whoever answers for the claim hears once a day that a producer judges otherwise than this server."""
    target, first = rows[0].target, rows[0]
    owner = target.metric.element.owner or target.case.accountable_owner
    words = {
        "metric": target.metric.key,
        "count": len(rows),
        "source": first.item.source,
        "theirs": MetricReading.Verdict(first.item.verdict).label,
        "ours": MetricReading.Verdict(first.verdict).label,
    }
    sentence = ngettext(
        "%(source)s judged a reading of %(metric)s as “%(theirs)s”; by the rule of the claim it is “%(ours)s”.",
        "%(source)s judged %(count)d readings of %(metric)s otherwise than the rule of the claim does, the first as "
        "“%(theirs)s” instead of “%(ours)s”.",
        len(rows),
    )
    notify(
        owner,
        event=MetricEvent.DISAGREED,
        sentence=sentence % words,
        link=reverse("cases:metric_detail", args=[target.metric.organisation.slug, target.metric.number]),
        key=f"disagreed:{target.metric.pk}:{timezone.localdate().isoformat()}",
    )
