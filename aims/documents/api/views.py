"""The API of documents: the same actions as the pages."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.documents.actions import approve_document, create_document, edit_document, withdraw_document
from aims.documents.api.serializers import (
    DocumentDetailSerializer,
    DocumentSerializer,
    DocumentWithdrawalSerializer,
    EditDocumentSerializer,
    RevisionSerializer,
    WriteDocumentSerializer,
)
from aims.documents.listing import DocumentListing
from aims.documents.models import Document
from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import OrganisationViewSet


class DocumentViewSet(OrganisationViewSet):
    """Documents of the management system."""

    permissions = {
        "list": "documents.view",
        "retrieve": "documents.view",
        "create": "documents.edit",
        "update": "documents.edit",
        "approve": "documents.approve",
        "withdraw": "documents.edit",
    }
    listing_class = DocumentListing
    filter_backends = LIST_BACKENDS
    serializer_class = DocumentSerializer
    queryset = Document.objects.none()

    def get_queryset(self) -> Any:
        return Document.objects.select_related("owner", "approved_by")

    def document(self) -> Document:
        return get_object_or_404(self.get_queryset(), number=self.kwargs["number"])

    def read(self, serializer_class: Any) -> dict[str, Any]:
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    @extend_schema(responses=DocumentSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(DocumentSerializer)

    @extend_schema(responses=DocumentDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return Response(DocumentDetailSerializer(self.document()).data)

    @extend_schema(request=WriteDocumentSerializer, responses={201: DocumentDetailSerializer})
    def create(self, request: Request) -> Response:
        document = create_document(actor=self.member, **self.read(WriteDocumentSerializer))
        location = request.build_absolute_uri(f"{request.path}{document.number}/")
        body = DocumentDetailSerializer(document).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=EditDocumentSerializer, responses=DocumentDetailSerializer)
    def update(self, request: Request, number: int) -> Response:
        edit_document(self.document(), actor=self.member, **self.read(EditDocumentSerializer))
        return Response(DocumentDetailSerializer(self.document()).data)

    @extend_schema(request=RevisionSerializer, responses=DocumentDetailSerializer)
    def approve(self, request: Request, number: int) -> Response:
        approve_document(self.document(), actor=self.member, **self.read(RevisionSerializer))
        return Response(DocumentDetailSerializer(self.document()).data)

    @extend_schema(request=DocumentWithdrawalSerializer, responses=DocumentDetailSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        withdraw_document(self.document(), actor=self.member, **self.read(DocumentWithdrawalSerializer))
        return Response(DocumentDetailSerializer(self.document()).data)
