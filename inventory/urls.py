"""Addresses of this room's pages."""

from django.urls import path

from inventory import engagement_views, import_views, views

app_name = "inventory"
urlpatterns = [
    path("systems/", views.system_list, name="system_list"),
    path("systems/pick/", views.system_pick, name="system_pick"),
    path("systems/new/", views.system_create, name="system_create"),
    path("systems/import/", import_views.system_import, name="system_import"),
    path("systems/imports/", import_views.import_list, name="import_list"),
    path("systems/imports/<int:number>/", import_views.import_detail, name="import_detail"),
    path("systems/imports/<int:number>/discard/", import_views.import_discard, name="import_discard"),
    path("systems/imports/<int:number>/rejected/", import_views.import_rejected, name="import_rejected"),
    path("systems/<int:number>/", views.system_detail, name="system_detail"),
    path("systems/<int:number>/edit/", views.system_edit, name="system_edit"),
    path("systems/<int:number>/screen/", views.system_screen, name="system_screen"),
    path("systems/<int:number>/retire/", views.system_retire, name="system_retire"),
    path("systems/<int:number>/restore/", views.system_restore, name="system_restore"),
    path("systems/<int:number>/versions/new/", views.version_create, name="version_create"),
    path("systems/<int:number>/versions/<uuid:version_id>/deploy/", views.version_deploy, name="version_deploy"),
    path("engagements/<int:number>/systems/", engagement_views.engagement_systems, name="engagement_systems"),
    path("suppliers/", views.supplier_list, name="supplier_list"),
    path("suppliers/new/", views.supplier_create, name="supplier_create"),
    path("suppliers/<int:number>/", views.supplier_detail, name="supplier_detail"),
    path("suppliers/<int:number>/edit/", views.supplier_edit, name="supplier_edit"),
]
