"""Registering, editing and owning AI systems: at the action, on the page and by the API."""

import pytest
from django.core.exceptions import PermissionDenied

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from inventory.access import may_edit
from inventory.actions import assign_owner, edit_system
from inventory.models import AISystem
from tests.factories import make_member, make_system

pytestmark = pytest.mark.django_db
NEW = {"name": "CV screening", "purpose": "Sorts applications.", "stage": "planned"}


def edited(system, actor, **changes):
    values = {
        "name": system.name,
        "purpose": system.purpose,
        "outputs": "",
        "stage": system.stage,
        "owner": system.owner,
        "supplier": None,
        "business_unit": "",
        "topic": "",
        "next_review_on": None,
        "revision": None,
    }
    with working_in(actor.organisation):
        return edit_system(AISystem.objects.get(pk=system.pk), **(values | changes), actor=actor)


def test_a_system_owner_becomes_the_owner_of_what_they_register(acme):
    system = make_system(acme.owner)
    assert (system.number, system.owner) == (1, acme.owner)
    with acme:
        assert acme.owner.user.has_perm("inventory.change_aisystem", system)
        assert Event.objects.get(event="inventory.system.registered").actor == acme.owner


def test_page_and_api_register_alike(acme, sign_in, api_as):
    answer = sign_in(acme.owner).post("/o/acme/systems/new/", NEW | {"owner": acme.owner.pk})
    assert answer.headers["Location"] == "/o/acme/systems/1/screen/"
    made = api_as(acme.owner).post("/api/v1/o/acme/systems/", NEW)
    assert made.status_code == 201
    assert made.json()["owner"]["name"] == acme.owner.display_name
    with acme:
        first, second = AISystem.objects.order_by("number")
        assert (first.name, first.purpose, first.owner) == (second.name, second.purpose, second.owner)


def test_numbers_count_per_organisation(acme, globex):
    make_system(acme.officer)
    assert make_system(globex.officer).number == 1
    assert make_system(acme.officer).number == 2


@pytest.mark.parametrize("role", ["contributor", "challenger", "executive", "auditor", "certifier", "observer"])
def test_other_roles_register_nothing(acme, sign_in, api_as, role):
    member = getattr(acme, role)
    assert sign_in(member).post("/o/acme/systems/new/", NEW).status_code == 403
    with acme:
        assert not AISystem.objects.exists()
    if not member.is_read_only:
        assert api_as(member).post("/api/v1/o/acme/systems/", NEW).status_code == 403


def test_a_system_owner_edits_their_own_and_no_other(acme, sign_in, api_as):
    own, other = make_system(acme.owner), make_system(acme.officer, owner=acme.officer)
    with acme:
        assert may_edit(acme.owner, own) and not may_edit(acme.owner, other)
        assert may_edit(acme.officer, own) and not may_edit(acme.contributor, own)
    edited(own, acme.owner, name="Renamed")
    with pytest.raises(PermissionDenied):
        edited(other, acme.owner, name="Taken over")
    client = sign_in(acme.owner)
    assert client.get("/o/acme/systems/2/edit/").status_code == 403
    assert client.post("/o/acme/systems/2/edit/", NEW).status_code == 403
    assert client.post("/o/acme/systems/2/screen/", {}).status_code == 403
    refused = api_as(acme.owner).patch("/api/v1/o/acme/systems/2/", {"revision": 1, "name": "Taken over"})
    assert refused.status_code == 403
    assert "Edit" not in client.get("/o/acme/systems/2/").content.decode()
    with acme:
        assert AISystem.objects.get(number=2).name == "Credit scoring"


def test_the_grant_goes_with_the_owner(acme):
    second = make_member(acme.organisation, "system_owner", email="second@acme.example")
    system = make_system(acme.owner)
    with working_in(acme.organisation):
        assign_owner(system, owner=second, actor=acme.owner)
        assert not may_edit(acme.owner, AISystem.objects.get()) and may_edit(second, AISystem.objects.get())
        assert system.grants.get().user == second.user
        event = Event.objects.get(event="inventory.system.owner_assigned")
        assert event.changes["owner"] == [acme.owner.display_name, second.display_name]


def test_an_owner_must_be_able_to_act(acme):
    for member in (acme.contributor, acme.observer):
        with pytest.raises(RuleBroken) as broken:
            make_system(acme.officer, owner=member)
        assert broken.value.field == "owner"


def test_a_lost_update_is_refused_on_page_and_api(acme, sign_in, api_as):
    system = make_system(acme.officer)
    edited(system, acme.officer, name="First")
    with pytest.raises(ChangedSinceOpened):
        edited(system, acme.officer, name="Second", revision=1)
    page = sign_in(acme.officer).post("/o/acme/systems/1/edit/", NEW | {"revision": 1})
    assert page.status_code == 200 and "changed since you opened it" in page.content.decode()
    answer = api_as(acme.officer).patch("/api/v1/o/acme/systems/1/", {"revision": 1, "name": "Third"})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed")
    with acme:
        assert AISystem.objects.get().name == "First"


def test_the_api_changes_only_what_is_sent(acme, api_as):
    make_system(acme.officer, outputs="A score.", topic="credit")
    answer = api_as(acme.officer).patch("/api/v1/o/acme/systems/1/", {"revision": 1, "topic": "loans"})
    assert answer.status_code == 200
    assert (answer.json()["outputs"], answer.json()["topic"]) == ("A score.", "loans")


def test_a_form_sent_twice_registers_once(acme, sign_in):
    client = sign_in(acme.officer)
    answers = [client.post("/o/acme/systems/new/", NEW | {"_once": "k-1"}) for _ in range(2)]
    assert [answer.headers["Location"] for answer in answers] == ["/o/acme/systems/1/screen/"] * 2
    with acme:
        assert AISystem.objects.count() == 1


def test_the_other_organisation_finds_nothing_and_cannot_be_pointed_to(acme, globex, sign_in, api_as):
    make_system(acme.officer)
    client = sign_in(globex.officer)
    for path in ("systems/1/", "systems/1/edit/", "systems/1/screen/", "systems/1/retire/", "systems/1/versions/new/"):
        assert client.get(f"/o/globex/{path}").status_code == 404
        assert client.get(f"/o/acme/{path}").status_code == 404
    api = api_as(globex.officer)
    assert api.get("/api/v1/o/globex/systems/1/").status_code == 404
    assert api.get("/api/v1/o/acme/systems/1/").status_code in (401, 404)
    foreign = api.post("/api/v1/o/globex/systems/", NEW | {"owner": str(acme.officer.pk)})
    assert foreign.status_code == 400 and "owner" in foreign.json()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"purpose": "y" * 10_000_000}, "purpose"),
        ({"name": "rtl \u202e trick"}, "name"),
        ({"stage": "flying"}, "stage"),
        ({"stage": ["planned"]}, "stage"),
        ({"supplier": -1}, "supplier"),
        ({"supplier": 10**30}, "supplier"),
        ({"owner": "nobody"}, "owner"),
    ],
)
def test_nonsense_is_refused_by_the_field_s_name(acme, sign_in, api_as, changes, field):
    page = sign_in(acme.officer).post("/o/acme/systems/new/", NEW | changes)
    if page.status_code == 200:
        assert field in page.context["form"].errors
    else:
        # One value in a list is that value to a form; ten megabytes may be stopped before it.
        assert page.status_code in (302, 400, 413)
    answer = api_as(acme.officer).post("/api/v1/o/acme/systems/", NEW | changes)
    assert answer.status_code == 400 and field in answer.json()


@pytest.mark.parametrize("body", [[], "text", 3, None, {"name": {"a": 1}}, {"name": None}])
def test_a_body_of_the_wrong_shape_is_a_bad_request(acme, api_as, body):
    api = api_as(acme.officer)
    make_system(acme.officer)
    assert api.post("/api/v1/o/acme/systems/", body, format="json").status_code == 400
    assert api.patch("/api/v1/o/acme/systems/1/", body, format="json").status_code == 400
    assert api.post("/api/v1/o/acme/systems/1/screen/", body, format="json").status_code == 400
