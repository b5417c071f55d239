"""Home and what else belongs to no single room."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.site.home import home_of
from aims.site.search import SearchForm, search_everything
from aims.tenancy.door import org_view, own_organisations


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The first page after signing in: the organisation, or a choice of them."""
    organisations = own_organisations(request)
    if len(organisations) == 1:
        return redirect("site:home", slug=organisations[0].slug)
    return render(request, "site/start.html", {"organisations": organisations})


@login_required
def email_address(request: HttpRequest) -> HttpResponse:
    """The address that this account signs in with. Invitations are bound to addresses, so only the operator changes one."""
    return render(request, "account/email_address.html")


@org_view("home.view", methods=("GET",))
def home(request: Any) -> HttpResponse:
    """What does not stand, what needs me, what falls in 30 days, readiness."""
    page = home_of(request.member, is_all_due=request.GET.get("due") == "all")
    context = {"home": page, "today": timezone.localdate(), "needs_me_count": page.unread}
    return render(request, "site/home.html", context)


@org_view("search.view", methods=("GET",))
def search(request: HttpRequest) -> HttpResponse:
    """A few records of each kind that match."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    context: dict[str, Any] = {"page_title": _("Search"), "form": form, "groups": None}
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["q"]
        groups = search_everything(text, member=request.member, slug=request.organisation.slug)
        context |= {"groups": groups, "text": text}
    return render(request, "site/search.html", context)
