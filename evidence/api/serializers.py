"""Evidence as the API gives and takes it."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from aims.pages.text import forbidden_position, normalised
from aims.tenancy.models import Member
from evidence.forms import MOST_AT_ONCE, unknown_version
from evidence.freshness import Freshness
from evidence.models import Confidentiality, EvidenceFile, EvidenceItem, EvidenceVersion, Independence, Kind
from evidence.reading import Failure
from evidence.selectors import text_of
from evidence.validity import FARTHEST_DAYS
from inventory.models import AISystem, Environment, SystemVersion

LARGEST = 2_147_483_647
FRESHNESS = [(word, word) for word in (*(state.value for state in Freshness), "superseded", "withdrawn", "none")]


class TextField(serializers.CharField):
    """Text in NFC without invisible control characters, as the forms take it."""

    def to_internal_value(self, data: Any) -> str:
        text = normalised(super().to_internal_value(data))
        if position := forbidden_position(text):
            raise serializers.ValidationError(
                _("It contains an invisible control character at position %d. Delete it.") % position
            )
        return text


class FileSerializer(serializers.ModelSerializer):
    """A file of a version; download it under its `id`."""

    text_state = serializers.SerializerMethodField(
        help_text=gettext_lazy("Whether search finds the file by its text: waiting, read, unreadable; null: never.")
    )
    text_failure = serializers.SerializerMethodField(
        help_text=gettext_lazy("Why the text could not be read; empty otherwise.")
    )

    class Meta:
        model = EvidenceFile
        fields = ["id", "name", "sha256", "size", "media_type", "text_state", "text_failure"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=["waiting", "read", "unreadable"], allow_null=True))
    def get_text_state(self, file: EvidenceFile) -> str | None:
        text = text_of(file)
        return text.state if text else None

    @extend_schema_field(serializers.ChoiceField(choices=["", *Failure]))
    def get_text_failure(self, file: EvidenceFile) -> str:
        text = text_of(file)
        return text.failure if text else ""


class VersionSerializer(serializers.ModelSerializer):
    """One collection of the evidence with its three times."""

    freshness = serializers.SerializerMethodField()
    system_version = serializers.CharField(source="system_version.label", default=None, read_only=True)
    submitted_by = serializers.CharField(source="submitted_by.display_name", default=None, read_only=True)
    reviewed_by = serializers.CharField(source="reviewed_by.display_name", default=None, read_only=True)
    files = FileSerializer(many=True, read_only=True)
    is_intact = serializers.BooleanField(
        read_only=True, help_text=gettext_lazy("False while a stored file is known to be changed or missing.")
    )

    class Meta:
        model = EvidenceVersion
        fields = [
            "ordinal",
            "freshness",
            "is_intact",
            "review",
            "review_note",
            "reviewed_by",
            "reviewed_at",
            "observed_from",
            "observed_to",
            "collected_at",
            "recorded_at",
            "valid_for_days",
            "grace_days",
            "valid_until",
            "grace_until",
            "environment",
            "system_version",
            "dataset_version",
            "population",
            "sample_size",
            "independence",
            "method",
            "uri",
            "submitted_by",
            "files",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=FRESHNESS))
    def get_freshness(self, version: EvidenceVersion) -> str:
        return version.freshness().state.value


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Evaluation",
            response_only=True,
            value={
                "number": 12,
                "revision": 3,
                "title": "Selection rates by age band",
                "kind": "evaluation",
                "status": "active",
                "freshness": "fresh",
                "fresh_until": "2027-05-18T09:00:00Z",
                "review": "accepted",
                "is_intact": True,
                "version": 2,
                "collected_at": "2026-11-19T09:00:00Z",
                "system": 7,
                "system_version": "4.2",
                "environment": "production",
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "owner_name": "Ada Officer",
                "confidentiality": "internal",
            },
        )
    ]
)
class EvidenceSerializer(serializers.ModelSerializer):
    """A piece of evidence as the library lists it."""

    freshness = serializers.SerializerMethodField()
    review = serializers.CharField(source="current.review", default=None, read_only=True)
    is_intact = serializers.BooleanField(source="current.is_intact", default=None, read_only=True)
    version = serializers.IntegerField(source="current.ordinal", default=None, read_only=True)
    collected_at = serializers.DateTimeField(source="current.collected_at", default=None, read_only=True)
    environment = serializers.CharField(source="current.environment", default=None, read_only=True)
    system = serializers.IntegerField(source="system.number", default=None, read_only=True)
    system_version = serializers.CharField(source="current.system_version.label", default=None, read_only=True)
    owner = serializers.UUIDField(source="owner_id", read_only=True)
    owner_name = serializers.CharField(source="owner.display_name", read_only=True)

    class Meta:
        model = EvidenceItem
        fields = [
            "number",
            "revision",
            "title",
            "kind",
            "status",
            "freshness",
            "fresh_until",
            "review",
            "is_intact",
            "version",
            "collected_at",
            "system",
            "system_version",
            "environment",
            "owner",
            "owner_name",
            "confidentiality",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=FRESHNESS))
    def get_freshness(self, item: EvidenceItem) -> str:
        return item.freshness()


class EvidenceDetailSerializer(EvidenceSerializer):
    """A piece of evidence with all its versions, newest first."""

    superseded_by = serializers.IntegerField(source="superseded_by.number", default=None, read_only=True)
    versions = VersionSerializer(many=True, read_only=True, source="versions_shown")

    class Meta(EvidenceSerializer.Meta):
        fields = [
            *EvidenceSerializer.Meta.fields,
            "description",
            "withdrawn_reason",
            "superseded_by",
            "created_at",
            "updated_at",
            "versions",
        ]
        read_only_fields = fields


class SystemNumberField(serializers.IntegerField):
    """An AI system by its number."""

    def to_internal_value(self, data: Any) -> AISystem:
        number = super().to_internal_value(data)
        system = AISystem.objects.filter(number=number).first() if 0 < number <= LARGEST else None
        if system is None:
            raise serializers.ValidationError(
                _("There is no AI system %d. Give the number of a registered one.") % number
            )
        return system


class EvidenceNumberField(serializers.IntegerField):
    """A piece of evidence by its number."""

    def to_internal_value(self, data: Any) -> EvidenceItem:
        number = super().to_internal_value(data)
        item = EvidenceItem.objects.filter(number=number).first() if 0 < number <= LARGEST else None
        if item is None:
            raise serializers.ValidationError(_("There is no evidence %d. Give the number of a piece.") % number)
        return item


class MemberField(serializers.UUIDField):
    """An active member by identifier."""

    def to_internal_value(self, data: Any) -> Member:
        member = Member.objects.active().filter(pk=super().to_internal_value(data)).first()
        if member is None:
            raise serializers.ValidationError(_("There is no active member with this identifier."))
        return member


class CollectionSerializer(serializers.Serializer):
    """One collection of evidence; send as multipart to add `files`."""

    collected_at = serializers.DateTimeField()
    observed_from = serializers.DateField(required=False, allow_null=True)
    observed_to = serializers.DateField(required=False, allow_null=True)
    valid_for_days = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=FARTHEST_DAYS,
        help_text=gettext_lazy("Left out: the usual time of the kind, for records and documents without end."),
    )
    grace_days = serializers.IntegerField(required=False, default=0, min_value=0, max_value=FARTHEST_DAYS)
    environment = serializers.ChoiceField(required=False, allow_blank=True, choices=Environment.choices)
    system_version = TextField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text=gettext_lazy("The label of a version of the system."),
    )
    dataset_version = TextField(required=False, allow_blank=True, max_length=200)
    population = TextField(required=False, allow_blank=True, max_length=500)
    sample_size = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=LARGEST)
    independence = serializers.ChoiceField(required=False, allow_blank=True, choices=Independence.choices)
    method = TextField(required=False, allow_blank=True, max_length=5000)
    uri = serializers.URLField(required=False, allow_blank=True, max_length=1000)
    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), required=False, allow_empty=True)

    def system_of(self, attrs: dict[str, Any]) -> AISystem | None:
        return self.context["item"].system

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        label = attrs.pop("system_version", "")
        if label:
            attrs["system_version"] = self.find_version(self.system_of(attrs), label)
        return attrs

    def find_version(self, system: AISystem | None, label: str) -> SystemVersion:
        if system is None:
            words = _("Choose the AI system to which the version belongs.")
            raise serializers.ValidationError({"system_version": [words]})
        version = SystemVersion.objects.filter(system=system, label=label).first()
        if version is None:
            known = ", ".join(SystemVersion.objects.filter(system=system).values_list("label", flat=True)[:8])
            raise serializers.ValidationError({"system_version": [unknown_version(system, label, known)]})
        return version


class ItemFieldsSerializer(serializers.Serializer):
    title = TextField(max_length=300)
    kind = serializers.ChoiceField(choices=Kind.choices)
    description = TextField(required=False, allow_blank=True, default="", max_length=10_000)
    system = SystemNumberField(required=False, allow_null=True, default=None)
    owner = MemberField(required=False, help_text=gettext_lazy("Left out: you."))
    confidentiality = serializers.ChoiceField(
        required=False, choices=Confidentiality.choices, default=Confidentiality.INTERNAL
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Evaluation by address",
            request_only=True,
            value={
                "title": "Selection rates by age band",
                "kind": "evaluation",
                "description": "Ratio of selection rates, all applications of October.",
                "system": 7,
                "system_version": "4.2",
                "collected_at": "2026-11-19T09:00:00Z",
                "observed_from": "2026-10-01",
                "observed_to": "2026-10-31",
                "valid_for_days": 180,
                "grace_days": 14,
                "environment": "production",
                "dataset_version": "applications 2026-10, v3",
                "population": "All applications of October",
                "sample_size": 6012,
                "independence": "internal",
                "uri": "https://reports.example.org/selection-rates/2026-10",
            },
        )
    ]
)
class NewEvidenceSerializer(CollectionSerializer, ItemFieldsSerializer):
    """A new piece of evidence with its first version."""

    def system_of(self, attrs: dict[str, Any]) -> AISystem | None:
        return attrs.get("system")


class UploadSerializer(serializers.Serializer):
    """Many files, and what holds for all of them; send as multipart."""

    files = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True), allow_empty=False, max_length=MOST_AT_ONCE
    )
    kind = serializers.ChoiceField(choices=Kind.choices)
    collected_at = serializers.DateTimeField()
    system = SystemNumberField(required=False, allow_null=True, default=None)
    environment = serializers.ChoiceField(required=False, allow_blank=True, choices=Environment.choices)
    owner = MemberField(required=False, help_text=gettext_lazy("Left out: you."))
    confidentiality = serializers.ChoiceField(
        required=False, choices=Confidentiality.choices, default=Confidentiality.INTERNAL
    )


class UploadedSerializer(serializers.Serializer):
    """What became of one file: the number of the evidence, or why it was refused."""

    file_name = serializers.CharField(read_only=True)
    number = serializers.IntegerField(source="item.number", default=None, read_only=True)
    refused = serializers.CharField(read_only=True)


class EditEvidenceSerializer(ItemFieldsSerializer):
    """Everything that an edit may change; `revision` is the one that you read, so that nobody is overwritten."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST)
    owner = MemberField()


class NewVersionSerializer(CollectionSerializer):
    """A new version; it becomes the current one."""

    revision = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)


class VerdictSerializer(serializers.Serializer):
    """A review of one version, by somebody who did not submit it."""

    verdict = serializers.ChoiceField(choices=["accepted", "rejected"])
    note = TextField(required=False, allow_blank=True, default="", max_length=2000)


class SuccessionSerializer(serializers.Serializer):
    """Which evidence takes its place, and why."""

    successor = EvidenceNumberField(help_text=gettext_lazy("The number of the evidence that takes its place."))
    reason = TextField(max_length=1000)
    revision = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)


class RelianceSerializer(serializers.Serializer):
    """Something that relies on the evidence: where it stands now, and where the change would leave it."""

    kind = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    falls = serializers.BooleanField()


class WithdrawalSerializer(serializers.Serializer):
    reason = TextField(max_length=1000)
    revision = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
