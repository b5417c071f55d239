"""The API of degradation conditions: the same actions, register and words as the pages."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.rules import RuleBroken
from cases import actions
from cases.api import condition_serializers as shapes
from cases.api.serializers import ReasonSerializer
from cases.api.views import RoomViewSet
from cases.condition_listing import ConditionEventListing, ConditionListing, events_of
from cases.condition_querysets import ConditionEventQuerySet, ConditionQuerySet
from cases.models import AssuranceCase, ConditionEvent, DegradationCondition, Element
from cases.selectors import find_case
from evidence.api.serializers import LARGEST

RULE_FIELDS = (
    "type", "statement", "detector", "config", "threshold", "every_hours", "max_silence_hours", "effect", "clear_after",
    "actions", "responder", "respond_within_hours",
)  # fmt: skip


def condition_or_404(number: int) -> DegradationCondition:
    condition = DegradationCondition.objects.with_case().filter(number=min(number, LARGEST)).first()
    if condition is None:
        raise Http404
    return condition


def case_or_404(number: int) -> AssuranceCase:
    try:
        return find_case(min(number, LARGEST))
    except AssuranceCase.DoesNotExist:
        raise Http404 from None


def answered(condition: DegradationCondition, code: int = status.HTTP_200_OK) -> Response:
    """The condition afresh, as it stands now."""
    return Response(shapes.ConditionSerializer(condition_or_404(condition.number)).data, status=code)


class ConditionViewSet(RoomViewSet):
    """When claims stop holding, and who or what watches for it."""

    permissions = {
        "list": "conditions.view",
        "retrieve": "conditions.view",
        "create": "cases.edit",
        "rule_out": "cases.edit",
        "partial_update": "cases.edit",
        "retire": "cases.edit",
        "report": "conditions.report",
        "trip": "conditions.report",
        "attest": "conditions.report",
        "acknowledge": "conditions.respond",
        "clear": "conditions.respond",
    }
    listing_class = ConditionListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.ConditionSerializer
    queryset = DegradationCondition.objects.none()

    def get_queryset(self) -> ConditionQuerySet:
        return DegradationCondition.objects.with_case()

    def act(self, number: int, action: Callable[..., DegradationCondition], shape: Any) -> Response:
        return answered(action(condition_or_404(number), **self.read(shape), actor=self.member))

    @extend_schema(responses=shapes.ConditionSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(shapes.ConditionSerializer)

    @extend_schema(responses=shapes.ConditionSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return answered(condition_or_404(number))

    @extend_schema(request=shapes.NewConditionSerializer, responses={201: shapes.ConditionSerializer})
    def create(self, request: Request, number: int) -> Response:
        case = case_or_404(number)
        said = self.read(shapes.NewConditionSerializer)
        key = said.pop("element", None)
        element = Element.objects.in_use().filter(case=case).addressed(key).first() if key else None
        if key and element is None:
            raise RuleBroken(_("The case has no element %s.") % key, field="element")
        condition = actions.add_condition(case, **said, element=element, actor=self.member)
        return answered(condition, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.RuleOutSerializer, responses={201: shapes.ConditionSerializer})
    def rule_out(self, request: Request, number: int) -> Response:
        condition = actions.rule_out(case_or_404(number), **self.read(shapes.RuleOutSerializer), actor=self.member)
        return answered(condition, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditConditionSerializer, responses=shapes.ConditionSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        condition = condition_or_404(number)
        kept = {name: getattr(condition, name) for name in RULE_FIELDS}
        edited = {**kept, **self.read(shapes.EditConditionSerializer)}
        return answered(actions.edit_condition(condition, **edited, actor=self.member))

    @extend_schema(request=ReasonSerializer, responses=shapes.ConditionSerializer)
    def retire(self, request: Request, number: int) -> Response:
        return self.act(number, actions.retire_condition, ReasonSerializer)

    @extend_schema(request=shapes.AcknowledgeSerializer, responses=shapes.ConditionSerializer)
    def acknowledge(self, request: Request, number: int) -> Response:
        return self.act(number, actions.acknowledge_condition, shapes.AcknowledgeSerializer)

    @extend_schema(request=shapes.ClearSerializer, responses=shapes.ConditionSerializer)
    def clear(self, request: Request, number: int) -> Response:
        return self.act(number, actions.clear_condition, shapes.ClearSerializer)

    @extend_schema(request=shapes.TripSerializer, responses=shapes.ConditionSerializer)
    def trip(self, request: Request, number: int) -> Response:
        return self.act(number, actions.trip_condition, shapes.TripSerializer)

    @extend_schema(request=shapes.AttestSerializer, responses=shapes.ConditionSerializer)
    def attest(self, request: Request, number: int) -> Response:
        return self.act(number, actions.attest_condition, shapes.AttestSerializer)

    @extend_schema(request=shapes.ReportSerializer, responses={code: shapes.ReportedSerializer for code in (200, 201)})
    def report(self, request: Request, number: int) -> Response:
        """What another system saw; a token needs the scope `conditions.report` only."""
        reported = actions.report_condition(
            condition_or_404(number), **self.read(shapes.ReportSerializer), actor=self.member
        )
        answer = {
            "seen": reported.event.seen,
            "is_new": reported.is_new,
            "at": reported.event.at,
            "condition": condition_or_404(number),
        }
        code = status.HTTP_201_CREATED if reported.is_new else status.HTTP_200_OK
        return Response(shapes.ReportedSerializer(answer).data, status=code)


class ConditionEventViewSet(RoomViewSet):
    """All that was ever seen of a condition."""

    permissions = {"list": "conditions.view"}
    listing_class = ConditionEventListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.ConditionEventSerializer
    queryset = ConditionEvent.objects.none()

    def get_queryset(self) -> ConditionEventQuerySet:
        if "number" not in self.kwargs:  # the description of the API asks without one
            return ConditionEvent.objects.none()
        return events_of(condition_or_404(self.kwargs["number"]))

    @extend_schema(responses=shapes.ConditionEventSerializer(many=True))
    def list(self, request: Request, number: int) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ConditionEventSerializer(page, many=True).data)
