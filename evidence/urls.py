"""Addresses of this room's pages."""

from django.urls import path

from evidence.views import calendar, library, pictures, requests, uploads

app_name = "evidence"
urlpatterns = [
    path("evidence/", library.evidence_list, name="evidence_list"),
    path("evidence/add/", library.evidence_create, name="evidence_create"),
    path("evidence/upload/", uploads.evidence_upload, name="evidence_upload"),
    path("evidence/calendar/", calendar.expiry_calendar, name="expiry_calendar"),
    path("evidence/calendar.ics", calendar.expiry_file, name="expiry_file"),
    path("systems/<int:number>/evidence.svg", pictures.system_picture, name="system_picture"),
    path("evidence/requests/", requests.request_list, name="request_list"),
    path("evidence/requests/ask/", requests.request_create, name="request_create"),
    path("evidence/requests/<int:number>/", requests.request_detail, name="request_detail"),
    path("evidence/requests/<int:number>/edit/", requests.request_edit, name="request_edit"),
    path("evidence/requests/<int:number>/submit/", requests.request_submit, name="request_submit"),
    path("evidence/requests/<int:number>/accept/", requests.request_accept, name="request_accept"),
    path("evidence/requests/<int:number>/return/", requests.request_return, name="request_return"),
    path("evidence/requests/<int:number>/decline/", requests.request_decline, name="request_decline"),
    path("evidence/requests/<int:number>/cancel/", requests.request_cancel, name="request_cancel"),
    path("evidence/<int:number>/", library.evidence_detail, name="evidence_detail"),
    path("evidence/<int:number>/edit/", library.evidence_edit, name="evidence_edit"),
    path("evidence/<int:number>/withdraw/", library.evidence_withdraw, name="evidence_withdraw"),
    path("evidence/<int:number>/supersede/", library.evidence_supersede, name="evidence_supersede"),
    path("evidence/<int:number>/versions/add/", library.version_create, name="version_create"),
    path("evidence/<int:number>/versions/<int:ordinal>/review/", library.version_review, name="version_review"),
    path("evidence/<int:number>/versions/<int:ordinal>/check/", library.version_check, name="version_check"),
    path("evidence/<int:number>/files/<uuid:file>/download/", library.evidence_download, name="evidence_download"),
    path("evidence/<int:number>/files/<uuid:file>/read-again/", library.text_read_again, name="text_read_again"),
]
