"""100,000 readings by the API in batches of 10,000, against a bare COPY of the same rows into the same table."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from aims.site.bench.measuring import line, once
from aims.site.bench.seeding import owner
from aims.tenancy.actions import add_member, issue_token
from aims.tenancy.models import Organisation, User
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from cases.actions import add_indicator, create_case, define_metric
from cases.models import Element
from inventory.actions import register_system

BATCH = 10_000
ROWS = 100_000
TABLE = "cases_metricreading"


def prepared(organisation: Organisation) -> tuple[str, str]:
    """A metric without groups, and a token that may send readings of it."""
    with working_in(organisation):
        user = User.objects.create_user(f"readings@{organisation.slug}.example", None)
        officer = add_member(organisation, user=user, display_name="Bench", roles=[Role.GOVERNANCE_OFFICER], actor=None)
        system = register_system(name="Measured", purpose="Measured", actor=officer)
        case = create_case(
            system=system, title="Measured", purpose="Measured", accountable_owner=officer, claim="It is", actor=officer
        )
        indicator = add_indicator(name="Rate", unit="ratio", actor=officer)
        goal = Element.objects.get(case=case)
        define_metric(goal, indicator=indicator, key="rate", comparator="ge", threshold=0.9, min_n=200, actor=officer)
        _token, secret = issue_token(officer, name="bench", scopes=["readings.add"], days=1, actor=None)
    return secret, organisation.slug


def bodies(rows: int, *, with_keys: bool) -> list[bytes]:
    """The calls as a monitor would send them: one reading a minute."""
    start = timezone.now() - timedelta(minutes=rows + 10)
    made = []
    for first in range(0, rows, BATCH):
        items: list[dict[str, Any]] = []
        for place in range(first, min(first + BATCH, rows)):
            value = 0.85 + place % 1000 / 10_000
            item = {
                "metric": "rate",
                "value": value,
                "measured_at": (start + timedelta(minutes=place)).isoformat(),
                "n": 400,
                "low": value - 0.02,
                "high": value + 0.02,
                "environment": "production",
                "source": "with keys" if with_keys else "without",
            }
            items.append({**item, "key": f"run-{place}"} if with_keys else item)
        made.append(json.dumps(items).encode())
    return made


def send(client: Client, slug: str, secret: str, calls: list[bytes]) -> None:
    for body in calls:
        answer = client.post(
            f"/api/v1/o/{slug}/readings/",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        if answer.status_code != 201:
            raise RuntimeError(f"{answer.status_code}: {answer.content[:300]!r}")


def measure(organisation: Organisation, rows: int = ROWS) -> Iterator[str]:
    """Yields the lines; `organisation` gets a case that is measured."""
    secret, slug = prepared(organisation)
    client = Client(SERVER_NAME="localhost")
    send(client, slug, secret, bodies(100, with_keys=False))  # warm
    emptied()
    calls = bodies(rows, with_keys=False)
    ours = once(lambda: send(client, slug, secret, calls))
    connection.close()
    baseline = copied_again(rows)
    yield rate_line(f"readings_{rows}_by_api", rows, ours, baseline)
    emptied()
    calls = bodies(rows, with_keys=True)
    keyed = once(lambda: send(client, slug, secret, calls))
    yield rate_line(f"readings_{rows}_by_api_each_with_a_key", rows, keyed, baseline, aim=None)
    emptied()


def rate_line(name: str, rows: int, ours: float, baseline: float, aim: float | None = 4) -> str:
    share = baseline / ours
    return f"{line(name, ours, baseline, unit='s', aim=aim)} rows_per_s={rows / ours:.0f} share_of_copy={share:.0%}"


def emptied() -> None:
    """Nothing but a bench may do this: the owner takes the rows away, which no trigger for rows sees."""
    with owner() as session:
        session.execute(f"truncate {TABLE}, cases_readingkey")


def copied_again(rows: int) -> float:
    """Seconds of one COPY of the rows that were just recorded, by the owner with the wall down, into the emptied table."""
    with owner() as session:
        partitions = session.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass", [TABLE]
        ).fetchall()
        tables = [TABLE, *(name for (name,) in partitions)]
        for table in tables:
            session.execute(f"alter table {table} no force row level security")
        try:
            with session.cursor().copy(f"copy (select * from {TABLE}) to stdout (format binary)") as out:  # noqa: S608
                content = b"".join(bytes(part) for part in out)
            session.execute(f"truncate {TABLE}, cases_readingkey")

            def copy() -> None:
                with session.cursor().copy(f"copy {TABLE} from stdin (format binary)") as into:
                    into.write(content)
                session.execute("set constraints all immediate")  # ours checks the references at commit too

            seconds = once(copy)
            row = session.execute(f"select count(*) from {TABLE}").fetchone()  # noqa: S608
            if row is None or row[0] != rows:
                raise RuntimeError(f"{row} rows were copied instead of {rows}")
        finally:
            for table in tables:
                session.execute(f"alter table {table} force row level security")
    return seconds
