"""Readings as producers send them, one JSON object each: brought into shape, or refused with the field and the remedy.

Written by hand rather than with a serializer, because one call brings up to ten thousand of them.
"""

import gc
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from aims.pages.text import forbidden_position, normalised
from cases.models import MetricReading
from inventory.models import Environment

MOST_ITEMS: Final = 10_000
LONGEST_PROVENANCE: Final = 8192
LARGEST_N: Final = 2**53
FIELDS: Final = frozenset(
    {
        "metric", "value", "measured_at", "n", "low", "high", "dimensions", "environment", "system_version",
        "window_start", "window_end", "source", "run_id", "key", "verdict", "unit", "provenance",
    }
)  # fmt: skip
TEA_VERSION: Final = "0.1"
TEA_FIELDS: Final = frozenset(
    {
        "formatVersion", "claimId", "metricName", "value", "threshold", "verdict", "oddDimensions", "sourceSystem",
        "provenance", "evaluatedAt",
    }
)  # fmt: skip
# What a producer of TEA items may say about the sample, in its free provenance.
TEA_EXTRAS: Final = {
    "n": "n",
    "ciLow": "low",
    "ciHigh": "high",
    "environment": "environment",
    "systemVersion": "system_version",
}
ENVIRONMENTS: Final = dict.fromkeys(Environment.values)
VERDICTS: Final = dict.fromkeys(MetricReading.Verdict.values)
# Made once: json.dumps with options makes one for every call.
ENCODE: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
TEA_VERDICTS: Final = {"PASS": "pass", "FAIL": "fail", "DEGRADED": "borderline"}


class Refused(ValueError):
    """An item that cannot be taken: which field, and what to do."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field_name, message


@dataclass(slots=True, kw_only=True)
class Incoming:
    """One reading as sent. `metric` is a key; of TEA items the metric's name within the claim of `claim`."""

    index: int
    metric: str
    value: float
    measured_at: datetime
    claim: UUID | None = None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    environment: str = ""
    system_version: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    source: str = ""
    run_id: str = ""
    key: str = ""
    verdict: str = ""
    unit: str = ""
    provenance: dict[str, Any] | None = None
    cell: str = ""  # found out when the metric is known

    def digest(self) -> str:
        """SHA-256 of what is said, without the key under which it is said. `verifying.py` makes it again from the row."""
        said = [
            self.metric, self.cell, self.measured_at.astimezone(UTC).isoformat(), self.source, self.value, self.n,
            self.low, self.high, instant(self.window_start), instant(self.window_end), self.environment,
            self.system_version, self.verdict, self.run_id, self.provenance and as_kept(self.provenance),
        ]  # fmt: skip
        return sha256(ENCODE(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: recorded, duplicate (it was there already) or refused."""

    index: int
    status: str
    metric: str = ""
    key: str = ""
    field: str = ""
    message: str = ""


def refusal(index: int, raw: object, error: Refused) -> Outcome:
    said = raw if isinstance(raw, Mapping) else {}
    metric, key = (said.get(name) for name in ("metric", "key"))
    return Outcome(index, "refused", shown(metric), shown(key), error.field, error.message)


def shown(value: object) -> str:
    """A name of the sender's, for naming the item in the answer."""
    return value[:200].encode(errors="replace").decode() if isinstance(value, str) else ""


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """While thousands of readings are made and all of them kept, looking through them for garbage again and again takes a
    tenth of the time and finds none."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


@collector_at_rest()
def read_items(raw_items: Sequence[object]) -> tuple[list[Incoming], list[Outcome]]:
    """The items in shape, and those that are not."""
    incoming, refused = [], []
    for index, raw in enumerate(raw_items):
        try:
            incoming.append(read_item(raw, index))
        except Refused as error:
            refused.append(refusal(index, raw, error))
    return incoming, refused


def read_item(raw: object, index: int) -> Incoming:
    """One item of ours, or an evidence item 0.1 of the TEA platform."""
    if not isinstance(raw, Mapping):
        raise Refused("", _("A reading is an object with the fields metric, value and measured_at."))
    if "formatVersion" in raw:
        return read_tea_item(raw, index)
    refuse_unknown(raw, FIELDS)
    return Incoming(
        index=index,
        metric=text(raw, "metric", 60, required=True),
        value=required_number(raw, "value"),
        measured_at=required_time(raw, "measured_at"),
        n=count(raw, "n"),
        low=number(raw, "low"),
        high=number(raw, "high"),
        dimensions=groups(raw.get("dimensions")),
        environment=one_of(raw, "environment", ENVIRONMENTS),
        system_version=text(raw, "system_version", 200),
        window_start=time(raw, "window_start"),
        window_end=time(raw, "window_end"),
        source=text(raw, "source", 100),
        run_id=text(raw, "run_id", 200),
        key=text(raw, "key", 200),
        verdict=one_of(raw, "verdict", VERDICTS),
        unit=text(raw, "unit", 40),
        provenance=provenance(raw.get("provenance")),
    )


def read_tea_item(raw: Mapping[str, Any], index: int) -> Incoming:
    """An evidence item 0.1: the verdict that it brings is kept beside ours, its value is judged here."""
    if raw["formatVersion"] != TEA_VERSION:
        raise Refused("formatVersion", _("Only version 0.1 of evidence items is understood."))
    refuse_unknown(raw, TEA_FIELDS)
    said = provenance(raw.get("provenance"))
    if said is None or not all(isinstance(said.get(name), str) and said[name] for name in ("check", "runId")):
        raise Refused("provenance", _("Give an object with the texts check and runId."))
    if raw.get("value") is None:
        raise Refused("value", _("An item without a value cannot be judged here. Send the value."))
    verdict = raw.get("verdict")
    if not isinstance(verdict, str) or verdict not in TEA_VERDICTS:
        raise Refused("verdict", _("Give one of: %s.") % ", ".join(TEA_VERDICTS))
    number(raw, "threshold")
    extras = {ours: said[theirs] for theirs, ours in TEA_EXTRAS.items() if theirs in said}
    return Incoming(
        index=index,
        metric=text(raw, "metricName", 200, required=True),
        claim=identifier(raw.get("claimId")),
        value=required_number(raw, "value"),
        measured_at=required_time(raw, "evaluatedAt"),
        n=count(extras, "n"),
        low=number(extras, "low"),
        high=number(extras, "high"),
        dimensions=tea_groups(raw.get("oddDimensions")),
        environment=one_of(extras, "environment", ENVIRONMENTS),
        system_version=text(extras, "system_version", 200),
        source=text(raw, "sourceSystem", 100, required=True),
        run_id=text(said, "runId", 200),
        verdict=TEA_VERDICTS[verdict],
        provenance={**said, **({"threshold": raw["threshold"]} if raw.get("threshold") is not None else {})},
    )


def refuse_unknown(raw: Mapping[str, Any], fields: frozenset[str]) -> None:
    unknown = [name for name in raw if name not in fields]
    if unknown:
        said = shown(unknown[0])
        raise Refused(said, _("There is no such field. Known are: %s.") % ", ".join(sorted(fields)))


def text(raw: Mapping[str, Any], name: str, limit: int, *, required: bool = False) -> str:
    value = raw.get(name)
    if value is None or value == "":
        if required:
            raise Refused(name, _("Give a text."))
        return ""
    if not isinstance(value, str):
        raise Refused(name, _("Give a text."))
    if not (value.isascii() and value.isprintable()):
        value = normalised(value)
        if position := forbidden_position(value):
            raise Refused(name, _("It contains an invisible control character at position %d. Delete it.") % position)
    if len(value) > limit:
        raise Refused(name, _("At most %d characters.") % limit)
    return value


def number(raw: Mapping[str, Any], name: str) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(name, _("Give a number."))
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise Refused(name, _("Give a finite number."))
    return found + 0.0  # no negative zero: the database has none


def required_number(raw: Mapping[str, Any], name: str) -> float:
    found = number(raw, name)
    if found is None:
        raise Refused(name, _("Give a number."))
    return found


def count(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_N:
        raise Refused(name, _("Give a whole number, zero or more."))
    return value


def time(raw: Mapping[str, Any], name: str) -> datetime | None:
    value = raw.get(name)
    if value is None or value == "":
        return None
    return parsed_time(value, name)


def parsed_time(value: object, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        found = None
    if found is None:
        raise Refused(name, _("Give a time such as 2026-10-31T08:00:00Z."))
    if found.utcoffset() is None:
        raise Refused(name, _("Give the time zone too, such as Z for UTC: 2026-10-31T08:00:00Z."))
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Refused(name, _("Give a time such as 2026-10-31T08:00:00Z.")) from None


def required_time(raw: Mapping[str, Any], name: str) -> datetime:
    found = time(raw, name)
    if found is None:
        raise Refused(name, _("Give a time such as 2026-10-31T08:00:00Z."))
    return found


def one_of(raw: Mapping[str, Any], name: str, choices: Iterable[str]) -> str:
    value = raw.get(name)
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or value not in choices:
        raise Refused(name, _("Give one of: %s.") % ", ".join(choices))
    return value


def groups(value: object) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or len(value) > 10:
        raise Refused("dimensions", _("Give an object such as {“age”: “55+”}."))
    return {text({"": name}, "", 100): text(value, name, 200, required=True) for name in value}


def tea_groups(value: object) -> dict[str, str]:
    """ "age=55+" or "age: 55+" names a group; a value alone stands under the empty name until the metric is known."""
    if value is None:
        return {}
    if not isinstance(value, list) or len(value) > 50 or not all(isinstance(one, str) for one in value):
        raise Refused("oddDimensions", _("Give a list of texts such as “age=55+”."))
    found = {}
    for one in value:
        said = text({"oddDimensions": one}, "oddDimensions", 200)
        mark = "=" if "=" in said else ":"
        name, _mark, group = said.partition(mark) if mark in said else ("", "", said)
        found[name.strip()] = group.strip()
    return found


def identifier(value: object) -> UUID:
    try:
        return UUID(value) if isinstance(value, str) else UUID("")
    except ValueError:
        raise Refused("claimId", _("Give the identifier of a claim.")) from None


def provenance(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused("provenance", _("Give an object."))
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        size = len(written.encode())
    except (ValueError, RecursionError):  # not a number, half a surrogate pair, or nested without end
        raise Refused("provenance", _("It holds something that cannot be kept, such as NaN. Leave that out.")) from None
    if size > LONGEST_PROVENANCE:
        raise Refused("provenance", _("At most %d bytes.") % LONGEST_PROVENANCE)
    if "\\u0000" in written:
        raise Refused("provenance", _("It contains an invisible control character. Delete it."))
    return value


def as_kept(value: Any) -> Any:
    """Free JSON as the database gives it back: 1.0, 1e0 and 1 are one number there."""
    if isinstance(value, dict):
        return {name: as_kept(one) for name, one in value.items()}
    if isinstance(value, list):
        return [as_kept(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
