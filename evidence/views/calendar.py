"""The expiry calendar as a page and as a file for calendar programs."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aims.pages.finding import readable
from aims.tenancy.door import org_view
from evidence.expiry import expiry_page, month_of, running_out
from evidence.filters import ExpiryFilter
from evidence.icalendar import Entry
from evidence.icalendar import calendar as calendar_file
from evidence.models import EvidenceItem
from evidence.querysets import EvidenceItemQuerySet
from evidence.views.frame import crumbs, tabs, url

AHEAD = timedelta(days=366)
MOST_ENTRIES = 2000
KEPT = ("kind", "owner", "system")


def narrowed(request: HttpRequest) -> tuple[ExpiryFilter, EvidenceItemQuerySet, list[str], QueryDict]:
    """The items that the filters let through; a value that is not understood is named and left out."""
    asked, errors = readable(request.GET)
    shown = ExpiryFilter(asked, queryset=EvidenceItem.objects.all(), request=request)
    if shown.is_valid():
        return shown, shown.qs, errors, asked
    understood = asked.copy()
    for name, problems in shown.form.errors.items():
        errors += [f"{shown.form[name].label}: {problem}" for problem in problems]
        understood.pop(name, None)
    usable = ExpiryFilter(understood, queryset=EvidenceItem.objects.all(), request=request)
    return shown, usable.qs if usable.is_valid() else EvidenceItem.objects.none(), errors, understood


@org_view("evidence.view", methods=("GET",))
def expiry_calendar(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    filters, items, errors, asked = narrowed(request)
    page = expiry_page(items, month_of(asked.get("month", ""), timezone.localdate(now)), now)
    kept = QueryDict(mutable=True)
    for name in KEPT:
        if asked.get(name):
            kept[name] = str(asked[name])
    context: dict[str, Any] = {
        "page_title": _("Expiry calendar"),
        "breadcrumbs": crumbs(request),
        "tabs": tabs(request, "expiry_calendar"),
        "page": page,
        "filters": filters.form,
        "errors": errors,
        "kept": kept.urlencode(),
        "weekdays": [date(2024, 1, day) for day in range(1, 8)],
        "list_url": url(request, "evidence_list"),
        "may_export": request.member.may("registers.export"),
    }
    return render(request, "evidence/expiry_calendar.html", context)


@org_view("registers.export", methods=("GET",))
def expiry_file(request: HttpRequest) -> HttpResponse:
    """What runs out within a year, for a calendar program. It leaves the house, so it is an export."""
    now, today = timezone.now(), timezone.localdate()
    _filters, items, _errors, _asked = narrowed(request)
    found = running_out(items, today, today + AHEAD).select_related("owner").defer("description")
    entries = [
        Entry(
            uid=f"{item.pk}@aims",
            day=timezone.localdate(item.fresh_until),
            summary=_("Runs out: %s") % item.title,
            url=request.build_absolute_uri(url(request, "evidence_detail", item.number)),
            description=_("Evidence %(number)d, kept by %(keeper)s, is current until %(day)s.")
            % {
                "number": item.number,
                "keeper": item.owner.display_name,
                "day": date_format(timezone.localtime(item.fresh_until), "j F Y, H:i"),
            },
        )
        for item in found[:MOST_ENTRIES]
    ]
    name = _("Evidence of %s") % request.organisation.name
    response = HttpResponse(calendar_file(name, entries, now), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{request.organisation.slug}-evidence.ics"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
