"""The challenges and reviews of the demo's cases, with answers and decisions."""

from collections.abc import Callable
from typing import Any

from aims.tenancy.models import Member
from cases.actions import (
    accept_challenge,
    add_comment,
    answer_challenge,
    answer_checklist,
    argue_challenge,
    decide_challenge,
    raise_challenge,
    record_opinion,
    resolve_comment,
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
    for kind, statement in entry.get("argued", []):
        challenge = argue_challenge(challenge, kind=kind, statement=statement, actor=raiser)
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


def load_reviews(entries: list[dict[str, Any]], cases: dict[str, AssuranceCase], people: dict[str, Member]) -> None:
    """Comments with their answers, what a reviewer answered to the checklist, and a challenger's opinion."""
    for entry in entries:
        case = cases[entry["case"]]
        for said in entry["comments"]:
            load_comment(said, case, people)
        asked = entry["checklist"]
        answers = {key: ("yes", "") for key in asked["yes"]}
        for answer in ("no", "not_applicable"):
            answers |= {key: (answer, remark) for key, remark in asked[answer].items()}
        answer_checklist(case, answers=answers, actor=people[asked["by"]])
        opinion = entry["opinion"]
        record_opinion(case, verdict=opinion["verdict"], reason=opinion["reason"], actor=people[opinion["by"]])


def load_comment(said: dict[str, Any], case: AssuranceCase, people: dict[str, Member]) -> None:
    about = element(case, said["about"]) if said["about"] else None
    told = [people[key] for key in said.get("mentions", [])]
    comment = add_comment(case, body=said["body"], element=about, mentions=told, actor=people[said["by"]])
    for answer in said["answers"]:
        add_comment(case, body=answer["body"], parent=comment, actor=people[answer["by"]])
    if "resolved_by" in said:
        resolve_comment(comment, actor=people[said["resolved_by"]])


def element(case: AssuranceCase, key: str) -> Element:
    return Element.objects.in_use().filter(case=case).addressed(key).get()
