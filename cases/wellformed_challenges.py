"""The rules about doubts: what challenges what, where a doubt belongs, what a decision about it rests on. Pure.

WF-D02 (the target exists), WF-D06 (refuted needs an answer, and nobody decides about their own claim) and WF-D07 (a
residual doubt has a significance, a decider and an end) are refused when somebody tries; the database holds the last two.
"""

from collections.abc import Iterator
from typing import Final

from cases.outline import CLAIMS, Doubt, Level, Node, Outline, Problem, gettext_noop, problem_of

COUNTER_KINDS: Final = frozenset({"goal", "solution"})
FITS: Final = {
    "rebut": frozenset({"goal", "away_goal"}),
    "undercut": frozenset({"strategy", "justification", "away_justification"}),
    "undermine": frozenset(
        {"solution", "context", "assumption", "justification", "away_solution", "away_context", "away_assumption",
         "away_justification"}
    ),
}  # fmt: skip


def d01_only_counters_challenge(outline: Outline) -> Iterator[Problem]:
    for edge in outline.edges:
        source, target = outline.by_id.get(edge.source), outline.by_id.get(edge.target)
        if source is None or target is None:
            continue
        if target.is_counter and not source.is_counter:
            message = gettext_noop("%(other)s argues against the case and cannot carry %(element)s.")
            remedy = gettext_noop("Put an element of the argument itself below it.")
            yield problem_of("WF-D01", Level.BLOCKS, source, message, remedy, other=target.key)
    for node in outline.nodes:
        if node.is_counter and node.is_challenging and node.kind not in COUNTER_KINDS:
            message = gettext_noop("%(element)s is a %(kind)s, and only a goal or a solution argues a challenge.")
            remedy = gettext_noop("Argue the challenge with a goal or a solution.")
            yield problem_of("WF-D01", Level.BLOCKS, node, message, remedy, kind=node.kind)


def inference_is_elsewhere(outline: Outline, node: Node, attack: str, *, is_step: bool) -> str:
    """Where a doubt about an inference belongs instead: "strategy", "step", or nothing when it is right (GSN 1:6.3.12)."""
    legs = outline.below[node.id]
    if attack != "undercut" or is_step or node.kind not in CLAIMS or node.kind == "strategy":
        return ""
    return "strategy" if len(legs) > 1 or any(leg.kind == "strategy" for leg in legs) else "step"


def d03_inference_on_its_strategy(outline: Outline) -> Iterator[Problem]:
    for doubt, node in doubts_with_node(outline):
        if inference_is_elsewhere(outline, node, doubt.attack, is_step=doubt.is_step) == "strategy":
            message = gettext_noop(
                "Challenge %(number)s doubts a step with several legs, but is raised on %(element)s."
            )
            remedy = gettext_noop("Raise it on the strategy between them.")
            yield problem_of("WF-D03", Level.SUBMISSION, node, message, remedy, number=doubt.number)


def d05_sustained_rests_on_something(outline: Outline) -> Iterator[Problem]:
    for doubt, node in doubts_with_node(outline):
        if doubt.state == "sustained" and not doubt.is_argued:
            message = gettext_noop("Challenge %(number)s of %(element)s was sustained on its word alone.")
            remedy = gettext_noop("Argue it: add a counter-element with evidence.")
            yield problem_of("WF-D05", Level.SUBMISSION, node, message, remedy, number=doubt.number)


def d08_doubt_fits_its_target(outline: Outline) -> Iterator[Problem]:
    for doubt, node in doubts_with_node(outline):
        if doubt.is_step or node.kind in FITS.get(doubt.attack, ()):
            continue
        if inference_is_elsewhere(outline, node, doubt.attack, is_step=False) == "strategy":
            continue
        message = gettext_noop("Challenge %(number)s (%(attack)s) fits %(element)s badly.")
        yield problem_of("WF-D08", Level.WARNS, node, message, REMEDIES[doubt.attack], number=doubt.number,
                         attack=doubt.attack)  # fmt: skip


REMEDIES: Final = {
    "rebut": gettext_noop("Only a claim can be false: undermine evidence and premises, undercut a step."),
    "undercut": gettext_noop("A doubt about what evidence or a claim shows belongs on the step to it, or on the strategy."),
    "undermine": gettext_noop("Undermine evidence, a context or an assumption; rebut a claim."),
}  # fmt: skip


def doubts_with_node(outline: Outline) -> Iterator[tuple[Doubt, Node]]:
    by_key = {node.key: node for node in outline.nodes}
    for doubt in outline.about.doubts:
        if doubt.key in by_key:
            yield doubt, by_key[doubt.key]


CHALLENGE_RULES: Final = (
    d03_inference_on_its_strategy,
    d05_sustained_rests_on_something,
    d08_doubt_fits_its_target,
)
