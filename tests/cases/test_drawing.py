"""Drawings of random arguments: everything is there once, nothing overlaps, nothing comes from elsewhere."""

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random
from xml.etree import ElementTree  # noqa: S405 (reads only what this test drew)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.argument import CITING, Argument, Element, Kind, Link, LinkKind, Role
from cases.drawing import STUB, Figure, Theme, Wording, draw
from cases.layout import sheets_of
from cases.scale import Standing
from cases.standing import evaluate
from cases.text_width import REGULAR_FONT, TABLE_PATH, drawable, measure_font, text_width, wrap
from tests.cases.worlds import START, world

SVG = "{http://www.w3.org/2000/svg}"
WORDS = ["selection", "rates", "do", "not", "differ", "between", "tracked", "groups", "in", "production"]
drawn = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def argument(seed, most=70):
    """A random argument with every kind, decorators, counter elements and further links."""
    random = Random(seed)
    made = world(seed, most)
    elements = [
        replace(
            element,
            statement=" ".join(random.choices(WORDS, k=random.randint(0, 30))),
            is_undeveloped=random.random() < 0.1,
            is_uninstantiated=random.random() < 0.1,
            kind=random.choice([element.kind, element.kind, random.choice(list(Kind))]),
            cites=None,
        )
        for element in made.elements
    ]
    links = list(made.links)
    for number in range(random.randint(0, 2)):
        elements.append(Element(id=f"c{number}", kind=Kind.GOAL, key=f"CG{number}", role=Role.COUNTER))
        links.append(Link(f"c{number}", random.choice(made.elements).id, LinkKind.CHALLENGES))
    return Argument(elements, links)


def standings(made, seed):
    random = Random(seed)
    return {element.id: random.choice(list(Standing)) for element in made.elements}


def boxes(sheet):
    cells = [*sheet.cells.values(), *sheet.stubs]
    return [(cell, cell.x, cell.y, cell.x + cell.width, cell.y + cell.height) for cell in cells]


def overlap(one, other):
    return one[1] < other[3] and other[1] < one[3] and one[2] < other[4] and other[2] < one[4]


@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([3, 8, 30, 1000]))
@drawn
def test_no_boxes_overlap_and_all_stand_inside_their_figure(seed, limit):
    made = argument(seed)
    random = Random(seed)
    sizes = {node: (random.uniform(60, 240), random.uniform(40, 200)) for node in range(len(made.elements))}
    for sheet in sheets_of(made, sizes, STUB, 24.0, limit):
        placed = boxes(sheet)
        for _, left, top, right, bottom in placed:
            assert left >= 0 <= top
            assert right <= sheet.width
            assert bottom <= sheet.height
        for one, other in combinations(placed, 2):
            assert not overlap(one, other)


@given(seed=st.integers(0, 2**32 - 1), limit=st.sampled_from([3, 8, 30]))
@drawn
def test_every_element_and_every_link_is_drawn(seed, limit):
    made = argument(seed)
    figures = draw(made, standings(made, seed), limit=limit)
    shown = [element for figure in figures for element in figure.elements]
    assert set(shown) == {element.id for element in made.elements}
    # An element stands twice only where a figure continues another one.
    assert len(shown) - len(set(shown)) == sum(len(figure.continues) for figure in figures)
    lines = sum(figure.svg.count('class="link"') for figure in figures)
    assert lines == len(made.links)


@given(seed=st.integers(0, 2**32 - 1))
@drawn
def test_lines_down_the_tree_point_down(seed):
    made = argument(seed)
    sizes = {node: (100.0, 60.0) for node in range(len(made.elements))}
    for sheet in sheets_of(made, sizes, STUB, 24.0, 30):
        for cell in sheet.cells.values():
            assert all(child.y >= cell.y + cell.height for child in cell.children)


@given(seed=st.integers(0, 2**32 - 1), theme=st.sampled_from(list(Theme)))
@drawn
def test_the_drawing_is_self_contained_and_the_same_every_time(seed, theme):
    made = argument(seed)
    values = standings(made, seed)
    figures = draw(made, values, title="Case", theme=theme, limit=12)
    again = draw(Argument(made.elements, made.links), values, title="Case", theme=theme, limit=12)
    assert figures == again
    for figure in figures:
        assert_is_safe(figure)


TAGS = {"svg", "title", "defs", "pattern", "g", "rect", "circle", "ellipse", "polygon", "path", "text"}
ATTRIBUTES = set(
    [
        "aria-label",
        "class",
        "cx",
        "cy",
        "d",
        "data-element",
        "fill",
        "font-family",
        "font-size",
        "font-weight",
        "height",
        "id",
        "patternTransform",
        "patternUnits",
        "points",
        "r",
        "role",
        "rx",
        "ry",
        "stroke",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-width",
        "lengthAdjust",
        "text-anchor",
        "textLength",
        "transform",
        "viewBox",
        "width",
        "x",
        "y",
    ]
)
SPOKEN = {"aria-label", "data-element"}


def assert_is_safe(figure: Figure):
    """Only tags and attributes that neither fetch, run nor style anything, and valid XML."""
    root = ElementTree.fromstring(figure.svg)  # noqa: S314 (drawn by this test)
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in TAGS
        for name, value in element.attrib.items():
            assert name in ATTRIBUTES
            assert name in SPOKEN or not re.search(r"var\(|currentColor|https?:|//|url\((?!#hatch-)", value)
    titles = [group.find(f"{SVG}title") for group in root.iter(f"{SVG}g") if "data-element" in group.attrib]
    assert all(title is not None for title in titles)
    assert 0 < figure.width < 100_000
    assert 0 < figure.height < 100_000


HOSTILE = [
    '</text><script>alert("x")</script>',
    '"><image href="https://evil.example/x.png"/>',
    "]]><!-- & &amp; &#0;",
    "\x00\x01\x0b\ufffe\ud800 lone surrogate and controls",
    "\u202egnorw eht yaw dnuor\u202c",
    "é" + "\u0301" * 500,
    "家" * 300,
    "x" * 100_000,
    "word " * 20_000,
    "\U0001f600" * 40,
    "",
    " \n\t ",
    "%(number)s %s {0}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_only_text(text):
    made = Argument([Element(id=kind, kind=kind, key=text, statement=text, module=text) for kind in Kind])
    figures = draw(made, {element.id: Standing.DEFEATED for element in made.elements}, title=text)
    for figure in figures:
        assert_is_safe(figure)
        assert len(figure.svg) < 60_000
        figure.svg.encode("utf-8")


def test_a_large_argument_is_cut_into_figures_that_know_each_other():
    elements, links = [Element(id=0, kind=Kind.GOAL, key="G0")], []
    for number in range(1, 500):
        elements.append(Element(id=number, kind=Kind.GOAL, key=f"G{number}", statement="It holds"))
        links.append(Link((number - 1) // 4, number))
    figures = draw(Argument(elements, links), limit=30)
    assert [figure.number for figure in figures] == list(range(1, len(figures) + 1))
    assert max(len(figure.elements) for figure in figures) <= 30
    assert figures[0].continued_from == 0
    for figure in figures[1:]:
        above = figures[figure.continued_from - 1]
        assert figure.number in above.continues
        assert figure.elements[0] in above.elements
        assert f">Figure {figure.number}<" in above.svg
        assert f">Figure {above.number}<" in figure.svg


def test_a_list_of_figures_need_not_draw_them():
    elements = [Element(id=n, kind=Kind.GOAL, key=f"G{n}") for n in range(200)]
    made = Argument(elements, [Link((n - 1) // 4, n) for n in range(1, 200)])
    whole, listed, one = draw(made), draw(made, only=()), draw(made, only={"figure-2"})
    assert [replace(figure, svg="") for figure in whole] == listed
    assert [figure.key for figure in one if figure.svg] == ["figure-2"]
    assert one[1] == whole[1]


def test_a_link_between_figures_is_drawn_as_a_reference():
    elements = [Element(id=n, kind=Kind.GOAL, key=f"G{n}") for n in range(20)]
    links = [Link(0, 1), Link(0, 2), *(Link(1, n) for n in range(3, 11)), *(Link(2, n) for n in range(11, 20))]
    figures = draw(Argument(elements, [*links, Link(1, 12)]), limit=11)
    assert len(figures) > 1
    home = next(figure for figure in figures if 11 in figure.elements)
    assert 12 not in home.elements
    assert 'class="stub" data-element="12"' in home.svg


@pytest.mark.parametrize("leaves", [10, 11, 60, 500])
def test_many_leaves_of_one_claim_stand_in_columns(leaves):
    elements = [Element(id=0, kind=Kind.GOAL), *(Element(id=n, kind=Kind.SOLUTION) for n in range(1, leaves + 1))]
    made = Argument(elements, [Link(0, n) for n in range(1, leaves + 1)])
    (sheet,) = sheets_of(made, {n: (90.0 + n % 7 * 10, 60.0 + n % 5 * 9) for n in range(leaves + 1)}, STUB, 24.0, 30)
    assert len(sheet.cells) == leaves + 1
    assert sheet.width < 6_500
    for one, other in combinations(boxes(sheet), 2):
        assert not overlap(one, other)
    (figure,) = draw(made)
    assert figure.svg.count('class="link"') == leaves
    assert figure.elements == tuple(range(leaves + 1))


def test_each_standing_differs_in_more_than_colour():
    made = Argument([Element(id=int(level), kind=Kind.GOAL, key=f"G{int(level)}") for level in Standing])
    (figure,) = draw(made, {int(level): level for level in Standing})
    groups = [group for group in ElementTree.fromstring(figure.svg).iter(f"{SVG}g") if "data-element" in group.attrib]  # noqa: S314
    signs = {group.findall(f".//{SVG}path")[-1].attrib["d"] for group in groups}
    borders = {
        (group.find(f"{SVG}rect").attrib.get("stroke-dasharray"), group.find(f"{SVG}rect").attrib["stroke-width"])
        for group in groups
    }
    assert len(signs) == len(borders) == len(Standing)
    assert {group.find(f"{SVG}title").text.split(". ")[-1] for group in groups} == {
        "Holds.", "Weakened.", "Undeveloped.", "Unsupported.", "Defeated.",
    }  # fmt: skip
    assert figure.svg.count("url(#hatch-") == 1


def test_figures_in_one_page_share_no_ids():
    made = Argument([Element(id=1, kind=Kind.GOAL), Element(id=2, kind=Kind.GOAL)])
    defeated = dict.fromkeys((1, 2), Standing.DEFEATED)
    svgs = [draw(made, defeated, title=title, theme=theme)[0].svg for title in "ab" for theme in Theme]
    ids = [found for svg in svgs for found in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids)) == 6


def test_an_element_without_a_standing_is_drawn_plainly():
    (figure,) = draw(Argument([Element(id=1, kind=Kind.GOAL, statement="It holds")]))
    assert "standing-unknown" in figure.svg
    assert ">Goal<" in figure.svg


def test_nothing_to_draw_is_no_figure():
    assert draw(Argument([])) == []


def test_the_words_can_be_translated():
    german = Wording(standings=dict.fromkeys(Standing, "Trägt"), figure="Abbildung %(number)s")
    (figure,) = draw(Argument([Element(id=1, kind=Kind.GOAL)]), {1: Standing.HOLDS}, wording=german)
    assert "Trägt" in figure.svg
    assert figure.title == "Abbildung 1"


def test_the_decorators_of_the_notation_are_drawn_and_said():
    def svg(**fields):
        return draw(Argument([Element(id=1, kind=Kind.GOAL, key="G1", statement="It holds.", **fields)]))[0].svg

    assert 'class="public"' in svg(is_public=True)
    assert "It holds (public)" in svg(is_public=True)
    assert 'class="contract"' in svg(is_supported_by_contract=True)
    assert "(supported by contract)" in svg(is_supported_by_contract=True)
    assert "(undeveloped, uninstantiated)" in svg(is_undeveloped=True, is_uninstantiated=True)
    assert len({svg(), svg(is_undeveloped=True), svg(is_uninstantiated=True), svg(is_public=True)}) == 4
    assert "class=" in svg() and 'class="public"' not in svg() and 'class="contract"' not in svg()


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind in CITING], ids=str)
def test_what_cites_names_where_it_is_argued(kind):
    made = Argument([Element(id=1, kind=kind, key="X1", statement="It holds", cites="x", module="3: Platform")])
    assert "3: Platform" in draw(made)[0].svg


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</text></svg><script>alert(1)</script>",
    "]]><![CDATA[<script>",
    "&lt;script&gt; &amp; <!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "javascript:alert(1)",
    "{{ 7|add:7 }} {% debug %}",
]


@pytest.mark.parametrize("statement", HOSTILE)
@pytest.mark.parametrize("kind", [Kind.GOAL, Kind.AWAY_GOAL, Kind.MODULE_REF, Kind.SOLUTION], ids=str)
def test_a_hostile_statement_stays_text(kind, statement):
    """In every place that shows it: statement, key, module, title of the figure."""
    made = Argument([Element(id=1, kind=kind, key=statement, statement=statement, module=statement, cites="x")])
    root = ElementTree.fromstring(draw(made, title=statement)[0].svg)  # noqa: S314 (what this test drew)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "title", "defs", "pattern", "rect", "path", "g", "text", "circle", "ellipse", "polygon"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]


def test_a_path_can_be_emphasised():
    made = Argument([Element(id=1, kind=Kind.GOAL), Element(id=2, kind=Kind.SOLUTION)], [Link(1, 2)])
    plain, marked = draw(made)[0].svg, draw(made, emphasised=[1, 2])[0].svg
    assert marked.count("#1d4ed8") == 4  # two outlines, the line between them and its head
    assert "#1d4ed8" not in plain


def test_a_path_is_emphasised_over_a_step_that_awaits_a_review():
    made = Argument([Element(id=1, kind=Kind.GOAL), Element(id=2, kind=Kind.SOLUTION)], [Link(1, 2, is_suspect=True)])
    line = re.search(r'<g class="link".*?</g>', draw(made, emphasised=[1, 2])[0].svg).group()
    assert "#1d4ed8" in line
    assert 'stroke-dasharray="2 3"' in line


def test_one_more_sibling_leaves_the_order_of_the_others():
    made = world(5, 20)
    before = draw(made.argument(), evaluate(*made.build(), START).standings())[0]
    made.elements.append(Element(id="new", kind=Kind.GOAL))
    made.links.append(Link("e0", "new"))
    after = draw(made.argument(), evaluate(*made.build(), START).standings())[0]
    assert [element for element in after.elements if element != "new"] == list(before.elements)


# --- Text ----------------------------------------------------------------------------------------------------------------


@given(text=st.text(max_size=200), width=st.integers(30, 300), lines=st.integers(0, 5))
@drawn
def test_wrapped_lines_fit_and_lose_nothing(text, width, lines):
    wrapped = wrap(text, width, 12.0, most_lines=lines)
    assert all(text_width(line, 12.0) <= width or len(line) == 1 for line in wrapped)
    assert not lines or len(wrapped) <= lines
    if not lines:
        assert "".join(wrapped).replace(" ", "") == drawable(text).replace(" ", "")


def test_a_shortened_text_says_so():
    assert wrap("one two three four five six", 40, 12.0, most_lines=2)[-1].endswith("…")


def test_the_table_of_widths_is_that_of_the_shipped_font():
    font = Path(__file__).parents[2] / REGULAR_FONT
    assert font.exists(), f"{REGULAR_FONT} is missing: the drawings are measured in it"
    measured = measure_font(font)
    assert f'"regular":{{"32":[{measured["32"][0]},' in TABLE_PATH.read_text(encoding="ascii")
    assert text_width("Selection", 1000.0) == sum(measured["32"][ord(character) - 32] for character in "Selection")
