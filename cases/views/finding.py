"""Finding what an address names, and answering a form: the same for all pages of cases."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from cases.access import require_challenge, require_change
from cases.models import AssuranceCase, Element, EvidenceBinding, Signal
from cases.selectors import find_case, find_signal

MOST = 2_147_483_647


def url(request: HttpRequest, name: str, *args: Any) -> str:
    return reverse(f"cases:{name}", args=[request.organisation.slug, *args])


def case_or_404(number: int) -> AssuranceCase:
    try:
        return find_case(min(number, MOST))
    except AssuranceCase.DoesNotExist:
        raise Http404 from None


def case_to_change(request: HttpRequest, number: int) -> AssuranceCase:
    """The case, when it is this member's to change; PermissionDenied otherwise."""
    case = case_or_404(number)
    require_change(request.member, case)
    return case


def case_to_challenge(request: HttpRequest, number: int) -> AssuranceCase:
    """The case, when it is this member's to challenge; PermissionDenied otherwise."""
    case = case_or_404(number)
    require_challenge(request.member, case)
    return case


def signal_or_404(number: int) -> Signal:
    try:
        return find_signal(min(number, MOST))
    except Signal.DoesNotExist:
        raise Http404 from None


def element_or_404(case: AssuranceCase, key: str) -> Element:
    element = Element.objects.in_use().filter(case=case).addressed(key).first()
    if element is None:
        raise Http404
    element.case = case
    return element


def binding_or_404(case: AssuranceCase, binding_id: UUID) -> EvidenceBinding:
    rows = EvidenceBinding.objects.select_related("element__module", "version__item").filter(element__case=case)
    binding = rows.filter(pk=binding_id).first()
    if binding is None:
        raise Http404
    binding.element.case = case
    return binding


def crumbs(
    request: HttpRequest, case: AssuranceCase | None = None, element: Element | None = None
) -> list[tuple[str, str]]:
    trail = [(_("Cases"), url(request, "case_list"))]
    if case is not None:
        trail.append((case.title, url(request, "case_detail", case.number)))
    if case is not None and element is not None:
        trail.append((element.address, element_url(request, case, element.address)))
    return trail


def element_url(request: HttpRequest, case: AssuranceCase, key: str) -> str:
    return f"{url(request, 'case_detail', case.number)}?element={quote(key)}#element"


def tabs_of(request: HttpRequest, case: AssuranceCase, current: str) -> list[dict[str, Any]]:
    pages = [
        ("case_detail", _("Argument")),
        ("case_life", _("Next step")),
        ("case_problems", _("Rules")),
        ("case_drawing", _("Drawing")),
        ("case_review", _("Review")),
        ("case_forecast", _("Forecast")),
        ("baseline_list", _("Baselines")),
        ("case_as_of", _("As of")),
        ("case_history", _("History")),
    ]
    return [
        {"label": label, "url": url(request, name, case.number), "is_current": name == current, "count": None}
        for name, label in pages
    ]


def answer_form(
    request: HttpRequest,
    form: Any,
    act: Callable[[], Any],
    *,
    to: str | Callable[[Any], str],
    title: str,
    context: dict[str, Any] | None = None,
    template: str = "cases/form.html",
    done: str = "",
    record: Element | None = None,
) -> HttpResponse:
    """Show the form, or carry out the action and go on; a broken rule comes back as an error of the form.

    Asked for by the outline, the form comes alone, to be shown in its place there. When somebody else changed `record`
    meanwhile, the form keeps what was typed and says what the record says now.
    """
    in_outline = request.headers.get("HX-Target") == OUTLINE_FORM
    if request.method == "POST" and form.is_valid():
        result = apply_action(form, act)
        if not form.errors:
            if done:
                messages.success(request, done)
            goal = to(result) if callable(to) else to
            return shown_in_outline(goal) if in_outline else redirect(goal)
        if record is not None:
            keep_what_was_typed(form, record)
    back = to if isinstance(to, str) else (context or {}).get("cancel_url", "")
    shown = {"form": form, "page_title": title, "cancel_url": back, **(context or {})}
    response = render(request, "cases/outline_form.html" if in_outline else template, shown)
    patch_vary_headers(response, ["HX-Target"])
    return response


OUTLINE_FORM = "outline-form"


def shown_in_outline(goal: str) -> HttpResponse:
    """Let the outline and what stands beside it be fetched anew; the address of the page follows."""
    response = HttpResponse(status=204)
    place = {"path": goal.partition("#")[0], "target": "#content", "select": "#content", "swap": "outerHTML"}
    response["HX-Location"] = json.dumps(place)
    return response


def keep_what_was_typed(form: Any, record: Element) -> None:
    """After a lost update: nothing of what the person typed is lost, and saving again is a decision of theirs."""
    now = Element.objects.get(pk=record.pk)
    if form.expected_revision in (None, now.revision):
        return
    words = {"element": record.address, "statement": now.statement}
    said = _(
        "%(element)s has changed since you opened it. It now says: “%(statement)s” What you typed is still here: save "
        "again to put it in the place of that."
    )
    form.errors["__all__"] = form.error_class([said % words])
    form.data["revision"] = str(now.revision)
