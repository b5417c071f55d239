"""Columns of a list: where a value comes from, how it looks in a cell and how it leaves in a file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.pages import wording

Text = str | Promise
Accessor = str | Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """One column: what it is called, where its value comes from, how it sorts, looks and exports.

    `value` is a dotted attribute path or a function of the record; empty means the attribute `name`. `order_by` lists
    the database fields that sort it; empty means it does not sort. `export` overrides `value` for files.
    """

    name: str
    label: Text
    value: Accessor = ""
    order_by: tuple[str, ...] = ()
    align: Literal["start", "end", "center"] = "start"
    template: str = ""
    export: Accessor | None = None
    is_exported: bool = True
    is_shown: bool = True
    is_minor: bool = False
    """Left out on a phone."""
    is_long: bool = False
    """Prose, names of many things, hashes: gets room, and breaks anywhere rather than widen the table."""
    is_heading: bool = False
    """Names the row and links to the record."""

    @property
    def is_name(self) -> bool:
        """Whether the cell holds a person's name, which stays on one line."""
        return isinstance(self.value, str) and self.value.endswith("display_name")

    def value_of(self, record: Any) -> Any:
        return resolve(record, self.value or self.name)

    def export_value_of(self, record: Any) -> Any:
        return resolve(record, self.export) if self.export is not None else self.value_of(record)


def resolve(record: Any, accessor: Accessor) -> Any:
    """A value by function or by dotted path; a missing link on the way gives None."""
    if callable(accessor):
        return accessor(record)
    value = record
    for part in accessor.split("."):
        if value is None:
            return None
        value = value.get(part) if isinstance(value, Mapping) else getattr(value, part)
        if callable(value) and not isinstance(value, type):
            value = value()
    return value


def show(value: Any) -> SafeString | str:
    """A value as a table cell: times relative, numbers grouped, nothing as a dash, everything else escaped."""
    if value is None or value == "":
        return wording.NOTHING
    if hasattr(value, "__html__"):
        return conditional_escape(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float | Decimal):
        return wording.show_number(value)
    if isinstance(value, date):
        return wording.show_time(value)
    return conditional_escape(Truncator(str(value)).chars(200))
