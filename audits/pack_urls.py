"""Addresses of audit packs."""

from django.urls import path

from audits.packs import views

urlpatterns = [
    path("packs/", views.pack_list, name="pack_list"),
    path("packs/new/", views.pack_create, name="pack_create"),
    path("packs/<int:number>/", views.pack_detail, name="pack_detail"),
    path("packs/<int:number>/retry/", views.pack_retry, name="pack_retry"),
    path("packs/<int:number>/download/", views.pack_download, name="pack_download"),
]
