"""The modules of an argument and who rests on whom, as an argument of its own that the drawing can draw (GSN 1:4). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cases.argument import Argument, CycleFound, Element, ElementId, Kind, Link, LinkKind
from cases.scale import Standing


@dataclass(frozen=True, slots=True)
class Part:
    """A module of this case, or another case that is cited here."""

    id: ElementId
    key: str
    title: str
    is_contract: bool = False
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """One module rests on another, or stands in the context of it."""

    source: ElementId
    target: ElementId
    is_context: bool = False


def architecture(parts: Iterable[Part], uses: Iterable[Use]) -> Argument:
    """One folder per module, in the given order; a use that would close a circle is left out, the rules name it."""
    elements = [
        Element(id=part.id, kind=Kind.CONTRACT_REF if part.is_contract else Kind.MODULE_REF, key=part.key,
                statement=part.title, is_public=part.is_elsewhere)
        for part in parts
    ]  # fmt: skip
    known = {element.id for element in elements}
    links: list[Link] = []
    drawn: set[tuple[ElementId, ElementId]] = set()
    # What rests on another module is drawn before what only stands in its context: two modules have one line.
    for use in sorted(uses, key=lambda use: use.is_context):
        ends = (use.source, use.target)
        if use.source == use.target or ends in drawn or not known.issuperset(ends):
            continue
        link = Link(*ends, LinkKind.IN_CONTEXT_OF if use.is_context else LinkKind.SUPPORTED_BY)
        try:
            Argument(elements, [*links, link])
        except CycleFound:
            continue
        drawn.add(ends)
        links.append(link)
    return Argument(elements, links)


def standings_of_parts(
    of_part: Mapping[ElementId, Iterable[ElementId]], standings: Mapping[ElementId, Standing]
) -> dict[ElementId, Standing]:
    """A module stands as the lowest of the claims on top in it does."""
    worst: dict[ElementId, Standing] = {}
    for part, tops in of_part.items():
        levels = [standings[one] for one in tops if one in standings]
        if levels:
            worst[part] = min(levels)
    return worst
