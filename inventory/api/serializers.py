"""What the API says about systems, versions, suppliers and imports, and what it takes."""

import json
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from aims.pages.text import forbidden_position, normalised
from aims.tenancy.models import Member
from inventory.importing import Mapping, MappingError
from inventory.models import AISystem, Supplier, SystemImport, SystemVersion
from inventory.selectors import reasons_of
from inventory.tiering import QUESTIONS


class TextField(serializers.CharField):
    """Text as the forms take it: NFC, line feeds, no invisible control characters."""

    def to_internal_value(self, data: Any) -> str:
        text = normalised(super().to_internal_value(data))
        if position := forbidden_position(text):
            raise serializers.ValidationError(
                _("It contains an invisible control character at position %d. Delete it.") % position
            )
        return text


class SystemOwnerSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="display_name")

    class Meta:
        model = Member
        fields = ["id", "name"]


class SupplierLinkSerializer(serializers.ModelSerializer):
    class Meta:
        model = Supplier
        fields = ["number", "name"]


class SystemVersionSerializer(serializers.ModelSerializer):
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = SystemVersion
        fields = ["id", "label", "released_on", "deployed_at", "notes", "is_current", "created_at"]

    def get_is_current(self, version: SystemVersion) -> bool:
        return bool(version.system.current_version_id == version.pk)


class SystemSerializer(serializers.ModelSerializer):
    """A system as lists show it."""

    owner = SystemOwnerSerializer(allow_null=True)
    supplier = SupplierLinkSerializer(allow_null=True)
    version = serializers.CharField(source="current_version.label", default=None, allow_null=True)

    class Meta:
        model = AISystem
        fields = [
            "number",
            "revision",
            "name",
            "tier",
            "stage",
            "status",
            "owner",
            "supplier",
            "version",
            "business_unit",
            "topic",
            "purpose",
            "outputs",
            "external_key",
            "next_review_on",
            "created_at",
            "updated_at",
        ]
        reads: dict[str, tuple[str, ...]] = {}


class TierReasonSerializer(serializers.Serializer):
    tier = serializers.CharField()
    text = serializers.CharField()
    rests_on_unknown = serializers.BooleanField()
    is_deciding = serializers.BooleanField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A lender's scoring model",
            response_only=True,
            value={
                "number": 3,
                "revision": 4,
                "name": "Credit decision for small business loans",
                "tier": "T3",
                "stage": "operation",
                "status": "registered",
                "owner": {"id": "019ab3c2-5f0e-7000-8000-2f6d1f7a9c01", "name": "Bo Owner"},
                "supplier": None,
                "version": "4.2",
                "business_unit": "Business lending",
                "topic": "credit",
                "purpose": "Ranks applications for loans up to 50,000.",
                "outputs": "A score from 0 to 100 and the three reasons that weigh most.",
                "external_key": "",
                "next_review_on": "2027-02-21",
                "created_at": "2026-11-21T09:00:00Z",
                "updated_at": "2026-11-21T09:12:00Z",
                "screening": {"prohibited_practice": "no", "effect_on_people": "decides", "decision_area": "credit"},
                "tier_reasons": [
                    {
                        "tier": "T3",
                        "text": "It decides about people in an area that shapes their lives.",
                        "rests_on_unknown": False,
                        "is_deciding": True,
                    }
                ],
                "open_questions": ["scale"],
                "further_columns": [],
                "retired_at": None,
                "retired_reason": "",
            },
        )
    ]
)
class SystemDetailSerializer(SystemSerializer):
    """A system with its screening and what an import brought."""

    screening = serializers.DictField(child=serializers.CharField(), read_only=True)
    tier_reasons = serializers.SerializerMethodField()
    open_questions = serializers.SerializerMethodField()
    further_columns = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2)
    )

    class Meta(SystemSerializer.Meta):
        fields = [
            *SystemSerializer.Meta.fields,
            "screening",
            "tier_reasons",
            "open_questions",
            "further_columns",
            "retired_at",
            "retired_reason",
        ]

    @extend_schema_field(TierReasonSerializer(many=True))
    def get_tier_reasons(self, system: AISystem) -> list[dict[str, Any]]:
        return reasons_of(system)

    def get_open_questions(self, system: AISystem) -> list[str]:
        return [question.key for question in system.open_questions]


def owner_field(**kwargs: Any) -> serializers.PrimaryKeyRelatedField:
    return serializers.PrimaryKeyRelatedField(
        queryset=Member.objects.all(), allow_null=True, required=False, help_text=_("The id of a member."), **kwargs
    )


class NumberField(serializers.SlugRelatedField):
    """A record of this organisation by its number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="number", **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(_("Give its number, such as 12."))
        return super().to_internal_value(data)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A first entry",
            request_only=True,
            value={
                "name": "Credit decision for small business loans",
                "purpose": "Ranks applications for loans up to 50,000.",
                "stage": "operation",
                "business_unit": "Business lending",
            },
        )
    ]
)
class SystemWriteSerializer(serializers.Serializer):
    """What a person says about a system; the tier comes from the screening."""

    name = TextField(max_length=500)
    purpose = TextField(max_length=20_000, allow_blank=True, default="")
    outputs = TextField(max_length=20_000, allow_blank=True, default="")
    stage = serializers.ChoiceField(choices=AISystem.Stage.choices, default=AISystem.Stage.PLANNED)
    owner = owner_field()
    supplier = NumberField(queryset=Supplier.objects.all(), allow_null=True, required=False)
    business_unit = TextField(max_length=300, allow_blank=True, default="")
    topic = TextField(max_length=200, allow_blank=True, default="")
    external_key = TextField(max_length=200, allow_blank=True, default="")
    next_review_on = serializers.DateField(allow_null=True, required=False)


class ChangeSerializer(serializers.Serializer):
    """Only what is given changes; `revision` is what was read, so that nobody's change is overwritten."""

    revision = serializers.IntegerField(min_value=0, max_value=2_147_483_647)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # A partial update asks for no field, but this one is always needed.
        if "revision" not in attrs:
            raise serializers.ValidationError({"revision": [_("Send the revision that you read.")]})
        return attrs


class SystemChangeSerializer(ChangeSerializer, SystemWriteSerializer):
    """A change to a system."""


# Several questions share these answers; the schema names the set once.
YES_NO = [("yes", "Yes"), ("no", "No"), ("unknown", "Unknown")]
SCREENING_FIELDS = {
    question.key: serializers.ChoiceField(choices=list(question.choices.items()), help_text=question.text)
    for question in QUESTIONS
}
ScreeningAnswersSerializer = type("ScreeningAnswersSerializer", (serializers.Serializer,), dict(SCREENING_FIELDS))


class ScreeningSerializer(serializers.Serializer):
    """Answers to every question; “unknown” is an answer."""

    revision = serializers.IntegerField(min_value=0, max_value=2_147_483_647)
    answers = ScreeningAnswersSerializer()


class SystemReasonSerializer(serializers.Serializer):
    reason = TextField(max_length=1000)
    revision = serializers.IntegerField(min_value=0, max_value=2_147_483_647, required=False, allow_null=True)


class SystemVersionWriteSerializer(serializers.Serializer):
    label = TextField(max_length=100)
    released_on = serializers.DateField(allow_null=True, required=False)
    notes = TextField(max_length=5000, allow_blank=True, default="")
    deploy = serializers.BooleanField(default=False, help_text=_("It is in operation from now on."))


class SupplierSerializer(serializers.ModelSerializer):
    class Meta:
        model = Supplier
        fields = ["number", "revision", "name", "website", "notes", "created_at", "updated_at"]
        reads: dict[str, tuple[str, ...]] = {}


class SupplierWriteSerializer(serializers.Serializer):
    name = TextField(max_length=200)
    website = serializers.URLField(max_length=500, allow_blank=True, default="")
    notes = TextField(max_length=5000, allow_blank=True, default="")


class SupplierChangeSerializer(ChangeSerializer, SupplierWriteSerializer):
    """A change to a supplier."""


class SystemImportSerializer(serializers.ModelSerializer):
    """An import as lists show it."""

    requested_by = SystemOwnerSerializer(allow_null=True)
    is_draft = serializers.BooleanField()

    class Meta:
        model = SystemImport
        fields = [
            "number",
            "file_name",
            "sha256",
            "status",
            "is_draft",
            "progress_done",
            "progress_total",
            "created_count",
            "updated_count",
            "unchanged_count",
            "rejected_count",
            "error",
            "requested_by",
            "created_at",
            "finished_at",
        ]


class ImportProblemSerializer(serializers.Serializer):
    row = serializers.IntegerField()
    column = serializers.CharField()
    reason = serializers.CharField()
    value = serializers.CharField()


class ImportDuplicateSerializer(serializers.Serializer):
    name = serializers.CharField()
    unit = serializers.CharField()
    rows = serializers.ListField(child=serializers.IntegerField())
    are_identical = serializers.BooleanField()


class ImportMappingSerializer(serializers.Serializer):
    columns = serializers.DictField(child=serializers.CharField())
    stage_values = serializers.DictField(child=serializers.CharField(), required=False)
    stage_default = serializers.CharField(allow_null=True, required=False)
    date_order = serializers.ChoiceField(choices=["dmy", "mdy"], required=False)


class ImportDetailSerializer(SystemImportSerializer):
    """An import with what stayed out and what may be double."""

    mapping = ImportMappingSerializer()
    rejected = ImportProblemSerializer(many=True)
    possible_duplicates = ImportDuplicateSerializer(many=True)
    notes = ImportProblemSerializer(many=True)

    class Meta(SystemImportSerializer.Meta):
        fields = [*SystemImportSerializer.Meta.fields, "mapping", "rejected", "possible_duplicates", "notes"]


class ImportUploadSerializer(serializers.Serializer):
    """A file, perhaps with its mapping; with `start` it is imported without a look."""

    file = serializers.FileField(help_text=_("CSV or Excel (.xlsx)."))
    mapping = serializers.CharField(
        required=False,
        max_length=50_000,
        help_text=_('JSON such as {"columns": {"name": "Use Case Name"}}; else guessed.'),
    )
    start = serializers.BooleanField(default=True, help_text=_("False keeps it as a draft to be confirmed."))

    def validate_mapping(self, text: str) -> Mapping:
        try:
            return Mapping.from_json(json.loads(text))
        except MappingError as error:
            raise serializers.ValidationError(str(error)) from None
        except (ValueError, RecursionError):
            raise serializers.ValidationError(_("Send the mapping as JSON text.")) from None
