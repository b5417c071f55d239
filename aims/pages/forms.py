"""Forms: input from people, brought into shape once and refused with the name of the field and the remedy."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.core.validators import (
    MaxLengthValidator,
    MaxValueValidator,
    MinValueValidator,
)
from django.db import transaction
from django.forms.widgets import DateTimeBaseInput
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.text import forbidden_position, normalised
from aims.pages.wording import name_of
from aims.rules import RuleBroken

Result = TypeVar("Result")

TEXT_LIMIT = 20_000
LINE_LIMIT = 300
INTEGER_LIMIT = 2_147_483_647
DASHES = "---------"  # what Django offers as the choice of nothing
CHOICE_WIDGETS = (forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple)


class MemberChoiceField(forms.ModelChoiceField):
    """A person of the organisation, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class ActionFormMixin:
    """What every form of the product does; use `ActionForm`, or put this in front of a `ModelForm`."""

    groups_of_fields: tuple[tuple[Any, Any, tuple[str, ...]], ...] = ()
    """(title, help, field names) in order; empty shows the fields one below the other."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def __init__(self, data: Any = None, *args: Any, revision: int | None = None, **kwargs: Any) -> None:
        super().__init__(tidy(data), *args, **kwargs)  # type: ignore[call-arg]
        if revision is not None:
            self.fields["revision"] = forms.IntegerField(
                widget=forms.HiddenInput,
                initial=revision,
                min_value=0,
                max_value=INTEGER_LIMIT,
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), REVISION_LOST),
            )
        # The door carries out a form with the same `_once` a single time; a form shown again gets a new one.
        self.once = str(uuid.uuid4())
        for name, form_field in self.fields.items():
            prepare(form_field, self.label_of(name))

    def label_of(self, name: str) -> str:
        return str(self.fields[name].label or name.replace("_", " ").capitalize())

    @property
    def groups(self) -> list[tuple[Any, Any, list[forms.BoundField]]]:
        """The visible fields by group; whatever no group names comes last, so that no field can get lost."""
        if not self.groups_of_fields:
            return []
        named = {name for _title, _help, names in self.groups_of_fields for name in names}
        groups = [
            (title, help_text, [self[name] for name in names if name in self.fields])  # type: ignore[index]
            for title, help_text, names in self.groups_of_fields
        ]
        rest = [field for field in self.visible_fields() if field.name not in named]  # type: ignore[attr-defined]
        return [*groups, (_("More"), "", rest)] if rest else groups

    @property
    def expected_revision(self) -> int | None:
        """The revision that the person had before them; the action refuses when the record has moved on."""
        return self.cleaned_data.get("revision")

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes: the cleaned fields without the form's own bookkeeping."""
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class ActionForm(ActionFormMixin, forms.Form):
    """The base of every form that leads to an action."""


REVISION_LOST = gettext_lazy("The form does not say which state of the record it changes. Open the record again.")


def tidy(data: Any) -> Any:
    """Submitted text in Unicode NFC with line feeds; the submitted mapping itself stays untouched."""
    if data is None:
        return None
    if isinstance(data, QueryDict):
        tidied = QueryDict(mutable=True, encoding=data.encoding)
        for name, values in data.lists():
            tidied.setlist(
                name,
                [normalised(value) if isinstance(value, str) else value for value in values],
            )
        return tidied
    return {name: normalised(value) if isinstance(value, str) else value for name, value in data.items()}


def prepare(form_field: forms.Field, label: str) -> None:
    """Limits, HTML5 input types and error messages that name the remedy."""
    messages = form_field.error_messages
    if messages.get("required") == forms.Field.default_error_messages["required"]:
        is_choice = isinstance(form_field.widget, CHOICE_WIDGETS)
        sentence = _("Choose an entry for “%(label)s”.") if is_choice else _("Fill in “%(label)s”.")
        if isinstance(form_field, forms.FileField):
            sentence = _("Choose a file for “%(label)s”.")
        elif isinstance(form_field, forms.BooleanField):
            sentence = _("Tick “%(label)s” to go on.")
        messages["required"] = sentence % {"label": label}
    if getattr(form_field, "empty_label", None) == DASHES:
        form_field.empty_label = _("Choose") if form_field.required else _("None")  # type: ignore[attr-defined]
    match form_field:
        case forms.UUIDField():
            pass  # a CharField by descent only: it cleans to a UUID, which has no length
        case forms.CharField():
            limit_text(form_field, label)
        case forms.FloatField() | forms.DecimalField():
            pass
        case forms.IntegerField():
            limit_integer(form_field)
        case forms.DateTimeField():
            set_input_type(form_field, forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M")
            messages["invalid"] = _("Enter a date and a time, such as 2026-11-21 14:30.")
        case forms.DateField():
            set_input_type(form_field, forms.DateInput, "date", "%Y-%m-%d")
            messages["invalid"] = _("Enter a date that exists as year-month-day, such as 2026-11-21.")


def limit_text(form_field: forms.CharField, label: str) -> None:
    if form_field.max_length is None:
        limit = TEXT_LIMIT if isinstance(form_field.widget, forms.Textarea) else LINE_LIMIT
        form_field.max_length = limit
        form_field.validators.append(MaxLengthValidator(limit))
        form_field.widget.attrs.setdefault("maxlength", str(limit))

    def refuse_control_characters(value: str) -> None:
        if position := forbidden_position(value):
            sentence = _("“%(label)s” contains an invisible control character at position %(position)d. Delete it.")
            raise forms.ValidationError(
                sentence % {"label": label, "position": position},
                code="control_character",
            )

    # Ours names the place, so it takes the place of Django's check for NUL.
    form_field.validators = [
        validator
        for validator in form_field.validators
        if type(validator).__name__ != "ProhibitNullCharactersValidator"
    ]
    form_field.validators.insert(0, refuse_control_characters)


def limit_integer(form_field: forms.IntegerField) -> None:
    if form_field.max_value is None:
        form_field.validators.append(MaxValueValidator(INTEGER_LIMIT))
    if form_field.min_value is None:
        form_field.validators.append(MinValueValidator(-INTEGER_LIMIT))


def set_input_type(form_field: forms.Field, widget: type[DateTimeBaseInput], kind: str, pattern: str) -> None:
    """The browser's own date picker; it needs the ISO form whatever the person's language."""
    if isinstance(form_field.widget, DateTimeBaseInput):
        form_field.widget = widget(attrs={**form_field.widget.attrs, "type": kind}, format=pattern)
        form_field.widget.is_required = form_field.required


def apply_action(form: Any, action: Callable[[], Result]) -> Result | None:
    """What the action returns, or None with the broken rule as an error of the form."""
    try:
        with transaction.atomic():
            return action()
    except RuleBroken as broken:
        name = getattr(broken, "field", None)
        form.add_error(name if name in form.fields else None, str(broken))
        return None
