"""The API of clauses, requirements and positions: the same action as the page."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.standards import catalogue
from aims.standards.actions import set_position
from aims.standards.api.serializers import ClauseSerializer, PositionSerializer, RequirementSerializer
from aims.standards.filters import Rows
from aims.standards.listing import RequirementListing
from aims.standards.models import RequirementPosition
from aims.standards.selectors import readiness_by_clause, requirement_row, requirement_rows
from aims.standards.views import found
from aims.tenancy.api import OrganisationViewSet

REQUIREMENT = OpenApiParameter("requirement", OpenApiTypes.STR, OpenApiParameter.PATH)


class ClauseViewSet(OrganisationViewSet):
    """Clauses 4 to 10 with readiness."""

    permissions = {"list": "standards.view"}
    serializer_class = ClauseSerializer
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(responses=ClauseSerializer(many=True))
    def list(self, request: Request) -> Response:
        return Response(ClauseSerializer(readiness_by_clause(), many=True).data)


class RequirementViewSet(OrganisationViewSet):
    """The requirements of clauses 4 to 10, and the organisation's position on each."""

    permissions = {"list": "standards.view", "retrieve": "standards.view", "update": "standards.edit"}
    listing_class = RequirementListing
    filter_backends = LIST_BACKENDS
    serializer_class = RequirementSerializer
    queryset = RequirementPosition.objects.none()

    @extend_schema(responses=RequirementSerializer(many=True))
    def list(self, request: Request) -> Response:
        rows: Any = Rows(requirement_rows())
        return self.listed(RequirementSerializer, self.filter_queryset(rows))

    @extend_schema(responses=RequirementSerializer, parameters=[REQUIREMENT])
    def retrieve(self, request: Request, requirement: str) -> Response:
        return Response(RequirementSerializer(requirement_row(found(catalogue.requirement, requirement))).data)

    @extend_schema(request=PositionSerializer, responses=RequirementSerializer, parameters=[REQUIREMENT])
    def update(self, request: Request, requirement: str) -> Response:
        chosen = found(catalogue.requirement, requirement)
        given = PositionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        set_position(chosen, actor=self.member, **given.validated_data)
        return Response(RequirementSerializer(requirement_row(chosen)).data)
