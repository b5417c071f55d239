"""Addresses of this room's API."""

from django.urls import URLPattern, path

from cases.api.baselines import BaselineViewSet, SignOffViewSet
from cases.api.challenges import ChallengeEventViewSet, ChallengeViewSet
from cases.api.conditions import ConditionEventViewSet, ConditionViewSet
from cases.api.controls import ControlClaimViewSet
from cases.api.drawings import FigureViewSet
from cases.api.exchange import ExchangeViewSet
from cases.api.forecast import ForecastViewSet
from cases.api.life import LifeViewSet, TierViewSet
from cases.api.metrics import IndicatorViewSet, MetricViewSet, ReadingViewSet
from cases.api.reviews import CommentViewSet, ReviewViewSet
from cases.api.smells import SmellViewSet
from cases.api.templates import CaseTemplateViewSet, TemplateViewSet
from cases.api.views import CaseViewSet, SignalViewSet

CASE = "cases/<int:number>/"


def route(address: str, name: str, **methods: str) -> URLPattern:
    return path(address, CaseViewSet.as_view({**methods}), name=f"api_{name}")


def life(address: str, name: str, **methods: str) -> URLPattern:
    return path(f"{CASE}{address}", LifeViewSet.as_view({**methods}), name=f"api_{name}")


urlpatterns = [
    path(f"{CASE}baselines/", BaselineViewSet.as_view({"get": "list", "post": "create"}), name="api_baseline_list"),
    path(f"{CASE}baselines/<int:ordinal>/", BaselineViewSet.as_view({"get": "retrieve"}), name="api_baseline_detail"),
    path(
        f"{CASE}baselines/<int:ordinal>/compare/",
        BaselineViewSet.as_view({"get": "compare"}),
        name="api_baseline_compare",
    ),
    *(
        path(
            f"{CASE}baselines/<int:ordinal>/compare/figures/{address}",
            BaselineViewSet.as_view({"get": action}),
            name=f"api_compare_{action}",
        )
        for address, action in [("", "figures"), ("<slug:key>.svg", "figure_svg"), ("<slug:key>.png", "figure_png")]
    ),
    path("sign-offs/", SignOffViewSet.as_view({"get": "list"}), name="api_sign_off_list"),
    path("sign-offs/<int:number>/", SignOffViewSet.as_view({"get": "retrieve"}), name="api_sign_off_detail"),
    route("cases/", "case_list", get="list", post="create"),
    path("cases/templates/", TemplateViewSet.as_view({"get": "list"}), name="api_template_list"),
    path(
        "cases/templates/<slug:pattern>/",
        TemplateViewSet.as_view({"get": "retrieve", "post": "create"}),
        name="api_template_use",
    ),
    path(
        "cases/templates/<slug:pattern>/preview/",
        TemplateViewSet.as_view({"post": "preview"}),
        name="api_template_preview",
    ),
    path(f"{CASE}templates/<slug:pattern>/", CaseTemplateViewSet.as_view({"post": "create"}), name="api_part_use"),
    path(f"{CASE}adopt/", CaseTemplateViewSet.as_view({"post": "adopt"}), name="api_case_adopt"),
    path("cases/import/", ExchangeViewSet.as_view({"post": "bring_in"}), name="api_case_import"),
    path(f"{CASE}export/", ExchangeViewSet.as_view({"get": "take_out"}), name="api_case_export"),
    path(f"{CASE}export/losses/", ExchangeViewSet.as_view({"get": "losses"}), name="api_case_losses"),
    route(CASE, "case_detail", get="retrieve", patch="partial_update"),
    route(f"{CASE}withdraw/", "case_withdraw", post="withdraw"),
    life("gate/", "case_gate", get="gate"),
    life("decisions/", "case_decisions", get="decisions"),
    life("submit/", "case_submit", post="submit"),
    life("start-challenge/", "case_start_challenge", post="start_challenge"),
    life("ask-decision/", "case_ask_decision", post="ask_decision"),
    life("return/", "case_return", post="give_back"),
    life("decide/", "case_decide", post="decide"),
    life("revise/", "case_revise", post="revise"),
    life("step-down/", "case_step_down", post="step_down"),
    path("tiers/", TierViewSet.as_view({"get": "in_force"}), name="api_tier_list"),
    path("tiers/versions/", TierViewSet.as_view({"get": "versions"}), name="api_tier_versions"),
    path("tiers/<slug:tier>/", TierViewSet.as_view({"patch": "change"}), name="api_tier_edit"),
    route(f"{CASE}appoint/", "case_appoint", post="appoint"),
    route(f"{CASE}dismiss/", "case_dismiss", post="dismiss"),
    route(f"{CASE}standing/", "case_standing", get="standing"),
    route(f"{CASE}forecast/", "case_forecast", get="forecast"),
    route(f"{CASE}transitions/", "case_transitions", get="transitions"),
    path(f"{CASE}figures/", FigureViewSet.as_view({"get": "list"}), name="api_case_figures"),
    path(f"{CASE}figures/<slug:key>.svg", FigureViewSet.as_view({"get": "svg"}), name="api_case_figure"),
    path(f"{CASE}figures/<slug:key>.png", FigureViewSet.as_view({"get": "png"}), name="api_case_figure_png"),
    route(f"{CASE}elements/", "element_add", post="add_element"),
    route(f"{CASE}elements/<str:key>/", "element_edit", patch="edit_element"),
    route(f"{CASE}elements/<str:key>/withdraw/", "element_withdraw", post="withdraw_element"),
    route(f"{CASE}elements/<str:key>/hold/", "element_hold", post="hold_down"),
    route(f"{CASE}elements/<str:key>/lift/", "element_lift", post="lift_hold"),
    route(f"{CASE}elements/<str:key>/bind/", "element_bind", post="bind"),
    route(f"{CASE}links/", "link_add", post="add_link"),
    route(f"{CASE}links/<uuid:link_id>/remove/", "link_remove", post="remove_link"),
    route(f"{CASE}links/<uuid:link_id>/move/", "link_move", post="move_link"),
    route(f"{CASE}links/<uuid:link_id>/review/", "link_review", post="review_link"),
    route(f"{CASE}links/review/", "links_review", post="review_all_links"),
    route(f"{CASE}modules/", "module_add", post="add_module"),
    route(f"{CASE}modules/<slug:module>/", "module_edit", patch="edit_module"),
    route(f"{CASE}modules/<slug:module>/remove/", "module_remove", post="remove_module"),
    route(f"{CASE}citable/", "case_citable", get="citable"),
    route(f"{CASE}bindings/<uuid:binding_id>/", "binding_edit", patch="edit_binding"),
    route(f"{CASE}bindings/<uuid:binding_id>/renew/", "binding_renew", post="renew_binding"),
    route(f"{CASE}bindings/<uuid:binding_id>/remove/", "binding_remove", post="unbind"),
    path(f"{CASE}elements/<str:key>/metrics/", MetricViewSet.as_view({"post": "create"}), name="api_metric_define"),
    path(f"{CASE}conditions/", ConditionViewSet.as_view({"post": "create"}), name="api_condition_add"),
    path(f"{CASE}conditions/rule-out/", ConditionViewSet.as_view({"post": "rule_out"}), name="api_condition_rule_out"),
    path("conditions/", ConditionViewSet.as_view({"get": "list"}), name="api_condition_list"),
    path(
        "conditions/<int:number>/",
        ConditionViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_condition_detail",
    ),
    path(
        "conditions/<int:number>/events/",
        ConditionEventViewSet.as_view({"get": "list"}),
        name="api_condition_events",
    ),
    *(
        path(f"conditions/<int:number>/{verb}/", ConditionViewSet.as_view({"post": verb}), name=f"api_condition_{verb}")
        for verb in ("report", "acknowledge", "clear", "trip", "attest", "retire")
    ),
    path(f"{CASE}checklist/", ReviewViewSet.as_view({"get": "checklist", "post": "answer"}), name="api_checklist"),
    path(f"{CASE}opinions/", ReviewViewSet.as_view({"get": "opinions", "post": "record"}), name="api_opinions"),
    path(f"{CASE}comments/", CommentViewSet.as_view({"post": "create"}), name="api_comment_add"),
    path("comments/", CommentViewSet.as_view({"get": "list"}), name="api_comment_list"),
    path(
        "comments/<int:number>/",
        CommentViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_comment_detail",
    ),
    *(
        path(f"comments/<int:number>/{verb}/", CommentViewSet.as_view({"post": verb}), name=f"api_comment_{verb}")
        for verb in ("reply", "resolve", "unresolve", "withdraw")
    ),
    path(f"{CASE}challenges/", ChallengeViewSet.as_view({"post": "create"}), name="api_challenge_add"),
    path("challenges/", ChallengeViewSet.as_view({"get": "list"}), name="api_challenge_list"),
    path(
        "challenges/<int:number>/",
        ChallengeViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_challenge_detail",
    ),
    path(
        "challenges/<int:number>/events/",
        ChallengeEventViewSet.as_view({"get": "list"}),
        name="api_challenge_events",
    ),
    *(
        path(f"challenges/<int:number>/{verb}/", ChallengeViewSet.as_view({"post": verb}), name=f"api_challenge_{verb}")
        for verb in ("answer", "argue", "decide", "accept", "withdraw", "reopen")
    ),
    path("metrics/", MetricViewSet.as_view({"get": "list"}), name="api_metric_list"),
    path(
        "metrics/<int:number>/",
        MetricViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_metric_detail",
    ),
    path("metrics/<int:number>/chart.svg", MetricViewSet.as_view({"get": "chart"}), name="api_metric_chart"),
    path("metrics/<int:number>/connect/", MetricViewSet.as_view({"post": "connect"}), name="api_metric_connect"),
    path(
        "metrics/<int:number>/disconnect/", MetricViewSet.as_view({"post": "disconnect"}), name="api_metric_disconnect"
    ),
    path("metrics/<int:number>/withdraw/", MetricViewSet.as_view({"post": "withdraw"}), name="api_metric_withdraw"),
    path("metrics/<int:number>/readings/", ReadingViewSet.as_view({"get": "list"}), name="api_reading_list"),
    path("readings/", ReadingViewSet.as_view({"post": "create"}), name="api_reading_add"),
    path("indicators/", IndicatorViewSet.as_view({"get": "list", "post": "create"}), name="api_indicator_list"),
    path(
        "indicators/<int:number>/",
        IndicatorViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="api_indicator_detail",
    ),
    path(
        "controls/<int:number>/claims/",
        ControlClaimViewSet.as_view({"get": "list", "post": "link"}),
        name="api_control_claims",
    ),
    path(
        "controls/<int:number>/claims/remove/",
        ControlClaimViewSet.as_view({"post": "unlink"}),
        name="api_control_claim_remove",
    ),
    path("forecast/", ForecastViewSet.as_view({"get": "list"}), name="api_forecast"),
    path("smells/", SmellViewSet.as_view({"get": "list"}), name="api_smell_list"),
    path("smells/look/", SmellViewSet.as_view({"post": "look"}), name="api_smell_look"),
    path("smells/<int:number>/", SmellViewSet.as_view({"get": "retrieve"}), name="api_smell_detail"),
    path("smells/<int:number>/answer/", SmellViewSet.as_view({"post": "answer"}), name="api_smell_answer"),
    path("signals/", SignalViewSet.as_view({"get": "list"}), name="api_signal_list"),
    path("signals/<int:number>/", SignalViewSet.as_view({"get": "retrieve"}), name="api_signal_detail"),
    path("signals/<int:number>/close/", SignalViewSet.as_view({"post": "close"}), name="api_signal_close"),
    path("signals/<int:number>/assign/", SignalViewSet.as_view({"post": "assign"}), name="api_signal_assign"),
]
