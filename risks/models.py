"""Risks, what is done about them, and the controls that form the Statement of Applicability (6.1, 8.2, 8.3)."""

from functools import cache

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.constraints import CURRENT_ORGANISATION
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from evidence.models import EvidenceItem
from inventory.models import AISystem, Environment
from risks.querysets import ControlQuerySet, RiskQuerySet
from risks.scoring import DEFAULT_BANDS

SCALE = [MinValueValidator(1), MaxValueValidator(5)]


@cache
def level_of(likelihood: int | None, impact: int | None) -> str:
    """The level of a rating; empty when there is none."""
    return DEFAULT_BANDS.level_at(likelihood, impact) if likelihood and impact else ""


@tracked()
class Control(Record):
    """A control: one of Annex A, or the organisation's own. One row of the Statement of Applicability."""

    class Applicability(models.TextChoices):
        UNDECIDED = "undecided", _("Not decided")
        APPLICABLE = "applicable", _("Applicable")
        EXCLUDED = "excluded", _("Excluded")

    class Implementation(models.TextChoices):
        NOT_STARTED = "not_started", _("Not started")
        PARTIAL = "partial", _("Partly in place")
        IMPLEMENTED = "implemented", _("In place")

    class Effectiveness(models.TextChoices):
        """Derived from evidence and claims, never typed."""

        UNKNOWN = "unknown", _("No evidence")
        WORKING = "working", _("Shown to work")
        DOUBTFUL = "doubtful", _("In doubt")
        FAILING = "failing", _("Not shown to work")

    reference = models.CharField(_("reference"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    is_own = models.BooleanField(_("own control"), default=False, editable=False)
    description = models.TextField(_("description"), blank=True, max_length=10_000)
    applicability = models.CharField(
        _("applicability"), max_length=20, choices=Applicability, default=Applicability.UNDECIDED
    )
    justification = models.TextField(_("justification"), blank=True, max_length=5000)
    implementation = models.CharField(
        _("implementation"), max_length=20, choices=Implementation, default=Implementation.NOT_STARTED
    )
    implementation_note = models.TextField(_("how it is implemented"), blank=True, max_length=5000)
    owner = Reference("tenancy.Member", null=True, blank=True, verbose_name=_("owner"), related_name="+")
    review_on = models.DateField(_("next review"), null=True, blank=True)
    effectiveness = models.CharField(
        _("effectiveness"), max_length=20, choices=Effectiveness, default=Effectiveness.UNKNOWN, editable=False
    )
    effectiveness_reason = models.CharField(max_length=1000, blank=True, editable=False)
    sort_key = models.CharField(max_length=60, editable=False)

    objects = ControlQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "number"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "reference"], name="risks_control_reference_uniq")
        ]
        indexes = [models.Index(fields=["organisation", "sort_key", "number"], name="risks_control_sort_ix")]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def objective(self) -> str:
        """The group of Annex A, such as "A.6"; empty for an own control."""
        return "" if self.is_own else ".".join(self.reference.split(".")[:2])


class ControlEvidence(OrganisationOwned):
    """Evidence that a control works, and what is asked of it."""

    class Policy(models.TextChoices):
        """What it costs when the evidence does not meet a demand."""

        COUNTS = "counts", _("It counts all the same")
        DOUBT = "doubt", _("The control is in doubt")
        REFUSE = "refuse", _("It does not count")

    control = Reference(Control, related_name="evidence_links")
    item = Reference(EvidenceItem, related_name="control_links")
    relevance = models.CharField(_("what it shows about the control"), max_length=500, blank=True)
    locator = models.CharField(_("where in it"), max_length=300, blank=True, default="", db_default="")
    environment_required = models.CharField(
        _("needs environment"), max_length=20, choices=Environment, blank=True, default="", db_default=""
    )
    environment_policy = models.CharField(
        _("if from a weaker environment"),
        max_length=10,
        choices=Policy,
        default=Policy.DOUBT,
        db_default=Policy.DOUBT.value,
    )
    version_policy = models.CharField(
        _("if about another system version"),
        max_length=10,
        choices=Policy,
        default=Policy.DOUBT,
        db_default=Policy.DOUBT.value,
    )
    added_by = Reference("tenancy.Member", null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    within = "item"

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "control", "item"], name="risks_controlevidence_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.control} – {self.item}"


@tracked()
class Risk(Record):
    """A risk to people, society or the organisation; likelihood and impact from 1 to 5, score their product."""

    class Status(models.TextChoices):
        IDENTIFIED = "identified", _("Identified")
        ASSESSED = "assessed", _("Assessed")
        IN_TREATMENT = "in_treatment", _("In treatment")
        ACCEPTED = "accepted", _("Accepted")
        CLOSED = "closed", _("Closed")

    class TreatmentOption(models.TextChoices):
        MODIFY = "modify", _("Modify (reduce by controls)")
        AVOID = "avoid", _("Avoid")
        SHARE = "share", _("Share")
        RETAIN = "retain", _("Retain")

    TRANSITIONS = {
        Status.IDENTIFIED: {Status.ASSESSED, Status.CLOSED},
        Status.ASSESSED: {Status.IN_TREATMENT, Status.ACCEPTED, Status.CLOSED},
        Status.IN_TREATMENT: {Status.ASSESSED, Status.ACCEPTED, Status.CLOSED},
        Status.ACCEPTED: {Status.ASSESSED, Status.IN_TREATMENT, Status.CLOSED},
        Status.CLOSED: {Status.IDENTIFIED, Status.ASSESSED},
    }

    title = models.CharField(_("title"), max_length=300)
    description = models.TextField(_("what could happen, and to whom"), blank=True, max_length=10_000)
    source = models.CharField(_("risk source"), max_length=40, blank=True)
    harm = models.CharField(_("harm"), max_length=40, blank=True)
    owner = Reference("tenancy.Member", null=True, blank=True, verbose_name=_("risk owner"), related_name="owned_risks")
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.IDENTIFIED, editable=False)
    inherent_likelihood = models.PositiveSmallIntegerField(
        _("inherent likelihood"), null=True, blank=True, validators=SCALE
    )
    inherent_impact = models.PositiveSmallIntegerField(_("inherent impact"), null=True, blank=True, validators=SCALE)
    likelihood = models.PositiveSmallIntegerField(_("current likelihood"), null=True, blank=True, validators=SCALE)
    impact = models.PositiveSmallIntegerField(_("current impact"), null=True, blank=True, validators=SCALE)
    residual_likelihood = models.PositiveSmallIntegerField(
        _("residual likelihood"), null=True, blank=True, validators=SCALE
    )
    residual_impact = models.PositiveSmallIntegerField(_("residual impact"), null=True, blank=True, validators=SCALE)
    inherent_score = models.PositiveSmallIntegerField(_("inherent"), default=0, editable=False)
    score = models.PositiveSmallIntegerField(_("current"), default=0, editable=False)
    residual_score = models.PositiveSmallIntegerField(_("residual"), default=0, editable=False)
    rating_reason = models.TextField(_("reason for the ratings"), blank=True, max_length=5000)
    treatment_option = models.CharField(_("treatment"), max_length=20, choices=TreatmentOption, blank=True)
    review_on = models.DateField(_("next review"), null=True, blank=True)
    # The last day of the acceptance in force, here so that the register filters on one table; empty once it has lapsed.
    accepted_until = models.DateField(_("accepted until"), null=True, editable=False)
    closed_reason = models.CharField(
        _("why it was closed"), max_length=1000, blank=True, default="", db_default="", editable=False
    )

    objects = RiskQuerySet.as_manager()
    # Of a system in sight, or of none at all; the function looks past what is in sight.
    within_sql = (
        "(id in (select risk_id from risks_risksystem) "  # noqa: S608 (nothing from outside)
        f"or id not in (select across_risks_with_systems({CURRENT_ORGANISATION})))"
    )

    class Meta:
        ordering = ["-score", "number"]
        indexes = [
            models.Index(fields=["organisation", "-score", "number"], name="risks_risk_score_ix"),
            models.Index(fields=["organisation", "status", "-score"], name="risks_risk_status_ix"),
            models.Index(fields=["organisation", "likelihood", "impact"], name="risks_risk_matrix_ix"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_rated(self) -> bool:
        return self.inherent_score > 0

    @property
    def level(self) -> str:
        """The current level; empty until somebody has rated the risk."""
        return level_of(self.likelihood, self.impact)

    @property
    def inherent_level(self) -> str:
        return level_of(self.inherent_likelihood, self.inherent_impact)

    @property
    def residual_level(self) -> str:
        return level_of(self.residual_likelihood, self.residual_impact)

    @property
    def is_overdue(self) -> bool:
        """Whether the review date of an open risk has passed."""
        return (
            self.status != self.Status.CLOSED and self.review_on is not None and self.review_on < timezone.localdate()
        )

    @property
    def has_lapsed(self) -> bool:
        """Whether the risk was accepted but the acceptance is no longer in force: its time is over or the risk changed."""
        return self.status == self.Status.ACCEPTED and (
            self.accepted_until is None or self.accepted_until < timezone.localdate()
        )


class RiskSystem(OrganisationOwned):
    """A system that a risk concerns."""

    risk = Reference(Risk, on_delete=models.CASCADE, related_name="system_links")
    system = Reference(AISystem, related_name="risk_links")
    within = "system"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "risk", "system"], name="risks_risksystem_uniq")]

    def __str__(self) -> str:
        return f"{self.risk} – {self.system}"


class RiskControl(OrganisationOwned):
    """A control that modifies a risk."""

    risk = Reference(Risk, on_delete=models.CASCADE, related_name="control_links")
    control = Reference(Control, related_name="risk_links")
    within = "risk"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "risk", "control"], name="risks_riskcontrol_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.risk} – {self.control}"


@tracked()
class Treatment(Record):
    """A step of the risk treatment plan (6.1.3, 8.3)."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS = {
        Status.PLANNED: {Status.IN_PROGRESS, Status.DONE, Status.CANCELLED},
        Status.IN_PROGRESS: {Status.DONE, Status.CANCELLED},
    }

    risk = Reference(Risk, related_name="treatments")
    description = models.TextField(_("what will be done"), max_length=5000)
    owner = Reference("tenancy.Member", verbose_name=_("responsible"), related_name="+")
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PLANNED, editable=False)
    closing_note = models.CharField(max_length=1000, blank=True, editable=False)
    within = "risk"

    class Meta:
        ordering = ["due_on", "number"]

    def __str__(self) -> str:
        return self.description[:100]

    @property
    def is_open(self) -> bool:
        return self.status in (self.Status.PLANNED, self.Status.IN_PROGRESS)

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on < timezone.localdate()


@tracked()
class Acceptance(Record):
    """A decision to live with a risk, by somebody who does not own it, bound to the hash of what was accepted."""

    risk = Reference(Risk, related_name="acceptances")
    accepted_by = Reference("tenancy.Member", related_name="+")
    accepted_at = models.DateTimeField(auto_now_add=True)
    until = models.DateField(_("accepted until"))
    reason = models.TextField(_("reason"), max_length=5000)
    sha256 = models.CharField(max_length=64, editable=False)
    snapshot = models.JSONField(editable=False)
    within = "risk"

    class Meta:
        ordering = ["-accepted_at", "-number"]

    def __str__(self) -> str:
        return f"{self.risk} – {self.until}"
