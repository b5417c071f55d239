"""A clock that the product and the database share: what triggers write has the time of the test, not of the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import time_machine
from django.db import connection
from django.utils import timezone

# `now()` is looked up on the search path; without a time set it is the database's own.
FUNCTION = """
create schema if not exists test_clock;
create or replace function test_clock.now() returns timestamptz language sql stable as
$$ select coalesce(nullif(current_setting('test_clock.now', true), '')::timestamptz, pg_catalog.now()) $$;
grant usage on schema test_clock to public;
"""


class Clock:
    """Moved by hand; between two moves it stands still in the database and goes on in the product."""

    def __init__(self, traveller: Any) -> None:
        self.traveller = traveller
        self.tell()

    def tell(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('test_clock.now', %s, false)", [timezone.now().isoformat()])

    def move_to(self, at: datetime) -> None:
        self.traveller.move_to(at)
        self.tell()

    def pass_(self, **time: float) -> None:
        self.move_to(timezone.now() + timedelta(**time))


@contextmanager
def moving_clock(at: datetime) -> Iterator[Clock]:
    """From `at` on. The owner makes the function; it stays in the test database and does nothing for anybody else."""
    make_function()
    with connection.cursor() as cursor:
        cursor.execute("show search_path")
        path = cursor.fetchone()[0]
        cursor.execute(f"set search_path to test_clock, {path}, pg_catalog")
    try:
        with time_machine.travel(at, tick=True) as traveller:
            yield Clock(traveller)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"set search_path to {path}")
            cursor.execute("select set_config('test_clock.now', '', false)")


def make_function() -> None:
    database = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database, autocommit=True) as owner:
        owner.execute(FUNCTION)
