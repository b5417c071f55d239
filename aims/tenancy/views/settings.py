"""What can be set for the organisation, and for oneself."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.forms import apply_action
from aims.tenancy.actions import rename_organisation
from aims.tenancy.door import org_view
from aims.tenancy.forms import OrganisationForm
from aims.tenancy.listing import VisitListing


@dataclass(frozen=True)
class Entry:
    """One page that the hub leads to."""

    label: str | Promise
    text: str | Promise
    icon: str
    name: str
    permission: str


ORGANISATION = [
    Entry(
        gettext_lazy("Members"),
        gettext_lazy("Who belongs to the organisation, and their roles."),
        "users-group",
        "tenancy:member_list",
        "members.view",
    ),
    Entry(
        gettext_lazy("Invitations"),
        gettext_lazy("Who was asked to join, and whether they did."),
        "mail",
        "tenancy:invitation_list",
        "members.manage",
    ),
    Entry(
        gettext_lazy("Engagements"),
        gettext_lazy("When certification auditors may enter."),
        "certificate",
        "tenancy:engagement_list",
        "engagements.manage",
    ),
    Entry(
        gettext_lazy("Access log"),
        gettext_lazy("What certification auditors opened."),
        "eye",
        "tenancy:visit_list",
        "engagements.manage",
    ),
    Entry(
        gettext_lazy("Audit trail"),
        gettext_lazy("Everything that happened, in order."),
        "history",
        "trail:event_list",
        "trail.view",
    ),
    Entry(
        gettext_lazy("What each tier asks"),
        gettext_lazy("How much an assurance case has to show, tier by tier."),
        "scale",
        "cases:tier_list",
        "cases.view",
    ),
    Entry(
        gettext_lazy("Name of the organisation"),
        gettext_lazy("As it stands on pages and in packs."),
        "building",
        "tenancy:organisation_edit",
        "members.manage",
    ),
    Entry(
        gettext_lazy("Daily digest"),
        gettext_lazy("When members get what needs them by e-mail."),
        "mail",
        "integrations:digest_hour",
        "members.manage",
    ),
]
OWN = [
    Entry(
        gettext_lazy("API tokens"),
        gettext_lazy("Let programs work in your name."),
        "key",
        "tenancy:token_list",
        "tokens.own",
    ),
    Entry(
        gettext_lazy("Notifications"),
        gettext_lazy("What you were told."),
        "bell",
        "integrations:notification_list",
        "notifications.own",
    ),
    Entry(
        gettext_lazy("Daily digest"),
        gettext_lazy("Whether you get one by e-mail."),
        "mail",
        "integrations:digest_choose",
        "notifications.own",
    ),
]
ACCOUNT = [
    (gettext_lazy("Password"), gettext_lazy("Change it."), "lock", "account_change_password"),
    (
        gettext_lazy("Second factor"),
        gettext_lazy("Authenticator app, security keys, recovery codes."),
        "shield-lock",
        "mfa_index",
    ),
    (gettext_lazy("Sessions"), gettext_lazy("Where you are signed in."), "device-mobile", "usersessions_list"),
]


@org_view("settings.view", methods=("GET",))
def hub(request: HttpRequest) -> HttpResponse:
    """Every settings page that this member may open."""

    def open_to_member(entries: list[Entry]) -> list[tuple[Entry, str]]:
        slug = request.organisation.slug
        return [(e, reverse(e.name, args=[slug])) for e in entries if request.member.may(e.permission)]

    context = {
        "page_title": _("Settings"),
        "organisation_entries": open_to_member(ORGANISATION),
        "own_entries": open_to_member(OWN),
        "account_entries": [(label, text, icon, reverse(name)) for label, text, icon, name in ACCOUNT],
    }
    return render(request, "tenancy/settings.html", context)


@org_view("members.manage")
def organisation_edit(request: HttpRequest) -> HttpResponse:
    """Rename the organisation."""
    form = OrganisationForm(request.POST or None, initial={"name": request.organisation.name})
    back = reverse("tenancy:settings", args=[request.organisation.slug])
    if request.method == "POST" and form.is_valid():
        renamed = apply_action(
            form, lambda: rename_organisation(request.organisation, actor=request.member, **form.values)
        )
        if renamed is not None:
            messages.success(request, _("The name was saved."))
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("Name of the organisation"),
        "breadcrumbs": [(_("Settings"), back)],
        "cancel_url": back,
    }
    return render(request, "tenancy/form.html", context)


@org_view("engagements.manage", methods=("GET",))
def visit_list(request: HttpRequest) -> HttpResponse:
    """What certification auditors opened and downloaded."""
    listing = VisitListing(file_prefix=request.organisation.slug)
    context = {
        "page_title": _("Access log"),
        "breadcrumbs": [(_("Settings"), reverse("tenancy:settings", args=[request.organisation.slug]))],
    }
    return listing.respond(request, "tenancy/list.html", context)
