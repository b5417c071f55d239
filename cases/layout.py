"""Where everything stands in the drawing of an argument: figures a person can read, and boxes that never overlap.

Elements stand in rows by their longest path from the top of the figure, children in author order below their primary
parent (the deepest), set as close as their outlines permit. So a change of one element moves only its neighbours.
Contexts, assumptions and justifications stand beside their host. A large argument is cut into figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from cases.argument import Argument, Kind, Link, LinkKind

COLUMN_GAP: Final = 24.0
ROW_GAP: Final = 52.0
SIDE_GAP: Final = 30.0
STACK_GAP: Final = 12.0
SPINE: Final = 26.0  # room beside a column for the line that leads down it
MOST_ABREAST: Final = 10  # more leaves than this below one claim stand in columns
MARGIN: Final = 24.0
NONE_TIGHTER: Final[Mapping[int, int]] = {}
Size = tuple[float, float]


@dataclass(slots=True, eq=False)
class Cell:
    """One box of a figure. A stub stands for an element that is drawn in another figure (number `elsewhere`)."""

    node: int
    width: float = 0.0
    height: float = 0.0
    is_stub: bool = False
    elsewhere: int = 0  # of a stub or of an element whose support is drawn in another figure
    children: list["Cell"] = field(default_factory=list)
    left: list["Cell"] = field(default_factory=list)
    right: list["Cell"] = field(default_factory=list)
    column: list["Cell"] = field(default_factory=list)  # further leaves of the same claim, below this one
    row: int = 0
    x: float = 0.0  # the left edge
    y: float = 0.0  # the upper edge

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def reach_left(self) -> float:
        """How far the block, with what stands beside it, goes to the left of its middle."""
        if self.column:
            return max(cell.width for cell in (self, *self.column)) / 2 + SPINE
        side = max((cell.width for cell in self.left), default=0.0)
        return self.width / 2 + (side + SIDE_GAP if side else 0.0)

    @property
    def reach_right(self) -> float:
        if self.column:
            return max(cell.width for cell in (self, *self.column)) / 2
        side = max((cell.width for cell in self.right), default=0.0)
        return self.width / 2 + (side + SIDE_GAP if side else 0.0)

    @property
    def block_height(self) -> float:
        return max(_stack_height([self, *self.column]), _stack_height(self.left), _stack_height(self.right))

    @property
    def is_leaf(self) -> bool:
        return not (self.children or self.left or self.right)


@dataclass(slots=True)
class Sheet:
    """One figure before it is drawn. `came_from` is the number of the figure that its root also stands in."""

    number: int
    roots: list[Cell]
    cells: dict[int, Cell]  # the real box of each element in this figure
    stubs: list[Cell]
    came_from: int = 0
    width: float = 0.0
    height: float = 0.0
    row_bottoms: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """Who stands below and beside whom, in the whole argument; every element is in exactly one of the three."""

    roots: list[int]
    children: list[list[int]]
    beside: dict[int, list[int]]
    parent: dict[int, int]


def plan_of(argument: Argument) -> Plan:
    """Choose one place for each element: beside its first host, below its primary parent, or at the top."""
    below = [list(legs) for legs in argument.legs]
    beside: dict[int, list[int]] = {}
    parent: dict[int, int] = {}
    carried = {leg for legs in below for leg in legs}
    for link in argument.links:
        if link.kind is not LinkKind.IN_CONTEXT_OF:
            continue
        host, premise = argument.node(link.source), argument.node(link.target)
        if premise in carried or premise in parent:
            continue
        if below[premise] or premise in argument.contexts:
            below[host].append(premise)  # malformed, but drawn: what has something below it needs a place in the rows
        else:
            beside.setdefault(host, []).append(premise)
            parent[premise] = host
    depth = _depths(argument, below)
    for node in range(len(argument.elements)):  # in author order, which decides between parents of the same depth
        for child in below[node]:
            if child not in parent or depth[node] > depth[parent[child]]:
                parent[child] = node
    side = {node for nodes in beside.values() for node in nodes}
    _place_counter_elements(argument, parent, side)
    children: list[list[int]] = [[] for _ in argument.elements]
    for node, legs in enumerate(below):
        children[node] = [child for child in dict.fromkeys(legs) if parent.get(child) == node]
    for node in range(len(argument.elements)):
        above = parent.get(node)
        if above is not None and node not in side and node not in children[above]:
            children[above].append(node)
    roots = [node for node in range(len(argument.elements)) if node not in parent]
    return Plan(roots, children, beside, parent)


def _depths(argument: Argument, below: list[list[int]]) -> list[int]:
    depth = [0] * len(below)
    for node in reversed(argument.order):
        for child in below[node]:
            depth[child] = max(depth[child], depth[node] + 1)
    return depth


def _place_counter_elements(argument: Argument, parent: dict[int, int], side: set[int]) -> None:
    """Put what challenges an element below it (or below its host), unless it stands above that element already."""
    for link in argument.links:
        if link.kind is not LinkKind.CHALLENGES:
            continue
        counter, target = argument.node(link.source), argument.node(link.target)
        if target in side:
            target = parent[target]
        above: int | None = target
        while above is not None and above != counter:
            above = parent.get(above)
        if counter not in parent and above is None:
            parent[counter] = target


# --- Cutting ----------------------------------------------------------------------------------------------------------


def cut_points(argument: Argument, plan: Plan, limit: int, tighter: Mapping[int, int] = NONE_TIGHTER) -> set[int]:
    """The elements that start a figure of their own, so that no figure passes `limit` elements where that is possible, nor what
    an element of it asks for in `tighter`.

    From the leaves up: where a sub-argument grows too large, its largest parts leave, goals before others.
    """
    size = [1 + len(plan.beside.get(node, ())) for node in range(len(argument.elements))]
    cut: set[int] = set()
    for node in _leaves_first(plan):
        size[node] += _after_cutting(
            argument, plan, plan.children[node], size, cut, tighter.get(node, limit) - size[node]
        )
    _after_cutting(argument, plan, plan.roots, size, cut, limit)
    return cut


def _after_cutting(
    argument: Argument, plan: Plan, children: Sequence[int], size: list[int], cut: set[int], room: int
) -> int:
    """Cut off what does not fit into `room` and say how much is left; a cut element still stands there once itself."""
    total = sum(size[child] for child in children)
    if total <= room:
        return total
    worth = [child for child in children if plan.children[child] and size[child] > 2]
    worth.sort(key=lambda child: (argument.elements[child].kind is not Kind.GOAL, -size[child], child))
    for child in worth:
        if total <= room:
            break
        cut.add(child)
        total -= size[child] - 1
        size[child] = 1
    return total


def _leaves_first(plan: Plan) -> list[int]:
    order = list(plan.roots)
    for node in order:
        order.extend(plan.children[node])
    return order[::-1]


# --- Building the figures ----------------------------------------------------------------------------------------------


def sheets_of(
    argument: Argument,
    sizes: Mapping[int, Size],
    stub_size: Size,
    foot: float,
    limit: int,
    further: Sequence[Link] = (),
    tighter: Mapping[int, int] = NONE_TIGHTER,
) -> list[Sheet]:
    """All figures of an argument, placed. `foot` is the room below an element whose support is drawn elsewhere; `further` links
    are drawn, but nothing is placed by them; `tighter` are limits of the elements of single figures."""
    plan = plan_of(argument)
    cut = cut_points(argument, plan, limit, tighter)
    number_of = _numbers(plan, cut)
    home = _homes(plan, cut, number_of)
    stubs = _links_between_figures(argument, plan, home, further)
    sheets = []
    top = [root for root in plan.roots if root not in cut]
    starts = [(number_of[node], [node]) for node in number_of]
    for number, roots in sorted([(1, top), *starts] if top else starts):
        sheet = _sheet(number, roots, plan, cut, number_of, sizes, foot, stubs, stub_size, home)
        above = plan.parent.get(roots[0])
        sheet.came_from = home[above] if above is not None else 0
        place(sheet)
        sheets.append(sheet)
    return sheets


def _numbers(plan: Plan, cut: set[int]) -> dict[int, int]:
    """Numbers of the figures that cut elements start, in reading order; 1 is the figure of the uncut roots."""
    numbers: dict[int, int] = {}
    following = 2 if any(root not in cut for root in plan.roots) else 1
    stack = list(reversed(plan.roots))
    while stack:
        node = stack.pop()
        if node in cut:
            numbers[node] = following
            following += 1
        stack.extend(reversed(plan.children[node]))
    return numbers


def _homes(plan: Plan, cut: set[int], number_of: dict[int, int]) -> dict[int, int]:
    """The figure in which each element has its support drawn."""
    home: dict[int, int] = {}
    stack = [(root, number_of.get(root, 1)) for root in plan.roots]
    while stack:
        node, number = stack.pop()
        home[node] = number
        for premise in plan.beside.get(node, ()):
            home[premise] = number
        stack.extend((child, number_of.get(child, number)) for child in plan.children[node])
    return home


def _links_between_figures(
    argument: Argument, plan: Plan, home: dict[int, int], further: Sequence[Link]
) -> dict[int, list[int]]:
    """Per element, the elements of other figures that it is linked to beside its own tree."""
    stubs: dict[int, list[int]] = {}
    in_order = len(argument.links)
    for place, link in enumerate((*argument.links, *further)):
        source, target = argument.node(link.source), argument.node(link.target)
        if place < in_order and (plan.parent.get(target) == source or plan.parent.get(source) == target):
            continue
        if home[source] != home[target]:
            stubs.setdefault(source, []).append(target)
    return stubs


def _sheet(
    number: int,
    roots: list[int],
    plan: Plan,
    cut: set[int],
    number_of: dict[int, int],
    sizes: Mapping[int, Size],
    foot: float,
    stubs: dict[int, list[int]],
    stub_size: Size,
    home: dict[int, int],
) -> Sheet:
    sheet = Sheet(number, [], {}, [])

    def cell(node: int) -> Cell:
        made = Cell(node, *sizes[node])
        sheet.cells[node] = made
        return made

    queue: list[tuple[int, Cell | None]] = [(root, None) for root in roots]
    for node, above in queue:
        box = cell(node)
        if above is None:
            sheet.roots.append(box)
        else:
            above.children.append(box)
        if node in cut and above is not None:
            box.elsewhere = number_of[node]
            box.height += foot
            continue
        for place_in_stack, premise in enumerate(plan.beside.get(node, ())):
            (box.right if place_in_stack % 2 else box.left).append(cell(premise))
        queue.extend((child, box) for child in plan.children[node])
    # After the children, so that one link more does not reorder the argument.
    for node, box in sheet.cells.items():
        if not box.elsewhere:
            others = [target for target in stubs.get(node, ()) if target not in sheet.cells]
            box.children += [Cell(target, *stub_size, is_stub=True, elsewhere=home[target]) for target in others]
    sheet.stubs = [child for box in sheet.cells.values() for child in box.children if child.is_stub]
    for box in sheet.cells.values():
        box.children = _in_columns(box.children)
    return sheet


def _in_columns(children: list[Cell]) -> list[Cell]:
    """Let many leaves of one claim stand in columns, in author order, about as many abreast as a page is wide."""
    leaves = sum(child.is_leaf for child in children)
    if leaves <= MOST_ABREAST:
        return children
    deep = max(2, round((leaves / 2) ** 0.5))
    heads: list[Cell] = []
    open_column: list[Cell] | None = None
    for child in children:
        if not child.is_leaf:
            open_column = None
        elif open_column is not None and len(open_column) < deep - 1:
            open_column.append(child)
            continue
        else:
            open_column = child.column
        heads.append(child)
    return heads


# --- Placing ------------------------------------------------------------------------------------------------------------


def place(sheet: Sheet) -> None:
    """Give every box of a figure its position, and the figure its size."""
    rows = _rows(sheet.roots)
    middles = _relative_middles(sheet.roots, rows)
    top = MARGIN
    sheet.row_bottoms = []
    for row in rows:
        for cell in row:
            cell.x = middles[cell] - cell.width / 2
            cell.y = top
            beneath = cell.bottom + STACK_GAP
            for leaf in cell.column:
                leaf.row, leaf.x, leaf.y = cell.row, middles[cell] - leaf.width / 2, beneath
                beneath += leaf.height + STACK_GAP
            _place_stack(cell.left, top, right_edge=cell.x - SIDE_GAP)
            _place_stack(cell.right, top, left_edge=cell.x + cell.width + SIDE_GAP)
        sheet.row_bottoms.append(top + max(cell.block_height for cell in row))
        top = sheet.row_bottoms[-1] + ROW_GAP
    sheet.height = top - ROW_GAP + MARGIN
    every = [one for row in rows for cell in row for one in (cell, *cell.left, *cell.right, *cell.column)]
    shift = MARGIN - min(cell.x - (SPINE if cell.column else 0) for cell in every)
    for cell in every:
        cell.x += shift
    sheet.width = max(cell.x + cell.width for cell in every) + MARGIN


def _rows(roots: list[Cell]) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    row = roots
    while row:
        for cell in row:
            cell.row = len(rows)
        rows.append(row)
        row = [child for cell in row for child in cell.children]
    return rows


def _relative_middles(roots: list[Cell], rows: list[list[Cell]]) -> dict[Cell, float]:
    """The middle of every cell, by setting the outlines of siblings side by side from the lowest row up."""
    offset: dict[Cell, float] = {}
    outlines: dict[Cell, tuple[list[float], list[float]]] = {}
    for row in reversed(rows):
        for cell in row:
            left, right = _set_side_by_side(cell.children, outlines, offset)
            outlines[cell] = [-cell.reach_left, *left], [cell.reach_right, *right]
    _set_side_by_side(roots, outlines, offset)
    middles = {root: offset[root] for root in roots}
    for row in rows:
        for cell in row:
            for child in cell.children:
                middles[child] = middles[cell] + offset[child]
    return middles


def _set_side_by_side(
    cells: list[Cell], outlines: dict[Cell, tuple[list[float], list[float]]], offset: dict[Cell, float]
) -> tuple[list[float], list[float]]:
    """Place cells as close as their outlines permit, centred on their parent; returns their common outline by row."""
    left: list[float] = []
    right: list[float] = []
    for cell in cells:
        own_left, own_right = outlines.pop(cell)
        shift = max((edge + COLUMN_GAP - own for edge, own in zip(right, own_left, strict=False)), default=0.0)
        offset[cell] = shift
        left += [shift + edge for edge in own_left[len(left) :]]
        right[: len(own_right)] = [shift + edge for edge in own_right]
    if not cells:
        return [], []
    centre = (offset[cells[0]] + offset[cells[-1]]) / 2
    for cell in cells:
        offset[cell] -= centre
    return [edge - centre for edge in left], [edge - centre for edge in right]


def _place_stack(stack: list[Cell], top: float, *, left_edge: float = 0.0, right_edge: float | None = None) -> None:
    for cell in stack:
        cell.x = left_edge if right_edge is None else right_edge - cell.width
        cell.y = top
        top += cell.height + STACK_GAP


def _stack_height(stack: list[Cell]) -> float:
    return sum(cell.height for cell in stack) + STACK_GAP * max(0, len(stack) - 1)
