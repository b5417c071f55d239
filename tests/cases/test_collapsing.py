"""Leaving sub-arguments out, and the drawing of modules: random arguments, nothing lost and nothing invented."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.architecture import Part, Use, architecture, standings_of_parts
from cases.argument import Argument, Element, Kind, Link, LinkKind, Role
from cases.collapsing import collapse
from cases.drawing import draw
from cases.scale import Standing
from tests.cases.test_drawing import argument, assert_is_safe, standings

drawn = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def some(made, seed):
    random = Random(seed)
    return {element.id for element in made.elements if random.random() < 0.2}


@given(seed=st.integers(0, 2**32 - 1))
@drawn
def test_only_what_hangs_below_the_collapsed_is_left_out(seed):
    made = argument(seed)
    folded = some(made, seed)
    less, hides = collapse(made, folded)
    kept = {element.id for element in less.elements}
    assert all(link.source in kept and link.target in kept for link in less.links)
    for top in made.elements:
        if not made.above[made.position[top.id]] and top.role is not Role.COUNTER:
            assert top.id in kept  # nothing stands above it that could hide it
    for one, number in hides.items():
        assert one in folded & kept
        assert 0 < number <= len(made.elements) or number == 0
        assert not less.legs[less.position[one]]
    gone = {element.id for element in made.elements} - kept
    assert bool(gone) <= bool(hides)
    assert len(gone) <= sum(hides.values())  # what two of them hide is counted below both
    again, more = collapse(made, [])
    assert again is made
    assert not more


@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([3, 30]))
@drawn
def test_a_collapsed_drawing_is_whole_and_safe(seed, limit):
    made = argument(seed)
    figures = draw(made, standings(made, seed), limit=limit, collapsed=some(made, seed))
    less, hides = collapse(made, some(made, seed))
    assert {one for figure in figures for one in figure.elements} == {element.id for element in less.elements}
    # A figure that goes on elsewhere says so there; the element it begins with says it once more.
    assert sum(figure.svg.count('class="hidden"') for figure in figures) >= len(hides)
    for figure in figures:
        assert_is_safe(figure)


def test_an_element_with_an_open_parent_stays():
    made = Argument([Element(id=n, kind=Kind.GOAL) for n in range(4)], [Link(0, 1), Link(0, 2), Link(1, 3), Link(2, 3)])
    less, hides = collapse(made, [1])
    assert {element.id for element in less.elements} == {0, 1, 2, 3}
    assert hides == {1: 0}
    less, hides = collapse(made, [1, 2])
    assert {element.id for element in less.elements} == {0, 1, 2}
    assert hides == {1: 1, 2: 1}


def test_the_context_of_a_collapsed_claim_stays_beside_it_and_a_leaf_cannot_be_collapsed():
    elements = [
        Element(id=0, kind=Kind.GOAL),
        Element(id=1, kind=Kind.CONTEXT),
        Element(id=2, kind=Kind.GOAL),
        Element(id="no", kind=Kind.GOAL, role=Role.COUNTER),
    ]
    links = [Link(0, 1, LinkKind.IN_CONTEXT_OF), Link(0, 2), Link("no", 2, LinkKind.CHALLENGES)]
    less, hides = collapse(Argument(elements, links), [0, 2, "unknown"])
    assert {element.id for element in less.elements} == {0, 1}
    assert hides == {0: 2}  # the claim below, and the doubt about it


def test_modules_that_use_each_other_in_a_circle_are_drawn_without_the_last_use():
    parts = [Part("a", "M1", "One"), Part("b", "M2", "Two"), Part("c", "M3", "Three", is_contract=True)]
    uses = [Use("a", "b"), Use("b", "c"), Use("c", "a"), Use("a", "a"), Use("a", "b", is_context=True), Use("a", "x")]
    made = architecture(parts, uses)
    assert [(link.source, link.target) for link in made.links] == [("a", "b"), ("b", "c")]
    assert [element.kind for element in made.elements] == [Kind.MODULE_REF, Kind.MODULE_REF, Kind.CONTRACT_REF]
    (figure,) = draw(made, title="<script>")
    assert_is_safe(figure)


def test_a_module_stands_as_its_lowest_claim_on_top():
    known = {1: Standing.HOLDS, 2: Standing.WEAKENED}
    assert standings_of_parts({"a": [1, 2], "b": [1], "c": [3]}, known) == {"a": Standing.WEAKENED, "b": Standing.HOLDS}
