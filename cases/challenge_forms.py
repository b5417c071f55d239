"""What people enter about challenges: the doubt, its answer, the decision."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from cases.actions.challenges import MAY_ANSWER
from cases.models import Challenge, Element, Link
from evidence.models import EvidenceItem

SEVERITIES: Final = [
    (Challenge.Severity.MINOR.value, _("Minor: it weakens the claim")),
    (Challenge.Severity.MAJOR.value, _("Major: it weakens the claim and must be answered")),
    (Challenge.Severity.BLOCKING.value, _("Blocking: while it is open, nothing rests on the claim")),
]


class ElementField(forms.ModelChoiceField):
    """An element of the argument, by its key and the beginning of its statement."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.address}: {obj.statement[:100]}"


class DoubtForm(ActionForm):
    """A doubt: what it attacks, how grave it is, and what it says."""

    statement = forms.CharField(
        label=_("Doubt"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("As a sentence that somebody can answer: what could be wrong, and why you think so."),
    )
    attack = forms.ChoiceField(
        label=_("What it attacks"), choices=Challenge.Attack.choices, widget=forms.RadioSelect, initial="rebut"
    )
    severity = forms.ChoiceField(
        label=_("How grave it is"),
        choices=SEVERITIES,
        widget=forms.RadioSelect,
        initial=Challenge.Severity.MAJOR.value,
    )


class NewDoubtForm(DoubtForm):
    """A new doubt: also whether it is about the element itself or about a step from it."""

    step_to: Any = forms.ChoiceField(
        label=_("About"),
        required=False,
        help_text=_("A doubt about what something shows belongs on the step to it, not on the thing itself."),
    )
    field_order = ("step_to", "statement", "attack", "severity")

    def __init__(self, *args: Any, element: Element, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        links = Link.objects.filter(source=element, target__withdrawn_at=None).select_related("target__module")
        self.steps = {link.target.address: link.target for link in links.order_by("ordinal", "id")}
        self.fields["step_to"].choices = [  # type: ignore[attr-defined]
            ("", f"{element.address}: {element.statement[:100]}"),
            *(
                (key, _("The step from %(upper)s to %(lower)s") % {"upper": element.address, "lower": key})
                for key in self.steps
            ),
        ]
        if element.kind in ("solution", "context", "assumption", "justification"):
            self.fields["attack"].initial = Challenge.Attack.UNDERMINE
        elif element.kind == "strategy":
            self.fields["attack"].initial = Challenge.Attack.UNDERCUT
        if not self.steps:
            del self.fields["step_to"]

    @property
    def values(self) -> dict[str, Any]:
        said = super().values
        return {**said, "step_to": self.steps.get(said.get("step_to", ""))}


def elements_that_answer(challenge: Challenge) -> Any:
    """What may be offered as an answer; the action has the last word."""
    rows = Element.objects.in_use().filter(case_id=challenge.case_id, kind__in=MAY_ANSWER, role=Element.Role.SUPPORT)
    about = [pk for pk in (challenge.target_id, challenge.step_to_id) if pk]
    return rows.exclude(pk__in=about).select_related("module").order_by("created_at", "id")


class AnswerForm(ActionForm):
    """Why the doubt does not hit, and which element shows it."""

    response = forms.CharField(
        label=_("Answer"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Why the doubt does not hit, or what was done about it."),
    )
    response_element = ElementField(
        label=_("Shown by"),
        queryset=Element.objects.none(),
        required=False,
        help_text=_(
            "The element that answers the doubt. As long as it holds, a refuted doubt rests; when it no longer does, the "
            "doubt is back. Nothing that rests on what is doubted can answer."
        ),
    )

    def __init__(self, *args: Any, challenge: Challenge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["response_element"].queryset = elements_that_answer(challenge)  # type: ignore[attr-defined]


class DecisionForm(ActionForm):
    """Sustained or refuted, and why."""

    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("sustained", _("Sustain: the doubt is right, and what it attacks is defeated")),
            ("refuted", _("Refute: the answer takes the doubt away, for as long as it holds")),
        ],
        widget=forms.RadioSelect,
    )
    response_element = ElementField(
        label=_("Answered by"),
        queryset=Element.objects.none(),
        required=False,
        help_text=_("Needed to refute. It must hold now."),
    )
    rationale = forms.CharField(label=_("Why"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, challenge: Challenge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["response_element"].queryset = elements_that_answer(challenge)  # type: ignore[attr-defined]


class AcceptanceForm(ActionForm):
    """How much of the doubt remains, until when the organisation lives with it, and why."""

    significance = forms.ChoiceField(
        label=_("How much of the doubt remains"),
        choices=[
            ("negligible", _("Negligible: the claim stands as if there were none")),
            ("manageable", _("Manageable: the claim is weakened, and we can handle it")),
            ("significant", _("Significant: the claim is weakened, and we accept that for a time")),
        ],
        widget=forms.RadioSelect,
    )
    until = forms.DateField(label=_("Accepted until"), help_text=_("After this day the doubt is open again."))
    rationale = forms.CharField(
        label=_("Why the organisation can live with it"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ArgueForm(ActionForm):
    """A counter-element: what is claimed against the argument, or the evidence for that."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("goal", _("Goal: what would have to be true for the doubt to hit")),
            ("solution", _("Solution: evidence for it")),
        ],
        widget=forms.RadioSelect,
        initial="goal",
    )
    statement = forms.CharField(label=_("Statement"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    evidence: Any = forms.ModelChoiceField(
        label=_("Evidence"), queryset=None, required=False, help_text=_("Of a solution; from the library.")
    )
    locator = forms.CharField(label=_("Where in it"), required=False, max_length=300)
    relevance = forms.CharField(label=_("What it shows"), required=False, max_length=1000)

    def __init__(self, *args: Any, challenge: Challenge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = EvidenceItem.objects.active().exclude(current=None)
        of_system = usable.filter(system_id=challenge.case.system_id) | usable.filter(system=None)
        self.fields["evidence"].queryset = of_system.order_by("-number")  # type: ignore[attr-defined]
        self.fields["evidence"].label_from_instance = lambda item: f"{item.number} {item.title}"  # type: ignore[attr-defined]
