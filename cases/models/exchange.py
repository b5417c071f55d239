"""Imports of arguments: the files as they were handed in, what would come of them, and what did."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import Record, Reference
from aims.trail.history import tracked
from cases.models.argument import AssuranceCase
from inventory.models import AISystem


@tracked(exclude=["report"])
class ArgumentImport(Record):
    """An argument from a file: shown first, then brought in exactly as shown. `case` is the empty draft it goes into, or
    the case that it became; without one it is to become a new case of the system."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("To be confirmed")
        DONE = "done", _("Brought in")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS = {Status.DRAFT: {Status.DONE, Status.DISCARDED}}

    system = Reference(AISystem, verbose_name=_("AI system"), related_name="argument_imports")
    case = Reference(AssuranceCase, null=True, verbose_name=_("case"), related_name="imports")
    status = models.CharField(_("state"), max_length=20, choices=Status, default=Status.DRAFT, editable=False)
    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(max_length=500, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    format = models.CharField(_("format"), max_length=20)
    # Of what would come in, so that what was shown is what is brought in.
    draft_sha256 = models.CharField(max_length=64, editable=False)
    # {"counts": {"goal": 3, …}, "links": 4, "title": "…", "repairs": [[place, message, {…}]], "losses": […]}
    report = models.JSONField(default=dict)
    requested_by = Reference("tenancy.Member", null=True, related_name="+", verbose_name=_("uploaded by"))
    done_at = models.DateTimeField(_("brought in at"), null=True, editable=False)

    within = "system"

    class Meta:
        ordering = ["-number"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT
