"""The API of this room: the same actions, registers and words as the pages."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import OrganisationViewSet
from aims.tenancy.api_lists import represented
from risks import actions
from risks.actions.acceptances import may_be_accepted
from risks.api import serializers as shapes
from risks.filters import KINDS
from risks.judging import judged, judged_all, judged_by
from risks.listings import ControlListing, RiskListing
from risks.models import Control, ControlEvidence, Risk, Treatment
from risks.selectors import matrix_of


class RoomViewSet(OrganisationViewSet):
    """What the viewsets of this room share."""

    def read(self, serializer_class: Any) -> dict[str, Any]:
        """The cleaned input; a broken shape is 400 with the names of the fields."""
        serializer = serializer_class(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def made(self, data: Any, number: int) -> Response:
        location = self.request.build_absolute_uri(f"{self.request.path}{number}/")
        return Response(data, status=status.HTTP_201_CREATED, headers={"Location": location})


class RiskViewSet(RoomViewSet):
    """Risks, their ratings and acceptances."""

    permissions = {
        "list": "risks.view",
        "retrieve": "risks.view",
        "matrix": "risks.view",
        "create": "risks.add",
        "partial_update": "risks.edit",
        "review": "risks.edit",
        "accept": "risks.accept",
        "close": "risks.close",
        "reopen": "risks.close",
        "treatments": "risks.view",
        "add_treatment": "risks.treat",
    }
    listing_class = RiskListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.RiskSerializer
    queryset = Risk.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Risk.objects.for_list()

    def risk(self) -> Risk:
        risks = Risk.objects.with_links().prefetch_related(
            Prefetch("treatments", Treatment.objects.select_related("owner", "risk"))
        )
        return get_object_or_404(risks, number=self.kwargs["number"])

    def shown(self) -> Response:
        """The risk afresh, with its links as they are now."""
        return Response(shapes.RiskDetailSerializer(self.risk()).data)

    @extend_schema(responses=shapes.RiskSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(shapes.RiskSerializer)

    @extend_schema(responses=shapes.RiskDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return self.shown()

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, enum=tuple(KINDS), description="Which rating; current by default.")],
        responses=shapes.MatrixSerializer,
        filters=False,
    )
    def matrix(self, request: Request) -> Response:
        kind = request.query_params.get("kind", "current")
        found = matrix_of(kind if kind in KINDS else "current", self.organisation.slug)
        cells = [cell for _label, row in found.rows for cell in row]
        shape = {"rating": found.kind, "rated": found.rated, "unrated": found.unrated, "cells": cells}
        return Response(shapes.MatrixSerializer(shape).data)

    @extend_schema(request=shapes.RiskInputSerializer, responses={201: shapes.RiskDetailSerializer})
    def create(self, request: Request) -> Response:
        risk = actions.add_risk(**self.read(shapes.RiskInputSerializer), actor=self.member)
        self.kwargs["number"] = risk.number
        return self.made(self.shown().data, risk.number)

    @extend_schema(request=shapes.RiskEditSerializer, responses=shapes.RiskDetailSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        actions.edit_risk(self.risk(), **self.read(shapes.RiskEditSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.ReviewInputSerializer, responses=shapes.RiskDetailSerializer)
    def review(self, request: Request, number: int) -> Response:
        actions.review_risk(self.risk(), **self.read(shapes.ReviewInputSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.AcceptInputSerializer, responses={201: shapes.AcceptanceSerializer})
    def accept(self, request: Request, number: int) -> Response:
        risk = self.risk()
        may_be_accepted(risk, by=self.member)
        acceptance = actions.accept_risk(risk, **self.read(shapes.AcceptInputSerializer), actor=self.member)
        return Response(shapes.AcceptanceSerializer(acceptance).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ReasonInputSerializer, responses=shapes.RiskDetailSerializer)
    def close(self, request: Request, number: int) -> Response:
        actions.close_risk(self.risk(), **self.read(shapes.ReasonInputSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.ReasonInputSerializer, responses=shapes.RiskDetailSerializer)
    def reopen(self, request: Request, number: int) -> Response:
        actions.reopen_risk(self.risk(), **self.read(shapes.ReasonInputSerializer), actor=self.member)
        return self.shown()

    @extend_schema(
        operation_id="risks_treatments_list",
        responses=shapes.TreatmentSerializer(many=True),
        filters=False,
    )
    def treatments(self, request: Request, number: int) -> Response:
        return self.listed(shapes.TreatmentSerializer, self.risk().treatments.select_related("owner", "risk"))

    @extend_schema(request=shapes.TreatmentInputSerializer, responses={201: shapes.TreatmentSerializer})
    def add_treatment(self, request: Request, number: int) -> Response:
        risk = self.risk()
        treatment = actions.add_treatment(risk, **self.read(shapes.TreatmentInputSerializer), actor=self.member)
        return Response(shapes.TreatmentSerializer(treatment).data, status=status.HTTP_201_CREATED)


class TreatmentViewSet(RoomViewSet):
    """Steps of treatment plans."""

    permissions = {
        "retrieve": "risks.view",
        "partial_update": "risks.treat",
        "start": "risks.treat",
        "complete": "risks.treat",
        "cancel": "risks.treat",
    }
    serializer_class = shapes.TreatmentSerializer
    queryset = Treatment.objects.none()

    def treatment(self) -> Treatment:
        treatments = Treatment.objects.select_related("risk", "owner")
        return get_object_or_404(treatments, number=self.kwargs["number"])

    def shown(self) -> Response:
        return Response(shapes.TreatmentSerializer(self.treatment()).data)

    @extend_schema(responses=shapes.TreatmentSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return self.shown()

    @extend_schema(request=shapes.TreatmentEditSerializer, responses=shapes.TreatmentSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        treatment = self.treatment()
        now = {name: getattr(treatment, name) for name in ("description", "owner", "due_on")}
        serializer = shapes.TreatmentEditSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        actions.edit_treatment(treatment, **{**now, **serializer.validated_data}, actor=self.member)
        return self.shown()

    @extend_schema(request=None, responses=shapes.TreatmentSerializer)
    def start(self, request: Request, number: int) -> Response:
        actions.start_treatment(self.treatment(), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.NoteInputSerializer, responses=shapes.TreatmentSerializer)
    def complete(self, request: Request, number: int) -> Response:
        actions.complete_treatment(self.treatment(), **self.read(shapes.NoteInputSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.NoteInputSerializer, responses=shapes.TreatmentSerializer)
    def cancel(self, request: Request, number: int) -> Response:
        actions.cancel_treatment(self.treatment(), **self.read(shapes.NoteInputSerializer), actor=self.member)
        return self.shown()


class ControlViewSet(RoomViewSet):
    """The Statement of Applicability."""

    permissions = {
        "list": "controls.view",
        "retrieve": "controls.view",
        "create": "controls.edit",
        "partial_update": "controls.edit",
        "link_evidence": "controls.edit",
        "unlink_evidence": "controls.edit",
    }
    listing_class = ControlListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.ControlSerializer
    queryset = Control.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Control.objects.for_list()

    def control(self) -> Control:
        controls = Control.objects.for_list().prefetch_related(
            Prefetch("evidence_links", ControlEvidence.objects.select_related("item"))
        )
        return get_object_or_404(controls, number=self.kwargs["number"])

    def shown(self) -> Response:
        control: Any = self.control()
        control.judged = judged([control], timezone.now())[control.pk]
        return Response(shapes.ControlDetailSerializer(control).data)

    @extend_schema(responses=shapes.ControlSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        now = timezone.now()
        verdicts = judged_all(now)
        for control in page:
            control.judged = verdicts.get(control.pk) or judged_by([], now)
        return self.get_paginated_response(represented(shapes.ControlSerializer, page))

    @extend_schema(responses=shapes.ControlDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return self.shown()

    @extend_schema(request=shapes.OwnControlInputSerializer, responses={201: shapes.ControlDetailSerializer})
    def create(self, request: Request) -> Response:
        control = actions.add_own_control(**self.read(shapes.OwnControlInputSerializer), actor=self.member)
        self.kwargs["number"] = control.number
        return self.made(self.shown().data, control.number)

    @extend_schema(request=shapes.ControlEditSerializer, responses=shapes.ControlDetailSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        actions.edit_control(self.control(), **self.read(shapes.ControlEditSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.LinkEvidenceSerializer, responses=shapes.ControlDetailSerializer)
    def link_evidence(self, request: Request, number: int) -> Response:
        actions.link_evidence(self.control(), **self.read(shapes.LinkEvidenceSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.UnlinkEvidenceSerializer, responses=shapes.ControlDetailSerializer)
    def unlink_evidence(self, request: Request, number: int) -> Response:
        actions.unlink_evidence(self.control(), **self.read(shapes.UnlinkEvidenceSerializer), actor=self.member)
        return self.shown()
