"""Using a template and adopting what it says: at the action."""

import pytest
from django.core.exceptions import PermissionDenied

from aims.rules import RuleBroken
from aims.trail.models import Event
from cases.actions import (
    add_element,
    add_from_template,
    adopt_elements,
    edit_element,
    open_from_template,
    restate_element,
)
from cases.actions.templating import template_text
from cases.checking import problems_in
from cases.loading import load_case
from cases.models import AssuranceCase, Challenge, ClaimMetric, DegradationCondition, Element, Link
from cases.patterns import Person, pattern_called, patterns
from tests.cases.building import make_case, make_system
from tests.cases.test_patterns import answers_to

pytestmark = pytest.mark.django_db


def answers(pattern, cast):
    found = answers_to(pattern)
    person = Person(cast.owner.display_name, cast.owner.user.email)
    return {name: person if isinstance(value, Person) else value for name, value in found.items()}


def use(cast, key="P5", **other):
    pattern = pattern_called(key)
    return open_from_template(
        pattern=pattern,
        answers={**answers(pattern, cast), **other},
        system=make_system(cast, name=f"System of {key}"),
        title="Made of a template",
        purpose="Loans",
        accountable_owner=cast.owner,
        actor=cast.owner,
    )


@pytest.mark.parametrize("key", [pattern.key for pattern in patterns()])
def test_each_template_opens_a_case_with_its_conditions_and_doubts(acme, key):
    with acme:
        case = use(acme, key)
        rows = Element.objects.in_use().filter(case=case)
        assert {row.pattern for row in rows} == {f"{key}/1"}
        assert all(row.is_template_text for row in rows)
        assert rows.filter(key="G1", module__is_default=True, pattern_key="G1").exists()
        assert DegradationCondition.objects.filter(case=case, responder=acme.owner).exists()
        doubts = Challenge.objects.filter(case=case)
        assert doubts.count() == len(pattern_called(key).doubts)
        assert set(doubts.values_list("status", "raised_by")) == {("open", None)}
        assert all(doubt.came_with_a_template for doubt in doubts)
        problems = problems_in(load_case(case))
        assert [problem for problem in problems if problem.level == "B"] == []
        assert {problem.key for problem in problems if problem.rule == "WF-S19"} == {row.address for row in rows}
        assert not load_case(case).suspect_links


def test_an_owner_and_metrics_come_with_it(acme):
    with acme:
        case = use(acme)
        assert Element.objects.get(case=case, key="G3").owner == acme.owner
        assert ClaimMetric.objects.filter(element__case=case).count() == 2


def test_what_does_not_fit_opens_nothing(acme):
    with acme:
        with pytest.raises(RuleBroken, match="Which decision") as refused:
            use(acme, decision="")
        assert refused.value.field == "decision"
        assert not AssuranceCase.objects.exists()


def test_a_template_goes_below_a_claim_that_is_still_to_be_argued(acme):
    with acme:
        case = make_case(acme)
        top = Element.objects.get(case=case, key="G1")
        goal = add_element(
            case, kind="goal", statement="We notice it", parent=top, is_undeveloped=True, actor=acme.owner
        )
        p6 = pattern_called("P6")
        add_from_template(case, pattern=p6, answers=answers(p6, acme), below=goal, actor=acme.owner)
        goal.refresh_from_db()
        assert not goal.is_undeveloped
        below = Link.objects.get(source=goal)
        assert below.target.pattern_key == "G1"
        assert below.target.key not in ("G1", "G2")
        made = Element.objects.filter(case=case, pattern="P6/1")
        assert made.filter(pattern_key="G2").count() == 3
        assert [problem for problem in problems_in(load_case(case)) if problem.level == "B"] == []


def test_it_goes_nowhere_else(acme, globex):
    p6 = pattern_called("P6")
    with acme:
        case = make_case(acme)
        top = Element.objects.get(case=case, key="G1")
        given = answers(p6, acme)
        with pytest.raises(RuleBroken, match="one claim on top"):
            add_from_template(case, pattern=p6, answers=given, actor=acme.owner)
        solution = add_element(case, kind="solution", statement="Report", parent=top, actor=acme.owner)
        with pytest.raises(RuleBroken, match="carries no template"):
            add_from_template(case, pattern=p6, answers=given, below=solution, actor=acme.owner)
        with pytest.raises(PermissionDenied):
            add_from_template(case, pattern=p6, answers=given, below=top, actor=acme.observer)
        empty = make_case(acme, system=make_system(acme, name="Empty"), claim="")
        add_from_template(empty, pattern=p6, answers=given, actor=acme.owner)
        assert Element.objects.filter(case=empty).count() > 5


def test_adopting_makes_it_ones_own_and_says_so(acme):
    with acme:
        case = use(acme)
        row = Element.objects.get(case=case, key="G2")
        adopt_elements(case, read={"G2": row.statement}, actor=acme.owner)
        row.refresh_from_db()
        assert (row.adopted_by, row.modified_from_pattern) == (acme.owner, False)
        assert not row.is_template_text
        assert "G2" not in {one.address for one in template_text(case)}
        event = Event.objects.filter(event="cases.element.adopted").get()
        assert event.changes["element"] == "G2"
        adopt_elements(case, read={one.address: one.statement for one in template_text(case)}, actor=acme.owner)
        assert not [one for one in problems_in(load_case(case)) if one.rule == "WF-S19"]


def test_nothing_is_adopted_unread_twice_unfilled_or_by_others(acme):
    with acme:
        case = use(acme, days=None, parts=["contest"])
        row = Element.objects.get(case=case, key="G2")
        for read, message in (
            ({}, "Choose the statements"),
            ({"G2": "Something that it does not say"}, "says something else by now"),
            ({"G99": "x"}, "awaits no adoption"),
            ({"G7": Element.objects.get(case=case, key="G7").statement}, "still has the place {days}"),
        ):
            with pytest.raises(RuleBroken, match=message):
                adopt_elements(case, read=read, actor=acme.owner)
        with pytest.raises(PermissionDenied):
            adopt_elements(case, read={"G2": row.statement}, actor=acme.challenger)
        adopt_elements(case, read={"G2": row.statement}, actor=acme.owner)
        with pytest.raises(RuleBroken, match="awaits no adoption"):
            adopt_elements(case, read={"G2": row.statement}, actor=acme.owner)


def test_saying_it_anew_adopts_it_and_keeps_the_trace(acme):
    with acme:
        case = use(acme, days=None, parts=["contest"])
        row = Element.objects.get(case=case, key="G7")
        assert row.is_uninstantiated
        restate_element(row, revision=None, statement="Whoever contests is answered within a week", actor=acme.owner)
        row.refresh_from_db()
        assert (row.pattern, row.pattern_key, row.modified_from_pattern) == ("P5/1", "G7", True)
        assert row.adopted_by == acme.owner
        assert not row.is_uninstantiated
        other = Element.objects.get(case=case, key="G2")
        edit_element(other, revision=None, statement=other.statement, category="process", actor=acme.owner)
        other.refresh_from_db()
        assert other.is_template_text  # its words are still those of the template


def test_adopting_moves_no_standing(acme):
    with acme:
        case = use(acme)
        before = {row.pk: row.standing for row in Element.objects.filter(case=case)}
        adopt_elements(case, read={one.address: one.statement for one in template_text(case)}, actor=acme.owner)
        assert {row.pk: row.standing for row in Element.objects.filter(case=case)} == before
