"""What people say when they ask for a pack."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from audits.models import Pack
from inventory.models import AISystem


class NumberedSystems(forms.ModelMultipleChoiceField):
    """Systems by number and name."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} · {obj.name}"


class PackForm(ActionForm):
    """The whole organisation, or some systems."""

    title = forms.CharField(
        label=_("Title"), required=False, max_length=200, help_text=_("Stands on the cover. Empty: the date of today.")
    )
    scope = forms.ChoiceField(
        label=_("Scope"), choices=Pack.Scope.choices, initial=Pack.Scope.ORGANISATION, widget=forms.RadioSelect
    )
    systems = NumberedSystems(
        label=_("AI systems"),
        queryset=AISystem.objects.none(),
        to_field_name="number",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text=_("Only for a pack of some systems. Hold Ctrl or Cmd to choose several."),
        error_messages={
            "invalid_choice": _("There is no AI system %(value)s here."),
            "invalid_pk_value": _("“%(pk)s” is not the number of an AI system."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["systems"].queryset = AISystem.objects.only("id", "number", "name").order_by("number")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("scope") == Pack.Scope.ORGANISATION:
            cleaned["systems"] = []
        return cleaned
