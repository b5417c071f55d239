"""What people say at the steps of a case, and what the tiers are to ask."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from cases.causes import sentence_of
from cases.gates import cause_id
from cases.models import CaseDecision
from cases.tier_rules import ASKED, CHOICES, KINDS, LESS_IS_MORE, LONGEST_DAYS, MOST_PEOPLE, TierPolicy
from cases.tiers import value_in_words


class NoteForm(ActionForm):
    """A word to whoever has the case next."""

    note = forms.CharField(
        label=_("A word to whoever has it next"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class DecisionForm(ActionForm):
    """The decision with its reason; each weakness is accepted by itself."""

    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=CaseDecision.Outcome.choices,
        widget=forms.RadioSelect,
        help_text=_("Approved, it is in force as soon as its owner has signed. Otherwise it goes back to its authors."),
    )
    accepted = forms.MultipleChoiceField(
        label=_("Weaknesses that you accept"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "An approval names each of them. Whatever else comes up later puts the case out of what was decided."
        ),
    )
    reason = forms.CharField(label=_("Why"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))
    conditions = forms.CharField(
        label=_("Conditions"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only when it is sent back: what has to be so before it comes again."),
    )
    baseline_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, causes: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if causes:
            offered = [(cause_id(one), f"{one['key']}: {sentence_of(one)}") for one in causes]
            self.fields["accepted"].choices = offered  # type: ignore[attr-defined]
        else:
            del self.fields["accepted"]


class TierForm(ActionForm):
    """What one tier asks: one field for each requirement, with why it is asked."""

    reason = forms.CharField(
        label=_("Why it changes"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the new version. What was decided before stays judged by the version of then."),
    )  # fmt: skip
    in_force_from = forms.DateField(label=_("In force from"), required=False, help_text=_("Left empty, today."))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, policy: TierPolicy, version: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = version
        own = list(self.fields)
        for name, kind in KINDS.items():
            self.fields[name] = field_for(name, kind)
            self.fields[name].initial = getattr(policy, name)
        self.order_fields([*KINDS, *own])
        groups: dict[str, list[str]] = {}
        for name in KINDS:
            groups.setdefault(ASKED[name].group, []).append(name)
        self.groups_of_fields = (
            *((gettext(title), "", tuple(names)) for title, names in groups.items()),
            (gettext("The change"), "", ("reason", "in_force_from")),
        )

    @property
    def asked(self) -> dict[str, Any]:
        """The requirements alone."""
        return {name: self.cleaned_data[name] for name in KINDS}


def field_for(name: str, kind: type) -> forms.Field:
    asked = ASKED[name]
    label, why = gettext(asked.label), f"{gettext(asked.why)} ({asked.source})"
    if name in CHOICES:
        offered = [(value, value_in_words(name, value)) for value in CHOICES[name]]
        is_needed = "" not in CHOICES[name]
        return forms.ChoiceField(label=label, choices=offered, required=is_needed, help_text=why)
    if kind is bool:
        return forms.BooleanField(label=label, required=False, help_text=why)
    least = 1 if name in LESS_IS_MORE or name == "conditions_per_case" else 0
    most = LONGEST_DAYS if name.endswith("_days") else MOST_PEOPLE
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=why)
