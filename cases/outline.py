"""An argument as the rules of a well-formed one look at it: its elements, its links, and what a broken rule says. Pure."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from cases.argument import CITED_KINDS
from cases.tier_rules import NOTHING, TierPolicy, default_for


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


class Level(StrEnum):
    """What a broken rule stops."""

    BLOCKS = "B"
    SUBMISSION = "S"
    WARNS = "W"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What the rules need to know of an element. `key` is what it is called in the whole case: "G1", "M2:G1"."""

    id: Hashable
    key: str
    kind: str
    statement: str = ""
    module: str = ""
    is_in_contract: bool = False
    declaration: str = "asserted"
    declaration_reason: str = ""
    category: str = ""
    is_undeveloped: bool = False
    is_uninstantiated: bool = False
    is_template_text: bool = False
    """It still says what a template says, and nobody has adopted that."""
    is_public: bool = False
    is_supported_by_contract: bool = False
    cites: Hashable | None = None
    """The element that it cites, here or in another case; of a reference to a module, that module's key."""
    cites_module: str = ""
    """The module of this case that it cites, or that what it cites belongs to; empty for another case."""
    cited_kind: str = ""
    is_cited_public: bool = False
    is_cited_in_force: bool = False
    is_cited_withdrawn: bool = False
    is_cited_elsewhere: bool = False
    circle: str = ""
    """The way from the cited case back to this one, where there is one."""
    combine: str = "all"
    combine_k: int | None = None
    combine_reason: str = ""
    has_owner: bool = False
    has_review_date: bool = False
    bindings: int = 0
    unexplained_bindings: int = 0
    """Bindings without a place in the evidence or without a word on what it shows."""
    evidence: tuple["Evidence", ...] = ()
    metrics: tuple["Metric", ...] = ()
    is_counter: bool = False
    """It belongs to the argument of a challenge."""
    is_challenging: bool = False
    """It is what a challenge argues with, on top of its own argument."""
    answers: tuple[Hashable, ...] = ()
    """The elements that answer challenges about it or about steps from it."""

    @property
    def bare_key(self) -> str:
        """The key without that of the module."""
        return self.key.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the rules need to know of a piece of evidence that an element rests on."""

    item: Hashable
    name: str = ""
    kind: str = ""
    is_accepted: bool = True
    is_accepted_by_submitter: bool = False
    is_collected_later: bool = False
    """Collected at a time that has not come."""
    has_validity: bool = True
    is_validity_positive: bool = True
    is_validity_too_long: bool = False
    is_expired: bool = False
    is_page_without_hash: bool = False
    is_from_weaker_environment: bool = False
    is_of_other_version: bool = False
    is_mismatch_reasoned: bool = False
    environment: str = ""
    age_days: int | None = None
    """Since it was collected; None where its age says nothing, as of a document."""
    is_series: bool = False
    """Of a monitor, which is to be read again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What the rules need to know of a metric of a claim."""

    name: str = ""
    comparator: str = "ge"
    threshold: float | None = None
    threshold_high: float | None = None
    unit: str = ""
    min_n: int | None = None
    has_dimensions: bool = False
    environment: str = ""
    """Where its readings have to come from."""
    groups_without_reading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What the rules need to know of a degradation condition; without a key it is about the case as a whole."""

    key: str = ""
    number: int = 0
    change: str = ""
    is_time: bool = False
    is_ruled_out: bool = False
    """No condition, but a declaration that this kind of change does not apply."""
    is_answered: bool = True
    """It has an action, a responder and a deadline."""
    has_reported: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What the rules need to know of a challenge; `key` is of its target, or of the upper end of the challenged step."""

    key: str
    number: int = 0
    attack: str = "rebut"
    state: str = "open"
    is_step: bool = False
    is_argued: bool = False
    """It has a counter-element that is carried by evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the rules need to know of the case as a whole."""

    tier: str = ""
    policy: TierPolicy | None = None
    """What the organisation asks of this tier; as shipped if nothing is said."""
    system: str = ""
    today: date | None = None
    review_by: date | None = None
    has_owner: bool = True
    """Its accountable owner is one active person."""
    modules: tuple[str, ...] = ()
    watches: tuple[Watch, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    @property
    def asks(self) -> TierPolicy:
        """What is asked of the case: by the organisation, else as shipped, else nothing."""
        return self.policy or (default_for(self.tier) if self.tier else NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What the rules need to know of a link; kind is "supported_by" or "in_context_of"."""

    source: Hashable
    target: Hashable
    kind: str = "supported_by"
    is_exact: bool = False
    exact_reason: str = ""
    is_suspect: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A broken rule: `message` and `remedy` are English with named places, `words` fills them after translation."""

    rule: str
    level: Level
    key: str
    message: str
    remedy: str
    words: tuple[tuple[str, str], ...] = ()


PREFIXES: Final = {
    "goal": "G",
    "strategy": "S",
    "solution": "Sn",
    "context": "C",
    "assumption": "A",
    "justification": "J",
    "away_goal": "AG",
    "away_solution": "ASn",
    "away_context": "AC",
    "away_assumption": "AA",
    "away_justification": "AJ",
    "module_ref": "MR",
    "contract_ref": "CR",
}
PREMISES: Final = frozenset({"context", "assumption", "justification"})
CONTEXTUAL: Final = PREMISES | {f"away_{kind}" for kind in PREMISES}
"""What a claim can only stand in the context of."""
CONTEXTS: Final = CONTEXTUAL | {"away_goal", "module_ref"}
"""All that a claim can stand in the context of (GSN 1:4)."""
CLAIMS: Final = frozenset({"goal", "strategy"})
SUPPORTS: Final = {
    "goal": frozenset({"goal", "strategy", "solution", "away_goal", "away_solution", "module_ref", "contract_ref"}),
    "strategy": frozenset({"goal", "away_goal"}),
    # Only in a contract module, where it stands for the goal that the contract carries.
    "away_goal": frozenset({"goal", "strategy", "solution", "away_goal", "away_solution", "module_ref"}),
}
MAY_BE_PUBLIC: Final = frozenset(CITED_KINDS.values())
VAGUE: Final = re.compile(
    r"\b(safe|fair|robust|responsible|appropriate|adequate|acceptable|reasonable|sufficient|good enough|trustworthy)\b",
    re.I,
)
MOST_WORDS: Final = 40
REFERENCES: Final = frozenset({"module_ref", "contract_ref"})


class Outline:
    """Elements and links as the rules look at them."""

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge], about: About | None = None) -> None:
        self.about = about or About()
        self.nodes = list(nodes)
        self.edges = list(edges)
        self.by_id = {node.id: node for node in self.nodes}
        self.below: dict[Hashable, list[Node]] = defaultdict(list)
        self.contexts: dict[Hashable, list[Node]] = defaultdict(list)
        self.has_above: set[Hashable] = set()
        for edge in self.edges:
            if edge.source in self.by_id and edge.target in self.by_id:
                legs = self.below if edge.kind == "supported_by" else self.contexts
                legs[edge.source].append(self.by_id[edge.target])
                self.has_above.add(edge.target)
        self.carriers: dict[Hashable, list[Node]] = defaultdict(list)
        """Per goal, what carries it from within a contract module."""
        modules = {node.cites_module for node in self.nodes if node.kind in REFERENCES}
        for node in self.nodes:
            cited = self.by_id.get(node.cites)
            if cited is not None and self.is_carrier(node, cited):
                self.carriers[cited.id].append(node)
                self.has_above.add(node.id)
            elif cited is not None:
                self.has_above.add(cited.id)
            if node.module in modules and node.is_public:
                self.has_above.add(node.id)

    def is_carrier(self, node: Node, goal: Node) -> bool:
        """Whether an away goal of a contract carries the goal that it cites, instead of resting on it."""
        return node.is_in_contract and goal.is_supported_by_contract and bool(self.below[node.id])

    def rests_on(self, node: Node) -> list[Node]:
        """All that an element of this case depends on."""
        below = [*self.below[node.id], *self.contexts[node.id], *self.carriers[node.id]]
        cited = self.by_id.get(node.cites)
        if cited is not None and not self.is_carrier(node, cited):
            below.append(cited)
        return below + [self.by_id[answer] for answer in node.answers if answer in self.by_id]

    @property
    def tops(self) -> list[Node]:
        """Elements of the argument itself that nothing rests on; what argues a challenge hangs below the challenge."""
        return [node for node in self.nodes if node.id not in self.has_above and not node.is_counter]


def problem_of(rule: str, level: Level, node: Node | None, message: str, remedy: str, **words: object) -> Problem:
    key = node.key if node else ""
    named = {"element": key, **{name: str(value) for name, value in words.items()}}
    return Problem(rule, level, key, message, remedy, tuple(named.items()))
