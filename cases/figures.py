"""The drawing page of a case: which figures there are, the outline of the one that is shown, and what is asked of both."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from cases.architecture import Part, Use, architecture, standings_of_parts
from cases.as_of import instant_of
from cases.causes import stored_causes, with_words
from cases.drawing import Figure, Theme, draw
from cases.evaluation import Assessment, assess, assess_draft
from cases.listing import standing_badge
from cases.loading import level
from cases.models import AssuranceCase, Element, Link
from cases.outline import CONTEXTUAL
from cases.selectors import children_of, figures_of, wording

MODULES: Final = "modules"
MOST_COLLAPSED: Final = 100
MOST_CAUSES: Final = 12
MOST_TABS: Final = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What a drawing is asked to show: by a page, by its picture and by its download alike."""

    collapsed: tuple[str, ...] = ()
    cause: int = 1  # whose path is emphasised, from 1; 0 for none
    on: str = ""  # the day or instant whose argument is drawn; empty for now

    @classmethod
    def of(cls, query: Any) -> "Asked":
        """What an address says; what means nothing is passed over."""
        number = query.get("cause", "1")
        cause = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 1
        collapsed = tuple(dict.fromkeys(query.getlist("collapsed")[:MOST_COLLAPSED]))
        return cls(collapsed, cause, query.get("on", "").strip()[:40])

    def query(self, **other: Any) -> str:
        """The same for an address, with something else beside it."""
        said: dict[str, Any] = {**other}
        if self.on:
            said["on"] = self.on
        if self.cause != 1:
            said["cause"] = self.cause
        if self.collapsed:
            said["collapsed"] = list(self.collapsed)
        return urlencode(said, doseq=True)

    def folding(self, key: str, *, is_folded: bool) -> "Asked":
        others = tuple(one for one in self.collapsed if one != key)
        return replace(self, collapsed=(*others, key) if is_folded else others)


@dataclass(slots=True)
class DrawnLine:
    """One line of the outline beside a figure. `fold_url` collapses or opens what is below it."""

    element: Element
    badge: Any
    depth: int
    is_on_path: bool = False
    is_folded: bool = False
    fold_url: str = ""
    goes_on_in: str = ""
    """The key of the figure in which what is below it is drawn."""
    has_below: bool = False
    closing: int = 0

    @property
    def closings(self) -> range:
        return range(self.closing)


@dataclass(slots=True)
class DrawingPage:
    """Everything on the drawing page."""

    figures: list[Figure]
    shown: Figure | None
    lines: list[DrawnLine]
    parts: list[tuple[Part, Any]]
    causes: list[dict[str, Any]]
    asked: Asked
    modules: Figure | None = None
    hidden: list[str] = field(default_factory=list)
    """Addresses of what is collapsed."""

    @property
    def picture_query(self) -> str:
        return self.asked.query()

    @property
    def page_query(self) -> str:
        return self.asked.query(figure=self.shown.key if self.shown else "")

    @property
    def every(self) -> list[Figure]:
        """The modules first."""
        return [*([self.modules] if self.modules else []), *self.figures]

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """The figures to choose from; of many, the way from the first to the shown one and those in which that goes on."""
        if self.shown is None or len(self.every) <= MOST_TABS:
            return [self.tab(one) for one in self.every]
        by_number = {one.number: one for one in self.figures}
        way, number = [self.shown], self.shown.continued_from
        while number in by_number:
            way.append(by_number[number])
            number = by_number[number].continued_from
        top = [one for one in self.every[:2] if one not in way and not one.continued_from]
        return [self.tab(one) for one in (*top, *reversed(way), *(by_number[one] for one in self.shown.continues))]

    @property
    def all_tabs(self) -> list[dict[str, Any]]:
        """Every figure, where the tabs are not all."""
        return [self.tab(one) for one in self.every] if len(self.every) > MOST_TABS else []

    def tab(self, one: Figure) -> dict[str, Any]:
        is_current = self.shown is not None and one.key == self.shown.key
        return {"title": one.title, "url": f"?{self.asked.query(figure=one.key)}", "is_current": is_current}

    @property
    def open_all_url(self) -> str:
        return f"?{replace(self.asked, collapsed=()).query()}"


def assessment_asked(case: AssuranceCase, asked: Asked) -> Assessment:
    """The working argument now, or what was in force at an instant by what was known then; RuleBroken for what is no day."""
    return assess(case, at=instant_of(asked.on)) if asked.on else assess_draft(case)


def ids_of(assessment: Assessment, addresses: Sequence[str]) -> dict[str, UUID]:
    """The elements of some addresses, as far as the case has them."""
    wanted = set(addresses)
    return {row.address: row.pk for row in assessment.loaded.elements.values() if row.address in wanted}


def figures_asked(
    assessment: Assessment, asked: Asked, theme: Theme = Theme.LIGHT, *, only: Collection[str] = ()
) -> list[Figure]:
    """All figures; the SVG of those that are named."""
    collapsed = ids_of(assessment, asked.collapsed).values() if asked.collapsed else ()
    return figures_of(assessment, theme, collapsed=tuple(collapsed), cause=asked.cause, only=only)


def figure_asked(assessment: Assessment, key: str, asked: Asked, theme: Theme) -> Figure | None:
    """One figure by its key, the drawing of the modules included."""
    if key == MODULES:
        return modules_figure(assessment, theme)
    return next((one for one in figures_asked(assessment, asked, theme, only={key}) if one.key == key), None)


def drawing_page(assessment: Assessment, asked: Asked, key: str) -> DrawingPage:
    figures = figures_asked(assessment, asked)
    modules = modules_figure(assessment)
    every = [*figures, *([modules] if modules else [])]
    shown = next((one for one in every if one.key == key), figures[0] if figures else None)
    found = assessment.causes()
    causes = with_words(stored_causes(assessment.evaluation, found[:MOST_CAUSES]))
    for number, (cause, one) in enumerate(zip(causes, found, strict=False), start=1):
        home = next((figure for figure in figures if one.element.id in figure.elements), None)
        cause["path_url"] = f"?{replace(asked, cause=number).query(figure=home.key if home else '')}"
        cause["is_shown"] = number == asked.cause
    folded = ids_of(assessment, asked.collapsed)
    page = DrawingPage(figures, shown, [], [], causes, asked, modules, sorted(folded))
    if shown is None:
        return page
    if modules is not None and shown is modules:
        parts, _uses, standings = parts_of(assessment)
        page.parts = [
            (part, standing_badge(level(standings[part.id])) if part.id in standings else "") for part in parts
        ]
        return page
    path = found[asked.cause - 1].path if 0 < asked.cause <= len(found) else ()
    page.lines = lines_of(assessment, shown, figures, asked, frozenset(folded.values()), frozenset(path))
    return page


def lines_of(
    assessment: Assessment,
    shown: Figure,
    figures: Sequence[Figure],
    asked: Asked,
    folded: frozenset[UUID],
    path: frozenset[Any],
) -> list[DrawnLine]:
    """The elements of a figure as nested lines, each once, in the order of the outline."""
    rows = assessment.loaded.elements
    below: Mapping[Any, list[tuple[Element, Link]]] = children_of(assessment.loaded)
    drawn = set(shown.elements)
    starts = {figure.elements[0]: figure.key for figure in figures if figure.continued_from and figure is not shown}
    carried = {child.pk for pk in shown.elements for child, _link in below.get(pk, [])}
    tops = [rows[pk] for pk in shown.elements if pk not in carried or pk == shown.elements[0]]
    lines: list[DrawnLine] = []
    seen: set[UUID] = set()
    waiting = [(row, 0) for row in reversed(tops)]
    while waiting:
        row, depth = waiting.pop()
        if row.pk in seen:
            continue
        seen.add(row.pk)
        line = DrawnLine(row, standing_badge(assessment.standing_of(row)), depth, row.pk in path, row.pk in folded)
        supports = [child for child, link in below.get(row.pk, []) if link.kind == Link.Kind.SUPPORTED_BY]
        if supports:
            line.fold_url = f"?{asked.folding(row.address, is_folded=not line.is_folded).query(figure=shown.key)}"
        line.goes_on_in = starts.get(row.pk, "")
        waiting += [(child, depth + 1) for child, _link in reversed(below.get(row.pk, [])) if child.pk in drawn]
        lines.append(line)
    for line, following in zip(lines, [*lines[1:], None], strict=False):
        after = following.depth if following else 0
        line.has_below = after > line.depth
        line.closing = max(0, line.depth - after)
    return lines


# --- The modules ---


def modules_figure(assessment: Assessment, theme: Theme = Theme.LIGHT) -> Figure | None:
    """The modules of a case and the cases that it cites; None where it has one module and cites nothing."""
    parts, uses, standings = parts_of(assessment)
    if len(parts) < 2:
        return None
    drawn = draw(
        architecture(parts, uses),
        standings,
        title=assessment.case.title,
        theme=theme,
        limit=10_000,
        wording=wording(),
    )
    figure = drawn[0]
    title = _("Modules")
    return Figure(MODULES, 0, title, figure.width, figure.height, figure.svg, figure.elements, (), 0)


def parts_of(assessment: Assessment) -> tuple[list[Part], list[Use], Mapping[Any, Any]]:
    """The modules, who rests on whom, and where the claims on top of each stand."""
    loaded = assessment.loaded
    parts: dict[Any, Part] = {}
    tops: dict[Any, list[Any]] = {}
    for row in loaded.elements.values():
        module = row.module
        parts.setdefault(module.pk, Part(module.pk, module.key, module.title, is_contract=module.is_contract))
    for row in loaded.cited.values():
        key = _("Case %(number)d") % {"number": row.case.number}
        parts.setdefault(row.case_id, Part(row.case_id, key, row.case.title, is_elsewhere=True))
    held = {link.target_id for link in loaded.links}
    for row in loaded.elements.values():
        if row.pk not in held and row.kind == Element.Kind.GOAL:
            tops.setdefault(row.module_id, []).append(row.pk)
    standings = {pk: assessment.evaluation[pk] for pk in loaded.elements}
    for pk, standing in loaded.standings_of_cited.items():
        if pk in loaded.cited and standing is not None:
            standings[pk] = standing
            tops.setdefault(loaded.cited[pk].case_id, []).append(pk)
    return list(parts.values()), uses_in(assessment), standings_of_parts(tops, standings)


def uses_in(assessment: Assessment) -> list[Use]:
    """Which module rests on which: by what its elements cite, and by contracts."""
    loaded = assessment.loaded
    uses = []
    carriers = {carrier: goal for goal, rows in loaded.contracts().items() for carrier in rows}
    for row in loaded.elements.values():
        if row.pk in carriers:
            uses.append(Use(loaded.elements[carriers[row.pk]].module_id, row.module_id))
            continue
        if row.cites_module is not None:
            inside = row.cites_module.case_id == row.case_id
            uses.append(Use(row.module_id, row.cites_module.pk if inside else row.cites_module.case_id))
        cited = loaded.cited_row(row)
        if cited is not None:
            inside = cited.case_id == row.case_id
            uses.append(
                Use(row.module_id, cited.module_id if inside else cited.case_id, is_context=row.kind in CONTEXTUAL)
            )
    return uses
