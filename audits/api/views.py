"""The API of this room: the pages' actions under the pages' permissions."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import ListMixin, OrganisationViewSet
from audits import listings
from audits.actions import audits, corrective_actions, findings, nonconformities, review_actions, reviews
from audits.api import inputs, serializers
from audits.models import (
    Audit,
    ChecklistItem,
    CorrectiveAction,
    Finding,
    ManagementReview,
    Nonconformity,
    ReviewAction,
    ReviewDecision,
    ReviewInput,
)

NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
ORDINAL = OpenApiParameter("ordinal", OpenApiTypes.INT, OpenApiParameter.PATH)


def doing(summary: str, takes: Any = None, gives: Any = None, status: int = 200, *more: OpenApiParameter) -> Any:
    """How an action of one record stands in the schema."""
    return extend_schema(
        summary=summary, request=takes, responses={status: gives}, parameters=[NUMBER, *more], filters=False
    )


class RoomViewSet(ListMixin, OrganisationViewSet):
    """Finding a record by its number; input checked by `taken`, output by `said`."""

    filter_backends = LIST_BACKENDS
    detail_serializer_class: type[fields.BaseSerializer[Any]] | None = None

    def taken(self, serializer_class: type[fields.BaseSerializer[Any]]) -> dict[str, Any]:
        """The cleaned input; a broken shape is 400 with the names of the fields."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def said(self, record: Any, status: int = 200) -> Response:
        """The record as it stands now."""
        fresh = self.get_queryset().get(pk=record.pk)
        serializer_class = self.detail_serializer_class or self.get_serializer_class()
        return Response(serializer_class(fresh, context=self.get_serializer_context()).data, status=status)

    def acted(self, action: Any, takes: Any = None, status: int = 200) -> Response:
        """Carry out an action on the record of the address with what was sent, and say how it stands now."""
        values = self.taken(takes) if takes else {}
        return self.said(action(self.get_object(), actor=self.member, **values), status)


@extend_schema_view(list=extend_schema(summary="List internal audits"))
@extend_schema(tags=["audits"])
class AuditViewSet(RoomViewSet):
    queryset = Audit.objects.all()
    serializer_class = serializers.AuditSerializer
    listing_class = listings.AuditListing
    permissions = {
        "list": "audits.view",
        "retrieve": "audits.view",
        "create": "audits.plan",
        "update": "audits.plan",
        "clauses": "audits.plan",
        "start": "audits.conduct",
        "report": "audits.conduct",
        "cancel": "audits.plan",
        "checklist": "audits.view",
        "record_item": "audits.conduct",
        "raise_finding": "audits.conduct",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Audit.objects.for_list()

    @doing("Read an internal audit", gives=serializers.AuditSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(
        summary="Plan an internal audit",
        request=inputs.AuditWriteSerializer,
        responses={201: serializers.AuditSerializer},
    )
    def create(self, request: Request) -> Response:
        return self.said(audits.plan_audit(actor=self.member, **self.taken(inputs.AuditWriteSerializer)), 201)

    @doing("Change the plan of an audit", inputs.AuditChangeSerializer, serializers.AuditSerializer)
    def update(self, request: Request, number: str) -> Response:
        return self.acted(audits.edit_audit, inputs.AuditChangeSerializer)

    @doing("Choose the clauses of the checklist", inputs.AuditClausesSerializer, serializers.AuditSerializer)
    def clauses(self, request: Request, number: str) -> Response:
        return self.acted(audits.choose_clauses, inputs.AuditClausesSerializer)

    @doing("Start an audit", gives=serializers.AuditSerializer)
    def start(self, request: Request, number: str) -> Response:
        return self.acted(audits.start_audit)

    @doing("Report an audit", inputs.AuditReportSerializer, serializers.AuditSerializer)
    def report(self, request: Request, number: str) -> Response:
        return self.acted(audits.report_audit, inputs.AuditReportSerializer)

    @doing("Cancel an audit", inputs.AuditCancelSerializer, serializers.AuditSerializer)
    def cancel(self, request: Request, number: str) -> Response:
        return self.acted(audits.cancel_audit, inputs.AuditCancelSerializer)

    @doing("Read the checklist of an audit", gives=serializers.ChecklistItemSerializer(many=True))
    def checklist(self, request: Request, number: str) -> Response:
        items = ChecklistItem.objects.filter(audit=self.get_object()).with_findings().order_by("ordinal")
        return Response(serializers.ChecklistItemSerializer(items, many=True).data)

    @doing(
        "Record what an audit saw for a requirement",
        inputs.ChecklistItemWriteSerializer,
        serializers.ChecklistItemSerializer,
        200,
        ORDINAL,
    )
    def record_item(self, request: Request, number: str, ordinal: int) -> Response:
        item = get_object_or_404(ChecklistItem, audit=self.get_object(), ordinal=ordinal)
        audits.record_item(item, actor=self.member, **self.taken(inputs.ChecklistItemWriteSerializer))
        fresh = ChecklistItem.objects.with_findings().get(pk=item.pk)
        return Response(serializers.ChecklistItemSerializer(fresh).data)

    @doing("Raise a finding", inputs.FindingWriteSerializer, serializers.FindingSerializer, 201)
    def raise_finding(self, request: Request, number: str) -> Response:
        values = self.taken(inputs.FindingWriteSerializer)
        finding = findings.raise_finding(self.get_object(), actor=self.member, **values)
        return Response(serializers.FindingSerializer(finding).data, status=201)


@extend_schema_view(list=extend_schema(summary="List findings"))
@extend_schema(tags=["audits"])
class FindingViewSet(RoomViewSet):
    queryset = Finding.objects.all()
    serializer_class = serializers.FindingSerializer
    listing_class = listings.FindingListing
    permissions = {"list": "audits.view", "retrieve": "audits.view", "update": "audits.conduct"}

    def get_queryset(self) -> QuerySet[Any]:
        return Finding.objects.for_list()

    @doing("Read a finding", gives=serializers.FindingSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @doing("Change a finding", inputs.FindingChangeSerializer, serializers.FindingSerializer)
    def update(self, request: Request, number: str) -> Response:
        return self.acted(findings.edit_finding, inputs.FindingChangeSerializer)


@extend_schema_view(list=extend_schema(summary="List nonconformities"))
@extend_schema(tags=["improvement"])
class NonconformityViewSet(RoomViewSet):
    queryset = Nonconformity.objects.all()
    serializer_class = serializers.NonconformitySerializer
    detail_serializer_class = serializers.NonconformityDetailSerializer
    listing_class = listings.NonconformityListing
    permissions = {
        "list": "improvement.view",
        "retrieve": "improvement.view",
        "create": "improvement.add",
        "update": "improvement.edit",
        "analyse": "improvement.edit",
        "plan_action": "improvement.edit",
        "close": "improvement.verify",
        "reopen": "improvement.verify",
    }

    def get_queryset(self) -> QuerySet[Any]:
        found = Nonconformity.objects.for_list()
        people = ("owner", "done_by", "checked_by", "nonconformity")
        actions = CorrectiveAction.objects.select_related(*people)
        return found if self.action == "list" else found.prefetch_related(Prefetch("corrective_actions", actions))

    @doing("Read a nonconformity", gives=serializers.NonconformityDetailSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(
        summary="Raise a nonconformity",
        request=inputs.NonconformityWriteSerializer,
        responses={201: serializers.NonconformityDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        values = self.taken(inputs.NonconformityWriteSerializer)
        return self.said(nonconformities.raise_nonconformity(actor=self.member, **values), 201)

    @doing("Change a nonconformity", inputs.NonconformityChangeSerializer, serializers.NonconformityDetailSerializer)
    def update(self, request: Request, number: str) -> Response:
        return self.acted(nonconformities.edit_nonconformity, inputs.NonconformityChangeSerializer)

    @doing("Record correction and root cause", inputs.AnalysisSerializer, serializers.NonconformityDetailSerializer)
    def analyse(self, request: Request, number: str) -> Response:
        return self.acted(nonconformities.analyse_nonconformity, inputs.AnalysisSerializer)

    @doing(
        "Plan a corrective action",
        inputs.CorrectiveActionWriteSerializer,
        serializers.CorrectiveActionSerializer,
        201,
    )
    def plan_action(self, request: Request, number: str) -> Response:
        values = self.taken(inputs.CorrectiveActionWriteSerializer)
        action = corrective_actions.plan_corrective_action(self.get_object(), actor=self.member, **values)
        return Response(serializers.CorrectiveActionSerializer(action).data, status=201)

    @doing("Close a nonconformity", inputs.CloseNonconformitySerializer, serializers.NonconformityDetailSerializer)
    def close(self, request: Request, number: str) -> Response:
        return self.acted(nonconformities.close_nonconformity, inputs.CloseNonconformitySerializer)

    @doing("Reopen a nonconformity", inputs.ReasonedChangeSerializer, serializers.NonconformityDetailSerializer)
    def reopen(self, request: Request, number: str) -> Response:
        return self.acted(nonconformities.reopen_nonconformity, inputs.ReasonedChangeSerializer)


@extend_schema_view(list=extend_schema(summary="List corrective actions"))
@extend_schema(tags=["improvement"])
class CorrectiveActionViewSet(RoomViewSet):
    queryset = CorrectiveAction.objects.all()
    serializer_class = serializers.CorrectiveActionSerializer
    listing_class = listings.CorrectiveActionListing
    permissions = {
        "list": "improvement.view",
        "retrieve": "improvement.view",
        "update": "improvement.edit",
        "complete": "improvement.edit",
        "check_effect": "improvement.verify",
        "cancel": "improvement.edit",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return CorrectiveAction.objects.for_list()

    @doing("Read a corrective action", gives=serializers.CorrectiveActionSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @doing(
        "Change a corrective action", inputs.CorrectiveActionChangeSerializer, serializers.CorrectiveActionSerializer
    )
    def update(self, request: Request, number: str) -> Response:
        return self.acted(corrective_actions.edit_corrective_action, inputs.CorrectiveActionChangeSerializer)

    @doing(
        "Record that a corrective action is done",
        inputs.CorrectiveActionDoneSerializer,
        serializers.CorrectiveActionSerializer,
    )
    def complete(self, request: Request, number: str) -> Response:
        return self.acted(corrective_actions.complete_corrective_action, inputs.CorrectiveActionDoneSerializer)

    @doing(
        "Check the effect of a corrective action", inputs.EffectCheckSerializer, serializers.CorrectiveActionSerializer
    )
    def check_effect(self, request: Request, number: str) -> Response:
        return self.acted(corrective_actions.check_effect, inputs.EffectCheckSerializer)

    @doing("Cancel a corrective action", inputs.ReasonedChangeSerializer, serializers.CorrectiveActionSerializer)
    def cancel(self, request: Request, number: str) -> Response:
        return self.acted(corrective_actions.cancel_corrective_action, inputs.ReasonedChangeSerializer)


@extend_schema_view(list=extend_schema(summary="List management reviews"))
@extend_schema(tags=["reviews"])
class ReviewViewSet(RoomViewSet):
    queryset = ManagementReview.objects.all()
    serializer_class = serializers.ReviewSerializer
    detail_serializer_class = serializers.ReviewDetailSerializer
    listing_class = listings.ReviewListing
    permissions = {
        "list": "reviews.view",
        "retrieve": "reviews.view",
        "create": "reviews.plan",
        "update": "reviews.plan",
        "gather": "reviews.plan",
        "freeze": "reviews.plan",
        "reopen": "reviews.plan",
        "cancel": "reviews.plan",
        "comment": "reviews.plan",
        "decide": "reviews.hold",
        "agree": "reviews.hold",
        "hold": "reviews.hold",
    }

    def get_queryset(self) -> QuerySet[Any]:
        found = ManagementReview.objects.for_list()
        if self.action == "list":
            return found
        return found.prefetch_related(
            "inputs",
            Prefetch("decisions", ReviewDecision.objects.select_related("recorded_by")),
            Prefetch("actions", ReviewAction.objects.select_related("owner", "decision", "review")),
        )

    @doing("Read a management review", gives=serializers.ReviewDetailSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @extend_schema(
        summary="Plan a management review",
        request=inputs.ReviewWriteSerializer,
        responses={201: serializers.ReviewDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        return self.said(reviews.plan_review(actor=self.member, **self.taken(inputs.ReviewWriteSerializer)), 201)

    @doing("Change the plan of a review", inputs.ReviewChangeSerializer, serializers.ReviewDetailSerializer)
    def update(self, request: Request, number: str) -> Response:
        return self.acted(reviews.edit_review, inputs.ReviewChangeSerializer)

    @doing("Gather the inputs from the records", inputs.ChangeSerializer, serializers.ReviewDetailSerializer)
    def gather(self, request: Request, number: str) -> Response:
        return self.acted(reviews.gather_inputs, inputs.ChangeSerializer)

    @doing("Freeze the inputs", inputs.ChangeSerializer, serializers.ReviewDetailSerializer)
    def freeze(self, request: Request, number: str) -> Response:
        return self.acted(reviews.freeze_inputs, inputs.ChangeSerializer)

    @doing("Open the frozen inputs again", inputs.ReasonedChangeSerializer, serializers.ReviewDetailSerializer)
    def reopen(self, request: Request, number: str) -> Response:
        return self.acted(reviews.reopen_inputs, inputs.ReasonedChangeSerializer)

    @doing("Cancel a review", inputs.ReasonedChangeSerializer, serializers.ReviewDetailSerializer)
    def cancel(self, request: Request, number: str) -> Response:
        return self.acted(reviews.cancel_review, inputs.ReasonedChangeSerializer)

    @doing("Comment on an input", inputs.ReviewCommentSerializer, serializers.ReviewInputSerializer, 200, ORDINAL)
    def comment(self, request: Request, number: str, ordinal: int) -> Response:
        each = get_object_or_404(ReviewInput, review=self.get_object(), ordinal=ordinal)
        values = self.taken(inputs.ReviewCommentSerializer)
        commented = reviews.comment_input(each, actor=self.member, **values)
        return Response(serializers.ReviewInputSerializer(commented).data)

    @doing("Record a decision", inputs.ReviewDecisionWriteSerializer, serializers.ReviewDecisionSerializer, 201)
    def decide(self, request: Request, number: str) -> Response:
        values = self.taken(inputs.ReviewDecisionWriteSerializer)
        decision = reviews.decide(self.get_object(), actor=self.member, **values)
        return Response(serializers.ReviewDecisionSerializer(decision).data, status=201)

    @doing("Record an action of a review", inputs.ReviewActionWriteSerializer, serializers.ReviewActionSerializer, 201)
    def agree(self, request: Request, number: str) -> Response:
        values = self.taken(inputs.ReviewActionWriteSerializer)
        action = review_actions.agree_action(self.get_object(), actor=self.member, **values)
        return Response(serializers.ReviewActionSerializer(action).data, status=201)

    @doing("Hold a review", inputs.ReviewHoldSerializer, serializers.ReviewDetailSerializer)
    def hold(self, request: Request, number: str) -> Response:
        return self.acted(reviews.hold_review, inputs.ReviewHoldSerializer)


@extend_schema(tags=["reviews"])
class ReviewDecisionViewSet(RoomViewSet):
    queryset = ReviewDecision.objects.all()
    serializer_class = serializers.ReviewDecisionSerializer
    permissions = {"retrieve": "reviews.view", "update": "reviews.hold"}

    def get_queryset(self) -> QuerySet[Any]:
        return ReviewDecision.objects.select_related("recorded_by", "review")

    @doing("Read a decision", gives=serializers.ReviewDecisionSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @doing(
        "Change a decision before the review is held",
        inputs.ReviewDecisionChangeSerializer,
        serializers.ReviewDecisionSerializer,
    )
    def update(self, request: Request, number: str) -> Response:
        return self.acted(reviews.edit_decision, inputs.ReviewDecisionChangeSerializer)


@extend_schema_view(list=extend_schema(summary="List actions of management reviews"))
@extend_schema(tags=["reviews"])
class ReviewActionViewSet(RoomViewSet):
    queryset = ReviewAction.objects.all()
    serializer_class = serializers.ReviewActionSerializer
    listing_class = listings.ReviewActionListing
    permissions = {
        "list": "reviews.view",
        "retrieve": "reviews.view",
        "update": "reviews.plan",
        "complete": "reviews.view",
        "drop": "reviews.view",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return ReviewAction.objects.for_list()

    @doing("Read an action of a review", gives=serializers.ReviewActionSerializer)
    def retrieve(self, request: Request, number: str) -> Response:
        return self.said(self.get_object())

    @doing("Change an action of a review", inputs.ReviewActionChangeSerializer, serializers.ReviewActionSerializer)
    def update(self, request: Request, number: str) -> Response:
        return self.acted(review_actions.edit_review_action, inputs.ReviewActionChangeSerializer)

    @doing("Record that an action is done", inputs.ReviewActionCloseSerializer, serializers.ReviewActionSerializer)
    def complete(self, request: Request, number: str) -> Response:
        return self.acted(review_actions.complete_review_action, inputs.ReviewActionCloseSerializer)

    @doing("Drop an action", inputs.ReviewActionCloseSerializer, serializers.ReviewActionSerializer)
    def drop(self, request: Request, number: str) -> Response:
        return self.acted(review_actions.drop_review_action, inputs.ReviewActionCloseSerializer)
