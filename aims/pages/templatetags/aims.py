"""The template tags that every page uses; `components/` shows each of them in the gallery."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    FileInput,
    HiddenInput,
    RadioSelect,
    Select,
)
from django.template.defaultfilters import filesizeformat
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from aims.pages import wording
from aims.pages.badges import Badge, named_badge
from aims.pages.icons import draw_icon
from aims.pages.panels import render_panels

register = template.Library()


@register.simple_tag
def icon(name: str, size: int = 18, css: str = "", label: str = "") -> SafeString:
    """{% icon "home" %} draws a vendored icon; give a label only when no text stands beside it."""
    return draw_icon(name, size=size, css=css, label=label)


@register.simple_tag
def badge(label: object, tone: str = "neutral", icon: str = "circle") -> SafeString:
    """{% badge "Accepted" "good" "check" %}: text, colour and icon together."""
    return Badge(label, tone, icon).__html__()


@register.filter
def drawn(value: Any) -> SafeString | str:
    """{{ state|drawn }}: a badge made in Python, with icon and colour; a bare {{ state }} gives its words only."""
    return conditional_escape(value)


@register.simple_tag
def standing_badge(value: object) -> SafeString:
    return named_badge("standing", value).__html__()


@register.simple_tag
def tier_badge(value: object) -> SafeString:
    return named_badge("tier", value).__html__()


@register.simple_tag
def freshness_badge(value: object) -> SafeString:
    return named_badge("freshness", value).__html__()


@register.simple_tag
def when(value: Any) -> SafeString:
    """{% when risk.accepted_at %}: "12 days ago", the exact time on hover."""
    return wording.show_time(value)


@register.simple_tag
def exact(value: Any) -> SafeString:
    """{% exact pack.built_at %}: "21 November 2026, 12:00 UTC", for paper."""
    return wording.show_exact_time(value)


@register.simple_tag
def number(value: Any) -> SafeString:
    return wording.show_number(value)


@register.simple_tag
def person(member: Any) -> SafeString:
    return wording.show_person(member)


@register.simple_tag
def file_size(count: int | None) -> SafeString:
    if count is None:
        return wording.NOTHING
    return format_html('<span class="number">{}</span>', filesizeformat(count))


@register.simple_tag
def long_text(text: str | None, clamp: int = 600) -> SafeString:
    """Text that a person wrote, with its paragraphs; beyond `clamp` characters behind a disclosure."""
    text = (text or "").strip()
    if not text:
        return wording.NOTHING
    if len(text) <= clamp + clamp // 4:
        return format_html('<div class="prose">{}</div>', _paragraphs(text))
    cut = text.rfind(" ", clamp // 2, clamp)
    cut = cut if cut > 0 else clamp
    return format_html(
        '<details class="prose prose-clamped"><summary><span class="prose-start">{}…</span> '
        '<span class="prose-more">{}</span></summary>{}</details>',
        text[:cut],
        _("Show all"),
        _paragraphs(text),
    )


def _paragraphs(text: str) -> SafeString:
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return format_html_join("", "<p>{}</p>", ((_lines(block),) for block in blocks))


def _lines(block: str) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in block.strip().split("\n")))


@register.simple_tag
def progress(value: int, maximum: int = 100, label: str = "") -> SafeString:
    """A bar and its figures; the label says what is being counted."""
    maximum = max(int(maximum or 0), 1)
    value = min(max(int(value or 0), 0), maximum)
    return format_html(
        '<span class="progress-line"><progress value="{0}" max="{1}" aria-label="{2}" class="progress-bar-native">'
        '{3}%</progress><span class="number">{3}%</span></span>',
        value,
        maximum,
        label or _("Progress"),
        round(100 * value / maximum),
    )


@register.simple_block_tag
def panel(
    content: str,
    title: str = "",
    icon: str = "",
    id: str = "",
    tone: str = "",
    note: str = "",
    flush: bool = False,
) -> SafeString:
    """{% panel title="Treatments" %}…{% endpanel %}: a titled box; `flush` for a table that fills it."""
    heading = format_html(
        '<header class="card-header"><h2 class="card-title"{}>{}{}</h2>{}</header>',
        format_html(' id="{}-title"', id) if id else "",
        draw_icon(icon, css="me-2") if icon else "",
        title,
        format_html('<p class="card-note">{}</p>', note) if note else "",
    )
    # SECURITY: safe because a block tag's content was rendered, and so escaped, by the template engine.
    body = SafeString(content)
    return format_html(
        '<section class="card panel{}"{}>{}{}</section>',
        f" panel-{tone}" if tone else "",
        format_html(' id="{0}" aria-labelledby="{0}-title"', id) if id else "",
        heading if title else "",
        body if flush else format_html('<div class="card-body">{}</div>', body),
    )


@register.simple_tag(takes_context=True)
def panels(context: template.Context, record: Any) -> SafeString:
    """{% panels system %}: what higher rooms show on this record's page."""
    return render_panels(context["request"], record)


@register.simple_block_tag
def facts(content: str, columns: int = 2) -> SafeString:
    """{% facts %}{% fact "Owner" %}…{% endfact %}{% endfacts %}: what is known about a record."""
    return format_html('<dl class="facts facts-{}">{}</dl>', columns, SafeString(content))


@register.simple_block_tag
def fact(content: str, label: str, wide: bool = False, help: str = "") -> SafeString:
    value = SafeString(content) if content.strip() else wording.NOTHING
    hint = format_html('<span class="fact-help">{}</span>', help) if help else ""
    return format_html(
        '<div class="fact{}"><dt>{}{}</dt><dd>{}</dd></div>',
        " fact-wide" if wide else "",
        label,
        hint,
        value,
    )


@register.simple_block_tag
def alert(content: str, tone: str = "info", title: str = "", icon: str = "") -> SafeString:
    """{% alert tone="warn" title="…" %}…{% endalert %}: something to know before going on."""
    icons = {
        "good": "circle-check",
        "warn": "alert-triangle",
        "bad": "alert-circle",
        "info": "info-circle",
    }
    return format_html(
        '<div class="notice notice-{}" role="{}">{}<div>{}{}</div></div>',
        tone,
        "alert" if tone == "bad" else "status",
        draw_icon(icon or icons.get(tone, "info-circle"), size=20),
        format_html('<p class="notice-title">{}</p>', title) if title else "",
        SafeString(content),
    )


@register.simple_tag
def widget(field: BoundField, **attrs: str) -> SafeString:
    """A form control in the look of the product, whichever form it comes from."""
    css = css_of(field)
    given = field.field.widget.attrs.get("class", "")
    merged = {"class": f"{given} {css}".strip()} if css or given else {}
    if field.errors:
        merged["class"] = f"{merged.get('class', '')} is-invalid".strip()
    return field.as_widget(
        attrs={
            **merged,
            **{name.replace("_", "-"): value for name, value in attrs.items()},
        }
    )


def css_of(field: BoundField) -> str:
    control = field.field.widget
    match control:
        case HiddenInput():
            return ""
        case CheckboxInput() | CheckboxSelectMultiple() | RadioSelect():
            return "form-check-input"
        case Select():
            return "form-select"
        case FileInput():
            return "form-control"
        case _:
            return "form-control"


@register.filter
def control_kind(field: BoundField) -> str:
    """Which shape a field takes on the page: hidden, check, choices or control."""
    match field.field.widget:
        case HiddenInput():
            return "hidden"
        case CheckboxSelectMultiple() | RadioSelect():
            return "choices"
        case CheckboxInput():
            return "check"
        case _:
            return "control"


@register.filter
def visible_errors(form: Any) -> Iterable[tuple[BoundField, list[str]]]:
    """The fields with errors, in the order of the form, for the summary on top."""
    return [(field, list(field.errors)) for field in form if field.errors]


@register.filter
def person_name(member: object) -> str:
    return wording.name_of(member)


@register.filter
def initials(member: object) -> str:
    return wording.initials(wording.name_of(member))


@register.filter
def subtract(total: int, shown: Any) -> int:
    """`{{ total|subtract:rows }}`: how many a cut list leaves out."""
    return max(0, int(total or 0) - len(shown))


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The current query string with some parameters changed; None removes one, and the page starts again at 1."""
    request = context.get("request")
    if request is None:
        return ""
    parameters = request.GET.copy()
    parameters.pop("page", None)
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None and value != "":
            parameters[name] = str(value)
    return "?" + parameters.urlencode()
