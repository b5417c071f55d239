"""Risks, treatments, acceptances and controls as the API gives and takes them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from evidence.api.serializers import LARGEST, EvidenceNumberField, MemberField, SystemNumberField, TextField
from inventory.models import Environment
from risks.filters import KINDS
from risks.models import Acceptance, Control, ControlEvidence, Risk, Treatment
from risks.scoring import DEFAULT_BANDS
from risks.selectors import acceptances_of

LEVELS = [(level, level) for level in DEFAULT_BANDS.levels]
REVISION = gettext_lazy("The revision that you read, so that nobody is overwritten.")


class RevisionField(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=LARGEST, required=False, help_text=REVISION, **kwargs)


class ControlReferenceField(serializers.CharField):
    """A control by its reference, such as "A.6.2.4"."""

    def to_internal_value(self, data: Any) -> Control:
        reference = super().to_internal_value(data)
        self.run_validators(reference)  # before the database, which cannot hold a NUL or half a character
        control = Control.objects.filter(reference=reference).first()
        if control is None:
            raise serializers.ValidationError(
                _("There is no control “%s”. Give the reference of one of the Statement.") % reference
            )
        return control


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Risk",
            response_only=True,
            value={
                "number": 12,
                "revision": 4,
                "title": "Applicants of one group are refused more often",
                "status": "in_treatment",
                "level": "high",
                "inherent_score": 20,
                "score": 10,
                "residual_score": 8,
                "likelihood": 2,
                "impact": 5,
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "owner_name": "Otto Owner",
                "treatment_option": "modify",
                "review_on": "2027-01-15",
                "accepted_until": None,
                "has_lapsed": False,
                "is_overdue": False,
            },
        )
    ]
)
class RiskSerializer(serializers.ModelSerializer):
    """A risk as the register lists it."""

    level = serializers.SerializerMethodField()
    owner = serializers.UUIDField(source="owner_id", read_only=True, allow_null=True)
    owner_name = serializers.CharField(source="owner.display_name", default=None, read_only=True, allow_null=True)
    has_lapsed = serializers.BooleanField(read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Risk
        fields = [
            "number",
            "revision",
            "title",
            "status",
            "level",
            "inherent_score",
            "score",
            "residual_score",
            "likelihood",
            "impact",
            "owner",
            "owner_name",
            "treatment_option",
            "review_on",
            "accepted_until",
            "has_lapsed",
            "is_overdue",
        ]
        read_only_fields = fields
        reads = {
            "level": ("likelihood", "impact"),
            "has_lapsed": ("status", "accepted_until"),
            "is_overdue": ("status", "review_on"),
        }

    @extend_schema_field(serializers.ChoiceField(choices=LEVELS, allow_blank=True))
    def get_level(self, risk: Risk) -> str:
        return risk.level


class LinkedSystemSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    name = serializers.CharField()


class LinkedControlSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    reference = serializers.CharField()
    title = serializers.CharField()


class TreatmentSerializer(serializers.ModelSerializer):
    """A step of the treatment plan."""

    risk = serializers.IntegerField(source="risk.number", read_only=True)
    owner = serializers.UUIDField(source="owner_id", read_only=True)
    owner_name = serializers.CharField(source="owner.display_name", read_only=True)
    is_overdue = serializers.BooleanField(read_only=True)

    class Meta:
        model = Treatment
        fields = [
            "number",
            "revision",
            "risk",
            "description",
            "owner",
            "owner_name",
            "due_on",
            "status",
            "is_overdue",
            "closing_note",
        ]
        read_only_fields = fields


class AcceptanceSerializer(serializers.ModelSerializer):
    """A decision to live with a risk, with the hash and the content that it is bound to."""

    accepted_by = serializers.UUIDField(source="accepted_by_id", read_only=True)
    accepted_by_name = serializers.CharField(source="accepted_by.display_name", read_only=True)
    snapshot = serializers.DictField(read_only=True)

    class Meta:
        model = Acceptance
        fields = ["number", "accepted_by", "accepted_by_name", "accepted_at", "until", "reason", "sha256", "snapshot"]
        read_only_fields = fields


class AcceptanceNowSerializer(serializers.Serializer):
    """An acceptance and whether it holds now."""

    acceptance = AcceptanceSerializer()
    is_in_force = serializers.BooleanField()
    is_over = serializers.BooleanField()
    changed = serializers.ListField(
        child=serializers.CharField(), help_text=gettext_lazy("Which parts are no longer as they were accepted.")
    )


class RiskDetailSerializer(RiskSerializer):
    """A risk with everything about it."""

    systems = LinkedSystemSerializer(source="linked_systems", many=True, read_only=True)
    controls = LinkedControlSerializer(source="linked_controls", many=True, read_only=True)
    treatments = TreatmentSerializer(many=True, read_only=True)
    acceptances = serializers.SerializerMethodField()

    class Meta(RiskSerializer.Meta):
        fields = [
            *RiskSerializer.Meta.fields,
            "description",
            "source",
            "harm",
            "inherent_likelihood",
            "inherent_impact",
            "residual_likelihood",
            "residual_impact",
            "rating_reason",
            "closed_reason",
            "created_at",
            "updated_at",
            "systems",
            "controls",
            "treatments",
            "acceptances",
        ]
        read_only_fields = fields

    @extend_schema_field(AcceptanceNowSerializer(many=True))
    def get_acceptances(self, risk: Risk) -> Any:
        return AcceptanceNowSerializer(acceptances_of(risk), many=True).data


def step(label: Any) -> serializers.IntegerField:
    """One of the five steps of a rating, or null."""
    return serializers.IntegerField(min_value=1, max_value=5, required=False, allow_null=True, label=label)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Risk with ratings",
            request_only=True,
            value={
                "title": "Applicants of one group are refused more often",
                "description": "A feature stands in for origin and pushes people with the same means below the cut-off.",
                "source": "RS-DATA",
                "harm": "H-GRP-FAIR",
                "inherent_likelihood": 4,
                "inherent_impact": 5,
                "likelihood": 2,
                "impact": 5,
                "rating_reason": "Two features were removed; the weekly monitor has shown no breach since.",
                "treatment_option": "modify",
                "systems": [7],
                "controls": ["A.5.4", "A.7.4"],
            },
        )
    ]
)
class RiskInputSerializer(serializers.Serializer):
    """What can be said about a risk; `systems` and `controls` replace the links when they are given."""

    title = TextField(max_length=300)
    description = TextField(required=False, allow_blank=True, max_length=10_000)
    source = TextField(
        required=False, allow_blank=True, max_length=40, help_text=gettext_lazy("A reference of the risk taxonomy.")
    )
    harm = TextField(
        required=False, allow_blank=True, max_length=40, help_text=gettext_lazy("A reference of the risk taxonomy.")
    )
    owner = MemberField(required=False, allow_null=True)
    inherent_likelihood = step(gettext_lazy("inherent likelihood"))
    inherent_impact = step(gettext_lazy("inherent impact"))
    likelihood = step(gettext_lazy("current likelihood"))
    impact = step(gettext_lazy("current impact"))
    residual_likelihood = step(gettext_lazy("residual likelihood"))
    residual_impact = step(gettext_lazy("residual impact"))
    rating_reason = TextField(required=False, allow_blank=True, max_length=5000)
    treatment_option = serializers.ChoiceField(required=False, allow_blank=True, choices=Risk.TreatmentOption.choices)
    review_on = serializers.DateField(required=False, allow_null=True)
    systems = serializers.ListField(child=SystemNumberField(), required=False, max_length=500)
    controls = serializers.ListField(child=ControlReferenceField(), required=False, max_length=200)


class RiskEditSerializer(RiskInputSerializer):
    """What is left out stays as it is."""

    title = TextField(max_length=300, required=False)
    revision = RevisionField()


class AcceptInputSerializer(serializers.Serializer):
    until = serializers.DateField(help_text=gettext_lazy("Twelve months from today at most."))
    reason = TextField(max_length=5000)
    revision = RevisionField()
    seen = serializers.RegexField(
        r"^[0-9a-f]{64}$",
        required=False,
        help_text=gettext_lazy("The hash of what you read; refused when the risk has changed since."),
    )


class ReasonInputSerializer(serializers.Serializer):
    reason = TextField(max_length=1000)
    revision = RevisionField()


class ReviewInputSerializer(serializers.Serializer):
    review_on = serializers.DateField()
    note = TextField(max_length=1000, required=False, allow_blank=True)
    revision = RevisionField()


class TreatmentInputSerializer(serializers.Serializer):
    description = TextField(max_length=5000)
    owner = MemberField()
    due_on = serializers.DateField()


class TreatmentEditSerializer(TreatmentInputSerializer):
    revision = RevisionField()


class NoteInputSerializer(serializers.Serializer):
    note = TextField(max_length=1000)


class MatrixCellSerializer(serializers.Serializer):
    likelihood = serializers.IntegerField()
    impact = serializers.IntegerField()
    level = serializers.ChoiceField(choices=LEVELS)
    count = serializers.IntegerField()


class MatrixSerializer(serializers.Serializer):
    """Open risks by likelihood and impact."""

    rating = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    rated = serializers.IntegerField()
    unrated = serializers.IntegerField()
    cells = MatrixCellSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Control of Annex A",
            response_only=True,
            value={
                "number": 14,
                "revision": 2,
                "reference": "A.6.2.4",
                "title": "AI system verification and validation",
                "is_own": False,
                "applicability": "applicable",
                "justification": "A release without proof of its measures would be a guess.",
                "implementation": "implemented",
                "implementation_note": "Test plan and report for each version.",
                "effectiveness": "working",
                "effectiveness_reason": "All 2 pieces of evidence are accepted and current.",
                "owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
                "owner_name": "Otto Owner",
                "review_on": "2027-06-30",
                "risk_count": 3,
                "evidence_count": 2,
            },
        )
    ]
)
class ControlSerializer(serializers.ModelSerializer):
    """A row of the Statement of Applicability; effectiveness is derived at the moment of reading."""

    effectiveness = serializers.SerializerMethodField()
    effectiveness_reason = serializers.SerializerMethodField()
    owner = serializers.UUIDField(source="owner_id", read_only=True, allow_null=True)
    owner_name = serializers.CharField(source="owner.display_name", default=None, read_only=True, allow_null=True)
    risk_count = serializers.IntegerField(read_only=True, help_text=gettext_lazy("Open risks that rely on it."))
    evidence_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Control
        fields = [
            "number",
            "revision",
            "reference",
            "title",
            "is_own",
            "description",
            "applicability",
            "justification",
            "implementation",
            "implementation_note",
            "effectiveness",
            "effectiveness_reason",
            "owner",
            "owner_name",
            "review_on",
            "risk_count",
            "evidence_count",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Control.Effectiveness.choices))
    def get_effectiveness(self, control: Any) -> str:
        return control.judged.effectiveness

    @extend_schema_field(serializers.CharField())
    def get_effectiveness_reason(self, control: Any) -> str:
        return control.judged.reason


class ControlEvidenceSerializer(serializers.ModelSerializer):
    """A piece of evidence that a control works."""

    item = serializers.IntegerField(source="item.number", read_only=True)
    title = serializers.CharField(source="item.title", read_only=True)

    class Meta:
        model = ControlEvidence
        fields = [
            "item",
            "title",
            "relevance",
            "locator",
            "environment_required",
            "environment_policy",
            "version_policy",
            "created_at",
        ]
        read_only_fields = fields


class ControlDetailSerializer(ControlSerializer):
    evidence = ControlEvidenceSerializer(source="evidence_links", many=True, read_only=True)

    class Meta(ControlSerializer.Meta):
        fields = [*ControlSerializer.Meta.fields, "evidence"]
        read_only_fields = fields


class OwnControlInputSerializer(serializers.Serializer):
    reference = TextField(max_length=20, help_text=gettext_lazy("Such as OWN-1; it cannot be changed."))
    title = TextField(max_length=200)
    description = TextField(required=False, allow_blank=True, max_length=10_000)
    justification = TextField(max_length=5000)
    owner = MemberField(required=False, allow_null=True)
    review_on = serializers.DateField(required=False, allow_null=True)


class ControlEditSerializer(serializers.Serializer):
    """What is left out stays as it is; title and description only of an own control."""

    title = TextField(required=False, max_length=200)
    description = TextField(required=False, allow_blank=True, max_length=10_000)
    applicability = serializers.ChoiceField(required=False, choices=Control.Applicability.choices)
    justification = TextField(required=False, allow_blank=True, max_length=5000)
    implementation = serializers.ChoiceField(required=False, choices=Control.Implementation.choices)
    implementation_note = TextField(required=False, allow_blank=True, max_length=5000)
    owner = MemberField(required=False, allow_null=True)
    review_on = serializers.DateField(required=False, allow_null=True)
    revision = RevisionField()


class LinkEvidenceSerializer(serializers.Serializer):
    item = EvidenceNumberField(help_text=gettext_lazy("The number of the evidence."))
    relevance = TextField(required=False, allow_blank=True, max_length=500)
    locator = TextField(required=False, allow_blank=True, max_length=300)
    environment_required = serializers.ChoiceField(required=False, allow_blank=True, choices=Environment.choices)
    environment_policy = serializers.ChoiceField(required=False, choices=ControlEvidence.Policy.choices)
    version_policy = serializers.ChoiceField(required=False, choices=ControlEvidence.Policy.choices)


class UnlinkEvidenceSerializer(serializers.Serializer):
    item = EvidenceNumberField(help_text=gettext_lazy("The number of the evidence."))
