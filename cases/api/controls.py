"""The API of the claims that show controls to work."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from aims.rules import RuleBroken
from cases import actions
from cases.api.serializers import LARGEST, StandingField, TextField
from cases.api.views import RoomViewSet
from cases.models import Element
from cases.panels import claims_now
from risks.judging import judged
from risks.models import Control


class NamedClaimSerializer(serializers.Serializer):
    """A claim that is to show the control to work; its standing is null where it is argued no more."""

    case = serializers.IntegerField(source="element.case.number")
    element = serializers.CharField(source="element.address")
    statement = serializers.CharField(source="element.statement")
    relevance = serializers.CharField()
    standing = StandingField(allow_null=True)
    counts_as = serializers.CharField()


class ShownControlSerializer(serializers.Serializer):
    """Whether a control is shown to work, and by which claims."""

    control = serializers.IntegerField()
    effectiveness = serializers.ChoiceField(choices=Control.Effectiveness.choices)
    effectiveness_reason = serializers.CharField()
    claims = NamedClaimSerializer(many=True)


class UnlinkClaimSerializer(serializers.Serializer):
    """A claim by its case and its key."""

    case = serializers.IntegerField(min_value=1, max_value=LARGEST, help_text=gettext_lazy("The number of the case."))
    element = TextField(max_length=60, help_text=gettext_lazy("The key of the claim, such as G2."))


class LinkClaimSerializer(UnlinkClaimSerializer):
    """The same with what it shows."""

    relevance = TextField(required=False, allow_blank=True, max_length=500)


class ControlClaimViewSet(RoomViewSet):
    """The claims that show a control to work."""

    permissions = {"list": "controls.view", "link": "controls.edit", "unlink": "controls.edit"}
    serializer_class = ShownControlSerializer
    pagination_class = None
    filter_backends: list[type] = []

    def control(self) -> Control:
        control: Control = get_object_or_404(Control, number=min(self.kwargs["number"], LARGEST))
        return control

    def element(self, case: int, address: str) -> Element:
        rows = Element.objects.addressed(address).filter(case__number=case).select_related("case__system", "module")
        element: Element | None = rows.order_by("-withdrawn_at").first()
        if element is None:
            raise RuleBroken(
                _("Case %(case)d has no element “%(key)s”. Give the key of one.") % {"case": case, "key": address[:30]},
                field="element",
            )
        return element

    def shown(self) -> Response:
        control = self.control()
        found = judged([control], timezone.now())[control.pk]
        shape = {
            "control": control.number,
            "effectiveness": found.effectiveness,
            "effectiveness_reason": found.reason,
            "claims": claims_now(control),
        }
        return Response(ShownControlSerializer(shape).data, status=status.HTTP_200_OK)

    @extend_schema(operation_id="control_claims_list", responses=ShownControlSerializer)
    def list(self, request: Request, number: int) -> Response:
        return self.shown()

    @extend_schema(request=LinkClaimSerializer, responses=ShownControlSerializer)
    def link(self, request: Request, number: int) -> Response:
        said = self.read(LinkClaimSerializer)
        element = self.element(said.pop("case"), said.pop("element"))
        actions.link_control(self.control(), element=element, **said, actor=self.member)
        return self.shown()

    @extend_schema(request=UnlinkClaimSerializer, responses=ShownControlSerializer)
    def unlink(self, request: Request, number: int) -> Response:
        said = self.read(UnlinkClaimSerializer)
        actions.unlink_control(
            self.control(),
            element=self.element(**{"case": said["case"], "address": said["element"]}),
            actor=self.member,
        )
        return self.shown()
