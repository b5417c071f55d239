"""Reading one cell: stages, dates, yes and no, impact, tier, e-mail, text. Each answers with a value or a reason."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from .fields import STAGES, TIERS, Field, tidy_header

Value = str | bool | date | None


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell. `rejects` keeps the row out; otherwise the row comes in and the note is shown."""

    column: str
    reason: str
    value: str = ""
    rejects: bool = True


class Unreadable(Exception):
    """The cell cannot be read as the field wants it; carries the sentence for the person."""

    def __init__(self, reason: str, *, rejects: bool = False, value: Value = None) -> None:
        super().__init__(reason)
        self.reason, self.rejects, self.value = reason, rejects, value


def _words(text: str) -> frozenset[str]:
    """Words parted by blanks; an underscore stands for a blank inside a term."""
    return frozenset(word.replace("_", " ") for word in text.split())


STAGE_WORDS: dict[str, frozenset[str]] = {
    "planned": _words(
        "planned initiated initiation idea ideation proposal proposed concept inception planning requested backlog "
        "pre_initiation pre_deployment exploration discovery intake"
    ),
    "development": _words(
        "development in_development acquisition acquisition_and_or_development acquisition_and_development "
        "acquisition_or_development design build building design_and_development prototype prototyping procurement "
        "in_progress research data_collection training"
    ),
    "verification": _words(
        "verification validation verification_and_validation implementation_and_assessment implementation assessment "
        "testing test pilot piloting in_pilot piloted uat evaluation shadow staging beta trial"
    ),
    "operation": _words(
        "operation operations operational operation_and_maintenance operations_and_maintenance in_operation "
        "in_production production live deployed in_use active running in_mission monitoring operation_and_monitoring "
        "maintenance go_live"
    ),
    "retired": _words(
        "retired retirement decommissioned withdrawn sunset sunsetted inactive discontinued terminated cancelled "
        "canceled ended archived end_of_life retired_or_decommissioned research_or_administrative_action_complete"
    ),
}
_STAGES = {word: stage for stage, words in STAGE_WORDS.items() for word in words}

_NOTHING = _words("n_a na none null nil not_applicable tbd todo to_be_determined") | {""}
_UNKNOWN = frozenset(("unknown", "not known", "unclear", "ongoing", "pending", "not reported"))
_YES = frozenset(("yes", "y", "true", "t", "1", "x", "ja", "oui", "si", "j"))
_NO = frozenset(("no", "n", "false", "f", "0", "nein", "non"))
_ERRORS = frozenset(("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"))
EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(cell: str) -> str:
    """The text of a cell without control characters, in one Unicode form, with plain line breaks, trimmed."""
    if not cell.isascii():
        cell = unicodedata.normalize("NFC", cell)
    if _CONTROL.search(cell):
        cell = _CONTROL.sub("", cell)
    if "\r" in cell:
        cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return cell.strip()


def is_nothing(cell: str) -> bool:
    """Whether the cell says that there is nothing to say: blank, N/A, none, to be determined, a spreadsheet error."""
    return not cell or cell in _ERRORS or (len(cell) <= 20 and tidy_header(cell) in _NOTHING)


def read_value(
    field: Field,
    cell: str,
    *,
    stage_values: Mapping[str, str],
    stage_default: str | None,
    order: str,
) -> Value:
    """The value of a cleaned cell for a field; raises `Unreadable` with the remedy."""
    if field.kind == "stage":
        return read_stage(cell, stage_values, stage_default)
    if is_nothing(cell):
        return None if field.kind != "text" or cell in _ERRORS or not cell else _text_or_nothing(field, cell)
    if field.kind == "date":
        return read_date(cell, order)
    if field.kind == "boolean":
        return read_boolean(cell)
    if field.kind == "impact":
        return read_impact(cell)
    if field.kind == "tier":
        return read_tier(cell)
    if len(cell) > field.limit:
        raise Unreadable(f"has {len(cell):,} characters; shorten it to {field.limit:,}", rejects=True)
    return read_email(cell) if field.kind == "email" else cell


def _text_or_nothing(field: Field, cell: str) -> str | None:
    # A system may be called "None"; in every other column the words stand for a blank.
    return cell if field.required else None


def read_stage(cell: str, stage_values: Mapping[str, str], stage_default: str | None) -> str | None:
    """One of our stages. A blank stays blank (the row's dates may tell); an unknown word needs the default."""
    if cell in stage_values:
        return stage_values[cell]
    stage = known_stage(cell)
    if stage or stage_default or is_nothing(cell):
        return stage or stage_default
    raise Unreadable(
        f"is not a stage that is known here; say which of {', '.join(STAGES)} it means, or choose a default stage",
        rejects=True,
    )


@lru_cache(maxsize=1024)
def known_stage(cell: str) -> str | None:
    """Our stage for the words that other registers use, whatever number or letter is put in front."""
    tidied = tidy_header(cell)
    if tidied in _STAGES:
        return _STAGES[tidied]
    return _STAGES.get(re.sub(r"^(stage |phase )?(\d+|[a-e]) |\b(stage|phase)$", "", tidied).strip())


def read_boolean(cell: str) -> bool | None:
    """Yes, no or unknown; "Yes – source code is public" counts as yes."""
    tidied = tidy_header(cell[:200])
    first = tidied.split(" ", 1)[0]
    if tidied in _YES or first == "yes":
        return True
    if tidied in _NO or first == "no":
        return False
    if tidied in _UNKNOWN or tidied in ("other", "") or first == "n":
        return None
    raise Unreadable("is neither yes nor no; read as unknown")


def read_impact(cell: str) -> str:
    """What a system touches, in the words of United States inventories: rights, safety, both, high or neither."""
    tidied = tidy_header(cell[:300])
    if "too new" in tidied or "case by case" in tidied or tidied in _UNKNOWN:
        return "unknown"
    if tidied.startswith(("neither", "not ", "no")) or "not high" in tidied:
        return "neither"
    rights, safety = "rights" in tidied, "safety" in tidied
    if tidied.startswith("both") or (rights and safety):
        return "both"
    if rights or safety:
        return "rights" if rights else "safety"
    if tidied.startswith(("high", "presumed high", "yes")):
        return "high"
    raise Unreadable(
        "says neither rights-impacting, safety-impacting, both nor neither; read as unknown",
        value="unknown",
    )


def read_tier(cell: str) -> str:
    tier = cell.strip().upper().removeprefix("TIER").strip()
    tier = tier if tier.startswith("T") else f"T{tier}"
    if tier not in TIERS:
        raise Unreadable(f"is not one of {', '.join(TIERS)}; the tier is left to the screening")
    return tier


def read_email(cell: str) -> str:
    found = EMAIL.findall(cell)
    if len(found) != 1:
        raise Unreadable("is not one e-mail address; the owner is left open")
    return str(found[0]).casefold()


# --- Dates ------------------------------------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1,
    )
    for name in names.split()
}  # fmt: skip
_NUMERIC = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?:[ T].*)?")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)(.*)", re.DOTALL)
_YEAR_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})(?![\d/.\-])(.*)", re.DOTALL)
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})")
_DAY_WORD_YEAR = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-.]*([A-Za-z]{3,9})[ \-.,]*(\d{4})")
_WORD_DAY_YEAR = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_WORD_YEAR = re.compile(r"([A-Za-z]{3,9})[ \-.,]*(\d{4})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SERIAL = re.compile(r"[2-7]\d{4}(\.\d+)?")
_TIME = re.compile(r"[ T]\d{1,2}:\d\d")


@lru_cache(maxsize=8192)
def read_date(cell: str, order: str) -> date | None:
    """A date in any usual form; `order` (dmy or mdy) decides where both readings are possible.

    Month or year alone become their first day, with a note; what is no date at all is left empty, with a note, because
    a system is not kept out of the register for an unclear date.
    """
    tidied = tidy_header(cell[:60])
    if tidied in _UNKNOWN or re.match(r"(n a|na|tbd|to be determined|not )\b", tidied):
        return None
    if match := _ISO.fullmatch(cell):
        found = _date(int(match[1]), int(match[2]), int(match[3]), cell)
        if match[4].strip() and not _TIME.match(match[4]):
            raise Unreadable(f"holds more than a date; read as {found.isoformat()}", value=found)
        return found
    if match := _NUMERIC.fullmatch(cell):
        return _numeric(int(match[1]), int(match[2]), int(match[3]), order, cell)
    if match := _DAY_WORD_YEAR.fullmatch(cell):
        return _date(int(match[3]), _MONTHS.get(match[2].casefold(), 0), int(match[1]), cell)
    if match := _WORD_DAY_YEAR.fullmatch(cell):
        return _date(int(match[3]), _MONTHS.get(match[1].casefold(), 0), int(match[2]), cell)
    if _SERIAL.fullmatch(cell):
        # Excel counts days from 30 December 1899 when a date cell is saved as a plain number.
        return date(1899, 12, 30) + timedelta(days=int(float(cell)))
    return _part_of_a_date(cell)


def _part_of_a_date(cell: str) -> date:
    if match := _YEAR_MONTH.fullmatch(cell):
        year, month = int(match[1]), int(match[2])
    elif match := _MONTH_YEAR.fullmatch(cell):
        year, month = int(match[2]), int(match[1])
    elif (match := _WORD_YEAR.fullmatch(cell)) and match[1].casefold() in _MONTHS:
        year, month = int(match[2]), _MONTHS[match[1].casefold()]
    elif _YEAR.fullmatch(cell):
        year, month = int(cell), 1
    else:
        raise Unreadable("is not a full date (write 2024-03-31); left empty")
    found = _date(year, month, 1, cell)
    raise Unreadable(f"names no day; read as {found.isoformat()}", value=found)


def _numeric(first: int, second: int, year: int, order: str, cell: str) -> date:
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    day, month = (first, second) if order == "dmy" else (second, first)
    if month > 12 >= day:
        day, month = month, day
    return _date(year, month, day, cell)


def _date(year: int, month: int, day: int, cell: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unreadable("is not a date that exists (write 2024-03-31); left empty") from None
    if not 1950 <= year <= 2100:
        raise Unreadable("lies outside 1950 to 2100; left empty")
    return found


def guess_date_order(cells: list[str]) -> str:
    """Which number comes first in 03/04/2024: told by the cells where only one reading is possible; else day first."""
    day_first = month_first = 0
    for cell in cells:
        if match := _NUMERIC.fullmatch(cell):
            day_first += int(match[1]) > 12
            month_first += int(match[2]) > 12
    return "mdy" if month_first > day_first else "dmy"
