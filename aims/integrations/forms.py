"""What people send about their notifications."""

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm


class ReadForm(ActionForm):
    """One notification, or all that are unread when none is named."""

    notification = forms.UUIDField(label=_("Notification"), required=False)
