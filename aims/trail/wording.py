"""Events in words: the kind of record, and what changed from what to what."""

from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from aims.trail.models import Event

LONGEST_VALUE = 120


def model_of(kind: str) -> type[models.Model] | None:
    """The model of a kind such as "risks.risk"; None when there is none (any more)."""
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def kind_name(kind: str) -> str:
    """ "risks.risk" as people say it."""
    model = model_of(kind)
    return str(capfirst(model._meta.verbose_name)) if model else kind


def describe(event: Event) -> str:
    """What the event says about the change, field by field: "status: Draft → Approved; reason: …"."""
    model = model_of(event.target_kind)
    return "; ".join(told(model, name, value) for name, value in event.changes.items())


def told(model: type[models.Model] | None, name: str, value: Any) -> str:
    """One changed field in words. A pair is before and after, unless the field itself holds a list."""
    field = field_of(model, name)
    label = str(field.verbose_name) if field is not None else name.replace("_", " ")
    is_pair = isinstance(value, list) and len(value) == 2 and field is not None
    if is_pair and isinstance(field, ArrayField):
        is_pair = all(isinstance(part, list) for part in value)
    if is_pair:
        before, after = (in_words(field, part) for part in value)
        return _("%(field)s: %(before)s → %(after)s") % {"field": label, "before": before, "after": after}
    return _("%(field)s: %(value)s") % {"field": label, "value": in_words(field, value)}


def field_of(model: type[models.Model] | None, name: str) -> Any:
    if model is None:
        return None
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if hasattr(field, "verbose_name") else None


def in_words(field: Any, value: Any) -> str:
    """A value as people read it: the label of a choice, yes and no, a dash for nothing."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        inner = field.base_field if isinstance(field, ArrayField) else field
        return ", ".join(in_words(inner, part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {in_words(None, part)}" for name, part in value.items())
    labels = {str(key): str(label) for key, label in getattr(field, "flatchoices", None) or []}
    return labels.get(str(value)) or Truncator(str(value)).chars(LONGEST_VALUE)
