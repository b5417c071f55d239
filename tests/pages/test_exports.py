import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.http import QueryDict
from openpyxl import load_workbook

from aims.pages.exports import (
    XLSX_CELL_LIMIT,
    cut,
    export,
    flat,
    safe_text,
    write_csv,
    write_xlsx,
)


class Register:
    name = "risks"

    def __init__(self, *rows: list[object]) -> None:
        self.rows = rows

    def export_rows(self, parameters: QueryDict) -> list[list[object]]:
        return [["No.", "Title"], *self.rows]


def content_of(register: Register, kind: str) -> bytes:
    return b"".join(export(register, QueryDict(), kind, prefix="acme"))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1+1",
        "＝1+1",
        "＋1",
        "－1+2",
        "＠x",
        "\u22121+2",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "\x00=1",
        "|cmd",
        "%0A=1",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_text(text).startswith("'")


@pytest.mark.parametrize("text", ["Bias", "a = b", "-12", "-12.5", "T-1", "", "ß", "3 + 4"])
def test_plain_text_and_numbers_stay_as_they_are(text: str) -> None:
    assert safe_text(text) == text


def test_control_characters_are_left_out() -> None:
    assert safe_text("a\x00b\x0bc") == "abc"


def test_values_are_written_so_that_a_program_can_read_them() -> None:
    assert flat(datetime(2026, 11, 21, 9, 30, tzinfo=UTC)) == "2026-11-21T09:30:00+00:00"
    assert flat(date(2026, 11, 21)) == "2026-11-21"
    assert flat(None) == ""
    assert flat(Decimal("1.5")) == Decimal("1.5")
    assert flat(["a", "b"]) == "a; b"
    assert flat(["=1", "b"]).startswith("'")


def test_csv_is_utf8_with_a_mark_and_keeps_line_breaks_and_quotes() -> None:
    content = content_of(Register([1, 'say "hi"\nünd']), "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [["No.", "Title"], ["1", 'say "hi"\nünd']]


def test_xlsx_holds_text_as_text_and_numbers_as_numbers() -> None:
    content = content_of(Register([1, "=HYPERLINK(1)"], [10**18, "x"]), "xlsx")
    sheet = load_workbook(BytesIO(content)).active
    assert sheet["A2"].value == 1
    assert sheet["B2"].data_type == "s"
    assert sheet["B2"].value == "'=HYPERLINK(1)"
    assert sheet["A3"].value == str(10**18)
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("letter", ["x", "𝔘"])
def test_a_cell_too_long_for_xlsx_is_cut_visibly(letter: str) -> None:
    short = cut(letter * 40_000)
    assert len(short.encode("utf-16-le")) // 2 <= XLSX_CELL_LIMIT
    assert short.endswith("(cut; full text in the record)")
    sheet = load_workbook(BytesIO(content_of(Register([1, letter * 40_000]), "xlsx"))).active
    assert sheet["B2"].value.endswith("(cut; full text in the record)")


def test_csv_is_never_cut() -> None:
    target = BytesIO()
    write_csv([["x" * 100_000]], target, "t")
    assert len(target.getvalue()) > 100_000


def test_a_hostile_title_still_makes_a_sheet() -> None:
    target = BytesIO()
    write_xlsx([["a"]], target, "a/b:c[d]*?\\" + "x" * 50)
    assert load_workbook(BytesIO(target.getvalue())).active.title


def test_the_file_is_a_download_named_after_organisation_register_and_day() -> None:
    response = export(Register([1, "x"]), QueryDict(), "csv", prefix="Acme Ltd")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    disposition = response["Content-Disposition"]
    assert disposition.startswith('attachment; filename="acme-ltd-risks-2')
    assert disposition.endswith('.csv"')
    assert int(response["Content-Length"]) == len(b"".join(response))
