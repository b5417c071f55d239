"""Everything that changes organisations and people."""

import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.events import EngagementEvent, InvitationEvent, MemberEvent, OrganisationEvent, TokenEvent
from aims.tenancy.grants import give, holders, take
from aims.tenancy.models import ATTEND, Engagement, Invitation, Member, Organisation, Token, User, digest_of
from aims.tenancy.numbers import next_number
from aims.tenancy.permissions import READ_ONLY_ROLES, Role, every_permission
from aims.tenancy.scope import working_in
from aims.trail.record import record

INVITATION_DAYS = 7
LONGEST_TOKEN_DAYS = 366


@transaction.atomic
def create_organisation(*, name: str, slug: str) -> Organisation:
    """A new, empty organisation. The operator's act: nobody inside can make one."""
    validate_slug(slug)
    if Organisation.objects.filter(slug=slug).exists():
        raise RuleBroken(_("The short name “%s” is taken. Choose another.") % slug, field="slug")
    organisation = Organisation.objects.create(name=name.strip(), slug=slug)
    with working_in(organisation):
        record(OrganisationEvent.CREATED, organisation, actor=None, slug=slug)
    return organisation


@transaction.atomic
def rename_organisation(organisation: Organisation, *, name: str, actor: Member) -> Organisation:
    """Change the name that people see; the short name in addresses stays, so that links keep working."""
    row = Organisation.objects.select_for_update().get(pk=organisation.pk)
    before, wanted = row.name, name.strip()
    if before != wanted:
        row.name = wanted
        row.save(update_fields=["name"])
        record(OrganisationEvent.RENAMED, row, actor=actor, name=[before, wanted])
    return row


@transaction.atomic
def add_member(
    organisation: Organisation,
    *,
    user: User,
    display_name: str,
    roles: Iterable[str],
    actor: Member | None,
    job_title: str = "",
    unit: str = "",
) -> Member:
    """Make an account a member. The organisation must be entered."""
    if Member.objects.filter(user=user).exists():
        raise RuleBroken(_("%s is a member already. Change the roles there.") % user.email, field="email")
    member = Member.objects.create(
        organisation=organisation,
        user=user,
        display_name=display_name,
        roles=checked_roles(roles),
        job_title=job_title,
        unit=unit,
    )
    record(MemberEvent.ADDED, member, actor=actor, roles=member.roles)
    return member


def checked_roles(roles: Iterable[str]) -> list[str]:
    """The roles in a fixed order; outside and inside roles do not mix."""
    chosen = set(roles)
    unknown = chosen - set(Role.values)
    if unknown or not chosen:
        raise RuleBroken(_("Choose at least one of the roles offered."), field="roles")
    if Role.CERTIFICATION_AUDITOR in chosen and len(chosen) > 1:
        raise RuleBroken(
            _("A certification auditor is independent and holds no other role here. Choose only that one."),
            field="roles",
        )
    return [role for role in Role.values if role in chosen]


@transaction.atomic
def change_member(
    member: Member,
    *,
    display_name: str,
    roles: Iterable[str],
    job_title: str,
    unit: str,
    actor: Member,
    revision: int | None = None,
) -> Member:
    """Change name, roles, title or unit; the last governance officer keeps that role."""
    row = locked(member, revision=revision)
    wanted = checked_roles(roles)
    if Role.GOVERNANCE_OFFICER in row.roles and Role.GOVERNANCE_OFFICER not in wanted:
        refuse_last_officer(row)
    told = save_changes(row, display_name=display_name, roles=wanted, job_title=job_title, unit=unit)
    if told:
        record(MemberEvent.CHANGED, row, actor=actor, **told)
    return row


@transaction.atomic
def deactivate_member(member: Member, *, actor: Member) -> Member:
    """Close the door for a member; what they did stays. Their tokens stop working with them."""
    row = locked(member)
    if not row.is_active:
        return row
    if row.pk == actor.pk:
        raise RuleBroken(_("You cannot deactivate yourself. Ask another governance officer."))
    if Role.GOVERNANCE_OFFICER in row.roles:
        refuse_last_officer(row)
    row.is_active, row.deactivated_at = False, timezone.now()
    row.save(update_fields=["is_active", "deactivated_at"])
    record(MemberEvent.DEACTIVATED, row, actor=actor)
    return row


@transaction.atomic
def reactivate_member(member: Member, *, actor: Member) -> Member:
    """Open the door again."""
    row = locked(member)
    if row.is_active:
        return row
    row.is_active, row.deactivated_at = True, None
    row.save(update_fields=["is_active", "deactivated_at"])
    record(MemberEvent.REACTIVATED, row, actor=actor)
    return row


def refuse_last_officer(member: Member) -> None:
    """An organisation without a governance officer could not be run by anybody."""
    others = Member.objects.holding(Role.GOVERNANCE_OFFICER).exclude(pk=member.pk).select_for_update()
    if not others:
        raise RuleBroken(
            _("%s is the last governance officer. Give the role to somebody else first.") % member, field="roles"
        )


@transaction.atomic
def send_invitation(*, email: str, display_name: str, roles: Iterable[str], actor: Member) -> tuple[Invitation, str]:
    """Invite by e-mail; returns the invitation and the secret of its link, which is kept nowhere."""
    wanted = checked_roles(roles)
    if Member.objects.filter(user__email__iexact=email).exists():
        raise RuleBroken(_("%s is a member already. Change the roles there.") % email, field="email")
    if Invitation.objects.pending().filter(email__iexact=email).exists():
        raise RuleBroken(_("%s has an open invitation. Withdraw it first to send another.") % email, field="email")
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=actor.organisation,
        email=email.lower(),
        display_name=display_name,
        roles=wanted,
        digest=digest_of(secret),
        invited_by=actor,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    record(InvitationEvent.SENT, invitation, actor=actor, roles=wanted)
    return invitation, secret


@transaction.atomic
def accept_invitation(invitation: Invitation, *, user: User) -> Member:
    """Become a member by an invitation. The account's address must be the invited one."""
    row = locked(invitation)
    if row.accepted_at or row.withdrawn_at or row.expires_at <= timezone.now():
        raise RuleBroken(_("This invitation is no longer open. Ask for a new one."))
    if user.email.lower() != row.email.lower():
        raise RuleBroken(_("This invitation is for %s. Sign in with that account.") % row.email)
    member = add_member(
        row.organisation, user=user, display_name=row.display_name, roles=row.roles, actor=row.invited_by
    )
    row.accepted_at = timezone.now()
    row.save(update_fields=["accepted_at"])
    record(InvitationEvent.ACCEPTED, row, actor=member)
    return member


@transaction.atomic
def join_by_invitation(invitation: Invitation, *, display_name: str, password: str) -> Member:
    """Make the account that the invitation is for, and the member. The link proves the address."""
    row = locked(invitation)  # before the account is made, so that two clicks make one
    if User.objects.filter(email__iexact=row.email).exists():
        raise RuleBroken(_("There is an account for %s. Sign in with it to accept.") % row.email)
    user = User.objects.create_user(row.email, password, name=display_name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    row.display_name = display_name
    row.save(update_fields=["display_name"])
    return accept_invitation(row, user=user)


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, actor: Member) -> Invitation:
    """Make the link useless."""
    row = locked(invitation)
    if row.accepted_at:
        raise RuleBroken(_("This invitation was accepted. Deactivate the member instead."))
    if row.withdrawn_at is None:
        row.withdrawn_at = timezone.now()
        row.save(update_fields=["withdrawn_at"])
        record(InvitationEvent.WITHDRAWN, row, actor=actor)
    return row


@transaction.atomic
def issue_token(
    member: Member, *, name: str, scopes: Iterable[str], days: int, actor: Member | None
) -> tuple[Token, str]:
    """A token for a member's own use; returns it and its secret, which is shown once and kept nowhere."""
    wanted = list(dict.fromkeys(scopes))
    unknown = set(wanted) - every_permission() - {"read", "write"}
    if not wanted or unknown:
        raise RuleBroken(
            _("Scopes are “read”, “write” or permission names such as “risks.add”. Not known: %s")
            % ", ".join(sorted(unknown) or ["–"]),
            field="scopes",
        )
    if set(member.roles) <= READ_ONLY_ROLES:
        raise RuleBroken(_("Members who only read cannot hold tokens."))
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise RuleBroken(_("A token lives from 1 to %s days.") % LONGEST_TOKEN_DAYS, field="days")
    secret = f"aims_{secrets.token_urlsafe(32)}"
    token = Token.objects.create(
        organisation_id=member.organisation_id,
        member=member,
        name=name,
        prefix=secret[:10],
        digest=digest_of(secret),
        scopes=wanted,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(TokenEvent.ISSUED, token, actor=actor, scopes=wanted, days=days)
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, actor: Member) -> Token:
    """Make a token useless at once."""
    row = locked(token)
    if row.revoked_at is None:
        row.revoked_at = timezone.now()
        row.save(update_fields=["revoked_at"])
        record(TokenEvent.REVOKED, row, actor=actor)
    return row


@transaction.atomic
def open_engagement(
    member: Member,
    *,
    title: str,
    body: str,
    starts_on: date,
    ends_on: date,
    period_from: date,
    period_to: date,
    actor: Member | None,
    is_limited: bool = False,
) -> Engagement:
    """Give a certification auditor a time-boxed, read-only door: to everything, or to AI systems named afterwards."""
    refuse_as_auditor(member)
    if ends_on < starts_on:
        raise RuleBroken(_("The engagement closes before it opens. Check the dates."), field="ends_on")
    if period_to < period_from:
        raise RuleBroken(_("The audited period ends before it starts. Check the dates."), field="period_to")
    if (ends_on - starts_on).days > 366:
        raise RuleBroken(_("An engagement lasts a year at most. Open another one later."), field="ends_on")
    engagement = Engagement.objects.create(
        organisation_id=member.organisation_id,
        number=next_number(member.organisation, Engagement),
        title=title,
        member=member,
        body=body,
        starts_on=starts_on,
        ends_on=ends_on,
        period_from=period_from,
        period_to=period_to,
        is_limited=is_limited,
    )
    give(engagement, ATTEND, member)
    told = {"auditor": member, "starts_on": starts_on, "ends_on": ends_on, "limited": is_limited}
    record(EngagementEvent.OPENED, engagement, actor=actor, **told)
    return engagement


@transaction.atomic
def add_auditor(engagement: Engagement, member: Member, *, actor: Member) -> Engagement:
    """Let another auditor of the team in by the same door."""
    row = locked(engagement)
    refuse_ended(row)
    refuse_as_auditor(member)
    if holders(row, ATTEND).filter(pk=member.pk).exists():
        raise RuleBroken(_("%s is on this engagement already.") % member, field="member")
    give(row, ATTEND, member)
    record(EngagementEvent.AUDITOR_ADDED, row, actor=actor, auditor=member)
    return row


@transaction.atomic
def remove_auditor(engagement: Engagement, member: Member, *, actor: Member) -> Engagement:
    """Close the door to one auditor of the team; the lead auditor's closes with the engagement."""
    row = locked(engagement)
    refuse_ended(row)
    if member.pk == row.member_id:
        raise RuleBroken(_("%s leads this audit. End the engagement instead, and open another one.") % member)
    if holders(row, ATTEND).filter(pk=member.pk).exists():
        take(row, ATTEND, member)
        record(EngagementEvent.AUDITOR_REMOVED, row, actor=actor, auditor=member)
    return row


def refuse_as_auditor(member: Member) -> None:
    if not member.is_certification_auditor or not member.is_active:
        raise RuleBroken(_("Only a certification auditor works under an engagement."), field="member")


def refuse_ended(engagement: Engagement) -> None:
    if engagement.ended_at is not None:
        raise RuleBroken(_("This engagement was ended. Open another one."))


@transaction.atomic
def end_engagement(engagement: Engagement, *, actor: Member) -> Engagement:
    """Close the door before its time."""
    row = locked(engagement)
    if row.ended_at is None:
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
        record(EngagementEvent.ENDED, row, actor=actor)
    return row
