"""From the bytes of an uploaded CSV or Excel file to records, with limits that no file can talk its way around."""

from __future__ import annotations

import codecs
import csv
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from .fields import FIELDS, tidy_header
from .values import Problem


@dataclass(frozen=True, slots=True)
class Limits:
    bytes: int = 50_000_000
    rows: int = 100_000
    columns: int = 500
    cell: int = 100_000
    unpacked_bytes: int = 150_000_000
    unpacked_ratio: int = 200
    archive_members: int = 5_000


class ImportRefused(Exception):
    """The file as a whole cannot be read; `code` names the kind, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the table. `number` is the row that a spreadsheet program shows."""

    number: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedFile:
    kind: str  # csv or xlsx
    headers: tuple[str, ...]
    header_row: int
    records: tuple[Record, ...]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    positions: dict[str, int] = field(default_factory=dict)

    def column(self, header: str) -> list[str]:
        """Every cell below a header, in file order."""
        position = self.positions[header]
        return [record.cells[position] for record in self.records]


def parse(
    content: bytes,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    limits: Limits | None = None,
) -> ParsedFile:
    """Read a CSV or Excel file; whatever is not given is found out from the content, never from the file's name."""
    limits = limits or Limits()
    if len(content) > limits.bytes:
        raise ImportRefused(
            "too_large",
            f"The file has {len(content):,} bytes; at most {limits.bytes:,} are read at once. Split it into parts.",
        )
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise ImportRefused(
            "empty",
            "The file is empty. Choose a file with a header row and at least one system.",
        )
    if content.startswith(b"PK\x03\x04"):
        return _parse_workbook(content, sheet=sheet, header_row=header_row, limits=limits)
    _refuse_other_formats(content)
    return _parse_text(
        content,
        encoding=encoding,
        delimiter=delimiter,
        header_row=header_row,
        limits=limits,
    )


# --- Text files -------------------------------------------------------------------------------------------------------

_OTHER_FORMATS = (
    (b"\xd0\xcf\x11\xe0", "an old Excel file or one with a password. Save it as .xlsx without a password, or as CSV"),
    (b"%PDF", "a PDF. Export the table as CSV or .xlsx"),
    (b"\x1f\x8b", "a compressed file. Unpack it first"),
    (b"\x89PNG", "a picture. Export the table as CSV or .xlsx"),
    (b"\xff\xd8\xff", "a picture. Export the table as CSV or .xlsx"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"PAR1", "a Parquet file. Export the table as CSV or .xlsx"),
    (b"{\\rtf", "a text document. Export the table as CSV or .xlsx"),
)  # fmt: skip


# What no text holds in any number; NUL is left to the note on NUL characters.
_BINARY = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


def _refuse_other_formats(content: bytes) -> None:
    for magic, what in _OTHER_FORMATS:
        if content.startswith(magic):
            raise ImportRefused("not_a_table", f"This is {what}.")
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise ImportRefused(
            "not_a_table",
            "This is a web page or XML, whatever its name says. Save the table as CSV or .xlsx.",
        )
    if start.startswith((b"{", b'[{"', b"[{\n", b"[\n")):
        raise ImportRefused(
            "not_a_table",
            "This is JSON. Use the API for JSON, or save the table as CSV or .xlsx.",
        )


def _parse_text(
    content: bytes,
    *,
    encoding: str | None,
    delimiter: str | None,
    header_row: int | None,
    limits: Limits,
) -> ParsedFile:
    notes: list[str] = []
    text, encoding = decode(content, encoding, notes)
    start = text[:20_000]
    if len(_BINARY.findall(start)) > max(8, 0.02 * len(start)):
        raise ImportRefused("not_a_table", "This is no text. Save the table as CSV or .xlsx and choose that file.")
    if "\x00" in text:
        notes.append("The file holds NUL characters; they were left out.")
        text = text.replace("\x00", "")
    # Excel's own hint line, which Excel hides when it opens the file: rows count from the line after it.
    if hint := re.match(r"sep=(.)\r?\n", text):
        delimiter, text = delimiter or hint[1], text[hint.end() :]
    delimiter = delimiter or sniff_delimiter(text)
    numbered = list(_csv_records(text, delimiter, limits))
    if not any(cells for _number, cells in numbered):
        raise ImportRefused(
            "empty",
            "The file holds no table. Choose a file with a header row and at least one system.",
        )
    return _table(
        numbered,
        header_row=header_row,
        limits=limits,
        notes=notes,
        unclosed=_unclosed_quote(text, delimiter),
        parsed={"kind": "csv", "encoding": encoding, "delimiter": delimiter},
    )


def decode(content: bytes, encoding: str | None, notes: list[str]) -> tuple[str, str]:
    """The text and the encoding that it was read in: by byte order mark, then UTF-8, then what the bytes speak for."""
    if encoding:
        try:
            return content.decode(encoding), codecs.lookup(encoding).name
        except (LookupError, UnicodeDecodeError) as error:
            raise ImportRefused(
                "encoding",
                f"The file cannot be read as {encoding}: {error}. Choose another.",
            ) from error
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _decode_marked(content, name, notes)
    if wide := _wide_encoding(content):
        return content.decode(wide, errors="replace"), wide
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_legacy(content, notes)


def _decode_marked(content: bytes, name: str, notes: list[str]) -> tuple[str, str]:
    try:
        return content.decode(name), name
    except UnicodeDecodeError:
        notes.append(f"The file calls itself {name} but holds broken characters; they show as \ufffd.")
        return content.decode(name, errors="replace"), name


def _wide_encoding(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of western text is zero."""
    sample = content[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) >= 8 and max(even, odd) > 0.3 * len(sample) / 2 and max(even, odd) > 4 * min(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _decode_legacy(content: bytes, notes: list[str]) -> tuple[str, str]:
    """Not UTF-8: a few broken bytes in UTF-8, a script other than Latin, Windows-1252 or Latin-1, in this order."""
    mended = content.decode("utf-8", errors="replace")
    broken = mended.count("\ufffd")
    high = sum(1 for character in mended if character > "\x7f") - broken
    if high >= 20 * broken:
        notes.append(f"The file is UTF-8 with {broken} broken characters; they show as \ufffd.")
        return mended, "utf-8"
    if guessed := _other_script(content):
        return content.decode(guessed), guessed
    try:
        return content.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _other_script(content: bytes) -> str | None:
    """An encoding for Cyrillic, Japanese and the like; asked only when far more bytes are high than in Latin text."""
    high = sum(1 for byte in content[:20_000] if byte > 0x7F)
    if high < 0.2 * min(len(content), 20_000):
        return None
    from charset_normalizer import from_bytes

    best = from_bytes(content[:20_000]).best()
    if best is None or best.encoding in ("ascii", "utf_8"):
        return None
    try:
        content.decode(best.encoding)
    except UnicodeDecodeError:
        return None
    return best.encoding


def sniff_delimiter(text: str) -> str:
    """The separator that cuts the first lines into the same number of cells, the more the better; else comma."""
    sample = text[:65_536]
    best, best_score = ",", 0.0
    for candidate in (",", ";", "\t", "|"):
        widths = Counter(len(cells) for cells in _sample(sample, candidate) if any(cells))
        if not widths:
            continue
        width, often = max(widths.items(), key=lambda pair: (pair[1] * min(pair[0], 20), pair[0]))
        score = 0.0 if width < 2 else often / widths.total() * (1 + min(width, 50) / 50)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _sample(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(cells)
            if len(rows) == 60:
                return rows
    except csv.Error:
        return rows
    # The sample may end in the middle of a record.
    return rows[:-1] if len(rows) > 1 and len(text) == 65_536 else rows


# csv's own limit is process-wide and would end the whole file at one long cell; ours is checked row by row instead.
csv.field_size_limit(Limits().bytes)


def _csv_records(text: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_guarded_lines(text, delimiter, limits), delimiter=delimiter)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        raise ImportRefused("not_a_table", f"Line {reader.line_num} cannot be read as CSV: {error}.") from error


def _guarded_lines(text: str, delimiter: str, limits: Limits) -> Iterator[str]:
    """The physical lines; one that alone would make an absurd number of cells is refused before it does."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if line.count(delimiter) > limits.columns + limits.cell:
            raise _too_many_columns(number, limits)
        yield line


def _unclosed_quote(text: str, delimiter: str) -> bool:
    """Whether the last record swallowed the rest of the file because a quotation mark is never closed."""
    if text.count('"') % 2 == 0:
        return False
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for _cells in lines:
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


# --- Excel ------------------------------------------------------------------------------------------------------------


# What zipfile, the XML parser and openpyxl raise on damaged content, as found by changing bytes at random.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def _parse_workbook(content: bytes, *, sheet: str | None, header_row: int | None, limits: Limits) -> ParsedFile:
    notes: list[str] = []
    _check_archive(content, limits, notes)
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from openpyxl import load_workbook  # type: ignore[import-untyped]
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except DefusedXmlException as error:
        raise _hostile_xml() from error
    except (*_DAMAGE, InvalidFileException) as error:
        raise _broken_workbook() from error
    try:
        return _read_workbook(workbook, sheet=sheet, header_row=header_row, limits=limits, notes=notes)
    except DefusedXmlException as error:
        raise _hostile_xml() from error
    except _DAMAGE as error:
        raise _broken_workbook() from error
    finally:
        workbook.close()


def _read_workbook(workbook, *, sheet, header_row, limits, notes) -> ParsedFile:  # type: ignore[no-untyped-def]
    names = tuple(each.title for each in workbook.worksheets)
    if sheet is not None and sheet not in names:
        raise ImportRefused(
            "no_such_sheet",
            f"There is no sheet called {sheet!r}. It has: {', '.join(names)}.",
        )
    visible = [each for each in workbook.worksheets if each.sheet_state == "visible"]
    chosen = [each for each in workbook.worksheets if each.title == sheet] if sheet else visible
    for worksheet in chosen:
        numbered = list(_sheet_records(worksheet, limits))
        if not any(any(cells) for _number, cells in numbered):
            continue
        if len(names) > 1 and sheet is None:
            others = ", ".join(name for name in names if name != worksheet.title)
            notes.append(f"Read the sheet {worksheet.title!r}; not read: {others}.")
        return _table(
            numbered,
            header_row=header_row,
            limits=limits,
            notes=notes,
            unclosed=False,
            parsed={"kind": "xlsx", "sheet": worksheet.title, "sheets": names},
        )
    raise ImportRefused(
        "empty",
        "The workbook holds no table. Choose one with a header row and at least one system.",
    )


def _sheet_records(worksheet, limits: Limits) -> Iterator[tuple[int, list[str]]]:  # type: ignore[no-untyped-def]
    # The size that a sheet declares may be a lie, in either direction; only what is there is read.
    worksheet.reset_dimensions()
    kept = 0
    for number, values in enumerate(worksheet.iter_rows(values_only=True), 1):
        last = max((at for at, value in enumerate(values, 1) if value is not None), default=0)
        if last > limits.columns:
            raise _too_many_columns(number, limits)
        kept += bool(last)
        if kept > limits.rows + 1:
            raise _too_many_rows(limits)
        yield number, [_cell_text(value) for value in values[:last]]


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _check_archive(content: bytes, limits: Limits, notes: list[str]) -> None:
    """Refuse, before anything is unpacked, an archive that is no workbook, too big inside, or carries XML entities."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except _DAMAGE as error:
        raise _broken_workbook() from error
    with archive:
        names = {member.filename for member in members}
        if "xl/workbook.xml" not in names:
            raise ImportRefused(
                "not_a_table",
                "This archive is not an Excel workbook. Save the table as .xlsx or CSV.",
            )
        if any(member.flag_bits & 0x1 for member in members):
            raise ImportRefused("encrypted", "The workbook has a password. Save it without one.")
        _check_sizes(members, limits)
        if any(name.startswith("xl/externalLinks/") for name in names):
            notes.append("Links to other workbooks were not followed; their last saved values were read.")
        for member in members:
            if member.filename.endswith((".xml", ".rels")):
                _refuse_doctype(archive, member)


def _check_sizes(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(member.file_size for member in members)
    bomb = any(
        member.file_size > 1_000_000 and member.file_size > limits.unpacked_ratio * max(member.compress_size, 1)
        for member in members
    )
    if bomb or total > limits.unpacked_bytes or len(members) > limits.archive_members:
        raise ImportRefused(
            "zip_bomb",
            f"The workbook unpacks to {total:,} bytes in {len(members):,} parts, far more than a register needs. "
            "Copy the table to a new workbook, or save it as CSV.",
        )


def _refuse_doctype(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """SECURITY: looks through the whole part, because a long comment can push the declaration out of any first bytes."""
    tail = b""
    try:
        with archive.open(member) as stream:
            # Without the zero bytes, so that the same words in UTF-16 are found too.
            while chunk := stream.read(1_000_000):
                window = tail + chunk.replace(b"\x00", b"")
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    raise _hostile_xml()
                tail = window[-16:]
    except _DAMAGE as error:
        raise _broken_workbook() from error


def _hostile_xml() -> ImportRefused:
    return ImportRefused(
        "xml_entities",
        "The workbook defines XML entities, which no spreadsheet program writes. Save the table as CSV.",
    )


def _broken_workbook() -> ImportRefused:
    return ImportRefused(
        "broken",
        "The workbook is damaged. Open it in a spreadsheet program and save it again.",
    )


# --- The table --------------------------------------------------------------------------------------------------------


def _table(
    numbered: list[tuple[int, list[str]]],
    *,
    header_row: int | None,
    limits: Limits,
    notes: list[str],
    unclosed: bool,
    parsed: dict,
) -> ParsedFile:
    """Find the header, name every column once, and turn the rest into records of equal width."""
    filled = [(number, cells) for number, cells in numbered if any(cell.strip() for cell in cells)]
    if not filled:
        raise ImportRefused(
            "empty",
            "The file holds no table. Choose a file with a header row and at least one system.",
        )
    if len(filled) > limits.rows + 1:
        raise _too_many_rows(limits)
    at = find_header(filled) if header_row is None else _given_header(filled, header_row)
    number, cells = filled[at]
    width = max((i for i, cell in enumerate(cells, 1) if cell.strip()), default=0)
    if width > limits.columns:
        raise _too_many_columns(number, limits)
    headers = unique_headers(cells[:width])
    if at:
        notes.append(f"The header was found in row {number}; rows above it were left out.")
    last = filled[-1][0]
    records = tuple(
        _record(row, values, headers, limits, unclosed=unclosed and row == last) for row, values in filled[at + 1 :]
    )
    if not records:
        raise ImportRefused(
            "empty",
            "The file has a header but no rows below it. Add at least one system.",
        )
    positions = {header: position for position, header in enumerate(headers)}
    return ParsedFile(
        headers=headers,
        header_row=number,
        records=records,
        notes=tuple(notes),
        positions=positions,
        **parsed,
    )


def _given_header(filled: list[tuple[int, list[str]]], header_row: int) -> int:
    for at, (number, _cells) in enumerate(filled):
        if number == header_row:
            return at
    raise ImportRefused(
        "header",
        f"Row {header_row} is blank or beyond the end. Choose the row with the column names.",
    )


def find_header(filled: list[tuple[int, list[str]]]) -> int:
    """The row among the first 25 that names most of our fields; else the first as wide as the table usually is."""
    head = filled[:25]
    hits = [_known_headers(cells) for _number, cells in head]
    if max(hits) >= 1:
        return hits.index(max(hits))
    widths = [sum(1 for cell in cells if cell.strip()) for _number, cells in head]
    usual = Counter(widths).most_common(1)[0][0]
    return next((at for at, width in enumerate(widths) if width >= max(1, 0.6 * usual)), 0)


def _known_headers(cells: Iterable[str]) -> int:
    tidied = {tidy_header(cell) for cell in cells if 0 < len(cell.strip()) <= 300}
    return sum(1 for each in FIELDS if any(each.header_score(header) >= 0.7 for header in tidied))


def unique_headers(cells: list[str]) -> tuple[str, ...]:
    """Every column with a name of its own: blanks by their letter, repetitions numbered."""
    found: list[str] = []
    seen: set[str] = set()
    for position, cell in enumerate(cells):
        name = base = " ".join(cell.split())[:500] or f"Column {column_letter(position)}"
        again = 2
        while name in seen:
            name, again = f"{base} ({again})", again + 1
        seen.add(name)
        found.append(name)
    return tuple(found)


def column_letter(position: int) -> str:
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _record(
    number: int,
    cells: list[str],
    headers: tuple[str, ...],
    limits: Limits,
    *,
    unclosed: bool,
) -> Record:
    width = len(headers)
    problems: list[Problem] = []
    if any(cell.strip() for cell in cells[width:]):
        reason = (
            f"has {len(cells)} cells and the header {width}; put a value that holds the separator in quotation marks"
        )
        problems.append(Problem("", reason))
    if unclosed:
        problems.append(
            Problem(
                "",
                "opens a quotation mark that is never closed; close it, the rest of the file hangs on it",
            )
        )
    for position, cell in enumerate(cells[:width]):
        if len(cell) > limits.cell:
            problems.append(
                Problem(
                    headers[position],
                    f"has {len(cell):,} characters; at most {limits.cell:,} are read",
                )
            )
            cells[position] = cell[:200]
    return Record(number, tuple(cells[:width]) + ("",) * (width - len(cells)), tuple(problems))


def _too_many_rows(limits: Limits) -> ImportRefused:
    return ImportRefused(
        "too_many_rows",
        f"The file has more than {limits.rows:,} rows. Split it into parts.",
    )


def _too_many_columns(number: int, limits: Limits) -> ImportRefused:
    return ImportRefused(
        "too_many_columns",
        f"Row {number} has more than {limits.columns:,} columns. Remove those that are not needed.",
    )
