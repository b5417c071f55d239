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


def rooms() -> list[str]:
    """The rooms that have pages; each is a walk of its own, so that processes can share them."""
    return sorted({address.name.partition(":")[0] for address in of_organisations() if not address.is_api})


def pages_of(world: Any, room: str) -> list[str]:
    """Every address with a page to get; those of records that nobody gave a value belong to the walk of tests/isolation."""
    found = []
    for address in of_organisations():
        is_page = not address.is_api and address.name not in PUBLIC_VIEWS and "GET" in address.callback.methods
        if is_page and address.name.partition(":")[0] == room and set(address.parameters) <= {"slug", *VALUES}:
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


def walk(demo: Any, chromium: Any, email: str | None, paths: list[str]) -> Seen:
    """Open one page after another as somebody, or signed out."""
    from django.test import override_settings

    seen = Seen()
    static = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    files = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    locally = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with override_settings(STORAGES={**files, **static}, CACHES=locally):
        context = chromium.new_context(viewport=DESK, base_url=demo.url, reduced_motion="reduce")
        if email:
            context.add_cookies([demo.session_of(email)])
        page = context.new_page()
        for path in paths:
            look(page, path, seen)
        context.close()
    return seen


def nothing_is_wrong(seen: Seen) -> None:
    """No page breaks, is hard to use or to read, is wider than a phone, breaks the content security policy or throws."""
    assert (seen.broken, seen.light, seen.dark, seen.too_wide, seen.console) == ([], [], [], [], [])


@pytest.mark.parametrize("room", rooms())
def test_every_page_of_a_room_is_accessible(demo: Any, chromium: Any, room: str) -> None:
    paths = pages_of(demo, room)
    seen = walk(demo, chromium, "officer@acme.example", paths)
    nothing_is_wrong(seen)
    assert len(seen.pages) > len(paths) / 3, "most pages did not open"


@pytest.mark.parametrize(
    ("email", "paths"),
    [
        ("officer@acme.example", [*SIGNED_IN, *ERRORS]),
        ("executive@acme.example", [HOME]),
        ("certifier@assessor.example", [HOME]),
        (None, SIGNED_OUT),
    ],
    ids=["account", "executive", "certifier", "signed out"],
)
def test_every_page_beside_the_rooms_is_accessible(
    demo: Any, chromium: Any, email: str | None, paths: list[str]
) -> None:
    seen = walk(demo, chromium, email, paths)
    nothing_is_wrong(seen)
    assert seen.pages


def test_the_walks_see_the_product(demo: Any) -> None:
    pages = [path for room in rooms() for path in pages_of(demo, room)]
    assert len(pages) > 100
    assert HOME in pages
