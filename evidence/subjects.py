"""What evidence may be asked for: records of higher rooms, which register how they are found and where they are shown.

`register_subject("control", label=…, help_text=…, find=…, url=…)` in the room's `AppConfig.ready()`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from aims.rules import RuleBroken


@dataclass(frozen=True, slots=True)
class Subject:
    """A record for which evidence is asked, as the request keeps it."""

    kind: str
    id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """How people refer to records of a kind ("A.6.2.4"), how one is found, and where it is shown."""

    key: str
    label: Any
    help_text: Any
    find: Callable[[str], Subject | None]
    url: Callable[[UUID, str], str]
    permission: str


KINDS: dict[str, SubjectKind] = {}


def register_subject(kind: SubjectKind) -> None:
    """Offer a kind of record; registering it again replaces it."""
    KINDS[kind.key] = kind


def subject_of(key: str, reference: str) -> Subject | None:
    """The record that is meant; RuleBroken names the field that names none."""
    if not key:
        if reference.strip():
            raise RuleBroken(_("Say what the reference belongs to."), field="subject_kind")
        return None
    if key not in KINDS:
        raise RuleBroken(_("Choose one of the entries offered."), field="subject_kind")
    found = KINDS[key].find(reference.strip())
    if found is None:
        words = {"label": KINDS[key].label, "help": KINDS[key].help_text}
        raise RuleBroken(_("Nothing has this reference. %(label)s: %(help)s") % words, field="subject_reference")
    return found


def url_of(kind: str, subject_id: UUID | None, slug: str) -> str:
    """Where the record is shown; empty when there is none any more."""
    if kind not in KINDS or subject_id is None:
        return ""
    return KINDS[kind].url(subject_id, slug)
