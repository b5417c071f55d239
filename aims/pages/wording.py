"""Values as people read them: "12 days ago", "2,133", initials of a name, an em dash for nothing."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOTHING = mark_safe('<span class="nothing" aria-hidden="true">–</span>')


def relative_time(value: datetime, now: datetime | None = None) -> str:
    """How long ago or until, in the largest fitting unit."""
    seconds = round((value - (now or timezone.now())).total_seconds())
    size = abs(seconds)
    if size < 45:
        return gettext("just now")
    if size < DAY:
        if size < HOUR:
            count = max(1, round(size / MINUTE))
            past, future = (
                ngettext("%d minute ago", "%d minutes ago", count),
                ngettext("in %d minute", "in %d minutes", count),
            )
        else:
            count = round(size / HOUR)
            past, future = (
                ngettext("%d hour ago", "%d hours ago", count),
                ngettext("in %d hour", "in %d hours", count),
            )
        return (past if seconds < 0 else future) % count
    return relative_days(round(seconds / DAY))


def relative_date(value: date, today: date | None = None) -> str:
    """The same for a day without a time of day: today, tomorrow, in 12 days."""
    return relative_days((value - (today or timezone.localdate())).days)


def relative_days(days: int) -> str:
    named = {0: gettext("today"), 1: gettext("tomorrow"), -1: gettext("yesterday")}
    if days in named:
        return named[days]
    size = abs(days)
    if size < 60:
        count = size
        past, future = (
            ngettext("%d day ago", "%d days ago", count),
            ngettext("in %d day", "in %d days", count),
        )
    elif size < 730:
        count = round(size / 30.44)
        past, future = (
            ngettext("%d month ago", "%d months ago", count),
            ngettext("in %d month", "in %d months", count),
        )
    else:
        count = round(size / 365.25)
        past, future = (
            ngettext("%d year ago", "%d years ago", count),
            ngettext("in %d year", "in %d years", count),
        )
    return (past if days < 0 else future) % count


def show_time(value: date | datetime | None) -> SafeString:
    """<time> with the relative words, the exact moment on hover and for machines."""
    if not value:
        return NOTHING
    words = relative_time(aware(value)) if isinstance(value, datetime) else relative_date(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', machine_time(value), exact_time(value), words)


def show_exact_time(value: date | datetime | None) -> SafeString:
    """<time> with the exact moment, for paper, where "12 days ago" would soon be wrong."""
    if not value:
        return NOTHING
    return format_html('<time datetime="{}">{}</time>', machine_time(value), exact_time(value))


def exact_time(value: date | datetime) -> str:
    if isinstance(value, datetime):
        local = aware(value)
        return f"{formats.date_format(local, 'j F Y, H:i')} {local:%Z}"
    return formats.date_format(value, "j F Y")


def machine_time(value: date | datetime) -> str:
    return (aware(value) if isinstance(value, datetime) else value).isoformat()


def aware(value: datetime) -> datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else timezone.make_aware(value)


def show_number(value: float | Decimal | None) -> SafeString:
    """A number with grouped thousands in tabular figures."""
    if value is None or value == "":
        return NOTHING
    return format_html(
        '<span class="number">{}</span>',
        formats.number_format(value, use_l10n=True, force_grouping=True),
    )


def initials(name: str) -> str:
    """Up to two letters for a person's chip."""
    words = [word for word in name.replace("@", " ").replace(".", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def name_of(member: object) -> str:
    """What to call a member, account or anything that stands for a person."""
    for attribute in ("display_name", "full_name", "name"):
        found = getattr(member, attribute, None)
        if found and not callable(found):
            return str(found)
    return str(member)


def show_person(member: object) -> SafeString:
    """A person as a chip: initials (decoration) and the name."""
    if not member:
        return NOTHING
    name = name_of(member)
    return format_html(
        '<span class="person"><span class="person-initials" aria-hidden="true">{}</span><span>{}</span></span>',
        initials(name),
        name,
    )
