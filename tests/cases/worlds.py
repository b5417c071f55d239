"""Random arguments with facts, mostly healthy, and a slow, plain reading of the rule to compare with."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from cases.argument import CITING, PREMISES, Argument, Combine, Declaration, Element, Kind, Link, LinkKind
from cases.facts import (
    ChallengeFact,
    ChallengeState,
    Comparator,
    ConditionFact,
    ConditionState,
    DimensionRule,
    EvidenceFact,
    Facts,
    HoldDown,
    MetricFact,
    Reading,
    ReviewBy,
    ReviewState,
    Severity,
    Significance,
)
from cases.scale import Standing
from evidence.environment import Environment

START = datetime(2026, 1, 1, tzinfo=UTC)
DEFEATED, UNSUPPORTED, UNDEVELOPED, WEAKENED, HOLDS = Standing


def days(number):
    return timedelta(days=number)


@dataclass
class World:
    """One argument with everything known about it, in a form that is easy to change."""

    elements: list[Element]
    links: list[Link]
    known: dict = field(default_factory=dict)
    on_links: dict = field(default_factory=dict)
    cited: dict = field(default_factory=dict)

    def facts(self):
        facts = Facts(self.cited)
        for element, known in self.known.items():
            facts.add(element, *known)
        for (source, target), challenges in self.on_links.items():
            facts.add_to_link(source, target, *challenges)
        return facts

    def argument(self):
        return Argument(self.elements, self.links, self.facts().answers())

    def build(self):
        facts = self.facts()
        return Argument(self.elements, self.links, facts.answers()), facts

    def shuffled(self, random):
        known = {element: shuffle(random, facts) for element, facts in shuffle(random, self.known.items())}
        on_links = {link: shuffle(random, facts) for link, facts in shuffle(random, self.on_links.items())}
        return World(shuffle(random, self.elements), shuffle(random, self.links), known, on_links, self.cited)


def shuffle(random, items):
    items = list(items)
    random.shuffle(items)
    return items


def world(seed, most=22):
    """A random world; the same seed gives the same one. A node only rests on later nodes, so there is no cycle."""
    random = Random(seed)
    made = World([], [])
    count = random.randint(2, most)
    for number in range(count):
        made.elements.append(_element(random, number, count, made))
    _link(random, made)
    for number, element in enumerate(made.elements):
        known = _known(random, element, number, count)
        if known:
            made.known[element.id] = known
    for link in made.links:
        if random.random() < 0.06:
            answer = _later(random, int(link.source[1:]), count)
            made.on_links[link.source, link.target] = [_challenge(random, answer)]
    return made


def _later(random, number, count):
    return f"e{random.randint(number + 1, count - 1)}" if number + 1 < count else None


def _element(random, number, count, made):
    kind = Kind.GOAL
    if number:
        kind = random.choices(
            [Kind.GOAL, Kind.STRATEGY, Kind.SOLUTION, Kind.CONTEXT, Kind.ASSUMPTION, Kind.AWAY_GOAL],
            [30, 12, 35, 8, 8, 7],
        )[0]
    element = Element(id=f"e{number}", kind=kind, key=f"E{number}")
    if kind in (Kind.GOAL, Kind.STRATEGY) and random.random() < 0.25:
        element.combine = random.choice([Combine.ANY, Combine.AT_LEAST])
        element.combine_k = random.choice([1, 1, 2, 2, 3])
    if kind in CITING and random.random() < 0.95:
        inside = _later(random, number, count)
        element.cites = inside if inside and random.random() < 0.4 else f"x{number}"
        if element.cites.startswith("x") and random.random() < 0.95:
            made.cited[element.cites] = random.choices(list(Standing), [2, 3, 2, 6, 87])[0]
    return element


def _link(random, made):
    carried = set()
    for number, element in enumerate(made.elements[1:], start=1):
        claims = [e for e in made.elements[:number] if e.kind in (Kind.GOAL, Kind.STRATEGY)]
        for claim in random.sample(claims, min(len(claims), random.choice([1, 1, 1, 2]))):
            kind = LinkKind.IN_CONTEXT_OF if element.kind in PREMISES else LinkKind.SUPPORTED_BY
            link = Link(claim.id, element.id, kind)
            link.is_exact = kind is LinkKind.SUPPORTED_BY and random.random() < 0.15
            link.is_suspect = random.random() < 0.03
            made.links.append(link)
            if kind is LinkKind.SUPPORTED_BY:
                carried.add(claim.id)
    for element in made.elements:
        if element.id not in carried and element.kind in (Kind.GOAL, Kind.STRATEGY) and random.random() < 0.9:
            element.declaration = random.choice([Declaration.AXIOMATIC, Declaration.ASSUMED])


def _known(random, element, number, count):
    known = []
    if element.kind is Kind.SOLUTION:
        known += [_evidence(random) for _ in range(random.choices([0, 1, 2], [3, 80, 17])[0])]
    if element.kind in PREMISES and random.random() < 0.5:
        known.append(ReviewBy(by=START + days(random.randint(5, 400))))
    if element.kind is Kind.GOAL and random.random() < 0.25:
        known.append(_metric(random))
    if element.kind in (Kind.GOAL, Kind.ASSUMPTION) and random.random() < 0.3:
        known.append(_condition(random))
    if random.random() < 0.12:
        known.append(_challenge(random, _later(random, number, count)))
    if random.random() < 0.02:
        known.append(HoldDown(standing=random.choice(list(Standing))))
    return known


def _evidence(random):
    state = random.choices(list(ReviewState), [3, 92, 2, 2, 1])[0]
    return EvidenceFact(
        label="report",
        review_state=state,
        is_intact=random.random() < 0.98,
        valid_until=random.choice([None, START + days(random.randint(-5, 400))]),
        grace=days(random.choice([0, 0, 10, 30])),
        environment=random.choice(list(Environment)),
        environment_required=random.choices([None, Environment.TRAINING, Environment.TEST], [80, 15, 5])[0],
        environment_policy=random.choice([WEAKENED, UNSUPPORTED]),
        system_version=random.choices([None, "1", "2"], [70, 27, 3])[0],
        deployed_version="1",
        version_policy=random.choice([WEAKENED, UNSUPPORTED, HOLDS]),
    )


def _metric(random):
    cells = ("",) if random.random() < 0.7 else ("a", "b")
    readings = [
        Reading(
            value=random.choices([0.95, 0.88, 0.91], [88, 5, 7])[0],
            n=random.choices([500, 20], [95, 5])[0],
            cell=cell,
            measured_at=START - days(random.randint(0, 20)),
        )
        for cell in cells
        for _ in range(random.choices([0, 1, 2, 3], [4, 60, 26, 10])[0])
    ]
    return MetricFact(
        label="ratio",
        comparator=Comparator.GE,
        threshold=0.9,
        cells=cells,
        dimension_rule=random.choices(list(DimensionRule), [8, 2])[0],
        min_n=200,
        guard_band=0.02,
        max_age=random.choice([None, days(random.randint(10, 200))]),
        grace=days(random.choice([0, 5])),
        readings=readings,
    )


def _condition(random):
    return ConditionFact(
        label="drift",
        state=random.choices(list(ConditionState), [80, 4, 4, 4, 5, 3])[0],
        effect=random.choice([WEAKENED, UNSUPPORTED, DEFEATED]),
        last_evaluated_at=random.choices([START - days(random.randint(0, 3)), None], [97, 3])[0],
        max_silence=random.choice([None, days(random.randint(4, 90))]),
        trips_at=random.choices([None, START + days(random.randint(1, 60))], [95, 5])[0],
    )


def _challenge(random, answer):
    return ChallengeFact(
        label="doubt",
        severity=random.choice(list(Severity)),
        state=random.choices(list(ChallengeState), [8, 4, 60, 14, 14])[0],
        response=answer if random.random() < 0.95 else None,
        significance=random.choice([Significance.NEGLIGIBLE, Significance.NEGLIGIBLE, Significance.MANAGEABLE]),
        accepted_until=random.choices([START + days(random.randint(1, 300)), None], [95, 5])[0],
    )


# --- A plain reading of the rule: recursion over the lists, no order, no tables ----------------------------------------


def plain_rule(world, element, at, standing_of):
    """The standing of one element, given a function for the standing of the others."""
    values = [fact.finding(at).standing for fact in world.known.get(element.id, ())]
    values += [
        _answer_cap(fact, standing_of) for fact in world.known.get(element.id, ()) if isinstance(fact, ChallengeFact)
    ]
    inside = {other.id for other in world.elements}
    legs = []
    for link in world.links:
        if link.source != element.id or link.kind is LinkKind.CHALLENGES:
            continue
        child = standing_of(link.target)
        limits = [WEAKENED] if link.is_suspect else []
        for challenge in world.on_links.get((link.source, link.target), ()):
            worst = min(challenge.finding(at).standing, _answer_cap(challenge, standing_of))
            limits.append(max(worst, UNSUPPORTED))
        if link.kind is LinkKind.SUPPORTED_BY:
            legs.append(min([child if link.is_exact else max(child, UNSUPPORTED), *limits]))
        else:
            values.append(min([child if child >= WEAKENED else UNSUPPORTED, *limits]))
    if element.kind is Kind.SOLUTION and not any(f.is_evidence for f in world.known.get(element.id, ())):
        values.append(UNDEVELOPED)
    if legs:
        values.append(_plain_support(element, legs))
    elif _awaits_support(element):
        values.append(UNDEVELOPED)
    if element.kind in CITING and element.cites is not None:
        cited = standing_of(element.cites) if element.cites in inside else world.cited.get(element.cites)
        values.append(UNSUPPORTED if cited is None else cited)
    return min(values, default=HOLDS)


def _awaits_support(element):
    if element.kind in CITING:
        return element.cites is None
    return element.kind in (Kind.GOAL, Kind.STRATEGY) and element.declaration is Declaration.ASSERTED


def _answer_cap(challenge, standing_of):
    if challenge.state is not ChallengeState.REFUTED or challenge.response is None:
        return HOLDS
    doubt = UNSUPPORTED if challenge.severity is Severity.BLOCKING else WEAKENED
    answer = standing_of(challenge.response)
    return HOLDS if answer == HOLDS else min(WEAKENED, doubt) if answer == WEAKENED else doubt


def _plain_support(element, legs):
    if element.combine is Combine.ALL:
        return min(legs)
    needed = element.combine_k if element.combine is Combine.AT_LEAST else 1
    if needed > len(legs):
        return min([*legs, UNDEVELOPED])
    reached = max(level for level in Standing if sum(leg >= level for leg in legs) >= needed)
    return reached if all(leg == HOLDS for leg in legs) else min(reached, WEAKENED)


def settled(world, at, random):
    """The standings reached by applying the plain rule to any element in any order, from all-Holds, until none moves."""
    values = {element.id: HOLDS for element in world.elements}
    moves = 0
    moved = True
    while moved:
        moved = False
        for element in shuffle(random, world.elements):
            value = plain_rule(world, element, at, values.__getitem__)
            if value != values[element.id]:
                values[element.id] = value
                moved = True
                moves += 1
    assert moves <= 4 * len(world.elements)
    return values


# --- Repair --------------------------------------------------------------------------------------------------------------


def repaired(world, ids):
    """The same world with exactly these elements put right in all that is their own."""
    ids = set(ids)
    elements = []
    known = dict(world.known)
    cited = dict(world.cited)
    for element in world.elements:
        if element.id in ids:
            known[element.id] = [f for f in known.get(element.id, ()) if _rests_on_answer(f)]
            if element.kind is Kind.SOLUTION:
                known[element.id].append(EvidenceFact(review_state=ReviewState.ACCEPTED))
            if element.cites is not None:
                cited[element.cites] = HOLDS
            given = Declaration.AXIOMATIC
            element = replace(element, declaration=given, combine_k=1, cites=element.cites or f"x{element.id}")  # noqa: PLW2901
            cited.setdefault(f"x{element.id}", HOLDS)
        elements.append(element)
    links = [replace(link, is_suspect=False) if link.source in ids else link for link in world.links]
    on_links = {
        link: [f for f in facts if link[0] not in ids or _rests_on_answer(f)] for link, facts in world.on_links.items()
    }
    return World(elements, links, known, on_links, cited)


def _rests_on_answer(fact):
    return isinstance(fact, ChallengeFact) and fact.rests_on_answer
