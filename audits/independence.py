"""Impartiality (ISO/IEC 42001 9.2.2): nobody audits what they answer for."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.standards.models import RequirementPosition
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from inventory.models import AISystem


def refuse_wrong_lead(member: Member) -> None:
    """Only an active internal auditor leads an audit."""
    if not member.is_active or Role.INTERNAL_AUDITOR not in member.roles:
        raise RuleBroken(
            _("%(name)s is not an internal auditor here. Choose one, or let an officer give %(name)s that role first.")
            % {"name": member.display_name},
            field="lead_auditor",
        )


def refuse_own_system(members: Iterable[Member], system: AISystem | None) -> None:
    """Neither who raises a finding nor who leads the audit owns the system that it names."""
    for member in members:
        if system is not None and system.owner_id == member.pk:
            raise RuleBroken(
                _("%(name)s owns the AI system “%(system)s” and may not audit it. Let another internal auditor do it.")
                % {"name": member.display_name, "system": system.name},
                field="system",
            )


def refuse_own_requirements(member: Member, requirements: Iterable[str]) -> None:
    """Nobody judges a requirement whose owner in the management system they are."""
    own = sorted(owned_requirements(member, requirements))
    if own:
        raise RuleBroken(
            _(
                "%(name)s answers for %(requirements)s in the management system and may not audit it. Let another internal auditor do it, or leave it out."
            )
            % {"name": member.display_name, "requirements": ", ".join(own[:5]) + (" …" if own[5:] else "")}
        )


def owned_requirements(member: Member, requirements: Iterable[str]) -> set[str]:
    """Which of these requirements the member owns."""
    positions = RequirementPosition.objects.filter(owner=member, requirement__in=list(requirements))
    return set(positions.values_list("requirement", flat=True))
