"""Addresses of this room's pages."""

from django.urls import path

from aims.tenancy.views import engagements, invitations, members, settings, tokens

app_name = "tenancy"
urlpatterns = [
    path("settings/", settings.hub, name="settings"),
    path("settings/organisation/", settings.organisation_edit, name="organisation_edit"),
    path("access-log/", settings.visit_list, name="visit_list"),
    path("members/", members.member_list, name="member_list"),
    path("members/<uuid:member>/", members.member_detail, name="member_detail"),
    path("members/<uuid:member>/edit/", members.member_edit, name="member_edit"),
    path("members/<uuid:member>/deactivate/", members.member_deactivate, name="member_deactivate"),
    path("members/<uuid:member>/reactivate/", members.member_reactivate, name="member_reactivate"),
    path("members/<uuid:member>/tokens/<uuid:token>/revoke/", members.member_token_revoke, name="member_token_revoke"),
    path("invitations/", invitations.invitation_list, name="invitation_list"),
    path("invitations/new/", invitations.invitation_create, name="invitation_create"),
    path("invitations/<uuid:invitation>/withdraw/", invitations.invitation_withdraw, name="invitation_withdraw"),
    path("invitations/<str:secret>/", invitations.invitation_accept, name="invitation_accept"),
    path("tokens/", tokens.token_list, name="token_list"),
    path("tokens/new/", tokens.token_create, name="token_create"),
    path("tokens/<uuid:token>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("engagements/", engagements.engagement_list, name="engagement_list"),
    path("engagements/new/", engagements.engagement_create, name="engagement_create"),
    path("engagements/<int:number>/", engagements.engagement_detail, name="engagement_detail"),
    path("engagements/<int:number>/auditors/add/", engagements.engagement_auditor_add, name="engagement_auditor_add"),
    path(
        "engagements/<int:number>/auditors/<uuid:member>/remove/",
        engagements.engagement_auditor_remove,
        name="engagement_auditor_remove",
    ),
    path("engagements/<int:number>/end/", engagements.engagement_end, name="engagement_end"),
]
