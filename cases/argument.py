"""The shape of an argument: its elements, its links, and the order in which they depend on each other.

Terms follow the GSN Community Standard, version 3. Nothing here knows a fact about the world or what time it is.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cases.scale import Standing

ElementId = Hashable


class Kind(StrEnum):
    """What an element is."""

    GOAL = "goal"
    STRATEGY = "strategy"
    SOLUTION = "solution"
    CONTEXT = "context"
    ASSUMPTION = "assumption"
    JUSTIFICATION = "justification"
    AWAY_GOAL = "away_goal"
    AWAY_SOLUTION = "away_solution"
    AWAY_CONTEXT = "away_context"
    AWAY_ASSUMPTION = "away_assumption"
    AWAY_JUSTIFICATION = "away_justification"
    MODULE_REF = "module_ref"
    CONTRACT_REF = "contract_ref"


class LinkKind(StrEnum):
    """How two elements relate; `challenges` is drawn but carries nothing, its decision is a fact about the target."""

    SUPPORTED_BY = "supported_by"
    IN_CONTEXT_OF = "in_context_of"
    CHALLENGES = "challenges"


class Combine(StrEnum):
    """How many of its legs a claim needs."""

    ALL = "all"
    ANY = "any"
    AT_LEAST = "at_least"


class Declaration(StrEnum):
    """What its author declares of a claim (SACM 2.3); "defeated" is computed and can never be declared."""

    ASSERTED = "asserted"
    NEEDS_SUPPORT = "needsSupport"
    ASSUMED = "assumed"
    AXIOMATIC = "axiomatic"
    AS_CITED = "asCited"


class Role(StrEnum):
    """Whether an element argues for the case or against it."""

    SUPPORT = "support"
    COUNTER = "counter"


PREMISES: Final = frozenset({Kind.CONTEXT, Kind.ASSUMPTION, Kind.JUSTIFICATION})
CITED_KINDS: Final = {
    Kind.AWAY_GOAL: Kind.GOAL,
    Kind.AWAY_SOLUTION: Kind.SOLUTION,
    Kind.AWAY_CONTEXT: Kind.CONTEXT,
    Kind.AWAY_ASSUMPTION: Kind.ASSUMPTION,
    Kind.AWAY_JUSTIFICATION: Kind.JUSTIFICATION,
}
CITING: Final = frozenset(kind for kind in Kind if kind.startswith("away_")) | {Kind.MODULE_REF, Kind.CONTRACT_REF}


@dataclass(slots=True, kw_only=True)
class Element:
    """One node. `cites` is the id of a public element, here or in another case, for the kinds that cite.

    `cites_all` names several at once: what a module reference rests on, or the contract that carries a goal.
    """

    id: ElementId
    kind: Kind
    key: str = ""
    statement: str = ""
    declaration: Declaration = Declaration.ASSERTED
    combine: Combine = Combine.ALL
    combine_k: int = 1
    cites: ElementId | None = None
    cites_all: tuple[ElementId, ...] = ()
    role: Role = Role.SUPPORT
    module: str = ""
    is_undeveloped: bool = False
    is_uninstantiated: bool = False
    is_template_text: bool = False
    is_public: bool = False
    is_supported_by_contract: bool = False

    def __post_init__(self) -> None:
        # Stored choices arrive as plain text; the rule compares by identity, so they become members here.
        if type(self.kind) is not Kind:
            self.kind = Kind(self.kind)
        if type(self.combine) is not Combine:
            self.combine = Combine(self.combine)
        if type(self.declaration) is not Declaration:
            self.declaration = Declaration(self.declaration)
        if type(self.role) is not Role:
            self.role = Role(self.role)
        if self.combine_k is None:  # stored so where all legs are needed
            self.combine_k = 1

    @property
    def citations(self) -> tuple[ElementId, ...]:
        """All that it cites."""
        return self.cites_all if self.cites is None else (self.cites, *self.cites_all)


@dataclass(slots=True)
class Link:
    """One edge, from the claim to what carries it. Exact: the source is true if *and only if* the target is."""

    source: ElementId
    target: ElementId
    kind: LinkKind = LinkKind.SUPPORTED_BY
    is_exact: bool = False
    is_suspect: bool = False  # an end changed since the link was last reviewed

    def __post_init__(self) -> None:
        if type(self.kind) is not LinkKind:
            self.kind = LinkKind(self.kind)


class ArgumentBroken(ValueError):
    """The elements and links do not form an argument."""


class CycleFound(ArgumentBroken):
    """Something rests on itself; `path` names the ids all the way round, first and last being the same."""

    def __init__(self, path: Sequence[ElementId]) -> None:
        super().__init__("The argument rests on itself: " + " → ".join(map(str, path)) + ". Remove one of these links.")
        self.path = list(path)


class Argument:
    """An argument ready for evaluation. Nodes are positions in `elements`; `order` visits supports before claims.

    `answers` are pairs (element whose challenge is answered, element that answers it): while a challenge counts as
    refuted, its target depends on the answer, so answers take part in the order and in the search for cycles.
    """

    __slots__ = (
        "above", "answers", "cited_outside", "cited_within", "contexts", "elements", "exact", "legs", "links",
        "marked", "order", "position", "rank", "resting", "suspect",
    )  # fmt: skip

    def __init__(
        self,
        elements: Iterable[Element],
        links: Iterable[Link] = (),
        answers: Iterable[tuple[ElementId, ElementId]] = (),
    ) -> None:
        self.elements = elements = list(elements)
        self.links = links = list(links)
        self.position = {element.id: node for node, element in enumerate(elements)}
        if len(self.position) != len(elements):
            raise ArgumentBroken("Two elements have the same id.")
        self.legs: list[list[int]] = [[] for _ in elements]
        self.above: list[list[int]] = [[] for _ in elements]  # who depends on this node, in any way
        self.contexts: dict[int, list[int]] = {}
        self.exact: set[tuple[int, int]] = set()
        self.suspect: set[tuple[int, int]] = set()
        self.cited_within: dict[int, list[int]] = {}
        self.cited_outside: dict[int, list[ElementId]] = {}
        self.answers: set[tuple[int, int]] = set()
        self.marked: set[int] = set()  # nodes that the plain rule "weakest leg" does not cover
        self._read_links(links)
        self._read_answers(answers)
        self.resting = self._resting_values()
        self._put_in_order()

    def node(self, element_id: ElementId) -> int:
        """The position of an element; raises ArgumentBroken for an id that is not part of the argument."""
        try:
            return self.position[element_id]
        except KeyError:
            raise ArgumentBroken(f"Element {element_id} is not part of this argument.") from None

    @property
    def roots(self) -> list[Element]:
        """Goals that carry nothing else and argue for the case, in author order."""
        return [
            element
            for element, above in zip(self.elements, self.above, strict=True)
            if not above and element.kind is Kind.GOAL and element.role is Role.SUPPORT
        ]

    def _read_links(self, links: list[Link]) -> None:
        position, legs, above = self.position, self.legs, self.above
        supported_by = LinkKind.SUPPORTED_BY
        try:
            for link in links:
                source, target = position[link.source], position[link.target]
                if link.kind is supported_by:
                    legs[source].append(target)
                    above[target].append(source)
                elif link.kind is LinkKind.IN_CONTEXT_OF:
                    self.contexts.setdefault(source, []).append(target)
                    above[target].append(source)
                    self.marked.add(source)
                if link.is_exact or link.is_suspect:
                    self._mark_link(link, source, target)
        except KeyError as unknown:
            raise ArgumentBroken(f"A link names element {unknown}, which is not part of this argument.") from None
        for node in {node for node, below in enumerate(legs) if len(below) > 1} | self.contexts.keys():
            below = legs[node] + self.contexts.get(node, [])
            if len(set(below)) != len(below):
                raise ArgumentBroken(f"Element {self.elements[node].id} is linked to the same element twice.")

    def _mark_link(self, link: Link, source: int, target: int) -> None:
        self.marked.add(source)
        if link.is_exact:
            self.exact.add((source, target))
        if link.is_suspect:
            self.suspect.add((source, target))

    def _read_answers(self, answers: Iterable[tuple[ElementId, ElementId]]) -> None:
        for challenged, answer in answers:
            edge = self.node(challenged), self.node(answer)
            if edge not in self.answers:
                self.answers.add(edge)
                self.above[edge[1]].append(edge[0])

    def _resting_values(self) -> list[Standing]:
        """What each node is worth before any fact and any dependency counts."""
        holds, undeveloped = Standing.HOLDS, Standing.UNDEVELOPED
        goal, strategy, solution = Kind.GOAL, Kind.STRATEGY, Kind.SOLUTION  # looked up once, not once per element
        every_leg, asserted = Combine.ALL, Declaration.ASSERTED
        resting = [holds if below else undeveloped for below in self.legs]
        for node, element in enumerate(self.elements):
            kind = element.kind
            if kind is goal or kind is strategy:
                if element.combine is not every_leg:
                    self._check_combination(node, element)
                if element.declaration is not asserted and element.declaration in _TAKEN_AS_GIVEN:
                    resting[node] = holds
                if element.cites_all:  # the contract that carries it
                    resting[node] = holds
                    self._read_citations(node, element)
            elif kind is solution:
                resting[node] = undeveloped  # until a fact says what evidence is bound
            elif kind in PREMISES:
                resting[node] = holds
            elif element.cites is not None or element.cites_all:
                resting[node] = holds
                self._read_citations(node, element)
        return resting

    def _check_combination(self, node: int, element: Element) -> None:
        if element.combine_k < 1:
            raise ArgumentBroken(f"Element {element.id} needs at least {element.combine_k} legs; give 1 or more.")
        self.marked.add(node)

    def _read_citations(self, node: int, element: Element) -> None:
        for cites in element.citations:
            cited = self.position.get(cites)
            if cited is None:
                self.cited_outside.setdefault(node, []).append(cites)
            else:
                self.cited_within.setdefault(node, []).append(cited)
                self.above[cited].append(node)
                self.marked.add(node)

    def _put_in_order(self) -> None:
        """One topological pass (Kahn); what it cannot reach contains a cycle."""
        above = self.above
        waiting = [len(below) for below in self.legs]
        for node, below in self.contexts.items():
            waiting[node] += len(below)
        for challenged, _ in self.answers:
            waiting[challenged] += 1
        for node, cited in self.cited_within.items():
            waiting[node] += len(cited)
        self.order = order = [node for node, count in enumerate(waiting) if not count]
        for node in order:
            for claim in above[node]:
                waiting[claim] -= 1
                if not waiting[claim]:
                    order.append(claim)
        if len(order) < len(waiting):
            raise CycleFound([self.elements[node].id for node in self._find_cycle(waiting)])
        self.rank = [0] * len(order)
        for place, node in enumerate(order):
            self.rank[node] = place

    def _find_cycle(self, waiting: list[int]) -> list[int]:
        """Follow dependencies that still wait until one comes round again."""
        node = next(node for node, count in enumerate(waiting) if count)
        path: list[int] = []
        seen: dict[int, int] = {}
        while node not in seen:
            seen[node] = len(path)
            path.append(node)
            node = next(below for below in self.dependencies(node) if waiting[below])
        return [*path[seen[node] :], node]

    def dependencies(self, node: int) -> list[int]:
        """All that a node rests on: legs, contexts, answers to its challenges, what it cites within the argument."""
        below = self.legs[node] + self.contexts.get(node, [])
        if self.answers:
            below += sorted(answer for challenged, answer in self.answers if challenged == node)
        return below + self.cited_within.get(node, [])


_TAKEN_AS_GIVEN: Final = (Declaration.ASSUMED, Declaration.AXIOMATIC)
