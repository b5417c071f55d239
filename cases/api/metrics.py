"""The API of metrics, readings and indicators."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.rules import RuleBroken
from cases import actions
from cases.api import metric_serializers as shapes
from cases.api.serializers import ReasonSerializer
from cases.api.views import KEY, RoomViewSet
from cases.incoming import MOST_ITEMS, read_items
from cases.measuring import judge
from cases.metric_charts import chart_of
from cases.metric_listing import IndicatorListing, MetricListing, ReadingListing, readings_of
from cases.models import ClaimMetric, Element, Indicator, MetricReading
from cases.palette import Theme
from cases.pictures import drawn
from cases.querysets import MetricQuerySet, ReadingQuerySet
from cases.selectors import find_case
from evidence.api.serializers import LARGEST

RULE_FIELDS = (
    "comparator", "threshold", "threshold_high", "unit", "guard_band", "is_crossed", "dimension_rule",
    "dimension_reason", "window_days", "min_n", "confidence_level", "decision_rule", "environment_required",
    "max_age_days", "grace_days", "is_leading",
)  # fmt: skip


def metric_or_404(number: int) -> ClaimMetric:
    metric = ClaimMetric.objects.with_case().filter(number=min(number, LARGEST)).first()
    if metric is None:
        raise Http404
    return metric


class MetricViewSet(RoomViewSet):
    """What claims must measure up to."""

    permissions = {
        "list": "metrics.view",
        "retrieve": "metrics.view",
        "chart": "metrics.view",
        "create": "cases.edit",
        "partial_update": "cases.edit",
        "withdraw": "cases.edit",
        "connect": "metrics.connect",
        "disconnect": "metrics.connect",
    }
    listing_class = MetricListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.MetricSerializer
    queryset = ClaimMetric.objects.none()

    def get_queryset(self) -> MetricQuerySet:
        return ClaimMetric.objects.with_case().judged(timezone.now())

    def shown(self, number: int, code: int = status.HTTP_200_OK) -> Response:
        metric: Any = metric_or_404(number)
        metric.judged = judge([metric], timezone.now())[0]
        return Response(shapes.MetricDetailSerializer(metric).data, status=code)

    @extend_schema(responses=shapes.MetricSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.MetricSerializer(page, many=True).data)

    @extend_schema(responses=shapes.MetricDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return self.shown(number)

    @extend_schema(
        parameters=[OpenApiParameter("theme", str, enum=[theme.value for theme in Theme])],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
    )
    def chart(self, request: Request, number: int) -> HttpResponse:
        asked = request.query_params.get("theme", Theme.LIGHT)
        theme = Theme(asked) if asked in set(Theme) else Theme.LIGHT
        chart = chart_of(judge([metric_or_404(number)], timezone.now())[0], theme)
        if chart is None:
            raise Http404
        return drawn(chart.svg)

    @extend_schema(parameters=[KEY], request=shapes.NewMetricSerializer, responses={201: shapes.MetricDetailSerializer})
    def create(self, request: Request, number: int, key: str) -> Response:
        try:
            case = find_case(min(number, LARGEST))
            element = Element.objects.in_use().get(case=case, key=key[:30])
        except (Element.DoesNotExist, Element.case.field.related_model.DoesNotExist):
            raise Http404 from None
        element.case = case
        metric = actions.define_metric(element, **self.read(shapes.NewMetricSerializer), actor=self.member)
        return self.shown(metric.number, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditMetricSerializer, responses=shapes.MetricDetailSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        metric = metric_or_404(number)
        kept = {**{name: getattr(metric, name) for name in RULE_FIELDS}, "dimensions": metric.declared}
        actions.edit_metric(metric, **{**kept, **self.read(shapes.EditMetricSerializer)}, actor=self.member)
        return self.shown(number)

    @extend_schema(request=ReasonSerializer, responses=shapes.MetricDetailSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        actions.withdraw_metric(metric_or_404(number), **self.read(ReasonSerializer), actor=self.member)
        return self.shown(number)

    @extend_schema(request=shapes.PullSerializer, responses=shapes.MetricDetailSerializer)
    def connect(self, request: Request, number: int) -> Response:
        actions.connect_metric(metric_or_404(number), **self.read(shapes.PullSerializer), actor=self.member)
        return self.shown(number)

    @extend_schema(request=ReasonSerializer, responses=shapes.MetricDetailSerializer)
    def disconnect(self, request: Request, number: int) -> Response:
        actions.disconnect_metric(metric_or_404(number), **self.read(ReasonSerializer), actor=self.member)
        return self.shown(number)


class LenientParser(JSONParser):
    """Takes the NaN and Infinity that many writers of JSON produce: such an item is refused by itself, and not the call."""

    strict = False


class ReadingViewSet(RoomViewSet):
    """What was measured: listed by metric, sent for any metrics at once."""

    permissions = {"list": "metrics.view", "create": "readings.add"}
    parser_classes = [LenientParser]
    listing_class = ReadingListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.ReadingSerializer
    queryset = MetricReading.objects.none()

    def get_queryset(self) -> ReadingQuerySet:
        if "number" not in self.kwargs:  # the description of the API asks without one
            return MetricReading.objects.none()
        return readings_of(metric_or_404(self.kwargs["number"]))

    @extend_schema(responses=shapes.ReadingSerializer(many=True))
    def list(self, request: Request, number: int) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ReadingSerializer(page, many=True).data)

    @extend_schema(
        request=shapes.NewReadingsSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="A call that is sent again with the same key is answered as it was the first time.",
            )
        ],
        responses={code: shapes.RecordedSerializer for code in (200, 201, 207, 400)},
        filters=False,
    )
    def create(self, request: Request) -> Response:
        raw = items_of(request.data)
        if len(raw) > MOST_ITEMS:
            raise RuleBroken(_("One call takes 10,000 readings at most. Send the rest in another one."))
        incoming, refused = read_items(raw)
        recorded = actions.record_readings(incoming, actor=self.member)
        recorded.outcomes = sorted([*recorded.outcomes, *refused], key=lambda outcome: outcome.index)
        counts = {name: recorded.count(name) for name in ("recorded", "duplicate", "refused")}
        answer = {
            "received": len(raw),
            "recorded": counts["recorded"],
            "duplicates": counts["duplicate"],
            "refused": counts["refused"],
            "items": [asdict(outcome) for outcome in recorded.outcomes if outcome.status != "recorded"],
        }
        return Response(answer, status=code_of(counts))


def items_of(data: Any) -> list[Any]:
    """The items of a call: a list, an object with `readings`, or one reading by itself."""
    if isinstance(data, dict):
        data = data["readings"] if "readings" in data and len(data) == 1 else [data]
    if not isinstance(data, list) or not data:
        raise RuleBroken(_("Send a list of readings, or an object with the list as “readings”."))
    return data


def code_of(counts: dict[str, int]) -> int:
    if counts["refused"]:
        is_all = not counts["recorded"] and not counts["duplicate"]
        return status.HTTP_400_BAD_REQUEST if is_all else status.HTTP_207_MULTI_STATUS
    return status.HTTP_201_CREATED if counts["recorded"] else status.HTTP_200_OK


class IndicatorViewSet(RoomViewSet):
    """The catalogue of what can be measured."""

    permissions = {
        "list": "metrics.view",
        "retrieve": "metrics.view",
        "create": "cases.edit",
        "partial_update": "cases.edit",
    }
    listing_class = IndicatorListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.IndicatorSerializer
    queryset = Indicator.objects.none()

    def get_queryset(self) -> Any:
        return IndicatorListing().get_queryset()

    def indicator(self, number: int) -> Indicator:
        indicator = Indicator.objects.filter(number=min(number, LARGEST)).first()
        if indicator is None:
            raise Http404
        return indicator

    @extend_schema(responses=shapes.IndicatorSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.IndicatorSerializer(page, many=True).data)

    @extend_schema(responses=shapes.IndicatorSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return Response(shapes.IndicatorSerializer(self.indicator(number)).data)

    @extend_schema(request=shapes.NewIndicatorSerializer, responses={201: shapes.IndicatorSerializer})
    def create(self, request: Request) -> Response:
        indicator = actions.add_indicator(**self.read(shapes.NewIndicatorSerializer), actor=self.member)
        return Response(shapes.IndicatorSerializer(indicator).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditIndicatorSerializer, responses=shapes.IndicatorSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        indicator = self.indicator(number)
        names = ("name", "unit", "direction", "definition", "formula")
        kept = {name: getattr(indicator, name) for name in names}
        edited = actions.edit_indicator(
            indicator, **{**kept, **self.read(shapes.EditIndicatorSerializer)}, actor=self.member
        )
        return Response(shapes.IndicatorSerializer(edited).data)
