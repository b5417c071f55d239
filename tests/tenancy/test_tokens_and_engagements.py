"""API tokens, engagements and the access log; the operator's commands."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from aims.rules import RuleBroken
from aims.tenancy.actions import add_auditor, end_engagement, open_engagement, remove_auditor
from aims.tenancy.models import AccessLog, Engagement, Member, Organisation, Submission, Token, User
from aims.tenancy.permissions import Role
from aims.trail.models import Event
from tests.factories import make_member, make_system

pytestmark = pytest.mark.django_db
TOKEN = {"name": "pipeline", "reach": "read", "days": 30}


def issued(response):
    return response.context["secret"]


def calling(secret):
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return api


def test_a_token_is_shown_once_and_opens_the_api(acme, sign_in):
    client = sign_in(acme.owner)
    response = client.post("/o/acme/tokens/new/", TOKEN)
    secret = issued(response)
    assert secret in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert secret not in client.get("/o/acme/tokens/").content.decode()
    assert calling(secret).get("/api/v1/o/acme/me/").status_code in {200, 403}
    with acme:
        assert secret not in str(Event.objects.first().changes)
        assert Token.objects.get().scopes == ["read"]


def test_a_form_sent_twice_issues_one_token_and_repeats_no_secret(acme, sign_in):
    client = sign_in(acme.owner)
    data = {**TOKEN, "_once": "0c7b8a52-6f0e-4a0a-9c86-1f2f6d5f5b11"}
    secret = issued(client.post("/o/acme/tokens/new/", data))
    again = client.post("/o/acme/tokens/new/", data, follow=True)
    assert again.redirect_chain == [("/o/acme/tokens/", 302)]
    text = again.content.decode()
    assert "carried out once" in text
    assert secret not in text
    with acme:
        assert Token.objects.count() == 1
        assert secret not in str(list(Submission.objects.values()))


def test_chosen_permissions_narrow_a_token(acme, sign_in):
    client = sign_in(acme.officer)
    data = {**TOKEN, "reach": "chosen", "permissions": ["members.view"]}
    api = calling(issued(client.post("/o/acme/tokens/new/", data)))
    assert api.get("/api/v1/o/acme/members/").status_code == 200
    assert api.get("/api/v1/o/acme/me/").status_code == 403


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "Fill in"),
        ({"reach": "chosen"}, "Tick at least one"),
        ({"reach": "chosen", "permissions": ["members.manage"]}, "members.manage"),
        ({"days": "0"}, "greater than or equal to 1"),
        ({"days": "99999999999999999999"}, "less than or equal to 366"),
        ({"days": "soon"}, "whole number"),
        ({"reach": "everything"}, "everything"),
    ],
)
def test_a_token_that_makes_no_sense_is_explained(acme, sign_in, changes, told):
    response = sign_in(acme.owner).post("/o/acme/tokens/new/", {**TOKEN, **changes})
    assert response.status_code == 200
    assert told in response.content.decode()
    with acme:
        assert not Token.objects.exists()


def test_a_token_is_revoked_by_its_holder_only(acme, sign_in, api_as):
    api = api_as(acme.owner)
    with acme:
        token = Token.objects.get()
    url = f"/o/acme/tokens/{token.pk}/revoke/"
    assert sign_in(acme.executive).post(url).status_code == 404
    assert sign_in(acme.owner).get(url).status_code == 200
    assert api.get("/api/v1/o/acme/me/").status_code == 200
    assert sign_in(acme.owner).post(url).status_code == 302
    assert api.get("/api/v1/o/acme/me/").status_code == 401


@pytest.mark.parametrize("role", ["certifier", "observer"])
def test_readers_hold_no_tokens(acme, sign_in, role):
    client = sign_in(getattr(acme, role))
    assert client.get("/o/acme/tokens/").status_code == 403
    assert client.post("/o/acme/tokens/new/", TOKEN).status_code == 403


def engagement(acme, **changes):
    today = timezone.localdate()
    return {
        "title": "Stage 2",
        "member": acme.certifier.pk,
        "body": "Assessor Ltd",
        "starts_on": today,
        "ends_on": today + timedelta(days=5),
        "period_from": today - timedelta(days=365),
        "period_to": today,
        **changes,
    }


def test_an_officer_opens_and_ends_an_engagement(acme, sign_in):
    with acme:
        Engagement.objects.update(ended_at=timezone.now())
    assert sign_in(acme.certifier).get("/o/acme/settings/").status_code == 404
    response = sign_in(acme.officer).post("/o/acme/engagements/new/", engagement(acme))
    assert response.status_code == 302
    assert sign_in(acme.certifier).get("/o/acme/settings/").status_code == 200
    page = sign_in(acme.officer).get(response["Location"]).content.decode()
    assert "/o/acme/settings/" in page, "the visit is shown"
    assert sign_in(acme.officer).post(f"{response['Location']}end/").status_code == 302
    assert sign_in(acme.certifier).get("/o/acme/settings/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ends_on": "2020-01-01"}, "closes before it opens"),
        ({"ends_on": "2099-01-01"}, "a year at most"),
        ({"period_to": "2001-01-01"}, "ends before it starts"),
        ({"starts_on": "2026-02-30"}, "date that exists"),
        ({"title": "x" * 201}, "at most 200"),
        ({"member": "not-a-member"}, "valid"),
    ],
)
def test_an_engagement_that_makes_no_sense_is_explained(acme, sign_in, changes, told):
    response = sign_in(acme.officer).post("/o/acme/engagements/new/", engagement(acme, **changes))
    assert response.status_code == 200
    assert told in response.content.decode()


def test_only_certification_auditors_get_engagements(acme, globex, sign_in):
    for member in (acme.executive, globex.certifier):
        response = sign_in(acme.officer).post("/o/acme/engagements/new/", engagement(acme, member=member.pk))
        assert response.status_code == 200


def test_what_an_auditor_opens_is_listed_for_officers(acme, sign_in):
    sign_in(acme.certifier).get("/o/acme/trail/")
    page = sign_in(acme.officer).get("/o/acme/access-log/", {"member": acme.certifier.pk})
    assert [row.record.path for row in page.context["listing"].rows] == ["/o/acme/trail/"]
    assert sign_in(acme.executive).get("/o/acme/access-log/").status_code == 403
    with acme:
        assert AccessLog.objects.count() == 1


def test_the_operator_makes_an_organisation_an_officer_and_a_token():
    out = StringIO()
    call_command("create_organisation", "initech", "Initech", stdout=out)
    call_command("create_member", "initech", "bill@initech.example", "--name", "Bill", stdout=out)
    assert "/accounts/password/reset/" in out.getvalue()
    token = StringIO()
    call_command("issue_token", "initech", "bill@initech.example", "--scope", "read", "--scope", "write", stdout=token)
    assert token.getvalue().startswith("aims_")
    assert token.getvalue().count("\n") == 1
    assert calling(token.getvalue().strip()).get("/api/v1/o/initech/me/").json()["roles"] == ["governance_officer"]


def test_the_operator_changes_an_address(acme):
    call_command("change_email", acme.owner.user.email, "new@acme.example", stdout=StringIO())
    assert User.objects.get(pk=acme.owner.user_id).email == "new@acme.example"
    with pytest.raises(CommandError, match="another account"):
        call_command("change_email", "new@acme.example", acme.officer.user.email)


@pytest.mark.parametrize(
    "command",
    [
        ("create_organisation", "acme", "Again"),
        ("create_organisation", "no/slash", "X"),
        ("create_organisation", "x" * 64, "X"),
        ("create_organisation", "fine", "  "),
        ("create_member", "nobody", "a@b.example"),
        ("create_member", "acme", "not an address"),
        ("create_member", "acme", "executive@acme.example"),
        ("issue_token", "acme", "stranger@b.example"),
        ("issue_token", "acme", "executive@acme.example", "--scope", "everything"),
        ("issue_token", "acme", "executive@acme.example", "--days", "0"),
        ("issue_token", "acme", "observer@acme.example"),
        ("change_email", "nobody@b.example", "x@y.example"),
        ("change_email", "executive@acme.example", "nonsense"),
    ],
)
def test_a_command_that_cannot_says_why_and_does_nothing(acme, command):
    with acme:
        before = (Organisation.objects.count(), Member.objects.count(), Token.objects.count(), User.objects.count())
    with pytest.raises(CommandError) as told:
        call_command(*command, stdout=StringIO())
    assert str(told.value)
    with acme:
        after = (Organisation.objects.count(), Member.objects.count(), Token.objects.count(), User.objects.count())
    assert after == before


def test_a_team_of_auditors_enters_by_one_engagement(acme, sign_in):
    second = make_member(acme.organisation, Role.CERTIFICATION_AUDITOR, email="second@assessor.example")
    with acme:
        opened = Engagement.objects.get(member=acme.certifier)
        end_engagement(Engagement.objects.get(member=second), actor=acme.officer)
    assert sign_in(second).get("/o/acme/").status_code == 404
    add = f"/o/acme/engagements/{opened.number}/auditors/add/"
    assert sign_in(acme.officer).post(add, {"member": second.pk}).status_code == 302
    assert "already" in sign_in(acme.officer).post(add, {"member": second.pk}).content.decode()
    assert sign_in(second).get("/o/acme/").status_code == 200
    page = sign_in(acme.officer).get(f"/o/acme/engagements/{opened.number}/").content.decode()
    assert str(second) in page
    remove = f"/o/acme/engagements/{opened.number}/auditors/{second.pk}/remove/"
    assert sign_in(acme.officer).get(remove).status_code == 200
    assert sign_in(acme.officer).post(remove).status_code == 302
    assert sign_in(second).get("/o/acme/").status_code == 404
    lead = f"/o/acme/engagements/{opened.number}/auditors/{acme.certifier.pk}/remove/"
    assert "leads this audit" in sign_in(acme.officer).post(lead).content.decode()
    assert sign_in(acme.certifier).get("/o/acme/").status_code == 200


def test_nobody_else_is_let_in_and_an_ended_engagement_lets_nobody_in(acme, sign_in):
    with acme:
        opened = Engagement.objects.get(member=acme.certifier)
        with pytest.raises(RuleBroken, match="Only a certification auditor"):
            add_auditor(opened, acme.executive, actor=acme.officer)
        end_engagement(opened, actor=acme.officer)
        with pytest.raises(RuleBroken, match="was ended"):
            add_auditor(opened, acme.certifier, actor=acme.officer)
        with pytest.raises(RuleBroken, match="was ended"):
            remove_auditor(opened, acme.certifier, actor=acme.officer)


def test_a_limited_engagement_shows_nothing_until_systems_are_named_and_then_those(acme, sign_in):
    covered = make_system(acme.officer, "Credit scoring")
    make_system(acme.officer, "CV screening")
    with acme:
        Engagement.objects.update(ended_at=timezone.now())
    response = sign_in(acme.officer).post("/o/acme/engagements/new/", engagement(acme, is_limited="on"))
    assert response.status_code == 302 and response["Location"].endswith("/systems/")
    page = sign_in(acme.certifier).get("/o/acme/systems/").content.decode()
    assert "Credit scoring" not in page and "CV screening" not in page
    assert sign_in(acme.officer).post(response["Location"], {"systems": ["999"]}).status_code == 200
    assert sign_in(acme.officer).post(response["Location"], {"systems": [covered.number]}).status_code == 302
    page = sign_in(acme.certifier).get("/o/acme/systems/").content.decode()
    assert "Credit scoring" in page and "CV screening" not in page
    assert "Credit scoring" in sign_in(acme.officer).get(response["Location"].replace("systems/", "")).content.decode()


def test_of_two_engagements_the_wider_one_counts(acme, sign_in):
    make_system(acme.officer, "CV screening")
    fields = {"starts_on": timezone.localdate(), "ends_on": timezone.localdate(),
              "period_from": timezone.localdate(), "period_to": timezone.localdate()}  # fmt: skip
    with acme:
        open_engagement(acme.certifier, title="Narrow", body="", is_limited=True, actor=acme.officer, **fields)
    assert "CV screening" in sign_in(acme.certifier).get("/o/acme/systems/").content.decode()
    with acme:
        end_engagement(Engagement.objects.get(is_limited=False), actor=acme.officer)
    assert "CV screening" not in sign_in(acme.certifier).get("/o/acme/systems/").content.decode()
