"""The trail of the organisation, and of one record with its past states."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from aims.trail.forms import AsOfForm
from aims.trail.links import page_of
from aims.trail.listing import EventListing
from aims.trail.models import Event
from aims.trail.past import MOST_STATES, is_tracked, states_of
from aims.trail.templatetags.trail import entries_from
from aims.trail.wording import kind_name

MOST_EVENTS = 200


@org_view("trail.view", methods=("GET",))
def event_list(request: HttpRequest) -> HttpResponse:
    """Everything that happened, newest first."""
    listing = EventListing(file_prefix=request.organisation.slug)
    listing.reader = request.member
    return listing.respond(request, "trail/event_list.html", {"page_title": _("Audit trail")})


@org_view("trail.view", methods=("GET",))
def record_detail(request: HttpRequest, kind: str, record: UUID) -> HttpResponse:
    """The events and the past states of one record; `as_of` shows it as it was at a moment."""
    form = AsOfForm(request.GET if "as_of" in request.GET else None)
    as_of = form.cleaned_data["as_of"] if form.is_bound and form.is_valid() else None
    events = Event.objects.filter(target_kind=kind, target_id=record).select_related("actor").order_by("-sequence")
    if as_of is not None:
        events = events.filter(at__lte=as_of)
    shown = list(events[:MOST_EVENTS])
    states = states_of(kind, record, as_of=as_of)
    if not shown and not states and as_of is None:
        raise Http404
    slug = request.organisation.slug
    latest = shown[0] if shown else None
    context = {
        "page_title": latest.target_label if latest else kind_name(kind),
        "breadcrumbs": [(_("Audit trail"), reverse("trail:event_list", kwargs={"slug": slug}))],
        "kind": kind_name(kind),
        "record_url": page_of(kind, slug=slug, id=record, number=latest.target_number if latest else None),
        "entries": entries_from(shown),
        "states": states,
        "is_tracked": is_tracked(kind),
        "form": form,
        "as_of": as_of,
        "most_states": MOST_STATES,
    }
    return render(request, "trail/record_detail.html", context)
