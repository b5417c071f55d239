"""The screening gives the tier, keeps what is unknown open and sets the review."""

from datetime import date

import pytest
from django.utils import timezone

from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from inventory.actions import months_later, screen_system
from inventory.models import AISystem
from tests.factories import EVERYDAY, make_system

pytestmark = pytest.mark.django_db


def test_page_and_api_screen_alike(acme, sign_in, api_as):
    make_system(acme.owner), make_system(acme.owner)
    answers = EVERYDAY | {"effect_on_people": "decides", "decision_area": "credit"}
    page = sign_in(acme.owner).post("/o/acme/systems/1/screen/", answers | {"revision": 1})
    assert page.status_code == 302
    answer = api_as(acme.owner).post("/api/v1/o/acme/systems/2/screen/", {"revision": 1, "answers": answers})
    assert answer.status_code == 200
    assert answer.json()["tier"] == "T3"
    assert answer.json()["tier_reasons"][0]["is_deciding"]
    with acme:
        one, two = AISystem.objects.order_by("number")
        assert (one.tier, one.tier_reasons, one.screening) == (two.tier, two.tier_reasons, two.screening)
        assert one.next_review_on == months_later(timezone.localdate(), 3)


def test_unknown_is_an_answer_and_stays_open_on_the_page(acme, sign_in):
    system = make_system(acme.owner)
    with working_in(acme.organisation):
        screened = screen_system(system, answers=EVERYDAY | {"scale": "unknown"}, actor=acme.owner)
        assert [question.key for question in screened.open_questions] == ["scale"]
        assert Event.objects.get(event="inventory.system.screened").changes["unknown"] == ["scale"]
    page = sign_in(acme.observer).get("/o/acme/systems/1/").content.decode()
    assert "find out" in page and "How many people are affected in a year?" in page


def test_a_blank_is_no_answer(acme, sign_in, api_as):
    make_system(acme.owner)
    blank = {key: value for key, value in EVERYDAY.items() if key != "reversible"}
    page = sign_in(acme.owner).post("/o/acme/systems/1/screen/", blank | {"revision": 1})
    assert "choose Unknown" in str(page.context["form"].errors["reversible"])
    answer = api_as(acme.owner).post("/api/v1/o/acme/systems/1/screen/", {"revision": 1, "answers": blank})
    assert answer.status_code == 400 and "reversible" in answer.json()["answers"]
    with acme, pytest.raises(RuleBroken) as broken:
        screen_system(AISystem.objects.get(), answers=blank, actor=acme.owner)
    assert broken.value.field == "reversible"


def test_an_earlier_review_stays_and_a_later_one_comes_forward(acme):
    soon = timezone.localdate()
    system = make_system(acme.owner, next_review_on=soon)
    with working_in(acme.organisation):
        assert screen_system(system, answers=EVERYDAY, actor=acme.owner).next_review_on == soon


def test_a_month_without_the_day_ends_on_its_last():
    assert months_later(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 31), 12) == date(2027, 12, 31)


def test_a_prohibited_system_is_told_to_stop(acme, sign_in):
    system = make_system(acme.owner)
    with working_in(acme.organisation):
        screen_system(system, answers=EVERYDAY | {"prohibited_practice": "yes"}, actor=acme.owner)
    page = sign_in(acme.officer).get("/o/acme/systems/1/").content.decode()
    assert "TX prohibited" in page and "Stop its use" in page
