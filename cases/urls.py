"""Addresses of this room's pages."""

from django.urls import path

from cases.views import argument, case, metrics, signals

app_name = "cases"
urlpatterns = [
    path("cases/", case.case_list, name="case_list"),
    path("cases/add/", case.case_create, name="case_create"),
    path("cases/<int:number>/", case.case_detail, name="case_detail"),
    path("cases/<int:number>/edit/", case.case_edit, name="case_edit"),
    path("cases/<int:number>/withdraw/", case.case_withdraw, name="case_withdraw"),
    path("cases/<int:number>/drawing/", case.case_drawing, name="case_drawing"),
    path("cases/<int:number>/figures/<slug:key>.svg", case.case_figure, name="case_figure"),
    path("cases/<int:number>/forecast/", case.case_forecast, name="case_forecast"),
    path("cases/<int:number>/history/", case.case_history, name="case_history"),
    path("cases/<int:number>/people/add/", case.person_add, name="person_add"),
    path("cases/<int:number>/people/<slug:part>/<uuid:member>/remove/", case.person_remove, name="person_remove"),
    path("cases/<int:number>/elements/add/", argument.element_add, name="element_add"),
    path("cases/<int:number>/elements/<str:key>/edit/", argument.element_edit, name="element_edit"),
    path("cases/<int:number>/elements/<str:key>/withdraw/", argument.element_withdraw, name="element_withdraw"),
    path("cases/<int:number>/elements/<str:key>/link/", argument.element_link, name="element_link"),
    path("cases/<int:number>/elements/<str:key>/bind/", argument.element_bind, name="element_bind"),
    path("cases/<int:number>/elements/<str:key>/hold/", argument.element_hold, name="element_hold"),
    path("cases/<int:number>/elements/<str:key>/lift/", argument.element_lift, name="element_lift"),
    path("cases/<int:number>/links/<uuid:link_id>/remove/", argument.link_remove, name="link_remove"),
    path("cases/<int:number>/bindings/<uuid:binding_id>/edit/", argument.binding_edit, name="binding_edit"),
    path("cases/<int:number>/bindings/<uuid:binding_id>/renew/", argument.binding_renew, name="binding_renew"),
    path("cases/<int:number>/bindings/<uuid:binding_id>/remove/", argument.binding_remove, name="binding_remove"),
    path("cases/<int:number>/elements/<str:key>/metrics/add/", metrics.metric_define, name="metric_define"),
    path("metrics/", metrics.metric_list, name="metric_list"),
    path("metrics/<int:number>/", metrics.metric_detail, name="metric_detail"),
    path("metrics/<int:number>/chart.svg", metrics.metric_chart, name="metric_chart"),
    path("metrics/<int:number>/edit/", metrics.metric_edit, name="metric_edit"),
    path("metrics/<int:number>/connect/", metrics.metric_connect, name="metric_connect"),
    path("metrics/<int:number>/disconnect/", metrics.metric_disconnect, name="metric_disconnect"),
    path("metrics/<int:number>/withdraw/", metrics.metric_withdraw, name="metric_withdraw"),
    path("metrics/<int:number>/readings/add/", metrics.reading_add, name="reading_add"),
    path("readings/import/", metrics.reading_import, name="reading_import"),
    path("indicators/", metrics.indicator_list, name="indicator_list"),
    path("indicators/add/", metrics.indicator_add, name="indicator_add"),
    path("indicators/<int:number>/", metrics.indicator_detail, name="indicator_detail"),
    path("indicators/<int:number>/edit/", metrics.indicator_edit, name="indicator_edit"),
    path("signals/", signals.signal_list, name="signal_list"),
    path("signals/<int:number>/", signals.signal_detail, name="signal_detail"),
    path("signals/<int:number>/close/", signals.signal_close, name="signal_close"),
    path("signals/<int:number>/assign/", signals.signal_assign, name="signal_assign"),
]
