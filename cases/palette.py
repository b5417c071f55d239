"""The literal colours of the drawings. PDF renderers know no custom properties, so each theme is written out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.differences import Kind as Change
from cases.scale import Standing


class Theme(StrEnum):
    """What the drawing is looked at on."""

    LIGHT = "light"
    DARK = "dark"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Look:
    """One standing: never by colour alone, so each has its own line pattern too."""

    fill: str
    border: str
    dashes: str = ""
    border_width: float = 1.5


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one theme."""

    text: str
    quiet: str
    line: str
    doubt: str
    focus: str
    on_badge: str
    hatch: str
    unknown: Look
    looks: Mapping[Standing, Look]
    changes: Mapping[Change, Look]
    """What a drawing of differences marks, with the standing left out."""


def _looks(holds: Look, weakened: Look, undeveloped: Look, unsupported: Look, defeated: Look) -> dict[Standing, Look]:
    return {
        Standing.HOLDS: holds,
        Standing.WEAKENED: weakened,
        Standing.UNDEVELOPED: undeveloped,
        Standing.UNSUPPORTED: unsupported,
        Standing.DEFEATED: defeated,
    }


def _changes(added: Look, removed: Look, changed: Look, moved: Look) -> dict[Change, Look]:
    return {Change.ADDED: added, Change.REMOVED: removed, Change.CHANGED: changed, Change.MOVED: moved}


PALETTES: Final[Mapping[Theme, Palette]] = {
    Theme.LIGHT: Palette(
        text="#1a2332",
        quiet="#526077",
        line="#5c6b82",
        doubt="#a3122b",
        focus="#1d4ed8",
        on_badge="#ffffff",
        hatch="#efb6bf",
        unknown=Look("#ffffff", "#5c6b82"),
        looks=_looks(
            Look("#eaf7f0", "#1b7a45"),
            Look("#fff6df", "#9a6200", "7 3"),
            Look("#eff2f7", "#5b6b82", "2 3"),
            Look("#fdece2", "#b4430d", "10 3 2 3", 2.0),
            Look("#fbe5e8", "#a3122b", "", 2.5),
        ),
        changes=_changes(
            Look("#e4f5ea", "#1b7a45", "", 3.0),
            Look("#fbe5e8", "#a3122b", "5 4", 1.5),
            Look("#e6eefd", "#1d4ed8", "10 3 2 3", 2.0),
            Look("#f3eafb", "#6b2fa0", "9 3", 2.5),
        ),
    ),
    Theme.DARK: Palette(
        text="#e8edf4",
        quiet="#a3b0c2",
        line="#8593a8",
        doubt="#f2748a",
        focus="#7db0ff",
        on_badge="#111827",
        hatch="#6d2735",
        unknown=Look("#1c2430", "#8593a8"),
        looks=_looks(
            Look("#12301f", "#4fc887"),
            Look("#362a0c", "#e3ad3a", "7 3"),
            Look("#232b38", "#95a5bc", "2 3"),
            Look("#3a2013", "#f08b55", "10 3 2 3", 2.0),
            Look("#3c131b", "#f2748a", "", 2.5),
        ),
        changes=_changes(
            Look("#12301f", "#4fc887", "", 3.0),
            Look("#3c131b", "#f2748a", "5 4", 1.5),
            Look("#14284a", "#7db0ff", "10 3 2 3", 2.0),
            Look("#2c1c40", "#c39bf0", "9 3", 2.5),
        ),
    ),
    Theme.PRINT: Palette(
        text="#000000",
        quiet="#3a3a3a",
        line="#444444",
        doubt="#8c0f24",
        focus="#12378f",
        on_badge="#ffffff",
        hatch="#d99aa4",
        unknown=Look("#ffffff", "#444444"),
        looks=_looks(
            Look("#f2faf5", "#14633a"),
            Look("#fff9ea", "#7d5000", "7 3"),
            Look("#f5f6f8", "#4a5568", "2 3"),
            Look("#fef3ec", "#933508", "10 3 2 3", 2.0),
            Look("#fcebee", "#8c0f24", "", 2.5),
        ),
        changes=_changes(
            Look("#f0faf4", "#14633a", "", 3.0),
            Look("#fcebee", "#8c0f24", "5 4", 1.5),
            Look("#f0f4fd", "#12378f", "10 3 2 3", 2.0),
            Look("#f8f3fc", "#55247f", "9 3", 2.5),
        ),
    ),
}
