"""Invitations: asking people in, and their coming."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from aims.pages.forms import ActionForm, apply_action
from aims.tenancy.actions import accept_invitation, join_by_invitation, send_invitation, withdraw_invitation
from aims.tenancy.door import acting_for_system, find_organisation, org_view
from aims.tenancy.forms import InvitationForm, JoinForm
from aims.tenancy.listing import InvitationListing
from aims.tenancy.mailing import mail_invitation
from aims.tenancy.models import Invitation, Member, Organisation, User, digest_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def list_url(request: HttpRequest) -> str:
    return reverse("tenancy:invitation_list", args=[request.organisation.slug])


def crumbs(request: HttpRequest) -> list[tuple[str, str]]:
    slug = request.organisation.slug
    return [(_("Settings"), reverse("tenancy:settings", args=[slug])), (_("Invitations"), list_url(request))]


@org_view("members.manage", methods=("GET",))
def invitation_list(request: HttpRequest) -> HttpResponse:
    """Who was asked to join."""
    slug = request.organisation.slug
    new = reverse("tenancy:invitation_create", args=[slug])
    listing = InvitationListing(file_prefix=slug, action_url=new, action_label=_("Invite somebody"))
    context = {
        "page_title": _("Invitations"),
        "breadcrumbs": crumbs(request)[:1],
        "new_url": new,
        "new_label": _("Invite somebody"),
    }
    return listing.respond(request, "tenancy/list.html", context)


@org_view("members.manage")
def invitation_create(request: HttpRequest) -> HttpResponse:
    """Invite a person by e-mail."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sent = apply_action(form, lambda: send_invitation(actor=request.member, **form.values))
        if sent is not None:
            invitation, secret = sent
            organisation_id = request.organisation.pk
            transaction.on_commit(lambda: mail_invitation(organisation_id, invitation.pk, secret))
            messages.success(request, _("%s is invited.") % invitation.email)
            return redirect(list_url(request))
    context = {
        "form": form,
        "page_title": _("Invite somebody"),
        "breadcrumbs": crumbs(request),
        "cancel_url": list_url(request),
        "submit_label": _("Send the invitation"),
    }
    return render(request, "tenancy/form.html", context)


@org_view("members.manage")
def invitation_withdraw(request: HttpRequest, invitation: UUID) -> HttpResponse:
    """Make an invitation's link useless, after asking."""
    found = Invitation.objects.filter(pk=invitation).first()
    if found is None:
        raise Http404
    form = ActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: withdraw_invitation(found, actor=request.member))
        if done is not None:
            messages.success(request, _("The invitation was withdrawn."))
            return redirect(list_url(request))
    context = {
        "form": form,
        "page_title": _("Withdraw an invitation"),
        "question": _("Withdraw the invitation of %s?") % found.email,
        "consequences": [_("Its link stops working. You can invite the same person again.")],
        "action_label": _("Withdraw"),
        "breadcrumbs": crumbs(request),
        "cancel_url": list_url(request),
    }
    return render(request, "tenancy/confirm.html", context)


@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, slug: str, secret: str) -> HttpResponse:
    """The page behind an invitation's link. Open to everybody: the secret is the key (see aims/tenancy/public.py)."""
    organisation = find_organisation(slug)
    with acting_for_system(organisation):
        invitation = Invitation.objects.filter(digest=digest_of(secret)).first()
        if invitation is None:
            raise Http404
        invitation.organisation = organisation
        if request.user.is_authenticated and Member.objects.active().filter(user_id=request.user.pk).exists():
            return redirect("site:home", slug=slug)
        return answer_invited(request, organisation, invitation)


def answer_invited(request: HttpRequest, organisation: Organisation, invitation: Invitation) -> HttpResponse:
    """Join with the account signed in, sign in first, or make an account; whichever the invitation needs."""
    context = {"organisation_name": organisation.name, "invitation": invitation, "here": request.path}
    if not invitation.is_open:
        return render(request, "tenancy/invitation_closed.html", context, status=410)
    if request.user.is_authenticated:
        return answer_signed_in(request, request.user, invitation, context)
    if User.objects.filter(email__iexact=invitation.email).exists():
        return render(request, "tenancy/invitation_sign_in.html", context)
    form = JoinForm(
        request.POST if request.method == "POST" else None,
        email=invitation.email,
        initial={"display_name": invitation.display_name},
    )
    if request.method == "POST" and form.is_valid():
        member = apply_action(form, lambda: join_by_invitation(invitation, **form.values))
        if member is not None:
            login(request, member.user, backend=BACKEND)
            return redirect("site:home", slug=organisation.slug)
    return render(request, "tenancy/invitation_join.html", {**context, "form": form})


def answer_signed_in(
    request: HttpRequest, user: User, invitation: Invitation, context: dict[str, object]
) -> HttpResponse:
    if user.email.lower() != invitation.email.lower():
        return render(request, "tenancy/invitation_other_account.html", context)
    form = ActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        joined = apply_action(form, lambda: accept_invitation(invitation, user=user))
        if joined is not None:
            return redirect("site:home", slug=invitation.organisation.slug)
    return render(request, "tenancy/invitation_accept.html", {**context, "form": form})
