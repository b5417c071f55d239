"""The groups that a metric is measured for: named values of declared dimensions, each with one canonical name. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

WHOLE: Final = ""  # the one cell of a metric without dimensions
MOST_CELLS: Final = 200
LONGEST_CELL: Final = 300


@dataclass(frozen=True, slots=True)
class Dimension:
    """A property by which people or cases are told apart; the reference is the group that others are compared with."""

    name: str
    values: tuple[str, ...]
    reference: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Dimension":
        return cls(said["name"], tuple(said["values"]), said.get("reference") or "")

    @property
    def compared(self) -> tuple[str, ...]:
        """The values that need a reading: all but the reference, which is what they are compared with."""
        return tuple(value for value in self.values if value != self.reference)

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "values": list(self.values), "reference": self.reference}


def cell_of(values: Mapping[str, str]) -> str:
    """The canonical name of a group: the same for any order of its dimensions."""
    if not values:
        return WHOLE
    return json.dumps(dict(sorted(values.items())), ensure_ascii=False, separators=(",", ":"))


def values_of(cell: str) -> dict[str, str]:
    """What a canonical name says; a name that is none is one unnamed value."""
    if not cell:
        return {}
    try:
        values = json.loads(cell)
    except ValueError:
        return {"": cell}
    return values if isinstance(values, dict) else {"": cell}


def words_of(cell: str) -> str:
    """A group as a sentence names it: "age 55+, sex female"."""
    return ", ".join(f"{name} {value}".strip() for name, value in values_of(cell).items())


def cells_of(dimensions: Sequence[Dimension], *, is_crossed: bool = False) -> tuple[str, ...]:
    """The groups that must have a reading: each value of each dimension by itself, or every combination."""
    if not dimensions:
        return (WHOLE,)
    if is_crossed:
        names = [dimension.name for dimension in dimensions]
        return tuple(
            cell_of(dict(zip(names, values, strict=True)))
            for values in product(*(dimension.compared for dimension in dimensions))
        )
    return tuple(cell_of({dimension.name: value}) for dimension in dimensions for value in dimension.compared)


def is_declared(values: Mapping[str, str], dimensions: Iterable[Dimension], *, is_crossed: bool) -> bool:
    """Whether a group may have readings: declared dimensions with declared values, the reference included."""
    known = {dimension.name: dimension.values for dimension in dimensions}
    if not known:
        return not values
    expected = len(known) if is_crossed else 1
    return len(values) == expected and all(value in known.get(name, ()) for name, value in values.items())
