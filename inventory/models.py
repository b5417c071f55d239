"""The inventory: AI systems, their versions, where they run, who supplies them (A.4, A.6, A.10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from aims.reports.models import LongWork
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from inventory import tiering
from inventory.querysets import AISystemQuerySet, SystemImportQuerySet
from inventory.tiering import QUESTIONS, REQUIREMENTS, UNKNOWN, Question, Requirements

MADE_KEY = "made:"
"""How the keys begin that an import makes for systems that bring none."""


class Tier(models.TextChoices):
    """How much is required of a system; what each asks for is in tiering.py."""

    T0 = "T0", _("T0 everyday")
    T1 = "T1", _("T1 low")
    T2 = "T2", _("T2 consequential")
    T3 = "T3", _("T3 high")
    TX = "TX", _("TX prohibited")


class Environment(models.TextChoices):
    """Where something ran or was measured, weakest first."""

    TRAINING = "training", _("Training")
    VALIDATION = "validation", _("Validation")
    TEST = "test", _("Test")
    SHADOW = "shadow", _("Shadow")
    PRODUCTION = "production", _("Production")


@tracked()
class Supplier(Record):
    """Who provides a model, data, a tool or a whole system (A.10.3)."""

    name = models.CharField(_("name"), max_length=200)
    website = models.URLField(_("website"), blank=True, max_length=500)
    notes = models.TextField(_("notes"), blank=True, max_length=5000)
    # The notes speak of the systems that it supplies.
    within_sql = "id in (select supplier_id from inventory_aisystem)"

    class Meta:
        ordering = ["name", "number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="inventory_supplier_name_uniq")]

    def __str__(self) -> str:
        return self.name


@tracked(exclude=["imported"])
class AISystem(Record):
    """An AI system that the organisation develops, provides or uses."""

    class Stage(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DEVELOPMENT = "development", _("Development")
        VERIFICATION = "verification", _("Verification")
        OPERATION = "operation", _("Operation")

    class Status(models.TextChoices):
        REGISTERED = "registered", _("Registered")
        RETIRED = "retired", _("Retired")

    TRANSITIONS = {Status.REGISTERED: {Status.RETIRED}, Status.RETIRED: {Status.REGISTERED}}

    name = models.CharField(_("name"), max_length=500)
    external_key = models.CharField(
        _("key elsewhere"), max_length=300, blank=True, help_text=_("Its identifier in the register it came from.")
    )
    purpose = models.TextField(_("purpose"), blank=True, max_length=20_000)
    outputs = models.TextField(_("outputs"), blank=True, max_length=20_000)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage, default=Stage.PLANNED)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.REGISTERED, editable=False)
    owner = Reference("tenancy.Member", null=True, blank=True, verbose_name=_("owner"), related_name="owned_systems")
    supplier = Reference(Supplier, null=True, blank=True, verbose_name=_("supplier"), related_name="systems")
    business_unit = models.CharField(_("unit"), max_length=300, blank=True)
    topic = models.CharField(_("topic"), max_length=200, blank=True)
    screening = models.JSONField(_("screening answers"), default=dict, blank=True)
    tier = models.CharField(_("tier"), max_length=2, choices=Tier, blank=True)
    tier_reasons = models.JSONField(default=list, editable=False)
    next_review_on = models.DateField(_("next review"), null=True, blank=True)
    current_version = Reference("inventory.SystemVersion", null=True, editable=False, related_name="+")
    # {"columns": [[heading, text], …]} in the order of the file, which an object in jsonb would not keep.
    details = models.JSONField(_("further columns of the import"), default=dict, editable=False)
    # {field: digest of what the last import said}: the next one changes only what the file changed, and leaves alone
    # what people changed here.
    imported = models.JSONField(default=dict, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)
    retired_reason = models.CharField(_("why it was retired"), max_length=1000, blank=True, editable=False)

    objects = AISystemQuerySet.as_manager()
    within_sql = "id = {systems}"

    class Meta:
        ordering = ["number"]
        verbose_name = _("AI system")
        verbose_name_plural = _("AI systems")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "external_key"],
                condition=~models.Q(external_key=""),
                name="inventory_aisystem_external_key_uniq",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "name", "id"], name="inventory_aisystem_name_ix"),
            models.Index(fields=["organisation", "tier", "number"], name="inventory_aisystem_tier_ix"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_retired(self) -> bool:
        return self.status == self.Status.RETIRED

    @property
    def is_screened(self) -> bool:
        """Whether a person answered every screening question; an import brings some of the answers at most."""
        return all(question.key in self.screening for question in QUESTIONS)

    @property
    def open_questions(self) -> list[Question]:
        """Screening questions answered with "unknown"."""
        return [question for question in QUESTIONS if self.screening.get(question.key) == UNKNOWN]

    @property
    def requires(self) -> Requirements | None:
        """What the tier asks for; None before the screening."""
        return REQUIREMENTS[tiering.Tier(self.tier)] if self.tier else None

    @property
    def known_elsewhere_as(self) -> str:
        """The key in the register it came from; a key made by the import says nothing to a person."""
        return "" if self.external_key.startswith(MADE_KEY) else self.external_key

    @property
    def further_columns(self) -> list[tuple[str, str]]:
        """What the import brought that no field here holds, in the order of the file."""
        return [(heading, text) for heading, text in self.details.get("columns", [])]


class AISystemUserObjectPermission(OrganisationOwned, UserObjectPermissionBase):
    """Grants on one system (its owner, its challengers): few, coarse, with a real key."""

    content_object = Reference(AISystem, on_delete=models.CASCADE, related_name="grants")
    within = "content_object"

    class Meta(UserObjectPermissionBase.Meta):
        unique_together = []
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "permission", "content_object"], name="inventory_systemgrant_uniq"
            )
        ]


class SystemVersion(OrganisationOwned):
    """A version of a system: what evidence speaks for. Added, never changed."""

    system = Reference(AISystem, related_name="versions")
    label = models.CharField(_("version"), max_length=100)
    released_on = models.DateField(_("released"), null=True, blank=True)
    deployed_at = models.DateTimeField(_("in operation since"), null=True, blank=True)
    notes = models.TextField(_("what changed"), blank=True, max_length=5000)
    added_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    within = "system"

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "system", "label"], name="inventory_systemversion_label_uniq"
            )
        ]

    def __str__(self) -> str:
        return self.label


class EngagementSystem(OrganisationOwned):
    """That a limited engagement of a certification auditor covers this system, and so all that belongs to it."""

    engagement = Reference("tenancy.Engagement", on_delete=models.CASCADE, related_name="covered")
    system = Reference(AISystem, related_name="+")
    within = "system"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "engagement", "system"], name="inventory_engagementsystem_uniq"
            )
        ]


class SystemImport(LongWork):
    """An import of systems from a spreadsheet: preview first, then carried out by a worker, row by row."""

    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(max_length=500, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    mapping = models.JSONField(default=dict)
    requested_by = Reference("tenancy.Member", null=True, related_name="+")
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    unchanged_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list)  # [{"row": 12, "column": "Stage", "reason": "…"}]
    possible_duplicates = models.JSONField(default=list)  # [{"name": "…", "rows": [4, 9]}]
    notes = models.JSONField(default=list)  # rows that came in with a reservation, shaped like `rejected`
    within_sql = "false"  # one register holds many systems

    objects = SystemImportQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="inventory_import_due_ix")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_draft(self) -> bool:
        """Uploaded, but nobody has confirmed which column is which."""
        return self.status == self.Status.QUEUED and self.due_at is None

    @property
    def is_under_way(self) -> bool:
        return self.due_at is not None
