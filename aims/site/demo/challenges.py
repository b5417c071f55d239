"""The challenges of the demo's cases, with their answers and decisions."""

from collections.abc import Callable
from typing import Any

from aims.tenancy.models import Member
from cases.actions import (
    accept_challenge,
    answer_challenge,
    decide_challenge,
    raise_challenge,
    withdraw_challenge,
)
from cases.models import AssuranceCase, Challenge, Element


def load_challenges(
    entries: list[dict[str, Any]],
    cases: dict[str, AssuranceCase],
    people: dict[str, Member],
    day: Callable[[int], Any],
) -> None:
    """Each doubt as somebody raised it, and what others made of it since."""
    for entry in entries:
        load_challenge(entry, cases[entry["case"]], people, day)


def load_challenge(
    entry: dict[str, Any], case: AssuranceCase, people: dict[str, Member], day: Callable[[int], Any]
) -> Challenge:
    raiser = people[entry["by"]]
    challenge = raise_challenge(
        case,
        target=element(case, entry["about"]),
        step_to=element(case, entry["step_to"]) if "step_to" in entry else None,
        attack=entry["attack"],
        severity=entry["severity"],
        statement=entry["statement"],
        actor=raiser,
    )
    if answer := entry.get("answer"):
        shown_by = element(case, answer["element"]) if answer["element"] else None
        challenge = answer_challenge(
            challenge, response=answer["response"], response_element=shown_by, actor=people[answer["by"]]
        )
    for verdict in ("refuted", "sustained"):
        if decision := entry.get(verdict):
            challenge = decide_challenge(
                challenge, verdict=verdict, rationale=decision["rationale"], actor=people[decision["by"]]
            )
    if accepted := entry.get("residual"):
        challenge = accept_challenge(
            challenge,
            significance=accepted["significance"],
            until=day(accepted["until"]),
            rationale=accepted["rationale"],
            actor=people[accepted["by"]],
        )
    if "withdrawn" in entry:
        challenge = withdraw_challenge(challenge, reason=entry["withdrawn"], actor=raiser)
    return challenge


def element(case: AssuranceCase, key: str) -> Element:
    return Element.objects.in_use().filter(case=case).addressed(key).get()
