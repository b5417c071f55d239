"""Addresses of this room's pages."""

from django.urls import path

from aims.documents import views

app_name = "documents"
urlpatterns = [
    path("documents/", views.document_list, name="document_list"),
    path("documents/new/", views.document_create, name="document_create"),
    path("documents/<int:number>/", views.document_detail, name="document_detail"),
    path("documents/<int:number>/edit/", views.document_edit, name="document_edit"),
    path("documents/<int:number>/approve/", views.document_approve, name="document_approve"),
    path("documents/<int:number>/withdraw/", views.document_withdraw, name="document_withdraw"),
]
