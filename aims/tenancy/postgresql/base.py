"""Django's PostgreSQL backend, plus two things: the current organisation and the reader's bounds are applied
transaction-locally, and statements that are asked again and again are planned once per connection (`repeated_cursor`).

`set_config('aims.organisation', …, true)` and its companions are sent before the first statement of a transaction and again whenever the
database may have forgotten or restored another value (commit, rollback, savepoint rollback, reconnection). It is local to
the transaction, so pooled connections and PgBouncer in transaction mode cannot carry it to somebody else.
"""

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from aims.tenancy.scope import applied_settings

# JIT off: compiling a plan pays off for reports of minutes. Over a table of many partitions it was measured at 12 seconds
# for a query of 7 milliseconds, and PgBouncer does not pass on a setting that is made at connecting.
APPLY = (
    "select set_config('aims.organisation', %s, true), set_config('aims.systems', %s, true), "
    "set_config('role', %s, true), set_config('jit', 'off', true)"
)


class RepeatedCursor(psycopg.Cursor[Any]):
    """Sends values apart from the statement, so that psycopg prepares it on the server when it comes again."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Applies the organisation of `organisation_scope` to each transaction; with none, policies show no rows."""

    _applied: tuple[str, str, str] | None = None  # None: unknown, send it before the next statement

    def _forget(self) -> None:
        self._applied = None

    def _commit(self) -> Any:
        self._forget()
        return super()._commit()

    def _rollback(self) -> Any:
        self._forget()
        return super()._rollback()

    def _savepoint_rollback(self, sid: str) -> Any:
        # The transaction may be in error, when nothing but the rollback itself is allowed: do not apply before it.
        self._applied = applied_settings()
        try:
            return super()._savepoint_rollback(sid)
        finally:
            # SECURITY: rolling back to a savepoint restores the value that the setting had before it.
            self._forget()

    def _set_autocommit(self, autocommit: bool) -> Any:
        self._forget()
        return super()._set_autocommit(autocommit)

    def connect(self) -> Any:
        self._forget()
        return super().connect()

    def _run(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        wanted = applied_settings()
        if self.connection.autocommit and not self.in_atomic_block:
            if not wanted[0]:
                return function(*args, **kwargs)
            with self.connection.transaction():
                self.connection.execute(APPLY, wanted)
                return function(*args, **kwargs)
        if self._applied != wanted:
            self.connection.execute(APPLY, wanted)
            self._applied = wanted
        return function(*args, **kwargs)

    def create_cursor(self, name: str | None = None) -> Any:
        return self._walled(super().create_cursor(name))

    def repeated_cursor(self) -> Any:
        """A cursor for statements of every request: with row-level security, planning one takes longer than running it.

        A plan holds for every organisation, because the policies read the setting when the plan runs.
        """
        if self.queries_logged:
            return self.cursor()  # Django's log reads the values out of the statement
        self.ensure_connection()
        with self.wrap_database_errors:
            wrapped: Any = super()
            return wrapped._prepare_cursor(self._walled(RepeatedCursor(self.connection)))

    def _walled(self, cursor: Any) -> Any:
        for method in ("execute", "executemany", "copy"):
            original = getattr(cursor, method, None)
            if original is not None:
                setattr(cursor, method, self._guarded(original))
        return cursor

    def _guarded(self, original: Any) -> Any:
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return self._run(original, args, kwargs)

        return guarded
