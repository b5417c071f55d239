"""Pages of internal audits and their checklists."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.standards import catalogue
from aims.tenancy.door import org_view
from audits import forms
from audits.actions import audits as actions
from audits.independence import owned_requirements
from audits.listings import AuditListing, ChecklistListing
from audits.models import Audit, ChecklistItem
from audits.views.answering import answer_form, audit_crumbs, audit_tabs, first_step, posted, url
from audits.wording import badge_of

FIELDS = ("title", "criteria", "scope_text", "lead_auditor", "starts_on", "ends_on")


def audit_or_404(number: int) -> Audit:
    return get_object_or_404(Audit.objects.select_related("lead_auditor"), number=number)


def detail_url(request: HttpRequest, audit: Audit) -> str:
    return url(request, "audit_detail", number=audit.number)


@org_view("audits.view", methods=("GET",))
def audit_list(request: HttpRequest) -> HttpResponse:
    """The audits, the latest first."""
    empty = first_step(request, "audits.plan", "audit_create", _("Plan the first audit"))
    listing = AuditListing(file_prefix=request.organisation.slug, **empty)
    context = {"page_title": _("Audits"), "tabs": audit_tabs(request)}
    return listing.respond(request, "audits/audit_list.html", context)


@org_view("audits.view", methods=("GET",))
def audit_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Plan, progress, findings and conclusion of one audit."""
    audit = audit_or_404(number)
    findings = list(audit.findings.select_related("system"))
    context = {
        "page_title": audit.title,
        "breadcrumbs": audit_crumbs(request),
        "audit": audit,
        "status": badge_of(audit),
        "progress": progress_of(audit),
        "findings": [(finding, badge_of(finding)) for finding in findings],
        "parts": findings,
    }
    return render(request, "audits/audit_detail.html", context)


def progress_of(audit: Audit) -> dict[str, int]:
    counts = audit.checklist.progress()
    return {**counts, "done": counts["total"] - counts["open"]}


@org_view("audits.plan")
def audit_create(request: HttpRequest) -> HttpResponse:
    form = forms.AuditForm(posted(request))
    return answer_form(
        request,
        form,
        lambda: actions.plan_audit(actor=request.member, **form.values),
        page_title=_("Plan an audit"),
        submit_label=_("Plan the audit"),
        back=url(request, "audit_list"),
        breadcrumbs=audit_crumbs(request),
        told=_("The audit is planned. Now choose the clauses that it looks at."),
        then=lambda audit: url(request, "audit_clauses", number=audit.number),
    )


@org_view("audits.plan")
def audit_edit(request: HttpRequest, number: int) -> HttpResponse:
    audit = audit_or_404(number)
    initial = {name: getattr(audit, name) for name in FIELDS}
    form = forms.AuditForm(posted(request), initial=initial, revision=audit.revision)
    return answer_form(
        request,
        form,
        lambda: actions.edit_audit(audit, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Edit the plan"),
        submit_label=_("Save"),
        back=detail_url(request, audit),
        breadcrumbs=audit_crumbs(request, audit),
        told=_("The plan was saved."),
    )


@org_view("audits.plan")
def audit_clauses(request: HttpRequest, number: int) -> HttpResponse:
    """Which clauses the checklist is made of."""
    audit = audit_or_404(number)
    chosen = list(audit.checklist.order_by().values_list("clause", flat=True).distinct())
    form = forms.ClausesForm(posted(request), initial={"clauses": chosen}, revision=audit.revision)
    return answer_form(
        request,
        form,
        lambda: actions.choose_clauses(audit, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Choose the clauses"),
        submit_label=_("Make the checklist"),
        back=detail_url(request, audit),
        breadcrumbs=audit_crumbs(request, audit),
        told=_("The checklist holds the requirements of these clauses."),
    )


@org_view("audits.conduct")
def audit_start(request: HttpRequest, number: int) -> HttpResponse:
    audit = audit_or_404(number)
    form = forms.NothingForm(posted(request))
    return answer_form(
        request,
        form,
        lambda: actions.start_audit(audit, actor=request.member),
        page_title=_("Start the audit"),
        submit_label=_("Start the audit"),
        back=detail_url(request, audit),
        breadcrumbs=audit_crumbs(request, audit),
        told=_("The audit has started."),
        then=lambda _audit: url(request, "checklist", number=number),
        note=_("From now on the checklist is worked through and findings are raised."),
    )


@org_view("audits.conduct")
def audit_report(request: HttpRequest, number: int) -> HttpResponse:
    audit = audit_or_404(number)
    form = forms.ReportForm(posted(request), revision=audit.revision)
    return answer_form(
        request,
        form,
        lambda: actions.report_audit(audit, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Report the audit"),
        submit_label=_("Report the audit"),
        back=detail_url(request, audit),
        breadcrumbs=audit_crumbs(request, audit),
        told=_("The audit is reported."),
        note=_("Afterwards checklist, findings and conclusion are kept as they are."),
    )


@org_view("audits.plan")
def audit_cancel(request: HttpRequest, number: int) -> HttpResponse:
    audit = audit_or_404(number)
    form = forms.ReasonForm(posted(request))
    return answer_form(
        request,
        form,
        lambda: actions.cancel_audit(audit, actor=request.member, **form.values),
        page_title=_("Cancel the audit"),
        submit_label=_("Cancel the audit"),
        back=detail_url(request, audit),
        breadcrumbs=audit_crumbs(request, audit),
        told=_("The audit is cancelled."),
        is_dangerous=True,
    )


@org_view("audits.view", methods=("GET",))
def checklist(request: HttpRequest, number: int) -> HttpResponse:
    """Every requirement that the audit looks at, with filters and the working paper as a file."""
    audit = audit_or_404(number)
    empty = {}
    if request.member.may("audits.plan") and audit.status in actions.IN_PLANNING:
        empty = {"action_url": url(request, "audit_clauses", number=number), "action_label": _("Choose the clauses")}
    listing = ChecklistListing(audit=audit, file_prefix=request.organisation.slug, **empty)
    context = {
        "page_title": _("Checklist"),
        "breadcrumbs": audit_crumbs(request, audit),
        "audit": audit,
        "progress": progress_of(audit),
        "next_open": next_open(audit),
    }
    return listing.respond(request, "audits/checklist.html", context)


@org_view("audits.view", methods=("GET",))
def checklist_item(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    """One requirement: guidance beside it, what was seen, the verdict."""
    item = item_or_404(number, ordinal)
    return item_page(request, item, item_form(request, item))


@org_view("audits.conduct")
def item_record(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    """Keep what was seen and lead on to the next item; with htmx only that part of the page changes."""
    item = item_or_404(number, ordinal)
    form = item_form(request, item)
    if request.method == "POST" and form.is_valid() and record(request, item, form):
        wanted = next_open(item.audit, after=ordinal) if request.POST.get("then") == "next" else ordinal
        if wanted is None:
            return redirect(url(request, "checklist", number=number))
        return redirect(url(request, "checklist_item", number=number, ordinal=wanted))
    return item_page(request, item, form)


def item_or_404(number: int, ordinal: int) -> ChecklistItem:
    found = ChecklistItem.objects.select_related("audit__lead_auditor")
    return get_object_or_404(found, audit__number=number, ordinal=ordinal)


def item_form(request: HttpRequest, item: ChecklistItem) -> forms.ItemForm:
    initial = {"result": item.result, "notes": item.notes}
    return forms.ItemForm(posted(request), initial=initial, revision=item.revision)


def item_page(request: HttpRequest, item: ChecklistItem, form: forms.ItemForm) -> HttpResponse:
    audit = item.audit
    may_record = request.member.may("audits.conduct") and audit.status == Audit.Status.IN_PROGRESS
    context = {
        "page_title": item.requirement,
        "breadcrumbs": [
            *audit_crumbs(request, audit),
            (_("Checklist"), url(request, "checklist", number=audit.number)),
        ],
        "audit": audit,
        "item": item,
        "result": badge_of(item),
        "requirement": requirement_of(item),
        "clause": catalogue.clause(item.clause),
        "form": form,
        "may_record": may_record,
        "is_own": may_record and bool(owned_requirements(request.member, [item.requirement])),
        "findings": [(finding, badge_of(finding)) for finding in item.findings.all()],
        **neighbours(audit, item),
    }
    return render(request, "audits/checklist_item.html", context)


def record(request: HttpRequest, item: ChecklistItem, form: forms.ItemForm) -> ChecklistItem | None:
    values = form.values
    return apply_action(
        form,
        lambda: actions.record_item(item, revision=form.expected_revision, actor=request.member, **values),
    )


def requirement_of(item: ChecklistItem) -> catalogue.Requirement | None:
    try:
        return catalogue.requirement(item.requirement)
    except KeyError:
        return None


def next_open(audit: Audit, after: int = 0) -> int | None:
    """Place of the next item not looked at, from here on and then from the beginning."""
    open_items = audit.checklist.filter(result=ChecklistItem.Result.OPEN).order_by("ordinal")
    places = list(open_items.values_list("ordinal", flat=True))
    return next((place for place in places if place > after), places[0] if places else None)


def neighbours(audit: Audit, item: ChecklistItem) -> dict[str, Any]:
    """Where this item stands, what stands before and after it, and how far the audit is, in one query."""
    rows = list(audit.checklist.order_by("ordinal").values_list("ordinal", "result"))
    places = [place for place, _result in rows]
    here = places.index(item.ordinal)
    return {
        "position": here + 1,
        "total": len(rows),
        "done": sum(result != ChecklistItem.Result.OPEN for _place, result in rows),
        "previous": places[here - 1] if here else None,
        "following": places[here + 1] if here + 1 < len(places) else None,
    }
