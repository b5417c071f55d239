"""The API of search: the same matches as the page."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.finding import SEARCH_LENGTH
from aims.site.search import SearchForm, search_everything
from aims.tenancy.api import OrganisationViewSet


class FoundSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    title = serializers.CharField()
    url = serializers.CharField(help_text="The page of the record.")
    snippet = serializers.CharField(
        source="snippet.plain", default=None, help_text="Where the words stand in a file of the evidence; or null."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Matches",
            value={
                "key": "systems",
                "label": "AI systems",
                "has_more": False,
                "found": [{"number": 12, "title": "Credit decision", "url": "/o/acme/systems/12/", "snippet": None}],
            },
        )
    ]
)
class GroupSerializer(serializers.Serializer):
    """The first matches of one kind of record."""

    key = serializers.CharField()
    label = serializers.CharField()
    has_more = serializers.BooleanField()
    found = FoundSerializer(many=True)


class SearchViewSet(OrganisationViewSet):
    """Search over the registers that the member may see."""

    permissions = {"list": "search.view"}
    serializer_class = GroupSerializer
    pagination_class = None
    filter_backends: list[type] = []

    @extend_schema(
        responses=GroupSerializer(many=True),
        parameters=[
            OpenApiParameter(
                "q",
                OpenApiTypes.STR,
                required=True,
                description=f"Words, a number or a reference; up to {SEARCH_LENGTH} characters.",
            )
        ],
    )
    def list(self, request: Request) -> Response:
        form = SearchForm(request.query_params)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(error) for error in errors] for name, errors in form.errors.items()}
            )
        groups = search_everything(form.cleaned_data["q"], member=self.member, slug=self.organisation.slug)
        return Response(GroupSerializer(groups, many=True).data)
