"""Addresses of the API under an organisation that need several rooms."""

from django.urls import path

from aims.site.search_api import SearchViewSet

urlpatterns = [
    path("search/", SearchViewSet.as_view({"get": "list"}), name="api_search"),
]
