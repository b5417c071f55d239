"""The suite connects as the restricted application role; only making the database is the owner's work."""

import gc
import logging
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import TransactionTestCase, override_settings

from aims.tenancy.scope import READER_ROLE
from tests.again import memory
from tests.migrated import migrate_empty

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop beside the synchronous ORM


def become(role: str) -> None:
    """Let the default connection speak as the owner or as the application from now on."""
    from environs import Env

    connection = connections["default"]
    connection.close()
    if connection.pool is not None:
        connection.close_pool()
    url = Env().dj_db_url("DATABASE_OWNER_URL" if role == "owner" else "DATABASE_URL")
    options = {} if role == "owner" else {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}, "prepare_threshold": 5}
    connection.settings_dict.update(USER=url["USER"], PASSWORD=url["PASSWORD"], OPTIONS=options)


@pytest.fixture(scope="session")
def django_db_setup(
    request, django_test_environment, django_db_blocker, django_db_modify_db_settings
) -> Iterator[None]:
    """Create and migrate the test database as owner, grant what production grants, then become the application role."""
    kept = bool(request.config.getvalue("reuse_db")) and not request.config.getvalue("create_db")
    connection = connections["default"]
    before = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        become("owner")
        make_database(kept)
        with connection.cursor() as cursor:
            role = connection.ops.quote_name(app_role())
            cursor.execute(f"grant select, insert, update, delete on all tables in schema public to {role}")
            cursor.execute(f"grant usage, select on all sequences in schema public to {role}")
            reader = connection.ops.quote_name(READER_ROLE)
            cursor.execute(f"grant usage on schema public to {reader}")
            cursor.execute(f"grant select on all tables in schema public to {reader}")
            cursor.execute(COUNT_ROWS)
        become("app")
    yield
    if request.config.getvalue("reuse_db"):
        return
    with django_db_blocker.unblock():
        end_other_sessions()
        become("owner")
        connection.creation.destroy_test_db(before, verbosity=0)


def make_database(kept: bool) -> None:
    """The empty or kept test database of this process, with every migration in it."""
    connection = connections["default"]
    name = connection.creation._get_test_db_name()
    connection.creation._create_test_db(verbosity=0, autoclobber=True, keepdb=kept)
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    if connection.introspection.table_names():
        call_command("migrate", verbosity=0, interactive=False)
    else:
        migrate_empty(connection, Path(os.environ.get("AIMS_MIGRATED") or settings.STATE_DIR / "migrated"))


def end_other_sessions() -> None:
    """A server thread or worker of a test may still hold a connection, and a database in use cannot be dropped."""
    connection = connections["default"]
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and usename = current_user and pid <> pg_backend_pid()"
        )


def app_role() -> str:
    from environs import Env

    return str(Env().dj_db_url("DATABASE_URL")["USER"])


# A world that is rolled back is never seen by autovacuum, and the planner takes every table of it for empty. As the owner, because
# PostgreSQL lets nobody else analyse a table before version 17.
COUNT_ROWS = """
create or replace function analyse_what_is_here() returns void language plpgsql security definer set search_path = public as $$
declare name text;
begin
  for name in select quote_ident(relname) from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0
  loop execute 'analyze ' || name; end loop;
end $$
"""


def analyse() -> None:
    """Let the planner know how much there is in each table, what this transaction wrote included."""
    with connections["default"].cursor() as cursor:
        cursor.execute("select analyse_what_is_here()")


KEPT = {"django_migrations", "django_content_type", "auth_permission"}


# Only what ever held a row; a file of no length is an empty table.
USED = """
select quote_ident(relname), relforcerowsecurity from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0 and relname <> all(%s)
"""


def empty_all_tables(self: object) -> None:
    """After a test with real commits: the application may delete little, so the owner empties the tables.

    Not by TRUNCATE, which makes new files for all tables and indexes, and so takes ten times as long for a few rows. One
    statement deletes them all, so that no reference is looked at before the end of it.
    """
    import psycopg

    connection = connections["default"]
    connection.close()
    database = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=database) as owner:
        used = owner.execute(USED, [sorted(KEPT)]).fetchall()
        if not used:
            return
        forced = [name for name, is_forced in used if is_forced]
        deleted = [f"emptied_{place} as (delete from {name})" for place, (name, _) in enumerate(used)]
        owner.execute(
            ";\n".join(
                [
                    *(f"alter table {name} disable trigger user" for name, _ in used),
                    *(f"alter table {name} no force row level security" for name in forced),
                    f"with {', '.join(deleted)} select",
                    "set constraints all immediate",
                    *(f"alter table {name} force row level security" for name in forced),
                    *(f"alter table {name} enable trigger user" for name, _ in used),
                ]
            )
        )


TransactionTestCase._fixture_teardown = empty_all_tables  # type: ignore[method-assign]


# Set once for the whole suite, because setting and unsetting them for each test takes longer than many tests.
QUIET = {
    "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "CELERY_TASK_ALWAYS_EAGER": True,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    "WHITENOISE_AUTOREFRESH": True,  # looks for a static file when it is asked for, not for all at every new client
}


def pytest_collection_finish(session: pytest.Session) -> None:
    """What stands in memory now stays to the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def quiet_suite(django_test_environment: None) -> Iterator[None]:
    """Mail and cache stay in the process, and the log holds warnings; of requests errors, since the walks are refused a lot."""
    logging.getLogger().setLevel(logging.WARNING)
    for name in ("django.request", "django_structlog"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with override_settings(**QUIET):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Generator[None, Any, Any]:
    """Worlds are said again from where pytest-django opens the transaction of a test."""
    made = yield
    if fixturedef.argname == "_django_db_helper":
        memory.begin()
    return made


@pytest.fixture(autouse=True)
def quiet_settings(settings, tmp_path) -> None:
    """Files of a test stay in the test, and so do counted tries: worlds said again have the same people."""
    cache.clear()
    settings.MEDIA_ROOT = tmp_path / "files"


assert settings.configured


class Cast:
    """One organisation and a member for every role: `acme.officer`, `acme.owner`, …"""

    def __init__(self, slug: str) -> None:
        from aims.tenancy.permissions import Role
        from tests.factories import make_member, make_organisation

        self.organisation = make_organisation(slug)
        self.slug = slug
        self.officer = make_member(self.organisation, Role.GOVERNANCE_OFFICER)
        self.owner = make_member(self.organisation, Role.SYSTEM_OWNER)
        self.contributor = make_member(self.organisation, Role.CONTRIBUTOR)
        self.challenger = make_member(self.organisation, Role.CHALLENGER)
        self.executive = make_member(self.organisation, Role.EXECUTIVE)
        self.auditor = make_member(self.organisation, Role.INTERNAL_AUDITOR)
        self.certifier = make_member(self.organisation, Role.CERTIFICATION_AUDITOR, email="certifier@assessor.example")
        self.observer = make_member(self.organisation, Role.OBSERVER)

    def everyone(self) -> dict:
        return {k: v for k, v in vars(self).items() if k not in {"organisation", "slug"}}

    def __enter__(self):
        """Enter the organisation: `with acme:` sees and makes its rows."""
        from aims.tenancy.scope import organisation_scope

        self._scope = organisation_scope(self.organisation)
        self._scope.__enter__()
        return self

    def __exit__(self, *error):
        self._scope.__exit__(*error)


@pytest.fixture
def acme(db) -> Cast:
    return memory.make(("cast", "acme"), lambda: Cast("acme"))


@pytest.fixture
def globex(db) -> Cast:
    """The other organisation, which must never notice anything."""
    return memory.make(("cast", "globex"), lambda: Cast("globex"))


@pytest.fixture
def sign_in(client):
    """`client = sign_in(acme.officer)`: a browser session as that member."""

    def sign(member):
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign


@pytest.fixture
def api_as():
    """`api = api_as(acme.officer)`: an API client with a bearer token of that member (scope write)."""
    from rest_framework.test import APIClient

    from aims.tenancy.actions import issue_token
    from aims.tenancy.scope import working_in

    def sign(member, *scopes):
        with working_in(member.organisation):
            _, secret = issue_token(member, name="test", scopes=scopes or ["write"], days=1, actor=None)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return sign
