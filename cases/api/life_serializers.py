"""The life of cases and what tiers ask, as the API gives and takes them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from cases.api.serializers import StandingField
from cases.causes import sentence_of
from cases.gates import cause_id
from cases.gating import Gate, link_of
from cases.models import AssuranceCase, CaseDecision, TierPolicyVersion
from cases.tier_rules import ASKED, CHOICES, KINDS, LESS_IS_MORE, LONGEST_DAYS, MOST_PEOPLE, values_of
from cases.tiers import Tiers
from evidence.api.serializers import LARGEST, TextField


class PlaceSerializer(serializers.Serializer):
    """Where something is mended."""

    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField(help_text=_("The page, as a path of this site."))


class RequirementSerializer(serializers.Serializer):
    """One thing that must be so before the step."""

    id = serializers.CharField()
    met = serializers.BooleanField()
    sentence = serializers.CharField()
    why = serializers.CharField(help_text=_("Why it is asked."))
    source = serializers.CharField()  # type: ignore[assignment]
    rule = serializers.CharField(help_text=_("The rule of a well-formed case, WF-G02 to WF-G06, or empty."))
    places = PlaceSerializer(many=True)
    left_out = serializers.IntegerField()


class WeaknessSerializer(serializers.Serializer):
    """Something that keeps the case below Holds; an approval accepts it by its id."""

    id = serializers.CharField()
    key = serializers.CharField()
    standing = StandingField()
    reason = serializers.CharField()
    sentence = serializers.CharField()


class GateSerializer(serializers.Serializer):
    """What stands before a step; `to` is empty where no step waits for a gate."""

    status = serializers.ChoiceField(choices=AssuranceCase.Status.choices)
    in_force_as = serializers.CharField(help_text=_("Live or degraded, while a revision is worked on."))
    to = serializers.CharField()
    is_open = serializers.BooleanField()
    policy_version = serializers.IntegerField()
    baseline_sha256 = serializers.CharField(help_text=_("Of the baseline under review; a decision names it."))
    state_since = serializers.DateTimeField(allow_null=True)
    turn_due_on = serializers.DateField(allow_null=True)
    requirements = RequirementSerializer(many=True)
    weaknesses = WeaknessSerializer(many=True)


def gate_shape(found: Gate, sha256: str) -> dict[str, Any]:
    """The gate as GateSerializer shows it."""
    case = found.case
    return {
        "status": case.status,
        "in_force_as": case.in_force_as,
        "to": found.to,
        "is_open": found.is_open,
        "policy_version": found.tiers.number,
        "baseline_sha256": sha256,
        "state_since": case.state_since,
        "turn_due_on": case.turn_due_on,
        "requirements": [
            {
                "id": one.id,
                "met": one.met,
                "sentence": one.sentence,
                "why": one.why,
                "source": one.source,
                "rule": one.rule,
                "places": [dict(zip(("label", "url"), link_of(case, place), strict=True)) for place in one.places],
                "left_out": one.left_out,
            }
            for one in found.requirements
        ],
        "weaknesses": [
            {
                "id": cause_id(one),
                "key": one["key"],
                "standing": one["standing"],
                "reason": one["reason"],
                "sentence": sentence_of(one),
            }
            for one in found.causes
        ],
    }


class NoteSerializer(serializers.Serializer):
    note = TextField(required=False, allow_blank=True, max_length=2000)


class NewDecisionSerializer(serializers.Serializer):
    """A decision; `accepted` holds the ids of the weaknesses that an approval accepts."""

    outcome = serializers.ChoiceField(choices=CaseDecision.Outcome.choices)
    reason = TextField(max_length=5000)
    conditions = TextField(required=False, allow_blank=True, max_length=5000)
    accepted = serializers.ListField(child=serializers.CharField(max_length=2000), required=False, max_length=1000)
    baseline_sha256 = TextField(max_length=64, help_text=_("What you read, as the gate names it."))


class DecisionSerializer(serializers.ModelSerializer):
    """A decision as it was taken."""

    decider = serializers.UUIDField(source="decider_id", read_only=True)
    decider_name = serializers.CharField(source="decider.display_name", read_only=True)
    baseline = serializers.IntegerField(source="baseline.ordinal", read_only=True)
    policy_version = serializers.IntegerField(source="policy.number", read_only=True)
    root_standing = StandingField(read_only=True)
    accepted = serializers.SerializerMethodField()

    class Meta:
        model = CaseDecision
        fields = [
            "decided_at",
            "outcome",
            "reason",
            "conditions",
            "decider",
            "decider_name",
            "baseline",
            "baseline_sha256",
            "tier",
            "policy_version",
            "root_standing",
            "accepted",
        ]
        read_only_fields = fields

    def get_accepted(self, row: CaseDecision) -> list[str]:
        return [f"{one['key']}: {sentence_of(one)}" for one in row.causes]


# --- What tiers ask


def field_of(name: str, kind: type, **fields: Any) -> serializers.Field:
    if name in CHOICES:
        return serializers.ChoiceField(choices=CHOICES[name], **fields)
    if kind is bool:
        return serializers.BooleanField(**fields)
    least = 1 if name in LESS_IS_MORE or name == "conditions_per_case" else 0
    most = LONGEST_DAYS if name.endswith("_days") else MOST_PEOPLE
    return serializers.IntegerField(min_value=least, max_value=most, **fields)


class PolicySerializer(serializers.Serializer):
    """What one tier asks; days and numbers are whole, 0 is nothing of the kind."""

    def get_fields(self) -> dict[str, Any]:
        return {name: field_of(name, kind, help_text=ASKED[name].label) for name, kind in KINDS.items()}


class ChangeTierSerializer(serializers.Serializer):
    """What changes for one tier; requirements that are left out stay."""

    reason = TextField(max_length=1000)
    in_force_from = serializers.DateField(required=False, allow_null=True)
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=LARGEST, help_text=_("The version that you read.")
    )

    def get_fields(self) -> dict[str, Any]:
        asked = {
            name: field_of(name, kind, required=False, help_text=ASKED[name].label) for name, kind in KINDS.items()
        }
        return {**super().get_fields(), **asked}


class AskedSerializer(serializers.Serializer):
    """A requirement with why it is asked."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.CharField()
    why = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class TiersSerializer(serializers.Serializer):
    """The requirements of all tiers in one version."""

    version = serializers.IntegerField()
    in_force_from = serializers.DateField(allow_null=True)
    reason = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    tiers = serializers.DictField(child=PolicySerializer())


class TiersInForceSerializer(TiersSerializer):
    """The version that counts today, with why each requirement is asked."""

    requirements = AskedSerializer(many=True)


def tiers_shape(tiers: Tiers) -> dict[str, Any]:
    row: TierPolicyVersion | None = tiers.row
    return {
        "version": tiers.number,
        "in_force_from": row.in_force_from if row else None,
        "reason": row.reason if row else "",
        "author": row.author.display_name if row and row.author else None,
        "tiers": {tier: values_of(policy) for tier, policy in tiers.policies.items()},
    }
