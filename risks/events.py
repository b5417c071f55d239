"""What can happen to risks, treatments and controls."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RiskEvent(models.TextChoices):
    IDENTIFIED = "risks.risk.identified", _("identified the risk")
    EDITED = "risks.risk.edited", _("edited the risk")
    ASSESSED = "risks.risk.assessed", _("assessed the risk")
    PUT_INTO_TREATMENT = "risks.risk.put_into_treatment", _("put the risk into treatment")
    REVIEWED = "risks.risk.reviewed", _("reviewed the risk")
    ACCEPTED = "risks.risk.accepted", _("accepted the risk")
    ACCEPTANCE_LAPSED = "risks.risk.acceptance_lapsed", _("changed the risk so that its acceptance lapsed")
    CLOSED = "risks.risk.closed", _("closed the risk")
    REOPENED = "risks.risk.reopened", _("reopened the risk")


class TreatmentEvent(models.TextChoices):
    PLANNED = "risks.treatment.planned", _("planned the treatment")
    EDITED = "risks.treatment.edited", _("edited the treatment")
    STARTED = "risks.treatment.started", _("started the treatment")
    COMPLETED = "risks.treatment.completed", _("completed the treatment")
    CANCELLED = "risks.treatment.cancelled", _("cancelled the treatment")


class ControlEvent(models.TextChoices):
    ADOPTED = "risks.control.adopted", _("took the control over from Annex A")
    ADDED = "risks.control.added", _("added the organisation's own control")
    DECIDED = "risks.control.decided", _("decided whether the control applies")
    EDITED = "risks.control.edited", _("edited the control")
    EVIDENCE_LINKED = "risks.control.evidence_linked", _("linked evidence to the control")
    EVIDENCE_UNLINKED = "risks.control.evidence_unlinked", _("removed evidence from the control")
    EFFECTIVENESS_CHANGED = "risks.control.effectiveness_changed", _("derived another effectiveness of the control")
