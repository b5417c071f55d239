"""One's own notifications."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.actions import mark_read
from aims.integrations.forms import ReadForm
from aims.integrations.listing import NotificationListing
from aims.integrations.models import Notification
from aims.tenancy.door import org_view


@org_view("notifications.own", methods=("GET",))
def notification_list(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first."""
    listing = NotificationListing(Notification.objects.of(request.member))
    unread = Notification.objects.of(request.member).unread().count()
    return listing.respond(
        request, "integrations/notification_list.html", {"page_title": _("Notifications"), "unread": unread}
    )


@org_view("notifications.own", methods=("POST",))
def notification_read(request: HttpRequest) -> HttpResponse:
    """Mark one as read, or all."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        return render(request, "400.html", status=400)
    chosen = Notification.objects.of(request.member).unread()
    if (wanted := form.cleaned_data["notification"]) is not None:
        chosen = Notification.objects.of(request.member).filter(pk=wanted)
        if not chosen.exists():
            raise Http404
    count = mark_read(chosen, actor=request.member)
    told = ngettext("%d notification marked as read.", "%d notifications marked as read.", count) % count
    messages.success(request, told)
    return redirect("integrations:notification_list", slug=request.organisation.slug)
