"""Accepting a risk: who may, for how long, bound to what, and when it lapses."""

import hashlib
from datetime import date, timedelta

import pytest
import rfc8785
from django.utils import timezone

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from risks.actions import (
    accept_risk,
    add_treatment,
    cancel_treatment,
    close_risk,
    edit_risk,
    reopen_risk,
    review_risk,
    start_treatment,
)
from risks.actions.acceptances import longest_until
from risks.models import Acceptance, Risk
from risks.selectors import acceptances_of
from risks.snapshot import content_of
from tests.factories import make_control, make_member, make_risk, make_system

pytestmark = pytest.mark.django_db


@pytest.fixture
def risk(acme):
    return make_risk(
        acme.officer, owner=acme.owner, controls=[make_control(acme.officer)], systems=[make_system(acme.owner)]
    )


def soon(days=90):
    return timezone.localdate() + timedelta(days=days)


def accept(acme, risk, **said):
    with working_in(acme.organisation):
        return accept_risk(risk, **{"until": soon(), "reason": "We can bear it.", "actor": acme.executive, **said})


def fresh(acme):
    with acme:
        return Risk.objects.get()


def test_acceptance_is_bound_to_the_canonical_content(acme, risk):
    acceptance = accept(acme, risk)
    assert fresh(acme).status == "accepted"
    assert acceptance.sha256 == hashlib.sha256(rfc8785.dumps(acceptance.snapshot)).hexdigest()
    assert acceptance.snapshot["systems"] == [1]
    assert acceptance.snapshot["controls"] == ["OWN-1"]
    with acme:
        stored = Acceptance.objects.get()
        assert hashlib.sha256(rfc8785.dumps(stored.snapshot)).hexdigest() == stored.sha256
        event = Event.objects.get(event="risks.risk.accepted")
        assert (event.actor_id, event.changes["sha256"]) == (acme.executive.pk, acceptance.sha256)
        assert [each.is_in_force for each in acceptances_of(Risk.objects.get())] == [True]
        by_page = Risk.objects.with_links().get()
        assert content_of(by_page) == content_of(Risk.objects.get()) == stored.snapshot


def test_the_owner_may_not_accept_their_own_risk(acme):
    both = make_member(acme.organisation, Role.EXECUTIVE, Role.SYSTEM_OWNER, email="both@acme.example")
    risk = make_risk(acme.officer, owner=both)
    with pytest.raises(RuleBroken, match="You own this risk"):
        accept(acme, risk, actor=both)


def test_what_nobody_owns_or_has_rated_cannot_be_accepted(acme):
    with pytest.raises(RuleBroken, match="no owner"):
        accept(acme, make_risk(acme.officer))
    with pytest.raises(RuleBroken, match="no rating"):
        accept(acme, make_risk(acme.officer, rated=False, owner=acme.owner))


@pytest.mark.parametrize("days", [0, -1, 367, 100_000])
def test_only_twelve_months_into_the_future(acme, risk, days):
    with pytest.raises(RuleBroken) as broken:
        accept(acme, risk, until=soon(days))
    assert broken.value.field == "until"
    assert fresh(acme).status == "assessed"


def test_twelve_months_from_a_leap_day():
    assert longest_until(date(2028, 2, 29)) == date(2029, 2, 28)


def test_a_reason_is_needed(acme, risk):
    with pytest.raises(RuleBroken) as broken:
        accept(acme, risk, reason=" ")
    assert broken.value.field == "reason"


def test_what_changed_since_the_page_was_opened_is_not_accepted(acme, risk):
    with acme:
        seen = hashlib.sha256(rfc8785.dumps(content_of(risk))).hexdigest()
    with working_in(acme.organisation):
        edit_risk(risk, description="It got worse.", actor=acme.owner)
    with pytest.raises(ChangedSinceOpened):
        accept(acme, risk, seen=seen)
    assert fresh(acme).status == "assessed"


def test_a_material_change_ends_the_acceptance_and_names_what_changed(acme, risk):
    accept(acme, risk)
    with working_in(acme.organisation):
        edit_risk(risk, likelihood=4, rating_reason="It happened twice.", actor=acme.owner)
        changed = Risk.objects.get()
        (found,) = acceptances_of(changed)
        assert Event.objects.filter(event="risks.risk.acceptance_lapsed").count() == 1
    assert (changed.status, changed.accepted_until, changed.has_lapsed) == ("accepted", None, True)
    assert not found.is_in_force
    assert found.changed == ["current rating", "reason for the ratings"]


def test_a_review_is_not_a_material_change(acme, risk):
    accept(acme, risk)
    with working_in(acme.organisation):
        review_risk(risk, review_on=soon(30), note="Looked again.", actor=acme.owner)
    assert not fresh(acme).has_lapsed


def test_a_changed_plan_ends_it_but_progress_does_not(acme, risk):
    with working_in(acme.organisation):
        treatment = add_treatment(risk, description="Test it", owner=acme.owner, due_on=soon(), actor=acme.owner)
    accept(acme, risk)
    with working_in(acme.organisation):
        start_treatment(treatment, actor=acme.owner)
        assert not Risk.objects.get().has_lapsed
        cancel_treatment(treatment, note="Too dear.", actor=acme.owner)
        assert Risk.objects.get().has_lapsed


def test_past_its_day_it_shows_as_lapsed_without_any_worker(acme, risk):
    accept(acme, risk)
    with working_in(acme.organisation):
        yesterday = timezone.localdate() - timedelta(days=1)
        Acceptance.objects.update(until=yesterday)
        Risk.objects.update(accepted_until=yesterday)
        assert Risk.objects.get().has_lapsed
        assert list(Risk.objects.lapsed_on(timezone.localdate())) == [risk]
        assert [each.is_over for each in acceptances_of(Risk.objects.get())] == [True]


def test_a_lapsed_risk_can_be_accepted_again(acme, risk):
    accept(acme, risk)
    with working_in(acme.organisation):
        edit_risk(risk, description="Other words.", actor=acme.owner)
    accept(acme, risk)
    assert not fresh(acme).has_lapsed
    with acme:
        assert [each.is_in_force for each in acceptances_of(Risk.objects.get())] == [True, False]


def test_closing_and_reopening(acme, risk):
    accept(acme, risk)
    with working_in(acme.organisation):
        close_risk(risk, reason="The system is gone.", actor=acme.officer)
        with pytest.raises(RuleBroken, match="closed"):
            edit_risk(risk, title="x", actor=acme.owner)
        with pytest.raises(RuleBroken, match="closed"):
            accept_risk(risk, until=soon(), reason="x", actor=acme.executive)
        reopen_risk(risk, reason="It came back.", actor=acme.officer)
        with pytest.raises(RuleBroken, match="open already"):
            reopen_risk(risk, reason="Again.", actor=acme.officer)
    assert (fresh(acme).status, fresh(acme).accepted_until, fresh(acme).closed_reason) == ("assessed", None, "")


def test_open_treatments_hold_a_risk_open(acme, risk):
    with working_in(acme.organisation):
        add_treatment(risk, description="Test it", owner=acme.owner, due_on=soon(), actor=acme.owner)
        with pytest.raises(RuleBroken, match="1 treatment is still open"):
            close_risk(risk, reason="Enough.", actor=acme.officer)


def test_page_and_api_accept_alike(acme, risk, sign_in, api_as):
    client = sign_in(acme.executive)
    page = client.get("/o/acme/risks/1/accept/")
    assert page.status_code == 200
    seen = page.context["form"]["seen"].value()
    form = {"until": soon().isoformat(), "reason": "Bearable.", "seen": seen}
    refused = client.post("/o/acme/risks/1/accept/", {**form, "until": "1999-01-01"})
    assert refused.status_code == 422
    by_api = api_as(acme.executive).post("/api/v1/o/acme/risks/1/accept/", {"until": "1999-01-01", "reason": "x"})
    assert by_api.status_code == 409
    assert by_api.json()["detail"] in refused.content.decode()
    assert client.post("/o/acme/risks/1/accept/", form).status_code == 302
    again = api_as(acme.executive).post(
        "/api/v1/o/acme/risks/1/accept/", {"until": soon().isoformat(), "reason": "x", "seen": seen}
    )
    assert again.status_code == 201
    assert again.json()["sha256"] == seen


def test_the_page_says_why_the_owner_cannot_accept(acme, sign_in, api_as):
    make_risk(acme.officer, owner=acme.executive)
    assert sign_in(acme.executive).get("/o/acme/risks/1/accept/").status_code == 409
    answer = api_as(acme.executive).post("/api/v1/o/acme/risks/1/accept/", {"until": str(soon()), "reason": "x"})
    assert answer.status_code == 409
    assert "You own this risk" in answer.json()["detail"]
