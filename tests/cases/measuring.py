"""Metrics and readings for tests, through the real actions."""

from datetime import timedelta

from django.utils import timezone

from cases.actions import add_indicator, define_metric, record_readings
from cases.cells import Dimension
from cases.incoming import read_items
from cases.models import Element
from tests.again import said_again
from tests.cases.building import make_sound_case

AGE = Dimension("age", ("18-34", "35-54", "55+"), "35-54")


def make_indicator(cast, name="Selection-rate ratio", unit="ratio", **fields):
    return add_indicator(name=name, unit=unit, actor=cast.officer, **fields)


def make_metric(cast, case, claim="G2", *, indicator=None, **fields):
    """At least 0.90 in production, from 200 cases on, for each age band but the reference."""
    element = Element.objects.get(case=case, key=claim)
    said = {
        "key": "cv-rate",
        "comparator": "ge",
        "threshold": 0.9,
        "min_n": 200,
        "environment_required": "production",
        "max_age_days": 40,
        "grace_days": 20,
        "dimensions": [AGE],
        **fields,
    }
    return define_metric(element, indicator=indicator or make_indicator(cast), actor=cast.officer, **said)


@said_again
def make_measured_claim(cast):
    """The metric of claim G2 of a sound case."""
    return make_metric(cast, make_sound_case(cast))


def reading(value=0.93, *, days_ago=1.0, group="55+", **fields):
    """One item as a pipeline sends it."""
    at = timezone.now() - timedelta(days=days_ago)
    said = {"metric": "cv-rate", "value": value, "measured_at": at.isoformat(), "n": 400, "environment": "production"}
    said |= {"dimensions": {"age": group}} if group else {}
    return {name: value for name, value in {**said, **fields}.items() if value is not None}


def send(cast, *items):
    """Take in items as the API does."""
    incoming, refused = read_items(items)
    recorded = record_readings(incoming, actor=cast.contributor)
    recorded.outcomes = sorted([*recorded.outcomes, *refused], key=lambda outcome: outcome.index)
    return recorded


def both_groups(value=0.93, **fields):
    return [reading(value, group=group, **fields) for group in ("18-34", "55+")]
