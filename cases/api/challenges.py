"""The API of challenges: the same actions, register and words as the pages."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.rules import RuleBroken
from cases import actions
from cases.api import challenge_serializers as shapes
from cases.api.conditions import case_or_404
from cases.api.serializers import ReasonSerializer
from cases.api.views import RoomViewSet
from cases.challenge_listing import ChallengeEventListing, ChallengeListing, events_of
from cases.challenge_querysets import ChallengeEventQuerySet, ChallengeQuerySet
from cases.models import AssuranceCase, Challenge, ChallengeEvent, Element
from evidence.api.serializers import LARGEST


def challenge_or_404(number: int) -> Challenge:
    rows = Challenge.objects.with_case().as_of(timezone.now()).filter(number=min(number, LARGEST))
    challenge = next(iter(rows), None)
    if challenge is None:
        raise Http404
    return challenge


def element_called(case: AssuranceCase, key: str | None, *, field: str) -> Element | None:
    """An element of the case by its key; RuleBroken at the field where there is none."""
    if not key:
        return None
    element = Element.objects.in_use().filter(case=case).addressed(key).first()
    if element is None:
        raise RuleBroken(_("The case has no element %s.") % key, field=field)
    return element


def answered(challenge: Challenge, code: int = status.HTTP_200_OK) -> Response:
    """The challenge afresh, as it stands now."""
    return Response(shapes.ChallengeSerializer(challenge_or_404(challenge.number)).data, status=code)


class ChallengeViewSet(RoomViewSet):
    """The doubts about arguments, and what became of them."""

    permissions = {
        "list": "challenges.view",
        "retrieve": "challenges.view",
        "create": "challenges.raise",
        "partial_update": "challenges.raise",
        "answer": "challenges.answer",
        "argue": "challenges.raise",
        "decide": "challenges.decide",
        "accept": "challenges.accept",
        "withdraw": "challenges.raise",
        "reopen": "challenges.raise",
    }
    listing_class = ChallengeListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.ChallengeSerializer
    queryset = Challenge.objects.none()

    def get_queryset(self) -> ChallengeQuerySet:
        return Challenge.objects.with_case().as_of(timezone.now())

    @extend_schema(responses=shapes.ChallengeSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(shapes.ChallengeSerializer)

    @extend_schema(responses=shapes.ChallengeSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return answered(challenge_or_404(number))

    @extend_schema(request=shapes.NewChallengeSerializer, responses={201: shapes.ChallengeSerializer})
    def create(self, request: Request, number: int) -> Response:
        case = case_or_404(number)
        said = self.read(shapes.NewChallengeSerializer)
        target = element_called(case, said.pop("element"), field="element")
        if target is None:
            raise RuleBroken(_("Name the element that the doubt is about."), field="element")
        step_to = element_called(case, said.pop("step_to", None), field="step_to")
        challenge = actions.raise_challenge(case, target=target, step_to=step_to, **said, actor=self.member)
        return answered(challenge, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditChallengeSerializer, responses=shapes.ChallengeSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        challenge = challenge_or_404(number)
        kept = {name: getattr(challenge, name) for name in ("statement", "attack", "severity")}
        edited = {**kept, **self.read(shapes.EditChallengeSerializer)}
        return answered(actions.edit_challenge(challenge, **edited, actor=self.member))

    @extend_schema(request=shapes.AnswerChallengeSerializer, responses=shapes.ChallengeSerializer)
    def answer(self, request: Request, number: int) -> Response:
        """Say why the doubt does not hit; somebody else decides."""
        challenge = challenge_or_404(number)
        said = self.with_element(challenge, shapes.AnswerChallengeSerializer)
        return answered(actions.answer_challenge(challenge, **said, actor=self.member))

    @extend_schema(request=shapes.ArgueChallengeSerializer, responses=shapes.ChallengeSerializer)
    def argue(self, request: Request, number: int) -> Response:
        """Add a counter-element to the challenge."""
        said = self.read(shapes.ArgueChallengeSerializer)
        return answered(actions.argue_challenge(challenge_or_404(number), **said, actor=self.member))

    @extend_schema(request=shapes.DecideChallengeSerializer, responses=shapes.ChallengeSerializer)
    def decide(self, request: Request, number: int) -> Response:
        """Sustain or refute."""
        challenge = challenge_or_404(number)
        said = self.with_element(challenge, shapes.DecideChallengeSerializer)
        return answered(actions.decide_challenge(challenge, **said, actor=self.member))

    @extend_schema(request=shapes.AcceptChallengeSerializer, responses=shapes.ChallengeSerializer)
    def accept(self, request: Request, number: int) -> Response:
        """Live with the doubt until a day."""
        said = self.read(shapes.AcceptChallengeSerializer)
        return answered(actions.accept_challenge(challenge_or_404(number), **said, actor=self.member))

    @extend_schema(request=ReasonSerializer, responses=shapes.ChallengeSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        said = self.read(ReasonSerializer)
        return answered(actions.withdraw_challenge(challenge_or_404(number), **said, actor=self.member))

    @extend_schema(request=ReasonSerializer, responses=shapes.ChallengeSerializer)
    def reopen(self, request: Request, number: int) -> Response:
        said = self.read(ReasonSerializer)
        return answered(actions.reopen_challenge(challenge_or_404(number), **said, actor=self.member))

    def with_element(self, challenge: Challenge, shape: Any) -> dict[str, Any]:
        said = self.read(shape)
        key = said.pop("response_element", None)
        return {**said, "response_element": element_called(challenge.case, key, field="response_element")}


class ChallengeEventViewSet(RoomViewSet):
    """All that ever happened to a challenge."""

    permissions = {"list": "challenges.view"}
    listing_class = ChallengeEventListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.ChallengeEventSerializer
    queryset = ChallengeEvent.objects.none()

    def get_queryset(self) -> ChallengeEventQuerySet:
        if "number" not in self.kwargs:  # the description of the API asks without one
            return ChallengeEvent.objects.none()
        return events_of(challenge_or_404(self.kwargs["number"]))

    @extend_schema(responses=shapes.ChallengeEventSerializer(many=True))
    def list(self, request: Request, number: int) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shapes.ChallengeEventSerializer(page, many=True).data)
