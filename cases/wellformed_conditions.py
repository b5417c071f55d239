"""The rules about what would break a claim: somebody watches for it, somebody answers, the detector has spoken. Pure."""

from collections.abc import Iterator
from typing import Final

from cases.outline import Level, Outline, Problem, gettext_noop, problem_of
from cases.wellformed_content import leaf_claims

# What the guidance names for every consequential system: each is watched for, or said not to apply.
NAMED_CHANGES: Final = (
    "distribution_shift",
    "user_population_change",
    "model_update",
    "regulatory_change",
    "upstream_data_quality",
)
TIME: Final = "time_elapsed"


def k01_enough_is_watched(outline: Outline) -> Iterator[Problem]:
    asks, watches = outline.about.asks, [one for one in outline.about.watches if not one.is_ruled_out]
    if outline.nodes and len(watches) < asks.conditions_per_case:
        message = gettext_noop(
            "The case has %(given)s of the degradation conditions that its tier asks for: %(needed)s."
        )
        remedy = gettext_noop("Say what would show that the case no longer holds.")
        words = {"given": len(watches), "needed": asks.conditions_per_case}
        yield problem_of("WF-K01", Level.SUBMISSION, None, message, remedy, **words)
    for node in leaf_claims(outline) if asks.conditions_per_claim else ():
        own = [one for one in watches if one.key == node.key]
        if not own:
            message = gettext_noop("Nothing says what would break the claim %(element)s.")
            yield problem_of("WF-K01", Level.SUBMISSION, node, message, gettext_noop("Add a degradation condition."))
        elif asks.condition_not_time and all(one.is_time for one in own):
            message = gettext_noop("Only the passing of time is watched for the claim %(element)s.")
            remedy = gettext_noop("Add a condition about something that may change.")
            yield problem_of("WF-K01", Level.SUBMISSION, node, message, remedy)
        elif len(own) < asks.conditions_per_claim:
            message = gettext_noop(
                "The claim %(element)s has %(given)s of the degradation conditions that its tier asks for: %(needed)s."
            )
            remedy = gettext_noop("Look for another way in which it may break, and add a condition.")
            words = {"given": len(own), "needed": asks.conditions_per_claim}
            yield problem_of("WF-K01", Level.SUBMISSION, node, message, remedy, **words)


def k02_named_changes_are_watched(outline: Outline) -> Iterator[Problem]:
    if not outline.about.asks.named_changes:
        return
    known = {watch.change for watch in outline.about.watches}
    for change in NAMED_CHANGES:
        if change not in known:
            message = gettext_noop("Nobody watches for this kind of change: %(change)s.")
            remedy = gettext_noop("Add a condition, or declare with a reason that it does not apply.")
            yield problem_of("WF-K02", Level.SUBMISSION, None, message, remedy, change=change)


def k04_somebody_answers(outline: Outline) -> Iterator[Problem]:
    by_key = {node.key: node for node in outline.nodes}
    for watch in outline.about.watches:
        if not (watch.is_ruled_out or watch.is_answered):
            message = gettext_noop(
                "Condition %(number)s does not say what follows, who answers, and within which time."
            )
            remedy = gettext_noop("Give it an action, a responder and a deadline.")
            yield problem_of("WF-K04", Level.SUBMISSION, by_key.get(watch.key), message, remedy, number=watch.number)


def k05_assumptions_are_watched_or_reviewed(outline: Outline) -> Iterator[Problem]:
    watched = {watch.key for watch in outline.about.watches if not watch.is_ruled_out}
    for node in outline.nodes:
        if node.kind == "assumption" and not node.has_review_date and node.key not in watched:
            message = gettext_noop("Nobody has to look at the assumption %(element)s again.")
            remedy = gettext_noop("Give it a date of review, or a degradation condition.")
            yield problem_of("WF-K05", Level.WARNS, node, message, remedy)


def k06_detectors_have_spoken(outline: Outline) -> Iterator[Problem]:
    by_key = {node.key: node for node in outline.nodes}
    for watch in outline.about.watches:
        if not (watch.is_ruled_out or watch.has_reported):
            message = gettext_noop("The detector of condition %(number)s has never reported.")
            remedy = gettext_noop("Connect it, or have somebody look once.")
            yield problem_of("WF-K06", Level.SUBMISSION, by_key.get(watch.key), message, remedy, number=watch.number)


# WF-K03 (a detector with all that it needs) is refused when a condition is saved.
CONDITION_RULES: Final = (
    k01_enough_is_watched,
    k02_named_changes_are_watched,
    k04_somebody_answers,
    k05_assumptions_are_watched_or_reviewed,
    k06_detectors_have_spoken,
)
