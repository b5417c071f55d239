"""Binding evidence to the elements that rest on it."""

from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from cases.actions.checks import element_of, open_case, refuse_under_review, said
from cases.evaluation import reevaluate
from cases.events import BindingEvent
from cases.loading import name_of_version
from cases.models import AssuranceCase, Element, EvidenceBinding, StandingLevel
from cases.outline import PREMISES, Evidence, Node, Outline
from cases.wellformed_content import e01_times_are_possible, e03_evidence_is_pinned
from evidence.models import EvidenceItem, EvidenceVersion, Kind

# What missing its demand may cost: time may lower these further, so a policy below them would let silence improve.
POLICIES = (StandingLevel.UNSUPPORTED, StandingLevel.WEAKENED, StandingLevel.HOLDS)

# What an element asks of its evidence.
BINDING_FIELDS: Final = (
    "locator", "relevance", "environment_required", "environment_policy", "version_policy", "follow_latest",
)  # fmt: skip


@transaction.atomic
def bind_evidence(
    element: Element,
    *,
    version: EvidenceVersion,
    actor: Member,
    locator: str = "",
    relevance: str = "",
    environment_required: str = "",
    environment_policy: int = StandingLevel.WEAKENED,
    version_policy: int = StandingLevel.WEAKENED,
    follow_latest: bool = False,
) -> EvidenceBinding:
    """Let a solution, or a premise, rest on one version of a piece of evidence."""
    case = open_case(element.case, actor=actor)
    row = element_of(case, element)
    if row.kind != Element.Kind.SOLUTION and row.kind not in PREMISES:
        raise RuleBroken(
            _("Evidence belongs to a solution. Add a solution below %s and bind the evidence there.") % row.address
        )
    refuse_unusable(version)
    if EvidenceBinding.objects.filter(element=row, version=version).exists():
        raise RuleBroken(
            _("%(element)s rests on %(version)s already. Change that binding instead.")
            % {"element": row.address, "version": name_of_version(version)},
            field="version",
        )
    check_policies(environment_policy, version_policy, relevance)
    check_following(follow_latest, version)
    refuse_unpinned(version, row)
    binding = EvidenceBinding.objects.create(
        organisation=actor.organisation,
        element=row,
        version=version,
        locator=locator,
        relevance=relevance,
        environment_required=environment_required,
        environment_policy=environment_policy,
        version_policy=version_policy,
        follow_latest=follow_latest,
        added_by=actor,
    )
    return followed(case, binding, BindingEvent.ADDED, actor, relevance=relevance)


@transaction.atomic
def edit_binding(
    binding: EvidenceBinding,
    *,
    locator: str,
    relevance: str,
    environment_required: str,
    environment_policy: int,
    version_policy: int,
    actor: Member,
    follow_latest: bool = False,
    revision: int | None = None,
) -> EvidenceBinding:
    """Change what the element asks of the evidence."""
    case = open_case(binding.element.case, actor=actor)
    row = fresh(binding, revision)
    check_policies(environment_policy, version_policy, relevance)
    check_following(follow_latest, row.version)
    told = save_changes(
        row,
        locator=locator,
        relevance=relevance,
        environment_required=environment_required,
        environment_policy=environment_policy,
        version_policy=version_policy,
        follow_latest=follow_latest,
    )
    return followed(case, row, BindingEvent.EDITED, actor, **told) if told else row


@transaction.atomic
def renew_binding(
    binding: EvidenceBinding, *, version: EvidenceVersion, actor: Member, revision: int | None = None
) -> EvidenceBinding:
    """Rest on another version of the same evidence, such as the one that was just collected, or of what superseded it."""
    case = open_case(binding.element.case, actor=actor, is_about_facts=True)
    row = fresh(binding, revision)
    if version.item_id != row.version.item_id:
        refuse_under_review(case)  # another piece of evidence is another argument; a newer version of it is a fact
    if version.item_id not in (row.version.item_id, row.version.item.superseded_by_id):
        raise RuleBroken(_("That is other evidence. Bind it as evidence of its own."), field="version")
    refuse_unusable(version)
    if EvidenceBinding.objects.filter(element_id=row.element_id, version=version).exists():
        raise RuleBroken(_("The element rests on this version already."), field="version")
    refuse_unpinned(version, row.element)
    before = row.version
    follows = row.follow_latest and version.item.kind == Kind.MONITORING_SERIES
    save_changes(row, version=version, follow_latest=follows)
    told: dict[str, object] = {"version": [before.ordinal, version.ordinal]}
    if before.item_id != version.item_id:
        told["superseded"] = name_of_version(before)
    return followed(case, row, BindingEvent.RENEWED, actor, **told)


@transaction.atomic
def unbind_evidence(
    binding: EvidenceBinding, *, reason: str, actor: Member, revision: int | None = None
) -> AssuranceCase:
    """Stop resting on a piece of evidence; on the one that the person read, where they say which."""
    case = open_case(binding.element.case, actor=actor)
    row = fresh(binding, revision)
    if not reason.strip():
        raise RuleBroken(_("Say why the element does not rest on this evidence any more."), field="reason")
    told = {"element": row.element.address, "evidence": name_of_version(row.version), "reason": reason}
    row.delete()
    reevaluate(case, actor=actor, happenings=[(BindingEvent.REMOVED, case, told)])
    return case


def fresh(binding: EvidenceBinding, revision: int | None = None) -> EvidenceBinding:
    """The binding, locked, when it still asks what the person read."""
    locked(binding, revision=revision)
    rows = EvidenceBinding.objects.select_for_update(of=("self",)).select_related("element__module", "version__item")
    row: EvidenceBinding = rows.get(pk=binding.pk)
    if row.element.role == Element.Role.COUNTER:
        raise RuleBroken(_("%s argues a challenge, and its evidence stays as it was given.") % row.element.address)
    return row


def followed(case: AssuranceCase, binding: EvidenceBinding, event: str, actor: Member, **told: Any) -> EvidenceBinding:
    """Record what happened to a binding, and what follows from it."""
    named = {"element": binding.element.address, "evidence": name_of_version(binding.version), **told}
    reevaluate(case, actor=actor, happenings=[(event, case, named)])
    return binding


def refuse_unusable(version: EvidenceVersion) -> None:
    if version.item.status != EvidenceItem.Status.ACTIVE:
        raise RuleBroken(_("%s was withdrawn or superseded. Choose other evidence.") % version.item, field="version")
    if version.review in (EvidenceVersion.Review.REJECTED, EvidenceVersion.Review.WITHDRAWN):
        raise RuleBroken(
            _("%s was rejected or withdrawn. Choose another version.") % name_of_version(version), field="version"
        )


def check_policies(environment_policy: int, version_policy: int, relevance: str) -> None:
    for field, policy in (("environment_policy", environment_policy), ("version_policy", version_policy)):
        if policy not in POLICIES:
            raise RuleBroken(_("Choose unsupported, weakened or holds."), field=field)
        if policy == StandingLevel.HOLDS and not relevance.strip():
            raise RuleBroken(
                _("Say in “What it shows” why the evidence speaks for this claim all the same."), field="relevance"
            )


def check_following(follow_latest: bool, version: EvidenceVersion) -> None:
    if follow_latest and version.item.kind != Kind.MONITORING_SERIES:
        raise RuleBroken(
            _(
                "Only a monitoring series is followed by itself. Of other evidence somebody has to judge whether a newer "
                "version shows the same: leave this off, and use “Use another version” then."
            ),
            field="follow_latest",
        )


def refuse_unpinned(version: EvidenceVersion, row: Element) -> None:
    """WF-E01 and WF-E03 on saving: times that can be, and no live page whose content may change unnoticed."""
    evidence = Evidence(
        item=version.item_id,
        name=name_of_version(version),
        is_collected_later=version.collected_at > timezone.now(),
        is_page_without_hash=bool(version.uri) and not version.files.exists(),
    )
    outline = Outline([Node(id=row.pk, key=row.address, kind=row.kind, evidence=(evidence,))], [])
    for rule in (e01_times_are_possible, e03_evidence_is_pinned):
        for problem in rule(outline):
            raise RuleBroken(said(problem), field="version", rule=problem.rule)
