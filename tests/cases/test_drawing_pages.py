"""The drawing page, its pictures and downloads: what is asked of them, and what they refuse."""

import struct

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions import add_element, add_module
from cases.drawing import Figure, Theme
from cases.models import Element
from cases.png import MOST_POINTS, png_of
from evidence.models import EvidenceVersion
from tests.cases.building import make_sound_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def sound(acme):
    with acme:
        return make_sound_case(acme)


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def get(browser, *where, status=200, **query):
    response = browser.get(at(*where), query)
    assert response.status_code == status
    return response.content.decode()


def size_of(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_the_outline_of_a_figure_stands_beside_it(acme, sound, sign_in):
    page = get(sign_in(acme.observer), "case_drawing", 1)
    with acme:
        for row in Element.objects.all():
            assert f'data-line="{row.pk}"' in page
    assert page.count("<ul>") == page.count("</ul>") - page.count("<ul ")  # every nested list is closed
    assert "Collapse" in page
    assert "Open all that is collapsed" not in page


def test_what_is_collapsed_is_left_out_of_page_picture_and_download(acme, sound, sign_in):
    browser = sign_in(acme.observer)
    page = get(browser, "case_drawing", 1, collapsed="S1")
    with acme:
        hidden = Element.objects.get(key="Sn1")
        shown = Element.objects.get(key="S1")
    assert f'data-line="{shown.pk}"' in page
    assert f'data-line="{hidden.pk}"' not in page
    assert "Open all that is collapsed" in page
    assert "figure-1.svg?theme=light&amp;collapsed=S1" in page
    picture = get(browser, "case_figure", 1, "figure-1", collapsed="S1")
    assert f'data-element="{hidden.pk}"' not in picture
    assert " below</text>" in picture
    assert f'data-element="{hidden.pk}"' in get(browser, "case_figure", 1, "figure-1")


@pytest.mark.parametrize("query", [
    {"collapsed": ["nope", "🧿", "x" * 2000]}, {"collapsed": ["G1"] * 500}, {"cause": "99999999999999"},
    {"cause": "-1"}, {"cause": "²"}, {"figure": "figure-0"}, {"figure": "modules"}, {"theme": "<script>"},
])  # fmt: skip
def test_what_means_nothing_is_passed_over(acme, sound, sign_in, query):
    browser = sign_in(acme.observer)
    assert "<script>alert" not in get(browser, "case_drawing", 1, **query)
    get(browser, "case_figure", 1, "figure-1", **query)


def test_a_cause_can_be_chosen_and_its_way_is_named(acme, sound, sign_in):
    with acme:
        EvidenceVersion.objects.update(review="rejected")
    browser = sign_in(acme.observer)
    page = get(browser, "case_drawing", 1)
    assert "Why the case does not hold" in page
    assert "Its way is drawn" in page
    assert "on the way to the cause" in page
    without = get(browser, "case_drawing", 1, cause="0")
    assert "on the way to the cause" not in without
    assert "Draw its way" in without
    assert "#1d4ed8" in get(browser, "case_figure", 1, "figure-1")
    assert "#1d4ed8" not in get(browser, "case_figure", 1, "figure-1", cause="0")


def test_the_modules_are_drawn_with_who_rests_on_whom(acme, sound, sign_in):
    with acme:
        second = add_module(sound, title="Data", actor=acme.owner)
        cited = add_element(sound, kind="goal", statement="Data are sound", module=second, is_public=True, actor=acme.owner)  # fmt: skip
        goal = Element.objects.get(case=sound, key="G1", module__is_default=True)
        strategy = Element.objects.get(case=sound, key="S1")
        add_element(sound, kind="away_goal", parent=strategy, cites=cited, actor=acme.owner)
    browser = sign_in(acme.observer)
    page = get(browser, "case_drawing", 1, figure="modules")
    assert "Modules and cited cases" in page
    assert "Data" in page
    picture = get(browser, "case_figure", 1, "modules")
    assert picture.count('class="link"') == 1
    assert f'data-element="{goal.module_id}"' in picture
    assert f'data-element="{second.pk}"' in picture
    assert "modules" not in get(browser, "case_figure", 1, "figure-1")


def test_a_case_of_one_module_has_no_drawing_of_modules(acme, sound, sign_in):
    browser = sign_in(acme.observer)
    assert browser.get(at("case_figure", 1, "modules")).status_code == 404
    assert "?figure=modules" not in get(browser, "case_drawing", 1)


def test_a_figure_downloads_as_svg_and_as_png(acme, sound, sign_in):
    browser = sign_in(acme.observer)
    svg = browser.get(at("case_figure", 1, "figure-1"), {"download": "1", "theme": "print"})
    assert svg["Content-Disposition"] == 'attachment; filename="acme-case-1-figure-1-print.svg"'
    png = browser.get(at("case_figure_png", 1, "figure-1"), {"theme": "dark"})
    assert png["Content-Type"] == "image/png"
    assert png["Content-Disposition"] == 'attachment; filename="acme-case-1-figure-1-dark.png"'
    assert min(size_of(png.content)) > 100
    assert browser.get(at("case_figure_png", 1, "figure-99")).status_code == 404


def test_the_picture_of_a_page_is_kept_for_its_script_and_any_other_is_asked_anew(acme, sound, sign_in):
    browser = sign_in(acme.observer)
    assert "max-age" in browser.get(at("case_figure", 1, "figure-1"), {"drawn": "1"})["Cache-Control"]
    assert "no-cache" in browser.get(at("case_figure", 1, "figure-1"))["Cache-Control"]


def test_a_picture_never_grows_beyond_its_bound():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40000" height="9000" viewBox="0 0 40000 9000"></svg>'
    wide = Figure("figure-1", 1, "", 40_000, 9_000, svg, (), (), 0)
    width, height = size_of(png_of(wide, Theme.LIGHT))
    assert width * height <= MOST_POINTS * 1.01
    assert abs(width / height - 40_000 / 9_000) < 0.01


def test_page_and_api_draw_the_same(acme, sound, sign_in):
    browser = sign_in(acme.observer)
    base = "/api/v1/o/acme/cases/1/figures/"
    listed = browser.get(base).json()
    assert [one["key"] for one in listed] == ["figure-1"]
    assert set(listed[0]["elements"]) >= {"G1", "S1", "Sn1"}
    assert "Sn1" not in browser.get(base, {"collapsed": "S1"}).json()[0]["elements"]
    page = browser.get(at("case_figure", 1, "figure-1"), {"theme": "dark"}).content
    assert browser.get(base + "figure-1.svg", {"theme": "dark"}).content == page
    assert size_of(browser.get(base + "figure-1.png").content)
    assert browser.get(base + "figure-9.png").status_code == 404


def test_nobody_of_another_organisation_sees_a_drawing(acme, globex, sound, sign_in):
    browser = sign_in(globex.owner)
    for name, *args in (("case_drawing",), ("case_figure", "figure-1"), ("case_figure_png", "figure-1")):
        assert browser.get(at(name, 1, *args)).status_code == 404
        assert browser.get(at(name, 1, *args, slug="globex")).status_code == 404
    assert browser.get("/api/v1/o/acme/cases/1/figures/").status_code == 404


def test_the_page_asks_the_database_the_same_however_big_the_argument_is(acme, sound, sign_in):
    browser = sign_in(acme.observer)
    get(browser, "case_drawing", 1)
    small = questions(browser)
    with acme:
        strategy = Element.objects.get(case=sound, key="S1")
        for number in range(20):
            add_element(sound, kind="goal", statement=f"Part {number} holds", parent=strategy, actor=acme.owner)
    assert questions(browser) == small <= 12


def questions(browser):
    with CaptureQueriesContext(connection) as asked:
        get(browser, "case_drawing", 1)
    passed_over = ("SAVEPOINT", "RELEASE")
    return sum(not q["sql"].startswith(passed_over) and "set_config" not in q["sql"] for q in asked)
