"""Clauses, requirements and positions as the API gives and takes them."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from aims.standards.models import RequirementPosition
from aims.tenancy.api_fields import MemberField, PlainTextField


class ReadinessSerializer(serializers.Serializer):
    """How many requirements are met, partly met, a gap, or not looked at."""

    met = serializers.IntegerField()
    partial = serializers.IntegerField()
    gap = serializers.IntegerField()
    unknown = serializers.IntegerField()
    total = serializers.IntegerField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Clause",
            value={
                "ref": "5.2",
                "title": "AI policy",
                "parent": "5",
                "auditable": True,
                "readiness": {"met": 6, "partial": 2, "gap": 0, "unknown": 1, "total": 9},
            },
        )
    ]
)
class ClauseSerializer(serializers.Serializer):
    """A clause of ISO/IEC 42001 and how far the organisation is with it."""

    ref = serializers.CharField(source="clause.ref")
    title = serializers.CharField(source="clause.title")
    parent = serializers.CharField(source="clause.parent", allow_null=True)
    auditable = serializers.BooleanField(source="clause.auditable")
    readiness = ReadinessSerializer()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Requirement",
            value={
                "id": "5.2-r01",
                "clause": "5.2",
                "text": "Have an AI policy that fits the purpose of the organisation.",
                "position": "partial",
                "satisfied_by": "AI policy, edition 2",
                "gap": "It does not yet speak of purchased systems.",
                "next_step": "Add a section and have it approved.",
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "owner_name": "Ada Officer",
                "due_on": "2027-01-31",
                "revision": 3,
            },
        )
    ]
)
class RequirementSerializer(serializers.Serializer):
    """A requirement and the organisation's position on it; revision 0 when nobody said anything yet."""

    id = serializers.CharField()
    clause = serializers.CharField()
    text = serializers.CharField()
    position = serializers.ChoiceField(choices=RequirementPosition.Position.choices)
    satisfied_by = serializers.CharField()
    gap = serializers.CharField()
    next_step = serializers.CharField()
    owner = serializers.UUIDField(source="said.owner_id", default=None, allow_null=True)
    owner_name = serializers.CharField(source="owner.display_name", default=None, allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    revision = serializers.IntegerField()


class PositionSerializer(serializers.Serializer):
    """Where the organisation stands on a requirement."""

    position = serializers.ChoiceField(choices=RequirementPosition.Position.choices)
    satisfied_by = PlainTextField(required=False, allow_blank=True, max_length=5000)
    gap = PlainTextField(required=False, allow_blank=True, max_length=5000)
    next_step = PlainTextField(required=False, allow_blank=True, max_length=2000)
    owner = MemberField(required=False, allow_null=True)
    due_on = serializers.DateField(required=False, allow_null=True)
    revision = serializers.IntegerField(required=False, min_value=0, max_value=2_147_483_647)
