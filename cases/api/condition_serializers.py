"""Degradation conditions as the API gives and takes them."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from cases.api.serializers import REVISION, LevelField, MemberField, StandingField
from cases.condition_listing import STATE_CHOICES, cause_of, state_key, watches
from cases.conditions import finding_now
from cases.models import ConditionEvent, DegradationCondition
from evidence.api.serializers import LARGEST, TextField
from evidence.models import EvidenceItem

EFFECT_NAMES = [(level.name.lower(), level.name.lower()) for level in DegradationCondition.EFFECTS]
SEEN = ConditionEvent.Seen.choices
STATES = [(key, key) for key, _label in STATE_CHOICES]
TYPES = DegradationCondition.Type.choices
DETECTORS = DegradationCondition.Detector.choices
ACTIONS = DegradationCondition.Action.choices
CONFIG = gettext_lazy(
    "What the detector is told. metric_threshold: metric (its key), comparator (lt, le, gt, ge), margin. webhook: source, "
    "and with a threshold comparator and margin. registry_event: events (new_version, version_deployed, new_dataset, "
    "supplier_change). calendar: on (a date), repeat_months. evidence_age: evidence (a number; without it all below). "
    "incident_link: where. manual_attestation: question."
)
THRESHOLD = gettext_lazy("Needed for metric_threshold and for evidence_age (days), possible for webhook.")


class ConditionSerializer(serializers.ModelSerializer):
    """When a claim no longer holds, and where that stands at the time of asking."""

    case = serializers.IntegerField(source="case.number", read_only=True)
    element = serializers.CharField(source="element.address", default=None, allow_null=True, read_only=True)
    state = serializers.SerializerMethodField()
    standing = serializers.SerializerMethodField(help_text=gettext_lazy("What it costs at the time of asking."))
    effect = StandingField(read_only=True)
    watches = serializers.SerializerMethodField(help_text=gettext_lazy("What the detector looks for, in a sentence."))
    responder = serializers.UUIDField(source="responder_id", read_only=True, allow_null=True)
    responder_name = serializers.CharField(source="responder.display_name", default=None, read_only=True)

    class Meta:
        model = DegradationCondition
        fields = [
            "number", "revision", "case", "element", "type", "statement", "state", "standing", "effect", "detector",
            "watches", "config", "threshold", "every_hours", "max_silence_hours", "clear_after", "clean_run", "actions",
            "responder", "responder_name", "respond_within_hours", "respond_by", "since", "last_evaluated_at",
            "last_value", "not_applicable_reason", "retired_reason", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, condition: DegradationCondition) -> str:
        return str(state_key(condition))

    @extend_schema_field(StandingField())
    def get_standing(self, condition: DegradationCondition) -> str:
        return finding_now(condition, timezone.now()).standing.name.lower()

    def get_watches(self, condition: DegradationCondition) -> str:
        return watches(condition)


class ConditionEventSerializer(serializers.ModelSerializer):
    """One look at a condition, or one thing done to it; never changed."""

    because_of = serializers.SerializerMethodField(help_text=gettext_lazy("The cause in words."))
    actor = serializers.CharField(source="actor.display_name", default=None, read_only=True)

    class Meta:
        model = ConditionEvent
        fields = [
            "id", "at", "kind", "seen", "before", "after", "observed_at", "value", "note", "cause", "because_of", "actor",
            "key",
        ]  # fmt: skip
        read_only_fields = fields

    def get_because_of(self, event: ConditionEvent) -> str:
        return cause_of(event)


class ConditionRuleSerializer(serializers.Serializer):
    """What a condition says, and who watches."""

    type = serializers.ChoiceField(choices=TYPES)
    statement = TextField(max_length=2000)
    detector = serializers.ChoiceField(choices=DETECTORS)
    config = serializers.DictField(help_text=CONFIG)
    threshold = serializers.FloatField(required=False, allow_null=True, help_text=THRESHOLD)
    every_hours = serializers.IntegerField(min_value=0, max_value=LARGEST)
    max_silence_hours = serializers.IntegerField(min_value=0, max_value=LARGEST)
    effect = LevelField(names=EFFECT_NAMES, required=False)
    clear_after = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    actions = serializers.ListField(child=serializers.ChoiceField(choices=ACTIONS), required=False, max_length=20)
    responder = MemberField(required=False, allow_null=True)
    respond_within_hours = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Condition",
            request_only=True,
            value={
                "element": "G2",
                "type": "distribution_shift",
                "statement": "If the applicants differ from those of the test, the rates no longer hold.",
                "detector": "webhook",
                "config": {"source": "Drift monitor", "comparator": "gt", "margin": 0.05},
                "threshold": 0.2,
                "every_hours": 24,
                "max_silence_hours": 72,
                "effect": "unsupported",
                "clear_after": 3,
                "actions": ["notify_owner", "escalate"],
                "respond_within_hours": 48,
            },
        )
    ]
)
class NewConditionSerializer(ConditionRuleSerializer):
    """A new condition; without an element it is about the whole case."""

    element = TextField(max_length=60, required=False, allow_null=True, help_text=gettext_lazy("A key, such as G2."))


class EditConditionSerializer(ConditionRuleSerializer):
    """What is left out stays as it is; `config` is given whole."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    type = serializers.ChoiceField(choices=TYPES, required=False)
    statement = TextField(max_length=2000, required=False)
    detector = serializers.ChoiceField(choices=DETECTORS, required=False)
    config = serializers.DictField(required=False, help_text=CONFIG)
    every_hours = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)
    max_silence_hours = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)


class RuleOutSerializer(serializers.Serializer):
    """A kind of change that cannot touch the case, and why."""

    type = serializers.ChoiceField(choices=TYPES)
    reason = TextField(max_length=1000)


class AcknowledgeSerializer(serializers.Serializer):
    note = TextField(max_length=2000)


class EvidenceNumberField(serializers.IntegerField):
    """A piece of evidence by its number."""

    def to_internal_value(self, data: Any) -> Any:
        number = super().to_internal_value(data)
        found = EvidenceItem.objects.select_related("current")
        item = found.filter(number=number).first() if 0 < number <= LARGEST else None
        if item is None:
            raise serializers.ValidationError(_("There is no evidence %d.") % number)
        return item


class ClearSerializer(serializers.Serializer):
    evidence = EvidenceNumberField()
    reason = TextField(max_length=1000)


class TripSerializer(serializers.Serializer):
    reason = TextField(max_length=2000)
    reference = TextField(max_length=300, required=False, allow_blank=True)


class AttestSerializer(serializers.Serializer):
    seen = serializers.ChoiceField(choices=SEEN)
    statement = TextField(max_length=2000)
    reference = TextField(max_length=300, required=False, allow_blank=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Report",
            request_only=True,
            value={
                "seen": "suspected",
                "value": 0.17,
                "observed_at": "2026-11-20T05:00:00Z",
                "note": "Population stability index of the income field, week 47",
                "reference": "https://monitor.example.org/runs/4711",
                "key": "psi-income/2026-47",
            },
        )
    ]
)
class ReportSerializer(serializers.Serializer):
    """What another system saw. With a threshold the server judges the value too, and the worse counts."""

    seen = serializers.ChoiceField(choices=SEEN, required=False)
    value = serializers.FloatField(required=False, allow_null=True)
    observed_at = serializers.DateTimeField(required=False, allow_null=True)
    note = TextField(max_length=2000, required=False, allow_blank=True)
    reference = TextField(max_length=300, required=False, allow_blank=True)
    key = TextField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("Sent twice with the same content it is kept once; with another it is refused."),
    )


class ReportedSerializer(serializers.Serializer):
    """What became of a report: 201 when it is new, 200 when it was known by its key."""

    seen = serializers.ChoiceField(choices=SEEN, help_text=gettext_lazy("As the server judges it."))
    is_new = serializers.BooleanField()
    at = serializers.DateTimeField()
    condition = ConditionSerializer()
