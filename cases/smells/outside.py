"""What higher rooms know that smells need: days of audits, and what they found. They register it when they are loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

Found = Callable[[date], int]


@dataclass(frozen=True, slots=True)
class AuditDay:
    """An audit that somebody could prepare for: its first day and how it is named."""

    starts_on: date
    label: str
    view: str
    number: int


AUDIT_DAYS: list[Callable[[date], list[AuditDay]]] = []
FOUND: list[Found] = []


def register_audit_days(days: Callable[[date], list[AuditDay]]) -> None:
    """`days(since)`: the audits that began on that day or later."""
    if days not in AUDIT_DAYS:
        AUDIT_DAYS.append(days)


def register_found(found: Found) -> None:
    """`found(since)`: how many things people found wrong in that room since a day."""
    if found not in FOUND:
        FOUND.append(found)


def audit_days(since: date) -> list[AuditDay]:
    return [day for days in AUDIT_DAYS for day in days(since)]


def found_elsewhere(since: date) -> int:
    return sum(found(since) for found in FOUND)
