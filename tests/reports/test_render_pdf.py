"""Drawing a PDF: the same bytes each time, accessible, and closed to files and hosts."""

import io
import os
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from aims.reports import font_check
from aims.reports.pdf import PdfFailed, render_pdf, static_file

PAGE = (
    '<!doctype html><html lang="en-gb"><head><title>Pack</title>'
    '<link rel="stylesheet" href="/static/css/report.css"></head><body><h1>Heading ✓</h1>%s</body></html>'
)
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def drawn(body: str = ""):
    return render_pdf(PAGE % body, title="Pack", created_at=AT)


def test_the_same_text_gives_the_same_bytes():
    first, second = drawn("<p>One</p>"), drawn("<p>One</p>")
    assert first.content == second.content
    assert drawn("<p>Two</p>").content != first.content


def test_a_document_is_tagged_in_a_language_and_in_the_products_own_fonts():
    reader = PdfReader(io.BytesIO(drawn("<p>Text</p>").content))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-gb"
    assert "/StructTreeRoot" in root
    fonts = reader.pages[0]["/Resources"]["/Font"]
    assert any("Inter" in str(fonts[name]["/BaseFont"]) for name in fonts)


def test_pages_are_counted():
    assert drawn('<p style="break-before: page">a</p>' * 3).page_count == 4


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "http://127.0.0.1:1/x.png", "https://document.invalid/media/x.png", "ftp://x/y"]
)
def test_a_document_reaches_neither_files_nor_hosts(address, caplog):
    drawn(f'<p><img alt="x" src="{address}"></p><link rel="stylesheet" href="{address}">')
    assert f"a document asked for {address}" in caplog.text


def test_no_path_leads_out_of_the_static_files():
    assert static_file("../manage.py") is None
    assert static_file("css/../../manage.py") is None
    assert static_file("/etc/hostname") is None
    assert static_file("css/report.css").startswith(b"/*")


def test_a_document_without_a_language_is_refused():
    with pytest.raises(PdfFailed, match="language"):
        render_pdf("<title>x</title>", title="x")


def test_the_health_check_draws_a_line():
    assert font_check.try_in_child() is None


def test_the_health_check_survives_a_machine_without_fonts(tmp_path, monkeypatch):
    empty = tmp_path / "fonts.conf"
    empty.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>')
    monkeypatch.setitem(os.environ, "FONTCONFIG_FILE", str(empty))
    assert "PDF" in (font_check.try_in_child() or "")
