"""Long work: taken up by one worker, taken over from a dead one, ended once."""

from datetime import UTC, datetime, timedelta

import pytest

from aims.reports.work import ATTEMPTS, LEASE, TakenOver, advance, fail, finish, hold, requeue, take_up
from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from audits.events import PackEvent
from audits.models import Pack

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVENTS = {"started": PackEvent.STARTED, "failed": PackEvent.FAILED}


@pytest.fixture
def pack(acme):
    with working_in(acme.organisation):
        yield Pack.objects.create(number=1, title="A pack", as_of=NOW, due_at=NOW, requested_by=acme.officer)


def test_it_is_taken_up_once_until_the_lease_runs_out(pack):
    taken = take_up(Pack, now=NOW, **EVENTS)
    assert (taken.status, taken.attempts, taken.due_at) == ("running", 1, NOW + LEASE)
    assert take_up(Pack, now=NOW + LEASE - timedelta(seconds=1), **EVENTS) is None
    assert take_up(Pack, now=NOW + LEASE, **EVENTS).attempts == 2


def test_what_is_not_due_or_ended_is_left_alone(pack):
    assert take_up(Pack, now=NOW - timedelta(seconds=1), **EVENTS) is None
    finish(take_up(Pack, now=NOW, **EVENTS), event=PackEvent.FINISHED, now=NOW)
    assert take_up(Pack, now=NOW + timedelta(days=9), **EVENTS) is None


def test_a_worker_that_was_overtaken_writes_nothing(pack):
    slow = take_up(Pack, now=NOW, **EVENTS)
    quick = take_up(Pack, now=NOW + LEASE, **EVENTS)
    with pytest.raises(TakenOver):
        hold(slow)
    with pytest.raises(TakenOver):
        advance(slow, done=1, total=2)
    assert advance(quick, done=1, total=2, now=NOW).due_at == NOW + LEASE


def test_work_that_kills_its_workers_is_failed_with_the_reason(pack):
    at = NOW
    for _ in range(ATTEMPTS):
        assert take_up(Pack, now=at, **EVENTS)
        at += LEASE
    assert take_up(Pack, now=at, **EVENTS) is None
    pack.refresh_from_db()
    assert pack.status == "failed"
    assert f"stopped {ATTEMPTS} times" in pack.error
    assert pack.due_at is None


def test_failed_work_may_be_started_again_and_nothing_else_may(pack, acme):
    taken = take_up(Pack, now=NOW, **EVENTS)
    with pytest.raises(RuleBroken):
        requeue(taken, event=PackEvent.RETRIED, actor=acme.officer)
    fail(taken, "The evidence index broke", event=PackEvent.FAILED, now=NOW)
    requeue(taken, event=PackEvent.RETRIED, actor=acme.officer, now=NOW)
    again = take_up(Pack, now=NOW, **EVENTS)
    assert (again.attempts, again.error) == (1, "")
    told = list(Event.objects.filter(target_id=pack.pk).order_by("sequence").values_list("event", flat=True))
    assert told == [PackEvent.STARTED, PackEvent.FAILED, PackEvent.RETRIED, PackEvent.STARTED]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_a_living_worker_holds_is_skipped_even_after_its_lease(acme):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    with working_in(acme.organisation):
        Pack.objects.create(number=1, title="A pack", as_of=NOW, due_at=NOW, requested_by=acme.officer)
        taken = take_up(Pack, now=NOW, **EVENTS)

    def other():
        try:
            with working_in(acme.organisation):
                return take_up(Pack, now=NOW + 2 * LEASE, **EVENTS)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, working_in(acme.organisation):
        hold(taken, now=NOW)
        assert pool.submit(other).result(timeout=20) is None
    with working_in(acme.organisation):
        assert take_up(Pack, now=NOW + 2 * LEASE, **EVENTS).attempts == 2
