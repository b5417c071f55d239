"""The API of what lies ahead of all cases."""

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aims.tenancy.api import OrganisationViewSet
from cases.api.serializers import CauseSerializer, StandingField
from cases.forecasting import HORIZONS, outlook


class CaseFallSerializer(serializers.Serializer):
    """A case that goes down at a time if nobody acts."""

    at = serializers.DateTimeField()
    case = serializers.IntegerField(source="case.number")
    title = serializers.CharField(source="case.title")
    before = StandingField()
    after = StandingField()
    causes = CauseSerializer(many=True)


class OutlookSerializer(serializers.Serializer):
    """What falls within so many days; `left_out` cases were too many to look at, those that change soonest were."""

    days = serializers.IntegerField()
    left_out = serializers.IntegerField()
    falls = CaseFallSerializer(many=True)


class ForecastViewSet(OrganisationViewSet):
    """Which cases fall in the coming days if nobody acts."""

    permissions = {"list": "cases.view"}
    serializer_class = OutlookSerializer
    pagination_class = None
    filter_backends: list[type] = []

    @extend_schema(
        operation_id="forecast_retrieve",
        parameters=[OpenApiParameter("days", OpenApiTypes.INT, enum=HORIZONS, description="How far ahead; 30.")],
        responses=OutlookSerializer,
    )
    def list(self, request: Request) -> Response:
        asked = request.query_params.get("days", str(HORIZONS[0]))
        if asked not in {str(days) for days in HORIZONS}:
            raise serializers.ValidationError({"days": [_("Give one of: %s.") % ", ".join(map(str, HORIZONS))]})
        return Response(OutlookSerializer(outlook(timezone.now(), int(asked))).data)
