"""Pages of the import: upload, confirm the columns beside a preview, follow the progress, read what became of it."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from aims.pages.exports import export
from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from inventory import import_actions
from inventory.forms import MappingForm, UploadForm
from inventory.importing import MappingError
from inventory.listings import ImportListing, import_badge
from inventory.models import SystemImport
from inventory.selectors import open_draft, preview_of
from inventory.tasks import run_imports_of
from inventory.views import address, sent, trail_to


def imports_trail(request: HttpRequest) -> list[tuple[str, str]]:
    return [*trail_to(request), (_("Imports"), address(request, "import_list"))]


@org_view("systems.import")
def system_import(request: HttpRequest) -> HttpResponse:
    """Upload a register; nothing is imported before its columns are confirmed."""
    form = UploadForm(sent(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        draft = apply_action(
            form,
            lambda: import_actions.upload_import(file_name=file.name, content=file.read(), actor=request.member),
        )
        if draft is not None:
            return redirect("inventory:import_detail", slug=request.organisation.slug, number=draft.number)
    context = {
        "page_title": _("Import AI systems"),
        "breadcrumbs": imports_trail(request),
        "form": form,
        "cancel_url": address(request, "system_list"),
    }
    return render(request, "inventory/import_upload.html", context)


@org_view("systems.import", methods=("GET",))
def import_list(request: HttpRequest) -> HttpResponse:
    """What was imported, when, by whom."""
    listing = ImportListing(
        file_prefix=request.organisation.slug,
        action_url=address(request, "system_import"),
        action_label=_("Upload a register"),
    )
    return listing.respond(
        request, "inventory/import_list.html", {"page_title": _("Imports"), "breadcrumbs": trail_to(request)}
    )


@org_view("systems.import")
def import_detail(request: HttpRequest, number: int) -> HttpResponse:
    """A draft with its columns and a preview, or how far the import is, or what became of it."""
    found = get_object_or_404(SystemImport.objects.select_related("requested_by"), number=number)
    if found.is_draft:
        return confirm_columns(request, found)
    if request.method == "POST":
        import_actions.refuse_unless_draft(found)
    return render(request, "inventory/import_detail.html", import_context(request, found))


def import_context(request: HttpRequest, found: SystemImport) -> dict[str, Any]:
    return {
        "page_title": found.file_name,
        "breadcrumbs": imports_trail(request),
        "import": found,
        "status": import_badge(found).__html__(),
        "most_listed": import_actions.MOST_LISTED,
    }


def confirm_columns(request: HttpRequest, draft: SystemImport) -> HttpResponse:
    """The mapping form beside a preview; the button says whether to look again or to import."""
    parsed, mapping = open_draft(draft)
    form = MappingForm(sent(request), parsed=parsed, mapping=mapping, revision=draft.revision)
    if request.method == "POST" and form.is_valid():
        wanted = "import" if "start" in request.POST else "look"
        saved = apply_action(form, lambda: confirmed(draft, form, request, start=wanted == "import"))
        if saved is not None:
            if saved.is_under_way:
                ring(saved)
                messages.success(request, _("The import has started. You can close this page; it goes on."))
            return redirect("inventory:import_detail", slug=request.organisation.slug, number=draft.number)
    context = import_context(request, draft) | {"form": form}
    try:
        context["preview"] = preview_of(parsed, mapping)
    except MappingError as error:
        context["preview_error"] = str(error)
    return render(request, "inventory/import_confirm.html", context)


def confirmed(draft: SystemImport, form: MappingForm, request: HttpRequest, *, start: bool) -> SystemImport:
    """Keep the mapping and, when asked, start."""
    saved = import_actions.set_mapping(
        draft, mapping=form.mapping(), revision=form.expected_revision, actor=request.member
    )
    return import_actions.confirm_import(saved, actor=request.member) if start else saved


def ring(system_import: SystemImport) -> None:
    """Wake a worker; when the message is lost, the next beat finds the import by its due time."""
    organisation_id = str(system_import.organisation_id)
    transaction.on_commit(lambda: run_imports_of.delay(organisation_id))


@org_view("systems.import", methods=("POST",))
def import_discard(request: HttpRequest, number: int) -> HttpResponse:
    """Throw an uploaded file away."""
    draft = get_object_or_404(SystemImport, number=number)
    import_actions.discard_import(draft, actor=request.member)
    messages.success(request, _("The file was discarded. Nothing was imported."))
    return redirect("inventory:import_list", slug=request.organisation.slug)


class RejectedRows:
    """The rejected rows of an import as a file."""

    def __init__(self, system_import: SystemImport) -> None:
        self.name = f"import-{system_import.number}-rejected"
        self.rejected = system_import.rejected

    def export_rows(self, parameters: Any) -> Any:
        yield [_("Row"), _("Column"), _("Reason"), _("Value")]
        for entry in self.rejected:
            yield [entry["row"], entry["column"], entry["reason"], entry.get("value", "")]


@org_view("systems.import", methods=("GET",))
def import_rejected(request: HttpRequest, number: int) -> HttpResponse:
    """Which rows stayed out and why, as CSV, to put right and import again."""
    found = get_object_or_404(SystemImport, number=number)
    return export(RejectedRows(found), request.GET, "csv", prefix=request.organisation.slug)
