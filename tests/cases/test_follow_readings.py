"""A reading moves the standing of its claim: failing, too few, too old; and the sentence says so."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from cases.actions import edit_metric, withdraw_metric
from cases.evaluation import assess
from cases.forecasting import forecast_of
from cases.models import AssuranceCase, Element, Signal, StandingLevel
from cases.sweep import reevaluate_due
from tests.cases.building import make_case, make_sound_case, make_system
from tests.cases.measuring import both_groups, make_indicator, make_metric, reading, send

pytestmark = pytest.mark.django_db
RULE = {"comparator": "ge", "threshold": 0.9}


@pytest.fixture
def measured(acme):
    """A sound case whose claim G2 is measured for two age bands, and passes."""
    with acme:
        case = make_sound_case(acme)
        make_metric(acme, case)
        send(acme, *both_groups(0.93))
        reevaluate_due(timezone.now())
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS
        return case


def standings(case):
    return {row.key: StandingLevel(row.standing).name for row in Element.objects.filter(case=case)}


def test_a_claim_without_a_reading_is_unsupported_and_raises_no_alarm_while_it_is_being_defined(acme):
    with acme:
        case = make_sound_case(acme)
        make_metric(acme, case)
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED
        assert "has no reading that counts" in str(Signal.objects.all()) or not Signal.objects.exists()
        assert not Signal.objects.exists()


def test_a_reading_below_the_threshold_for_one_group_defeats_that_claim_and_no_other(acme, measured):
    with acme:
        at = datetime(2026, 10, 31, 8, tzinfo=UTC)
        shift = (timezone.now() - at).total_seconds() / 86400
        metric = Element.objects.get(key="G2", case=measured).metrics.get()
        edit_metric(metric, revision=None, **{**RULE, "dimensions": metric.declared}, actor=acme.officer)
        send(acme, reading(0.86, days_ago=0.01, window_end=at.isoformat()))
        assert shift > 0
        reevaluate_due(timezone.now())
        measured.refresh_from_db()
        assert standings(measured) == {
            "G1": "UNSUPPORTED",
            "S1": "UNSUPPORTED",
            "G2": "DEFEATED",
            "Sn1": "HOLDS",
            "G3": "HOLDS",
            "Sn2": "HOLDS",
        }
        (signal,) = Signal.objects.all()
        assert "Selection-rate ratio for age 55+ fell to 0.86 (threshold 0.90) in October 2026 (G1 → S1 → G2); claim G1 of" in signal.sentence  # fmt: skip
        assert signal.causes[0]["path"] == ["G1", "S1", "G2"]


@pytest.mark.parametrize(
    ("items", "level", "words"),
    [
        (lambda: [reading(0.95, days_ago=0, n=10)], "UNSUPPORTED", "rests on too few cases"),
        (lambda: [reading(0.95, days_ago=0, n=None)], "UNSUPPORTED", "rests on too few cases"),
        (lambda: [reading(0.5, days_ago=0, environment="test")], "HOLDS", None),
        (lambda: [reading(0.5, days_ago=0, environment=None)], "HOLDS", None),
        (lambda: [reading(0.5, days_ago=20)], "HOLDS", None),
        (lambda: [reading(0.5, days_ago=0, group="35-54")], "HOLDS", None),
        (lambda: [reading(0.9, days_ago=0)], "HOLDS", None),
        (lambda: [reading(0.8999, days_ago=0)], "DEFEATED", "fell to 0.8999"),
        (lambda: [reading(0.8, days_ago=0), reading(0.95, days_ago=0, source="other")], "DEFEATED", "0.8"),
        (lambda: [reading(0.8, days_ago=0.5), reading(0.95, days_ago=0, n=5)], "DEFEATED", "0.8"),
        (lambda: [reading(0.8, days_ago=0.5), reading(0.95, days_ago=0)], "HOLDS", None),
    ],
)
def test_what_a_new_reading_does_to_its_claim(acme, measured, items, level, words):
    with acme:
        sent = items()
        now = timezone.now()
        for item in sent:
            if item["measured_at"] > (now - timedelta(minutes=5)).isoformat():
                item["measured_at"] = now.isoformat()
        send(acme, *sent)
        reevaluate_due(timezone.now())
        assessment = assess(measured)
        claim = Element.objects.get(case=measured, key="G2")
        assert assessment.standing_of(claim).name == level
        if words:
            assert words in Signal.objects.get().sentence
        else:
            assert not Signal.objects.exists()


def test_a_thin_reading_far_behind_does_not_take_a_failure_back(acme, measured):
    with acme:
        send(acme, reading(0.7, days_ago=0.9))
        send(acme, *(reading(0.95, days_ago=0.8 - step / 20, n=3) for step in range(8)))
        claim = Element.objects.get(case=measured, key="G2")
        assert assess(measured).standing_of(claim) == StandingLevel.DEFEATED


def test_a_reading_ages_and_the_case_knows_when(acme, measured):
    with acme:
        newest = timezone.now() - timedelta(days=1)
        ages_at = measured.next_transition_at
        assert abs(ages_at - (newest + timedelta(days=40))) < timedelta(minutes=5)
        assert assess(measured, at=ages_at - timedelta(seconds=1)).standing == StandingLevel.HOLDS
        assert assess(measured, at=ages_at).standing == StandingLevel.WEAKENED
        assert assess(measured, at=ages_at + timedelta(days=20)).standing == StandingLevel.UNSUPPORTED
        reevaluate_due(ages_at + timedelta(days=20))
        assert "is too old since" in Signal.objects.get().sentence
        send(acme, *both_groups(0.94, days_ago=0))
        reevaluate_due(timezone.now())
        assert Signal.objects.get().restored_at is not None
        falls = [fall.after for horizon in forecast_of(assess(measured)) for fall in horizon.falls]
        assert StandingLevel.WEAKENED in falls


def test_only_the_cases_concerned_are_looked_at(acme, measured):
    with acme:
        for place in range(4):
            other = make_case(acme, system=make_system(acme, f"System {place}"), purpose=f"Purpose {place}")
            make_metric(acme, other, "G1", key=f"other-{place}", indicator=measured_indicator(), dimensions=[])
        reevaluate_due(timezone.now())
        send(acme, *both_groups(0.95, days_ago=0.5), reading(0.95, metric="other-2", group=None))
        due = AssuranceCase.objects.due()
        assert {case.number for case in due} == {measured.number, 4}
        assert reevaluate_due(timezone.now()).evaluated == 2


def measured_indicator():
    from cases.models import Indicator

    return Indicator.objects.get()


def test_a_changed_threshold_judges_what_was_measured(acme, measured):
    with acme:
        metric = Element.objects.get(key="G2", case=measured).metrics.get()
        edit_metric(metric, revision=1, comparator="ge", threshold=0.95, dimensions=metric.declared, actor=acme.officer)
        assert standings(measured)["G2"] == "DEFEATED"
        withdraw_metric(metric, reason="Measured by the supplier now", actor=acme.officer)
        assert standings(measured)["G2"] == "HOLDS"


def test_the_standing_follows_a_batch_that_came_by_the_api(acme, measured, api_as, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = api_as(acme.contributor).post("/api/v1/o/acme/readings/", [reading(0.5, days_ago=0.1)])
    assert answer.status_code == 201
    with acme:
        measured.refresh_from_db()
        assert measured.standing == StandingLevel.UNSUPPORTED
        assert "fell to 0.5" in Signal.objects.get().sentence


def test_many_metrics_are_loaded_in_the_same_few_queries(acme, measured, django_assert_num_queries):
    with acme:
        indicator = make_indicator(acme, "Latency", "ms")
        for place in range(10):
            make_metric(acme, measured, "G3", key=f"m-{place}", indicator=indicator, dimensions=[])
        send(acme, *(reading(0.95, metric=f"m-{place}", group=None) for place in range(10)))
        case = AssuranceCase.objects.select_related("system__current_version").get(pk=measured.pk)
        with django_assert_num_queries(6):
            assess(case)
