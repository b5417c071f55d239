"""Worlds that very many tests make: made for real once, then said again to the database in one breath.

A world is said again only where that cannot be told from making it: in a transaction that a test rolls back, in which nothing
but such worlds was written, within minutes, and while nobody travels in time or counts statements.
"""

import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import time_machine
from django.db import connection, transaction
from django.utils import timezone

from aims.tenancy.postgresql.base import APPLY
from aims.tenancy.scope import applied_settings

Made = TypeVar("Made")
# What Django asks for itself and for querysets: without effect, so not worth saying again.
READ = re.compile(r'\s*(SELECT (DISTINCT )?("|1 AS "a"|COUNT\()|SAVEPOINT\b|RELEASE SAVEPOINT\b)')
LASTS = timedelta(minutes=10)
PLAIN = (str, int, float, bool, type(None))


@dataclass
class Telling:
    """The statements of one world, in order, and what its maker returned."""

    number: int
    began: datetime
    statements: list[str] = field(default_factory=list)
    inside: tuple[str, str, str] | None = None
    after_commit: list[Callable[[], object]] = field(default_factory=list)
    result: bytes = b""

    def add(self, statement: str) -> None:
        if self.inside != applied_settings():
            self.inside = applied_settings()
            self.statements.append(connection.ops.compose_sql(APPLY, self.inside))
        self.statements.append(statement)

    def is_fresh(self) -> bool:
        age = timezone.now() - self.began
        return timedelta() <= age < LASTS and self.began.date() == timezone.now().date()


class Memory:
    """What was told in this process, and the number of the last telling that the present transaction holds.

    A telling is known by the one before it, whose rows it may refer to; None: the transaction holds something else too.
    """

    def __init__(self) -> None:
        self.told: dict[tuple[Any, ...], Telling] = {}
        self.held: int | None = None
        self.numbers = count(1)
        self.listener: Telling | None = None

    def begin(self) -> None:
        """A test has opened its transaction, or works without one."""
        if self.watch not in connection.execute_wrappers:
            connection.execute_wrappers.append(self.watch)
        self.held = 0 if connection.in_atomic_block else None

    def watch(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if READ.match(str(sql)) is None:
            if self.listener is None:
                self.held = None
            else:
                for values in params if many else [params]:
                    self.listener.add(str(sql) if values is None else connection.ops.compose_sql(sql, values))
        return execute(sql, params, many, context)

    def make(self, name: tuple[Any, ...], maker: Callable[[], Made]) -> Made:
        """What `maker` returns, with its rows; `name` says all that the maker depends on besides the worlds before it."""
        before = self.held
        if before is None or self.listener or connection.queries_logged or time_machine.escape_hatch.is_travelling():
            return maker()
        key = (before, name, applied_settings())
        known = self.told.get(key)
        if known is None or not known.is_fresh():
            return self.tell(key, maker)
        connection.ensure_connection()
        connection.connection.execute(";\n".join(known.statements))
        connection._forget()  # type: ignore[attr-defined]  # the statements have entered their own organisation
        for work in known.after_commit:
            transaction.on_commit(work)
        self.held = known.number
        made: Made = pickle.loads(known.result)  # noqa: S301  # pickled a moment ago by this process
        return made

    def tell(self, key: tuple[Any, ...], maker: Callable[[], Made]) -> Made:
        telling, waiting = Telling(next(self.numbers), timezone.now()), len(connection.run_on_commit)
        self.listener = telling
        try:
            made = maker()
        finally:
            self.listener, self.held = None, None
        telling.after_commit = [work for _, work, _ in connection.run_on_commit[waiting:]]
        telling.result = pickle.dumps(made)
        self.told[key] = telling
        self.held = telling.number
        return made


memory = Memory()


def said_again(maker: Callable[..., Made]) -> Callable[..., Made]:
    """For a maker of records that takes a cast and plain values, and depends on nothing else."""

    def make(cast: Any, *args: Any, **kwargs: Any) -> Made:
        if not all(isinstance(value, PLAIN) for value in (*args, *kwargs.values())):
            return maker(cast, *args, **kwargs)
        name = (maker.__module__, maker.__qualname__, cast.slug, args, tuple(sorted(kwargs.items())))
        return memory.make(name, lambda: maker(cast, *args, **kwargs))

    return make
