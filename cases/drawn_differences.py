"""What differs between two documents of a case, as one argument to draw: the later one, with what it no longer has. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.argument import Argument, Combine, Element, ElementId, Kind, Link, LinkKind
from cases.differences import Differences, Document, Record
from cases.differences import Kind as Change

LINKS: Final = {"supported_by": LinkKind.SUPPORTED_BY, "in_context_of": LinkKind.IN_CONTEXT_OF}
Ends = tuple[ElementId, ElementId]


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to elements and to links, the latter by their ends."""

    elements: Mapping[Any, Change]
    links: Mapping[Any, Change]
    gone: tuple[Link, ...] = ()
    """Links of before between elements that stand elsewhere now: drawn, but nothing is placed by them."""


def as_drawn(before: Document, after: Document, differences: Differences) -> tuple[Argument, Changes]:
    """The later argument with what was removed put back where it was, and what to mark.

    What is still there stands where it stands now. Nothing that is still there is placed below something removed, so the two
    texts together never rest on themselves.
    """
    names = names_of(before, after)
    present = {str(one["gid"]) for one in after["elements"]}
    gone = [one for one in before["elements"] if str(one["gid"]) not in present]
    elements = [element_of(one, names) for one in (*after["elements"], *gone)]
    links = [(one["ordinal"], link_of(one)) for one in after["links"]]
    marks: dict[Ends, Change] = {}
    ends_now = {(link.source, link.target) for _place, link in links}
    beside: list[Link] = []
    for one in differences.of("links"):
        if one.is_shift:
            continue
        if one.after is not None:
            marks[ends_of(one.after)] = one.kind
        if one.before is not None and (one.after is None or ends_of(one.after) != ends_of(one.before)):
            left = link_of(one.before)
            if (left.source, left.target) in ends_now:
                continue
            marks[ends_of(one.before)] = Change.REMOVED
            if left.target in present:
                beside.append(left)
            else:
                links.append((one.before["ordinal"], left))
    links.sort(key=lambda placed: placed[0])
    argument = Argument(elements, [link for _place, link in links])
    return argument, Changes(differences.marks(), marks, tuple(beside))


def ends_of(record: Record) -> Ends:
    return str(record["source"]), str(record["target"])


def link_of(record: Record) -> Link:
    return Link(*ends_of(record), LINKS[record["kind"]])


def names_of(before: Document, after: Document) -> dict[str, str]:
    """What each element is called in the whole case: "G1", "M2:G1"."""
    names: dict[str, str] = {}
    for document in (before, after):
        modules = {one["gid"]: "" if one["is_default"] else f"{one['key']}:" for one in document["modules"]}
        names |= {one["gid"]: f"{modules.get(one['module'], '')}{one['key']}" for one in document["elements"]}
    return names


def element_of(record: Mapping[str, Any], names: Mapping[str, str]) -> Element:
    """What is drawn of a record. What it cites is another record's matter and no part of the order."""
    return Element(
        id=str(record["gid"]),
        kind=Kind(record["kind"]),
        key=names[record["gid"]],
        statement=record["statement"],
        combine=Combine(record["combine"]),
        combine_k=record["combine_k"] or 1,
        is_undeveloped=record["is_undeveloped"],
        is_uninstantiated=record["is_uninstantiated"],
        is_public=record["is_public"],
        is_supported_by_contract=record["is_supported_by_contract"],
    )
