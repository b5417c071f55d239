"""Every reason has a sentence, and the sentences name what a person needs to act."""

import re
from datetime import UTC, datetime

import pytest

from cases.argument import Argument, Declaration, Element, Kind, Link
from cases.causes import stored_cause
from cases.explaining import SENTENCES, sentence, sentence_about_case
from cases.facts import (
    TICK,
    Comparator,
    DimensionRule,
    EvidenceFact,
    Facts,
    Finding,
    MetricFact,
    Reading,
    ReviewState,
    SignOff,
)
from cases.scale import Reason, Standing
from cases.standing import case_standing, evaluate
from evidence.environment import Environment
from tests.cases.test_standing_table import ROWS
from tests.cases.worlds import START, days

EXPIRY = datetime(2026, 11, 9, 12, tzinfo=UTC)


def only_sentence(fact, at=START, **how):
    elements = [Element(id=1, kind=Kind.GOAL, key="G1"), Element(id=2, kind=Kind.SOLUTION, key="Sn2")]
    facts = Facts()
    facts.add(2, fact)
    (cause,) = evaluate(Argument(elements, [Link(1, 2)]), facts, at).causes(1)
    return sentence(cause, **how)


def test_expired_evidence_is_named_with_its_day():
    fact = EvidenceFact(label="E3", review_state=ReviewState.ACCEPTED, valid_until=EXPIRY)
    assert only_sentence(fact, EXPIRY + TICK) == "Evidence E3 of Sn2 expired on 2026-11-09."


def test_evidence_from_the_bench_says_what_is_needed():
    fact = EvidenceFact(
        label="E3",
        review_state=ReviewState.ACCEPTED,
        environment=Environment.TEST,
        environment_required=Environment.PRODUCTION,
    )
    assert only_sentence(fact) == "Evidence E3 of Sn2 comes from test; the claim needs production."


@pytest.mark.parametrize(
    ("changes", "before", "expected"),
    [
        ({}, None, "Rate was 0.86 (threshold 0.90) in 2026-01; claim G1 fails."),
        ({}, 0.93, "Rate fell to 0.86 (threshold 0.90) in 2026-01; claim G1 fails."),
        ({}, 0.80, "Rate was 0.86 (threshold 0.90) in 2026-01; claim G1 fails."),
        (
            {"comparator": Comparator.LE, "threshold": 0.5},
            0.4,
            "Rate rose to 0.86 (threshold 0.50) in 2026-01; claim G1 fails.",
        ),
        (
            {"cells": ('{"age":"55+"}',)},
            0.93,
            "Rate for age 55+ fell to 0.86 (threshold 0.90) in 2026-01; claim G1 fails.",
        ),
        ({"cells": ("women",)}, None, "Rate for women was 0.86 (threshold 0.90) in 2026-01; claim G1 fails."),
        (
            {"comparator": Comparator.BETWEEN, "threshold_high": 0.99},
            0.93,
            "Rate was 0.86 (threshold 0.90–0.99) in 2026-01; claim G1 fails.",
        ),
        ({"dimension_rule": DimensionRule.ANY}, None, "Rate was 0.86 (threshold 0.90) in 2026-01; claim G1 fails."),
    ],
)
def test_a_failed_metric_says_value_threshold_group_and_whether_it_fell(changes, before, expected):
    cell = changes.get("cells", ("",))[0]
    readings = [Reading(value=0.86, measured_at=START, cell=cell)]
    if before is not None:
        readings.append(Reading(value=before, measured_at=START - days(30), cell=cell))
    metric = MetricFact(**{"label": "Rate", "comparator": Comparator.GE, "threshold": 0.9} | changes, readings=readings)
    facts = Facts()
    facts.add(1, metric)
    goal = Element(id=1, kind=Kind.GOAL, key="G1", declaration=Declaration.AXIOMATIC)
    evaluation = evaluate(Argument([goal]), facts, START)
    (cause,) = evaluation.causes(1)
    assert sentence(cause) == expected
    stored = stored_cause(evaluation, cause)  # what a transition keeps must say the same years later
    finding = Finding(cause.standing, Reason(stored["reason"]), cause.since, stored["detail"])
    assert sentence_about_case(stored["fact"], finding, case="G1") == expected


def test_the_month_is_that_of_the_period_not_of_its_evaluation():
    ends = datetime(2026, 11, 1, tzinfo=UTC)
    late = Reading(value=0.86, measured_at=ends + days(2), window_end=ends)
    facts = Facts()
    facts.add(1, MetricFact(label="Rate", comparator=Comparator.GE, threshold=0.9, readings=[late]))
    goal = Element(id=1, kind=Kind.GOAL, key="G1", declaration=Declaration.AXIOMATIC)
    (cause,) = evaluate(Argument([goal]), facts, ends + days(3)).causes(1)
    assert "in 2026-10;" in sentence(cause)


def test_words_and_days_can_be_given_another_form():
    fact = EvidenceFact(label="E3", review_state=ReviewState.ACCEPTED, valid_until=EXPIRY)
    said = only_sentence(
        fact,
        EXPIRY + TICK,
        translate={SENTENCES[Reason.EVIDENCE_EXPIRED]: "Nachweis %(fact)s von %(element)s lief am %(on)s ab."}.get,
        day=lambda instant: f"{instant:%d.%m.%Y}",
    )
    assert said == "Nachweis E3 von Sn2 lief am 09.11.2026 ab."


def test_a_label_with_signs_of_its_own_is_only_text():
    fact = EvidenceFact(label="100 %(s) {x} %d", review_state=ReviewState.REJECTED)
    assert only_sentence(fact) == "Evidence 100 %(s) {x} %d of Sn2 was rejected."


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(Reason)
    assert all(said.endswith(".") for said in SENTENCES.values())


@pytest.mark.parametrize("row", [row for row in ROWS if row.reason], ids=lambda row: row.says)
def test_every_row_of_the_table_can_be_said(row):
    causes = row.evaluation().causes("it")
    for cause in causes:
        said = sentence(cause)
        assert not re.search(r"%\(|None|  | \.", said), said


def test_what_lowers_the_whole_case_can_be_said():
    result = evaluate(Argument([Element(id=1, kind=Kind.GOAL)]), Facts(), START)
    case = case_standing(result, 1, needs_sign_off=True, sign_offs=[SignOff(expires_at=START - days(2))])
    ((label, finding),) = case.findings
    assert sentence_about_case(label, finding, case="Case 4") == "The owner's sign-off expired on 2025-12-30."


@pytest.mark.parametrize(
    ("value", "threshold", "told"),
    [
        (0.862, 0.9, "0.862 (threshold 0.900)"),
        (12, 10.5, "12.0 (threshold 10.5)"),
        (0.8999999, 0.9, "0.8999999 (threshold 0.9000000)"),
        (1e-9, 1e-10, "1e-09 (threshold 1e-10)"),
        (250_000, 0.5, "250000.0 (threshold 0.5)"),
    ],
)
def test_numbers_that_are_compared_have_the_same_decimals(value, threshold, told):
    numbers = {"value": value, "threshold": threshold, "threshold_high": None}
    finding = Finding(Standing.DEFEATED, Reason.METRIC_FAILED, START, numbers)
    assert f"Rate was {told} in" in sentence_about_case("Rate", finding, case="G1")
