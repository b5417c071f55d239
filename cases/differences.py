"""What differs between two documents of a case, record by record and field by field. O(n), without a database.

Records are told apart by their gid. An element moves when it hangs below another one, when it stands elsewhere among its
siblings, or when it goes to another module. That siblings make room for it is no difference of theirs.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

PARTS: Final = ("modules", "elements", "links", "metrics", "conditions", "bindings")
# What hangs on an element: a change of it is a change of that element, too.
HANGING: Final = ("metrics", "conditions", "bindings")
PLACE: Final = frozenset({"module", "key"})  # where an element belongs, and what it is called there
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
    is_shift: bool = False
    """A link that only has another number because its siblings came, went or moved: not worth a word."""

    @property
    def record(self) -> Record:
        """As it is, or as it was last."""
        said = self.after if self.after is not None else self.before
        assert said is not None  # noqa: S101 (one of both is always there)
        return said

    def was(self, name: str) -> Any:
        """A field as it was before, whether or not it changed."""
        return self.before.get(name) if self.before is not None else None

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
        return bool(self.told)

    @property
    def told(self) -> list[Difference]:
        """All but what only makes room."""
        return [one for one in self.found if not one.is_shift]

    def of(self, part: str) -> list[Difference]:
        return [one for one in self.found if one.part == part]

    def counts(self) -> dict[Kind, int]:
        """How many records were added, removed, changed and moved."""
        counts = dict.fromkeys(Kind, 0)
        for one in self.told:
            counts[one.kind] += 1
        return counts

    def marks(self) -> dict[str, Kind]:
        """What a drawing marks, by the gid of the element: added, removed, changed or moved itself, else changed by what hangs
        on it. A link that came or went is marked itself, not what it starts from."""
        marks: dict[str, Kind] = {}
        for one in self.told:
            if one.part == "elements":
                marks[one.gid] = one.kind
        for one in self.told:
            if one.element is not None and (one.part in HANGING or one.kind is Kind.MOVED):
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
        found += moves_among(in_another_order(here, before[part], after[part])) if part == "links" else here
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
            fields = tuple(changed_fields(old, said))
            yield Difference(part, Kind.MOVED if is_move(part, fields) else Kind.CHANGED, gid, old, said, fields)
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


def is_move(part: str, fields: tuple[tuple[str, Any, Any], ...]) -> bool:
    """Whether an element went to another module and says what it said, or a link leads to the same from elsewhere."""
    names = {name for name, _before, _after in fields}
    if part == "links":
        return "source" in names
    return part == "elements" and "module" in names and names <= PLACE


def in_another_order(links: list[Difference], before: Iterable[Record], after: Iterable[Record]) -> list[Difference]:
    """Tell links that took another place among their siblings from those that only made room: as few as possible moved."""
    renumbered = {one.gid for one in links if one.fields and [name for name, *_ends in one.fields] == ["ordinal"]}
    if not renumbered:
        return links
    arrived = {one.gid for one in links if one.kind is Kind.ADDED or one.kind is Kind.MOVED}
    was = {str(one["gid"]): (place, one) for place, one in enumerate(before)}
    siblings: dict[str, list[str]] = {}
    now: dict[str, Record] = {}
    for said in after:
        gid = str(said["gid"])
        if gid in was and gid not in arrived:
            now[gid] = said
            siblings.setdefault(str(said["source"]), []).append(gid)
    families = [gids for gids in siblings.values() if not renumbered.isdisjoint(gids)]
    kept = {gid for gids in families for gid in in_order(gids, {gid: was[gid][0] for gid in gids})}
    told = [
        replace(one, kind=Kind.CHANGED if one.gid in kept else Kind.MOVED, is_shift=one.gid in kept)
        if one.gid in renumbered
        else one
        for one in links
    ]
    # One that has the number of before can have moved all the same, where its siblings closed up and made room again.
    known = {one.gid for one in links}
    others = [gid for gids in families for gid in gids if gid not in kept and gid not in known]
    return told + [Difference("links", Kind.MOVED, gid, was[gid][1], now[gid]) for gid in others]


def in_order(gids: list[str], was: Mapping[str, int]) -> list[str]:
    """The longest run that stands in the order of before, others left out."""
    ends: list[int] = []  # the smallest last place of a run of each length
    last: list[str] = []
    above: dict[str, str | None] = {}
    for gid in gids:
        place = bisect_left(ends, was[gid])
        above[gid] = last[place - 1] if place else None
        ends[place : place + 1], last[place : place + 1] = [was[gid]], [gid]
    run: list[str] = []
    one: str | None = last[-1]
    while one is not None:
        run.append(one)
        one = above[one]
    return run


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
            ends = tuple(changed_fields({**old.before, "gid": ""}, {**one.after, "gid": ""}))
            moved[one.gid] = Difference("links", Kind.MOVED, one.gid, old.before, one.after, ends)
    return [moved.get(one.gid, one) for one in links if one.gid not in taken]


def end_of(one: Difference) -> tuple[str, str]:
    return str(one.record["kind"]), str(one.record["target"])
