"""The treatment plan: planned, started, completed, cancelled."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from risks.actions import add_treatment, cancel_treatment, complete_treatment, edit_treatment, start_treatment
from risks.models import Risk, Treatment
from tests.factories import make_risk

pytestmark = pytest.mark.django_db


def plan(acme, risk, **said):
    due = timezone.localdate() + timedelta(days=20)
    with working_in(acme.organisation):
        fields = {"description": "Test it", "owner": acme.contributor, "due_on": due, "actor": acme.owner}
        return add_treatment(risk, **{**fields, **said})


def test_the_first_treatment_puts_the_risk_into_treatment(acme):
    risk = make_risk(acme.owner)
    plan(acme, risk)
    with acme:
        assert Risk.objects.get().status == "in_treatment"


def test_an_unrated_risk_takes_no_treatment(acme):
    with pytest.raises(RuleBroken, match="Rate the risk first"):
        plan(acme, make_risk(acme.owner, rated=False))


def test_a_treatment_goes_its_way_once(acme):
    treatment = plan(acme, make_risk(acme.owner))
    with working_in(acme.organisation):
        start_treatment(treatment, actor=acme.contributor)
        with pytest.raises(RuleBroken) as broken:
            complete_treatment(treatment, note="", actor=acme.contributor)
        assert broken.value.field == "note"
        complete_treatment(treatment, note="Found two gaps.", actor=acme.contributor)
        with pytest.raises(RuleBroken, match="cannot become"):
            cancel_treatment(treatment, note="Late thought.", actor=acme.contributor)
        with pytest.raises(RuleBroken, match="finished"):
            edit_treatment(
                treatment, description="x", owner=acme.owner, due_on=treatment.due_on, actor=acme.contributor
            )
        row = Treatment.objects.get()
    assert (row.status, row.closing_note) == ("done", "Found two gaps.")


def test_a_lost_update_is_refused(acme):
    treatment = plan(acme, make_risk(acme.owner))
    said = {"owner": acme.owner, "due_on": treatment.due_on, "revision": treatment.revision, "actor": acme.owner}
    with working_in(acme.organisation):
        edit_treatment(treatment, description="One", **said)
        with pytest.raises(ChangedSinceOpened):
            edit_treatment(treatment, description="Two", **said)


def test_pages_carry_the_plan(acme, sign_in):
    make_risk(acme.owner)
    client = sign_in(acme.contributor)
    form = {"description": "Test it", "owner": acme.contributor.pk, "due_on": "2030-01-01"}
    assert client.post("/o/acme/risks/1/treatments/new/", form).status_code == 302
    assert client.get("/o/acme/treatments/1/edit/").status_code == 200
    edited = client.post("/o/acme/treatments/1/edit/", {**form, "description": "Test twice", "revision": 1})
    assert edited.status_code == 302
    assert client.get("/o/acme/treatments/1/start/").status_code == 405
    assert client.post("/o/acme/treatments/1/start/").status_code == 302
    again = client.post("/o/acme/treatments/1/start/", follow=True)
    assert "cannot become" in again.content.decode()
    assert client.post("/o/acme/treatments/1/complete/", {"note": ""}).status_code == 422
    assert client.post("/o/acme/treatments/1/complete/", {"note": "Done well."}).status_code == 302
    page = client.get("/o/acme/risks/1/").content.decode()
    assert "Test twice" in page
    assert "Done well." in page


def test_the_api_carries_the_plan(acme, api_as):
    make_risk(acme.owner)
    api = api_as(acme.contributor)
    body = {"description": "Test it", "owner": str(acme.contributor.pk), "due_on": "2030-01-01"}
    made = api.post("/api/v1/o/acme/risks/1/treatments/", body)
    assert (made.status_code, made.json()["status"], made.json()["risk"]) == (201, "planned", 1)
    assert api.patch("/api/v1/o/acme/treatments/1/", {"due_on": "2031-01-01"}).json()["due_on"] == "2031-01-01"
    assert api.post("/api/v1/o/acme/treatments/1/start/").json()["status"] == "in_progress"
    assert api.post("/api/v1/o/acme/treatments/1/start/").status_code == 409
    assert api.post("/api/v1/o/acme/treatments/1/complete/", {}).status_code == 400
    assert api.post("/api/v1/o/acme/treatments/1/cancel/", {"note": "Too dear."}).json()["status"] == "cancelled"
    assert api.get("/api/v1/o/acme/risks/1/treatments/").json()["count"] == 1
    assert api.get("/api/v1/o/acme/treatments/2/").status_code == 404
