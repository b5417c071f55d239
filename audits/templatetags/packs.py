"""How values that were collected as JSON are printed: days, moments, statuses, hashes."""

import re
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NOTHING = "–"
SIZE = re.compile(r'width="\d+" height="\d+" viewBox=')
SIGNS = {"good": "✓", "warn": "!", "bad": "✗", "info": "→", "open": "?", "neutral": "–"}


@register.filter
def day(value: str) -> str:
    """ "2026-11-21" as "21 November 2026"."""
    return date_format(date.fromisoformat(value[:10]), "j F Y") if value else NOTHING


@register.filter
def moment(value: str) -> str:
    """A collected time with its zone."""
    return date_format(datetime.fromisoformat(value), "j F Y, H:i T") if value else NOTHING


@register.filter
def sign(value: dict[str, str] | None) -> SafeString | str:
    """A status: sign, words and colour together."""
    if not value:
        return NOTHING
    return format_html(
        '<span class="status status-{}"><span class="sign">{}</span> {}</span>',
        value["tone"],
        SIGNS.get(value["tone"], "–"),
        value["label"],
    )


@register.filter
def rating(value: dict[str, Any] | None) -> SafeString | str:
    """A judged risk: 4 × 5 = 20, with its level."""
    if not value:
        return NOTHING
    return format_html("{}<br>{} × {} = {}", sign(value["level"]), value["likelihood"], value["impact"], value["score"])


@register.filter
def drawing(figure: dict[str, Any]) -> SafeString:
    """A figure in its size on paper."""
    size = f'width="{int(figure["width"])}" height="{int(figure["height"])}" viewBox='
    svg = SIZE.sub(size, figure["svg"], count=1)
    # SECURITY: the drawing was made by our own pen, which escapes all text; the hash of the step was checked.
    return mark_safe(svg)  # noqa: S308


@register.filter
def indent(depth: int) -> int:
    """Levels of an argument beyond the sixth are not moved further in: paper is narrow."""
    return min(int(depth), 6)
