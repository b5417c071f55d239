"""Reading any register: encodings, separators, broken rows, hostile workbooks, mapping, values, stable keys."""

import io
import json
import os
import random
import time
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from inventory import importing
from inventory.importing import (
    Field,
    ImportRefused,
    Limits,
    Mapping,
    MappingError,
    guess_mapping,
    parse,
    plan,
)
from inventory.importing.fields import BY_KEY, FIELDS, STAGES
from inventory.importing.reading import column_letter
from inventory.importing.values import (
    STAGE_WORDS,
    Unreadable,
    clean,
    guess_date_order,
    known_stage,
    read_boolean,
    read_date,
    read_impact,
    read_tier,
)

PLAIN = "Name,Purpose,Stage\nCredit scoring,Rates applicants,Live\nRota,Plans shifts,Pilot\n"


def planned(text: str | bytes, **options):
    parsed = parse(text.encode() if isinstance(text, str) else text, **options)
    return plan(parsed, guess_mapping(parsed))


def workbook(rows, **sheets) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for title, extra in sheets.items():
        other = book.create_sheet(title)
        for row in extra:
            other.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with some of its parts replaced or added."""
    out = io.BytesIO()
    wanted = {name.replace("__", "/"): data for name, data in parts.items()}
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in wanted:
                new.writestr(name, old.read(name))
        for name, data in wanted.items():
            new.writestr(name, data)
    return out.getvalue()


# --- Encodings and separators -----------------------------------------------------------------------------------------

ACCENTED = "Name;Zweck;Stage\nKreditprüfung – Größe;Prüft Anträge auf Überschuldung;Live\n"


@pytest.mark.parametrize(
    ("codec", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "windows-1252"),
    ],
)
def test_common_encodings_are_recognised(codec, expected):
    parsed = parse(ACCENTED.encode(codec))
    assert parsed.encoding == expected
    assert parsed.records[0].cells[0] == "Kreditprüfung – Größe"
    assert parsed.headers == ("Name", "Zweck", "Stage")


def test_latin_1_is_the_last_resort():
    parsed = parse(b"Name,Stage\nCaf\xe9 \x81,Live\n")
    assert parsed.encoding == "latin-1"
    assert parsed.records[0].cells[0].startswith("Café")


def test_a_script_other_than_latin_is_read():
    russian = "Название,Описание\n" + "Оценка кредитных заявок,Помогает специалисту принять решение\n" * 20
    assert parse(russian.encode("cp1251")).records[0].cells[0] == "Оценка кредитных заявок"


def test_a_few_broken_bytes_do_not_turn_utf_8_into_gibberish():
    content = ("Name,Purpose\n" + "Prüfung,Größe\n" * 40).encode() + b"Broken \xff,x\n"
    parsed = parse(content)
    assert parsed.encoding == "utf-8"
    assert parsed.records[0].cells == ("Prüfung", "Größe")
    assert "1 broken characters" in parsed.notes[0]


def test_a_given_encoding_is_obeyed_or_refused_with_the_remedy():
    assert (
        parse(ACCENTED.replace("–", "-").encode("cp850"), encoding="cp850")
        .records[0]
        .cells[0]
        .startswith("Kreditprüfung")
    )
    with pytest.raises(ImportRefused, match="Choose another") as refused:
        parse(b"Name\n\xff\xfe\xfa\n", encoding="utf-8")
    assert refused.value.code == "encoding"
    with pytest.raises(ImportRefused, match="no-such"):
        parse(b"Name\nA\n", encoding="no-such")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(delimiter):
    text = delimiter.join(["Name", "Purpose", "Stage"]) + "\n" + delimiter.join(["A", '"x, y; z"', "Live"]) + "\n"
    parsed = parse(text.encode())
    assert parsed.delimiter == delimiter
    assert parsed.records[0].cells == ("A", "x, y; z", "Live")


def test_a_single_column_is_a_table_too():
    assert [row.name for row in planned("Name\nA\nB\n").accepted] == ["A", "B"]


def test_the_separator_hint_of_excel_is_obeyed_and_not_counted():
    parsed = parse(b"sep=;\nName;Stage\nA,b;Live\n")
    assert parsed.delimiter == ";"
    assert (parsed.header_row, parsed.records[0].number) == (1, 2)


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_row_numbers_are_those_of_the_spreadsheet():
    text = 'Register of AI\n\nName,Purpose,Stage\n"A","one\ntwo\nthree",Live\n\nB,x,Live\n'
    parsed = parse(text.encode())
    assert parsed.header_row == 3
    assert [record.number for record in parsed.records] == [4, 6]
    assert parsed.records[0].cells[1] == "one\ntwo\nthree"
    assert "row 3" in parsed.notes[0]


def test_the_header_row_can_be_given():
    text = "a,b\nName,Stage\nA,Live\n"
    assert parse(text.encode(), header_row=1).headers == ("a", "b")
    with pytest.raises(ImportRefused, match="Row 9"):
        parse(text.encode(), header_row=9)


def test_repeated_and_blank_headers_get_names_of_their_own():
    parsed = parse(b"Name,If other,,If other,Column C\nA,1,2,3,4\n")
    assert parsed.headers == (
        "Name",
        "If other",
        "Column C",
        "If other (2)",
        "Column C (2)",
    )
    assert parsed.column("If other (2)") == ["3"]


def test_column_letters_continue_after_z():
    assert [column_letter(n) for n in (0, 25, 26, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
    ]


def test_a_short_row_is_filled_up_and_a_long_one_is_rejected_alone():
    result = planned("Name,Purpose,Stage\nShort\nLong,a,Live,b\nTrailing,a,Live,,,\n")
    assert [row.name for row in result.accepted] == ["Short", "Trailing"]
    assert [row.number for row in result.rejected] == [3]
    assert "quotation marks" in result.rejected[0].problems[0].reason


def test_nul_bytes_and_control_characters_are_left_out():
    parsed = parse(b"Name,Stage\nCre\x00dit\x07 score,Live\n")
    assert plan(parsed, guess_mapping(parsed)).accepted[0].name == "Credit score"
    assert "NUL" in parsed.notes[0]


def test_an_over_long_cell_rejects_its_own_row_only():
    result = planned(f"Name,Purpose,Stage\nBig,{'x' * 200_000},Live\nSmall,x,Live\n")
    assert [row.name for row in result.accepted] == ["Small"]
    problem = result.rejected[0].problems[0]
    assert (result.rejected[0].number, problem.column) == (2, "Purpose")
    assert "200,000" in problem.reason and len(problem.value) <= 200


def test_a_value_longer_than_its_field_is_rejected_with_the_limit():
    result = planned(f"Name,Stage\n{'n' * 501},Live\n")
    assert result.rejected[0].problems[0].reason == "has 501 characters; shorten it to 500"


def test_a_quotation_mark_that_is_never_closed_is_told():
    result = planned('Name,Purpose,Stage\nA,x,Live\nB,"never closed,Live\nC,x,Live\n')
    assert [row.name for row in result.accepted] == ["A"]
    assert "never closed" in result.rejected[0].problems[0].reason
    assert result.rejected[0].number == 3


def test_a_lone_quotation_mark_inside_a_cell_is_just_a_character():
    assert [row.values["purpose"] for row in planned('Name,Purpose\nA,19" rack\n').accepted] == ['19" rack']


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf  \n\n", "empty"),
        (b",,,\n,,\n", "empty"),
        (b"Name,Stage\n", "empty"),
        (b"%PDF-1.7", "not_a_table"),
        (b"<!DOCTYPE html><table>", "not_a_table"),
        (b"<?xml version='1.0'?><a/>", "not_a_table"),
        (b'[{"name": "A"}]', "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
        (b"PK\x03\x04 not really", "broken"),
        (bytes(range(256)) * 20, "not_a_table"),
    ],
)
def test_what_is_no_table_is_refused_by_name(content, code):
    with pytest.raises(ImportRefused) as refused:
        parse(content)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_limits_are_kept():
    small = Limits(bytes=2_000, rows=3, columns=4, cell=50)
    for content, code in (
        (b"Name\n" + b"x" * 3_000, "too_large"),
        (b"Name\n" + b"A\n" * 4, "too_many_rows"),
        (b"Name,b,c,d,e\nA\n", "too_many_columns"),
        (b"Name\n" + b"," * 1_500, "too_many_columns"),
    ):
        with pytest.raises(ImportRefused) as refused:
            parse(content, limits=small)
        assert refused.value.code == code
    assert len(parse(b"Name\nA\n\n\nB\nC\n", limits=small).records) == 3


def test_a_megabyte_of_separators_is_refused_quickly():
    started = time.perf_counter()
    with pytest.raises(ImportRefused, match="columns"):
        parse(b"Name,Stage\n" + b"," * 5_000_000)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("seed", range(30))
def test_noise_never_ends_in_anything_but_a_plan_or_a_refusal(seed):
    rng = random.Random(seed)
    alphabet = [
        '"',
        ",",
        ";",
        "\n",
        "\r",
        "\t",
        "\x00",
        "Name",
        "Stage",
        "é",
        "\ufeff",
        "=cmd()",
        "😀",
        " ",
        "x" * 50,
    ]
    text = "Name,Stage\n" + "".join(rng.choice(alphabet) for _ in range(300))
    content = text.encode(rng.choice(["utf-8", "utf-16", "utf-16-le"]))[rng.choice([0, 1]) :]
    try:
        parsed = parse(content)
        plan(parsed, Mapping({"name": parsed.headers[0]}))
    except ImportRefused as refused:
        assert refused.code


# --- Excel ------------------------------------------------------------------------------------------------------------


def test_a_workbook_is_read_with_dates_numbers_and_booleans_as_people_write_them():
    content = workbook(
        [
            ["System inventory"],
            [],
            [
                "System name",
                "Stage",
                "Start date",
                "Personal data",
                "Version",
                "Purpose",
            ],
            ["Triage", "Live", datetime(2024, 3, 1), True, 3.0, "a\nb"],  # noqa: DTZ001
        ]
    )
    parsed = parse(content)
    assert (parsed.kind, parsed.header_row, parsed.records[0].number) == ("xlsx", 3, 4)
    row = plan(parsed, guess_mapping(parsed)).accepted[0]
    assert row.values["started_on"] == date(2024, 3, 1)
    assert row.values["uses_personal_data"] is True
    assert row.values["version"] == "3"
    assert row.values["purpose"] == "a\nb"


def test_formulas_are_never_evaluated_and_show_their_saved_value():
    content = workbook([["Name", "Purpose"], ["A", "=HYPERLINK(1)"]])
    assert parse(content).records[0].cells == ("A", "")


def test_the_first_filled_visible_sheet_is_read_and_the_others_are_named():
    content = workbook([], Systems=[["Name"], ["A"]], Old=[["Name"], ["B"]])
    parsed = parse(content)
    assert parsed.sheet == "Systems"
    assert "Old" in parsed.notes[0]
    assert parse(content, sheet="Old").records[0].cells == ("B",)
    with pytest.raises(ImportRefused, match="Systems"):
        parse(content, sheet="None such")


def test_a_sheet_that_lies_about_its_size_is_read_for_what_it_holds():
    content = workbook([["Name", "Stage"], ["A", "Live"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:B2"' in sheet
    lying = repacked(content, xl__worksheets__sheet1__xml=b"")
    with pytest.raises(ImportRefused):
        parse(repacked(lying, **{"xl/worksheets/sheet1.xml": b"<broken"}))
    honest = repacked(
        content,
        **{"xl/worksheets/sheet1.xml": sheet.replace(b"A1:B2", b"A1:XFD1048576")},
    )
    assert [record.cells for record in parse(honest).records] == [("A", "Live")]


def test_a_workbook_that_unpacks_to_far_too_much_is_refused_before_it_does():
    bomb = repacked(workbook([["Name"], ["A"]]), **{"xl/media/zeros.bin": b"\0" * 30_000_000})
    assert len(bomb) < 100_000
    with pytest.raises(ImportRefused) as refused:
        parse(bomb)
    assert refused.value.code == "zip_bomb"


def test_a_workbook_of_too_many_parts_is_refused():
    parts = {f"xl/part{n}.bin": b"" for n in range(30)}
    with pytest.raises(ImportRefused) as refused:
        parse(
            repacked(workbook([["Name"], ["A"]]), **parts),
            limits=Limits(archive_members=20),
        )
    assert refused.value.code == "zip_bomb"


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "part",
    [
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
        "xl/workbook.xml",
        "[Content_Types].xml",
    ],
)
@pytest.mark.parametrize("padding", [0, 70_000])
def test_xml_entities_are_refused_in_every_part_wherever_they_stand(part, padding):
    content = workbook([["Name"], ["A"]])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        old = archive.read(part)
    body = old[old.index(b"?>") + 2 :] if old.startswith(b"<?xml") else old
    comment = b"<!--" + b"-x" * (padding // 2) + b" -->" if padding else b""
    hostile = ENTITIES[:21] + comment + ENTITIES[21:] + body
    with pytest.raises(ImportRefused) as refused:
        parse(repacked(content, **{part: hostile}))
    assert refused.value.code == "xml_entities"


def test_links_to_other_workbooks_are_not_followed():
    content = repacked(
        workbook([["Name"], ["A"]]),
        **{"xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
    )
    assert "not followed" in parse(content).notes[0]


def test_an_archive_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ImportRefused) as refused:
        parse(out.getvalue())
    assert refused.value.code == "not_a_table"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_workbook_is_refused(share):
    content = workbook([["Name"], ["A"]])
    with pytest.raises(ImportRefused, match="damaged"):
        parse(content[: int(len(content) * share)])


@pytest.mark.parametrize("seed", range(10))
def test_a_workbook_with_bytes_changed_at_random_is_read_or_refused(seed):
    content = workbook([["Name", "Stage", "Start date"], ["A", "Live", date(2024, 3, 1)], ["B", "x", 5]])
    rng = random.Random(seed)
    for _attempt in range(60):
        damaged = bytearray(content)
        for _change in range(rng.randrange(1, 6)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        # The archive's directory lies at the end and deserves more attempts than its share of the bytes.
        damaged[-rng.randrange(1, 700)] = rng.randrange(256)
        try:
            parsed = parse(bytes(damaged))
            plan(parsed, Mapping({"name": parsed.headers[0]}))
        except ImportRefused as refused:
            assert refused.code


def test_the_same_table_as_csv_and_as_workbook_gives_the_same_plan():
    rows = [
        ["Name", "Business unit", "Stage", "Start date"],
        ["A", "Ops", "Live", "2024-01-02"],
    ]
    from_csv = planned("\n".join(",".join(row) for row in rows))
    parsed = parse(workbook(rows))
    from_excel = plan(parsed, guess_mapping(parsed))
    assert [(r.key, r.values) for r in from_csv.rows] == [(r.key, r.values) for r in from_excel.rows]


# --- Mapping ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("System Name", "name"),
        ("useCaseName", "name"),
        ("model_name", "name"),
        ("Vendor", "supplier"),
        ("Owner e-mail", "owner_email"),
        ("Responsible person", "owner_name"),
        ("Lifecycle status", "stage"),
        ("Department", "business_unit"),
        ("Go-live date", "implemented_on"),
        ("Decommissioned on", "retired_on"),
        ("Risk tier", "tier"),
        ("Asset ID", "external_key"),
    ],
)
def test_a_header_is_recognised_by_its_words(header, field):
    from inventory.importing.fields import tidy_header

    best = max(FIELDS, key=lambda each: each.header_score(tidy_header(header)))
    assert best.key == field


def test_content_decides_between_headers_that_sound_alike():
    text = "System Name,Use Case Name,ID\n,Credit scoring,1\nCore,Rota,1\n,OCR,2\n"
    mapping = guess_mapping(parse(text.encode()))
    assert mapping.columns["name"] == "Use Case Name"
    # An ID that repeats tells no systems apart.
    assert "external_key" not in mapping.columns


def test_a_mapping_survives_json_and_says_how_sure_it_is():
    mapping = guess_mapping(parse(PLAIN.encode()))
    assert mapping.columns == {"name": "Name", "purpose": "Purpose", "stage": "Stage"}
    assert all(0.5 <= sure <= 1 for sure in mapping.confidence.values())
    again = Mapping.from_json(json.loads(json.dumps(mapping.to_json())))
    assert again.columns == mapping.columns and again.date_order == mapping.date_order


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "object"),
        ({"columns": []}, "columns"),
        ({"columns": {"nom": "x"}}, "no field 'nom'"),
        ({"columns": {"name": 3}}, "columns"),
        (
            {"columns": {"name": "Name"}, "stage_default": "live"},
            "'live' is not a stage",
        ),
        (
            {"columns": {"name": "Name"}, "stage_values": {"x": "y"}},
            "'y' is not a stage",
        ),
        ({"columns": {"name": "Name"}, "date_order": "ymd"}, "date_order"),
        ({"columns": {"name": "Name"}, "version": 2}, "version"),
    ],
)
def test_a_mapping_from_outside_is_checked(data, message):
    with pytest.raises(MappingError, match=message):
        Mapping.from_json(data)


def test_a_mapping_that_does_not_fit_the_file_is_refused():
    parsed = parse(PLAIN.encode())
    for columns, message in (
        ({"purpose": "Purpose"}, "Name: choose"),
        ({"name": "Title"}, "no column 'Title'"),
        ({"name": "Name", "purpose": "Name"}, "already fills Name"),
    ):
        with pytest.raises(MappingError, match=message):
            plan(parsed, Mapping(columns))


def test_every_field_has_a_label_and_a_known_kind():
    assert {each.kind for each in FIELDS} <= {
        "text",
        "stage",
        "date",
        "boolean",
        "email",
        "impact",
        "tier",
    }
    assert len(BY_KEY) == len(FIELDS) and all(isinstance(each, Field) and each.label for each in FIELDS)
    assert set(STAGE_WORDS) == set(STAGES)
    assert importing.STAGES == STAGES


# --- Values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("Initiated", "planned"),
        ("Acquisition and/or Development", "development"),
        ("Implementation and Assessment", "verification"),
        ("Operation and Maintenance", "operation"),
        ("Retired", "retired"),
        ("In production", "operation"),
        ("4. Operation", "operation"),
        ("pilot phase", "verification"),
        ("IN USE", "operation"),
        ("sleeping", None),
    ],
)
def test_the_stages_of_other_registers_are_understood(word, stage):
    assert known_stage(word) == stage


def test_an_unknown_stage_rejects_its_row_with_the_column_and_the_choices():
    result = planned("Name,Stage\nA,Live\nB,Sleeping\nC,Live\n")
    assert [row.name for row in result.accepted] == ["A", "C"]
    problem = result.rejected[0].problems[0]
    assert (problem.column, problem.value) == ("Stage", "Sleeping")
    assert all(stage in problem.reason for stage in STAGES)


def test_own_words_and_a_default_let_unknown_stages_in():
    parsed = parse(b"Name,Stage\nA,Sleeping\nB,Humming\nC,\n")
    mapping = Mapping(
        {"name": "Name", "stage": "Stage"},
        {"Sleeping": "retired"},
        stage_default="development",
    )
    assert [row.values["stage"] for row in plan(parsed, mapping).accepted] == [
        "retired",
        "development",
        "development",
    ]


def test_a_blank_stage_is_read_from_the_dates_and_noted():
    result = planned("Name,Stage,Date retired,Date implemented\nA,,2024-01-01,\nB,N/A,,2023-01-01\nC,,,\nD,Live,,\n")
    assert [row.values["stage"] for row in result.accepted] == [
        "retired",
        "operation",
        "planned",
        "operation",
    ]
    assert [number for number, _problem in result.notes] == [2, 3, 4]


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2024-03-31", "dmy", date(2024, 3, 31)),
        ("2024-03-31 14:05:00", "dmy", date(2024, 3, 31)),
        ("2024/3/1", "dmy", date(2024, 3, 1)),
        ("3/4/2024", "dmy", date(2024, 4, 3)),
        ("3/4/2024", "mdy", date(2024, 3, 4)),
        ("13/4/2024", "mdy", date(2024, 4, 13)),
        ("31.12.23", "dmy", date(2023, 12, 31)),
        ("1 March 2024", "dmy", date(2024, 3, 1)),
        ("1st Mar, 2024", "dmy", date(2024, 3, 1)),
        ("March 1, 2024", "dmy", date(2024, 3, 1)),
        ("1-Mar-2024", "dmy", date(2024, 3, 1)),
        ("45352", "dmy", date(2024, 3, 1)),
        ("N/A - never retired", "dmy", None),
        ("TBD", "dmy", None),
    ],
)
def test_dates_are_read_in_many_forms(cell, order, expected):
    assert read_date(cell, order) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("March 2024", date(2024, 3, 1)),
        ("2024-03", date(2024, 3, 1)),
        ("3/2024", date(2024, 3, 1)),
        ("2024", date(2024, 1, 1)),
        ("2022-11-16 (first formal action)", date(2022, 11, 16)),
        ("31/02/2024", None),
        ("1/1/1900", None),
        ("24-Aug", None),
        ("Q4FY25", None),
        ("Pre-2021", None),
        ("99/99/9999", None),
        ("99999999999999999999", None),
    ],
)
def test_a_date_read_with_a_reservation_says_so_and_never_rejects(cell, expected):
    with pytest.raises(Unreadable) as unreadable:
        read_date(cell, "dmy")
    assert unreadable.value.value == expected
    assert not unreadable.value.rejects


def test_the_order_of_day_and_month_is_told_by_the_file():
    assert guess_date_order(["3/4/2024", "10/31/2023"]) == "mdy"
    assert guess_date_order(["3/4/2024", "31/10/2023"]) == "dmy"
    assert guess_date_order(["3/4/2024"]) == "dmy"


def test_yes_no_and_unknown():
    for cell in ("Yes", "y", "TRUE", "1", "Yes – agency has access"):
        assert read_boolean(cell) is True
    for cell in ("No", "n", "False", "0", "No - some decisions need people"):
        assert read_boolean(cell) is False
    assert read_boolean("Unknown") is None
    with pytest.raises(Unreadable, match="neither yes nor no"):
        read_boolean("perhaps")


def test_impact_and_tier_and_email():
    assert [
        read_impact(cell)
        for cell in (
            "Both",
            "Rights-Impacting\n",
            "Safety-impacting",
            "Neither",
            "Not high-impact",
            "High-impact",
        )
    ] == ["both", "rights", "safety", "neither", "neither", "high"]
    assert read_impact("No, use case is too new to fully assess impacts") == "unknown"
    assert [read_tier(cell) for cell in ("T2", "tier 3", "0", "tx")] == [
        "T2",
        "T3",
        "T0",
        "TX",
    ]
    with pytest.raises(Unreadable):
        read_tier("severe")
    result = planned("Name,Owner email\nA,Ada@Example.org\nB,Bo <bo@example.org>\nC,nobody\nD,a@b.org; c@d.org\n")
    assert [row.values["owner_email"] for row in result.accepted] == [
        "ada@example.org",
        "bo@example.org",
        None,
        None,
    ]


def test_words_for_nothing_are_blanks_except_as_a_name():
    parsed = parse(b"Name,Purpose,Supplier\nNone,N/A,#REF!\n ,x,y\n")
    result = plan(parsed, Mapping({"name": "Name", "purpose": "Purpose", "supplier": "Supplier"}))
    assert result.accepted[0].values == {
        "name": "None",
        "purpose": None,
        "supplier": None,
        "stage": "planned",
    }
    assert result.rejected[0].problems[0].reason.startswith("is blank")


def test_text_is_brought_to_one_form():
    assert clean("  Cafe\u0301\r\nx\x00\x1b ") == "Café\nx"


def test_columns_without_a_field_are_kept_aside():
    row = planned("Name,Purpose,Favourite colour\nA,x,blue\nB,y,\n").accepted
    assert [each.extra for each in row] == [{"Favourite colour": "blue"}, {}]


# --- Keys and duplicates ----------------------------------------------------------------------------------------------

TWINS = "Name,Department,Purpose,Stage\n"
TWIN_ROWS = [
    "Chat,HR,Answers staff,Live\n",
    "Chat,HR,Screens letters,Live\n",
    "Chat,IT,Answers staff,Live\n",
]


def keys_by_purpose(text):
    return {(r.values["business_unit"], r.values["purpose"]): r.key for r in planned(text).accepted}


def test_an_external_key_is_the_key_and_may_not_repeat():
    result = planned("System ID,Name\nS-1,A\nS-2,B\n,C\n,D\n,E\n,F\n,G\n,H\n")
    assert [row.key for row in result.accepted[:2]] != [
        "S-1",
        "S-2",
    ]  # half filled: not guessed, only confirmed
    parsed = parse(b"System ID,Name\nS-1,A\nS-2,B\n,C\nS-1,D\n")
    result = plan(parsed, Mapping({"name": "Name", "external_key": "System ID"}))
    assert [row.key for row in result.accepted[:2]] == ["S-1", "S-2"]
    assert result.accepted[2].key.startswith("made:")
    assert result.rejected[0].number == 5
    assert "row 2" in result.rejected[0].problems[0].reason


def test_the_order_of_rows_does_not_change_keys():
    straight = keys_by_purpose(TWINS + "".join(TWIN_ROWS))
    assert len(set(straight.values())) == 3
    assert keys_by_purpose(TWINS + "".join(reversed(TWIN_ROWS))) == straight


def test_the_order_of_columns_does_not_change_keys():
    straight = keys_by_purpose(TWINS + "".join(TWIN_ROWS))
    turned = "Stage,Purpose,Department,Name\n" + "".join(
        ",".join(reversed(row.strip().split(","))) + "\n" for row in TWIN_ROWS
    )
    assert keys_by_purpose(turned) == straight


def test_a_new_row_does_not_change_the_keys_of_others():
    straight = keys_by_purpose(TWINS + "".join(TWIN_ROWS))
    longer = keys_by_purpose(TWINS + "Other,HR,New,Live\n" + "".join(TWIN_ROWS))
    assert {pair: longer[pair] for pair in straight} == straight


def test_identical_rows_stay_separate_and_are_reported():
    result = planned("Name,Stage\nA,Live\nB,Live\nA,Live\n")
    assert len({row.key for row in result.accepted}) == 3
    assert [(group.name, group.numbers, group.are_identical) for group in result.duplicates] == [("A", (2, 4), True)]


def test_different_spellings_of_parts_never_share_a_key():
    keys = keys_by_purpose("Name,Department,Purpose\nA,B C,x\nA B,C,x\n")
    assert len(set(keys.values())) == 2


def test_a_plan_can_be_split_by_organisation():
    parsed = parse(b"Agency,Name\nX,A\nY,B\nX,C\n,D\n")
    parts = plan(parsed, guess_mapping(parsed)).by_organisation()
    assert {name: len(part.accepted) for name, part in parts.items()} == {
        "": 0,
        "X": 2,
        "Y": 1,
    }
    assert "names no organisation" in parts[""].rejected[0].problems[0].reason


def test_another_column_can_be_chosen_as_the_organisation():
    parsed = parse(b"Agency,Department,Name\nX,P,A\nX,Q,B\n")
    mapping = guess_mapping(parsed).with_organisation_column("Department")
    assert mapping.columns == {"name": "Name", "organisation": "Department"}
    assert sorted(plan(parsed, mapping).by_organisation()) == ["P", "Q"]


# --- The real inventory -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inventory() -> bytes:
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    file = Path(os.environ.get("AIMS_SHARED_DATA", default)) / "us-federal-ai-inventory-2024.csv"
    if not file.is_file():
        pytest.skip(f"The federal inventory is not here ({file}); set AIMS_SHARED_DATA to its folder.")
    return file.read_bytes()


def test_the_federal_inventory_is_read_whole(inventory):
    started = time.perf_counter()
    parsed = parse(inventory)
    result = plan(parsed, guess_mapping(parsed))
    spent = time.perf_counter() - started
    assert parsed.encoding == "windows-1252"
    assert (len(result.accepted), len(result.rejected)) == (2133, 0)
    assert len({row.key for row in result.accepted}) == 2133
    assert len(result.duplicates) == 29
    assert [row.number for row in result.rows] == list(range(2, 2135))
    assert spent < 2, f"{spent:.2f} s"


def test_the_guessed_mapping_of_the_federal_inventory(inventory):
    mapping = guess_mapping(parse(inventory))
    starts = {key: header[:30] for key, header in mapping.columns.items()}
    assert starts == {
        "name": "Use Case Name",
        "organisation": "Agency Abbreviation",
        "organisation_name": "Agency",
        "business_unit": "Bureau",
        "purpose": "What is the intended purpose a",
        "outputs": "Describe the AI system’s outpu",
        "stage": "Stage of Development",
        "topic": "Use Case Topic Area",
        "developed_by": "Was the AI system involved in ",
        "contract": "Provide the Procurement Instru",
        "impact": "Is the AI use case rights-impa",
        "uses_personal_data": "Does this AI use case involve ",
        "is_public_facing": "Does this AI use case dissemin",
        "acts_without_review": "For this particular use case, ",
        "started_on": "Date Initiated",
        "development_on": "Date when Acquisition and/or D",
        "implemented_on": "Date Implemented",
        "retired_on": "Date Retired",
    }
    assert mapping.date_order == "mdy"


def test_the_federal_inventory_splits_into_its_agencies(inventory):
    parsed = parse(inventory)
    result = plan(parsed, guess_mapping(parsed).with_organisation_column("Agency Abbreviation"))
    parts = result.by_organisation()
    assert len(parts) == 41
    assert sum(len(part.accepted) for part in parts.values()) == 2133
    assert sum(len(part.duplicates) for part in parts.values()) == 29
    stages = Counter(row.values["stage"] for row in result.accepted)
    assert stages == {
        "operation": 892,
        "development": 405,
        "planned": 402,
        "verification": 287,
        "retired": 147,
    }


def test_the_federal_inventory_in_any_order_gives_every_system_the_same_key(inventory):
    parsed = parse(inventory)
    mapping = guess_mapping(parsed)
    text = inventory.decode("cp1252")
    import csv

    rows = list(csv.reader(io.StringIO(text, newline="")))
    body = rows[1:]
    random.Random(7).shuffle(body)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([rows[0], *body])
    shuffled = plan(parse(out.getvalue().encode("utf-8-sig")), mapping)

    def by_content(result):
        return sorted((row.key, repr(sorted(row.values.items())), repr(row.extra)) for row in result.rows)

    assert by_content(shuffled) == by_content(plan(parsed, mapping))
