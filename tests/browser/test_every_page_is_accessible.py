"""Every page that the addresses lead to: no accessibility violation in either theme, a fit on a phone, a silent console."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from aims.tenancy.public import PUBLIC_VIEWS
from tests.browser.browsing import COLOUR_RULES, IN_A_BROWSER, is_too_wide, violations
from tests.isolation.addresses import of_organisations
from tests.isolation.parameters import VALUES, value_of

pytestmark = IN_A_BROWSER

HOME = "/o/acme/"
SIGNED_IN = [
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
    "/accounts/logout/",
    "/accounts/email/",
]
SIGNED_OUT = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/signup/"]
ERRORS = ["/o/acme/nowhere/", "/o/acme/risks/999999/"]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@dataclass
class Seen:
    """What was found on all pages."""

    pages: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    light: list[str] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


def pages_of(world: Any) -> list[str]:
    """Every address with a page to get; those of records that nobody gave a value belong to the walk of tests/isolation."""
    found = []
    for address in of_organisations():
        is_page = not address.is_api and address.name not in PUBLIC_VIEWS and "GET" in address.callback.methods
        if is_page and set(address.parameters) <= {"slug", *VALUES}:
            names = [name for name in address.parameters if name != "slug"]
            found.append(address.path({n: value_of(address, n, "acme", world) for n in names} | {"slug": "acme"}))
    return sorted(set(found))


def look(page: Any, path: str, seen: Seen) -> None:
    """Open one page and look at it in light, in dark and on a phone."""
    said: list[str] = []
    page.on("console", listener := lambda line: said.append(line.text) if line.type == "error" else None)
    answer = page.request.get(path, max_redirects=0)
    is_page = "html" in answer.headers.get("content-type", "") and "attachment" not in str(answer.headers)
    if answer.status >= 500:
        seen.broken.append(f"{path}: {answer.status}")
    if is_page and (answer.status == 200 or path in ERRORS):
        page.goto(path)
        seen.pages.append(path)
        seen.light += [f"{path} {what}" for what in violations(page)]
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        seen.dark += [f"{path} {what}" for what in violations(page, COLOUR_RULES)]
        page.set_viewport_size(PHONE)
        seen.too_wide += [path] if is_too_wide(page) else []
        page.set_viewport_size(DESK)
    page.remove_listener("console", listener)
    # The browser itself remarks on 4xx answers, which the pages of errors are.
    seen.console += [f"{path} {text}" for text in said if "status of 4" not in text]


@pytest.fixture(scope="module")
def seen(demo: Any, chromium: Any) -> Seen:
    """One walk for all questions, because loading pages is what takes the time."""
    from django.test import override_settings

    everything = Seen()
    visits = [
        ("officer@acme.example", [*pages_of(demo), *SIGNED_IN, *ERRORS]),
        ("executive@acme.example", [HOME]),
        ("certifier@assessor.example", [HOME]),
        (None, SIGNED_OUT),
    ]
    static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    files = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    locally = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with override_settings(STORAGES={**files, **static}, CACHES=locally):
        for email, paths in visits:
            context = chromium.new_context(viewport=DESK, base_url=demo.url, reduced_motion="reduce")
            if email:
                context.add_cookies([demo.session_of(email)])
            page = context.new_page()
            for path in paths:
                look(page, path, everything)
            context.close()
    return everything


def test_the_walk_saw_the_product(seen: Seen) -> None:
    assert seen.broken == []
    assert len(seen.pages) > 80
    assert HOME in seen.pages


def test_no_page_is_hard_to_use_in_light(seen: Seen) -> None:
    assert seen.light == []


def test_no_page_is_hard_to_read_in_dark(seen: Seen) -> None:
    assert seen.dark == []


def test_every_page_fits_a_phone(seen: Seen) -> None:
    assert seen.too_wide == []


def test_no_page_breaks_the_content_security_policy_or_throws(seen: Seen) -> None:
    assert seen.console == []
