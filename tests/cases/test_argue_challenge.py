"""A doubt argued with elements of its own: drawn, listed, out of the authors' hands and out of the baseline."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from aims.rules import RuleBroken
from cases.access import Part
from cases.actions import (
    add_element,
    appoint,
    argue_challenge,
    bind_evidence,
    decide_challenge,
    edit_element,
    freeze_baseline,
    link_elements,
    reopen_challenge,
    report_condition,
    unbind_evidence,
    withdraw_challenge,
    withdraw_element,
)
from cases.argument import LinkKind, Role
from cases.checking import problems_in
from cases.evaluation import assess
from cases.loading import load_case
from cases.models import Challenge, Element, StandingLevel
from cases.selectors import figures_of
from tests.cases.building import make_evidence, make_sound_case
from tests.cases.challenging import at, make_challenge
from tests.cases.watching import make_condition, standing_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(acme):
    with acme:
        case = make_sound_case(acme)
        appoint(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.officer)
        return case


@pytest.fixture
def argued(acme, case):
    """Challenge 1 of G2, argued with the goal G4 and the solution Sn3 below it."""
    with acme:
        row = make_challenge(acme, case)
        row = argue_challenge(row, kind="goal", statement="Groups below fifty fare worse", actor=acme.challenger)
        return argue_challenge(
            row, kind="solution", statement="Count of small groups", evidence=make_evidence(acme, "Count").item,
            relevance="Rates by group", locator="p. 4", actor=acme.challenger,
        )  # fmt: skip


def rules(case):
    return {(one.rule, one.key) for one in problems_in(load_case(case))}


def test_a_counter_argument_stands_for_itself_and_costs_nothing_more(acme, case, argued):
    with acme:
        loaded = load_case(case)
        counter = loaded.by_key("G4")
        assert counter.role == Element.Role.COUNTER and loaded.by_key("Sn3").role == Element.Role.COUNTER
        assert [root.key for root in loaded.argument.roots] == ["G1"]
        assert standing_of(case, "G4") == StandingLevel.HOLDS
        assert standing_of(case) == StandingLevel.WEAKENED
        (link,) = [one for one in loaded.argument.links if one.kind is LinkKind.CHALLENGES]
        assert (link.source, link.target) == (counter.pk, loaded.by_key("G2").pk)
        assert not {key for _rule, key in rules(case)} & {"G4", "Sn3"}


def test_it_is_drawn_and_outlined_as_what_it_is(acme, case, argued, sign_in):
    with acme:
        figure = figures_of(assess(case))[0]
        assert {at(case, "G4").pk, at(case, "Sn3").pk} <= set(figure.elements)
        assert Role(at(case, "G4").role) is Role.COUNTER
    page = sign_in(acme.owner).get(reverse("cases:case_detail", args=["acme", 1]), {"element": "G4"}).content.decode()
    assert "Argues a challenge" in page and "Challenged" in page
    assert reverse("cases:element_edit", args=["acme", 1, "G4"]) not in page.split('id="element"')[1]


def test_authors_do_not_touch_it(acme, case, argued):
    with acme:
        counter, evidence = at(case, "G4"), at(case, "Sn3")
        acts = [
            lambda: edit_element(counter, revision=None, statement="All is well", actor=acme.owner),
            lambda: withdraw_element(evidence, reason="Gone", actor=acme.owner),
            lambda: add_element(case, kind="solution", statement="x", parent=counter, actor=acme.owner),
            lambda: link_elements(case, source=at(case, "G2"), target=evidence, actor=acme.owner),
            lambda: unbind_evidence(evidence.bindings.get(), reason="Gone", actor=acme.owner),
            lambda: bind_evidence(evidence, version=make_evidence(acme, "Other"), actor=acme.owner),
        ]
        for act in acts:
            with pytest.raises(RuleBroken, match="argues a challenge"):
                act()


def test_a_doubt_does_not_change_what_is_frozen(acme, case):
    with acme:
        before = freeze_baseline(case, reason="Review", actor=acme.officer)
        row = make_challenge(acme, case)
        argue_challenge(row, kind="goal", statement="Groups below fifty fare worse", actor=acme.challenger)
        assert freeze_baseline(case, reason="Again", actor=acme.officer).pk == before.pk


def test_what_is_sustained_without_evidence_is_named_before_submission(acme, case):
    with acme:
        row = make_challenge(acme, case)
        row = decide_challenge(row, verdict="sustained", rationale="So", actor=acme.executive)
        assert ("WF-D05", "G2") in rules(case)
        evidence = make_evidence(acme, "Count").item
        argue_challenge(row, kind="solution", statement="Count", evidence=evidence, actor=acme.challenger)
        assert ("WF-D05", "G2") not in rules(case)


def test_the_counter_argument_rests_with_a_challenge_that_was_taken_back(acme, case, argued):
    with acme:
        row = withdraw_challenge(argued, reason="Counted twice", actor=acme.challenger)
        loaded = load_case(case)
        assert loaded.by_key("G4") is None and loaded.by_key("Sn3") is None
        assert standing_of(case) == StandingLevel.HOLDS
        with pytest.raises(RuleBroken, match="withdrawn"):
            argue_challenge(row, kind="solution", statement="x", actor=acme.challenger)
        reopen_challenge(row, reason="I did not", actor=acme.challenger)
        assert load_case(case).by_key("Sn3") is not None


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "strategy"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"statement": "  "}, "statement"),
        ({"kind": "goal", "evidence": 1}, "evidence"),
    ],
)
def test_garbage_is_refused(acme, case, said, field):
    with acme:
        row = make_challenge(acme, case)
        if said.get("evidence"):
            said = {**said, "evidence": make_evidence(acme, "Count").item}
        with pytest.raises(RuleBroken) as refused:
            argue_challenge(row, **{"kind": "goal", "statement": "It is not so", **said}, actor=acme.challenger)
        assert refused.value.field == field
        for member in (acme.observer, acme.contributor):
            with pytest.raises(PermissionDenied):
                argue_challenge(row, kind="goal", statement="x", actor=member)


def test_by_page_and_by_api(acme, case, sign_in):
    with acme:
        make_challenge(acme, case)
    browser = sign_in(acme.challenger)
    address = reverse("cases:challenge_argue", args=["acme", 1])
    assert "cannot change it" in browser.get(address).content.decode()
    assert browser.post(address, {"kind": "goal", "statement": "Small groups fare worse"}).status_code == 302
    assert (
        "Small groups fare worse" in browser.get(reverse("cases:challenge_detail", args=["acme", 1])).content.decode()
    )
    said = {"kind": "solution", "statement": "A count"}
    made = browser.post("/api/v1/o/acme/challenges/1/argue/", json.dumps(said), "application/json")
    assert made.json()["counter_element"] == "G4", made.content
    assert sign_in(acme.observer).get(address).status_code == 403


def test_a_condition_that_comes_true_raises_one_challenge_that_outlives_it(acme, case):
    with acme:
        condition = make_condition(acme, case, actions=["notify_owner", "open_challenge"], clear_after=1)
        report_condition(condition, seen="ok", actor=acme.contributor)
        for seen in ("tripped", "ok", "tripped", "ok"):
            condition.refresh_from_db()
            report_condition(condition, seen=seen, actor=acme.contributor)
        (row,) = Challenge.objects.all()
        assert (row.raised_by, row.target.key, row.status) == (None, "G2", "open")
        condition.refresh_from_db()
        assert condition.status == "cleared"
        assert standing_of(case, "G2") == StandingLevel.WEAKENED
        whole = make_condition(acme, case, claim=None, actions=["open_challenge"])
        report_condition(whole, seen="tripped", actor=acme.contributor)
        assert Challenge.objects.latest("number").target.key == "G1"


def test_a_condition_raises_none_unless_told(acme, case):
    with acme:
        report_condition(make_condition(acme, case), seen="tripped", actor=acme.contributor)
        assert not Challenge.objects.exists()
