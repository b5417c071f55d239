"""What makes the suite quick leaves nothing behind and cannot be told from the slow way."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from aims.settings import database
from aims.tenancy.models import Organisation, User
from aims.tenancy.owned import OrganisationOwned
from aims.tenancy.scope import working_in
from tests.again import memory
from tests.cases.building import make_sound_case
from tests.conftest import Cast, empty_all_tables
from tests.factories import make_risk
from tests.isolation.test_the_walk import counts, written


def catalogue() -> list[Any]:
    """Which walls and triggers are up, as the owner sees it."""
    owner: Any = database("owner")
    parts = {name.lower(): owner[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
    with psycopg.connect(**parts, dbname=connection.settings_dict["NAME"]) as session:
        tables = session.execute(
            "select relname, relrowsecurity, relforcerowsecurity from pg_class "
            "where relnamespace = 'public'::regnamespace order by relname"
        ).fetchall()
        triggers = session.execute(
            "select tgrelid::regclass::text, tgname, tgenabled from pg_trigger where not tgisinternal order by 1, 2"
        ).fetchall()
    assert len(triggers) > 50
    return [tables, triggers]


@pytest.mark.django_db(transaction=True)
def test_emptying_takes_every_row_and_leaves_every_wall_and_trigger():
    before = catalogue()
    acme, globex = Cast("acme"), Cast("globex")
    with working_in(acme.organisation):
        make_sound_case(acme)
    make_risk(globex.officer)
    empty_all_tables(None)
    for cast in (acme, globex):
        with working_in(cast.organisation):
            assert set(counts().values()) == {0}
    assert not User.objects.exists()
    assert not Organisation.objects.exists()
    assert catalogue() == before


def everything(organisation: Organisation) -> dict[str, list[str]]:
    """Every row of every tenant table, and the accounts."""
    tables = [m._meta.db_table for m in apps.get_models() if issubclass(m, OrganisationOwned)]
    with working_in(organisation), connection.cursor() as cursor:
        rows = {}
        for table in [*tables, "tenancy_user", "tenancy_organisation"]:
            cursor.execute(f"select t::text from {table} t order by 1")
            rows[table] = [row for (row,) in cursor.fetchall()]
    return rows


def make_world() -> Cast:
    cast = memory.make(("cast", "again"), lambda: Cast("again"))
    with cast:
        assert make_sound_case(cast).standing == 4
    return cast


def in_a_transaction_of_its_own(make: Any) -> tuple[Any, dict[str, list[str]]]:
    with transaction.atomic():
        memory.begin()
        cast = make()
        rows = everything(cast.organisation)
        transaction.set_rollback(True)
    return cast, rows


def test_a_world_said_again_is_the_same_to_the_last_row(db):
    memory.told.clear()
    first, told = in_a_transaction_of_its_own(make_world)
    again, said = in_a_transaction_of_its_own(make_world)
    assert first is not again
    assert (first.officer, first.observer, first.slug) == (again.officer, again.observer, again.slug)
    assert said == told
    assert sum(map(len, said.values())) > 60


def test_a_world_is_made_for_real_where_the_difference_could_show(db):
    """After another write, while time is travelled, and when it is too old."""
    memory.told.clear()
    first, _ = in_a_transaction_of_its_own(lambda: memory.make(("cast", "again"), lambda: Cast("again")))

    def is_said_again() -> bool:
        cast, _ = in_a_transaction_of_its_own(lambda: memory.make(("cast", "again"), lambda: Cast("again")))
        return bool(cast.organisation.pk == first.organisation.pk)

    assert is_said_again()
    with time_machine.travel(timezone.now() + timedelta(seconds=1)):
        assert not is_said_again()
    with transaction.atomic():
        memory.begin()
        User.objects.create_user("before@again.example")
        assert memory.make(("cast", "again"), lambda: Cast("again")).organisation.pk != first.organisation.pk
        transaction.set_rollback(True)
    for telling in memory.told.values():
        telling.began -= timedelta(minutes=11)
    assert not is_said_again()


def test_a_world_told_anew_takes_with_it_those_that_stand_on_it(db):
    """Both organisations of the cast share the account of the certifier."""
    memory.told.clear()

    def make_both() -> Cast:
        return [memory.make(("cast", slug), lambda slug=slug: Cast(slug)) for slug in ("acme", "globex")][1]

    in_a_transaction_of_its_own(make_both)
    next(iter(memory.told.values())).began -= timedelta(minutes=11)
    for _again in range(2):
        globex, rows = in_a_transaction_of_its_own(make_both)
        assert any(str(globex.certifier.user_id) in account for account in rows["tenancy_user"])


def test_the_account_of_writes_moves_with_every_write_even_one_undone(acme):
    with acme:
        before = written()
        assert written() == before
        savepoint = transaction.savepoint()
        make_risk(acme.officer)
        during = written()
        transaction.savepoint_rollback(savepoint)
        assert before < during <= written()
