"""What people say about evidence, brought into shape."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.forms import INTEGER_LIMIT, ActionForm, MemberChoiceField
from aims.tenancy.models import Member
from evidence.actions import MOST_FILES
from evidence.models import Confidentiality, EvidenceItem, Independence, Kind
from evidence.sniffing import ALLOWED_EXTENSIONS
from evidence.validity import FARTHEST_DAYS
from inventory.models import AISystem, Environment, SystemVersion
from inventory.picking import every_system, system_field, systems_in_use

CHOOSE = [("", gettext_lazy("Choose"))]
UNKNOWN = [("", gettext_lazy("Not said"))]


MOST_AT_ONCE = 50


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files up to the limit; each must not be empty or too large. What they are, the action looks at."""

    widget = ManyFilesInput

    def __init__(self, *, most: int = MOST_FILES, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.most:
            raise forms.ValidationError(
                _("Choose at most %d files. Put more into one ZIP archive.") % self.most, code="too_many"
            )
        return [self.clean_one(file) for file in files] if self.most == MOST_FILES else files

    def clean_one(self, file: UploadedFile) -> UploadedFile:
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            words = {"name": file.name, "limit": filesizeformat(settings.MAX_UPLOAD_BYTES)}
            raise forms.ValidationError(
                _("%(name)s is larger than %(limit)s. Add a smaller extract, or its address.") % words, code="too_large"
            )
        return file


class ItemFields(ActionForm):
    """What the evidence is called and belongs to."""

    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=300, help_text=gettext_lazy("What it is, as people would look for it.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[*CHOOSE, *Kind.choices])
    description = forms.CharField(
        label=gettext_lazy("What it shows"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    system = system_field(
        label=gettext_lazy("AI system"),
        required=False,
        help_text=gettext_lazy("Name or number. Empty: it is about no single system."),
    )
    owner = MemberChoiceField(
        label=gettext_lazy("Keeper"),
        queryset=Member.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("Keeps it current, and is told when it goes stale."),
    )
    confidentiality = forms.ChoiceField(
        label=gettext_lazy("Confidentiality"),
        choices=Confidentiality.choices,
        initial=Confidentiality.INTERNAL,
        help_text=gettext_lazy("Who may download its files. That it exists everybody sees."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()


class CollectionFields(ActionForm):
    """One collection: its times, where it is from, its files."""

    files = ManyFilesField(label=gettext_lazy("Files"), required=False)  # type: ignore[assignment]
    uri = forms.URLField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=1000,
        assume_scheme="https",
        help_text=gettext_lazy("Where it lies, when it is not kept here."),
    )
    method = forms.CharField(
        label=gettext_lazy("Method"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("How it was obtained, so that somebody else could repeat it."),
    )
    collected_at = forms.DateTimeField(label=gettext_lazy("Collected"))
    observed_from = forms.DateField(label=gettext_lazy("Observes from"), required=False)
    observed_to = forms.DateField(label=gettext_lazy("Observes to"), required=False)
    valid_for_days = forms.IntegerField(
        label=gettext_lazy("Valid for (days)"),
        required=False,
        min_value=1,
        max_value=FARTHEST_DAYS,
        help_text=gettext_lazy(
            "Counted from its collection. Empty: the usual time of the kind; records and documents then have no end. "
            "What was measured of a T2 or T3 system counts for less long."
        ),
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Grace (days)"),
        required=False,
        min_value=0,
        max_value=FARTHEST_DAYS,
        initial=0,
        help_text=gettext_lazy("How long it still counts, marked, after that."),
    )
    environment = forms.ChoiceField(
        label=gettext_lazy("Environment"), required=False, choices=[*UNKNOWN, *Environment.choices]
    )
    system_version = forms.CharField(
        label=gettext_lazy("Speaks for version"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("The version of the AI system that was looked at, as the register calls it."),
    )

    dataset_version = forms.CharField(
        label=gettext_lazy("Speaks for dataset"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The data that was used, with its version, such as “applications 2026-10, v3”."),
    )
    population = forms.CharField(
        label=gettext_lazy("Population"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Who or what was looked at: “all applications of October”."),
    )
    sample_size = forms.IntegerField(
        label=gettext_lazy("Number of cases (n)"), required=False, min_value=1, max_value=INTEGER_LIMIT
    )
    independence = forms.ChoiceField(
        label=gettext_lazy("Who gathered it"), required=False, choices=[*UNKNOWN, *Independence.choices]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"].help_text = _(
            "Up to %(count)d files of at most %(size)s each: PDF, Office documents, pictures, CSV, JSON, text, archives."
        ) % {"count": MOST_FILES, "size": filesizeformat(settings.MAX_UPLOAD_BYTES)}
        self.fields["files"].widget.attrs["accept"] = ",".join(f".{each}" for each in ALLOWED_EXTENSIONS)
        self.fields["collected_at"].help_text = _("When it was gathered or measured, in the time zone %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }

    def clean_grace_days(self) -> int:
        return self.cleaned_data["grace_days"] or 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (label := cleaned.get("system_version")) and "system_version" not in self.errors:
            cleaned["system_version"] = self.find_version(cleaned.get("system"), label)
        else:
            cleaned["system_version"] = None
        return cleaned

    def find_version(self, system: AISystem | None, label: str) -> SystemVersion | None:
        """The version that goes by this label; an error names those that exist."""
        if system is None:
            if "system" not in self.errors:
                self.add_error("system_version", _("Choose the AI system to which the version belongs."))
            return None
        version = SystemVersion.objects.filter(system=system, label=label).first()
        if version is None:
            known = ", ".join(SystemVersion.objects.filter(system=system).values_list("label", flat=True)[:8])
            self.add_error("system_version", unknown_version(system, label, known))
        return version


def unknown_version(system: AISystem, label: str, known: str) -> str:
    words = {"system": system.name[:80], "label": label, "known": known}
    if known:
        return _("%(system)s has no version “%(label)s”. It has: %(known)s.") % words
    return _("%(system)s has no version “%(label)s”. Add it to the system first, or leave this empty.") % words


TIMES = ("collected_at", "observed_from", "observed_to", "valid_for_days", "grace_days")
HOW_MUCH = ("population", "sample_size", "independence")


class EvidenceForm(CollectionFields, ItemFields):
    """A new piece of evidence with its first version."""

    groups_of_fields = (
        (gettext_lazy("What it is"), "", ("title", "kind", "description")),
        (
            gettext_lazy("What there is to see"),
            gettext_lazy("Files, an address or a description of the method: at least one of them."),
            ("files", "uri", "method"),
        ),
        (gettext_lazy("Its times"), gettext_lazy("When it was recorded, the server notes by itself."), TIMES),
        (
            gettext_lazy("What it speaks for"),
            gettext_lazy("Evidence of one version says nothing about the next."),
            ("system", "system_version", "dataset_version", "environment"),
        ),
        (gettext_lazy("How much it shows"), "", HOW_MUCH),
        (gettext_lazy("Who keeps it"), "", ("owner", "confidentiality")),
    )


class UploadForm(ActionForm):
    """Many files, and what holds for all of them."""

    files = ManyFilesField(label=gettext_lazy("Files"), most=MOST_AT_ONCE)  # type: ignore[assignment]
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=[*CHOOSE, *Kind.choices])
    system = system_field(
        label=gettext_lazy("AI system"),
        required=False,
        help_text=gettext_lazy("Name or number. Empty: they are about no single system."),
    )
    collected_at = forms.DateTimeField(label=gettext_lazy("Collected"))
    environment = forms.ChoiceField(
        label=gettext_lazy("Environment"), required=False, choices=[*UNKNOWN, *Environment.choices]
    )
    owner = MemberChoiceField(label=gettext_lazy("Keeper"), queryset=Member.objects.none(), empty_label=None)
    confidentiality = forms.ChoiceField(
        label=gettext_lazy("Confidentiality"), choices=Confidentiality.choices, initial=Confidentiality.INTERNAL
    )
    groups_of_fields = (
        (gettext_lazy("Files"), "", ("files",)),
        (
            gettext_lazy("What holds for all of them"),
            gettext_lazy("Each file becomes a piece of evidence called like the file; edit it afterwards."),
            ("kind", "system", "environment", "collected_at", "owner", "confidentiality"),
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()
        self.fields["files"].help_text = _(
            "Up to %(count)d files of at most %(size)s each. You can drop them here."
        ) % {
            "count": MOST_AT_ONCE,
            "size": filesizeformat(settings.MAX_UPLOAD_BYTES),
        }
        self.fields["files"].widget.attrs["accept"] = ",".join(f".{each}" for each in ALLOWED_EXTENSIONS)


class VersionForm(CollectionFields):
    """A new version of evidence that is there already."""

    groups_of_fields = (
        (
            gettext_lazy("What there is to see"),
            gettext_lazy("Files, an address or a description of the method: at least one of them."),
            ("files", "uri", "method"),
        ),
        (gettext_lazy("Its times"), gettext_lazy("When it was recorded, the server notes by itself."), TIMES),
        (gettext_lazy("What it speaks for"), "", ("system_version", "dataset_version", "environment")),
        (gettext_lazy("How much it shows"), "", HOW_MUCH),
    )

    def __init__(self, *args: Any, item: EvidenceItem, **kwargs: Any) -> None:
        self.item = item
        super().__init__(*args, **kwargs)
        if item.system is None:
            del self.fields["system_version"]

    def find_version(self, system: AISystem | None, label: str) -> SystemVersion | None:
        return super().find_version(self.item.system, label)


class ItemForm(ItemFields):
    """Change what the evidence is called and belongs to."""

    def __init__(self, *args: Any, item: EvidenceItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Who left, and a system that was retired, stay a valid answer until somebody changes it.
        self.fields["owner"].queryset = Member.objects.active() | Member.objects.filter(pk=item.owner_id)
        if item.system_id:
            self.fields["system"].queryset = systems_in_use() | every_system().filter(pk=item.system_id)


class ReviewForm(ActionForm):
    verdict = forms.ChoiceField(
        label=gettext_lazy("Verdict"),
        widget=forms.RadioSelect,
        choices=[("accepted", gettext_lazy("Accepted")), ("rejected", gettext_lazy("Rejected"))],
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What you looked at. A rejection needs its reason."),
    )


class EvidenceNumberField(forms.IntegerField):
    """A piece of evidence by its number; cleans to the piece."""

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is None:
            return None
        item = EvidenceItem.objects.filter(number=number).first()
        if item is None:
            raise forms.ValidationError(_("There is no evidence %d. Enter the number of a piece.") % number)
        return item


class SupersedeForm(ActionForm):
    successor = EvidenceNumberField(
        label=gettext_lazy("Number of the evidence that takes its place"),
        min_value=1,
        max_value=INTEGER_LIMIT,
        help_text=gettext_lazy("Add it to the library first. Bindings can then be moved to it, one by one."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whoever relied on it reads this."),
    )


class WithdrawForm(ActionForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Whoever relied on it reads this."),
    )
