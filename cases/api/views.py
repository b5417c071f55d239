"""The API of this room: the same actions, registers and words as the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.rules import RuleBroken
from aims.tenancy.api import OrganisationViewSet
from aims.tenancy.api_lists import represented
from cases import actions
from cases.access import people_of
from cases.actions.argument import Described
from cases.actions.evidence import BINDING_FIELDS
from cases.api import serializers as shapes
from cases.as_of import instant_of
from cases.causes import stored_causes, with_words
from cases.checking import problems_in
from cases.citations import citable_elements, cited_in, cited_now
from cases.evaluation import assess, assess_draft, show_as_of
from cases.forecasting import forecast_of
from cases.listing import CaseListing, SignalListing, for_register
from cases.loading import level
from cases.models import ArgumentModule, AssuranceCase, Element, EvidenceBinding, Link, Signal, StandingTransition
from cases.past import is_revised
from cases.querysets import CaseQuerySet, SignalQuerySet
from cases.selectors import bound_of, find_case, find_signal, said

MODULE = OpenApiParameter("module", str, OpenApiParameter.PATH, description="The key of a module, such as M2.")
KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="The key of an element, such as G1.")


class RoomViewSet(OrganisationViewSet):
    """What the viewsets of this room share."""

    def read(self, serializer_class: Any, **context: Any) -> dict[str, Any]:
        """The cleaned input; a broken shape is 400 with the names of the fields."""
        serializer = serializer_class(data=self.request.data, context=context)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


AT = OpenApiParameter("at", str, description="A day (its end), or a time such as 2026-03-01T14:30:00Z; now without it.")


class CaseViewSet(RoomViewSet):
    """Assurance cases, their arguments and standing."""

    permissions = {
        "list": "cases.view",
        "retrieve": "cases.view",
        "standing": "cases.view",
        "forecast": "cases.view",
        "transitions": "cases.view",
        "create": "cases.add",
        "partial_update": "cases.edit",
        "withdraw": "cases.review",
        "add_element": "cases.edit",
        "edit_element": "cases.edit",
        "withdraw_element": "cases.edit",
        "hold_down": "cases.challenge",
        "lift_hold": "cases.challenge",
        "appoint": "cases.edit",
        "dismiss": "cases.edit",
        "add_link": "cases.edit",
        "remove_link": "cases.edit",
        "move_link": "cases.edit",
        "review_link": "cases.edit",
        "review_all_links": "cases.edit",
        "add_module": "cases.edit",
        "edit_module": "cases.edit",
        "remove_module": "cases.edit",
        "citable": "cases.view",
        "bind": "cases.edit",
        "edit_binding": "cases.edit",
        "renew_binding": "cases.edit",
        "unbind": "cases.edit",
    }
    listing_class = CaseListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.CaseSerializer
    queryset = AssuranceCase.objects.none()

    def get_queryset(self) -> CaseQuerySet:
        return for_register(AssuranceCase.objects.all())

    def case(self) -> AssuranceCase:
        try:
            return find_case(min(self.kwargs["number"], shapes.LARGEST))
        except AssuranceCase.DoesNotExist:
            raise Http404 from None

    def element(self, case: AssuranceCase) -> Element:
        element = get_object_or_404(Element.objects.in_use().addressed(self.kwargs["key"]), case=case)
        element.case = case
        return element

    def link(self, case: AssuranceCase, link_id: UUID) -> Link:
        link = get_object_or_404(Link, case=case, pk=link_id)
        link.case = case
        return link

    def module(self, key: str) -> ArgumentModule:
        case = self.case()
        module = get_object_or_404(ArgumentModule, case=case, key=key[:30])
        module.case = case
        return module

    def binding(self, case: AssuranceCase, binding_id: UUID) -> EvidenceBinding:
        rows = EvidenceBinding.objects.select_related("element__module", "version__item")
        binding = get_object_or_404(rows, element__case=case, pk=binding_id)
        binding.element.case = case
        return binding

    def shown(self, code: int = status.HTTP_200_OK) -> Response:
        """The case afresh with its argument, as it stands now."""
        data = shapes.CaseDetailSerializer(with_argument(self.case())).data
        headers = {}
        if code == status.HTTP_201_CREATED:
            base = self.request.path.partition("/cases/")[0]
            headers["Location"] = self.request.build_absolute_uri(f"{base}/cases/{data['number']}/")
        return Response(data, status=code, headers=headers)

    @extend_schema(responses=shapes.CaseSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(shapes.CaseSerializer)

    @extend_schema(responses=shapes.CaseDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return self.shown()

    @extend_schema(request=shapes.NewCaseSerializer, responses={201: shapes.CaseDetailSerializer})
    def create(self, request: Request) -> Response:
        case = actions.create_case(**self.read(shapes.NewCaseSerializer), actor=self.member)
        self.kwargs["number"] = case.number
        return self.shown(status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditCaseSerializer, responses=shapes.CaseDetailSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        case = self.case()
        names = ("title", "purpose", "scope_text", "accountable_owner", "review_by")
        kept = {name: getattr(case, name) for name in names}
        actions.edit_case(case, **{**kept, **self.read(shapes.EditCaseSerializer)}, actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.ReasonSerializer, responses=shapes.CaseDetailSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        actions.withdraw_case(self.case(), **self.read(shapes.ReasonSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.NewPartSerializer, responses=shapes.CaseDetailSerializer)
    def appoint(self, request: Request, number: int) -> Response:
        actions.appoint(self.case(), **self.read(shapes.NewPartSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.PartSerializer, responses=shapes.CaseDetailSerializer)
    def dismiss(self, request: Request, number: int) -> Response:
        actions.dismiss(self.case(), **self.read(shapes.PartSerializer), actor=self.member)
        return self.shown()

    # --- Reading

    @extend_schema(parameters=[AT], responses=shapes.StandingSerializer, filters=False)
    def standing(self, request: Request, number: int) -> Response:
        """Now, or at an instant: of the past by what was known then, of the future if nobody acts."""
        told = request.query_params.get("at", "")[:40]
        try:
            at = instant_of(told) if told else None
        except RuleBroken as broken:
            raise ValidationError({"at": [str(broken)]}) from None
        assessment = assess(self.case(), at=at)
        evaluation = assessment.evaluation
        shape = {
            "standing": assessment.standing,
            "as_of": evaluation.at,
            "next_transition_at": assessment.next_transition_at,
            "causes": with_words(stored_causes(evaluation, assessment.causes(), most=None), now=timezone.now()),
            "elements": {
                row.address: assessment.standing_of(row).name.lower() for row in assessment.loaded.elements.values()
            },
        }
        return Response(shapes.StandingSerializer(shape).data)

    @extend_schema(responses=shapes.HorizonSerializer(many=True), filters=False)
    def forecast(self, request: Request, number: int) -> Response:
        return Response(shapes.HorizonSerializer(forecast_of(assess(self.case())), many=True).data)

    @extend_schema(responses=shapes.TransitionSerializer(many=True), filters=False)
    def transitions(self, request: Request, number: int) -> Response:
        rows = StandingTransition.objects.filter(case=self.case()).select_related("element__module")
        page = self.paginate_queryset(rows.order_by("-as_of", "-id")) or []
        for row in page:
            row.causes = with_words(row.causes)
        return self.get_paginated_response(represented(shapes.TransitionSerializer, page))

    # --- The argument

    @extend_schema(request=shapes.NewElementSerializer, responses={201: shapes.CaseDetailSerializer})
    def add_element(self, request: Request, number: int) -> Response:
        case = self.case()
        values = self.read(shapes.NewElementSerializer, case=case)
        values |= values.pop("cites", {})
        actions.add_element(case, **values, actor=self.member)
        return self.shown(status.HTTP_201_CREATED)

    @extend_schema(parameters=[KEY], request=shapes.EditElementSerializer, responses=shapes.CaseDetailSerializer)
    def edit_element(self, request: Request, number: int, key: str) -> Response:
        element = self.element(self.case())
        kept = {name: getattr(element, name) for name in ("statement", *Described.__annotations__)}
        actions.edit_element(element, **{**kept, **self.read(shapes.EditElementSerializer)}, actor=self.member)
        return self.shown()

    @extend_schema(parameters=[KEY], request=shapes.ReasonOfRevisionSerializer, responses=shapes.CaseDetailSerializer)
    def withdraw_element(self, request: Request, number: int, key: str) -> Response:
        element = self.element(self.case())
        actions.withdraw_element(element, **self.read(shapes.ReasonOfRevisionSerializer), actor=self.member)
        return self.shown()

    @extend_schema(parameters=[KEY], request=shapes.HoldSerializer, responses=shapes.CaseDetailSerializer)
    def hold_down(self, request: Request, number: int, key: str) -> Response:
        actions.hold_down(self.element(self.case()), **self.read(shapes.HoldSerializer), actor=self.member)
        return self.shown()

    @extend_schema(parameters=[KEY], request=shapes.ReasonSerializer, responses=shapes.CaseDetailSerializer)
    def lift_hold(self, request: Request, number: int, key: str) -> Response:
        actions.lift_hold(self.element(self.case()), **self.read(shapes.ReasonSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.NewLinkSerializer, responses={201: shapes.CaseDetailSerializer})
    def add_link(self, request: Request, number: int) -> Response:
        case = self.case()
        actions.link_elements(case, **self.read(shapes.NewLinkSerializer, case=case), actor=self.member)
        return self.shown(status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=shapes.CaseDetailSerializer)
    def remove_link(self, request: Request, number: int, link_id: UUID) -> Response:
        actions.unlink_elements(self.link(self.case(), link_id), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.MoveSerializer, responses=shapes.CaseDetailSerializer)
    def move_link(self, request: Request, number: int, link_id: UUID) -> Response:
        case = self.case()
        link = self.link(case, link_id)
        values = self.read(shapes.MoveSerializer)
        beside = Link.objects.filter(case=case, pk=values.pop("beside", None)).first()
        actions.move_link(link, **values, beside=beside, actor=self.member)
        return self.shown()

    @extend_schema(request=None, responses=shapes.CaseDetailSerializer)
    def review_link(self, request: Request, number: int, link_id: UUID) -> Response:
        case = self.case()
        actions.review_links(case, links=[self.link(case, link_id).pk], actor=self.member)
        return self.shown()

    @extend_schema(request=None, responses=shapes.CaseDetailSerializer)
    def review_all_links(self, request: Request, number: int) -> Response:
        actions.review_links(self.case(), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.NewModuleSerializer, responses={201: shapes.CaseDetailSerializer})
    def add_module(self, request: Request, number: int) -> Response:
        actions.add_module(self.case(), **self.read(shapes.NewModuleSerializer), actor=self.member)
        return self.shown(status.HTTP_201_CREATED)

    @extend_schema(parameters=[MODULE], request=shapes.EditModuleSerializer, responses=shapes.CaseDetailSerializer)
    def edit_module(self, request: Request, number: int, module: str) -> Response:
        actions.edit_module(self.module(module), **self.read(shapes.EditModuleSerializer), actor=self.member)
        return self.shown()

    @extend_schema(parameters=[MODULE], request=None, responses=shapes.CaseDetailSerializer)
    def remove_module(self, request: Request, number: int, module: str) -> Response:
        actions.remove_module(self.module(module), actor=self.member)
        return self.shown()

    @extend_schema(responses=shapes.CitedSerializer(many=True), filters=False)
    def citable(self, request: Request, number: int) -> Response:
        """The public elements of other modules and cases, the nearest in name first."""
        found = citable_elements(self.case(), text=request.query_params.get("search", ""))
        return Response(shapes.CitedSerializer([cited_now(row) for row in found], many=True).data)

    @extend_schema(parameters=[KEY], request=shapes.NewBindingSerializer, responses={201: shapes.CaseDetailSerializer})
    def bind(self, request: Request, number: int, key: str) -> Response:
        element = self.element(self.case())
        actions.bind_evidence(element, **self.read(shapes.NewBindingSerializer), actor=self.member)
        return self.shown(status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditBindingSerializer, responses=shapes.CaseDetailSerializer)
    def edit_binding(self, request: Request, number: int, binding_id: UUID) -> Response:
        binding = self.binding(self.case(), binding_id)
        kept = {name: getattr(binding, name) for name in BINDING_FIELDS}
        actions.edit_binding(binding, **{**kept, **self.read(shapes.EditBindingSerializer)}, actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.RenewBindingSerializer, responses=shapes.CaseDetailSerializer)
    def renew_binding(self, request: Request, number: int, binding_id: UUID) -> Response:
        binding = self.binding(self.case(), binding_id)
        actions.renew_binding(binding, **self.read(shapes.RenewBindingSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.ReasonOfRevisionSerializer, responses=shapes.CaseDetailSerializer)
    def unbind(self, request: Request, number: int, binding_id: UUID) -> Response:
        binding = self.binding(self.case(), binding_id)
        actions.unbind_evidence(binding, **self.read(shapes.ReasonOfRevisionSerializer), actor=self.member)
        return self.shown()


def with_argument(case: AssuranceCase) -> AssuranceCase:
    """The case with all that its detail shows, evaluated now and not to be saved."""
    assessment = assess_draft(case)
    loaded, evaluation = assessment.loaded, assessment.evaluation
    if is_revised(case):
        show_as_of([case], evaluation.at)
        case.causes = with_words(case.standing_causes)
    else:
        case.standing, case.next_transition_at = assessment.standing, assessment.next_transition_at
        case.causes = with_words(assessment.stored_causes())
    case.problems = [said(problem) for problem in problems_in(loaded)]
    for row in loaded.elements.values():
        row.standing = level(evaluation[row.pk])
        row.bound = [bound_of(loaded, binding, evaluation.at) for binding in loaded.bindings.get(row.pk, [])]
    suspect = loaded.suspect_links
    for row in loaded.elements.values():
        row.cited_now = cited_in(loaded, row)
    for link in loaded.links:
        link.is_suspect = link.pk in suspect
        link.source_key = loaded.elements[link.source_id].address
        link.target_key = loaded.elements[link.target_id].address
    case.people = [
        {
            "member": member.pk,
            "name": member.display_name,
            "part": part.key,
            "exception_reason": member.exception_reason,  # type: ignore[attr-defined]
        }
        for part, members in people_of(case)
        for member in members
    ]
    case.element_rows, case.link_rows = list(loaded.elements.values()), loaded.links
    case.module_rows = list(case.modules.all())
    return case


class SignalViewSet(RoomViewSet):
    """Losses of standing that somebody must answer."""

    permissions = {
        "list": "signals.view",
        "retrieve": "signals.view",
        "close": "signals.close",
        "assign": "signals.assign",
    }
    listing_class = SignalListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.SignalSerializer
    queryset = Signal.objects.none()

    def get_queryset(self) -> SignalQuerySet:
        return Signal.objects.for_list()

    def signal(self) -> Signal:
        try:
            return find_signal(min(self.kwargs["number"], shapes.LARGEST))
        except Signal.DoesNotExist:
            raise Http404 from None

    def shown(self) -> Response:
        signal = self.signal()
        signal.worded_causes = with_words(signal.causes)
        return Response(shapes.SignalDetailSerializer(signal).data)

    @extend_schema(responses=shapes.SignalSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(shapes.SignalSerializer)

    @extend_schema(responses=shapes.SignalDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return self.shown()

    @extend_schema(request=shapes.CloseSignalSerializer, responses=shapes.SignalDetailSerializer)
    def close(self, request: Request, number: int) -> Response:
        actions.close_signal(self.signal(), **self.read(shapes.CloseSignalSerializer), actor=self.member)
        return self.shown()

    @extend_schema(request=shapes.AssignSignalSerializer, responses=shapes.SignalDetailSerializer)
    def assign(self, request: Request, number: int) -> Response:
        """Give the signal to another person."""
        actions.assign_signal(self.signal(), **self.read(shapes.AssignSignalSerializer), actor=self.member)
        return self.shown()
