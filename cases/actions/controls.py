"""Naming the claims that show a control to work."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from aims.trail.record import record
from cases.events import ControlClaimEvent
from cases.models import AssuranceCase, ControlClaim, Element
from risks.actions import refresh_effectiveness
from risks.models import Control


@transaction.atomic
def link_control(control: Control, *, element: Element, actor: Member, relevance: str = "") -> ControlClaim:
    """Say that a claim shows a control to work; naming it again changes what is said of it."""
    row, relevance = locked(control), relevance.strip()
    if row.applicability == Control.Applicability.EXCLUDED:
        raise RuleBroken(_("This control is excluded. Include it first, then name a claim."))
    if element.kind != Element.Kind.GOAL or element.role != Element.Role.SUPPORT:
        raise RuleBroken(_("Only a claim shows that a control works. Name a goal of the case."), field="element")
    if element.withdrawn_at is not None or element.case.status == AssuranceCase.Status.WITHDRAWN:
        raise RuleBroken(_("This claim was withdrawn. Name one that still stands."), field="element")
    link = ControlClaim.objects.filter(control=row, element=element).first()
    if link is not None and link.relevance == relevance:
        return link
    link = link or ControlClaim(organisation_id=actor.organisation_id, control=row, element=element, added_by=actor)
    link.relevance = relevance
    link.save()
    told = {"case": element.case.number, "claim": element.address, "relevance": relevance}
    record(ControlClaimEvent.LINKED, row, actor=actor, **told)
    refresh_effectiveness([row], timezone.now())
    return link


@transaction.atomic
def unlink_control(control: Control, *, element: Element, actor: Member) -> Control:
    """Say that a claim does not speak for the control after all; the trail keeps that it did."""
    row = locked(control)
    link = ControlClaim.objects.filter(control=row, element=element).first()
    if link is None:
        raise RuleBroken(_("This claim is not named for the control."), field="element")
    told = {"case": element.case.number, "claim": element.address, "relevance": link.relevance}
    link.delete()
    record(ControlClaimEvent.UNLINKED, row, actor=actor, **told)
    refresh_effectiveness([row], timezone.now())
    return row
