"""Templates by the API: which there are, what one would make, and using it; the checks and words are those of the pages."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cases import actions
from cases.actions.templating import said_of_fault
from cases.api.serializers import LARGEST, CaseDetailSerializer, MemberField, SystemNumberField, TextField
from cases.api.views import RoomViewSet, with_argument
from cases.drafts import ArgumentDraft
from cases.models import AssuranceCase, Element
from cases.patterns import Pattern, checked, instantiate, pattern_called, patterns
from cases.selectors import find_case
from cases.template_forms import person_of

PATTERN = OpenApiParameter("pattern", str, OpenApiParameter.PATH, description="The key of a template, such as P5.")
ANSWERS = gettext_lazy("By the name of the question; a list takes objects, a person their identifier.")


class ColumnSerializer(serializers.Serializer):
    """What is asked, and which answers are taken."""

    name = serializers.CharField()
    kind = serializers.CharField()
    ask = serializers.CharField()
    help = serializers.CharField()
    example = serializers.CharField()
    is_required = serializers.BooleanField()
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField(), source="values")


class QuestionSerializer(ColumnSerializer):
    """A question of a template; a list has columns."""

    is_complete = serializers.BooleanField(help_text=gettext_lazy("Each row is covered by a claim of its own."))
    columns = ColumnSerializer(many=True)


class TemplateSerializer(serializers.Serializer):
    """A template: what it is for, and what it asks."""

    key = serializers.CharField()
    version = serializers.IntegerField()
    title = serializers.CharField()
    purpose = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    use_when = serializers.ListField(child=serializers.CharField())
    avoid_when = serializers.ListField(child=serializers.CharField())
    questions = QuestionSerializer(many=True)


class DraftElementSerializer(serializers.Serializer):
    """An element that would be made."""

    key = serializers.CharField()
    kind = serializers.CharField()
    statement = serializers.CharField()
    category = serializers.CharField()
    is_undeveloped = serializers.BooleanField()
    is_uninstantiated = serializers.BooleanField()
    pattern_key = serializers.CharField()


class AboutSerializer(serializers.Serializer):
    """A condition or a doubt, and the element that it is about; without one, the whole case."""

    key = serializers.CharField(allow_blank=True)
    statement = serializers.CharField()


class DraftSerializer(serializers.Serializer):
    """What a template and some answers would make."""

    elements = DraftElementSerializer(many=True)
    links = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    conditions = AboutSerializer(many=True)
    doubts = AboutSerializer(many=True)


class AnswersField(serializers.DictField):
    """The answers to a template; persons come by their identifier."""

    def to_internal_value(self, data: Any) -> Any:
        answers = dict(super().to_internal_value(data))
        pattern: Pattern = self.context["pattern"]
        wrong: dict[str, list[str]] = {}
        for question in pattern.questions:
            if question.kind == "member" and answers.get(question.name) not in (None, ""):
                try:
                    answers[question.name] = person_of(MemberField().run_validation(answers[question.name]))
                except serializers.ValidationError as refused:
                    wrong[question.name] = [str(one) for one in refused.detail]  # type: ignore[union-attr]
        for fault in checked(pattern, answers)[1]:
            wrong.setdefault(fault.field, []).append(said_of_fault(fault))
        if wrong:
            raise serializers.ValidationError(wrong)
        return answers


class AnswersSerializer(serializers.Serializer):
    """The answers to the questions of a template."""

    answers = AnswersField(help_text=ANSWERS)


class CaseFromTemplateSerializer(AnswersSerializer):
    """A case to open from a template."""

    system = SystemNumberField()
    title = TextField(max_length=300)
    purpose = TextField(max_length=300)
    accountable_owner = MemberField()
    scope_text = TextField(max_length=10_000, required=False, allow_blank=True)
    review_by = serializers.DateField(required=False, allow_null=True)


class PartFromTemplateSerializer(AnswersSerializer):
    """A part of a case to make from a template."""

    below = TextField(
        max_length=60, required=False, help_text=gettext_lazy("The key of the claim; left out where nothing is argued.")
    )


class ReadStatementSerializer(serializers.Serializer):
    """A statement as it was read."""

    key = TextField(max_length=60)
    statement = TextField(max_length=5000)


class AdoptSerializer(serializers.Serializer):
    """What was read and is adopted; each statement as it says now."""

    elements = ReadStatementSerializer(many=True, allow_empty=False)


class TemplateRoom(RoomViewSet):
    """What both viewsets share."""

    serializer_class = TemplateSerializer
    queryset = AssuranceCase.objects.none()

    def pattern(self) -> Pattern:
        found = pattern_called(self.kwargs["pattern"])
        if found is None:
            raise Http404
        return found

    def shown(self, number: int, code: int) -> Response:
        data = CaseDetailSerializer(with_argument(find_case(number))).data
        base = self.request.path.partition("/cases/")[0]
        headers = {"Location": self.request.build_absolute_uri(f"{base}/cases/{number}/")} if code == 201 else {}
        return Response(data, status=code, headers=headers)


class TemplateViewSet(TemplateRoom):
    """The templates, and opening a case from one."""

    permissions = {"list": "cases.view", "retrieve": "cases.view", "preview": "cases.view", "create": "cases.add"}

    @extend_schema(responses=TemplateSerializer(many=True), filters=False)
    def list(self, request: Request) -> Response:
        return Response(TemplateSerializer(patterns(), many=True).data)

    @extend_schema(parameters=[PATTERN], responses=TemplateSerializer)
    def retrieve(self, request: Request, pattern: str) -> Response:
        return Response(TemplateSerializer(self.pattern()).data)

    @extend_schema(parameters=[PATTERN], request=AnswersSerializer, responses=DraftSerializer)
    def preview(self, request: Request, pattern: str) -> Response:
        """What the answers would make; writes nothing."""
        template = self.pattern()
        values = self.read(AnswersSerializer, pattern=template)
        draft = instantiate(template, values["answers"], today=timezone.localdate())
        return Response(DraftSerializer(shape_of(draft)).data)

    @extend_schema(parameters=[PATTERN], request=CaseFromTemplateSerializer, responses={201: CaseDetailSerializer})
    def create(self, request: Request, pattern: str) -> Response:
        template = self.pattern()
        values = self.read(CaseFromTemplateSerializer, pattern=template)
        case = actions.open_from_template(**values, pattern=template, actor=self.member)
        return self.shown(case.number, status.HTTP_201_CREATED)


class CaseTemplateViewSet(TemplateRoom):
    """Templates within one case: a part made from one, and adopting what it says."""

    permissions = {"create": "cases.edit", "adopt": "cases.edit"}

    def case(self) -> AssuranceCase:
        try:
            return find_case(min(self.kwargs["number"], LARGEST))
        except AssuranceCase.DoesNotExist:
            raise Http404 from None

    @extend_schema(parameters=[PATTERN], request=PartFromTemplateSerializer, responses={201: CaseDetailSerializer})
    def create(self, request: Request, number: int, pattern: str) -> Response:
        case, template = self.case(), self.pattern()
        values = self.read(PartFromTemplateSerializer, pattern=template)
        key = values.pop("below", "")
        below = Element.objects.in_use().filter(case=case).addressed(key).first() if key else None
        if key and below is None:
            raise Http404
        actions.add_from_template(case, **values, below=below, pattern=template, actor=self.member)
        return self.shown(case.number, status.HTTP_201_CREATED)

    @extend_schema(request=AdoptSerializer, responses=CaseDetailSerializer)
    def adopt(self, request: Request, number: int) -> Response:
        """Make what a template says one's own, as it was read."""
        case = self.case()
        read = {one["key"]: one["statement"] for one in self.read(AdoptSerializer)["elements"]}
        actions.adopt_elements(case, read=read, actor=self.member)
        return self.shown(case.number, status.HTTP_200_OK)


def shape_of(draft: ArgumentDraft) -> dict[str, Any]:
    address = {element.id: draft.address_of(element) for element in draft.elements}
    for element in draft.elements:
        element.key = address[element.id]
    return {
        "elements": draft.elements,
        "links": [[address[link.source], link.kind, address[link.target]] for link in draft.links],
        "conditions": [{"key": address.get(c.element, ""), "statement": c.rule["statement"]} for c in draft.conditions],
        "doubts": [{"key": address[d.target], "statement": d.statement} for d in draft.challenges],
    }
