"""Raising a doubt, answering it, deciding it. Nobody decides in a matter of their own, and no word alone refutes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.tenancy.permissions import Role
from aims.transitions import move
from cases import challenge_telling as telling
from cases.access import (
    require_acceptance_of_doubt,
    require_answer_to_doubt,
    require_decision_of_doubt,
    require_doubt,
)
from cases.actions.checks import element_of, outline_of, said
from cases.challenges import name_of_challenge
from cases.evaluation import Happening, assess, reevaluate
from cases.events import DoubtEvent
from cases.loading import load_case
from cases.models import AssuranceCase, Challenge, Element, Link, StandingLevel
from cases.outline import Edge, Node, Outline
from cases.wellformed import blocking
from cases.wellformed_challenges import inference_is_elsewhere

Status = Challenge.Status
Kind = Element.Kind
MAY_ANSWER: Final = (
    Kind.GOAL, Kind.SOLUTION, Kind.CONTEXT, Kind.ASSUMPTION, Kind.JUSTIFICATION, Kind.AWAY_GOAL, Kind.AWAY_SOLUTION,
    Kind.AWAY_CONTEXT, Kind.AWAY_ASSUMPTION, Kind.AWAY_JUSTIFICATION,
)  # fmt: skip
LONGEST_ACCEPTANCE_DAYS: Final = 366
MOST_OPEN_OF_ONE: Final = 100
EVENTS: Final[dict[str, DoubtEvent]] = {
    Status.SUSTAINED: DoubtEvent.SUSTAINED,
    Status.REFUTED: DoubtEvent.REFUTED,
    Status.RESIDUAL: DoubtEvent.ACCEPTED,
    Status.WITHDRAWN: DoubtEvent.WITHDRAWN,
    Status.OPEN: DoubtEvent.REOPENED,
}


@transaction.atomic
def raise_challenge(
    case: AssuranceCase,
    *,
    target: Element,
    attack: str,
    statement: str,
    actor: Member | None,
    severity: str = Challenge.Severity.MAJOR,
    step_to: Element | None = None,
) -> Challenge:
    """Doubt an element, or the step from `target` to `step_to`. Its standing falls at once, until somebody decides.

    `actor=None` is a degradation condition that has come true and was told to open a challenge.
    """
    row = case_to_doubt(case)
    if actor is not None:
        require_doubt(actor, row)
    about = element_of(row, target, may_be_counter=True)
    lower = element_of(row, step_to, may_be_counter=True) if step_to else None
    check_said(attack, severity, statement)
    check_target(row, about, lower, attack)
    refuse_flood(row, about, lower, attack, statement, actor)
    challenge, told = open_doubt(
        row, target=about, step_to=lower, attack=attack, severity=severity, statement=statement, actor=actor
    )
    reevaluate(row, actor=actor, happenings=told)
    return challenge


def open_doubt(
    case: AssuranceCase,
    *,
    target: Element,
    attack: str,
    severity: str,
    statement: str,
    actor: Member | None,
    step_to: Element | None = None,
) -> tuple[Challenge, Sequence[Happening]]:
    """Write a new challenge of a locked case and tell people; the caller brings the case up to date."""
    challenge = Challenge.objects.create(
        organisation_id=case.organisation_id,
        number=next_number(case.organisation_id, Challenge),
        case=case,
        target=target,
        step_to=step_to,
        attack=attack,
        severity=severity,
        statement=statement,
        raised_by=actor,
        changed_at=timezone.now(),
    )
    telling.keep_event(challenge, "raised", now=challenge.created_at, actor=actor, note=statement)
    telling.tell_of_doubt(challenge, actor)
    told = {**words_of(challenge), "attack": attack, "severity": severity, "statement": statement}
    return challenge, both(DoubtEvent.RAISED, challenge, told)


@transaction.atomic
def edit_challenge(
    challenge: Challenge, *, revision: int | None, attack: str, severity: str, statement: str, actor: Member
) -> Challenge:
    """Say a doubt better, while it is open; only whoever raised it does."""
    row = lock_challenge(challenge, revision=revision)
    require_raiser(actor, row)
    if row.status != Status.OPEN:
        raise RuleBroken(_("This challenge is not open any more. Open it again, or raise another."))
    check_said(attack, severity, statement)
    check_target(row.case, row.target, row.step_to, attack)
    told = save_changes(row, attack=attack, severity=severity, statement=statement)
    if told:
        now = timezone.now()
        telling.keep_event(row, "edited", before=row.status, now=now, actor=actor, note=statement)
        reevaluate(row.case, actor=actor, happenings=both(DoubtEvent.EDITED, row, {**words_of(row), **told}))
    return row


@transaction.atomic
def answer_challenge(
    challenge: Challenge, *, response: str, actor: Member, response_element: Element | None = None
) -> Challenge:
    """Say why the doubt does not hit, and which element shows it. The doubt stays until somebody else decides."""
    row = lock_challenge(challenge)
    require_answer_to_doubt(actor, row)
    if row.status in (Status.REFUTED, Status.WITHDRAWN):
        raise RuleBroken(_("This challenge asks for no answer now. It would have to be opened again first."))
    if not response.strip():
        raise RuleBroken(
            _("Say in a sentence why the doubt does not hit, or what was done about it."), field="response"
        )
    element = checked_answer(row, response_element) if response_element else None
    now = timezone.now()
    told = save_changes(row, response=response, response_element=element, answered_by=actor, answered_at=now)
    telling.keep_event(row, "answered", before=row.status, now=now, actor=actor, note=response)
    telling.tell_of_answer(row, actor)
    words = {**words_of(row), "by": element.address if element else "", "response": response[:300]}
    reevaluate(row.case, actor=actor, happenings=both(DoubtEvent.ANSWERED, row, words) if told else [])
    return row


@transaction.atomic
def decide_challenge(
    challenge: Challenge, *, verdict: str, rationale: str, actor: Member, response_element: Element | None = None
) -> Challenge:
    """Sustain or refute. What refutes is an element that holds; when it no longer does, the doubt is back by itself."""
    row = lock_challenge(challenge)
    require_decision_of_doubt(actor, row)
    if verdict not in (Status.SUSTAINED, Status.REFUTED):
        raise RuleBroken(_("Sustain the challenge, or refute it."), field="verdict")
    if row.status == verdict == Status.SUSTAINED:
        raise RuleBroken(_("This challenge is sustained already."), field="verdict")
    require_reason(rationale, "rationale", _("Say why it is decided so."))
    now = timezone.now()
    fields: dict[str, Any] = {**decided(actor, rationale, now), "lapsed_at": None, **NOT_ACCEPTED}
    if verdict == Status.REFUTED:
        given = response_element or row.response_element
        if given is None:
            raise RuleBroken(
                _("Name the element that answers the doubt: a word alone refutes nothing."),
                field="response_element",
                rule="WF-D06",
            )
        fields["response_element"] = answer_that_holds(row, checked_answer(row, given))
    return change(
        row, verdict, "sustained" if verdict == Status.SUSTAINED else "refuted", rationale, fields, actor, now
    )


@transaction.atomic
def accept_challenge(
    challenge: Challenge, *, significance: str, until: date | None, rationale: str, actor: Member
) -> Challenge:
    """Live with a doubt until a day. Unless it is negligible it weakens its target, and after that day it is open again."""
    row = lock_challenge(challenge)
    require_acceptance_of_doubt(actor, row)
    if significance not in Challenge.Significance.values:
        raise RuleBroken(_("Say how much of the doubt remains."), field="significance", rule="WF-D07")
    today = timezone.localdate()
    if until is None or not today < until <= today + timedelta(days=LONGEST_ACCEPTANCE_DAYS):
        raise RuleBroken(
            _("Give a day after today, and within %d days: whoever accepts a doubt looks at it again.")
            % LONGEST_ACCEPTANCE_DAYS,
            field="until",
            rule="WF-D07",
        )
    require_reason(rationale, "rationale", _("Say why the organisation can live with this doubt."))
    now = timezone.now()
    fields = {
        **decided(actor, rationale, now),
        "significance": significance,
        "accepted_by": actor,
        "accepted_until": until,
        "lapsed_at": None,
    }
    return change(row, Status.RESIDUAL, "accepted", rationale, fields, actor, now)


@transaction.atomic
def withdraw_challenge(challenge: Challenge, *, reason: str, actor: Member) -> Challenge:
    """Whoever raised a doubt takes it back, with a reason; for somebody who left, a governance officer does."""
    row = lock_challenge(challenge)
    require_raiser(actor, row)
    require_reason(reason, "reason", _("Say why the doubt is taken back."))
    now = timezone.now()
    return change(row, Status.WITHDRAWN, "withdrawn", reason, decided(actor, reason, now), actor, now)


@transaction.atomic
def reopen_challenge(challenge: Challenge, *, reason: str, actor: Member) -> Challenge:
    """Say that the doubt is still there, or there again. What was sustained stays so until it is answered."""
    row = lock_challenge(challenge)
    require_doubt(actor, row.case)
    require_reason(reason, "reason", _("Say what is new, or what was overlooked."))
    if row.status == Status.SUSTAINED:
        raise RuleBroken(
            _("This challenge is sustained: opening it again would make it milder. Refute it with an answer.")
        )
    now = timezone.now()
    fields: dict[str, Any] = {**NOT_DECIDED, **NOT_ACCEPTED, "response_element": None, "lapsed_at": None}
    reopened = change(row, Status.OPEN, "reopened", reason, fields, actor, now)
    telling.tell_of_doubt(reopened, actor, is_again=True)
    return reopened


# --- What they have in common ---

NOT_ACCEPTED: Final[dict[str, Any]] = {"significance": "", "accepted_by": None, "accepted_until": None}
NOT_DECIDED: Final[dict[str, Any]] = {"decided_by": None, "decided_at": None, "rationale": ""}


def decided(actor: Member, rationale: str, now: datetime) -> dict[str, Any]:
    return {"decided_by": actor, "decided_at": now, "rationale": rationale}


def change(
    row: Challenge, after: str, kind: str, note: str, fields: dict[str, Any], actor: Member, now: datetime
) -> Challenge:
    """Move a challenge to another state, keep it, tell people, and let the standing follow."""
    before = row.status
    told: list[Happening] = []
    words = {**words_of(row), "reason": note[:300]}
    move(row, after, event=EVENTS[after], actor=actor, fields={**fields, "changed_at": now}, happenings=told, **words)
    told.append((EVENTS[after], row.case, {**words, "status": [before, after], "what": name_of_challenge(row)}))
    telling.keep_event(row, kind, before=before, now=now, actor=actor, note=note)
    if after != Status.OPEN:
        telling.tell_of_decision(row, actor)
    reevaluate(row.case, actor=actor, happenings=told)
    return row


def case_to_doubt(case: AssuranceCase) -> AssuranceCase:
    """The case, locked. A doubt may come at any time: only what is withdrawn is past doubting."""
    row = locked(case)
    if row.status == AssuranceCase.Status.WITHDRAWN:
        raise RuleBroken(_("This case is withdrawn and stays as it was."))
    return row


def lock_challenge(challenge: Challenge, *, revision: int | None = None) -> Challenge:
    """The challenge, fresh and locked after its case, while both are in force."""
    case = case_to_doubt(AssuranceCase.objects.get(pk=challenge.case_id))
    row = locked(challenge, revision=revision)
    row.case = case
    for element in (row.target, row.step_to):
        if element is not None and element.withdrawn_at is not None:
            raise RuleBroken(_("%s was withdrawn, and the doubts about it with it.") % element.address)
    return row


def may_take_back(member: Member, row: Challenge) -> bool:
    """Whoever raised it; for somebody who left, or for a condition that raised it, a governance officer."""
    raised_by = row.raised_by
    if not member.may("challenges.raise"):
        return False
    if raised_by is not None and raised_by.is_active:
        return raised_by.pk == member.pk
    return Role.GOVERNANCE_OFFICER in member.roles


def require_raiser(actor: Member, row: Challenge) -> None:
    if not may_take_back(actor, row):
        raise PermissionDenied(
            _(
                "Only whoever raised a challenge words it or takes it back; for somebody who left, a governance officer does."
            )
        )


def require_reason(reason: str, field: str, message: str) -> None:
    if not reason.strip():
        raise RuleBroken(message, field=field)


def check_said(attack: str, severity: str, statement: str) -> None:
    if attack not in Challenge.Attack.values:
        raise RuleBroken(_("Say what the doubt attacks: the claim, the step, or what it rests on."), field="attack")
    if severity not in Challenge.Severity.values:
        raise RuleBroken(_("Choose how grave the doubt is."), field="severity")
    if not statement.strip():
        raise RuleBroken(_("Say the doubt in a sentence that somebody can answer."), field="statement")


def check_target(case: AssuranceCase, about: Element, lower: Element | None, attack: str) -> None:
    """The challenged step exists (WF-D02), and a doubt about several legs is raised on their strategy (WF-D03)."""
    if lower is not None:
        if not Link.objects.filter(case=case, source=about, target=lower).exists():
            raise RuleBroken(
                _("There is no step from %(upper)s to %(lower)s. Reload the page.")
                % {"upper": about.address, "lower": lower.address},
                field="step_to",
                rule="WF-D02",
            )
        return
    legs = Link.objects.filter(case=case, source=about, kind=Link.Kind.SUPPORTED_BY).select_related("target")
    nodes = [Node(id=about.pk, key=about.address, kind=about.kind)]
    edges = []
    for link in legs:
        nodes.append(Node(id=link.target_id, key="", kind=link.target.kind))
        edges.append(Edge(source=about.pk, target=link.target_id))
    if inference_is_elsewhere(Outline(nodes, edges), nodes[0], attack, is_step=False) == "strategy":
        raise RuleBroken(
            _("Several elements carry %s together. Raise a doubt about the step on the strategy between them.")
            % about.address,
            field="attack",
            rule="WF-D03",
        )


def refuse_flood(
    case: AssuranceCase, about: Element, lower: Element | None, attack: str, statement: str, actor: Member | None
) -> None:
    """One doubt is raised once, and nobody buries the doubts of others below their own."""
    waiting = Challenge.objects.filter(case=case, status=Status.OPEN)
    same = waiting.filter(target=about, step_to=lower, attack=attack, statement=statement).first()
    if same is not None:
        raise RuleBroken(
            _("Challenge %d says this already, and is open. Argue that one, or say what is different.") % same.number,
            field="statement",
        )
    if actor is not None and waiting.filter(raised_by=actor).count() >= MOST_OPEN_OF_ONE:
        raise RuleBroken(
            _("You have %d open challenges about this case. Have some of them decided, or take some back, first.")
            % MOST_OPEN_OF_ONE
        )


def checked_answer(row: Challenge, element: Element) -> Element:
    """An element that can answer: of the argument itself, not what is doubted, and resting on nothing of that (WF-S07)."""
    answer = element_of(row.case, element)
    if answer.kind not in MAY_ANSWER:
        raise RuleBroken(
            _("%s cannot answer a doubt. Choose a claim, evidence or a premise.") % answer.address,
            field="response_element",
        )
    if answer.pk in (row.target_id, row.step_to_id):
        raise RuleBroken(
            _("What is doubted cannot answer the doubt. Choose another element."), field="response_element"
        )
    loaded = load_case(row.case)
    loaded.challenges = [one for one in loaded.challenges if one.pk != row.pk]
    nodes, edges = outline_of(loaded)
    before = set(blocking(nodes, edges))
    place = next(place for place, node in enumerate(nodes) if node.id == row.target_id)
    nodes[place] = with_answer(nodes[place], answer)
    for problem in blocking(nodes, edges):
        if problem not in before:
            raise RuleBroken(said(problem), field="response_element", rule=problem.rule)
    return answer


def with_answer(node: Node, answer: Element) -> Node:
    return replace(node, answers=(*node.answers, answer.pk))


def answer_that_holds(row: Challenge, answer: Element) -> Element:
    """An answer is only as strong as it stands: one that does not hold now would leave the doubt where it is."""
    standing = assess(row.case).standing_of(answer)
    if standing != StandingLevel.HOLDS:
        raise RuleBroken(
            _("%(element)s is %(standing)s now, so it answers nothing. Put it right first, or choose another answer.")
            % {"element": answer.address, "standing": str(standing.label).lower()},
            field="response_element",
        )
    return answer


def words_of(row: Challenge) -> dict[str, Any]:
    about = row.target.address
    return {"challenge": row.number, "element": f"{about} → {row.step_to.address}" if row.step_to else about}


def both(event: str, row: Challenge, told: dict[str, Any]) -> Sequence[Happening]:
    """Told of the challenge and of its case."""
    return [(event, row, told), (event, row.case, told)]
