"""How current a piece of evidence is at an instant, and when that next changes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The smallest step of a stored time. A limit is kept up to and including its instant, so the change is one step later.
TICK = timedelta(microseconds=1)
LONGEST_WARNING = timedelta(days=30)


class Freshness(StrEnum):
    """From not speaking yet to no longer speaking for the present."""

    NOT_YET = "not_yet"
    FRESH = "fresh"
    AGEING = "ageing"
    GRACE = "grace"
    STALE = "stale"
    NEVER_EXPIRES = "never_expires"


@dataclass(frozen=True, slots=True)
class FreshnessNow:
    """The freshness at one instant and the first later instant at which it is another one."""

    state: Freshness
    next_change_at: datetime | None

    @property
    def is_current(self) -> bool:
        """Whether it may carry a claim without a mark."""
        return self.state in (Freshness.FRESH, Freshness.AGEING, Freshness.NEVER_EXPIRES)


def warning_time(valid_for: timedelta) -> timedelta:
    """How long before its end evidence counts as ageing: a quarter of its validity, at most 30 days."""
    return min(valid_for / 4, LONGEST_WARNING)


def freshness_at(
    at: datetime,
    *,
    valid_from: datetime,
    valid_until: datetime | None,
    grace: timedelta = timedelta(0),
    warn_before: timedelta | None = None,
) -> FreshnessNow:
    """Say how current evidence is at `at`; evidence without `valid_until` never expires.

    `valid_until` and the end of the grace period still belong to the better state, as in the rule of standing.
    """
    _refuse_odd_times(at, valid_from, valid_until, grace, warn_before)
    if at < valid_from:
        return FreshnessNow(Freshness.NOT_YET, valid_from)
    if valid_until is None:
        return FreshnessNow(Freshness.NEVER_EXPIRES, None)
    warning = warning_time(valid_until - valid_from) if warn_before is None else warn_before
    # A warning longer than the validity itself starts with the validity, so that every state has its place in time.
    ages_at = max(valid_from, _earlier(valid_until, warning))
    stale_after = _later(valid_until, grace)
    if at < ages_at:
        return FreshnessNow(Freshness.FRESH, ages_at)
    if at <= valid_until:
        return FreshnessNow(Freshness.AGEING, _tick_after(valid_until))
    if at <= stale_after:
        return FreshnessNow(Freshness.GRACE, _tick_after(stale_after))
    return FreshnessNow(Freshness.STALE, None)


def _refuse_odd_times(
    at: datetime,
    valid_from: datetime,
    valid_until: datetime | None,
    grace: timedelta,
    warn_before: timedelta | None,
) -> None:
    for name, value in (("at", at), ("valid_from", valid_from), ("valid_until", valid_until)):
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"{name} has no time zone; give an aware time.")
    if valid_until is not None and valid_until <= valid_from:
        raise ValueError("valid_until must be later than valid_from; evidence is valid for some time or has no end.")
    if grace < timedelta(0):
        raise ValueError("grace cannot be negative; use zero for none.")
    if warn_before is not None and warn_before < timedelta(0):
        raise ValueError("warn_before cannot be negative; use zero for no warning.")


def _later(instant: datetime, by: timedelta) -> datetime:
    """Add without running past the last representable time (a grace of 9,999 years is someone's "for ever")."""
    try:
        return instant + by
    except OverflowError:
        return datetime.max.replace(tzinfo=instant.tzinfo)


def _earlier(instant: datetime, by: timedelta) -> datetime:
    try:
        return instant - by
    except OverflowError:
        return datetime.min.replace(tzinfo=instant.tzinfo)


def _tick_after(limit: datetime) -> datetime | None:
    try:
        return limit + TICK
    except OverflowError:
        return None
