"""Rules about what a well-formed argument says and rests on: wording, citations, metrics, evidence, the case as a whole."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from cases.argument import CITED_KINDS
from cases.outline import (
    CLAIMS,
    MOST_WORDS,
    REFERENCES,
    VAGUE,
    Evidence,
    Level,
    Node,
    Outline,
    Problem,
    gettext_noop,
    problem_of,
)
from cases.tier_rules import ONE, REQUIRED
from evidence.environment import speaks_for

PLACEHOLDER: Final = re.compile(r"\{[^{}\n]{1,80}\}")
VERBS: Final = r"(?:is|are|was|were|does|do|did|has|have|can|cannot|will|must|may|shows?|holds?|stays?|meets?|rests?)"
TWO_CLAIMS: Final = re.compile(
    rf"\b{VERBS}\b[^.;]*\b(?:and|but)\b[^.;,]*\b(?:is|are|does|has|have|can|cannot|will|must)\b", re.I
)
SENTENCES: Final = re.compile(r"[.!?;]\s+\S")
REASONING: Final = re.compile(r"\b(because|therefore|hence|thus|consequently|it follows that)\b", re.I)
CERTIFICATE: Final = re.compile(
    r"\b(certified|certificates?|certification|compliant|complies with|conforms to|ISO/IEC)\b", re.I
)
FINITE: Final = re.compile(
    r"^\W*(?:\S+\s+){1,5}(?:is|are|was|were|shows?|proves?|demonstrates?|does|has|have|can|will)\b", re.I
)
MOST_CLAIMS_ON_ONE: Final = 5


def asked(is_asked: bool) -> Level:
    """Needed before submission where the tier asks for it, a warning elsewhere."""
    return Level.SUBMISSION if is_asked else Level.WARNS


def leaf_claims(outline: Outline) -> Iterator[Node]:
    """Goals that rest on evidence alone; what argues a challenge is nobody's claim about the system."""
    for node in outline.nodes:
        legs = outline.below[node.id]
        if (
            node.kind == "goal"
            and not node.is_counter
            and legs
            and all(leg.kind in ("solution", "away_solution") for leg in legs)
        ):
            yield node


def is_reasoned(outline: Outline, node: Node) -> bool:
    """Whether a justification says why it is as it is."""
    return any(one.kind in ("justification", "away_justification") for one in outline.contexts[node.id])


# --- Structure that must be whole before submission


def s15_nothing_undeveloped(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if not (node.is_undeveloped and node.kind in CLAIMS):
            continue
        if not is_reasoned(outline, node):
            message = gettext_noop("%(element)s is still undeveloped, and nothing says why.")
            remedy = gettext_noop("Argue it, take it out, or give a justification why it may stay so for now.")
            yield problem_of("WF-S15", Level.SUBMISSION, node, message, remedy)
        else:
            message = gettext_noop("%(element)s is still undeveloped.")
            remedy = gettext_noop("Argue it, or take it out before the case is submitted.")
            yield problem_of("WF-S15", asked(outline.about.asks.needs_all_developed), node, message, remedy)


def s16_nothing_uninstantiated(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        placeholder = PLACEHOLDER.search(node.statement)
        if placeholder:
            message = gettext_noop("%(element)s still has the placeholder %(placeholder)s.")
            remedy = gettext_noop("Write what stands in its place.")
            yield problem_of("WF-S16", Level.SUBMISSION, node, message, remedy, placeholder=placeholder.group())
        elif node.is_uninstantiated:
            message = gettext_noop("%(element)s is still uninstantiated.")
            remedy = gettext_noop("Say what it means for this system, and take the mark off.")
            yield problem_of("WF-S16", Level.SUBMISSION, node, message, remedy)


def s19_adopted(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.is_template_text:
            message = gettext_noop("%(element)s still says what the template says, and nobody has adopted it.")
            remedy = gettext_noop("Read it and adopt it, or say it anew.")
            yield problem_of("WF-S19", Level.SUBMISSION, node, message, remedy)


# --- Modules and citations


def m01_cites_something_public(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind in CITED_KINDS and node.cites is None:
            message = gettext_noop("%(element)s cites nothing.")
            remedy = gettext_noop("Withdraw it and cite a public element of another module or case.")
            yield problem_of("WF-M01", Level.SUBMISSION, node, message, remedy)
        elif node.kind in CITED_KINDS and not node.is_cited_public:
            message = gettext_noop("What %(element)s cites is not public any more.")
            remedy = gettext_noop("Ask its authors to make it public, or cite something else.")
            yield problem_of("WF-M01", Level.SUBMISSION, node, message, remedy)
        elif node.cited_kind and node.cited_kind != CITED_KINDS.get(node.kind):  # type: ignore[call-overload]
            message = gettext_noop("%(element)s cites an element of another kind.")
            remedy = gettext_noop("Withdraw it and cite one of its own kind.")
            yield problem_of("WF-M01", Level.SUBMISSION, node, message, remedy)


def m04_cited_in_force(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind not in CITED_KINDS and node.kind not in REFERENCES:
            continue
        if node.is_cited_withdrawn:
            message = gettext_noop("What %(element)s cites is withdrawn.")
            remedy = gettext_noop("Cite something that is in force, or argue it here.")
            yield problem_of("WF-M04", Level.SUBMISSION, node, message, remedy)
        elif not node.is_cited_in_force:
            message = gettext_noop("The case that %(element)s cites is not in force: nobody has decided on it yet.")
            remedy = gettext_noop("Bring that case into force first, or argue it here.")
            yield problem_of("WF-M04", Level.SUBMISSION, node, message, remedy)


def m04_contexts_fit(outline: Outline) -> Iterator[Problem]:
    """A question to the reviewer: only a person can say whether two contexts contradict each other."""
    for node in outline.nodes:
        for leg in outline.below[node.id]:
            if leg.is_cited_elsewhere and not outline.contexts[node.id]:
                message = gettext_noop(
                    "%(other)s was argued in the context of another case, and nothing says that it fits %(element)s."
                )
                remedy = gettext_noop("Compare both contexts, and say in a context or a justification why they fit.")
                yield problem_of("WF-M04", Level.WARNS, node, message, remedy, other=leg.key)


# --- Wording


def c01_one_proposition(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        said = node.statement.strip()
        if node.kind == "goal" and (SENTENCES.search(said) or TWO_CLAIMS.search(said)):
            message = gettext_noop("%(element)s seems to claim more than one thing.")
            remedy = gettext_noop("Make each of them a claim of its own, so that each can hold or fall by itself.")
            yield problem_of("WF-C01", Level.WARNS, node, message, remedy)
        elif node.kind == "goal" and (said.endswith("?") or len(said.split()) < 3):
            message = gettext_noop("%(element)s is no sentence that is true or false.")
            remedy = gettext_noop(
                "Write a claim as a whole sentence, such as “Wrong scores are noticed within a week”."
            )
            yield problem_of("WF-C01", Level.WARNS, node, message, remedy)
        elif node.kind == "solution" and FINITE.search(said):
            message = gettext_noop("%(element)s reads as a claim; a solution names evidence.")
            remedy = gettext_noop("Name the evidence, such as “Bias test of the quarter”; what it shows is a goal.")
            yield problem_of("WF-C01", Level.WARNS, node, message, remedy)


def c02_short_statements(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        words = len(node.statement.split())
        if words > MOST_WORDS:
            message = gettext_noop("The statement of %(element)s has %(words)s words.")
            remedy = gettext_noop("State one thing in at most %(most)s words; put the reasoning into the argument.")
            yield problem_of("WF-C02", Level.WARNS, node, message, remedy, words=words, most=MOST_WORDS)
        reasoning = REASONING.search(node.statement) if node.kind == "goal" else None
        if reasoning:
            message = gettext_noop("%(element)s gives a reason inside its statement (“%(word)s”).")
            remedy = gettext_noop("Put the reason below it, as a strategy, a goal or a justification.")
            yield problem_of("WF-C02", Level.WARNS, node, message, remedy, word=reasoning.group().lower())


def c03_vague_words(outline: Outline) -> Iterator[Problem]:
    leaves = {node.id for node in leaf_claims(outline)}
    for node in outline.nodes:
        vague = VAGUE.search(node.statement) if node.kind == "goal" else None
        if vague and not outline.contexts[node.id] and not node.metrics:
            message = gettext_noop("%(element)s says “%(word)s”, and nothing says what that means here.")
            remedy = gettext_noop("Define it in a context, or measure it by a metric.")
            level = asked(node.id in leaves and outline.about.asks.needs_developed)
            yield problem_of("WF-C03", level, node, message, remedy, word=vague.group().lower())


def c04_leaf_claims_are_measured(outline: Outline) -> Iterator[Problem]:
    asks = outline.about.asks.metric_per_leaf
    if asks == ONE and outline.nodes and not any(node.metrics for node in outline.nodes):
        message = gettext_noop("Nothing in this case is measured.")
        remedy = gettext_noop("Give a claim a metric, such as one for the outcome that matters most.")
        yield problem_of("WF-C04", Level.SUBMISSION, None, message, remedy)
    if asks != REQUIRED:
        return
    for node in leaf_claims(outline):
        if not (node.metrics or is_reasoned(outline, node)):
            message = gettext_noop("The claim %(element)s has no metric, and nothing says why it is not measured.")
            remedy = gettext_noop("Measure it, or give a justification why it is judged instead.")
            yield problem_of("WF-C04", Level.SUBMISSION, node, message, remedy)


def c05_metrics_are_whole(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for metric in node.metrics:
            needs_two = metric.comparator in ("between", "outside")
            low, high = metric.threshold, metric.threshold_high
            finite = low is not None and math.isfinite(low)
            bounded = not needs_two or (high is not None and math.isfinite(high) and finite and high >= (low or 0.0))
            if not (metric.comparator and finite and bounded and metric.unit):
                message = gettext_noop("The metric “%(metric)s” of %(element)s is not whole.")
                remedy = gettext_noop("Give it a comparator, a finite threshold, a unit, and bounds in order.")
                yield problem_of("WF-C05", Level.BLOCKS, node, message, remedy, metric=metric.name)


def c06_groups_are_measured(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for metric in node.metrics:
            if metric.has_dimensions and not metric.min_n:
                message = gettext_noop("The metric “%(metric)s” of %(element)s compares groups of any size.")
                remedy = gettext_noop("Say how many cases a group needs at least.")
                yield problem_of("WF-C06", Level.SUBMISSION, node, message, remedy, metric=metric.name)
            if metric.groups_without_reading:
                message = gettext_noop(
                    "The metric “%(metric)s” of %(element)s has no reading that counts of %(groups)s."
                )
                remedy = gettext_noop("Measure each of them in the environment that the metric asks for.")
                groups = ", ".join(one or "–" for one in metric.groups_without_reading[:5])
                yield problem_of("WF-C06", Level.SUBMISSION, node, message, remedy, metric=metric.name, groups=groups)


def c07_leaf_claims_have_owners(outline: Outline) -> Iterator[Problem]:
    for node in leaf_claims(outline):
        if not node.has_owner:
            message = gettext_noop("Nobody owns the claim %(element)s.")
            yield problem_of("WF-C07", Level.SUBMISSION, node, message, gettext_noop("Name who answers for it."))
        if CERTIFICATE.search(node.statement):
            message = gettext_noop("%(element)s speaks of a certificate, not of how the system behaves.")
            remedy = gettext_noop("Claim the behaviour, and let the certificate be one of its evidence.")
            yield problem_of("WF-C07", Level.WARNS, node, message, remedy)


def c08_root_has_context(outline: Outline) -> Iterator[Problem]:
    for node in outline.tops:
        if node.kind != "goal":
            continue
        if not outline.contexts[node.id]:
            message = gettext_noop("The claim on top, %(element)s, has no context.")
            remedy = gettext_noop("Say in a context which system, which use and which people it speaks of.")
            yield problem_of("WF-C08", asked(outline.about.asks.needs_contexts), node, message, remedy)
        if outline.about.system and outline.about.system.casefold() not in node.statement.casefold():
            message = gettext_noop("The claim on top, %(element)s, does not name the system %(system)s.")
            remedy = gettext_noop("Name the system and its use in the claim.")
            yield problem_of("WF-C08", Level.WARNS, node, message, remedy, system=outline.about.system)


# --- Evidence


def e01_times_are_possible(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for one in node.evidence:
            if one.is_collected_later or not one.is_validity_positive:
                message = gettext_noop("The times of %(evidence)s below %(element)s cannot be.")
                remedy = gettext_noop("Correct when it was collected and how long it is valid.")
                yield problem_of("WF-E01", Level.BLOCKS, node, message, remedy, evidence=one.name)


def e02_valid_at_submission(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for one in node.evidence:
            if one.is_expired:
                message = gettext_noop("%(evidence)s of %(element)s has run out.")
                remedy = gettext_noop("Renew it, or rest on something else.")
                yield problem_of("WF-E02", Level.SUBMISSION, node, message, remedy, evidence=one.name)
            elif one.is_validity_too_long:
                message = gettext_noop("%(evidence)s of %(element)s counts longer than the tier allows for its kind.")
                remedy = gettext_noop("Collect it anew, with a shorter time.")
                yield problem_of("WF-E02", Level.SUBMISSION, node, message, remedy, evidence=one.name)
            elif one.age_days is not None and one.age_days > longest_age(outline, one):
                message = gettext_noop(
                    "%(evidence)s of %(element)s was collected %(age)s days ago, and the tier asks for %(days)s at most."
                )
                remedy = gettext_noop("Collect it anew.")
                words = {"evidence": one.name, "age": one.age_days, "days": longest_age(outline, one)}
                yield problem_of("WF-E02", Level.SUBMISSION, node, message, remedy, **words)


def longest_age(outline: Outline, one: Evidence) -> int:
    """How old measured evidence may be at this tier, in days."""
    asks = outline.about.asks
    return asks.monitor_max_days if one.is_series else asks.evidence_max_days


def e03_evidence_is_pinned(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for one in node.evidence:
            if one.is_page_without_hash:
                message = gettext_noop("%(evidence)s is an address whose content can change unnoticed.")
                remedy = gettext_noop(
                    "Keep a copy of what it says as a file of the evidence, then bind that to %(element)s."
                )
                yield problem_of("WF-E03", Level.BLOCKS, node, message, remedy, evidence=one.name)


def e04_environment_speaks_for_claim(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for one in node.evidence:
            if one.is_from_weaker_environment:
                message = gettext_noop("%(evidence)s comes from a weaker environment than %(element)s asks for.")
                remedy = gettext_noop("Bind evidence from the environment that the claim is about.")
                yield problem_of("WF-E04", Level.SUBMISSION, node, message, remedy, evidence=one.name)


def e04_outcomes_are_seen_where_they_happen(outline: Outline) -> Iterator[Problem]:
    needed = outline.about.asks.environment_for_outcomes
    for node in leaf_claims(outline) if needed else ():
        seen = [one.environment for leg in outline.below[node.id] for one in leg.evidence]
        seen += [metric.environment for metric in node.metrics]
        is_bound = any(leg.evidence for leg in outline.below[node.id])
        if node.category == "outcome" and is_bound and not any(speaks_for(one, needed) for one in seen):
            message = gettext_noop(
                "%(element)s is about an outcome, and nothing below it comes from this environment or a nearer one: "
                "%(environment)s."
            )
            remedy = gettext_noop("Add evidence or a metric from there.")
            yield problem_of("WF-E04", Level.SUBMISSION, node, message, remedy, environment=needed)


def e05_about_the_deployed_version(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        for one in node.evidence:
            if one.is_of_other_version and not one.is_mismatch_reasoned:
                message = gettext_noop("%(evidence)s of %(element)s speaks for another version than the one deployed.")
                remedy = gettext_noop("Bind evidence about the deployed version, or say why it does not depend on it.")
                yield problem_of("WF-E05", Level.SUBMISSION, node, message, remedy, evidence=one.name)


def e06_evidence_is_bound_and_accepted(outline: Outline) -> Iterator[Problem]:
    for node in outline.nodes:
        if node.kind == "solution" and not node.bindings:
            message = gettext_noop("%(element)s has no evidence.")
            yield problem_of("WF-E06", Level.SUBMISSION, node, message, gettext_noop("Bind a piece of evidence to it."))
        elif node.unexplained_bindings:
            message = gettext_noop("%(element)s does not say where in the evidence to look, or what it shows.")
            yield problem_of("WF-E06", Level.SUBMISSION, node, message, gettext_noop("Complete the binding."))
        for one in node.evidence:
            if not one.is_accepted:
                message = gettext_noop("%(evidence)s of %(element)s is not accepted yet.")
                remedy = gettext_noop("Ask somebody other than its submitter to review it.")
                yield problem_of("WF-E06", Level.SUBMISSION, node, message, remedy, evidence=one.name)
            elif one.is_accepted_by_submitter:
                message = gettext_noop("%(evidence)s of %(element)s was accepted by whoever submitted it.")
                remedy = gettext_noop("Let somebody else review it.")
                yield problem_of("WF-E06", Level.SUBMISSION, node, message, remedy, evidence=one.name)


def e07_not_on_judgement_alone(outline: Outline) -> Iterator[Problem]:
    if not outline.about.asks.needs_developed:
        return
    for node in leaf_claims(outline):
        legs = outline.below[node.id]
        kinds = {one.kind for leg in legs for one in leg.evidence}
        if kinds == {"expert_judgement"} and all(leg.kind == "solution" for leg in legs):
            message = gettext_noop("%(element)s rests on expert judgement alone.")
            remedy = gettext_noop("Add evidence that was observed or measured.")
            yield problem_of("WF-E07", Level.SUBMISSION, node, message, remedy)


def e08_common_cause(outline: Outline) -> Iterator[Problem]:
    carries: dict[object, set[object]] = defaultdict(set)
    named: dict[object, str] = {}
    first: dict[object, Node] = {}
    for node in outline.nodes:
        for leg in outline.below[node.id]:
            for one in leg.evidence:
                carries[one.item].add(node.id)
                named[one.item] = one.name
                first.setdefault(one.item, leg)
    for item, claims in carries.items():
        if len(claims) > MOST_CLAIMS_ON_ONE:
            message = gettext_noop("%(evidence)s carries %(claims)s claims: if it is wrong, all of them fall.")
            remedy = gettext_noop("Look for evidence that is independent of it.")
            yield problem_of(
                "WF-E08", Level.WARNS, first[item], message, remedy, evidence=named[item], claims=len(claims)
            )


# --- The case as a whole


def g01_owner(outline: Outline) -> Iterator[Problem]:
    if not outline.about.has_owner:
        message = gettext_noop("The accountable owner of the case is not active any more.")
        remedy = gettext_noop("Name one active person who answers for the case.")
        yield problem_of("WF-G01", Level.BLOCKS, None, message, remedy)


def g05_review_by(outline: Outline) -> Iterator[Problem]:
    about = outline.about
    if about.today is None:
        return
    longest = about.asks.review_by_max_days
    if about.review_by is None:
        message = gettext_noop("The case has no date of review.")
        remedy = gettext_noop("Set one within %(days)s days.")
        yield problem_of("WF-G05", Level.SUBMISSION, None, message, remedy, days=longest)
    elif about.review_by > about.today + timedelta(days=longest):
        message = gettext_noop("The review of the case is further away than its tier allows.")
        remedy = gettext_noop("Set a date within %(days)s days.")
        yield problem_of("WF-G05", Level.SUBMISSION, None, message, remedy, days=longest)


def g06_links_are_reviewed(outline: Outline) -> Iterator[Problem]:
    for edge in outline.edges:
        source, target = outline.by_id.get(edge.source), outline.by_id.get(edge.target)
        if edge.is_suspect and source is not None and target is not None:
            message = gettext_noop(
                "The link from %(element)s to %(other)s has not been looked at since an end changed."
            )
            remedy = gettext_noop("Review the link.")
            yield problem_of("WF-G06", Level.WARNS, source, message, remedy, other=target.key)


BLOCKING_CONTENT: Final = (c05_metrics_are_whole, e01_times_are_possible, e03_evidence_is_pinned)
"""Checked when a metric is defined or evidence is bound; a change of the argument does not make them anew."""
CONTENT_RULES: Final = (
    *BLOCKING_CONTENT,
    g01_owner,
    s15_nothing_undeveloped,
    s16_nothing_uninstantiated,
    s19_adopted,
    m01_cites_something_public,
    m04_cited_in_force,
    m04_contexts_fit,
    c01_one_proposition,
    c02_short_statements,
    c03_vague_words,
    c04_leaf_claims_are_measured,
    c06_groups_are_measured,
    c07_leaf_claims_have_owners,
    c08_root_has_context,
    e02_valid_at_submission,
    e04_environment_speaks_for_claim,
    e04_outcomes_are_seen_where_they_happen,
    e05_about_the_deployed_version,
    e06_evidence_is_bound_and_accepted,
    e07_not_on_judgement_alone,
    e08_common_cause,
    g05_review_by,
    g06_links_are_reviewed,
)
