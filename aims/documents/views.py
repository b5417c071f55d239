"""Documents: the list, one document, writing, approving, withdrawing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.documents.actions import approve_document, create_document, edit_document, withdraw_document
from aims.documents.forms import ApprovalForm, DocumentForm, WithdrawalForm
from aims.documents.listing import DocumentListing, state_of
from aims.documents.models import Document
from aims.pages.forms import apply_action
from aims.tenancy.door import org_view


def url(request: HttpRequest, name: str, *args: Any) -> str:
    return reverse(f"documents:{name}", args=[request.organisation.slug, *args])


def document_or_404(number: int) -> Document:
    found = Document.objects.select_related("owner", "approved_by", "edited_by").filter(number=number).first()
    if found is None:
        raise Http404
    return found


def crumbs(request: HttpRequest, document: Document | None = None) -> list[tuple[str, str]]:
    trail = [
        (_("Management system"), reverse("standards:clause_list", args=[request.organisation.slug])),
        (_("Documents"), url(request, "document_list")),
    ]
    if document is not None:
        trail.append((document.title, url(request, "document_detail", document.number)))
    return trail


@org_view("documents.view", methods=("GET",))
def document_list(request: HttpRequest) -> HttpResponse:
    """Every document of the management system."""
    first_step: dict[str, Any] = {}
    if request.member.may("documents.edit"):
        first_step = {"action_url": url(request, "document_create"), "action_label": _("Write the first document")}
    listing = DocumentListing(file_prefix=request.organisation.slug, **first_step)
    context = {"page_title": _("Documents"), "breadcrumbs": crumbs(request)[:1]}
    return listing.respond(request, "documents/document_list.html", context)


@org_view("documents.view", methods=("GET",))
def document_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One document with its approval."""
    document = document_or_404(number)
    context = {
        "document": document,
        "state": state_of(document),
        "may_approve": can_approve(request, document),
        "page_title": document.title,
        "breadcrumbs": crumbs(request),
    }
    return render(request, "documents/document_detail.html", context)


def can_approve(request: HttpRequest, document: Document) -> bool:
    """Whether to offer the button; the action decides."""
    is_own = request.member.pk in (document.owner_id, document.edited_by_id)
    return document.status == Document.Status.DRAFT and request.member.may("documents.approve") and not is_own


@org_view("documents.edit")
def document_create(request: HttpRequest) -> HttpResponse:
    """Write a document."""
    asked = request.GET.get("kind", "")
    initial = {"owner": request.member, "kind": asked if asked in Document.Kind.values else Document.Kind.SCOPE}
    form = DocumentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        document = apply_action(form, lambda: create_document(actor=request.member, **form.values))
        if document is not None:
            messages.success(request, _("The draft was saved."))
            return redirect(url(request, "document_detail", document.number))
    context = {
        "form": form,
        "page_title": _("Write a document"),
        "breadcrumbs": crumbs(request),
        "cancel_url": url(request, "document_list"),
        "submit_label": _("Save the draft"),
    }
    return render(request, "documents/document_form.html", context)


@org_view("documents.edit")
def document_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change a document; an approved one begins a new edition."""
    document = document_or_404(number)
    initial = {name: getattr(document, name) for name in ("title", "kind", "body", "owner", "review_on")}
    form = DocumentForm(request.POST or None, initial=initial, revision=document.revision)
    back = url(request, "document_detail", number)
    if request.method == "POST" and form.is_valid():
        saved = apply_action(
            form,
            lambda: edit_document(document, revision=form.expected_revision, actor=request.member, **form.values),
        )
        if saved is not None:
            messages.success(request, _("The document was saved."))
            return redirect(back)
    context = {
        "form": form,
        "document": document,
        "page_title": _("Edit document"),
        "breadcrumbs": crumbs(request, document),
        "cancel_url": back,
    }
    return render(request, "documents/document_form.html", context)


@org_view("documents.approve")
def document_approve(request: HttpRequest, number: int) -> HttpResponse:
    """Show the text once more, and approve exactly that."""
    document = document_or_404(number)
    form = ApprovalForm(request.POST if request.method == "POST" else None, revision=document.revision)
    back = url(request, "document_detail", number)
    if request.method == "POST" and form.is_valid():
        done = apply_action(
            form, lambda: approve_document(document, revision=form.expected_revision, actor=request.member)
        )
        if done is not None:
            messages.success(request, _("Edition %d was approved.") % document.edition)
            return redirect(back)
    context = {
        "form": form,
        "document": document,
        "page_title": _("Approve a document"),
        "breadcrumbs": crumbs(request, document),
        "cancel_url": back,
    }
    return render(request, "documents/document_approve.html", context)


@org_view("documents.edit")
def document_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take a document out of use, with a reason."""
    document = document_or_404(number)
    form = WithdrawalForm(request.POST or None, revision=document.revision)
    back = url(request, "document_detail", number)
    if request.method == "POST" and form.is_valid():
        done = apply_action(
            form,
            lambda: withdraw_document(document, revision=form.expected_revision, actor=request.member, **form.values),
        )
        if done is not None:
            messages.success(request, _("The document was withdrawn."))
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("Withdraw a document"),
        "question": _("Withdraw “%s”?") % document.title,
        "consequences": [_("It stays readable, with your reason."), _("It cannot be taken back into use.")],
        "action_label": _("Withdraw"),
        "breadcrumbs": crumbs(request, document),
        "cancel_url": back,
    }
    return render(request, "documents/document_confirm.html", context)
