"""Checking and improving: internal audits, nonconformities, management reviews, audit packs (clauses 9 and 10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.reports.models import LongWork
from aims.tenancy.constraints import CURRENT_ORGANISATION
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from audits.querysets import (
    AuditQuerySet,
    ChecklistItemQuerySet,
    CorrectiveActionQuerySet,
    FindingQuerySet,
    ManagementReviewQuerySet,
    NonconformityQuerySet,
    ReviewActionQuerySet,
)
from inventory.models import AISystem


@tracked()
class Audit(Record):
    """An internal audit (9.2): criteria, scope, auditor, checklist, findings."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        IN_PROGRESS = "in_progress", _("In progress")
        REPORTED = "reported", _("Reported")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS = {
        Status.PLANNED: {Status.IN_PROGRESS, Status.CANCELLED},
        Status.IN_PROGRESS: {Status.REPORTED, Status.CANCELLED},
    }

    title = models.CharField(_("title"), max_length=200)
    criteria = models.TextField(_("criteria"), max_length=5000)
    scope_text = models.TextField(_("scope"), max_length=5000)
    lead_auditor = Reference("tenancy.Member", verbose_name=_("lead auditor"), related_name="+")
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PLANNED, editable=False)
    conclusion = models.TextField(_("conclusion"), blank=True, max_length=10_000)
    open_items_reason = models.TextField(_("why items stayed open"), blank=True, max_length=2000, editable=False)
    reported_at = models.DateTimeField(null=True, editable=False)
    cancelled_reason = models.CharField(max_length=1000, blank=True, editable=False)

    objects = AuditQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-number"]

    def __str__(self) -> str:
        return self.title


@tracked()
class ChecklistItem(OrganisationOwned):
    """One requirement looked at in an audit."""

    class Result(models.TextChoices):
        OPEN = "open", _("Not looked at")
        CONFORMS = "conforms", _("Conforms")
        NONCONFORMING = "nonconforming", _("Does not conform")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")

    audit = Reference(Audit, related_name="checklist")
    ordinal = models.PositiveIntegerField(
        _("place")
    )  # the requirement's place in the catalogue, so that it never moves
    requirement = models.CharField(_("requirement"), max_length=40)
    clause = models.CharField(_("clause"), max_length=12)
    result = models.CharField(_("result"), max_length=20, choices=Result, default=Result.OPEN)
    notes = models.TextField(_("what was seen"), blank=True, max_length=10_000)
    revision = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ChecklistItemQuerySet.as_manager()

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "audit", "requirement"], name="audits_checklist_requirement_uniq"
            )
        ]

    def __str__(self) -> str:
        return self.requirement


@tracked()
class Finding(Record):
    """What an audit found against a criterion."""

    class Grade(models.TextChoices):
        MAJOR = "major", _("Major nonconformity")
        MINOR = "minor", _("Minor nonconformity")
        OBSERVATION = "observation", _("Observation")
        OPPORTUNITY = "opportunity", _("Opportunity for improvement")

    audit = Reference(Audit, related_name="findings")
    checklist_item = Reference(ChecklistItem, null=True, blank=True, related_name="findings")
    grade = models.CharField(_("grade"), max_length=20, choices=Grade)
    requirement = models.CharField(_("requirement"), max_length=40, blank=True)
    system = Reference(AISystem, null=True, blank=True, verbose_name=_("AI system"), related_name="+")
    statement = models.TextField(_("what was found"), max_length=5000)
    evidence_seen = models.TextField(_("evidence seen"), max_length=5000)
    raised_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")

    objects = FindingQuerySet.as_manager()
    within = "system"

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.statement[:100]

    @property
    def is_nonconformity(self) -> bool:
        """Whether a requirement is not met, which asks for a nonconformity and corrective action."""
        return self.grade in {self.Grade.MAJOR, self.Grade.MINOR}


@tracked()
class Nonconformity(Record):
    """A requirement that is not met (10.2), from finding to corrective action."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ANALYSED = "analysed", _("Cause known")
        IN_ACTION = "in_action", _("In action")
        CLOSED = "closed", _("Closed")

    TRANSITIONS = {
        Status.OPEN: {Status.ANALYSED},
        Status.ANALYSED: {Status.IN_ACTION},
        Status.IN_ACTION: {Status.CLOSED, Status.ANALYSED},
        Status.CLOSED: {Status.ANALYSED},  # it came back
    }

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what is not met"), max_length=5000)
    finding = Reference(Finding, null=True, blank=True, verbose_name=_("finding"), related_name="nonconformities")
    requirement = models.CharField(_("requirement"), max_length=40, blank=True)
    system = Reference(AISystem, null=True, blank=True, verbose_name=_("AI system"), related_name="+")
    raised_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    owner = Reference("tenancy.Member", verbose_name=_("responsible"), related_name="+")
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.OPEN, editable=False)
    correction = models.TextField(_("correction"), blank=True, max_length=5000)
    root_cause = models.TextField(_("root cause"), blank=True, max_length=5000)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    closing_note = models.TextField(blank=True, max_length=5000, editable=False)

    objects = NonconformityQuerySet.as_manager()
    within = "system"

    class Meta:
        ordering = ["status", "due_on", "number"]
        verbose_name_plural = _("nonconformities")

    def __str__(self) -> str:
        return self.title


@tracked()
class CorrectiveAction(Record):
    """What removes the cause of a nonconformity; its effect is checked by somebody else (10.2 d)."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done, effect to be checked")
        EFFECTIVE = "effective", _("Effective")
        INEFFECTIVE = "ineffective", _("Not effective")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS = {
        Status.PLANNED: {Status.DONE, Status.CANCELLED},
        Status.DONE: {Status.EFFECTIVE, Status.INEFFECTIVE},
    }

    nonconformity = Reference(Nonconformity, related_name="corrective_actions")
    description = models.TextField(_("what will be done"), max_length=5000)
    owner = Reference("tenancy.Member", verbose_name=_("responsible"), related_name="+")
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=40, choices=Status, default=Status.PLANNED, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)
    done_note = models.TextField(blank=True, max_length=5000, editable=False)
    done_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    checked_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    checked_at = models.DateTimeField(null=True, editable=False)
    check_note = models.TextField(blank=True, max_length=5000, editable=False)
    cancelled_reason = models.CharField(max_length=1000, blank=True, editable=False)

    objects = CorrectiveActionQuerySet.as_manager()
    within = "nonconformity"

    class Meta:
        ordering = ["due_on", "number"]

    def __str__(self) -> str:
        return self.description[:100]


@tracked()
class ManagementReview(Record):
    """A management review (9.3): inputs gathered and frozen, decisions, actions."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        PREPARED = "prepared", _("Inputs frozen")
        HELD = "held", _("Held")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS = {
        Status.PLANNED: {Status.PREPARED, Status.CANCELLED},
        Status.PREPARED: {Status.HELD, Status.PLANNED, Status.CANCELLED},
    }

    title = models.CharField(_("title"), max_length=200)
    held_on = models.DateField(_("date of the meeting"))
    chair = Reference("tenancy.Member", verbose_name=_("chair"), related_name="+")
    attendees = models.TextField(_("attendees"), blank=True, max_length=2000)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.PLANNED, editable=False)
    frozen_at = models.DateTimeField(null=True, editable=False)
    frozen_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    conclusion = models.TextField(_("conclusion"), blank=True, max_length=10_000)
    cancelled_reason = models.CharField(max_length=1000, blank=True, editable=False)

    objects = ManagementReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-number"]

    def __str__(self) -> str:
        return self.title


@tracked()
class ReviewInput(OrganisationOwned):
    """One input of 9.3.2: what the records say as of a moment, and what a person adds."""

    review = Reference(ManagementReview, related_name="inputs")
    ordinal = models.PositiveIntegerField()
    input = models.CharField(max_length=20)  # key in the catalogue, MR-IN-A …
    facts = models.JSONField(default=dict)
    gathered_at = models.DateTimeField()
    comment = models.TextField(_("comment"), blank=True, max_length=10_000)
    revision = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "review", "input"], name="audits_reviewinput_uniq")
        ]

    def __str__(self) -> str:
        return self.input


@tracked()
class ReviewDecision(Record):
    """A decision of a management review (9.3.3)."""

    review = Reference(ManagementReview, related_name="decisions")
    result = models.CharField(_("kind"), max_length=20)  # key in the catalogue, MR-OUT-…
    statement = models.TextField(_("decision"), max_length=5000)
    recorded_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.statement[:100]


@tracked()
class ReviewAction(Record):
    """An action that a management review asked for; an open one is carried into the next review."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    TRANSITIONS = {Status.OPEN: {Status.DONE, Status.DROPPED}}

    review = Reference(ManagementReview, related_name="actions")
    decision = Reference(ReviewDecision, null=True, blank=True, verbose_name=_("decision"), related_name="actions")
    description = models.TextField(_("what will be done"), max_length=5000)
    owner = Reference("tenancy.Member", verbose_name=_("responsible"), related_name="+")
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.OPEN, editable=False)
    closing_note = models.CharField(max_length=1000, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = ReviewActionQuerySet.as_manager()

    class Meta:
        ordering = ["status", "due_on", "number"]

    def __str__(self) -> str:
        return self.description[:100]


class Pack(LongWork):
    """An audit pack: a PDF of what the records say at one moment, built step by step by a worker."""

    class Scope(models.TextChoices):
        ORGANISATION = "organisation", _("The whole organisation")
        SYSTEMS = "systems", _("Some systems")

    title = models.CharField(_("title"), max_length=200)
    scope = models.CharField(_("scope"), max_length=20, choices=Scope, default=Scope.ORGANISATION)
    requested_by = Reference("tenancy.Member", null=True, related_name="+")
    as_of = models.DateTimeField(_("as of"), editable=False)
    key = models.CharField(max_length=300, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    size = models.PositiveBigIntegerField(default=0, editable=False)
    page_count = models.PositiveIntegerField(default=0, editable=False)
    # About systems in sight only; one about the whole organisation holds more than those.
    within_sql = f"id in (select across_packs_within({CURRENT_ORGANISATION}))"

    class Meta:
        ordering = ["-number"]
        indexes = [models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="audits_pack_due_ix")]

    def __str__(self) -> str:
        return self.title


class PackSystem(OrganisationOwned):
    """A system in the scope of a pack."""

    pack = Reference(Pack, related_name="system_links")
    system = Reference(AISystem, related_name="+")
    within = "system"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "pack", "system"], name="audits_packsystem_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.pack_id} – {self.system_id}"


class PackStep(OrganisationOwned):
    """One finished or outstanding step of a pack; a finished one is never done again."""

    pack = Reference(Pack, related_name="steps")
    ordinal = models.PositiveIntegerField()
    step = models.CharField(max_length=60)
    content = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, blank=True)
    finished_at = models.DateTimeField(null=True)
    within = "pack"

    class Meta:
        ordering = ["ordinal"]
        constraints = [models.UniqueConstraint(fields=["organisation", "pack", "step"], name="audits_packstep_uniq")]

    def __str__(self) -> str:
        return self.step
