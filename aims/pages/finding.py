"""Reading a query string: what of it can be used, what it searches for, how a filter says what it does."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.forms import MultiWidget
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.pages import wording
from aims.pages.text import forbidden_position

Rows = TypeVar("Rows", bound=QuerySet[Any])

SEARCH_LENGTH = 200
SEARCH_WORDS = 8
PARAMETER_LENGTH = 1_000


def search(queryset: Rows, fields: Sequence[str], text: str, *, number_field: str = "") -> Rows:
    """Rows in which every word occurs in one of the fields; the one place to put a better search index behind."""
    for condition in conditions_of(fields, text, number_field=number_field):
        queryset = queryset.filter(condition)
    return queryset


def conditions_of(fields: Sequence[str], text: str, *, number_field: str = "") -> Iterator[Q]:
    """One condition for each word: that it occurs in one of the fields, or is the number."""
    for word in text.split()[:SEARCH_WORDS]:
        conditions = [Q(**{f"{name}__icontains": word}) for name in fields]
        digits = word.removeprefix("#")
        if number_field and digits.isascii() and digits.isdigit() and len(digits) <= 9:
            conditions.append(Q(**{number_field: int(digits)}))
        yield reduce(or_, conditions) if conditions else Q(pk__in=[])


def bounded_count(queryset: QuerySet[Any], limit: int) -> int:
    """The number of rows, but never more than one above the limit."""
    return queryset.order_by()[: limit + 1].count()


def readable(parameters: QueryDict) -> tuple[QueryDict, list[str]]:
    """The query string without what no filter could mean: control characters and absurdly long values."""
    kept, errors = QueryDict(mutable=True), []
    for name, values in parameters.lists():
        for value in values:
            if forbidden_position(name) or forbidden_position(value):
                errors.append(_("A value in the address contains an invisible control character and was left out."))
            elif len(value) > PARAMETER_LENGTH or len(name) > 100:
                errors.append(_("A value in the address is too long and was left out."))
            else:
                kept.appendlist(name, value)
    return kept, list(dict.fromkeys(errors))


def keys_of(form: Any, name: str, parameters: QueryDict) -> list[str]:
    """The query parameters that belong to one field; a range has two."""
    if name not in form.fields:
        return []
    prefixed = form.add_prefix(name)
    widget = form.fields[name].widget
    if hasattr(widget, "suffixes"):
        known = [widget.suffixed(prefixed, suffix) for suffix in widget.suffixes]
    elif isinstance(widget, MultiWidget):
        known = [f"{prefixed}{part}" for part in vars(widget)["widgets_names"]]
    else:
        known = [prefixed]
    return [key for key in known if key in parameters]


def chosen(form_field: Any, value: Any) -> str:
    """A filter's value in the words of its form."""
    if isinstance(value, slice):
        return " – ".join("…" if part is None else chosen(form_field, part) for part in (value.start, value.stop))
    if isinstance(value, Model):
        return wording.name_of(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, list | tuple | set | QuerySet):
        return ", ".join(chosen(form_field, part) for part in value)
    for key, label in getattr(form_field, "choices", []) or []:
        if str(key) == str(value):
            return str(label)
    return Truncator(str(value)).chars(60)
