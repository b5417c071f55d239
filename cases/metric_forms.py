"""What people enter about metrics and readings; the rules are in the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext as gettext_now
from django.utils.translation import gettext_lazy as _

from aims.pages.forms import ActionForm
from cases.cells import Dimension, words_of
from cases.models import ClaimMetric, Indicator
from inventory.models import Environment, SystemVersion

LARGEST_CSV = 4 * 2**20
LONGEST_DAYS = 3650


class IndicatorForm(ActionForm):
    """Something that can be measured."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Such as “Selection-rate ratio”."))
    unit = forms.CharField(label=_("Unit"), max_length=40, help_text=_("Such as ratio, %, ms or cases per week."))
    direction = forms.ChoiceField(label=_("Direction"), choices=Indicator.Direction.choices)
    definition = forms.CharField(
        label=_("Definition"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    formula = forms.CharField(
        label=_("How it is computed"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Numerator, denominator, and where the data come from."),
    )


class PullForm(ActionForm):
    """Which Prometheus server is asked what."""

    url = forms.CharField(
        label=_("Prometheus server"),
        max_length=300,
        help_text=_("Such as https://prometheus.example.org. Servers of the own network need the operator's leave."),
    )
    query = forms.CharField(
        label=_("Query"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One value for each group; its labels are named as the dimensions of the metric."),
    )
    n_query = forms.CharField(
        label=_("Query for the number of cases"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    environment = forms.ChoiceField(label=_("Environment"), choices=Environment.choices, initial="production")
    every_minutes = forms.IntegerField(
        label=_("Every so many minutes"), min_value=5, max_value=10_080, initial=60, help_text=_("60 is every hour.")
    )


class DimensionsField(forms.CharField):
    """One dimension in a line: "age: 18–34, *35–54, 55+"; a star marks the reference."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "age: 18-34, *35-54, 55+"})

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) or value is None else written(value)

    def clean(self, value: Any) -> list[Dimension]:  # type: ignore[override]
        return read_dimensions(super().clean(value))


def written(dimensions: list[Dimension]) -> str:
    return "\n".join(
        f"{one.name}: {', '.join(f'*{value}' if value == one.reference else value for value in one.values)}"
        for one in dimensions
    )


def read_dimensions(text: str) -> list[Dimension]:
    """The lines as dimensions; a line that is none is refused with its number."""
    found = []
    for place, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        name, colon, said = line.partition(":")
        values = [value.strip() for value in said.split(",") if value.strip()]
        stars = [value for value in values if value.startswith("*")]
        if not colon or not name.strip() or not values or len(stars) > 1 or len(name) > 100:
            sentence = _("Line %d: write a name, a colon and groups with commas, such as “age: 18-34, *35-54, 55+”.")
            raise forms.ValidationError(sentence % place)
        plain = tuple(value.removeprefix("*").strip() for value in values)
        found.append(Dimension(name.strip(), plain, stars[0].removeprefix("*").strip() if stars else ""))
    return found


class MetricForm(ActionForm):
    """What a claim must measure up to."""

    comparator = forms.ChoiceField(label=_("The value must be"), choices=ClaimMetric.Comparator.choices, initial="ge")
    threshold = forms.FloatField(label=_("Threshold"), help_text=_("Of a range, the lower end."))
    threshold_high = forms.FloatField(label=_("Upper threshold"), required=False, help_text=_("Only of a range."))
    unit = forms.CharField(
        label=_("Unit"), required=False, max_length=40, help_text=_("Left empty, that of the indicator.")
    )
    guard_band = forms.FloatField(
        label=_("Guard band"),
        required=False,
        min_value=0,
        help_text=_("A value that passes by less than this is borderline and weakens the claim."),
    )
    dimensions = DimensionsField(
        label=_("Groups"),
        required=False,
        max_length=5000,
        help_text=_(
            "One dimension in a line. A star marks the group that others are compared with; it needs no reading of its own."
        ),
    )
    is_crossed = forms.BooleanField(
        label=_("Cross the dimensions: a reading for every combination"),
        required=False,
    )
    dimension_rule = forms.ChoiceField(label=_("Groups that must pass"), choices=ClaimMetric.DimensionRule.choices)
    dimension_reason = forms.CharField(label=_("Why one group is enough"), required=False, max_length=1000)
    min_n = forms.IntegerField(
        label=_("Fewest cases"),
        required=False,
        min_value=1,
        help_text=_("A reading of fewer cases shows nothing. Left empty, any number will do."),
    )
    window_days = forms.IntegerField(
        label=_("Window in days"),
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=_("How long a period one reading covers."),
    )
    confidence_level = forms.FloatField(
        label=_("Confidence level"), required=False, min_value=0.5, max_value=0.999, help_text=_("Such as 0.95.")
    )
    decision_rule = forms.ChoiceField(label=_("What decides"), choices=ClaimMetric.DecisionRule.choices)
    environment_required = forms.ChoiceField(
        label=_("Must come from"),
        required=False,
        choices=[("", _("Anywhere")), *Environment.choices],
        help_text=_("Readings from a weaker environment, or from none, do not count."),
    )
    max_age_days = forms.IntegerField(
        label=_("Oldest reading in days"),
        required=False,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=_("After that the claim is weakened."),
    )
    grace_days = forms.IntegerField(
        label=_("Grace in days"),
        required=False,
        min_value=0,
        max_value=LONGEST_DAYS,
        help_text=_("After that it is unsupported."),
    )
    is_leading = forms.BooleanField(
        label=_("Leading: it moves before the harm does"),
        required=False,
    )
    groups_of_fields = (
        (
            _("What is asked"),
            "",
            ("indicator", "comparator", "threshold", "threshold_high", "unit", "guard_band", "is_leading", "key"),
        ),
        (_("For whom"), "", ("dimensions", "is_crossed", "dimension_rule", "dimension_reason")),
        (
            _("When a reading counts"),
            "",
            (
                "environment_required",
                "min_n",
                "window_days",
                "decision_rule",
                "confidence_level",
                "max_age_days",
                "grace_days",
            ),
        ),
    )

    @property
    def values(self) -> dict[str, Any]:
        said = super().values
        return {**said, "guard_band": said["guard_band"] or 0.0, "grace_days": said["grace_days"] or 0}


class NewMetricForm(MetricForm):
    """A new metric: also of which indicator, and how pipelines call it."""

    indicator: Any = forms.ModelChoiceField(
        label=_("Indicator"), queryset=None, help_text=_("From the catalogue of indicators.")
    )
    key = forms.RegexField(
        r"\A[a-z0-9][a-z0-9._-]{0,59}\Z",
        label=_("Key"),
        required=False,
        max_length=60,
        error_messages={"invalid": _("Small letters, digits, dots, hyphens and underscores, such as cv-rate.")},
        help_text=_("What pipelines call it. Left empty, it is made of the case and the indicator. It never changes."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["indicator"].queryset = Indicator.objects.order_by("name")


class ReadingForm(ActionForm):
    """One reading of a metric, entered by hand."""

    cell = forms.ChoiceField(label=_("Group"))
    value = forms.FloatField(label=_("Value"))
    n = forms.IntegerField(label=_("Cases"), required=False, min_value=0, help_text=_("How many it rests on."))
    low = forms.FloatField(label=_("Lower end of the interval"), required=False)
    high = forms.FloatField(label=_("Upper end of the interval"), required=False)
    measured_at = forms.DateTimeField(label=_("Measured"))
    window_start = forms.DateTimeField(label=_("Period from"), required=False)
    window_end = forms.DateTimeField(label=_("Period to"), required=False)
    environment = forms.ChoiceField(
        label=_("Environment"), required=False, choices=[("", _("Not stated")), *Environment.choices]
    )
    system_version: Any = forms.ModelChoiceField(label=_("System version"), queryset=None, required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where the number comes from."),
    )

    def __init__(self, *args: Any, metric: ClaimMetric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        system = metric.element.case.system_id
        versions = SystemVersion.objects.filter(system_id=system).order_by("-released_on", "label")
        self.fields["system_version"].queryset = versions
        if metric.dimensions:
            self.fields["cell"].choices = [(cell, words_of(cell)) for cell in metric.cells]
        else:
            del self.fields["cell"]


class CsvForm(ActionForm):
    """A file of readings, and then the same text again to be recorded."""

    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        help_text=_("In UTF-8, at most 10,000 rows, the names of the columns in the first row."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    content = forms.CharField(required=False, max_length=LARGEST_CSV, strip=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said.get("file") and not said.get("content"):
            self.add_error("file", gettext_now("Choose a file with readings."))
        return said

    def clean_file(self) -> Any:
        """The text of the file."""
        file = self.cleaned_data["file"]
        if file is None:
            return None
        if file.size > LARGEST_CSV:
            raise forms.ValidationError(_("The file is larger than 4 MB. Split it, or send it by the API."))
        try:
            return file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not in UTF-8. Save it as “CSV UTF-8”.")) from None
