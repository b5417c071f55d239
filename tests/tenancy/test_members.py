"""Members: who may see and change them, by page, API and action."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.actions import change_member, deactivate_member, issue_token
from aims.tenancy.models import Member, Token, User
from aims.tenancy.permissions import Role
from aims.trail.models import Event

pytestmark = pytest.mark.django_db


def form(member, **changes):
    return {
        "display_name": member.display_name,
        "roles": member.roles,
        "job_title": "",
        "unit": "",
        "revision": member.revision,
        **changes,
    }


def told_queries(captured):
    return [q for q in captured if "SAVEPOINT" not in q["sql"] and "set_config" not in q["sql"]]


def test_the_list_shows_everybody_of_this_organisation_only(acme, globex, sign_in):
    page = sign_in(acme.officer).get("/o/acme/members/")
    assert {row.record.pk for row in page.context["listing"].rows} == {m.pk for m in acme.everyone().values()}
    assert "globex" not in page.content.decode()


@pytest.mark.parametrize(
    "role", ["owner", "contributor", "challenger", "executive", "auditor", "certifier", "observer"]
)
def test_only_officers_see_members(acme, sign_in, api_as, role):
    client = sign_in(getattr(acme, role))
    assert client.get("/o/acme/members/").status_code == 403
    assert client.get(f"/o/acme/members/{acme.owner.pk}/").status_code == 403
    assert client.post(f"/o/acme/members/{acme.owner.pk}/edit/", form(acme.owner)).status_code == 403


def test_a_stranger_finds_no_member(acme, globex, sign_in):
    client = sign_in(globex.officer)
    assert client.get(f"/o/acme/members/{acme.owner.pk}/").status_code == 404
    assert client.get(f"/o/globex/members/{acme.owner.pk}/").status_code == 404
    assert client.post(f"/o/globex/members/{acme.owner.pk}/deactivate/").status_code == 404
    with acme:
        assert Member.objects.get(pk=acme.owner.pk).is_active


def test_an_officer_changes_roles_and_the_trail_tells_it(acme, sign_in):
    response = sign_in(acme.officer).post(
        f"/o/acme/members/{acme.owner.pk}/edit/", form(acme.owner, roles=["system_owner", "challenger"], unit="Credit")
    )
    assert response.status_code == 302
    with acme:
        assert Member.objects.get(pk=acme.owner.pk).roles == ["system_owner", "challenger"]
        told = Event.objects.first()
        assert (told.event, told.actor) == ("tenancy.member.changed", acme.officer)
        assert told.changes["roles"] == [["system_owner"], ["system_owner", "challenger"]]
    page = sign_in(acme.officer).get(f"/o/acme/members/{acme.owner.pk}/").content.decode()
    assert "roles: System owner → System owner, Challenger" in page


def test_a_lost_update_is_refused(acme, sign_in):
    client, url = sign_in(acme.officer), f"/o/acme/members/{acme.owner.pk}/edit/"
    stale = form(acme.owner, unit="First")
    assert client.post(url, stale).status_code == 302
    response = client.post(url, {**stale, "unit": "Second"})
    assert response.status_code == 200
    assert "changed since you opened it" in response.content.decode()
    with acme, pytest.raises(ChangedSinceOpened):
        change_member(
            acme.owner, display_name="x", roles=["observer"], job_title="", unit="", revision=1, actor=acme.officer
        )


def test_the_last_officer_keeps_the_role_and_the_door(acme, sign_in):
    client = sign_in(acme.officer)
    response = client.post(f"/o/acme/members/{acme.officer.pk}/edit/", form(acme.officer, roles=["executive"]))
    assert "last governance officer" in response.content.decode()
    with acme, pytest.raises(RuleBroken, match="yourself"):
        deactivate_member(acme.officer, actor=acme.officer)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"display_name": ""}, "Fill in"),
        ({"display_name": "a\x00b"}, "invisible control character"),
        ({"display_name": "x" * 10_000_000}, "at most 150"),
        ({"roles": []}, "Choose an entry"),
        ({"roles": ["emperor"]}, "emperor"),
        ({"roles": ["certification_auditor", "executive"]}, "independent"),
        ({"revision": "-1"}, "which state"),
        ({"revision": "9" * 40}, "which state"),
    ],
)
def test_garbage_is_named_and_nothing_saved(acme, sign_in, changes, told):
    response = sign_in(acme.officer).post(f"/o/acme/members/{acme.owner.pk}/edit/", form(acme.owner, **changes))
    assert response.status_code == 200
    assert told in response.content.decode()
    with acme:
        assert Member.objects.get(pk=acme.owner.pk).roles == acme.owner.roles


def test_a_deactivated_member_cannot_enter_until_reactivated(acme, sign_in, api_as, client):
    api = api_as(acme.owner)
    assert api.get("/api/v1/o/acme/me/").status_code == 200
    officer = sign_in(acme.officer)
    url = f"/o/acme/members/{acme.owner.pk}"
    assert "Deactivate" in officer.get(f"{url}/deactivate/").content.decode()
    with acme:
        assert Member.objects.get(pk=acme.owner.pk).is_active, "GET changes nothing"
    assert officer.post(f"{url}/deactivate/").status_code == 302
    assert api.get("/api/v1/o/acme/me/").status_code == 401
    assert officer.post(f"{url}/reactivate/").status_code == 302
    assert api.get("/api/v1/o/acme/me/").status_code == 200


def test_an_officer_revokes_the_token_of_a_member(acme, sign_in, api_as):
    api = api_as(acme.owner)
    with acme:
        token = Token.objects.get(member=acme.owner)
    url = f"/o/acme/members/{acme.owner.pk}/tokens/{token.pk}/revoke/"
    assert sign_in(acme.executive).post(url).status_code == 403
    assert sign_in(acme.officer).post(url).status_code == 302
    assert api.get("/api/v1/o/acme/me/").status_code == 401
    assert sign_in(acme.officer).get(f"/o/acme/members/{acme.officer.pk}/tokens/{token.pk}/revoke/").status_code == 404


def test_the_api_lists_members_for_officers_and_oneself_for_all(acme, globex, api_as):
    officer = api_as(acme.officer)
    body = officer.get("/api/v1/o/acme/members/", {"role": "executive"}).json()
    assert [m["email"] for m in body["results"]] == ["executive@acme.example"]
    assert officer.get(f"/api/v1/o/acme/members/{acme.owner.pk}/").json()["roles"] == ["system_owner"]
    assert officer.get(f"/api/v1/o/acme/members/{globex.owner.pk}/").status_code == 404
    assert officer.get("/api/v1/o/acme/members/", {"ordering": "password"}).status_code == 400
    owner = api_as(acme.owner)
    assert owner.get("/api/v1/o/acme/members/").status_code == 403
    me = owner.get("/api/v1/o/acme/me/").json()
    assert (me["organisation"], me["email"]) == ("acme", "system-owner@acme.example")
    assert "risks.view" in me["permissions"]
    assert owner.get("/api/v1/o/globex/me/").status_code in {401, 404}


@pytest.mark.parametrize("count", [10, 1000])
def test_list_and_detail_cost_the_same_however_many_there_are(acme, sign_in, count):
    users = User.objects.bulk_create([User(email=f"person{n}@acme.example", password="!") for n in range(count)])
    with acme:
        Member.objects.bulk_create(
            [Member(user=user, display_name=f"Person {n}", roles=[Role.OBSERVER]) for n, user in enumerate(users)]
        )
        issue_token(acme.owner, name="ci", scopes=["read"], days=3, actor=None)
    client = sign_in(acme.officer)
    for url in ("/o/acme/members/", f"/o/acme/members/{acme.owner.pk}/", "/o/acme/settings/"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        assert len(told_queries(captured)) <= 12


def test_the_hub_shows_each_role_only_what_it_may_open(acme, sign_in):
    for name, member in acme.everyone().items():
        page = sign_in(member).get("/o/acme/settings/")
        assert page.status_code == 200
        text = page.content.decode()
        assert ("/o/acme/members/" in text) == (name == "officer")
        assert ("/o/acme/tokens/" in text) == (name not in {"certifier", "observer"})


def test_the_organisation_is_renamed_by_officers_only(acme, sign_in):
    url = "/o/acme/settings/organisation/"
    assert sign_in(acme.executive).post(url, {"name": "Mine"}).status_code == 403
    assert sign_in(acme.officer).post(url, {"name": " Acme Lending "}).status_code == 302
    acme.organisation.refresh_from_db()
    assert acme.organisation.name == "Acme Lending"
    with acme:
        assert Event.objects.first().changes == {"name": ["Acme", "Acme Lending"]}


def test_a_method_that_a_route_does_not_have_tells_a_stranger_nothing(acme, globex, api_as):
    assert api_as(acme.officer).post("/api/v1/o/acme/me/", {}).status_code == 405
    stranger = api_as(globex.officer)
    assert stranger.post("/api/v1/o/acme/me/", {}).status_code == stranger.post("/api/v1/o/nobody/me/", {}).status_code
