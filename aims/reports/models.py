"""State of long work: a row that any worker can take up, finish, or take over from one that died."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import Record


class LongWork(Record):
    """Abstract: work in steps that survives a killed worker and a closed tab.

    A worker takes a lease (`lease_until`) and renews it step by step; when it dies the lease runs out, `due_at` is past, and
    the next one goes on after the last finished step.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    TRANSITIONS = {
        Status.QUEUED: {Status.RUNNING, Status.FAILED},
        Status.RUNNING: {Status.RUNNING, Status.DONE, Status.FAILED},
        Status.FAILED: {Status.QUEUED},
    }

    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.QUEUED)
    due_at = models.DateTimeField(
        null=True, editable=False
    )  # the next instant at which a worker should look; null: never
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    progress_done = models.PositiveIntegerField(default=0, editable=False)
    progress_total = models.PositiveIntegerField(default=0, editable=False)
    error = models.TextField(_("what went wrong"), blank=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True
