"""What the API says about audits, improvement and management reviews."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from aims.tenancy.models import Member
from audits.models import (
    Audit,
    ChecklistItem,
    CorrectiveAction,
    Finding,
    ManagementReview,
    Nonconformity,
    ReviewAction,
    ReviewDecision,
    ReviewInput,
)
from audits.wording import requirement_text

ADA = {"id": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11", "name": "Ada Officer"}
AUDIT = {
    "number": 2,
    "revision": 5,
    "title": "Internal audit of operation and performance evaluation",
    "status": "in_progress",
    "lead_auditor": ADA,
    "starts_on": "2026-11-16",
    "ends_on": "2026-11-20",
    "criteria": "ISO/IEC 42001:2023 clauses 8 and 9.1, procedure for impact assessments.",
    "scope_text": "Credit scoring and CV screening over the last six months.",
    "item_count": 19,
    "open_count": 4,
    "finding_count": 2,
    "conclusion": "",
    "open_items_reason": "",
    "cancelled_reason": "",
    "reported_at": None,
}
NONCONFORMITY = {
    "number": 3,
    "revision": 4,
    "title": "Impact assessment not repeated after a supplier's change",
    "status": "in_action",
    "finding": 7,
    "requirement": "8.4-r01",
    "system": 2,
    "owner": ADA,
    "due_on": "2026-12-11",
    "description": "A new version went into use without the assessment that the procedure asks for.",
    "correction": "Recruiters read every application until the assessment is done.",
    "root_cause": "Notices of suppliers reach purchasing, and nobody there knows what they mean.",
    "closed_at": None,
    "closing_note": "",
}


class ResponsibleSerializer(serializers.ModelSerializer):
    """A person by identifier and name."""

    name = serializers.CharField(source="display_name")

    class Meta:
        model = Member
        fields = ["id", "name"]


@extend_schema_serializer(examples=[OpenApiExample("An audit in progress", response_only=True, value=AUDIT)])
class AuditSerializer(serializers.ModelSerializer):
    """An internal audit with how far it is."""

    lead_auditor = ResponsibleSerializer()
    item_count = serializers.IntegerField()
    open_count = serializers.IntegerField(help_text="Items of the checklist not looked at.")
    finding_count = serializers.IntegerField()

    class Meta:
        model = Audit
        fields = list(AUDIT)
        reads: dict[str, tuple[str, ...]] = {}


class ChecklistItemSerializer(serializers.ModelSerializer):
    """One requirement looked at; `ordinal` is its place in the catalogue."""

    text = serializers.SerializerMethodField(help_text="The requirement in our words.")
    finding_count = serializers.IntegerField()

    class Meta:
        model = ChecklistItem
        fields = ["ordinal", "requirement", "text", "clause", "result", "notes", "finding_count", "revision"]

    def get_text(self, item: ChecklistItem) -> str:
        return requirement_text(item.requirement)


class FindingSerializer(serializers.ModelSerializer):
    """What an audit found; `audit` and `system` are numbers."""

    audit = serializers.IntegerField(source="audit.number")
    system = serializers.IntegerField(source="system.number", default=None, allow_null=True)
    raised_by = ResponsibleSerializer(allow_null=True)

    class Meta:
        model = Finding
        fields = [
            "number",
            "revision",
            "audit",
            "grade",
            "requirement",
            "system",
            "statement",
            "evidence_seen",
            "raised_by",
            "created_at",
        ]
        reads: dict[str, tuple[str, ...]] = {}


class CorrectiveActionSerializer(serializers.ModelSerializer):
    """What removes the cause; `nonconformity` is a number."""

    nonconformity = serializers.IntegerField(source="nonconformity.number")
    owner = ResponsibleSerializer()
    done_by = ResponsibleSerializer(allow_null=True)
    checked_by = ResponsibleSerializer(allow_null=True)

    class Meta:
        model = CorrectiveAction
        fields = [
            "number",
            "revision",
            "nonconformity",
            "description",
            "status",
            "owner",
            "due_on",
            "done_at",
            "done_by",
            "done_note",
            "checked_at",
            "checked_by",
            "check_note",
            "cancelled_reason",
        ]
        reads: dict[str, tuple[str, ...]] = {}


@extend_schema_serializer(
    examples=[OpenApiExample("A nonconformity in action", response_only=True, value=NONCONFORMITY)]
)
class NonconformitySerializer(serializers.ModelSerializer):
    """A requirement that is not met; `finding` and `system` are numbers."""

    finding = serializers.IntegerField(source="finding.number", default=None, allow_null=True)
    system = serializers.IntegerField(source="system.number", default=None, allow_null=True)
    owner = ResponsibleSerializer()

    class Meta:
        model = Nonconformity
        fields = list(NONCONFORMITY)
        reads: dict[str, tuple[str, ...]] = {}


class NonconformityDetailSerializer(NonconformitySerializer):
    corrective_actions = CorrectiveActionSerializer(many=True)

    class Meta(NonconformitySerializer.Meta):
        fields = [*NonconformitySerializer.Meta.fields, "corrective_actions"]


class ReviewSerializer(serializers.ModelSerializer):
    """A management review as lists show it."""

    chair = ResponsibleSerializer()
    decision_count = serializers.IntegerField()
    open_action_count = serializers.IntegerField()

    class Meta:
        model = ManagementReview
        fields = [
            "number",
            "revision",
            "title",
            "status",
            "held_on",
            "chair",
            "attendees",
            "frozen_at",
            "frozen_sha256",
            "conclusion",
            "cancelled_reason",
            "decision_count",
            "open_action_count",
        ]
        reads: dict[str, tuple[str, ...]] = {}


class ReviewCountSerializer(serializers.Serializer):
    """A figure of an input, with the page and filters behind it."""

    label = serializers.CharField()
    value = serializers.IntegerField()
    page = serializers.CharField()
    query = serializers.CharField()
    tone = serializers.CharField()


class ReviewLineSerializer(serializers.Serializer):
    """A record named by an input."""

    label = serializers.CharField()
    detail = serializers.CharField()
    page = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    tone = serializers.CharField()


class ReviewFactsSerializer(serializers.Serializer):
    """What the records said about an input when it was gathered."""

    since = serializers.DateField(allow_null=True)
    until = serializers.DateField()
    counts = ReviewCountSerializer(many=True)
    records = ReviewLineSerializer(many=True)
    records_total = serializers.IntegerField()
    note = serializers.CharField()


class ReviewInputSerializer(serializers.ModelSerializer):
    """One input of 9.3.2: facts and comment. The hash of a review covers the facts exactly as given here."""

    facts = serializers.SerializerMethodField()

    class Meta:
        model = ReviewInput
        fields = ["ordinal", "input", "facts", "gathered_at", "comment", "revision"]

    @extend_schema_field(ReviewFactsSerializer)
    def get_facts(self, each: ReviewInput) -> Any:
        return each.facts


class ReviewDecisionSerializer(serializers.ModelSerializer):
    recorded_by = ResponsibleSerializer(allow_null=True)

    class Meta:
        model = ReviewDecision
        fields = ["number", "revision", "result", "statement", "recorded_by", "created_at"]


class ReviewActionSerializer(serializers.ModelSerializer):
    """What a management review asked for; `review` and `decision` are numbers."""

    review = serializers.IntegerField(source="review.number")
    decision = serializers.IntegerField(source="decision.number", default=None, allow_null=True)
    owner = ResponsibleSerializer()

    class Meta:
        model = ReviewAction
        fields = [
            "number",
            "revision",
            "review",
            "decision",
            "description",
            "status",
            "owner",
            "due_on",
            "closing_note",
            "closed_at",
        ]
        reads: dict[str, tuple[str, ...]] = {}


class ReviewDetailSerializer(ReviewSerializer):
    inputs = ReviewInputSerializer(many=True)
    decisions = ReviewDecisionSerializer(many=True)
    actions = ReviewActionSerializer(many=True)

    class Meta(ReviewSerializer.Meta):
        fields = [*ReviewSerializer.Meta.fields, "inputs", "decisions", "actions"]
