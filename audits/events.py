"""What can happen in audits, improvement, management reviews and packs."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.TextChoices):
    PLANNED = "audits.audit.planned", _("planned the audit")
    EDITED = "audits.audit.edited", _("edited the plan of the audit")
    CHECKLIST_CHOSEN = "audits.audit.checklist_chosen", _("chose the requirements of the audit")
    STARTED = "audits.audit.started", _("started the audit")
    ITEM_RECORDED = "audits.audit.item_recorded", _("recorded what was seen for a requirement")
    REPORTED = "audits.audit.reported", _("reported the audit")
    CANCELLED = "audits.audit.cancelled", _("cancelled the audit")


class FindingEvent(models.TextChoices):
    RAISED = "audits.finding.raised", _("raised the finding")
    EDITED = "audits.finding.edited", _("edited the finding")


class NonconformityEvent(models.TextChoices):
    RAISED = "audits.nonconformity.raised", _("raised the nonconformity")
    EDITED = "audits.nonconformity.edited", _("edited the nonconformity")
    ANALYSED = "audits.nonconformity.analysed", _("recorded the cause of the nonconformity")
    ACTED_ON = "audits.nonconformity.acted_on", _("put the nonconformity into action")
    CLOSED = "audits.nonconformity.closed", _("closed the nonconformity")
    REOPENED = "audits.nonconformity.reopened", _("reopened the nonconformity")


class CorrectiveActionEvent(models.TextChoices):
    PLANNED = "audits.corrective_action.planned", _("planned the corrective action")
    EDITED = "audits.corrective_action.edited", _("edited the corrective action")
    DONE = "audits.corrective_action.done", _("carried out the corrective action")
    FOUND_EFFECTIVE = "audits.corrective_action.found_effective", _("found the corrective action effective")
    FOUND_INEFFECTIVE = "audits.corrective_action.found_ineffective", _("found the corrective action not effective")
    CANCELLED = "audits.corrective_action.cancelled", _("cancelled the corrective action")


class ReviewEvent(models.TextChoices):
    PLANNED = "audits.review.planned", _("planned the management review")
    EDITED = "audits.review.edited", _("edited the plan of the management review")
    GATHERED = "audits.review.gathered", _("gathered the inputs of the management review")
    COMMENTED = "audits.review.commented", _("commented on an input of the management review")
    FROZEN = "audits.review.frozen", _("froze the inputs of the management review")
    REOPENED = "audits.review.reopened", _("opened the inputs of the management review again")
    HELD = "audits.review.held", _("held the management review")
    CANCELLED = "audits.review.cancelled", _("cancelled the management review")
    DECIDED = "audits.review.decided", _("recorded a decision of the management review")
    DECISION_EDITED = "audits.review.decision_edited", _("edited a decision of the management review")


class ReviewActionEvent(models.TextChoices):
    AGREED = "audits.review_action.agreed", _("recorded an action of the management review")
    EDITED = "audits.review_action.edited", _("edited the action of the management review")
    DONE = "audits.review_action.done", _("carried out the action of the management review")
    DROPPED = "audits.review_action.dropped", _("dropped the action of the management review")


class PackEvent(models.TextChoices):
    """What can happen to an audit pack."""

    REQUESTED = "audits.pack.requested", _("asked for an audit pack")
    STARTED = "audits.pack.started", _("went on building the audit pack")
    FINISHED = "audits.pack.finished", _("finished the audit pack")
    FAILED = "audits.pack.failed", _("could not finish the audit pack")
    RETRIED = "audits.pack.retried", _("had the audit pack built again")
    DOWNLOADED = "audits.pack.downloaded", _("downloaded the audit pack")
