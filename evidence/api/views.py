"""The API of the evidence library: the same actions as the pages."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import OrganisationViewSet
from evidence.actions import (
    add_evidence,
    add_from_files,
    add_version,
    check_files,
    edit_item,
    read_again,
    review_version,
    supersede_item,
    withdraw_item,
)
from evidence.api.serializers import (
    EditEvidenceSerializer,
    EvidenceDetailSerializer,
    EvidenceSerializer,
    FileSerializer,
    NewEvidenceSerializer,
    NewVersionSerializer,
    RelianceSerializer,
    SuccessionSerializer,
    UploadedSerializer,
    UploadSerializer,
    VerdictSerializer,
    VersionSerializer,
    WithdrawalSerializer,
)
from evidence.downloads import download
from evidence.listing import EvidenceListing
from evidence.models import EvidenceFile, EvidenceItem, EvidenceVersion, FileText
from evidence.querysets import EvidenceItemQuerySet
from evidence.reliance import Change, reliances_on
from evidence.selectors import FILES_WITH_TEXT_STATE
from evidence.storage import IntegrityBroken


class EvidenceViewSet(OrganisationViewSet):
    """Evidence, its versions and files."""

    permissions = {
        "list": "evidence.view",
        "retrieve": "evidence.view",
        "create": "evidence.add",
        "upload": "evidence.add",
        "update": "evidence.edit",
        "add_version": "evidence.edit",
        "review": "evidence.review",
        "check": "evidence.edit",
        "withdraw": "evidence.withdraw",
        "supersede": "evidence.withdraw",
        "reliance": "evidence.view",
        "download": "evidence.download",
        "read_again": "evidence.edit",
    }
    listing_class = EvidenceListing
    filter_backends = LIST_BACKENDS
    serializer_class = EvidenceSerializer
    queryset = EvidenceItem.objects.none()

    def get_queryset(self) -> EvidenceItemQuerySet:
        return EvidenceItem.objects.for_list()

    def listing_of(self, queryset: EvidenceItemQuerySet) -> EvidenceListing:
        """The register as the member who asks may search it."""
        return EvidenceListing(queryset, member=self.member)

    def item(self) -> EvidenceItem:
        return get_object_or_404(
            EvidenceItem.objects.select_related("owner", "system", "current__system_version", "superseded_by"),
            number=self.kwargs["number"],
        )

    def version(self, ordinal: int) -> EvidenceVersion:
        found = EvidenceVersion.objects.select_related("item", "system_version", "submitted_by", "reviewed_by")
        return get_object_or_404(found, item__number=self.kwargs["number"], ordinal=ordinal)

    def read(self, serializer_class: Any, **context: Any) -> dict[str, Any]:
        """The cleaned input; a broken shape is 400 with the names of the fields."""
        serializer = serializer_class(data=self.request.data, context=context)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    @extend_schema(responses=EvidenceSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(EvidenceSerializer)

    @extend_schema(responses=EvidenceDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return Response(self.detail_of(self.item()))

    @extend_schema(request=NewEvidenceSerializer, responses={201: EvidenceDetailSerializer})
    def create(self, request: Request) -> Response:
        item = add_evidence(actor=self.member, **self.read(NewEvidenceSerializer))
        location = request.build_absolute_uri(f"{request.path}{item.number}/")
        return Response(self.detail_of(item), status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=UploadSerializer, responses=UploadedSerializer(many=True))
    def upload(self, request: Request) -> Response:
        """Add a piece of evidence for each file of a multipart request; each has its own result."""
        said = self.read(UploadSerializer)
        results = add_from_files(said.pop("files"), actor=self.member, **said)
        return Response(UploadedSerializer(results, many=True).data)

    @extend_schema(request=EditEvidenceSerializer, responses=EvidenceDetailSerializer)
    def update(self, request: Request, number: int) -> Response:
        item = self.item()
        return Response(self.detail_of(edit_item(item, actor=self.member, **self.read(EditEvidenceSerializer))))

    @extend_schema(request=NewVersionSerializer, responses={201: VersionSerializer})
    def add_version(self, request: Request, number: int) -> Response:
        item = self.item()
        version = add_version(item, actor=self.member, **self.read(NewVersionSerializer, item=item))
        return Response(VersionSerializer(version).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=VerdictSerializer, responses=VersionSerializer)
    def review(self, request: Request, number: int, ordinal: int) -> Response:
        version = review_version(self.version(ordinal), actor=self.member, **self.read(VerdictSerializer))
        return Response(VersionSerializer(version).data)

    @extend_schema(request=None, responses=VersionSerializer)
    def check(self, request: Request, number: int, ordinal: int) -> Response:
        """Hash the files of a version again and keep what is found."""
        checked = check_files(self.version(ordinal), actor=self.member)
        return Response(VersionSerializer(checked).data)

    @extend_schema(request=WithdrawalSerializer, responses=EvidenceDetailSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        item = withdraw_item(self.item(), actor=self.member, **self.read(WithdrawalSerializer))
        return Response(self.detail_of(item))

    @extend_schema(request=SuccessionSerializer, responses=EvidenceDetailSerializer)
    def supersede(self, request: Request, number: int) -> Response:
        item = supersede_item(self.item(), actor=self.member, **self.read(SuccessionSerializer))
        return Response(self.detail_of(item))

    @extend_schema(
        parameters=[
            OpenApiParameter("change", enum=[change.value for change in Change], required=True),
            OpenApiParameter("version", OpenApiTypes.INT, description="The version that would be rejected."),
        ],
        responses=RelianceSerializer(many=True),
    )
    def reliance(self, request: Request, number: int) -> Response:
        """What relies on the evidence, and where a change would leave it; nothing is changed."""
        item = self.item()
        asked = request.query_params.get("change", "")
        if asked not in list(Change):
            raise ValidationError({"change": [_("Give one of: %s.") % ", ".join(Change)]})
        version = None
        if asked == Change.REJECT:
            ordinal = request.query_params.get("version", "")
            if not (ordinal.isascii() and ordinal.isdigit() and len(ordinal) <= 9):
                raise ValidationError({"version": [_("Give the number of the version that would be rejected.")]})
            version = self.version(int(ordinal))
        found = reliances_on(item, Change(asked), member=self.member, now=timezone.now(), version=version)
        return Response(RelianceSerializer(found, many=True).data)

    @extend_schema(
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            409: OpenApiResponse(description="The stored content no longer matches its hash."),
        }
    )
    def download(self, request: Request, number: int, file: Any) -> HttpResponseBase:
        found = get_object_or_404(
            EvidenceFile.objects.select_related("version__item__system"), pk=file, version__item__number=number
        )
        try:
            return download(found, actor=self.member)
        except IntegrityBroken:
            # Not raised further: what was found out must be recorded, not rolled back.
            broken = {"detail": _("The stored file no longer matches its hash. Nothing was handed out.")}
            return Response({**broken, "code": "integrity_broken"}, status=status.HTTP_409_CONFLICT)

    @extend_schema(request=None, responses=FileSerializer)
    def read_again(self, request: Request, number: int, file: Any) -> Response:
        """Have the text of a file that could not be read tried once more."""
        texts = FileText.objects.without_text().select_related("file")
        text = get_object_or_404(texts, file=file, item__number=number)
        read_again(text, actor=self.member)
        return Response(FileSerializer(text.file).data)

    def detail_of(self, item: EvidenceItem) -> dict[str, Any]:
        """The item with its versions and files in two more queries."""
        item.versions_shown = item.versions.select_related(
            "system_version", "submitted_by", "reviewed_by"
        ).prefetch_related(FILES_WITH_TEXT_STATE)
        return {**EvidenceDetailSerializer(item).data}
