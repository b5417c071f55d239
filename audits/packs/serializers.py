"""What the API says about packs, and what it takes."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from audits.models import Pack, PackStep
from audits.packs.steps import title_of
from inventory.api.serializers import TextField
from inventory.models import AISystem

EXAMPLE = {
    "number": 3,
    "title": "Audit pack, 21 November 2026",
    "scope": "organisation",
    "status": "done",
    "as_of": "2026-11-21T09:00:00Z",
    "requested_by": "Ada Officer",
    "progress_done": 14,
    "progress_total": 14,
    "error": "",
    "sha256": "436216002542e19f0672c33d769b42298b7d9ec7ccfc6bf52d42b1c2a0978cf4",
    "size": 637111,
    "page_count": 74,
    "created_at": "2026-11-21T09:00:00Z",
    "finished_at": "2026-11-21T09:00:17Z",
}


class PackSerializer(serializers.ModelSerializer):
    """A pack as lists show it."""

    requested_by = serializers.CharField(source="requested_by.display_name", default=None, allow_null=True)

    class Meta:
        model = Pack
        fields = [
            "number",
            "title",
            "scope",
            "status",
            "as_of",
            "requested_by",
            "progress_done",
            "progress_total",
            "error",
            "sha256",
            "size",
            "page_count",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields
        reads: dict[str, tuple[str, ...]] = {}


class PackStepSerializer(serializers.ModelSerializer):
    """A step: what it collects, when it was done, and the SHA-256 of the canonical JSON that it gave."""

    title = serializers.SerializerMethodField()

    class Meta:
        model = PackStep
        fields = ["ordinal", "step", "title", "sha256", "finished_at"]
        read_only_fields = fields

    def get_title(self, step: PackStep) -> str:
        return title_of(step.step)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A finished pack",
            response_only=True,
            value=EXAMPLE
            | {
                "systems": [],
                "steps": [
                    {
                        "ordinal": 1,
                        "step": "cover",
                        "title": "Cover",
                        "sha256": "7032f5ee1cc13719b8870f5637c4407dee2f873111a3e4f75e4d905acdef8847",
                        "finished_at": "2026-11-21T09:00:01Z",
                    }
                ],
            },
        )
    ]
)
class PackDetailSerializer(PackSerializer):
    """A pack with its systems and steps."""

    systems = serializers.SerializerMethodField(help_text="Numbers of the systems; empty for the whole organisation.")
    steps = serializers.SerializerMethodField()

    class Meta(PackSerializer.Meta):
        fields = [*PackSerializer.Meta.fields, "systems", "steps"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_systems(self, pack: Pack) -> list[int]:
        return list(pack.system_links.order_by("system__number").values_list("system__number", flat=True))

    @extend_schema_field(PackStepSerializer(many=True))
    def get_steps(self, pack: Pack) -> list[dict[str, Any]]:
        steps = PackStep.objects.filter(pack=pack).defer("content").order_by("ordinal")
        return list(PackStepSerializer(steps, many=True).data)


@extend_schema_serializer(
    examples=[
        OpenApiExample("Two systems", request_only=True, value={"scope": "systems", "systems": [3, 8]}),
        OpenApiExample("The whole organisation", request_only=True, value={"title": "Surveillance audit 2026"}),
    ]
)
class PackRequestSerializer(serializers.Serializer):
    """What somebody asks for."""

    title = TextField(max_length=200, required=False, allow_blank=True, default="")
    scope = serializers.ChoiceField(choices=Pack.Scope.choices, default=Pack.Scope.ORGANISATION)
    systems = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2_147_483_647),
        default=list,
        max_length=500,
        help_text="Numbers of AI systems, for a pack of some systems.",
    )

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        wanted = set(values["systems"]) if values["scope"] == Pack.Scope.SYSTEMS else set()
        values["systems"] = list(AISystem.objects.filter(number__in=wanted).order_by("number"))
        missing = sorted(wanted - {system.number for system in values["systems"]})
        if missing:
            words = ", ".join(map(str, missing[:10]))
            raise serializers.ValidationError({"systems": [_("There is no AI system %s here.") % words]})
        return values
