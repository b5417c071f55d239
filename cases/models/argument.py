"""Assurance cases: the argument that a system may be relied upon, and its standing (GSN Community Standard v3)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from aims.tenancy.append_only import append_only
from aims.tenancy.owned import OrganisationOwned, Record, Reference
from aims.trail.history import tracked
from cases.querysets import CaseQuerySet, ElementQuerySet, SignalQuerySet
from evidence.models import EvidenceVersion
from inventory.models import AISystem, Environment


class StandingLevel(models.IntegerChoices):
    """The five levels; the rule that computes them is in standing.py. Nothing sets one by hand."""

    DEFEATED = 0, _("Defeated")
    UNSUPPORTED = 1, _("Unsupported")
    UNDEVELOPED = 2, _("Undeveloped")
    WEAKENED = 3, _("Weakened")
    HOLDS = 4, _("Holds")


@tracked(exclude=["standing", "standing_as_of", "standing_causes", "next_transition_at"])
class AssuranceCase(Record):
    """The argument about one system for one purpose."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        TEAM_REVIEW = "team_review", _("Team review")
        CHALLENGE = "challenge", _("Challenge")
        DECISION = "decision", _("Decision")
        LIVE = "live", _("Live")
        DEGRADED = "degraded", _("Degraded")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # After Buhl and others (2024). Every step back is a step forward with a reason; nothing comes back from withdrawn.
    TRANSITIONS = {
        Status.DRAFT: {Status.TEAM_REVIEW, Status.WITHDRAWN},
        Status.TEAM_REVIEW: {Status.CHALLENGE, Status.DRAFT, Status.WITHDRAWN},
        Status.CHALLENGE: {Status.DECISION, Status.DRAFT, Status.WITHDRAWN},
        Status.DECISION: {Status.LIVE, Status.DRAFT, Status.WITHDRAWN},
        Status.LIVE: {Status.DEGRADED, Status.DRAFT, Status.WITHDRAWN},
        Status.DEGRADED: {Status.LIVE, Status.DRAFT, Status.WITHDRAWN},
    }
    IN_FORCE = (Status.LIVE, Status.DEGRADED)
    # While others look at an argument, it stays what they look at.
    EDITABLE = (Status.DRAFT, Status.TEAM_REVIEW)

    system = Reference(AISystem, verbose_name=_("AI system"), related_name="cases")
    title = models.CharField(_("title"), max_length=300)
    purpose = models.CharField(_("purpose"), max_length=300)
    scope_text = models.TextField(_("scope and operating context"), blank=True, max_length=10_000)
    status = models.CharField(_("state"), max_length=20, choices=Status, default=Status.DRAFT, editable=False)
    accountable_owner = Reference("tenancy.Member", verbose_name=_("accountable owner"), related_name="owned_cases")
    review_by = models.DateField(_("review by"), null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=1000, blank=True, editable=False)
    # What the baseline in force is while a revision of it is worked on: live or degraded; empty otherwise.
    in_force_as = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    state_since = models.DateTimeField(_("in this state since"), null=True, editable=False)
    state_note = models.TextField(max_length=2000, blank=True, default="", db_default="", editable=False)
    turn_due_on = models.DateField(_("next step due"), null=True, editable=False)
    # The owner stepped down: without a successor the case is withdrawn then.
    withdraw_at = models.DateTimeField(null=True, editable=False)
    # What is in review or was last frozen, and what is in force: set exactly while somebody may rely on the case.
    draft_baseline = Reference("cases.Baseline", null=True, editable=False, related_name="+", has_index=False)
    live_baseline = Reference("cases.Baseline", null=True, editable=False, related_name="+", has_index=False)
    standing = models.PositiveSmallIntegerField(
        _("standing"), choices=StandingLevel, default=StandingLevel.UNDEVELOPED, editable=False
    )
    standing_as_of = models.DateTimeField(null=True, editable=False)
    # Why it stands as it does, as stored_causes() keeps them; not why it last changed, which the transitions say.
    standing_causes = models.JSONField(default=list, editable=False)
    next_transition_at = models.DateTimeField(null=True, editable=False)

    objects = CaseQuerySet.as_manager()
    within = "system"

    class Meta:
        ordering = ["standing", "number"]
        permissions = [
            ("review_assurancecase", "Can review the assurance case for its team"),
            ("challenge_assurancecase", "Can challenge the assurance case"),
            ("decide_assurancecase", "Can decide on the assurance case"),
            ("observe_assurancecase", "Is told of the steps of the assurance case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "system", "purpose"],
                condition=~models.Q(status="withdrawn"),
                name="cases_case_purpose_uniq",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["live", "degraded"], live_baseline__isnull=False, in_force_as="")
                | models.Q(
                    status__in=["draft", "team_review", "challenge", "decision"],
                    live_baseline__isnull=False,
                    in_force_as__in=["live", "degraded"],
                )
                | (~models.Q(status__in=["live", "degraded"]) & models.Q(live_baseline__isnull=True, in_force_as="")),
                name="cases_case_in_force_has_baseline",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "standing", "number"], name="cases_case_standing_ix"),
            models.Index(
                fields=["next_transition_at"],
                condition=models.Q(next_transition_at__isnull=False),
                name="cases_case_due_ix",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_editable(self) -> bool:
        """Whether its argument may be changed now."""
        return self.status in self.EDITABLE

    @property
    def is_relied_on(self) -> bool:
        """Whether a baseline of it is in force, also while a revision is worked on."""
        return self.status in self.IN_FORCE or bool(self.in_force_as)


class CaseGrant(OrganisationOwned, UserObjectPermissionBase):
    """Who does what in one case beyond its owners: guardian's grants, few, with a real key."""

    content_object = Reference(AssuranceCase, on_delete=models.CASCADE, related_name="grants")
    # Why somebody has a part that does not go with another of theirs: nobody else is there.
    exception_reason = models.CharField(max_length=1000, blank=True, default="", db_default="", editable=False)
    within = "content_object"

    class Meta(UserObjectPermissionBase.Meta):
        unique_together = []
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user", "permission", "content_object"], name="cases_casegrant_uniq"
            )
        ]


@tracked()
class ArgumentModule(OrganisationOwned):
    """A part of a case that is argued by itself; other parts cite its public elements (GSN 1:4, SACM ArgumentPackage)."""

    DEFAULT_KEY = "M1"

    case = Reference(AssuranceCase, related_name="modules")
    key = models.CharField(_("key"), max_length=20)
    title = models.CharField(_("title"), max_length=300)
    is_contract = models.BooleanField(_("contract between modules"), default=False)
    # Keys of the default module stand alone ("G1"); those of any other follow the key of theirs ("M2:G1").
    is_default = models.BooleanField(default=False, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    within = "case"

    class Meta:
        ordering = ["-is_default", "created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "case", "key"], name="cases_module_key_uniq"),
            models.UniqueConstraint(
                fields=["organisation", "case"],
                condition=models.Q(is_default=True),
                name="cases_module_default_uniq",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.title[:80]}"


@tracked(exclude=["standing"], by="case")
class Element(OrganisationOwned):
    """An element of an argument: of its own module, or one that cites a public element of another module or case."""

    class Kind(models.TextChoices):
        GOAL = "goal", _("Goal")
        STRATEGY = "strategy", _("Strategy")
        SOLUTION = "solution", _("Solution")
        CONTEXT = "context", _("Context")
        ASSUMPTION = "assumption", _("Assumption")
        JUSTIFICATION = "justification", _("Justification")
        AWAY_GOAL = "away_goal", _("Away goal")
        AWAY_SOLUTION = "away_solution", _("Away solution")
        AWAY_CONTEXT = "away_context", _("Away context")
        AWAY_ASSUMPTION = "away_assumption", _("Away assumption")
        AWAY_JUSTIFICATION = "away_justification", _("Away justification")
        MODULE_REF = "module_ref", _("Module reference")
        CONTRACT_REF = "contract_ref", _("Contract reference")

    class Role(models.TextChoices):
        SUPPORT = "support", _("Argues for the case")
        COUNTER = "counter", _("Argues against it")

    class Declaration(models.TextChoices):
        # The values are those of SACM 2.3. "Defeated" is computed and cannot be declared.
        ASSERTED = "asserted", _("Asserted")
        NEEDS_SUPPORT = "needsSupport", _("Needs support")
        ASSUMED = "assumed", _("Assumed")
        AXIOMATIC = "axiomatic", _("Axiomatic")
        AS_CITED = "asCited", _("As cited")

    class Category(models.TextChoices):
        # The first four are those of Clymer and others (2024) for the most capable systems.
        INABILITY = "inability", _("Inability: it cannot")
        CONTROL = "control", _("Control: it is kept from it")
        TRUSTWORTHINESS = "trustworthiness", _("Trustworthiness: it would not")
        DEFERENCE = "deference", _("Deference: a trusted adviser says so")
        OUTCOME = "outcome", _("Outcome: it is measured")
        OVERSIGHT = "oversight", _("Oversight: a person can and does step in")
        PROCESS = "process", _("Process: it is made with care")
        CONFORMITY = "conformity", _("Conformity: it meets a standard")

    class Combine(models.TextChoices):
        ALL = "all", _("All of them")
        ANY = "any", _("Any one of them")
        AT_LEAST = "at_least", _("At least so many of them")

    case = Reference(AssuranceCase, related_name="elements")
    module = Reference(ArgumentModule, related_name="elements", verbose_name=_("module"))
    key = models.CharField(_("key"), max_length=20)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # A counter-element belongs to a challenge, with all that is put below it; `Challenge` says what it attacks.
    role = models.CharField(
        _("role"), max_length=10, choices=Role, default=Role.SUPPORT, db_default=Role.SUPPORT, editable=False
    )
    cites = Reference("self", null=True, blank=True, verbose_name=_("cites"), related_name="cited_by")
    cites_module = Reference(
        ArgumentModule, null=True, blank=True, verbose_name=_("cites the module"), related_name="cited_by"
    )
    statement = models.TextField(_("statement"), max_length=5000)
    owner = Reference("tenancy.Member", null=True, blank=True, verbose_name=_("claim owner"), related_name="+")
    declaration = models.CharField(_("declared"), max_length=20, choices=Declaration, default=Declaration.ASSERTED)
    declaration_reason = models.CharField(_("why it is taken as given"), max_length=1000, blank=True)
    category = models.CharField(_("category"), max_length=20, choices=Category, blank=True)
    is_undeveloped = models.BooleanField(_("undeveloped"), default=False)
    is_uninstantiated = models.BooleanField(_("uninstantiated"), default=False)
    is_public = models.BooleanField(_("public"), default=False)
    is_supported_by_contract = models.BooleanField(_("supported by contract"), default=False)
    combine = models.CharField(_("needs"), max_length=10, choices=Combine, default=Combine.ALL)
    combine_k = models.PositiveSmallIntegerField(_("how many"), null=True, blank=True)
    combine_reason = models.CharField(_("why fewer than all are enough"), max_length=1000, blank=True)
    review_by = models.DateField(_("review by"), null=True, blank=True)
    held_down_to = models.PositiveSmallIntegerField(choices=StandingLevel, null=True, editable=False)
    held_down_reason = models.CharField(max_length=1000, blank=True, editable=False)
    held_down_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    held_down_at = models.DateTimeField(null=True, editable=False)
    standing = models.PositiveSmallIntegerField(
        _("standing"), choices=StandingLevel, default=StandingLevel.UNDEVELOPED, editable=False
    )
    # The template that it was made of ("P5/1"), what it is called there, and whether it says something else by now. Until a
    # person has adopted what it says, it is nobody's claim.
    pattern = models.CharField(_("made of the template"), max_length=40, blank=True, editable=False, db_default="")
    pattern_key = models.CharField(max_length=40, blank=True, editable=False, db_default="")
    modified_from_pattern = models.BooleanField(default=False, editable=False, db_default=False)
    adopted_at = models.DateTimeField(null=True, editable=False)
    adopted_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    # Withdrawn, never deleted: the history of belief points here, and a key is never used for something else.
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_reason = models.CharField(max_length=1000, blank=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ElementQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "module", "key"], name="cases_element_key_in_module_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.address}: {self.statement[:80]}"

    @property
    def is_template_text(self) -> bool:
        """Whether it still says what a template says, and nobody has made it theirs."""
        return self.pattern != "" and self.adopted_at is None

    @property
    def address(self) -> str:
        """What it is called in the whole case: "G1", or "M2:G1" in a module other than the first."""
        return self.key if self.module.is_default else f"{self.module.key}:{self.key}"


@tracked(by="case")
class Link(OrganisationOwned):
    """`source` is supported by, or stands in the context of, `target`."""

    class Kind(models.TextChoices):
        SUPPORTED_BY = "supported_by", _("supported by")
        IN_CONTEXT_OF = "in_context_of", _("in context of")

    case = Reference(AssuranceCase, related_name="links")
    kind = models.CharField(max_length=20, choices=Kind)
    source = Reference(Element, related_name="outgoing")
    target = Reference(Element, related_name="incoming")
    ordinal = models.PositiveIntegerField(default=0)
    is_exact = models.BooleanField(_("if and only if"), default=False)
    exact_reason = models.CharField(_("why if and only if"), max_length=1000, blank=True)
    # What both ends said when somebody last looked at the step between them; see reviewing.py.
    reviewed_hash = models.CharField(max_length=64, blank=True, editable=False)
    reviewed_at = models.DateTimeField(null=True, editable=False)
    reviewed_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    within = "case"

    class Meta:
        ordering = ["ordinal", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "source", "target"], name="cases_link_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


@tracked(by="element")
class EvidenceBinding(OrganisationOwned):
    """What a solution rests on: one version of a piece of evidence, and what happens when it ages."""

    element = Reference(Element, related_name="bindings")
    version = Reference(EvidenceVersion, related_name="bindings")
    locator = models.CharField(_("where in it"), max_length=300, blank=True)
    relevance = models.CharField(_("what it shows"), max_length=1000, blank=True)
    environment_required = models.CharField(_("needs environment"), max_length=20, choices=Environment, blank=True)
    environment_policy = models.PositiveSmallIntegerField(
        _("if from a weaker environment"), choices=StandingLevel, default=StandingLevel.WEAKENED
    )
    version_policy = models.PositiveSmallIntegerField(
        _("if about another system version"), choices=StandingLevel, default=StandingLevel.WEAKENED
    )
    # For monitors only: each newer accepted version is taken by itself (latest.py).
    follow_latest = models.BooleanField(_("follows the latest version"), default=False, db_default=False)
    added_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    revision = models.PositiveIntegerField(default=1, editable=False, db_default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    within = "element"

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "element", "version"], name="cases_binding_uniq")
        ]

    def __str__(self) -> str:
        return f"{self.element_id} – {self.version_id}"


@append_only
class StandingTransition(OrganisationOwned):
    """A change of standing of a case (element null) or an element, with its causes: the history of belief."""

    case = Reference(AssuranceCase, related_name="transitions")
    element = Reference(Element, null=True, related_name="transitions")
    before = models.PositiveSmallIntegerField(choices=StandingLevel)
    after = models.PositiveSmallIntegerField(choices=StandingLevel)
    as_of = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    causes = models.JSONField(default=list)
    within = "case"

    class Meta:
        ordering = ["-recorded_at", "-id"]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


@tracked()
class Signal(Record):
    """A loss of standing that somebody must answer, with an owner and a deadline."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    TRANSITIONS = {Status.OPEN: {Status.CLOSED}}

    case = Reference(AssuranceCase, related_name="signals")
    element = Reference(Element, null=True, related_name="signals")
    before = models.PositiveSmallIntegerField(choices=StandingLevel)
    after = models.PositiveSmallIntegerField(choices=StandingLevel)
    sentence = models.TextField(_("what happened"))
    causes = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, editable=False)
    owner = Reference("tenancy.Member", verbose_name=_("owner"), related_name="+")
    due_on = models.DateField(_("due"))
    status = models.CharField(_("status"), max_length=20, choices=Status, default=Status.OPEN, editable=False)
    restored_at = models.DateTimeField(_("standing restored"), null=True, editable=False)
    # When it is taken to those above its owner, unless it is answered; null once that happened or is not needed.
    escalate_at = models.DateTimeField(null=True, editable=False)
    escalated_at = models.DateTimeField(_("escalated"), null=True, editable=False)
    corrective_action = models.CharField(_("corrective action"), max_length=100, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_by = Reference("tenancy.Member", null=True, editable=False, related_name="+")
    closing_reason = models.CharField(max_length=1000, blank=True, editable=False)

    objects = SignalQuerySet.as_manager()
    within = "case"

    class Meta:
        ordering = ["status", "due_on", "number"]
        constraints = [
            # The same causes for the same case raise one open signal, however often they are found.
            models.UniqueConstraint(
                fields=["organisation", "case", "fingerprint"],
                condition=models.Q(status="open"),
                name="cases_signal_open_uniq",
            )
        ]
        indexes = [
            models.Index(
                fields=["escalate_at"], condition=models.Q(escalate_at__isnull=False), name="cases_signal_escalate_ix"
            )
        ]

    def __str__(self) -> str:
        return self.sentence[:120]

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_on < timezone.localdate()
