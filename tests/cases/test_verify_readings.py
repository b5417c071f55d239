"""Readings are what was received: a value, a row or a batch that was tampered with in the database is found."""

import os
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from aims.trail.models import Event
from cases.actions.readings import happenings_of
from cases.verifying import doubtful_readings
from tests.cases.measuring import both_groups, make_measured_claim, reading, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def metric(acme):
    with acme:
        return make_measured_claim(acme)


def doubts(acme):
    with acme:
        return list(doubtful_readings())


def verify():
    told = StringIO()
    call_command("verify_readings", "acme", stdout=told)
    return told.getvalue()


ODD = {"whole": 1.0, "big": 1e22, "small": 1e-7, "minus": -0.0, "deep": [{"ü": 3.0}, None, True], "text": "1.0"}


def test_whatever_was_received_is_whole(acme, metric):
    with acme:
        sent = send(
            acme,
            *both_groups(),
            reading(0.1 + 0.2, days_ago=2, n=2**53, low=0.0, high=1e10, run_id="r-1", key="k", verdict="pass",
                    provenance=ODD, system_version="1.0", window_start="2026-10-01T00:00:00+02:00"),
            reading(-0.0, days_ago=3, source="a job"),
            reading(1e300, days_ago=4, source="a job"),
            reading(5e-324, days_ago=5, source="a job"),
        )  # fmt: skip
        assert not sent.refused
        twice = both_groups(days_ago=7)
        assert send(acme, *twice, *twice).count("duplicate") == 2
    assert doubts(acme) == []
    assert "8 readings, whole" in verify()


TAMPERING = {
    "a value": ("update cases_metricreading set value = 0.99 where value = 0.5", "was changed"),
    "what the producer said": (
        "update cases_metricreading set producer_verdict = 'pass' where value = 0.5",
        "was changed",
    ),
    "a value and its hash": (
        "update cases_metricreading set value = 0.99, sha256 = repeat('0', 64) where value = 0.5",
        "is not what the trail says",
    ),
    "one that is gone": ("delete from cases_metricreading where value = 0.5", "of 3 readings received"),
    "another time of receipt": (
        "update cases_metricreading set received_at = received_at - interval '1 day' where value = 0.5",
        "1 readings of",
    ),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", TAMPERING)
def test_what_the_owner_of_the_database_changes_is_found(acme, metric, what):
    with acme:
        send(acme, *both_groups(), reading(0.5, days_ago=3))
    assert "3 readings, whole" in verify()
    statement, said = TAMPERING[what]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=connection.settings_dict["NAME"]) as owner:
        owner.execute("alter table cases_metricreading disable trigger user")
        owner.execute("alter table cases_metricreading no force row level security")
        assert owner.execute(statement).rowcount == 1
        owner.execute("alter table cases_metricreading force row level security")
        owner.execute("alter table cases_metricreading enable trigger user")
    with pytest.raises(CommandError, match=said):
        verify()


def test_readings_that_no_batch_of_the_trail_knows_are_named(acme, metric, monkeypatch):
    with acme:
        monkeypatch.setattr("cases.actions.readings.record_many", lambda *args, **kwargs: None)
        send(acme, *both_groups())
        assert not Event.objects.filter(event="cases.metric.measured").exists()
    (doubt,) = doubts(acme)
    assert doubt.startswith("cv-rate: 2 readings of ") and doubt.endswith(" are not in the trail")


def test_batches_of_before_are_counted(acme, metric, monkeypatch):
    """Events that do not say when their batch was received: the number of readings must be right all the same."""
    with acme:
        real = happenings_of
        without = lambda rows, now: (  # noqa: E731
            (event, target, {name: one for name, one in told.items() if name != "received_at"})
            for event, target, told in real(rows, now)
        )
        monkeypatch.setattr("cases.actions.readings.happenings_of", without)
        send(acme, *both_groups())
        assert list(doubtful_readings()) == []
        monkeypatch.setattr("cases.actions.readings.record_many", lambda *args, **kwargs: None)
        send(acme, reading(days_ago=4))
    assert "knows of 2 readings without the time" in doubts(acme)[-1]


def test_a_stranger_organisation_is_named():
    with pytest.raises(CommandError, match="no organisation"):
        call_command("verify_readings", "nobody")
