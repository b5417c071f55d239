"""The pages of evidence requests."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm, apply_action
from aims.tenancy.door import org_view
from evidence.actions import (
    accept_submission,
    ask_for_evidence,
    cancel_request,
    decline_request,
    edit_request,
    return_submission,
    submit_evidence,
)
from evidence.listing import RequestListing, request_badge
from evidence.models import EvidenceRequest
from evidence.request_forms import AskForm, NoteForm, ReasonForm, RequestForm, ReturnForm, SubmitForm
from evidence.subjects import KINDS, url_of
from evidence.views.frame import form_page, tabs, url
from evidence.views.library import system_asked_for

Status = EvidenceRequest.Status


def request_or_404(number: int) -> EvidenceRequest:
    found = EvidenceRequest.objects.select_related("owner", "asked_by", "system", "item").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def crumbs_of(request: HttpRequest, asked: EvidenceRequest | None = None) -> list[tuple[str, str]]:
    trail = [(_("Evidence"), url(request, "evidence_list")), (_("Requests"), url(request, "request_list"))]
    if asked is not None:
        trail.append((asked.title, url(request, "request_detail", asked.number)))
    return trail


@org_view("evidence.view", methods=("GET",))
def request_list(request: HttpRequest) -> HttpResponse:
    if request.GET.get("export") and not request.member.may("registers.export"):
        raise PermissionDenied
    first_step = {}
    if request.member.may("evidence.request"):
        first_step = {"action_url": url(request, "request_create"), "action_label": _("Ask for evidence")}
    listing = RequestListing(file_prefix=request.organisation.slug, **first_step)
    context = {"page_title": _("Evidence requests"), "tabs": tabs(request, "request_list")}
    return listing.respond(request, "evidence/request_list.html", context)


@org_view("evidence.view", methods=("GET",))
def request_detail(request: HttpRequest, number: int) -> HttpResponse:
    asked, member = request_or_404(number), request.member
    kind = KINDS.get(asked.subject_kind)
    may_follow = kind is not None and member.may(kind.permission)
    is_mine, asks = asked.owner_id == member.pk, member.may("evidence.request")
    context = {
        "page_title": asked.title,
        "breadcrumbs": crumbs_of(request),
        "asked": asked,
        "status": request_badge(asked),
        "subject_url": url_of(asked.subject_kind, asked.subject_id, request.organisation.slug) if may_follow else "",
        "may_submit": is_mine and asked.status == Status.ASKED and member.may("evidence.add"),
        "may_decide": asks and not is_mine and asked.status == Status.SUBMITTED,
        "may_edit": asks and asked.status == Status.ASKED,
        "may_cancel": asks and asked.is_open,
    }
    return render(request, "evidence/request_detail.html", context)


@org_view("evidence.request")
def request_create(request: HttpRequest) -> HttpResponse:
    initial: dict[str, Any] = {"system": system_asked_for(request), "title": request.GET.get("title", "")[:300]}
    for key in KINDS:
        if reference := request.GET.get(key, "")[:60].replace("\x00", ""):
            initial |= {"subject_kind": key, "subject_reference": reference}
    form = AskForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        asked = apply_action(form, lambda: ask_for_evidence(actor=request.member, **form.values))
        if asked is not None:
            messages.success(request, _("%s was asked for it.") % asked.owner.display_name)
            return redirect(url(request, "request_detail", asked.number))
    back = url(request, "request_list")
    return form_page(request, form, _("Ask for evidence"), _("Ask for it"), back, breadcrumbs=crumbs_of(request))


@org_view("evidence.request")
def request_edit(request: HttpRequest, number: int) -> HttpResponse:
    asked = request_or_404(number)
    initial = {name: getattr(asked, name) for name in RequestForm.base_fields}
    form = RequestForm(request.POST or None, initial=initial, revision=asked.revision)
    return answer(request, asked, form, edit_request, _("Change the request"), _("Save"), _("The request was saved."))


@org_view("evidence.add")
def request_submit(request: HttpRequest, number: int) -> HttpResponse:
    asked = request_or_404(number)
    form = SubmitForm(request.POST or None, request=asked, revision=asked.revision)
    new_url = f"{url(request, 'evidence_create')}?request={number}"
    return answer(
        request, asked, form, submit_evidence, _("Submit the evidence"), _("Submit it"), _("It was submitted."),
        template="evidence/request_submit.html", offered=form.offered, new_url=new_url,
    )  # fmt: skip


@org_view("evidence.request")
def request_accept(request: HttpRequest, number: int) -> HttpResponse:
    asked = request_or_404(number)
    form = NoteForm(request.POST or None, revision=asked.revision)
    return answer(request, asked, form, accept_submission, _("Accept what was submitted"), _("Accept"), _("Accepted."))


@org_view("evidence.request")
def request_return(request: HttpRequest, number: int) -> HttpResponse:
    asked = request_or_404(number)
    form = ReturnForm(request.POST or None, initial={"due_on": asked.due_on}, revision=asked.revision)
    done = _("It was given back.")
    return answer(request, asked, form, return_submission, _("Give it back"), _("Give it back"), done)


@org_view("evidence.add")
def request_decline(request: HttpRequest, number: int) -> HttpResponse:
    asked = request_or_404(number)
    form = ReasonForm(request.POST or None, revision=asked.revision)
    return answer(request, asked, form, decline_request, _("Decline the request"), _("Decline"), _("Declined."))


@org_view("evidence.request")
def request_cancel(request: HttpRequest, number: int) -> HttpResponse:
    asked = request_or_404(number)
    form = ReasonForm(request.POST or None, revision=asked.revision)
    done = _("It is no longer asked for.")
    return answer(request, asked, form, cancel_request, _("Cancel the request"), _("Cancel the request"), done)


def answer(
    request: HttpRequest,
    asked: EvidenceRequest,
    form: ActionForm,
    action: Callable[..., Any],
    title: str,
    submit_label: str,
    done: str,
    template: str = "evidence/evidence_form.html",
    **more: Any,
) -> HttpResponse:
    """The page of one step of a request: the form, or back to the request once it is done."""
    back = url(request, "request_detail", asked.number)
    if request.method == "POST" and form.is_valid():
        act = lambda: action(asked, revision=form.expected_revision, actor=request.member, **form.values)  # noqa: E731
        if apply_action(form, act) is not None:
            messages.success(request, done)
            return redirect(back)
    context = {
        "page_title": title,
        "breadcrumbs": crumbs_of(request, asked),
        "form": form,
        "asked": asked,
        "submit_label": submit_label,
        "cancel_url": back,
        **more,
    }
    return render(request, template, context)
