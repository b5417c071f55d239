"""From records and a confirmed mapping to rows that can be applied: typed values, stable keys, problems, duplicates.

The key of a row is its external key when the file has one. Otherwise it is made from organisation, business unit and
name. Rows that share all three stay separate systems: they are put in an order that depends on their content and not
on their place in the file, and numbered. The order looks first at what seldom changes (dates, topic), so that a later
edit of a long description rarely makes two such systems change places.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from .fields import BY_KEY
from .mapping import Mapping
from .reading import ParsedFile, Record
from .values import Problem, Unreadable, Value, clean, read_value

_ORDER_FIELDS = (
    "started_on",
    "development_on",
    "implemented_on",
    "topic",
    "contract",
    "purpose",
    "outputs",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One AI system to be. `key` is what the next import finds it by; `extra` holds the columns that no field took."""

    number: int
    key: str
    values: dict[str, Value]
    problems: tuple[Problem, ...] = ()
    extra: dict[str, str] | None = None

    @property
    def is_rejected(self) -> bool:
        return any(problem.rejects for problem in self.problems)

    @property
    def organisation(self) -> str:
        return str(self.values.get("organisation") or "")

    @property
    def name(self) -> str:
        return str(self.values.get("name") or "")


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Rows that share organisation, business unit and name: imported as separate systems, shown to a person."""

    organisation: str
    business_unit: str
    name: str
    numbers: tuple[int, ...]
    are_identical: bool


@dataclass(frozen=True)
class ImportPlan:
    rows: tuple[Row, ...]
    duplicates: tuple[DuplicateGroup, ...]
    mapping: Mapping

    @cached_property
    def accepted(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.is_rejected)

    @cached_property
    def rejected(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.is_rejected)

    @cached_property
    def notes(self) -> tuple[tuple[int, Problem], ...]:
        """What was read with a reservation in rows that come in."""
        return tuple((row.number, problem) for row in self.accepted for problem in row.problems)

    def by_organisation(self) -> dict[str, ImportPlan]:
        """One plan for each organisation named in the file, in alphabetical order.

        A row without an organisation is rejected here and stands under the empty name, which the caller reports.
        """
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            groups[row.organisation].append(row if row.organisation else self._without_organisation(row))
        return {name: self._part(name, rows) for name, rows in sorted(groups.items())}

    def _without_organisation(self, row: Row) -> Row:
        column = self.mapping.columns.get("organisation", "")
        return replace(
            row,
            problems=(
                *row.problems,
                Problem(column, "names no organisation; fill it in"),
            ),
        )

    def _part(self, name: str, rows: list[Row]) -> ImportPlan:
        return ImportPlan(
            tuple(rows),
            tuple(d for d in self.duplicates if d.organisation == name),
            self.mapping,
        )


def plan(parsed: ParsedFile, mapping: Mapping) -> ImportPlan:
    """Read every record; a bad cell rejects its own row or is noted, and never touches another row."""
    mapping = mapping.checked(parsed)
    rows = [_row(record, parsed, mapping) for record in parsed.records]
    by_key = _refuse_repeated_external_keys(rows, mapping)
    records = {record.number: record for record in parsed.records}
    keyed, duplicates = _with_keys(by_key, records, parsed)
    return ImportPlan(tuple(keyed), tuple(duplicates), mapping)


def _row(record: Record, parsed: ParsedFile, mapping: Mapping) -> Row:
    values: dict[str, Value] = {}
    problems = list(record.problems)
    for key, header in mapping.columns.items():
        cell = clean(record.cells[parsed.positions[header]])
        try:
            values[key] = read_value(
                BY_KEY[key],
                cell,
                stage_values=mapping.stage_values,
                stage_default=mapping.stage_default,
                order=mapping.date_order,
            )
        except Unreadable as unreadable:
            values[key] = unreadable.value
            problems.append(Problem(header, unreadable.reason, cell[:100], unreadable.rejects))
    # A name is one line, and so is what the key is made from.
    for key in (
        "name",
        "external_key",
        "organisation",
        "organisation_name",
        "business_unit",
    ):
        if isinstance(value := values.get(key), str):
            values[key] = " ".join(value.split())
    if not values.get("stage") and not any(problem.column == mapping.columns.get("stage") for problem in problems):
        values["stage"] = mapping.stage_default or _stage_by_dates(values)
        if "stage" in mapping.columns:
            reason = f"is blank; taken as {values['stage']}"
            problems.append(Problem(mapping.columns["stage"], reason, rejects=False))
    if not values.get("name") and not any(problem.column == mapping.columns["name"] for problem in problems):
        problems.append(Problem(mapping.columns["name"], "is blank; every AI system needs a name"))
    return Row(
        record.number,
        str(values.get("external_key") or ""),
        values,
        tuple(problems),
        _extra(record, parsed, mapping),
    )


def _stage_by_dates(values: dict[str, Value]) -> str:
    """The stage of a system whose stage is blank: how far its dates say that it came."""
    for key, stage in (
        ("retired_on", "retired"),
        ("implemented_on", "operation"),
        ("development_on", "development"),
    ):
        if values.get(key):
            return stage
    return "planned"


def _extra(record: Record, parsed: ParsedFile, mapping: Mapping) -> dict[str, str]:
    taken = set(mapping.columns.values())
    cells = zip(parsed.headers, record.cells, strict=True)
    return {header: text for header, cell in cells if cell and header not in taken and (text := clean(cell))}


def _refuse_repeated_external_keys(rows: list[Row], mapping: Mapping) -> list[Row]:
    """Keep the first row of each external key within an organisation; the file claims that they are one system."""
    first: dict[tuple[str, str], int] = {}
    checked = []
    for row in rows:
        if row.key and not row.is_rejected:
            number = first.setdefault((row.organisation, row.key), row.number)
            if number != row.number:
                reason = f"is already used in row {number}; give each AI system a key of its own"
                repeated = Problem(mapping.columns["external_key"], reason, row.key)
                row = replace(row, problems=(*row.problems, repeated))
        checked.append(row)
    return checked


def _with_keys(
    rows: list[Row], records: dict[int, Record], parsed: ParsedFile
) -> tuple[list[Row], list[DuplicateGroup]]:
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[_identity(row)].append(row)
    keys: dict[int, str] = {}
    duplicates = []
    for identity, members in groups.items():
        accepted = [row for row in members if not row.is_rejected]
        if len(accepted) > 1:
            contents = {row.number: _content(row, records[row.number], parsed) for row in accepted}
            # Content first, the place in the file only between rows that say exactly the same.
            accepted.sort(key=lambda row: (contents[row.number], row.number))
            numbers = tuple(sorted(row.number for row in accepted))
            duplicates.append(DuplicateGroup(*identity, numbers, len(set(contents.values())) < len(accepted)))
        for ordinal, row in enumerate((row for row in accepted if not row.key), 1):
            keys[row.number] = _made_key(identity, ordinal)
    keyed = [row if row.key or row.number not in keys else replace(row, key=keys[row.number]) for row in rows]
    return keyed, sorted(duplicates, key=lambda group: group.numbers)


def _identity(row: Row) -> tuple[str, str, str]:
    return row.organisation, str(row.values.get("business_unit") or ""), row.name


def _made_key(identity: Iterable[str], ordinal: int) -> str:
    """A key made from what the row is called; the length of each part is in it, so that no two spellings meet."""
    text = "".join(f"{len(part)}:{part}" for part in identity)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
    return f"made:{digest}" if ordinal == 1 else f"made:{digest}:{ordinal}"


def _content(row: Row, record: Record, parsed: ParsedFile) -> tuple[str, ...]:
    """Everything that a row says, independent of the order of columns."""
    first = tuple(str(row.values.get(key) or "") for key in _ORDER_FIELDS)
    cells = dict(zip(parsed.headers, record.cells, strict=True))
    return (
        *first,
        *(" ".join(clean(cells[header]).split()) for header in sorted(cells)),
    )
