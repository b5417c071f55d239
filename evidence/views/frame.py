"""What the pages of this room share: addresses, tabs, the way back, the page of a form."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm
from evidence.models import EvidenceItem
from evidence.reliance import Reliance
from evidence.selectors import find_item


def url(request: HttpRequest, name: str, *args: Any) -> str:
    return reverse(f"evidence:{name}", args=[request.organisation.slug, *args])


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The three views of the room: what there is, what is asked for, what runs out when."""
    labels = {
        "evidence_list": _("Library"),
        "request_list": _("Requests"),
        "expiry_calendar": _("Calendar"),
    }
    return [
        {"label": label, "url": url(request, name), "is_current": name == current, "count": None}
        for name, label in labels.items()
    ]


def item_or_404(number: int) -> EvidenceItem:
    try:
        return find_item(number)
    except EvidenceItem.DoesNotExist:
        raise Http404 from None


def crumbs(request: HttpRequest, item: EvidenceItem | None = None) -> list[tuple[str, str]]:
    trail = [(_("Evidence"), url(request, "evidence_list"))]
    if item is not None:
        trail.append((item.title, url(request, "evidence_detail", item.number)))
    return trail


def form_page(
    request: HttpRequest,
    form: ActionForm,
    title: str,
    submit_label: str,
    cancel_url: str,
    item: EvidenceItem | None = None,
    reliances: Sequence[Reliance] | None = None,
    **more: Any,
) -> HttpResponse:
    context = {
        "reliances": reliances,
        "form": form,
        "item": item,
        "page_title": title,
        "submit_label": submit_label,
        "cancel_url": cancel_url,
        "breadcrumbs": crumbs(request, item),
        **more,
    }
    return render(request, "evidence/evidence_form.html", context)
