"""What the API takes for audits, improvement and management reviews; the rules are in the actions."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from audits.models import ChecklistItem, Finding, ReviewDecision
from cases.models import Signal
from evidence.api.serializers import MemberField, SystemNumberField, TextField

LARGEST = 2_147_483_647
SOMEBODY = "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11"


class RecordNumberField(serializers.IntegerField):
    """Another record by its number."""

    def __init__(self, *, model: Any, **options: Any) -> None:
        super().__init__(**options)
        self.model = model

    def to_internal_value(self, data: Any) -> Any:
        number = super().to_internal_value(data)
        found = self.model.objects.filter(number=number).first() if 0 < number <= LARGEST else None
        if found is None:
            raise serializers.ValidationError(_("There is no record %d. Give the number of one that exists.") % number)
        return found


class ChangeSerializer(serializers.Serializer):
    """`revision` is what you read; when the record has moved on, the change is refused."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)


class ReasonedChangeSerializer(ChangeSerializer):
    reason = TextField(max_length=1000)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Plan an audit",
            request_only=True,
            value={
                "title": "Audit of operation",
                "criteria": "Clauses 8 and 9.1",
                "scope_text": "Credit scoring, the last six months",
                "lead_auditor": SOMEBODY,
                "starts_on": "2026-12-01",
                "ends_on": "2026-12-04",
            },
        )
    ]
)
class AuditWriteSerializer(serializers.Serializer):
    title = TextField(max_length=200)
    criteria = TextField(max_length=5000)
    scope_text = TextField(max_length=5000)
    lead_auditor = MemberField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class AuditChangeSerializer(AuditWriteSerializer, ChangeSerializer):
    pass


class AuditClausesSerializer(ChangeSerializer):
    clauses = serializers.ListField(child=TextField(max_length=12), max_length=100)


class AuditCancelSerializer(serializers.Serializer):
    reason = TextField(max_length=1000)


class AuditReportSerializer(ChangeSerializer):
    conclusion = TextField(max_length=10_000)
    open_items_reason = TextField(max_length=2000, required=False, allow_blank=True)


class ChecklistItemWriteSerializer(ChangeSerializer):
    result = serializers.ChoiceField(choices=ChecklistItem.Result.choices)
    notes = TextField(max_length=10_000, allow_blank=True)


class FindingWriteSerializer(serializers.Serializer):
    grade = serializers.ChoiceField(choices=Finding.Grade.choices)
    statement = TextField(max_length=5000)
    evidence_seen = TextField(max_length=5000)
    requirement = TextField(max_length=40, required=False, allow_blank=True)
    system = SystemNumberField(required=False, allow_null=True)


class FindingChangeSerializer(FindingWriteSerializer, ChangeSerializer):
    pass


class NonconformityFieldsSerializer(serializers.Serializer):
    title = TextField(max_length=200)
    description = TextField(max_length=5000)
    owner = MemberField()
    due_on = serializers.DateField()
    requirement = TextField(max_length=40, required=False, allow_blank=True)
    system = SystemNumberField(required=False, allow_null=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "From a finding",
            request_only=True,
            value={
                "title": "Impact assessment not repeated",
                "description": "A new version went into use without its assessment.",
                "owner": SOMEBODY,
                "due_on": "2026-12-11",
                "finding": 7,
            },
        )
    ]
)
class NonconformityWriteSerializer(NonconformityFieldsSerializer):
    finding = RecordNumberField(model=Finding, required=False, allow_null=True)
    signal = RecordNumberField(
        model=Signal, required=False, allow_null=True, help_text="An open signal that the nonconformity takes over."
    )


class NonconformityChangeSerializer(NonconformityFieldsSerializer, ChangeSerializer):
    pass


class AnalysisSerializer(ChangeSerializer):
    correction = TextField(max_length=5000, allow_blank=True)
    root_cause = TextField(max_length=5000)


class CloseNonconformitySerializer(ChangeSerializer):
    note = TextField(max_length=5000, required=False, allow_blank=True)


class CorrectiveActionWriteSerializer(serializers.Serializer):
    description = TextField(max_length=5000)
    owner = MemberField()
    due_on = serializers.DateField()


class CorrectiveActionChangeSerializer(CorrectiveActionWriteSerializer, ChangeSerializer):
    pass


class CorrectiveActionDoneSerializer(ChangeSerializer):
    note = TextField(max_length=5000)
    done_on = serializers.DateField(required=False, allow_null=True)


class EffectCheckSerializer(ChangeSerializer):
    is_effective = serializers.BooleanField()
    note = TextField(max_length=5000)


class ReviewWriteSerializer(serializers.Serializer):
    title = TextField(max_length=200)
    held_on = serializers.DateField()
    chair = MemberField()
    attendees = TextField(max_length=2000, required=False, allow_blank=True)


class ReviewChangeSerializer(ReviewWriteSerializer, ChangeSerializer):
    pass


class ReviewCommentSerializer(ChangeSerializer):
    comment = TextField(max_length=10_000, allow_blank=True)


class ReviewDecisionWriteSerializer(serializers.Serializer):
    result = TextField(max_length=20, help_text="Kind of decision, such as MR-OUT-1.")
    statement = TextField(max_length=5000)


class ReviewDecisionChangeSerializer(ReviewDecisionWriteSerializer, ChangeSerializer):
    pass


class ReviewActionWriteSerializer(serializers.Serializer):
    description = TextField(max_length=5000)
    owner = MemberField()
    due_on = serializers.DateField()
    decision = RecordNumberField(model=ReviewDecision, required=False, allow_null=True)


class ReviewActionChangeSerializer(ReviewActionWriteSerializer, ChangeSerializer):
    pass


class ReviewHoldSerializer(ChangeSerializer):
    conclusion = TextField(max_length=10_000)
    attendees = TextField(max_length=2000)


class ReviewActionCloseSerializer(ChangeSerializer):
    note = TextField(max_length=1000)
