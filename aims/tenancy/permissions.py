"""Who may do what: one readable table, role -> permissions. A door names a permission; nothing named, nothing allowed.

What a person may do to *this* record (author is not approver, owner is not acceptor) is a rule of the action, not of this
table.
"""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The roles; a member may hold several."""

    GOVERNANCE_OFFICER = "governance_officer", _("Governance officer")
    SYSTEM_OWNER = "system_owner", _("System owner")
    CONTRIBUTOR = "contributor", _("Contributor")
    CHALLENGER = "challenger", _("Challenger")
    EXECUTIVE = "executive", _("Executive")
    INTERNAL_AUDITOR = "internal_auditor", _("Internal auditor")
    CERTIFICATION_AUDITOR = "certification_auditor", _("Certification auditor")
    OBSERVER = "observer", _("Observer")


READ_ONLY_ROLES = frozenset({Role.CERTIFICATION_AUDITOR, Role.OBSERVER})

# Everybody who is inside sees the registers; certification auditors only while their engagement is open.
READ = {
    "home.view",
    "search.view",
    "systems.view",
    "risks.view",
    "controls.view",
    "evidence.view",
    "evidence.download",
    "cases.view",
    "metrics.view",
    "conditions.view",
    "challenges.view",
    "comments.view",
    "signals.view",
    "audits.view",
    "reviews.view",
    "improvement.view",
    "documents.view",
    "standards.view",
    "packs.view",
    "packs.download",
    "settings.view",
}
# Exports leave the house, so they are a permission of their own.
EXPORT = {"registers.export"}
# One's own notifications, API tokens and signature: who signs what, the action checks.
OWN = {"notifications.own", "tokens.own", "cases.sign"}

PERMISSIONS: dict[str, set[str]] = {
    Role.GOVERNANCE_OFFICER: {
        *READ,
        *EXPORT,
        *OWN,
        "systems.add",
        "systems.edit",
        "systems.retire",
        "systems.import",
        "risks.add",
        "risks.edit",
        "risks.treat",
        "risks.close",
        "controls.edit",
        "evidence.add",
        "evidence.edit",
        "evidence.review",
        "evidence.withdraw",
        "evidence.confidential",
        "evidence.restricted",
        "evidence.request",
        "cases.add",
        "cases.edit",
        "cases.challenge",
        "cases.review",
        "cases.decide",
        "cases.tailor",
        "challenges.raise",
        "challenges.answer",
        "challenges.decide",
        "challenges.accept",
        "comments.add",
        "checklists.answer",
        "readings.add",
        "conditions.report",
        "conditions.respond",
        "smells.answer",
        "metrics.connect",
        "signals.close",
        "signals.assign",
        "signals.decide",
        "audits.plan",
        "reviews.plan",
        "reviews.hold",
        "improvement.add",
        "improvement.edit",
        "improvement.verify",
        "documents.edit",
        "documents.approve",
        "standards.edit",
        "packs.build",
        "trail.view",
        "members.view",
        "members.manage",
        "engagements.manage",
    },
    Role.SYSTEM_OWNER: {
        *READ,
        *EXPORT,
        *OWN,
        "systems.add",
        "systems.edit",
        "risks.add",
        "risks.edit",
        "risks.treat",
        "evidence.add",
        "evidence.edit",
        "evidence.withdraw",
        "evidence.request",
        "cases.add",
        "cases.edit",
        "cases.challenge",
        "cases.review",
        "challenges.raise",
        "challenges.answer",
        "comments.add",
        "readings.add",
        "conditions.report",
        "conditions.respond",
        "smells.answer",
        "signals.close",
        "signals.assign",
        "improvement.add",
        "improvement.edit",
    },
    Role.CONTRIBUTOR: {
        *READ,
        *OWN,
        "risks.add",
        "risks.edit",
        "risks.treat",
        "evidence.add",
        "evidence.edit",
        "cases.edit",
        "cases.challenge",
        "cases.review",
        "challenges.raise",
        "challenges.answer",
        "comments.add",
        "checklists.answer",
        "readings.add",
        "signals.close",
        "signals.assign",
        "conditions.report",
        "conditions.respond",
        "smells.answer",
        "improvement.edit",
    },
    Role.CHALLENGER: {
        *READ,
        *EXPORT,
        *OWN,
        "evidence.review",
        "evidence.confidential",
        "evidence.request",
        "cases.challenge",
        "cases.review",
        "challenges.raise",
        "challenges.decide",
        "comments.add",
        "checklists.answer",
        "opinions.record",
        "conditions.report",
        "conditions.respond",
        "smells.answer",
    },
    Role.EXECUTIVE: {
        *READ,
        *EXPORT,
        *OWN,
        "cases.review",
        "cases.decide",
        "risks.accept",
        "challenges.raise",
        "challenges.decide",
        "challenges.accept",
        "comments.add",
        "signals.close",
        "signals.assign",
        "signals.decide",
        "smells.answer",
        "evidence.request",
        "evidence.confidential",
        "reviews.plan",
        "reviews.hold",
        "documents.approve",
        "trail.view",
    },
    Role.INTERNAL_AUDITOR: {
        *READ,
        *EXPORT,
        *OWN,
        "audits.plan",
        "audits.conduct",
        "challenges.raise",
        "comments.add",
        "evidence.request",
        "evidence.confidential",
        "evidence.restricted",
        "improvement.add",
        "improvement.verify",
        "packs.build",
        "trail.view",
    },
    Role.CERTIFICATION_AUDITOR: {*READ, *EXPORT, "trail.view", "evidence.confidential"},
    Role.OBSERVER: {*READ},
}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """The union of what the roles allow; an unknown role allows nothing."""
    return frozenset().union(*(PERMISSIONS.get(role, set()) for role in roles))


def every_permission() -> frozenset[str]:
    """All permission names that exist, for checks and token scopes."""
    return frozenset().union(*PERMISSIONS.values())
