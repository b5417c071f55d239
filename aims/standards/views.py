"""The clauses of the standard, and where the organisation stands on each requirement."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.standards import catalogue
from aims.standards.actions import set_position
from aims.standards.forms import PositionForm
from aims.standards.listing import RequirementListing, badge_of
from aims.standards.models import RequirementPosition
from aims.standards.readiness import readiness_of
from aims.standards.selectors import readiness_by_clause, requirement_row, requirement_rows
from aims.tenancy.door import org_view

# Where in the product a clause's work is done: product area -> page and the permission to see it.
AREAS = {
    "context": ("documents:document_list", "?kind=context", "documents.view"),
    "policy": ("documents:document_list", "?kind=policy", "documents.view"),
    "roles": ("documents:document_list", "?kind=roles", "documents.view"),
    "documents": ("documents:document_list", "", "documents.view"),
    "communication": ("documents:document_list", "?kind=communication", "documents.view"),
    "objectives": ("documents:document_list", "?kind=objectives", "documents.view"),
    "risks": ("risks:risk_list", "", "risks.view"),
    "soa": ("risks:control_list", "", "controls.view"),
    "impact_assessments": ("inventory:system_list", "", "systems.view"),
    "operations": ("inventory:system_list", "", "systems.view"),
    "monitoring": ("evidence:evidence_list", "", "evidence.view"),
    "internal_audit": ("audits:audit_list", "", "audits.view"),
    "management_review": ("audits:review_list", "", "reviews.view"),
    "nonconformity": ("audits:improvement", "", "improvement.view"),
    "improvement": ("audits:improvement", "", "improvement.view"),
}


def found(look_up: Any, key: str) -> Any:
    """An entry of the catalogue; 404 when it has none with this key."""
    try:
        return look_up(key)
    except (KeyError, LookupError):
        raise Http404 from None


def crumbs(request: HttpRequest, clause: str = "") -> list[tuple[str, str]]:
    slug = request.organisation.slug
    trail = [(_("Management system"), reverse("standards:clause_list", args=[slug]))]
    if clause:
        node = catalogue.clause(clause)
        trail.append((f"{node.ref} {node.title}", reverse("standards:clause_detail", args=[slug, clause])))
    return trail


def area_url(request: HttpRequest, area: str) -> str:
    """The page where the clause's work is done; "" when there is none that this member may open."""
    name, query, permission = AREAS.get(area, ("", "", ""))
    if not name or not request.member.may(permission):
        return ""
    try:
        return reverse(name, args=[request.organisation.slug]) + query
    except NoReverseMatch:
        return ""


@org_view("standards.view", methods=("GET",))
def clause_list(request: HttpRequest) -> HttpResponse:
    """Clauses 4 to 10 with their readiness."""
    rows = readiness_by_clause()
    tops = [row.readiness for row in rows if row.clause.parent is None]
    context = {
        "page_title": _("Management system"),
        "rows": rows,
        "met": sum(one.met for one in tops),
        "total": sum(one.total for one in tops),
    }
    return render(request, "standards/clause_list.html", context)


@org_view("standards.view", methods=("GET",))
def clause_detail(request: HttpRequest, clause: str) -> HttpResponse:
    """One clause: what it is for, its requirements with positions, guidance, where else the work counts."""
    node = found(catalogue.clause, clause)
    rows = requirement_rows(clause)
    context = {
        "clause": node,
        "children": catalogue.children(clause),
        "rows": [(row, badge_of(row.position)) for row in rows],
        "readiness": readiness_of(catalogue.requirements(clause), {row.id: row.position for row in rows}),
        "crosswalk": [
            (entry, catalogue.frameworks()[entry.framework].name) for entry in catalogue.crosswalk_from(clause)
        ],
        "area_url": area_url(request, node.product_area),
        "page_title": f"{node.ref} {node.title}",
        "breadcrumbs": crumbs(request),
    }
    return render(request, "standards/clause_detail.html", context)


@org_view("standards.view", methods=("GET",))
def requirement_list(request: HttpRequest) -> HttpResponse:
    """Every requirement, to filter, sort and take out."""
    listing = RequirementListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Requirements"), "breadcrumbs": crumbs(request)}
    return listing.respond(request, "standards/requirement_list.html", context)


@org_view("standards.view", methods=("GET",))
def requirement_detail(request: HttpRequest, requirement: str) -> HttpResponse:
    """One requirement: position, guidance, history."""
    row = requirement_row(found(catalogue.requirement, requirement))
    context = {
        "row": row,
        "clause": catalogue.clause(row.clause),
        "badge": badge_of(row.position),
        "area_url": area_url(request, row.requirement.product_area),
        "page_title": row.id,
        "breadcrumbs": crumbs(request, row.clause),
    }
    return render(request, "standards/requirement_detail.html", context)


@org_view("standards.view", methods=("GET",))
def position_detail(request: HttpRequest, number: int) -> HttpResponse:
    """A position by its number leads to its requirement."""
    said = RequirementPosition.objects.filter(number=number).first()
    if said is None:
        raise Http404
    return redirect("standards:requirement_detail", slug=request.organisation.slug, requirement=said.requirement)


@org_view("standards.edit")
def requirement_edit(request: HttpRequest, requirement: str) -> HttpResponse:
    """Say where the organisation stands."""
    row = requirement_row(found(catalogue.requirement, requirement))
    names = ("position", "satisfied_by", "gap", "next_step", "owner", "due_on")
    initial = {name: getattr(row, name) for name in names}
    form = PositionForm(request.POST or None, initial=initial, revision=row.revision)
    back = reverse("standards:requirement_detail", args=[request.organisation.slug, row.id])
    if request.method == "POST" and form.is_valid():
        saved = apply_action(
            form,
            lambda: set_position(row.requirement, revision=form.expected_revision, actor=request.member, **form.values),
        )
        if saved is not None:
            messages.success(request, _("The position on %s was saved.") % row.id)
            return redirect(back)
    context = {
        "form": form,
        "row": row,
        "page_title": _("Position on %s") % row.id,
        "breadcrumbs": [*crumbs(request, row.clause), (row.id, back)],
        "cancel_url": back,
    }
    return render(request, "standards/requirement_edit.html", context)
