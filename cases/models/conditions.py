"""What would make a claim stop holding: degradation conditions, who watches them, and all that was ever seen."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from cases.condition_querysets import ConditionEventQuerySet, ConditionQuerySet
from cases.models.argument import AssuranceCase, Element, StandingLevel
from cases.models.metrics import ClaimMetric
from evidence.models import EvidenceVersion


@tracked(
    exclude=["last_evaluated_at", "last_event_at", "last_value", "clean_run", "next_check_at", "trips_at", "watched"]
)
class DegradationCondition(Record):
    """ "If … then this claim no longer holds, because …", on one element or on the case as a whole."""

    class Type(models.TextChoices):
        DISTRIBUTION_SHIFT = "distribution_shift", _("Distribution shift")
        USER_POPULATION_CHANGE = "user_population_change", _("Change of the people using or affected")
        MODEL_UPDATE = "model_update", _("Model update")
        REGULATORY_CHANGE = "regulatory_change", _("Regulatory change")
        UPSTREAM_DATA_QUALITY = "upstream_data_quality", _("Upstream data quality")
        TIME_ELAPSED = "time_elapsed", _("Time elapsed")
        USE_CHANGE = "use_change", _("Change of use")
        REQUIREMENT_CHANGE = "requirement_change", _("Change of requirements")
        CONFIGURATION_CHANGE = "configuration_change", _("Change of configuration")
        VULNERABILITY = "vulnerability", _("Vulnerability")
        INCIDENT = "incident", _("Incident")
        CONTROL_FAILURE = "control_failure", _("Failure of a control")
        SUPPLIER_CHANGE = "supplier_change", _("Change at a supplier")
        CAPABILITY_GAIN = "capability_gain", _("Gain of capability")
        OVERSIGHT_OVERLOAD = "oversight_overload", _("Overload of human oversight")
        EXTERNAL_FINDING = "external_finding", _("Finding from outside")

    class Detector(models.TextChoices):
        METRIC_THRESHOLD = "metric_threshold", _("A metric crosses a threshold")
        WEBHOOK = "webhook", _("Another system reports by the API")
        REGISTRY_EVENT = "registry_event", _("Something happens in the registers")
        CALENDAR = "calendar", _("A day of the calendar comes")
        EVIDENCE_AGE = "evidence_age", _("Evidence grows too old")
        INCIDENT_LINK = "incident_link", _("An incident is linked by hand")
        MANUAL_ATTESTATION = "manual_attestation", _("A person looks and attests")

    class Status(models.TextChoices):
        ARMED = "armed", _("Armed")
        SUSPECTED = "suspected", _("Suspected")
        TRIPPED = "tripped", _("Come true")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged, not cleared")
        CLEARED = "cleared", _("Cleared")
        RETIRED = "retired", _("Retired")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")

    class Action(models.TextChoices):
        # The first three the product does by itself; the others are asked of people by name.
        NOTIFY_OWNER = "notify_owner", _("Tell the owner of the claim and of the case")
        OPEN_CHALLENGE = "open_challenge", _("Raise a challenge, which stays until somebody decides it")
        ESCALATE = "escalate", _("Tell the governance officers when nobody acknowledges it in time")
        REQUIRE_REASSESSMENT = "require_reassessment", _("Ask for a new assessment of risk and impact")
        RESTRICT_USE = "restrict_use", _("Ask to restrict the use of the system")
        SUSPEND = "suspend", _("Ask to suspend the system")

    # Acknowledging lifts nothing. A condition whose effect is in force must be cleared before it can be retired.
    TRANSITIONS = {
        Status.ARMED: {Status.SUSPECTED, Status.TRIPPED, Status.RETIRED},
        Status.SUSPECTED: {Status.TRIPPED, Status.CLEARED},
        Status.TRIPPED: {Status.ACKNOWLEDGED, Status.CLEARED},
        Status.ACKNOWLEDGED: {Status.CLEARED},
        Status.CLEARED: {Status.ARMED, Status.SUSPECTED, Status.TRIPPED, Status.RETIRED},
        Status.NOT_APPLICABLE: {Status.RETIRED},
    }
    EFFECTS = (StandingLevel.WEAKENED, StandingLevel.UNSUPPORTED, StandingLevel.DEFEATED)

    case = Reference(AssuranceCase, related_name="conditions")
    element = Reference(Element, null=True, blank=True, verbose_name=_("element"), related_name="conditions")
    type = models.CharField(_("kind of change"), max_length=30, choices=Type)
    statement = models.TextField(_("statement"), max_length=2000, blank=True)
    detector = models.CharField(_("detector"), max_length=30, choices=Detector, blank=True)
    config = models.JSONField(_("what the detector is told"), default=dict, blank=True)
    metric = Reference(ClaimMetric, null=True, editable=False, related_name="conditions")
    threshold = models.FloatField(_("threshold"), null=True, blank=True)
    every_hours = models.PositiveIntegerField(_("looked at every (hours)"), null=True)
    max_silence_hours = models.PositiveIntegerField(_("silent after (hours)"), null=True)
    effect = models.PositiveSmallIntegerField(
        _("effect"), choices=StandingLevel, default=StandingLevel.WEAKENED, db_default=StandingLevel.WEAKENED
    )
    clear_after = models.PositiveSmallIntegerField(_("clean looks until it clears"), default=1)
    actions = models.JSONField(_("what follows"), default=list, blank=True)
    responder = Reference("tenancy.Member", null=True, blank=True, verbose_name=_("responder"), related_name="+")
    respond_within_hours = models.PositiveIntegerField(_("to be answered within (hours)"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=20, choices=Status, default=Status.ARMED, editable=False)
    not_applicable_reason = models.CharField(_("why it does not apply"), max_length=1000, blank=True, editable=False)
    retired_reason = models.CharField(max_length=1000, blank=True, editable=False)
    # Since when its effect is in force; empty while it is armed.
    since = models.DateTimeField(_("since"), null=True, editable=False)
    changed_at = models.DateTimeField(null=True, editable=False)
    respond_by = models.DateTimeField(_("to be answered by"), null=True, editable=False)
    due_on = models.DateField(_("due"), null=True, editable=False)
    escalated_at = models.DateTimeField(null=True, editable=False)
    # What a person found is cleared by a person with evidence, not by clean looks of a detector.
    tripped_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    last_evaluated_at = models.DateTimeField(_("last looked at"), null=True, editable=False)
    last_value = models.FloatField(_("last value"), null=True, editable=False)
    last_event_at = models.DateTimeField(null=True, editable=False)
    clean_run = models.PositiveIntegerField(_("clean looks in a row"), default=0, editable=False)
    next_check_at = models.DateTimeField(null=True, editable=False)
    trips_at = models.DateTimeField(null=True, editable=False)
    # How far the detector has read: the place in the trail, or the newest reading of each group.
    watched = models.JSONField(default=dict, editable=False)

    objects = ConditionQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "case", "type"],
                condition=models.Q(status="not_applicable"),
                name="cases_condition_ruled_out_uniq",
            )
        ]
        indexes = [
            models.Index(fields=["organisation", "status", "number"], name="cases_condition_status_ix"),
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="cases_condition_due_ix",
            ),
        ]

    def __str__(self) -> str:
        return self.statement[:120] or str(self.get_type_display())

    @property
    def is_watched(self) -> bool:
        """Whether anybody still looks: neither retired nor declared not applicable."""
        return self.status not in (self.Status.RETIRED, self.Status.NOT_APPLICABLE)

    @property
    def is_in_effect(self) -> bool:
        """Whether it lowers a standing because of what was seen; silence is another matter."""
        return self.status in (self.Status.SUSPECTED, self.Status.TRIPPED, self.Status.ACKNOWLEDGED)

    @property
    def max_silence(self) -> timedelta | None:
        return timedelta(hours=self.max_silence_hours) if self.max_silence_hours else None


@append_only
class ConditionEvent(OrganisationOwned):
    """One look at a condition, or one thing done to it, with the reading or record that caused it; never changed.

    It keeps the rule that was in force and where the condition stood after it, so that any instant of the past can be
    answered by the last event before it.
    """

    class Kind(models.TextChoices):
        ADDED = "added", _("Added")
        LOOKED = "looked", _("Looked at")
        TRIPPED_BY_HAND = "tripped_by_hand", _("Found by a person")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        CLEARED = "cleared", _("Cleared by a person")
        EDITED = "edited", _("Changed")
        ESCALATED = "escalated", _("Escalated")
        RETIRED = "retired", _("Retired")

    class Seen(models.TextChoices):
        OK = "ok", _("Nothing")
        SUSPECTED = "suspected", _("A suspicion")
        TRIPPED = "tripped", _("It has come true")

    condition = Reference(DegradationCondition, related_name="events")
    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("what happened"), max_length=20, choices=Kind)
    seen = models.CharField(_("what was seen"), max_length=10, choices=Seen, blank=True)
    before = models.CharField(_("state before"), max_length=20, choices=DegradationCondition.Status, blank=True)
    after = models.CharField(_("state after"), max_length=20, choices=DegradationCondition.Status)
    observed_at = models.DateTimeField(_("observed"), null=True)
    value = models.FloatField(_("value"), null=True)
    note = models.TextField(_("in words"), blank=True, max_length=2000)
    # What caused it: a reading, an event of the trail, a day, a reference elsewhere.
    cause = models.JSONField(_("cause"), default=dict)
    evidence = Reference(EvidenceVersion, null=True, related_name="+")
    actor = Reference("tenancy.Member", null=True, related_name="+")
    key = models.CharField(_("key"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # The rule and the clocks after this event.
    effect = models.PositiveSmallIntegerField(choices=StandingLevel)
    max_silence_hours = models.PositiveIntegerField(null=True)
    since = models.DateTimeField(null=True)
    last_evaluated_at = models.DateTimeField(null=True)
    trips_at = models.DateTimeField(null=True)

    objects = ConditionEventQuerySet.as_manager()
    within = "condition"

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "condition", "key"],
                condition=~models.Q(key=""),
                name="cases_condition_event_key_uniq",
            )
        ]
        indexes = [models.Index(fields=["organisation", "condition", "-at", "-id"], name="cases_condition_event_at_ix")]

    def __str__(self) -> str:
        return f"{self.kind} → {self.after}"
