"""Addresses of this room's pages."""

from django.urls import path

from aims.standards import views

app_name = "standards"
urlpatterns = [
    path("clauses/", views.clause_list, name="clause_list"),
    path("clauses/<str:clause>/", views.clause_detail, name="clause_detail"),
    path("requirements/", views.requirement_list, name="requirement_list"),
    path("requirements/<str:requirement>/", views.requirement_detail, name="requirement_detail"),
    path("requirements/<str:requirement>/edit/", views.requirement_edit, name="requirement_edit"),
    path("positions/<int:number>/", views.position_detail, name="position_detail"),
]
