"""Invitations: sent by e-mail, accepted once, by the person invited."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from aims.tenancy.actions import send_invitation
from aims.tenancy.models import Invitation, Member, User
from aims.trail.models import Event
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
NEW = {"display_name": "Nia New", "password": "a long unusual phrase", "password_again": "a long unusual phrase"}


@pytest.fixture
def invite(acme):
    def send(email="nia@acme.example", roles=("contributor",)):
        with acme:
            invitation, secret = send_invitation(email=email, display_name="Nia", roles=roles, actor=acme.officer)
        return invitation, f"/o/acme/invitations/{secret}/"

    return send


def test_an_invitation_goes_out_by_mail_and_its_link_works(acme, sign_in, django_capture_on_commit_callbacks, settings):
    with django_capture_on_commit_callbacks(execute=True):
        response = sign_in(acme.officer).post(
            "/o/acme/invitations/new/",
            {"email": "Nia@Acme.example", "display_name": "Nia", "roles": ["contributor"]},
        )
    assert response.status_code == 302
    (message,) = mail.outbox
    assert message.to == ["nia@acme.example"]
    assert "Acme" in message.subject
    link = re.search(rf"{re.escape(settings.BASE_URL)}(/o/acme/invitations/\S+/)", message.body)[1]
    assert link in message.alternatives[0].content
    visitor = Client()
    assert "Choose a password" in visitor.get(link).content.decode()
    joined = visitor.post(link, NEW)
    assert (joined.status_code, joined["Location"]) == (302, "/o/acme/")
    assert visitor.get("/o/acme/settings/").status_code == 200
    with acme:
        member = Member.objects.get(user__email="nia@acme.example")
        assert (member.display_name, member.roles) == ("Nia New", ["contributor"])
        told = [event.event for event in Event.objects.all()[:3]]
        assert told == ["tenancy.invitation.accepted", "tenancy.member.added", "tenancy.invitation.sent"]
        assert Invitation.objects.get().mailed_at is not None


def test_a_mail_server_that_refuses_is_seen_in_the_list(acme, sign_in, django_capture_on_commit_callbacks, monkeypatch):
    def refuse(_message):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    client = sign_in(acme.officer)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            "/o/acme/invitations/new/", {"email": "n@acme.example", "display_name": "N", "roles": ["contributor"]}
        )
    assert "E-mail did not leave" in client.get("/o/acme/invitations/").content.decode()


def test_a_link_works_once(invite):
    _, link = invite()
    assert Client().post(link, NEW).status_code == 302
    again = Client().post(link, NEW)
    assert again.status_code == 410
    assert "accepted before" in again.content.decode()
    assert User.objects.filter(email="nia@acme.example").count() == 1


def test_sending_the_form_twice_joins_once(acme, invite):
    _, link = invite()
    visitor = Client()
    assert visitor.post(link, NEW).status_code == 302
    assert visitor.post(link, NEW)["Location"] == "/o/acme/"
    with acme:
        assert Member.objects.filter(user__email="nia@acme.example").count() == 1


def test_an_expired_or_withdrawn_link_says_so(acme, invite, sign_in):
    expired, link = invite()
    with acme:
        Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "has expired" in Client().get(link).content.decode()
    withdrawn, link = invite(email="other@acme.example")
    officer = sign_in(acme.officer)
    assert officer.post(f"/o/acme/invitations/{withdrawn.pk}/withdraw/").status_code == 302
    response = Client().post(link, NEW)
    assert response.status_code == 410
    assert "withdrawn" in response.content.decode()
    assert not User.objects.filter(email="other@acme.example").exists()


def test_a_guessed_secret_and_one_of_another_organisation_find_nothing(acme, globex, invite):
    _, link = invite()
    assert Client().get("/o/acme/invitations/guess/").status_code == 404
    assert Client().get(link.replace("/acme/", "/globex/")).status_code == 404
    assert Client().get(link.replace("/acme/", "/nobody/")).status_code == 404
    assert Client().get(f"/o/acme/invitations/{'x' * 5000}/").status_code == 404


def test_somebody_with_an_account_signs_in_and_accepts(acme, globex, invite, sign_in):
    _, link = invite(email=globex.owner.user.email)
    page = Client().get(link).content.decode()
    assert "Sign in with it" in page
    assert f"?next={link}" in page
    assert Client().post(link, NEW).status_code == 200
    client = sign_in(globex.owner)
    assert "Join Acme" in client.get(link).content.decode()
    assert client.post(link).status_code == 302
    assert client.get("/o/acme/settings/").status_code == 200


def test_the_wrong_account_is_asked_to_sign_out(acme, globex, invite, sign_in):
    _, link = invite()
    client = sign_in(globex.owner)
    assert "signed in as" in client.get(link).content.decode()
    client.post(link)
    with acme:
        assert not Member.objects.filter(user=globex.owner.user).exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"password_again": "something else"}, "differ"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password": "nia@acme.example", "password_again": "nia@acme.example"}, "too similar"),
        ({"password": "password1234", "password_again": "password1234"}, "too common"),
        ({"display_name": ""}, "Fill in"),
        ({"display_name": "a\x07"}, "invisible control character"),
        ({"password": "x" * 100_000, "password_again": "x" * 100_000}, "at most 128"),
    ],
)
def test_a_weak_password_or_an_empty_name_is_explained(invite, changes, told):
    _, link = invite()
    response = Client().post(link, {**NEW, **changes})
    assert response.status_code == 200
    assert told in response.content.decode()
    assert not User.objects.filter(email="nia@acme.example").exists()


def test_members_and_invited_people_are_not_invited_again(acme, invite, sign_in):
    invite()
    client = sign_in(acme.officer)
    for email, told in (("nia@acme.example", "open invitation"), ("SYSTEM-OWNER@acme.example", "member already")):
        response = client.post(
            "/o/acme/invitations/new/", {"email": email, "display_name": "N", "roles": ["contributor"]}
        )
        assert told in response.content.decode()


def test_an_address_with_a_line_feed_is_refused(acme, sign_in):
    response = sign_in(acme.officer).post(
        "/o/acme/invitations/new/",
        {"email": "a@b.example\nBcc: c@d.example", "display_name": "N", "roles": ["contributor"]},
    )
    assert response.status_code == 200
    with acme:
        assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["executive", "certifier", "observer"])
def test_only_officers_invite(acme, sign_in, role):
    client = sign_in(getattr(acme, role))
    assert client.get("/o/acme/invitations/").status_code == 403
    assert client.post("/o/acme/invitations/new/", {"email": "x@y.example"}).status_code == 403


def test_a_new_member_can_sign_in_with_the_password_chosen(invite):
    _, link = invite()
    Client().post(link, NEW)
    visitor = Client()
    response = visitor.post("/accounts/login/", {"login": "nia@acme.example", "password": NEW["password"]})
    assert response.status_code == 302
    assert make_user("x@y.example").check_password(PASSWORD)
