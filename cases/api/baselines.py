"""The API of baselines and sign-offs: reading only. A person freezes on a page or by submitting, and signs in a session."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from cases import actions
from cases.api.conditions import case_or_404
from cases.api.drawings import KEY, THEME, FigureSerializer, theme_of
from cases.api.serializers import ReasonSerializer
from cases.api.views import RoomViewSet
from cases.baseline_listing import baselines_of
from cases.comparing import Comparison, MarkedFigure
from cases.documents import sha256_of
from cases.drawing import Figure
from cases.models import Baseline, SignOff
from cases.models.baselines import BaselineQuerySet
from cases.models.signoff import SignOffQuerySet
from cases.pictures import drawn
from cases.png import png_of
from cases.signing_listing import SignOffListing
from cases.views.baselines import baseline_or_404
from cases.views.comparing import comparison_or_404

WITH: Final = OpenApiParameter("with", OpenApiTypes.STR, description="Another number, or “working”.")


class BaselineSerializer(serializers.ModelSerializer):
    """A baseline without its document."""

    number = serializers.IntegerField(source="ordinal")
    parent = serializers.IntegerField(source="parent.ordinal", default=None, allow_null=True)  # type: ignore[assignment]
    author = serializers.CharField(source="author.display_name", default=None, allow_null=True)
    is_in_force = serializers.SerializerMethodField()

    class Meta:
        model = Baseline
        fields = ["number", "parent", "reason", "author", "frozen_at", "element_count", "sha256", "is_in_force"]

    def get_is_in_force(self, row: Baseline) -> bool:
        return row.pk == row.case.live_baseline_id


class BaselineDetailSerializer(BaselineSerializer):
    """With the document, and whether it still matches its hash."""

    document = serializers.JSONField()
    is_whole = serializers.SerializerMethodField(
        help_text=_("Whether the document matches its hash, checked just now.")
    )

    class Meta(BaselineSerializer.Meta):
        fields = [*BaselineSerializer.Meta.fields, "is_whole", "document"]

    def get_is_whole(self, row: Baseline) -> bool:
        return sha256_of(row.document) == row.sha256


class FieldDifferenceSerializer(serializers.Serializer):
    """One field before and after, in words."""

    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class DifferenceSerializer(serializers.Serializer):
    """One record that differs."""

    kind = serializers.CharField()
    part = serializers.CharField()
    title = serializers.CharField()
    lines = FieldDifferenceSerializer(many=True)


class DifferencesOfElementSerializer(serializers.Serializer):
    """All that differs about one element; without a key, about the case as a whole."""

    key = serializers.CharField()
    statement = serializers.CharField()
    differences = DifferenceSerializer(many=True)


class MarkedFigureSerializer(FigureSerializer):
    """A figure of what differs. What happened to each element that is marked in it, by its key."""

    marked = serializers.IntegerField(help_text="How many elements and links differ in it.")
    changes = serializers.DictField(child=serializers.CharField())


def shape_of(compared: Comparison, one: MarkedFigure) -> dict[str, Any]:
    argument, changes = compared.drawn
    keys = {element: argument.elements[argument.node(element)].key for element in one.figure.elements}
    names = ("key", "number", "title", "width", "height", "continued_from", "continues")
    return {
        **{name: getattr(one.figure, name) for name in names},
        "elements": list(keys.values()),
        "marked": one.marked,
        "changes": {
            key: changes.elements[element].value for element, key in keys.items() if element in changes.elements
        },
    }


class SignOffSerializer(serializers.ModelSerializer):
    """A signature under a baseline of a case."""

    case = serializers.IntegerField(source="case.number")
    baseline = serializers.IntegerField(source="baseline.ordinal")
    member_name = serializers.CharField(source="member.display_name")

    class Meta:
        model = SignOff
        fields = [
            "number", "case", "baseline", "member", "member_name", "role", "statement", "baseline_sha256", "sha256",
            "standings", "proof", "signed_at", "expires_at", "lapsed_at", "lapsed_reason",
        ]  # fmt: skip


class BaselineViewSet(RoomViewSet):
    """What was frozen of a case."""

    permissions = {
        "list": "cases.view",
        "retrieve": "cases.view",
        "compare": "cases.view",
        "figures": "cases.view",
        "figure_svg": "cases.view",
        "figure_png": "cases.view",
        "create": "cases.edit",
    }
    filter_backends = []
    serializer_class = BaselineSerializer
    queryset = Baseline.objects.none()

    def get_queryset(self) -> BaselineQuerySet:
        if "number" not in self.kwargs:  # the description of the API asks without one
            return Baseline.objects.none()
        return baselines_of(case_or_404(self.kwargs["number"]))

    def baseline(self) -> Baseline:
        return baseline_or_404(case_or_404(self.kwargs["number"]), self.kwargs["ordinal"])

    @extend_schema(responses=BaselineSerializer(many=True), filters=False)
    def list(self, request: Request, number: int) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(BaselineSerializer(page, many=True).data)

    @extend_schema(responses=BaselineDetailSerializer)
    def retrieve(self, request: Request, number: int, ordinal: int) -> Response:
        return Response(BaselineDetailSerializer(self.baseline()).data)

    @extend_schema(request=ReasonSerializer, responses={201: BaselineSerializer})
    def create(self, request: Request, number: int) -> Response:
        """Freeze the argument as it says now; what says nothing new keeps the baseline that it has."""
        frozen = actions.freeze_baseline(case_or_404(number), **self.read(ReasonSerializer), actor=self.member)
        self.kwargs["ordinal"] = frozen.ordinal
        return Response(BaselineSerializer(self.baseline()).data, status=status.HTTP_201_CREATED)

    def compared(self) -> Comparison:
        asked = self.request.query_params.get("with", "")
        return comparison_or_404(case_or_404(self.kwargs["number"]), self.kwargs["ordinal"], asked)

    @extend_schema(parameters=[WITH], responses=DifferencesOfElementSerializer(many=True), filters=False)
    def compare(self, request: Request, number: int, ordinal: int) -> Response:
        """What differs, in words, from the earlier text to the later one."""
        return Response(DifferencesOfElementSerializer(self.compared().groups, many=True).data)

    @extend_schema(parameters=[WITH], responses=MarkedFigureSerializer(many=True), filters=False)
    def figures(self, request: Request, number: int, ordinal: int) -> Response:
        """The figures of what differs; none where nothing does."""
        compared = self.compared()
        found = compared.figures()
        return Response([shape_of(compared, one) for one in found])

    def figure(self) -> Figure:
        found = self.compared().figure(self.kwargs["key"], theme_of(self.request))
        if found is None:
            raise Http404
        return found

    @extend_schema(parameters=[KEY, WITH, THEME], responses={(200, "image/svg+xml"): OpenApiTypes.STR}, filters=False)
    def figure_svg(self, request: Request, number: int, ordinal: int, key: str) -> HttpResponse:
        return drawn(self.figure().svg)

    @extend_schema(parameters=[KEY, WITH, THEME], responses={(200, "image/png"): OpenApiTypes.BINARY}, filters=False)
    def figure_png(self, request: Request, number: int, ordinal: int, key: str) -> HttpResponse:
        return HttpResponse(png_of(self.figure(), theme_of(request)), content_type="image/png")


class SignOffViewSet(RoomViewSet):
    """Who stands behind which baseline, and until when. Signing needs a person in a session: there is no route for it."""

    permissions = {"list": "cases.view", "retrieve": "cases.view"}
    listing_class = SignOffListing
    filter_backends = LIST_BACKENDS
    serializer_class = SignOffSerializer
    queryset = SignOff.objects.none()

    def get_queryset(self) -> SignOffQuerySet:
        return SignOff.objects.for_list()

    @extend_schema(responses=SignOffSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(SignOffSerializer)

    @extend_schema(responses=SignOffSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        row = self.get_queryset().filter(number=min(number, 2_147_483_647)).first()
        if row is None:
            raise Http404
        return Response(SignOffSerializer(row).data)
