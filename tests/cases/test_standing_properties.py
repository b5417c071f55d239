"""What must be true of the rule for every argument and every set of facts.

Each property is a check on one seed, so that the mutation tests can run the same checks without the search.
"""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.argument import Argument, Combine, CycleFound, Link
from cases.facts import TICK, EvidenceFact, HoldDown, ReviewState
from cases.scale import LIFTED, Standing
from cases.standing import evaluate, forecast, reevaluate, resume
from tests.cases.worlds import START, days, repaired, settled, world

DEFEATED, UNSUPPORTED, UNDEVELOPED, WEAKENED, HOLDS = Standing

# The same examples on every run: a property that fails only sometimes is noise to whoever broke nothing.
property_of_the_rule = settings(max_examples=150, deadline=None, derandomize=True, database=None)
seeds = st.integers(0, 2**32 - 1)


def standings(made, at):
    return evaluate(*made.build(), at).standings()


def instant(random):
    return START + days(random.choice([0, 1, 7, 30, 90, 200, 500])) + timedelta(microseconds=random.randint(0, 1))


def check_any_order_gives_the_same_fixed_point(seed):
    random = Random(seed)
    made, at = world(seed), instant(random)
    result = standings(made, at)
    assert result == standings(made, at)
    assert result == standings(made.shuffled(random), at)
    assert result == settled(made, at, random)


def check_silence_never_improves(seed):
    random = Random(seed)
    argument, facts = world(seed).build()
    early, late = sorted([instant(random), instant(random)])
    before, after = evaluate(argument, facts, early), evaluate(argument, facts, late)
    assert all(later <= sooner for sooner, later in zip(before.values, after.values, strict=True))


def check_nothing_changes_before_the_next_transition(seed):
    random = Random(seed)
    argument, facts = world(seed).build()
    now = evaluate(argument, facts, instant(random))
    if now.next_transition_at is None:
        assert evaluate(argument, facts, now.at + days(20_000)).values == now.values
        return
    assert now.next_transition_at > now.at
    assert evaluate(argument, facts, now.next_transition_at - TICK).values == now.values


def check_worsening_touches_only_what_rests_on_it(seed):
    random = Random(seed)
    made, at = world(seed), instant(random)
    before = evaluate(*made.build(), at)
    chosen = random.choice(made.elements).id
    made.known[chosen] = [*made.known.get(chosen, []), HoldDown(standing=random.choice(list(Standing)))]
    after = evaluate(*made.build(), at)
    above = {chosen, *before.affected_by(chosen)}
    for element in made.elements:
        assert after[element.id] <= before[element.id]
        assert element.id in above or after[element.id] is before[element.id]


def check_nothing_is_inflated_and_defeat_stays_local(seed):
    made, at = world(seed), instant(Random(seed))
    argument, facts = made.build()
    result = evaluate(argument, facts, at)
    for node, element in enumerate(argument.elements):
        legs = argument.legs[node]
        value = result.values[node]
        if legs:
            carried = [
                result.values[leg] if (node, leg) in argument.exact else LIFTED[result.values[leg]] for leg in legs
            ]
            assert value <= (min(carried) if element.combine is Combine.ALL else max(carried))
        if value is DEFEATED:
            own = [fact.finding(at).standing for fact in made.known.get(element.id, ())]
            exact = [result.values[leg] for leg in legs if (node, leg) in argument.exact]
            cited = [made.cited[element.cites]] if made.cited.get(element.cites) is not None else []
            inside = [result[element.cites]] if node in argument.cited_within else []
            assert DEFEATED in own + exact + cited + inside


def check_incremental_is_full(seed):
    random = Random(seed)
    made = world(seed)
    argument, facts = made.build()
    early, late = sorted([instant(random), instant(random)])
    before = evaluate(argument, facts, early)
    touched = random.sample(made.elements, random.randint(0, min(3, len(made.elements))))
    for element in touched:
        made.known[element.id] = [f for f in made.known.get(element.id, ()) if hasattr(f, "rests_on_answer")]
        made.known[element.id].append(random.choice([HoldDown(standing=WEAKENED), EvidenceFact(valid_until=early)]))
    changed = made.facts()
    ids = [element.id for element in touched]
    after = reevaluate(before, changed, touched=ids, at=late)
    full = evaluate(argument, changed, late)
    assert after.values == full.values
    moved = {e.id: (before[e.id], full[e.id]) for e in made.elements if before[e.id] is not full[e.id]}
    assert after.changed == moved
    assert after.recomputed <= len(made.elements)
    if early == late:
        reachable = set(ids).union(*(before.affected_by(element) for element in ids))
        assert after.recomputed <= len(reachable)
    again = reevaluate(resume(argument, facts, early, before.standings()), changed, touched=ids, at=late)
    assert again.values == full.values


def check_blame_is_sound_and_complete(seed):
    random = Random(seed)
    made, at = world(seed), instant(random)
    result = evaluate(*made.build(), at)
    below = [element for element in made.elements if result[element.id] is not HOLDS]
    for element in random.sample(below, min(2, len(below))):
        causes = result.causes(element.id)
        assert causes
        blamed = {cause.element.id for cause in causes}
        assert standings(repaired(made, blamed), at)[element.id] is HOLDS
        for spared in blamed:
            assert standings(repaired(made, blamed - {spared}), at)[element.id] is not HOLDS
        for cause in causes:
            assert cause.path[0] == element.id
            assert cause.path[-1] == cause.element.id
            assert all(result[step] is not HOLDS for step in cause.path)
    for element in made.elements:
        if result[element.id] is HOLDS:
            assert result.causes(element.id) == []


def check_the_forecast_is_the_future(seed):
    random = Random(seed)
    argument, facts = world(seed).build()
    now = evaluate(argument, facts, instant(random))
    falls, end = forecast(now, days(60))
    assert end.values == evaluate(argument, facts, now.at + days(60)).values
    fallen = {fall.element.id for fall in falls}
    assert fallen == {e.id for e in argument.elements if end[e.id] is not now[e.id]}
    for fall in falls:
        assert now.at < fall.at <= end.at
        assert fall.after < fall.before
        assert evaluate(argument, facts, fall.at - TICK)[fall.element.id] is fall.before
        assert evaluate(argument, facts, fall.at)[fall.element.id] is fall.after


CHECKS = [check for name, check in sorted(globals().items()) if name.startswith("check_")]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_property(check):
    property_of_the_rule(given(seeds)(check))()


@given(seeds)
@property_of_the_rule
def test_a_cycle_is_refused_with_its_path(seed):
    made = world(seed)
    random = Random(seed)
    link = random.choice(made.links) if made.links else Link("e0", "e0")
    broken = [*made.links, Link(link.target, link.source)]
    with pytest.raises(CycleFound) as found:
        Argument(made.elements, broken, made.facts().answers())
    path = found.value.path
    edges = {(edge.source, edge.target) for edge in broken} | set(made.facts().answers())
    edges |= {(element.id, element.cites) for element in made.elements}
    assert path[0] == path[-1]
    assert len(set(path)) == len(path) - 1
    assert all(step in edges for step in zip(path, path[1:], strict=False))


def test_the_generator_is_mostly_healthy_but_knows_every_level():
    """A generator of ruins would hide a rule that leaves stale children out."""
    seen = [value for seed in range(200) for value in standings(world(seed), START + days(7)).values()]
    assert 0.5 < seen.count(HOLDS) / len(seen) < 0.9
    assert all(seen.count(level) > 20 for level in Standing)


def test_a_very_deep_argument_needs_no_recursion():
    made = world(0)
    made.elements = [type(made.elements[0])(id=n, kind=made.elements[0].kind) for n in range(5000)]
    made.links = [Link(n, n + 1) for n in range(4999)]
    made.known, made.on_links = {4999: [EvidenceFact(review_state=ReviewState.PENDING)]}, {}
    result = evaluate(*made.build(), START)
    assert result[0] is UNDEVELOPED
    assert result.causes(0)[0].path == tuple(range(5000))


@pytest.mark.parametrize("size", [50, 500, 5000])
def test_one_changed_leaf_costs_its_ancestors_however_big_the_case_is(size):
    """Each claim rests on ten others: what is looked at is the way up, not the case."""
    made = world(0)
    kind = type(made.elements[0])
    made.elements = [kind(id=n, kind="goal", declaration="assumed") for n in range(size)]
    made.links = [Link((n - 1) // 10, n) for n in range(1, size)]
    made.known, made.on_links, made.cited = {}, {}, {}
    argument, facts = made.build()
    before = evaluate(argument, facts, START)
    leaf = size - 1
    made.known = {leaf: [HoldDown(standing=WEAKENED)]}
    after = reevaluate(before, made.facts(), touched=[leaf])
    above = before.affected_by(leaf)
    assert after.recomputed == len(above) + 1 <= 5
    assert set(after.changed) == {leaf, *above}
    # Where nothing changes, nothing above is looked at.
    assert reevaluate(after, made.facts(), touched=[leaf]).recomputed == 1
