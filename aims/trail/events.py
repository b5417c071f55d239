"""The vocabulary of what can happen: every room declares its own, here they are found together.

A room's `events.py` holds TextChoices classes: `ACCEPTED = "risks.risk.accepted", _("accepted the risk")`. The value is
dotted and in the past tense, the label is the sentence after the person's name.
"""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.db import models

ROOMS = {"aims", "inventory", "evidence", "risks", "cases", "audits", "runtime"}


@cache
def vocabulary() -> dict[str, str]:
    """Event name -> sentence, over all installed rooms."""
    found: dict[str, str] = {}
    for config in apps.get_app_configs():
        module_name = f"{config.name}.events"
        if config.name.partition(".")[0] not in ROOMS or find_spec(module_name) is None:
            continue
        for item in vars(import_module(module_name)).values():
            if isinstance(item, type) and issubclass(item, models.TextChoices) and item is not models.TextChoices:
                found |= dict(zip(item.values, item.labels, strict=True))
    return found


def sentence_of(event: str) -> str:
    """The sentence of an event; KeyError names an event that no room declares."""
    try:
        return vocabulary()[event]
    except KeyError:
        raise KeyError(f"{event!r} is declared in no room's events.py: add it with its sentence") from None
