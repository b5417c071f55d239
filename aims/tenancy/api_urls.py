"""Addresses of this room's API."""

from django.urls import path

from aims.tenancy.api_people import MemberViewSet, MeViewSet

urlpatterns = [
    path("me/", MeViewSet.as_view({"get": "retrieve"}), name="api_me"),
    path("members/", MemberViewSet.as_view({"get": "list"}), name="api_member_list"),
    path("members/<uuid:member>/", MemberViewSet.as_view({"get": "retrieve"}), name="api_member_detail"),
]
