"""Pages under an organisation that need several rooms."""

from django.urls import path

from aims.site import views

app_name = "site"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
]
