"""Readings from a CSV file: each row becomes an item as the API takes it, or is refused with its line and column."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from cases.incoming import FIELDS, MOST_ITEMS, Incoming, Outcome, Refused, read_item, refusal

DIMENSION: Final = "dimension:"
NUMBERS: Final = frozenset({"value", "low", "high"})
TIMES: Final = frozenset({"measured_at", "window_start", "window_end"})
COLUMNS: Final = FIELDS - {"dimensions", "provenance"}
LONGEST_CELL: Final = 1000


@dataclass(slots=True)
class ReadCsv:
    """The rows in shape, and those that are not; `lines` leads from a row to its line in the file."""

    items: list[Incoming] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def read_csv(text: str) -> ReadCsv:
    """Read a file; what concerns the file as a whole is a broken rule."""
    if "\x00" in text:
        raise RuleBroken(_("The file holds NUL characters. Save it as “CSV UTF-8”."), field="file")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(rows, [])]
        check_header(header)
        return read_rows(rows, header)
    except csv.Error as error:
        raise RuleBroken(_("Line %(line)d cannot be read: %(error)s.") % {"line": rows.line_num, "error": error}, field="file") from None  # fmt: skip


def check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS and not name.startswith(DIMENSION)]
    missing = [name for name in ("metric", "value", "measured_at") if name not in header]
    if missing:
        raise RuleBroken(
            _("The first row lacks the column %(missing)s. Known are: %(known)s and dimension:<name>.")
            % {"missing": ", ".join(missing), "known": ", ".join(sorted(COLUMNS))},
            field="file",
        )
    if unknown:
        raise RuleBroken(
            _("There is no column “%(name)s”. Known are: %(known)s and dimension:<name>.")
            % {"name": unknown[0][:60], "known": ", ".join(sorted(COLUMNS))},
            field="file",
        )
    if len(header) != len(set(header)):
        raise RuleBroken(_("A column stands twice in the first row. Delete one."), field="file")


def read_rows(rows: Any, header: list[str]) -> ReadCsv:
    read = ReadCsv()
    for row in rows:
        if not any(value.strip() for value in row):
            continue
        index = len(read.lines)
        if index >= MOST_ITEMS:
            raise RuleBroken(_("A file holds 10,000 readings at most. Split it, or send it by the API."), field="file")
        read.lines.append(rows.line_num)
        said = dict(zip(header, row, strict=False))
        try:
            if len(row) != len(header):
                raise Refused("", _("The row has another number of columns than the first one."))
            read.items.append(read_item(as_item(said), index))
        except Refused as error:
            read.refused.append(refusal(index, said, error))
    return read


def as_item(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as the API would be sent it."""
    item: dict[str, Any] = {}
    dimensions = {}
    for name, written in row.items():
        value = written.strip()
        if not value:
            continue
        if len(value) > LONGEST_CELL:
            raise Refused(name, _("At most %d characters.") % LONGEST_CELL)
        if name.startswith(DIMENSION):
            dimensions[name.removeprefix(DIMENSION).strip()] = value
        elif name in NUMBERS:
            item[name] = number_in(value, name)
        elif name == "n":
            item[name] = whole_in(value)
        elif name in TIMES:
            item[name] = time_in(value)
        else:
            item[name] = value
    return {**item, "dimensions": dimensions} if dimensions else item


def number_in(value: str, name: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise Refused(name, _("Give a number with a decimal point, such as 0.93.")) from None


def whole_in(value: str) -> int:
    try:
        return int(value) if len(value) < 20 else -1
    except ValueError:
        raise Refused("n", _("Give a whole number, zero or more.")) from None


def time_in(value: str) -> str:
    """A time without a zone is one of this installation's: people write files, machines call the API."""
    try:
        at = datetime.fromisoformat(value)
        return timezone.make_aware(at).isoformat() if timezone.is_naive(at) else value
    except (ValueError, OverflowError):
        return value
