"""The degradation conditions of the demo's cases, with what their detectors have seen so far."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aims.tenancy.models import Member
from cases.actions import acknowledge_condition, add_condition, attest_condition, report_condition, rule_out
from cases.models import AssuranceCase, DegradationCondition, Element, StandingLevel


def load_conditions(
    case: AssuranceCase,
    entries: list[dict[str, Any]],
    people: dict[str, Member],
    day: Callable[[int], Any],
    noon: Callable[[int], datetime],
) -> None:
    """Each condition of a case, as its author added it and its detector and people used it since."""
    for entry in entries:
        if "ruled_out" in entry:
            rule_out(case, type=entry["type"], reason=entry["ruled_out"], actor=case.accountable_owner)
        else:
            load_condition(case, entry, people, day, noon)


def load_condition(
    case: AssuranceCase,
    entry: dict[str, Any],
    people: dict[str, Member],
    day: Callable[[int], Any],
    noon: Callable[[int], datetime],
) -> DegradationCondition:
    config = dict(entry["config"])
    if "on" in config:
        config["on"] = day(config["on"]).isoformat()
    condition = add_condition(
        case,
        element=Element.objects.get(case=case, key=entry["about"]) if entry["about"] else None,
        type=entry["type"],
        statement=entry["statement"],
        detector=entry["detector"],
        config=config,
        threshold=entry.get("threshold"),
        every_hours=entry["every"],
        max_silence_hours=entry["max_silence"],
        effect=StandingLevel[entry["effect"].upper()],
        clear_after=entry.get("clear_after", 1),
        actions=entry["actions"],
        responder=people[entry["responder"]],
        respond_within_hours=entry["within"],
        actor=case.accountable_owner,
    )
    for offset, seen, value, note in entry.get("reports", []):
        at = noon(offset)
        key = f"{at.date().isoformat()}"
        condition = report_condition(
            condition, seen=seen or "", value=value, observed_at=at, note=note, key=key, actor=people["contributor"]
        ).condition
    if "attested" in entry:
        who, statement = entry["attested"]
        condition = attest_condition(condition, seen="ok", statement=statement, actor=people[who])
    if "acknowledged" in entry:
        acknowledge_condition(condition, note=entry["acknowledged"], actor=people[entry["responder"]])
    return condition
