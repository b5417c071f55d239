"""Retiring and bringing back: with a reason, by the officer, and nothing changes in between."""

import pytest

from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from inventory.actions import add_version, restore_system, retire_system, screen_system
from inventory.models import AISystem
from tests.factories import EVERYDAY, make_system

pytestmark = pytest.mark.django_db


def test_retire_and_restore_on_the_page(acme, sign_in):
    make_system(acme.owner)
    client = sign_in(acme.officer)
    assert "nothing is deleted" in client.get("/o/acme/systems/1/retire/").content.decode()
    assert client.post("/o/acme/systems/1/retire/", {"reason": "Replaced.", "revision": 1}).status_code == 302
    page = client.get("/o/acme/systems/1/").content.decode()
    assert "Replaced." in page and "/systems/1/edit/" not in page
    assert client.post("/o/acme/systems/1/restore/", {"reason": "Needed.", "revision": 2}).status_code == 302
    with acme:
        system = AISystem.objects.get()
        assert (system.status, system.retired_reason, system.retired_at) == ("registered", "", None)
        names = set(Event.objects.values_list("event", flat=True))
        assert {"inventory.system.retired", "inventory.system.restored"} <= names


def test_the_api_retires_and_says_not_now_the_second_time(acme, api_as):
    make_system(acme.owner)
    api = api_as(acme.officer)
    assert api.post("/api/v1/o/acme/systems/1/retire/", {"reason": "Replaced."}).json()["status"] == "retired"
    again = api.post("/api/v1/o/acme/systems/1/retire/", {"reason": "Replaced."})
    assert again.status_code == 409
    assert api.post("/api/v1/o/acme/systems/1/restore/", {"reason": "Back."}).json()["status"] == "registered"


def test_a_reason_is_needed(acme, sign_in, api_as):
    system = make_system(acme.owner)
    assert "reason" in sign_in(acme.officer).post("/o/acme/systems/1/retire/", {"revision": 1}).context["form"].errors
    assert api_as(acme.officer).post("/api/v1/o/acme/systems/1/retire/", {}).status_code == 400
    with working_in(acme.organisation), pytest.raises(RuleBroken):
        retire_system(system, reason="  ", actor=acme.officer)


def test_the_owner_does_not_retire(acme, sign_in, api_as):
    make_system(acme.owner)
    assert sign_in(acme.owner).get("/o/acme/systems/1/retire/").status_code == 403
    assert api_as(acme.owner).post("/api/v1/o/acme/systems/1/retire/", {"reason": "x"}).status_code == 403


def test_a_retired_system_does_not_change(acme):
    system = make_system(acme.owner)
    with working_in(acme.organisation):
        retire_system(system, reason="Replaced.", actor=acme.officer)
        with pytest.raises(RuleBroken):
            screen_system(system, answers=EVERYDAY, actor=acme.officer)
        with pytest.raises(RuleBroken):
            add_version(system, label="2", actor=acme.officer)
        restore_system(system, reason="Back.", actor=acme.officer)
        assert add_version(system, label="2", actor=acme.officer).label == "2"
