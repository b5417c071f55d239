"""How far each claim of an argument can be relied on at an instant, why, and when that next changes.

`S(n)` is the least of: what the facts about n allow, what carries n, the contexts it is made in, and the answers to
its challenges. Pure functions of (argument, facts, instant): nothing here reads a database or a clock, so the same
code answers for today, for any day of the past, and for the future in which nobody acts.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any, Final

from cases.argument import Argument, ArgumentBroken, Combine, CycleFound, Element, ElementId, Kind, Link
from cases.facts import (
    ChallengeFact,
    ConditionFact,
    Fact,
    FactRefused,
    Facts,
    Finding,
    SignOff,
    changes_of,
    link_cap,
    require_aware,
)
from cases.scale import AS_CONTEXT, LIFTED, Reason, Standing

__all__ = [
    "Argument", "ArgumentBroken", "CaseStanding", "Cause", "CycleFound", "Element", "Evaluation", "FactRefused",
    "Facts", "Fall", "Link", "Reason", "Standing", "case_standing", "evaluate", "forecast", "reevaluate", "resume", "steps_ahead",
]  # fmt: skip

DEFEATED, UNSUPPORTED, UNDEVELOPED, WEAKENED, HOLDS = Standing


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that is below Holds by itself. `path` leads from the element asked about to the cause."""

    element: Element
    standing: Standing
    reason: Reason
    label: str = ""  # of the fact: the evidence, metric, condition, challenge
    since: datetime | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    _came_from: dict[int, int] = field(default_factory=dict, repr=False, compare=False)
    _node: int = field(default=0, repr=False, compare=False)
    _elements: Sequence[Element] = field(default=(), repr=False, compare=False)

    @property
    def path(self) -> tuple[ElementId, ...]:
        nodes = [self._node]
        while (above := self._came_from.get(nodes[-1], -1)) >= 0:
            nodes.append(above)
        return tuple(self._elements[node].id for node in reversed(nodes))


@dataclass(slots=True)
class Evaluation:
    """The standing of every element of an argument at one instant.

    After `reevaluate`, `changed` holds (before, after) of each element that moved, and `recomputed` how many were
    looked at; after a full evaluation `changed` is empty.
    """

    argument: Argument
    facts: Facts
    at: datetime
    values: list[Standing]
    changed: dict[ElementId, tuple[Standing, Standing]] = field(default_factory=dict)
    recomputed: int = 0

    def __getitem__(self, element: ElementId) -> Standing:
        return self.values[self.argument.node(element)]

    def standings(self) -> dict[ElementId, Standing]:
        """Every element's id with its standing."""
        return dict(zip(self.argument.position, self.values, strict=True))

    @property
    def next_transition_at(self) -> datetime | None:
        """The first instant after this one at which any fact changes value by itself; None when none ever does."""
        return next((instant for instant, _ in self.facts.schedule if instant > self.at), None)

    def causes(self, element: ElementId) -> list[Cause]:
        """What keeps an element below Holds: repairing exactly these makes it hold. Gravest first, then nearest.

        A cause is an element reached over dependencies below Holds that is below Holds by itself.
        """
        start = self.argument.node(element)
        if self.values[start] is HOLDS:
            return []
        found: list[Cause] = []
        came_from = {start: -1}
        queue = deque([start])
        while queue:
            node = queue.popleft()
            found.extend(self._own_causes(node, came_from))
            for below in self._rests_on(node):
                if below not in came_from and self.values[below] is not HOLDS:
                    came_from[below] = node
                    queue.append(below)
        return sorted(found, key=lambda cause: cause.standing)

    def affected_by(self, element: ElementId) -> list[ElementId]:
        """All that rests on an element, however indirectly, in author order: what a change of it may touch."""
        argument = self.argument
        reached = {argument.node(element)}
        queue = list(reached)
        for node in queue:
            fresh = [above for above in argument.above[node] if above not in reached]
            reached.update(fresh)
            queue.extend(fresh)
        return [argument.elements[node].id for node in sorted(reached - {queue[0]})]

    def _rests_on(self, node: int) -> Iterator[int]:
        """The dependencies that count now: an answer counts only while its challenge is refuted."""
        argument = self.argument
        yield from argument.legs[node]
        yield from argument.contexts.get(node, ())
        for challenge in _answered(argument, self.facts, node):
            yield argument.node(challenge.response)
        yield from argument.cited_within.get(node, ())

    def _own_causes(self, node: int, came_from: dict[int, int]) -> Iterator[Cause]:
        elements = self.argument.elements
        for label, finding in _own_findings(self.argument, self.facts, node, self.at):
            reason = finding.reason or Reason.UNDEVELOPED
            detail = dict(finding.detail or {})
            yield Cause(
                elements[node], finding.standing, reason, label, finding.since, detail, came_from, node, elements
            )


def evaluate(argument: Argument, facts: Facts, at: datetime) -> Evaluation:
    """The standing of every element at `at`, in one pass over the argument."""
    require_aware(at=at)
    values = _allowed_by_facts(argument, facts, at)
    careful = argument.marked | _touched_by_challenges(argument, facts)
    every_leg, lifted = argument.legs, LIFTED
    for node in argument.order:
        if node in careful:
            values[node] = _standing(argument, facts, node, at, values[node], values)
        elif legs := every_leg[node]:
            weakest = lifted[min([values[leg] for leg in legs])]
            if weakest < values[node]:
                values[node] = weakest
    return Evaluation(argument, facts, at, values)


def resume(argument: Argument, facts: Facts, at: datetime, standings: Mapping[ElementId, int]) -> Evaluation:
    """Take up an evaluation from stored standings, to go on with `reevaluate`; elements not stored count as Holds."""
    require_aware(at=at)
    return Evaluation(
        argument, facts, at, [Standing(standings.get(element.id, HOLDS)) for element in argument.elements]
    )


def reevaluate(
    before: Evaluation,
    facts: Facts | None = None,
    *,
    touched: Iterable[ElementId] = (),
    at: datetime | None = None,
) -> Evaluation:
    """The evaluation after the facts about some elements changed, time went on, or both.

    Looks at the touched elements, at those with a fact that changed by itself meanwhile, and at what rests on any that
    moved; each once, lowest first. A change of elements or links is another argument: use `evaluate`.
    """
    argument = before.argument
    facts = before.facts if facts is None else facts
    at = before.at if at is None else at
    require_aware(at=at)
    if at < before.at:
        raise FactRefused("at lies before the evaluation it continues; evaluate the earlier instant in full.")
    nodes = {argument.node(element) for element in touched}
    if at > before.at:
        nodes |= {argument.node(element) for element in _due(facts, before.at, at)}
    values, changed, recomputed = list(before.values), {}, 0
    for node in _upwards(argument, nodes, values):
        recomputed += 1
        own = _allowed_by_own_facts(argument, facts, node, at)
        value = _standing(argument, facts, node, at, own, values)
        if value is not values[node]:
            changed[argument.elements[node].id] = values[node], value
            values[node] = value
    return Evaluation(argument, facts, at, values, changed, recomputed)


def _upwards(argument: Argument, nodes: Collection[int], values: Sequence[Standing]) -> Iterator[int]:
    """The nodes, then what rests on those whose value the caller changed, each after all that it rests on."""
    rank, order = argument.rank, argument.order
    queue = [rank[node] for node in nodes]
    heapify(queue)
    queued = set(nodes)
    while queue:
        node = order[heappop(queue)]
        was = values[node]
        yield node
        if values[node] is not was:
            for above in argument.above[node]:
                if above not in queued:
                    queued.add(above)
                    heappush(queue, rank[above])


def _due(facts: Facts, after: datetime, until: datetime) -> Iterator[ElementId]:
    for instant, element in facts.schedule:
        if instant > until:
            return
        if instant > after:
            yield element


# --- The rule ---------------------------------------------------------------------------------------------------------


def _allowed_by_facts(argument: Argument, facts: Facts, at: datetime) -> list[Standing]:
    """What each element is worth by its own facts, with all that it rests on taken to hold."""
    values = list(argument.resting)
    elements, position, evidenced, solution = argument.elements, argument.position, facts.evidenced, Kind.SOLUTION
    for element, known in facts.about.items():
        if element not in position:
            raise ArgumentBroken(f"There are facts about element {element}, which is not part of this argument.")
        node = position[element]
        value = values[node]
        if value is UNDEVELOPED and element in evidenced and elements[node].kind is solution:
            value = HOLDS
        for fact in known:
            allowed = fact.finding(at).standing
            if allowed < value:
                value = allowed
        values[node] = value
    for node, citations in argument.cited_outside.items():
        values[node] = min(values[node], *(_cited_finding(facts, cited).standing for cited in citations))
    return values


def _allowed_by_own_facts(argument: Argument, facts: Facts, node: int, at: datetime) -> Standing:
    """The same for one element."""
    return min((finding.standing for _, finding in _fact_findings(argument, facts, node, at)), default=HOLDS)


def _fact_findings(argument: Argument, facts: Facts, node: int, at: datetime) -> Iterator[tuple[str, Finding]]:
    """Everything by which an element's own facts leave it below Holds, each with its label."""
    element = argument.elements[node]
    known: Sequence[Fact] = facts.about.get(element.id, ())
    if element.kind is Kind.SOLUTION:
        if element.id not in facts.evidenced:
            yield "", Finding(UNDEVELOPED, Reason.EVIDENCE_MISSING)
    elif argument.resting[node] is not HOLDS:
        yield "", Finding(argument.resting[node], Reason.UNDEVELOPED)
    for fact in known:
        finding = fact.finding(at)
        if finding.standing is not HOLDS:
            yield fact.label, finding
    for cited in argument.cited_outside.get(node, ()):
        finding = _cited_finding(facts, cited)
        if finding.standing is not HOLDS:
            yield facts.name_of_cited(cited), finding


def _cited_finding(facts: Facts, cited: ElementId) -> Finding:
    standing = facts.cited(cited)
    if standing is None:
        return Finding(UNSUPPORTED, Reason.CITED_NOT_LIVE)
    return Finding(standing, Reason.CITED_BELOW, None, {"cited": standing})


def _touched_by_challenges(argument: Argument, facts: Facts) -> set[int]:
    """Nodes whose challenges depend on answers or sit on links; the answers must be part of the argument's order."""
    touched = set()
    for element in (*facts.answered, *facts.on_links):
        node = argument.node(element)
        touched.add(node)
        for challenge in _answered(argument, facts, node):
            if (node, argument.node(challenge.response)) not in argument.answers:
                raise ArgumentBroken(
                    f"The answer to challenge {challenge.label} is not in the order of this argument. "
                    "Build the argument with facts.answers()."
                )
    return touched


def _answered(argument: Argument, facts: Facts, node: int) -> Iterator[ChallengeFact]:
    """The refuted challenges, of the element and of its links, that rest on an answer."""
    element = argument.elements[node].id
    yield from facts.answered.get(element, ())
    for challenges in facts.on_links.get(element, {}).values():
        for challenge in challenges:
            if challenge.rests_on_answer:
                yield challenge


def _standing(
    argument: Argument, facts: Facts, node: int, at: datetime, own: Standing, values: Sequence[Standing]
) -> Standing:
    """The whole rule for one element, given what its own facts allow and the standing of all it rests on."""

    def answer(response: ElementId) -> Standing:
        return values[argument.node(response)]

    element = argument.elements[node]
    on_links = facts.on_links.get(element.id)
    value = own
    if legs := argument.legs[node]:
        contributions = [_contribution(argument, node, leg, values[leg], on_links, at, answer) for leg in legs]
        value = min(value, _support(element, contributions))
    for context in argument.contexts.get(node, ()):
        cap = _link_limit(argument, node, context, on_links, at, answer)
        value = min(value, AS_CONTEXT[values[context]], cap)
    for challenge in facts.answered.get(element.id, ()):
        value = min(value, challenge.given_answer(answer(challenge.response)))
    for cited in argument.cited_within.get(node, ()):
        value = min(value, values[cited])
    return value


def _support(element: Element, contributions: list[Standing]) -> Standing:
    """What the legs carry together. A lost leg always shows, even where another one would do."""
    weakest = min(contributions)
    if element.combine is Combine.ALL:
        return weakest
    needed = 1 if element.combine is Combine.ANY else element.combine_k
    if needed > len(contributions):
        return min(weakest, UNDEVELOPED)
    carried = sorted(contributions, reverse=True)[needed - 1]
    return min(carried, HOLDS if weakest is HOLDS else WEAKENED)


OnLinks = dict[ElementId, list[ChallengeFact]] | None
Answer = Callable[[ElementId], Standing]


def _contribution(
    argument: Argument, node: int, leg: int, value: Standing, on_links: OnLinks, at: datetime, answer: Answer
) -> Standing:
    """What one leg brings to its claim."""
    carried = value if (node, leg) in argument.exact else LIFTED[value]
    return min(carried, _link_limit(argument, node, leg, on_links, at, answer))


def _link_limit(
    argument: Argument, node: int, target: int, on_links: OnLinks, at: datetime, answer: Answer
) -> Standing:
    """The most that one link may carry: its ends changed since it was reviewed, or somebody doubts the step."""
    limit = WEAKENED if (node, target) in argument.suspect else HOLDS
    if on_links and (challenges := on_links.get(argument.elements[target].id)):
        limit = min(limit, link_cap(challenges, at, answer))
    return limit


# --- Why --------------------------------------------------------------------------------------------------------------


def _own_findings(argument: Argument, facts: Facts, node: int, at: datetime) -> Iterator[tuple[str, Finding]]:
    """Everything by which an element is below Holds with all that it rests on taken to hold."""
    yield from _fact_findings(argument, facts, node, at)
    element = argument.elements[node]
    legs = argument.legs[node]
    if legs and element.combine is Combine.AT_LEAST and element.combine_k > len(legs):
        yield "", Finding(UNDEVELOPED, Reason.UNDEVELOPED, None, {"needed": element.combine_k, "given": len(legs)})
    on_links = facts.on_links.get(element.id, {})
    for target in (*legs, *argument.contexts.get(node, ())):
        other = argument.elements[target]
        if (node, target) in argument.suspect:
            yield other.key, Finding(WEAKENED, Reason.LINK_SUSPECT, None, {"link_to": other.id})
        for challenge in on_links.get(other.id, ()):
            finding = challenge.finding(at)
            if finding.standing is not HOLDS:
                detail = {**(finding.detail or {}), "link_to": other.id}
                yield challenge.label, finding._replace(standing=LIFTED[finding.standing], detail=detail)


# --- The future, and the case as a whole ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fall:
    """An element that will go down at an instant if nobody acts."""

    element: Element
    at: datetime
    before: Standing
    after: Standing


def steps_ahead(evaluation: Evaluation, within: timedelta, also: Iterable[datetime] = ()) -> Iterator[Evaluation]:
    """The evaluation at each instant within a time at which a fact changes by itself, and at those of `also`.

    Sound because silence never improves a standing: every step of the future can only be a fall.
    """
    start, end = evaluation.at, evaluation.at + within
    scheduled = (instant for instant, _ in evaluation.facts.schedule)
    for instant in sorted({instant for instant in (*scheduled, *also) if start < instant <= end}):
        evaluation = reevaluate(evaluation, at=instant)
        yield evaluation


def forecast(evaluation: Evaluation, within: timedelta) -> tuple[list[Fall], Evaluation]:
    """What falls within a time if nobody acts, in order of time, and the evaluation at its end."""
    end = evaluation.at + within
    position = evaluation.argument.position
    elements = evaluation.argument.elements
    falls: list[Fall] = []
    last = evaluation
    for last in steps_ahead(evaluation, within):
        falls += [
            Fall(elements[position[element]], last.at, before, after)
            for element, (before, after) in last.changed.items()
        ]
    return falls, reevaluate(last, at=end)


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """The standing of a case: of its root, lowered by what concerns the case as a whole."""

    standing: Standing
    root: Standing
    findings: tuple[tuple[str, Finding], ...]  # labels and findings about the case as a whole, below Holds
    next_transition_at: datetime | None


SIGN_OFF_MISSING: Final = Finding(WEAKENED, Reason.SIGN_OFF_MISSING)


def case_standing(
    evaluation: Evaluation,
    root: ElementId,
    *,
    needs_sign_off: bool = False,
    sign_offs: Sequence[SignOff] = (),
    conditions: Sequence[ConditionFact] = (),
) -> CaseStanding:
    """The standing of the case. A live case without a valid sign-off of its owner is at most Weakened."""
    at = evaluation.at
    findings = [(condition.label, condition.finding(at)) for condition in conditions]
    if needs_sign_off:
        # The best sign-off counts; the newest comes last and names the reason when none is valid.
        signed = [(sign_off.label, sign_off.finding(at)) for sign_off in sign_offs] or [("", SIGN_OFF_MISSING)]
        findings.append(max(reversed(signed), key=lambda labelled: labelled[1].standing))
    below = tuple(labelled for labelled in findings if labelled[1].standing is not HOLDS)
    root_standing = evaluation[root]
    clocks: list[Any] = [*conditions, *(sign_offs if needs_sign_off else ())]
    changes = [instant for fact in clocks for instant in changes_of(fact) if instant > at]
    if evaluation.next_transition_at is not None:
        changes.append(evaluation.next_transition_at)
    return CaseStanding(
        min([root_standing, *(finding.standing for _, finding in below)]),
        root_standing,
        below,
        min(changes, default=None),
    )
