"""Metrics, readings and indicators as the API gives and takes them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from cases.api.serializers import REVISION, StandingField
from cases.cells import Dimension, values_of, words_of
from cases.metric_listing import asks
from cases.models import ClaimMetric, Indicator, MetricReading
from evidence.api.serializers import LARGEST, TextField
from inventory.models import Environment

COMPARATORS = ClaimMetric.Comparator.choices
VERDICTS = MetricReading.Verdict.choices
DIRECTIONS = Indicator.Direction.choices


class IndicatorSerializer(serializers.ModelSerializer):
    """Something that can be measured."""

    class Meta:
        model = Indicator
        fields = ["number", "revision", "name", "unit", "direction", "definition", "formula"]
        read_only_fields = fields


class NewIndicatorSerializer(serializers.Serializer):
    name = TextField(max_length=120)
    unit = TextField(max_length=40)
    direction = serializers.ChoiceField(choices=DIRECTIONS, required=False)
    definition = TextField(max_length=5000, required=False, allow_blank=True)
    formula = TextField(max_length=5000, required=False, allow_blank=True)


class EditIndicatorSerializer(NewIndicatorSerializer):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    name = TextField(max_length=120, required=False)
    unit = TextField(max_length=40, required=False)


class DimensionSerializer(serializers.Serializer):
    """A property by which people or cases are told apart; the reference needs no reading of its own."""

    name = TextField(max_length=100)
    values = serializers.ListField(child=TextField(max_length=200), max_length=200)
    reference = TextField(max_length=200, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        return Dimension(said["name"], tuple(said["values"]), said.get("reference", ""))


class IndicatorNumberField(serializers.IntegerField):
    """An indicator by its number."""

    def to_internal_value(self, data: Any) -> Any:
        number = super().to_internal_value(data)
        indicator = Indicator.objects.filter(number=number).first() if 0 < number <= LARGEST else None
        if indicator is None:
            raise serializers.ValidationError(_("There is no indicator %d. Add it to the catalogue first.") % number)
        return indicator


class MeasuredGroupSerializer(serializers.Serializer):
    """One group of a metric, with what its newest reading comes to."""

    dimensions = serializers.DictField(child=serializers.CharField())
    standing = StandingField()
    reason = serializers.CharField(allow_null=True)
    value = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    measured_at = serializers.DateTimeField(allow_null=True)


class MetricSerializer(serializers.ModelSerializer):
    """A number that a claim must keep, and what it comes to at the time of asking."""

    case = serializers.IntegerField(source="element.case.number", read_only=True)
    claim = serializers.CharField(source="element.key", read_only=True)
    claim_id = serializers.UUIDField(
        source="element_id", read_only=True, help_text=gettext_lazy("What TEA evidence items name as claimId.")
    )
    indicator = serializers.IntegerField(source="indicator.number", read_only=True)
    indicator_name = serializers.CharField(source="indicator.name", read_only=True)
    asks = serializers.SerializerMethodField()
    standing = StandingField(source="judged.finding.standing", read_only=True)
    reason = serializers.CharField(source="judged.finding.reason", allow_null=True, read_only=True)
    measured_at = serializers.DateTimeField(source="judged.deciding.measured_at", default=None, read_only=True)

    class Meta:
        model = ClaimMetric
        fields = [
            "number",
            "revision",
            "key",
            "case",
            "claim",
            "claim_id",
            "indicator",
            "indicator_name",
            "asks",
            "comparator",
            "threshold",
            "threshold_high",
            "unit",
            "standing",
            "reason",
            "measured_at",
            "withdrawn_at",
        ]
        read_only_fields = fields

    def get_asks(self, metric: ClaimMetric) -> str:
        return asks(metric)


class PullSerializer(serializers.Serializer):
    """Which Prometheus server is asked what."""

    url = TextField(max_length=300)
    query = TextField(max_length=2000)
    n_query = TextField(max_length=2000, required=False, allow_blank=True)
    environment = serializers.ChoiceField(choices=Environment.choices)
    every_minutes = serializers.IntegerField(min_value=0, max_value=LARGEST)


class PullStateSerializer(PullSerializer):
    """The same with how it went."""

    last_pulled_at = serializers.DateTimeField()
    last_success_at = serializers.DateTimeField()
    failing_since = serializers.DateTimeField()
    last_error = serializers.CharField()


class MetricDetailSerializer(MetricSerializer):
    """A metric with its whole rule and each of its groups."""

    dimensions = DimensionSerializer(many=True, read_only=True)
    groups = serializers.SerializerMethodField()
    prometheus = serializers.SerializerMethodField()

    class Meta(MetricSerializer.Meta):
        fields = [
            *MetricSerializer.Meta.fields,
            "guard_band",
            "dimensions",
            "is_crossed",
            "dimension_rule",
            "dimension_reason",
            "window_days",
            "min_n",
            "confidence_level",
            "decision_rule",
            "environment_required",
            "max_age_days",
            "grace_days",
            "is_leading",
            "withdrawn_reason",
            "groups",
            "prometheus",
        ]
        read_only_fields = fields

    @extend_schema_field(PullStateSerializer(allow_null=True))
    def get_prometheus(self, metric: ClaimMetric) -> Any:
        pull = metric.pulls.first()
        return PullStateSerializer(pull).data if pull else None

    @extend_schema_field(MeasuredGroupSerializer(many=True))
    def get_groups(self, metric: Any) -> Any:
        newest = {reading.cell: reading for reading in sorted(metric.judged.readings, key=lambda one: one.measured_at)}
        rows = []
        for cell, finding in metric.judged.rule.findings_by_cell(metric.judged.at).items():
            reading = newest.get(cell)
            rows.append(
                {
                    "dimensions": values_of(cell),
                    "standing": finding.standing,
                    "reason": finding.reason,
                    "value": reading and reading.value,
                    "n": reading and reading.n,
                    "measured_at": reading and reading.measured_at,
                }
            )
        return MeasuredGroupSerializer(rows, many=True).data


class RuleSerializer(serializers.Serializer):
    """What is asked of a claim."""

    comparator = serializers.ChoiceField(choices=COMPARATORS)
    threshold = serializers.FloatField()
    threshold_high = serializers.FloatField(required=False, allow_null=True)
    unit = TextField(max_length=40, required=False, allow_blank=True)
    guard_band = serializers.FloatField(required=False)
    dimensions = DimensionSerializer(many=True, required=False)
    is_crossed = serializers.BooleanField(required=False)
    dimension_rule = serializers.ChoiceField(choices=ClaimMetric.DimensionRule.choices, required=False)
    dimension_reason = TextField(max_length=1000, required=False, allow_blank=True)
    window_days = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, allow_null=True)
    min_n = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, allow_null=True)
    confidence_level = serializers.FloatField(required=False, allow_null=True)
    decision_rule = serializers.ChoiceField(choices=ClaimMetric.DecisionRule.choices, required=False)
    environment_required = serializers.ChoiceField(choices=Environment.choices, required=False, allow_blank=True)
    max_age_days = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, allow_null=True)
    grace_days = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    is_leading = serializers.BooleanField(required=False)


class NewMetricSerializer(RuleSerializer):
    indicator = IndicatorNumberField()
    key = TextField(max_length=60, required=False, allow_blank=True)


class EditMetricSerializer(RuleSerializer):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    comparator = serializers.ChoiceField(choices=COMPARATORS, required=False)
    threshold = serializers.FloatField(required=False)


class ReadingSerializer(serializers.ModelSerializer):
    """A reading as it is kept."""

    dimensions = serializers.SerializerMethodField()
    group = serializers.SerializerMethodField()
    system_version = serializers.CharField(source="system_version.label", default=None, read_only=True)

    class Meta:
        model = MetricReading
        fields = [
            "measured_at",
            "dimensions",
            "group",
            "value",
            "n",
            "low",
            "high",
            "verdict",
            "producer_verdict",
            "environment",
            "system_version",
            "window_start",
            "window_end",
            "source",
            "run_id",
            "key",
            "provenance",
            "received_at",
            "sha256",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_dimensions(self, reading: MetricReading) -> dict[str, str]:
        return values_of(reading.cell)

    def get_group(self, reading: MetricReading) -> str:
        return words_of(reading.cell)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Reading",
            request_only=True,
            value={
                "metric": "cv-selection-rate",
                "value": 0.93,
                "measured_at": "2026-10-31T23:00:00Z",
                "dimensions": {"age": "55+"},
                "n": 412,
                "low": 0.91,
                "high": 0.95,
                "environment": "production",
                "system_version": "2025.1",
                "source": "fairness-monitor",
                "key": "2026-10/age/55+",
            },
        )
    ]
)
class NewReadingSerializer(serializers.Serializer):
    """A reading as it is sent. Instead, an evidence item 0.1 of the TEA platform is taken too."""

    metric = serializers.CharField(max_length=60, help_text=gettext_lazy("The key of the metric."))
    value = serializers.FloatField()
    measured_at = serializers.DateTimeField()
    dimensions = serializers.DictField(child=serializers.CharField(), required=False)
    n = serializers.IntegerField(min_value=0, required=False)
    low = serializers.FloatField(required=False)
    high = serializers.FloatField(required=False)
    environment = serializers.ChoiceField(choices=Environment.choices, required=False)
    system_version = serializers.CharField(max_length=200, required=False)
    window_start = serializers.DateTimeField(required=False)
    window_end = serializers.DateTimeField(required=False)
    source = serializers.CharField(max_length=100, required=False)
    run_id = serializers.CharField(max_length=200, required=False)
    key = serializers.CharField(
        max_length=200,
        required=False,
        help_text=gettext_lazy("Sent twice with the same content it is kept once; with another it is refused."),
    )
    verdict = serializers.ChoiceField(
        choices=VERDICTS, required=False, help_text=gettext_lazy("Your own; the server makes its own beside it.")
    )
    unit = serializers.CharField(max_length=40, required=False)
    provenance = serializers.DictField(required=False)


class NewReadingsSerializer(serializers.Serializer):
    """Up to 10,000 readings of any metrics. A bare list, or one reading by itself, is taken too."""

    readings = NewReadingSerializer(many=True)


class OutcomeSerializer(serializers.Serializer):
    """An item that was not recorded, by its place in the call, and why."""

    index = serializers.IntegerField()
    status = serializers.ChoiceField(choices=[("duplicate", "duplicate"), ("refused", "refused")])
    metric = serializers.CharField(allow_blank=True)
    key = serializers.CharField(allow_blank=True)
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)


class RecordedSerializer(serializers.Serializer):
    """What became of the call: 201 all new, 200 nothing new, 207 some refused, 400 all refused."""

    received = serializers.IntegerField()
    recorded = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = serializers.IntegerField()
    items = OutcomeSerializer(many=True, help_text=gettext_lazy("Only those that were not recorded."))
