"""Editing the argument where it stands: in the outline, step by step, with the same addresses as full pages."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from aims.pages.forms import ActionForm
from aims.tenancy.door import org_view
from cases.access import may_change
from cases.actions import (
    add_element,
    add_module,
    edit_module,
    move_link,
    remove_module,
    restate_element,
    review_links,
)
from cases.argument import Kind
from cases.checking import problems_in
from cases.citations import citable_elements, citable_modules
from cases.citing import cases_citing
from cases.evaluation import assess_draft
from cases.forms import BriefElementForm, CiteForm, CiteModuleForm, ModuleForm, MoveForm, NewModuleForm, StatementForm
from cases.listing import standing_badge
from cases.models import ArgumentModule, AssuranceCase, Element, Link
from cases.outline import CLAIMS, SUPPORTS, Level
from cases.selectors import said
from cases.views.finding import (
    answer_form,
    case_or_404,
    case_to_change,
    crumbs,
    element_or_404,
    element_url,
    tabs_of,
    url,
)

SEARCH_LENGTH = 200
MESSAGE = "outline-message"


def module_or_404(case: AssuranceCase, key: str) -> ArgumentModule:
    module = ArgumentModule.objects.filter(case=case, key=key.replace("\x00", "")[:30]).first()
    if module is None:
        raise Http404
    module.case = case
    return module


def who_cites(element: Element) -> list[str]:
    """What a page that takes something away says about the cases that cite it."""
    if not element.is_public:
        return []
    count = len(cases_citing(elements=[element.pk]))
    if not count:
        return []
    said = ngettext("%d case cites it and may fall.", "%d cases cite it and may fall.", count)
    return [said % count]


def kinds_below(parent: Element | None) -> list[str]:
    """What can be written below an element without citing anything, the usual first."""
    if parent is None:
        return [Element.Kind.GOAL]
    carries = [kind for kind in ("goal", "strategy", "solution") if kind in SUPPORTS.get(parent.kind, ())]
    return [*carries, *(kind for kind in ("context", "assumption", "justification") if parent.kind in CLAIMS)]


def element_add_in_place(request: HttpRequest, case: AssuranceCase, kind: str, parent: Element | None) -> HttpResponse:
    """A new element with its kind and statement alone, right behind a sibling where one is named."""
    after = element_or_404(case, request.GET["after"]) if request.GET.get("after") else None
    kinds = kinds_below(parent)
    form = BriefElementForm(request.POST or None, kinds=kinds, initial={"kind": kind if kind in kinds else kinds[0]})
    back = after or parent
    title = _("Add an element below %(parent)s") % {"parent": parent.address} if parent else _("Add a claim on top")
    return answer_form(
        request,
        form,
        lambda: add_element(case, parent=parent, after=after, **form.values, actor=request.member),
        to=lambda element: element_url(request, case, element.address),
        title=title,
        context={
            "breadcrumbs": crumbs(request, case, parent),
            "cancel_url": element_url(request, case, back.address)
            if back
            else url(request, "case_detail", case.number),
            "submit_label": _("Add it"),
        },
    )


def element_cite(request: HttpRequest, case: AssuranceCase, kind: str) -> HttpResponse:
    """An away element or a reference to a module: choose what it cites, after a search."""
    parent = element_or_404(case, request.GET["parent"]) if request.GET.get("parent") else None
    module = module_or_404(case, request.GET["module"]) if request.GET.get("module") else None
    home = parent.module if parent else module
    text = request.GET.get("q", "").replace("\x00", "")[:SEARCH_LENGTH]
    offered: list[Element] = []
    if kind in (Kind.MODULE_REF, Kind.CONTRACT_REF):
        modules = citable_modules(case, is_contract=kind == Kind.CONTRACT_REF, home=home)
        form: ActionForm = CiteModuleForm(request.POST or None, modules=modules, kind=kind)
        is_empty = not modules.exists()
    else:
        offered = citable_elements(case, text=text, kind=kind, home=home)
        form = CiteForm(request.POST or None, offered=offered, kind=kind)
        is_empty = not offered
    words = {"kind": str(Element.Kind(kind).label).lower(), "parent": parent.address if parent else ""}
    title = _("Add an %(kind)s below %(parent)s") if parent else _("Add an %(kind)s")
    return answer_form(
        request,
        form,
        lambda: add_element(case, kind=kind, parent=parent, module=module, **form.values, actor=request.member),
        to=lambda element: element_url(request, case, element.address),
        title=title % words,
        template="cases/cite.html",
        context={
            "breadcrumbs": crumbs(request, case, parent),
            "cancel_url": element_url(request, case, parent.address)
            if parent
            else url(request, "case_detail", case.number),
            "submit_label": _("Cite it"),
            "beside": parent,
            "kind": kind,
            "module": module,
            "is_of_modules": kind in (Kind.MODULE_REF, Kind.CONTRACT_REF),
            "q": text,
            "is_empty": is_empty,
        },
    )


@org_view("cases.edit")
def element_restate(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """Change what an element says, and nothing else."""
    case = case_to_change(request, number)
    element = element_or_404(case, key)
    form = StatementForm(request.POST or None, initial={"statement": element.statement}, revision=element.revision)
    return answer_form(
        request,
        form,
        lambda: restate_element(element, revision=form.expected_revision, **form.values, actor=request.member),
        to=element_url(request, case, element.address),
        title=_("Say %(element)s anew") % {"element": element.address},
        context={"breadcrumbs": crumbs(request, case, element)},
        record=element,
    )


@org_view("cases.edit")
def link_move(request: HttpRequest, number: int, link_id: UUID) -> HttpResponse:
    """Move an element by one step: up, down, below the one before, beside the one above."""
    case = case_to_change(request, number)
    link = Link.objects.select_related("source__module", "target__module").filter(case=case, pk=link_id).first()
    if link is None:
        raise Http404
    link.case = case
    form = MoveForm(request.POST or None, initial={"direction": request.GET.get("direction", "")})

    def move() -> Link:
        beside = Link.objects.filter(case=case, pk=form.values["beside"]).first() if form.values["beside"] else None
        return move_link(link, direction=form.values["direction"], beside=beside, actor=request.member)

    goal = element_url(request, case, link.target.address)
    response = answer_form(
        request,
        form,
        move,
        to=goal,
        title=_("Move %(element)s") % {"element": link.target.address},
        context={"breadcrumbs": crumbs(request, case, link.target), "submit_label": _("Move it")},
    )
    if request.headers.get("HX-Target") == MESSAGE:
        return moved_in_place(request, response, form, goal)
    return response


def moved_in_place(request: HttpRequest, response: HttpResponse, form: ActionForm, goal: str) -> HttpResponse:
    """What the outline shows after a step by key: the outline as it is now, or why the step was refused."""
    from cases.views.finding import shown_in_outline

    if response.status_code == 302:
        return shown_in_outline(goal)
    return render(request, "cases/outline_message.html", {"form": form})


@org_view("cases.edit")
def links_review(request: HttpRequest, number: int) -> HttpResponse:
    """The links that await a review, with what both ends say; one or all of them are looked at."""
    case = case_to_change(request, number)
    assessment = assess_draft(case)
    loaded = assessment.loaded
    suspect = loaded.suspect_links
    rows = [
        (link, loaded.elements[link.source_id], loaded.elements[link.target_id])
        for link in loaded.links
        if link.pk in suspect
    ]
    asked = [UUID(one) for one in request.POST.getlist("link") if is_uuid(one)]
    return answer_form(
        request,
        ActionForm(request.POST if request.method == "POST" else None),
        lambda: review_links(case, links=asked or None, actor=request.member),
        to=url(request, "links_review", number)
        if asked and len(rows) > len(asked)
        else url(request, "case_detail", number),
        title=_("Links to review"),
        template="cases/links_review.html",
        context={"breadcrumbs": crumbs(request, case), "case": case, "rows": rows},
        done=_("Reviewed."),
    )


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@org_view("cases.edit")
def module_add(request: HttpRequest, number: int) -> HttpResponse:
    case = case_to_change(request, number)
    form = NewModuleForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: add_module(case, **form.values, actor=request.member),
        to=url(request, "case_detail", number) + "#modules",
        title=_("Begin a module"),
        context={
            "breadcrumbs": crumbs(request, case),
            "submit_label": _("Begin it"),
            "note": _("A module is argued by itself; other modules and cases cite its public elements."),
        },
    )


@org_view("cases.edit")
def module_edit(request: HttpRequest, number: int, module: str) -> HttpResponse:
    case = case_to_change(request, number)
    row = module_or_404(case, module)
    form = ModuleForm(request.POST or None, initial={"title": row.title}, revision=row.revision)
    return answer_form(
        request,
        form,
        lambda: edit_module(row, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "case_detail", number) + "#modules",
        title=_("Rename the module %(key)s") % {"key": row.key},
        context={"breadcrumbs": crumbs(request, case)},
    )


@org_view("cases.edit")
def module_remove(request: HttpRequest, number: int, module: str) -> HttpResponse:
    case = case_to_change(request, number)
    row = module_or_404(case, module)
    return answer_form(
        request,
        ActionForm(request.POST if request.method == "POST" else None),
        lambda: remove_module(row, actor=request.member),
        to=url(request, "case_detail", number) + "#modules",
        title=_("Remove the module %(key)s") % {"key": row.key},
        template="cases/confirm.html",
        context={
            "breadcrumbs": crumbs(request, case),
            "question": _("Remove the module %(key)s?") % {"key": row.key},
            "consequences": [_("Only a module in which nothing was ever argued can be removed.")],
            "action_label": _("Remove it"),
        },
    )


# Of each level; who has more mends these first.
MOST_SHOWN: Final = 200
LEVELS: Final = (
    (gettext_lazy("Blocks saving"), Level.BLOCKS),
    (gettext_lazy("Needed before submission"), Level.SUBMISSION),
    (gettext_lazy("Worth a look"), Level.WARNS),
)


@org_view("cases.view", methods=("GET",))
def case_problems(request: HttpRequest, number: int) -> HttpResponse:
    """What blocks, what will block submission, what warns; each with the way to its element."""
    case = case_or_404(number)
    assessment = assess_draft(case)
    problems = problems_in(assessment.loaded)
    groups = [
        (title, [said(one) for one in of_level[:MOST_SHOWN]], len(of_level))
        for title, level in LEVELS
        if (of_level := [one for one in problems if one.level == level])
    ]
    context = {
        "case": case,
        "groups": groups,
        "is_whole": not problems,
        "is_yours": may_change(request.member, case) and case.status != AssuranceCase.Status.WITHDRAWN,
        "badge": standing_badge(assessment.standing),
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_problems"),
    }
    return render(request, "cases/case_problems.html", context)
