"""The pages and the API of baselines, of what differs between them, and of what was believed on a day."""

import hashlib
import json
import re
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.actions import add_element, attest_condition, edit_element, freeze_baseline, hold_down, withdraw_element
from cases.models import Baseline, Element
from tests.cases.building import bind, grow, make_evidence, make_sound_case
from tests.cases.clock import moving_clock
from tests.cases.measuring import make_metric
from tests.cases.standing_behind import put_live, sign
from tests.cases.test_freeze_baseline import said_of
from tests.cases.watching import make_condition

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def case(acme):
    """Two baselines with something of everything between them."""
    with acme:
        case = make_sound_case(acme)
        freeze_baseline(case, reason="For the first review", actor=acme.officer)
        edit_element(
            element(case, "G2"), **said_of(case, "G2", statement="Rates differ by <b>little</b>"), actor=acme.officer
        )
        withdraw_element(element(case, "Sn2"), reason="Said elsewhere", actor=acme.officer)
        make_metric(acme, case)
        grow(case, acme, "assumption", "G1", "Applicants say the truth")
        freeze_baseline(case, reason="For the second review", actor=acme.officer)
    return case


def element(case, key):
    return Element.objects.select_related("case", "module").get(case=case, key=key)


def at(name, *args):
    return reverse(f"cases:{name}", args=["acme", *args])


def get(browser, name, *args, status=200, **query):
    response = browser.get(reverse(f"cases:{name}", args=["acme", *args]), query)
    assert response.status_code == status, response.content[-800:]
    return response.content.decode()


def test_the_list_names_each_baseline_and_what_it_is_for(acme, case, sign_in):
    shown = get(sign_in(acme.observer), "baseline_list", case.number)
    assert "For the first review" in shown
    assert "In review" in shown
    assert "Freeze a baseline" not in shown
    assert "Freeze a baseline" in get(sign_in(acme.officer), "baseline_list", case.number)


def test_a_baseline_shows_the_argument_as_it_was_frozen(acme, case, sign_in):
    shown = get(sign_in(acme.observer), "baseline_detail", case.number, 1)
    with acme:
        baseline = Baseline.objects.get(case=case, ordinal=1)
    assert "Rates differ by less than a tenth" in shown
    assert "little" not in shown
    assert "Drift report" in shown  # withdrawn since
    assert baseline.sha256 in shown
    assert "checked just now" in shown


def test_the_downloaded_document_has_the_hash(acme, case, sign_in):
    response = sign_in(acme.observer).get(reverse("cases:baseline_document", args=["acme", case.number, 2]))
    with acme:
        assert hashlib.sha256(response.content).hexdigest() == Baseline.objects.get(case=case, ordinal=2).sha256
    assert response["Content-Disposition"] == f'attachment; filename="acme-case-{case.number}-baseline-2.json"'


def test_what_differs_is_said_in_words_and_hostile_text_stays_text(acme, case, sign_in):
    shown = get(sign_in(acme.observer), "baseline_compare", case.number, 2)
    assert "From Baseline 1 to Baseline 2" in shown
    assert "<del>Rates differ by less than a tenth</del>" in shown
    assert "<ins>Rates differ by &lt;b&gt;little&lt;/b&gt;</ins>" in shown
    assert "Applicants say the truth" in shown
    assert "cv-rate" in shown
    assert "Removed" in shown


def test_a_baseline_is_compared_with_the_working_argument(acme, case, sign_in):
    browser = sign_in(acme.observer)
    assert "Nothing differs" in get(browser, "baseline_compare", case.number, 2, **{"with": "working"})
    with acme:
        add_element(case, kind="goal", statement="One more", parent=element(case, "S1"), actor=acme.officer)
    assert "One more" in get(browser, "baseline_compare", case.number, 2, **{"with": "working"})


def test_what_differs_is_drawn_beside_its_outline(acme, case, sign_in):
    browser = sign_in(acme.observer)
    page = get(browser, "baseline_compare", case.number, 2)
    with acme:
        rows = {row.key: row for row in Element.objects.filter(case=case)}
    for key, word in [("G2", "Changed"), ("Sn2", "Removed"), ("A1", "Added")]:
        line = page.partition(f'data-line="{rows[key].pk}"')[2].partition("</div>")[0]
        assert word in line
        assert f'href="#words-{rows[key].pk}"' in line
        assert f'id="words-{rows[key].pk}"' in page
    svg = get(browser, "compare_figure", case.number, 2, "figure-1")
    for key, change in [("G2", "changed"), ("Sn2", "removed"), ("A1", "added")]:
        assert re.search(rf'change-{change}" data-element="{rows[key].pk}"', svg)
    assert "&lt;b&gt;" in svg and "<b>" not in svg
    assert svg.count("link-removed") == svg.count("link-added") == 1


def test_the_drawing_of_what_differs_downloads(acme, case, sign_in):
    browser = sign_in(acme.observer)
    svg = browser.get(at("compare_figure", case.number, 2, "figure-1"), {"download": 1, "theme": "print", "with": 1})
    png = browser.get(at("compare_figure_png", case.number, 2, "figure-1"), {"theme": "dark"})
    name = f"acme-case-{case.number}-baseline-2-differences-figure-1"
    assert svg["Content-Disposition"] == f'attachment; filename="{name}.svg"'
    assert svg["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert png["Content-Disposition"] == f'attachment; filename="{name}.png"'
    assert png.content.startswith(b"\x89PNG")


def test_where_nothing_differs_nothing_is_drawn(acme, case, sign_in):
    browser = sign_in(acme.observer)
    assert "In the drawing" not in get(browser, "baseline_compare", case.number, 2, **{"with": "working"})
    get(browser, "compare_figure", case.number, 2, "figure-1", status=404, **{"with": "working"})
    get(browser, "compare_figure", case.number, 2, "figure-9", status=404)


def test_many_differences_come_in_pages_and_the_outline_leads_to_the_right_one(acme, case, sign_in, monkeypatch):
    for module in ("cases.comparing", "cases.views.comparing"):
        monkeypatch.setattr(f"{module}.GROUPS_PER_PAGE", 2)
    browser = sign_in(acme.observer)
    first = get(browser, "baseline_compare", case.number, 2)
    assert 'rel="next"' in first
    seen = set()
    for page in (1, 2, 3):
        seen |= set(re.findall(r'<section class="card panel" id="words-([0-9a-f-]+)"', get(
            browser, "baseline_compare", case.number, 2, page=page
        )))  # fmt: skip
    elsewhere = re.findall(r'href="\?with=1&amp;figure=figure-1&amp;page=(\d)#words-([0-9a-f-]+)"', first)
    assert elsewhere
    for page, gid in elsewhere:
        assert f'id="words-{gid}"' in get(browser, "baseline_compare", case.number, 2, page=page)
        assert gid in seen


@pytest.mark.parametrize("asked", ["9", "2", "x", "-1", "99999999999999999999", "%00"])
def test_what_is_not_there_is_not_found(acme, case, sign_in, asked):
    get(sign_in(acme.observer), "baseline_compare", case.number, 2, status=404, **{"with": asked})


def test_another_organisation_sees_nothing(acme, globex, case, sign_in):
    browser = sign_in(globex.officer)
    for name, args in [
        ("baseline_list", ()),
        ("baseline_detail", (1,)),
        ("baseline_compare", (1,)),
        ("compare_figure", (2, "figure-1")),
        ("compare_figure_png", (2, "figure-1")),
        ("case_as_of", ()),
        ("case_drawing", ()),
    ]:
        get(browser, name, case.number, *args, status=404)


def test_freezing_asks_what_for(acme, case, sign_in):
    browser = sign_in(acme.officer)
    with acme:
        edit_element(element(case, "G2"), **said_of(case, "G2", statement="Other"), actor=acme.officer)
    address = reverse("cases:baseline_freeze", args=["acme", case.number])
    assert browser.post(address, {"reason": ""}).status_code == 200
    assert browser.post(address, {"reason": "For the third review"})["Location"].endswith("/baselines/3/")
    assert sign_in(acme.observer).post(address, {"reason": "x"}).status_code == 403


# As of


def test_a_day_of_the_past_stands_beside_now(acme, case, sign_in):
    with acme:
        hold_down(element(case, "G2"), to=1, reason="Not sure", actor=acme.officer)
    shown = get(sign_in(acme.observer), "case_as_of", case.number, on=timezone.localdate().isoformat())
    assert "Then, if nobody acts" in shown  # the end of today is still to come
    before = get(sign_in(acme.observer), "case_as_of", case.number, on="2020-01-01")
    assert "There was no argument yet" in before
    assert "not there" in before


@pytest.fixture
def clock():
    """A clock that product and database share, and that a test moves."""
    with moving_clock(datetime.fromisoformat("2027-01-04T08:00:00+00:00")) as clock:
        yield clock


def test_the_argument_of_a_day_is_shown_and_drawn_as_it_was(acme, clock, sign_in, api_as):
    with acme:
        case = make_sound_case(acme)
        clock.pass_(days=1)
        first = timezone.now().isoformat()
        clock.pass_(days=1)
        gone = withdraw_element(element(case, "Sn2"), reason="Said elsewhere", actor=acme.officer).pk
        new = grow(case, acme, "assumption", "G1", "Applicants say the truth").pk
    browser, api = sign_in(acme.observer), api_as(acme.officer)
    shown = get(browser, "case_as_of", case.number, on=first)
    outline = shown.partition("The argument of then")[2]
    assert "Drift report" in outline
    assert "Applicants say the truth" not in outline
    assert f"drawing/?on={quote(first)}" in outline
    page = get(browser, "case_drawing", case.number, on=first)
    svg = get(browser, "case_figure", case.number, "figure-1", on=first)
    assert f"on={quote(first, safe='')}" in page  # the picture of the page is the one of then
    for text in (page, svg, api.get(f"{API}cases/{case.number}/figures/figure-1.svg", {"on": first}).content.decode()):
        assert str(gone) in text
        assert str(new) not in text
    now = get(browser, "case_figure", case.number, "figure-1")
    assert str(new) in now
    assert str(gone) not in now


@pytest.mark.parametrize("on", ["yesterday", "2026-13-01", "%00", "0001-01-01"])
def test_what_is_no_day_is_not_drawn_as_now(acme, case, sign_in, api_as, on):
    browser = sign_in(acme.observer)
    get(browser, "case_drawing", case.number, status=404, on=on)
    get(browser, "case_figure", case.number, "figure-1", status=404, on=on)
    refused = api_as(acme.officer).get(f"{API}cases/{case.number}/figures/", {"on": on})
    assert (refused.status_code, list(refused.json())) == (400, ["on"])


def test_the_moment_before_an_incident_is_one_click_away(acme, clock, sign_in):
    with acme:
        case = make_sound_case(acme, days=None)
        condition = make_condition(acme, case, "G2", "incident_link", type="incident")
        attest_condition(condition, seen="ok", statement="No incident", actor=acme.officer)
        clock.pass_(days=2)
        told = {"statement": "A wrong refusal", "reference": "INC-17"}
        attest_condition(condition, seen="tripped", **told, actor=acme.officer)
        seen_at = condition.events.get(seen="tripped").observed_at
        clock.pass_(days=2)
    browser = sign_in(acme.observer)
    shown = get(browser, "case_as_of", case.number)
    assert "Incident (condition 1): A wrong refusal (INC-17)" in shown
    (moment,) = re.findall(r'href="\?on=([^"]+)">(?:(?!</a>).)*</a> Incident', shown)
    assert timedelta(0) < seen_at - datetime.fromisoformat(unquote(moment)) <= timedelta(seconds=2)
    then = browser.get(f"{at('case_as_of', case.number)}?on={moment}").content.decode()
    assert "Every claim held." in then
    assert "Every claim holds." not in then


def test_the_moment_before_a_fall_is_named(acme, case, sign_in):
    with acme:
        hold_down(element(case, "G2"), to=1, reason="Not sure", actor=acme.officer)
    assert "The case fell to “Unsupported”." in get(sign_in(acme.observer), "case_as_of", case.number)


@pytest.mark.parametrize("on", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31T23:59:59-14:00", "2026-03-01T99"])
def test_what_is_no_day_is_refused_in_words(acme, case, sign_in, on):
    assert "Give a day" in get(sign_in(acme.observer), "case_as_of", case.number, status=400, on=on)


def test_the_api_answers_for_an_instant(acme, case, api_as):
    api = api_as(acme.officer)
    ahead = (timezone.now() + timedelta(days=200)).isoformat()
    assert api.get(f"{API}cases/{case.number}/standing/", {"at": ahead}).json()["standing"] == "unsupported"
    assert api.get(f"{API}cases/{case.number}/standing/", {"at": "2020-01-01"}).json()["elements"] == {}
    refused = api.get(f"{API}cases/{case.number}/standing/", {"at": "soon"})
    assert (refused.status_code, list(refused.json())) == (400, ["at"])


# The API


def test_the_api_lists_shows_compares_and_freezes(acme, case, api_as):
    api = api_as(acme.officer)
    base = f"{API}cases/{case.number}/baselines/"
    listed = api.get(base).json()["results"]
    assert [one["number"] for one in listed] == [2, 1]
    assert "document" not in listed[0]
    shown = api.get(f"{base}2/").json()
    assert shown["is_whole"] is True
    assert shown["document"]["format"] == "aims-case"
    groups = api.get(f"{base}2/compare/", {"with": "1"}).json()
    assert {one["key"] for one in groups} >= {"G2", "Sn2", "A1"}
    assert api.post(base, json.dumps({"reason": "Again"}), content_type="application/json").json()["number"] == 2
    assert api.post(base, json.dumps({}), content_type="application/json").status_code == 400
    assert api.get(f"{base}7/").status_code == 404


def test_page_and_api_draw_the_same_differences(acme, case, api_as, sign_in):
    api, base = api_as(acme.officer), f"{API}cases/{case.number}/baselines/2/compare/figures/"
    (figure,) = api.get(base, {"with": "1"}).json()
    assert figure["changes"] == {"G2": "changed", "Sn2": "removed", "A1": "added"}
    assert (figure["key"], figure["marked"]) == ("figure-1", 3)
    for theme in ("light", "dark", "print"):
        asked = {"with": "1", "theme": theme}
        drawn = api.get(f"{base}figure-1.svg", asked).content.decode()
        assert drawn == get(sign_in(acme.officer), "compare_figure", case.number, 2, "figure-1", **asked)
    assert api.get(f"{base}figure-1.png").content.startswith(b"\x89PNG")
    assert api.get(base, {"with": "working"}).json() == []
    assert [api.get(f"{base}figure-7.svg").status_code, api.get(base, {"with": "x"}).status_code] == [404, 404]


def test_the_api_reads_signatures_and_has_no_way_to_sign(acme, case, api_as):
    with acme:
        put_live(acme, case)
        hold_down(element(case, "G2"), to=3, reason="Not sure", actor=acme.officer)
    api = api_as(acme.officer)
    assert api.get(f"{API}sign-offs/").json()["results"] == []
    assert api.post(f"{API}sign-offs/", json.dumps({}), content_type="application/json").status_code == 405
    assert (
        api.post(f"{API}cases/{case.number}/sign/", json.dumps({}), content_type="application/json").status_code == 404
    )


def test_the_api_says_who_signed_what(acme, api_as):
    with acme:
        case = make_sound_case(acme)
        put_live(acme, case)
        signed = sign(case, actor=acme.owner)
    found = api_as(acme.officer).get(f"{API}sign-offs/{signed.number}/").json()
    assert (found["case"], found["baseline"], found["sha256"]) == (case.number, 1, signed.sha256)


# What pages cost


@pytest.mark.parametrize("more", [0, 12])
def test_the_pages_ask_no_more_of_a_bigger_case(acme, case, sign_in, more):
    with acme:
        for number in range(more):
            goal = grow(case, acme, "goal", "S1", f"Claim {number}", owner=acme.owner)
            solution = grow(case, acme, "solution", goal.key, f"Test {number}")
            bind(case, acme, solution.key, make_evidence(acme, f"Evidence {number}"))
        freeze_baseline(case, reason="Bigger", actor=acme.officer)
    browser = sign_in(acme.officer)
    asked = {}
    for name, args, query in [
        ("baseline_list", (), {}),
        ("baseline_detail", (1,), {}),
        ("baseline_compare", (1,), {"with": "2"}),
        ("baseline_compare", (1,), {"with": "working"}),
        ("compare_figure", (1, "figure-1"), {"with": "2"}),
        ("case_drawing", (), {"on": (timezone.now() - timedelta(minutes=5)).isoformat()}),
        ("case_as_of", (), {"on": (timezone.now() - timedelta(minutes=5)).isoformat()}),
    ]:
        get(browser, name, case.number, *args, **query)
        with CaptureQueriesContext(connection) as queries:
            get(browser, name, case.number, *args, **query)
        asked[name, *args, *query.values()] = len(queries)
    assert max(asked.values()) <= 12, asked
