"""Doubts with consequences: challenges with their history, comments, the reviewers' checklist, challengers' opinions."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from cases.challenge_querysets import ChallengeEventQuerySet, ChallengeQuerySet, CommentQuerySet
from cases.models.argument import AssuranceCase, Element
from cases.models.conditions import DegradationCondition
from cases.models.metrics import ClaimMetric


@tracked(exclude=["last_event_at"])
class Challenge(Record):
    """A doubt about an element, or about the step from one element to another; open, it costs the standing of its target.

    A challenged step is named by its ends: who takes a link away and puts it back has not got rid of the doubt.
    """

    class Attack(models.TextChoices):
        # Pollock's defeaters, in the words of Assurance 2.0 and of GSN 1:6.
        REBUT = "rebut", _("Rebut: the claim is false")
        UNDERCUT = "undercut", _("Undercut: it does not follow")
        UNDERMINE = "undermine", _("Undermine: what it rests on is unsound")

    class Severity(models.TextChoices):
        MINOR = "minor", _("Minor")
        MAJOR = "major", _("Major")
        BLOCKING = "blocking", _("Blocking")

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        SUSTAINED = "sustained", _("Sustained")
        REFUTED = "refuted", _("Refuted")
        RESIDUAL = "residual", _("Accepted as residual")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Significance(models.TextChoices):
        NEGLIGIBLE = "negligible", _("Negligible")
        MANAGEABLE = "manageable", _("Manageable")
        SIGNIFICANT = "significant", _("Significant")

    # What was sustained never becomes milder by being opened again: it is refuted with an answer, or accepted.
    TRANSITIONS = {
        Status.OPEN: {Status.SUSTAINED, Status.REFUTED, Status.RESIDUAL, Status.WITHDRAWN},
        Status.SUSTAINED: {Status.REFUTED, Status.RESIDUAL},
        Status.REFUTED: {Status.OPEN, Status.SUSTAINED},
        Status.RESIDUAL: {Status.OPEN, Status.RESIDUAL, Status.SUSTAINED, Status.REFUTED},
        Status.WITHDRAWN: {Status.OPEN},
    }

    case = Reference(AssuranceCase, related_name="challenges")
    target = Reference(Element, verbose_name=_("about"), related_name="challenges")
    step_to = Reference(Element, null=True, blank=True, verbose_name=_("the step to"), related_name="+")
    attack = models.CharField(_("attack"), max_length=10, choices=Attack)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.MAJOR)
    statement = models.TextField(_("statement"), max_length=5000)
    raised_by = Reference("tenancy.Member", null=True, verbose_name=_("raised by"), related_name="+", editable=False)
    # The doubt argued as an argument of its own (GSN 1:6): a goal or a solution of the role "counter".
    counter_element = Reference(Element, null=True, editable=False, related_name="challenges_by_counter")
    status = models.CharField(_("state"), max_length=12, choices=Status, default=Status.OPEN, editable=False)
    response_element = Reference(
        Element, null=True, editable=False, verbose_name=_("answered by"), related_name="answers"
    )
    response = models.TextField(_("answer"), blank=True, max_length=5000, editable=False)
    answered_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    decided_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    rationale = models.TextField(_("why it was decided so"), blank=True, max_length=5000, editable=False)
    significance = models.CharField(_("significance"), max_length=12, choices=Significance, blank=True, editable=False)
    accepted_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    accepted_until = models.DateField(_("accepted until"), null=True, editable=False)
    # Since when the answer of a refuted challenge does not hold, as the last evaluation found it: the doubt is back.
    lapsed_at = models.DateTimeField(_("answer lapsed"), null=True, editable=False)
    changed_at = models.DateTimeField(_("in this state since"), editable=False)
    last_event_at = models.DateTimeField(null=True, editable=False)

    objects = ChallengeQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="refuted") | models.Q(response_element__isnull=False),
                name="cases_challenge_refuted_is_answered",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="residual")
                | (models.Q(accepted_until__isnull=False, accepted_by__isnull=False) & ~models.Q(significance="")),
                name="cases_challenge_residual_is_accepted",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "status", "number"], name="cases_challenge_status_ix"),
            models.Index(fields=["organisation", "case", "status"], name="cases_challenge_case_ix"),
        ]

    def __str__(self) -> str:
        return self.statement[:120]

    @property
    def came_with_a_template(self) -> bool:
        """Whether it is a doubt of the template that its target came from; one without a raiser is that or a condition's."""
        is_nobodys = self.raised_by_id is None and bool(self.target.pattern)
        return is_nobodys and self.created_at - self.target.created_at < timedelta(minutes=1)

    @property
    def is_settled(self) -> bool:
        """Whether somebody has decided it, as far as the record says; an answer may have lapsed since."""
        return self.status != self.Status.OPEN


@append_only
class ChallengeEvent(OrganisationOwned):
    """One thing done to a challenge, or found of it, with what the rule needs to know after it; never changed.

    Any instant of the past is answered by the last event before it.
    """

    class Kind(models.TextChoices):
        RAISED = "raised", _("Raised")
        EDITED = "edited", _("Said anew")
        ANSWERED = "answered", _("Answered")
        COUNTERED = "countered", _("Argued further")
        SUSTAINED = "sustained", _("Sustained")
        REFUTED = "refuted", _("Refuted")
        ACCEPTED = "accepted", _("Accepted as residual")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REOPENED = "reopened", _("Opened again")
        LAPSED = "lapsed", _("The answer lapsed")
        ANSWER_BACK = "answer_back", _("The answer holds again")

    challenge = Reference(Challenge, related_name="events")
    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("what happened"), max_length=12, choices=Kind)
    before = models.CharField(_("state before"), max_length=12, choices=Challenge.Status, blank=True)
    after = models.CharField(_("state after"), max_length=12, choices=Challenge.Status)
    note = models.TextField(_("in words"), blank=True, max_length=5000)
    actor = Reference("tenancy.Member", null=True, related_name="+")
    severity = models.CharField(_("severity"), max_length=10, choices=Challenge.Severity)
    response_element = Reference(Element, null=True, related_name="+", verbose_name=_("answered by"))
    significance = models.CharField(_("significance"), max_length=12, choices=Challenge.Significance, blank=True)
    accepted_until = models.DateField(_("accepted until"), null=True)
    changed_at = models.DateTimeField()

    objects = ChallengeEventQuerySet.as_manager()
    within = "challenge"

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["organisation", "challenge", "-at", "-id"], name="cases_challenge_event_at_ix")]

    def __str__(self) -> str:
        return f"{self.kind} → {self.after}"


@tracked()
class ReviewComment(Record):
    """A remark of a reviewer on a case or a part of it, with answers one level deep; resolved by a person, never deleted."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        RESOLVED = "resolved", _("Resolved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TRANSITIONS = {
        Status.OPEN: {Status.RESOLVED, Status.WITHDRAWN},
        Status.RESOLVED: {Status.OPEN, Status.WITHDRAWN},
    }

    case = Reference(AssuranceCase, related_name="comments")
    parent = Reference("self", null=True, editable=False, related_name="replies")
    element = Reference(Element, null=True, blank=True, verbose_name=_("about"), related_name="comments")
    step_to = Reference(Element, null=True, blank=True, verbose_name=_("the step to"), related_name="+")
    metric = Reference(ClaimMetric, null=True, blank=True, related_name="comments")
    condition = Reference(DegradationCondition, null=True, blank=True, related_name="comments")
    body = models.TextField(_("comment"), max_length=5000)
    author = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    mentions = models.JSONField(_("mentioned"), default=list, editable=False)
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.OPEN, editable=False)
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    resolved_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    resolved_at = models.DateTimeField(_("resolved"), null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)

    objects = CommentQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["organisation", "case", "status"], name="cases_comment_case_ix")]

    def __str__(self) -> str:
        return self.body[:120]


@tracked()
class ChecklistAnswer(OrganisationOwned):
    """What one reviewer answered to one question of the checklist, about the argument as it was then."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")
        NOT_APPLICABLE = "not_applicable", _("Not applicable")

    case = Reference(AssuranceCase, related_name="checklist_answers")
    prompt = models.CharField(_("question"), max_length=20)
    catalogue = models.CharField(_("version of the checklist"), max_length=20)
    member = Reference("tenancy.Member", related_name="+")
    answer = models.CharField(_("answer"), max_length=20, choices=Answer)
    remark = models.TextField(_("remark"), blank=True, max_length=2000)
    # The hash of the baseline that the argument was, or would have been. Where it differs now, the answer is stale.
    argument_sha256 = models.CharField(max_length=64)
    answered_at = models.DateTimeField(_("answered"))
    revision = models.PositiveIntegerField(default=1, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    within = "case"

    class Meta:
        ordering = ["prompt", "answered_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "case", "prompt", "member"], name="cases_checklist_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.prompt}: {self.answer}"


@append_only
class Opinion(OrganisationOwned):
    """What an independent challenger makes of a case as a whole, as it was then. The newest of each challenger counts."""

    class Verdict(models.TextChoices):
        STANDS = "stands", _("It stands")
        RESERVATIONS = "reservations", _("It stands with reservations")
        DOES_NOT_STAND = "does_not_stand", _("It does not stand")

    case = Reference(AssuranceCase, related_name="opinions")
    member = Reference("tenancy.Member", related_name="+")
    verdict = models.CharField(_("opinion"), max_length=20, choices=Verdict)
    reason = models.TextField(_("reason"), max_length=5000)
    argument_sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(_("when"))
    within = "case"

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [models.Index(fields=["organisation", "case", "-recorded_at"], name="cases_opinion_case_ix")]

    def __str__(self) -> str:
        return str(self.get_verdict_display())
