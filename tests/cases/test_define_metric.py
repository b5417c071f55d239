"""What a metric may ask: a rule that readings can be judged by, or a refusal with the field and the remedy."""

import pytest

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.trail.models import Event
from cases.actions import add_indicator, define_metric, edit_indicator, edit_metric, withdraw_metric
from cases.cells import Dimension, cell_of, cells_of, values_of, words_of
from cases.models import ClaimMetric, Element, StandingLevel
from tests.cases.building import make_case, make_sound_case
from tests.cases.measuring import AGE, make_indicator, make_metric

pytestmark = pytest.mark.django_db
SEX = Dimension("sex", ("female", "male"), "male")


@pytest.fixture
def case(acme):
    with acme:
        return make_sound_case(acme)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("threshold", {"threshold": float("nan")}),
        ("threshold", {"threshold": float("inf")}),
        ("threshold_high", {"comparator": "between"}),
        ("threshold_high", {"comparator": "between", "threshold_high": 0.5}),
        ("threshold_high", {"comparator": "outside", "threshold_high": 0.9}),
        ("threshold_high", {"comparator": "between", "threshold_high": float("-inf")}),
        ("threshold_high", {"threshold_high": 1.0}),
        ("comparator", {"comparator": "about"}),
        ("guard_band", {"guard_band": -0.1}),
        ("guard_band", {"guard_band": float("nan")}),
        ("min_n", {"min_n": 0}),
        ("confidence_level", {"confidence_level": 0.2}),
        ("confidence_level", {"confidence_level": 1.0}),
        ("confidence_level", {"decision_rule": "conservative_bound"}),
        ("max_age_days", {"max_age_days": 0}),
        ("window_days", {"window_days": 0}),
        ("grace_days", {"max_age_days": None}),
        ("grace_days", {"max_age_days": 5, "grace_days": 6}),
        ("grace_days", {"grace_days": -1}),
        ("dimensions", {"dimensions": [Dimension("age", ("55+",))]}),
        ("dimensions", {"dimensions": [Dimension("age", ("55+", "55+"))]}),
        ("dimensions", {"dimensions": [Dimension("age", ("55+", ""))]}),
        ("dimensions", {"dimensions": [Dimension("age", ("55+", "18-34"), "35-54")]}),
        ("dimensions", {"dimensions": [AGE, AGE]}),
        ("dimensions", {"dimensions": [Dimension("", ("a", "b"))]}),
        ("dimensions", {"dimensions": [Dimension(f"d{n}", tuple("abcdefgh")) for n in range(4)], "is_crossed": True}),
        ("dimensions", {"dimensions": [Dimension("d", ("a" * 200, "b" * 301))]}),
        ("dimension_reason", {"dimension_rule": "any"}),
        ("dimension_rule", {"dimension_rule": "any", "dimensions": [], "dimension_reason": "One will do"}),
        ("unit", {"unit": "  "}),
        ("key", {"key": "CV rate"}),
    ],
    ids=str,
)
def test_a_rule_that_nothing_can_be_judged_by_is_refused(acme, case, field, change):
    with acme, pytest.raises(RuleBroken) as refused:
        make_metric(acme, case, **change)
    assert refused.value.field == field
    assert refused.value.message.removesuffix(f" ({refused.value.rule})").endswith(".")
    with acme:
        assert not ClaimMetric.objects.exists()


def test_a_metric_belongs_to_a_goal(acme, case):
    with acme:
        for key in ("S1", "Sn1"):
            with pytest.raises(RuleBroken, match="goal"):
                make_metric(acme, case, claim=key, indicator=make_indicator(acme, key))


def test_keys_are_made_of_case_and_indicator_and_never_used_twice(acme, case):
    with acme:
        element = Element.objects.get(case=case, key="G2")
        indicator = make_indicator(acme)
        keys = []
        for _ in range(3):
            metric = define_metric(element, indicator=indicator, comparator="ge", threshold=0.9, actor=acme.officer)
            keys.append(metric.key)
        assert keys == ["case-1-selection-rate-ratio", "case-1-selection-rate-ratio-2", "case-1-selection-rate-ratio-3"]
        withdraw_metric(metric, reason="Not needed", actor=acme.officer)
        with pytest.raises(RuleBroken, match="is or was used"):
            define_metric(element, indicator=indicator, comparator="ge", threshold=0.9, key=keys[2], actor=acme.officer)
        with pytest.raises(RuleBroken, match="withdrawn"):
            edit_metric(metric, revision=None, comparator="ge", threshold=0.8, actor=acme.officer)


def test_two_people_do_not_overwrite_each_other(acme, case):
    with acme:
        metric = make_metric(acme, case)
        edit_metric(metric, revision=1, comparator="ge", threshold=0.8, actor=acme.owner)
        with pytest.raises(ChangedSinceOpened):
            edit_metric(metric, revision=1, comparator="ge", threshold=0.7, actor=acme.officer)


def test_the_trail_tells_of_metric_and_case(acme, case):
    with acme:
        metric = make_metric(acme, case)
        edit_metric(metric, revision=1, comparator="ge", threshold=0.8, actor=acme.owner)
        events = Event.objects.filter(event="cases.metric.edited")
        assert {event.target_id for event in events} == {metric.pk, case.pk}
        assert events[0].changes["threshold"] == ["0.9", "0.8"]


def test_a_claim_of_another_case_is_untouched(acme, case):
    with acme:
        other = make_case(acme, purpose="Other")
        before = other.standing
        make_metric(acme, case)
        other.refresh_from_db()
        assert other.standing == before == StandingLevel.UNDEVELOPED


def test_the_catalogue_has_each_name_once(acme):
    with acme:
        first = make_indicator(acme)
        with pytest.raises(RuleBroken) as refused:
            add_indicator(name=first.name, unit="%", actor=acme.officer)
        assert refused.value.field == "name"
        said = {"unit": "%", "definition": "", "formula": "", "direction": "higher"}
        assert edit_indicator(first, revision=1, name=first.name, **said, actor=acme.officer).unit == "%"


# --- Groups


def test_groups_have_one_canonical_name():
    assert cell_of({"sex": "female", "age": "55+"}) == cell_of({"age": "55+", "sex": "female"})
    assert values_of(cell_of({"age": "55+"})) == {"age": "55+"}
    assert words_of(cell_of({"sex": "female", "age": "55+"})) == "age 55+, sex female"
    assert words_of("") == ""
    assert words_of("women") == "women"


def test_groups_stand_by_themselves_unless_they_are_crossed():
    assert [words_of(cell) for cell in cells_of([AGE, SEX])] == ["age 18-34", "age 55+", "sex female"]
    crossed = cells_of([AGE, SEX], is_crossed=True)
    assert [words_of(cell) for cell in crossed] == ["age 18-34, sex female", "age 55+, sex female"]
    assert cells_of([]) == ("",)
