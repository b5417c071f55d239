"""What claims of assurance cases say about controls. A higher room registers it; this one knows no case."""

from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from risks.effectiveness import Piece

# For these controls, or for all that have claims: what each claim is worth at an instant.
ClaimsOf = Callable[[Collection[UUID] | None, datetime], dict[UUID, list[Piece]]]
_SOURCES: Final[list[ClaimsOf]] = []


def register_claims(source: ClaimsOf) -> None:
    """Call it when the room is loaded; registering the same function again changes nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def claims_of(controls: Collection[UUID] | None, now: datetime) -> dict[UUID, list[Piece]]:
    """The claims of each control as pieces of what shows it to work."""
    found: dict[UUID, list[Piece]] = defaultdict(list)
    for source in _SOURCES:
        for control, pieces in source(controls, now).items():
            found[control] += pieces
    return found
