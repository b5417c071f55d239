"""From screening answers to a tier: each rule, its reasons, and what unknown does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.tiering import QUESTIONS, REQUIREMENTS, UNKNOWN, AnswerRefused, Tier, tier_of

EVERYDAY = {
    "prohibited_practice": "no",
    "effect_on_people": "none",
    "decision_area": "none",
    "safety_component": "no",
    "vulnerable_people": "no",
    "human_review": "every_output",
    "scale": "under_100",
    "personal_data": "none",
    "generates_for_public": "no",
    "reversible": "easily",
}


def tier(**changes):
    return tier_of(EVERYDAY | changes).tier


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "T0"),
        ({"decision_area": "credit"}, "T0"),  # an area without an effect decides nothing
        ({"human_review": "none"}, "T0"),
        ({"human_review": "none", "reversible": "with_effort"}, "T1"),
        ({"effect_on_people": "informs"}, "T1"),
        ({"personal_data": "personal"}, "T1"),
        ({"generates_for_public": "yes"}, "T1"),
        ({"scale": "over_10000"}, "T1"),
        ({"scale": "under_10000"}, "T0"),
        ({"effect_on_people": "informs", "decision_area": "employment"}, "T2"),
        ({"effect_on_people": "informs", "decision_area": "employment", "human_review": "sample"}, "T2"),
        ({"effect_on_people": "decides"}, "T2"),
        ({"vulnerable_people": "yes"}, "T2"),
        ({"personal_data": "special"}, "T2"),
        ({"generates_for_public": "yes", "human_review": "none", "scale": "over_10000"}, "T2"),
        ({"generates_for_public": "yes", "human_review": "none", "scale": "under_100"}, "T1"),
        ({"effect_on_people": "informs", "decision_area": "health", "human_review": "none"}, "T3"),
        ({"effect_on_people": "decides", "decision_area": "credit"}, "T3"),
        ({"effect_on_people": "decides", "reversible": "no"}, "T3"),
        ({"safety_component": "yes"}, "T3"),
        ({"prohibited_practice": "yes"}, "TX"),
        ({"prohibited_practice": UNKNOWN}, "T3"),
    ],
)
def test_each_rule(changes, expected):
    assert tier(**changes) == expected


@pytest.mark.parametrize("key", [question.key for question in QUESTIONS])
def test_a_blank_is_refused_and_unknown_stays_open(key):
    blank = {name: answer for name, answer in EVERYDAY.items() if name != key}
    for answers in (blank, blank | {key: ""}, blank | {key: None}):
        with pytest.raises(AnswerRefused) as refused:
            tier_of(answers)
        assert refused.value.question == key
        assert "choose Unknown" in str(refused.value)
    assert tier_of(blank | {key: UNKNOWN}).open_questions == (key,)


@pytest.mark.parametrize(
    "answers", [EVERYDAY | {"scale": "huge"}, EVERYDAY | {"colour": "no"}, EVERYDAY | {"scale": 3}]
)
def test_an_answer_that_is_not_offered_is_refused(answers):
    with pytest.raises(AnswerRefused):
        tier_of(answers)


def test_everything_unknown_gets_the_strictest_care_and_says_it_is_provisional():
    tiering = tier_of(dict.fromkeys(EVERYDAY, UNKNOWN))
    assert tiering.tier is Tier.T3
    assert tiering.is_provisional
    assert set(tiering.open_questions) == set(EVERYDAY)


def test_a_settled_reason_makes_the_tier_final_although_other_questions_are_open():
    tiering = tier_of(EVERYDAY | {"safety_component": "yes", "prohibited_practice": UNKNOWN})
    assert not tiering.is_provisional
    assert tiering.open_questions == ("prohibited_practice",)


def test_reasons_come_gravest_first_and_name_their_answers():
    tiering = tier_of(EVERYDAY | {"effect_on_people": "decides", "decision_area": "credit", "scale": "over_10000"})
    assert [reason.tier.rank for reason in tiering.reasons] == sorted(
        (reason.tier.rank for reason in tiering.reasons), reverse=True
    )
    assert tiering.deciding_reasons[0].questions == ("effect_on_people", "decision_area")
    assert tiering.requires is REQUIREMENTS[Tier.T3]


def test_a_higher_tier_never_asks_for_less():
    used = [REQUIREMENTS[tier] for tier in (Tier.T0, Tier.T1, Tier.T2, Tier.T3)]
    for lower, higher in zip(used, used[1:], strict=False):
        assert higher.evidence_months <= lower.evidence_months
        assert higher.sign_off_months <= lower.sign_off_months
        assert higher.independent_challengers >= lower.independent_challengers
        assert higher.conditions_per_claim >= lower.conditions_per_claim
    assert not REQUIREMENTS[Tier.TX].may_be_used


@given(
    answers=st.fixed_dictionaries({q.key: st.sampled_from(sorted(q.choices)) for q in QUESTIONS}),
    key=st.sampled_from([q.key for q in QUESTIONS if q.key != "prohibited_practice"]),
)
def test_unknown_never_gives_a_lower_tier_than_any_known_answer(answers, key):
    uncertain = tier_of(answers | {key: UNKNOWN}).tier.rank
    choices = next(question.choices for question in QUESTIONS if question.key == key)
    assert uncertain >= max(tier_of(answers | {key: choice}).tier.rank for choice in choices)
