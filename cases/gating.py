"""The gate of a case with all its facts, and where each thing is mended."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.tenancy.models import Member
from cases.access import Part, roles_of
from cases.actions.checks import message_of, remedy_of
from cases.causes import sentence_of, stored_cause
from cases.checking import problems_in
from cases.documents import document_of, sha256_of
from cases.evaluation import Assessment, assess, assess_draft
from cases.gates import NEXT, GateFacts, Place, Requirement, SignedBy, cause_id, requirements
from cases.models import AssuranceCase, Baseline, CaseDecision, SignOff, StandingLevel
from cases.outline import Problem
from cases.reviews import checklist_of, open_blocking_challenges, opinions_of, unresolved_comments
from cases.roles import People, independent, is_outside, lacking
from cases.signing import valid_sign_off
from cases.tiers import Tiers, tiers_for

Status = AssuranceCase.Status


@dataclass(frozen=True, slots=True)
class Gate:
    """The step ahead and all that it needs; `to` is empty where no step waits for a gate."""

    case: AssuranceCase
    to: str
    requirements: list[Requirement]
    tiers: Tiers
    assessment: Assessment
    causes: list[dict[str, Any]]

    @property
    def unmet(self) -> list[Requirement]:
        return [one for one in self.requirements if not one.met]

    @property
    def is_open(self) -> bool:
        return bool(self.to) and not self.unmet

    @property
    def to_label(self) -> str:
        return str(Status(self.to).label) if self.to else ""


def gate(
    case: AssuranceCase,
    to: str | None = None,
    *,
    at: datetime | None = None,
    tiers: Tiers | None = None,
    parts: list[tuple[Part, list[Member]]] | None = None,
    assessment: Assessment | None = None,
) -> Gate:
    """What the case needs for its next step, or for the step to a given state; a fixed number of queries."""
    at = at or timezone.now()
    wanted = NEXT.get(Status(case.status), "") if to is None else to
    tiers = tiers or tiers_for(case)
    # What is reviewed is the working argument, also while a baseline of the case is in force beside it.
    assessment = assessment or (assess if case.status in AssuranceCase.IN_FORCE else assess_draft)(case, at=at)
    causes = causes_of(assessment)
    facts = facts_for(case, wanted, at=at, tiers=tiers, parts=parts, assessment=assessment, causes=causes)
    return Gate(case, wanted, requirements(wanted, facts) if wanted else [], tiers, assessment, causes)


def causes_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Every cause of the argument being below Holds; the stored ones are cut, and a decision must know them all. That
    nobody has signed is not the argument's fault: the gate asks for the signature by itself."""
    return [stored_cause(assessment.evaluation, cause) for cause in assessment.argued_causes()]


def facts_for(
    case: AssuranceCase,
    to: str,
    *,
    at: datetime,
    tiers: Tiers,
    parts: list[tuple[Part, list[Member]]] | None,
    assessment: Assessment,
    causes: list[dict[str, Any]],
) -> GateFacts:
    """What the gate of this step looks at, and nothing that it does not."""
    policy = tiers.of(case.system.tier or "")
    facts = GateFacts(
        status=case.status,
        policy=policy,
        at=at,
        standing=assessment.argued,
        say=said,
        state_since=case.state_since,
        causes=causes,
        sentence_of=sentence_of,
    )
    loaded = assessment.loaded
    if to in (Status.TEAM_REVIEW, Status.CHALLENGE):
        facts.problems = problems_in(loaded, at=at)
        facts.suspect_links = len(loaded.suspect_links)
    if to in (Status.TEAM_REVIEW, Status.DECISION):
        people = roles_of(case, parts, elements=loaded.elements.values())
        facts.lacks = lacking(people, policy)
    if to == Status.CHALLENGE:
        facts.open_comments = [(one.number, named(one.body)) for one in unresolved_comments(case)]
    if to == Status.DECISION:
        add_challenge(case, facts, assessment, people)
    if to in (Status.DECISION, Status.LIVE):
        under_review = case.live_baseline_id if case.status in AssuranceCase.IN_FORCE else case.draft_baseline_id
        facts.baseline_sha256 = sha256_of_baseline(under_review)
        facts.sha256 = sha256_of(document_of(loaded))
    if to == Status.LIVE:
        approved = approval_of(case)
        if approved is not None and is_of_this_round(case, approved):
            facts.approved_sha256 = approved.baseline_sha256
            facts.approved_standing = StandingLevel(approved.root_standing)
            facts.accepted = frozenset(cause_id(one) for one in approved.causes)
        signature = valid_sign_off(case, at, baseline=Baseline(pk=under_review)) if under_review else None
        facts.signed = signed_by(signature) if signature else None
    return facts


def is_of_this_round(case: AssuranceCase, approved: CaseDecision) -> bool:
    """Whether an approval answers what is asked now. A revision that changes nothing has the baseline of an earlier
    decision, and is decided on all the same."""
    if case.status != Status.DECISION or case.state_since is None:
        return True
    return bool(approved.decided_at >= case.state_since)


def signed_by(row: SignOff) -> SignedBy:
    standing = StandingLevel[row.standings["case"].upper()]
    return SignedBy(row.baseline_sha256, row.signed_at, standing, row.content.get("causes", []))


def add_challenge(case: AssuranceCase, facts: GateFacts, assessment: Assessment, people: People) -> None:
    loaded = assessment.loaded
    if facts.policy.challenge_days and case.state_since is not None:
        facts.challenge_ends_at = case.state_since + timedelta(days=facts.policy.challenge_days)
    counting = {one.id: one for one in independent(people)}
    given = [one.opinion for one in opinions_of(case, loaded=loaded) if one.is_current and one.is_appointed]
    heard = [counting[one.member_id] for one in given if one.member_id in counting]
    facts.opinions = len(heard)
    facts.outside_opinion = any(
        is_outside(one, people.owner) or ("challenger", one.id) in people.excepted for one in heard
    )
    blocking = open_blocking_challenges(case, assessment=assessment)
    facts.blocking_challenges = [(one.number, named(one.statement)) for one in blocking]
    facts.challenges = case.challenges.count()
    if facts.policy.needs_checklist:
        prompts = checklist_of(case, loaded=loaded)
        facts.prompts, facts.unanswered = len(prompts), sum(not one.current for one in prompts)


def said(problem: Problem) -> tuple[str, str]:
    return message_of(problem), remedy_of(problem)


def named(text: str) -> str:
    return Truncator(text).chars(140)


def sha256_of_baseline(baseline_id: UUID | None) -> str:
    found = Baseline.objects.filter(pk=baseline_id).values_list("sha256", flat=True).first() if baseline_id else None
    return found or ""


def approval_of(case: AssuranceCase) -> CaseDecision | None:
    """The approval that counts: of the baseline under review, or of the one in force."""
    wanted = case.live_baseline_id if case.status in AssuranceCase.IN_FORCE else case.draft_baseline_id
    return approval_of_baseline(case, wanted)


def approval_of_baseline(case: AssuranceCase, baseline_id: UUID | None) -> CaseDecision | None:
    if baseline_id is None:
        return None
    last = CaseDecision.objects.filter(case=case, baseline_id=baseline_id).order_by("-decided_at", "-id").first()
    return last if last is not None and last.outcome == CaseDecision.Outcome.APPROVE else None


# --- Where things are mended

PLACES: Final[Mapping[str, tuple[Callable[[], str], str, str]]] = {
    "element": (lambda: _("Open the element"), "case_detail", ""),
    "problems": (lambda: _("All rules"), "case_problems", ""),
    "argument": (lambda: _("Why it stands as it does"), "case_detail", ""),
    "people": (lambda: _("The people of the case"), "case_detail", "#people"),
    "links": (lambda: _("Review the links"), "links_review", ""),
    "decide": (lambda: _("Decide"), "case_decide", ""),
    "sign": (lambda: _("Read and sign"), "case_sign", ""),
    "baselines": (lambda: _("Baselines"), "baseline_list", ""),
    "comment": (lambda: _("Comments"), "comment_detail", ""),
    "challenge": (lambda: _("The challenge"), "challenge_detail", ""),
    "challenges": (lambda: _("Raise a challenge on an element"), "case_detail", "#argument"),
    "checklist": (lambda: _("The checklist"), "case_review", ""),
    "opinions": (lambda: _("Checklist and opinions"), "case_review", ""),
}


RECORDS: Final = frozenset({"comment", "challenge"})
"""Those with a number and a page of their own."""


def link_of(case: AssuranceCase, place: Place) -> tuple[str, str]:
    """The words and the address of a place."""
    label, name, anchor = PLACES[place.name]
    number = place.about if place.name in RECORDS else case.number
    address = reverse(f"cases:{name}", args=[case.organisation.slug, number])
    if place.name == "element" and place.about:
        anchor = f"?element={quote(str(place.about))}#element"
    return place.label or label(), f"{address}{anchor}"
