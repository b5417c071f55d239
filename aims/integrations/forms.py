"""What people send about their notifications."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm


class ReadForm(ActionForm):
    """One notification, or all that are unread when none is named."""

    notification = forms.UUIDField(label=_("Notification"), required=False)


class DigestForm(ActionForm):
    """Whether this person gets the daily digest."""

    wants = forms.BooleanField(
        label=_("Send me the daily digest"),
        required=False,
        help_text=_("What does not stand, what is due, and what falls in 30 days. On days without any of it, nothing."),
    )


def hours() -> list[tuple[str, Any]]:
    return [("", _("Never")), *((str(hour), f"{hour:02}:00") for hour in range(24))]


class DigestHourForm(ActionForm):
    """When the digests of the organisation leave."""

    hour = forms.TypedChoiceField(
        label=_("Hour"),
        choices=hours,
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("In the time of this installation. Each member can do without."),
    )
