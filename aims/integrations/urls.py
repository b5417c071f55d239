"""Addresses of this room's pages."""

from django.urls import path

from aims.integrations import views

app_name = "integrations"
urlpatterns = [
    path("notifications/", views.notification_list, name="notification_list"),
    path("notifications/read/", views.notification_read, name="notification_read"),
    path("notifications/digest/", views.digest_choose, name="digest_choose"),
    path("settings/digest/", views.digest_hour, name="digest_hour"),
]
