"""The decision table: one row per sentence of the rule, boundaries included.

The properties pin the algebra; these rows pin the policy (what exactly a pending, late, quiet or doubted thing costs).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cases.argument import Argument, ArgumentBroken, Combine, Declaration, Element, Kind, Link, LinkKind
from cases.facts import (
    TICK,
    ChallengeFact,
    ChallengeState,
    Comparator,
    ConditionFact,
    ConditionState,
    DecisionRule,
    DimensionRule,
    EvidenceFact,
    FactRefused,
    Facts,
    HoldDown,
    MetricFact,
    Reading,
    ReviewBy,
    ReviewState,
    Severity,
    Significance,
    SignOff,
)
from cases.scale import Reason, Standing
from cases.standing import case_standing, evaluate, reevaluate
from evidence.environment import Environment
from tests.cases.worlds import START, days

DEFEATED, UNSUPPORTED, UNDEVELOPED, WEAKENED, HOLDS = Standing
END = START + days(90)
GRACE_END = END + days(10)


def evidence(**changes):
    base = {"label": "E3", "review_state": ReviewState.ACCEPTED, "valid_until": END, "grace": days(10)}
    return EvidenceFact(**base | changes)


def metric(*readings, **changes):
    base = {
        "label": "Selection-rate ratio",
        "comparator": Comparator.GE,
        "threshold": 0.90,
        "min_n": 200,
        "max_age": days(30),
        "grace": days(5),
    }
    return MetricFact(**base | changes, readings=readings)


def reading(value=0.95, day=0, **changes):
    return Reading(**{"value": value, "n": 500, "measured_at": START + days(day)} | changes)


def condition(state=ConditionState.ARMED, **changes):
    base = {"label": "K1", "last_evaluated_at": START, "max_silence": days(7), "effect": UNSUPPORTED}
    return ConditionFact(**base | changes, state=state)


def challenge(state=ChallengeState.OPEN, **changes):
    return ChallengeFact(**{"label": "D1", "state": state} | changes)


@dataclass
class Row:
    """Facts about one element, and what they come to. The element is a goal that would hold without them."""

    says: str
    facts: Sequence
    standing: Standing
    reason: Reason | None = None
    at: object = START
    kind: Kind = Kind.GOAL
    declaration: Declaration = Declaration.ASSUMED
    answer: Standing = HOLDS
    cites: str | None = None
    cited: dict = field(default_factory=dict)

    def evaluation(self):
        element = Element(
            id="it", kind=self.kind, key="G1", declaration=self.declaration, cites=self.cites, statement="It holds"
        )
        answer = Element(id="answer", kind=Kind.GOAL, key="G9", declaration=Declaration.ASSUMED)
        facts = Facts(self.cited)
        facts.add("it", *self.facts)
        facts.add("answer", HoldDown(standing=self.answer))
        return evaluate(Argument([element, answer], [], facts.answers()), facts, self.at)

    def check(self):
        result = self.evaluation()
        assert result["it"] is self.standing, f"{self.says}: {result['it'].name}, not {self.standing.name}"
        reasons = {cause.reason for cause in result.causes("it")}
        assert reasons == ({self.reason} if self.reason else set()), f"{self.says}: {reasons}"


def solution(says, facts, standing, reason=None, at=START):
    return Row(says, facts, standing, reason, at, Kind.SOLUTION, Declaration.ASSERTED)


R = Reason
REFUTED, OPEN, SUSTAINED, RESIDUAL, WITHDRAWN = (
    ChallengeState.REFUTED,
    ChallengeState.OPEN,
    ChallengeState.SUSTAINED,
    ChallengeState.RESIDUAL,
    ChallengeState.WITHDRAWN,
)
UNTIL = START + days(20)
ENVIRONMENT = {"environment": Environment.TEST, "environment_required": Environment.PRODUCTION}
OTHER = {"system_version": "1.0", "deployed_version": "1.1"}
CELLS = {"cells": ("men", "women")}

ROWS = [
    # Evidence, first match
    solution("nothing bound", [], UNDEVELOPED, R.EVIDENCE_MISSING),
    solution("accepted and current", [evidence()], HOLDS),
    solution("integrity broken", [evidence(is_intact=False)], UNSUPPORTED, R.EVIDENCE_BROKEN),
    solution("rejected", [evidence(review_state=ReviewState.REJECTED)], UNSUPPORTED, R.EVIDENCE_REJECTED),
    solution("withdrawn", [evidence(review_state=ReviewState.WITHDRAWN)], UNSUPPORTED, R.EVIDENCE_WITHDRAWN),
    solution("superseded", [evidence(review_state=ReviewState.SUPERSEDED)], UNSUPPORTED, R.EVIDENCE_SUPERSEDED),
    solution("pending", [evidence(review_state=ReviewState.PENDING)], UNDEVELOPED, R.EVIDENCE_PENDING),
    solution(
        "pending comes before expired",
        [evidence(review_state=ReviewState.PENDING)],
        UNDEVELOPED,
        R.EVIDENCE_PENDING,
        GRACE_END + TICK,
    ),
    solution("at valid-until", [evidence()], HOLDS, None, END),
    solution("just after valid-until", [evidence()], WEAKENED, R.EVIDENCE_IN_GRACE, END + TICK),
    solution("at the end of the grace", [evidence()], WEAKENED, R.EVIDENCE_IN_GRACE, GRACE_END),
    solution("just after the grace", [evidence()], UNSUPPORTED, R.EVIDENCE_EXPIRED, GRACE_END + TICK),
    solution("without grace", [evidence(grace=days(0))], UNSUPPORTED, R.EVIDENCE_EXPIRED, END + TICK),
    solution("without an end", [evidence(valid_until=None)], HOLDS, None, START + days(9000)),
    solution("a lower environment", [evidence(**ENVIRONMENT)], WEAKENED, R.EVIDENCE_ENVIRONMENT),
    solution(
        "a lower environment, strict policy",
        [evidence(**ENVIRONMENT, environment_policy=UNSUPPORTED)],
        UNSUPPORTED,
        R.EVIDENCE_ENVIRONMENT,
    ),
    solution("a higher environment", [evidence(**ENVIRONMENT | {"environment_required": Environment.TEST})], HOLDS),
    solution("no environment named", [evidence(**ENVIRONMENT | {"environment": None})], WEAKENED, R.EVIDENCE_ENVIRONMENT),
    solution("another version", [evidence(**OTHER)], WEAKENED, R.EVIDENCE_OTHER_VERSION),
    solution(
        "another version, strict", [evidence(**OTHER, version_policy=UNSUPPORTED)], UNSUPPORTED, R.EVIDENCE_OTHER_VERSION
    ),
    solution("independent of the version", [evidence(**OTHER, version_policy=HOLDS)], HOLDS),
    solution("the deployed version", [evidence(system_version="1.1", deployed_version="1.1")], HOLDS),
    solution("all bound versions are needed", [evidence(), evidence(valid_until=START)], WEAKENED, R.EVIDENCE_IN_GRACE, START + TICK),
    # Metric
    Row("a passing reading", [metric(reading())], HOLDS),
    Row("a reading at the threshold", [metric(reading(0.90))], HOLDS),
    Row("a reading at a threshold that must be exceeded", [metric(reading(0.90), comparator=Comparator.GT)], DEFEATED, R.METRIC_FAILED),
    Row("a failing reading", [metric(reading(0.86))], DEFEATED, R.METRIC_FAILED),
    Row("a fail never ages", [metric(reading(0.86))], DEFEATED, R.METRIC_FAILED, START + days(4000)),
    Row("a newer pass replaces a fail", [metric(reading(0.86), reading(0.93, day=2))], HOLDS, None, START + days(3)),
    Row("a newer thin reading does not", [metric(reading(0.86), reading(0.93, day=2, n=10))], DEFEATED, R.METRIC_FAILED, START + days(3)),
    Row("an older pass does not", [metric(reading(0.93), reading(0.86, day=2))], DEFEATED, R.METRIC_FAILED, START + days(3)),
    Row("too few cases", [metric(reading(n=199))], UNSUPPORTED, R.METRIC_INSUFFICIENT),
    Row("just enough cases", [metric(reading(n=200))], HOLDS),
    Row("no reading", [metric()], UNSUPPORTED, R.METRIC_MISSING),
    Row("one cell missing", [metric(reading(cell="men"), **CELLS)], UNSUPPORTED, R.METRIC_MISSING),
    Row("one cell fails", [metric(reading(cell="men"), reading(0.8, cell="women"), **CELLS)], DEFEATED, R.METRIC_FAILED),
    Row("any cell is enough", [metric(reading(cell="men"), reading(0.8, cell="women"), **CELLS, dimension_rule=DimensionRule.ANY)], HOLDS),
    Row("an undeclared cell does not count", [metric(reading(), reading(0.1, cell="tall"))], HOLDS),
    Row("inside the guard band", [metric(reading(0.91), guard_band=0.02)], WEAKENED, R.METRIC_BORDERLINE),
    Row("at the edge of the guard band", [metric(reading(1.0), threshold=0.75, guard_band=0.25)], HOLDS),
    Row("the bound fails", [metric(reading(low=0.89), decision_rule=DecisionRule.CONSERVATIVE_BOUND)], WEAKENED, R.METRIC_BORDERLINE),
    Row("the bound passes", [metric(reading(low=0.90), decision_rule=DecisionRule.CONSERVATIVE_BOUND)], HOLDS),
    Row("no bound given", [metric(reading(), decision_rule=DecisionRule.CONSERVATIVE_BOUND)], WEAKENED, R.METRIC_BORDERLINE),
    Row("a reading from the bench", [metric(reading(environment=Environment.TEST), environment_required=Environment.PRODUCTION)], UNSUPPORTED, R.METRIC_MISSING),
    Row("a reading at its maximum age", [metric(reading())], HOLDS, None, START + days(30)),
    Row("a reading just older", [metric(reading())], WEAKENED, R.METRIC_IN_GRACE, START + days(30) + TICK),
    Row("a reading at the end of its grace", [metric(reading())], WEAKENED, R.METRIC_IN_GRACE, START + days(35)),
    Row("a reading past its grace", [metric(reading())], UNSUPPORTED, R.METRIC_EXPIRED, START + days(35) + TICK),
    # Condition
    Row("armed", [condition()], HOLDS),
    Row("tripped", [condition(ConditionState.TRIPPED)], UNSUPPORTED, R.CONDITION_TRIPPED),
    Row("tripped with defeat", [condition(ConditionState.TRIPPED, effect=DEFEATED)], DEFEATED, R.CONDITION_TRIPPED),
    Row("acknowledged is not cleared", [condition(ConditionState.ACKNOWLEDGED)], UNSUPPORTED, R.CONDITION_ACKNOWLEDGED),
    Row("suspected", [condition(ConditionState.SUSPECTED)], WEAKENED, R.CONDITION_SUSPECTED),
    Row("cleared", [condition(ConditionState.CLEARED)], HOLDS),
    Row("retired detectors may be quiet", [condition(ConditionState.RETIRED)], HOLDS, None, START + days(99)),
    Row("quiet up to the limit", [condition()], HOLDS, None, START + days(7)),
    Row("quiet beyond the limit", [condition()], WEAKENED, R.DETECTOR_SILENT, START + days(7) + TICK),
    Row("never heard of", [condition(last_evaluated_at=None)], WEAKENED, R.DETECTOR_SILENT),
    Row("cleared, then quiet", [condition(ConditionState.CLEARED)], WEAKENED, R.DETECTOR_SILENT, START + days(8)),
    Row("on its last day", [condition(trips_at=START + days(3))], HOLDS, None, START + days(3)),
    Row("its day has come", [condition(trips_at=START + days(3))], UNSUPPORTED, R.CONDITION_TRIPPED, START + days(3) + TICK),
    Row("its day has come while suspected", [condition(ConditionState.SUSPECTED, trips_at=START)], UNSUPPORTED, R.CONDITION_TRIPPED, START + TICK),
    Row("acknowledged outlasts its day", [condition(ConditionState.ACKNOWLEDGED, trips_at=START)], UNSUPPORTED, R.CONDITION_ACKNOWLEDGED, START + days(9)),
    Row("retired days do not come", [condition(ConditionState.RETIRED, trips_at=START)], HOLDS, None, START + days(9)),
    # Challenge
    Row("a doubt withdrawn", [challenge(WITHDRAWN)], HOLDS),
    Row("a doubt sustained", [challenge(SUSTAINED)], DEFEATED, R.CHALLENGE_SUSTAINED),
    Row("a doubt open", [challenge(OPEN)], WEAKENED, R.CHALLENGE_OPEN),
    Row("a blocking doubt open", [challenge(OPEN, severity=Severity.BLOCKING)], UNSUPPORTED, R.CHALLENGE_OPEN),
    Row("refuted, the answer holds", [challenge(REFUTED, response="answer")], HOLDS),
    Row("refuted, the answer weakened", [challenge(REFUTED, response="answer")], WEAKENED, R.HELD_DOWN, answer=WEAKENED),
    Row("refuted, the answer lapsed", [challenge(REFUTED, response="answer")], WEAKENED, R.HELD_DOWN, answer=UNSUPPORTED),
    Row("blocking, the answer weakened", [challenge(REFUTED, response="answer", severity=Severity.BLOCKING)], UNSUPPORTED, R.HELD_DOWN, answer=WEAKENED),
    Row("blocking, the answer lapsed", [challenge(REFUTED, response="answer", severity=Severity.BLOCKING)], UNSUPPORTED, R.HELD_DOWN, answer=UNDEVELOPED),
    Row("an open doubt does not rest on its answer", [challenge(OPEN, response="answer")], WEAKENED, R.CHALLENGE_OPEN, answer=DEFEATED),
    Row("refuted without an answer", [challenge(REFUTED)], WEAKENED, R.CHALLENGE_UNANSWERED),
    Row("negligible, accepted", [challenge(RESIDUAL, significance=Significance.NEGLIGIBLE, accepted_until=UNTIL)], HOLDS, None, UNTIL),
    Row("manageable, accepted", [challenge(RESIDUAL, significance=Significance.MANAGEABLE, accepted_until=UNTIL)], WEAKENED, R.CHALLENGE_RESIDUAL, UNTIL),
    Row("negligible, acceptance over", [challenge(RESIDUAL, significance=Significance.NEGLIGIBLE, accepted_until=UNTIL, severity=Severity.BLOCKING)], UNSUPPORTED, R.CHALLENGE_RESIDUAL_EXPIRED, UNTIL + TICK),
    Row("accepted without an end", [challenge(RESIDUAL, significance=Significance.NEGLIGIBLE)], WEAKENED, R.CHALLENGE_RESIDUAL_EXPIRED),
    # What carries nothing
    Row("a goal without support", [], UNDEVELOPED, R.UNDEVELOPED, declaration=Declaration.ASSERTED),
    Row("a goal that says it needs support", [], UNDEVELOPED, R.UNDEVELOPED, declaration=Declaration.NEEDS_SUPPORT),
    Row("an axiomatic goal", [], HOLDS, declaration=Declaration.AXIOMATIC),
    Row("a strategy without support", [], UNDEVELOPED, R.UNDEVELOPED, kind=Kind.STRATEGY, declaration=Declaration.ASSERTED),
    Row("an assumption", [], HOLDS, kind=Kind.ASSUMPTION, declaration=Declaration.ASSERTED),
    Row("a context on its review day", [ReviewBy(by=END)], HOLDS, None, END, Kind.CONTEXT),
    Row("a context past its review day", [ReviewBy(by=END)], WEAKENED, R.REVIEW_OVERDUE, END + TICK, Kind.CONTEXT),
    Row("a justification with rejected evidence", [evidence(review_state=ReviewState.REJECTED)], UNSUPPORTED, R.EVIDENCE_REJECTED, kind=Kind.JUSTIFICATION),
    Row("held down", [HoldDown(standing=UNDEVELOPED)], UNDEVELOPED, R.HELD_DOWN, START + days(4000)),
    Row("nobody can hold a standing up", [HoldDown(standing=HOLDS), challenge(SUSTAINED)], DEFEATED, R.CHALLENGE_SUSTAINED),
    # Away
    Row("cited and holding", [], HOLDS, kind=Kind.AWAY_GOAL, cites="x", cited={"x": HOLDS}),
    Row("cited and weakened", [], WEAKENED, R.CITED_BELOW, kind=Kind.AWAY_GOAL, cites="x", cited={"x": WEAKENED}),
    Row("cited and defeated", [], DEFEATED, R.CITED_BELOW, kind=Kind.AWAY_GOAL, cites="x", cited={"x": DEFEATED}),
    Row("cited, no live baseline", [], UNSUPPORTED, R.CITED_NOT_LIVE, kind=Kind.AWAY_GOAL, cites="x", cited={"x": None}),
    Row("cited, unknown case", [], UNSUPPORTED, R.CITED_NOT_LIVE, kind=Kind.AWAY_SOLUTION, cites="x"),
    Row("citing nothing yet", [], UNDEVELOPED, R.UNDEVELOPED, kind=Kind.MODULE_REF),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says)
def test_row(row):
    row.check()


# --- How legs, links and contexts add up --------------------------------------------------------------------------------


@dataclass
class Support:
    """A goal over legs of given standings."""

    says: str
    legs: list[Standing]
    standing: Standing
    combine: Combine = Combine.ALL
    k: int = 1
    exact: bool = False
    suspect: bool = False
    doubts: Sequence = ()  # about the first link
    link: LinkKind = LinkKind.SUPPORTED_BY
    answer: Standing = HOLDS

    def check(self):
        elements = [
            Element(id="top", kind=Kind.GOAL, combine=self.combine, combine_k=self.k, declaration=Declaration.ASSUMED),
            Element(id="answer", kind=Kind.GOAL, declaration=Declaration.ASSUMED),
        ]
        links, facts = [], Facts()
        facts.add("answer", HoldDown(standing=self.answer))
        for number, standing in enumerate(self.legs):
            elements.append(Element(id=number, kind=Kind.GOAL, declaration=Declaration.ASSUMED))
            links.append(Link("top", number, self.link, self.exact, self.suspect and not number))
            facts.add(number, HoldDown(standing=standing))
        facts.add_to_link("top", 0, *self.doubts)
        result = evaluate(Argument(elements, links, facts.answers()), facts, START)
        assert result["top"] is self.standing, f"{self.says}: {result['top'].name}, not {self.standing.name}"
        assert bool(result.causes("top")) == (self.standing is not HOLDS), self.says


SUPPORTS = [
    Support("all hold", [HOLDS, HOLDS], HOLDS),
    Support("the weakest leg decides", [HOLDS, WEAKENED, HOLDS], WEAKENED),
    Support("an undeveloped leg", [HOLDS, UNDEVELOPED], UNDEVELOPED),
    Support("a defeated leg removes support, it does not refute", [DEFEATED], UNSUPPORTED),
    Support("an exact link carries defeat", [DEFEATED], DEFEATED, exact=True),
    Support("any: one is enough and the loss shows", [HOLDS, DEFEATED], WEAKENED, Combine.ANY),
    Support("any: the best counts", [UNSUPPORTED, UNDEVELOPED], UNDEVELOPED, Combine.ANY),
    Support("any: all hold", [HOLDS, HOLDS], HOLDS, Combine.ANY),
    Support("any ignores k", [HOLDS, UNSUPPORTED], WEAKENED, Combine.ANY, 2),
    Support("two of three, one lost", [HOLDS, HOLDS, UNSUPPORTED], WEAKENED, Combine.AT_LEAST, 2),
    Support("two of three, two lost", [HOLDS, UNSUPPORTED, UNSUPPORTED], UNSUPPORTED, Combine.AT_LEAST, 2),
    Support(
        "two of three, the second best counts", [HOLDS, UNDEVELOPED, UNSUPPORTED], UNDEVELOPED, Combine.AT_LEAST, 2
    ),
    Support("three of two cannot be", [HOLDS, HOLDS], UNDEVELOPED, Combine.AT_LEAST, 3),
    Support("a suspect link", [HOLDS, HOLDS], WEAKENED, suspect=True),
    Support("a doubted link", [HOLDS], WEAKENED, doubts=[challenge()]),
    Support("a sustained doubt of a link ends the leg only", [HOLDS], UNSUPPORTED, doubts=[challenge(SUSTAINED)]),
    Support("a sustained doubt of an exact link too", [HOLDS], UNSUPPORTED, exact=True, doubts=[challenge(SUSTAINED)]),
    Support("a doubt of one redundant leg", [HOLDS, HOLDS], WEAKENED, Combine.ANY, doubts=[challenge(SUSTAINED)]),
    Support("a refuted doubt of a link", [HOLDS], HOLDS, doubts=[challenge(REFUTED, response="answer")]),
    Support("its answer lapsed", [HOLDS], WEAKENED, doubts=[challenge(REFUTED, response="answer")], answer=DEFEATED),
    Support("a context that holds", [HOLDS], HOLDS, link=LinkKind.IN_CONTEXT_OF),
    Support("a weakened context", [WEAKENED], WEAKENED, link=LinkKind.IN_CONTEXT_OF),
    Support("an undeveloped context carries nothing", [UNDEVELOPED], UNSUPPORTED, link=LinkKind.IN_CONTEXT_OF),
    Support("a defeated context", [DEFEATED], UNSUPPORTED, link=LinkKind.IN_CONTEXT_OF),
    Support("a suspect context", [HOLDS], WEAKENED, link=LinkKind.IN_CONTEXT_OF, suspect=True),
    Support("a challenges link carries nothing by itself", [DEFEATED], HOLDS, link=LinkKind.CHALLENGES),
]


@pytest.mark.parametrize("row", SUPPORTS, ids=lambda row: row.says)
def test_support(row):
    row.check()


# --- The case as a whole ------------------------------------------------------------------------------------------------


def one_goal():
    facts = Facts()
    facts.add("top", evidence(valid_until=START + days(50)))
    return evaluate(Argument([Element(id="top", kind=Kind.GOAL, declaration=Declaration.ASSUMED)]), facts, START)


@pytest.mark.parametrize(
    ("sign_offs", "standing", "reason"),
    [
        ([SignOff(expires_at=START)], HOLDS, None),
        ([SignOff(expires_at=START - TICK)], WEAKENED, R.SIGN_OFF_EXPIRED),
        ([SignOff(has_lapsed=True, expires_at=END)], WEAKENED, R.SIGN_OFF_LAPSED),
        ([SignOff(has_lapsed=True), SignOff(expires_at=START - TICK)], WEAKENED, R.SIGN_OFF_EXPIRED),
        ([SignOff(has_lapsed=True), SignOff()], HOLDS, None),
        ([], WEAKENED, R.SIGN_OFF_MISSING),
    ],
)
def test_a_live_case_needs_a_valid_sign_off(sign_offs, standing, reason):
    case = case_standing(one_goal(), "top", needs_sign_off=True, sign_offs=sign_offs)
    assert case.standing is standing
    assert [finding.reason for _, finding in case.findings] == ([reason] if reason else [])
    assert case.root is HOLDS


def test_a_draft_needs_none():
    assert case_standing(one_goal(), "top").standing is HOLDS


def test_a_condition_on_the_whole_case_lowers_it():
    case = case_standing(one_goal(), "top", conditions=[condition(ConditionState.TRIPPED)])
    assert case.standing is UNSUPPORTED


def test_the_next_transition_of_a_case_is_the_earliest_of_all_clocks():
    signed = [SignOff(expires_at=START + days(40))]
    assert case_standing(one_goal(), "top", needs_sign_off=True, sign_offs=signed).next_transition_at == (
        START + days(40) + TICK
    )
    assert case_standing(one_goal(), "top", sign_offs=signed).next_transition_at == START + days(50) + TICK
    quiet = [condition()]
    assert case_standing(one_goal(), "top", conditions=quiet).next_transition_at == START + days(7) + TICK


# --- What is refused ------------------------------------------------------------------------------------------------------

NAIVE = START.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: evidence(valid_until=NAIVE), "valid_until has no time zone"),
        (lambda: evidence(grace=days(-1)), "grace"),
        (lambda: evidence(environment_policy=DEFEATED), "environment_policy"),
        (lambda: evidence(version_policy=UNDEVELOPED), "version_policy"),
        (lambda: reading(measured_at=NAIVE), "measured_at has no time zone"),
        (lambda: reading(float("nan")), "value must be a finite"),
        (lambda: reading(low=float("-inf")), "low must be a finite"),
        (lambda: reading(n=-1), "n cannot be negative"),
        (lambda: reading(0.9, low=0.95), "interval"),
        (lambda: metric(threshold=float("inf")), "threshold must be a finite"),
        (lambda: metric(comparator=Comparator.BETWEEN), "threshold_high belongs"),
        (lambda: metric(threshold_high=0.95), "threshold_high belongs"),
        (lambda: metric(comparator=Comparator.BETWEEN, threshold_high=0.1), "not below threshold"),
        (lambda: metric(cells=()), "cells"),
        (lambda: metric(guard_band=-0.1), "guard_band"),
        (lambda: metric(min_n=-1), "min_n"),
        (lambda: metric(max_age=days(0)), "max_age"),
        (lambda: condition(effect=HOLDS), "effect"),
        (lambda: condition(max_silence=days(-1)), "max_silence"),
        (lambda: condition(last_evaluated_at=NAIVE), "last_evaluated_at has no time zone"),
        (lambda: challenge(accepted_until=NAIVE), "accepted_until has no time zone"),
        (lambda: ReviewBy(by=NAIVE), "by has no time zone"),
        (lambda: SignOff(expires_at=NAIVE), "expires_at has no time zone"),
        (lambda: evaluate(Argument([]), Facts(), NAIVE), "at has no time zone"),
        (lambda: reevaluate(one_goal(), at=START - TICK), "lies before"),
    ],
)
def test_a_fact_that_cannot_be_is_refused_by_name(make, word):
    with pytest.raises(FactRefused, match=word):
        make()


G, S = Element(id="g", kind=Kind.GOAL), Element(id="s", kind=Kind.SOLUTION)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: Argument([G, G]), "same id"),
        (lambda: Argument([G], [Link("g", "missing")]), "missing"),
        (lambda: Argument([G, S], [Link("g", "s"), Link("g", "s")]), "twice"),
        (lambda: Argument([G], [Link("g", "g")]), "rests on itself: g → g"),
        (lambda: Argument([Element(id="g", kind=Kind.GOAL, combine=Combine.AT_LEAST, combine_k=0)]), "1 or more"),
        (lambda: Argument([G, S], [Link("g", "s")], [("s", "g")]), "rests on itself"),
    ],
)
def test_what_is_no_argument_is_refused(make, word):
    with pytest.raises(ArgumentBroken, match=word):
        make()


def test_facts_about_unknown_elements_are_refused():
    facts = Facts()
    facts.add("nobody", HoldDown(standing=WEAKENED))
    with pytest.raises(ArgumentBroken, match="nobody"):
        evaluate(Argument([G]), facts, START)


def test_an_answer_outside_the_order_is_refused():
    facts = Facts()
    facts.add("g", challenge(REFUTED, response="s"))
    with pytest.raises(ArgumentBroken, match=r"facts\.answers"):
        evaluate(Argument([G, S]), facts, START)


@pytest.mark.parametrize(
    ("comparator", "passing", "failing"),
    [
        (Comparator.LT, 0.4, 0.5),
        (Comparator.LE, 0.5, 0.51),
        (Comparator.EQ, 0.5, 0.49),
        (Comparator.GE, 0.5, 0.49),
        (Comparator.GT, 0.6, 0.5),
        (Comparator.BETWEEN, 0.7, 0.71),
        (Comparator.BETWEEN, 0.5, 0.49),
        (Comparator.OUTSIDE, 0.71, 0.7),
        (Comparator.OUTSIDE, 0.49, 0.5),
    ],
)
def test_each_comparator_at_its_threshold(comparator, passing, failing):
    high = 0.7 if comparator in (Comparator.BETWEEN, Comparator.OUTSIDE) else None
    kept = MetricFact(label="m", comparator=comparator, threshold=0.5, threshold_high=high)
    assert kept.verdict(Reading(value=passing, measured_at=START)) == "pass"
    assert kept.verdict(Reading(value=failing, measured_at=START)) == "fail"


def test_an_interval_across_the_forbidden_middle_shows_nothing():
    outside = MetricFact(
        label="m",
        comparator=Comparator.OUTSIDE,
        threshold=0.4,
        threshold_high=0.6,
        decision_rule=DecisionRule.CONSERVATIVE_BOUND,
    )
    assert outside.verdict(Reading(value=0.3, low=0.2, high=0.7, measured_at=START)) == "borderline"
    assert outside.verdict(Reading(value=0.3, low=0.2, high=0.39, measured_at=START)) == "pass"


def test_of_two_readings_of_the_same_instant_the_worse_counts():
    for readings in ((reading(0.95), reading(0.8)), (reading(0.8), reading(0.95))):
        assert metric(*readings).finding(START).standing is DEFEATED


def test_an_endless_grace_does_not_run_off_the_calendar():
    facts = Facts()
    facts.add("s", evidence(grace=timedelta.max))
    result = evaluate(Argument([S]), facts, START + days(4000))
    assert result["s"] is WEAKENED
    assert result.next_transition_at is None


def test_stored_choices_arrive_as_plain_text_and_numbers():
    facts = Facts({"x": 3})
    facts.add("s", EvidenceFact(review_state="accepted", environment="test", environment_required=""))
    facts.add("g", HoldDown(standing=3), challenge("refuted", response="s", severity="minor"))
    elements = [
        Element(id="g", kind="goal", combine="any", combine_k=None),
        Element(id="s", kind="solution"),
        Element(id="a", kind="away_goal", cites="x"),
    ]
    links = [Link("g", "s", "supported_by"), Link("g", "a", "in_context_of")]
    result = evaluate(Argument(elements, links, facts.answers()), facts, START)
    assert result.standings() == {"g": WEAKENED, "s": HOLDS, "a": WEAKENED}
    with pytest.raises(ValueError, match="goat"):
        Element(id="g", kind="goat")
