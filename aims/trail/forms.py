"""The question "how was it then?"."""

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm


class AsOfForm(ActionForm):
    """A moment; the record is shown as it was then."""

    as_of = forms.DateTimeField(label=_("As of"), required=False)
