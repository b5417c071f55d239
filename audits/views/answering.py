"""What the pages of this room have in common: addresses, and a form that leads to one action."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action


def url(request: HttpRequest, name: str, **kwargs: Any) -> str:
    """The address of a page of this room in the organisation of the request."""
    return reverse(f"audits:{name}", kwargs={"slug": request.organisation.slug, **kwargs})


def posted(request: HttpRequest) -> Any:
    """What was sent, also when nothing was; None while the form is only looked at."""
    return request.POST if request.method == "POST" else None


def first_step(request: HttpRequest, permission: str, page: str, label: Any) -> dict[str, Any]:
    """The button of an empty list, for those who may press it."""
    return {"action_url": url(request, page), "action_label": label} if request.member.may(permission) else {}


def answer_form(
    request: HttpRequest,
    form: Any,
    action: Callable[[], Any],
    *,
    page_title: str,
    submit_label: str,
    back: str,
    breadcrumbs: list[tuple[str, str]],
    told: str,
    then: Callable[[Any], str] | None = None,
    template: str = "audits/form.html",
    **context: Any,
) -> HttpResponse:
    """Show a form; when it was sent and is in order, carry out the action, say so and lead on."""
    if request.method == "POST" and form.is_valid():
        result = apply_action(form, action)
        if result is not None:
            messages.success(request, told)
            return redirect(then(result) if then else back)
    shown = {
        "form": form,
        "page_title": page_title,
        "submit_label": submit_label,
        "cancel_url": back,
        "breadcrumbs": breadcrumbs,
        **context,
    }
    return render(request, template, shown)


def audit_crumbs(request: HttpRequest, audit: Any = None) -> list[tuple[str, str]]:
    crumbs = [(_("Audits"), url(request, "audit_list"))]
    return [*crumbs, (audit.title, url(request, "audit_detail", number=audit.number))] if audit else crumbs


def improvement_crumbs(request: HttpRequest, nonconformity: Any = None) -> list[tuple[str, str]]:
    crumbs = [(_("Improvement"), url(request, "improvement"))]
    if nonconformity is None:
        return crumbs
    return [*crumbs, (nonconformity.title, url(request, "nonconformity_detail", number=nonconformity.number))]


def review_crumbs(request: HttpRequest, review: Any = None) -> list[tuple[str, str]]:
    crumbs = [(_("Reviews"), url(request, "review_list"))]
    return [*crumbs, (review.title, url(request, "review_detail", number=review.number))] if review else crumbs


def tabs(request: HttpRequest, *entries: tuple[Any, str]) -> list[dict[str, Any]]:
    """Tabs between sister lists; the one of this page is current."""
    return [
        {"label": label, "url": url(request, page), "is_current": request.path == url(request, page), "count": None}
        for label, page in entries
    ]


def audit_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    return tabs(request, (_("Audits"), "audit_list"), (_("Findings"), "finding_list"))


def improvement_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    return tabs(request, (_("Nonconformities"), "improvement"), (_("Corrective actions"), "action_list"))


def review_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    return tabs(request, (_("Management reviews"), "review_list"), (_("Actions"), "review_action_list"))
