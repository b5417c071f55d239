"""A migrated database without migrating: what migrating said to the server is kept, and said again to the next database.

Django works out the state of all models anew at each of many hundred operations, which takes twenty seconds for every test
database; the server itself needs one. The kept file is named by all that decides what migrating says, so changed migrations
are run for real once, by the first process that comes to them, while the others wait for its file.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aims.launch.places import CHECKOUT, hold, made, write_private

SPEAKERS = ("django", "django-pghistory", "django-pgtrigger", "psycopg")
BETWEEN = "\n-- next\n"
FILES_KEPT = 8
PASSING = re.compile(r"\s*(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT)\b", re.IGNORECASE)


def migrate_empty(connection: Any, folder: Path) -> None:
    """Bring an empty database of the owner to where `migrate` brings it."""
    from django.core.management import call_command

    from aims.tenancy import across, scope

    # Each run on an operator's server has roles of its own.
    kept_names = {across.ROLE: "role_of_across", scope.READER_ROLE: "role_of_reader"}
    own_names = {kept: own for own, kept in kept_names.items()}

    def migrate() -> list[str]:
        with heard(connection) as statements:
            call_command("migrate", verbosity=0, interactive=False)
        return [renamed(statement, kept_names) for statement in statements]

    def repeat(statements: list[str]) -> None:
        connection.ensure_connection()
        connection.connection.execute(renamed(";\n".join(statements), own_names))

    remember(folder, of_the_migrations(connection), migrate, repeat)


def of_the_migrations(connection: Any) -> str:
    """Of every migration, of what our own are made with, of the models' names and rights, and of the server."""
    from django.apps import apps

    files = {path for app in apps.get_app_configs() for path in Path(app.path).glob("migrations/*.py")}
    files |= {*(CHECKOUT / "aims" / "tenancy").rglob("*.py"), CHECKOUT / "aims" / "tenancy" / "roles.sql"}
    files |= {CHECKOUT / "aims" / "settings.py", Path(__file__)}
    models = [
        (m._meta.label, str(m._meta.verbose_name), m._meta.default_permissions, [str(p) for p in m._meta.permissions])
        for m in apps.get_models(include_auto_created=True)
    ]
    return fingerprint(files, [connection.pg_version, *map(version, SPEAKERS), *models])


def fingerprint(files: Iterable[Path], words: Iterable[object]) -> str:
    """Of the names and content of these files, wherever they lie, and of some words."""
    content = sorted((*path.parts[-3:], hashlib.sha256(path.read_bytes()).hexdigest()) for path in files)
    return hashlib.sha256(repr([content, *words]).encode()).hexdigest()[:20]


def remember(folder: Path, name: str, tell: Callable[[], list[str]], hear: Callable[[list[str]], None]) -> None:
    """Let `hear` have what is kept under this name; where nothing is, `tell` does it for real and says what to keep.

    A file is written whole or not at all, so a run that is killed leaves nothing that the next would believe; and one
    that the server refuses is not kept.
    """
    path = made(folder) / f"{name}.sql"
    with hold(folder / "lock"):
        if not path.exists():
            write_private(path, BETWEEN.join(tell()))
            forget_all_but(folder, FILES_KEPT)
            return
        path.touch()
        statements = path.read_text(encoding="utf-8").split(BETWEEN)
    try:
        hear(statements)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def forget_all_but(folder: Path, count: int) -> None:
    """Keep the files that were used last, because branches and servers take turns; remove halves of killed runs."""
    whole = sorted(folder.glob("*.sql"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [*whole[count:], *folder.glob("*.sql.*")]:
        path.unlink(missing_ok=True)


def renamed(text: str, names: dict[str, str]) -> str:
    """Put other names into statements, where they stand as whole words."""
    pattern = r"\b(" + "|".join(re.escape(name) for name in names) + r")\b"
    return re.sub(pattern, lambda found: names[found[1]], text)


@contextmanager
def heard(connection: Any) -> Iterator[list[str]]:
    """Every statement that Django sends meanwhile, with its values; savepoints mean nothing afterwards."""
    statements: list[str] = []

    def listen(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        for values in params if many else [params]:
            statement = connection.ops.compose_sql(sql, values) if values is not None else str(sql)
            if not PASSING.match(statement):
                statements.append(statement)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield statements
