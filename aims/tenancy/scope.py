"""The organisation that this thread of work is inside, which the database backend applies to every transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

if TYPE_CHECKING:
    from aims.tenancy.models import Organisation

current: ContextVar[str] = ContextVar("aims_organisation", default="")


def current_organisation_id() -> Any:
    """The organisation entered, or None outside of one (in which case the database shows no tenant rows)."""
    return UUID(current.get()) if current.get() else None


@contextmanager
def organisation_scope(organisation: "Organisation | UUID | None") -> Iterator[None]:
    """Enter an organisation (or, with None, leave any) until the block ends."""
    organisation_id = getattr(organisation, "pk", organisation)
    token = current.set(str(organisation_id) if organisation_id else "")
    try:
        yield
    finally:
        current.reset(token)


@contextmanager
def working_in(organisation: "Organisation | UUID") -> Iterator[None]:
    """Enter an organisation inside one transaction: what a task or a command does."""
    with organisation_scope(organisation), transaction.atomic():
        yield
