"""The lists of this room: members, invitations, tokens, engagements, visits."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from aims.pages.wording import show_exact_time, show_person
from aims.tenancy.filters import EngagementFilter, InvitationFilter, MemberFilter, TokenFilter, VisitFilter
from aims.tenancy.models import AccessLog, Engagement, Invitation, Member, Token
from aims.tenancy.permissions import Role

ACTIVE = Badge(_("Active"), "good", "user-check")
DEACTIVATED = Badge(_("Deactivated"), "neutral", "lock")


def state_of_member(member: Member) -> Badge:
    return ACTIVE if member.is_active else DEACTIVATED


def state_of_invitation(invitation: Invitation) -> Badge:
    """Accepted, withdrawn, expired, or open with whether its e-mail left."""
    if invitation.accepted_at:
        return Badge(_("Accepted"), "good", "check")
    if invitation.withdrawn_at:
        return Badge(_("Withdrawn"), "neutral", "x")
    if not invitation.is_open:
        return Badge(_("Expired"), "warn", "hourglass-empty")
    if not invitation.mailed_at:
        return Badge(_("E-mail did not leave: withdraw and invite again"), "bad", "alert-circle")
    return Badge(_("Open"), "info", "mail")


def state_of_token(token: Token) -> Badge:
    if token.revoked_at:
        return Badge(_("Revoked"), "neutral", "ban")
    return Badge(_("Usable"), "good", "key") if token.is_usable else Badge(_("Expired"), "warn", "hourglass-empty")


def state_of_engagement(engagement: Engagement) -> Badge:
    if engagement.ended_at:
        return Badge(_("Ended early"), "neutral", "lock")
    return Badge(_("Open"), "good", "lock-open") if engagement.is_open else Badge(_("Closed"), "neutral", "lock")


class MemberListing(Listing):
    name = "members"
    caption = _("Members")
    columns = (
        Column("display_name", _("Name"), order_by=("display_name",), is_heading=True),
        Column("email", _("E-mail"), "user.email", order_by=("user__email",), is_minor=True),
        Column("roles", _("Roles"), lambda m: ", ".join(m.role_names), export=lambda m: m.role_names),
        Column("job_title", _("Job title"), order_by=("job_title",), is_minor=True),
        Column("unit", _("Unit"), order_by=("unit",), is_minor=True),
        Column("state", _("State"), state_of_member, order_by=("-is_active",)),
        Column("created_at", _("Member since"), order_by=("created_at",), is_minor=True),
    )
    filterset_class = MemberFilter
    search_fields = ("display_name", "user__email", "job_title", "unit")
    default_sort = "display_name"
    empty = {"icon": "users-group", "title": _("No members"), "text": _("Invite people by e-mail.")}

    def get_queryset(self) -> Any:
        return Member.objects.select_related("user")

    def record_url(self, record: Member) -> str:
        return reverse("tenancy:member_detail", args=[self.file_prefix, record.pk]) if self.file_prefix else ""


class InvitationListing(Listing):
    name = "invitations"
    caption = _("Invitations")
    columns = (
        Column("email", _("E-mail"), order_by=("email",), is_heading=True),
        Column("display_name", _("Name"), order_by=("display_name",), is_minor=True),
        Column(
            "roles", _("Roles"), lambda i: ", ".join(str(Role(role).label) for role in i.roles if role in Role.values)
        ),
        Column("state", _("State"), state_of_invitation),
        Column("invited_by", _("Invited by"), lambda i: show_person(i.invited_by), export="invited_by", is_minor=True),
        Column("created_at", _("Sent"), order_by=("created_at",)),
        Column("expires_at", _("Open until"), order_by=("expires_at",), is_minor=True),
    )
    filterset_class = InvitationFilter
    search_fields = ("email", "display_name")
    default_sort = "-created_at"
    empty = {
        "icon": "mail",
        "title": _("Nobody is invited"),
        "text": _("An invitation goes out by e-mail and its link works once, for a week."),
    }

    def get_queryset(self) -> Any:
        return Invitation.objects.select_related("invited_by")

    def record_url(self, record: Invitation) -> str:
        if not record.is_open:
            return ""
        return reverse("tenancy:invitation_withdraw", args=[self.file_prefix, record.pk])


class TokenListing(Listing):
    name = "tokens"
    caption = _("Your API tokens")
    columns = (
        Column("name", _("Name"), order_by=("name",), is_heading=True),
        Column("prefix", _("Begins with"), lambda t: f"{t.prefix}…", is_minor=True),
        Column("scopes", _("Scopes"), lambda t: ", ".join(t.scopes), export="scopes"),
        Column("state", _("State"), state_of_token),
        Column("created_at", _("Issued"), order_by=("created_at",), is_minor=True),
        Column("expires_at", _("Expires"), order_by=("expires_at",)),
        Column("last_used_at", _("Last used"), order_by=("last_used_at",), is_minor=True),
    )
    filterset_class = TokenFilter
    search_fields = ("name", "prefix")
    default_sort = "-created_at"
    empty = {
        "icon": "key",
        "title": _("No API tokens"),
        "text": _("A token lets a program do in your name what its scopes allow, and no more than you may do."),
    }

    def record_url(self, record: Token) -> str:
        return reverse("tenancy:token_revoke", args=[self.file_prefix, record.pk]) if record.is_usable else ""


class EngagementListing(Listing):
    name = "engagements"
    caption = _("Engagements")
    columns = (
        Column("number", _("No."), order_by=("number",), align="end", is_minor=True),
        Column("title", _("Title"), order_by=("title",), is_heading=True),
        Column("member", _("Auditor"), lambda e: show_person(e.member), export="member"),
        Column("body", _("Certification body"), order_by=("body",), is_minor=True),
        Column("starts_on", _("Opens"), order_by=("starts_on",)),
        Column("ends_on", _("Closes"), order_by=("ends_on",)),
        Column("state", _("State"), state_of_engagement),
    )
    filterset_class = EngagementFilter
    search_fields = ("title", "body", "member__display_name")
    number_field = "number"
    default_sort = "-ends_on"
    empty = {
        "icon": "certificate",
        "title": _("No engagements"),
        "text": _("An engagement opens a read-only door for a certification auditor, from one day to another."),
    }

    def get_queryset(self) -> Any:
        return Engagement.objects.select_related("member")

    def record_url(self, record: Engagement) -> str:
        return reverse("tenancy:engagement_detail", args=[self.file_prefix, record.number])


class VisitListing(Listing):
    name = "visits"
    caption = _("Access log")
    columns = (
        Column("at", _("When"), lambda v: show_exact_time(v.at), order_by=("at",), export="at"),
        Column("member", _("Who"), lambda v: show_person(v.member), export="member"),
        Column("path", _("Address"), order_by=("path",), is_heading=True),
        Column("method", _("Method"), is_minor=True),
        Column("status", _("Answer"), align="end", is_minor=True),
    )
    filterset_class = VisitFilter
    search_fields = ("path",)
    default_sort = "-at"
    empty = {
        "icon": "eye",
        "title": _("No visits yet"),
        "text": _("Every page and file that a certification auditor opens is listed here."),
    }

    def get_queryset(self) -> Any:
        return AccessLog.objects.select_related("member")

    def record_url(self, record: AccessLog) -> str:
        return ""
