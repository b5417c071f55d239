"""The drawings of an argument by the API: which figures there are, and each as SVG and PNG."""

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from aims.rules import RuleBroken
from aims.tenancy.api import OrganisationViewSet
from cases.api.serializers import LARGEST
from cases.drawing import Figure
from cases.evaluation import Assessment
from cases.figures import Asked, assessment_asked, figure_asked, figures_asked, modules_figure
from cases.models import AssuranceCase
from cases.palette import Theme
from cases.pictures import drawn
from cases.png import png_of
from cases.selectors import find_case

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="Such as figure-1, or modules.")
THEME = OpenApiParameter("theme", str, enum=[theme.value for theme in Theme])
ASKED = [
    THEME,
    OpenApiParameter("collapsed", str, many=True, description="Keys of elements below which nothing is drawn."),
    OpenApiParameter("cause", int, description="Whose path is emphasised, the gravest being 1; 0 for none."),
    OpenApiParameter("on", str, description="A day or an instant: the argument and the standing of then, not of now."),
]


def theme_of(request: Request) -> Theme:
    asked = request.query_params.get("theme", Theme.LIGHT)
    return Theme(asked) if asked in set(Theme) else Theme.LIGHT


class FigureSerializer(serializers.Serializer):
    """One figure; `elements` are the keys of what is drawn in it."""

    key = serializers.CharField()
    number = serializers.IntegerField(help_text="0 for the drawing of the modules.")
    title = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    continued_from = serializers.IntegerField(help_text="The figure that this one continues; 0 for none.")
    continues = serializers.ListField(child=serializers.IntegerField(), help_text="The figures in which it goes on.")
    elements = serializers.ListField(child=serializers.CharField())


class FigureViewSet(OrganisationViewSet):
    """The figures of a case."""

    permissions = {"list": "cases.view", "svg": "cases.view", "png": "cases.view"}
    serializer_class = FigureSerializer
    queryset = AssuranceCase.objects.none()

    @property
    def asked(self) -> Asked:
        return Asked.of(self.request.query_params)

    def assessment(self) -> Assessment:
        try:
            return assessment_asked(find_case(min(self.kwargs["number"], LARGEST)), self.asked)
        except AssuranceCase.DoesNotExist:
            raise Http404 from None
        except RuleBroken as broken:
            raise ValidationError({"on": [str(broken)]}) from None

    def figure(self, key: str) -> Figure:
        found = figure_asked(self.assessment(), key, self.asked, theme_of(self.request))
        if found is None:
            raise Http404
        return found

    @extend_schema(parameters=ASKED[1:], responses=FigureSerializer(many=True), filters=False)
    def list(self, request: Request, number: int) -> Response:
        assessment = self.assessment()
        modules = modules_figure(assessment)
        figures = [*figures_asked(assessment, self.asked), *([modules] if modules else [])]
        return Response([self.shape(assessment, figure) for figure in figures])

    @staticmethod
    def shape(assessment: Assessment, figure: Figure) -> dict[str, Any]:
        rows = assessment.loaded.elements
        modules: dict[Any, str] = {row.module_id: row.module.key for row in rows.values()}
        names = ("key", "number", "title", "width", "height", "continued_from", "continues")
        drawn_in_it = [rows[pk].address if pk in rows else modules.get(pk, "") for pk in figure.elements]  # type: ignore[index]
        return {**{name: getattr(figure, name) for name in names}, "elements": [key for key in drawn_in_it if key]}

    @extend_schema(parameters=[KEY, *ASKED], responses={(200, "image/svg+xml"): OpenApiTypes.STR})
    def svg(self, request: Request, number: int, key: str) -> HttpResponse:
        return drawn(self.figure(key).svg)

    @extend_schema(parameters=[KEY, *ASKED], responses={(200, "image/png"): OpenApiTypes.BINARY})
    def png(self, request: Request, number: int, key: str) -> HttpResponse:
        return HttpResponse(png_of(self.figure(key), theme_of(self.request)), content_type="image/png")
