"""The pages of the library itself: the list, one piece, its versions and files."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from evidence.actions import (
    add_evidence,
    add_requested_evidence,
    add_version,
    check_files,
    edit_item,
    read_again,
    review_version,
    supersede_item,
    withdraw_item,
)
from evidence.confidentiality import may_download
from evidence.downloads import download
from evidence.forms import EvidenceForm, ItemForm, ReviewForm, SupersedeForm, VersionForm, WithdrawForm
from evidence.listing import EvidenceListing
from evidence.models import EvidenceFile, EvidenceItem, EvidenceRequest, EvidenceVersion, FileText
from evidence.reliance import Change, reliances_on
from evidence.selectors import evidence_page
from evidence.storage import IntegrityBroken
from evidence.tasks import ring_for_check
from evidence.views.frame import crumbs, form_page, item_or_404, tabs, url
from inventory.models import AISystem


def version_or_404(item: EvidenceItem, ordinal: int) -> EvidenceVersion:
    version = item.versions.filter(ordinal=ordinal).first()
    if version is None:
        raise Http404
    version.item = item
    return version


@org_view("evidence.view", methods=("GET",))
def evidence_list(request: HttpRequest) -> HttpResponse:
    if request.GET.get("export") and not request.member.may("registers.export"):
        raise PermissionDenied
    first_step = {}
    if request.member.may("evidence.add"):
        first_step = {"action_url": url(request, "evidence_create"), "action_label": _("Add the first evidence")}
    listing = EvidenceListing(file_prefix=request.organisation.slug, member=request.member, **first_step)
    context = {"page_title": _("Evidence"), "tabs": tabs(request, "evidence_list")}
    return listing.respond(request, "evidence/evidence_list.html", context)


@org_view("evidence.view", methods=("GET",))
def evidence_detail(request: HttpRequest, number: int) -> HttpResponse:
    item = item_or_404(number)
    page = evidence_page(item, timezone.now())
    for version in page.found_broken:
        ring_for_check(version)
    context = {
        "page": page,
        "may_download": may_download(item, request.member),
        "item": item,
        "page_title": item.title,
        "breadcrumbs": crumbs(request),
    }
    return render(request, "evidence/evidence_detail.html", context)


@org_view("evidence.add")
def evidence_create(request: HttpRequest) -> HttpResponse:
    initial = {"owner": request.member.pk, "system": system_asked_for(request)}
    asked = request_answered(request)
    if asked is not None:
        initial |= {"title": asked.title, "kind": asked.kind, "system": asked.system_id}
    form = EvidenceForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = {"actor": request.member, **form.values}
        act = lambda: add_evidence(**said) if asked is None else add_requested_evidence(asked, **said)  # noqa: E731
        item = apply_action(form, act)
        if item is not None:
            messages.success(
                request, _("The evidence was added and submitted.") if asked else _("The evidence was added.")
            )
            return redirect(url(request, "evidence_detail", item.number))
    return form_page(request, form, _("Add evidence"), _("Add the evidence"), url(request, "evidence_list"))


def number_asked_for(request: HttpRequest, name: str) -> int | None:
    """The number in `?system=12`, with which the person came from another page."""
    asked = request.GET.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else None


def system_asked_for(request: HttpRequest) -> Any:
    number = number_asked_for(request, "system")
    return AISystem.objects.in_use().filter(number=number).values_list("pk", flat=True).first() if number else None


def request_answered(request: HttpRequest) -> EvidenceRequest | None:
    """The request of `?request=5` that this evidence is to answer; none when it is somebody else's or not open."""
    number = number_asked_for(request, "request")
    if number is None:
        return None
    asked = EvidenceRequest.objects.filter(number=number, owner=request.member, status=EvidenceRequest.Status.ASKED)
    return asked.select_related("owner", "system").first()


@org_view("evidence.edit")
def evidence_edit(request: HttpRequest, number: int) -> HttpResponse:
    item = item_or_404(number)
    initial = {
        name: getattr(item, name) for name in ("title", "kind", "description", "system", "owner", "confidentiality")
    }
    form = ItemForm(request.POST or None, item=item, initial=initial, revision=item.revision)
    if request.method == "POST" and form.is_valid():
        saved = apply_action(
            form,
            lambda: edit_item(item, revision=form.expected_revision, actor=request.member, **form.values),
        )
        if saved is not None:
            messages.success(request, _("The evidence was saved."))
            return redirect(url(request, "evidence_detail", number))
    return form_page(request, form, _("Edit evidence"), _("Save"), url(request, "evidence_detail", number), item)


@org_view("evidence.edit")
def version_create(request: HttpRequest, number: int) -> HttpResponse:
    item = item_or_404(number)
    initial = {}
    if item.current is not None:
        kept = ("grace_days", "environment", "method", "uri", "valid_for_days", "population", "independence")
        initial = {name: getattr(item.current, name) for name in kept}
    form = VersionForm(request.POST or None, request.FILES or None, item=item, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = apply_action(form, lambda: add_version(item, actor=request.member, **form.values))
        if version is not None:
            messages.success(request, _("Version %d was added and is now the current one.") % version.ordinal)
            return redirect(url(request, "evidence_detail", number))
    return form_page(
        request, form, _("Add a version"), _("Add the version"), url(request, "evidence_detail", number), item
    )


@org_view("evidence.review")
def version_review(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    item = item_or_404(number)
    version = version_or_404(item, ordinal)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: review_version(version, actor=request.member, **form.values))
        if done is not None:
            messages.success(request, _("Your review of version %d was recorded.") % ordinal)
            return redirect(url(request, "evidence_detail", number))
    title = _("Review version %d") % ordinal
    told = reliances_on(item, Change.REJECT, member=request.member, now=timezone.now(), version=version)
    back = url(request, "evidence_detail", number)
    return form_page(request, form, title, _("Record the review"), back, item, reliances=told)


@org_view("evidence.edit", methods=("POST",))
def version_check(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    version = version_or_404(item_or_404(number), ordinal)
    if check_files(version, actor=request.member).is_intact:
        messages.success(request, _("Every file of version %d is what was recorded.") % ordinal)
    else:
        messages.error(request, _("A file of version %d is still changed or missing.") % ordinal)
    return redirect(url(request, "evidence_detail", number))


@org_view("evidence.edit", methods=("POST",))
def text_read_again(request: HttpRequest, number: int, file: UUID) -> HttpResponse:
    text = FileText.objects.without_text().filter(file=file, item__number=number).first()
    if text is None:
        raise Http404
    read_again(text, actor=request.member)
    messages.success(request, _("The text of the file is read again. Look again in a minute."))
    return redirect(url(request, "evidence_detail", number))


@org_view("evidence.withdraw")
def evidence_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    item = item_or_404(number)
    form = WithdrawForm(request.POST or None, revision=item.revision)
    back = url(request, "evidence_detail", number)
    if request.method == "POST" and form.is_valid():
        done = apply_action(
            form,
            lambda: withdraw_item(item, revision=form.expected_revision, actor=request.member, **form.values),
        )
        if done is not None:
            messages.success(request, _("The evidence was withdrawn."))
            return redirect(back)
    context = {
        "page_title": _("Withdraw evidence"),
        "question": _("Withdraw this evidence?"),
        "action_label": _("Withdraw the evidence"),
        "reliances": reliances_on(item, Change.WITHDRAW, member=request.member, now=timezone.now()),
        "breadcrumbs": crumbs(request, item),
        "form": form,
        "item": item,
        "cancel_url": back,
        "consequences": [
            _("Claims and controls that rely on it lose its support."),
            _("Its versions and files stay readable."),
            _("It cannot be taken back into use; add new evidence instead."),
        ],
    }
    return render(request, "evidence/evidence_withdraw.html", context)


@org_view("evidence.withdraw")
def evidence_supersede(request: HttpRequest, number: int) -> HttpResponse:
    item = item_or_404(number)
    form = SupersedeForm(request.POST or None, revision=item.revision)
    back = url(request, "evidence_detail", number)
    if request.method == "POST" and form.is_valid():
        done = apply_action(
            form,
            lambda: supersede_item(item, revision=form.expected_revision, actor=request.member, **form.values),
        )
        if done is not None:
            messages.success(request, _("The evidence was superseded. Move what relied on it to what took its place."))
            return redirect(back)
    context = {
        "page_title": _("Supersede evidence"),
        "question": _("Put other evidence in its place?"),
        "action_label": _("Supersede the evidence"),
        "reliances": reliances_on(item, Change.SUPERSEDE, member=request.member, now=timezone.now()),
        "breadcrumbs": crumbs(request, item),
        "form": form,
        "item": item,
        "cancel_url": back,
        "consequences": [
            _("Claims and controls that rely on it lose its support until they are moved to what takes its place."),
            _("Its versions and files stay readable."),
            _("It cannot be taken back into use."),
        ],
    }
    return render(request, "evidence/evidence_withdraw.html", context)


@org_view("evidence.download", methods=("GET",))
def evidence_download(request: HttpRequest, number: int, file: UUID) -> HttpResponse:
    found = (
        EvidenceFile.objects.filter(pk=file, version__item__number=number)
        .select_related("version__item__system")
        .first()
    )
    if found is None:
        raise Http404
    try:
        return download(found, actor=request.member)
    except IntegrityBroken as broken:
        # Not raised further: what was found out must be recorded, not rolled back.
        return render(request, "evidence/file_broken.html", {"file": found, "broken": broken}, status=409)
