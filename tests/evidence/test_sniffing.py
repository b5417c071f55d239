"""What an upload really is: everything that evidence usually is comes in, everything that could act stays out."""

import io
import random
import zipfile

import pytest
from openpyxl import Workbook

from evidence.sniffing import ALLOWED_EXTENSIONS, FileRefused, safe_file_name, sniff

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 30
MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Result\r\n\r\nAll well.\r\n"


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def office(folder: str, *more: str) -> bytes:
    return archive(
        **{
            "[Content_Types].xml": b"<Types/>",
            f"{folder}/main.xml": b"<a/>",
            **dict.fromkeys(more, b"x"),
        }
    )


def refused(content: bytes, name: str) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        sniff(content, name)
    return caught.value


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "report.pdf", "application/pdf"),
        (PNG, "chart.png", "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 20, "photo.JPEG", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "photo.webp", "image/webp"),
        (
            b"PAR1" + b"\0" * 20 + b"PAR1",
            "scores.parquet",
            "application/vnd.apache.parquet",
        ),
        (b"\x1f\x8b\x08\0rest", "log.gz", "application/gzip"),
        (archive(**{"a.csv": b"1,2"}), "bundle.zip", "application/zip"),
        (archive(**{"evaluate.py": b"print(1)"}), "scripts.zip", "application/zip"),
        (
            archive(mimetype=b"application/vnd.oasis.opendocument.text"),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        (b"group,ratio\nA,0.93\n", "ratios.csv", "text/csv"),
        ("Prüfung;Größe\n".encode("cp1252"), "alt.csv", "text/csv"),
        ("Grüße\n".encode("utf-16"), "notes.txt", "text/plain"),
        (b"# Title\n<b>fine</b>\n", "notes.md", "text/markdown"),
        (b'{"a": [1, 2]}', "result.json", "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "result.jsonl", "application/x-ndjson"),
        (b"a: 1\n", "run.yaml", "application/yaml"),
        (b'<?xml version="1.0"?><result/>', "junit.xml", "application/xml"),
        (MAIL, "reply.eml", "message/rfc822"),
        (b"MZ is how this note begins\n", "note.txt", "text/plain"),
    ],
)
def test_usual_evidence_is_recognised(content, name, media_type):
    found = sniff(content, name)
    assert found.media_type == media_type
    assert found.file_name == name


@pytest.mark.parametrize(("folder", "extension"), [("word", "docx"), ("xl", "xlsx"), ("ppt", "pptx")])
def test_office_documents_are_told_apart(folder, extension):
    assert sniff(office(folder), f"a.{extension}").kind.extensions == (extension,)


def test_a_real_workbook_is_recognised():
    out = io.BytesIO()
    Workbook().save(out)
    assert sniff(out.getvalue(), "book.xlsx").kind.name == "Excel workbook"


def test_a_file_without_an_extension_gets_the_right_one():
    assert sniff(PNG, "chart").file_name == "chart.png"
    assert sniff(MAIL, "message").file_name == "message.eml"
    assert sniff(b"hello\n", "note").file_name == "note.txt"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "report.pdf", "empty"),
        (b"MZ\x90\0\x03", "report.pdf", "program"),
        (b"\x7fELF\x02\x01", "data.csv", "program"),
        (b"#!/bin/sh\nrm\n", "notes.txt", "program"),
        (b"hello", "setup.exe", "program"),
        (b"hello", "report.pdf.js", "program"),
        (archive(**{"tool/setup.exe": b"MZ"}), "bundle.zip", "program"),
        (b"<html><body>", "report.html", "active_content"),
        (b"<!DOCTYPE html><p>", "report.txt", "active_content"),
        (
            b"\xef\xbb\xbf\n<!-- hi --><script>alert(1)</script>",
            "a.csv",
            "active_content",
        ),
        (
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
            "a.xml",
            "active_content",
        ),
        (
            b'<x xmlns:s="http://www.w3.org/2000/svg"><s:svg/></x>',
            "a.xml",
            "active_content",
        ),
        (
            b'<?xml version="1.0"?><xsl:stylesheet xmlns:xsl="u"/>',
            "a.xml",
            "active_content",
        ),
        ("<html>".encode("utf-16"), "a.txt", "active_content"),
        (b"<svg/>", "logo.svg", "active_content"),
        (
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "a.xml",
            "xml_entities",
        ),
        (office("xl", "xl/vbaProject.bin"), "a.xlsx", "macros"),
        (office("word"), "a.docm", "macros"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.docx", "old_office"),
        (b"PK\x03\x04broken", "a.docx", "broken"),
        (PNG, "report.pdf", "mismatch"),
        (b"%PDF-1.7", "chart.png", "mismatch"),
        (b"GIF89a;<script>%PDF-1.7", "report.pdf", "mismatch"),
        (office("word"), "a.xlsx", "mismatch"),
        (archive(a=b"1"), "a.docx", "mismatch"),
        (b"not json", "a.json", "mismatch"),
        (b"[" * 100_000, "a.json", "mismatch"),
        (b"plain words", "a.xml", "mismatch"),
        (b"plain words", "a.eml", "mismatch"),
        (b"plain words", "a.pdf", "mismatch"),
        (b"plain words", "a.tex", "unknown"),
        (b"\x00\x01\x02\x03" * 20, "a.txt", "unknown"),
        (b"GIF89a" + b"\0" * 30, "a.gif", "unknown"),
    ],
)
def test_what_could_act_or_mislead_is_refused_with_the_remedy(content, name, code):
    error = refused(content, name)
    assert error.code == code
    assert str(error).endswith(".") and len(str(error)) < 400


def test_an_archive_that_unpacks_to_far_too_much_is_refused():
    assert refused(archive(zeros=b"\0" * 30_000_000), "a.zip").code == "zip_bomb"
    many = archive(**{f"{n}": b"" for n in range(10_001)})
    assert refused(many, "a.zip").code == "zip_bomb"


def test_the_refusal_of_an_unknown_kind_names_what_it_seems_to_be():
    assert "GIF" in str(refused(b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0;", "a.gif"))


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\report.pdf", "report.pdf"),
        ("re\u202efdp.txt", "refdp.txt"),
        ("a\x00b\n.pdf", "ab.pdf"),
        ('a<b>:"c.pdf', "a_b___c.pdf"),
        ("", "file"),
        ("...", "file"),
        ("Prüfbericht 2024.pdf", "Prüfbericht 2024.pdf"),
    ],
)
def test_file_names_are_made_safe(given, safe):
    assert safe_file_name(given) == safe


def test_a_long_file_name_keeps_its_extension():
    name = safe_file_name("x" * 500 + ".pdf")
    assert len(name) <= 150 and name.endswith(".pdf")


def test_every_allowed_extension_is_in_lower_case():
    assert all(extension == extension.casefold() for extension in ALLOWED_EXTENSIONS)


@pytest.mark.parametrize("seed", range(40))
def test_noise_is_either_recognised_or_refused(seed):
    rng = random.Random(seed)
    start = rng.choice(
        [
            b"",
            b"PK\x03\x04",
            b"%PDF-",
            b"<",
            b"{",
            b"PAR1",
            b"RIFF",
            b"\xff\xfe",
            b"MZ",
            b"From: a\n",
        ]
    )
    content = start + rng.randbytes(rng.randrange(1, 400))
    try:
        sniff(content, f"file.{rng.choice(ALLOWED_EXTENSIONS)}")
    except FileRefused as error:
        assert error.code
