"""The chart of a metric's readings, read from the database: the gravest groups, their newest readings."""

import json
from datetime import datetime
from typing import Final

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cases import facts as known
from cases.cells import words_of
from cases.measuring import COLUMNS, Judged, environments_for, pure_reading
from cases.models import MetricReading
from cases.readings_chart import MOST_POINTS, MOST_SERIES, Chart, Point, Series, Theme, Wording, draw_readings

# One step down an index for each group, as for the standing.
NEWEST: Final = """
select r.* from jsonb_array_elements_text(%s::jsonb) c(cell) cross join lateral (
  select {columns} from cases_metricreading
  where metric_id = %s and cell = c.cell and environment = any(%s) order by measured_at desc limit %s
) r
"""


def readings_shown(judged: Judged) -> dict[str, list[MetricReading]]:
    """The newest readings that count of the groups that are drawn, the gravest group first; one query."""
    metric = judged.metric
    found = judged.rule.findings_by_cell(judged.at)
    cells = sorted(found, key=lambda cell: found[cell].standing)[:MOST_SERIES]
    shown: dict[str, list[MetricReading]] = {cell: [] for cell in cells}
    with connection.cursor() as cursor:
        environments = environments_for(metric.environment_required)
        cursor.execute(
            NEWEST.format(columns=", ".join(COLUMNS)), [json.dumps(cells), metric.pk, environments, MOST_POINTS]
        )
        for row in cursor.fetchall():
            reading = MetricReading(**dict(zip(COLUMNS, row, strict=True)))
            shown[reading.cell].append(reading)
    return shown


def chart_of(judged: Judged, theme: Theme = Theme.LIGHT) -> Chart | None:
    """The readings over time, judged by the rule of now; None while there is none that counts."""
    metric = judged.metric
    series = [
        Series(
            words_of(cell),
            [
                Point(one.measured_at, one.value, judged.rule.verdict(pure_reading(one)), one.low, one.high)
                for one in readings
            ],
        )
        for cell, readings in readings_shown(judged).items()
    ]
    return draw_readings(
        series,
        comparator=known.Comparator(metric.comparator),
        threshold=metric.threshold,
        threshold_high=metric.threshold_high,
        unit=metric.unit,
        title=title_of(judged),
        theme=theme,
        wording=wording(),
    )


def title_of(judged: Judged) -> str:
    words = {"indicator": judged.metric.indicator.name, "claim": judged.metric.element.address}
    return _("%(indicator)s of claim %(claim)s over time") % words


def wording() -> Wording:
    """The words of a chart in the reader's language."""
    return Wording(
        threshold=_("threshold %(value)s"),
        band=_("interval of %(group)s"),
        band_of_all=_("interval"),
        whole=_("all"),
        failing=_("where the claim fails"),
        verdicts={
            known.Verdict.PASS: _("passes"),
            known.Verdict.BORDERLINE: _("borderline"),
            known.Verdict.FAIL: _("fails"),
            known.Verdict.INSUFFICIENT: _("too few cases"),
        },
        day=short_day,
    )


def short_day(at: datetime) -> str:
    return date_format(localtime(at), "j M Y")
