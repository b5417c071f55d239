"""Documents as the API gives and takes them."""

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from aims.documents.models import Document
from aims.tenancy.api_fields import MemberField, PlainTextField

POLICY = {
    "number": 2,
    "revision": 4,
    "title": "AI policy",
    "kind": "policy",
    "edition": 2,
    "status": "approved",
    "is_approved": True,
    "has_lapsed": False,
    "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
    "owner_name": "Ada Officer",
    "review_on": "2027-06-30",
    "approved_at": "2026-11-02T10:15:00Z",
    "approved_by_name": "Ed Executive",
    "approved_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


@extend_schema_serializer(examples=[OpenApiExample("Document", value=POLICY)])
class DocumentSerializer(serializers.ModelSerializer):
    """A document as the list shows it."""

    owner = serializers.UUIDField(source="owner_id", read_only=True)
    owner_name = serializers.CharField(source="owner.display_name", read_only=True)
    approved_by_name = serializers.CharField(
        source="approved_by.display_name", default=None, allow_null=True, read_only=True
    )
    is_approved = serializers.BooleanField(read_only=True)
    has_lapsed = serializers.BooleanField(read_only=True)

    class Meta:
        model = Document
        fields = list(POLICY)
        read_only_fields = fields


class DocumentDetailSerializer(DocumentSerializer):
    """A document with its text."""

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "body", "sha256", "withdrawn_reason", "created_at", "updated_at"]
        read_only_fields = fields

    sha256 = serializers.CharField(read_only=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "New document",
            value={
                "title": "AI policy",
                "kind": "policy",
                "body": "We use AI where it helps people decide, and never in their place.",
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "review_on": "2027-06-30",
            },
            request_only=True,
        )
    ]
)
class WriteDocumentSerializer(serializers.Serializer):
    """What people write; `revision` refuses a lost update when a document is changed."""

    title = PlainTextField(max_length=200)
    kind = serializers.ChoiceField(choices=Document.Kind.choices)
    body = PlainTextField(max_length=100_000)
    owner = MemberField()
    review_on = serializers.DateField(required=False, allow_null=True)


class EditDocumentSerializer(WriteDocumentSerializer):
    revision = serializers.IntegerField(min_value=0, max_value=2_147_483_647)


class RevisionSerializer(serializers.Serializer):
    """The state that was seen."""

    revision = serializers.IntegerField(min_value=0, max_value=2_147_483_647)


class DocumentWithdrawalSerializer(RevisionSerializer):
    reason = PlainTextField(max_length=2000)
