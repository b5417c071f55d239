"""An argument as SVG in the notation of the GSN Community Standard, with the standing of each element.

The same text serves as an image of its own, inline in a page under a strict Content-Security-Policy, and in a PDF:
everything is said in presentation attributes with literal colours; nothing is fetched from elsewhere.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from cases.argument import CITING, Argument, Combine, Element, ElementId, Kind, Link, LinkKind, Role
from cases.collapsing import collapse
from cases.differences import Kind as Change
from cases.drawn_differences import Changes
from cases.layout import ROW_GAP, SPINE, Cell, Sheet, Size, sheets_of
from cases.palette import PALETTES, Look, Palette, Theme
from cases.scale import Standing
from cases.text_width import drawable, text_width, wrap

__all__ = ["Figure", "Theme", "Wording", "draw"]

ELEMENTS_PER_FIGURE: Final = 30
FONT: Final = "Inter, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SIZE: Final = 12.0
SMALL: Final = 10.5
LINE: Final = 15.5
PAD: Final = 11.0
BADGE: Final = 8.5  # the radius of the mark of a standing
FOOT: Final = 24.0  # room below a box for a diamond, a triangle or a number of legs
MOST_LINES: Final = 7
LONGEST_TITLE: Final = 600
LONGEST_NAME: Final = 120
STUB: Final[Size] = (96.0, 44.0)
NO_CHANGES: Final = Changes({}, {})


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is drawn."""
    return message


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a drawing, to be given translated."""

    standings: Mapping[Standing, str] = field(
        default_factory=lambda: {
            Standing.HOLDS: gettext_noop("Holds"),
            Standing.WEAKENED: gettext_noop("Weakened"),
            Standing.UNDEVELOPED: gettext_noop("Undeveloped"),
            Standing.UNSUPPORTED: gettext_noop("Unsupported"),
            Standing.DEFEATED: gettext_noop("Defeated"),
        }
    )
    changes: Mapping[Change, str] = field(
        default_factory=lambda: {
            Change.ADDED: gettext_noop("Added"),
            Change.REMOVED: gettext_noop("Removed"),
            Change.CHANGED: gettext_noop("Changed"),
            Change.MOVED: gettext_noop("Moved"),
        }
    )
    figure: str = gettext_noop("Figure %(number)s")
    continued: str = gettext_noop("Figure %(number)s: %(element)s")
    any_of: str = gettext_noop("any one is enough")
    at_least: str = gettext_noop("at least %(needed)s of %(given)s")
    unreviewed: str = gettext_noop("Not reviewed since an end of this link changed")
    cites: str = gettext_noop("cited")
    public: str = gettext_noop("public")
    undeveloped: str = gettext_noop("undeveloped")
    uninstantiated: str = gettext_noop("uninstantiated")
    by_contract: str = gettext_noop("supported by contract")
    hidden: str = gettext_noop("+ %(number)s below")
    template: str = gettext_noop("template text")


@dataclass(frozen=True, slots=True)
class Figure:
    """One drawing. `elements` are the ids drawn in it, `continues` the figure numbers that its triangles lead to."""

    key: str
    number: int
    title: str
    width: int
    height: int
    svg: str
    elements: tuple[ElementId, ...]
    continues: tuple[int, ...]
    continued_from: int  # 0 for the first


def draw(
    argument: Argument,
    standings: Mapping[ElementId, int] | None = None,
    *,
    title: str = "",
    theme: Theme = Theme.LIGHT,
    limit: int = ELEMENTS_PER_FIGURE,
    wording: Wording | None = None,
    emphasised: Collection[ElementId] = (),
    collapsed: Collection[ElementId] = (),
    only: Collection[str] | None = None,
    changes: Changes | None = None,
    tighter: Mapping[ElementId, int] | None = None,
) -> list[Figure]:
    """Draw an argument as figures of about `limit` elements; `emphasised` marks a path, such as that of a cause.

    What hangs only below a collapsed element is left out and counted there. Elements without a standing are drawn
    plainly. An empty argument has no figures. With `only`, the figures of other keys come without their SVG: whoever lists
    five thousand elements need not draw them. `tighter` limits are those of the figures of some elements. `changes` marks what differs from another text of the argument.
    """
    if not argument.elements:
        return []
    argument, hides = collapse(argument, collapsed)
    changes = changes or NO_CHANGES
    if hides:
        known = argument.position
        changes = replace(changes, gone=tuple(one for one in changes.gone if {one.source, one.target} <= known.keys()))
    palette = PALETTES[Theme(theme)]
    pen = _Pen(argument, standings or {}, palette, wording or Wording(), frozenset(emphasised), hides, changes)
    sizes = {node: pen.size(node) for node in range(len(argument.elements))}
    limits = {argument.position[one]: max(2, most) for one, most in (tighter or {}).items() if one in argument.position}
    sheets = sheets_of(argument, sizes, STUB, FOOT, max(2, limit), changes.gone, limits)
    return [
        pen.figure(sheet, title, Theme(theme), is_drawn=only is None or key_of(sheet.number) in only)
        for sheet in sheets
    ]


def key_of(number: int) -> str:
    """What a figure is called in addresses."""
    return f"figure-{number}"


@dataclass(slots=True)
class _Words:
    """What is written into one element."""

    lines: list[str]
    size: Size  # of the shape, without a foot


_TEXT_WIDTHS: Final = {
    Kind.GOAL: 168.0,
    Kind.AWAY_GOAL: 168.0,
    Kind.STRATEGY: 172.0,
    Kind.SOLUTION: 104.0,
    Kind.AWAY_SOLUTION: 104.0,
    Kind.ASSUMPTION: 112.0,
    Kind.AWAY_ASSUMPTION: 112.0,
    Kind.JUSTIFICATION: 112.0,
    Kind.AWAY_JUSTIFICATION: 112.0,
}
_ROUND: Final = frozenset({Kind.SOLUTION, Kind.AWAY_SOLUTION})
_ELLIPTIC: Final = frozenset({Kind.ASSUMPTION, Kind.AWAY_ASSUMPTION, Kind.JUSTIFICATION, Kind.AWAY_JUSTIFICATION})
_LETTERS: Final = {
    Kind.ASSUMPTION: "A",
    Kind.AWAY_ASSUMPTION: "A",
    Kind.JUSTIFICATION: "J",
    Kind.AWAY_JUSTIFICATION: "J",
}
_SLANT: Final = 16.0
_TAB: Final = 10.0


class _Pen:
    """Draws one argument in one theme."""

    def __init__(
        self,
        argument: Argument,
        standings: Mapping[ElementId, int],
        palette: Palette,
        wording: Wording,
        emphasised: frozenset[ElementId],
        hides: Mapping[ElementId, int],
        changes: Changes,
    ) -> None:
        self.argument = argument
        self.changes = changes
        self.beside = {(link.source, link.target) for link in changes.gone}
        self.hides = hides
        self.standings = {element: Standing(standing) for element, standing in standings.items()}
        self.palette = palette
        self.wording = wording
        self.emphasised = emphasised
        self.words: dict[int, _Words] = {}
        self.hatch = ""
        self.spines: dict[Cell, float] = {}  # of the leaves in columns, where the line runs down beside them
        self.links_from: dict[int, list[tuple[int, Link]]] = {}  # with their place in author order
        for place, link in enumerate((*argument.links, *changes.gone)):
            self.links_from.setdefault(argument.node(link.source), []).append((place, link))

    # --- Sizes

    def size(self, node: int) -> Size:
        """The size of an element's box, a foot included where it has one of its own."""
        words = self._words(node)
        width, height = words.size
        return width, height + (FOOT if self._foot(node) else 0.0)

    def _words(self, node: int) -> _Words:
        if node not in self.words:
            element = self.argument.elements[node]
            width = _TEXT_WIDTHS.get(element.kind, 150.0)
            lines = wrap(element.statement, width, SIZE, most_lines=MOST_LINES)
            if len(lines) > 3 and element.kind in _ELLIPTIC:  # an ellipse should lie, not stand
                width *= 1.4
                lines = wrap(element.statement, width, SIZE, most_lines=MOST_LINES)
            self.words[node] = _Words(lines, _shape_size(element, lines, width))
        return self.words[node]

    def _foot(self, node: int) -> bool:
        element = self.argument.elements[node]
        combined = element.combine is not Combine.ALL and len(self.argument.legs[node]) > 1
        marked = element.is_undeveloped or element.is_uninstantiated or element.is_supported_by_contract
        return marked or combined or element.id in self.hides

    # --- One figure

    def figure(self, sheet: Sheet, case_title: str, theme: Theme, *, is_drawn: bool = True) -> Figure:
        top = self.argument.elements[sheet.roots[0].node]
        name = drawable(top.key or top.statement)[:LONGEST_NAME]
        words = {"number": sheet.number, "element": name}
        title = (self.wording.continued if sheet.came_from else self.wording.figure) % words
        heading = f"{drawable(case_title[:LONGEST_NAME])} – {title}" if case_title else title
        # The id of the hatch must not meet that of another figure inlined in the same page.
        self.hatch = (
            "hatch-" + sha256(f"{heading}|{theme}|{sheet.number}|{top.id}".encode(errors="replace")).hexdigest()[:10]
        )
        cells = list(sheet.cells.values())
        parts = []
        if is_drawn:
            parts += [*self._links(sheet), *map(self._element, cells), *map(self._stub, sheet.stubs)]
        if is_drawn and sheet.came_from:
            parts.append(self._origin(sheet))
        return Figure(
            key=key_of(sheet.number),
            number=sheet.number,
            title=title,
            width=round(sheet.width),
            height=round(sheet.height),
            svg=self._document(sheet, heading, parts) if is_drawn else "",
            elements=tuple(self.argument.elements[cell.node].id for cell in cells),
            continues=tuple(sorted({cell.elsewhere for cell in cells if cell.elsewhere})),
            continued_from=sheet.came_from,
        )

    def _document(self, sheet: Sheet, heading: str, parts: list[str]) -> str:
        width, height = round(sheet.width), round(sheet.height)
        hatch = (
            f'<defs><pattern id="{self.hatch}" width="7" height="7" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><rect width="7" height="7" fill="{self.palette.looks[Standing.DEFEATED].fill}"/>'
            f'<path d="M0 0V7" stroke="{self.palette.hatch}" stroke-width="4"/></pattern></defs>'
        )
        body = "\n".join(part for part in parts if part)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-label={quoteattr(heading)} '
            f'font-family="{FONT}" font-size="{SIZE:g}">\n<title>{escape(heading)}</title>\n'
            f"{hatch if self.hatch in body else ''}\n{body}\n</svg>\n"
        )

    # --- Links

    def _links(self, sheet: Sheet) -> list[str]:
        above = {
            leg: cell for cell in sheet.cells.values() for child in cell.children for leg in (child, *child.column)
        }
        self.spines = {
            leaf: min(other.x for other in (cell, *cell.column)) - SPINE * 0.65
            for cell in sheet.cells.values()
            for leaf in cell.column
        }
        hosts = {side: cell for cell in sheet.cells.values() for side in (*cell.left, *cell.right)}
        lines, others = [], []
        for _, link in sorted(
            (placed for node in sheet.cells for placed in self.links_from.get(node, ())), key=lambda placed: placed[0]
        ):
            source = sheet.cells[self.argument.node(link.source)]
            target = sheet.cells.get(self.argument.node(link.target))
            if target is None:
                continue
            style = self._style(link)
            if style.is_beside:
                if not source.elsewhere:  # else it is drawn where the source has its support
                    others.append(self._across(source, target, style))
            elif above.get(target) is source and link.kind is not LinkKind.CHALLENGES:
                lines.append(self._elbow(sheet, source, target, style))
            elif above.get(source) is target and link.kind is LinkKind.CHALLENGES:
                lines.append(self._elbow(sheet, target, source, style))
            elif hosts.get(target) is source:
                lines.append(self._sideways(source, target, style))
            elif not source.elsewhere:
                others.append(self._across(source, target, style))
        for stub in sheet.stubs:
            source = above[stub]
            style = self._style(self._link_between(source.node, stub.node))
            lines.append(self._elbow(sheet, source, stub, replace(style, is_suspect=False)))
        # What is emphasised lies on top: trunks run over each other.
        return sorted([*others, *lines], key=lambda line: self.palette.focus in line)

    def _link_between(self, source: int, target: int) -> Link:
        other = self.argument.elements[target].id
        return next(link for _, link in self.links_from[source] if link.target == other)

    def _style(self, link: Link) -> "_LinkStyle":
        change = self.changes.links.get((link.source, link.target))
        is_beside = (link.source, link.target) in self.beside
        return _LinkStyle(link.source, link.target, link.kind, link.is_suspect, change, is_beside)

    def _elbow(self, sheet: Sheet, upper: Cell, lower: Cell, style: "_LinkStyle") -> str:
        """Down from a claim, along the space between two rows, and down to what carries it."""
        start, end = upper.bottom, lower.y + self._top_inset(lower)
        along = sheet.row_bottoms[upper.row] + ROW_GAP / 2 - 4
        top = upper.middle
        if style.kind is LinkKind.CHALLENGES:  # beside the trunk of what carries the claim, not on it
            top, along = top + 18, along + 12
        goal = self.spines.get(lower, lower.middle)
        dx = goal - top
        bend = min(7.0, abs(dx) / 2)
        side = bend if dx > 0 else -bend
        if lower in self.spines:
            end = lower.y + lower.height / 2
        if abs(dx) < 0.5:
            path = f"M{_n(top)} {_n(start)}V{_n(end)}"
        else:
            path = (
                f"M{_n(top)} {_n(start)}V{_n(along - bend)}q0 {_n(bend)} {_n(side)} {_n(bend)}"
                f"H{_n(goal - side)}q{_n(side)} 0 {_n(side)} {_n(bend)}V{_n(end)}"
            )
        if lower in self.spines:
            path += f"H{_n(lower.x)}"
        if style.kind is LinkKind.CHALLENGES:
            return self._line(path, style, _head(top, start, "up"))
        if lower in self.spines:
            return self._line(path, style, _head(lower.x, end, "right"))
        return self._line(path, style, _head(lower.middle, end, "down"))

    def _top_inset(self, cell: Cell) -> float:
        """A folder's box begins below its tab."""
        kind = self.argument.elements[cell.node].kind
        return _TAB if not cell.is_stub and kind in (Kind.MODULE_REF, Kind.CONTRACT_REF) else 0.0

    def _sideways(self, host: Cell, beside: Cell, style: "_LinkStyle") -> str:
        """From a claim to the context that it is made in: straight where it stands level with the claim."""
        on_left = beside.x < host.x
        claim_height = self._words(host.node).size[1]
        height = beside.y + beside.height / 2
        nearest = (host.left if on_left else host.right)[0]  # all of one side leave the claim at one point
        level = nearest.y + nearest.height / 2
        if not host.y + 10 <= level <= host.y + claim_height - 10:
            level = host.y + claim_height / 2
        indent = self._indent(host, (level - host.y) / claim_height, on_left)
        start = host.x + indent if on_left else host.x + host.width - indent
        end = beside.x + beside.width if on_left else beside.x
        turn = end + (14 if on_left else -14)
        path = f"M{_n(start)} {_n(level)}" + (f"H{_n(turn)}V{_n(height)}" if height != level else "") + f"H{_n(end)}"
        return self._line(path, style, _head(end, height, "left" if on_left else "right"))

    def _indent(self, cell: Cell, depth: float, on_left: bool) -> float:
        """How far the slanted side of a strategy stands inside its box, `depth` of the way down."""
        if self.argument.elements[cell.node].kind is not Kind.STRATEGY:
            return 0.0
        return _SLANT * (1 - depth if on_left else depth)

    def _across(self, source: Cell, target: Cell, style: "_LinkStyle") -> str:
        """A further link, beside the tree: a dashed curve below the boxes."""
        downwards = source.y <= target.y
        start, end = (source.bottom, target.y + self._top_inset(target)) if downwards else (source.y, target.bottom)
        reach = 44.0 if downwards else -44.0
        path = (
            f"M{_n(source.middle)} {_n(start)}C{_n(source.middle)} {_n(start + reach)} "
            f"{_n(target.middle)} {_n(end - reach)} {_n(target.middle)} {_n(end)}"
        )
        return self._line(path, style, _head(target.middle, end, "down" if downwards else "up"), dashes="5 4")

    def _line(self, path: str, style: "_LinkStyle", head: str, *, dashes: str = "") -> str:
        emphasised = style.source in self.emphasised and style.target in self.emphasised
        colour = self.palette.focus if emphasised else self.palette.line
        if style.kind is LinkKind.CHALLENGES:
            colour, dashes = self.palette.doubt, "4 3"
        elif style.is_suspect:
            colour, dashes = colour if emphasised else self.palette.looks[Standing.WEAKENED].border, "2 3"
        width = 2.5 if emphasised else 1.3
        told = self.wording.unreviewed if style.is_suspect else ""
        if style.change is not None:
            look = self.palette.changes[style.change]
            colour, width, told = look.border, 2.2, self.wording.changes[style.change]
            dashes = look.dashes or dashes
        title = f"<title>{escape(told)}</title>" if told else ""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        # GSN: a filled head carries, an open one gives context.
        fill = colour if style.kind is LinkKind.SUPPORTED_BY else "none"
        changed = f" link-{style.change}" if style.change is not None else ""
        return (
            f'<g class="link{changed}" stroke="{colour}" stroke-width="{width}">{title}'
            f'<path d="{path}" fill="none"{dashed}/><path d="{head}" fill="{fill}"/></g>'
        )

    # --- Elements

    def _element(self, cell: Cell) -> str:
        node = cell.node
        element = self.argument.elements[node]
        words = self._words(node)
        standing = self.standings.get(element.id)
        change = self.changes.elements.get(element.id)
        look = self._look(standing, change)
        width, height = words.size
        parts = [
            f"<title>{escape(self._spoken(element, standing, change))}</title>",
            self._emphasis(cell, height) if element.id in self.emphasised else "",
            self._shape(element, cell.x, cell.y, width, height, look),
            self._text(element, cell, words, standing),
            self._marks(element, cell, words, look),
        ]
        sign = CHANGE_SIGNS[change] if change is not None else SIGNS[standing] if standing is not None else ""
        if sign:
            parts.append(self._badge(*_badge_place(element.kind, cell.x, cell.y, width, height), look, sign))
        name = standing.name.lower() if standing is not None else "unknown"
        changed = f" change-{change}" if change is not None else ""
        return (
            f'<g class="element {element.kind} standing-{name}{changed}" data-element={quoteattr(drawable(str(element.id)))}>'
            f"{''.join(parts)}</g>"
        )

    def _look(self, standing: Standing | None, change: Change | None) -> Look:
        """Fill and border; what is defeated, or no longer there, is hatched."""
        if change is not None:
            look = self.palette.changes[change]
        else:
            look = self.palette.unknown if standing is None else self.palette.looks[standing]
        is_hatched = change is Change.REMOVED or (change is None and standing is Standing.DEFEATED)
        return replace(look, fill=f"url(#{self.hatch})") if is_hatched else look

    def _spoken(self, element: Element, standing: Standing | None, change: Change | None = None) -> str:
        said = ": ".join(
            part
            for part in (drawable(element.key[:LONGEST_NAME]), drawable(element.statement[: 2 * LONGEST_TITLE]))
            if part
        )
        if len(said) > LONGEST_TITLE:
            said = said[:LONGEST_TITLE] + "…"
        marks = [
            word
            for is_marked, word in (
                (element.is_public, self.wording.public),
                (element.is_undeveloped, self.wording.undeveloped),
                (element.is_uninstantiated, self.wording.uninstantiated),
                (element.is_template_text, self.wording.template),
                (element.is_supported_by_contract, self.wording.by_contract),
            )
            if is_marked
        ]
        if element.id in self.hides:
            marks.append(self.wording.hidden % {"number": self.hides[element.id]})
        if marks:
            said = f"{said.rstrip('.')} ({', '.join(marks)})"
        words = [self.wording.standings[standing]] if standing is not None else []
        words += [self.wording.changes[change]] if change is not None else []
        return " ".join([f"{said.rstrip('.')}.", *(f"{word}." for word in words)]) if words else said

    def _emphasis(self, cell: Cell, height: float) -> str:
        return (
            f'<rect x="{_n(cell.x - 5)}" y="{_n(cell.y - 5)}" width="{_n(cell.width + 10)}" height="{_n(height + 10)}" '
            f'rx="9" fill="none" stroke="{self.palette.focus}" stroke-width="2.5"/>'
        )

    def _shape(self, element: Element, x: float, y: float, width: float, height: float, look: Look) -> str:
        dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
        counter = ' stroke-linejoin="bevel"' if element.role is Role.COUNTER else ""
        paint = f'fill="{look.fill}" stroke="{look.border}" stroke-width="{look.border_width:g}"{dashes}{counter}'
        kind = element.kind
        if kind in _ROUND:
            return f'<circle cx="{_n(x + width / 2)}" cy="{_n(y + height / 2)}" r="{_n(width / 2)}" {paint}/>'
        if kind in _ELLIPTIC:
            middle = f'cx="{_n(x + width / 2)}" cy="{_n(y + height / 2)}"'
            return f'<ellipse {middle} rx="{_n(width / 2)}" ry="{_n(height / 2)}" {paint}/>'
        if kind is Kind.STRATEGY:
            points = ((x + _SLANT, y), (x + width, y), (x + width - _SLANT, y + height), (x, y + height))
            return f'<polygon points="{" ".join(f"{_n(a)},{_n(b)}" for a, b in points)}" {paint}/>'
        if kind in (Kind.MODULE_REF, Kind.CONTRACT_REF):
            return f'<path d="{_folder(kind, x, y, width, height)}" {paint}/>'
        rounding = min(22.0, height / 2) if kind in (Kind.CONTEXT, Kind.AWAY_CONTEXT) else 3.0
        box = f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" rx="{_n(rounding)}"'
        rule = ""
        if kind in (Kind.AWAY_GOAL, Kind.AWAY_CONTEXT):
            level = _n(y + height - LINE - 6)
            rule = f'<path d="M{_n(x)} {level}H{_n(x + width)}" stroke="{look.border}" stroke-width="1"/>'
        return f"<rect {box} {paint}/>{rule}"

    def _text(self, element: Element, cell: Cell, words: _Words, standing: Standing | None) -> str:
        width, height = words.size
        middle = cell.x + width / 2
        centred = element.kind in _ROUND or element.kind in _ELLIPTIC
        lines = len(words.lines) + (2 if element.kind in CITING else 1)
        if centred:
            top = cell.y + height / 2 - lines * LINE / 2
            x, anchor = middle, ' text-anchor="middle"'
        else:
            top = cell.y + PAD - 3 + (_TAB if element.kind in (Kind.MODULE_REF, Kind.CONTRACT_REF) else 0)
            x, anchor = cell.x + PAD + (_SLANT if element.kind is Kind.STRATEGY else 0), ""
            if element.kind in (Kind.CONTEXT, Kind.AWAY_CONTEXT):
                x += 4
        baseline = top + 12
        parts = [
            f'<text x="{_n(x)}" y="{_n(baseline)}" font-weight="600" fill="{self.palette.text}"{anchor}>'
            f"{escape(_key(element))}</text>"
        ]
        for number, line in enumerate(words.lines, start=1):
            # As wide as measured, whatever font the reader has: a picture of its own cannot use the fonts of the page.
            fitted = f' textLength="{_n(text_width(line, SIZE))}" lengthAdjust="spacingAndGlyphs"'
            parts.append(
                f'<text x="{_n(x)}" y="{_n(baseline + number * LINE)}" fill="{self.palette.text}"{anchor}{fitted}>'
                f"{escape(line)}</text>"
            )
        if element.kind in CITING:
            cited = drawable(element.module[:LONGEST_NAME]) or self.wording.cites
            level = baseline + (lines - 1) * LINE if centred else cell.y + height - 7
            label = wrap(cited, width * (0.6 if centred else 0.85), SMALL, most_lines=1)
            parts.append(self._small(middle if centred else x, level, "".join(label), anchor))
            if centred:
                parts.append(self._chord(cell, width, height, level - LINE + 4))
        return "".join(parts)

    def _chord(self, cell: Cell, width: float, height: float, level: float) -> str:
        """The line of a round shape above the name of where it is argued."""
        away = min(1.0, abs(level - cell.y - height / 2) / (height / 2))
        half, middle = width / 2 * (1 - away**2) ** 0.5, cell.x + width / 2
        return f'<path d="M{_n(middle - half)} {_n(level)}H{_n(middle + half)}" stroke="{self.palette.line}"/>'

    def _small(self, x: float, y: float, text: str, anchor: str = "") -> str:
        return (
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{SMALL:g}" fill="{self.palette.quiet}"{anchor}>'
            f"{escape(text)}</text>"
        )

    def _marks(self, element: Element, cell: Cell, words: _Words, look: Look) -> str:
        """The letter of an assumption or justification, and what stands below a box."""
        width, height = words.size
        middle, bottom = cell.x + width / 2, cell.y + height
        paint = f'fill="{self.palette.unknown.fill}" stroke="{look.border}" stroke-width="1.3"'
        parts = []
        if element.kind in _LETTERS:
            parts.append(
                f'<text x="{_n(cell.x + width * 0.90)}" y="{_n(bottom - 1)}" font-weight="600" '
                f'fill="{self.palette.quiet}">{_LETTERS[element.kind]}</text>'
            )
        if element.is_public:
            is_curved = element.kind in _ROUND or element.kind in _ELLIPTIC
            left = cell.x + width * 0.146 - 11 if is_curved else cell.x + 14  # on the outline, beside the arrow
            top = cell.y + height * 0.146 if is_curved else cell.y
            parts.append(f'<path class="public" d="{_small_folder(left, top, tabs=1)}" {paint}/>')
        if element.is_template_text:
            parts.append(self._template_tag(element, cell, words.size, look))
        if element.is_supported_by_contract:
            sign = _small_folder(middle - 11, bottom + 12, tabs=2)
            parts.append(f'<path class="contract" d="M{_n(middle)} {_n(bottom)}V{_n(bottom + 4)}{sign}" {paint}/>')
        elif element.is_undeveloped or element.is_uninstantiated:
            parts.append(f'<path d="{_decorator(element, middle, bottom)}" {paint}/>')
        if element.id in self.hides:
            parts.append(self._hidden(middle, bottom, self.hides[element.id], aside=element.is_uninstantiated))
        legs = len(self.argument.legs[cell.node])
        if element.combine is not Combine.ALL and legs > 1:
            label = self._how_many(element, legs)
            parts.append(self._small(middle + 10, bottom + 15, label))
            parts.append(f'<path d="M{_n(middle)} {_n(bottom)}V{_n(bottom + FOOT)}" stroke="{self.palette.line}"/>')
        if cell.elsewhere:
            parts.append(self._triangle(middle, bottom + (FOOT if self._foot(cell.node) else 0), cell.elsewhere))
        return "".join(parts)

    def _how_many(self, element: Element, given: int) -> str:
        if element.combine is Combine.ANY:
            return self.wording.any_of
        return self.wording.at_least % {"needed": element.combine_k, "given": given}

    def _template_tag(self, element: Element, cell: Cell, size: Size, look: Look) -> str:
        """A tag at the lower left: what it says is that of a template, and nobody's claim yet."""
        width, height = size
        is_curved = element.kind in _ROUND or element.kind in _ELLIPTIC
        left = cell.x + (width * 0.146 - 8 if is_curved else 8)
        top = cell.y + height * (0.854 if is_curved else 1) - 8
        return (
            f'<g class="template"><rect x="{_n(left)}" y="{_n(top)}" width="16" height="15" rx="2" '
            f'fill="{self.palette.unknown.fill}" stroke="{look.border}"/>'
            f'<text x="{_n(left + 8)}" y="{_n(top + 11.5)}" font-size="{SMALL:g}" font-weight="600" '
            f'fill="{self.palette.text}" text-anchor="middle">T</text></g>'
        )

    def _hidden(self, middle: float, bottom: float, number: int, *, aside: bool) -> str:
        """How much is left out below a collapsed element: a tab that hangs on its box."""
        label = self.wording.hidden % {"number": number}
        width = text_width(label, SMALL) + 12
        left = middle + 14 if aside else middle - width / 2
        return (
            f'<g class="hidden"><rect x="{_n(left)}" y="{_n(bottom + 3)}" width="{_n(width)}" height="17" rx="8.5" '
            f'fill="none" stroke="{self.palette.line}"/>{self._small(left + 6, bottom + 15.5, label)}</g>'
        )

    def _triangle(self, middle: float, top: float, number: int) -> str:
        """GSN's sign for "goes on in another figure"."""
        label = self.wording.figure % {"number": number}
        points = f"{_n(middle)},{_n(top + 3)} {_n(middle + 9)},{_n(top + 18)} {_n(middle - 9)},{_n(top + 18)}"
        return f'<polygon points="{points}" fill="{self.palette.line}"/>{self._small(middle + 14, top + 16, label)}'

    def _origin(self, sheet: Sheet) -> str:
        """The other side of the triangle, above the first element of a figure that continues another."""
        root = sheet.roots[0]
        top = root.y - 19
        points = f"{_n(root.middle)},{_n(top + 15)} {_n(root.middle + 9)},{_n(top)} {_n(root.middle - 9)},{_n(top)}"
        label = self.wording.figure % {"number": sheet.came_from}
        return (
            f'<g class="origin"><polygon points="{points}" fill="{self.palette.line}"/>'
            f"{self._small(root.middle + 14, top + 11, label)}</g>"
        )

    def _stub(self, stub: Cell) -> str:
        """What stands in another figure, by its key and the number of that figure."""
        element = self.argument.elements[stub.node]
        width, height = STUB
        key = "".join(wrap(_key(element), width - 2 * PAD, SIZE, most_lines=1, bold=True))
        label = self.wording.figure % {"number": stub.elsewhere}
        return (
            f'<g class="stub" data-element={quoteattr(drawable(str(element.id)))}>'
            f"<title>{escape(self._spoken(element, self.standings.get(element.id), self.changes.elements.get(element.id)))}"
            "</title>"
            f'<rect x="{_n(stub.x)}" y="{_n(stub.y)}" width="{_n(width)}" height="{_n(height)}" rx="3" '
            f'fill="none" stroke="{self.palette.line}" stroke-dasharray="3 3"/>'
            f'<text x="{_n(stub.x + PAD)}" y="{_n(stub.y + 18)}" font-weight="600" fill="{self.palette.text}">'
            f"{escape(key)}</text>{self._small(stub.x + PAD, stub.y + 34, label)}</g>"
        )

    def _badge(self, x: float, y: float, look: Look, sign: str) -> str:
        """The mark of a standing or of a change, drawn as lines so that no font has to have it."""
        place = f'transform="translate({_n(x)} {_n(y)})"'
        return (
            f'<g {place}><circle r="{BADGE:g}" fill="{look.border}"/><path d="{sign}" fill="none" '
            f'stroke="{self.palette.on_badge}" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/></g>'
        )


@dataclass(frozen=True, slots=True)
class _LinkStyle:
    source: ElementId
    target: ElementId
    kind: LinkKind
    is_suspect: bool
    change: Change | None = None
    is_beside: bool = False
    """It is there no more and runs beside the tree."""


CHANGE_SIGNS: Final[Mapping[Change, str]] = {
    Change.ADDED: "M-4 0H4M0 -4V4",
    Change.REMOVED: "M-4 0H4",
    Change.CHANGED: "M-4.4 1.4C-3 -2.6 -1.4 -2.2 0 0S3 2.6 4.4 -1.4",
    Change.MOVED: "M-4.2 0H4.2M1 -3.2L4.2 0L1 3.2",
}
SIGNS: Final[Mapping[Standing, str]] = {
    Standing.HOLDS: "M-4 .3L-1.2 3.2L4.2 -3",
    Standing.WEAKENED: "M0 -4.6V1M0 4.2V4.3",
    Standing.UNDEVELOPED: "M0 -4.6L4.6 0L0 4.6L-4.6 0Z",
    Standing.UNSUPPORTED: "M-2.6 -2.2C-2.6 -5.6 2.9 -5.6 2.7 -2.2C2.6 -.4 0 -.4 0 1.5M0 4.4V4.5",
    Standing.DEFEATED: "M-3.2 -3.2L3.2 3.2M3.2 -3.2L-3.2 3.2",
}


def _key(element: Element) -> str:
    """What an element is called in the drawing; a nameless one is called by its kind."""
    key = drawable(element.key[:LONGEST_NAME]) or element.kind.replace("_", " ").capitalize()
    return key if text_width(key, SIZE, bold=True) <= 110 else wrap(key, 100, SIZE, most_lines=1, bold=True)[0]


def _shape_size(element: Element, lines: list[str], width: float) -> Size:
    """The size of the shape that holds a key line and the statement."""
    text_height = (len(lines) + 1) * LINE
    if element.kind in CITING and (element.kind in _ROUND or element.kind in _ELLIPTIC):
        text_height += LINE
    if element.kind in _ROUND:
        widest = max([60.0, *(text_width(line, SIZE) for line in lines)])
        side = max(96.0, (widest**2 + text_height**2) ** 0.5 + 2 * 9)
        return side, side
    if element.kind in _ELLIPTIC:
        return (width + 8) * 1.36, max(58.0, (text_height + 4) * 1.42)
    height = text_height + 2 * PAD - 4
    if element.kind in CITING:
        height += LINE + 4
    if element.kind in (Kind.MODULE_REF, Kind.CONTRACT_REF):
        height += _TAB
    extra = 2 * _SLANT if element.kind is Kind.STRATEGY else 8.0 if element.kind is Kind.CONTEXT else 0.0
    return width + 2 * PAD + extra, height


def _badge_place(kind: Kind, x: float, y: float, width: float, height: float) -> tuple[float, float]:
    """On the upper right of each shape's own outline."""
    if kind in _ROUND or kind in _ELLIPTIC:
        return x + width / 2 * 1.70, y + height / 2 * 0.30
    if kind in (Kind.MODULE_REF, Kind.CONTRACT_REF):
        return x + width - 14, y + _TAB + 14
    return x + width - 15, y + 15


def _folder(kind: Kind, x: float, y: float, width: float, height: float) -> str:
    """A box with a tab, two for a contract."""
    tab = f"M{_n(x)} {_n(y + _TAB)}V{_n(y)}H{_n(x + 46)}V{_n(y + _TAB)}"
    second = f"H{_n(x + width - 46)}V{_n(y)}H{_n(x + width)}V{_n(y + _TAB)}" if kind is Kind.CONTRACT_REF else ""
    return f"{tab}{second}H{_n(x + width)}V{_n(y + height)}H{_n(x)}Z"


def _small_folder(x: float, middle: float, *, tabs: int) -> str:
    """A module in small, 22 by 14: the sign of what is public (one tab) and of a contract (two tabs) (GSN 1:4)."""
    top = middle - 8
    second = f"H{_n(x + 14)}V{_n(top)}H{_n(x + 22)}V{_n(top + 5)}" if tabs == 2 else ""
    return f"M{_n(x)} {_n(top + 5)}V{_n(top)}H{_n(x + 8)}V{_n(top + 5)}{second}H{_n(x + 22)}V{_n(top + 16)}H{_n(x)}Z"


def _decorator(element: Element, middle: float, top: float) -> str:
    """A diamond for undeveloped, a triangle for uninstantiated, both in one for both (GSN 1:2.2 and 1:3)."""
    low = top + FOOT - 4
    half = (top + low) / 2
    diamond = (
        f"M{_n(middle)} {_n(top)}L{_n(middle + 10)} {_n(half)}L{_n(middle)} {_n(low)}L{_n(middle - 10)} {_n(half)}Z"
    )
    line = f"M{_n(middle - 10)} {_n(half)}H{_n(middle + 10)}"
    if element.is_undeveloped:
        return diamond + (line if element.is_uninstantiated else "")
    return f"M{_n(middle)} {_n(top)}L{_n(middle + 10)} {_n(top + 16)}H{_n(middle - 10)}Z"


_HEADS: Final[Mapping[str, Callable[[float, float], tuple[float, ...]]]] = {
    "down": lambda x, y: (x - 4.5, y - 9, x + 4.5, y - 9),
    "up": lambda x, y: (x - 4.5, y + 9, x + 4.5, y + 9),
    "left": lambda x, y: (x + 9, y - 4.5, x + 9, y + 4.5),
    "right": lambda x, y: (x - 9, y - 4.5, x - 9, y + 4.5),
}


def _head(x: float, y: float, direction: str) -> str:
    a, b, c, d = _HEADS[direction](x, y)
    return f"M{_n(x)} {_n(y)}L{_n(a)} {_n(b)}L{_n(c)} {_n(d)}Z"


def _n(number: float) -> str:
    """A coordinate, short and the same on every machine."""
    return f"{number:.1f}".removesuffix(".0")
