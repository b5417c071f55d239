"""Addresses of this room's API."""

from django.urls import path

from aims.standards.api.views import ClauseViewSet, RequirementViewSet

urlpatterns = [
    path("clauses/", ClauseViewSet.as_view({"get": "list"}), name="api_clause_list"),
    path("requirements/", RequirementViewSet.as_view({"get": "list"}), name="api_requirement_list"),
    path(
        "requirements/<str:requirement>/",
        RequirementViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="api_requirement_detail",
    ),
]
