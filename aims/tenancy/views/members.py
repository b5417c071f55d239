"""Members: who they are, what they may do, whether they may enter."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm, apply_action
from aims.tenancy.actions import change_member, deactivate_member, reactivate_member, revoke_token
from aims.tenancy.door import org_view
from aims.tenancy.forms import MemberForm
from aims.tenancy.listing import MemberListing, state_of_engagement, state_of_member, state_of_token
from aims.tenancy.models import Member


def member_or_404(member: UUID) -> Member:
    found = Member.objects.select_related("user").filter(pk=member).first()
    if found is None:
        raise Http404
    return found


def crumbs(request: HttpRequest, member: Member | None = None) -> list[tuple[str, str]]:
    slug = request.organisation.slug
    trail = [
        (_("Settings"), reverse("tenancy:settings", args=[slug])),
        (_("Members"), reverse("tenancy:member_list", args=[slug])),
    ]
    if member is not None:
        trail.append((member.display_name, reverse("tenancy:member_detail", args=[slug, member.pk])))
    return trail


@org_view("members.view", methods=("GET",))
def member_list(request: HttpRequest) -> HttpResponse:
    """Everybody who belongs, or belonged, to the organisation."""
    listing = MemberListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Members"), "breadcrumbs": crumbs(request)[:1]}
    return listing.respond(request, "tenancy/member_list.html", context)


@org_view("members.view", methods=("GET",))
def member_detail(request: HttpRequest, member: UUID) -> HttpResponse:
    """One member: roles, tokens, engagements, history."""
    found = member_or_404(member)
    context = {
        "shown": found,
        "state": state_of_member(found),
        "tokens": [(token, state_of_token(token)) for token in found.tokens.all()[:50]],
        "engagements": [(one, state_of_engagement(one)) for one in found.engagements.all()[:50]],
        "page_title": found.display_name,
        "breadcrumbs": crumbs(request),
    }
    return render(request, "tenancy/member_detail.html", context)


@org_view("members.manage")
def member_edit(request: HttpRequest, member: UUID) -> HttpResponse:
    """Change name, title, unit or roles."""
    found = member_or_404(member)
    initial = {name: getattr(found, name) for name in ("display_name", "job_title", "unit", "roles")}
    form = MemberForm(request.POST or None, initial=initial, revision=found.revision)
    back = reverse("tenancy:member_detail", args=[request.organisation.slug, found.pk])
    if request.method == "POST" and form.is_valid():
        saved = apply_action(
            form, lambda: change_member(found, revision=form.expected_revision, actor=request.member, **form.values)
        )
        if saved is not None:
            messages.success(request, _("The member was saved."))
            return redirect(back)
    context = {"form": form, "page_title": _("Edit member"), "breadcrumbs": crumbs(request, found), "cancel_url": back}
    return render(request, "tenancy/form.html", context)


@org_view("members.manage")
def member_deactivate(request: HttpRequest, member: UUID) -> HttpResponse:
    """Close the door for a member, after asking."""
    found = member_or_404(member)
    words = {
        "page_title": _("Deactivate %(name)s") % {"name": found.display_name},
        "question": _("Deactivate %(name)s?") % {"name": found.display_name},
        "consequences": [
            _("They can no longer enter, and their API tokens stop working."),
            _("What they did stays, under their name."),
            _("They can be reactivated."),
        ],
        "action_label": _("Deactivate"),
    }
    return confirm(request, found, deactivate_member, _("The member was deactivated."), words)


@org_view("members.manage")
def member_reactivate(request: HttpRequest, member: UUID) -> HttpResponse:
    """Open the door again, after asking."""
    found = member_or_404(member)
    words = {
        "page_title": _("Reactivate %(name)s") % {"name": found.display_name},
        "question": _("Reactivate %(name)s?") % {"name": found.display_name},
        "consequences": [_("They may enter again with the same roles: %s.") % ", ".join(found.role_names)],
        "action_label": _("Reactivate"),
    }
    return confirm(request, found, reactivate_member, _("The member was reactivated."), words)


@org_view("members.manage")
def member_token_revoke(request: HttpRequest, member: UUID, token: UUID) -> HttpResponse:
    """An officer takes away a member's token."""
    found = member_or_404(member)
    chosen = found.tokens.filter(pk=token).first()
    if chosen is None:
        raise Http404
    words = {
        "page_title": _("Revoke a token"),
        "question": _("Revoke the token “%(token)s” of %(name)s?") % {"token": chosen, "name": found.display_name},
        "consequences": [_("Whatever uses it is refused at once. This cannot be undone.")],
        "action_label": _("Revoke"),
    }
    return confirm(
        request, found, lambda _member, actor: revoke_token(chosen, actor=actor), _("The token was revoked."), words
    )


def confirm(request: HttpRequest, member: Member, action: Any, done: str, words: dict[str, Any]) -> HttpResponse:
    """Ask, do, and go back to the member."""
    form = ActionForm(request.POST if request.method == "POST" else None)
    back = reverse("tenancy:member_detail", args=[request.organisation.slug, member.pk])
    if (
        request.method == "POST"
        and form.is_valid()
        and apply_action(form, lambda: action(member, actor=request.member))
    ):
        messages.success(request, done)
        return redirect(back)
    context = {"form": form, "breadcrumbs": crumbs(request, member), "cancel_url": back, **words}
    return render(request, "tenancy/confirm.html", context)
