"""Documented information (clause 7.5): scope, policy, roles, context and the like, with approval."""

import hashlib
from typing import Any

import rfc8785
from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.owned import Record, Reference
from aims.trail.history import tracked


@tracked()
class Document(Record):
    """A controlled document. Approval is bound to the SHA-256 of what was approved; an edit lets it lapse."""

    class Kind(models.TextChoices):
        CONTEXT = "context", _("Context (4.1)")
        PARTIES = "parties", _("Interested parties (4.2)")
        SCOPE = "scope", _("Scope (4.3)")
        POLICY = "policy", _("AI policy (5.2)")
        ROLES = "roles", _("Roles and responsibilities (5.3)")
        METHOD = "method", _("Method or procedure")
        OBJECTIVES = "objectives", _("AI objectives (6.2)")
        COMMUNICATION = "communication", _("Communication (7.4)")
        OTHER = "other", _("Other")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TRANSITIONS = {
        Status.DRAFT: {Status.APPROVED, Status.WITHDRAWN},
        Status.APPROVED: {Status.DRAFT, Status.WITHDRAWN},
    }

    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    body = models.TextField(_("text"), max_length=100_000)
    edition = models.PositiveIntegerField(_("edition"), default=1, editable=False)
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.DRAFT, editable=False)
    owner = Reference("tenancy.Member", verbose_name=_("owner"), related_name="+")
    edited_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    review_on = models.DateField(_("next review"), null=True, blank=True)
    approved_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    approved_at = models.DateTimeField(null=True, editable=False)
    approved_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    withdrawn_reason = models.TextField(_("reason for withdrawing"), blank=True, editable=False)

    class Meta:
        ordering = ["kind", "number"]

    def __str__(self) -> str:
        return self.title

    @property
    def sha256(self) -> str:
        """What an approval of the text as it is now would be bound to (canonical JSON, RFC 8785)."""
        said: Any = {
            "organisation": str(self.organisation_id),
            "document": self.number,
            "edition": self.edition,
            "kind": self.kind,
            "title": self.title,
            "body": self.body,
        }
        return hashlib.sha256(rfc8785.dumps(said)).hexdigest()

    @property
    def is_approved(self) -> bool:
        """Whether the approval holds for the very text that is shown."""
        return self.status == self.Status.APPROVED and self.approved_sha256 == self.sha256

    @property
    def has_lapsed(self) -> bool:
        """Whether it was approved once, but not as it is now."""
        return bool(self.approved_sha256) and self.status != self.Status.WITHDRAWN and not self.is_approved
