"""Metrics and readings as the rule of standing takes them, read without touching the history behind the newest."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from cases import facts as known
from cases.cells import words_of
from cases.models import ClaimMetric, MetricReading
from evidence.environment import Environment, speaks_for

# Of each group: the newest readings that count, with all of the same instant and one before it, and the newest that rest
# on enough cases, because a thin reading cannot take a failure back. One step down an index for each, however long the
# history is.
NEWEST: Final = """
with wanted as (
  select (w->>'metric')::uuid as metric, c.cell, (w->>'min_n')::bigint as min_n,
         array(select jsonb_array_elements_text(w->'environments')) as environments
  from jsonb_array_elements(%s::jsonb) w cross join lateral jsonb_array_elements_text(w->'cells') c(cell)
)
select r.* from wanted cross join lateral (
  (select {columns} from cases_metricreading
   where metric_id = wanted.metric and cell = wanted.cell and environment = any(wanted.environments)
     {received}
   order by measured_at desc fetch first 3 rows with ties)
  union
  (select {columns} from cases_metricreading
   where metric_id = wanted.metric and cell = wanted.cell and environment = any(wanted.environments)
     and wanted.min_n > 0 and n >= wanted.min_n {received}
   order by measured_at desc fetch first 2 rows with ties)
) r
"""
COLUMNS: Final = (
    "organisation_id", "metric_id", "cell", "measured_at", "source", "value", "n", "low", "high", "window_start",
    "window_end", "environment", "verdict",
)  # fmt: skip


def newest_readings(metrics: Sequence[ClaimMetric], at: datetime | None = None) -> list[MetricReading]:
    """The readings that can matter for the standing of these metrics now, or by what had been received by an instant; one
    query."""
    if not metrics:
        return []
    wanted = [
        {
            "metric": str(metric.pk),
            "cells": list(metric.cells),
            "min_n": metric.min_n or 0,
            "environments": environments_for(metric.environment_required),
        }
        for metric in metrics
    ]
    with connection.cursor() as cursor:
        received = "" if at is None else "and received_at <= %s"
        times = [] if at is None else [at, at]
        cursor.execute(NEWEST.format(columns=", ".join(COLUMNS), received=received), [json.dumps(wanted), *times])
        return [MetricReading(**dict(zip(COLUMNS, row, strict=True))) for row in cursor.fetchall()]


def environments_for(required: str) -> list[str]:
    """Where a reading may come from to count."""
    return [name for name in ("", *Environment) if speaks_for(name, required)]


def metric_fact(metric: ClaimMetric, readings: Iterable[MetricReading] = ()) -> known.MetricFact:
    """A metric with its readings as the rule takes them."""
    return known.MetricFact(
        label=metric.indicator.name,
        comparator=known.Comparator(metric.comparator),
        threshold=metric.threshold,
        threshold_high=metric.threshold_high,
        cells=metric.cells,
        dimension_rule=known.DimensionRule(metric.dimension_rule),
        min_n=metric.min_n or 0,
        decision_rule=known.DecisionRule(metric.decision_rule),
        guard_band=metric.guard_band,
        environment_required=Environment(metric.environment_required) if metric.environment_required else None,
        max_age=timedelta(days=metric.max_age_days) if metric.max_age_days else None,
        grace=timedelta(days=metric.grace_days) if metric.max_age_days else timedelta(0),
        readings=[pure_reading(reading) for reading in readings],
    )


def pure_reading(reading: Any) -> known.Reading:
    """A stored or incoming reading as the rule takes it."""
    return known.Reading(
        value=reading.value,
        measured_at=reading.measured_at,
        window_end=reading.window_end,
        cell=reading.cell,
        n=reading.n,
        low=reading.low,
        high=reading.high,
        environment=Environment(reading.environment) if reading.environment else None,
    )


@dataclass(slots=True)
class Judged:
    """A metric with its newest readings, as it stands at an instant."""

    metric: ClaimMetric
    rule: known.MetricFact
    readings: list[MetricReading]
    at: datetime

    @property
    def finding(self) -> known.Finding:
        return self.rule.finding(self.at)

    @property
    def deciding(self) -> MetricReading | None:
        """The newest reading of the group that the metric stands or falls by: the worst, or the best where any will
        do. Where that group was not measured, its absence decides, and the next one is shown."""
        groups = self.groups()
        if self.rule.dimension_rule is known.DimensionRule.ANY:
            groups.reverse()
        return next((reading for _words, _one, reading in groups if reading is not None), None)

    def groups(self) -> list[tuple[str, known.Finding, MetricReading | None]]:
        """Each declared group: its words, what it comes to, its newest reading; those that fail first."""
        newest: dict[str, MetricReading] = {}
        for reading in sorted(self.readings, key=lambda reading: reading.measured_at):
            newest[reading.cell] = reading
        found = [(words_of(cell), one, newest.get(cell)) for cell, one in self.rule.findings_by_cell(self.at).items()]
        return sorted(found, key=lambda group: group[1].standing)


def judge(metrics: Sequence[ClaimMetric], at: datetime) -> list[Judged]:
    """Metrics as they stand at an instant; one query for all of their readings."""
    readings: dict[Any, list[MetricReading]] = {}
    for reading in newest_readings(metrics):
        readings.setdefault(reading.metric_id, []).append(reading)
    return [
        Judged(metric, metric_fact(metric, readings.get(metric.pk, ())), readings.get(metric.pk, []), at)
        for metric in metrics
    ]
