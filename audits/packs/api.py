"""Packs in the API: the pages' actions under the pages' permissions."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import ListMixin, OrganisationViewSet
from audits.models import Pack
from audits.packs.actions import request_pack, retry_pack
from audits.packs.downloads import download
from audits.packs.listing import PackListing
from audits.packs.serializers import PackDetailSerializer, PackRequestSerializer, PackSerializer
from audits.packs.views import ring

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


class PdfRenderer(BaseRenderer):
    """Lets a client that asks for application/pdf have it; errors stay JSON."""

    media_type = "application/pdf"
    format = "pdf"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return JSONRenderer().render(data)


@extend_schema_view(list=extend_schema(summary="List audit packs"))
@extend_schema(tags=["packs"])
class PackViewSet(ListMixin, OrganisationViewSet):
    queryset = Pack.objects.all()
    serializer_class = PackSerializer
    listing_class = PackListing
    filter_backends = LIST_BACKENDS
    permissions = {
        "list": "packs.view",
        "retrieve": "packs.view",
        "create": "packs.build",
        "retry": "packs.build",
        "download": "packs.download",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Pack.objects.select_related("requested_by")

    def said(self, pack: Pack, status: int = 200) -> Response:
        return Response(PackDetailSerializer(self.get_queryset().get(pk=pack.pk)).data, status=status)

    @extend_schema(summary="Read a pack and how far it is", parameters=[NUMBER], responses=PackDetailSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(summary="Build an audit pack", request=PackRequestSerializer, responses={201: PackDetailSerializer})
    def create(self, request: Request) -> Response:
        serializer = PackRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        pack = request_pack(**serializer.validated_data, actor=self.member)
        ring()
        return self.said(pack, 201)

    @extend_schema(
        summary="Build a failed pack again", parameters=[NUMBER], request=None, responses=PackDetailSerializer
    )
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, number: str) -> Response:
        pack = retry_pack(self.get_object(), actor=self.member)
        ring()
        return self.said(pack)

    @extend_schema(
        summary="Download the PDF of a finished pack",
        parameters=[NUMBER],
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "The PDF")},
    )
    @action(detail=True, methods=["get"], renderer_classes=[JSONRenderer, PdfRenderer])
    def download(self, request: Request, number: str) -> FileResponse:
        return download(self.get_object(), actor=self.member)
