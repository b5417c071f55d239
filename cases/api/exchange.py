"""Bringing arguments in and taking cases out over the API: the same actions, formats and words as the pages."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from cases.actions.exchange import detect_or_refused, import_argument, look_at, report_of, require_new_case
from cases.api import serializers as shapes
from cases.api.views import RoomViewSet
from cases.bringing_in import said_of_note
from cases.evaluation import assess
from cases.exchange.formats import FORMATS
from cases.exchange.source import MOST_FILES, Source
from cases.exchange_listing import account_of
from cases.exporting import answer_file, export, formats_of_export
from cases.models import AssuranceCase
from cases.selectors import find_case


class FileSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=255)
    content = serializers.CharField(trim_whitespace=False, max_length=10 * 1024 * 1024)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An argument as indented text",
            request_only=True,
            value={
                "system": 3,
                "title": "Credit scoring may be relied on",
                "purpose": "Deciding on small loans",
                "accountable_owner": "0190b0a0-0000-7000-8000-000000000001",
                "files": [{"name": "loans.ltac", "content": "- Claim G1: Loans are decided even-handedly\n"}],
                "dry_run": True,
            },
        )
    ]
)
class ImportSerializer(shapes.NewCaseSerializer):
    """A new case with the argument of some files; with `dry_run` only what would come of it."""

    claim = None  # type: ignore[assignment]
    files = FileSerializer(many=True, allow_empty=False, max_length=MOST_FILES)  # type: ignore[call-arg]
    format = serializers.ChoiceField(choices=list(FORMATS), required=False, default="", allow_blank=True)
    dry_run = serializers.BooleanField(required=False, default=False)


class NoteSerializer(serializers.Serializer):
    place = serializers.CharField()
    message = serializers.CharField()


class ImportReportSerializer(serializers.Serializer):
    """What came in, or would: numbers by kind, and what was repaired and lost."""

    case = serializers.IntegerField(allow_null=True)
    number = serializers.IntegerField(allow_null=True)
    format = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    links = serializers.IntegerField()
    repairs = NoteSerializer(many=True)
    losses = NoteSerializer(many=True)


class LossesSerializer(serializers.Serializer):
    format = serializers.CharField()
    name = serializers.CharField()
    losses = serializers.ListField(child=serializers.CharField())


class AnyFormat(DefaultContentNegotiation):
    """`?format=` names the format of the case here, not that of the answer."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers


class ExchangeViewSet(RoomViewSet):
    """Arguments in and out."""

    permissions = {"bring_in": "cases.add", "take_out": "registers.export", "losses": "registers.export"}
    content_negotiation_class = AnyFormat
    queryset = AssuranceCase.objects.none()

    def case(self) -> AssuranceCase:
        try:
            return find_case(min(self.kwargs["number"], shapes.LARGEST))
        except AssuranceCase.DoesNotExist:
            raise Http404 from None

    @extend_schema(request=ImportSerializer, responses={200: ImportReportSerializer, 201: ImportReportSerializer})
    def bring_in(self, request: Request) -> Response:
        """A file that is refused is answered by 409 with the places; a dry run by 200; a new case by 201."""
        said = self.read(ImportSerializer)
        sources = [Source(one["name"], one["content"].encode()) for one in said.pop("files")]
        dry_run, system = said.pop("dry_run"), said["system"]
        format = said.pop("format") or detect_or_refused(sources[0])
        if dry_run:
            require_new_case(self.member, system)
            return Response(reported(format, report_of(look_at(sources, format))))
        row = import_argument(sources=sources, actor=self.member, format=format, **said)
        told = reported(format, row.report, number=row.number, case=row.case.number if row.case else None)
        return Response(told, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[OpenApiParameter("format", str, enum=["aims", "gsn2x", "sacm", "ltac", "tea", "markdown", "dot",
                                                          "mermaid", "cyclonedx", "evidence-csv"])],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )  # fmt: skip
    def take_out(self, request: Request, number: int) -> HttpResponse:
        """The case in a format; X-Losses counts what the file leaves out, and `losses/` names it."""
        return answer_file(request.organisation.slug, self.case(), export(assess(self.case()), self.format(request)))

    @extend_schema(parameters=[OpenApiParameter("format", str)], responses=LossesSerializer)
    def losses(self, request: Request, number: int) -> Response:
        """What a format leaves out of this case."""
        format = self.format(request)
        losses = [said_of_note(note) for note in export(assess(self.case()), format).losses]
        return Response({"format": format, "name": formats_of_export()[format][0], "losses": losses})

    def format(self, request: Request) -> str:
        chosen = request.query_params.get("format", "aims")
        if chosen not in formats_of_export():
            known = ", ".join(formats_of_export())
            raise ValidationError({"format": [_("There is no such format. Choose one of %s.") % known]})
        return chosen


def reported(
    format: str, report: dict[str, Any], *, number: int | None = None, case: int | None = None
) -> dict[str, Any]:
    account = account_of(report)
    return {
        "case": case,
        "number": number,
        "format": format,
        "counts": report["counts"],
        "links": report["links"],
        "repairs": [{"place": place, "message": message} for place, message in account.repairs],
        "losses": [{"place": place, "message": message} for place, message in account.losses],
    }
