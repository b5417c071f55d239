"""What a pack is about: the moment, and all systems or some."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from audits.models import Pack
from cases.models import AssuranceCase
from inventory.models import AISystem

# A register longer than this is printed up to here, says so, and names the way to the rest: paper has an end.
MOST_ROWS = 2500


@dataclass(frozen=True)
class PackScope:
    """A pack, as its collectors see it."""

    pack: Pack

    @property
    def at(self) -> datetime:
        """Everything that ages is judged at this moment."""
        return self.pack.as_of

    @property
    def day(self) -> date:
        return timezone.localtime(self.at).date()

    @cached_property
    def system_ids(self) -> list[UUID] | None:
        """The chosen systems, or None for the whole organisation."""
        if self.pack.scope == Pack.Scope.ORGANISATION:
            return None
        return list(self.pack.system_links.values_list("system_id", flat=True))

    def about(self, path: str) -> Q:
        """The condition that rows lead to a system in scope by `path`; no condition for the whole organisation."""
        return Q() if self.system_ids is None else Q(**{f"{path}__in": self.system_ids})

    def systems(self) -> QuerySet[AISystem]:
        return AISystem.objects.filter(self.about("pk"))

    def cases(self) -> QuerySet[AssuranceCase]:
        return AssuranceCase.objects.in_force().filter(self.about("system"))


@dataclass(frozen=True)
class Rows:
    """The rows of a register that go into the pack, and how many there are in all."""

    shown: list[Any]
    total: int

    def described(self, describe: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {"rows": [describe(row) for row in self.shown], "total": self.total, "left_out": self.left_out}

    @property
    def left_out(self) -> int:
        return self.total - len(self.shown)


def rows_of(queryset: QuerySet[Any], most: int = MOST_ROWS) -> Rows:
    """The first rows of an ordered queryset; counts only when there are more."""
    shown = list(queryset[: most + 1])
    if len(shown) <= most:
        return Rows(shown, len(shown))
    return Rows(shown[:most], queryset.order_by().count())


def name(record: Model | None) -> str:
    """A record or person by name, empty for none."""
    return str(record) if record is not None else ""


def instant(value: datetime | None) -> str:
    """A time as JSON keeps it."""
    return value.astimezone(timezone.get_default_timezone()).isoformat(timespec="seconds") if value else ""


def day(value: date | None) -> str:
    return value.isoformat() if value else ""


def status(label: object, tone: str) -> dict[str, str]:
    """A status in words, with what its colour and sign mean: good, warn, bad, info, open or neutral."""
    return {"label": str(label), "tone": tone}
