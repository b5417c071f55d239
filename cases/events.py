"""What can happen to assurance cases. Events about an element, a link or a binding are told of their case."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CaseEvent(models.TextChoices):
    CREATED = "cases.case.created", _("opened the case")
    EDITED = "cases.case.edited", _("edited the case")
    WITHDRAWN = "cases.case.withdrawn", _("withdrew the case")
    BROUGHT_IN = "cases.case.brought_in", _("brought an argument into the case")
    APPOINTED = "cases.case.appointed", _("gave somebody a part in the case")
    DISMISSED = "cases.case.dismissed", _("took a part in the case from somebody")
    SUBMITTED = "cases.case.submitted", _("submitted the case to its team's review")
    CHALLENGE_STARTED = "cases.case.challenge_started", _("gave the case to its challengers")
    DECISION_ASKED = "cases.case.decision_asked", _("asked for a decision on the case")
    DECIDED = "cases.case.decided", _("decided on the case")
    RETURNED = "cases.case.returned", _("gave the case back to its authors")
    WENT_LIVE = "cases.case.went_live", _("put the case into force")
    DEGRADED = "cases.case.degraded", _("found that the case in force is not what was decided any more")
    REAFFIRMED = "cases.case.reaffirmed", _("put the case into force again")
    REVISED = "cases.case.revised", _("opened a revision of the case")
    STEPPED_DOWN = "cases.case.stepped_down", _("stepped down as the accountable owner of the case")
    OWNER_LEFT = "cases.case.owner_left", _("found that the accountable owner of the case is not active any more")
    FELL = "cases.case.fell", _("found that the standing of the case fell")
    ROSE = "cases.case.rose", _("found that the standing of the case rose")


class ElementEvent(models.TextChoices):
    ADDED = "cases.element.added", _("added an element to the argument")
    EDITED = "cases.element.edited", _("edited an element of the argument")
    ADOPTED = "cases.element.adopted", _("adopted what a template says")
    WITHDRAWN = "cases.element.withdrawn", _("withdrew an element of the argument")
    HELD_DOWN = "cases.element.held_down", _("held down a standing")
    HOLD_LIFTED = "cases.element.hold_lifted", _("lifted a hold")
    STANDING_CHANGED = "cases.element.standing_changed", _("found that standings of elements changed")


class ArgumentImportEvent(models.TextChoices):
    UPLOADED = "cases.argumentimport.uploaded", _("uploaded an argument")
    DONE = "cases.argumentimport.done", _("brought the argument in")
    DISCARDED = "cases.argumentimport.discarded", _("discarded the uploaded argument")
    EXPORTED = "cases.case.exported", _("exported the case")


class ControlClaimEvent(models.TextChoices):
    LINKED = "cases.control_claim.linked", _("named a claim that shows the control to work")
    UNLINKED = "cases.control_claim.unlinked", _("took back that a claim shows the control to work")


class LinkEvent(models.TextChoices):
    ADDED = "cases.link.added", _("linked two elements")
    REMOVED = "cases.link.removed", _("removed a link")
    MOVED = "cases.link.moved", _("moved an element in the argument")
    REVIEWED = "cases.link.reviewed", _("reviewed links")


class ModuleEvent(models.TextChoices):
    ADDED = "cases.module.added", _("added a module to the argument")
    EDITED = "cases.module.edited", _("edited a module of the argument")
    REMOVED = "cases.module.removed", _("removed a module of the argument")


class BindingEvent(models.TextChoices):
    ADDED = "cases.binding.added", _("bound evidence to an element")
    EDITED = "cases.binding.edited", _("changed how evidence is bound")
    RENEWED = "cases.binding.renewed", _("moved a binding to another version of the evidence")
    FOLLOWED = "cases.binding.followed", _("took the latest version of a monitoring series")
    REMOVED = "cases.binding.removed", _("unbound evidence from an element")


class BaselineEvent(models.TextChoices):
    FROZEN = "cases.baseline.frozen", _("froze a baseline of the argument")


class SignOffEvent(models.TextChoices):
    SIGNED = "cases.sign_off.signed", _("signed that they stand behind the case")
    LAPSED = "cases.sign_off.lapsed", _("found that the sign-off lapsed")
    REMINDED = "cases.sign_off.reminded", _("reminded the owner that the sign-off runs out")


class IndicatorEvent(models.TextChoices):
    ADDED = "cases.indicator.added", _("added the indicator")
    EDITED = "cases.indicator.edited", _("edited the indicator")


class MetricEvent(models.TextChoices):
    DEFINED = "cases.metric.defined", _("defined a metric of a claim")
    EDITED = "cases.metric.edited", _("changed what a metric asks")
    WITHDRAWN = "cases.metric.withdrawn", _("withdrew a metric")
    MEASURED = "cases.metric.measured", _("recorded readings")
    CONNECTED = "cases.metric.connected", _("let a Prometheus server be asked for readings")
    DISCONNECTED = "cases.metric.disconnected", _("stopped asking a Prometheus server")
    PULL_FAILED = "cases.metric.pull_failed", _("found that a Prometheus server gives no reading")
    PULL_RECOVERED = "cases.metric.pull_recovered", _("found that a Prometheus server gives readings again")
    DISAGREED = "cases.metric.disagreed", _("found that a producer judged its readings otherwise")


class DegradationEvent(models.TextChoices):
    ADDED = "cases.condition.added", _("added a degradation condition")
    RULED_OUT = "cases.condition.ruled_out", _("declared that a kind of degradation does not apply")
    EDITED = "cases.condition.edited", _("changed a degradation condition")
    ARMED = "cases.condition.armed", _("armed the degradation condition again")
    SUSPECTED = "cases.condition.suspected", _("suspected that the degradation condition has come true")
    TRIPPED = "cases.condition.tripped", _("found that the degradation condition has come true")
    ACKNOWLEDGED = "cases.condition.acknowledged", _("acknowledged the degradation condition")
    ESCALATED = (
        "cases.condition.escalated",
        _("told others, because nobody acknowledged the degradation condition in time"),
    )
    CLEARED = "cases.condition.cleared", _("cleared the degradation condition")
    RETIRED = "cases.condition.retired", _("retired the degradation condition")


class DoubtEvent(models.TextChoices):
    RAISED = "cases.challenge.raised", _("raised a challenge")
    EDITED = "cases.challenge.edited", _("said a challenge anew")
    ANSWERED = "cases.challenge.answered", _("answered a challenge")
    COUNTERED = "cases.challenge.countered", _("argued a challenge further")
    SUSTAINED = "cases.challenge.sustained", _("sustained a challenge")
    REFUTED = "cases.challenge.refuted", _("refuted a challenge")
    ACCEPTED = "cases.challenge.accepted", _("accepted a challenge as a residual doubt")
    WITHDRAWN = "cases.challenge.withdrawn", _("withdrew a challenge")
    REOPENED = "cases.challenge.reopened", _("opened a challenge again")
    LAPSED = "cases.challenge.lapsed", _("found that the answer to a challenge lapsed")
    ANSWER_BACK = "cases.challenge.answer_back", _("found that the answer to a challenge holds again")


class CommentEvent(models.TextChoices):
    ADDED = "cases.comment.added", _("commented")
    EDITED = "cases.comment.edited", _("edited a comment")
    RESOLVED = "cases.comment.resolved", _("resolved a comment")
    UNRESOLVED = "cases.comment.unresolved", _("took up a comment again")
    WITHDRAWN = "cases.comment.withdrawn", _("withdrew a comment")
    MENTIONED = "cases.comment.mentioned", _("mentioned you in a comment")


class ReviewEvent(models.TextChoices):
    ANSWERED = "cases.checklist.answered", _("answered a question of the checklist")
    OPINION = "cases.opinion.recorded", _("recorded an opinion on the case")


class SignalEvent(models.TextChoices):
    RAISED = "cases.signal.raised", _("raised the signal")
    WORSENED = "cases.signal.worsened", _("found that the signal became graver")
    RESTORED = "cases.signal.restored", _("found the standing restored")
    ASSIGNED = "cases.signal.assigned", _("gave the signal to somebody else")
    ESCALATED = "cases.signal.escalated", _("escalated the signal, because its day passed without an answer")
    CLOSED = "cases.signal.closed", _("closed the signal")


class TierEvent(models.TextChoices):
    CHANGED = "cases.tier.changed", _("changed what a tier asks of cases")


class SmellEvent(models.TextChoices):
    FOUND = "cases.smell.found", _("found an assurance smell")
    CAME_BACK = "cases.smell.came_back", _("found the assurance smell again, in other records")
    ANSWERED = "cases.smell.answered", _("answered the assurance smell")
    GONE = "cases.smell.gone", _("found that the assurance smell is gone")
