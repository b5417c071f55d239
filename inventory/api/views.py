"""The API of the inventory: the pages' actions under the pages' permissions."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers as fields
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import ListMixin, OrganisationViewSet
from inventory import actions, import_actions
from inventory.api import serializers
from inventory.import_views import ring
from inventory.listings import ImportListing, SupplierListing, SystemListing
from inventory.models import AISystem, Supplier, SystemImport, SystemVersion

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


class InventoryViewSet(ListMixin, OrganisationViewSet):
    """Finding a record by its number; input checked by `taken`, output by `said`."""

    filter_backends = LIST_BACKENDS
    detail_serializer_class: type[fields.BaseSerializer[Any]]

    def taken(self, serializer_class: type[fields.BaseSerializer[Any]], **kwargs: Any) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context(), **kwargs)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def said(self, record: Any, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=record.pk)
        serializer = self.detail_serializer_class(fresh, context=self.get_serializer_context())
        return Response(serializer.data, status=status)


@extend_schema_view(list=extend_schema(summary="List AI systems"))
@extend_schema(tags=["systems"], parameters=[])
class SystemViewSet(InventoryViewSet):
    queryset = AISystem.objects.all()
    serializer_class = serializers.SystemSerializer
    detail_serializer_class = serializers.SystemDetailSerializer
    listing_class = SystemListing
    permissions = {
        "list": "systems.view",
        "retrieve": "systems.view",
        "create": "systems.add",
        "partial_update": "systems.edit",
        "screen": "systems.edit",
        "retire": "systems.retire",
        "restore": "systems.retire",
        "versions": "systems.view",
        "add_version": "systems.edit",
        "deploy": "systems.edit",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return AISystem.objects.for_list() if self.action == "list" else AISystem.objects.for_page()

    @extend_schema(summary="Read an AI system", parameters=[NUMBER], responses=serializers.SystemDetailSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(
        summary="Register an AI system",
        request=serializers.SystemWriteSerializer,
        responses={201: serializers.SystemDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        values = self.taken(serializers.SystemWriteSerializer)
        return self.said(actions.register_system(**values, actor=self.member), 201)

    @extend_schema(
        summary="Change an AI system",
        parameters=[NUMBER],
        request=serializers.SystemChangeSerializer,
        responses=serializers.SystemDetailSerializer,
    )
    def partial_update(self, request: Request, number: str) -> Response:
        system = self.get_object()
        values: dict[str, Any] = {
            str(name): getattr(system, str(name)) for name in serializers.SystemWriteSerializer().fields
        }
        values |= self.taken(serializers.SystemChangeSerializer, partial=True)
        return self.said(actions.edit_system(system, **values, actor=self.member))

    @extend_schema(
        summary="Answer the screening",
        parameters=[NUMBER],
        request=serializers.ScreeningSerializer,
        responses=serializers.SystemDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def screen(self, request: Request, number: str) -> Response:
        values = self.taken(serializers.ScreeningSerializer)
        return self.said(actions.screen_system(self.get_object(), **values, actor=self.member))

    @extend_schema(
        summary="Retire an AI system",
        parameters=[NUMBER],
        request=serializers.SystemReasonSerializer,
        responses=serializers.SystemDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, number: str) -> Response:
        values = self.taken(serializers.SystemReasonSerializer)
        return self.said(actions.retire_system(self.get_object(), **values, actor=self.member))

    @extend_schema(
        summary="Bring an AI system back into use",
        parameters=[NUMBER],
        request=serializers.SystemReasonSerializer,
        responses=serializers.SystemDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, number: str) -> Response:
        values = self.taken(serializers.SystemReasonSerializer)
        return self.said(actions.restore_system(self.get_object(), **values, actor=self.member))

    @extend_schema(
        summary="List the versions of an AI system",
        parameters=[NUMBER],
        responses=serializers.SystemVersionSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def versions(self, request: Request, number: str) -> Response:
        versions = self.get_object().versions.select_related("system")
        return Response(serializers.SystemVersionSerializer(versions, many=True).data)

    @extend_schema(
        summary="Add a version",
        parameters=[NUMBER],
        request=serializers.SystemVersionWriteSerializer,
        responses={201: serializers.SystemVersionSerializer},
    )
    @versions.mapping.post
    def add_version(self, request: Request, number: str) -> Response:
        values = self.taken(serializers.SystemVersionWriteSerializer)
        version = actions.add_version(self.get_object(), **values, actor=self.member)
        return self.version_said(version, 201)

    @extend_schema(
        summary="Put a version into operation",
        parameters=[NUMBER, OpenApiParameter("version_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
        request=None,
        responses=serializers.SystemVersionSerializer,
    )
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<version_id>[0-9a-f-]{36})/deploy")
    def deploy(self, request: Request, number: str, version_id: str) -> Response:
        versions = SystemVersion.objects.select_related("system").filter(system=self.get_object())
        version = get_object_or_404(versions, pk=uuid_or_404(version_id))
        return self.version_said(actions.deploy_version(version, actor=self.member), 200)

    def version_said(self, version: SystemVersion, status: int) -> Response:
        fresh = SystemVersion.objects.select_related("system").get(pk=version.pk)
        return Response(serializers.SystemVersionSerializer(fresh).data, status=status)


def uuid_or_404(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


@extend_schema_view(list=extend_schema(summary="List suppliers"))
@extend_schema(tags=["suppliers"])
class SupplierViewSet(InventoryViewSet):
    queryset = Supplier.objects.all()
    serializer_class = serializers.SupplierSerializer
    detail_serializer_class = serializers.SupplierSerializer
    listing_class = SupplierListing
    permissions = {
        "list": "systems.view",
        "retrieve": "systems.view",
        "create": "systems.add",
        "partial_update": "systems.edit",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return SupplierListing().get_queryset()

    @extend_schema(summary="Read a supplier", parameters=[NUMBER])
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(
        summary="Add a supplier",
        request=serializers.SupplierWriteSerializer,
        responses={201: serializers.SupplierSerializer},
    )
    def create(self, request: Request) -> Response:
        return self.said(
            actions.add_supplier(**self.taken(serializers.SupplierWriteSerializer), actor=self.member), 201
        )

    @extend_schema(
        summary="Change a supplier",
        parameters=[NUMBER],
        request=serializers.SupplierChangeSerializer,
        responses=serializers.SupplierSerializer,
    )
    def partial_update(self, request: Request, number: str) -> Response:
        supplier = self.get_object()
        values = {name: getattr(supplier, name) for name in ("name", "website", "notes")}
        values |= self.taken(serializers.SupplierChangeSerializer, partial=True)
        return self.said(actions.edit_supplier(supplier, **values, actor=self.member))


@extend_schema_view(list=extend_schema(summary="List imports"))
@extend_schema(tags=["systems"])
class ImportViewSet(InventoryViewSet):
    queryset = SystemImport.objects.all()
    serializer_class = serializers.SystemImportSerializer
    detail_serializer_class = serializers.ImportDetailSerializer
    listing_class = ImportListing
    parser_classes = [MultiPartParser, JSONParser]
    permissions = {
        "list": "systems.import",
        "retrieve": "systems.import",
        "create": "systems.import",
        "confirm": "systems.import",
        "discard": "systems.import",
    }

    def get_queryset(self) -> QuerySet[Any]:
        if self.action == "list":
            return SystemImport.objects.for_list()
        return SystemImport.objects.select_related("requested_by")

    @extend_schema(
        summary="Read an import and how far it is", parameters=[NUMBER], responses=serializers.ImportDetailSerializer
    )
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(
        summary="Import AI systems from a file",
        request={"multipart/form-data": serializers.ImportUploadSerializer},
        responses={201: serializers.ImportDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        values = self.taken(serializers.ImportUploadSerializer)
        file = values["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            raise fields.ValidationError({"file": [_("The file is larger than %s. Split it into parts.") % limit]})
        draft = import_actions.upload_import(file_name=file.name, content=file.read(), actor=self.member)
        if "mapping" in values:
            draft = import_actions.set_mapping(draft, mapping=values["mapping"], actor=self.member)
        return self.started(draft) if values["start"] else self.said(draft, 201)

    def started(self, draft: SystemImport, status: int = 201) -> Response:
        confirmed = import_actions.confirm_import(draft, actor=self.member)
        ring(confirmed)
        return self.said(confirmed, status)

    @extend_schema(
        summary="Start an uploaded import",
        parameters=[NUMBER],
        request=None,
        responses=serializers.ImportDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, number: str) -> Response:
        return self.started(self.get_object(), 200)

    @extend_schema(
        summary="Discard an uploaded import",
        parameters=[NUMBER],
        request=None,
        responses=serializers.ImportDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def discard(self, request: Request, number: str) -> Response:
        return self.said(import_actions.discard_import(self.get_object(), actor=self.member))
