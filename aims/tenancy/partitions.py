"""Tables in partitions by month: made by a migration, continued by the sweep, without the application owning anything.

The application may not make tables. `<table>_make_partition(month)` is a SECURITY DEFINER function of the owner that makes
one partition of one table behind the same wall, and nothing else. A row of a month without a partition goes to the
default partition, so that it is never lost.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.migrations.operations.models import CreateModel
from django.db.utils import OperationalError

from aims.tenancy.constraints import IS_CURRENT
from aims.tenancy.scope import READER_ROLE

MONTHS_BACK, MONTHS_AHEAD = 12, 3
# How far the function goes, so that nobody fills the catalogue with empty months.
FARTHEST_BACK, FARTHEST_AHEAD = 36, 12

FUNCTION = """
create or replace function {table}_make_partition(month date) returns boolean
language plpgsql security definer set search_path = public, pg_temp set lock_timeout = '3s' as $partition$
declare
  begins timestamp := date_trunc('month', month::timestamp);
  today timestamp := date_trunc('month', (now() at time zone 'UTC'));
  partition text := '{table}_' || to_char(begins, 'YYYY_MM');
begin
  if begins < today - interval '{back} months' or begins > today + interval '{ahead} months' then
    raise exception 'no partition is made for %', begins;
  end if;
  if to_regclass('public.' || partition) is not null then
    return false;
  end if;
  execute format('create table public.%I partition of public.{table} for values from (%L) to (%L)', partition,
                 begins at time zone 'UTC', (begins + interval '1 month') at time zone 'UTC');
  execute format('alter table public.%I enable row level security', partition);
  execute format('alter table public.%I force row level security', partition);
  execute format('create policy wall on public.%I using ({wall}) with check ({wall})', partition);
  -- SECURITY: what narrows a reader's sight is on the table as a whole, so readers reach no partition by its own name.
  execute format('revoke all on public.%I from %I', partition, '{reader}');
  return true;
exception
  -- The default partition holds rows of this month already: they are safe and stay there.
  when check_violation then return false;
  when duplicate_table then return false;
end
$partition$
"""
DEFAULT = """
create table {table}_default partition of {table} default;
alter table {table}_default enable row level security;
alter table {table}_default force row level security;
create policy wall on {table}_default using ({wall}) with check ({wall});
revoke all on {table}_default from {reader}
"""


class CreatePartitionedModel(CreateModel):
    """`CreateModel` for a table that is partitioned by month of `partition_key`, with its default partition."""

    def __init__(self, *args: Any, partition_key: str, **kwargs: Any) -> None:
        self.partition_key = partition_key
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        name, args, kwargs = super().deconstruct()
        return name, list(args), {**kwargs, "partition_key": self.partition_key}

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        plain = schema_editor.sql_create_table
        schema_editor.sql_create_table = f"{plain} partition by range ({schema_editor.quote_name(self.partition_key)})"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            schema_editor.sql_create_table = plain
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        words = {"table": table, "back": FARTHEST_BACK, "ahead": FARTHEST_AHEAD}
        reader = schema_editor.quote_name(READER_ROLE)
        schema_editor.execute(DEFAULT.format(**words, wall=IS_CURRENT, reader=reader), params=None)
        wall = IS_CURRENT.replace("'", "''")
        schema_editor.execute(FUNCTION.format(**words, wall=wall, reader=READER_ROLE), params=None)
        # Behind the other statements of this migration, so that keys and triggers of the table reach them all.
        schema_editor.deferred_sql.append(
            f"select {table}_make_partition((current_date + make_interval(months => step))::date) "  # noqa: S608
            f"from generate_series({-MONTHS_BACK}, {MONTHS_AHEAD}) step"
        )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = from_state.apps.get_model(app_label, self.name)._meta.db_table
        super().database_backwards(app_label, schema_editor, from_state, to_state)
        schema_editor.execute(f"drop function if exists {table}_make_partition(date)")


def make_partitions(table: str, first: date, months: int) -> int:
    """Make the partitions of so many months from `first` that are not there yet; returns how many were made.

    Each in a transaction of its own. A table that somebody is using without pause is tried again by the next beat.
    """
    made = 0
    for step in range(months):
        year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"select {table}_make_partition(%s)", [date(year, month + 1, 1)])
                made += bool(cursor.fetchone()[0])
        except OperationalError:  # the lock was not to be had within its time
            continue
    return made
