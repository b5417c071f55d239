"""Addresses of this room's pages."""

from django.urls import path

from evidence import views

app_name = "evidence"
urlpatterns = [
    path("evidence/", views.evidence_list, name="evidence_list"),
    path("evidence/add/", views.evidence_create, name="evidence_create"),
    path("evidence/<int:number>/", views.evidence_detail, name="evidence_detail"),
    path("evidence/<int:number>/edit/", views.evidence_edit, name="evidence_edit"),
    path("evidence/<int:number>/withdraw/", views.evidence_withdraw, name="evidence_withdraw"),
    path("evidence/<int:number>/supersede/", views.evidence_supersede, name="evidence_supersede"),
    path("evidence/<int:number>/versions/add/", views.version_create, name="version_create"),
    path("evidence/<int:number>/versions/<int:ordinal>/review/", views.version_review, name="version_review"),
    path("evidence/<int:number>/versions/<int:ordinal>/check/", views.version_check, name="version_check"),
    path("evidence/<int:number>/files/<uuid:file>/download/", views.evidence_download, name="evidence_download"),
]
