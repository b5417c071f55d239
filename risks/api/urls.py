"""Addresses of this room's API."""

from django.urls import path

from risks.api.views import ControlViewSet, RiskViewSet, TreatmentViewSet

urlpatterns = [
    path("risks/", RiskViewSet.as_view({"get": "list", "post": "create"}), name="api_risk_list"),
    path("risks/matrix/", RiskViewSet.as_view({"get": "matrix"}), name="api_risk_matrix"),
    path(
        "risks/<int:number>/",
        RiskViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_risk_detail",
    ),
    path("risks/<int:number>/review/", RiskViewSet.as_view({"post": "review"}), name="api_risk_review"),
    path("risks/<int:number>/accept/", RiskViewSet.as_view({"post": "accept"}), name="api_risk_accept"),
    path("risks/<int:number>/close/", RiskViewSet.as_view({"post": "close"}), name="api_risk_close"),
    path("risks/<int:number>/reopen/", RiskViewSet.as_view({"post": "reopen"}), name="api_risk_reopen"),
    path(
        "risks/<int:number>/treatments/",
        RiskViewSet.as_view({"get": "treatments", "post": "add_treatment"}),
        name="api_risk_treatments",
    ),
    path(
        "treatments/<int:number>/",
        TreatmentViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_treatment_detail",
    ),
    path("treatments/<int:number>/start/", TreatmentViewSet.as_view({"post": "start"}), name="api_treatment_start"),
    path(
        "treatments/<int:number>/complete/",
        TreatmentViewSet.as_view({"post": "complete"}),
        name="api_treatment_complete",
    ),
    path("treatments/<int:number>/cancel/", TreatmentViewSet.as_view({"post": "cancel"}), name="api_treatment_cancel"),
    path("controls/", ControlViewSet.as_view({"get": "list", "post": "create"}), name="api_control_list"),
    path(
        "controls/<int:number>/",
        ControlViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_control_detail",
    ),
    path(
        "controls/<int:number>/evidence/",
        ControlViewSet.as_view({"post": "link_evidence"}),
        name="api_control_evidence",
    ),
    path(
        "controls/<int:number>/evidence/remove/",
        ControlViewSet.as_view({"post": "unlink_evidence"}),
        name="api_control_evidence_remove",
    ),
]
