"""Baselines: an argument as it was at one moment, frozen for good, so that a decision and a signature speak about one text."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Reference
from cases.models.argument import AssuranceCase


class BaselineQuerySet(models.QuerySet["Baseline"]):
    def of(self, case: AssuranceCase) -> "BaselineQuerySet":
        """Those of a case, the newest first, without the documents: a list of them would carry whole arguments."""
        return self.filter(case=case).defer("document", "reviews").select_related("author")


@append_only
class Baseline(OrganisationOwned):
    """The structure of an argument as canonical JSON with its SHA-256; facts are not frozen (SACM package, GSN 1:2).

    `reviews` keeps what each link was reviewed against when it was frozen: a fact about the frozen links, not part of
    what they say, so it is outside of the hash.
    """

    case = Reference(AssuranceCase, related_name="baselines")
    ordinal = models.PositiveIntegerField(_("number"))
    parent = Reference("self", null=True, related_name="children")
    document = models.JSONField(_("document"))
    sha256 = models.CharField("SHA-256", max_length=64)
    reviews = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=1000)
    author = Reference("tenancy.Member", null=True, related_name="+", verbose_name=_("frozen by"))
    element_count = models.PositiveIntegerField(_("elements"), default=0)
    frozen_at = models.DateTimeField(_("frozen"), default=timezone.now)

    objects = BaselineQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["-ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "case", "ordinal"], name="cases_baseline_ordinal_uniq")
        ]

    def __str__(self) -> str:
        return _("Baseline %d") % self.ordinal

    @property
    def number(self) -> int:
        """Its number within the case."""
        return self.ordinal
