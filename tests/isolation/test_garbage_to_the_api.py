"""The API as its own description says it may be called, and as it says it may not: never a 500."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from tests.isolation.test_garbage import GARBAGE, broken_by
from tests.isolation.test_the_walk import ROUTES, caller, path_of

EXAMPLES = 4
"""For each operation, of what the description allows and of what it forbids."""
VALUES: list[Any] = [
    *GARBAGE.values(), ["a\x00"], {"a\x00": "\ud800"}, "\ud800", 10**400, -1, True, None, 1e308, float("nan"), [[]], {},
]  # fmt: skip
QUERY = ["page", "page_size", "search", "q", "ordering", "sort", "status", "system", "owner", "kind", "as_of", "from"]
KNOWN = {"slug": "acme", "number": 1, "ordinal": 1}


def operations() -> list[Any]:
    import schemathesis  # late: it takes seconds, and only the fuzz needs it

    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    return [found.ok() for found in schema.get_all_operations()]


def send(client: APIClient, case: Any) -> Any:
    """The case through Django's own client, whose requests share the transaction of the world."""
    from schemathesis.core import NotSet

    has_body = not isinstance(case.body, NotSet)
    query = urlencode({name: str(value) for name, value in (case.query or {}).items()}, doseq=True, errors="replace")
    return client.generic(
        case.method,
        f"{case.formatted_path}?{query}",
        json.dumps(case.body, default=str) if has_body else "",
        content_type="application/json",
    )


@pytest.mark.fuzz
@pytest.mark.parametrize("mode", ["positive", "negative"], ids=["allowed", "forbidden"])
def test_nothing_that_the_description_allows_or_forbids_breaks_the_api(world, mode):
    client = caller(world.member(world.acme, "officer"))
    problems: set[str] = set()
    for operation in operations():
        attack_by(operation, mode, client, problems)
    assert sorted(problems) == []


def attack_by(operation: Any, mode: str, client: APIClient, problems: set[str]) -> None:
    from schemathesis import GenerationMode

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(data=st.data())
    def attack(data):
        case = data.draw(operation.as_strategy(generation_mode=GenerationMode(mode)))
        case.path_parameters = {**(case.path_parameters or {}), **KNOWN}
        savepoint = connection.savepoint()
        response = send(client, case)
        connection.savepoint_rollback(savepoint)
        if response.status_code >= 500:
            problems.add(f"{operation.label}: {case.body!r} {case.query!r} {response.status_code}"[:600])

    attack()


@pytest.mark.parametrize("thoroughly", [False, pytest.param(True, marks=pytest.mark.fuzz)], ids=["turns", "all"])
def test_garbage_in_every_property_of_every_body(world, thoroughly):
    """What a generator seldom thinks of: the same garbage as on the pages, and JSON of a wrong or impossible kind."""
    client = caller(world.member(world.acme, "officer"))
    problems = []
    for turn, address in enumerate(ROUTES):
        path, names = path_of(address, "acme", world), properties_of(address)
        chosen = VALUES if thoroughly else [VALUES[(turn + step) % len(VALUES)] for step in (0, 5, 9, 14)]
        for method in set(address.actions) & {"post", "put", "patch"}:
            for value in chosen:
                body = json.dumps(dict.fromkeys(names, value))
                savepoint = connection.savepoint()
                response = getattr(client, method)(path, body, content_type="application/json")
                connection.savepoint_rollback(savepoint)
                if response.status_code >= 500:
                    problems.append(f"{str(value)[:40]!r} to {method} {path}: {broken_by(response)}")
        for value in chosen if "get" in address.actions else []:
            response = client.get(path, dict.fromkeys(QUERY, str(value).encode(errors="replace")[:2000]))
            if response.status_code >= 500:
                problems.append(f"{str(value)[:40]!r} in the query of {path}: {broken_by(response)}")
    assert problems == []


def properties_of(address: Any) -> list[str]:
    """The names of all that any serializer of this route's room takes."""
    from rest_framework import serializers

    module = __import__(address.callback.cls.__module__, fromlist=["_"])
    names: set[str] = {"revision"}
    for one in vars(module).values():
        if isinstance(one, type) and issubclass(one, serializers.BaseSerializer) and hasattr(one, "_declared_fields"):
            names |= set(one().fields) if hasattr(one, "Meta") else set(one._declared_fields)
    return sorted(names)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"a"', b"{" * 5000, b"\xff\xfe", b'{"a": NaN}', b"1" * 9000])
def test_a_body_that_is_no_object_is_refused(world, body):
    client = caller(world.member(world.acme, "officer"))
    assert isinstance(client, APIClient)
    problems = []
    for address in ROUTES:
        for method in set(address.actions) & {"post", "put", "patch"}:
            path = path_of(address, "acme", world)
            savepoint = connection.savepoint()
            response = getattr(client, method)(path, body, content_type="application/json")
            connection.savepoint_rollback(savepoint)
            if response.status_code >= 500:
                problems.append(f"{method} {path}: {broken_by(response)}")
    assert problems == []
