"""How a degradation condition is watched: what each detector must be told, what it makes of what it sees, and the steps
that follow. Pure: no database, no clock.
"""

import calendar
import math
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker

from cases.facts import ConditionState


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


class Detector(StrEnum):
    """Who or what looks whether a condition has come true."""

    METRIC_THRESHOLD = "metric_threshold"
    WEBHOOK = "webhook"
    REGISTRY_EVENT = "registry_event"
    CALENDAR = "calendar"
    EVIDENCE_AGE = "evidence_age"
    INCIDENT_LINK = "incident_link"
    MANUAL_ATTESTATION = "manual_attestation"


class Seen(StrEnum):
    """What one look at a condition found."""

    OK = "ok"
    SUSPECTED = "suspected"
    TRIPPED = "tripped"


class RegistryEvent(StrEnum):
    """What can happen in the registers that a claim may not survive."""

    NEW_VERSION = "new_version"
    VERSION_DEPLOYED = "version_deployed"
    NEW_DATASET = "new_dataset"
    SUPPLIER_CHANGE = "supplier_change"


class ConfigRefused(ValueError):
    """A detector was told something that it cannot work with: the field, what is wrong, and the remedy."""

    def __init__(self, field: str, message: str, **words: object) -> None:
        super().__init__(message % words)
        self.field, self.message, self.words = field, message, words


COMPARATORS: Final = ("lt", "le", "gt", "ge")
LONGEST: Final = 500
TEXT: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"\S"}


def _schema(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_COMPARED: Final = {
    "comparator": {"type": "string", "enum": list(COMPARATORS)},
    "margin": {"type": "number", "minimum": 0, "maximum": 1e300},
}
SCHEMAS: Final[Mapping[str, dict[str, Any]]] = {
    Detector.METRIC_THRESHOLD: _schema({"metric": {**TEXT, "maxLength": 60}, **_COMPARED}, ("metric", "comparator")),
    Detector.WEBHOOK: _schema({"source": TEXT, **_COMPARED}, ("source",)),
    Detector.REGISTRY_EVENT: _schema(
        {
            "events": {
                "type": "array",
                "items": {"type": "string", "enum": [event.value for event in RegistryEvent]},
                "minItems": 1,
                "uniqueItems": True,
            }
        },
        ("events",),
    ),
    Detector.CALENDAR: _schema(
        {
            "on": {"type": "string", "format": "date"},
            "repeat_months": {"type": "integer", "minimum": 1, "maximum": 120},
        },
        ("on",),
    ),
    Detector.EVIDENCE_AGE: _schema({"evidence": {"type": "integer", "minimum": 1, "maximum": 2_147_483_647}}),
    Detector.INCIDENT_LINK: _schema({"where": TEXT}, ("where",)),
    Detector.MANUAL_ATTESTATION: _schema({"question": TEXT}, ("question",)),
}
THRESHOLD_NEEDED: Final = frozenset({Detector.METRIC_THRESHOLD, Detector.EVIDENCE_AGE})
THRESHOLD_POSSIBLE: Final = THRESHOLD_NEEDED | {Detector.WEBHOOK}
# Their clean evaluations say that what tripped is no longer so. Of the others, "nothing new" says nothing about what was.
CLEARS_ITSELF: Final = frozenset({Detector.METRIC_THRESHOLD, Detector.WEBHOOK, Detector.EVIDENCE_AGE})
# The sweep looks; a person or another system looks for the others, or a reading brings them.
LOOKED_AT_BY_SWEEP: Final = frozenset({Detector.REGISTRY_EVENT, Detector.CALENDAR, Detector.EVIDENCE_AGE})
LOOKED_AT_BY_PEOPLE: Final = frozenset({Detector.INCIDENT_LINK, Detector.MANUAL_ATTESTATION})
# Something outside must report before anybody can say that it is connected.
CONNECTED: Final = frozenset({Detector.METRIC_THRESHOLD, Detector.WEBHOOK})

NEEDED: Final = gettext_noop("Fill in “%(name)s”: the detector cannot work without it.")
UNKNOWN: Final = gettext_noop("This detector knows no “%(name)s”. Leave it out.")
NO_CHOICE: Final = gettext_noop("“%(value)s” is not possible here. Choose one of: %(choices)s.")
NO_DATE: Final = gettext_noop("Give a date that exists as year-month-day, such as 2026-11-21.")
NO_EVENT: Final = gettext_noop("Choose at least one thing that the detector listens for, each once.")
OUT_OF_RANGE: Final = gettext_noop("Give a number between %(low)s and %(high)s.")
WRONG_KIND: Final = gettext_noop("“%(name)s” is of the wrong kind: %(wanted)s is needed.")
TOO_LONG: Final = gettext_noop("Say it in at most %(most)s characters.")
NO_THRESHOLD: Final = gettext_noop("Give the threshold as a finite number.")
THRESHOLD_IDLE: Final = gettext_noop("This detector compares nothing. Leave the threshold empty.")
NO_COMPARATOR: Final = gettext_noop("Say on which side of the threshold the condition has come true.")
NO_DAYS: Final = gettext_noop("Give the oldest age in whole days, between 1 and 3650.")


def check_config(detector: str, config: Mapping[str, Any], threshold: float | None) -> None:
    """Refuse what the detector cannot work with; the error names the field."""
    problems = sorted(
        Draft202012Validator(SCHEMAS[detector], format_checker=FormatChecker()).iter_errors(dict(config)),
        key=lambda problem: (str(list(problem.path)), problem.validator),
    )
    for problem in problems:
        raise _refusal(problem)
    for number in (config.get("margin"), threshold):
        if number is not None and not math.isfinite(number):
            field = "threshold" if number is threshold else "margin"
            raise ConfigRefused(field, NO_THRESHOLD)
    if detector in THRESHOLD_NEEDED and threshold is None:
        raise ConfigRefused("threshold", NO_THRESHOLD)
    if detector not in THRESHOLD_POSSIBLE and threshold is not None:
        raise ConfigRefused("threshold", THRESHOLD_IDLE)
    if detector == Detector.EVIDENCE_AGE and not (threshold == int(threshold or 0) and 1 <= (threshold or 0) <= 3650):
        raise ConfigRefused("threshold", NO_DAYS)
    if detector == Detector.WEBHOOK and (threshold is None) != ("comparator" not in config):
        raise ConfigRefused("comparator" if threshold is not None else "threshold", NO_COMPARATOR)


def _refusal(problem: Any) -> ConfigRefused:
    """A broken schema as a sentence about one field."""
    field = str(problem.path[0]) if problem.path else ""
    match problem.validator:
        case "required":
            missing = next(name for name in problem.validator_value if name not in problem.instance)
            return ConfigRefused(missing, NEEDED, name=missing)
        case "additionalProperties":
            extra = sorted(set(problem.instance) - set(problem.schema["properties"]))[0]
            return ConfigRefused(extra[:60], UNKNOWN, name=extra[:60])
        case "enum":
            choices = ", ".join(problem.validator_value)
            return ConfigRefused(field, NO_CHOICE, value=str(problem.instance)[:60], choices=choices)
        case "format":
            return ConfigRefused(field, NO_DATE)
        case "minItems" | "uniqueItems":
            return ConfigRefused(field, NO_EVENT)
        case "minLength" | "pattern":
            return ConfigRefused(field, NEEDED, name=field)
        case "maxLength":
            return ConfigRefused(field, TOO_LONG, most=problem.validator_value)
        case "minimum" | "maximum":
            return ConfigRefused(
                field, OUT_OF_RANGE, low=problem.schema.get("minimum", 0), high=problem.schema.get("maximum", "∞")
            )
    return ConfigRefused(field, WRONG_KIND, name=field or "config", wanted=str(problem.validator_value))


# --- What is seen -----------------------------------------------------------------------------------------------------


def seen_in(value: float, comparator: str, threshold: float, margin: float = 0.0) -> Seen:
    """Whether a value is beyond the threshold, or within the margin before it. `ge` and `le` include the threshold."""
    if not math.isfinite(value):
        raise ConfigRefused("value", NO_THRESHOLD)
    beyond = value - threshold if comparator in ("gt", "ge") else threshold - value
    if beyond > 0 or (beyond == 0 and comparator in ("ge", "le")):
        return Seen.TRIPPED
    return Seen.SUSPECTED if margin and beyond > -margin else Seen.OK


_GRAVITY: Final = {Seen.OK: 0, Seen.SUSPECTED: 1, Seen.TRIPPED: 2}


def gravest(*seen: Seen) -> Seen:
    """Of several looks at once the worst counts."""
    return max(seen, key=lambda one: _GRAVITY[one], default=Seen.OK)


class Step(NamedTuple):
    """Where a condition stands after a look, and how many clean looks in a row there were."""

    state: ConditionState
    clean_run: int


def step(state: ConditionState, seen: Seen, *, clean_run: int, clear_after: int, clears_itself: bool) -> Step:
    """What one look does. Acknowledging lifts nothing, a clean look clears only after `clear_after` of them in a row, and
    only where clean looks speak about what tripped."""
    if seen is Seen.TRIPPED:
        is_new = state in (ConditionState.ARMED, ConditionState.CLEARED, ConditionState.SUSPECTED)
        return Step(ConditionState.TRIPPED if is_new else state, 0)
    if seen is Seen.SUSPECTED:
        is_new = state in (ConditionState.ARMED, ConditionState.CLEARED)
        return Step(ConditionState.SUSPECTED if is_new else state, 0)
    clean_run += 1
    if state in (ConditionState.ARMED, ConditionState.CLEARED):
        return Step(ConditionState.ARMED, clean_run)
    if clears_itself and clean_run >= clear_after:
        return Step(ConditionState.CLEARED, clean_run)
    return Step(state, clean_run)


def month_later(day: date, months: int, anchor: int) -> date:
    """So many months on, on the anchor's day of the month or the last one that the month has."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))


def due_after(on: date, repeat_months: int | None, after: date) -> date | None:
    """The first day after another one on which a calendar comes true; None when there is none any more."""
    if on > after:
        return on
    if not repeat_months:
        return None
    behind = (after.year - on.year) * 12 + after.month - on.month
    rounds = max(behind // repeat_months, 1)
    while True:
        try:
            day = month_later(on, rounds * repeat_months, on.day)
        except ValueError:  # the end of the calendar
            return None
        if day > after:
            return day
        rounds += 1


def day_of(text: str) -> date:
    """A date of a config that was checked."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ConfigRefused("on", NO_DATE)
    return date.fromisoformat(text)
