"""The audit trail: what happened, who did it, when; append-only, chained per organisation."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Reference


@append_only
class Event(OrganisationOwned):
    """One thing that happened. `hash` covers all other columns and the hash before it (a chain per organisation)."""

    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(_("when"))
    event = models.CharField(_("what"), max_length=80)
    actor = Reference("tenancy.Member", null=True, verbose_name=_("who"), related_name="+")
    target_kind = models.CharField(max_length=60)
    target_id = models.UUIDField()
    target_number = models.PositiveIntegerField(null=True)
    target_label = models.CharField(max_length=200)
    changes = models.JSONField(default=dict)
    correlation = models.UUIDField(null=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    within_sql = "trail_is_in_sight(target_kind, target_id)"

    class Meta:
        ordering = ["-sequence"]
        constraints = [models.UniqueConstraint(fields=["organisation", "sequence"], name="trail_event_sequence_uniq")]
        indexes = [
            models.Index(fields=["organisation", "target_id", "-sequence"], name="trail_event_target_ix"),
            models.Index(fields=["organisation", "-at"], name="trail_event_at_ix"),
            models.Index(fields=["organisation", "event", "-sequence"], name="trail_event_event_ix"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.event}"

    @property
    def sentence(self) -> str:
        """What happened, in words after the person's name."""
        from aims.trail.events import vocabulary

        return str(vocabulary().get(self.event, self.event))


class Chain(OrganisationOwned):
    """The end of an organisation's chain; its row lock orders the events."""

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="trail_chain_organisation_uniq")]

    def __str__(self) -> str:
        return f"{self.sequence}"
