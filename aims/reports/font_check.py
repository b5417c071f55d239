"""Whether a PDF can be drawn here, tried in a child process: without fonts the engine ends the process that it is in."""

import subprocess
import sys
import time

from aims.reports.pdf import configure_fonts

SECONDS = 30
CHECK_AGAIN_AFTER = 60.0
PROGRAM = """
import io, weasyprint
out = io.BytesIO()
weasyprint.HTML(string="<html lang=en><title>t</title><p style='font-family: sans-serif'>Aä✓").write_pdf(out)
import pypdf
fonts = pypdf.PdfReader(out).pages[0]["/Resources"]["/Font"]
print(",".join(sorted(str(fonts[name]["/BaseFont"]) for name in fonts)))
"""

_last: tuple[float, str | None] | None = None


def pdf_engine() -> str | None:
    """None when a page of text can be drawn in the product's own fonts, else why not; asked anew once a minute at most."""
    global _last
    now = time.monotonic()
    if _last is not None and (_last[1] is None or now - _last[0] < CHECK_AGAIN_AFTER):
        return _last[1]
    _last = (now, try_in_child())
    return _last[1]


def try_in_child() -> str | None:
    """Draw one line in a process of its own."""
    configure_fonts()
    try:
        run = subprocess.run(  # noqa: S603 (our own program, our own interpreter)
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"drawing one line of a PDF took more than {SECONDS} seconds"
    if run.returncode < 0:
        return f"drawing a PDF ended with signal {-run.returncode}: check FONTCONFIG_FILE and the fonts it names"
    if run.returncode:
        lines = run.stderr.strip().splitlines()
        return f"drawing a PDF failed: {lines[-1][:300] if lines else 'no reason given'}"
    if "Inter" not in run.stdout:
        return f"PDF text is drawn in {run.stdout.strip() or 'no font'} instead of Inter: check FONTCONFIG_FILE"
    return None
