"""What differs between two documents of a case, record by record and field by field. O(n), without a database.

Records are told apart by their gid. A link that goes away while another to the same element appears is a move of that
element; one that only changes its place among its siblings is a change of order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

PARTS: Final = ("modules", "elements", "links", "metrics", "conditions", "bindings")
# What hangs on an element: a change of it is a change of that element, too.
HANGING: Final = ("metrics", "conditions", "bindings")
Record = Mapping[str, Any]
Document = Mapping[str, Any]


class Kind(StrEnum):
    """What happened to a record from one document to the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that differs. `fields`: name, before, after, for what was changed; a move has its ends in it."""

    part: str
    kind: Kind
    gid: str
    before: Record | None
    after: Record | None
    fields: tuple[tuple[str, Any, Any], ...] = ()

    @property
    def record(self) -> Record:
        """As it is, or as it was last."""
        said = self.after if self.after is not None else self.before
        assert said is not None  # noqa: S101 (one of both is always there)
        return said

    @property
    def element(self) -> str | None:
        """The gid of the element that it is about; None for the case as a whole and its modules."""
        if self.part == "elements":
            return self.gid
        if self.part == "links":
            return str(self.record["target" if self.kind is Kind.MOVED else "source"])
        said = self.record.get("element")
        return str(said) if said else None


@dataclass(slots=True)
class Differences:
    """All that differs, in the order of the documents."""

    found: list[Difference] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.found)

    def of(self, part: str) -> list[Difference]:
        return [one for one in self.found if one.part == part]

    def counts(self) -> dict[Kind, int]:
        """How many records were added, removed, changed and moved."""
        counts = dict.fromkeys(Kind, 0)
        for one in self.found:
            counts[one.kind] += 1
        return counts

    def marks(self) -> dict[str, Kind]:
        """What a drawing marks, by the gid of the element: added and removed of the element itself, else changed or moved."""
        marks: dict[str, Kind] = {}
        for one in self.found:
            if one.part == "elements":
                marks[one.gid] = one.kind
        for one in self.found:
            if one.part != "elements" and one.element is not None:
                marks.setdefault(one.element, Kind.MOVED if one.kind is Kind.MOVED else Kind.CHANGED)
        return marks


def difference(before: Document, after: Document) -> Differences:
    """What differs from one document of a case to another."""
    found: list[Difference] = []
    case = tuple(changed_fields(before["case"], after["case"]))
    if case:
        found.append(Difference("case", Kind.CHANGED, str(after["case"]["gid"]), before["case"], after["case"], case))
    for part in PARTS:
        here = list(of_part(part, before[part], after[part]))
        found += moves_among(here) if part == "links" else here
    return Differences(found)


def of_part(part: str, before: list[Record], after: list[Record]) -> Iterator[Difference]:
    was = {str(one["gid"]): one for one in before}
    seen = set()
    for said in after:
        gid = str(said["gid"])
        seen.add(gid)
        old = was.get(gid)
        if old is None:
            yield Difference(part, Kind.ADDED, gid, None, said)
        elif old != said:
            yield Difference(part, Kind.CHANGED, gid, old, said, tuple(changed_fields(old, said)))
    for gid, old in was.items():
        if gid not in seen:
            yield Difference(part, Kind.REMOVED, gid, old, None)


def changed_fields(before: Record, after: Record) -> Iterator[tuple[str, Any, Any]]:
    for name, said in after.items():
        old = before.get(name)
        if old != said:
            yield name, old, said
    for name, old in before.items():
        if name not in after:
            yield name, old, None


def moves_among(links: list[Difference]) -> list[Difference]:
    """Pair what was unlinked with what was linked anew, where both lead to the same element in the same way."""
    gone: dict[tuple[str, str], list[Difference]] = {}
    for one in links:
        if one.kind is Kind.REMOVED:
            gone.setdefault(end_of(one), []).append(one)
    moved: dict[str, Difference] = {}
    taken: set[str] = set()
    for one in links:
        if one.kind is Kind.ADDED and (left := gone.get(end_of(one))):
            old = left.pop(0)
            taken.add(old.gid)
            assert old.before is not None and one.after is not None  # noqa: S101 (removed, added)
            ends = (("source", old.before["source"], one.after["source"]),)
            moved[one.gid] = Difference("links", Kind.MOVED, one.gid, old.before, one.after, ends)
    return [moved.get(one.gid, one) for one in links if one.gid not in taken]


def end_of(one: Difference) -> tuple[str, str]:
    return str(one.record["kind"]), str(one.record["target"])
