"""The API of assurance smells: the same register, actions and words as the pages."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from cases import actions
from cases.api.serializers import LARGEST, REVISION, TextField
from cases.api.views import RoomViewSet
from cases.models import Smell
from cases.smells.kinds import WHY, SmellKind
from cases.smells.listing import SmellListing, ranked


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Smell",
            response_only=True,
            value={
                "number": 3,
                "revision": 1,
                "kind": "older_than_version",
                "what": "Evidence is older than the version in operation",
                "case": 1,
                "status": "present",
                "count": 2,
                "found_at": "2026-11-20T06:00:00Z",
                "looked_at": "2026-11-21T06:00:00Z",
                "gone_at": None,
                "answer": "",
                "answered_by": None,
                "answered_at": None,
            },
        )
    ]
)
class SmellSerializer(serializers.ModelSerializer):
    """What an auditor would look at twice; `case` is null when it is about all of them."""

    what = serializers.CharField(read_only=True)
    case = serializers.IntegerField(source="case.number", default=None, allow_null=True, read_only=True)
    answered_by = serializers.CharField(
        source="answered_by.display_name", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Smell
        fields = [
            "number",
            "revision",
            "kind",
            "what",
            "case",
            "status",
            "count",
            "found_at",
            "looked_at",
            "gone_at",
            "answer",
            "answered_by",
            "answered_at",
        ]
        read_only_fields = fields
        reads: dict[str, tuple[str, ...]] = {"what": ("kind",)}


class SmellRecordSerializer(serializers.Serializer):
    """A record in which it was found."""

    record = serializers.CharField(source="label")
    detail = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    element = serializers.CharField()


class SmellDetailSerializer(SmellSerializer):
    """A smell with why it is one, what would answer it, and the records."""

    why = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField()
    records = SmellRecordSerializer(many=True, read_only=True)

    class Meta(SmellSerializer.Meta):
        fields = [*SmellSerializer.Meta.fields, "why", "remedy", "records"]

    @extend_schema_field(serializers.CharField())
    def get_why(self, smell: Smell) -> str:
        return str(WHY[SmellKind(smell.kind)].reason)

    @extend_schema_field(serializers.CharField())
    def get_remedy(self, smell: Smell) -> str:
        return str(WHY[SmellKind(smell.kind)].remedy)


class AnswerSerializer(serializers.Serializer):
    answer = TextField(max_length=2000)
    revision = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False, help_text=REVISION)


class LookedSerializer(serializers.Serializer):
    """When the organisation was looked through, and when that is due again."""

    looked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()


class SmellViewSet(RoomViewSet):
    """What tells an argument that is kept up from one that is performed."""

    permissions = {
        "list": "cases.view",
        "retrieve": "cases.view",
        "answer": "smells.answer",
        "look": "smells.answer",
    }
    listing_class = SmellListing
    filter_backends = LIST_BACKENDS
    serializer_class = SmellSerializer
    queryset = Smell.objects.none()

    def get_queryset(self) -> QuerySet[Smell]:
        return ranked(Smell.objects.all())

    def smell(self) -> Smell:
        found: Smell | None = self.get_queryset().filter(number=min(self.kwargs["number"], LARGEST)).first()
        if found is None:
            raise Http404
        return found

    @extend_schema(responses=SmellSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(SmellSerializer)

    @extend_schema(responses=SmellDetailSerializer)
    def retrieve(self, request: Request, number: int) -> Response:
        return Response(SmellDetailSerializer(self.smell()).data)

    @extend_schema(request=AnswerSerializer, responses=SmellDetailSerializer)
    def answer(self, request: Request, number: int) -> Response:
        """Say why it is so, or what is done about it."""
        actions.answer_smell(self.smell(), **self.read(AnswerSerializer), actor=self.member)
        return Response(SmellDetailSerializer(self.smell()).data)

    @extend_schema(request=None, responses=LookedSerializer)
    def look(self, request: Request) -> Response:
        """Look through all cases now."""
        return Response(LookedSerializer(actions.look_for_smells(actor=self.member)).data)
