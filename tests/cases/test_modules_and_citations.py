"""Modules, away elements that cite public ones, links that await a review: at the actions."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from aims.rules import RuleBroken
from cases.actions import (
    add_element,
    add_module,
    checks,
    edit_element,
    edit_module,
    freeze_baseline,
    hold_down,
    link_elements,
    move_link,
    remove_module,
    restate_element,
    review_links,
    withdraw_case,
    withdraw_element,
)
from cases.actions import argument as limits
from cases.checking import problems_in
from cases.evaluation import assess
from cases.forecasting import falls_ahead, forecast_of
from cases.loading import load_case
from cases.models import ArgumentModule, AssuranceCase, Element, Link, StandingLevel
from cases.sweep import reevaluate_due
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case, make_system

pytestmark = pytest.mark.django_db
HOLDS, WEAKENED, UNSUPPORTED, UNDEVELOPED = (
    StandingLevel.HOLDS, StandingLevel.WEAKENED, StandingLevel.UNSUPPORTED, StandingLevel.UNDEVELOPED,
)  # fmt: skip


def refused(words, act, *args, **rest):
    with pytest.raises(RuleBroken, match=words), transaction.atomic():
        act(*args, **rest)


def of(case, address):
    return Element.objects.in_use().filter(case=case).addressed(address).get()


def standing(case):
    return AssuranceCase.objects.get(pk=case.pk).standing


def edited(element, actor, **fields):
    return edit_element(element, revision=None, statement=element.statement, actor=actor, **fields)


@pytest.fixture
def platform(acme):
    """A sound case about the platform that many systems use; its claim on top is public."""
    with acme:
        case = make_sound_case(acme)
        edited(of(case, "G1"), acme.officer, is_public=True)
        return case


@pytest.fixture
def citing(acme, platform):
    """A case whose only support is the platform's public claim."""
    with acme:
        case = make_case(acme, system=make_system(acme, "Chat assistant"), purpose="Answers")
        grow(case, acme, "away_goal", "G1", statement="", cites=of(platform, "G1"))
        return case


def test_every_case_has_one_default_module_and_keys_count_in_each(acme):
    with acme:
        case = make_case(acme)
        assert ArgumentModule.objects.get(case=case).is_default
        module = add_module(case, title="Operation", actor=acme.officer)
        goal = grow(case, acme, "goal", statement="It runs", module=module)
        assert (module.key, goal.key, goal.address) == ("M2", "G1", "M2:G1")
        refused("already", add_module, case, title="Again", key="M2", actor=acme.officer)
        refused("belong to different modules", link_elements, case, source=of(case, "G1"), target=goal,
                actor=acme.officer)  # fmt: skip
        refused("first module", remove_module, case.modules.get(is_default=True), actor=acme.officer)
        refused("has elements", remove_module, module, actor=acme.officer)
        empty = add_module(case, title="Empty", is_contract=True, actor=acme.officer)
        edit_module(empty, revision=1, title="Emptier", actor=acme.officer)
        remove_module(empty, actor=acme.officer)
        assert case.modules.count() == 2


def test_an_away_goal_stands_as_what_it_cites(acme, platform, citing):
    with acme:
        assert of(citing, "AG1").statement == of(platform, "G1").statement
        assert standing(citing) == HOLDS
        hold_down(of(platform, "G3"), to=UNSUPPORTED, reason="A doubt", actor=acme.officer)
        assert AssuranceCase.objects.get(pk=citing.pk).next_transition_at < timezone.now()  # due
        assert assess(AssuranceCase.objects.get(pk=citing.pk)).standing == UNSUPPORTED
        reevaluate_due(timezone.now())
        assert standing(citing) == UNSUPPORTED
        (cause,) = assess(AssuranceCase.objects.get(pk=citing.pk)).causes()
        assert cause.reason == "cited_below"
        assert "case 1" in cause.label


def test_what_time_does_to_the_cited_case_falls_on_the_citing_one_without_a_sweep(acme, platform, citing):
    with acme:
        later = timezone.now() + timedelta(days=91)
        row = AssuranceCase.objects.get(pk=citing.pk)
        assert row.next_transition_at == AssuranceCase.objects.get(pk=platform.pk).next_transition_at
        (shown,) = AssuranceCase.objects.filter(pk=citing.pk).as_of(later)
        assert shown.standing == UNSUPPORTED


def test_the_forecast_knows_what_falls_in_the_cited_case(acme, platform, citing):
    with acme:
        third = make_case(acme, system=make_system(acme, "Third"), purpose="Third")
        edited(of(citing, "G1"), acme.officer, is_public=True)
        grow(third, acme, "away_goal", "G1", statement="", cites=of(citing, "G1"))
        for case in (citing, third):
            soon, _later, last = forecast_of(assess(AssuranceCase.objects.get(pk=case.pk)), (30, 60, 95))
            assert (soon.standing, last.standing) == (HOLDS, UNSUPPORTED)
            assert {fall.element and fall.element.address for fall in last.falls} == {"G1", "AG1", None}
            assert "which no longer holds there from" in last.falls[0].causes[0]["sentence"]
            (whole,) = falls_ahead([AssuranceCase.objects.get(pk=case.pk)], timezone.now(), 95)
            assert (whole.before, whole.after) == (HOLDS, UNSUPPORTED)


@pytest.mark.parametrize("act", ["withdraw", "hide", "withdraw the case"])
def test_what_is_no_longer_to_be_relied_on_carries_nothing(acme, platform, citing, act):
    with acme:
        if act == "withdraw":
            Link.objects.filter(case=platform).delete()
            withdraw_element(of(platform, "G1"), reason="Wrong", actor=acme.officer)
        elif act == "hide":
            edited(of(platform, "G1"), acme.officer)
        else:
            withdraw_case(platform, reason="Replaced", actor=acme.officer)
        reevaluate_due(timezone.now())
        assert standing(citing) == UNSUPPORTED
        (cause,) = assess(AssuranceCase.objects.get(pk=citing.pk)).causes()
        assert cause.reason == "cited_not_live"


def test_only_a_public_element_of_the_right_kind_is_cited(acme, platform):
    with acme:
        case = make_case(acme, purpose="Other", system=platform.system)
        refused("is not public", grow, case, acme, "away_goal", "G1", cites=of(platform, "G2"))
        refused("is no Solution", grow, case, acme, "away_solution", "G1", cites=of(platform, "G1"))
        refused("Choose the public element", grow, case, acme, "away_goal", "G1")
        refused("belongs to this module", grow, platform, acme, "away_goal", "S1", cites=of(platform, "G1"))
        grow(case, acme, "away_goal", "G1", cites=of(platform, "G1"))
        refused("nothing can be put below it here", grow, case, acme, "goal", "AG1")


def test_cases_that_would_rest_on_each_other_are_refused(acme, platform, citing):
    with acme:
        edited(of(citing, "G1"), acme.officer, is_public=True)
        third = make_case(acme, system=make_system(acme, "Third"), purpose="Third")
        grow(third, acme, "away_goal", "G1", cites=of(citing, "G1"))
        edited(of(third, "G1"), acme.officer, is_public=True)
        refused("Case 1 → Case 3 → Case 2 → Case 1", grow, platform, acme, "away_goal", "S1", cites=of(third, "G1"))
        assert not Element.objects.filter(case=platform, kind="away_goal").exists()


def test_modules_that_would_rest_on_each_other_are_refused(acme):
    with acme:
        case = make_sound_case(acme)
        module = add_module(case, title="Operation", actor=acme.officer)
        grow(case, acme, "goal", statement="It runs", module=module, is_public=True)
        grow(case, acme, "away_goal", "S1", cites=of(case, "M2:G1"))
        edited(of(case, "G3"), acme.officer, is_public=True)
        refused("Modules would rest on each other", grow, case, acme, "away_goal", "M2:G1", cites=of(case, "G3"))


def test_a_module_reference_rests_on_all_that_is_public_there(acme):
    with acme:
        case = make_case(acme)
        module = add_module(case, title="Operation", actor=acme.officer)
        grow(case, acme, "module_ref", "G1", statement="", cites_module=module)
        assert standing(case) == UNDEVELOPED
        grow(case, acme, "goal", statement="It runs", module=module, is_public=True)
        solution = add_element(case, kind="solution", statement="Log", parent=of(case, "M2:G1"), actor=acme.officer)
        bind(case, acme, solution.key, make_evidence(acme))
        assert standing(case) == HOLDS


def test_the_rules_name_what_was_cited_and_is_gone(acme, platform, citing):
    with acme:
        grow(citing, acme, "module_ref", "G1", statement="", cites_module=platform.modules.get())
        edited(of(platform, "G3"), acme.officer, is_public=True)
        solution = of(platform, "Sn1")
        edited(solution, acme.officer, is_public=True)
        grow(citing, acme, "away_solution", "G1", statement="", cites=solution)
        edited(of(platform, "Sn1"), acme.officer)
        assert ("WF-M01", "ASn1") in broken(citing)
        assert {("WF-M04", "AG1"), ("WF-M04", "MR1")} <= broken(citing), "nobody has decided on what is cited"
        assert ("WF-M04", "G1") in broken(citing), "nothing says that the other context fits"
        decided = freeze_baseline(platform, reason="Decided", actor=acme.officer)
        AssuranceCase.objects.filter(pk=platform.pk).update(status="live", live_baseline=decided)
        assert {rule for rule in broken(citing) if rule[0] == "WF-M04"} == {("WF-M04", "G1")}
        grow(citing, acme, "justification", "G1", "Both are about small loans in one country")
        assert not [rule for rule in broken(citing) if rule[0] == "WF-M04"]
        AssuranceCase.objects.filter(pk=platform.pk).update(status="draft", live_baseline=None)
        withdraw_case(platform, reason="Replaced", actor=acme.officer)
        assert {("WF-M04", "AG1"), ("WF-M04", "MR1")} <= broken(citing)


def broken(case):
    loaded = load_case(AssuranceCase.objects.select_related("system", "accountable_owner").get(pk=case.pk))
    return {(problem.rule, problem.key) for problem in problems_in(loaded)}


def test_a_contract_carries_the_goal_that_it_names(acme):
    with acme:
        case = make_case(acme)
        edited(of(case, "G1"), acme.officer, is_public=True, is_supported_by_contract=True)
        provider = add_module(case, title="Provider", actor=acme.officer)
        grow(case, acme, "goal", statement="It is provided", module=provider, is_public=True,
             declaration="axiomatic", declaration_reason="By law")  # fmt: skip
        contract = add_module(case, title="Contract", is_contract=True, actor=acme.officer)
        assert standing(case) == UNDEVELOPED
        consumer = grow(case, acme, "away_goal", statement="", module=contract, cites=of(case, "G1"))
        add_element(case, kind="away_goal", parent=consumer, cites=of(case, "M2:G1"), actor=acme.officer)
        assert standing(case) == HOLDS
        hold_down(of(case, "M2:G1"), to=WEAKENED, reason="A doubt", actor=acme.officer)
        assert standing(case) == WEAKENED


def test_an_edit_leaves_its_links_to_be_looked_at(acme):
    with acme:
        case = make_sound_case(acme)
        restate_element(of(case, "G2"), revision=None, statement="Rates hardly differ", actor=acme.officer)
        assert standing(case) == WEAKENED
        assert len(load_case(case).suspect_links) == 2
        (cause, _other) = assess(case).causes()
        assert cause.reason == "link_suspect"
        review_links(case, actor=acme.officer)
        assert standing(case) == HOLDS
        refused("No such link awaits", review_links, case, actor=acme.officer)
        restate_element(of(case, "G2"), revision=None, statement="Rates differ little", actor=acme.officer,
                        links_still_hold=True)  # fmt: skip
        assert standing(case) == HOLDS


def test_a_cited_claim_that_says_something_else_makes_the_citing_link_suspect(acme, platform, citing):
    with acme:
        goal = of(platform, "G1")
        edit_element(goal, revision=None, statement="Something else", is_public=True, links_still_hold=True,
                     actor=acme.officer)  # fmt: skip
        reevaluate_due(timezone.now())
        assert standing(platform) == HOLDS
        assert standing(citing) == WEAKENED
        review_links(citing, actor=acme.officer)
        assert standing(citing) == HOLDS


def test_what_is_taken_as_given_says_why(acme):
    with acme:
        case = make_case(acme)
        refused("without a reason", edited, of(case, "G1"), acme.officer, declaration="axiomatic")
        edited(
            of(case, "G1"), acme.officer, declaration="axiomatic", declaration_reason="Arithmetic", category="process"
        )
        assert standing(case) == HOLDS
        assert of(case, "G1").category == "process"


def names(case, parent):
    rows = Link.objects.filter(case=case, source=of(case, parent)).order_by("ordinal", "id")
    return [row.target.key for row in rows]


def link_to(case, key):
    return Link.objects.filter(case=case, target=of(case, key)).first()


def test_elements_move_by_one_step(acme):
    with acme:
        case = make_sound_case(acme)
        grow(case, acme, "goal", "S1", "A third")
        move_link(link_to(case, "G4"), direction="up", actor=acme.officer)
        assert names(case, "S1") == ["G2", "G4", "G3"]
        refused("is the first", move_link, link_to(case, "G2"), direction="up", actor=acme.officer)
        move_link(link_to(case, "G4"), direction="in", actor=acme.officer)
        assert names(case, "G2") == ["Sn1", "G4"]
        moved = move_link(link_to(case, "G4"), direction="out", actor=acme.officer)
        assert (names(case, "S1"), moved.source.key) == (["G2", "G4", "G3"], "S1")
        refused("directly below the top", move_link, link_to(case, "S1"), direction="out", actor=acme.officer)
        assert not load_case(case).suspect_links


def test_an_element_is_added_right_behind_another(acme):
    with acme:
        case = make_sound_case(acme)
        add_element(case, kind="goal", statement="Between", parent=of(case, "S1"), after=of(case, "G2"),
                    actor=acme.officer)  # fmt: skip
        assert names(case, "S1") == ["G2", "G4", "G3"]


def test_an_argument_stays_of_a_size_that_can_be_read(acme, monkeypatch):
    with acme:
        case = make_case(acme)
        refused("up to 5000 letters", grow, case, acme, "goal", "G1", "x" * 5001)
        monkeypatch.setattr(checks, "MOST_DEEP", 3)
        for n in range(1, 3):
            grow(case, acme, "goal", f"G{n}")
        refused("3 steps deep", grow, case, acme, "goal", "G3")
        monkeypatch.setattr(limits, "MOST_ELEMENTS", 3)
        refused("3 elements at most", grow, case, acme, "goal", "G1")
        refused("3 elements at most", limits.refuse_too_many, case, more=50_000)
