"""A second factor in a real browser: set up, asked for, recovered; and the door that closes on somebody who guesses."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache

from tests.browser.browsing import IN_A_BROWSER, violations
from tests.browser.conftest import PASSWORD

pytestmark = IN_A_BROWSER
SUBMIT = "main form button[type=submit]"


def code_of(secret: str) -> str:
    """What the app on the person's telephone shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def give_password(page: Any, email: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", email)
    page.fill("#id_password", password)
    page.click(SUBMIT)


def test_an_authenticator_app_is_set_up_and_asked_for(world: Any, open_browser: Callable[..., Any]) -> None:
    email = "contributor@globex.example"
    page = open_browser()
    give_password(page, email)
    page.wait_for_url("**/o/globex/")
    page.goto("/accounts/2fa/totp/activate/")
    if page.locator("#id_password").count():
        page.fill("#id_password", PASSWORD)
        page.click(SUBMIT)
    assert page.locator("main img[src^='data:image/svg']").count() == 1
    assert violations(page) == []
    secret = page.input_value("#authenticator_secret")
    page.fill("#id_code", code_of(secret))
    page.click(SUBMIT)
    page.goto("/accounts/2fa/recovery-codes/")
    assert violations(page) == []
    assert "10" in page.inner_text("main")

    again = open_browser()
    give_password(again, email)
    again.wait_for_url("**/accounts/2fa/authenticate/**")
    assert violations(again) == []
    cache.clear()  # a code is used once; the cache remembers that the activation used this one
    again.fill("#id_code", code_of(secret))
    again.click(SUBMIT)
    again.wait_for_url("**/o/globex/")


def test_guessing_a_password_closes_the_door(world: Any, open_browser: Callable[..., Any]) -> None:
    page = open_browser()
    for _guess in range(6):
        give_password(page, "observer@globex.example", "not the password")
    said = page.inner_text("main")
    assert "too many" in said.lower()
    give_password(page, "observer@globex.example")
    assert "/o/globex/" not in page.url, "the right password must wait as well"
