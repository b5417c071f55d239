"""Picking one record among thousands: a line of text that takes a name or a number, and suggestions while typing.

Without JavaScript a person types the name or the number; a name that fits several records is answered with their numbers.
With it, `static/js/pick.js` offers what matches from the address that the field names.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Model, QuerySet
from django.http import HttpRequest, JsonResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_filters import Filter

from aims.pages.finding import SEARCH_LENGTH, search
from aims.pages.text import forbidden_position

LONGEST = 400
SUGGESTED = 20
NAMED_IN_ERRORS = 8
MOST_LINES = 500
NUMBER = re.compile(r"#?(\d{1,9})\Z")
LABEL = re.compile(r"(?P<name>.+) \((?P<number>\d{1,9})\)\Z", re.DOTALL)


def label_of(record: Any) -> str:
    """How a picked record reads; the number tells apart those with the same name."""
    return f"{record} ({record.number})"


class PickField(forms.Field):
    """One record by name or number.

    `pick_url` names the page that suggests (it takes the organisation's slug), `pick_query` what it is asked besides.
    """

    def __init__(
        self,
        *,
        queryset: QuerySet[Any] | None = None,
        pick_url: str,
        pick_query: str = "",
        name_field: str = "name",
        **options: Any,
    ) -> None:
        self.queryset: Any = queryset
        self.pick_url = pick_url
        self.pick_query = pick_query
        self.name_field = name_field
        super().__init__(widget=forms.TextInput(attrs={"maxlength": str(LONGEST), "autocomplete": "off"}), **options)

    def rows(self) -> QuerySet[Any]:
        found = self.queryset() if callable(self.queryset) else self.queryset
        return found.all()

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, Model):
            return value
        text = str(value).strip()
        if not text:
            return None
        if len(text) > LONGEST or forbidden_position(text):
            raise forms.ValidationError(_("Enter a name or a number, without invisible characters."), code="invalid")
        return self.found_by(text)

    def found_by(self, text: str) -> Any:
        """The one record that the text means; an error names the candidates."""
        rows = self.rows()
        if key := uuid_in(text):
            exact = list(rows.filter(pk=key)[:1])
        elif number := NUMBER.match(text):
            # A number is never taken for a part of a name: what is meant would change with the names.
            exact = list(rows.filter(number=int(number[1]))[:1])
            if not exact:
                raise forms.ValidationError(self.refusal(text, [], rows), code="invalid_choice")
        else:
            exact = self.labelled(rows, text) or list(rows.filter(**{f"{self.name_field}__iexact": text})[:2])
        if len(exact) == 1:
            return exact[0]
        similar = rows.filter(**{f"{self.name_field}__icontains": text}).order_by(self.name_field, "number")
        candidates = list(similar[: NAMED_IN_ERRORS + 1])
        if len(candidates) == 1 and not exact:
            return candidates[0]
        raise forms.ValidationError(self.refusal(text, candidates, similar), code="invalid_choice")

    def labelled(self, rows: QuerySet[Any], text: str) -> list[Any]:
        """The record whose label is exactly this: a name may itself end in a number in brackets."""
        if not (said := LABEL.match(text)):
            return []
        found = rows.filter(number=int(said["number"])).first()
        return [found] if found is not None and label_of(found).casefold() == text.casefold() else []

    def refusal(self, text: str, candidates: list[Any], similar: QuerySet[Any]) -> str:
        if not candidates:
            return _(
                "Nothing here is called “%(text)s” or has that number. Enter a part of the name, or the number."
            ) % {"text": text[:80]}
        names = ", ".join(label_of(record) for record in candidates[:NAMED_IN_ERRORS])
        more = similar.count() - NAMED_IN_ERRORS if len(candidates) > NAMED_IN_ERRORS else 0
        words = {"text": text[:80], "names": names, "more": more}
        if more:
            return (
                ngettext(
                    "“%(text)s” fits several: %(names)s and %(more)d more. Enter the number of the one you mean.",
                    "“%(text)s” fits several: %(names)s and %(more)d more. Enter the number of the one you mean.",
                    more,
                )
                % words
            )
        return _("“%(text)s” fits several: %(names)s. Enter the number of the one you mean.") % words

    def prepare_value(self, value: Any) -> Any:
        """A record or its key as the label; what a person typed as they typed it."""
        if isinstance(value, Model):
            return label_of(value)
        if value and (key := uuid_in(str(value))):
            found = self.rows().filter(pk=key).first()
            return label_of(found) if found is not None else ""
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(self.prepare_value(data) or "")


class PickManyField(PickField):
    """Several records, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget = forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})

    def to_python(self, value: Any) -> list[Any]:
        if value in self.empty_values:
            return []
        lines = list(value) if isinstance(value, list | tuple | QuerySet) else str(value).splitlines()
        lines = [line for line in lines if not isinstance(line, str) or line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(_("Name at most %d.") % MOST_LINES, code="too_many")
        named = self.named(lines)
        found: dict[Any, Any] = {}
        for line in lines:
            record = named.get(str(line).strip().casefold()) or super().to_python(line)
            found[record.pk] = record
        return list(found.values())

    def named(self, lines: list[Any]) -> dict[str, Any]:
        """The records that lines name by their whole label, in one query for all."""
        numbers = [int(said["number"]) for line in lines if (said := LABEL.match(str(line).strip()))]
        return (
            {label_of(record).casefold(): record for record in self.rows().filter(number__in=numbers)}
            if numbers
            else {}
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple | QuerySet):
            return "\n".join(str(super(PickManyField, self).prepare_value(each)) for each in value)
        return value


class PickFilter(Filter):
    """A filter by another record, named or numbered as in a form."""

    field_class = PickField


def uuid_in(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


def suggestions(
    request: HttpRequest,
    rows: QuerySet[Any],
    fields: Sequence[str],
    note: Callable[[Any], str] = lambda record: "",
) -> JsonResponse:
    """What `static/js/pick.js` shows for `?q=`: the first matches by name, and how many more there are."""
    text = request.GET.get("q", "")[:SEARCH_LENGTH].strip()
    if forbidden_position(text):
        text = ""
    if text:
        rows = search(rows, fields, text, number_field="number")
    found = list(rows.order_by(fields[0], "number")[: SUGGESTED + 1])
    says = ""
    if not found:
        says = _("Nothing matches.")
    elif len(found) > SUGGESTED:
        more = rows.count() - SUGGESTED
        says = ngettext("%(more)s more: type more of the name.", "%(more)s more: type more of the name.", more) % {
            "more": number_format(more, force_grouping=True)
        }
    options = [{"value": label_of(record), "note": note(record)} for record in found[:SUGGESTED]]
    return JsonResponse({"options": options, "says": says})
