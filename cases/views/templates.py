"""Templates of arguments: which there are, using one, and adopting what it says."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from cases.actions import add_from_template, adopt_elements, open_from_template
from cases.drafts import ArgumentDraft
from cases.drawing import Theme, draw
from cases.models import AssuranceCase, Element, Indicator
from cases.patterns import Pattern, instantiate, pattern_called, patterns, skeleton
from cases.patterns.showing import argument_of, lines_of
from cases.selectors import wording
from cases.template_forms import AdoptForm, CaseFromTemplateForm, PartFromTemplateForm, with_other_rows
from cases.views.finding import answer_form, case_to_change, crumbs, url

MOST_DRAWN = 60
MOST_INDICATORS = 200


def pattern_or_404(key: str) -> Pattern:
    found = pattern_called(key)
    if found is None:
        raise Http404
    return found


@org_view("cases.view", methods=("GET",))
def template_list(request: HttpRequest) -> HttpResponse:
    """The templates for a new case: what each is for, and when it is the wrong one."""
    context = {
        "cards": cards(lambda pattern: url(request, "template_use", pattern.key)),
        "may_use": request.member.may("cases.add"),
        "page_title": _("Templates"),
        "breadcrumbs": crumbs(request),
    }
    return render(request, "cases/template_list.html", context)


@org_view("cases.edit", methods=("GET",))
def part_list(request: HttpRequest, number: int) -> HttpResponse:
    """The templates for a part of a case that is there."""
    case = case_to_change(request, number)
    below = request.GET.get("below", "")[:60]
    query = f"?below={below}" if Element.objects.in_use().filter(case=case).addressed(below).exists() else ""
    context = {
        "cards": cards(lambda pattern: url(request, "part_use", case.number, pattern.key) + query),
        "may_use": True,
        "case": case,
        "page_title": _("Templates for a part of the case"),
        "breadcrumbs": crumbs(request, case),
    }
    return render(request, "cases/template_list.html", context)


def cards(address: Any) -> list[dict[str, Any]]:
    today = timezone.localdate()
    found = []
    for pattern in patterns():
        draft = skeleton(pattern, today=today)
        found.append(
            {
                "pattern": pattern,
                "url": address(pattern),
                "elements": len(draft.elements),
                "conditions": len(draft.conditions),
                "doubts": len(draft.challenges),
                "questions": len(pattern.questions),
            }
        )
    return found


@org_view("cases.add")
def template_use(request: HttpRequest, pattern: str) -> HttpResponse:
    """Open a case from a template: its questions, a preview, and the case."""
    template = pattern_or_404(pattern)
    form = CaseFromTemplateForm(
        **data_of(request, template),
        pattern=template,
        member=request.member,
        initial={"accountable_owner": request.member},
    )
    return answer_questions(
        request,
        template,
        form,
        lambda: open_from_template(**form.values, actor=request.member),
        context={
            "page_title": template.title,
            "breadcrumbs": [*crumbs(request), (_("Templates"), url(request, "template_list"))],
            "cancel_url": url(request, "template_list"),
            "submit_label": _("Open the case"),
        },
    )


@org_view("cases.edit")
def part_use(request: HttpRequest, number: int, pattern: str) -> HttpResponse:
    """Put what a template makes below a claim of a case."""
    case = case_to_change(request, number)
    template = pattern_or_404(pattern)
    below = request.GET.get("below", "")
    form = PartFromTemplateForm(**data_of(request, template), pattern=template, case=case, below=below)
    return answer_questions(
        request,
        template,
        form,
        lambda: add_from_template(case, **form.values, actor=request.member),
        context={
            "page_title": template.title,
            "breadcrumbs": crumbs(request, case),
            "cancel_url": url(request, "case_detail", case.number),
            "submit_label": _("Put it into the case"),
            "case": case,
        },
    )


def data_of(request: HttpRequest, pattern: Pattern) -> dict[str, Any]:
    """What a form is made of: nothing, what was sent, or what was typed so far with a row more or less."""
    if request.method != "POST":
        return {}
    if {"add", "remove"} & request.POST.keys():
        return {"sent": with_other_rows(request.POST, pattern)}
    return {"data": request.POST}


def answer_questions(
    request: HttpRequest, pattern: Pattern, form: Any, act: Any, *, context: dict[str, Any]
) -> HttpResponse:
    """Rows come and go, a preview shows what would be made, and only “create” makes it."""
    preview = None
    if form.is_bound and request.POST.get("act") != "create":
        if form.answers_fit():
            preview = preview_of(instantiate(pattern, form.answers, today=timezone.localdate()))
    elif form.is_bound and form.is_valid():
        case = apply_action(form, act)
        if case is not None:
            return redirect(url(request, "case_adopt", case.number))
    shown = {
        "form": form,
        "pattern": pattern,
        "preview": preview,
        "outline": None if preview else lines_of(skeleton(pattern, today=timezone.localdate())),
        "indicators": Indicator.objects.order_by("name").values_list("name", flat=True)[:MOST_INDICATORS],
        **context,
    }
    return render(request, "cases/template_use.html", shown)


def preview_of(draft: ArgumentDraft) -> dict[str, Any]:
    """What would be made: the outline, the first figures, the conditions and the doubts."""
    address = {element.id: draft.address_of(element) for element in draft.elements}
    return {
        "lines": lines_of(draft),
        "light": figure_of(draft, Theme.LIGHT),
        "dark": figure_of(draft, Theme.DARK),
        "conditions": [(address.get(one.element, ""), one.rule["statement"]) for one in draft.conditions],
        "doubts": [(address[one.target], one.statement) for one in draft.challenges],
        "metrics": len(draft.metrics),
        "unfilled": [address[element.id] for element in draft.elements if element.is_uninstantiated],
    }


def figure_of(draft: ArgumentDraft, theme: Theme) -> SafeString:
    """The first figure inline: every text in it is escaped where it is drawn."""
    figures = draw(argument_of(draft), title=draft.title, theme=theme, limit=MOST_DRAWN, wording=wording())
    return mark_safe(figures[0].svg)  # noqa: S308 (drawn here, and it loads and runs nothing)


@org_view("cases.edit")
def case_adopt(request: HttpRequest, number: int) -> HttpResponse:
    """Read what the template says, and make it one's own: statement by statement, or all after reading all."""
    case: AssuranceCase = case_to_change(request, number)
    form = AdoptForm(request.POST if request.method == "POST" else None, case=case)
    detail = url(request, "case_detail", case.number)
    return answer_form(
        request,
        form,
        lambda: adopt_elements(case, **form.values, actor=request.member),
        to=lambda _adopted: url(request, "case_adopt", case.number) if len(form.rows) > len(_adopted) else detail,
        title=_("Adopt what the template says"),
        template="cases/case_adopt.html",
        context={"breadcrumbs": crumbs(request, case), "case": case, "cancel_url": detail, "rows": form.rows},
        done=_("Adopted. It is now your claim."),
    )
