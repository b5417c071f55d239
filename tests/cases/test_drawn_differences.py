"""What differs between two documents as a drawing: everything of both is in it once, marked by more than a colour, and safe."""

import re
from copy import deepcopy
from itertools import combinations
from random import Random
from xml.etree import ElementTree  # noqa: S405 (reads only what this test drew)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.differences import Kind, difference
from cases.drawing import STUB, Theme, draw
from cases.drawn_differences import as_drawn
from cases.layout import sheets_of
from tests.cases.test_drawing import SVG, assert_is_safe, boxes, drawn, overlap

SUPPORT, CONTEXT = "supported_by", "in_context_of"


def element(gid, kind="goal", **said):
    return {
        "gid": gid, "module": "m1", "key": gid.upper(), "kind": kind, "statement": f"What {gid} says", "combine": "all",
        "combine_k": None, "is_undeveloped": False, "is_uninstantiated": False, "is_public": False,
        "is_supported_by_contract": False, **said,
    }  # fmt: skip


def document(elements, links=()):
    return {
        "case": {"gid": "c"},
        "modules": [{"gid": "m1", "key": "M1", "title": "Case", "is_contract": False, "is_default": True}],
        "elements": [element(*one) if isinstance(one, tuple) else element(one) for one in elements],
        "links": [
            {"gid": f"{source}-{target}", "kind": kind, "source": source, "target": target, "ordinal": place}
            for place, (source, target, kind) in enumerate(links)
        ],
        "metrics": [], "conditions": [], "bindings": [],
    }  # fmt: skip


def some_document(random, size=24):
    """Random elements in a random order, each link leading down that order, so that two of them often contradict each other."""
    order = random.sample([f"g{number}" for number in range(size)], random.randint(1, size))
    made = document([(gid, random.choice(["goal", "goal", "strategy"])) for gid in sorted(order)])
    pairs = [(one, other) for place, one in enumerate(order) for other in order[place + 1 :]]
    for place, (one, other) in enumerate(random.sample(pairs, min(len(pairs), random.randint(0, 30)))):
        made["links"].append({"gid": f"{one}-{other}-{random.randint(0, 1)}", "kind": SUPPORT, "source": one,
                              "target": other, "ordinal": place})  # fmt: skip
    for row in made["elements"]:
        row["statement"] += random.choice(["", "", "!"])
    return made


def merged(seed):
    random = Random(seed)
    before, after = some_document(random), some_document(random)
    return before, after, *as_drawn(before, after, difference(before, after))


@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([3, 8, 30]))
@drawn
def test_every_element_and_link_of_both_texts_is_drawn(seed, limit):
    before, after, argument, changes = merged(seed)
    figures = draw(argument, limit=limit, changes=changes)
    shown = [gid for figure in figures for gid in figure.elements]
    assert set(shown) == {row["gid"] for text in (before, after) for row in text["elements"]}
    ends = {(row["source"], row["target"]) for text in (before, after) for row in text["links"]}
    assert sum(figure.svg.count('class="link') for figure in figures) == len(ends)
    gone = ends - {(row["source"], row["target"]) for row in after["links"]}
    assert sum(figure.svg.count('class="link link-removed"') for figure in figures) == len(gone)


@given(seed=st.integers(0, 2**32 - 1), theme=st.sampled_from(list(Theme)))
@drawn
def test_the_drawing_of_differences_is_safe_and_the_same_every_time(seed, theme):
    before, after, argument, changes = merged(seed)
    figures = draw(argument, title="What differs", theme=theme, limit=10, changes=changes)
    again = as_drawn(deepcopy(before), deepcopy(after), difference(before, after))
    assert figures == draw(again[0], title="What differs", theme=theme, limit=10, changes=again[1])
    for figure in figures:
        assert_is_safe(figure)


@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([3, 8, 1000]))
@drawn
def test_no_boxes_overlap(seed, limit):
    _before, _after, argument, changes = merged(seed)
    sizes = {node: (100.0 + node % 5 * 20, 50.0 + node % 3 * 20) for node in range(len(argument.elements))}
    for sheet in sheets_of(argument, sizes, STUB, 24.0, limit, changes.gone):
        for one, other in combinations(boxes(sheet), 2):
            assert not overlap(one, other)


def test_a_claim_is_drawn_where_it_stands_now_with_a_line_from_where_it_stood():
    before = document(["g1", "g2", "g3", "g4"], [("g1", "g2", SUPPORT), ("g1", "g3", SUPPORT), ("g2", "g4", SUPPORT)])
    after = deepcopy(before)
    after["links"][2] |= {"source": "g3"}
    argument, changes = as_drawn(before, after, difference(before, after))
    assert changes.elements == {"g4": Kind.MOVED}
    assert changes.links == {("g3", "g4"): Kind.MOVED, ("g2", "g4"): Kind.REMOVED}
    assert [(link.source, link.target) for link in changes.gone] == [("g2", "g4")]
    assert ("g2", "g4") not in {(link.source, link.target) for link in argument.links}


def test_two_texts_that_turn_a_step_round_are_drawn_all_the_same():
    before = document(["g1", "g2", "g3"], [("g1", "g2", SUPPORT), ("g2", "g3", SUPPORT)])
    after = document(["g3", "g1"], [("g3", "g1", SUPPORT)])
    argument, changes = as_drawn(before, after, difference(before, after))
    (figure,) = draw(argument, changes=changes)
    assert set(figure.elements) == {"g1", "g2", "g3"}
    assert figure.svg.count('class="link') == 3


def test_what_was_removed_stands_where_it_was_in_the_order():
    before = document(["g0", "g1", "g2", "g3"], [("g0", f"g{n}", SUPPORT) for n in (1, 2, 3)])
    after = deepcopy(before)
    del after["elements"][2], after["links"][1]
    argument, changes = as_drawn(before, after, difference(before, after))
    (figure,) = draw(argument, changes=changes)
    places = [float(re.search(rf'data-element="g{n}".*?<rect x="([0-9.]+)"', figure.svg).group(1)) for n in (1, 2, 3)]
    assert places == sorted(places)


@pytest.mark.parametrize("theme", list(Theme))
def test_each_change_differs_in_more_than_colour(theme):
    before = document(["g1", "g2", "g4", "g5"], [("g1", "g4", SUPPORT)])
    after = document(["g1", "g3", "g4", "g5"], [("g5", "g4", SUPPORT)])
    after["elements"][0]["statement"] = "Something else"
    marks = {"g1": Kind.CHANGED, "g2": Kind.REMOVED, "g3": Kind.ADDED, "g4": Kind.MOVED}
    argument, changes = as_drawn(before, after, difference(before, after))
    assert changes.elements == marks
    (figure,) = draw(argument, theme=theme, changes=changes)
    root = ElementTree.fromstring(figure.svg)  # noqa: S314 (drawn by this test)
    groups = {one.get("data-element"): one for one in root.iter(f"{SVG}g") if "data-element" in one.attrib}
    marked = [groups[gid] for gid in marks]
    assert len({one.findall(f".//{SVG}path")[-1].get("d") for one in marked}) == 4
    outlines = [one.find(f"{SVG}rect") for one in marked]
    assert len({(one.get("stroke-dasharray"), one.get("stroke-width")) for one in outlines}) == 4
    assert [one.find(f"{SVG}title").text.rsplit(". ")[-1] for one in marked] == [
        "Changed.", "Removed.", "Added.", "Moved.",
    ]  # fmt: skip
    assert groups["g5"].find(f"{SVG}title").text == "G5: What g5 says"
    assert "url(#hatch-" in ElementTree.tostring(groups["g2"], encoding="unicode")
