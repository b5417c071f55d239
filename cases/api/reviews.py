"""The API of reviews: comments, the checklist, opinions; the same actions, register and words as the pages."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.rules import RuleBroken
from cases import actions
from cases.api import review_serializers as shapes
from cases.api.challenges import element_called
from cases.api.conditions import case_or_404
from cases.api.views import RoomViewSet
from cases.challenge_querysets import CommentQuerySet
from cases.comment_listing import CommentListing
from cases.models import AssuranceCase, ClaimMetric, DegradationCondition, ReviewComment
from cases.reviews import checklist_of, opinions_of
from evidence.api.serializers import LARGEST


def comment_or_404(number: int) -> ReviewComment:
    rows = ReviewComment.objects.with_people().select_related("parent")
    comment = rows.filter(number=min(number, LARGEST)).first()
    if comment is None:
        raise Http404
    return comment


def answered(comment: ReviewComment, code: int = status.HTTP_200_OK) -> Response:
    return Response(shapes.ThreadSerializer(comment_or_404(comment.number)).data, status=code)


class CommentViewSet(RoomViewSet):
    """What reviewers remark on cases."""

    permissions = {
        "list": "comments.view",
        "retrieve": "comments.view",
        "create": "comments.add",
        "reply": "comments.add",
        "partial_update": "comments.add",
        "resolve": "comments.add",
        "unresolve": "comments.add",
        "withdraw": "comments.add",
    }
    listing_class = CommentListing
    filter_backends = LIST_BACKENDS
    serializer_class = shapes.CommentSerializer
    queryset = ReviewComment.objects.none()

    def get_queryset(self) -> CommentQuerySet:
        return ReviewComment.objects.threads().with_people()

    @extend_schema(responses=shapes.CommentSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(shapes.CommentSerializer)

    @extend_schema(responses=shapes.ThreadSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return answered(comment_or_404(number))

    @extend_schema(request=shapes.NewCommentSerializer, responses={201: shapes.ThreadSerializer})
    def create(self, request: Request, number: int) -> Response:
        case = case_or_404(number)
        said = self.read(shapes.NewCommentSerializer)
        about: dict[str, Any] = {
            name: element_called(case, said.pop(name, None), field=name) for name in ("element", "step_to")
        }
        about |= parts_called(case, said.pop("metric", None), said.pop("condition", None))
        comment = actions.add_comment(case, **said, **about, actor=self.member)
        return answered(comment, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.ReplySerializer, responses={201: shapes.ThreadSerializer})
    def reply(self, request: Request, number: int) -> Response:
        thread = comment_or_404(number)
        said = self.read(shapes.ReplySerializer)
        actions.add_comment(thread.case, **said, parent=thread, actor=self.member)
        return answered(thread, status.HTTP_201_CREATED)

    @extend_schema(request=shapes.EditCommentSerializer, responses=shapes.ThreadSerializer)
    def partial_update(self, request: Request, number: int) -> Response:
        said = self.read(shapes.EditCommentSerializer)
        return answered(actions.edit_comment(comment_or_404(number), **said, actor=self.member))

    @extend_schema(request=None, responses=shapes.ThreadSerializer)
    def resolve(self, request: Request, number: int) -> Response:
        return answered(actions.resolve_comment(comment_or_404(number), actor=self.member))

    @extend_schema(request=None, responses=shapes.ThreadSerializer)
    def unresolve(self, request: Request, number: int) -> Response:
        return answered(actions.unresolve_comment(comment_or_404(number), actor=self.member))

    @extend_schema(request=None, responses=shapes.ThreadSerializer)
    def withdraw(self, request: Request, number: int) -> Response:
        return answered(actions.withdraw_comment(comment_or_404(number), actor=self.member))


def parts_called(case: AssuranceCase, metric: int | None, condition: int | None) -> dict[str, Any]:
    """A metric and a condition of the case by their numbers; RuleBroken at the field where there is none."""
    found: dict[str, Any] = {}
    if metric is not None:
        rows = ClaimMetric.objects.select_related("element").filter(element__case=case, number=metric)
        found["metric"] = rows.first()
    if condition is not None:
        found["condition"] = DegradationCondition.objects.filter(case=case, number=condition).first()
    for name, row in found.items():
        if row is None:
            raise RuleBroken(_("The case has nothing of this number."), field=name)
    return found


class ReviewViewSet(RoomViewSet):
    """The checklist of a case and the opinions of its challengers."""

    permissions = {
        "checklist": "cases.view",
        "answer": "checklists.answer",
        "opinions": "cases.view",
        "record": "opinions.record",
    }
    serializer_class = shapes.PromptSerializer

    @extend_schema(responses=shapes.PromptSerializer(many=True))
    def checklist(self, request: Request, number: int) -> Response:
        """The questions that the tier asks, with all answers."""
        return Response(shapes.PromptSerializer(checklist_of(case_or_404(number)), many=True).data)

    @extend_schema(request=shapes.ChecklistSerializer, responses=shapes.PromptSerializer(many=True))
    def answer(self, request: Request, number: int) -> Response:
        """Answer questions about the argument as it is now."""
        case = case_or_404(number)
        said = self.read(shapes.ChecklistSerializer)
        answers = {one["prompt"]: (one["answer"], one.get("remark", "")) for one in said["answers"]}
        actions.answer_checklist(case, answers=answers, actor=self.member)
        return Response(shapes.PromptSerializer(checklist_of(case), many=True).data)

    @extend_schema(responses=shapes.OpinionSerializer(many=True))
    def opinions(self, request: Request, number: int) -> Response:
        """The newest opinion of each challenger."""
        return Response(shapes.OpinionSerializer(opinions_of(case_or_404(number)), many=True).data)

    @extend_schema(request=shapes.NewOpinionSerializer, responses={201: shapes.OpinionSerializer(many=True)})
    def record(self, request: Request, number: int) -> Response:
        """Say what you, an appointed challenger, make of the case."""
        case = case_or_404(number)
        actions.record_opinion(case, **self.read(shapes.NewOpinionSerializer), actor=self.member)
        given = shapes.OpinionSerializer(opinions_of(case), many=True).data
        return Response(given, status=status.HTTP_201_CREATED)
