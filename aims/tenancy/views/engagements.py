"""Engagements: the time-boxed doors of certification auditors."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm, apply_action
from aims.tenancy.actions import add_auditor, end_engagement, open_engagement, remove_auditor
from aims.tenancy.door import org_view
from aims.tenancy.forms import AuditorForm, EngagementForm
from aims.tenancy.grants import holders
from aims.tenancy.listing import EngagementListing, state_of_engagement
from aims.tenancy.models import ATTEND, AccessLog, Engagement, Member


def list_url(request: HttpRequest) -> str:
    return reverse("tenancy:engagement_list", args=[request.organisation.slug])


def crumbs(request: HttpRequest) -> list[tuple[str, str]]:
    slug = request.organisation.slug
    return [(_("Settings"), reverse("tenancy:settings", args=[slug])), (_("Engagements"), list_url(request))]


def engagement_or_404(number: int) -> Engagement:
    found = Engagement.objects.select_related("member").filter(number=number).first()
    if found is None:
        raise Http404
    return found


@org_view("engagements.manage", methods=("GET",))
def engagement_list(request: HttpRequest) -> HttpResponse:
    """All doors that were ever opened."""
    slug = request.organisation.slug
    new = reverse("tenancy:engagement_create", args=[slug])
    listing = EngagementListing(file_prefix=slug, action_url=new, action_label=_("Open an engagement"))
    context = {
        "page_title": _("Engagements"),
        "breadcrumbs": crumbs(request)[:1],
        "new_url": new,
        "new_label": _("Open an engagement"),
    }
    return listing.respond(request, "tenancy/list.html", context)


@org_view("engagements.manage", methods=("GET",))
def engagement_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One engagement, and what the auditor opened last."""
    found = engagement_or_404(number)
    auditors = list(holders(found, ATTEND))
    context = {
        "engagement": found,
        "auditors": auditors,
        "state": state_of_engagement(found),
        "visits": AccessLog.objects.filter(member__in=auditors, at__date__gte=found.starts_on)
        .select_related("member")
        .order_by("-at")[:20],
        "page_title": found.title,
        "breadcrumbs": crumbs(request),
    }
    return render(request, "tenancy/engagement_detail.html", context)


@org_view("engagements.manage")
def engagement_create(request: HttpRequest) -> HttpResponse:
    """Open a door."""
    form = EngagementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        opened = apply_action(form, lambda: open_engagement(actor=request.member, **form.values))
        if opened is not None:
            messages.success(request, _("The engagement was opened."))
            if opened.is_limited:
                # By name: the page belongs to the inventory, on a higher floor.
                return redirect("inventory:engagement_systems", slug=request.organisation.slug, number=opened.number)
            return redirect("tenancy:engagement_detail", slug=request.organisation.slug, number=opened.number)
    context = {
        "form": form,
        "has_auditors": form.fields["member"].queryset.exists(),
        "invite_url": reverse("tenancy:invitation_create", args=[request.organisation.slug]),
        "page_title": _("Open an engagement"),
        "breadcrumbs": crumbs(request),
        "cancel_url": list_url(request),
        "submit_label": _("Open the engagement"),
    }
    return render(request, "tenancy/engagement_form.html", context)


@org_view("engagements.manage")
def engagement_auditor_add(request: HttpRequest, number: int) -> HttpResponse:
    """Let another auditor in by the same door."""
    found = engagement_or_404(number)
    back = reverse("tenancy:engagement_detail", args=[request.organisation.slug, number])
    form = AuditorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: add_auditor(found, actor=request.member, **form.values))
        if done is not None:
            messages.success(request, _("%s can enter by this engagement.") % form.values["member"])
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("Add an auditor"),
        "breadcrumbs": [*crumbs(request), (found.title, back)],
        "cancel_url": back,
        "submit_label": _("Add"),
    }
    return render(request, "tenancy/form.html", context)


@org_view("engagements.manage")
def engagement_auditor_remove(request: HttpRequest, number: int, member: UUID) -> HttpResponse:
    """Close the door to one auditor of the team, after asking."""
    found = engagement_or_404(number)
    auditor = Member.objects.filter(pk=member).first()
    if auditor is None:
        raise Http404
    back = reverse("tenancy:engagement_detail", args=[request.organisation.slug, number])
    form = ActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: remove_auditor(found, auditor, actor=request.member))
        if done is not None:
            messages.success(request, _("%s can no longer enter by this engagement.") % auditor)
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("Remove an auditor"),
        "question": _("Take %(auditor)s off “%(title)s”?") % {"auditor": auditor, "title": found.title},
        "consequences": [_("%s can no longer enter, unless another engagement is open.") % auditor],
        "action_label": _("Remove"),
        "breadcrumbs": [*crumbs(request), (found.title, back)],
        "cancel_url": back,
    }
    return render(request, "tenancy/confirm.html", context)


@org_view("engagements.manage")
def engagement_end(request: HttpRequest, number: int) -> HttpResponse:
    """Close a door before its time, after asking."""
    found = engagement_or_404(number)
    back = reverse("tenancy:engagement_detail", args=[request.organisation.slug, number])
    form = ActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: end_engagement(found, actor=request.member))
        if done is not None:
            messages.success(request, _("The engagement was ended."))
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("End an engagement"),
        "question": _("End “%s” now?") % found.title,
        "consequences": [
            _("Its auditors can no longer enter, unless another engagement is open."),
            _("This cannot be undone; open another engagement instead."),
        ],
        "action_label": _("End the engagement"),
        "breadcrumbs": [*crumbs(request), (found.title, back)],
        "cancel_url": back,
    }
    return render(request, "tenancy/confirm.html", context)
