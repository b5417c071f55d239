"""What falls over all cases if nobody acts: the same rule as for one, on the page and in the API."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.evaluation import assess
from cases.forecasting import falls_ahead, forecast_of, outlook
from cases.models import AssuranceCase, StandingLevel
from tests.cases.building import make_case, make_sound_case
from tests.cases.standing_behind import put_live, sign

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/forecast/"


@pytest.fixture
def ageing(acme):
    """A case whose evidence runs into its grace in 40 days and ends in 50."""
    with acme:
        return make_sound_case(acme, days=40, grace_days=10)


def test_each_fall_of_a_case_comes_once_in_order_with_its_reason(acme, ageing):
    now = timezone.now()
    with acme:
        falls = falls_ahead([ageing], now, 90)
        assert [(fall.before, fall.after) for fall in falls] == [
            (StandingLevel.HOLDS, StandingLevel.WEAKENED),
            (StandingLevel.WEAKENED, StandingLevel.UNSUPPORTED),
        ]
        assert [(fall.at - now).days for fall in falls] == [39, 49]
        assert "expires on" in falls[1].causes[0]["sentence"]
        assert falls_ahead([ageing], now, 30) == []
        assert [horizon.standing for horizon in forecast_of(assess(ageing))] == [
            StandingLevel.HOLDS, StandingLevel.UNSUPPORTED, StandingLevel.UNSUPPORTED,
        ]  # fmt: skip


def test_the_page_and_the_api_say_the_same_for_each_horizon(acme, ageing, sign_in, api_as):
    browser, api = sign_in(acme.observer), api_as(acme.owner)
    assert "No case falls by itself within 30 days." in browser.get("/o/acme/forecast/").content.decode()
    page = browser.get("/o/acme/forecast/", {"days": "60"}).content.decode()
    assert ageing.title in page
    assert "/o/acme/cases/1/forecast/" in page
    said = api.get(API, {"days": 60}).json()
    assert (said["days"], said["left_out"]) == (60, 0)
    assert [fall["after"] for fall in said["falls"]] == ["weakened", "unsupported"]
    assert api.get(API).json()["falls"] == []
    assert list(api.get(API, {"days": "7"}).json()) == ["days"]
    assert browser.get("/o/acme/forecast/", {"days": "x"}).status_code == 200


def test_the_other_organisation_sees_none_of_it(acme, globex, ageing, sign_in):
    browser = sign_in(globex.officer)
    assert ageing.title not in browser.get("/o/globex/forecast/", {"days": "90"}).content.decode()
    assert browser.get("/o/acme/forecast/").status_code == 404


def test_more_cases_cost_no_more_queries_and_too_many_are_counted(acme, ageing, monkeypatch):
    with acme:
        with CaptureQueriesContext(connection) as one:
            outlook(timezone.now(), 90)
        for number in range(3):
            case = make_case(acme, system=ageing.system, title=f"Case {number}", purpose=f"Purpose {number}")
            AssuranceCase.objects.filter(pk=case.pk).update(next_transition_at=timezone.now() + timedelta(days=60))
        with CaptureQueriesContext(connection) as many:
            outlook(timezone.now(), 90)
        assert len(many) == len(one) <= 12
        monkeypatch.setattr("cases.forecasting.MOST_CASES", 1)
        found = outlook(timezone.now(), 90)
        assert (found.left_out, {fall.case.pk for fall in found.falls}) == (3, {ageing.pk})


def test_a_withdrawn_case_falls_no_more(acme, ageing):
    from cases.actions import withdraw_case

    with acme:
        withdraw_case(ageing, reason="Replaced", actor=acme.officer)
        assert outlook(timezone.now(), 90).falls == []


def test_a_signature_that_runs_out_takes_the_case_down(acme, sign_in, api_as, time_machine):
    with acme:
        case = make_sound_case(acme, days=None)
        put_live(acme, case)
        signed = sign(case, actor=acme.owner)
        case.refresh_from_db()
        days = (signed.expires_at - timezone.now()).days + 1
        (fall,) = falls_ahead([case], timezone.now(), days)
        assert (fall.at, fall.before, fall.after) == (
            signed.expires_at + timedelta(microseconds=1), StandingLevel.HOLDS, StandingLevel.WEAKENED
        )  # fmt: skip
        assert "sign-off expires on" in fall.causes[0]["sentence"]
        (horizon,) = forecast_of(assess(case), (days,))
        assert (horizon.standing, [one.element for one in horizon.falls]) == (StandingLevel.WEAKENED, [None])
    time_machine.move_to(signed.expires_at - timedelta(days=80))
    assert "sign-off expires on" in sign_in(acme.observer).get("/o/acme/cases/1/forecast/").content.decode()
    (*_sooner, last) = api_as(acme.owner).get("/api/v1/o/acme/cases/1/forecast/").json()
    assert (last["standing"], [one["key"] for one in last["falls"]]) == ("weakened", [None])
    (said,) = api_as(acme.owner).get(API, {"days": 90}).json()["falls"]
    assert (said["case"], said["after"]) == (1, "weakened")


def test_a_case_that_nobody_signed_does_not_come_to_hold_by_waiting(acme):
    with acme:
        case = make_sound_case(acme, days=None)
        put_live(acme, case)
        assert {horizon.standing for horizon in forecast_of(assess(case))} == {StandingLevel.WEAKENED}
