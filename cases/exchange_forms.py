"""What people enter when they bring an argument in."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from aims.tenancy.models import Member
from cases.exchange.formats import FORMATS
from cases.exchange.source import MOST_BYTES, MOST_FILES, Source
from cases.forms import CaseForm
from inventory.access import editable_by
from inventory.models import AISystem
from inventory.picking import system_field

FORMAT_CHOICES = [("", _("Found by the content")), *((one.key, _(one.label)) for one in FORMATS.values())]


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files of an argument."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(gettext("Choose at most %d files.") % MOST_FILES, code="too_many")
        if sum(file.size or 0 for file in files) > MOST_BYTES:
            said = gettext("Up to %s are read at once. Split the argument into several cases.")
            raise forms.ValidationError(said % filesizeformat(MOST_BYTES), code="too_large")
        return files


class UploadArgumentForm(ActionForm):
    """Files or pasted text, their format, and for a new case the system that it argues about."""

    system: Any = system_field(
        label=_("AI system"),
        pick_query="editable=yes",
        help_text=_("Name or number of the system that it argues about."),
    )
    file = FilesField(
        label=_("File"),
        required=False,
        help_text=_("Several files are read as modules of one argument where their format has modules (gsn2x, LTAC)."),
        widget=FilesInput(attrs={"accept": ".yaml,.yml,.json,.xml,.xmi,.sacm,.ltac,.txt,.md"}),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        max_length=500_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("Paste a draft, such as indented text: “- Claim G1: …”, two spaces for each step."),
    )
    format = forms.ChoiceField(label=_("Format"), required=False, choices=FORMAT_CHOICES)

    def __init__(self, *args: Any, member: Member | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member is None:
            del self.fields["system"]
        else:
            systems = editable_by(member).filter(status=AISystem.Status.REGISTERED)
            self.fields["system"].queryset = systems  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_text = bool((cleaned.get("text") or "").strip())
        if "file" in cleaned and not self.errors and bool(cleaned["file"]) == has_text:
            said = (
                gettext("Choose a file or paste its text, not both.")
                if has_text
                else gettext("Choose a file, or paste its text.")
            )
            self.add_error("file", said)
        return cleaned

    def sources(self) -> list[Source]:
        files = self.cleaned_data["file"]
        if files:
            return [Source(file.name, file.read()) for file in files]
        return [Source(gettext("pasted text"), self.cleaned_data["text"].encode())]


class ImportedCaseForm(CaseForm):
    """What the new case says of itself; its argument comes from the file."""
