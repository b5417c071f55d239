"""Addresses of this room's pages."""

from django.urls import path

from risks.views import controls, risks, treatments

app_name = "risks"
urlpatterns = [
    path("risks/", risks.risk_list, name="risk_list"),
    path("risks/matrix/", risks.risk_matrix, name="risk_matrix"),
    path("risks/new/", risks.risk_create, name="risk_create"),
    path("risks/<int:number>/", risks.risk_detail, name="risk_detail"),
    path("risks/<int:number>/edit/", risks.risk_edit, name="risk_edit"),
    path("risks/<int:number>/systems/", risks.risk_systems, name="risk_systems"),
    path("risks/<int:number>/accept/", risks.risk_accept, name="risk_accept"),
    path("risks/<int:number>/review/", risks.risk_review, name="risk_review"),
    path("risks/<int:number>/close/", risks.risk_close, name="risk_close"),
    path("risks/<int:number>/reopen/", risks.risk_reopen, name="risk_reopen"),
    path("risks/<int:number>/treatments/new/", treatments.treatment_create, name="treatment_create"),
    path("treatments/<int:number>/edit/", treatments.treatment_edit, name="treatment_edit"),
    path("treatments/<int:number>/start/", treatments.treatment_start, name="treatment_start"),
    path("treatments/<int:number>/complete/", treatments.treatment_complete, name="treatment_complete"),
    path("treatments/<int:number>/cancel/", treatments.treatment_cancel, name="treatment_cancel"),
    path("controls/", controls.control_list, name="control_list"),
    path("controls/new/", controls.control_create, name="control_create"),
    path("controls/<int:number>/", controls.control_detail, name="control_detail"),
    path("controls/<int:number>/edit/", controls.control_edit, name="control_edit"),
    path("controls/<int:number>/evidence/", controls.control_evidence, name="control_evidence"),
    path("controls/<int:number>/evidence/<int:item>/", controls.control_demands, name="control_demands"),
]
