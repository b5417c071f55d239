"""Addresses of this room's pages."""

from django.urls import path

from aims.trail import views

app_name = "trail"
urlpatterns = [
    path("trail/", views.event_list, name="event_list"),
    path("trail/records/<str:kind>/<uuid:record>/", views.record_detail, name="record_detail"),
]
