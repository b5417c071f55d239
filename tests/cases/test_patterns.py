"""The templates: each makes a well-formed argument, covers its lists one to one, and refuses answers that do not fit."""

from datetime import date
from random import Random

import pytest

from cases.argument import Kind
from cases.detectors import check_config
from cases.drafts import outline_of_draft, refusals_in
from cases.models import DegradationCondition, Element
from cases.outline import About, Level
from cases.patterns import AnswersRefused, Person, checked, instantiate, pattern_called, patterns, skeleton
from cases.patterns.model import MOST_ROWS, PatternBroken, read_pattern
from cases.wellformed import problems_of

TODAY = date(2026, 11, 21)
EVERY = pytest.mark.parametrize("pattern", patterns(), ids=lambda pattern: pattern.key)
# What a person has yet to do with any template: evidence, owners, metrics, dates, and in P1 and P8 a part argued elsewhere.
EXPECTED = {"WF-C04", "WF-C07", "WF-E06", "WF-G05", "WF-K01", "WF-K02", "WF-K04", "WF-K06", "WF-S15"}


def answer(question, row=0):
    match question.kind:
        case "number":
            return float(question.example) if question.example else question.low
        case "choice":
            return question.values[row % len(question.values)]
        case "choices":
            return list(question.values)
        case "member":
            return Person("Ada Owner", "ada@acme.example")
        case "list":
            return [
                {column.name: f"{answer(column, n)} {n}" if column.kind == "text" else answer(column, n)
                 for column in question.columns}
                for n in range(3)
            ]  # fmt: skip
    return question.example or "something"


def answers_to(pattern):
    return {question.name: answer(question) for question in pattern.questions}


def made(pattern, **other):
    return instantiate(pattern, {**answers_to(pattern), **other}, today=TODAY)


def problems(draft, level):
    nodes, edges = outline_of_draft(draft)
    return {problem.rule for problem in problems_of(nodes, edges, About(tier="T3")) if problem.level is level}


def test_all_eleven_are_there_in_order():
    assert [pattern.key for pattern in patterns()] == [f"P{number}" for number in range(11)]
    assert pattern_called("p5") is pattern_called("P5")
    assert pattern_called("P11") is None


@EVERY
def test_answered_it_is_a_well_formed_argument(pattern):
    draft = made(pattern)
    assert refusals_in(draft) == []
    assert problems(draft, Level.BLOCKS) == set()
    assert problems(draft, Level.SUBMISSION) <= EXPECTED
    assert not [element for element in draft.elements if element.is_uninstantiated or "{" in element.statement]
    assert {element.pattern for element in draft.elements} == {pattern.name}
    assert all(pattern.element(element.pattern_key) for element in draft.elements)


@EVERY
def test_unanswered_it_shows_its_places(pattern):
    draft = skeleton(pattern, today=TODAY)
    assert refusals_in(draft) == []
    assert [element for element in draft.elements if element.is_uninstantiated]
    assert "WF-S16" in problems(draft, Level.SUBMISSION)
    assert len(draft.elements) >= len(pattern.elements)


@EVERY
def test_it_brings_conditions_that_can_be_watched_and_doubts_that_can_be_raised(pattern):
    draft = made(pattern)
    assert draft.conditions
    assert draft.challenges
    kinds = {element.id: element.kind for element in draft.elements}
    for condition in draft.conditions:
        rule = condition.rule
        assert not condition.element or kinds[condition.element] in ("goal", "assumption", "context")
        assert rule["type"] in DegradationCondition.Type.values
        assert rule["detector"] in DegradationCondition.Detector.values
        assert set(rule["actions"]) <= set(DegradationCondition.Action.values)
        assert rule["max_silence_hours"] >= rule["every_hours"] >= 1
        check_config(rule["detector"], rule["config"], None)
    for doubt in draft.challenges:
        assert doubt.target in kinds
        assert doubt.attack in ("rebut", "undercut", "undermine")
        assert doubt.severity in ("minor", "major", "blocking")
        assert "{" not in doubt.statement


@EVERY
def test_categories_and_kinds_are_those_of_the_room(pattern):
    for element in pattern.elements:
        assert element.category in {"", *Element.Category.values}
        assert (element.category != "") == (element.kind == Kind.GOAL)


@EVERY
def test_a_list_is_covered_one_to_one(pattern):
    lists = [question for question in pattern.questions if question.is_complete]
    for question in lists:
        column = question.columns[0].name
        rows = answers_to(pattern)[question.name]
        draft = made(pattern)
        goals = [one for one in pattern.elements if one.each == question.name and one.kind == "goal" and not one.when]
        for goal in goals:
            instances = [element for element in draft.elements if element.pattern_key == goal.id]
            assert len(instances) == len(rows)
            if f"{{{question.name}.{column}}}" in goal.statement:
                for row, element in zip(rows, instances, strict=True):
                    assert row[column].casefold() in element.statement.casefold()


@EVERY
def test_the_same_answers_make_the_same_argument(pattern):
    assert made(pattern) == made(pattern)


@EVERY
def test_each_missing_answer_is_named(pattern):
    _taken, faults = checked(pattern, {})
    needed = {
        question.name
        for question in pattern.questions
        if question.is_required and not (question.kind == "choices" and not question.low)
    }
    assert {fault.field for fault in faults} == needed
    with pytest.raises(AnswersRefused):
        instantiate(pattern, {}, today=TODAY)


BAD = [
    None, [], {}, "", "x", 7, float("nan"), float("inf"), True, [[]], [None], {"a": 1}, "x" * 100_000, ["x"] * 500,
    [{"name": "x"}] * 500, [{"name": {"deep": []}}], b"bytes", object(), -1e308,
]  # fmt: skip


# Named by place: what an object calls itself differs from process to process, and processes share these tests.
@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
@EVERY
def test_garbage_is_refused_in_words_or_harmless(pattern, bad):
    for question in pattern.questions:
        answers = {**answers_to(pattern), question.name: bad}
        _taken, faults = checked(pattern, answers)
        for fault in faults:
            assert fault.field.startswith(question.name) or fault.field in dict(pattern.in_order).values()
            assert fault.message % dict(fault.words)
        if not faults:
            draft = instantiate(pattern, answers, today=TODAY)
            assert refusals_in(draft) == []
    assert checked(pattern, {**answers_to(pattern), "no_such": bad})[1][0].field == "no_such"


def test_a_list_has_a_bound_and_names_each_thing_once():
    p9 = pattern_called("P9")
    rows = [{"name": f"claim {n}", "test": "a test"} for n in range(MOST_ROWS * 10)]
    assert [fault.field for fault in checked(p9, {**answers_to(p9), "tests": rows})[1]] == ["tests"]
    twice = [{"name": "Keeps dates", "test": "a"}, {"name": " keeps  dates ", "test": "b"}]
    assert [fault.field for fault in checked(p9, {**answers_to(p9), "tests": twice})[1]] == ["tests.1.name"]
    blank = [{"name": "", "test": " "}, {"name": "Keeps dates", "test": "a"}]
    assert len(checked(p9, {**answers_to(p9), "tests": blank})[0]["tests"]) == 1


def test_a_place_in_an_answer_is_not_filled_in_and_is_marked():
    p5 = pattern_called("P5")
    draft = made(p5, decision="{reviewers} and {no_such} %(x)s {0}")
    top = draft.elements[0]
    assert "{reviewers} and {no_such} %(x)s {0}" in top.statement
    assert top.is_uninstantiated


def test_markup_in_an_answer_is_text():
    draft = made(pattern_called("P5"), decision="<script>alert(1)</script>")
    assert "<script>alert(1)</script>" in draft.elements[0].statement


def test_an_optional_answer_left_out_stays_a_place():
    draft = made(pattern_called("P5"), days=None, parts=["contest"])
    assert [element.key for element in draft.elements if element.is_uninstantiated] == ["G7"]


def test_what_is_optional_comes_only_when_it_is_asked_for():
    p5 = pattern_called("P5")
    assert "G7" in {element.key for element in made(p5, parts=["contest"]).elements}
    assert "G7" not in {element.key for element in made(p5, parts=[]).elements}


def test_of_two_ways_at_least_one_is_needed_and_both_are_shown():
    p2 = pattern_called("P2")
    routes = [
        {"name": "mail", "how": "inability"},
        {"name": "tools", "how": "control"},
        {"name": "chat", "how": "both"},
    ]
    draft = made(p2, routes=routes)
    steps = {element.key: element for element in draft.elements if element.pattern_key == "S2"}
    assert [steps[f"S2.{n}"].combine for n in (1, 2, 3)] == ["all", "all", "at_least"]
    assert steps["S2.3"].combine_k == 1
    assert steps["S2.3"].combine_reason
    keys = {element.key for element in draft.elements}
    assert {"G2a.1", "G2b.2", "G2a.3", "G2b.3"} <= keys
    assert not {"G2b.1", "G2a.2"} & keys


def test_numbers_are_kept_by_metrics_where_an_indicator_is_named():
    p1 = pattern_called("P1")
    draft = made(p1)
    assert len(draft.metrics) == 3
    assert draft.metrics[0].rule["threshold"] == 0.9
    assert made(p1, indicator="").metrics == []
    p5 = made(pattern_called("P5"))
    assert {(one.rule["threshold"], one.rule.get("threshold_high")) for one in p5.metrics} == {
        (2.0, 20.0),
        (80.0, None),
    }
    (fault,) = checked(pattern_called("P5"), {**answers_to(pattern_called("P5")), "low": 30})[1]
    assert fault.field == "high"


def test_modules_are_those_that_were_asked_for():
    draft = made(pattern_called("P8"), parts=["rights", "gpai"])
    assert [module.key for module in draft.modules] == ["M1", "rights", "gpai"]
    away = [element for element in draft.elements if element.kind == "away_goal"]
    assert {element.cites for element in away} == {"rights:G1", "gpai:G1"}
    assert all(element.statement for element in away)
    assert len(made(pattern_called("P7")).modules) == 7


def test_days_are_counted_from_the_day_of_use():
    draft = instantiate(pattern_called("P1"), answers_to(pattern_called("P1")), today=date(2026, 11, 30))
    (calendar,) = [one for one in draft.conditions if one.rule["detector"] == "calendar"]
    assert calendar.rule["config"]["on"] == "2027-02-28"


BROKEN = [
    ("G1", {"by": ["G9"]}, "G9"), ("G1", {"goal": "{nobody}"}, "nobody"), ("G1", {"each": "who"}, "who"),
    ("G1", {"when": {"what": ["x"]}}, "what"), ("G1", {"cites": "G1"}, "cites"), ("no:G1", {"goal": "x"}, "module"),
    ("X", {"thing": "x"}, "kind"), ("G1", {"goal": ""}, "says nothing"), ("G1", {"owner": "what"}, "person"),
]  # fmt: skip


@pytest.mark.parametrize(("id", "said", "named"), BROKEN, ids=[named for *_, named in BROKEN])
def test_a_template_that_contradicts_itself_is_refused(id, said, named):
    data = {"key": "P99", "version": 1, "title": "T", "purpose": "P", "source": "S",
            "questions": {"what": {"kind": "text", "ask": "What?"}},
            "elements": {"G1": {"goal": "It is {what}"}}}  # fmt: skip
    read_pattern(data)
    with pytest.raises(PatternBroken, match=named):
        read_pattern({**data, "elements": {**data["elements"], id: {"goal": "It is", **said} if id == "G1" else said}})


def test_random_answers_always_make_a_well_formed_argument():
    for seed in range(40):
        random = Random(seed)
        pattern = random.choice(patterns())
        answers = answers_to(pattern)
        for question in pattern.questions:
            if not question.is_required and random.random() < 0.5:
                answers.pop(question.name)
            elif question.kind == "list":
                answers[question.name] = answers[question.name][: random.randint(1, 3)]
            elif question.kind == "choices":
                low = int(question.low or 0)
                answers[question.name] = random.sample(question.values, random.randint(low, len(question.values)))
        draft = instantiate(pattern, answers, today=TODAY)
        assert refusals_in(draft) == []
        assert problems(draft, Level.BLOCKS) == set()
