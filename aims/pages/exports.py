"""Exports: every list as CSV or XLSX, all rows of the selection, safe to open in a spreadsheet program."""

import csv
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import TextIOWrapper
from typing import IO, Any, Protocol

from django.http import FileResponse, QueryDict
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from aims.pages.text import without_forbidden

# A spreadsheet program runs a cell that starts with one of these, also in their full-width and look-alike forms.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
XLSX_CELL_LIMIT = 32_767
XLSX_ROW_LIMIT = 1_048_576
MEMORY_LIMIT = 2 * 1024 * 1024
PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?\Z")


class Exportable(Protocol):
    @property
    def name(self) -> str: ...

    def export_rows(self, parameters: QueryDict) -> Iterable[list[Any]]: ...


def safe_text(text: str) -> str:
    """Text that no spreadsheet program takes for a formula, without control characters."""
    text = without_forbidden(text)
    # Leading blanks and invisible characters do not stop a formula, so look behind them; NFKC turns "＝" into "=".
    visible = text.lstrip(" \u00a0\u200b\u200c\u200d\u2060\u3000")
    start = unicodedata.normalize("NFKC", visible[:1])
    start = {
        "\u2212": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u2795": "+",
        "\u2796": "-",
    }.get(visible[:1], start)
    is_formula = text.startswith(FORMULA_STARTS) or start.startswith(FORMULA_STARTS)
    return f"'{text}" if is_formula and not PLAIN_NUMBER.match(text) else text


def flat(value: Any) -> Any:
    """A value as a file holds it: numbers stay numbers, times are ISO in UTC, lists are joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if timezone.is_aware(value) else value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return safe_text("; ".join(str(flat(part)) for part in value))
    return safe_text(str(value))


def write_csv(rows: Iterable[list[Any]], target: IO[bytes], title: str) -> None:
    # The byte order mark makes spreadsheet programs read UTF-8.
    text = TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([flat(value) for value in row])
    text.flush()
    text.detach()


def cut(value: Any) -> Any:
    """XLSX holds 32,767 characters a cell: cut visibly instead of writing a file that does not open."""
    # The limit counts UTF-16 units, so a character outside the basic plane counts twice.
    if not isinstance(value, str) or len(value.encode("utf-16-le")) // 2 <= XLSX_CELL_LIMIT:
        return value
    note = _(" (cut; full text in the record)")
    room = (XLSX_CELL_LIMIT - len(note)) * 2
    return value.encode("utf-16-le")[:room].decode("utf-16-le", errors="ignore") + note


def write_xlsx(rows: Iterable[list[Any]], target: IO[bytes], title: str) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Export")
    sheet.freeze_panes = "A2"
    for index, row in enumerate(rows):
        if index == 0:
            for column in range(1, len(row) + 1):
                sheet.column_dimensions[get_column_letter(column)].width = 24
            sheet.append([heading_cell(sheet, value) for value in row])
            continue
        if index == XLSX_ROW_LIMIT - 1:
            sheet.append([_("The format ends here. Export as CSV for all rows.")])
            break
        sheet.append([text_cell(sheet, cut(flat(value))) for value in row])
    book.save(target)


def heading_cell(sheet: Any, value: Any) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=str(value))
    cell.font = Font(bold=True)
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def text_cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, int) and abs(value) >= 10**15:
        value = str(value)  # Beyond 15 digits a spreadsheet rounds.
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    # SECURITY: says "text" outright; openpyxl would make a formula of a value that begins with "=".
    cell.data_type = "s"
    return cell


Writer = Callable[[Iterable[list[Any]], IO[bytes], str], None]
EXPORTS: dict[str, tuple[Writer, str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (
        write_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}


def file_name(listing: Exportable, kind: str, prefix: str = "") -> str:
    """acme-risks-2026-11-21.csv"""
    parts = [slugify(prefix), slugify(listing.name), timezone.localdate().isoformat()]
    return "-".join(part for part in parts if part) + f".{kind}"


def export(listing: Exportable, parameters: QueryDict, kind: str, *, prefix: str = "") -> FileResponse:
    """The file as a download.

    It is written whole before the answer starts: a streamed answer would read rows after the request's transaction,
    and with it the organisation, has ended.
    """
    write, content_type = EXPORTS[kind]
    target = tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT)  # noqa: SIM115 - the response closes it
    write(listing.export_rows(parameters), target, listing.name)
    size = target.tell()
    target.seek(0)
    response = FileResponse(
        target,
        as_attachment=True,
        filename=file_name(listing, kind, prefix),
        content_type=content_type,
    )
    response["Content-Length"] = str(size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
