"""The components in a real browser: no accessibility violation in either theme, and the behaviour of their scripts."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.browsing import IN_A_BROWSER, violations

pytestmark = [
    *IN_A_BROWSER,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.browser.gallery_urls"),
]


@pytest.fixture
def gallery(chromium: Any, live_server: Any, settings: Any) -> Iterator[Any]:
    """Opens pages of the gallery and fails when the console of the browser complains."""
    settings.DEBUG = True
    complaints: list[str] = []
    contexts = []

    def open_page(path: str = "/", *, width: int = 1440, theme: str = "light", **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
        context.set_default_timeout(5_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.goto(live_server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("path", ["/", "/form/"])
def test_components_have_no_accessibility_violation_and_fit_the_screen(
    gallery: Any, path: str, width: int, theme: str
) -> None:
    page = gallery(path, width=width, theme=theme)
    assert page.get_attribute("html", "data-bs-theme") == theme
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_refused_form_takes_the_focus_and_stays_accessible(gallery: Any) -> None:
    page = gallery("/form/", theme="dark")
    page.click("form.record-form button[type=submit]")
    page.wait_for_selector("[data-error-summary]")
    assert page.evaluate("document.activeElement.matches('[data-error-summary]')")
    assert violations(page) == []


def test_a_dangerous_step_asks_and_no_means_no(gallery: Any) -> None:
    page = gallery()
    before = page.url
    page.click("a[data-confirm]")
    assert page.inner_text("[data-confirm-text]") == "The system is retired and leaves the register."
    page.click("#confirm-dialog button[value=no]")
    assert page.url == before
    page.click("a[data-confirm]")
    page.click("#confirm-dialog button[value=yes]")
    page.wait_for_url("**/?")


def test_leaving_a_changed_form_warns(gallery: Any) -> None:
    page = gallery("/form/")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.fill("#id_title", "changed")
    page.click("text=Cancel")
    page.wait_for_url("**/")
    assert asked == ["beforeunload"]


def test_the_chosen_theme_survives_a_reload(gallery: Any) -> None:
    page = gallery(theme="light")
    page.click(".menu-end > summary")
    page.click("button[data-theme-choice=dark]")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_escape_closes_a_menu_and_gives_the_focus_back(gallery: Any) -> None:
    page = gallery()
    page.click(".menu-end > summary")
    page.keyboard.press("Escape")
    assert not page.is_visible(".menu-end .menu-panel")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_everything_is_there_without_javascript(gallery: Any) -> None:
    page = gallery("/", width=390, java_script_enabled=False)
    assert page.is_visible("h1")
    page.click(".menu-end > summary")
    assert page.is_visible(".menu-end .menu-panel")
    assert not page.is_visible(".menu-theme")
