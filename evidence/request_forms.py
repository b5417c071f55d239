"""What people say when they ask for evidence, submit it, or decide about it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.tenancy.permissions import PERMISSIONS
from evidence.forms import EvidenceNumberField
from evidence.models import EvidenceItem, EvidenceRequest, Kind
from evidence.subjects import KINDS, subject_of
from inventory.picking import system_field


def who_can_bring() -> Any:
    """Active members whose roles may add evidence."""
    roles = [role for role, permissions in PERMISSIONS.items() if "evidence.add" in permissions]
    return Member.objects.active().filter(roles__overlap=roles)


class RequestFields(ActionForm):
    """What is asked for, of whom, by when."""

    title = forms.CharField(label=_("What is asked for"), max_length=300)
    description = forms.CharField(
        label=_("What it has to show"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *Kind.choices])
    owner = MemberChoiceField(
        label=_("Asked of"), queryset=Member.objects.none(), help_text=_("Is told now and reminded until it is there.")
    )
    due_on = forms.DateField(label=_("Due"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = who_can_bring()  # type: ignore[attr-defined]


class AskForm(RequestFields):
    system = system_field(label=_("AI system"), required=False)
    subject_kind = forms.ChoiceField(label=_("For"), required=False)
    subject_reference = forms.CharField(label=_("Its reference"), required=False, max_length=60)
    groups_of_fields = (
        (_("What is asked for"), "", ("title", "description", "kind")),
        (_("Who and when"), "", ("owner", "due_on")),
        (_("What it is for"), "", ("system", "subject_kind", "subject_reference")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(kind.key, kind.label) for kind in KINDS.values()]
        self.fields["subject_kind"].choices = [("", _("Nothing in particular")), *offered]  # type: ignore[attr-defined]
        self.fields["subject_reference"].help_text = " ".join(str(kind.help_text) for kind in KINDS.values())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, reference = cleaned.pop("subject_kind", ""), cleaned.pop("subject_reference", "")
        try:
            cleaned["subject"] = subject_of(kind, reference)
        except RuleBroken as broken:
            self.add_error(broken.field, broken.message)
        return cleaned


class RequestForm(RequestFields):
    """Change a request; what it is for stays."""


class SubmitForm(ActionForm):
    """Which piece of the library it is: one of those offered, or any other by its number."""

    item = EvidenceNumberField(label=_("Number of the evidence"), min_value=1, max_value=2_147_483_647)

    def __init__(self, *args: Any, request: EvidenceRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = EvidenceItem.objects.active().filter(current__isnull=False)
        if request.system_id:
            offered = offered.filter(system_id=request.system_id)
        if request.kind:
            offered = offered.filter(kind=request.kind)
        found = list(offered.order_by("-number").values_list("number", "title")[:25])
        self.fields["item"].widget.attrs["list"] = "evidence-offered"
        self.offered = found


class ReturnForm(ActionForm):
    reason = forms.CharField(
        label=_("What is missing"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    due_on = forms.DateField(label=_("Asked for again by"))


class NoteForm(ActionForm):
    note = forms.CharField(label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(ActionForm):
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
