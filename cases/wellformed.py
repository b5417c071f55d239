"""The rules of a well-formed argument, each with its number, what is wrong and what to do. Pure: no database, no clock.

The origins of the rules are in the room's README. B blocks saving, S blocks submission, W warns.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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
    """What the rules need to know of an element."""

    id: Hashable
    key: str
    kind: str
    statement: str = ""
    is_undeveloped: bool = False
    combine: str = "all"
    combine_k: int | None = None
    combine_reason: str = ""
    has_owner: bool = False
    has_review_date: bool = False
    bindings: int = 0
    unexplained_bindings: int = 0
    """Bindings without a place in the evidence or without a word on what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What the rules need to know of a link; kind is "supported_by" or "in_context_of"."""

    source: Hashable
    target: Hashable
    kind: str = "supported_by"
    is_exact: bool = False
    exact_reason: str = ""


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
}
PREMISES: Final = frozenset({"context", "assumption", "justification"})
SUPPORTS: Final = {"goal": frozenset({"goal", "strategy", "solution"}), "strategy": frozenset({"goal"})}
VAGUE: Final = re.compile(
    r"\b(safe|fair|robust|responsible|appropriate|adequate|acceptable|reasonable|sufficient|good enough|trustworthy)\b",
    re.I,
)
MOST_WORDS: Final = 40


class Outline:
    """Elements and links as the rules look at them."""

    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
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

    @property
    def tops(self) -> list[Node]:
        """Elements that nothing rests on."""
        return [node for node in self.nodes if node.id not in self.has_above]


def problems_of(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[Problem]:
    """All broken rules, those that block first, then by element in author order."""
    outline = Outline(nodes, edges)
    place = {node.key: position for position, node in reversed(list(enumerate(outline.nodes)))}
    order = {Level.BLOCKS: 0, Level.SUBMISSION: 1, Level.WARNS: 2}
    found = [problem for rule in RULES for problem in rule(outline)]
    return sorted(found, key=lambda problem: (order[problem.level], place.get(problem.key, -1)))


def blocking(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[Problem]:
    """Only the rules that stop saving."""
    outline = Outline(nodes, edges)
    return [problem for rule in BLOCKING_RULES for problem in rule(outline) if problem.level is Level.BLOCKS]


def _problem(rule: str, level: Level, node: Node | None, message: str, remedy: str, **words: object) -> Problem:
    key = node.key if node else ""
    named = {"element": key, **{name: str(value) for name, value in words.items()}}
    return Problem(rule, level, key, message, remedy, tuple(named.items()))


# --- Rules that block saving ---


def s01_unique_keys(outline: Outline) -> Iterator[Problem]:
    counts = Counter(node.key for node in outline.nodes)
    seen = set()
    for node in outline.nodes:
        if counts[node.key] > 1 and node.key not in seen:
            seen.add(node.key)
            message = gettext_noop("Two elements have the key %(element)s.")
            yield _problem("WF-S01", Level.BLOCKS, node, message, gettext_noop("Give one of them another key."))


def s02_known_kind(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind not in PREFIXES:
            message = gettext_noop("%(element)s is of the unknown kind “%(kind)s”.")
            remedy = gettext_noop("Choose goal, strategy, solution, context, assumption or justification.")
            yield _problem("WF-S02", Level.BLOCKS, node, message, remedy, kind=node.kind)
            continue
        letters = re.match(r"[A-Za-z]*", node.key).group()  # type: ignore[union-attr]
        if letters in PREFIXES.values() and letters != PREFIXES[node.kind]:
            message = gettext_noop("%(element)s is a %(kind)s, but its key starts like that of another kind.")
            remedy = gettext_noop("Keys of this kind start with %(prefix)s.")
            yield _problem("WF-S02", Level.WARNS, node, message, remedy, kind=node.kind, prefix=PREFIXES[node.kind])


def s03_s04_s11_kinds_fit(outline: Outline) -> Iterator[Problem]:
    for edge in outline.edges:
        source, target = outline.by_id.get(edge.source), outline.by_id.get(edge.target)
        if source is None or target is None:
            continue
        words = {"other": target.key, "kind": source.kind, "other_kind": target.kind}
        if edge.kind == "in_context_of":
            if source.kind not in SUPPORTS or target.kind not in PREMISES:
                message = gettext_noop(
                    "%(element)s (%(kind)s) cannot stand in the context of %(other)s (%(other_kind)s)."
                )
                remedy = gettext_noop("Give a goal or a strategy a context, an assumption or a justification.")
                yield _problem("WF-S04", Level.BLOCKS, source, message, remedy, **words)
        elif source.kind not in SUPPORTS:
            message = gettext_noop("%(element)s is a %(kind)s, and nothing can be put below it.")
            remedy = gettext_noop("Put it below a goal or a strategy.")
            yield _problem("WF-S11", Level.BLOCKS, source, message, remedy, **words)
        elif target.kind not in SUPPORTS[source.kind]:
            message = gettext_noop("%(element)s (%(kind)s) cannot be supported by %(other)s (%(other_kind)s).")
            remedy = gettext_noop(
                "A goal rests on goals, strategies and solutions; a strategy rests on goals: put a goal between."
            )
            yield _problem("WF-S03", Level.BLOCKS, source, message, remedy, **words)


def s05_ends_exist(outline: Outline) -> Iterator[Problem]:
    for edge in outline.edges:
        source, target = outline.by_id.get(edge.source), outline.by_id.get(edge.target)
        if source is None or target is None:
            message = gettext_noop("A link leads to an element that is not part of this case.")
            yield _problem(
                "WF-S05", Level.BLOCKS, source or target, message, gettext_noop("Choose an element of this case.")
            )
        elif source is target:
            message = gettext_noop("%(element)s is linked to itself.")
            yield _problem("WF-S05", Level.BLOCKS, source, message, gettext_noop("Choose another element."))


def s06_no_duplicate_link(outline: Outline) -> Iterator[Problem]:
    for (source, target), count in Counter((edge.source, edge.target) for edge in outline.edges).items():
        if count > 1 and source in outline.by_id and target in outline.by_id:
            message = gettext_noop("%(element)s is linked to %(other)s already.")
            remedy = gettext_noop("Keep one of the links.")
            other = outline.by_id[target].key
            yield _problem("WF-S06", Level.BLOCKS, outline.by_id[source], message, remedy, other=other)


def s07_no_cycle(outline: Outline) -> Iterator[Problem]:
    path = _cycle(outline)
    if path:
        message = gettext_noop("The argument would rest on itself: %(path)s.")
        remedy = gettext_noop("Leave out one of these links.")
        yield _problem("WF-S07", Level.BLOCKS, path[0], message, remedy, path=" → ".join(node.key for node in path))


def _cycle(outline: Outline) -> list[Node]:
    """One way round, first and last being the same; empty when there is none."""
    finished: set[Hashable] = set()
    for start in outline.nodes:
        if start.id in finished:
            continue
        trail, on_trail = [start], {start.id}
        waiting = [iter([*outline.below[start.id], *outline.contexts[start.id]])]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                left = trail.pop()
                on_trail.discard(left.id)
                finished.add(left.id)
            elif step.id in on_trail:
                first = next(place for place, node in enumerate(trail) if node.id == step.id)
                return [*trail[first:], step]
            elif step.id not in finished:
                trail.append(step)
                on_trail.add(step.id)
                waiting.append(iter([*outline.below[step.id], *outline.contexts[step.id]]))
    return []


def s17_combinations(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.combine == "all" or node.kind not in SUPPORTS:
            continue
        if not node.combine_reason.strip():
            message = gettext_noop("%(element)s needs fewer than all of what is below it, without a reason.")
            remedy = gettext_noop("Say why fewer are enough.")
            yield _problem("WF-S17", Level.BLOCKS, node, message, remedy)
        legs = len(outline.below[node.id])
        if node.combine == "at_least":
            if node.combine_k is None or node.combine_k < 1:
                message = gettext_noop("%(element)s does not say how many of its legs it needs.")
                yield _problem("WF-S17", Level.BLOCKS, node, message, gettext_noop("Enter a number of 1 or more."))
            elif node.combine_k > legs:
                # A number too high lowers the standing by itself; while the argument grows it must not stop saving.
                message = gettext_noop("%(element)s needs %(needed)s of its legs and has %(given)s.")
                remedy = gettext_noop("Add legs, or need fewer.")
                yield _problem("WF-S17", Level.SUBMISSION, node, message, remedy, needed=node.combine_k, given=legs)
    for edge in outline.edges:
        if edge.is_exact and not edge.exact_reason.strip() and edge.source in outline.by_id:
            message = gettext_noop("A link of %(element)s is marked “if and only if” without a reason.")
            remedy = gettext_noop("Say why the claim is false whenever this leg is.")
            yield _problem("WF-S17", Level.BLOCKS, outline.by_id[edge.source], message, remedy)


# --- Rules that block submission, and warnings ---


def s08_one_root(outline: Outline) -> Iterator[Problem]:
    goals = [node for node in outline.tops if node.kind == "goal"]
    if not goals:
        message = gettext_noop("The case has no claim on top.")
        yield _problem(
            "WF-S08", Level.SUBMISSION, None, message, gettext_noop("Add a goal that nothing else rests on.")
        )
    for node in goals[1:]:
        message = gettext_noop("%(element)s stands beside the claim on top, %(top)s.")
        remedy = gettext_noop("Link it below another claim; until then the weakest of them counts.")
        yield _problem("WF-S08", Level.SUBMISSION, node, message, remedy, top=goals[0].key)


def s09_reachable(outline: Outline) -> Iterator[Problem]:
    for node in outline.tops:
        if node.kind != "goal":
            message = gettext_noop("%(element)s is linked to nothing above it.")
            remedy = gettext_noop("Link it below a goal or a strategy, or withdraw it.")
            yield _problem("WF-S09", Level.SUBMISSION, node, message, remedy)


def s10_undeveloped_is_marked(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind not in SUPPORTS:
            continue
        if not outline.below[node.id] and not node.is_undeveloped:
            message = gettext_noop("%(element)s has nothing below it.")
            remedy = gettext_noop("Add what supports it, or mark it as undeveloped.")
            yield _problem("WF-S10", Level.SUBMISSION, node, message, remedy)
        elif outline.below[node.id] and node.is_undeveloped:
            message = gettext_noop("%(element)s is marked as undeveloped, but something supports it.")
            yield _problem("WF-S10", Level.SUBMISSION, node, message, gettext_noop("Take the mark off."))


def s12_strategy_has_goals(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "strategy" and not outline.below[node.id] and node.is_undeveloped:
            message = gettext_noop("The strategy %(element)s has no goal below it.")
            yield _problem("WF-S12", Level.SUBMISSION, node, message, gettext_noop("Add the goals that it leads to."))


def s13_strategy_between(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "goal" and sum(leg.kind == "goal" for leg in outline.below[node.id]) > 1:
            message = gettext_noop("%(element)s rests on several goals, and nothing says why they are enough together.")
            yield _problem("WF-S13", Level.WARNS, node, message, gettext_noop("Put a strategy between them."))


def s14_not_mixed(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        kinds = {leg.kind for leg in outline.below[node.id]}
        if node.kind == "goal" and "solution" in kinds and len(kinds) > 1:
            message = gettext_noop("%(element)s rests on evidence and on claims at once.")
            remedy = gettext_noop("Put a goal of its own between the evidence and this claim.")
            yield _problem("WF-S14", Level.SUBMISSION, node, message, remedy)


def c02_short_statements(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        words = len(node.statement.split())
        if words > MOST_WORDS:
            message = gettext_noop("The statement of %(element)s has %(words)s words.")
            remedy = gettext_noop("State one thing in at most %(most)s words; put the reasoning into the argument.")
            yield _problem("WF-C02", Level.WARNS, node, message, remedy, words=words, most=MOST_WORDS)


def c03_vague_words(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        vague = VAGUE.search(node.statement) if node.kind == "goal" else None
        if vague and not outline.contexts[node.id]:
            message = gettext_noop("%(element)s says “%(word)s”, and nothing says what that means here.")
            yield _problem(
                "WF-C03",
                Level.WARNS,
                node,
                message,
                gettext_noop("Define it in a context."),
                word=vague.group().lower(),
            )


def c07_leaf_claims_have_owners(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        legs = outline.below[node.id]
        if node.kind == "goal" and not node.has_owner and legs and all(leg.kind == "solution" for leg in legs):
            message = gettext_noop("Nobody owns the claim %(element)s.")
            yield _problem("WF-C07", Level.SUBMISSION, node, message, gettext_noop("Name who answers for it."))


def c08_root_has_context(outline: Outline) -> Iterator[Problem]:
    for node in outline.tops:
        if node.kind == "goal" and not outline.contexts[node.id]:
            message = gettext_noop("The claim on top, %(element)s, has no context.")
            remedy = gettext_noop("Say in a context which system, which use and which people it speaks of.")
            yield _problem("WF-C08", Level.WARNS, node, message, remedy)


def e00_solutions_have_evidence(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "solution" and not node.bindings:
            message = gettext_noop("%(element)s has no evidence.")
            yield _problem("WF-E06", Level.SUBMISSION, node, message, gettext_noop("Bind a piece of evidence to it."))
        elif node.unexplained_bindings:
            message = gettext_noop("%(element)s does not say where in the evidence to look, or what it shows.")
            yield _problem("WF-E06", Level.SUBMISSION, node, message, gettext_noop("Complete the binding."))


def k05_assumptions_are_reviewed(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "assumption" and not node.has_review_date:
            message = gettext_noop("Nobody has to look at the assumption %(element)s again.")
            yield _problem("WF-K05", Level.WARNS, node, message, gettext_noop("Give it a date of review."))


BLOCKING_RULES: Final = (
    s01_unique_keys,
    s02_known_kind,
    s03_s04_s11_kinds_fit,
    s05_ends_exist,
    s06_no_duplicate_link,
    s07_no_cycle,
    s17_combinations,
)
RULES: Final[Sequence] = (
    *BLOCKING_RULES,
    s08_one_root,
    s09_reachable,
    s10_undeveloped_is_marked,
    s12_strategy_has_goals,
    s13_strategy_between,
    s14_not_mixed,
    c02_short_statements,
    c03_vague_words,
    c07_leaf_claims_have_owners,
    c08_root_has_context,
    e00_solutions_have_evidence,
    k05_assumptions_are_reviewed,
)
