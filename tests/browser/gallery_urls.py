"""The gallery alone, as its own site."""

from django.urls import include, path

urlpatterns = [path("", include("aims.pages.urls"))]
