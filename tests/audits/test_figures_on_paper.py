"""The figures of a printed case: each as large as still leaves its text readable."""

import pytest

from audits.packs.collecting.arguments import LIMITS, is_readable, limits_on_paper
from cases.argument import Argument, Element, Kind, Link
from cases.drawing import draw

TEXT = "What is claimed here, in a sentence of the usual length for a claim of this kind"


def tree(sizes):
    """A claim on top, and below it one strategy per size with so many claims, each with its evidence."""
    elements, links = [Element(id="G0", kind=Kind.GOAL, statement=TEXT)], []
    for number, size in enumerate(sizes):
        elements.append(Element(id=f"G{number}.", kind=Kind.GOAL, statement=TEXT))
        links.append(Link("G0", f"G{number}."))
        for leaf in range(size):
            goal, solution = f"G{number}.{leaf}", f"Sn{number}.{leaf}"
            elements += [Element(id=goal, kind=Kind.GOAL, statement=TEXT), Element(id=solution, kind=Kind.SOLUTION)]
            links += [Link(f"G{number}.", goal), Link(goal, solution)]
    return Argument(elements, links)


@pytest.mark.parametrize("sizes", [[3, 3], [9, 3, 3], [9] * 5, [4] * 60, [9, 2] * 20])
def test_every_figure_is_readable(sizes):
    made = tree(sizes)
    figures = draw(made, limit=LIMITS[0], tighter=limits_on_paper(made))
    # More than ten claims beside each other stand so, however few are asked for: nothing of them can be cut off.
    assert all(is_readable(figure) for figure in figures if len(figure.elements) <= 10)
    assert {element for figure in figures for element in figure.elements} == {one.id for one in made.elements}


def test_one_wide_part_does_not_cut_the_others():
    made = tree([9, 3, 3])
    tighter = limits_on_paper(made)
    figures = draw(made, limit=LIMITS[0], tighter=tighter)
    everywhere = draw(made, limit=min(tighter.values()))
    assert len(figures) < len(everywhere)


def test_what_fits_is_drawn_whole():
    made = tree([2, 2])
    assert limits_on_paper(made) == {}
    assert len(draw(made, limit=LIMITS[0], tighter={})) == 1
