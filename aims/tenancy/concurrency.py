"""Locking a record before it changes, and refusing a lost update."""

from typing import Any, TypeVar

from django.db import OperationalError, models
from django.utils.translation import gettext as _
from psycopg.errors import DeadlockDetected

from aims.rules import ChangedSinceOpened

T = TypeVar("T", bound=models.Model)


def locked(target: T, *, revision: int | None = None) -> T:
    """The same row, fresh and locked until the transaction ends.

    `revision` is what the person had open; when the row has moved on, `ChangedSinceOpened`. None skips the check.
    """
    row: Any = type(target)._default_manager.select_for_update(of=("self",)).get(pk=target.pk)
    if revision is not None and row.revision != revision:
        raise ChangedSinceOpened(
            _("This record has changed since you opened it. Nothing was saved: open it again and repeat your change.")
        )
    return row


def collided(error: Exception) -> ChangedSinceOpened | None:
    """What to tell the person when PostgreSQL gave up this act because it and another waited for each other."""
    if isinstance(error, OperationalError) and isinstance(error.__cause__, DeadlockDetected):
        return ChangedSinceOpened(
            _("Somebody else changed the same records at the same moment. Nothing was saved: try again.")
        )
    return None


def save_changes(target: models.Model, **changes: Any) -> dict[str, list[object]]:
    """Set the fields that differ, raise the revision, save only those; returns {field: [before, after]} for the trail."""
    differing = {name: value for name, value in changes.items() if getattr(target, name) != value}
    if not differing:
        return {}
    told = {name: [plain(getattr(target, name)), plain(value)] for name, value in differing.items()}
    for name, value in differing.items():
        setattr(target, name, value)
    fields = [*differing]
    if hasattr(target, "revision"):
        target.revision += 1
        fields += ["revision", "updated_at"]
    target.save(update_fields=fields)
    return told


def plain(value: object) -> object:
    """A value as the trail keeps it: records by their name, long text cut."""
    if isinstance(value, models.Model):
        return str(value)[:200]
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value][:50]
    if isinstance(value, dict):
        return {str(key)[:60]: plain(item) for key, item in list(value.items())[:50]}
    return str(value)[:500]
