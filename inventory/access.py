"""Whose system it is: the governance officer's every one, the system owner's their own."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aims.tenancy.grants import is_given
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from inventory.models import AISystem

CHANGE = "change_aisystem"
"""The object permission that an owner holds on their system."""


def may_edit(member: Member, system: AISystem) -> bool:
    """Whether this member may change this system: an officer, its owner, or who was granted it."""
    if not member.may("systems.edit"):
        return False
    if Role.GOVERNANCE_OFFICER in member.roles or system.owner_id == member.pk:
        return True
    return is_given(system, CHANGE, member)


def editable_by(member: Member) -> QuerySet[AISystem]:
    """The AI systems that `may_edit` allows to this member, in one query."""
    if not member.may("systems.edit"):
        return AISystem.objects.none()
    if Role.GOVERNANCE_OFFICER in member.roles:
        return AISystem.objects.all()
    granted = Q(grants__user_id=member.user_id, grants__permission__codename=CHANGE)
    return AISystem.objects.filter(Q(owner=member) | granted).distinct()


def require_edit(actor: Member | None, system: AISystem) -> None:
    """Raise PermissionDenied unless the actor may change the system; None is the system itself."""
    if actor is not None and not may_edit(actor, system):
        raise PermissionDenied(
            _("This AI system is not yours to change. Ask its owner, or a governance officer to make you its owner.")
        )
