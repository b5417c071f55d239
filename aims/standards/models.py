"""Where an organisation stands on each auditable requirement of ISO/IEC 42001, clauses 4 to 10."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import Record, Reference
from aims.trail.history import tracked


@tracked()
class RequirementPosition(Record):
    """What satisfies a requirement here, the gap and the next step. `requirement` is the key in the catalogue."""

    class Position(models.TextChoices):
        UNKNOWN = "unknown", _("Not looked at")
        GAP = "gap", _("Gap")
        PARTIAL = "partial", _("Partly met")
        MET = "met", _("Met")

    requirement = models.CharField(_("requirement"), max_length=40)
    clause = models.CharField(_("clause"), max_length=12)
    position = models.CharField(_("position"), max_length=20, choices=Position, default=Position.UNKNOWN)
    satisfied_by = models.TextField(_("what satisfies it"), blank=True, max_length=5000)
    gap = models.TextField(_("gap"), blank=True, max_length=5000)
    next_step = models.TextField(_("next step"), blank=True, max_length=2000)
    owner = Reference("tenancy.Member", null=True, blank=True, verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("due"), null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "requirement"], name="standards_position_requirement_uniq")
        ]

    def __str__(self) -> str:
        return self.requirement
