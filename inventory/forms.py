"""What people enter about systems, versions, suppliers and imports."""

from typing import Any

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from inventory.importing import FIELDS, STAGES, Mapping, ParsedFile
from inventory.models import AISystem, Supplier
from inventory.tiering import QUESTIONS


def possible_owners() -> Any:
    """Members whose roles let them change systems."""
    return Member.objects.holding(Role.SYSTEM_OWNER, Role.GOVERNANCE_OFFICER)


class SystemForm(ActionForm):
    """A new system: what it takes two minutes to know. Everything else can wait."""

    name = forms.CharField(
        label=_("Name"), max_length=500, help_text=_("What people call it. It is found again by this name.")
    )
    purpose = forms.CharField(
        label=_("Purpose"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What it is meant for, in a sentence or two. Risks and claims are judged against it."),
    )
    stage = forms.ChoiceField(
        label=_("Stage"),
        choices=AISystem.Stage.choices,
        help_text=_("How far it has come. Only a system in operation needs evidence from operation."),
    )
    owner = MemberChoiceField(
        label=_("Owner"),
        queryset=Member.objects.none(),
        required=False,
        empty_label=_("Nobody yet"),
        help_text=_("The one person who answers for it and hears when something about it changes."),
    )
    supplier = forms.ModelChoiceField(
        label=_("Supplier"),
        queryset=Supplier.objects.none(),
        to_field_name="number",
        required=False,
        empty_label=_("None, it is our own"),
        help_text=_("Who provides it, when it comes from outside. A change at the supplier changes your system."),
    )
    business_unit = forms.CharField(
        label=_("Unit"),
        max_length=300,
        required=False,
        help_text=_("The part of the organisation that uses it. Challengers must not come from the same unit."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners()  # type: ignore[attr-defined]
        self.fields["supplier"].queryset = Supplier.objects.all()  # type: ignore[attr-defined]


class EditSystemForm(SystemForm):
    """All that the register says about a system."""

    purpose = forms.CharField(
        label=_("Purpose"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What it is meant for. Risks and claims are judged against it."),
    )
    outputs = forms.CharField(
        label=_("Outputs"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What it gives back: a score, a text, a decision. This is what evidence measures."),
    )
    topic = forms.CharField(
        label=_("Topic"), max_length=200, required=False, help_text=_("A word to group systems by, such as fraud.")
    )
    next_review_on = forms.DateField(
        label=_("Next review"), required=False, help_text=_("The screening sets it by the tier; bring it forward here.")
    )
    external_key = forms.CharField(
        label=_("Key elsewhere"),
        max_length=200,
        required=False,
        help_text=_("Its identifier in another register. The next import finds it by this key."),
    )
    groups_of_fields = (
        (_("Identity"), "", ("name", "purpose", "outputs", "stage", "topic")),
        (_("Who and when"), "", ("owner", "business_unit", "supplier", "next_review_on", "external_key")),
    )


class ScreeningForm(ActionForm):
    """The screening: ten questions, each with "Unknown" among its answers and a reason for asking."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            text = gettext(question.text)
            self.fields[question.key] = forms.ChoiceField(
                label=text,
                widget=forms.RadioSelect,
                choices=[(value, gettext(label)) for value, label in question.choices.items()],
                help_text=gettext(question.why),
                error_messages={"required": gettext("Answer “%(question)s” or choose Unknown.") % {"question": text}},
            )


class ReasonForm(ActionForm):
    """Why a step is taken."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class VersionForm(ActionForm):
    label = forms.CharField(
        label=_("Version"),
        max_length=100,
        help_text=_("As its makers call it, such as 4.2. Evidence names this version."),
    )
    released_on = forms.DateField(
        label=_("Released"), required=False, help_text=_("When it was finished, not when it went into operation.")
    )
    notes = forms.CharField(
        label=_("What changed"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    deploy = forms.BooleanField(
        label=_("It is in operation from now on"),
        required=False,
        help_text=_("Evidence about earlier versions then speaks for the past."),
    )


class SupplierForm(ActionForm):
    name = forms.CharField(label=_("Name"), max_length=200)
    website = forms.URLField(label=_("Website"), max_length=500, required=False, assume_scheme="https")
    notes = forms.CharField(
        label=_("Notes"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What they provide, contracts, whom to ask."),
    )


class UploadForm(ActionForm):
    file = forms.FileField(
        label=_("Register"),
        help_text=_("CSV or Excel (.xlsx) in any layout, with a row of headings. You confirm the columns next."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            raise forms.ValidationError(gettext("The file is larger than %s. Split it into parts.") % limit)
        return file


class MappingForm(ActionForm):
    """Which column fills which field: guessed, for a person to confirm."""

    date_order = forms.ChoiceField(
        label=_("A date such as 03/04/2024 means"),
        choices=[("dmy", _("3 April 2024 (day first)")), ("mdy", _("March 4, 2024 (month first)"))],
    )
    stage_default = forms.ChoiceField(
        label=_("When the stage is blank or not understood, take"),
        required=False,
        help_text=_("Without a choice, a stage that is not understood rejects its row."),
    )

    def __init__(self, *args: Any, parsed: ParsedFile, mapping: Mapping, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parsed, self.guessed = parsed, mapping
        self.fields["date_order"].initial = mapping.date_order
        self.fields["stage_default"].choices = [  # type: ignore[attr-defined]
            ("", gettext("No default")),
            *((stage, gettext(stage.capitalize())) for stage in STAGES),
        ]
        self.fields["stage_default"].initial = mapping.stage_default or ""
        columns = [(str(place), header[:120]) for place, header in enumerate(parsed.headers)]
        for field in FIELDS:
            header = mapping.columns.get(field.key)
            self.fields[f"column_{field.key}"] = forms.ChoiceField(
                label=gettext(field.label),
                required=field.required,
                choices=[("", gettext("Not in the file")), *columns],
                initial=str(parsed.positions[header]) if header in parsed.positions else "",
                error_messages={"required": gettext("Choose the column that holds the name of the AI system.")},
            )

    @property
    def groups(self) -> list[tuple[Any, Any, list[forms.BoundField]]]:
        columns = [self[f"column_{field.key}"] for field in FIELDS]
        filled = [column for column in columns if column.value()]
        empty = [column for column in columns if not column.value()]
        return [
            (gettext("Columns found"), gettext("Guessed from the headings and what stands below them."), filled),
            (gettext("Fields that nothing fills"), gettext("Leave them, or choose a column."), empty),
            (gettext("Reading"), "", [self["date_order"], self["stage_default"]]),
        ]

    def mapping(self) -> Mapping:
        """What the person confirmed."""
        chosen = {field.key: self.cleaned_data[f"column_{field.key}"] for field in FIELDS}
        return Mapping(
            columns={key: self.parsed.headers[int(place)] for key, place in chosen.items() if place},
            stage_values=self.guessed.stage_values,
            stage_default=self.cleaned_data["stage_default"] or None,
            date_order=self.cleaned_data["date_order"],
        )
