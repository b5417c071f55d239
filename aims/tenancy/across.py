"""The few ways to look across organisations. Each returns ids only; then every organisation is entered in turn.

Each is a SECURITY DEFINER function owned by the role `aims_across`, which can log in nowhere and may only read the columns
that the function needs. `AcrossFunction` is the migration operation that makes one.
"""

import os
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.migrations.operations.base import Operation
from django.db.models import UUIDField
from django.db.models.expressions import RawSQL

ROLE = os.environ.get("AIMS_ACROSS_ROLE", "aims_across")
# Names of functions that answer "which organisations have something of this kind due", each made by a room's migration.
DUE = [
    "across_evidence_due",
    "across_evidence_requests_due",
    "across_evidence_texts_due",
    "across_cases_due",
    "across_signals_due",
    "across_sign_offs_due",
    "across_conditions_due",
    "across_pulls_due",
    "across_imports_due",
    "across_packs_due",
    "across_mail_due",
    "across_digests_due",
    "across_smells_due",
]


def organisations_of(user_id: UUID) -> RawSQL:
    """Ids of organisations in which this account is an active member, for `Organisation.objects.filter(pk__in=…)`."""
    # Across organisations: the switcher lists where a person belongs, before any organisation is entered.
    return RawSQL("select across_organisations_of(%s)", [user_id], output_field=UUIDField())  # noqa: S611


def organisations_due(function: str, at: datetime, limit: int = 1000) -> list[UUID]:
    """Organisations for which something of a kind is due at an instant: `function` is one of `DUE`."""
    if function not in DUE:
        raise ValueError(f"{function!r} is not one of {DUE}")
    # Across organisations: the sweep enters only those that have something due.
    return _ids(f"select * from {function}(%s, %s)", [at, limit])  # noqa: S608 (a name from the list above)


def _ids(sql: str, params: list[Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [row[0] for row in cursor.fetchall()]


class AcrossFunction(Operation):
    """Make one named function that may look across organisations.

    `columns` of `table` become readable to the across role and to nobody else through it; `body` is one SQL query that
    returns organisation ids. The policy is for that role alone: the application's own policy stays a plain equality.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, name: str, table: str, columns: list[str], arguments: str, body: str) -> None:
        self.name, self.table, self.columns, self.arguments, self.body = name, table, columns, arguments, body

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        names = ("name", "table", "columns", "arguments", "body")
        return type(self).__name__, [], {name: getattr(self, name) for name in names}

    def state_forwards(self, app_label: str, state: Any) -> None:
        return None

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        role, table = schema_editor.quote_name(ROLE), schema_editor.quote_name(self.table)
        schema_editor.execute(f"grant select ({', '.join(self.columns)}) on {table} to {role}")
        schema_editor.execute(f"drop policy if exists across on {table}")
        schema_editor.execute(f"create policy across on {table} for select to {role} using (true)")
        schema_editor.execute(
            f"create or replace function {self.name}({self.arguments}) returns setof uuid language sql stable "
            f"security definer set search_path = public, pg_temp as $across$ {self.body} $across$"
        )
        schema_editor.execute(f"grant create on schema public to {role}")
        schema_editor.execute(f"alter function {self.name}({self.arguments}) owner to {role}")
        schema_editor.execute(f"revoke create on schema public from {role}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        schema_editor.execute(f"drop function if exists {self.name}({self.arguments})")
        schema_editor.execute(f"drop policy if exists across on {schema_editor.quote_name(self.table)}")

    def describe(self) -> str:
        return f"Function {self.name} across organisations"


def due_function(name: str, table: str, column: str) -> AcrossFunction:
    """The operation for "which organisations have rows whose `column` is past": (at, limit) -> ids."""
    return AcrossFunction(
        name=name,
        table=table,
        columns=["organisation_id", column],
        arguments="at timestamptz, most integer",
        body=f"select distinct organisation_id from {table} where {column} <= at limit most",  # noqa: S608
    )
