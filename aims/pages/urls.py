"""The gallery of components, mounted only while developing."""

from django.urls import path

from aims.pages import views

app_name = "pages"
urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("form/", views.gallery_form, name="gallery_form"),
]
