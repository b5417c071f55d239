"""What a condition may say: something that a detector can watch for, or a refusal with the field and the remedy."""

import pytest
from django.core.exceptions import PermissionDenied

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.trail.models import Event
from cases.actions import (
    add_condition,
    add_element,
    add_module,
    edit_condition,
    report_condition,
    retire_condition,
    rule_out,
    withdraw_case,
)
from cases.actions.checks import said
from cases.checking import problems_in
from cases.condition_listing import on_what
from cases.loading import load_case
from cases.models import ConditionEvent, DegradationCondition, Element, Signal, StandingLevel
from tests.cases.building import make_case, make_sound_case
from tests.cases.measuring import make_metric
from tests.cases.watching import CONFIGS, make_condition, rule, standing_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(acme):
    with acme:
        return make_sound_case(acme)


REFUSED = [
    ("type", {"type": "weather"}),
    ("statement", {"statement": "  "}),
    ("detector", {"detector": "crystal_ball"}),
    ("source", {"config": {}}),
    ("source", {"config": {"source": "  "}}),
    ("source", {"config": {"source": 4}}),
    ("source", {"config": {"source": "a\x00b"}}),
    ("margin", {"config": {"source": "a", "comparator": "lt", "margin": 10**400}, "threshold": 0.5}),
    ("on", {"detector": "calendar", "config": {"on": "2030-W01-1"}}),
    ("on", {"detector": "calendar", "config": {"on": "20300101"}}),
    ("source", {"config": {"source": "x" * 501}}),
    ("surprise", {"config": {"source": "a", "surprise": "b"}}),
    ("comparator", {"config": {"source": "a"}, "threshold": 0.5}),
    ("threshold", {"config": {"source": "a", "comparator": "lt"}}),
    ("comparator", {"config": {"source": "a", "comparator": "about"}, "threshold": 0.5}),
    ("margin", {"config": {"source": "a", "comparator": "lt", "margin": -1}, "threshold": 0.5}),
    ("threshold", {"config": {"source": "a", "comparator": "lt"}, "threshold": float("nan")}),
    ("threshold", {"detector": "calendar", "config": CONFIGS["calendar"], "threshold": 1.0}),
    ("on", {"detector": "calendar", "config": {}}),
    ("on", {"detector": "calendar", "config": {"on": "2026-02-30"}}),
    ("on", {"detector": "calendar", "config": {"on": "tomorrow"}}),
    ("repeat_months", {"detector": "calendar", "config": {"on": "2030-01-01", "repeat_months": 0}}),
    ("events", {"detector": "registry_event", "config": {"events": []}}),
    ("events", {"detector": "registry_event", "config": {"events": ["new_version", "new_version"]}}),
    ("events", {"detector": "registry_event", "config": {"events": ["eclipse"]}}),
    ("threshold", {"detector": "evidence_age", "config": {}, "threshold": None}),
    ("threshold", {"detector": "evidence_age", "config": {}, "threshold": 0.5}),
    ("evidence", {"detector": "evidence_age", "config": {"evidence": 999}, "threshold": 30}),
    ("metric", {"detector": "metric_threshold", "config": CONFIGS["metric_threshold"], "threshold": 0.9}),
    ("comparator", {"detector": "metric_threshold", "config": {"metric": "cv-rate"}, "threshold": 0.9}),
    ("where", {"detector": "incident_link", "config": {}}),
    ("question", {"detector": "manual_attestation", "config": {}}),
    ("every_hours", {"every_hours": 0}),
    ("max_silence_hours", {"max_silence_hours": 23}),
    ("max_silence_hours", {"max_silence_hours": 10**6}),
    ("effect", {"effect": StandingLevel.HOLDS}),
    ("effect", {"effect": StandingLevel.UNDEVELOPED}),
    ("clear_after", {"clear_after": 0}),
    ("actions", {"actions": ["call_the_police"]}),
    ("respond_within_hours", {"actions": ["escalate"], "respond_within_hours": None}),
    ("respond_within_hours", {"respond_within_hours": 0}),
]


def test_what_nothing_can_watch_for_is_refused(acme, case):
    with acme:
        for field, change in REFUSED:
            with pytest.raises(RuleBroken) as refused:
                make_condition(acme, case, **change)
            assert refused.value.field == field, change
            assert refused.value.message.removesuffix(f" ({refused.value.rule})").endswith("."), change
        assert not DegradationCondition.objects.exists()


def test_a_responder_can_act(acme, case):
    with acme:
        for member in (acme.observer, acme.certifier, acme.executive, acme.auditor):
            with pytest.raises(RuleBroken) as refused:
                make_condition(acme, case, responder=member)
            assert refused.value.field == "responder"


def test_a_condition_belongs_to_a_claim_a_premise_or_the_case(acme, case):
    with acme:
        for key in ("S1", "Sn1"):
            with pytest.raises(RuleBroken) as refused:
                make_condition(acme, case, claim=key)
            assert refused.value.field == "element"
        make_condition(acme, case, claim="G2")
        assert make_condition(acme, case, claim=None).element is None


def test_a_detector_that_never_reported_is_a_doubt_and_no_alarm_for_the_author(acme, case):
    with acme:
        assert standing_of(case) == StandingLevel.HOLDS
        make_condition(acme, case)
        assert standing_of(case, "G2") == StandingLevel.WEAKENED
        assert standing_of(case, "G3") == StandingLevel.HOLDS
        assert standing_of(case) == StandingLevel.WEAKENED
        assert not Signal.objects.exists()


def test_what_the_server_watches_by_itself_has_looked_at_once(acme, case):
    with acme:
        for detector in ("registry_event", "calendar", "evidence_age"):
            row = make_condition(acme, case, detector=detector)
            assert row.last_evaluated_at is not None
            assert row.next_check_at is not None
        assert standing_of(case) == StandingLevel.HOLDS


def test_a_condition_of_the_whole_case_lowers_the_case_and_no_branch(acme, case):
    with acme:
        row = make_condition(acme, case, claim=None, effect=StandingLevel.DEFEATED)
        report_condition(row, seen="tripped", actor=acme.contributor)
        assert standing_of(case) == StandingLevel.DEFEATED
        assert standing_of(case, "G2") == StandingLevel.HOLDS


def test_the_trail_tells_of_condition_and_case(acme, case):
    with acme:
        row = make_condition(acme, case)
        events = Event.objects.filter(event="cases.condition.added")
        assert {event.target_id for event in events} == {row.pk, case.pk}
        assert row.events.get().kind == ConditionEvent.Kind.ADDED


def test_only_the_people_of_the_case_say_what_would_break_it(acme, case):
    with acme:
        element = Element.objects.get(case=case, key="G2")
        for member in (acme.contributor, acme.challenger, acme.executive, acme.observer):
            with pytest.raises(PermissionDenied):
                add_condition(case, element=element, actor=member, **rule())
            with pytest.raises(PermissionDenied):
                rule_out(case, type="model_update", reason="It is frozen.", actor=member)


def edited(row, cast, **fields):
    said = {
        name: getattr(row, name)
        for name in (
            "type", "statement", "detector", "config", "threshold", "every_hours", "max_silence_hours", "effect",
            "clear_after", "actions", "responder", "respond_within_hours",
        )
    }  # fmt: skip
    return edit_condition(row, revision=fields.pop("revision", None), **{**said, **fields}, actor=cast.owner)


def test_two_people_do_not_overwrite_each_other(acme, case):
    with acme:
        row = make_condition(acme, case)
        edited(row, acme, revision=1, every_hours=12)
        with pytest.raises(ChangedSinceOpened):
            edited(row, acme, revision=1, every_hours=6)


def test_while_it_is_in_effect_its_rule_stays(acme, case):
    with acme:
        row = report_condition(make_condition(acme, case), seen="tripped", actor=acme.contributor).condition
        for change in ({"effect": StandingLevel.WEAKENED}, {"clear_after": 2}, {"max_silence_hours": 999}):
            with pytest.raises(RuleBroken, match="Clear the condition first") as refused:
                edited(row, acme, **change)
            assert refused.value.field in change
        row = edited(row, acme, responder=acme.challenger, every_hours=48)
        assert row.responder == acme.challenger
        assert standing_of(case, "G2") == StandingLevel.UNSUPPORTED


def test_another_detector_has_to_report_anew(acme, case):
    with acme:
        row = report_condition(make_condition(acme, case), seen="ok", actor=acme.contributor).condition
        assert standing_of(case) == StandingLevel.HOLDS
        row = edited(row, acme, config={"source": "Another monitor"})
        assert row.last_evaluated_at is None
        assert standing_of(case) == StandingLevel.WEAKENED


def test_what_is_in_effect_is_not_retired_away(acme, case):
    with acme:
        row = report_condition(make_condition(acme, case), seen="suspected", actor=acme.contributor).condition
        with pytest.raises(RuleBroken, match="Clear the condition"):
            retire_condition(row, reason="It annoys", actor=acme.owner)
        report_condition(row, seen="ok", actor=acme.contributor)
        with pytest.raises(RuleBroken) as refused:
            retire_condition(row, reason=" ", actor=acme.owner)
        assert refused.value.field == "reason"
        row = retire_condition(row, reason="The monitor was switched off", actor=acme.owner)
        assert row.status == "retired"
        assert row.retired_reason == "The monitor was switched off"
        for again in (
            lambda: retire_condition(row, reason="Again", actor=acme.owner),
            lambda: report_condition(row, seen="ok", actor=acme.contributor),
            lambda: edited(row, acme, every_hours=2),
        ):
            with pytest.raises(RuleBroken, match="retired"):
                again()


def test_a_kind_of_change_is_ruled_out_once_with_a_reason(acme, case):
    with acme:
        with pytest.raises(RuleBroken) as refused:
            rule_out(case, type="model_update", reason="", actor=acme.owner)
        assert refused.value.field == "reason"
        row = rule_out(case, type="model_update", reason="The model is frozen by contract.", actor=acme.owner)
        assert row.status == "not_applicable"
        assert standing_of(case) == StandingLevel.HOLDS
        with pytest.raises(RuleBroken, match="already"):
            rule_out(case, type="model_update", reason="Again", actor=acme.owner)
        retire_condition(row, reason="The contract ended", actor=acme.owner)
        rule_out(case, type="model_update", reason="A new contract", actor=acme.owner)
        make_condition(acme, case, type="regulatory_change")
        with pytest.raises(RuleBroken, match="watches for this kind"):
            rule_out(case, type="regulatory_change", reason="No law", actor=acme.owner)


def test_a_metric_of_another_case_is_not_watched(acme, case):
    with acme:
        other = make_sound_case_of(acme)
        make_metric(acme, other)
        with pytest.raises(RuleBroken) as refused:
            make_condition(acme, case, detector="metric_threshold")
        assert refused.value.field == "metric"


def make_sound_case_of(cast):
    from tests.cases.building import grow, make_system

    other = make_case(cast, system=make_system(cast, "Other system"), purpose="Other")
    grow(other, cast, "goal", "G1", "Something else")
    return other


def test_a_withdrawn_case_stays_as_it_was(acme, case):
    with acme:
        row = make_condition(acme, case)
        withdraw_case(case, reason="Replaced", actor=acme.officer)
        with pytest.raises(RuleBroken, match="withdrawn"):
            report_condition(row, seen="tripped", actor=acme.contributor)
        with pytest.raises(RuleBroken, match="withdrawn"):
            make_condition(acme, case)


def test_what_is_missing_is_named_until_it_is_there(acme, case):
    """Rules WF-K01, K02, K04 and K06 over a stored case of tier T3."""

    def broken(rule):
        return {problem.key for problem in problems_in(load_case(case)) if problem.rule == rule}

    with acme:
        assert broken("WF-K01") == {"", "G2", "G3"}  # nothing at all is watched in the case
        assert len([one for one in problems_in(load_case(case)) if one.rule == "WF-K02"]) == 5
        row = make_condition(acme, case, actions=[])
        make_condition(acme, case, "G3", detector="calendar", type="time_elapsed")
        assert broken("WF-K01") == {"G2", "G3"}  # each needs two, and one that is not time
        make_condition(acme, case, detector="calendar", type="time_elapsed")
        assert broken("WF-K01") == {"G3"}
        assert broken("WF-K04") == broken("WF-K06") == {"G2"}
        report_condition(row, seen="ok", actor=acme.contributor)
        edited(row, acme, actions=["notify_owner"])
        assert broken("WF-K04") == broken("WF-K06") == set()
        for change in ("user_population_change", "model_update", "regulatory_change"):
            rule_out(case, type=change, reason="It cannot come.", actor=acme.owner)
        missing = [said(one) for one in problems_in(load_case(case)) if one.rule == "WF-K02"]
        assert len(missing) == 1 and "upstream data quality" in missing[0]


def test_a_condition_in_a_module_goes_by_its_address(acme, case):
    with acme:
        module = add_module(case, key="M2", title="People", actor=acme.owner)
        element = add_element(
            case, kind="goal", statement="People step in", module=module, is_undeveloped=True, actor=acme.officer
        )
        row = add_condition(case, element=element, actor=acme.officer, **rule())
        assert on_what(row) == element.address
        assert element.address.startswith("M2:")
