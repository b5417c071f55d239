"""The pages and the API of degradation conditions: what they show, to whom, and what they refuse."""

import json

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aims.tenancy.actions import issue_token
from aims.tenancy.numbers import next_number
from cases.actions import add_condition, report_condition
from cases.models import ConditionEvent, DegradationCondition, Element, StandingLevel
from tests.cases.building import grow, make_sound_case
from tests.cases.measuring import make_metric
from tests.cases.test_watch_condition import clearing
from tests.cases.watching import CONFIGS, make_condition, rule, standing_of

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/"
HOSTILE = "<script>alert(1)</script>{{ 7|add:7 }}\"'=1+1"


@pytest.fixture
def condition(acme):
    with acme:
        return make_condition(acme, make_sound_case(acme), clear_after=2)


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def get(browser, *where, status=200, **query):
    response = browser.get(at(*where), query)
    assert response.status_code == status, response.content[-800:]
    return response.content.decode()


def send(browser, *where, **said):
    return browser.post(at(*where), said)


def told(detector, **fields):
    """The form of a condition as a person fills it in."""
    said = rule(detector)
    config = said.pop("config")
    threshold = said.pop("threshold", "")
    return {
        **said,
        **config,
        "threshold": threshold,
        "actions": ["notify_owner"],
        "about": "G2",
        "clear_after": 1,
        **fields,
    }


def test_a_condition_of_every_detector_is_added_by_form_without_any_json(acme, sign_in):
    with acme:
        case = make_sound_case(acme)
        make_metric(acme, case, claim="G3")
    browser = sign_in(acme.owner)
    chooser = get(browser, "condition_add", 1, element="G2")
    for place, detector in enumerate(CONFIGS, start=1):
        assert f"?detector={detector}&amp;element=G2" in chooser
        form = get(browser, "condition_add", 1, detector=detector, element="G2")
        assert "<select" in form and 'name="config"' not in form
        answer = send(browser, "condition_add", 1, **told(detector))
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        with acme:
            row = DegradationCondition.objects.get(number=place)
            assert (row.detector, row.config, row.element.key) == (detector, CONFIGS[detector], "G2")
        edit = get(browser, "condition_edit", place)
        assert row.statement in edit
        again = {**told(detector), "revision": 1, "every_hours": 12}
        answer = send(browser, "condition_edit", place, **again)
        assert answer.status_code == 302, answer.content.decode()[-3000:]
        with acme:
            assert DegradationCondition.objects.get(number=place).config == CONFIGS[detector]
        assert row.get_detector_display() in get(browser, "condition_detail", place)


def test_what_is_wrong_stands_at_its_field(acme, sign_in):
    with acme:
        make_sound_case(acme)
    browser = sign_in(acme.owner)
    answer = send(browser, "condition_add", 1, **told("webhook", max_silence_hours=3))
    assert answer.status_code == 200
    assert "missed a look" in answer.content.decode()
    answer = send(browser, "condition_add", 1, **told("webhook", comparator="lt"))
    assert "which side of the threshold" in answer.content.decode()
    assert send(browser, "condition_add", 1, detector="crystal_ball").status_code == 200
    assert "There is no" not in get(browser, "condition_add", 1, detector="crystal_ball")


def test_the_life_of_a_condition_by_page(acme, condition, sign_in):
    browser = sign_in(acme.owner)
    assert "It has never reported" in get(browser, "condition_detail", 1)
    assert "Silent" in get(browser, "condition_list", state="silent")
    with acme:
        report_condition(condition, seen="ok", actor=acme.contributor)
    assert send(browser, "condition_trip", 1, reason="Complaints", reference="INC-9").status_code == 302
    page = get(browser, "condition_detail", 1)
    assert "It has come true" in page and "INC-9" in page and "Acknowledge" in page
    assert "Retire</a>" not in page
    home = browser.get("/o/acme/").content.decode()
    assert "Condition to acknowledge" in home and at("condition_detail", 1) in home
    assert "what is being done" in send(browser, "condition_acknowledge", 1, note=" ").content.decode().lower()
    assert send(browser, "condition_acknowledge", 1, note="Being looked into").status_code == 302
    page = get(browser, "condition_detail", 1)
    assert "Acknowledged, and still in effect" in page
    with acme:
        assert standing_of(condition.case, "G2") == StandingLevel.UNSUPPORTED
    assert "No accepted evidence has been collected since" in get(browser, "condition_clear", 1)
    with acme:
        evidence = clearing(acme)
    assert "Drift examined" in get(browser, "condition_clear", 1)
    answer = send(browser, "condition_clear", 1, evidence=str(evidence.pk), reason="A fault of the feed")
    assert answer.status_code == 302
    assert "Cleared" in get(browser, "condition_detail", 1)
    assert "Condition to" not in browser.get("/o/acme/").content.decode()
    assert "Let nobody watch" in get(browser, "condition_retire", 1)
    assert send(browser, "condition_retire", 1, reason="The monitor is replaced").status_code == 302
    page = get(browser, "condition_detail", 1)
    assert "The monitor is replaced" in page and "Edit</a>" not in page
    assert browser.get(at("condition_edit", 1)).status_code == 404


def test_an_attestation_by_page(acme, sign_in):
    with acme:
        case = make_sound_case(acme)
        make_condition(acme, case, detector="manual_attestation", responder=acme.contributor)
    assert "Say what you saw" in get(sign_in(acme.contributor), "condition_detail", 1)
    browser = sign_in(acme.contributor)
    assert "Is the law still the same?" in get(browser, "condition_attest", 1)
    assert send(browser, "condition_attest", 1, seen="ok", statement="Gazette read").status_code == 302
    with acme:
        assert standing_of(case) == StandingLevel.HOLDS


def test_a_kind_of_change_is_ruled_out_by_page(acme, sign_in):
    with acme:
        make_sound_case(acme)
    browser = sign_in(acme.owner)
    assert send(browser, "condition_rule_out", 1, type="model_update", reason="Frozen").status_code == 302
    assert "Declared not applicable" in get(browser, "condition_detail", 1)
    assert "Frozen" in get(browser, "condition_list", state="not_applicable")
    answer = send(browser, "condition_rule_out", 1, type="model_update", reason="Frozen")
    assert "declared not applicable already" in answer.content.decode()
    assert browser.get(at("condition_edit", 1)).status_code == 404


def test_element_and_case_show_their_conditions(acme, condition, sign_in):
    with acme:
        make_condition(acme, condition.case, claim=None, statement="If the law changes, all of it is argued anew.")
    browser = sign_in(acme.owner)
    page = get(browser, "case_detail", 1, element="G2")
    assert at("condition_detail", 1) in page.split('id="element"')[1]
    assert "If the law changes" in page.split('id="conditions"')[1]
    assert "2 conditions in all" in page
    assert "The detector of condition 1" in page
    assert at("condition_add", 1) in page
    assert at("condition_add", 1) not in get(sign_in(acme.observer), "case_detail", 1, element="G2")


def test_the_list_filters_and_exports(acme, condition, sign_in):
    with acme:
        row = make_condition(acme, condition.case, "G3", detector="calendar", statement="The quarter ends")
    browser = sign_in(acme.officer)
    for query, shown in [
        ({"state": "silent"}, "If the applicants"), ({"state": "armed"}, "The quarter ends"),
        ({"detector": "calendar"}, "The quarter ends"), ({"type": "distribution_shift", "q": "quarter"}, "The quarter ends"),
        ({"case": 1, "q": "applicants"}, "If the applicants"), ({"responder": str(acme.owner.pk)}, "If the applicants"),
    ]:  # fmt: skip
        assert shown in get(browser, "condition_list", **query).split("<tbody")[-1], query
    assert "<tbody" not in get(browser, "condition_list", state="tripped").split('id="conditions"')[-1]
    export = b"".join(browser.get(at("condition_list"), {"export": "csv"}).streaming_content).decode()
    assert "The quarter ends" in export and "2030-01-01 comes" in export
    assert row.number == 2
    assert b"".join(browser.get(at("condition_detail", 1), {"export": "xlsx"}).streaming_content)[:2] == b"PK"


def test_readers_look_and_touch_nothing(acme, condition, sign_in):
    for member in (acme.certifier, acme.observer):
        browser = sign_in(member)
        page = get(browser, "condition_detail", 1)
        assert at("condition_trip", 1) not in page
        for verb in ("acknowledge", "clear", "trip", "attest", "edit", "retire"):
            assert send(browser, f"condition_{verb}", 1, reason="x", note="x").status_code == 403
            assert browser.post(f"{API}conditions/1/{verb}/", {}, "application/json").status_code in (403, 404)
    browser = sign_in(acme.contributor)
    assert send(browser, "condition_trip", 1, reason="x").status_code == 403
    assert browser.post(f"{API}conditions/1/trip/", {"reason": "x"}, "application/json").status_code == 403


def test_the_other_organisation_notices_nothing(acme, globex, condition, sign_in):
    with globex:
        make_sound_case(globex)
    browser = sign_in(globex.officer)
    assert browser.get(at("condition_detail", 1)).status_code == 404
    assert get_of(browser, "globex").count("If the applicants") == 0
    assert browser.post(f"{API}conditions/1/report/", {"seen": "tripped"}, "application/json").status_code in (403, 404)
    assert browser.get("/o/globex/conditions/1/").status_code == 404
    with globex:
        assert not DegradationCondition.objects.exists()
        case = Element.objects.get(key="G2").case
        with pytest.raises(ObjectDoesNotExist):
            report_condition(condition, seen="tripped", actor=globex.officer)
        said = rule("metric_threshold")
        with pytest.raises(Exception, match="no metric"):
            add_condition(case, actor=globex.officer, **said)


def get_of(browser, slug):
    return browser.get(at("condition_list", slug=slug)).content.decode()


def test_hostile_text_is_text(acme, sign_in):
    with acme:
        case = make_sound_case(acme)
        row = make_condition(acme, case, statement=HOSTILE, config={"source": HOSTILE})
        report_condition(row, seen="tripped", note=HOSTILE, reference=HOSTILE, key=HOSTILE, actor=acme.contributor)
    browser = sign_in(acme.owner)
    for where in (
        ("condition_list",),
        ("condition_detail", 1),
        ("condition_edit", 1),
        ("case_detail", 1),
        ("condition_clear", 1),
    ):
        page = get(browser, *where)
        assert "<script>alert" not in page
        assert "{{ 7|add:7 }}" in page or where[0] == "condition_clear"
    export = b"".join(browser.get(at("condition_detail", 1), {"export": "csv"}).streaming_content).decode()
    assert "<script>alert(1)" in export


def tokened(acme, client, *scopes):
    with acme:
        token = issue_token(acme.contributor, name="Monitor", scopes=list(scopes), days=1, actor=acme.contributor)
    secret = token[1] if isinstance(token, tuple) else token.secret
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def test_a_monitor_reports_with_a_token_that_can_do_nothing_else(acme, condition, client):
    header = tokened(acme, client, "conditions.report")
    address = f"{API}conditions/1/report/"

    def sent(said, **more):
        body = said if isinstance(said, bytes | str) else json.dumps(said)
        return client.post(address, body, "application/json", **header, **more)

    said = {"seen": "tripped", "value": 0.4, "observed_at": "2026-11-20T05:00:00Z", "key": "2026-47"}
    first, again = sent(said), sent(said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["condition"]["state"] == "tripped"
    assert first.json()["condition"]["standing"] == "unsupported"
    assert again.json()["is_new"] is False
    other = sent({**said, "value": 0.1})
    assert (other.status_code, other.json()["field"]) == (409, "key")
    for bad, code in [
        ({"seen": "fire"}, 400), ({"value": "NaN"}, 400), ({"value": 1}, 409), ({}, 409), ([], 400), (b"\xff", 400),
        ({"seen": "ok", "observed_at": "yesterday"}, 400), ({"seen": "ok", "observed_at": "2099-01-01T00:00:00Z"}, 409),
        ({"seen": "ok", "note": "x" * 2001}, 400), ({"seen": "ok", "key": "a\u0000b"}, 400),
        ({"seen": "ok", "value": 1e400}, 400),
    ]:  # fmt: skip
        assert sent(bad).status_code == code, bad
    with acme:
        assert ConditionEvent.objects.filter(kind="looked").count() == 1
    once = {"HTTP_IDEMPOTENCY_KEY": "abc"}
    assert sent({"seen": "ok"}, **once).json()["at"] == sent({"seen": "ok"}, **once).json()["at"]
    with acme:
        assert ConditionEvent.objects.filter(kind="looked").count() == 2
    assert client.get(f"{API}conditions/1/", **header).status_code == 403
    assert client.post(f"{API}conditions/1/acknowledge/", {}, "application/json", **header).status_code == 403


def test_the_api_does_what_the_pages_do(acme, sign_in):
    with acme:
        make_sound_case(acme)
    browser = sign_in(acme.owner)

    def post(path, said, method="post"):
        return getattr(browser, method)(f"{API}{path}", json.dumps(said), "application/json")

    said = {**rule(), "effect": "defeated", "element": "G2", "actions": ["suspend"], "respond_within_hours": 5}
    made = post("cases/1/conditions/", said)
    assert made.status_code == 201, made.content
    assert made.json()["state"] == "silent"
    assert post("cases/1/conditions/", {**said, "element": "G99"}).json()["field"] == "element"
    wrong = post("cases/1/conditions/", {**said, "config": {}})
    assert (wrong.status_code, wrong.json()["field"]) == (409, "source")
    assert post("cases/1/conditions/rule-out/", {"type": "incident", "reason": "None"}).status_code == 201
    changed = post("conditions/1/", {"revision": 1, "every_hours": 6}, "patch")
    assert changed.json()["every_hours"] == 6
    assert post("conditions/1/", {"revision": 1, "every_hours": 7}, "patch").json()["code"] == "changed"
    assert post("conditions/1/trip/", {"reason": "Seen", "reference": "INC-1"}).json()["state"] == "tripped"
    assert post("conditions/1/acknowledge/", {"note": "On it"}).json()["state"] == "acknowledged"
    assert post("conditions/1/clear/", {"evidence": 999, "reason": "x"}).status_code == 400
    with acme:
        evidence = clearing(acme)
    cleared = post("conditions/1/clear/", {"evidence": evidence.number, "reason": "Mended"})
    assert cleared.json()["state"] == "cleared", cleared.content
    events = browser.get(f"{API}conditions/1/events/").json()["results"]
    assert [event["kind"] for event in events] == ["cleared", "acknowledged", "tripped_by_hand", "edited", "added"]
    assert browser.get(f"{API}conditions/", {"state": "not_applicable"}).json()["count"] == 1
    assert post("conditions/1/retire/", {"reason": "Done"}).json()["state"] == "retired"
    assert post("conditions/1/report/", {"seen": "ok"}).status_code == 409


def test_lists_and_pages_ask_the_database_a_fixed_number_of_times(acme, condition, sign_in):
    browser = sign_in(acme.officer)

    def asked(*where, **query):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            get(browser, *where, **query)
        return [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]

    asked("condition_detail", 1)  # what is cached for good is asked here
    few = [asked("condition_list"), asked("condition_detail", 1), asked("case_detail", 1, element="G2")]
    with acme:
        case = condition.case
        for place in range(3):
            grow(case, acme, "assumption", "G2", f"Assumption {place}")
        first = next_number(acme.organisation, DegradationCondition, 40)
        told = rule()
        elements = list(Element.objects.filter(case=case, kind__in=["goal", "assumption"]))
        DegradationCondition.objects.bulk_create(
            DegradationCondition(
                number=first + place, case=case, element=elements[place % len(elements)], responder=acme.owner, **told
            )
            for place in range(40)
        )
        for _ in range(10):
            report_condition(condition, seen="ok", actor=acme.contributor)
    many = [asked("condition_list"), asked("condition_detail", 1), asked("case_detail", 1, element="G2")]
    for before, after in zip(few, many, strict=True):
        assert len(after) == len(before) <= 12, "\n".join(sql[:60] + sql[sql.find(" FROM ") :][:90] for sql in after)
