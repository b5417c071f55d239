"""What every tenant table extends. The wall comes with it: nobody has to remember a policy or a composite key."""

import hashlib
from typing import Any

from django.db import models
from django.db.models.base import ModelBase
from django.utils.translation import gettext_lazy as _

from aims.tenancy.constraints import CompositeReference, RowLevelSecurity, WithinSystems
from aims.tenancy.ids import uuid7
from aims.tenancy.scope import current_organisation_id


def short_name(table: str, suffix: str, limit: int = 30) -> str:
    """A constraint or index name of at most `limit` characters (Django's index limit), stable for a table and suffix."""
    name = f"{table}_{suffix}"
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: limit - 7]}_{digest}"


class Reference(models.ForeignKey):
    """A reference from one tenant row to another of the same organisation.

    Django's own single-column constraint is left out; the metaclass adds the composite one and an index that leads with
    the organisation. PROTECT is the default: nothing that somebody relied on disappears. `has_index=False` is for tables
    of very many rows that nobody looks up this way, or whose primary key leads there.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, *, has_index: bool = True, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        self.has_index = has_index
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs if self.has_index else {**kwargs, "has_index": False}


class OrganisationOwnedBase(ModelBase):
    """Adds to each concrete model: the policy, UNIQUE (organisation, id) and (organisation, number), and per `Reference`
    a composite key and an index. A table without an id has a primary key of several columns, the organisation first."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> Any:
        cls: Any = super().__new__(mcs, name, bases, attrs, **kwargs)
        meta = cls._meta
        if meta.abstract or meta.proxy:
            return cls
        uniques = [c for c in meta.constraints if isinstance(c, models.UniqueConstraint) and c.condition is None]
        covered = {tuple(i.fields)[:2] for i in meta.indexes} | {tuple(c.fields)[:2] for c in uniques}
        wall, indexes = wall_of(meta, covered)
        condition = sight_of(cls)
        if condition:
            wall.append(WithinSystems(condition=condition, name=short_name(meta.db_table, "within", 60)))
        meta.constraints = [*meta.constraints, *wall]
        meta.indexes = [*meta.indexes, *indexes]
        meta.original_attrs |= {"constraints": meta.constraints, "indexes": meta.indexes}
        return cls


def sight_of(model: Any) -> str:
    """The condition of `WithinSystems` for a model: from `within_sql`, else from the field that `within` names."""
    if model.within_sql:
        return str(model.within_sql)
    if not model.within:
        return ""
    field = model._meta.get_field(model.within)
    parent = field.remote_field.model
    table = parent._meta.db_table if not isinstance(parent, str) else parent.replace(".", "_").lower()
    condition = f"{field.column} in (select id from {table})"  # noqa: S608 (names of our own models)
    return f"({field.column} is null or {condition})" if field.null else condition


def wall_of(meta: Any, covered: set[tuple[str, ...]]) -> tuple[list[models.BaseConstraint], list[models.Index]]:
    """The constraints and indexes that a tenant table needs; `covered` lists index beginnings that exist already."""
    table = meta.db_table
    wall: list[models.BaseConstraint] = [RowLevelSecurity(name=short_name(table, "rls", 60))]
    if any(field.name == "id" for field in meta.local_fields):
        name = short_name(table, "organisation_and_id_uniq", 60)
        wall.append(models.UniqueConstraint(fields=["organisation", "id"], name=name))
    indexes = []
    for field in meta.local_fields:
        if field.name == "number":
            wall.append(
                models.UniqueConstraint(fields=["organisation", "number"], name=short_name(table, "number_uniq", 60))
            )
        if isinstance(field, Reference):
            wall.append(CompositeReference(field=field.name, name=short_name(table, f"{field.name}_ref", 60)))
            if field.has_index and ("organisation", field.name) not in covered:
                name = short_name(table, f"{field.name}_ix")
                indexes.append(models.Index(fields=["organisation", field.name], name=name))
    return wall, indexes


class OrganisationOwned(models.Model, metaclass=OrganisationOwnedBase):
    """A row that belongs to one organisation and that no other organisation can see, change or point to.

    `within` names the reference through which a row belongs to an AI system (directly, or to something that does): an
    auditor whose engagement covers some systems sees the rows of those, and rows without any. `within_sql` says it in
    SQL where one reference is not enough. A table without either belongs to the management system as a whole.
    """

    within = ""
    within_sql = ""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        "tenancy.Organisation",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        default=current_organisation_id,
    )

    class Meta:
        abstract = True


class Record(OrganisationOwned):
    """A record that people open: numbered per organisation, with a revision against lost updates."""

    number = models.PositiveIntegerField(_("number"), editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        abstract = True
