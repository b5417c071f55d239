"""One's own notifications."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.actions import choose_digest, mark_read, set_digest_hour
from aims.integrations.forms import DigestForm, DigestHourForm, ReadForm
from aims.integrations.listing import NotificationListing
from aims.integrations.models import Notification
from aims.pages.forms import apply_action
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


@org_view("notifications.own")
def digest_choose(request: HttpRequest) -> HttpResponse:
    """Whether I get the daily digest."""
    form = DigestForm(
        request.POST if request.method == "POST" else None, initial={"wants": request.member.wants_digest}
    )
    back = reverse("integrations:notification_list", args=[request.organisation.slug])
    if request.method == "POST" and form.is_valid():
        chosen = apply_action(form, lambda: choose_digest(request.member, actor=request.member, **form.values))
        if chosen is not None:
            told = _("You get the daily digest.") if chosen.wants_digest else _("You get no daily digest any more.")
            messages.success(request, told)
            return redirect(back)
    context = {"form": form, "page_title": _("Daily digest"), "breadcrumbs": [(_("Notifications"), back)]}
    return render(request, "tenancy/form.html", {**context, "cancel_url": back})


@org_view("members.manage")
def digest_hour(request: HttpRequest) -> HttpResponse:
    """When the digests of the organisation leave."""
    hour = request.organisation.digest_hour
    form = DigestHourForm(
        request.POST if request.method == "POST" else None, initial={"hour": "" if hour is None else hour}
    )
    back = reverse("tenancy:settings", args=[request.organisation.slug])
    if request.method == "POST" and form.is_valid():
        saved = apply_action(form, lambda: set_digest_hour(request.organisation, actor=request.member, **form.values))
        if saved is not None:
            messages.success(request, _("The hour of the daily digest was saved."))
            return redirect(back)
    context = {"form": form, "page_title": _("Daily digest"), "breadcrumbs": [(_("Settings"), back)]}
    return render(request, "tenancy/form.html", {**context, "cancel_url": back})
