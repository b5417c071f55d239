"""The pages and the API of challenges: what they show, to whom, and what they refuse."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from time_machine import travel

from aims.tenancy.numbers import next_number
from cases.access import Part
from cases.actions import appoint, decide_challenge
from cases.models import Challenge, Element, StandingLevel
from cases.sweep import reevaluate_due
from tests.cases.building import bind, grow, make_evidence, make_sound_case
from tests.cases.challenging import make_challenge
from tests.cases.watching import standing_of

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/"
HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}\"'=1+1"
DOUBT = {"statement": "Small groups are lumped together.", "attack": "rebut", "severity": "blocking"}


@pytest.fixture
def case(acme):
    with acme:
        case = make_sound_case(acme)
        appoint(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.officer)
        grow(case, acme, "goal", "S1", "Groups of fewer than fifty are reported apart")
        grow(case, acme, "solution", "G4", "Report by small group")
        bind(case, acme, "Sn3", make_evidence(acme, "Report by small group", days=10))
        case.refresh_from_db()
        return case


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def get(browser, *where, status=200, **query):
    response = browser.get(at(*where), query)
    assert response.status_code == status, response.content[-800:]
    return response.content.decode()


def send(browser, *where, **said):
    return browser.post(at(*where), said)


def api(browser, path, said=None, method="post"):
    if method == "get":
        return browser.get(f"{API}{path}", said or {})
    return getattr(browser, method)(f"{API}{path}", json.dumps(said), "application/json")


def element(case, key):
    return str(Element.objects.get(case=case, key=key).pk)


def later(days):
    return travel(timezone.now() + timedelta(days=days), tick=False)


def test_the_life_of_a_challenge_by_page_until_its_answer_expires(acme, case, sign_in):
    challenger = sign_in(acme.challenger)
    assert at("challenge_add", 1, "G2") in get(challenger, "case_detail", 1, element="G2")
    form = get(challenger, "challenge_add", 1, "G2")
    assert "The step from G2 to Sn1" in form and "falls at once" in form
    answer = send(challenger, "challenge_add", 1, "G2", **DOUBT)
    assert (answer.status_code, answer.url) == (302, at("challenge_detail", 1))
    page = get(challenger, "challenge_detail", 1)
    assert "Take back" in page and "counts as unsupported" in page and "Decide</a>" not in page
    owner = sign_in(acme.owner)
    assert "Challenge to answer" in owner.get("/o/acme/").content.decode()
    assert "Small groups" in get(owner, "case_detail", 1, element="G2").split('id="element"')[1]
    assert "is open" in get(owner, "case_detail", 1)
    with acme:
        g4 = element(case, "G4")
        assert standing_of(case) == StandingLevel.UNSUPPORTED
    answer = send(owner, "challenge_answer", 1, response="They are reported apart.", response_element=g4)
    assert answer.status_code == 302, answer.content[-900:]
    assert send(owner, "challenge_decide", 1, verdict="refuted", rationale="So").status_code == 403
    executive = sign_in(acme.executive)
    assert "They are reported apart." in get(executive, "challenge_decide", 1)
    refused = send(executive, "challenge_decide", 1, verdict="refuted", rationale="So")
    assert refused.status_code == 302, refused.content[-900:]  # the answer that was given counts
    with acme:
        assert standing_of(case) == StandingLevel.HOLDS
    assert "Refuted" in get(executive, "challenge_detail", 1)
    with later(11):
        executive = sign_in(acme.executive)
        # No sweep has run: page, list and API say so all the same.
        page = get(executive, "challenge_detail", 1)
        assert "The doubt is back" in page and "G4" in page
        assert "its answer lapsed" in get(executive, "challenge_list")
        assert api(executive, "challenges/1/", method="get").json()["state"] == "lapsed"
        with acme:
            reevaluate_due(timezone.now())
            assert standing_of(case, "G2") == StandingLevel.UNSUPPORTED
        assert "Small groups" in get(executive, "challenge_list", state="lapsed").split("<tbody")[-1]
        assert "<tbody" not in get(executive, "challenge_list", state="refuted").split('id="challenges"')[-1]
        assert "The answer lapsed" in get(executive, "challenge_detail", 1)


def test_the_same_life_by_the_api(acme, case, sign_in):
    challenger, owner = sign_in(acme.challenger), sign_in(acme.owner)
    made = api(challenger, "cases/1/challenges/", {**DOUBT, "element": "G2", "step_to": "Sn1", "attack": "undercut"})
    assert made.status_code == 201, made.content
    assert (made.json()["element"], made.json()["step_to"], made.json()["state"]) == ("G2", "Sn1", "open")
    assert api(challenger, "challenges/1/", {"revision": 1, "severity": "major"}, "patch").json()["severity"] == "major"
    assert api(challenger, "challenges/1/", {"revision": 1, "severity": "minor"}, "patch").json()["code"] == "changed"
    answered = api(owner, "challenges/1/answer/", {"response": "Apart.", "response_element": "G4"})
    assert answered.json()["response_element"] == "G4", answered.content
    assert api(owner, "challenges/1/answer/", {"response": "Apart.", "response_element": "G99"}).json()["field"] == (
        "response_element"
    )
    executive = sign_in(acme.executive)
    decided = api(executive, "challenges/1/decide/", {"verdict": "refuted", "rationale": "Shown."})
    assert decided.json()["state"] == "refuted", decided.content
    reopened = api(sign_in(acme.auditor), "challenges/1/reopen/", {"reason": "Two are left out"})
    assert (reopened.json()["state"], reopened.json()["response_element"]) == ("open", None)
    until = (timezone.localdate() + timedelta(days=20)).isoformat()
    said = {"significance": "manageable", "until": until, "rationale": "Seen by hand"}
    executive = sign_in(acme.executive)
    assert api(executive, "challenges/1/accept/", said).json()["state"] == "residual"
    assert api(executive, "challenges/1/accept/", {**said, "until": "2020-01-01"}).json()["field"] == "until"
    kinds = [event["kind"] for event in api(executive, "challenges/1/events/", method="get").json()["results"]]
    assert kinds == ["accepted", "reopened", "refuted", "answered", "edited", "raised"]
    with later(21):
        executive = sign_in(acme.executive)
        assert api(executive, "challenges/1/", method="get").json()["state"] == "expired"
        assert api(executive, "challenges/", {"state": "expired"}, "get").json()["count"] == 1
        assert "acceptance has ended" in get(executive, "challenge_detail", 1)


def test_taking_back_and_opening_again_by_page(acme, case, sign_in):
    browser = sign_in(acme.challenger)
    send(browser, "challenge_add", 1, "G2", **DOUBT)
    assert "Take this challenge back?" in get(browser, "challenge_withdraw", 1)
    assert "This field" not in send(browser, "challenge_withdraw", 1, reason="").content.decode()
    assert send(browser, "challenge_withdraw", 1, reason="I misread it").status_code == 302
    page = get(browser, "challenge_detail", 1)
    assert "I misread it" in page and "Open again" in page
    assert send(browser, "challenge_reopen", 1, reason="I did not").status_code == 302
    edit = get(browser, "challenge_edit", 1)
    assert "Small groups" in edit
    said = {**DOUBT, "severity": "minor", "revision": "3"}
    assert send(browser, "challenge_edit", 1, **said).status_code == 302
    stale = send(browser, "challenge_edit", 1, **{**said, "revision": "1"})
    assert "has changed since you opened it" in stale.content.decode()


def test_what_is_wrong_stands_at_its_field(acme, case, sign_in):
    browser = sign_in(acme.challenger)
    page = send(browser, "challenge_add", 1, "G1", **{**DOUBT, "attack": "undercut"}).content.decode()
    assert "on the strategy between them" in page
    for said in ({**DOUBT, "attack": "insult"}, {**DOUBT, "statement": ""}, {**DOUBT, "severity": "deadly"}, {}):
        assert send(browser, "challenge_add", 1, "G2", **said).status_code == 200
    assert browser.get(at("challenge_add", 1, "G99")).status_code == 404
    assert browser.get(at("challenge_detail", 99)).status_code == 404
    for said, code in [
        ({**DOUBT, "element": "G99"}, 409), ({**DOUBT}, 400), ({**DOUBT, "element": "G2", "step_to": "Sn2"}, 409),
        ({**DOUBT, "element": "G2", "statement": "x" * 5001}, 400), ([], 400), ({**DOUBT, "element": ["G2"]}, 400),
        ({**DOUBT, "element": "G2\u0000"}, 400), ({**DOUBT, "element": "G2", "severity": None}, 400),
    ]:  # fmt: skip
        assert api(browser, "cases/1/challenges/", said).status_code == code, said
    with acme:
        assert not Challenge.objects.exists()


def test_each_sees_the_buttons_of_what_they_may_do(acme, case, sign_in):
    with acme:
        make_challenge(acme, case)
    verbs = ("edit", "answer", "decide", "accept", "withdraw", "reopen")
    shown = {
        acme.challenger: {"edit", "withdraw"}, acme.owner: {"answer"}, acme.officer: {"answer"},
        acme.executive: {"decide", "accept"}, acme.auditor: set(), acme.observer: set(), acme.certifier: set(),
        acme.contributor: set(),
    }  # fmt: skip
    for member, expected in shown.items():
        browser = sign_in(member)
        page = get(browser, "challenge_detail", 1)
        assert {verb for verb in verbs if at(f"challenge_{verb}", 1) in page} == expected, member
        # Opening again is not hidden from an auditor by right, but by the state: the doubt is open.
        for verb in (
            set(verbs)
            - expected
            - ({"reopen"} if member not in (acme.observer, acme.certifier, acme.contributor) else set())
        ):
            assert browser.get(at(f"challenge_{verb}", 1)).status_code == 403, (member, verb)
            assert api(browser, f"challenges/1/{verb}/", {}).status_code in (400, 403, 404, 405), (member, verb)


def test_the_list_filters_and_exports(acme, case, sign_in):
    with acme:
        make_challenge(acme, case, severity="blocking")
        step = make_challenge(acme, case, "G3", "Sn2", statement="The drift report is a year old", severity="minor")
        decide_challenge(step, verdict="sustained", rationale="It is", actor=acme.executive)
    browser = sign_in(acme.officer)
    for query, shown in [
        ({"state": "open"}, "Small groups"), ({"state": "sustained"}, "drift report"), ({"severity": "minor"}, "drift report"),
        ({"attack": "undercut"}, "drift report"), ({"unsettled": "yes"}, "Small groups"), ({"unsettled": "no"}, "drift report"),
        ({"case": 1, "q": "drift"}, "drift report"), ({"raised_by": str(acme.challenger.pk), "q": "small"}, "Small groups"),
    ]:  # fmt: skip
        rows = get(browser, "challenge_list", **query).split("<tbody")[-1]
        assert shown in rows, query
        assert rows.count("<tr") == 1, query
    export = b"".join(browser.get(at("challenge_list"), {"export": "csv"}).streaming_content).decode()
    assert "G3 → Sn2" in export and "Credit scoring" in export
    assert b"".join(browser.get(at("challenge_detail", 1), {"export": "xlsx"}).streaming_content)[:2] == b"PK"


def test_the_other_organisation_notices_nothing(acme, globex, case, sign_in):
    with acme:
        make_challenge(acme, case)
    with globex:
        make_sound_case(globex)
    browser = sign_in(globex.officer)
    assert browser.get(at("challenge_detail", 1)).status_code == 404
    assert "Small groups" not in browser.get(at("challenge_list", slug="globex")).content.decode()
    assert browser.get("/o/globex/challenges/1/").status_code == 404
    assert browser.post(f"{API}challenges/1/decide/", {}, "application/json").status_code in (403, 404)
    answer = browser.post(
        "/api/v1/o/globex/cases/1/challenges/",
        json.dumps({**DOUBT, "element": element_of_acme(acme, case)}),
        "application/json",
    )
    assert answer.status_code == 409


def element_of_acme(acme, case):
    with acme:
        return element(case, "G2")


def test_hostile_text_is_text(acme, case, sign_in):
    with acme:
        make_challenge(acme, case, statement=HOSTILE)
    browser = sign_in(acme.executive)
    for where in (("challenge_list",), ("challenge_detail", 1), ("challenge_decide", 1), ("case_detail", 1)):
        page = get(browser, *where)
        assert "<script>alert(1)" not in page
        assert "7|add:7" in page
    send(sign_in(acme.officer), "challenge_answer", 1, response=HOSTILE)
    assert "<script>alert(1)" not in get(sign_in(acme.owner), "challenge_detail", 1)


def test_a_challenge_sent_twice_is_raised_once(acme, case, sign_in):
    browser = sign_in(acme.challenger)
    said = {**DOUBT, "_once": "11111111-1111-4111-8111-111111111111"}
    assert send(browser, "challenge_add", 1, "G2", **said).status_code == 302
    send(browser, "challenge_add", 1, "G2", **said)
    with acme:
        assert Challenge.objects.count() == 1


def test_lists_and_pages_ask_the_database_a_fixed_number_of_times(acme, case, sign_in):
    with acme:
        make_challenge(acme, case)
    browser = sign_in(acme.officer)

    def asked(*where, **query):
        with CaptureQueriesContext(connection) as queries:
            get(browser, *where, **query)
        return [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"] and "set_config" not in one["sql"]]

    pages = (("challenge_list",), ("challenge_detail", 1), ("case_detail", 1), ("challenge_answer", 1))
    for page in pages:
        asked(*page)
    few = [asked(*page, element="G2") for page in pages]
    with acme:
        first = next_number(acme.organisation, Challenge, 40)
        rows = list(Element.objects.filter(case=case))
        Challenge.objects.bulk_create(
            Challenge(
                number=first + place, case=case, target=rows[place % len(rows)], attack="rebut", statement=f"Doubt {place}",
                raised_by=acme.challenger, changed_at=timezone.now(),
            )
            for place in range(40)
        )  # fmt: skip
    many = [asked(*page, element="G2") for page in pages]
    for before, after in zip(few, many, strict=True):
        assert len(after) == len(before) <= 12, "\n".join(sql[:60] + sql[sql.find(" FROM ") :][:90] for sql in after)
