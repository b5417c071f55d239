"""What smells in a case or in the organisation, with the records that it was found in and what a person said to it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from cases.models.argument import AssuranceCase
from cases.smells.kinds import SmellKind


@tracked(exclude=["looked_at"])
class Smell(Record):
    """One kind of smell in one case, or in the organisation as a whole (case null). Answered, never hidden; gone only when
    the records no longer show it."""

    class Status(models.TextChoices):
        PRESENT = "present", _("Unanswered")
        ANSWERED = "answered", _("Answered")
        GONE = "gone", _("Gone")

    TRANSITIONS = {
        Status.PRESENT: {Status.ANSWERED, Status.GONE},
        Status.ANSWERED: {Status.PRESENT, Status.GONE},
        Status.GONE: {Status.PRESENT},
    }

    case = Reference(AssuranceCase, null=True, related_name="smells", verbose_name=_("case"))
    kind = models.CharField(_("what smells"), max_length=30, choices=SmellKind)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.PRESENT, editable=False)
    # What it was found in: label, detail, and where each is shown (name of the address and number); the first of `count`.
    records = models.JSONField(default=list, editable=False)
    count = models.PositiveIntegerField(_("records"), default=0, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    found_at = models.DateTimeField(_("found"), editable=False)
    looked_at = models.DateTimeField(_("looked at"), editable=False)
    gone_at = models.DateTimeField(_("gone"), null=True, editable=False)
    answer = models.CharField(_("answer"), max_length=2000, blank=True, editable=False)
    answered_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    within = "case"

    class Meta:
        ordering = ["status", "number"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "case", "kind"], name="cases_smell_of_case_uniq"),
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=Q(case__isnull=True), name="cases_smell_of_all_uniq"
            ),
        ]

    def __str__(self) -> str:
        return self.what

    @property
    def what(self) -> str:
        """The smell in words."""
        return str(SmellKind(self.kind).label)

    @property
    def is_there(self) -> bool:
        return self.status != self.Status.GONE


class SmellRound(OrganisationOwned):
    """When an organisation was last looked through for smells, and when that is due again."""

    looked_at = models.DateTimeField(null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="cases_smell_round_uniq")]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="cases_smell_round_due_ix")]

    def __str__(self) -> str:
        return f"{self.looked_at}"
