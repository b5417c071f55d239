"""What people write into documents."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.documents.models import Document
from aims.pages.forms import ActionForm, MemberChoiceField
from aims.tenancy.models import Member


class DocumentForm(ActionForm):
    title = forms.CharField(label=_("Title"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Document.Kind.choices)
    body = forms.CharField(
        label=_("Text"),
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text=_("An empty line begins a new paragraph."),
    )
    owner = MemberChoiceField(
        label=_("Owner"),
        queryset=Member.objects.none(),
        help_text=_("Keeps the document current. Somebody else approves it."),
    )
    review_on = forms.DateField(label=_("Next review"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Member.objects.active()  # type: ignore[attr-defined]


class ApprovalForm(ActionForm):
    """Carries only the revision: what is approved is what was shown."""


class WithdrawalForm(ActionForm):
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
