"""The API of the life of cases: the same gate, actions and words as the pages."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cases import actions
from cases.api import life_serializers as shapes
from cases.api.conditions import case_or_404
from cases.api.serializers import ReasonSerializer
from cases.api.views import RoomViewSet
from cases.gating import gate, sha256_of_baseline
from cases.models import AssuranceCase, CaseDecision, TierPolicyVersion
from cases.tier_rules import ASKED, KINDS, TIERS
from cases.tiers import tiers_in_force, tiers_of

TIER = OpenApiParameter("tier", str, OpenApiParameter.PATH, enum=TIERS)


class LifeViewSet(RoomViewSet):
    """Where a case is, what its next step needs, and taking it. Signing needs a person at the page."""

    permissions = {
        "gate": "cases.view",
        "decisions": "cases.view",
        "submit": "cases.edit",
        "start_challenge": "cases.review",
        "ask_decision": "cases.edit",
        "give_back": "cases.review",
        "decide": "cases.decide",
        "revise": "cases.edit",
        "step_down": "cases.edit",
    }
    serializer_class = shapes.GateSerializer
    queryset = CaseDecision.objects.none()
    filter_backends: list[type] = []

    def answered(self, number: int, to: str | None = None, code: int = status.HTTP_200_OK) -> Response:
        """The gate of the case as it is now."""
        case = case_or_404(number)
        found = gate(case, to)
        sha256 = sha256_of_baseline(case.draft_baseline_id or case.live_baseline_id)
        return Response(shapes.GateSerializer(shapes.gate_shape(found, sha256)).data, status=code)

    def act(self, number: int, action: Callable[..., Any], shape: Any) -> Response:
        action(case_or_404(number), **self.read(shape), actor=self.member)
        return self.answered(number)

    @extend_schema(
        parameters=[
            OpenApiParameter("to", OpenApiTypes.STR, enum=AssuranceCase.Status.values, description="Another step.")
        ],
        responses=shapes.GateSerializer,
        filters=False,
    )
    def gate(self, request: Request, number: int) -> Response:
        """What stands before the next step, or before the step to a given state."""
        to = request.query_params.get("to")
        if to is not None and to not in AssuranceCase.Status.values:
            raise serializers.ValidationError({"to": [_("Give one of: %s.") % ", ".join(AssuranceCase.Status.values)]})
        return self.answered(number, to)

    @extend_schema(responses=shapes.DecisionSerializer(many=True), filters=False)
    def decisions(self, request: Request, number: int) -> Response:
        """All decisions on a case, the newest first."""
        rows = CaseDecision.objects.filter(case=case_or_404(number)).select_related("decider", "policy", "baseline")
        rows = rows.defer("baseline__document", "baseline__reviews", "policy__tiers")
        return self.listed(shapes.DecisionSerializer, rows)

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.GateSerializer)
    def submit(self, request: Request, number: int) -> Response:
        return self.act(number, actions.submit_for_review, shapes.NoteSerializer)

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.GateSerializer)
    def start_challenge(self, request: Request, number: int) -> Response:
        return self.act(number, actions.start_challenge, shapes.NoteSerializer)

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.GateSerializer)
    def ask_decision(self, request: Request, number: int) -> Response:
        return self.act(number, actions.ask_for_decision, shapes.NoteSerializer)

    @extend_schema(request=ReasonSerializer, responses=shapes.GateSerializer)
    def give_back(self, request: Request, number: int) -> Response:
        return self.act(number, actions.return_to_draft, ReasonSerializer)

    @extend_schema(request=shapes.NewDecisionSerializer, responses={201: shapes.DecisionSerializer})
    def decide(self, request: Request, number: int) -> Response:
        row = actions.decide(case_or_404(number), **self.read(shapes.NewDecisionSerializer), actor=self.member)
        return Response(shapes.DecisionSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ReasonSerializer, responses=shapes.GateSerializer)
    def revise(self, request: Request, number: int) -> Response:
        return self.act(number, actions.open_revision, ReasonSerializer)

    @extend_schema(request=ReasonSerializer, responses=shapes.GateSerializer)
    def step_down(self, request: Request, number: int) -> Response:
        return self.act(number, actions.step_down, ReasonSerializer)


class TierViewSet(RoomViewSet):
    """What each tier asks of cases, in versions."""

    permissions = {"in_force": "cases.view", "versions": "cases.view", "change": "cases.tailor"}
    serializer_class = shapes.TiersSerializer
    queryset = TierPolicyVersion.objects.none()
    filter_backends: list[type] = []

    @extend_schema(responses=shapes.TiersInForceSerializer, filters=False)
    def in_force(self, request: Request) -> Response:
        """What counts today, and why each requirement is asked."""
        asked = [
            {
                "name": name,
                "label": gettext(one.label),
                "group": gettext(one.group),
                "why": gettext(one.why),
                "source": one.source,
            }
            for name, one in ASKED.items()
        ]
        shape = {**shapes.tiers_shape(tiers_in_force()), "requirements": asked}
        return Response(shapes.TiersInForceSerializer(shape).data)

    @extend_schema(responses=shapes.TiersSerializer(many=True), filters=False)
    def versions(self, request: Request) -> Response:
        """Every version, the newest first."""
        rows = TierPolicyVersion.objects.select_related("author").order_by("-number")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(
            [shapes.TiersSerializer(shapes.tiers_shape(tiers_of(row))).data for row in page]
        )

    @extend_schema(parameters=[TIER], request=shapes.ChangeTierSerializer, responses=shapes.TiersSerializer)
    def change(self, request: Request, tier: str) -> Response:
        """A new version in which one tier asks something else."""
        if tier not in TIERS:
            raise Http404
        said = self.read(shapes.ChangeTierSerializer)
        values = {name: said.pop(name) for name in KINDS if name in said}
        row = actions.change_tier(tier, values=values, **said, actor=self.member)
        return Response(shapes.TiersSerializer(shapes.tiers_shape(tiers_of(row))).data)
