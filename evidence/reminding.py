"""On which days somebody is reminded of what they were asked for. Pure: dates in, a date out."""

from datetime import date, timedelta
from typing import Final

BEFORE: Final = timedelta(days=7)
AGAIN: Final = timedelta(days=7)
LAST: Final = timedelta(days=92)


def next_reminder_on(due_on: date, today: date) -> date | None:
    """The first day after `today`: a week before it is due, the day after, then weekly; after a quarter nobody reads it."""
    if today < due_on - BEFORE:
        return due_on - BEFORE
    first = due_on + timedelta(days=1)
    if today < first:
        return first
    following = first + AGAIN * ((today - first) // AGAIN + 1)
    return following if following <= due_on + LAST else None
