"""Bringing an argument in from a file, step by step, and taking a case out as one."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.rules import RuleBroken
from aims.tenancy.door import org_view
from cases.access import may_change
from cases.actions.exchange import ArgumentRefused, apply_import, discard_import, upload_argument
from cases.bringing_in import said_of_note, said_of_refusal
from cases.evaluation import assess
from cases.exchange_forms import ImportedCaseForm, UploadArgumentForm
from cases.exchange_listing import BADGES, ArgumentImportListing, account_of, imports, label_of, told_in_short
from cases.exporting import answer_file, export, formats_of_export
from cases.models import ArgumentImport, AssuranceCase
from cases.views.finding import MOST, case_or_404, case_to_change, crumbs, url
from inventory.access import may_edit
from inventory.models import AISystem

MOST_REFUSALS = 50


def import_or_404(number: int) -> ArgumentImport:
    row = imports().filter(number=min(number, MOST)).first()
    if row is None:
        raise Http404
    return row


def import_crumbs(request: HttpRequest) -> list[tuple[str, str]]:
    return [*crumbs(request), (_("Imports"), url(request, "import_list"))]


@org_view("cases.add")
def case_import(request: HttpRequest) -> HttpResponse:
    """Hand in an argument that is to become a new case."""
    asked = request.GET.get("system", "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    initial = {"system": AISystem.objects.filter(number=number).first()} if number else {}
    return answer_upload(request, None, initial)


@org_view("cases.edit")
def case_import_into(request: HttpRequest, number: int) -> HttpResponse:
    """Hand in the argument of a case that has none yet."""
    return answer_upload(request, case_to_change(request, number), {})


def answer_upload(request: HttpRequest, case: AssuranceCase | None, initial: dict) -> HttpResponse:
    """The form; what is refused comes back with its places."""
    member = request.member if case is None else None
    form = UploadArgumentForm(request.POST or None, request.FILES or None, initial=initial, member=member)
    refusals: list[str] = []
    if request.method == "POST" and form.is_valid():
        values = form.values

        def act() -> ArgumentImport:
            try:
                return upload_argument(
                    sources=form.sources(),
                    format=values["format"],
                    system=values.get("system"),
                    case=case,
                    actor=request.member,
                )
            except ArgumentRefused as refused:
                refusals.extend(said_of_refusal(one) for one in refused.refusals)
                raise RuleBroken(_("It cannot be brought in; the reasons stand above."), field="file") from None

        row = apply_action(form, act)
        if row is not None:
            return redirect(url(request, "import_detail", row.number))
    context = {
        "form": form,
        "case": case,
        "refusals": refusals[:MOST_REFUSALS],
        "more_refusals": max(len(refusals) - MOST_REFUSALS, 0),
        "page_title": _("Bring in an argument"),
        "breadcrumbs": crumbs(request, case),
        "cancel_url": url(request, "case_detail", case.number) if case else url(request, "case_list"),
    }
    return render(request, "cases/import_upload.html", context)


@org_view("cases.view", methods=("GET",))
def import_list(request: HttpRequest) -> HttpResponse:
    """What was handed in, when, by whom."""
    first = {"action_url": url(request, "case_import"), "action_label": _("Bring in an argument")}
    listing = ArgumentImportListing(request.organisation.slug, **(first if request.member.may("cases.add") else {}))
    return listing.respond(
        request, "cases/import_list.html", {"page_title": _("Imports of arguments"), "breadcrumbs": crumbs(request)}
    )


@org_view("cases.view", methods=("GET",))
def import_detail(request: HttpRequest, number: int) -> HttpResponse:
    """What would come in, or came in: counts, repairs, losses; a draft with the form that confirms it."""
    row = import_or_404(number)
    return show_import(request, row, confirming_form(request, row))


def confirming_form(request: HttpRequest, row: ArgumentImport) -> ImportedCaseForm | None:
    if row.case is not None or not is_theirs(request, row):
        return None
    report = row.report
    initial = {
        "title": report.get("title") or row.file_name.rpartition(".")[0] or row.file_name,
        "purpose": report.get("purpose", ""),
        "scope_text": report.get("scope_text", ""),
        "accountable_owner": row.system.owner_id,
    }
    return ImportedCaseForm(request.POST or None, initial=initial)


def is_theirs(request: HttpRequest, row: ArgumentImport) -> bool:
    """Whether this member may confirm or discard it."""
    if not row.is_draft:
        return False
    if row.case is not None:
        return may_change(request.member, row.case)
    return request.member.may("cases.add") and may_edit(request.member, row.system)


def show_import(request: HttpRequest, row: ArgumentImport, form: ImportedCaseForm | None) -> HttpResponse:
    context = {
        "import": row,
        "account": account_of(row.report),
        "badge": BADGES[ArgumentImport.Status(row.status)],
        "format": label_of(row.format),
        "form": form,
        "is_theirs": is_theirs(request, row),
        "page_title": row.file_name,
        "breadcrumbs": import_crumbs(request),
    }
    return render(request, "cases/import_detail.html", context)


@org_view("cases.edit", methods=("POST",))
def import_apply(request: HttpRequest, number: int) -> HttpResponse:
    """Bring in what was shown."""
    row = import_or_404(number)
    form = confirming_form(request, row)
    if form is not None and not form.is_valid():
        return show_import(request, row, form)
    about = form.values if form is not None else {}
    if form is None:
        case: AssuranceCase | None = apply_import(row, actor=request.member)
    else:
        case = apply_action(form, lambda: apply_import(row, actor=request.member, **about))
    if case is None:
        return show_import(request, row, form)
    messages.success(request, told_in_short(row))
    return redirect(url(request, "case_detail", case.number))


@org_view("cases.edit", methods=("POST",))
def import_discard(request: HttpRequest, number: int) -> HttpResponse:
    """Throw an uploaded argument away."""
    row = import_or_404(number)
    discard_import(row, actor=request.member)
    messages.success(request, _("The file was discarded. Nothing was brought in."))
    return redirect(url(request, "import_list"))


# --- Out ----------------------------------------------------------------------------------------------------------------


@org_view("registers.export", methods=("GET",))
def case_export(request: HttpRequest, number: int) -> HttpResponse:
    """The formats, and what the chosen one would not say of this case."""
    case = case_or_404(number)
    formats = formats_of_export()
    chosen = request.GET.get("format", "")
    if chosen not in formats:
        chosen = next(iter(formats))
    made = export(assess(case), chosen)
    context = {
        "case": case,
        "formats": [(key, label, about, key == chosen) for key, (label, about) in formats.items()],
        "chosen": chosen,
        "chosen_label": formats[chosen][0],
        "losses": [said_of_note(note) for note in made.losses],
        "files": [(name, len(text.encode())) for name, text in made.files],
        "preview": made.files[0][1][:4000],
        "is_cut": len(made.files[0][1]) > 4000,
        "page_title": _("Export the case"),
        "breadcrumbs": crumbs(request, case),
    }
    return render(request, "cases/case_export.html", context)


@org_view("registers.export", methods=("GET",))
def case_export_file(request: HttpRequest, number: int, format: str) -> HttpResponse:
    """The file; several in one ZIP archive. How many things it does not say stands in the header X-Losses."""
    case = case_or_404(number)
    if format not in formats_of_export():
        raise Http404
    return answer_file(request.organisation.slug, case, export(assess(case), format))
