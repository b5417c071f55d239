"""The pages and the API of baselines, of what differs between them, and of what was believed on a day."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.actions import add_element, edit_element, freeze_baseline, hold_down, withdraw_element
from cases.models import Baseline, Element
from tests.cases.building import bind, grow, make_evidence, make_sound_case
from tests.cases.measuring import make_metric
from tests.cases.standing_behind import put_live, sign
from tests.cases.test_freeze_baseline import said_of

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


@pytest.mark.parametrize("asked", ["9", "2", "x", "-1", "99999999999999999999", "%00"])
def test_what_is_not_there_is_not_found(acme, case, sign_in, asked):
    get(sign_in(acme.observer), "baseline_compare", case.number, 2, status=404, **{"with": asked})


def test_another_organisation_sees_nothing(acme, globex, case, sign_in):
    browser = sign_in(globex.officer)
    for name, args in [
        ("baseline_list", ()),
        ("baseline_detail", (1,)),
        ("baseline_compare", (1,)),
        ("case_as_of", ()),
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
        ("case_as_of", (), {"on": (timezone.now() - timedelta(minutes=5)).isoformat()}),
    ]:
        get(browser, name, case.number, *args, **query)
        with CaptureQueriesContext(connection) as queries:
            get(browser, name, case.number, *args, **query)
        asked[name, *args, *query.values()] = len(queries)
    assert max(asked.values()) <= 12, asked
