"""One's own API tokens."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from aims.pages.forms import ActionForm, apply_action
from aims.tenancy.actions import issue_token, revoke_token
from aims.tenancy.door import org_view
from aims.tenancy.forms import TokenForm
from aims.tenancy.listing import TokenListing
from aims.tenancy.models import Token


def list_url(request: HttpRequest) -> str:
    return reverse("tenancy:token_list", args=[request.organisation.slug])


def crumbs(request: HttpRequest) -> list[tuple[str, str]]:
    slug = request.organisation.slug
    return [(_("Settings"), reverse("tenancy:settings", args=[slug])), (_("API tokens"), list_url(request))]


@org_view("tokens.own", methods=("GET",))
def token_list(request: HttpRequest) -> HttpResponse:
    """The tokens that this member holds or held."""
    slug = request.organisation.slug
    new = reverse("tenancy:token_create", args=[slug])
    listing = TokenListing(
        Token.objects.filter(member=request.member), file_prefix=slug, action_url=new, action_label=_("Issue a token")
    )
    context = {
        "page_title": _("API tokens"),
        "breadcrumbs": crumbs(request)[:1],
        "new_url": new,
        "new_label": _("Issue a token"),
    }
    return listing.respond(request, "tenancy/list.html", context)


@never_cache
@org_view("tokens.own")
def token_create(request: HttpRequest) -> HttpResponse:
    """Issue a token and show its secret once.

    The answer is the page itself and no redirect: the secret would have to be kept somewhere until the next page.
    """
    form = TokenForm(request.POST or None, member=request.member)
    if request.method == "POST" and form.is_valid():
        issued = apply_action(
            form,
            lambda: issue_token(
                request.member,
                name=form.cleaned_data["name"],
                scopes=form.scopes,
                days=form.cleaned_data["days"],
                actor=request.member,
            ),
        )
        if issued is not None:
            token, secret = issued
            context = {
                "token": token,
                "secret": secret,
                "page_title": _("Your new token"),
                "breadcrumbs": crumbs(request),
                "list_url": list_url(request),
            }
            shown = render(request, "tenancy/token_issued.html", context, status=201)
            shown["Location"] = list_url(request)  # where the door sends a form that comes a second time
            return shown
    context = {
        "form": form,
        "page_title": _("Issue a token"),
        "breadcrumbs": crumbs(request),
        "cancel_url": list_url(request),
        "submit_label": _("Issue the token"),
    }
    return render(request, "tenancy/form.html", context)


@org_view("tokens.own")
def token_revoke(request: HttpRequest, token: UUID) -> HttpResponse:
    """Make one's own token useless, after asking."""
    found = Token.objects.filter(pk=token, member=request.member).first()
    if found is None:
        raise Http404
    form = ActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: revoke_token(found, actor=request.member))
        if done is not None:
            messages.success(request, _("The token was revoked."))
            return redirect(list_url(request))
    context = {
        "form": form,
        "page_title": _("Revoke a token"),
        "question": _("Revoke the token “%s”?") % found,
        "consequences": [_("Whatever uses it is refused at once. This cannot be undone.")],
        "action_label": _("Revoke"),
        "breadcrumbs": crumbs(request),
        "cancel_url": list_url(request),
    }
    return render(request, "tenancy/confirm.html", context)
