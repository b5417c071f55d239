"""A draft as an argument that can be drawn and as an outline, before any of it is in a case."""

from dataclasses import dataclass

from cases.argument import Argument, Combine, Declaration, Element, Kind, Link, LinkKind
from cases.drafts import ArgumentDraft, DraftElement


def argument_of(draft: ArgumentDraft) -> Argument:
    """The pure argument of a draft that has nothing against it."""
    by_id = {element.id: element for element in draft.elements}
    titles = {module.key: f"{module.key}: {module.title}" for module in draft.modules}
    return Argument(
        [
            Element(
                id=element.id,
                kind=Kind(element.kind),
                key=draft.address_of(element),
                statement=element.statement,
                declaration=Declaration(element.declaration),
                combine=Combine(element.combine),
                combine_k=element.combine_k or 1,
                cites=element.cites or None,
                module=titles.get(draft.home_of(by_id[element.cites]), "") if element.cites in by_id else "",
                is_undeveloped=element.is_undeveloped,
                is_uninstantiated=element.is_uninstantiated,
                is_public=element.is_public,
            )
            for element in draft.elements
        ],
        [Link(link.source, link.target, LinkKind(link.kind)) for link in draft.links],
    )


@dataclass(slots=True)
class DraftLine:
    """One line of the outline of a draft. `closing` counts the lists that end after it."""

    element: DraftElement
    address: str
    depth: int
    has_below: bool = False
    closing: int = 0

    @property
    def closings(self) -> range:
        return range(self.closing)


def lines_of(draft: ArgumentDraft) -> list[DraftLine]:
    """The draft as nested lines, each element once, premises before supports."""
    by_id = {element.id: element for element in draft.elements}
    below: dict[str, list[str]] = {}
    for link in sorted(draft.links, key=lambda link: link.kind != "in_context_of"):
        below.setdefault(link.source, []).append(link.target)
    held = {link.target for link in draft.links}
    waiting = [(element.id, 0) for element in reversed(draft.elements) if element.id not in held]
    lines: list[DraftLine] = []
    seen: set[str] = set()
    while waiting:
        id, depth = waiting.pop()
        if id in seen:
            continue
        seen.add(id)
        lines.append(DraftLine(by_id[id], draft.address_of(by_id[id]), depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(id, []))]
    for line, following in zip(lines, [*lines[1:], None], strict=False):
        after = following.depth if following else 0
        line.has_below = after > line.depth
        line.closing = max(0, line.depth - after)
    return lines
