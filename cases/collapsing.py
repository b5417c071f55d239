"""Leaving sub-arguments out of a drawing: what hangs below some elements only, and how much of it there is. Pure."""

from collections.abc import Collection, Mapping

from cases.argument import Argument, ElementId, LinkKind


def collapse(argument: Argument, folded: Collection[ElementId]) -> tuple[Argument, Mapping[ElementId, int]]:
    """The argument without what only the folded elements rest on, and how many elements each of them hides.

    What gives context to a folded element stays beside it. What another, open element rests on too stays as well.
    """
    closed = {argument.position[one] for one in folded if one in argument.position}
    closed = {node for node in closed if argument.legs[node]}
    if not closed:
        return argument, {}
    below = _below(argument)
    carried = {target for targets in below for target in targets}
    tops = [node for node in range(len(argument.elements)) if node not in carried]
    shown = _reached(argument, tops, below, closed)
    elements = [element for node, element in enumerate(argument.elements) if node in shown]
    kept = {element.id for element in elements}
    left_out = {argument.elements[node].id for node in closed}
    links = [
        link
        for link in argument.links
        if link.source in kept
        and link.target in kept
        and not (link.kind is LinkKind.SUPPORTED_BY and link.source in left_out)
    ]
    hides = {argument.elements[node].id: len(_under(node, argument, below) - shown) for node in closed & shown}
    return Argument(elements, links), hides


def _below(argument: Argument) -> list[list[int]]:
    """What is drawn below or beside each element; what challenges it hangs below it too."""
    below = [[*legs, *argument.contexts.get(node, ())] for node, legs in enumerate(argument.legs)]
    for link in argument.links:
        if link.kind is LinkKind.CHALLENGES:
            below[argument.node(link.target)].append(argument.node(link.source))
    return below


def _reached(argument: Argument, starts: list[int], below: list[list[int]], closed: set[int]) -> set[int]:
    reached = set(starts)
    waiting = list(starts)
    while waiting:
        node = waiting.pop()
        hidden = set(argument.legs[node]) if node in closed else set()
        for child in below[node]:
            if child not in reached and child not in hidden:
                reached.add(child)
                waiting.append(child)
    return reached


def _under(node: int, argument: Argument, below: list[list[int]]) -> set[int]:
    starts = list(argument.legs[node])
    return _reached(argument, starts, below, set())
