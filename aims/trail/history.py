"""Row history: every insert, update and delete of a tracked table, caught by trigger, so that SQL cannot bypass it."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import pghistory
from django.db import models

from aims.tenancy.constraints import RowLevelSecurity, WithinSystems
from aims.tenancy.owned import short_name

T = TypeVar("T", bound=type[models.Model])


def tracked(*, exclude: list[str] | None = None, by: str = "") -> Callable[[T], T]:
    """Class decorator: keep every past state of the rows in `<Model>History`, behind the same wall, append-only.

    Each history row carries the actor and the correlation of the act; the trail's events of the act carry the same
    correlation. `exclude` leaves out caches that change by themselves; `by` names the reference over which past states of
    many rows are asked for together, also of rows that are deleted.
    """

    def decorate(model: T) -> T:
        name = f"{model.__name__}History"
        table = f"{model._meta.db_table}_history"
        wall: list[models.BaseConstraint] = [RowLevelSecurity(name=short_name(table, "rls", 60))]
        if any(isinstance(constraint, WithinSystems) for constraint in model._meta.constraints):
            condition = f"pgh_obj_id in (select id from {model._meta.db_table})"  # noqa: S608 (our own table)
            wall.append(WithinSystems(condition=condition, name=short_name(table, "within", 60)))
        return pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=exclude or [],
            model_name=name,
            append_only=True,
            obj_field=pghistory.ObjForeignKey(related_name="history_rows", related_query_name="+", db_index=False),
            context_field=pghistory.ContextJSONField(),
            context_id_field=cast(Any, None),
            meta={
                "db_table": table,
                "default_permissions": (),
                "constraints": wall,
                "indexes": [
                    models.Index(fields=["organisation", "pgh_obj", "pgh_id"], name=short_name(table, "obj_ix")),
                    *(
                        [
                            models.Index(
                                fields=["organisation", by, "pgh_obj", "pgh_id"], name=short_name(table, "by_ix")
                            )
                        ]
                        if by
                        else []
                    ),
                ],
            },
        )(model)

    return decorate
