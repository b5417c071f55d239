"""Many files at once: a form with a multiple file input, which a script turns into one request for each file."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.vary import vary_on_headers

from aims.pages.forms import apply_action
from aims.tenancy.door import org_view
from evidence.actions import add_from_files
from evidence.forms import UploadForm
from evidence.views.frame import crumbs, url
from evidence.views.library import system_asked_for


@org_view("evidence.add")
@vary_on_headers("HX-Request")
def evidence_upload(request: HttpRequest) -> HttpResponse:
    initial = {"owner": request.member.pk, "system": system_asked_for(request), "collected_at": timezone.now()}
    form = UploadForm(request.POST or None, request.FILES or None, initial=initial)
    results: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        said = form.values
        files = said.pop("files")
        results = apply_action(form, lambda: add_from_files(files, actor=request.member, **said))
    context = {
        "page_title": _("Add many files"),
        "breadcrumbs": crumbs(request),
        "form": form,
        "results": results,
        "refused": not_sent(form) if request.method == "POST" and results is None else "",
        "names": [file.name for file in request.FILES.getlist("files")],
        "submit_label": _("Add them"),
        "cancel_url": url(request, "evidence_list"),
    }
    if request.htmx:
        return render(request, "evidence/evidence_upload.html#results", context)
    if results is not None:
        added = sum(each.item is not None for each in results)
        words = ngettext("%(count)d piece of evidence was added.", "%(count)d pieces of evidence were added.", added)
        messages.success(request, words % {"count": added}) if added else None
    return render(request, "evidence/evidence_upload.html", context)


def not_sent(form: UploadForm) -> str:
    """What is wrong with the form, in one line for the script that sends a file at a time."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)
