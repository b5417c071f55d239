"""What people fill in: risks, treatments, acceptances and controls."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm, MemberChoiceField
from aims.standards.catalogue import objectives
from aims.tenancy.models import Member
from aims.tenancy.permissions import READ_ONLY_ROLES
from inventory.models import Environment
from inventory.picking import systems_field
from risks.models import Control, ControlEvidence, Risk
from risks.rating import RATING_FIELDS
from risks.wording import choices_of, harm_terms, scale_choices, source_terms


def people() -> Any:
    """Members who can answer for something."""
    return Member.objects.active().exclude(roles__contained_by=sorted(READ_ONLY_ROLES))


def choose(choices: list[Any]) -> list[Any]:
    return [("", _("Choose")), *choices]


class ControlsField(forms.ModelMultipleChoiceField):
    """Controls as boxes to tick, by reference and title."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


class StepField(forms.TypedChoiceField):
    """One of the five named steps of likelihood or impact, or nothing yet."""

    def __init__(self, part: str, **kwargs: Any) -> None:
        self.part = part
        super().__init__(coerce=int, empty_value=None, required=False, choices=lambda: self.steps(), **kwargs)

    def steps(self) -> list[Any]:
        return [("", _("Not rated")), *scale_choices(self.part)]


class RiskForm(ActionForm):
    """A risk with its three ratings. Only the title is asked for at once; the rest may follow."""

    title = forms.CharField(
        label=_("Title"),
        max_length=300,
        help_text=_("What goes wrong, in one sentence: “Applicants of one group are refused more often”."),
    )
    description = forms.CharField(
        label=_("What could happen, and to whom"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Cause, event and consequence, so that somebody from outside can follow."),
    )
    systems = systems_field(
        label=_("AI systems"),
        required=False,
        help_text=_(
            "Which systems it concerns: one a line, by name or number. None for a risk of the organisation as a whole."
        ),
    )
    source = forms.ChoiceField(
        label=_("Risk source"),
        required=False,
        help_text=_("Where it comes from; the register can then be read by cause."),
    )
    harm = forms.ChoiceField(
        label=_("Harm"), required=False, help_text=_("What kind of harm, and for whom it would be gravest.")
    )
    owner = MemberChoiceField(
        label=_("Risk owner"),
        queryset=Member.objects.none(),
        required=False,
        empty_label=_("Nobody yet"),
        help_text=_("Who answers for it. The owner cannot accept the risk."),
    )
    inherent_likelihood = StepField("likelihood", label=_("Inherent likelihood"))
    inherent_impact = StepField("impact", label=_("Inherent impact"))
    likelihood = StepField("likelihood", label=_("Current likelihood"))
    impact = StepField("impact", label=_("Current impact"))
    residual_likelihood = StepField("likelihood", label=_("Residual likelihood"))
    residual_impact = StepField("impact", label=_("Residual impact"))
    rating_reason = forms.CharField(
        label=_("Reason for the ratings"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What was seen, measured or assumed. Needed as soon as there is a rating."),
    )
    treatment_option = forms.ChoiceField(label=_("Treatment"), required=False)
    review_on = forms.DateField(label=_("Next review"), required=False, widget=forms.DateInput)
    controls = ControlsField(
        label=_("Controls"),
        queryset=Control.objects.none(),
        required=False,
        help_text=_("Which controls hold it down. Excluded controls are not offered."),
    )
    groups_of_fields = (
        (
            _("What it is"),
            _("Enough to recognise it again."),
            ("title", "description", "systems", "source", "harm", "owner"),
        ),
        (
            _("How grave it is"),
            _(
                "Inherent: without any control. Current: as things stand today; empty counts as inherent. "
                "Residual: what is expected once the treatment is done."
            ),
            RATING_FIELDS + ("rating_reason",),
        ),
        (
            _("What is done about it"),
            _("The steps of the treatment plan are added on the page of the risk."),
            ("treatment_option", "review_on", "controls"),
        ),
    )

    def __init__(self, *args: Any, risk: Any = None, **kwargs: Any) -> None:
        """`risk` (of `Risk.objects.with_links()`) when it is edited."""
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["owner"].queryset = people()
        fields["source"].choices = choose(choices_of(source_terms()))
        fields["harm"].choices = choose(grouped_harms())
        fields["treatment_option"].choices = choose(list(Risk.TreatmentOption.choices))
        linked = [control["id"] for control in risk.linked_controls] if risk else []
        fields["controls"].queryset = Control.objects.usable() | Control.objects.filter(pk__in=linked)
        if risk is not None:
            # Systems are linked and unlinked one by one on a page of their own, so that no edit loses one.
            del fields["systems"]
            keep_listed(fields["source"], risk.source)
            keep_listed(fields["harm"], risk.harm)


def keep_listed(field: Any, ref: str) -> None:
    """Offer a reference that came by API or import and is not in the short list."""
    offered = {key for key, _label in flat_choices(field.choices)}
    if ref and ref not in offered:
        field.choices = [*field.choices, (ref, ref)]


def flat_choices(choices: Any) -> list[tuple[Any, Any]]:
    flat: list[tuple[Any, Any]] = []
    for key, label in choices:
        flat += list(label) if isinstance(label, list | tuple) else [(key, label)]
    return flat


def grouped_harms() -> list[Any]:
    """Harms by who suffers them."""
    groups = groupby(harm_terms(), key=lambda term: term.group)
    return [(group.capitalize(), choices_of(terms)) for group, terms in groups]


class TreatmentForm(ActionForm):
    description = forms.CharField(
        label=_("What will be done"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = MemberChoiceField(label=_("Responsible"), queryset=Member.objects.none(), empty_label=_("Choose"))
    due_on = forms.DateField(label=_("Due"), widget=forms.DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]


class TreatmentStepForm(ActionForm):
    """Completing or cancelling a treatment."""

    note = forms.CharField(label=_("What came of it, or why not"), max_length=1000, widget=forms.Textarea)


class AcceptForm(ActionForm):
    until = forms.DateField(
        label=_("Accepted until"),
        widget=forms.DateInput,
        help_text=_("Twelve months at most; then the acceptance lapses and somebody looks again."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why the organisation can live with this risk. An auditor will read it."),
    )
    seen = forms.RegexField(regex=r"^[0-9a-f]{64}$", widget=forms.HiddenInput)


class ReasonForm(ActionForm):
    """Closing or reopening a risk."""

    reason = forms.CharField(label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ReviewForm(ActionForm):
    review_on = forms.DateField(label=_("Next review"), widget=forms.DateInput)
    note = forms.CharField(
        label=_("What you looked at and found"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ControlForm(ActionForm):
    """One row of the Statement of Applicability."""

    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("What it does"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    applicability = forms.ChoiceField(
        label=_("Applicability"), choices=Control.Applicability.choices, widget=forms.RadioSelect
    )
    justification = forms.CharField(
        label=_("Justification"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed for both: why the control is needed here, or why it is not."),
    )
    implementation = forms.ChoiceField(
        label=_("Implementation"), choices=Control.Implementation.choices, widget=forms.RadioSelect
    )
    implementation_note = forms.CharField(
        label=_("How it is implemented"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    owner = MemberChoiceField(
        label=_("Owner"), queryset=Member.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    review_on = forms.DateField(label=_("Next review"), required=False, widget=forms.DateInput)

    def __init__(self, *args: Any, control: Control, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]
        if not control.is_own:
            del self.fields["title"], self.fields["description"]
        if control.applicability != Control.Applicability.UNDECIDED:
            decided = [c for c in Control.Applicability.choices if c[0] != Control.Applicability.UNDECIDED]
            self.fields["applicability"].choices = decided  # type: ignore[attr-defined]


class OwnControlForm(ActionForm):
    reference = forms.CharField(
        label=_("Reference"), max_length=20, help_text=_("Short and lasting, such as OWN-1. It cannot be changed.")
    )
    title = forms.CharField(label=_("Title"), max_length=200)
    description = forms.CharField(
        label=_("What it does"), max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    justification = forms.CharField(
        label=_("Justification"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why the organisation needs a control beyond Annex A."),
    )
    owner = MemberChoiceField(
        label=_("Owner"), queryset=Member.objects.none(), required=False, empty_label=_("Nobody yet")
    )
    review_on = forms.DateField(label=_("Next review"), required=False, widget=forms.DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people()  # type: ignore[attr-defined]


class LinkForm(ActionForm):
    """Which record to link or to take off, by its number; and, for evidence, what it shows."""

    item = forms.IntegerField(label=_("Number"), min_value=1)
    relevance = forms.CharField(label=_("What it shows about the control"), max_length=500, required=False)
    remove = forms.BooleanField(required=False)


class DemandsForm(ActionForm):
    """What a control asks of a piece of evidence."""

    relevance = forms.CharField(label=_("What it shows about the control"), max_length=500, required=False)
    locator = forms.CharField(
        label=_("Where in it"), max_length=300, required=False, help_text=_("A page, a section, a query.")
    )
    environment_required = forms.ChoiceField(
        label=_("Needs environment"), required=False, choices=[("", _("Any")), *Environment.choices]
    )
    environment_policy = forms.ChoiceField(
        label=_("If from a weaker environment"), choices=ControlEvidence.Policy.choices
    )
    version_policy = forms.ChoiceField(
        label=_("If about another version of the system"), choices=ControlEvidence.Policy.choices
    )


def objective_titles() -> dict[str, str]:
    """The groups of Annex A with their titles, in order."""
    return {objective.ref: objective.title for objective in objectives()}
