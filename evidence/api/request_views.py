"""The API of evidence requests: the same actions as the pages."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import OrganisationViewSet
from evidence import actions
from evidence.api import request_serializers as shapes
from evidence.listing import RequestListing
from evidence.models import EvidenceRequest
from evidence.querysets import EvidenceRequestQuerySet


class RequestViewSet(OrganisationViewSet):
    """Evidence that is asked for."""

    permissions = {
        "list": "evidence.view",
        "retrieve": "evidence.view",
        "create": "evidence.request",
        "update": "evidence.request",
        "submit": "evidence.add",
        "decline": "evidence.add",
        "accept": "evidence.request",
        "give_back": "evidence.request",
        "cancel": "evidence.request",
    }
    listing_class = RequestListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.RequestSerializer
    queryset = EvidenceRequest.objects.none()

    def get_queryset(self) -> EvidenceRequestQuerySet:
        return EvidenceRequest.objects.for_list()

    def asked(self) -> EvidenceRequest:
        return get_object_or_404(self.get_queryset(), number=self.kwargs["number"])

    def step(self, action: Callable[..., Any], shape: Any) -> Response:
        """Take one step of the request with the cleaned input, and show it as it is then."""
        serializer = shape(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        action(self.asked(), actor=self.member, **serializer.validated_data)
        return Response(shapes.RequestSerializer(self.asked()).data)

    @extend_schema(responses=shapes.RequestSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.RequestSerializer(page, many=True).data)

    @extend_schema(responses=shapes.RequestSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return Response(shapes.RequestSerializer(self.asked()).data)

    @extend_schema(request=shapes.AskSerializer, responses={201: shapes.RequestSerializer})
    def create(self, request: Request) -> Response:
        serializer = shapes.AskSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        asked = actions.ask_for_evidence(actor=self.member, **serializer.validated_data)
        location = request.build_absolute_uri(f"{request.path}{asked.number}/")
        body = shapes.RequestSerializer(asked).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": location})

    @extend_schema(request=shapes.EditRequestSerializer, responses=shapes.RequestSerializer)
    def update(self, request: Request, number: int) -> Response:
        return self.step(actions.edit_request, shapes.EditRequestSerializer)

    @extend_schema(request=shapes.SubmitSerializer, responses=shapes.RequestSerializer)
    def submit(self, request: Request, number: int) -> Response:
        return self.step(actions.submit_evidence, shapes.SubmitSerializer)

    @extend_schema(request=shapes.NoteSerializer, responses=shapes.RequestSerializer)
    def accept(self, request: Request, number: int) -> Response:
        return self.step(actions.accept_submission, shapes.NoteSerializer)

    @extend_schema(request=shapes.ReturnSerializer, responses=shapes.RequestSerializer)
    def give_back(self, request: Request, number: int) -> Response:
        return self.step(actions.return_submission, shapes.ReturnSerializer)

    @extend_schema(request=shapes.RequestReasonSerializer, responses=shapes.RequestSerializer)
    def decline(self, request: Request, number: int) -> Response:
        return self.step(actions.decline_request, shapes.RequestReasonSerializer)

    @extend_schema(request=shapes.RequestReasonSerializer, responses=shapes.RequestSerializer)
    def cancel(self, request: Request, number: int) -> Response:
        return self.step(actions.cancel_request, shapes.RequestReasonSerializer)
