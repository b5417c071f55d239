"""Readings are taken in once, judged here, and never changed; what cannot be taken is named."""

import gc
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from aims.celery import app
from aims.integrations.models import Notification
from aims.tenancy.partitions import make_partitions
from aims.trail.models import Event
from cases.actions import withdraw_case, withdraw_metric
from cases.incoming import collector_at_rest, read_items
from cases.models import ClaimMetric, MetricReading, ReadingKey
from cases.tasks import make_room_for_readings
from inventory.models import SystemVersion
from tests.cases.building import make_case, make_sound_case
from tests.cases.measuring import both_groups, make_measured_claim, make_metric, reading, send

pytestmark = pytest.mark.django_db
READINGS = "/api/v1/o/acme/readings/"


@pytest.fixture
def metric(acme):
    with acme:
        return make_measured_claim(acme)


def statuses(recorded):
    return [outcome.status for outcome in recorded.outcomes]


def test_the_server_makes_the_verdict_whatever_the_producer_says(acme, metric):
    with acme:
        send(
            acme,
            reading(0.95, days_ago=1, verdict="fail"),
            reading(0.86, days_ago=2, verdict="pass"),
            reading(0.95, days_ago=3, n=10),
            reading(0.95, days_ago=4, verdict="pass"),
        )
        rows = MetricReading.objects.order_by("-measured_at")
        assert [row.verdict for row in rows] == ["pass", "fail", "insufficient", "pass"]
        assert MetricReading.objects.disagreeing().count() == 2
        assert MetricReading.objects.agreeing().count() == 2
        event = Event.objects.get(event="cases.metric.disagreed")
        assert event.changes == {"readings": 2, "producer": "fail", "ours": "pass"}
        assert "otherwise than the rule" in Notification.objects.get(event="cases.metric.disagreed").sentence


def test_what_is_sent_again_is_kept_once(acme, metric):
    items = [reading(0.93, key="a"), reading(0.94, group="18-34")]
    with acme:
        assert statuses(send(acme, *items)) == ["recorded", "recorded"]
        assert statuses(send(acme, *items)) == ["duplicate", "duplicate"]
        assert statuses(send(acme, items[1], items[1])) == ["duplicate", "duplicate"]
        assert MetricReading.objects.count() == 2
        assert Event.objects.filter(event="cases.metric.measured").count() == 1


def test_the_same_key_with_another_content_is_refused_and_named(acme, metric):
    first = reading(0.93, key="2026-10/55+")
    with acme:
        send(acme, first)
        (outcome,) = send(acme, {**first, "value": 0.99}).outcomes
        assert (outcome.status, outcome.field, outcome.key) == ("refused", "key", "2026-10/55+")
        moved = send(acme, {**first, "measured_at": (timezone.now() - timedelta(days=70)).isoformat()})
        assert statuses(moved) == ["refused"]
        in_one_batch = send(acme, reading(0.91, key="b", days_ago=5), reading(0.92, key="b", days_ago=6))
        assert statuses(in_one_batch) == ["recorded", "refused"]
        assert MetricReading.objects.get(key="2026-10/55+").value == 0.93


def test_another_value_for_the_same_moment_is_refused_and_its_key_stays_free(acme, metric):
    first = reading(0.93)
    with acme:
        send(acme, first)
        (outcome,) = send(acme, {**first, "value": 0.99, "key": "late"}).outcomes
        assert (outcome.status, outcome.field) == ("refused", "measured_at")
        assert not ReadingKey.objects.exists()
        assert statuses(send(acme, {**first, "key": "late"})) == ["duplicate"]
        assert statuses(send(acme, {**first, "value": 0.99, "source": "second monitor"})) == ["recorded"]


NOW = datetime.now(UTC)
WRONG = [
    ("metric", {"metric": "nobody"}),
    ("metric", {"metric": None}),
    ("metric", {"metric": 7}),
    ("value", {"value": None}),
    ("value", {"value": "0.93"}),
    ("value", {"value": True}),
    ("value", {"value": float("nan")}),
    ("value", {"value": float("inf")}),
    ("value", {"value": 10**400}),
    ("n", {"n": -1}),
    ("n", {"n": 1.5}),
    ("n", {"n": 10**30}),
    ("low", {"low": 0.99}),
    ("low", {"high": 0.5}),
    ("high", {"high": float("-inf")}),
    ("measured_at", {"measured_at": "yesterday"}),
    ("measured_at", {"measured_at": "2026-10-31T08:00:00"}),
    ("measured_at", {"measured_at": "9999-12-31T23:59:59-12:00"}),
    ("measured_at", {"measured_at": (NOW + timedelta(hours=1)).isoformat()}),
    ("measured_at", {"measured_at": "1999-01-01T00:00:00Z"}),
    ("window_end", {"window_start": "2026-10-02T00:00:00Z", "window_end": "2026-10-01T00:00:00Z"}),
    ("window_end", {"window_end": (NOW + timedelta(days=2)).isoformat()}),
    ("dimensions", {"dimensions": {"age": "young"}}),
    ("dimensions", {"dimensions": {"sex": "female"}}),
    ("dimensions", {"dimensions": {"age": "55+", "sex": "female"}}),
    ("dimensions", {"dimensions": None}),
    ("dimensions", {"dimensions": ["55+"]}),
    ("age", {"dimensions": {"age": 7}}),
    ("environment", {"environment": "the moon"}),
    ("system_version", {"system_version": "0.0"}),
    ("unit", {"unit": "%"}),
    ("verdict", {"verdict": "PASS"}),
    ("source", {"source": "a\x00b"}),
    ("source", {"source": "\ud800"}),
    ("key", {"key": "x" * 201}),
    ("provenance", {"provenance": {"a": "\x00"}}),
    ("provenance", {"provenance": {"a": "\ud800"}}),
    ("provenance", {"provenance": {"a": float("nan")}}),
    ("provenance", {"provenance": {"a": "x" * 9000}}),
    ("thresold", {"thresold": 0.9}),
]


@pytest.mark.parametrize(("field", "change"), WRONG, ids=[f"{place}-{field}" for place, (field, _) in enumerate(WRONG)])
def test_what_cannot_be_taken_is_refused_with_its_field_and_the_rest_is_kept(acme, metric, field, change):
    with acme:
        recorded = send(acme, {**reading(), **change}, reading(0.94, group="18-34"))
        assert statuses(recorded) == ["refused", "recorded"]
        assert recorded.outcomes[0].field == field, recorded.outcomes[0]
        assert recorded.outcomes[0].message.endswith((".", "”"))
        assert MetricReading.objects.count() == 1


@pytest.mark.parametrize("item", [None, 7, "reading", [], {}, [reading]])
def test_what_is_no_reading_at_all_is_refused(acme, metric, item):
    with acme:
        assert statuses(send(acme, item, *both_groups())) == ["refused", "recorded", "recorded"]


def test_a_clock_that_is_a_little_fast_is_forgiven(acme, metric):
    with acme:
        soon = (timezone.now() + timedelta(minutes=4)).isoformat()
        assert statuses(send(acme, {**reading(), "measured_at": soon})) == ["recorded"]


def test_the_reference_group_is_kept_but_not_asked_for(acme, metric):
    with acme:
        assert statuses(send(acme, reading(1.0, group="35-54"))) == ["recorded"]
        assert metric.cells == ('{"age":"18-34"}', '{"age":"55+"}')


def test_a_withdrawn_metric_and_a_withdrawn_case_take_nothing(acme, metric):
    with acme:
        other = make_metric(acme, make_case(acme, purpose="Other"), "G1", key="other", indicator=metric.indicator)
        withdraw_metric(metric, reason="Replaced", actor=acme.officer)
        withdraw_case(other.element.case, reason="Replaced", actor=acme.officer)
        recorded = send(acme, reading(), reading(metric="other"))
        assert ["was withdrawn" in outcome.message for outcome in recorded.outcomes] == [True, True]


def test_metrics_of_another_organisation_do_not_exist(acme, globex, metric):
    with globex:
        theirs = make_metric(globex, make_sound_case(globex), key="globex-rate")
    with acme:
        (unknown, foreign) = send(acme, reading(metric="nobody"), reading(metric="globex-rate")).outcomes
        assert foreign.message.replace("globex-rate", "nobody") == unknown.message
        tea = {**TEA, "claimId": str(theirs.element_id)}
        assert send(acme, tea).outcomes[0].field == "claimId"
    with globex:
        assert not MetricReading.objects.exists()


def test_a_reading_speaks_for_a_version_of_the_system(acme, metric):
    with acme:
        send(acme, reading(system_version="1.0", window_start="2026-10-01T00:00:00Z"))
        row = MetricReading.objects.select_related("system_version").get()
        assert row.system_version == SystemVersion.objects.get(system=metric.element.case.system)


def test_the_trail_holds_who_how_many_and_a_hash_over_all(acme, metric):
    with acme:
        send(acme, *both_groups(), reading(0.80, days_ago=3))
        event = Event.objects.get(event="cases.metric.measured")
        assert event.actor == acme.contributor
        assert event.target_id == metric.pk
        assert (event.changes["readings"], event.changes["failing"]) == (3, 1)
        assert len(event.changes["sha256"]) == 64


# --- TEA evidence items 0.1

TEA = {
    "formatVersion": "0.1",
    "metricName": "Selection-rate ratio",
    "value": 0.86,
    "threshold": 0.8,
    "verdict": "PASS",
    "oddDimensions": ["age=55+"],
    "sourceSystem": "fairness-pipeline",
    "provenance": {"check": "four_fifths", "runId": "run-7", "n": 512, "environment": "production", "commit": "abc"},
    "evaluatedAt": "2026-10-31T08:00:00Z",
}


@pytest.mark.parametrize("groups", [["age=55+"], ["age: 55+"], ["55+"]])
def test_an_evidence_item_of_tea_is_taken_and_judged_by_our_rule(acme, metric, api_as, groups):
    item = {**TEA, "claimId": str(metric.element_id), "oddDimensions": groups}
    answer = api_as(acme.contributor).post(READINGS, item)
    assert answer.status_code == 201, answer.content
    with acme:
        row = MetricReading.objects.get()
        assert (row.verdict, row.producer_verdict, row.n, row.source) == ("fail", "pass", 512, "fairness-pipeline")
        assert row.provenance == {**TEA["provenance"], "threshold": 0.8}
        assert row.cell == '{"age":"55+"}'


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("formatVersion", {"formatVersion": "0.2"}),
        ("claimId", {"claimId": "G2"}),
        ("claimId", {"claimId": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11"}),
        ("claimId", {"metricName": "Something else"}),
        ("value", {"value": None}),
        ("verdict", {"verdict": "pass"}),
        ("provenance", {"provenance": {"check": "x"}}),
        ("oddDimensions", {"oddDimensions": "age=55+"}),
        ("dimensions", {"oddDimensions": ["age=young"]}),
        ("evaluatedAt", {"evaluatedAt": None}),
        ("recordHash", {"recordHash": "x"}),
    ],
    ids=str,
)
def test_a_broken_evidence_item_is_refused_with_its_field(acme, metric, field, change):
    with acme:
        (outcome,) = send(acme, {**TEA, "claimId": str(metric.element_id), **change}).outcomes
        assert (outcome.status, outcome.field) == ("refused", field)


# --- By the API


def test_the_answer_says_what_became_of_each(acme, metric, api_as):
    api = api_as(acme.contributor, "readings.add")
    sent = [reading(key="a"), reading(0.94, group="18-34")]
    assert api.post(READINGS, sent).json() == {
        "received": 2, "recorded": 2, "duplicates": 0, "refused": 0, "items": []
    }  # fmt: skip
    again = api.post(READINGS, {"readings": sent})
    assert (again.status_code, again.json()["duplicates"]) == (200, 2)
    mixed = api.post(READINGS, [reading(0.7, days_ago=2), {**sent[0], "value": 0.1}, {"metric": "x"}])
    assert mixed.status_code == 207
    assert [(one["index"], one["status"], one["field"]) for one in mixed.json()["items"]] == [
        (1, "refused", "key"),
        (2, "refused", "value"),
    ]
    none = api.post(READINGS, [reading(metric="nobody")])
    assert (none.status_code, none.json()["refused"]) == (400, 1)
    for nothing in ([], {}, {"readings": []}, {"readings": {}}):
        assert api.post(READINGS, nothing).status_code in (400, 409)


def test_a_call_with_the_same_key_is_answered_as_before(acme, metric, api_as):
    api = api_as(acme.contributor)
    first = api.post(READINGS, [reading(key="a"), {"metric": "x"}], headers={"Idempotency-Key": "build-1"})
    again = api.post(READINGS, [reading(0.5, key="b")], headers={"Idempotency-Key": "build-1"})
    assert (first.status_code, again.status_code) == (207, 207)
    assert again.json() == first.json()
    with acme:
        assert MetricReading.objects.count() == 1


@pytest.mark.parametrize("body", ['[{"value": NaN}]', '[{"value": Infinity}]', "[", "[1e999]", '"\\ud800"'])
def test_numbers_that_json_does_not_know_are_refused(acme, metric, api_as, body):
    answer = api_as(acme.contributor).post(READINGS, body, content_type="application/json")
    assert answer.status_code in (400, 409)
    with acme:
        assert not MetricReading.objects.exists()


def test_one_that_is_no_number_takes_none_of_the_others_with_it(acme, metric, api_as):
    for place, odd in enumerate(("NaN", "Infinity", "-Infinity", "1e999")):
        right = reading(days_ago=place + 1)
        wrong = json.dumps(reading(days_ago=place + 11, value=4711)).replace("4711", odd)
        body = f"[{json.dumps(right)}, {wrong}]"
        answer = api_as(acme.contributor).post(READINGS, body, content_type="application/json")
        assert (answer.status_code, answer.json()["recorded"]) == (207, 1), odd
        (item,) = answer.json()["items"]
        assert (item["index"], item["field"], item["message"]) == (1, "value", "Give a finite number.")


def test_ten_thousand_in_one_call_in_few_queries(acme, metric, api_as, django_assert_max_num_queries):
    start = timezone.now() - timedelta(days=30)
    items = [
        {**reading(), "measured_at": (start + timedelta(minutes=place)).isoformat(), "key": str(place)}
        for place in range(10_000)
    ]
    api = api_as(acme.contributor)
    with django_assert_max_num_queries(60):
        answer = api.post(READINGS, json.dumps(items), content_type="application/json")
    assert answer.json()["recorded"] == 10_000
    too_many = api.post(READINGS, json.dumps([{}] * 10_001), content_type="application/json")
    assert (too_many.status_code, "10,000" in too_many.json()["detail"]) == (409, True)


# --- Kept for good, in partitions


def partition_of(at):
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from cases_metricreading where measured_at = %s", [at])
        return cursor.fetchone()[0]


def test_each_month_has_its_partition_and_nothing_is_lost_without_one(acme, metric):
    with acme:
        now, old = timezone.now(), timezone.now() - timedelta(days=9 * 365)
        send(acme, {**reading(), "measured_at": now.isoformat()}, {**reading(), "measured_at": old.isoformat()})
        assert partition_of(now) == f"cases_metricreading_{now:%Y_%m}"
        assert partition_of(old) == "cases_metricreading_default"
        assert MetricReading.objects.filter(metric=metric).count() == 2


def test_beat_makes_room_for_the_coming_months_however_often_it_is_started(acme, settings):
    entry = settings.CELERY_BEAT_SCHEDULE["room for readings"]
    assert entry["task"] == make_room_for_readings.name
    just_started = app.now()
    assert entry["schedule"].remaining_estimate(just_started) <= timedelta(hours=1)
    later = timezone.now().replace(day=1) + timedelta(days=95)  # three months with nobody looking
    with time_machine.travel(later):
        assert make_room_for_readings() >= 3
        assert make_room_for_readings() == 0
    ahead = (later.replace(day=15) + timedelta(days=91)).strftime("%Y_%m")
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s) is not null", [f"public.cases_metricreading_{ahead}"])
        assert cursor.fetchone() == (True,)


def test_the_application_makes_partitions_ahead_only_through_the_function(acme):
    table = MetricReading._meta.db_table
    soon = (timezone.now() + timedelta(days=150)).date()
    assert make_partitions(table, soon, 1) == 1
    assert make_partitions(table, soon, 1) == 0
    with connection.cursor() as cursor:
        cursor.execute(
            "select relrowsecurity, relforcerowsecurity from pg_class where relname = %s", [f"{table}_{soon:%Y_%m}"]
        )
        assert cursor.fetchone() == (True, True)
        for sql in (
            f"select {table}_make_partition('2001-01-01')",
            f"select {table}_make_partition('2101-01-01')",
            f"create table {table}_mine partition of {table} for values from ('2001-01-01') to ('2001-02-01')",
            f"alter table {table} disable row level security",
            f"drop table {table}_default",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(sql)


def test_a_month_whose_rows_went_to_the_default_partition_stays_there(acme, metric):
    old = timezone.now() - timedelta(days=33 * 30)
    with acme:
        send(acme, {**reading(), "measured_at": old.isoformat()})
    assert make_partitions(MetricReading._meta.db_table, old.date(), 1) == 0
    with acme:
        assert MetricReading.objects.count() == 1


@pytest.mark.parametrize("table", ["cases_metricreading", "cases_metricreading_default", "cases_readingkey"])
@pytest.mark.parametrize("verb", ["update {} set sha256 = ''", "delete from {}"])
def test_readings_are_never_changed_or_deleted(acme, metric, table, verb):
    with acme:
        old = timezone.now() - timedelta(days=9 * 365)
        send(acme, {**reading(key="a"), "measured_at": old.isoformat()})
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(verb.format(table))


def test_a_partition_shows_each_organisation_only_its_own(acme, globex, metric):
    with acme:
        send(acme, reading())
    partition = f"cases_metricreading_{timezone.now() - timedelta(days=1):%Y_%m}"
    with globex, connection.cursor() as cursor:
        for table in ("cases_metricreading", partition):
            cursor.execute(f"select count(*) from {table}")
            assert cursor.fetchone() == (0,)
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(
                "insert into cases_metricreading (organisation_id, metric_id, cell, measured_at, source, value, "
                "environment, verdict, producer_verdict, run_id, key, received_at, sha256) "
                "values (%s, %s, '', now(), '', 1, '', 'pass', '', '', '', now(), '')",
                [acme.organisation.pk, metric.pk],
            )
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(
                "insert into cases_metricreading (organisation_id, metric_id, cell, measured_at, source, value, "
                "environment, verdict, producer_verdict, run_id, key, received_at, sha256) "
                "values (%s, %s, '', now(), '', 1, '', 'pass', '', '', '', now(), '')",
                [globex.organisation.pk, metric.pk],
            )
            cursor.execute("set constraints all immediate")


def test_the_key_of_a_metric_is_its_own(acme, metric):
    with acme:
        assert ClaimMetric.objects.get().key == "cv-rate"


def test_the_collector_is_at_work_again_after_a_batch_and_after_a_failure():
    read_items([{"metric": "x"}])
    assert gc.isenabled()
    with pytest.raises(RuntimeError), collector_at_rest():
        assert not gc.isenabled()
        raise RuntimeError
    assert gc.isenabled()
