"""The chart of readings: everything inside its frame, told by shapes and words, loading and running nothing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.facts import Comparator, Verdict
from cases.palette import Theme
from cases.readings_chart import MOST_POINTS, WIDTH, Point, Series, draw_readings, ticks

START = datetime(2026, 1, 1, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
finite = st.floats(allow_nan=False, allow_infinity=False)


def point(day=0.0, value=0.93, verdict=Verdict.PASS, low=None, high=None):
    return Point(START + timedelta(days=day), value, verdict, low, high)


def draw(*series, comparator=Comparator.GE, threshold=0.9, **how):
    return draw_readings(series, comparator=comparator, threshold=threshold, **how)


@pytest.mark.parametrize("theme", list(Theme))
def test_it_says_threshold_groups_and_what_fails_in_words_and_shapes(theme):
    chart = draw(
        Series("age 55+", [point(0), point(30, 0.86, Verdict.FAIL, 0.84, 0.88), point(31, 0.91, Verdict.BORDERLINE)]),
        Series("age 18-34", [point(0, 0.95), point(30, 0.96, Verdict.INSUFFICIENT)]),
        title="Rate of G2",
        unit="ratio",
        theme=theme,
    )
    root = ElementTree.fromstring(chart.svg)
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert {"threshold 0.9", "age 55+", "age 18-34", "ratio", "fails", "borderline", "too few cases"} <= set(words)
    assert root.find(f"{SVG}title").text == "Rate of G2"
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert "age 55+, 2026-01-31: 0.86" in titles
    assert not re.search(r"var\(|foreignObject|href|<script|url\(|style=", chart.svg)


def test_the_interval_of_the_gravest_group_is_a_band():
    banded = [point(day, 0.93, low=0.91, high=0.95) for day in range(3)]
    assert "<polygon" in draw(Series("a", banded)).svg
    assert "<polygon" not in draw(Series("a", [point()]), Series("b", banded)).svg


def test_without_a_reading_there_is_nothing_to_draw():
    assert draw(Series("a", [])) is None
    assert draw() is None


def test_a_hostile_name_is_only_text():
    chart = draw(Series('<script>alert(1)</script>"&', [point()]), title='"><svg onload=x>\x00', unit="<b>")
    root = ElementTree.fromstring(chart.svg)
    assert {child.tag for child in root.iter()} <= {
        SVG + name for name in ("svg", "title", "text", "path", "rect", "g", "circle", "polyline", "polygon")
    }


def test_a_long_history_is_drawn_in_part():
    many = [point(day, 0.9 + day / 1e5, Verdict.FAIL) for day in range(5000)]
    assert draw(Series("", many)).svg.count("<g><title>") == MOST_POINTS


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(finite, st.integers(0, 4000), st.sampled_from(list(Verdict))), min_size=1, max_size=8),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from([Comparator.GE, Comparator.LE, Comparator.EQ]),
    finite,
)
def test_nothing_leaves_the_frame_whatever_is_measured(groups, comparator, threshold):
    series = [Series(f"group {place}", [point(day, value, verdict) for value, day, verdict in one]) for place, one in enumerate(groups)]  # fmt: skip
    chart = draw(*series, comparator=comparator, threshold=threshold)
    assert "nan" not in chart.svg and "inf" not in chart.svg
    root = ElementTree.fromstring(chart.svg)
    for line in root.iter(f"{SVG}polyline"):
        for pair in line.get("points").split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= WIDTH and 0 <= y <= chart.height
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("y")) <= chart.height


@given(finite, finite)
def test_ticks_are_few_and_inside(one, other):
    low, high = sorted((one, other))
    found = ticks(low, high)
    assert len(found) <= 12
    assert all(low <= value <= high for value in found)
