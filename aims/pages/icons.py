"""Icons, drawn inline from the vendored outlines so that they take the colour of the text beside them."""

import re
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString

FOLDER = Path(__file__).resolve().parent.parent.parent / "static" / "vendor" / "tabler-icons"
FALLBACK = "circle"


@cache
def outline(name: str) -> SafeString:
    """The drawing of one icon: everything between the <svg> tags of its file."""
    path = FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        if settings.DEBUG:
            raise LookupError(f"There is no icon {name!r}: copy its outline into static/vendor/tabler-icons/.")
        return outline(FALLBACK)
    body = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    if body is None:
        raise ValueError(f"{path} is not an outline.")
    # SECURITY: safe because the text comes from a vendored file, never from input.
    return SafeString(re.sub(r"\s+", " ", body[1]).strip())


def draw_icon(name: str, *, size: int = 18, css: str = "", label: str = "") -> SafeString:
    """One icon; without a label it is decoration and hidden from assistive technology."""
    if not label:
        return decoration(name, size, css)
    return drawing(name, size, css, format_html('role="img" aria-label="{}"', label))


@lru_cache(maxsize=1_000)
def decoration(name: str, size: int, css: str) -> SafeString:
    return drawing(name, size, css, SafeString('aria-hidden="true"'))


def drawing(name: str, size: int, css: str, naming: SafeString) -> SafeString:
    return format_html(
        '<svg class="icon{}" width="{}" height="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>{}</svg>',
        f" {css}" if css else "",
        size,
        size,
        naming,
        outline(name),
    )
