"""What is measured about a claim: indicators, the metrics that a goal must keep, and their readings."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from cases.cells import Dimension, cells_of
from cases.models.argument import Element
from cases.querysets import MetricQuerySet, ReadingQuerySet
from inventory.models import Environment, SystemVersion


@tracked()
class Indicator(Record):
    """Something that can be measured, in the organisation's catalogue; a claim's metric says what it must come to."""

    class Direction(models.TextChoices):
        HIGHER = "higher", _("Higher is better")
        LOWER = "lower", _("Lower is better")
        TARGET = "target", _("Neither: a target or a range")

    name = models.CharField(_("name"), max_length=120)
    definition = models.TextField(_("definition"), max_length=5000, blank=True)
    formula = models.TextField(_("how it is computed"), max_length=5000, blank=True)
    unit = models.CharField(_("unit"), max_length=40)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.HIGHER)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="cases_indicator_name_uniq")]

    def __str__(self) -> str:
        return self.name


@tracked(by="element")
class ClaimMetric(Record):
    """A number that a goal must keep. Pipelines know it by its key."""

    class Comparator(models.TextChoices):
        LT = "lt", _("below the threshold")
        LE = "le", _("at most the threshold")
        EQ = "eq", _("exactly the threshold")
        GE = "ge", _("at least the threshold")
        GT = "gt", _("above the threshold")
        BETWEEN = "between", _("between both thresholds")
        OUTSIDE = "outside", _("outside of both thresholds")

    class DecisionRule(models.TextChoices):
        POINT = "point", _("The value decides")
        CONSERVATIVE_BOUND = "conservative_bound", _("The end of its interval that speaks against the claim decides")

    class DimensionRule(models.TextChoices):
        EVERY = "every", _("Every group must pass")
        ANY = "any", _("One group that passes is enough")

    element = Reference(Element, verbose_name=_("claim"), related_name="metrics")
    indicator = Reference(Indicator, verbose_name=_("indicator"), related_name="metrics")
    key = models.CharField(_("key"), max_length=60)
    comparator = models.CharField(_("must be"), max_length=10, choices=Comparator, default=Comparator.GE)
    threshold = models.FloatField(_("threshold"))
    threshold_high = models.FloatField(_("upper threshold"), null=True, blank=True)
    guard_band = models.FloatField(_("guard band"), default=0.0)
    unit = models.CharField(_("unit"), max_length=40)
    dimensions = models.JSONField(_("groups"), default=list, blank=True)
    is_crossed = models.BooleanField(_("groups are crossed"), default=False)
    dimension_rule = models.CharField(
        _("groups that must pass"), max_length=10, choices=DimensionRule, default=DimensionRule.EVERY
    )
    dimension_reason = models.CharField(_("why one group is enough"), max_length=1000, blank=True)
    window_days = models.PositiveIntegerField(_("window in days"), null=True, blank=True)
    min_n = models.PositiveIntegerField(_("fewest cases"), null=True, blank=True)
    confidence_level = models.FloatField(_("confidence level"), null=True, blank=True)
    decision_rule = models.CharField(_("what decides"), max_length=20, choices=DecisionRule, default=DecisionRule.POINT)
    environment_required = models.CharField(
        _("must come from"), max_length=20, choices=Environment, blank=True, default=""
    )
    max_age_days = models.PositiveIntegerField(_("oldest reading in days"), null=True, blank=True)
    grace_days = models.PositiveIntegerField(_("grace in days"), default=0)
    is_leading = models.BooleanField(_("leading indicator"), default=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_reason = models.CharField(max_length=1000, blank=True, editable=False)

    objects = MetricQuerySet.as_manager()
    within = "element"

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "key"], name="cases_metric_key_uniq")]

    def __str__(self) -> str:
        return self.key

    @property
    def is_in_use(self) -> bool:
        return self.withdrawn_at is None

    @property
    def declared(self) -> list[Dimension]:
        """Its dimensions as the rules read them."""
        return [Dimension.of(said) for said in self.dimensions]

    @property
    def cells(self) -> tuple[str, ...]:
        """The groups that must have a reading, by their canonical name."""
        return cells_of(self.declared, is_crossed=self.is_crossed)


@append_only
class MetricReading(OrganisationOwned):
    """One measured value of one group at one time. Kept in a partition per month, never changed.

    What was measured identifies it: there is one reading of a metric, group, time and source.
    """

    class Verdict(models.TextChoices):
        PASS = "pass", _("Pass")  # noqa: S105 (a verdict, not a password)
        BORDERLINE = "borderline", _("Borderline")
        FAIL = "fail", _("Fail")
        INSUFFICIENT = "insufficient", _("Too few cases")

    id = None  # type: ignore[assignment]  # a unique index over all partitions needs their key, and this one has it
    pk = models.CompositePrimaryKey("organisation_id", "metric_id", "cell", "measured_at", "source")
    metric = Reference(ClaimMetric, related_name="readings", has_index=False)
    cell = models.CharField(_("group"), max_length=300, blank=True)
    measured_at = models.DateTimeField(_("measured"))
    source = models.CharField(_("source"), max_length=100)
    value = models.FloatField(_("value"))
    n = models.BigIntegerField(_("cases"), null=True)
    low = models.FloatField(_("lower end"), null=True)
    high = models.FloatField(_("upper end"), null=True)
    window_start = models.DateTimeField(_("period from"), null=True)
    window_end = models.DateTimeField(_("period to"), null=True)
    environment = models.CharField(_("environment"), max_length=20, choices=Environment, blank=True)
    system_version = Reference(SystemVersion, null=True, related_name="+", has_index=False)
    # By the rule that was in force on receipt; the standing judges by the rule of now.
    verdict = models.CharField(_("verdict on receipt"), max_length=12, choices=Verdict)
    producer_verdict = models.CharField(_("producer's verdict"), max_length=20, blank=True)
    run_id = models.CharField(_("run"), max_length=200, blank=True)
    key = models.CharField(_("key"), max_length=200, blank=True)
    provenance = models.JSONField(_("provenance"), null=True)
    received_at = models.DateTimeField(_("received"))
    recorded_by = Reference("tenancy.Member", null=True, related_name="+", has_index=False)
    sha256 = models.CharField(max_length=64)

    objects = ReadingQuerySet.as_manager()
    within = "metric"

    class Meta:
        ordering = ["-measured_at"]

    def __str__(self) -> str:
        return f"{self.value:g}"


@append_only
class ReadingKey(OrganisationOwned):
    """A key under which a producer sent a reading: sent again with the same content it is done, with another refused."""

    id = None  # type: ignore[assignment]
    pk = models.CompositePrimaryKey("organisation_id", "metric_id", "key")
    metric = Reference(ClaimMetric, related_name="+", has_index=False)
    key = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    within = "metric"

    def __str__(self) -> str:
        return self.key


@tracked(exclude=["next_pull_at", "last_pulled_at", "last_success_at", "failing_since", "last_error"])
class MetricPull(OrganisationOwned):
    """A question that is put to a Prometheus server at intervals; its answer becomes readings of a metric."""

    metric = Reference(ClaimMetric, related_name="pulls")
    url = models.CharField(_("Prometheus server"), max_length=300)
    query = models.TextField(_("query"), max_length=2000)
    n_query = models.TextField(_("query for the number of cases"), max_length=2000, blank=True)
    environment = models.CharField(_("environment"), max_length=20, choices=Environment)
    every_minutes = models.PositiveIntegerField(_("every so many minutes"), default=60)
    set_up_by = Reference("tenancy.Member", related_name="+", editable=False)
    next_pull_at = models.DateTimeField(null=True, editable=False)
    last_pulled_at = models.DateTimeField(null=True, editable=False)
    last_success_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(max_length=500, blank=True, editable=False)
    within = "metric"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "metric"], name="cases_pull_metric_uniq")]
        indexes = [
            models.Index(
                fields=["next_pull_at"], condition=models.Q(next_pull_at__isnull=False), name="cases_pull_due_ix"
            )
        ]

    def __str__(self) -> str:
        return self.url
