"""Events in words: the kind of record, and what changed from what to what."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.pages.wording import exact_time
from aims.trail.models import Event

LONGEST_VALUE = 120
LONGEST_LIST = 20
DAY = re.compile(r"\d{4}-\d\d-\d\d")
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?[+-]\d\d:\d\d")
LABELS = {"sha256": "SHA-256"}
# Changes of a part that the event tells about the whole: no field of its model, yet before and after.
PAIRS = {"comment", "notes", "result", "standing", "statement", "version"}
# (kind of record, field) -> its values in words.
WORDS: dict[tuple[str, str], Callable[[Any], str]] = {}


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


def register_words(kind: str, name: str, words: Callable[[Any], str]) -> None:
    """Say how one changed field of a kind of record reads; a room registers what only it can translate."""
    WORDS[kind, name] = words


def describe(event: Event, *, briefly: bool = False) -> str:
    """What the event says about the change, field by field: "status: Draft → Approved; reason: …".

    Briefly, beside the record itself, hashes are cut and a field that was empty before is not told to have been so.
    """
    model = model_of(event.target_kind)
    parts = []
    for name, value in event.changes.items():
        if is_nothing(value) or (isinstance(value, list) and all(map(is_nothing, value))):
            continue
        if briefly and name == "sha256":
            value = f"{str(value)[:12]}…"
        parts.append(told(model, name, value, WORDS.get((event.target_kind, name)), briefly=briefly))
    return "; ".join(parts)


def told(
    model: type[models.Model] | None,
    name: str,
    value: Any,
    translate: Callable[[Any], str] | None = None,
    *,
    briefly: bool = False,
) -> str:
    """One changed field in words. A pair is before and after, unless the field itself holds a list."""
    field = field_of(model, name)
    label = LABELS.get(name) or (str(field.verbose_name) if field is not None else name.replace("_", " "))
    is_pair = isinstance(value, list) and len(value) == 2 and (field is not None or name in PAIRS)
    if is_pair and isinstance(field, ArrayField):
        is_pair = all(isinstance(part, list) for part in value)
    if is_pair:
        before, after = (in_words(field, part, translate) for part in value)
        if not (briefly and is_nothing(value[0])):
            return _("%(field)s: %(before)s → %(after)s") % {"field": label, "before": before, "after": after}
        return _("%(field)s: %(value)s") % {"field": label, "value": after}
    return _("%(field)s: %(value)s") % {"field": label, "value": in_words(field, value, translate)}


def field_of(model: type[models.Model] | None, name: str) -> Any:
    if model is None:
        return None
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if hasattr(field, "verbose_name") else None


def is_nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def in_words(field: Any, value: Any, translate: Callable[[Any], str] | None = None) -> str:
    """A value as people read it: the label of a choice, a date, yes and no, a dash for nothing."""
    if is_nothing(value):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        inner = field.base_field if isinstance(field, ArrayField) else field
        said = ", ".join(in_words(inner, part, translate) for part in value[:LONGEST_LIST])
        more = len(value) - LONGEST_LIST
        if more > 0:
            return ngettext("%(said)s and %(more)d more", "%(said)s and %(more)d more", more) % {
                "said": said,
                "more": more,
            }
        return said
    if translate is not None:
        return str(translate(value))
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {in_words(None, part)}" for name, part in value.items())
    if isinstance(value, date):
        return exact_time(value)
    labels = {str(key): str(label) for key, label in getattr(field, "flatchoices", None) or []}
    return labels.get(str(value)) or moment(str(value)) or Truncator(str(value)).chars(LONGEST_VALUE)


def moment(text: str) -> str:
    """A date or time that the trail keeps in its ISO form, as people read it; "" for any other text."""
    try:
        if DAY.fullmatch(text):
            return exact_time(date.fromisoformat(text))
        if INSTANT.fullmatch(text):
            return exact_time(datetime.fromisoformat(text))
    except ValueError:
        pass
    return ""
