"""The sweep: what is due moves on, those concerned are told once, a kill in the middle loses and repeats nothing."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.integrations.models import Notification
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence import sweep
from evidence.actions import add_version, withdraw_item
from evidence.models import EvidenceItem, EvidenceVersion
from evidence.sweep import flag_due
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def told(event="evidence.version.went_stale"):
    return Event.objects.filter(event=event).count()


@pytest.fixture
def item(acme):
    return make_evidence(acme.contributor, collected_at=timezone.now() - DAY, valid_for_days=100, grace_days=10)


def test_one_life_through_ageing_grace_and_stale(acme, item):
    with acme:
        end = item.current.valid_until
        for at, clock, stale, events, messages in (
            (end - 50 * DAY, end - 25 * DAY, 0, (0, 0), 0),
            (end - 25 * DAY, end + timedelta(microseconds=1), 0, (0, 0), 0),
            (end, end + timedelta(microseconds=1), 0, (0, 0), 0),
            (end + DAY, end + 10 * DAY + timedelta(microseconds=1), 0, (1, 0), 1),
            (end + 11 * DAY, None, 1, (1, 1), 2),
            (end + 99 * DAY, None, 0, (1, 1), 2),
        ):
            assert len(flag_due(at)) == stale
            assert flag_due(at) == []
            version = EvidenceVersion.objects.get()
            assert version.next_change_at == clock
            assert (told("evidence.version.entered_grace"), told()) == events
            assert Notification.objects.filter(member=acme.contributor).count() == messages
        assert version.stale_told_at == end + 11 * DAY
        assert Notification.objects.latest("created_at").link == "/o/acme/evidence/1/"


def test_the_answer_names_version_and_item(acme, item):
    with acme:
        version = flag_due(item.current.valid_until + 99 * DAY)[0]
        assert (version.pk, version.item.number, version.item.title) == (item.current_id, 1, item.title)
        event = Event.objects.get(event="evidence.version.went_stale")
        assert event.target_id == item.pk and event.actor is None and event.changes["version"] == version.ordinal


def test_without_grace_it_goes_stale_at_once(acme):
    item = make_evidence(acme.owner, valid_for_days=30)
    with acme:
        assert len(flag_due(item.current.valid_until + timedelta(microseconds=1))) == 1
        assert told("evidence.version.entered_grace") == 0


def test_superseded_and_withdrawn_versions_move_on_in_silence(acme, item):
    with working_in(acme.organisation):
        add_version(item, collected_at=timezone.now(), method="x", valid_for_days=365, actor=acme.owner)
        gone = make_evidence(acme.owner, valid_for_days=1)
        withdraw_item(gone, reason="Wrong.", actor=acme.officer)
    with acme:
        assert flag_due(timezone.now() + 200 * DAY) == [] and told() == 0
        assert not EvidenceVersion.objects.due(timezone.now() + 200 * DAY).exists()


def test_the_clock_of_the_database_is_the_rule_of_freshness(acme):
    rng, now = random.Random(5), datetime(2026, 11, 21, 12, tzinfo=UTC)
    with working_in(acme.organisation):
        items = EvidenceItem.objects.bulk_create(
            EvidenceItem(number=n, title=f"{n}", kind="evaluation", owner=acme.owner) for n in range(1, 301)
        )
        versions = []
        for item in items:
            collected = now - timedelta(seconds=rng.randrange(1, 400 * 86400))
            until = collected + timedelta(days=rng.choice([1, 7, 30, 90, 120, 180, 365]))
            grace = rng.choice([0, 0, 5, 30])
            versions.append(
                EvidenceVersion(
                    item=item,
                    ordinal=1,
                    collected_at=collected,
                    valid_until=until,
                    grace_days=grace,
                    grace_until=until + timedelta(days=grace),
                    next_change_at=collected,
                )
            )
        EvidenceVersion.objects.bulk_create(versions)
        flag_due(now)
        for version in EvidenceVersion.objects.all():
            expected = version.freshness(now).next_change_at
            assert (version.next_change_at is None) == (expected is None)
            if expected:
                assert abs(version.next_change_at - expected) <= timedelta(microseconds=1)


def stale_shelf(acme, count):
    now = timezone.now()
    with working_in(acme.organisation):
        items = EvidenceItem.objects.bulk_create(
            EvidenceItem(number=n, title=f"Report {n}", kind="evaluation", owner=acme.owner)
            for n in range(1, count + 1)
        )
        versions = EvidenceVersion.objects.bulk_create(
            EvidenceVersion(
                item=item,
                ordinal=1,
                collected_at=now - 90 * DAY,
                valid_until=now - DAY,
                grace_until=now - DAY,
                next_change_at=now - DAY,
            )
            for item in items
        )
        for item, version in zip(items, versions, strict=True):
            item.current, item.fresh_until = version, version.valid_until
        EvidenceItem.objects.bulk_update(items, ["current", "fresh_until"])
    return now


def test_a_kill_in_the_middle_loses_and_repeats_nothing(acme, monkeypatch):
    now = stale_shelf(acme, 10)
    monkeypatch.setattr(sweep, "BATCH", 4)
    batches = []

    def killed(*args):
        batches.append(1)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return real(*args)

    real = sweep.tell
    with acme:
        with monkeypatch.context() as patch:
            patch.setattr(sweep, "tell", killed)
            with pytest.raises(KeyboardInterrupt):
                flag_due(now)
        assert told() == 4 and EvidenceVersion.objects.due(now).count() == 6
        assert len(flag_due(now)) == 6
        assert told() == 10 and len(set(Event.objects.filter(event__endswith="stale").values_list("target_id"))) == 10


def test_a_keeper_of_many_gets_one_message_however_many_batches(acme, monkeypatch):
    now = stale_shelf(acme, 30)
    monkeypatch.setattr(sweep, "BATCH", 10)
    with acme:
        assert len(flag_due(now)) == 30
        notification = Notification.objects.get(member=acme.owner)
        assert notification.sentence.startswith("Many pieces") and "sort=fresh_until" in notification.link


def test_the_other_organisation_notices_nothing(acme, globex):
    now = stale_shelf(acme, 3)
    with globex:
        assert flag_due(now) == []
    with acme:
        assert EvidenceVersion.objects.due(now).count() == 3


def test_a_batch_costs_the_same_few_queries_whatever_its_size(acme):
    now = stale_shelf(acme, 400)
    with acme, CaptureQueriesContext(connection) as caught:
        assert len(flag_due(now)) == 400
    assert len([q for q in caught.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 12


def test_nothing_due_is_quick(acme, item):
    with acme, CaptureQueriesContext(connection) as caught:
        assert flag_due(timezone.now()) == []
    assert len([q for q in caught.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 3
