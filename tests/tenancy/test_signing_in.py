"""Signing in and what belongs to it: each flow of the account once, under the strict Content-Security-Policy."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another long unusual phrase"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


@pytest.fixture
def confirmed(signed_in):
    """Signed in, and the password given once more, as second factors ask for."""
    assert signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return signed_in


@pytest.fixture
def signed_in(acme):
    client = Client()
    response = client.post("/accounts/login/", {"login": acme.owner.user.email, "password": PASSWORD})
    assert response.status_code == 302
    return client


def test_a_member_signs_in_and_lands_in_the_organisation(acme, signed_in):
    assert signed_in.get("/", follow=True).redirect_chain == [("/o/acme/", 302)]


def test_signing_in_leads_where_the_person_was_going_but_never_elsewhere(acme):
    credentials = {"login": acme.owner.user.email, "password": PASSWORD}
    assert Client().get("/o/acme/documents/")["Location"] == "/accounts/login/?next=/o/acme/documents/"
    inside = Client().post("/accounts/login/", {**credentials, "next": "/o/acme/documents/"})
    assert inside["Location"] == "/o/acme/documents/"
    outside = Client().post("/accounts/login/", {**credentials, "next": "https://evil.example/"})
    assert "evil" not in outside["Location"]


def test_signing_out_needs_a_post(signed_in):
    assert signed_in.get("/accounts/logout/").status_code == 200
    assert signed_in.get("/o/acme/documents/").status_code == 200
    signed_in.post("/accounts/logout/")
    assert signed_in.get("/o/acme/documents/").status_code == 302


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(acme):
    def answer(email):
        page = Client().post("/accounts/login/", {"login": email, "password": "wrong"})
        return re.sub(
            r"csrfmiddlewaretoken[^>]*|CSRFToken[^>]*|nobody@acme.example|" + re.escape(acme.owner.user.email),
            "",
            page.content.decode(),
        )

    assert answer(acme.owner.user.email) == answer("nobody@acme.example")


def test_guessing_is_slowed_down(acme):
    client = Client()
    for _ in range(6):
        client.post("/accounts/login/", {"login": acme.owner.user.email, "password": "wrong"})
    late = client.post("/accounts/login/", {"login": acme.owner.user.email, "password": PASSWORD})
    assert late.status_code in {200, 429}
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_and_nobody_changes_their_address(signed_in):
    page = Client().post("/accounts/signup/", {"email": "x@y.example", "password1": NEW, "password2": NEW})
    assert "Accounts come by invitation" in page.content.decode()
    response = signed_in.post("/accounts/email/", {"action_add": "", "email": "other@y.example"})
    assert response.status_code in {200, 405}
    assert "system-owner@acme.example" in signed_in.get("/accounts/email/").content.decode()


def test_a_password_is_changed_with_the_old_one(acme, signed_in):
    wrong = signed_in.post("/accounts/password/change/", {"oldpassword": "no", "password1": NEW, "password2": NEW})
    assert wrong.status_code == 200
    right = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert signed_in.post("/accounts/password/change/", right).status_code == 302
    acme.owner.user.refresh_from_db()
    assert acme.owner.user.check_password(NEW)


def test_a_forgotten_password_is_set_by_a_link_that_works_once(acme):
    client = Client()
    assert client.post("/accounts/password/reset/", {"email": acme.owner.user.email}).status_code == 302
    link = re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    done = client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert done.status_code == 302
    acme.owner.user.refresh_from_db()
    assert acme.owner.user.check_password(NEW)
    assert "password1" not in Client().get(link, follow=True).content.decode()


def test_asking_for_an_unknown_address_looks_the_same_and_tells_no_stranger_anything(acme):
    known = Client().post("/accounts/password/reset/", {"email": acme.owner.user.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@acme.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_an_authenticator_app_is_added_and_then_asked_for(acme, confirmed):
    page = confirmed.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.content.decode()
    secret = page.context["form"].secret
    assert confirmed.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    assert confirmed.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    assert confirmed.get("/accounts/2fa/").status_code == 200
    client = Client()
    first = client.post("/accounts/login/", {"login": acme.owner.user.email, "password": PASSWORD})
    assert first["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/o/acme/documents/").status_code == 302, "the password alone opens nothing"
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    cache.clear()  # a code is used once; the cache remembers that the activation used this one
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/o/acme/documents/").status_code == 200


def test_a_recovery_code_opens_once(acme, confirmed):
    secret = confirmed.get("/accounts/2fa/totp/activate/").context["form"].secret
    confirmed.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert confirmed.get("/accounts/2fa/recovery-codes/").status_code == 200
    recovery = Authenticator.objects.get(user=acme.owner.user, type=Authenticator.Type.RECOVERY_CODES).wrap()
    code = recovery.get_unused_codes()[0]
    for expected in (302, 200):
        client = Client()
        client.post("/accounts/login/", {"login": acme.owner.user.email, "password": PASSWORD})
        assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected


def test_a_second_factor_asks_for_the_password_again(acme, sign_in):
    response = sign_in(acme.owner).get("/accounts/2fa/totp/activate/")
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert response.status_code == 302
    client = sign_in(acme.owner)
    client.post(response["Location"], {"password": PASSWORD})
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_the_page_for_security_keys_works_under_the_strict_policy(confirmed):
    page = confirmed.get("/accounts/2fa/webauthn/add/")
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    text = page.content.decode()
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.S):
        is_data = 'type="application/json"' in attributes
        assert is_data or ('src="/static/' in attributes and not body.strip()), attributes
    scripts = re.findall(r'<script[^>]*src="(/static/mfa/[^"]+)"', text)
    assert len(scripts) == 2
    from django.contrib.staticfiles import finders

    assert all(finders.find(name.removeprefix("/static/")) for name in scripts)
    assert not re.search(r"\son\w+=|style=", text)


def test_sessions_are_listed_and_ended_elsewhere(acme, signed_in):
    other = Client()
    other.post("/accounts/login/", {"login": acme.owner.user.email, "password": PASSWORD})
    assert signed_in.get("/accounts/sessions/").status_code == 200
    signed_in.post("/accounts/sessions/")
    assert other.get("/o/acme/documents/").status_code == 302
    assert signed_in.get("/o/acme/documents/").status_code == 200


def test_the_user_menu_leads_to_all_of_it(signed_in):
    page = signed_in.get("/o/acme/documents/").content.decode()
    for path in ("password/change/", "2fa/", "sessions/", "logout/"):
        assert f"/accounts/{path}" in page


def test_a_deactivated_account_cannot_sign_in(acme):
    acme.owner.user.is_active = False
    acme.owner.user.save()
    client = Client()
    client.post("/accounts/login/", {"login": acme.owner.user.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("email", ["a\x00b@c.example", "x" * 100_000, "🦉@acme.example", ""])
def test_garbage_at_the_door_is_refused(email):
    for path, data in (
        ("/accounts/login/", {"login": email, "password": "p\x00"}),
        ("/accounts/password/reset/", {"email": email}),
    ):
        assert Client().post(path, data).status_code in {200, 302, 400}
