"""What can happen to organisations and people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganisationEvent(models.TextChoices):
    CREATED = "tenancy.organisation.created", _("created the organisation")
    RENAMED = "tenancy.organisation.renamed", _("renamed the organisation")


class MemberEvent(models.TextChoices):
    ADDED = "tenancy.member.added", _("added the member")
    CHANGED = "tenancy.member.changed", _("changed the member")
    DEACTIVATED = "tenancy.member.deactivated", _("deactivated the member")
    REACTIVATED = "tenancy.member.reactivated", _("reactivated the member")


class InvitationEvent(models.TextChoices):
    SENT = "tenancy.invitation.sent", _("sent the invitation")
    ACCEPTED = "tenancy.invitation.accepted", _("accepted the invitation")
    WITHDRAWN = "tenancy.invitation.withdrawn", _("withdrew the invitation")


class TokenEvent(models.TextChoices):
    ISSUED = "tenancy.token.issued", _("issued the API token")
    REVOKED = "tenancy.token.revoked", _("revoked the API token")


class EngagementEvent(models.TextChoices):
    OPENED = "tenancy.engagement.opened", _("opened the engagement")
    ENDED = "tenancy.engagement.ended", _("ended the engagement")
    AUDITOR_ADDED = "tenancy.engagement.auditor_added", _("let an auditor in by the engagement")
    AUDITOR_REMOVED = "tenancy.engagement.auditor_removed", _("took an auditor off the engagement")
