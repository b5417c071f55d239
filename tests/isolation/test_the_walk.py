"""Every page and every API route, found by itself, as every role, as a stranger and signed out.

An address whose parameters nobody explains, or an API action whose permission is missing, fails here: there is no way to add
one and forget it.
"""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from aims.tenancy.actions import issue_token
from aims.tenancy.models import Member
from aims.tenancy.owned import OrganisationOwned
from aims.tenancy.permissions import every_permission
from aims.tenancy.public import PUBLIC_VIEWS
from aims.tenancy.scope import working_in
from tests.isolation.addresses import Address, of_organisations
from tests.isolation.parameters import VALUES, value_of

ROLES = ["officer", "owner", "contributor", "challenger", "executive", "internal-auditor", "certifier", "observer"]
ADDRESSES = of_organisations()
PAGES = [a for a in ADDRESSES if not a.is_api and a.name not in PUBLIC_VIEWS]
ROUTES = [a for a in ADDRESSES if a.is_api]
# What a visit may write: the log of it, and in the trail that a file was downloaded or found broken on the way.
VISITS = {"tenancy_accesslog", "trail_event"}
DEEDS = """select 'trail_event', count(*) from trail_event
where event not like '%.downloaded' and event <> 'evidence.file.found_broken'"""
READERS = {"certifier", "observer"}
# Steps of which the record says whose they are, beyond what a role allows: the part in this case, whose signature it is, who
# raised, wrote or brought it. To everybody else they say so, with 403.
OF_THE_RECORD = re.compile(
    r"cases/<int:number>/(sign|sign/claims/.*|submit|start-challenge|ask-decision|return|decide|revise|step-down|withdraw|opinions?.*)/$"
    r"|(challenges|comments|smells)/<int:number>/[\w-]+/$|cases/imports/<int:number>/|cases/<int:number>/checklist/"
)
SWITCHER = re.compile(rb"<!-- switcher -->.*?<!-- /switcher -->", re.DOTALL)


def path_of(address: Address, slug: str, world) -> str:
    values = {name: value_of(address, name, slug, world) for name in address.parameters if name != "slug"}
    return address.path({**values, "slug": slug})


def browser(member: Member) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def caller(member: Member) -> APIClient:
    """An API client on the session of the member, as the pages' own scripts would use it."""
    client = APIClient(raise_request_exception=False)
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def counts() -> dict[str, int]:
    """Rows of every tenant table that the entered organisation sees."""
    tables = [m._meta.db_table for m in apps.get_models() if issubclass(m, OrganisationOwned)]
    with connection.cursor() as cursor:
        parts = [DEEDS, *(f"select '{t}', count(*) from {t}" for t in tables if t not in VISITS)]
        cursor.execute(" union all ".join(parts))
        return dict(cursor.fetchall())


def written() -> int:
    """How many rows this transaction has added to or taken from tables that `counts` counts, undone ones included.

    PostgreSQL keeps this account by itself; while it stands still, so do the counts, which cost a hundred times as much.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_deleted(oid))::bigint "
            "from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all(%s)",
            [sorted(VISITS - {"trail_event"})],
        )
        return int(cursor.fetchone()[0])


def by_record(address: Address) -> set[int]:
    """What the record may answer to somebody whose role allows the step."""
    return {403} if OF_THE_RECORD.search(address.route) else set()


def named(addresses: list[Address]) -> dict[str, Address]:
    return {f"{a.name} {a.route}": a for a in addresses}


def test_every_parameter_of_every_address_has_a_value():
    unexplained = {
        f"{name} in {a.route}" for a in ADDRESSES for name in a.parameters if name != "slug" and name not in VALUES
    }
    assert unexplained == set(), "say in tests/isolation/parameters.py what to put there"


@pytest.mark.parametrize("role", ROLES)
def test_pages_answer_each_role_by_its_permissions(world, role):
    member = world.member(world.acme, role)
    client = browser(member)
    problems = []
    with working_in(world.acme):
        before = counts()
    for address in PAGES:
        path = path_of(address, "acme", world)
        response = client.get(path)
        allowed = member.may(address.permission)
        methods = address.callback.methods
        good = {200, 302, 404, 409} | by_record(address) if allowed else {403}
        if "GET" not in methods:
            good = {405}
        if response.status_code not in good:
            problems.append(f"GET {path} as {role}: {response.status_code}")
        if b"GLOBEX" in response_body(response).upper() and "globex.example" not in path:
            problems.append(f"GET {path} as {role} shows something of the other organisation")
    with working_in(world.acme):
        assert counts() == before
    assert not problems, "\n".join(problems)


def response_body(response) -> bytes:
    """The page without the organisation switcher, which names every organisation of a person on purpose."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return SWITCHER.sub(b"", body, count=1)


@pytest.mark.parametrize("role", ROLES)
def test_posting_nothing_is_refused_or_explained_but_never_breaks(world, role):
    """An empty form as each role: 403 without the permission, a form with errors or a refusal with it, never a 500."""
    member = world.member(world.acme, role)
    client = browser(member)
    problems = []
    with working_in(world.acme):
        before = counts()
    for address in PAGES:
        if "POST" not in address.callback.methods:
            continue
        path = path_of(address, "acme", world)
        savepoint = connection.savepoint()
        status = client.post(path, {}).status_code
        connection.savepoint_rollback(savepoint)
        allowed = member.may(address.permission) and role not in READERS
        if status not in ({200, 302, 303, 400, 404, 409, 422} | by_record(address) if allowed else {403}):
            problems.append(f"POST {path} as {role}: {status}")
    with working_in(world.acme):
        assert counts() == before
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("role", sorted(READERS))
def test_a_reader_writes_nothing_whatever_is_sent(world, role):
    client, api = browser(world.member(world.acme, role)), caller(world.member(world.acme, role))
    with working_in(world.acme):
        before = counts()
    for address in ADDRESSES:
        if address.name in PUBLIC_VIEWS:
            continue
        path = path_of(address, "acme", world)
        for method in ("post", "put", "patch", "delete"):
            status = getattr(api if address.is_api else client, method)(path, {}).status_code
            assert status in {400, 403, 404, 405}, f"{method} {path} as {role}: {status}"
    with working_in(world.acme):
        assert counts() == before


def test_a_stranger_finds_nothing(world):
    """The most powerful member of the other organisation gets 404 everywhere, by every method, and changes nothing."""
    stranger = world.member(world.globex, "officer")
    client, api = browser(stranger), caller(stranger)
    with working_in(world.acme):
        before = counts()
    problems = []
    for address in ADDRESSES:
        if address.name in PUBLIC_VIEWS:
            continue
        path = path_of(address, "acme", world)
        for method in ("get", "post", "put", "patch", "delete"):
            status = getattr(api if address.is_api else client, method)(path, {}).status_code
            if status not in {404, 405}:
                problems.append(f"{method} {path}: {status}")
    with working_in(world.acme):
        assert counts() == before
    assert not problems, "\n".join(problems)


def test_signed_out_pages_lead_to_the_door_and_the_api_says_401(world):
    client, api = Client(raise_request_exception=False), APIClient(raise_request_exception=False)
    problems = []
    for address in ADDRESSES:
        if address.name in PUBLIC_VIEWS:
            continue
        path = path_of(address, "acme", world)
        response = (api if address.is_api else client).get(path)
        good = {401, 405} if address.is_api else {302, 405}
        if response.status_code not in good:
            problems.append(f"{path}: {response.status_code}")
        elif response.status_code == 302 and "/accounts/login/" not in response["Location"]:
            problems.append(f"{path} leads to {response['Location']}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("role", ROLES)
def test_api_routes_answer_each_role_by_its_permissions(world, role):
    member = world.member(world.acme, role)
    client = caller(member)
    problems = []
    for address in ROUTES:
        path = path_of(address, "acme", world)
        for method, action in list(address.actions.items()):  # a first request adds HEAD
            if method not in {"get", "post"}:
                continue
            allowed = member.may(address.callback.cls.permissions[action])
            savepoint = connection.savepoint()
            response = getattr(client, method)(path, **({"format": "json"} if method == "post" else {}))
            connection.savepoint_rollback(savepoint)
            if method == "post" and role in READERS:
                allowed = False
            good = {200, 201, 202, 204, 302, 400, 404, 409, 415} | by_record(address) if allowed else {403}
            if response.status_code not in good:
                problems.append(f"{method} {path} as {role}: {response.status_code}")
            if b"GLOBEX" in response_body(response).upper():
                problems.append(f"{method} {path} as {role} shows something of the other organisation")
    assert not problems, "\n".join(problems)


def test_a_token_of_the_other_organisation_opens_nothing(world):
    stranger = world.member(world.globex, "officer")
    with working_in(world.globex):
        _, secret = issue_token(stranger, name="walk", scopes=["write"], days=1, actor=None)
    api = APIClient(raise_request_exception=False)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    statuses = {api.get(path_of(a, "acme", world)).status_code for a in ROUTES}
    assert statuses <= {401, 405}


def test_a_narrow_token_does_only_what_its_scope_says(world):
    officer = world.member(world.acme, "officer")
    with working_in(world.acme):
        _, secret = issue_token(officer, name="walk", scopes=["risks.view"], days=1, actor=None)
    api = APIClient(raise_request_exception=False)
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for address in ROUTES:
        if "get" in address.actions:
            permission = address.callback.cls.permissions[address.actions["get"]]
            status = api.get(path_of(address, "acme", world)).status_code
            assert (status == 403) == (permission != "risks.view"), address.route
    assert "risks.view" in every_permission()
