"""Addresses of this room's API."""

from typing import Any

from django.urls import include, path
from django.urls.resolvers import URLPattern

from audits.api import views


def routes(noun: str, view: Any, name: str, **verbs: str) -> list[URLPattern]:
    """The address of a record and one below it per verb, which POST carries out: `accept="accept"`."""
    single: dict[str, Any] = {
        method: action for method, action in {"get": "retrieve", "put": "update"}.items() if hasattr(view, action)
    }
    return [
        path(f"{noun}/<int:number>/", view.as_view(single), name=f"api_{name}_detail"),
        *[
            path(
                f"{noun}/<int:number>/{verb.replace('_', '-')}/",
                view.as_view({"post": action}),
                name=f"api_{name}_{verb}",
            )
            for verb, action in verbs.items()
        ],
    ]


READ: dict[str, Any] = {"get": "list"}
READ_AND_ADD: dict[str, Any] = {"get": "list", "post": "create"}
AUDIT, REVIEW = views.AuditViewSet, views.ReviewViewSet

urlpatterns = [
    path("audits/", AUDIT.as_view(READ_AND_ADD), name="api_audit_list"),
    *routes(
        "audits",
        AUDIT,
        "audit",
        clauses="clauses",
        start="start",
        report="report",
        cancel="cancel",
        findings="raise_finding",
    ),
    path("audits/<int:number>/checklist/", AUDIT.as_view({"get": "checklist"}), name="api_audit_checklist"),
    path("audits/<int:number>/checklist/<int:ordinal>/", AUDIT.as_view({"put": "record_item"}), name="api_audit_item"),
    path("findings/", views.FindingViewSet.as_view(READ), name="api_finding_list"),
    *routes("findings", views.FindingViewSet, "finding"),
    path("nonconformities/", views.NonconformityViewSet.as_view(READ_AND_ADD), name="api_nonconformity_list"),
    *routes(
        "nonconformities",
        views.NonconformityViewSet,
        "nonconformity",
        analyse="analyse",
        actions="plan_action",
        close="close",
        reopen="reopen",
    ),
    path("corrective-actions/", views.CorrectiveActionViewSet.as_view(READ), name="api_corrective_action_list"),
    *routes(
        "corrective-actions",
        views.CorrectiveActionViewSet,
        "corrective_action",
        complete="complete",
        check="check_effect",
        cancel="cancel",
    ),
    path("reviews/", REVIEW.as_view(READ_AND_ADD), name="api_review_list"),
    *routes(
        "reviews",
        REVIEW,
        "review",
        gather="gather",
        freeze="freeze",
        reopen="reopen",
        hold="hold",
        cancel="cancel",
        decisions="decide",
        actions="agree",
    ),
    path("reviews/<int:number>/inputs/<int:ordinal>/", REVIEW.as_view({"put": "comment"}), name="api_review_input"),
    *routes("decisions", views.ReviewDecisionViewSet, "decision"),
    path("review-actions/", views.ReviewActionViewSet.as_view(READ), name="api_review_action_list"),
    *routes("review-actions", views.ReviewActionViewSet, "review_action", complete="complete", drop="drop"),
    path("", include("audits.api.pack_urls")),
]
