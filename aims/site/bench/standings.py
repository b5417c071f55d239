"""The standing of a 5,000-element argument, full and after one change, against a bare topological pass."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from aims.site.bench.measuring import best_of, line
from cases.argument import Argument, Element, Kind, Link
from cases.drawing import draw
from cases.facts import EvidenceFact, Facts, ReviewState
from cases.standing import evaluate, reevaluate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def grown(size: int) -> tuple[list[Element], list[Link], dict[str, list[str]]]:
    """A tree of goals with a solution at each leaf, a tenth of them shared, seeded so that every run is the same."""
    chance = random.Random(42)  # noqa: S311
    goals = [f"G{n}" for n in range(size * 2 // 3)]
    elements = [Element(id=goal, kind=Kind.GOAL) for goal in goals]
    links, parents = [], set()
    for n, goal in enumerate(goals[1:], start=1):
        parent = goals[chance.randrange(max(0, n // 3 - 2), n // 3 + 1)]
        parents.add(parent)
        links.append(Link(parent, goal))
    leaves = [goal for goal in goals if goal not in parents]
    solutions = [f"Sn{n}" for n in range(size - len(goals))]
    elements += [Element(id=solution, kind=Kind.SOLUTION) for solution in solutions]
    for n, leaf in enumerate(leaves):
        links.append(Link(leaf, solutions[n % len(solutions)]))
    for solution in solutions[len(leaves) :]:
        links.append(Link(chance.choice(leaves), solution))
    below: dict[str, list[str]] = {str(element.id): [] for element in elements}
    for link in links:
        below[str(link.source)].append(str(link.target))
    return elements, links, below


def evidence(element: str, days: int) -> EvidenceFact:
    return EvidenceFact(
        label=f"Report {element}",
        review_state=ReviewState.ACCEPTED,
        valid_until=NOW + timedelta(days=days),
        grace=timedelta(days=10),
    )


def known(solutions: list[str], days: int) -> Facts:
    facts = Facts()
    for solution in solutions:
        facts.add(solution, evidence(solution, days))
    return facts


def bare_pass(below: dict[str, list[str]]) -> int:
    """Kahn's algorithm over the same graph, taking a minimum on the way: the least that any evaluation must do."""
    waiting = {node: len(children) for node, children in below.items()}
    above: dict[str, list[str]] = {node: [] for node in below}
    for node, children in below.items():
        for child in children:
            above[child].append(node)
    ready = [node for node, count in waiting.items() if not count]
    value = dict.fromkeys(below, 4)
    for node in ready:
        for parent in above[node]:
            if value[node] < value[parent]:
                value[parent] = value[node]
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return len(ready)


def drawings(rounds: int) -> Iterator[str]:
    """Layout and SVG of arguments of three sizes, cut into figures, against the same bare pass."""
    for size in (50, 500, 5000):
        elements, links, below = grown(size)
        argument = Argument(elements, links)
        ours, baseline = best_of(rounds, lambda a=argument: draw(a), lambda b=below: bare_pass(b))  # type: ignore[misc]
        yield line(f"drawing_{size}", ours, baseline)


def measure(size: int = 5000, rounds: int = 15) -> Iterator[str]:
    """Yields the lines."""
    elements, links, below = grown(size)
    argument = Argument(elements, links)
    solutions = [str(e.id) for e in elements if e.kind == Kind.SOLUTION]
    facts = known(solutions, 100)
    full, built, baseline = best_of(
        rounds,
        lambda: evaluate(argument, facts, NOW),
        lambda: evaluate(Argument(elements, links), known(solutions, 100), NOW),
        lambda: bare_pass(below),
    )
    yield line(f"standing_full_{size}", full, baseline, aim=2)
    yield line(f"standing_full_{size}_with_building_the_graph", built, baseline)
    before = evaluate(argument, facts, NOW)
    changed = known(solutions[1:], 100)
    changed.add(solutions[0], evidence(solutions[0], -30))
    one, again = best_of(
        rounds, lambda: reevaluate(before, changed, touched=[solutions[0]]), lambda: evaluate(argument, changed, NOW)
    )
    after = reevaluate(before, changed, touched=[solutions[0]])
    yield from drawings(rounds)
    yield line(f"standing_one_change_{size}", one, again) + f" recomputed={after.recomputed}"
