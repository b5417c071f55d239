"""What each tier asks of an assurance case, version by version: a change never alters what an earlier step was judged by."""

from datetime import date
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Reference


class TierPolicyQuerySet(models.QuerySet[Any]):
    def in_force(self, day: date | None = None) -> "TierPolicyVersion | None":
        """The newest version that counts on a day; None: as shipped."""
        found = self.filter(in_force_from__lte=day or timezone.localdate()).order_by("-number").first()
        return found if isinstance(found, TierPolicyVersion) else None


@append_only
class TierPolicyVersion(OrganisationOwned):
    """The requirements of all tiers from a day on (ISO/IEC 42001 6.1.4, 8.2: proportionate to what is at stake)."""

    number = models.PositiveIntegerField(_("version"))
    tiers = models.JSONField(_("what each tier asks"))
    reason = models.CharField(_("why"), max_length=1000)
    in_force_from = models.DateField(_("in force from"))
    author = Reference("tenancy.Member", null=True, verbose_name=_("changed by"), related_name="+")
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)

    objects = TierPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.number}"
