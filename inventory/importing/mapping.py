"""Which column fills which field: guessed from headers and content, confirmed by a person, kept as plain JSON."""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace
from typing import Any

from .fields import BY_KEY, FIELDS, STAGES, Field, tidy_header
from .reading import ParsedFile
from .values import (
    EMAIL,
    Unreadable,
    clean,
    guess_date_order,
    is_nothing,
    known_stage,
    read_boolean,
    read_date,
    read_impact,
    read_tier,
)

SURE_ENOUGH = 0.5
SAMPLE = 400


class MappingError(ValueError):
    """The mapping does not fit the file or itself; names the field and the remedy."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A confirmed or proposed mapping.

    `columns` says which header fills a field. `stage_values` says what a stage's own words mean; `stage_default` is
    taken for blank and unknown ones. `date_order` is dmy or mdy. `confidence` is only there for a proposal.
    """

    columns: dict[str, str]
    stage_values: dict[str, str] = field(default_factory=dict)
    stage_default: str | None = None
    date_order: str = "dmy"
    confidence: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": 1,
            "columns": dict(self.columns),
            "stage_values": dict(self.stage_values),
            "stage_default": self.stage_default,
            "date_order": self.date_order,
            "confidence": dict(self.confidence),
        }

    @classmethod
    def from_json(cls, data: object) -> Mapping:
        """Read a mapping that came from outside; everything in it is checked except that the columns exist."""
        if not isinstance(data, MappingABC):
            raise MappingError("The mapping must be an object with the key 'columns'.")
        if data.get("version", 1) != 1:
            raise MappingError("The mapping's version is not known here; make it anew from the file.")
        columns = _text_dict(data.get("columns"), "columns")
        for key in columns:
            if key not in BY_KEY:
                raise MappingError(f"There is no field {key!r}; choose from {', '.join(BY_KEY)}.")
        stage_values = _text_dict(data.get("stage_values") or {}, "stage_values")
        default = data.get("stage_default") or None
        for stage in (*stage_values.values(), *([default] if default else ())):
            if stage not in STAGES:
                raise MappingError(f"{stage!r} is not a stage; choose from {', '.join(STAGES)}.")
        order = data.get("date_order") or "dmy"
        if order not in ("dmy", "mdy"):
            raise MappingError("'date_order' must be 'dmy' (day first) or 'mdy' (month first).")
        return cls(
            columns=columns,
            stage_values=stage_values,
            stage_default=default,
            date_order=str(order),
        )

    def checked(self, parsed: ParsedFile) -> Mapping:
        """The same mapping when it fits the file; else says which column is missing or used twice."""
        if "name" not in self.columns:
            raise MappingError("Name: choose the column that holds the name of the AI system.")
        used: dict[str, str] = {}
        for key, header in self.columns.items():
            label = BY_KEY[key].label
            if header not in parsed.positions:
                raise MappingError(f"{label}: the file has no column {header!r}; choose another or leave it out.")
            if header in used:
                raise MappingError(f"{label}: the column {header!r} already fills {used[header]}; choose another.")
            used[header] = label
        return self

    def with_organisation_column(self, header: str) -> Mapping:
        """The same mapping with this column as the organisation, taken away from any other field that had it."""
        columns = {key: value for key, value in self.columns.items() if value != header}
        return replace(self, columns={**columns, "organisation": header})


def _text_dict(data: object, name: str) -> dict[str, str]:
    if not isinstance(data, MappingABC) or not all(isinstance(k, str) and isinstance(v, str) for k, v in data.items()):
        raise MappingError(f"{name!r} must be an object of texts.")
    return {key: value for key, value in data.items() if value}


def guess_mapping(parsed: ParsedFile) -> Mapping:
    """Propose a mapping: best pair of field and column first, each used once, none below an even chance."""
    samples = {header: _sample(parsed, header) for header in parsed.headers}
    scored = []
    for order, each in enumerate(FIELDS):
        for header in parsed.headers:
            words = each.header_score(tidy_header(header))
            if words >= SURE_ENOUGH:
                scored.append((words * _fits(each, samples[header]), -order, each.key, header))
    columns: dict[str, str] = {}
    confidence: dict[str, float] = {}
    for score, _order, key, header in sorted(scored, key=lambda entry: (-entry[0], -entry[1])):
        if score >= SURE_ENOUGH and key not in columns and header not in columns.values():
            columns[key], confidence[key] = header, round(score, 2)
    dates = [cell for key, header in columns.items() if BY_KEY[key].kind == "date" for cell in parsed.column(header)]
    in_order = {each.key: columns[each.key] for each in FIELDS if each.key in columns}
    return Mapping(
        columns=in_order,
        confidence=confidence,
        date_order=guess_date_order([d.strip() for d in dates]),
    )


def _sample(parsed: ParsedFile, header: str) -> list[str]:
    """Cells from all over the file, cleaned: registers are often sorted, so the top alone misleads."""
    cells = parsed.column(header)
    step = max(1, len(cells) // SAMPLE)
    return [clean(cell[:400]) for cell in cells[::step]]


def _fits(field: Field, sample: list[str]) -> float:
    """How well the content suits the field, 0 to 1."""
    filled = [cell for cell in sample if not is_nothing(cell)]
    if not filled:
        return 0.75 if not field.required else 0.0
    share = len(filled) / len(sample)
    if field.required:
        return 0.5 + 0.5 * share
    if field.is_unique:
        return share if len(set(filled)) == len(filled) else 0.0
    if field.kind == "text":
        return 1.0
    readable = sum(1 for cell in filled if _is_readable(field.kind, cell)) / len(filled)
    return 0.4 + 0.6 * readable if readable >= 0.3 else 0.3 * readable


def _is_readable(kind: str, cell: str) -> bool:
    if kind == "stage":
        return known_stage(cell) is not None
    if kind == "email":
        return len(EMAIL.findall(cell)) == 1
    readers = {"boolean": read_boolean, "impact": read_impact, "tier": read_tier}
    try:
        if kind == "date":
            read_date(cell, "dmy")
        else:
            readers[kind](cell)
    except Unreadable as unreadable:
        return unreadable.value is not None
    return True
