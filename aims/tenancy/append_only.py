"""Append-only tables: a trigger refuses UPDATE and DELETE for every role, not by convention."""

from typing import TypeVar

import pgtrigger
from django.db import models

T = TypeVar("T", bound=type[models.Model])


def append_only(model: T) -> T:
    """Class decorator: rows can be added, never changed or deleted."""
    return pgtrigger.register(pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete))(
        model
    )
