"""Every state of freshness, with its boundaries."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.freshness import Freshness, freshness_at, warning_time

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 4, 11, tzinfo=UTC)  # 100 days: ageing begins 25 days before
GRACE = timedelta(days=10)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("at", "state", "next_change_at"),
    [
        (START - TICK, Freshness.NOT_YET, START),
        (START, Freshness.FRESH, END - timedelta(days=25)),
        (END - timedelta(days=25) - TICK, Freshness.FRESH, END - timedelta(days=25)),
        (END - timedelta(days=25), Freshness.AGEING, END + TICK),
        (END, Freshness.AGEING, END + TICK),
        (END + TICK, Freshness.GRACE, END + GRACE + TICK),
        (END + GRACE, Freshness.GRACE, END + GRACE + TICK),
        (END + GRACE + TICK, Freshness.STALE, None),
    ],
)
def test_each_state_and_its_boundary(at, state, next_change_at):
    now = freshness_at(at, valid_from=START, valid_until=END, grace=GRACE)
    assert (now.state, now.next_change_at) == (state, next_change_at)


def test_without_grace_it_goes_stale_at_once():
    assert freshness_at(END + TICK, valid_from=START, valid_until=END).state is Freshness.STALE


def test_evidence_without_an_end_never_expires():
    now = freshness_at(START + timedelta(days=9000), valid_from=START, valid_until=None)
    assert (now.state, now.next_change_at, now.is_current) == (Freshness.NEVER_EXPIRES, None, True)


def test_a_warning_longer_than_the_validity_starts_with_the_validity():
    now = freshness_at(START, valid_from=START, valid_until=END, warn_before=timedelta(days=4000))
    assert now.state is Freshness.AGEING


def test_the_warning_is_a_quarter_of_the_validity_but_never_over_30_days():
    assert warning_time(timedelta(days=8)) == timedelta(days=2)
    assert warning_time(timedelta(days=730)) == timedelta(days=30)


def test_a_grace_beyond_the_calendar_is_for_ever():
    now = freshness_at(END + TICK, valid_from=START, valid_until=END, grace=timedelta.max)
    assert (now.state, now.next_change_at) == (Freshness.GRACE, None)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"at": datetime(2026, 1, 1)}, "at has no time zone"),  # noqa: DTZ001
        ({"valid_until": START}, "valid_until must be later"),
        ({"grace": timedelta(days=-1)}, "grace cannot be negative"),
        ({"warn_before": timedelta(days=-1)}, "warn_before cannot be negative"),
    ],
)
def test_odd_times_are_refused_by_name(change, word):
    times = {"at": START, "valid_from": START, "valid_until": END} | change
    with pytest.raises(ValueError, match=word):
        freshness_at(times.pop("at"), **times)


ORDER = [Freshness.NOT_YET, Freshness.FRESH, Freshness.AGEING, Freshness.GRACE, Freshness.STALE]


@given(
    minutes=st.integers(0, 400_000),
    valid=st.integers(1, 200_000),
    grace=st.integers(0, 50_000),
    warning=st.integers(0, 300_000),
)
def test_the_state_changes_exactly_at_the_instant_announced(minutes, valid, grace, warning):
    def at(instant):
        return freshness_at(
            instant,
            valid_from=START,
            valid_until=START + timedelta(minutes=valid),
            grace=timedelta(minutes=grace),
            warn_before=timedelta(minutes=warning),
        )

    instant = START - timedelta(days=1) + timedelta(minutes=minutes)
    now = at(instant)
    if now.next_change_at is None:
        assert now.state is Freshness.STALE
        return
    assert now.next_change_at > instant
    assert at(now.next_change_at - TICK).state is now.state
    assert ORDER.index(at(now.next_change_at).state) > ORDER.index(now.state)
