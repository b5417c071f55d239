"""An audit pack of about a hundred pages against WeasyPrint drawing the same HTML."""

from collections.abc import Iterator

from aims.reports.pdf import render_pdf
from aims.site.bench.measuring import line, once, peak_memory_mb

ROWS, COLUMNS, TABLES = 16, 6, 50


def sample() -> str:
    """Fifty registers of two pages each, in fixed columns as the packs have them."""
    head = "".join(f"<th scope=col>Column {n}</th>" for n in range(COLUMNS))
    row = "".join(f"<td>Entry {n} of a register with a few words in it</td>" for n in range(COLUMNS))
    body = f"<tr>{row}</tr>" * ROWS
    table = f"<table><caption>Register</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    style = (
        "@page { size: A4; margin: 18mm } body { font: 8.5pt Inter } table { width: 100%; table-layout: fixed; "
        "border-collapse: collapse; page-break-after: always } td, th { border: 0.5pt solid #999; padding: 2mm }"
    )
    pages = "".join(f"<h2>Part {n}</h2>{table}" for n in range(TABLES))
    return f"<html lang=en-GB><head><title>Sample</title><style>{style}</style></head><body>{pages}</body></html>"


def measure() -> Iterator[str]:
    """Yields the lines: our engine with its safe fetcher, accessibility and tuned collector, and the bare library."""
    import weasyprint

    html = sample()
    pages = 0

    def ours() -> None:
        nonlocal pages
        pages = render_pdf(html, title="Sample").page_count

    def bare() -> None:
        weasyprint.HTML(string=html).write_pdf()

    def bare_tagged() -> None:
        weasyprint.HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")

    render_pdf("<html lang=en><head><title>Warm</title></head><body><p>Warm</p></body></html>", title="Warm")
    seconds, baseline, tagged = once(ours), once(bare), once(bare_tagged)
    yield line(f"pack_{pages}_pages", seconds, baseline, unit="s") + f" peak={peak_memory_mb():.0f}MB"
    yield line(f"pack_{pages}_pages_against_tagged", seconds, tagged, unit="s")
