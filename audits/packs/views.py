"""Pages of audit packs: ask for one, follow it, download it, start it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from audits.models import Pack, PackStep
from audits.packs.actions import request_pack, retry_pack
from audits.packs.downloads import download
from audits.packs.forms import PackForm
from audits.packs.listing import PackListing, status_badge
from audits.packs.steps import title_of
from audits.tasks import build_packs


def address(request: HttpRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"audits:{name}", kwargs={"slug": request.organisation.slug, **kwargs})


def pack_or_404(number: int) -> Pack:
    return get_object_or_404(Pack.objects.select_related("requested_by"), number=number)


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step as the page lists it."""

    title: str
    finished_at: datetime | None
    sha256: str
    is_next: bool


def steps_of(pack: Pack) -> list[ShownStep]:
    """All steps in order, without what they collected; the first that is not done is the next."""
    steps = list(PackStep.objects.filter(pack=pack).defer("content").order_by("ordinal"))
    following = next((step.ordinal for step in steps if step.finished_at is None), None)
    return [ShownStep(title_of(step.step), step.finished_at, step.sha256, step.ordinal == following) for step in steps]


@org_view("packs.view", methods=("GET",))
def pack_list(request: HttpRequest) -> HttpResponse:
    """All packs, newest first."""
    first_step = {}
    if request.member.may("packs.build"):
        first_step = {"action_url": address(request, "pack_create"), "action_label": _("Build the first pack")}
    listing = PackListing(file_prefix=request.organisation.slug, **first_step)
    return listing.respond(request, "audits/pack_list.html", {"page_title": _("Packs")})


@org_view("packs.build")
def pack_create(request: HttpRequest) -> HttpResponse:
    """Ask for a pack; `?system=12` comes from the page of a system."""
    asked = [number for number in request.GET.getlist("system") if number.isdecimal() and len(number) < 10]
    initial = {"scope": Pack.Scope.SYSTEMS, "systems": asked} if asked else {}
    form = PackForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        pack = apply_action(form, lambda: request_pack(**form.values, actor=request.member))
        if pack is not None:
            ring()
            messages.success(request, _("The pack is being built. You can close this page; it goes on."))
            return redirect("audits:pack_detail", slug=request.organisation.slug, number=pack.number)
    context = {
        "page_title": _("Build an audit pack"),
        "breadcrumbs": [(_("Packs"), address(request, "pack_list"))],
        "form": form,
        "cancel_url": address(request, "pack_list"),
    }
    return render(request, "audits/pack_form.html", context)


@org_view("packs.view", methods=("GET",))
def pack_detail(request: HttpRequest, number: int) -> HttpResponse:
    """How far a pack is, or what became of it; the page asks for itself again while it is being built."""
    pack = pack_or_404(number)
    context = {
        "page_title": pack.title,
        "breadcrumbs": [(_("Packs"), address(request, "pack_list"))],
        "pack": pack,
        "status": status_badge(pack),
        "steps": steps_of(pack),
        "systems": [
            link.system for link in pack.system_links.select_related("system").order_by("system__number")[:100]
        ],
        "is_under_way": pack.status in (Pack.Status.QUEUED, Pack.Status.RUNNING),
    }
    return render(request, "audits/pack_detail.html", context)


@org_view("packs.build", methods=("POST",))
def pack_retry(request: HttpRequest, number: int) -> HttpResponse:
    """Start a failed pack again."""
    retry_pack(pack_or_404(number), actor=request.member)
    ring()
    messages.success(request, _("The pack is being built again. Steps that were finished stay."))
    return redirect("audits:pack_detail", slug=request.organisation.slug, number=number)


@org_view("packs.download", methods=("GET",))
def pack_download(request: HttpRequest, number: int) -> FileResponse:
    """The PDF."""
    return download(pack_or_404(number), actor=request.member)


def ring() -> None:
    """Wake a worker; when the message is lost, the next beat finds the pack by its due time."""
    transaction.on_commit(build_packs.delay, robust=True)
