"""Addresses of this room's API."""

from django.urls import path

from evidence.api.request_views import RequestViewSet
from evidence.api.views import EvidenceViewSet as View

STEPS = {"submit": "submit", "accept": "accept", "return": "give_back", "decline": "decline", "cancel": "cancel"}

urlpatterns = [
    path("evidence/", View.as_view({"get": "list", "post": "create"}), name="api_evidence_list"),
    path("evidence/upload/", View.as_view({"post": "upload"}), name="api_evidence_upload"),
    path(
        "evidence/requests/",
        RequestViewSet.as_view({"get": "list", "post": "create"}),
        name="api_evidence_request_list",
    ),
    path(
        "evidence/requests/<int:number>/",
        RequestViewSet.as_view({"get": "retrieve", "put": "update"}),
        name="api_evidence_request_detail",
    ),
    *(
        path(
            f"evidence/requests/<int:number>/{step}/",
            RequestViewSet.as_view({"post": action}),
            name=f"api_evidence_request_{step}",
        )
        for step, action in STEPS.items()
    ),
    path("evidence/<int:number>/", View.as_view({"get": "retrieve", "put": "update"}), name="api_evidence_detail"),
    path("evidence/<int:number>/withdraw/", View.as_view({"post": "withdraw"}), name="api_evidence_withdraw"),
    path("evidence/<int:number>/supersede/", View.as_view({"post": "supersede"}), name="api_evidence_supersede"),
    path("evidence/<int:number>/reliance/", View.as_view({"get": "reliance"}), name="api_evidence_reliance"),
    path("evidence/<int:number>/versions/", View.as_view({"post": "add_version"}), name="api_evidence_versions"),
    path(
        "evidence/<int:number>/versions/<int:ordinal>/review/",
        View.as_view({"post": "review"}),
        name="api_evidence_review",
    ),
    path(
        "evidence/<int:number>/versions/<int:ordinal>/check/",
        View.as_view({"post": "check"}),
        name="api_evidence_check",
    ),
    path(
        "evidence/<int:number>/files/<uuid:file>/download/",
        View.as_view({"get": "download"}),
        name="api_evidence_download",
    ),
    path(
        "evidence/<int:number>/files/<uuid:file>/read-again/",
        View.as_view({"post": "read_again"}),
        name="api_evidence_read_again",
    ),
]
