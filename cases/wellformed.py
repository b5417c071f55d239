"""The rules of a well-formed argument, each with its number, what is wrong and what to do. Pure: no database, no clock.

The origins of the rules are in the room's README. B blocks saving, S blocks submission, W warns.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final

from cases.outline import (
    CLAIMS,
    CONTEXTS,
    MAY_BE_PUBLIC,
    PREFIXES,
    SUPPORTS,
    About,
    Edge,
    Level,
    Node,
    Outline,
    Problem,
    gettext_noop,
    problem_of,
)
from cases.wellformed_challenges import CHALLENGE_RULES, d01_only_counters_challenge
from cases.wellformed_conditions import CONDITION_RULES
from cases.wellformed_content import CONTENT_RULES


def problems_of(nodes: Iterable[Node], edges: Iterable[Edge], about: About | None = None) -> list[Problem]:
    """All broken rules, those that block first, then by element in author order."""
    outline = Outline(nodes, edges, about)
    place = {node.key: position for position, node in reversed(list(enumerate(outline.nodes)))}
    order = {Level.BLOCKS: 0, Level.SUBMISSION: 1, Level.WARNS: 2}
    found = [problem for rule in RULES for problem in rule(outline)]
    return sorted(found, key=lambda problem: (order[problem.level], place.get(problem.key, -1)))


def blocking(nodes: Iterable[Node], edges: Iterable[Edge]) -> list[Problem]:
    """Only the rules that stop saving."""
    outline = Outline(nodes, edges)
    return [problem for rule in BLOCKING_RULES for problem in rule(outline) if problem.level is Level.BLOCKS]


# --- Rules that block saving ---


def s01_unique_keys(outline: Outline) -> Iterator[Problem]:
    counts = Counter(node.key for node in outline.nodes)
    seen = set()
    for node in outline.nodes:
        if counts[node.key] > 1 and node.key not in seen:
            seen.add(node.key)
            message = gettext_noop("Two elements have the key %(element)s.")
            yield problem_of("WF-S01", Level.BLOCKS, node, message, gettext_noop("Give one of them another key."))


def s02_known_kind(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind not in PREFIXES:
            message = gettext_noop("%(element)s is of the unknown kind “%(kind)s”.")
            remedy = gettext_noop("Choose one of the kinds of the notation, such as goal, strategy or solution.")
            yield problem_of("WF-S02", Level.BLOCKS, node, message, remedy, kind=node.kind)
            continue
        letters = re.match(r"[A-Za-z]*", node.bare_key).group()  # type: ignore[union-attr]
        if letters in PREFIXES.values() and letters != PREFIXES[node.kind]:
            message = gettext_noop("%(element)s is a %(kind)s, but its key starts like that of another kind.")
            remedy = gettext_noop("Keys of this kind start with %(prefix)s.")
            yield problem_of("WF-S02", Level.WARNS, node, message, remedy, kind=node.kind, prefix=PREFIXES[node.kind])


def s03_s04_s11_kinds_fit(outline: Outline) -> Iterator[Problem]:
    for edge in outline.edges:
        source, target = outline.by_id.get(edge.source), outline.by_id.get(edge.target)
        if source is None or target is None:
            continue
        words = {"other": target.key, "kind": source.kind, "other_kind": target.kind}
        if edge.kind == "in_context_of":
            if source.kind not in CLAIMS or target.kind not in CONTEXTS:
                message = gettext_noop(
                    "%(element)s (%(kind)s) cannot stand in the context of %(other)s (%(other_kind)s)."
                )
                remedy = gettext_noop("Give a goal or a strategy a context, an assumption or a justification.")
                yield problem_of("WF-S04", Level.BLOCKS, source, message, remedy, **words)
        elif source.kind == "away_goal" and not source.is_in_contract:
            message = gettext_noop("%(element)s is argued where it comes from, so nothing can be put below it here.")
            remedy = gettext_noop("Put %(other)s below the goal that it cites, or use a contract module.")
            yield problem_of("WF-M02", Level.BLOCKS, source, message, remedy, **words)
        elif source.kind not in SUPPORTS:
            message = gettext_noop("%(element)s is a %(kind)s, and nothing can be put below it.")
            remedy = gettext_noop("Put it below a goal or a strategy.")
            yield problem_of("WF-S11", Level.BLOCKS, source, message, remedy, **words)
        elif target.kind not in SUPPORTS[source.kind]:
            message = gettext_noop("%(element)s (%(kind)s) cannot be supported by %(other)s (%(other_kind)s).")
            remedy = gettext_noop(
                "A goal rests on goals, strategies and solutions, also on away ones; a strategy rests on goals: "
                "put a goal between."
            )
            yield problem_of("WF-S03", Level.BLOCKS, source, message, remedy, **words)


def s05_ends_exist(outline: Outline) -> Iterator[Problem]:
    for edge in outline.edges:
        source, target = outline.by_id.get(edge.source), outline.by_id.get(edge.target)
        if source is None or target is None:
            message = gettext_noop("A link leads to an element that is not part of this case.")
            yield problem_of(
                "WF-S05", Level.BLOCKS, source or target, message, gettext_noop("Choose an element of this case.")
            )
        elif source.module != target.module:
            message = gettext_noop("%(element)s and %(other)s belong to different modules.")
            remedy = gettext_noop("Make %(other)s public and put an away element that cites it below %(element)s.")
            yield problem_of("WF-S05", Level.BLOCKS, source, message, remedy, other=target.key)
        elif source is target:
            message = gettext_noop("%(element)s is linked to itself.")
            yield problem_of("WF-S05", Level.BLOCKS, source, message, gettext_noop("Choose another element."))


def s06_no_duplicate_link(outline: Outline) -> Iterator[Problem]:
    for (source, target), count in Counter((edge.source, edge.target) for edge in outline.edges).items():
        if count > 1 and source in outline.by_id and target in outline.by_id:
            message = gettext_noop("%(element)s is linked to %(other)s already.")
            remedy = gettext_noop("Keep one of the links.")
            other = outline.by_id[target].key
            yield problem_of("WF-S06", Level.BLOCKS, outline.by_id[source], message, remedy, other=other)


def s07_no_cycle(outline: Outline) -> Iterator[Problem]:
    path = _cycle(outline)
    if path:
        message = gettext_noop("The argument would rest on itself: %(path)s.")
        remedy = gettext_noop("Leave out one of these links.")
        yield problem_of("WF-S07", Level.BLOCKS, path[0], message, remedy, path=" → ".join(node.key for node in path))


def _cycle(outline: Outline) -> list[Node]:
    """One way round, first and last being the same; empty when there is none."""
    finished: set[Hashable] = set()
    for start in outline.nodes:
        if start.id in finished:
            continue
        trail, on_trail = [start], {start.id}
        waiting = [iter(outline.rests_on(start))]
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
                waiting.append(iter(outline.rests_on(step)))
    return []


def s17_combinations(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.combine == "all" or node.kind not in CLAIMS:
            continue
        if not node.combine_reason.strip():
            message = gettext_noop("%(element)s needs fewer than all of what is below it, without a reason.")
            remedy = gettext_noop("Say why fewer are enough.")
            yield problem_of("WF-S17", Level.BLOCKS, node, message, remedy)
        legs = len(outline.below[node.id])
        if node.combine == "at_least":
            if node.combine_k is None or node.combine_k < 1:
                message = gettext_noop("%(element)s does not say how many of its legs it needs.")
                yield problem_of("WF-S17", Level.BLOCKS, node, message, gettext_noop("Enter a number of 1 or more."))
            elif node.combine_k > legs:
                # A number too high lowers the standing by itself; while the argument grows it must not stop saving.
                message = gettext_noop("%(element)s needs %(needed)s of its legs and has %(given)s.")
                remedy = gettext_noop("Add legs, or need fewer.")
                yield problem_of("WF-S17", Level.SUBMISSION, node, message, remedy, needed=node.combine_k, given=legs)
    for edge in outline.edges:
        if edge.is_exact and not edge.exact_reason.strip() and edge.source in outline.by_id:
            message = gettext_noop("A link of %(element)s is marked “if and only if” without a reason.")
            remedy = gettext_noop("Say why the claim is false whenever this leg is.")
            yield problem_of("WF-S17", Level.BLOCKS, outline.by_id[edge.source], message, remedy)


def s17_taken_as_given(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.declaration in ("assumed", "axiomatic") and not node.declaration_reason.strip():
            message = gettext_noop("%(element)s is taken as given without a reason.")
            remedy = gettext_noop("Say why it needs no support, or declare it as asserted.")
            yield problem_of("WF-S17", Level.BLOCKS, node, message, remedy)


def s18_contracts(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if not node.is_supported_by_contract:
            continue
        if node.kind != "goal":
            message = gettext_noop("%(element)s is no goal, so no contract can support it.")
            yield problem_of("WF-S18", Level.BLOCKS, node, message, gettext_noop("Take the mark off."))
        elif node.is_in_contract:
            message = gettext_noop("%(element)s stands in a contract module, so no contract can support it.")
            yield problem_of("WF-S18", Level.BLOCKS, node, message, gettext_noop("Take the mark off."))
        elif node.is_undeveloped:
            message = gettext_noop("%(element)s cannot be undeveloped and supported by contract at once.")
            yield problem_of("WF-S18", Level.BLOCKS, node, message, gettext_noop("Take one of the marks off."))
        elif outline.below[node.id]:
            message = gettext_noop("%(element)s is supported by contract, but something is put below it here.")
            remedy = gettext_noop("Take the mark off, or move what is below it into the contract module.")
            yield problem_of("WF-S18", Level.BLOCKS, node, message, remedy)


def m01_only_some_are_public(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.is_public and node.kind not in MAY_BE_PUBLIC:
            message = gettext_noop("%(element)s is a %(kind)s and cannot be public.")
            remedy = gettext_noop("Make a goal, a solution, a context, an assumption or a justification public.")
            yield problem_of("WF-M01", Level.BLOCKS, node, message, remedy, kind=node.kind)


def m03_no_circle(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.circle:
            message = gettext_noop("Cases would rest on each other: %(path)s.")
            remedy = gettext_noop("Cite nothing that rests on this case.")
            yield problem_of("WF-M03", Level.BLOCKS, node, message, remedy, path=node.circle)
    for path in module_circles(outline):
        message = gettext_noop("Modules would rest on each other: %(path)s.")
        remedy = gettext_noop("Cite nothing of a module that rests on this one.")
        yield problem_of("WF-M03", Level.BLOCKS, None, message, remedy, path=" → ".join(path))


def module_circles(outline: Outline) -> list[list[str]]:
    """One way round between modules of the case, where there is one."""
    leads_to: dict[str, set[str]] = {}
    for node in outline.nodes:
        if not node.cites_module or node.cites_module == node.module:
            continue
        cited = outline.by_id.get(node.cites)
        if cited is None or not (node.is_in_contract and cited.is_supported_by_contract):
            leads_to.setdefault(node.module, set()).add(node.cites_module)
        elif outline.below[node.id]:  # a contract carries the goal; without anything below it, it does neither
            leads_to.setdefault(node.cites_module, set()).add(node.module)
    finished: set[str] = set()
    for start in leads_to:
        trail = [start]
        waiting = [iter(sorted(leads_to[start]))]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                finished.add(trail.pop())
            elif step in trail:
                return [[*trail[trail.index(step) :], step]]
            elif step not in finished:
                trail.append(step)
                waiting.append(iter(sorted(leads_to.get(step, ()))))
    return []


def m05_unique_modules(outline: Outline) -> Iterator[Problem]:
    for key, count in Counter(outline.about.modules).items():
        if count > 1:
            message = gettext_noop("Two modules have the key %(module)s.")
            remedy = gettext_noop("Give one of them another key.")
            yield problem_of("WF-M05", Level.BLOCKS, None, message, remedy, module=key)


def d04_never_typed(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.declaration not in DECLARATIONS:
            message = gettext_noop("%(element)s is declared as “%(declaration)s”, which nobody can declare.")
            remedy = gettext_noop("Declare it as asserted; what defeats a claim is a fact or a challenge.")
            yield problem_of("WF-D04", Level.BLOCKS, node, message, remedy, declaration=node.declaration)


# --- Rules that block submission, and warnings ---


def s08_one_root(outline: Outline) -> Iterator[Problem]:
    goals = [node for node in outline.tops if node.kind == "goal"]
    if not goals:
        message = gettext_noop("The case has no claim on top.")
        yield problem_of(
            "WF-S08", Level.SUBMISSION, None, message, gettext_noop("Add a goal that nothing else rests on.")
        )
    for node in goals[1:]:
        message = gettext_noop("%(element)s stands beside the claim on top, %(top)s.")
        remedy = gettext_noop("Link it below another claim; until then the weakest of them counts.")
        yield problem_of("WF-S08", Level.SUBMISSION, node, message, remedy, top=goals[0].key)


def s09_reachable(outline: Outline) -> Iterator[Problem]:
    for node in outline.tops:
        if node.kind != "goal":
            message = gettext_noop("%(element)s is linked to nothing above it.")
            remedy = gettext_noop("Link it below a goal or a strategy, or withdraw it.")
            yield problem_of("WF-S09", Level.SUBMISSION, node, message, remedy)


def s10_undeveloped_is_marked(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind not in CLAIMS or node.is_supported_by_contract or node.declaration in ("assumed", "axiomatic"):
            continue
        if not outline.below[node.id] and not node.is_undeveloped:
            message = gettext_noop("%(element)s has nothing below it.")
            remedy = gettext_noop("Add what supports it, or mark it as undeveloped.")
            yield problem_of("WF-S10", Level.SUBMISSION, node, message, remedy)
        elif outline.below[node.id] and node.is_undeveloped:
            message = gettext_noop("%(element)s is marked as undeveloped, but something supports it.")
            yield problem_of("WF-S10", Level.SUBMISSION, node, message, gettext_noop("Take the mark off."))


def s12_strategy_has_goals(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "strategy" and not outline.below[node.id] and node.is_undeveloped:
            message = gettext_noop("The strategy %(element)s has no goal below it.")
            yield problem_of("WF-S12", Level.SUBMISSION, node, message, gettext_noop("Add the goals that it leads to."))


def s13_strategy_between(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "goal" and sum(leg.kind in ("goal", "away_goal") for leg in outline.below[node.id]) > 1:
            message = gettext_noop("%(element)s rests on several goals, and nothing says why they are enough together.")
            level = Level.SUBMISSION if outline.about.asks.needs_strategies else Level.WARNS
            yield problem_of("WF-S13", level, node, message, gettext_noop("Put a strategy between them."))


def s14_not_mixed(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        kinds = {leg.kind for leg in outline.below[node.id]}
        if node.kind == "goal" and kinds & EVIDENCE and kinds - EVIDENCE:
            message = gettext_noop("%(element)s rests on evidence and on claims at once.")
            remedy = gettext_noop("Put a goal of its own between the evidence and this claim.")
            level = Level.SUBMISSION if outline.about.asks.needs_strategies else Level.WARNS
            yield problem_of("WF-S14", level, node, message, remedy)


DECLARATIONS: Final = frozenset({"asserted", "needsSupport", "assumed", "axiomatic", "asCited"})
EVIDENCE: Final = frozenset({"solution", "away_solution"})
BLOCKING_RULES: Final = (
    s01_unique_keys,
    s02_known_kind,
    s03_s04_s11_kinds_fit,
    s05_ends_exist,
    s06_no_duplicate_link,
    s07_no_cycle,
    s17_combinations,
    s17_taken_as_given,
    s18_contracts,
    m01_only_some_are_public,
    m03_no_circle,
    m05_unique_modules,
    d01_only_counters_challenge,
    d04_never_typed,
)
RULES: Final[Sequence] = (
    *BLOCKING_RULES,
    s08_one_root,
    s09_reachable,
    s10_undeveloped_is_marked,
    s12_strategy_has_goals,
    s13_strategy_between,
    s14_not_mixed,
    *CONTENT_RULES,
    *CONDITION_RULES,
    *CHALLENGE_RULES,
)
