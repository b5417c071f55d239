"""Challenges as the API gives and takes them. Elements are named by their keys."""

from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from cases.api.condition_serializers import EvidenceNumberField
from cases.api.serializers import REVISION
from cases.challenge_listing import STATE_CHOICES, because_of
from cases.challenges import state_key
from cases.models import Challenge, ChallengeEvent
from evidence.api.serializers import LARGEST, TextField

STATES = [(key, key) for key, _label in STATE_CHOICES]
KEY = gettext_lazy("A key, such as G2.")


class ChallengeSerializer(serializers.ModelSerializer):
    """A doubt, and where it stands at the time of asking."""

    case = serializers.IntegerField(source="case.number", read_only=True)
    element = serializers.CharField(source="target.address", read_only=True)
    step_to = serializers.CharField(
        source="step_to.address",
        default=None,
        allow_null=True,
        read_only=True,
        help_text=gettext_lazy("The lower end, where the doubt is about the step from `element`."),
    )
    state = serializers.SerializerMethodField(
        help_text=gettext_lazy("`lapsed` and `expired` count as open: the answer or the acceptance no longer holds.")
    )
    response_element = serializers.CharField(
        source="response_element.address", default=None, allow_null=True, read_only=True
    )
    counter_element = serializers.CharField(
        source="counter_element.address", default=None, allow_null=True, read_only=True
    )
    raised_by = serializers.CharField(source="raised_by.display_name", default=None, read_only=True)
    answered_by = serializers.CharField(source="answered_by.display_name", default=None, read_only=True)
    decided_by = serializers.CharField(source="decided_by.display_name", default=None, read_only=True)

    class Meta:
        model = Challenge
        fields = [
            "number", "revision", "case", "element", "step_to", "attack", "severity", "statement", "state", "raised_by",
            "counter_element", "response", "response_element", "answered_by", "answered_at", "decided_by", "decided_at",
            "rationale", "significance", "accepted_until", "lapsed_at", "changed_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, challenge: Challenge) -> str:
        return state_key(challenge)


class ChallengeEventSerializer(serializers.ModelSerializer):
    """One thing that happened to a challenge; never changed."""

    response_element = serializers.CharField(
        source="response_element.address", default=None, allow_null=True, read_only=True
    )
    because_of = serializers.SerializerMethodField(help_text=gettext_lazy("What it rests on, in words."))
    actor = serializers.CharField(source="actor.display_name", default=None, read_only=True)

    class Meta:
        model = ChallengeEvent
        fields = [
            "id", "at", "kind", "before", "after", "severity", "response_element", "significance", "accepted_until",
            "because_of", "note", "actor",
        ]  # fmt: skip
        read_only_fields = fields

    def get_because_of(self, event: ChallengeEvent) -> str:
        return because_of(event)


class DoubtSerializer(serializers.Serializer):
    """What a doubt says."""

    statement = TextField(max_length=5000)
    attack = serializers.ChoiceField(choices=Challenge.Attack.choices)
    severity = serializers.ChoiceField(choices=Challenge.Severity.choices, required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Challenge",
            request_only=True,
            value={
                "element": "G2",
                "step_to": "Sn1",
                "attack": "undercut",
                "severity": "major",
                "statement": "The test was run on applicants of one country, and the claim speaks of three.",
            },
        )
    ]
)
class NewChallengeSerializer(DoubtSerializer):
    """A new doubt about an element, or about the step from it to another."""

    element = TextField(max_length=60, help_text=KEY)
    step_to = TextField(max_length=60, required=False, allow_null=True, help_text=KEY)


class EditChallengeSerializer(serializers.Serializer):
    """What is left out stays as it is."""

    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, help_text=REVISION)
    statement = TextField(max_length=5000, required=False)
    attack = serializers.ChoiceField(choices=Challenge.Attack.choices, required=False)
    severity = serializers.ChoiceField(choices=Challenge.Severity.choices, required=False)


class AnswerChallengeSerializer(serializers.Serializer):
    response = TextField(max_length=5000)
    response_element = TextField(max_length=60, required=False, allow_null=True, help_text=KEY)


class DecideChallengeSerializer(serializers.Serializer):
    """Sustain or refute; to refute, an element that answers and holds."""

    verdict: Any = serializers.ChoiceField(choices=["sustained", "refuted"])
    rationale = TextField(max_length=5000)
    response_element = TextField(max_length=60, required=False, allow_null=True, help_text=KEY)


class AcceptChallengeSerializer(serializers.Serializer):
    significance = serializers.ChoiceField(choices=Challenge.Significance.choices)
    until = serializers.DateField()
    rationale = TextField(max_length=5000)


class ArgueChallengeSerializer(serializers.Serializer):
    """A counter-element; the first is what the challenge argues with, the others stand below it."""

    kind = serializers.ChoiceField(choices=["goal", "solution"])
    statement = TextField(max_length=5000)
    evidence = EvidenceNumberField(required=False, allow_null=True)
    locator = TextField(max_length=300, required=False, allow_blank=True)
    relevance = TextField(max_length=1000, required=False, allow_blank=True)
