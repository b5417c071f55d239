"""The wall, as Django constraints: made, tracked and dropped by the same migration as the table.

`RowLevelSecurity` is one plain equality (never an OR: measured hundreds of times slower). `CompositeReference` is the
foreign key (organisation_id, x_id), so that a row cannot point into another organisation even by a bug.
"""

from typing import Any

from django.db.models import BaseConstraint

from aims.tenancy.scope import READER_ROLE

CURRENT_ORGANISATION = "(select nullif(current_setting('aims.organisation', true), '')::uuid)"
IS_CURRENT = f"organisation_id = {CURRENT_ORGANISATION}"


UNBOUNDED = "(select nullif(current_setting('aims.systems', true), '')) is null"
IN_SIGHT = "any ((select nullif(current_setting('aims.systems', true), ''))::uuid[])"


class WallConstraint(BaseConstraint):
    """What both share: deferred to the end of the migration, when all its tables and keys exist; nothing to validate."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        schema_editor.deferred_sql.append(self.wall_sql(model, schema_editor))

    def create_sql(self, model: Any, schema_editor: Any) -> Any:
        schema_editor.deferred_sql.append(self.wall_sql(model, schema_editor))

    def wall_sql(self, model: Any, schema_editor: Any) -> str:
        raise NotImplementedError

    def validate(self, *args: Any, **kwargs: Any) -> None:
        return None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.deconstruct() == self.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class RowLevelSecurity(WallConstraint):
    """Row-level security, forced, on a table with `organisation_id`."""

    def wall_sql(self, model: Any, schema_editor: Any) -> str:
        table, policy = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return (
            f"alter table {table} enable row level security; alter table {table} force row level security; "
            f"create policy {policy} on {table} using ({IS_CURRENT}) with check ({IS_CURRENT})"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        table, policy = schema_editor.quote_name(model._meta.db_table), schema_editor.quote_name(self.name)
        return (
            f"drop policy if exists {policy} on {table}; "
            f"alter table {table} no force row level security; alter table {table} disable row level security"
        )


class WithinSystems(WallConstraint):
    """What a reader whose engagement covers some AI systems sees of this table.

    `condition` is SQL over the row that holds when it belongs to one of those systems; {systems} in it stands for their
    ids. A restrictive policy for the reader's role alone: nobody else's query pays for it, and the policy for everybody
    stays one plain equality. A condition that looks at another table sees only what the reader may see of that one.
    """

    def __init__(self, *, condition: str, name: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.condition = condition

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "condition": self.condition}

    def wall_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        condition = self.condition.replace("{systems}", IN_SIGHT)
        return (
            f"create policy {quote(self.name)} on {quote(model._meta.db_table)} as restrictive for select "
            f"to {quote(READER_ROLE)} using ({UNBOUNDED} or {condition})"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"drop policy if exists {quote(self.name)} on {quote(model._meta.db_table)}"


class CompositeReference(WallConstraint):
    """`FOREIGN KEY (organisation_id, <field>) REFERENCES <target> (organisation_id, id)`, checked at commit."""

    def __init__(self, *, field: str, name: str, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.field = field

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "field": self.field}

    def wall_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        field = model._meta.get_field(self.field)
        target = field.remote_field.model._meta.db_table
        return (
            f"alter table {quote(model._meta.db_table)} add constraint {quote(self.name)} "
            f"foreign key (organisation_id, {quote(field.column)}) references {quote(target)} (organisation_id, id) "
            f"deferrable initially deferred"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        quote = schema_editor.quote_name
        return f"alter table {quote(model._meta.db_table)} drop constraint if exists {quote(self.name)}"
