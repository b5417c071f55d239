"""Versions: added, never changed; one of them is in operation."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from inventory.actions import add_version, deploy_version
from inventory.models import AISystem, SystemVersion
from tests.factories import make_system

pytestmark = pytest.mark.django_db


def test_a_version_goes_into_operation_on_page_and_api(acme, sign_in, api_as):
    make_system(acme.owner)
    client = sign_in(acme.owner)
    assert client.post("/o/acme/systems/1/versions/new/", {"label": "1.0", "deploy": "on"}).status_code == 302
    api = api_as(acme.owner)
    made = api.post("/api/v1/o/acme/systems/1/versions/", {"label": "1.1"})
    assert (made.status_code, made.json()["is_current"]) == (201, False)
    deployed = api.post(f"/api/v1/o/acme/systems/1/versions/{made.json()['id']}/deploy/")
    assert deployed.json()["is_current"]
    labels = [version["label"] for version in api.get("/api/v1/o/acme/systems/1/versions/").json()]
    assert labels == ["1.1", "1.0"]
    with acme:
        event = Event.objects.filter(event="inventory.version.deployed").first()
        assert event.changes["version"] == ["1.0", "1.1"]
        first = SystemVersion.objects.get(label="1.0")
    assert client.get(f"/o/acme/systems/1/versions/{first.pk}/deploy/").status_code == 200
    assert client.post(f"/o/acme/systems/1/versions/{first.pk}/deploy/", {}).status_code == 302
    with acme:
        assert AISystem.objects.get().current_version == first


def test_a_label_is_used_once_and_a_release_lies_behind(acme):
    system = make_system(acme.owner)
    with working_in(acme.organisation):
        version = add_version(system, label="A1", actor=acme.owner, deploy=True)
        with pytest.raises(RuleBroken):
            add_version(system, label="a1", actor=acme.owner)
        with pytest.raises(RuleBroken):
            add_version(system, label="B", released_on=timezone.localdate() + timedelta(days=1), actor=acme.owner)
        with pytest.raises(RuleBroken):
            deploy_version(version, actor=acme.owner)
        other = add_version(system, label="C", actor=acme.owner)
        with pytest.raises(RuleBroken):
            deploy_version(other, deployed_at=timezone.now() + timedelta(days=1), actor=acme.owner)


def test_versions_of_another_system_or_organisation_are_not_found(acme, globex, sign_in, api_as):
    make_system(acme.owner), make_system(acme.owner)
    with working_in(acme.organisation):
        version = add_version(AISystem.objects.get(number=1), label="1", actor=acme.owner)
    assert sign_in(acme.owner).post(f"/o/acme/systems/2/versions/{version.pk}/deploy/", {}).status_code == 404
    make_system(globex.officer)
    api = api_as(globex.officer)
    assert api.post(f"/api/v1/o/globex/systems/1/versions/{version.pk}/deploy/").status_code == 404
    assert api.post(f"/api/v1/o/globex/systems/1/versions/{'-' * 36}/deploy/").status_code == 404
