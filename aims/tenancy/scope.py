"""The organisation that this thread of work is inside, and for whom it reads: the database backend applies both."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

if TYPE_CHECKING:
    from aims.tenancy.models import Organisation

READER_ROLE = os.environ.get("AIMS_READER_ROLE", "aims_reader")
"""The database role of members who only read: SELECT and nothing else, under the policies of `WithinSystems`."""

current: ContextVar[str] = ContextVar("aims_organisation", default="")
# None: the application itself. Otherwise somebody who only reads, and the AI systems that bound what they see as an array
# of PostgreSQL ("{}" is none at all); "" is the whole organisation.
reading: ContextVar[str | None] = ContextVar("aims_reading", default=None)


def applied_settings() -> tuple[str, str, str]:
    """What each transaction is told: the organisation, the AI systems in sight, and the role."""
    systems = reading.get()
    return current.get(), systems or "", "none" if systems is None else READER_ROLE


def only_read(systems: Iterable[UUID] | None = None) -> None:
    """From now until the organisation is left, the database shows and refuses as it does for a reader.

    `systems` bounds what is seen to these AI systems and what belongs to them; None sets no bounds.
    """
    reading.set("" if systems is None else "{" + ",".join(str(pk) for pk in systems) + "}")


@contextmanager
def writing_for_the_house() -> Iterator[None]:
    """Write during a reader's visit what the house itself keeps of it: the access log, and nothing else."""
    token = reading.set(None)
    try:
        yield
    finally:
        reading.reset(token)


def current_organisation_id() -> Any:
    """The organisation entered, or None outside of one (in which case the database shows no tenant rows)."""
    return UUID(current.get()) if current.get() else None


@contextmanager
def organisation_scope(organisation: "Organisation | UUID | None") -> Iterator[None]:
    """Enter an organisation (or, with None, leave any) until the block ends. Who only reads goes on only reading."""
    organisation_id = getattr(organisation, "pk", organisation)
    token, before = current.set(str(organisation_id) if organisation_id else ""), reading.get()
    try:
        yield
    finally:
        current.reset(token)
        reading.set(before)


@contextmanager
def working_in(organisation: "Organisation | UUID") -> Iterator[None]:
    """Enter an organisation inside one transaction: what a task or a command does."""
    with organisation_scope(organisation), transaction.atomic():
        yield
