"""Past states of a record, as the triggers kept them, with what differs from one to the next."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.models import Member
from aims.trail.wording import WORDS, in_words

MOST_STATES = 100
NOT_TOLD = {"id", "organisation", "revision", "created_at", "updated_at", "sort_key"}
LABELS = {"insert": _("Created"), "update": _("Changed"), "delete": _("Deleted")}


@dataclass(frozen=True)
class Difference:
    """One field of a state and the one before it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class State:
    """How a record was after one change."""

    number: int
    at: datetime
    label: str
    actor: Member | None
    differences: list[Difference]
    values: list[tuple[str, str]]


@cache
def history_models() -> dict[str, Any]:
    """Kind of record -> the model of its past states, for every tracked model."""
    return {
        tracked._meta.label_lower: model
        for model in apps.get_models()
        if (tracked := getattr(model, "pgh_tracked_model", None)) is not None
    }


def is_tracked(kind: str) -> bool:
    return kind in history_models()


def states_of(kind: str, record: UUID, *, as_of: datetime | None = None) -> list[State]:
    """The last past states of a record, newest first; with `as_of`, only what was true by then."""
    model = history_models().get(kind)
    if model is None:
        return []
    rows = model.objects.filter(pgh_obj_id=record)
    if as_of is not None:
        rows = rows.filter(pgh_created_at__lte=as_of)
    # One more than shown, so that the oldest state shown can be compared too.
    newest_first = list(rows.order_by("-pgh_id")[: MOST_STATES + 1])
    fields = told_fields(model)
    names = names_of(fields, newest_first)
    states = [
        state_from(kind, row, before, fields, names) for row, before in zip_longest(newest_first, newest_first[1:])
    ]
    return states[:MOST_STATES]


# --- Records as they were ---


@dataclass(frozen=True)
class Wanted:
    """Records of a tracked model whose state at an instant is asked for; `where` is SQL over the columns of its history."""

    model: type[models.Model]
    where: str
    params: tuple[Any, ...]


@dataclass(frozen=True)
class Then:
    """A record as it was, not to be saved. Gone: it had been deleted by then, and this is how it was last."""

    record: Any
    is_gone: bool


def as_they_were(wanted: Sequence[Wanted], at: datetime | None) -> list[list[Then]]:
    """Each record's last state by an instant (None: by now, what was deleted included); one query for all of them.

    Columns that the history leaves out have their default. A record that was not there yet is left out.
    """
    selects, params = [], []
    for place, one in enumerate(wanted):
        table = connection.ops.quote_name(history_models()[one.model._meta.label_lower]._meta.db_table)
        limit = "" if at is None else "and pgh_created_at <= %s"
        selects.append(
            f"select {place}, h.pgh_label = 'delete', to_jsonb(h)::text from (select distinct on (pgh_obj_id) * "  # noqa: S608
            f"from {table} where ({one.where}) {limit} order by pgh_obj_id, pgh_id desc) h"
        )
        params += [*one.params, *([] if at is None else [at])]
    found: list[list[Then]] = [[] for _ in wanted]
    readers = [reader_of(one.model) for one in wanted]
    with connection.cursor() as cursor:
        cursor.execute(" union all ".join(selects), params)
        for place, is_gone, told in cursor.fetchall():
            found[place].append(Then(readers[place](json.loads(told)), is_gone))
    return found


def reader_of(model: type[models.Model]) -> Callable[[dict[str, Any]], Any]:
    """How a row of the history, as JSON, becomes a record again."""
    fields: list[Any] = list(model._meta.concrete_fields)
    names = [field.attname for field in fields]
    plan = [(field.column, converter_of(field), field) for field in fields]

    def read(told: dict[str, Any]) -> Any:
        values = []
        for column, convert, field in plan:
            if column not in told:
                values.append(field.get_default())
            else:
                value = told[column]
                values.append(value if convert is None or value is None else convert(value))
        return model.from_db("default", names, values)

    return read


def converter_of(field: Any) -> Callable[[Any], Any] | None:
    """What JSON does not carry as it is."""
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.UUIDField | models.DateTimeField | models.DateField | models.DecimalField):
        return target.to_python  # type: ignore[no-any-return]
    return float if isinstance(target, models.FloatField) else None


def told_fields(model: type[models.Model]) -> list[Any]:
    """The columns of the record itself, without the bookkeeping of the history."""
    return [f for f in model._meta.local_fields if not f.name.startswith("pgh_") and f.name not in NOT_TOLD]


def names_of(fields: Iterable[Any], rows: list[Any]) -> dict[UUID, Any]:
    """What the records are called that the rows name, and who acted: one query for each kind of record."""
    wanted: dict[Any, set[UUID]] = {
        Member: {UUID(actor) for row in rows if (actor := (row.pgh_context or {}).get("actor"))}
    }
    for field in fields:
        if field.is_relation:
            wanted.setdefault(field.related_model, set()).update(
                value for row in rows if (value := getattr(row, field.attname))
            )
    return {
        key: record if model is Member else str(record)
        for model, ids in wanted.items()
        if ids
        for key, record in model._default_manager.select_related().in_bulk(ids).items()
    }


def state_from(kind: str, row: Any, before: Any, fields: list[Any], names: dict[UUID, Any]) -> State:
    actor = (row.pgh_context or {}).get("actor")
    values = [(field, words(kind, field, row, names)) for field in fields]
    return State(
        number=row.pgh_id,
        at=row.pgh_created_at,
        label=str(LABELS.get(row.pgh_label, row.pgh_label)),
        actor=names.get(UUID(actor)) if actor else None,
        differences=[
            Difference(str(field.verbose_name), words(kind, field, before, names), after)
            for field, after in values
            if before is not None and getattr(row, field.attname) != getattr(before, field.attname)
        ],
        values=[(str(field.verbose_name), text) for field, text in values],
    )


def words(kind: str, field: Any, row: Any, names: dict[UUID, Any]) -> str:
    value = getattr(row, field.attname)
    if field.is_relation:
        return str(names.get(value) or value or "–")
    return in_words(field, value, WORDS.get((kind, field.name)))
