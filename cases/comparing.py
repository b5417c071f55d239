"""Two texts of an argument beside each other, in words and as a drawing, for pages and the API."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _

from aims.pages.badges import Badge
from cases.argument import Argument, LinkKind
from cases.difference_words import BADGES, Group, in_words
from cases.differences import Differences, difference
from cases.documents import Document
from cases.drawing import Figure, Theme, draw
from cases.drawn_differences import Changes, as_drawn
from cases.models import Baseline, Element
from cases.selectors import wording

GROUPS_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class MarkedFigure:
    """A figure, and how much differs in it."""

    figure: Figure
    marked: int


@dataclass(slots=True)
class MarkedLine:
    """One line of the outline beside a figure of differences."""

    gid: str
    address: str
    kind: str
    statement: str
    badge: Badge | None
    depth: int
    goes_on_in: str = ""
    """The key of the figure in which what is below it is drawn."""
    words_url: str = ""
    """Where it is said in words what differs."""
    has_below: bool = False
    closing: int = 0

    @property
    def closings(self) -> range:
        return range(self.closing)


@dataclass
class Comparison:
    """A baseline beside another, or beside the working argument (None); what is told is what happened since the earlier one."""

    baseline: Baseline
    other: Baseline | None
    document: Document
    asked: str = ""

    @property
    def is_later(self) -> bool:
        return self.other is None or self.other.ordinal > self.baseline.ordinal

    @cached_property
    def texts(self) -> tuple[Document, Document]:
        here = self.baseline.document
        return (here, self.document) if self.is_later else (self.document, here)

    @property
    def names(self) -> tuple[str, str]:
        other = str(self.other) if self.other else _("the working argument")
        return (str(self.baseline), other) if self.is_later else (other, str(self.baseline))

    @cached_property
    def found(self) -> Differences:
        return difference(*self.texts)

    @cached_property
    def groups(self) -> list[Group]:
        return in_words(self.found, *self.texts)

    @property
    def counts(self) -> list[tuple[Badge, int]]:
        return [(BADGES[kind], count) for kind, count in self.found.counts().items() if count]

    @cached_property
    def drawn(self) -> tuple[Argument, Changes]:
        return as_drawn(*self.texts, self.found)

    @property
    def title(self) -> str:
        return _("From %(before)s to %(after)s") % dict(zip(("before", "after"), self.names, strict=True))

    def figures(self, theme: Theme = Theme.LIGHT, *, only: Collection[str] | None = ()) -> list[MarkedFigure]:
        """All figures, the SVG of those that are named; none where nothing differs that can be drawn."""
        argument, changes = self.drawn
        if not changes.elements and not changes.links:
            return []
        figures = draw(argument, title=self.title, theme=theme, wording=wording(), only=only, changes=changes)
        starts: dict[Any, list[Any]] = {}
        for (source, target), _change in changes.links.items():
            if source not in changes.elements and target not in changes.elements:
                starts.setdefault(source, []).append(target)
        return [MarkedFigure(one, self.marked_in(one, starts)) for one in figures]

    def marked_in(self, figure: Figure, starts: dict[Any, list[Any]]) -> int:
        """Elements that are marked in a figure, and links between others; the top of a figure counts where it stands below."""
        marks = self.drawn[1].elements
        own = figure.elements[1:] if figure.continued_from else figure.elements
        return sum(one in marks for one in own) + sum(len(starts.get(one, ())) for one in figure.elements)

    def figure(self, key: str, theme: Theme) -> Figure | None:
        return next((one.figure for one in self.figures(theme, only={key}) if one.figure.key == key), None)


def lines_of(comparison: Comparison, shown: Figure, figures: list[MarkedFigure]) -> list[MarkedLine]:
    """The elements of a figure as nested lines, each once."""
    argument, changes = comparison.drawn
    drawn = set(shown.elements)
    below = below_in(argument)
    starts = {one.figure.elements[0]: one.figure.key for one in figures if one.figure.continued_from}
    carried = {child for one in drawn for child in below.get(one, ())}
    kinds = dict(Element.Kind.choices)
    lines: list[MarkedLine] = []
    seen: set[Any] = set()
    tops = [one for one in shown.elements if one not in carried or one == shown.elements[0]]
    waiting = [(one, 0) for one in reversed(tops)]
    while waiting:
        gid, depth = waiting.pop()
        if gid in seen:
            continue
        seen.add(gid)
        row = argument.elements[argument.node(gid)]
        mark = changes.elements.get(gid)
        line = MarkedLine(str(gid), row.key, str(kinds[row.kind]), row.statement, BADGES[mark] if mark else None, depth)
        line.goes_on_in = starts.get(gid, "") if starts.get(gid) != shown.key else ""
        waiting += [
            (child, depth + 1) for child in reversed(below.get(gid, ())) if child in drawn and child not in seen
        ]
        lines.append(line)
    for line, following in zip(lines, [*lines[1:], None], strict=False):
        after = following.depth if following else 0
        line.has_below = after > line.depth
        line.closing = max(0, line.depth - after)
    return lines


def below_in(argument: Argument) -> dict[Any, list[Any]]:
    """What hangs below each element: premises first, then supports."""
    below: dict[Any, list[Any]] = {}
    for link in sorted(argument.links, key=lambda link: link.kind is not LinkKind.IN_CONTEXT_OF):
        below.setdefault(link.source, []).append(link.target)
    return below
