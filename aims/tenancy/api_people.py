"""The API of members, and of oneself."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from aims.pages.api import LIST_BACKENDS
from aims.tenancy.api import OrganisationViewSet
from aims.tenancy.listing import MemberListing
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role

ADA = {
    "id": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11",
    "display_name": "Ada Officer",
    "email": "officer@acme.example",
    "roles": ["governance_officer"],
    "job_title": "Head of AI governance",
    "unit": "Risk",
    "is_active": True,
    "created_at": "2026-01-12T09:30:00Z",
}


@extend_schema_serializer(examples=[OpenApiExample("Member", value=ADA)])
class MemberSerializer(serializers.ModelSerializer):
    """A person in the organisation."""

    email = serializers.EmailField(source="user.email", read_only=True)
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices), read_only=True)

    class Meta:
        model = Member
        fields = ["id", "display_name", "email", "roles", "job_title", "unit", "is_active", "created_at"]
        read_only_fields = fields
        reads: dict[str, tuple[str, ...]] = {}


@extend_schema_serializer(
    examples=[
        OpenApiExample("Me", value={**ADA, "organisation": "acme", "permissions": ["risks.view", "systems.view"]})
    ]
)
class MeSerializer(MemberSerializer):
    """Who is asking, and what their roles allow; a token's scopes may narrow it."""

    organisation = serializers.SlugField(source="organisation.slug", read_only=True)
    permissions = serializers.SerializerMethodField()

    class Meta(MemberSerializer.Meta):
        fields = [*MemberSerializer.Meta.fields, "organisation", "permissions"]
        read_only_fields = fields

    def get_permissions(self, member: Member) -> list[str]:
        return sorted(member.permissions)


class MemberViewSet(OrganisationViewSet):
    """Members of the organisation."""

    permissions = {"list": "members.view", "retrieve": "members.view"}
    listing_class = MemberListing
    filter_backends = LIST_BACKENDS
    serializer_class = MemberSerializer
    queryset = Member.objects.none()

    def get_queryset(self) -> Any:
        return Member.objects.select_related("user")

    @extend_schema(responses=MemberSerializer(many=True))
    def list(self, request: Request) -> Response:
        return self.listed(MemberSerializer)

    @extend_schema(responses=MemberSerializer, parameters=[OpenApiParameter("member", UUID, OpenApiParameter.PATH)])
    def retrieve(self, request: Request, member: UUID) -> Response:
        return Response(MemberSerializer(get_object_or_404(self.get_queryset(), pk=member)).data)


class MeViewSet(OrganisationViewSet):
    """Oneself."""

    permissions = {"retrieve": "home.view"}
    serializer_class = MeSerializer
    queryset = Member.objects.none()

    @extend_schema(responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        return Response(MeSerializer(self.member).data)
