"""What deciders said about a case: for good, about one baseline, by the requirements of one version."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Reference
from cases.models.argument import AssuranceCase, StandingLevel
from cases.models.baselines import Baseline
from cases.models.tiers import TierPolicyVersion


@append_only
class CaseDecision(OrganisationOwned):
    """Leadership decided whether what is known is enough (ISO/IEC 42001 5.1, 6.1.2; Buhl and others 2024)."""

    class Outcome(models.TextChoices):
        APPROVE = "approve", _("Approved")
        CONDITIONS = "conditions", _("Sent back with conditions")
        REJECT = "reject", _("Rejected")

    case = Reference(AssuranceCase, related_name="decisions")
    baseline = Reference(Baseline, related_name="decisions")
    baseline_sha256 = models.CharField("SHA-256", max_length=64)
    decider = Reference("tenancy.Member", related_name="+", verbose_name=_("decided by"))
    outcome = models.CharField(_("decision"), max_length=12, choices=Outcome)
    reason = models.TextField(_("why"), max_length=5000)
    conditions = models.TextField(_("conditions"), max_length=5000, blank=True)
    tier = models.CharField(_("tier"), max_length=2, blank=True)
    policy = Reference(TierPolicyVersion, related_name="+", verbose_name=_("judged by version"))
    root_standing = models.PositiveSmallIntegerField(_("standing then"), choices=StandingLevel)
    # Every cause of a standing below Holds that the decider knew of and accepted, as causes.py stores them.
    causes = models.JSONField(_("accepted causes"), default=list)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    within = "case"

    class Meta:
        ordering = ["-decided_at", "-id"]

    def __str__(self) -> str:
        return str(self.Outcome(self.outcome).label)
