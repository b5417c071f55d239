"""Roles and database: makes them with an administrator's connection, and says which URLs the product then uses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from aims.launch.messages import LaunchError
from aims.launch.places import CHECKOUT, Place, secret

ROLES_SQL = CHECKOUT / "aims" / "tenancy" / "roles.sql"
PSQL_VARIABLE = re.compile(r""":(["'])([a-z_]+)\1""")
OLDEST_VERSION = 150000


@dataclass(frozen=True)
class DatabaseUrls:
    """What the product is given: the restricted role, the owner, and the names of the roles that nobody signs in as."""

    app: str
    owner: str
    across_role: str = "aims_across"
    reader_role: str = "aims_reader"


@dataclass(frozen=True)
class Names:
    """The names of one set of roles and its database; a suffix keeps several checkouts on one server apart."""

    suffix: str = ""

    def of(self, role: str) -> str:
        return f"aims_{role}{self.suffix}"

    @property
    def database(self) -> str:
        return f"aims{self.suffix}"


def provision(admin_url: str, place: Place, names: Names) -> DatabaseUrls:
    """Make or repair the roles and the database; a second time it only sets the passwords again."""
    passwords = {role: secret(place, f"database_{role}") for role in ("owner", "app")}
    values = {
        "database": names.database,
        "owner": names.of("owner"),
        "app": names.of("app"),
        "across": names.of("across"),
        "reader": names.of("reader"),
        "owner_password": passwords["owner"],
        "app_password": passwords["app"],
    }
    roles, _, rights = ROLES_SQL.read_text(encoding="utf-8").partition("\\gexec\n")
    rights = rights.removeprefix('\\connect :"database"\n')
    try:
        with connect(admin_url) as connection:
            cursor = connection.execute(filled(roles, values))
            while cursor.nextset():
                pass
            for (statement,) in cursor.fetchall():
                connection.execute(statement)
            with connect(with_database(admin_url, names.database)) as inside:
                inside.execute(filled(rights, values))
    except psycopg.Error as error:
        raise LaunchError(f"the database roles could not be made: {str(error).strip()}") from error
    return DatabaseUrls(
        app=with_account(admin_url, values["app"], passwords["app"], names.database),
        owner=with_account(admin_url, values["owner"], passwords["owner"], names.database),
        across_role=values["across"],
        reader_role=values["reader"],
    )


def filled(text: str, values: dict[str, str]) -> sql.Composed:
    """Put values where psql would put its variables: :"name" as an identifier, :'name' as a literal."""
    parts: list[sql.Composable] = []
    position = 0
    for variable in PSQL_VARIABLE.finditer(text):
        parts.append(sql.SQL(text[position : variable.start()]))  # type: ignore[arg-type] # a file of ours
        kind = sql.Identifier if variable[1] == '"' else sql.Literal
        parts.append(kind(values[variable[2]]))
        position = variable.end()
    return sql.Composed([*parts, sql.SQL(text[position:])])  # type: ignore[arg-type]


def let_commits_be_lost(admin_url: str, names: Names) -> None:
    """For a throw-away run on a server that keeps its promises to others: do not wait for the disk at every commit."""
    with connect(admin_url) as connection:
        for role in ("owner", "app"):
            name = sql.Identifier(names.of(role))
            connection.execute(sql.SQL("ALTER ROLE {} SET synchronous_commit = off").format(name))


def drop(admin_url: str, names: Names) -> None:
    """Remove the database, the test databases of its owner, and the roles."""
    roles = [names.of(role) for role in ("owner", "app", "across", "reader")]
    with connect(admin_url) as connection:
        owned = "SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = %s"
        for (database,) in connection.execute(owned, [roles[0]]).fetchall():
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
        for role in reversed(roles):
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def comment(url: str) -> str | None:
    """The comment on the database that this URL leads to."""
    with connect(url) as connection:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def set_comment(url: str, text: str, over: str) -> None:
    """Put a comment on the database, unless an operator's stands there: one that does not begin as ours do."""
    present = comment(url)
    if present is None or present.startswith(over):
        with connect(url) as connection:
            database = sql.Identifier(connection.info.dbname)
            connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(text)))


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def is_administrator(url: str) -> bool:
    """Whether this connection may make roles; also refuses a server that is absent or too old, with the reason."""
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise LaunchError(
            "DATABASE_URL must start with postgresql://, for example postgresql://admin@127.0.0.1:5432/postgres."
        )
    try:
        with connect(url) as connection:
            if connection.info.server_version < OLDEST_VERSION:
                raise LaunchError("DATABASE_URL leads to a PostgreSQL older than 15. Use 15 or newer.")
            row = connection.execute(
                "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        raise LaunchError(f"DATABASE_URL does not lead to a usable PostgreSQL: {str(error).strip()}") from error
    return bool(row and row[0])


def with_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))


def with_account(url: str, user: str, password: str, database: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password)}@{host}", path=f"/{quote(database)}"))


def without_password(url: str) -> str:
    """A URL that may be shown."""
    parts = urlsplit(url)
    user = unquote(parts.username or "")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{host}" if user else host, query=""))
