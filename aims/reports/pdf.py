"""The PDF engine: HTML in, an accessible PDF (PDF/UA-1) out, the same bytes of the same text on every machine.

Only workers and commands call it: importing WeasyPrint takes a second and its native libraries, so it is imported when
the first document is drawn.
"""

import gc
import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation

from aims.launch.fonts import write_fonts_configuration

# A name that can never resolve (RFC 6761): addresses in a document are relative to it, and only our fetcher knows it.
BASE_URL = "https://document.invalid/"
MEDIA_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2"}

logger = logging.getLogger(__name__)


class PdfFailed(Exception):
    """The document could not be drawn; the message says why."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """A drawn document."""

    content: bytes
    page_count: int


def render_pdf(html: str, *, title: str, created_at: datetime | None = None) -> Pdf:
    """Draw an HTML document. It may use the product's static files and `data:` addresses, nothing else.

    `created_at` is the only time written into the file, so that the same text gives the same bytes.
    """
    if "<title>" not in html or "lang=" not in html[:2000]:
        raise PdfFailed(f"“{title}” has no title or language, which an accessible PDF must have.")
    opened = open_html(html)
    out = io.BytesIO()
    with collecting_rarely():
        document = opened.render(pdf_variant="pdf/ua-1")
        pages = len(document.pages)
        stamp = created_at.isoformat(timespec="seconds") if created_at else None
        document.metadata.title = title
        document.metadata.created, document.metadata.modified = stamp, stamp
        document.write_pdf(out, pdf_variant="pdf/ua-1", pdf_identifier=title.encode())
    return Pdf(out.getvalue(), pages)


def open_html(html: str) -> Any:
    """The document as the engine reads it, with the product's styles and fonts within reach and nothing else."""
    return _engine().HTML(string=html, base_url=BASE_URL, url_fetcher=_fetcher())


def configure_fonts() -> Path:
    """Let fontconfig see the product's own fonts and no others; an operator's FONTCONFIG_FILE wins.

    Without any font the engine takes the whole process with it, so this comes before the import.
    """
    given = os.environ.get("FONTCONFIG_FILE")
    if given:
        return Path(given)
    settings.STATE_DIR.mkdir(parents=True, exist_ok=True)
    path = write_fonts_configuration(settings.STATE_DIR)
    os.environ["FONTCONFIG_FILE"] = str(path)
    return path


@cache
def _engine() -> Any:
    """WeasyPrint, imported once and only here."""
    configure_fonts()
    try:
        import weasyprint
    except OSError as missing:
        raise PdfFailed(
            f"The PDF libraries are missing ({missing}). Install Pango, for example: apt-get install "
            "--no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from missing
    return weasyprint


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Collect garbage less often while drawing: a document is millions of small objects that all stay (×0.75 time)."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@cache
def _fetcher() -> Any:
    """The only way out of a document."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):  # type: ignore[misc]
        """SECURITY: text of tenants is in the document; it must reach neither files nor hosts."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            parts = urlsplit(url)
            prefix = urlsplit(settings.STATIC_URL).path
            if f"{parts.scheme}://{parts.netloc}/" != BASE_URL or not parts.path.startswith(prefix):
                logger.warning("a document asked for %s, which is not one of the product's files", url[:200])
                raise ValueError(f"{url[:200]} is not one of the product's files")
            name = unquote(parts.path.removeprefix(prefix))
            content = static_file(name)
            if content is None:
                raise FatalURLFetchingError(f"The static file {name} is missing: run collectstatic.")
            kind = MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    return OwnFiles(allowed_protocols={"data"}, allow_redirects=False)


def static_file(name: str) -> bytes | None:
    """A file of the product by its static name, from the source tree or from where it was collected."""
    try:
        found = finders.find(name)
        if found:
            return Path(found).read_bytes()
        with staticfiles_storage.open(name) as file:
            return file.read()
    except (OSError, SuspiciousFileOperation):
        return None
