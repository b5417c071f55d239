"""What an owner enters to sign a case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm


class SignForm(ActionForm):
    """The declaration itself is on the page; what is typed here is a remark, and who one is."""

    opened = forms.CharField(max_length=64, widget=forms.HiddenInput)
    baseline = forms.IntegerField(min_value=1, max_value=2_147_483_647, widget=forms.HiddenInput)
    i_stand_behind_it = forms.BooleanField(label=_("I stand behind this case, as declared above"))
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Becomes a part of what you declare. Leave it empty if there is nothing to add."),
    )
    password = forms.CharField(
        label=_("Your password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Given anew, so that nobody signs at a screen that you left open."),
    )
    code = forms.CharField(
        label=_("Code of your authenticator app"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
        help_text=_("Or one of your recovery codes."),
    )

    def __init__(self, data: Any = None, *args: Any, asks_for_code: bool = False, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        if not asks_for_code:
            del self.fields["code"]
