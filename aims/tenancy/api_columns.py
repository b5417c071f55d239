"""How a list of the API reads only the columns that it shows, and shows them in one pass.

A serializer that says in `Meta.reads` what its derived fields are worked out from (`{"level": ("likelihood", "impact")}`)
is read by columns: no model instances, no related records beyond the joined columns. The serializer stays the one
declaration of what is shown; tests/site/test_api_lists.py compares the two ways field by field.
"""

from collections.abc import Callable
from functools import cache, cached_property
from operator import attrgetter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import RawSQL
from rest_framework import fields, serializers

from aims.tenancy.compiled import database, rows_of

Row = tuple[Any, ...]
Show = Callable[[Any], Any]

# Fields that show the values of these columns as they are.
AS_IT_IS: dict[type, tuple[str, ...]] = {
    fields.CharField: ("CharField", "TextField", "SlugField", "URLField"),
    fields.ChoiceField: ("CharField",),
    fields.IntegerField: ("IntegerField", "PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField"),
    fields.BooleanField: ("BooleanField",),
}


@cache
def bound(serializer_class: type[serializers.Serializer]) -> serializers.Serializer:
    """The serializer with its fields bound once per process instead of once per list; only for showing."""
    return serializer_class()


def columns_of(serializer_class: type[serializers.Serializer], rows: Any) -> "Columns | None":
    """How to read these rows by columns; None when the serializer does not say how."""
    if not isinstance(rows, QuerySet) or not hasattr(getattr(serializer_class, "Meta", None), "reads"):
        return None
    shown: Any = serializer_class
    model: Any = rows.model
    return planned(shown, model, frozenset(rows.query.annotations))


@cache
def planned(serializer_class: Any, model: Any, extra: frozenset[str]) -> "Columns":
    return Columns(serializer_class, model, extra)


class Columns:
    """A serializer as the columns to read and a function that shows a row of them."""

    def __init__(self, serializer_class: Any, model: type[Model], extra: frozenset[str] = frozenset()) -> None:
        self.extra = extra
        self.names: list[str] = []
        # The statement of the whole register by its order: written once, because nothing else in it can differ.
        self.statements: dict[tuple[Any, ...], str] = {}
        self.show = self.shown_record(bound(serializer_class), model, "")

    def read(self, queryset: QuerySet[Any], start: int, end: int, limit: int) -> list[Row]:
        """Rows from `start` up to `end`, each with the number of all rows (up to one above `limit`) as its last column."""
        query = queryset.query
        if not is_whole_table(query):
            return rows_of(queryset.values_list(*self.names, counted(queryset, limit))[start:end])
        known = (query.order_by, limit)
        if known not in self.statements:
            whole = queryset.values_list(*self.names, counted(queryset, limit)).query.get_compiler(queryset.db)
            self.statements[known] = whole.as_sql()[0]
            if whole.get_converters([column[0] for column in whole.select]):
                raise TypeError("a list read by columns cannot hold columns that Django converts, such as JSON")
        with database().repeated_cursor() as cursor:
            cursor.execute(f"{self.statements[known]} limit {end - start:d} offset {start:d}")
            rows: list[Row] = cursor.fetchall()
        return rows

    def place(self, name: str) -> int:
        """Where a column stands in the row; it is read once, however often it is shown."""
        if name not in self.names:
            self.names.append(name)
        return self.names.index(name)

    def shown_record(self, serializer: Any, model: type[Model], prefix: str) -> Show:
        """The function from a row to what the serializer says of it."""
        reads = getattr(serializer.Meta, "reads", {})
        places: dict[str, int] = {}
        converted: list[tuple[str, Show]] = []
        related: list[tuple[str, int, Show]] = []
        derived: list[tuple[str, Show]] = []
        show: Any
        for field in serializer._readable_fields:
            name = field.field_name
            if name in reads:
                places[name] = 0  # keeps its place in the order of the fields
                derived.append((name, worked_out(serializer, field)))
                continue
            path, column = self.column_at(model, field.source_attrs)
            places[name] = self.place(prefix + path)
            if isinstance(field, serializers.BaseSerializer):
                if not isinstance(column, ForeignKey):
                    raise TypeError(f"{name}: a list shows records that it refers to, not lists of records")
                show = self.shown_record(field, column.related_model, f"{prefix}{path}{LOOKUP_SEP}")
                related.append((name, places[name], show))
            elif (show := conversion(field, column)) is not None:
                converted.append((name, show))
        record_of = self.record_maker(model, prefix, [name for names in reads.values() for name in names])

        def shown(row: Row) -> dict[str, Any]:
            said = {name: row[place] for name, place in places.items()}
            for name, show in converted:
                if (value := said[name]) is not None:
                    said[name] = show(value)
            for name, place, show in related:
                said[name] = None if row[place] is None else show(row)
            if derived:
                record = record_of(row)
                for name, show in derived:
                    said[name] = show(record)
            return said

        return shown

    def record_maker(self, model: type[Model], prefix: str, names: list[str]) -> Callable[[Row], Any]:
        """Makes what derived fields are worked out on: the properties of the model over a few columns."""
        places = {name: self.place(prefix + name) for name in names}
        record_class = properties_of(model)

        def record_of(row: Row) -> Any:
            record = record_class()
            record.__dict__.update({name: row[place] for name, place in places.items()})
            return record

        return record_of

    def column_at(self, model: type[Model], attributes: list[str]) -> tuple[str, Any]:
        """The path of a column for `values_list` and its model field, from the attributes of a serializer's source."""
        if len(attributes) == 1 and attributes[0] in self.extra:
            return attributes[0], None
        *keys, name = attributes
        for key in keys:
            related: Any = model._meta.get_field(key).related_model
            model = related
        for column in model._meta.concrete_fields:
            if name in (column.name, column.attname):
                return LOOKUP_SEP.join(attributes), column
        raise TypeError(f"{name} is no column of {model.__name__}: say in Meta.reads what it is worked out from")


def conversion(field: Any, column: Any) -> Show | None:
    """How the field shows a value that is not null; None when it shows it as it is."""
    if column is not None and column.get_internal_type() in AS_IT_IS.get(type(field), ()):
        return None
    show: Show = field.to_representation
    return show


def worked_out(serializer: Any, field: Any) -> Show:
    """A field by a method of the serializer, or by a property of the model."""
    if isinstance(field, serializers.SerializerMethodField):
        method: Show = getattr(serializer, field.method_name)
        return method
    read, show = attrgetter(field.source), field.to_representation
    is_claim = type(field) is fields.BooleanField

    def shown(record: Any) -> Any:
        value = read(record)
        return value if value is None or (is_claim and isinstance(value, bool)) else show(value)

    return shown


@cache
def properties_of(model: type[Model]) -> type:
    """The properties and vocabulary of a model without its machinery: plain objects that a few columns fill."""
    kept = {
        name: value
        for base in reversed(model.__mro__)
        if base is not Model
        for name, value in vars(base).items()
        if isinstance(value, property | cached_property | type) and not name.startswith("_")
    }
    return type(f"{model.__name__}Properties", (), kept)


def counted(queryset: QuerySet[Any], limit: int) -> RawSQL:
    """The number of rows, up to one above the limit, as a column of the statement that reads them."""
    try:
        sql, params = queryset.order_by().values("pk")[: limit + 1].query.sql_with_params()
    except EmptyResultSet:
        return RawSQL("0", [], output_field=Field())
    return RawSQL(f"select count(*) from ({sql}) counted", params, output_field=Field())  # noqa: S608, S611


def is_whole_table(query: Any) -> bool:
    """Whether a query asks for every row of its table, so that only columns, order and range tell two such queries apart."""
    narrowed = (
        *(query.where, query.annotations, query.extra, query.distinct, query.combinator, query.group_by),
        *(
            query.is_sliced,
            query.extra_order_by,
            query.extra_tables,
            query._filtered_relations,
            query.select_for_update,
        ),
    )
    return query.standard_ordering and not any(narrowed) and all(isinstance(name, str) for name in query.order_by)
