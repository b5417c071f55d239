"""Evidence requests as the API gives and takes them."""

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from aims.rules import RuleBroken
from evidence.api.serializers import LARGEST, EvidenceNumberField, MemberField, SystemNumberField, TextField
from evidence.models import EvidenceRequest, Kind
from evidence.subjects import subject_of


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Request",
            response_only=True,
            value={
                "number": 5,
                "revision": 2,
                "title": "Selection rates of November",
                "description": "By age band, all applications.",
                "kind": "evaluation",
                "status": "submitted",
                "is_overdue": False,
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "owner_name": "Ada Contributor",
                "asked_by": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b12",
                "asked_by_name": "Ola Officer",
                "due_on": "2026-12-05",
                "system": 7,
                "subject_kind": "control",
                "subject": "A.6.2.4 AI system verification and validation",
                "item": 12,
                "submitted_at": "2026-12-01T09:00:00Z",
                "closed_at": None,
                "closing_note": "",
            },
        )
    ]
)
class RequestSerializer(serializers.ModelSerializer):
    """What is asked of whom, by when, and what became of it."""

    is_overdue = serializers.BooleanField(read_only=True)
    owner = serializers.UUIDField(source="owner_id", read_only=True)
    owner_name = serializers.CharField(source="owner.display_name", read_only=True)
    asked_by = serializers.UUIDField(source="asked_by_id", read_only=True)
    asked_by_name = serializers.CharField(source="asked_by.display_name", read_only=True)
    system = serializers.IntegerField(source="system.number", default=None, read_only=True)
    subject = serializers.CharField(source="subject_label", read_only=True)
    item = serializers.IntegerField(source="item.number", default=None, read_only=True)

    class Meta:
        model = EvidenceRequest
        fields = [
            "number",
            "revision",
            "title",
            "description",
            "kind",
            "status",
            "is_overdue",
            "owner",
            "owner_name",
            "asked_by",
            "asked_by_name",
            "due_on",
            "system",
            "subject_kind",
            "subject",
            "item",
            "submitted_at",
            "closed_at",
            "closing_note",
        ]
        read_only_fields = fields


class RequestFieldsSerializer(serializers.Serializer):
    title = TextField(max_length=300)
    description = TextField(required=False, allow_blank=True, default="", max_length=5000)
    kind = serializers.ChoiceField(required=False, allow_blank=True, default="", choices=Kind.choices)
    owner = MemberField(help_text=gettext_lazy("Who is asked."))
    due_on = serializers.DateField()


class AskSerializer(RequestFieldsSerializer):
    """Ask for evidence; `subject_kind` and `subject_reference` name a control ("A.6.2.4") or a claim ("12 G3")."""

    system = SystemNumberField(required=False, allow_null=True, default=None)
    subject_kind = serializers.CharField(required=False, allow_blank=True, default="", max_length=20)
    subject_reference = TextField(required=False, allow_blank=True, default="", max_length=60)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind, reference = attrs.pop("subject_kind"), attrs.pop("subject_reference")
        try:
            attrs["subject"] = subject_of(kind, reference)
        except RuleBroken as broken:
            raise serializers.ValidationError({broken.field or "non_field_errors": [broken.message]}) from None
        return attrs


class EditRequestSerializer(RequestFieldsSerializer):
    revision = serializers.IntegerField(min_value=0, max_value=LARGEST)


class StepSerializer(serializers.Serializer):
    revision = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)


class SubmitSerializer(StepSerializer):
    item = EvidenceNumberField(help_text=gettext_lazy("The number of the evidence."))


class NoteSerializer(StepSerializer):
    note = TextField(required=False, allow_blank=True, default="", max_length=1000)


class ReturnSerializer(StepSerializer):
    reason = TextField(allow_blank=True, max_length=1000)
    due_on = serializers.DateField()


class RequestReasonSerializer(StepSerializer):
    reason = TextField(allow_blank=True, max_length=1000)
