"""The e-mail that invites. It leaves after the commit, because its secret is kept nowhere and cannot be sent later."""

from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.tenancy.models import Invitation
from aims.tenancy.scope import working_in

log = structlog.get_logger(__name__)


def mail_invitation(organisation_id: UUID, invitation_id: UUID, secret: str) -> bool:
    """Send one invitation and note that it left; False when the mail server refused, which the list then says."""
    with working_in(organisation_id):
        invitation = Invitation.objects.select_related("organisation", "invited_by").get(pk=invitation_id)
    try:
        invitation_message(invitation, secret).send()
    except Exception as problem:  # whatever a mail server can answer: the person who invited sees it in the list
        log.warning("mail_failed", invitation=str(invitation_id), problem=type(problem).__name__)
        return False
    with working_in(organisation_id):
        Invitation.objects.filter(pk=invitation_id).update(mailed_at=timezone.now())
    return True


def invitation_message(invitation: Invitation, secret: str) -> EmailMultiAlternatives:
    """The invitation as text and as HTML."""
    organisation = invitation.organisation
    address = reverse("tenancy:invitation_accept", kwargs={"slug": organisation.slug, "secret": secret})
    heading = _("You are invited to %(organisation)s") % {"organisation": one_line(organisation.name)}
    context = {
        "organisation": organisation,
        "invitation": invitation,
        "heading": heading,
        "action_url": f"{settings.BASE_URL}{address}",
        "action_label": _("Accept the invitation"),
        "reason": _("You receive this because somebody entered your address. If you did not expect it, do nothing."),
    }
    message = EmailMultiAlternatives(
        subject=heading,
        body=render_to_string("tenancy/invitation_email.txt", context),
        to=[invitation.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("tenancy/invitation_email.html", context), "text/html")
    return message


def one_line(text: str) -> str:
    """SECURITY: a line feed in a subject would begin another header."""
    return " ".join(text.split())
