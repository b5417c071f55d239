"""One browser and one served demo world for all tests of this folder: loaded with real commits, emptied at the end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client, override_settings

from tests.browser.browsing import CHROMIUM
from tests.conftest import analyse, empty_all_tables
from tests.isolation.conftest import World

PASSWORD = "a-password-of-the-browser-tests"


class ServedWorld(World):
    """The demo organisations behind a running server."""

    def __init__(self, url: str, media: Any) -> None:
        super().__init__(media)
        self.url = url

    def session_of(self, email: str) -> dict[str, str]:
        """The cookie of somebody who is signed in."""
        from aims.tenancy.models import User

        client = Client()
        client.force_login(User.objects.get(email=email), backend="allauth.account.auth_backends.AuthenticationBackend")
        return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.url}


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[ServedWorld]:
    """Tests of this world carry no database mark: one that does would be rolled back or emptied on its own."""
    from pytest_django.live_server_helper import LiveServer

    media = tmp_path_factory.mktemp("browser")
    quiet = override_settings(
        MEDIA_ROOT=media,
        CELERY_TASK_ALWAYS_EAGER=True,
        ALLOWED_HOSTS=["127.0.0.1"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    with django_db_blocker.unblock(), quiet:
        call_command("load_demo", password=PASSWORD, verbosity=0)
        analyse()
        server = LiveServer("127.0.0.1")
        yield ServedWorld(server.url, media)
        server.stop()
        connections["default"].close()
        connections["default"].close_pool()
        empty_all_tables(None)


@pytest.fixture
def world(demo: ServedWorld, settings) -> ServedWorld:
    """The served demo for one test: its files in their place, and nobody locked out by an earlier test."""
    settings.MEDIA_ROOT = demo.media
    cache.clear()
    return demo


@pytest.fixture
def open_browser(chromium: Any, world: ServedWorld) -> Iterator[Callable[..., Any]]:
    """`page = open_browser("officer@acme.example")`: a browser of one's own; its console must stay silent to the end."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def note(text: str, excused: str) -> None:
        if excused not in text:
            complaints.append(text)

    def open_one(email: str | None = None, *, width: int = 1440, excused: str = "status of 4", **options: Any) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 900}, base_url=world.url, **options)
        context.set_default_timeout(30_000)
        contexts.append(context)
        if email:
            context.add_cookies([world.session_of(email)])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: note(line.text, excused) if line.type == "error" else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
