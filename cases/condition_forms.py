"""What people enter about degradation conditions: the detector is chosen first, then it is told what it needs."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import INTEGER_LIMIT, ActionForm, MemberChoiceField
from aims.tenancy.models import Member
from aims.tenancy.permissions import PERMISSIONS
from cases.condition_listing import REGISTRY_EVENTS
from cases.detectors import SCHEMAS, Detector
from cases.models import AssuranceCase, ClaimMetric, ConditionEvent, DegradationCondition, Element, StandingLevel
from evidence.models import EvidenceItem

SIDES = [
    ("lt", _("below the threshold")),
    ("le", _("at or below the threshold")),
    ("gt", _("above the threshold")),
    ("ge", _("at or above the threshold")),
]
EFFECTS = [(level.value, level.label) for level in DegradationCondition.EFFECTS]
# What each detector is for, in a sentence, where a person chooses one.
EXPLAINED: Final = {
    Detector.METRIC_THRESHOLD: _("Each reading of a metric of this case is compared with a threshold of its own."),
    Detector.WEBHOOK: _("A drift monitor, a gateway or a pipeline reports by the API that all is well, or not."),
    Detector.REGISTRY_EVENT: _("A new or deployed version, a dataset record, a change at the supplier."),
    Detector.CALENDAR: _("A day, once or again every so many months."),
    Detector.EVIDENCE_AGE: _("The oldest evidence below the claim, or one piece of it, grows older than so many days."),
    Detector.INCIDENT_LINK: _(
        "Incidents are registered elsewhere: a person links one here by its number or address, by hand."
    ),
    Detector.MANUAL_ATTESTATION: _("Somebody looks at intervals and attests in a sentence what they saw."),
}
OF_DETECTORS: Final = {
    "metric", "comparator", "margin", "threshold", "source", "events", "on", "repeat_months", "evidence", "where",
    "question",
}  # fmt: skip
THRESHOLD: Final = {Detector.METRIC_THRESHOLD, Detector.WEBHOOK, Detector.EVIDENCE_AGE}


def responders() -> Any:
    """Active members whose roles include answering conditions."""
    roles = [role for role, permissions in PERMISSIONS.items() if "conditions.respond" in permissions]
    return Member.objects.holding(*roles)


class ConditionForm(ActionForm):
    """When a claim no longer holds, and who watches."""

    statement = forms.CharField(
        label=_("Condition"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("As a sentence: if … then this claim no longer holds, because …"),
    )
    type = forms.ChoiceField(label=_("Kind of change"), choices=DegradationCondition.Type.choices)
    effect = forms.TypedChoiceField(
        label=_("Then the claim is"), choices=EFFECTS, coerce=int, initial=StandingLevel.WEAKENED.value
    )
    metric: Any = forms.ModelChoiceField(label=_("Metric"), queryset=None, to_field_name="key")
    source = forms.CharField(
        label=_("Which system reports"), max_length=500, help_text=_("Such as “Drift monitor of the data platform”.")
    )
    events = forms.MultipleChoiceField(
        label=_("It has come true when"),
        choices=[(event.value, label) for event, label in REGISTRY_EVENTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    on = forms.DateField(label=_("On"))
    repeat_months = forms.IntegerField(
        label=_("Again every so many months"), required=False, min_value=1, max_value=120
    )
    evidence = forms.IntegerField(
        label=_("Only this piece of evidence (number)"),
        required=False,
        min_value=1,
        max_value=INTEGER_LIMIT,
        help_text=_("Left empty, all evidence below counts, and the oldest decides."),
    )
    where = forms.CharField(
        label=_("Where incidents are registered"),
        max_length=500,
        help_text=_("Such as the service desk, with its address."),
    )
    question = forms.CharField(
        label=_("What is looked at"), max_length=500, help_text=_("A question that somebody answers each time.")
    )
    comparator = forms.ChoiceField(label=_("It has come true when the value is"), choices=SIDES)
    threshold = forms.FloatField(label=_("Threshold"))
    margin = forms.FloatField(
        label=_("Margin"),
        required=False,
        min_value=0,
        help_text=_("A value nearer to the threshold than this is a suspicion."),
    )
    every_hours = forms.IntegerField(
        label=_("Looked at every (hours)"),
        min_value=1,
        initial=24,
        help_text=_("24 is a day, 168 a week, 720 a month."),
    )
    max_silence_hours = forms.IntegerField(
        label=_("Silent after (hours)"),
        min_value=1,
        initial=72,
        help_text=_("When nobody looked for so long, the claim is weakened until somebody does."),
    )
    clear_after = forms.IntegerField(
        label=_("Clean looks until it clears"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=_("In a row; more of them keep a condition from flapping."),
    )
    actions = forms.MultipleChoiceField(
        label=_("What follows"),
        choices=DegradationCondition.Action.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The product tells people. What it asks of them, they do."),
    )
    responder = MemberChoiceField(
        label=_("Responder"), queryset=None, required=False, help_text=_("Who is told, and answers.")
    )
    respond_within_hours = forms.IntegerField(label=_("To be answered within (hours)"), required=False, min_value=1)
    detector = forms.ChoiceField(choices=DegradationCondition.Detector.choices, widget=forms.HiddenInput)
    groups_of_fields = (
        (_("What would break it"), "", ("about", "statement", "type", "effect")),
        (
            _("Who or what watches"),
            "",
            ("metric", "source", "events", "on", "repeat_months", "evidence", "where", "question", "comparator",
             "threshold", "margin", "every_hours", "max_silence_hours", "clear_after"),
        ),
        (_("What follows"), "", ("actions", "responder", "respond_within_hours")),
    )  # fmt: skip

    def __init__(self, *args: Any, case: AssuranceCase, detector: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = Detector(detector)
        properties = set(SCHEMAS[self.kind]["properties"])
        kept = properties | ({"threshold"} if self.kind in THRESHOLD else set())
        for name in OF_DETECTORS - kept:
            del self.fields[name]
        self.fields["detector"].initial = self.kind.value
        self.fields["responder"].queryset = responders()  # type: ignore[attr-defined]
        if "metric" in self.fields:
            self.fields["metric"].queryset = ClaimMetric.objects.in_use().filter(element__case=case)  # type: ignore[attr-defined]
        if self.kind is Detector.WEBHOOK:
            for name in ("threshold", "comparator"):
                self.fields[name].required = False
            self.fields["comparator"].choices = [("", _("It reports no value")), *SIDES]  # type: ignore[attr-defined]
        if self.kind is Detector.EVIDENCE_AGE:
            self.fields["threshold"].label = _("Oldest age in days")

    @property
    def values(self) -> dict[str, Any]:
        """What the action takes: what belongs to the detector goes into its config."""
        said = super().values
        config = {name: said.pop(name) for name in OF_DETECTORS - {"threshold"} if name in said}
        if config.get("metric") is not None:
            config["metric"] = config["metric"].key
        if config.get("on") is not None:
            config["on"] = config["on"].isoformat()
        told = {name: value for name, value in config.items() if value not in (None, "", [])}
        return {**said, "config": told, "threshold": said.get("threshold")}

    @staticmethod
    def initial_of(condition: DegradationCondition) -> dict[str, Any]:
        """A condition as the form shows it."""
        names = (
            "type", "statement", "effect", "threshold", "every_hours", "max_silence_hours", "clear_after", "actions",
            "responder", "respond_within_hours", "detector",
        )  # fmt: skip
        return {**{name: getattr(condition, name) for name in names}, **condition.config}


class NewConditionForm(ConditionForm):
    """A new condition: also what it is about."""

    about = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, case: AssuranceCase, **kwargs: Any) -> None:
        super().__init__(*args, case=case, **kwargs)
        kinds = (Element.Kind.GOAL, Element.Kind.ASSUMPTION, Element.Kind.CONTEXT)
        rows = (
            Element.objects.in_use()
            .filter(case=case, kind__in=kinds)
            .select_related("module")
            .order_by("created_at", "id")
        )
        self.elements = {row.address: row for row in rows}
        choices = [(key, f"{key}: {row.statement[:100]}") for key, row in self.elements.items()]
        self.fields["about"].choices = [("", _("The whole case")), *choices]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, Any]:
        said = super().values
        about = said.pop("about")
        return {**said, "element": self.elements.get(about)}


class RuleOutForm(ActionForm):
    """A kind of change that cannot touch the case, and why."""

    type = forms.ChoiceField(label=_("Kind of change"), choices=DegradationCondition.Type.choices)
    reason = forms.CharField(
        label=_("Why it does not apply"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A challenger will read it."),
    )


class AcknowledgeForm(ActionForm):
    """What is being done."""

    note = forms.CharField(
        label=_("What is being done about it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ClearForm(ActionForm):
    """The evidence that lifts the effect, and what it shows."""

    evidence: Any = forms.ModelChoiceField(
        label=_("Evidence"),
        queryset=None,
        help_text=_("Accepted, current, and collected since the condition came true."),
    )
    reason = forms.CharField(
        label=_("What it shows about the condition"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, condition: DegradationCondition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].queryset = evidence_that_clears(condition)  # type: ignore[attr-defined]
        self.fields["evidence"].label_from_instance = lambda item: f"{item.number} {item.title}"  # type: ignore[attr-defined]


def evidence_that_clears(condition: DegradationCondition) -> Any:
    """What may be offered; the action has the last word."""
    usable = EvidenceItem.objects.active().filter(current__review="accepted", current__broken_at=None)
    of_system = usable.filter(system_id__in=[condition.case.system_id]) | usable.filter(system=None)
    if condition.since is not None:
        of_system = of_system.filter(current__collected_at__gte=condition.since)
    return of_system.order_by("-number")


class TripForm(ActionForm):
    """What a person found."""

    reason = forms.CharField(label=_("What you found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=300,
        help_text=_("The number or address of an incident, ticket or document, if there is one."),
    )


class AttestForm(ActionForm):
    """What a person saw when they looked."""

    seen = forms.ChoiceField(label=_("What you saw"), choices=ConditionEvent.Seen.choices, widget=forms.RadioSelect)
    statement = forms.CharField(
        label=_("In a sentence"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What you looked at, and what you saw there."),
    )
    reference = forms.CharField(
        label=_("Reference"), required=False, max_length=300, help_text=_("The number or address of an incident.")
    )
