"""Queries that every request asks, written to SQL once: the ORM needs longer to write one than PostgreSQL to answer it."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators

Row = TypeVar("Row", bound=models.Model)


def database() -> Any:
    """The connection of this thread, of our own backend."""
    return connections[DEFAULT_DB_ALIAS]


def rows_of(queryset: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The rows of `values_list()`; a statement without values in it is planned once, however often it is asked."""
    compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return []
    with database().cursor() if params else database().repeated_cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return list(compiler.results_iter([rows]))


class Asked(Expression):
    """Stands for a value that each call brings."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", (self,)


class Compiled(Generic[Row]):
    """`by_slug = Compiled(lambda slug: Organisation.objects.filter(slug=slug))`, then `by_slug(slug="acme")`.

    The function is called once, with placeholders; it may filter, order, limit, `only()`, `select_related()`
    and `annotate()` whole numbers.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        self.build = build

    def __call__(self, **values: Any) -> list[Row]:
        sql, params = self.statement
        with database().repeated_cursor() as cursor:
            cursor.execute(sql, [values[each.name] if isinstance(each, Asked) else each for each in params])
            rows = cursor.fetchall()
        return [self.made(row) for row in rows]

    def first(self, **values: Any) -> Row | None:
        return next(iter(self(**values)), None)

    @cached_property
    def compiler(self) -> Any:
        names = self.build.__code__.co_varnames[: self.build.__code__.co_argcount]
        queryset = self.build(**{name: Asked(name) for name in names})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.statement = compiler.as_sql()
        return compiler

    @cached_property
    def statement(self) -> tuple[str, tuple[Any, ...]]:
        found: tuple[str, tuple[Any, ...]] = self.compiler.statement
        return found

    @cached_property
    def made(self) -> Callable[[tuple[Any, ...]], Row]:
        """How a row becomes a record with its related records, as the ORM does it."""
        compiler = self.compiler
        shape, select = compiler.klass_info, compiler.select
        first, end = shape["select_fields"][0], shape["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[first:end]]
        populators = get_related_populators(shape, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # as of Django 5.2
        annotations = dict(compiler.annotation_col_map or {})  # numbers, as the driver gives them
        columns = [column[0] for place, column in enumerate(select) if place not in annotations.values()]
        if compiler.get_converters(columns):
            raise TypeError("a compiled query reads columns that need no converting")

        def make(row: tuple[Any, ...]) -> Row:
            record: Row = shape["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:end])
            for populator in populators:
                populator.populate(row, record)
            for name, place in annotations.items():
                setattr(record, name, row[place])
            return record

        return make
