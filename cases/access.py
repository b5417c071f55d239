"""Whose case it is: who may change its argument, who reviews, challenges and decides on it.

A case belongs to its system: whoever may change the system may change its cases. Beyond them its accountable owner and
those who were appointed to this one case (object grants). Who challenges or decides on a case does not build it, whatever
their roles allow elsewhere (ISO/IEC 42001 A.3.2; segregation of duties; see roles.py).
"""

from collections.abc import Hashable, Iterable

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from aims.trail.models import Event
from cases.events import CaseEvent, ElementEvent
from cases.models import AssuranceCase, CaseGrant, Challenge, Element
from cases.roles import People, Person
from inventory.access import may_edit


class Part(models.TextChoices):
    """What somebody does in one case; the value is the codename of the object permission."""

    AUTHOR = "change_assurancecase", gettext_lazy("Author")
    TEAM_REVIEWER = "review_assurancecase", gettext_lazy("Team reviewer")
    CHALLENGER = "challenge_assurancecase", gettext_lazy("Challenger")
    DECIDER = "decide_assurancecase", gettext_lazy("Decider")
    OBSERVER = "observe_assurancecase", gettext_lazy("Observer")

    @property
    def key(self) -> str:
        """As addresses, the API and roles.py call it."""
        return str(self.name).lower()


# What the roles of somebody must allow before they can have a part.
NEEDS = {
    Part.AUTHOR: "cases.edit",
    Part.TEAM_REVIEWER: "cases.review",
    Part.CHALLENGER: "cases.challenge",
    Part.DECIDER: "cases.decide",
    Part.OBSERVER: "cases.view",
}


def parts_of(member: Member, case: AssuranceCase) -> dict[Part, bool]:
    """What this member does in this case, and whether by exception; one query."""
    rows = CaseGrant.objects.filter(content_object_id=case.pk, user_id=member.user_id)
    found = rows.values_list("permission__codename", "exception_reason")
    return {Part(codename): bool(reason) for codename, reason in found if codename in Part.values}


def parts_in(parts: list[tuple[Part, list[Member]]], member: Member) -> dict[Part, bool]:
    """The same out of all the people of a case, without asking again."""
    return {
        part: bool(one.exception_reason)  # type: ignore[attr-defined]
        for part, members in parts
        for one in members
        if one.pk == member.pk
    }


def has_part(member: Member, case: AssuranceCase, part: Part, parts: dict[Part, bool] | None = None) -> bool:
    """Whether somebody was appointed to this, and their roles still allow it."""
    return member.may(NEEDS[part]) and part in (parts_of(member, case) if parts is None else parts)


def may_change(member: Member, case: AssuranceCase, parts: dict[Part, bool] | None = None) -> bool:
    """Whether this member may change the argument of this case; `parts` of theirs, where they are known already."""
    if not member.may("cases.edit"):
        return False
    if case.accountable_owner_id == member.pk:
        return True
    parts = parts_of(member, case) if parts is None else parts
    if any(not parts.get(part, True) for part in (Part.CHALLENGER, Part.DECIDER)):
        return False
    return Part.AUTHOR in parts or may_edit(member, case.system)


def may_appoint(member: Member, case: AssuranceCase, parts: dict[Part, bool] | None = None) -> bool:
    """Whether this member may say who does what in this case: who may change it, or its system."""
    return may_change(member, case, parts) or (member.may("cases.edit") and may_edit(member, case.system))


def may_challenge(member: Member, case: AssuranceCase, parts: dict[Part, bool] | None = None) -> bool:
    """Whether this member may hold parts of the argument down: its challengers, and whoever may change it."""
    if not member.may("cases.challenge"):
        return False
    parts = parts_of(member, case) if parts is None else parts
    return Part.CHALLENGER in parts or may_change(member, case, parts)


def people_of(case: AssuranceCase) -> list[tuple[Part, list[Member]]]:
    """Who was appointed to this case, part by part, by name; a member by exception says why (`exception_reason`)."""
    appointed = Member.objects.active().filter(user__casegrant__content_object=case)
    rows = appointed.annotate(
        part=models.F("user__casegrant__permission__codename"),
        exception_reason=models.F("user__casegrant__exception_reason"),
    )
    found = list(rows.order_by("display_name", "pk"))
    return [(part, [member for member in found if member.part == part]) for part in Part]


def roles_of(
    case: AssuranceCase,
    parts: list[tuple[Part, list[Member]]] | None = None,
    *,
    elements: Iterable[Element] | None = None,
) -> People:
    """The same as the rules of separation look at it; `elements` of the argument, where they are known already."""
    parts = people_of(case) if parts is None else parts
    return People(
        owner=person_of(case.accountable_owner),
        system_owner=case.system.owner_id,
        parts={part.key: tuple(person_of(one) for one in members) for part, members in parts},
        excepted=frozenset(
            (part.key, one.pk)
            for part, members in parts
            for one in members
            if one.exception_reason  # type: ignore[attr-defined]
        ),
        builders=builders_of(case, elements),
    )


def builders_of(case: AssuranceCase, elements: Iterable[Element] | None = None) -> frozenset[Hashable]:
    """Who put something into words that the argument says now, or brought it in; by the trail, which nobody edits."""
    if elements is None:
        elements = Element.objects.in_use().filter(case=case).select_related("module")
    said = {row.address for row in elements if row.role != Element.Role.COUNTER}
    told = Event.objects.filter(target_id=case.pk, event__in=BUILT, actor_id__isnull=False)
    found = told.values_list("actor_id", "event", "changes__element", "changes__statement")
    return frozenset(
        actor
        for actor, event, element, statement in found
        if event == CaseEvent.BROUGHT_IN or (element in said and statement is not None)
    )


def person_of(member: Member) -> Person:
    return Person(member.pk, member.display_name, member.unit)


def answers_for(case: AssuranceCase) -> Member:
    """Who is asked about a case: its accountable owner, and while that one is not active any more, a governance officer."""
    if case.accountable_owner.is_active:
        return case.accountable_owner
    officers = Member.objects.active().filter(roles__contains=[Role.GOVERNANCE_OFFICER])
    return officers.order_by("display_name", "pk").first() or case.accountable_owner


def is_alone(member: Member) -> bool:
    """Whether nobody else in the organisation could take a part: then one person may have several, for a reason."""
    others = Member.objects.active().exclude(pk=member.pk)
    return all(one.is_read_only for one in others.only("roles"))


def require_change(actor: Member, case: AssuranceCase) -> None:
    """Raise PermissionDenied unless the actor may change the argument."""
    if not may_change(actor, case):
        raise PermissionDenied(
            _(
                "This case is not yours to change. Ask its accountable owner, or a governance officer, to make you an author."
            )
        )


def require_appoint(actor: Member, case: AssuranceCase) -> None:
    """Raise PermissionDenied unless the actor may say who does what."""
    if not may_appoint(actor, case):
        raise PermissionDenied(
            _("This case is not yours to give parts in. Ask its accountable owner or a governance officer.")
        )


def require_challenge(actor: Member, case: AssuranceCase) -> None:
    """Raise PermissionDenied unless the actor may hold parts of the argument down."""
    if not may_challenge(actor, case):
        raise PermissionDenied(
            _("This case is not yours to challenge. Ask a governance officer to make you a challenger of it.")
        )


# --- Challenges: who doubts, who answers, who decides ---

# These look into every case, whoever is appointed to it.
LOOKS_INTO_ALL = frozenset({Role.GOVERNANCE_OFFICER, Role.EXECUTIVE, Role.INTERNAL_AUDITOR})
REVIEWS = frozenset({Part.TEAM_REVIEWER, Part.CHALLENGER})
DECIDES = frozenset({Part.CHALLENGER, Part.DECIDER})
WROTE = (ElementEvent.ADDED, ElementEvent.EDITED, ElementEvent.ADOPTED)
BUILT = (*WROTE, CaseEvent.BROUGHT_IN)


def looks_into_all(member: Member) -> bool:
    return bool(LOOKS_INTO_ALL & set(member.roles))


def may_doubt(member: Member, case: AssuranceCase, parts: dict[Part, bool] | None = None) -> bool:
    """Whether this member may raise a challenge: the people of the case, and whoever looks into all of them."""
    if not member.may("challenges.raise"):
        return False
    if looks_into_all(member):
        return True
    parts = parts_of(member, case) if parts is None else parts
    return bool((REVIEWS | DECIDES) & set(parts)) or may_change(member, case, parts)


def may_answer_doubt(member: Member, challenge: Challenge) -> bool:
    """Whether this member may answer a challenge: whoever changes the case, and the owner of the claim."""
    if not member.may("challenges.answer"):
        return False
    return challenge.target.owner_id == member.pk or may_change(member, challenge.case)


def may_decide_doubt(member: Member, challenge: Challenge) -> bool:
    """Whether this member may decide a challenge: a challenger or decider of the case, or who looks into all of them; never
    in their own matter, unless they have their part by a recorded exception."""
    if not member.may("challenges.decide"):
        return False
    parts = parts_of(member, challenge.case)
    if not (looks_into_all(member) or DECIDES & set(parts)):
        return False
    return is_excepted(parts) or not is_own_matter(member, challenge, parts)


def may_accept_doubt(member: Member, challenge: Challenge) -> bool:
    """Whether this member may live with a doubt on behalf of the organisation: executives, and deciders of the case."""
    if not member.may("challenges.accept"):
        return False
    parts = parts_of(member, challenge.case)
    if not (Role.EXECUTIVE in member.roles or Part.DECIDER in parts):
        return False
    return is_excepted(parts) or not is_own_matter(member, challenge, parts)


def is_excepted(parts: dict[Part, bool]) -> bool:
    """Whether somebody has a deciding part in spite of a clash, for a recorded reason."""
    return any(parts.get(part, False) for part in DECIDES)


def is_own_matter(member: Member, challenge: Challenge, parts: dict[Part, bool]) -> bool:
    """Whether it is their doubt, their claim, their case, or what they wrote (ISO/IEC 42001 A.3.2)."""
    case = challenge.case
    own = {challenge.raised_by_id, challenge.target.owner_id, challenge.answered_by_id, case.accountable_owner_id}
    if member.pk in own or Part.AUTHOR in parts:
        return True
    return has_written(member, case, [challenge.target, challenge.step_to])


def has_written(member: Member, case: AssuranceCase, elements: list[Element | None]) -> bool:
    """Whether the trail says that they put one of these elements into words, or brought the argument in."""
    keys = [element.address for element in elements if element is not None]
    by_them = Event.objects.filter(target_id=case.pk, event__in=BUILT, actor_id=member.pk)
    found = by_them.values_list("event", "changes__element")
    return any(event == CaseEvent.BROUGHT_IN or element in keys for event, element in found)


def may_review(member: Member, case: AssuranceCase, parts: dict[Part, bool] | None = None) -> bool:
    """Whether this member answers the checklist of a case: its team reviewers and challengers, and who looks into all of
    them, but not its owner and its authors."""
    if not member.may("checklists.answer") or case.accountable_owner_id == member.pk:
        return False
    parts = parts_of(member, case) if parts is None else parts
    return Part.AUTHOR not in parts and (looks_into_all(member) or bool(REVIEWS & set(parts)))


def may_give_opinion(member: Member, case: AssuranceCase, parts: dict[Part, bool] | None = None) -> bool:
    """Whether this member may say what they make of the case: only its appointed challengers."""
    if not member.may("opinions.record"):
        return False
    return Part.CHALLENGER in (parts_of(member, case) if parts is None else parts)


def require_doubt(actor: Member, case: AssuranceCase) -> None:
    if not may_doubt(actor, case):
        raise PermissionDenied(
            _("This case is not yours to challenge. Ask a governance officer to make you a challenger of it.")
        )


def require_answer_to_doubt(actor: Member, challenge: Challenge) -> None:
    if not may_answer_doubt(actor, challenge):
        raise PermissionDenied(
            _("This challenge is not yours to answer. The authors of the case and the owner of the claim do.")
        )


def require_decision_of_doubt(actor: Member, challenge: Challenge) -> None:
    if not may_decide_doubt(actor, challenge):
        raise PermissionDenied(
            _(
                "This challenge is not yours to decide. A challenger of the case, a governance officer or an executive "
                "does, who neither raised or answered it nor wrote or answers for what it doubts."
            )
        )


def require_acceptance_of_doubt(actor: Member, challenge: Challenge) -> None:
    if not may_accept_doubt(actor, challenge):
        raise PermissionDenied(
            _(
                "This doubt is not yours to accept. An executive does, who neither raised or answered it nor wrote or "
                "answers for what it doubts."
            )
        )
