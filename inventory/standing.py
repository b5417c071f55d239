"""How far each AI system can be relied on, as a higher room tells it: this one knows no assurance case."""

from collections.abc import Callable, Collection
from typing import Final
from uuid import UUID

from aims.pages.badges import Badge

# For these systems, or for all of them.
Standings = Callable[[Collection[UUID] | None], dict[UUID, Badge]]
_SOURCES: Final[list[Standings]] = []


def register_standings(source: Standings) -> None:
    """Call it when the room is loaded; registering the same function again changes nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def standings_of(systems: Collection[UUID] | None = None) -> dict[UUID, Badge]:
    """The standing of each system that somebody says something of."""
    return {system: badge for source in _SOURCES for system, badge in source(systems).items()}
