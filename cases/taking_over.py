"""What may take a signal over: records of higher rooms, which register how they are found and where they are shown.

`register_successor(Successor("NC", …))` in the room's `AppConfig.ready()`; people then write "NC-7".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from aims.rules import RuleBroken


@dataclass(frozen=True, slots=True)
class Successor:
    """A kind of record: its prefix, whether one with this number is being worked on, and where it is shown."""

    prefix: str
    label: Any
    is_underway: Callable[[int], bool]
    url: Callable[[int, str], str]


KINDS: dict[str, Successor] = {}
WRITTEN = re.compile(r"^\s*([A-Za-z]{1,8})-?\s*(\d{1,9})\s*$")


def register_successor(kind: Successor) -> None:
    """Let records of this kind take signals over; registering a prefix again replaces it."""
    KINDS[kind.prefix] = kind


def parsed(reference: str) -> tuple[Successor, int] | None:
    found = WRITTEN.match(reference)
    kind = KINDS.get(found[1].upper()) if found else None
    return (kind, int(found[2])) if found and kind else None


def successor_of(reference: str) -> str:
    """The reference as it is kept; RuleBroken unless it names something that is being worked on."""
    found = parsed(reference)
    if found is None:
        known = ", ".join(f"{prefix}-12 ({kind.label})" for prefix, kind in sorted(KINDS.items()))
        raise RuleBroken(_("Name what takes it over by its number: %s.") % known, field="corrective_action")
    kind, number = found
    if not kind.is_underway(number):
        words = {"reference": f"{kind.prefix}-{number}", "label": kind.label}
        raise RuleBroken(
            _("There is no %(label)s %(reference)s that is being worked on. Raise one, or write down a decision.")
            % words,
            field="corrective_action",
        )
    return f"{kind.prefix}-{number}"


def url_of(reference: str, slug: str) -> str:
    """Where it is shown; empty when nobody knows."""
    found = parsed(reference)
    return found[0].url(found[1], slug) if found else ""
