"""The pictures over time: how a case stood, and until when its evidence speaks."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml import ElementTree
from django.utils import timezone

from cases.history_chart import MOST_LANES, Lane, Step, draw_history
from cases.palette import PALETTES, Theme
from cases.scale import Standing
from cases.sweep import reevaluate_due
from evidence.freshness_chart import Row, draw_freshness, in_order
from evidence.strip import Stretch
from tests.cases.building import make_sound_case

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def before(days: float) -> datetime:
    return NOW - timedelta(days=days)


def history(*standings: Standing, label="The case", **how):
    steps = [Step(before(100 - 10 * place), standing, f"Why {place}.") for place, standing in enumerate(standings)]
    return draw_history([Lane(label, steps)], NOW, title="Standing <of> “it”", **how)


def stretch(label="Test", begins=100, until=-30, grace=-40, is_usable=True) -> Stretch:
    ends = [before(day) if day is not None else None for day in (until, grace)]
    return Stretch(label, before(begins), *ends, is_usable)


def freshness(*stretches: Stretch, **how):
    return draw_freshness([Row(one, "Fresh") for one in stretches], NOW, title="Evidence <of> it", **how)


PICTURES = [
    history(*Standing),
    history(Standing.DEFEATED, theme=Theme.DARK),
    history(*Standing, label="x" * 500, theme=Theme.PRINT),
    freshness(stretch(), stretch("<b>& ‮\x00" * 50, is_usable=False), stretch("Ever", until=None, grace=None)),
    freshness(stretch(until=10, grace=-5), theme="dark"),
    freshness(stretch(begins=4000, until=-4000, grace=-4000), theme="print"),
]


@pytest.mark.parametrize("chart", PICTURES)
def test_a_picture_stands_alone_and_stays_within_its_frame(chart):
    root = ElementTree.fromstring(chart.svg)
    assert not re.search(r"foreignObject|var\(|href|<style|<script|url\((?!#)", chart.svg)
    assert root.find(f"{SVG}title").text
    for box in root.iter(f"{SVG}rect"):
        if box.get("x") is None:
            continue  # of a pattern
        x, y, width, height = (float(box.get(name)) for name in ("x", "y", "width", "height"))
        assert x >= 0 and x + width <= chart.width + 1.5, box.attrib
        assert y >= 0 and y + height <= chart.height, box.attrib
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= chart.width
        assert 0 <= float(text.get("y")) <= chart.height


@pytest.mark.parametrize("theme", Theme)
def test_each_standing_has_its_colour_sign_and_pattern_and_says_why(theme):
    chart = history(*Standing, theme=theme)
    root = ElementTree.fromstring(chart.svg)
    steps = [group for group in root.findall(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    assert len(steps) == 5
    looks = PALETTES[theme].looks
    seen = []
    for standing, step in zip(Standing, steps, strict=True):
        box, sign = step.find(f"{SVG}rect"), step.find(f"{SVG}g/{SVG}path")
        assert box.get("stroke") == looks[standing].border
        seen.append((box.get("fill"), box.get("stroke-dasharray"), sign.get("d")))
        title = step.find(f"{SVG}title").text
        assert f"The case: {standing.name.capitalize()} from 2026-" in title
        assert f"Why {int(standing)}." in title
    assert len({fill for fill, _dashes, _sign in seen}) == len({sign for _fill, _dashes, sign in seen}) == 5
    assert seen[0][0].startswith("url(#history-"), "the worst is hatched"


def test_two_pictures_in_one_document_do_not_share_a_pattern():
    ids = [re.search(r'pattern id="([^"]+)"', chart.svg)[1] for chart in (PICTURES[0], PICTURES[1], PICTURES[3])]
    assert len(set(ids)) == 3


def test_nothing_to_draw_is_nothing():
    assert draw_history([], NOW, title="x") is None
    assert draw_history([Lane("x", [])], NOW, title="x") is None
    assert draw_freshness([], NOW, title="x") is None


def test_lanes_beyond_what_fits_are_left_out():
    chart = draw_history([Lane(f"G{n}", [Step(before(1), Standing.HOLDS)]) for n in range(40)], NOW, title="x")
    assert f">G{MOST_LANES - 1}<" in chart.svg
    assert f">G{MOST_LANES}<" not in chart.svg


def test_what_ends_first_is_on_top_and_what_never_ends_last():
    rows = [
        Row(stretch("later", until=-50, grace=-50), ""),
        Row(stretch("never", until=None, grace=None), ""),
        Row(stretch("sooner", until=-5, grace=-60), ""),
        Row(stretch("soonest", until=10, grace=10), ""),
        Row(stretch("withdrawn", is_usable=False), ""),
    ]
    assert [row.stretch.label for row in in_order(rows)] == ["withdrawn", "soonest", "later", "sooner", "never"]


def test_the_bar_runs_from_fresh_over_ageing_into_its_hatched_grace():
    root = ElementTree.fromstring(freshness(stretch(begins=100, until=-30, grace=-40)).svg)
    boxes = [box for box in root.findall(f"{SVG}rect")]
    assert [box.find(f"{SVG}title").text.split(": ")[1].split()[0] for box in boxes] == ["fresh", "ageing", "grace"]
    assert boxes[2].get("fill").startswith("url(#grace-")
    ends = [float(box.get("x")) + float(box.get("width")) for box in boxes]
    assert ends == sorted(ends)
    line = next(path for path in root.findall(f"{SVG}path") if path.get("stroke-width") == "1.5")
    today = float(re.match(r"M([\d.]+)", line.get("d"))[1])
    assert float(boxes[0].get("x")) < today < ends[1]


# --- pages and routes -------------------------------------------------------------------------------------------------


@pytest.fixture
def fallen(acme):
    with acme:
        case = make_sound_case(acme, grace_days=5)
        reevaluate_due(timezone.now() + timedelta(days=91))
        return case


@pytest.mark.django_db
def test_the_pages_show_the_pictures_and_say_the_same_in_words(acme, fallen, sign_in):
    browser = sign_in(acme.observer)
    page = browser.get("/o/acme/cases/1/").content.decode()
    assert "/o/acme/cases/1/evidence.svg?theme=light" in page
    assert "Bias test, version 1" in page
    for theme in ("light", "dark", "print", "nonsense"):
        picture = browser.get("/o/acme/cases/1/evidence.svg", {"theme": theme})
        assert (picture.status_code, picture["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
        assert "sandbox" in picture["Content-Security-Policy"]
        assert "Bias test, version 1" in picture.content.decode()
    with acme:
        reevaluate_due(timezone.now() + timedelta(days=92))
    history_page = browser.get("/o/acme/cases/1/history/").content.decode()
    assert "standing-over-time" in history_page


@pytest.mark.django_db
def test_a_case_without_evidence_or_history_has_no_picture(acme, globex, sign_in):
    from tests.cases.building import make_case

    with acme:
        make_case(acme)
    browser = sign_in(acme.owner)
    assert browser.get("/o/acme/cases/1/evidence.svg").status_code == 404
    assert browser.get("/o/acme/systems/1/evidence.svg").status_code == 404
    assert browser.get("/o/acme/systems/99999999999/evidence.svg").status_code == 404
    assert sign_in(globex.officer).get("/o/acme/cases/1/history.svg").status_code == 404


@pytest.mark.django_db
def test_the_page_of_a_system_shows_until_when_its_evidence_speaks(acme, sign_in):
    from tests.evidence.making import make_system
    from tests.factories import make_evidence

    system = make_system(acme.owner, "Credit scoring")
    make_evidence(acme.owner, system=system, title="Yearly <test>", valid_for_days=60)
    browser = sign_in(acme.observer)
    page = browser.get("/o/acme/systems/1/").content.decode()
    assert "/o/acme/systems/1/evidence.svg?theme=dark" in page
    assert "Yearly &lt;test&gt;, version 1" in page
    assert "Yearly &lt;test&gt;" in browser.get("/o/acme/systems/1/evidence.svg").content.decode()
