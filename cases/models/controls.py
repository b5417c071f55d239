"""Which claims show which controls to work."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import OrganisationOwned, Reference
from cases.models.argument import Element


class ControlClaim(OrganisationOwned):
    """A claim that shows a control to work. It counts while it stands and its case is in force."""

    element = Reference(Element, related_name="control_links")
    control = Reference("risks.Control", related_name="claim_links")
    relevance = models.CharField(_("what it shows about the control"), max_length=500, blank=True)
    added_by = Reference("tenancy.Member", null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    within = "element"

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "control", "element"], name="cases_controlclaim_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.control} – {self.element}"
