"""Whose system it is: the governance officer's every one, the system owner's their own."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from guardian.core import ObjectPermissionChecker

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
    return bool(ObjectPermissionChecker(member.user).has_perm(CHANGE, system))


def require_edit(actor: Member | None, system: AISystem) -> None:
    """Raise PermissionDenied unless the actor may change the system; None is the system itself."""
    if actor is not None and not may_edit(actor, system):
        raise PermissionDenied(
            _("This AI system is not yours to change. Ask its owner, or a governance officer to make you its owner.")
        )
