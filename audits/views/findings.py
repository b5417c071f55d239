"""Pages of findings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from audits import forms
from audits.actions import findings as actions
from audits.listings import FindingListing
from audits.models import Audit, Finding
from audits.views.answering import answer_form, audit_crumbs, audit_tabs, posted, url
from audits.views.audits import audit_or_404
from audits.wording import badge_of, requirement_text

FIELDS = ("grade", "requirement", "system", "statement", "evidence_seen")


def finding_or_404(number: int) -> Finding:
    found = Finding.objects.select_related("audit__lead_auditor", "system", "raised_by", "checklist_item")
    return get_object_or_404(found, number=number)


@org_view("audits.view", methods=("GET",))
def finding_list(request: HttpRequest) -> HttpResponse:
    listing = FindingListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Findings"), "tabs": audit_tabs(request)}
    return listing.respond(request, "audits/finding_list.html", context)


@org_view("audits.view", methods=("GET",))
def finding_detail(request: HttpRequest, number: int) -> HttpResponse:
    finding = finding_or_404(number)
    context = {
        "page_title": _("Finding %d") % finding.number,
        "breadcrumbs": audit_crumbs(request, finding.audit),
        "finding": finding,
        "grade": badge_of(finding),
        "requirement_text": requirement_text(finding.requirement),
        "nonconformities": [(each, badge_of(each)) for each in finding.nonconformities.select_related("owner")],
        "is_open": finding.audit.status == Audit.Status.IN_PROGRESS,
    }
    return render(request, "audits/finding_detail.html", context)


@org_view("audits.conduct")
def finding_create(request: HttpRequest, number: int) -> HttpResponse:
    """A finding of this audit; `?requirement=8.4-r01` comes from the checklist. No opinion is filled in."""
    audit = audit_or_404(number)
    form = forms.FindingForm(posted(request), initial={"requirement": request.GET.get("requirement", "")[:40]})
    return answer_form(
        request,
        form,
        lambda: actions.raise_finding(audit, actor=request.member, **form.values),
        page_title=_("Raise a finding"),
        submit_label=_("Raise the finding"),
        back=url(request, "audit_detail", number=number),
        breadcrumbs=audit_crumbs(request, audit),
        told=_("The finding was raised."),
        then=lambda finding: url(request, "finding_detail", number=finding.number),
    )


@org_view("audits.conduct")
def finding_edit(request: HttpRequest, number: int) -> HttpResponse:
    finding = finding_or_404(number)
    initial = {name: getattr(finding, name) for name in FIELDS}
    form = forms.FindingForm(posted(request), finding=finding, initial=initial, revision=finding.revision)
    return answer_form(
        request,
        form,
        lambda: actions.edit_finding(finding, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Edit finding %d") % number,
        submit_label=_("Save"),
        back=url(request, "finding_detail", number=number),
        breadcrumbs=audit_crumbs(request, finding.audit),
        told=_("The finding was saved."),
    )
