"""Garbage in every form and every query: explained or refused, never a 500, and nothing half written."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from aims.tenancy.public import PUBLIC_VIEWS
from aims.tenancy.scope import working_in
from tests.isolation.addresses import Address, of_organisations
from tests.isolation.forms_of_pages import Field, filled, forms_of
from tests.isolation.test_the_walk import browser, counts, path_of, written

PAGES = [a for a in of_organisations() if not a.is_api and a.name not in PUBLIC_VIEWS]
# Whoever of these is the first to hold the permission of a page tries it.
TRIERS = ["officer", "executive", "internal-auditor", "owner"]
GARBAGE = {
    "a NUL byte": "a\x00b",
    "a megabyte": "x" * 300_000,
    "absurd Unicode": "\u202e\ud7ff\ufffe\U0010ffff" + "e" + "\u0301" * 400 + "👩‍👩‍👧‍👦" * 50 + "ﷺ\u0085\u2028",
    "a negative number": "-99999999999999999999",
    "a huge number": "9" * 400,
    "a digit that is none": "²",
    "not a number": "NaN",
    "the end of time": "9999-12-31T23:59",
    "before time": "0001-01-01",
    "an identifier": "00000000-0000-0000-0000-000000000000",
    "another type": '{"$ne": [null]}',
    "an address": "javascript:alert(1)//../../etc/passwd%00{{7*7}}",
}
KINDS = sorted(GARBAGE)
QUERIES = ["q", "system", "kind", "element", "top", "figure", "parent", "finding", "requirement", "theme", "as_of",
           "page", "size", "sort", "export", "owner", "status", "from", "to", "search", "number", "supplier"]  # fmt: skip


class Trier:
    """The browsers of those who try, and the forms that they found."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.members = {role: world.member(world.acme, role) for role in TRIERS}
        self.browsers = {role: browser(member) for role, member in self.members.items()}
        self.forms: dict[str, list[Field]] = {}
        for address in PAGES:
            path, client = path_of(address, "acme", world), self.browser_for(address)
            if client and "GET" in address.callback.methods:
                response = client.get(path)
                if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
                    self.forms = {**forms_of(path, response.content.decode()), **self.forms}

    def browser_for(self, address: Address) -> Client | None:
        able = [role for role, member in self.members.items() if member.may(address.permission)]
        return self.browsers[able[0]] if able else None

    def try_all(self, attempts: Iterator[tuple[Address, Any, str, dict[str, Any]]]) -> list[str]:
        """Send each attempt and take it back; what broke, or was refused and yet wrote something."""
        problems = []
        for address, client, what, sent in attempts:
            path = path_of(address, "acme", self.world)
            savepoint, stood_at = connection.savepoint(), written()
            response = client.post(path, sent)
            if response.status_code >= 500:
                problems.append(f"{what} to {path}: {response.status_code} {broken_by(response)}")
            elif response.status_code not in {302, 303} and written() != stood_at:
                with working_in(self.world.acme):
                    if counts() != self.before:
                        problems.append(f"{what} to {path} was refused, yet wrote something")
            connection.savepoint_rollback(savepoint)
        return problems

    @property
    def before(self) -> dict[str, int]:
        if not hasattr(self, "_before"):
            with working_in(self.world.acme):
                self._before = counts()
        return self._before


def broken_by(response: Any) -> str:
    """The error behind a 500, for the message of the test."""
    return repr(response.exc_info[1])[:300] if getattr(response, "exc_info", None) else ""


@pytest.fixture(scope="module")
def trier(world) -> Trier:
    trier = Trier(world)
    assert trier.before
    return trier


def posted(trier: Trier) -> Iterator[tuple[Address, Client, list[Field]]]:
    for address in PAGES:
        client = trier.browser_for(address)
        if client and "POST" in address.callback.methods:
            yield address, client, trier.forms.get(path_of(address, "acme", trier.world), [])


def test_the_forms_of_most_pages_are_known(trier):
    """The fuzz below says something only when it finds the fields."""
    found = [bool(fields) for _, _, fields in posted(trier)]
    assert sum(found) > len(found) * 0.7


@pytest.mark.slow
@pytest.mark.parametrize("what", KINDS)
def test_garbage_in_every_field_at_once(trier, what):
    def attempts():
        for address, client, fields in posted(trier):
            yield address, client, what, {one.name: GARBAGE[what] for one in fields if one.kind != "file"}

    assert trier.try_all(attempts()) == []


@pytest.mark.fuzz
def test_garbage_in_one_field_of_a_form_that_is_right_otherwise(trier):
    """Past the checks of shape, one field after the other reaches the action; the kinds of garbage take turns."""

    def attempts():
        turn = 0
        for address, client, fields in posted(trier):
            for one in fields:
                if one.kind == "file" or one.name == "_once":
                    continue
                turn += 1
                what = KINDS[turn % len(KINDS)]
                yield address, client, f"{what} as {one.name}", {**filled(fields), one.name: GARBAGE[what]}

    assert trier.try_all(attempts()) == []


@pytest.mark.slow
def test_ten_megabytes_in_a_text_field_of_every_form(trier):
    text = "x" * (10 * 2**20)

    def attempts():
        for address, client, fields in posted(trier):
            typed = [one for one in fields if one.is_typed]
            if typed:
                yield address, client, "10 MB", {**filled(fields), typed[-1].name: text}

    assert trier.try_all(attempts()) == []


@pytest.mark.parametrize("thoroughly", [False, pytest.param(True, marks=pytest.mark.fuzz)], ids=["turns", "all"])
def test_garbage_in_the_query_of_every_page(trier, thoroughly):
    problems = []
    attempts = [
        (address, what)
        for turn, address in enumerate(PAGES)
        for what in (KINDS if thoroughly else [KINDS[turn % len(KINDS)]])
    ]
    for address, what in attempts:
        client = trier.browser_for(address)
        if client is None or "GET" not in address.callback.methods:
            continue
        path = path_of(address, "acme", trier.world)
        response = client.get(path, dict.fromkeys(QUERIES, GARBAGE[what][:2000]))
        if response.status_code >= 500:
            problems.append(f"{what} in the query of {path}: {broken_by(response)}")
    assert problems == []


@pytest.mark.parametrize("number", ["0", "99999999999", "9" * 60])
def test_numbers_that_no_record_has(trier, number):
    problems = []
    for address in PAGES:
        client = trier.browser_for(address)
        if client is None or "number" not in address.parameters:
            continue
        path = path_of(address, "acme", trier.world).replace("/1/", f"/{number}/", 1)
        for send in (client.get, client.post):
            status = send(path).status_code
            if status not in {404, 405}:
                problems.append(f"{path}: {status}")
    assert problems == []
