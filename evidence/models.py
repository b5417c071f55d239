"""The evidence library: what was observed, for which period and version, and until when it is current."""

from datetime import datetime, timedelta

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from evidence.freshness import FreshnessNow, freshness_at
from evidence.querysets import (
    EvidenceItemQuerySet,
    EvidenceRequestQuerySet,
    EvidenceVersionQuerySet,
    FileTextQuerySet,
)
from inventory.models import AISystem, Environment, SystemVersion


class Kind(models.TextChoices):
    """What sort of evidence it is."""

    TEST_REPORT = "test_report", _("Test report")
    EVALUATION = "evaluation", _("Evaluation")
    RED_TEAM = "red_team", _("Red team exercise")
    CONTROL_EVALUATION = "control_evaluation", _("Control evaluation")
    MONITORING_SERIES = "monitoring_series", _("Monitoring series")
    AUDIT_REPORT = "audit_report", _("Audit report")
    REVIEW_RECORD = "review_record", _("Review record")
    FORMAL_ANALYSIS = "formal_analysis", _("Formal analysis")
    USER_STUDY = "user_study", _("User study")
    INCIDENT_RECORD = "incident_record", _("Incident record")
    EXPERT_JUDGEMENT = "expert_judgement", _("Expert judgement")
    DOCUMENT = "document", _("Document")
    CERTIFICATE = "certificate", _("Certificate")
    ATTESTATION = "attestation", _("Attestation")
    DATASET_RECORD = "dataset_record", _("Dataset record")
    MODEL_RECORD = "model_record", _("Model record")
    TRAINING_RECORD = "training_record", _("Training record")


class Confidentiality(models.TextChoices):
    """Who may download the files; the rule is in confidentiality.py."""

    INTERNAL = "internal", _("Internal")
    CONFIDENTIAL = "confidential", _("Confidential")
    RESTRICTED = "restricted", _("Restricted")


class Independence(models.TextChoices):
    """How far whoever gathered it stands from those whom it judges."""

    SELF = "self", _("By those who build or run the system")
    INTERNAL = "internal", _("By another part of the organisation")
    EXTERNAL = "external", _("By somebody outside the organisation")


@tracked()
class EvidenceItem(Record):
    """A piece of evidence over time: what it is about; each collection of it is a version. Superseded or withdrawn, never deleted."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUPERSEDED = "superseded", _("Superseded")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TRANSITIONS = {Status.ACTIVE: {Status.SUPERSEDED, Status.WITHDRAWN}, Status.SUPERSEDED: {Status.WITHDRAWN}}

    title = models.CharField(_("title"), max_length=300)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind)
    description = models.TextField(_("what it shows"), blank=True, max_length=10_000)
    owner = Reference("tenancy.Member", verbose_name=_("keeper"), related_name="+")
    system = Reference(AISystem, null=True, blank=True, verbose_name=_("AI system"), related_name="evidence")
    confidentiality = models.CharField(
        _("confidentiality"), max_length=20, choices=Confidentiality, default=Confidentiality.INTERNAL
    )
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.ACTIVE, editable=False)
    withdrawn_reason = models.CharField(max_length=1000, blank=True, editable=False)
    # What took its place; it never comes back, so a chain of these has no ring.
    superseded_by = Reference("self", null=True, editable=False, related_name="supersedes")
    current = Reference("evidence.EvidenceVersion", null=True, editable=False, related_name="+")
    # When the current version stops being current: copied here so that the register sorts and filters on one table.
    fresh_until = models.DateTimeField(_("current until"), null=True, editable=False)

    objects = EvidenceItemQuerySet.as_manager()
    within = "system"

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["organisation", "fresh_until", "id"], name="evidence_item_fresh_ix"),
            models.Index(fields=["organisation", "title", "id"], name="evidence_item_title_ix"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    def freshness(self, at: datetime | None = None) -> str:
        """How current it is: a word of `Freshness`, "withdrawn", "superseded", or "none" when every version was rejected."""
        if not self.is_active:
            return str(self.status)
        return self.current.freshness(at).state.value if self.current else "none"


@tracked(exclude=["next_change_at", "stale_told_at"])
class EvidenceVersion(OrganisationOwned):
    """One collection of the evidence, with its three times: the period observed, when collected, when recorded."""

    class Review(models.TextChoices):
        PENDING = "pending", _("Waiting for review")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    item = Reference(EvidenceItem, related_name="versions")
    ordinal = models.PositiveIntegerField(_("version"))
    observed_from = models.DateField(_("observes from"), null=True, blank=True)
    observed_to = models.DateField(_("observes to"), null=True, blank=True)
    collected_at = models.DateTimeField(_("collected"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)  # set by the server, by nobody else
    valid_for_days = models.PositiveIntegerField(_("valid for (days)"), null=True, blank=True)
    grace_days = models.PositiveIntegerField(_("grace (days)"), default=0)
    valid_until = models.DateTimeField(_("current until"), null=True, editable=False)
    grace_until = models.DateTimeField(null=True, editable=False)
    # The next instant at which its freshness changes; null: never by time alone. What the sweep looks for.
    next_change_at = models.DateTimeField(null=True, editable=False)
    stale_told_at = models.DateTimeField(null=True, editable=False)
    environment = models.CharField(_("environment"), max_length=20, choices=Environment, blank=True)
    system_version = Reference(
        SystemVersion, null=True, blank=True, verbose_name=_("speaks for version"), related_name="evidence_versions"
    )
    dataset_version = models.CharField(_("speaks for dataset"), max_length=200, blank=True, default="", db_default="")
    population = models.CharField(_("population"), max_length=500, blank=True, default="", db_default="")
    sample_size = models.PositiveBigIntegerField(_("number of cases (n)"), null=True, blank=True)
    independence = models.CharField(
        _("independence"), max_length=20, choices=Independence, blank=True, default="", db_default=""
    )
    method = models.TextField(_("method"), blank=True, max_length=5000)
    uri = models.URLField(_("address"), blank=True, max_length=1000)
    submitted_by = Reference("tenancy.Member", null=True, related_name="+")
    review = models.CharField(_("review"), max_length=20, choices=Review, default=Review.PENDING, editable=False)
    reviewed_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    reviewed_at = models.DateTimeField(null=True, editable=False)
    review_note = models.TextField(blank=True, max_length=2000, editable=False)
    # Since when a stored file is known to be changed or missing; only a check that finds every file whole empties it.
    broken_at = models.DateTimeField(null=True, editable=False)

    objects = EvidenceVersionQuerySet.as_manager()
    within = "item"

    class Meta:
        ordering = ["-ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "item", "ordinal"], name="evidence_version_ordinal_uniq")
        ]
        indexes = [
            models.Index(
                fields=["next_change_at"],
                condition=models.Q(next_change_at__isnull=False),
                name="evidence_version_due_ix",
            ),
            models.Index(
                fields=["organisation", "next_change_at"],
                condition=models.Q(next_change_at__isnull=False),
                name="evidence_version_org_due_ix",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} v{self.ordinal}"

    def freshness(self, at: datetime | None = None) -> FreshnessNow:
        """How current this version is at an instant, and when that changes next."""
        return freshness_at(
            at or timezone.now(),
            valid_from=self.collected_at,
            valid_until=self.valid_until,
            grace=timedelta(days=self.grace_days),
        )

    @property
    def is_intact(self) -> bool:
        """Whether no stored file is known to be changed or missing."""
        return self.broken_at is None

    @property
    def is_usable(self) -> bool:
        """Neither rejected nor withdrawn: it may be the current one."""
        return self.review in (self.Review.PENDING, self.Review.ACCEPTED)


@append_only
class EvidenceFile(OrganisationOwned):
    """A file of a version, stored under its SHA-256; never changed, never deleted."""

    version = Reference(EvidenceVersion, related_name="files")
    name = models.CharField(_("file name"), max_length=255)
    key = models.CharField(max_length=300)  # where it lies in the storage: <organisation>/<sha256>
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(_("type"), max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    within = "version"

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["organisation", "sha256"], name="evidence_file_sha256_ix")]

    def __str__(self) -> str:
        return self.name


class FileText(OrganisationOwned):
    """The text of a file, read in the background so that search finds it; the row says how far that is.

    Due at `due_at`, which is pushed on by the lease of whoever reads it now; null once there is nothing left to do.
    """

    item = Reference(EvidenceItem, related_name="+")
    file = Reference(EvidenceFile, related_name="texts")
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=20, blank=True)  # a word of reading.Failure
    text = models.TextField(blank=True)
    length = models.PositiveIntegerField(default=0)
    is_cut = models.BooleanField(default=False)
    # The words of the text and the organisation as one more word (text_search.py).
    words = SearchVectorField(null=True)

    objects = FileTextQuerySet.as_manager()
    within = "item"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "file"], name="evidence_file_text_uniq")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="evidence_text_due_ix"),
            GinIndex(fields=["words"], name="evidence_text_words_ix"),
        ]

    def __str__(self) -> str:
        return f"Text of {self.file_id}"

    @property
    def state(self) -> str:
        """Waiting, read, or unreadable."""
        if self.failure:
            return "unreadable"
        return "read" if self.read_at else "waiting"


@tracked(exclude=["next_reminder_at"])
class EvidenceRequest(Record):
    """A piece of evidence that somebody asks a person for, by a date, and what became of it."""

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        SUBMITTED = "submitted", _("Submitted")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS = {
        Status.ASKED: {Status.SUBMITTED, Status.DECLINED, Status.CANCELLED},
        Status.SUBMITTED: {Status.ASKED, Status.ACCEPTED, Status.CANCELLED},
    }
    OPEN = (Status.ASKED, Status.SUBMITTED)

    within = "system"

    title = models.CharField(_("what is asked for"), max_length=300)
    description = models.TextField(_("what it has to show"), blank=True, max_length=5000)
    kind = models.CharField(_("kind"), max_length=30, choices=Kind, blank=True)
    owner = Reference("tenancy.Member", verbose_name=_("asked of"), related_name="+")
    asked_by = Reference("tenancy.Member", verbose_name=_("asked by"), editable=False, related_name="+")
    due_on = models.DateField(_("due"))
    system = Reference(AISystem, null=True, blank=True, verbose_name=_("AI system"), related_name="evidence_requests")
    # A record of a higher room, which this one may not import: its kind, id and name, as the trail keeps them.
    subject_kind = models.CharField(max_length=20, blank=True, editable=False)
    subject_id = models.UUIDField(null=True, editable=False)
    subject_label = models.CharField(_("for"), max_length=200, blank=True, editable=False)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.ASKED, editable=False)
    item = Reference(EvidenceItem, null=True, editable=False, related_name="requests")
    submitted_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closing_note = models.CharField(max_length=1000, blank=True, editable=False)
    # When the person is reminded next; what the sweep looks for. Null: never.
    next_reminder_at = models.DateTimeField(null=True, editable=False)

    objects = EvidenceRequestQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "number"]
        indexes = [
            models.Index(fields=["organisation", "due_on", "id"], name="evidence_request_due_ix"),
            models.Index(
                fields=["next_reminder_at"],
                condition=models.Q(next_reminder_at__isnull=False),
                name="evidence_request_remind_ix",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_overdue(self) -> bool:
        """Whether the person who was asked is late; while it is looked at, nobody is."""
        return self.status == self.Status.ASKED and self.due_on < timezone.localdate()
