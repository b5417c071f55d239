"""Addresses of this room's API."""

from django.urls import path

from aims.documents.api.views import DocumentViewSet

urlpatterns = [
    path("documents/", DocumentViewSet.as_view({"get": "list", "post": "create"}), name="api_document_list"),
    path(
        "documents/<int:number>/",
        DocumentViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="api_document_detail",
    ),
    path("documents/<int:number>/approve/", DocumentViewSet.as_view({"post": "approve"}), name="api_document_approve"),
    path(
        "documents/<int:number>/withdraw/", DocumentViewSet.as_view({"post": "withdraw"}), name="api_document_withdraw"
    ),
]
