"""What people say about a requirement."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.standards.models import RequirementPosition
from aims.tenancy.models import Member


class PositionForm(ActionForm):
    position = forms.ChoiceField(
        label=_("Position"),
        choices=RequirementPosition.Position.choices,
        widget=forms.RadioSelect,
        help_text=_("“Not looked at” is an honest answer; it stays on the list of what to do."),
    )
    satisfied_by = forms.CharField(
        label=_("What satisfies it"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Documents, records and practice that an auditor can look at."),
    )
    gap = forms.CharField(
        label=_("Gap"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What is missing."),
    )
    next_step = forms.CharField(
        label=_("Next step"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = MemberChoiceField(label=_("Owner"), required=False, queryset=Member.objects.none())
    due_on = forms.DateField(label=_("Due"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()  # type: ignore[attr-defined]
