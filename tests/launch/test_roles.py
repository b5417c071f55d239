"""roles.sql on a real server: what each role may and may not do."""

import os
import subprocess

import psycopg
import pytest

from aims.launch import databases
from aims.launch.databases import DatabaseUrls, Names
from aims.launch.places import Place
from aims.launch.postgres import Cluster, find_binaries


@pytest.fixture(scope="module")
def urls(cluster: Cluster, place: Place) -> DatabaseUrls:
    urls = databases.provision(cluster.admin_url, place, Names())
    with databases.connect(urls.owner) as owner:
        owner.execute("CREATE TABLE risk (id serial PRIMARY KEY, title text)")
    return urls


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("aims_owner", (True, False, False, True, False)),
        ("aims_app", (True, False, False, False, False)),
        ("aims_across", (False, False, False, False, False)),
        ("aims_reader", (False, False, False, False, False)),
    ],
)
def test_no_role_is_superuser_or_may_pass_the_wall(
    cluster: Cluster, urls: DatabaseUrls, role: str, expected: tuple[bool, ...]
) -> None:
    columns = "rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole"
    with databases.connect(cluster.admin_url) as admin:
        assert admin.execute(f"SELECT {columns} FROM pg_roles WHERE rolname = %s", [role]).fetchone() == expected


def test_the_application_reads_and_writes_tables_that_the_owner_makes_later(
    urls: DatabaseUrls,
) -> None:
    with databases.connect(urls.app) as app:
        app.execute("INSERT INTO risk (title) VALUES ('drift')")
        app.execute("UPDATE risk SET title = 'model drift'")
        assert app.execute("SELECT title FROM risk").fetchall() == [("model drift",)]
        app.execute("DELETE FROM risk")


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE risk",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE risk ADD COLUMN mine int",
        "DROP TABLE risk",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE aims_owner",
        "SET ROLE aims_across",
        "CREATE TEMPORARY TABLE mine (id int)",
    ],
)
def test_the_application_may_do_no_more_than_that(urls: DatabaseUrls, statement: str) -> None:
    with (
        databases.connect(urls.app) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(statement)


def test_the_application_reads_and_does_nothing_else_as_the_reader(urls: DatabaseUrls) -> None:
    with databases.connect(urls.app) as app:
        app.execute("SET ROLE aims_reader")
        assert app.execute("SELECT count(*) FROM risk").fetchone() == (0,)
        for statement in ("INSERT INTO risk (title) VALUES ('x')", "UPDATE risk SET title = 'x'", "DELETE FROM risk"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_the_owner_may_act_as_the_role_across(urls: DatabaseUrls) -> None:
    with databases.connect(urls.owner) as owner:
        owner.execute("SET ROLE aims_across")


def test_a_second_time_changes_nothing_and_takes_away_what_was_granted_by_hand(
    cluster: Cluster, place: Place, urls: DatabaseUrls
) -> None:
    with databases.connect(cluster.admin_url) as admin:
        admin.execute("ALTER ROLE aims_app SUPERUSER BYPASSRLS")
    assert databases.provision(cluster.admin_url, place, Names()) == urls
    with databases.connect(urls.app) as app:
        assert app.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone() == (
            False,
        )


def test_an_administrator_without_superuser_can_make_and_remove_a_set_of_roles(cluster: Cluster, place: Place) -> None:
    with databases.connect(cluster.admin_url) as admin:
        admin.execute("CREATE ROLE manager LOGIN CREATEROLE CREATEDB PASSWORD 'manager'")
    url = databases.with_account(cluster.admin_url, "manager", "manager", "postgres")
    assert databases.is_administrator(url)
    names = Names("_other")
    urls = databases.provision(url, place, names)
    databases.provision(url, place, names)
    assert urls.across_role == "aims_across_other"
    assert urls.reader_role == "aims_reader_other"
    with databases.connect(urls.owner) as owner, databases.connect(urls.app) as app:
        owner.execute("CREATE TABLE t (id int)")
        assert app.execute("SELECT count(*) FROM t").fetchone() == (0,)
    databases.drop(url, names)
    with databases.connect(cluster.admin_url) as admin:
        assert admin.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'aims%other'").fetchall() == []
        assert admin.execute("SELECT datname FROM pg_database WHERE datname = 'aims_other'").fetchall() == []


def test_psql_runs_the_same_file(cluster: Cluster) -> None:
    values = {
        "database": "by_hand",
        "owner": "hand_owner",
        "app": "hand_app",
        "across": "hand_across",
        "reader": "hand_reader",
    }
    values |= {"owner_password": "o'wner", "app_password": 'a"pp'}
    variables = [part for name, value in values.items() for part in ("-v", f"{name}={value}")]
    command = [
        str(find_binaries() / "psql"),
        cluster.admin_url,
        "-X",
        "-v",
        "ON_ERROR_STOP=1",
        *variables,
    ]
    environment = {
        **os.environ,
        "PGPASSWORD": cluster.admin_url.split(":")[2].split("@")[0],
    }
    for _again in range(2):
        answer = subprocess.run(
            [*command, "-f", str(databases.ROLES_SQL)],
            capture_output=True,
            check=False,
            text=True,
            env=environment,
        )
        assert answer.returncode == 0, answer.stderr
    with databases.connect(databases.with_account(cluster.admin_url, "hand_app", 'a"pp', "by_hand")) as app:
        assert app.execute("SELECT current_user").fetchone() == ("hand_app",)


def test_values_are_quoted_as_names_and_literals() -> None:
    text = databases.filled("GRANT :\"role\" SET :'value' a::text", {"role": 'x"; DROP', "value": "it's"})
    assert text.as_string(None) == """GRANT "x""; DROP" SET 'it''s' a::text"""


def test_a_shown_url_has_no_password() -> None:
    assert databases.without_password("postgresql://me:secret@host:5/db?sslpassword=x") == "postgresql://me@host:5/db"
