"""Causes as transitions and signals keep them: codes and names, put into words when they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from cases.explaining import sentence_about_case
from cases.facts import Finding
from cases.scale import Reason, Standing
from cases.standing import Cause, Evaluation

MOST_KEPT: Final = 25
MOST_SHOWN: Final = 200


def stored_causes(
    evaluation: Evaluation, causes: Iterable[Cause], *, most: int | None = MOST_KEPT
) -> list[dict[str, Any]]:
    """The gravest causes as JSON; of thousands, rows keep the first `most`."""
    return [stored_cause(evaluation, cause) for cause in list(causes)[:most]]


def stored_cause(evaluation: Evaluation, cause: Cause) -> dict[str, Any]:
    """One cause as JSON: the element, the fact, the reason and the way from the element asked about."""
    elements, position = evaluation.argument.elements, evaluation.argument.position
    return {
        "element": str(cause.element.id),
        "key": cause.element.key,
        "standing": int(cause.standing),
        "reason": str(cause.reason),
        "fact": cause.label,
        "since": cause.since.isoformat() if cause.since else None,
        "detail": {name: shown(value) for name, value in cause.detail.items()},
        "path": [elements[position[element]].key for element in cause.path],
    }


def shown(value: object) -> str:
    """A detail as the sentence will show it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def sentence_of(cause: Mapping[str, Any], *, is_clause: bool = False, now: datetime | None = None) -> str:
    """Why something is below Holds, as a whole sentence; what time brings after `now` as something to come."""
    finding = Finding(
        Standing(cause["standing"]),
        Reason(cause["reason"]),
        parse_datetime(cause["since"]) if cause.get("since") else None,
        cause.get("detail") or {},
    )
    return sentence_about_case(
        cause["fact"],
        finding,
        case=cause["key"],
        translate=gettext,
        day=day,
        month=month,
        is_clause=is_clause,
        now=now,
    )


def clause_of(cause: Mapping[str, Any]) -> str:
    """The same as the beginning of a sentence: without what follows from it, and without a full stop."""
    return sentence_of(cause, is_clause=True)


def day(instant: datetime) -> str:
    return date_format(localtime(instant), "j F Y")


def month(instant: datetime) -> str:
    return date_format(localtime(instant), "F Y")


def path_of(cause: Mapping[str, Any]) -> str:
    """The way from the claim down to the cause: "G1 → S1 → Sn1"."""
    return " → ".join(cause["path"])


def with_words(causes: Sequence[Mapping[str, Any]], *, now: datetime | None = None) -> list[dict[str, Any]]:
    """Stored causes with their sentence and path in words, for pages and API; those of a forecast are told from `now`."""
    return [{**cause, "sentence": sentence_of(cause, now=now), "path_text": path_of(cause)} for cause in causes]


def fingerprint(subject: object, causes: Iterable[Cause]) -> str:
    """What makes two falls the same: of what, and by which facts of which elements.

    The reason is left out, so that evidence that first runs into its grace and then expires is one matter.
    """
    parts = sorted({f"{cause.element.id}|{cause.label}" for cause in causes})
    return sha256("\n".join([str(subject), *parts]).encode()).hexdigest()
