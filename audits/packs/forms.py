"""What people say when they ask for a pack."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from audits.models import Pack
from inventory.picking import every_system, systems_field


class PackForm(ActionForm):
    """The whole organisation, or some systems."""

    title = forms.CharField(
        label=_("Title"), required=False, max_length=200, help_text=_("Stands on the cover. Empty: the date of today.")
    )
    scope = forms.ChoiceField(
        label=_("Scope"), choices=Pack.Scope.choices, initial=Pack.Scope.ORGANISATION, widget=forms.RadioSelect
    )
    systems = systems_field(
        label=_("AI systems"),
        queryset=every_system,
        required=False,
        help_text=_("Only for a pack of some systems: one a line, by name or number."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("scope") == Pack.Scope.ORGANISATION:
            cleaned["systems"] = []
        return cleaned
