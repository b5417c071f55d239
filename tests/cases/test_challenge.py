"""A doubt costs the standing of what it doubts until somebody else decides; what refutes it must hold, and go on holding."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from time_machine import travel

from aims.integrations.models import Notification
from aims.rules import ChangedSinceOpened, RuleBroken
from cases.access import Part
from cases.actions import (
    accept_challenge,
    answer_challenge,
    appoint,
    bind_evidence,
    decide_challenge,
    dismiss,
    edit_challenge,
    link_elements,
    raise_challenge,
    reopen_challenge,
    unlink_elements,
    withdraw_case,
    withdraw_challenge,
    withdraw_element,
)
from cases.challenges import challenge_fact, state_key
from cases.evaluation import assess
from cases.forecasting import forecast_of
from cases.loading import load_cases, load_in_force
from cases.models import Challenge, ChallengeEvent, Link, Signal, StandingLevel, StandingTransition
from cases.reviews import open_blocking_challenges
from cases.scale import Reason
from cases.sweep import reevaluate_due
from evidence.actions import review_version
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case
from tests.cases.challenging import at, make_challenge
from tests.cases.watching import standing_of

pytestmark = pytest.mark.django_db
DEFEATED, UNSUPPORTED, UNDEVELOPED, WEAKENED, HOLDS = StandingLevel


@pytest.fixture
def case(acme):
    """A case that holds, with a challenger."""
    with acme:
        case = make_sound_case(acme)
        appoint(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.officer)
        return case


@pytest.fixture
def answer(acme, case):
    """G4, a claim of its own with evidence of ten days, that can answer a doubt about G2."""
    with acme:
        grow(case, acme, "goal", "S1", "Groups of fewer than fifty are reported apart")
        grow(case, acme, "solution", "G4", "Report by small group")
        bind(case, acme, "Sn3", make_evidence(acme, "Report by small group", days=10))
        return at(case, "G4")


def refuted(cast, case, answer, **fields):
    """Raised, answered and refuted, each by somebody else."""
    row = make_challenge(cast, case, **fields)
    row = answer_challenge(row, response="They are reported apart.", response_element=answer, actor=cast.owner)
    return decide_challenge(row, verdict="refuted", rationale="The report shows each.", actor=cast.executive)


def sweep():
    reevaluate_due(timezone.now())


@pytest.mark.parametrize(
    ("severity", "claim", "whole"),
    [("minor", WEAKENED, WEAKENED), ("major", WEAKENED, WEAKENED), ("blocking", UNSUPPORTED, UNSUPPORTED)],
)
def test_an_open_doubt_costs_its_claim_at_once(acme, case, severity, claim, whole):
    with acme:
        assert standing_of(case) == HOLDS
        row = make_challenge(acme, case, severity=severity)
        assert (standing_of(case, "G2"), standing_of(case), standing_of(case, "G3")) == (claim, whole, HOLDS)
        (cause,) = assess(case).causes()
        assert cause.reason is Reason.CHALLENGE_OPEN
        assert f"{row.number} “Small groups" in Signal.objects.latest("number").sentence
        assert Notification.objects.filter(member=acme.owner, event="cases.challenge.raised").count() == 1


def test_a_doubt_about_a_step_costs_that_leg_and_neither_end(acme, case):
    with acme:
        make_challenge(acme, case, "G2", "Sn1", severity="blocking")
        assert standing_of(case, "Sn1") == HOLDS
        assert standing_of(case, "G2") == UNSUPPORTED
        (cause,) = assess(case).causes()
        assert "step to Sn1" in cause.label


def test_sustained_defeats_the_claim_and_not_what_rests_on_it(acme, case):
    with acme:
        row = make_challenge(acme, case)
        decide_challenge(row, verdict="sustained", rationale="They are.", actor=acme.executive)
        assert (standing_of(case, "G2"), standing_of(case)) == (DEFEATED, UNSUPPORTED)


def test_a_sustained_doubt_about_a_step_ends_that_leg(acme, case):
    with acme:
        row = make_challenge(acme, case, "G2", "Sn1")
        decide_challenge(row, verdict="sustained", rationale="The test is of last year.", actor=acme.executive)
        assert standing_of(case, "G2") == UNSUPPORTED


def test_answering_alone_lifts_nothing(acme, case, answer):
    with acme:
        row = make_challenge(acme, case)
        row = answer_challenge(row, response="They are reported apart.", response_element=answer, actor=acme.owner)
        assert (row.status, standing_of(case, "G2")) == ("open", WEAKENED)
        assert Notification.objects.filter(member=acme.challenger, event="cases.challenge.answered").exists()


def test_a_refuted_challenge_reopens_when_its_response_evidence_expires(acme, case, answer):
    with acme:
        row = refuted(acme, case, answer, severity="blocking")
        assert (row.status, standing_of(case, "G2"), standing_of(case)) == ("refuted", HOLDS, HOLDS)
        with travel(timezone.now() + timedelta(days=11), tick=False):
            # Reading evaluates at now, before any sweep; then the sweep writes it down and tells people.
            shown = Challenge.objects.with_case().as_of(timezone.now()).get(pk=row.pk)
            assert state_key(shown) == "lapsed"
            assert [one.number for one in open_blocking_challenges(case)] == [row.number]
            sweep()
            row.refresh_from_db()
            assert (row.status, state_key(row)) == ("refuted", "lapsed")
            assert standing_of(case, "G2") == UNSUPPORTED
            assert row.events.latest("at").kind == "lapsed"
            said = Notification.objects.get(member=acme.challenger, event="cases.challenge.lapsed").sentence
            assert "is back: its answer, G4, no longer holds" in said
            assert any(cause["key"] == "Sn3" for cause in Signal.objects.latest("number").causes)
            sweep()
            assert row.events.filter(kind="lapsed").count() == 1
            bind_evidence(
                at(case, "Sn3"), version=make_evidence(acme, "Newer report", days=90), locator="p. 1",
                relevance="Each group", actor=acme.officer,
            )  # fmt: skip
            # Both are bound, and the old one still counts: only its renewal or removal brings the answer back.
            assert standing_of(case, "G4") == UNSUPPORTED
            case.elements.get(key="Sn3").bindings.order_by("created_at").first().delete()
            assess_again(case, acme)
            row.refresh_from_db()
            assert (state_key(row), row.events.latest("at").kind) == ("refuted", "answer_back")
            assert standing_of(case, "G2") == HOLDS


def assess_again(case, cast):
    from cases.evaluation import reevaluate

    reevaluate(case, actor=cast.officer)


def test_the_lapse_of_an_answer_is_forecast(acme, case, answer):
    with acme:
        refuted(acme, case, answer, about="G3")
        falls = [fall for horizon in forecast_of(assess(case)) for fall in horizon.falls]
        assert "G3" in {fall.element.address for fall in falls if fall.element}


def test_what_does_not_hold_now_answers_nothing(acme, case, answer):
    with acme:
        grow(case, acme, "goal", "S1", "Not argued yet")
        row = make_challenge(acme, case)
        with pytest.raises(RuleBroken, match="G5 is undeveloped now"):
            decide_challenge(
                row, verdict="refuted", rationale="So be it", response_element=at(case, "G5"), actor=acme.executive
            )
        with pytest.raises(RuleBroken, match="a word alone refutes nothing"):
            decide_challenge(row, verdict="refuted", rationale="So be it", actor=acme.executive)
        assert standing_of(case, "G2") == WEAKENED


def test_an_answer_rests_on_nothing_of_what_it_answers(acme, case, answer):
    with acme:
        row = make_challenge(acme, case, "G2")
        for key in ("G1", "S1"):
            with pytest.raises(RuleBroken, match="rest on itself|cannot answer"):
                answer_challenge(row, response="So there.", response_element=at(case, key), actor=acme.owner)
        with pytest.raises(RuleBroken, match="cannot answer the doubt"):
            answer_challenge(row, response="So there.", response_element=at(case, "G2"), actor=acme.owner)
        answer_challenge(row, response="So there.", response_element=answer, actor=acme.owner)
        with pytest.raises(RuleBroken, match="rest on itself"):
            link_elements(case, source=answer, target=at(case, "G2"), actor=acme.owner)
        other = make_challenge(acme, case, "G4")
        with pytest.raises(RuleBroken, match="rest on itself"):
            answer_challenge(other, response="So there.", response_element=at(case, "G2"), actor=acme.owner)


def test_an_answer_of_another_case_is_refused(acme, case):
    with acme:
        other = make_case(acme, system=case.system, title="Another", purpose="Another purpose")
        row = make_challenge(acme, case)
        with pytest.raises(RuleBroken, match="not part of this argument"):
            answer_challenge(row, response="So there.", response_element=at(other, "G1"), actor=acme.owner)


def test_residual_weakens_until_its_day_and_is_open_after_it(acme, case):
    with acme:
        row = make_challenge(acme, case, severity="blocking")
        until = timezone.localdate() + timedelta(days=30)
        row = accept_challenge(
            row, significance="manageable", until=until, rationale="Rare, and seen by hand.", actor=acme.executive
        )
        assert (row.accepted_by, standing_of(case, "G2")) == (acme.executive, WEAKENED)
        assert open_blocking_challenges(case) == []
        with travel(timezone.now() + timedelta(days=32), tick=False):
            sweep()
            row.refresh_from_db()
            assert (state_key(row), standing_of(case, "G2")) == ("expired", UNSUPPORTED)
            assert open_blocking_challenges(case) == [row]
            renewed = timezone.localdate() + timedelta(days=10)
            accept_challenge(row, significance="negligible", until=renewed, rationale="Mended.", actor=acme.executive)
            assert standing_of(case, "G2") == HOLDS


@pytest.mark.parametrize("days", [None, 0, -1, 367, 100_000])
def test_an_acceptance_has_an_end_within_a_year(acme, case, days):
    with acme:
        row = make_challenge(acme, case)
        until = None if days is None else timezone.localdate() + timedelta(days=days)
        with pytest.raises(RuleBroken, match="Give a day after today") as refused:
            accept_challenge(row, significance="negligible", until=until, rationale="Rare", actor=acme.executive)
        assert refused.value.field == "until"


@pytest.mark.parametrize("who", ["owner", "officer", "challenger", "contributor", "auditor", "observer"])
def test_only_a_decider_accepts(acme, case, who):
    with acme:
        row = make_challenge(acme, case)
        until = timezone.localdate() + timedelta(days=30)
        with pytest.raises(PermissionDenied):
            accept_challenge(row, significance="negligible", until=until, rationale="Rare", actor=getattr(acme, who))


def test_nobody_decides_in_a_matter_of_their_own(acme, case, answer):
    with acme:
        raised = make_challenge(acme, case)
        for member in (acme.challenger, acme.owner, acme.officer, acme.contributor, acme.auditor, acme.observer):
            # Raised it, answers for the case, wrote the claim (by the trail), has no say, has no say, only reads.
            with pytest.raises(PermissionDenied):
                decide_challenge(raised, verdict="sustained", rationale="So be it", actor=member)
        by_other = make_challenge(acme, case, "G3", by=acme.executive)
        with pytest.raises(PermissionDenied):
            decide_challenge(by_other, verdict="sustained", rationale="So be it", actor=acme.executive)
        until = timezone.localdate() + timedelta(days=30)
        with pytest.raises(PermissionDenied):
            accept_challenge(by_other, significance="negligible", until=until, rationale="Rare", actor=acme.executive)
        assert (
            decide_challenge(by_other, verdict="sustained", rationale="So", actor=acme.challenger).status == "sustained"
        )


def test_who_answered_does_not_decide(acme, case, answer):
    with acme:
        row = make_challenge(acme, case)
        row = answer_challenge(row, response="Reported apart.", response_element=answer, actor=acme.officer)
        with pytest.raises(PermissionDenied):
            decide_challenge(row, verdict="refuted", rationale="So be it", actor=acme.officer)


def test_a_challenger_who_was_dismissed_decides_no_more(acme, case):
    with acme:
        row = make_challenge(acme, case, by=acme.executive)
        dismiss(case, member=acme.challenger, part=Part.CHALLENGER, actor=acme.officer)
        with pytest.raises(PermissionDenied):
            decide_challenge(row, verdict="sustained", rationale="So", actor=acme.challenger)
        with pytest.raises(PermissionDenied):
            make_challenge(acme, case, by=acme.challenger)


@pytest.mark.parametrize("who", ["observer", "certifier", "contributor"])
def test_only_the_people_of_the_case_and_who_looks_into_all_raise_doubts(acme, case, who):
    with acme, pytest.raises(PermissionDenied):
        make_challenge(acme, case, by=getattr(acme, who))


def test_an_internal_auditor_raises_a_doubt(acme, case):
    with acme:
        assert make_challenge(acme, case, by=acme.auditor).raised_by == acme.auditor


def test_the_raiser_takes_it_back_and_words_it_while_it_is_open(acme, case):
    with acme:
        row = make_challenge(acme, case)
        with pytest.raises(PermissionDenied):
            withdraw_challenge(row, reason="I do not like it", actor=acme.owner)
        row = edit_challenge(
            row, revision=row.revision, attack="rebut", severity="blocking", statement="Graver.", actor=acme.challenger
        )
        assert standing_of(case, "G2") == UNSUPPORTED
        with pytest.raises(ChangedSinceOpened):
            edit_challenge(row, revision=1, attack="rebut", severity="minor", statement="Late.", actor=acme.challenger)
        row = withdraw_challenge(row, reason="I misread the table", actor=acme.challenger)
        assert (row.status, standing_of(case, "G2")) == ("withdrawn", HOLDS)
        row = reopen_challenge(row, reason="I did not", actor=acme.challenger)
        assert (row.status, standing_of(case, "G2")) == ("open", UNSUPPORTED)


def test_a_governance_officer_takes_back_the_doubt_of_somebody_who_left(acme, case):
    with acme:
        row = make_challenge(acme, case)
        with pytest.raises(PermissionDenied):
            withdraw_challenge(row, reason="Nobody is left to ask", actor=acme.officer)
        acme.challenger.is_active = False
        acme.challenger.save(update_fields=["is_active"])
        assert withdraw_challenge(row, reason="Nobody is left to ask", actor=acme.officer).status == "withdrawn"


def test_what_was_sustained_is_not_made_milder_by_a_word(acme, case):
    with acme:
        row = make_challenge(acme, case)
        row = decide_challenge(row, verdict="sustained", rationale="They are.", actor=acme.executive)
        with pytest.raises(RuleBroken, match="would make it milder"):
            reopen_challenge(row, reason="Again", actor=acme.officer)
        with pytest.raises(RuleBroken, match="cannot become withdrawn"):
            withdraw_challenge(row, reason="Never mind", actor=acme.challenger)
        with pytest.raises(RuleBroken, match="sustained already"):
            decide_challenge(row, verdict="sustained", rationale="Again", actor=acme.executive)
        assert standing_of(case, "G2") == DEFEATED


def test_reopening_a_refuted_one_takes_its_answer_away(acme, case, answer):
    with acme:
        row = refuted(acme, case, answer)
        row = reopen_challenge(row, reason="The report leaves out two groups", actor=acme.auditor)
        assert (row.response_element, row.decided_by, standing_of(case, "G2")) == (None, None, WEAKENED)
        assert Notification.objects.filter(member=acme.owner, event="cases.challenge.reopened").exists()


def test_nobody_takes_away_what_is_doubted_or_what_answers(acme, case, answer):
    with acme:
        row = make_challenge(acme, case, "G2", "Sn1")
        step = Link.objects.get(case=case, source__key="G2", target__key="Sn1")
        with pytest.raises(RuleBroken, match=f"Challenge {row.number} about it is open"):
            unlink_elements(step, actor=acme.owner)
        with pytest.raises(RuleBroken, match=f"Challenge {row.number} about it is open"):
            withdraw_element(at(case, "Sn1"), reason="Gone", actor=acme.owner)
        decide_challenge(row, verdict="sustained", rationale="It is.", actor=acme.executive)
        unlink_elements(step, actor=acme.owner)
        assert assess(case).standing_of(at(case, "G2")) == UNDEVELOPED
        # Put back, the step is as doubted as before.
        link_elements(case, source=at(case, "G2"), target=at(case, "Sn1"), actor=acme.owner)
        assert standing_of(case, "G2") == UNSUPPORTED
        refuted(acme, case, at(case, "Sn2"), about="G2")
        with pytest.raises(RuleBroken, match="Sn2 answers challenge"):
            withdraw_element(at(case, "Sn2"), reason="Gone", actor=acme.owner)


def test_a_doubt_about_many_legs_belongs_on_the_strategy(acme, case):
    with acme:
        with pytest.raises(RuleBroken, match="on the strategy") as refused:
            make_challenge(acme, case, "G1", attack="undercut")
        assert refused.value.field == "attack"
        assert make_challenge(acme, case, "S1", attack="undercut").pk
        assert standing_of(case, "S1") == WEAKENED


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"attack": "insult"}, "attack"),
        ({"attack": ""}, "attack"),
        ({"severity": "deadly"}, "severity"),
        ({"statement": "   "}, "statement"),
    ],
)
def test_garbage_is_refused_by_field(acme, case, said, field):
    with acme, pytest.raises(RuleBroken) as refused:
        make_challenge(acme, case, **said)
    assert refused.value.field == field


def test_a_step_that_is_not_there_is_not_challenged(acme, case):
    with acme, pytest.raises(RuleBroken, match="no step from G2 to Sn2"):
        make_challenge(acme, case, "G2", "Sn2")


def test_a_withdrawn_case_is_past_doubting(acme, case):
    with acme:
        row = make_challenge(acme, case)
        withdraw_case(case, reason="Replaced", actor=acme.officer)
        for act in (
            lambda: make_challenge(acme, case),
            lambda: withdraw_challenge(row, reason="x", actor=acme.challenger),
            lambda: decide_challenge(row, verdict="sustained", rationale="x", actor=acme.executive),
        ):
            with pytest.raises(RuleBroken, match="withdrawn"):
                act()


def test_any_instant_of_the_past_is_answered_by_the_events(acme, case, answer):
    with acme:
        row = make_challenge(acme, case, severity="blocking")
        raised_at = row.events.latest("at").at
        row = answer_challenge(row, response="Apart.", response_element=answer, actor=acme.owner)
        row = decide_challenge(row, verdict="refuted", rationale="It shows.", actor=acme.executive)
        refuted_at = row.events.latest("at").at
        row = reopen_challenge(row, reason="Two groups are left out", actor=acme.auditor)
        assert assess(case, at=refuted_at).standing == HOLDS
        assert assess(case, at=raised_at).standing == UNSUPPORTED
        assert [challenge_fact(row, at=when).state for when in (raised_at, refuted_at)] == ["open", "refuted"]
        before = raised_at - timedelta(seconds=1)
        assert load_in_force([case], before)[0].challenges == []


def test_an_answer_of_the_past_that_would_go_round_today_answers_nothing(acme, case, answer):
    with acme:
        row = refuted(acme, case, answer)
        then = row.events.latest("at").at
        reopen_challenge(row, reason="Wrong", actor=acme.auditor)
        link_elements(case, source=answer, target=at(case, "G2"), actor=acme.owner)
        assert assess(case, at=then).standing_of(at(case, "G2")) == WEAKENED


def test_the_history_is_never_changed(acme, case):
    with acme:
        row = make_challenge(acme, case)
        event = row.events.get()
        for attack in (
            lambda: ChallengeEvent.objects.filter(pk=event.pk).update(note="Never said"),
            lambda: event.delete(),
        ):
            with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
                attack()


def test_the_database_refuses_a_refutation_without_answer_and_an_acceptance_without_end(acme, case):
    with acme:
        row = make_challenge(acme, case)
        for fields in (
            {"status": "refuted"},
            {"status": "residual"},
            {"status": "residual", "significance": "negligible"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Challenge.objects.filter(pk=row.pk).update(**fields)


def test_many_cases_with_many_challenges_are_read_in_the_same_queries(acme, case, django_assert_num_queries):
    with acme:
        make_challenge(acme, case)
        with CaptureQueriesContext(connection) as few:
            load_cases([case])
        for key in ("G1", "G2", "G3", "Sn1", "Sn2"):
            make_challenge(acme, case, key, attack="undermine")
        with CaptureQueriesContext(connection) as many:
            load_cases([case])
        assert len(many) == len(few) <= 8


def test_another_organisation_notices_nothing(acme, globex, case):
    with acme:
        row = make_challenge(acme, case)
    with globex:
        assert not Challenge.objects.filter(pk=row.pk).exists()
        with pytest.raises(Exception, match="does not exist|matching query"):
            decide_challenge(row, verdict="sustained", rationale="x", actor=globex.executive)


def test_rejected_evidence_of_the_answer_brings_the_doubt_back(acme, case, answer):
    with acme:
        row = refuted(acme, case, answer)
        version = at(case, "Sn3").bindings.get().version
        version.review = "pending"
        version.save(update_fields=["review"])
        review_version(version, verdict="rejected", note="Counted twice", actor=acme.challenger)
        sweep()
        row.refresh_from_db()
        assert state_key(row) == "lapsed"
        last = StandingTransition.objects.filter(element__key="G2").latest("recorded_at")
        assert (last.before, last.after) == (HOLDS, WEAKENED)
        assert "Sn3" in {cause["key"] for cause in last.causes}


def test_a_tripped_condition_without_a_person_raises_one(acme, case):
    with acme:
        row = raise_challenge(case, target=at(case, "G2"), attack="rebut", statement="It tripped", actor=None)
        assert row.raised_by is None
        assert withdraw_challenge(row, reason="Mistaken", actor=acme.officer).status == "withdrawn"


def test_the_same_doubt_is_raised_once_and_nobody_floods_a_case(acme, case, monkeypatch):
    monkeypatch.setattr("cases.actions.challenges.MOST_OPEN_OF_ONE", 3)
    with acme:
        first = make_challenge(acme, case)
        for who in (acme.challenger, acme.officer):
            with pytest.raises(RuleBroken, match=f"Challenge {first.number} says this already") as refusal:
                make_challenge(acme, case, by=who)
            assert refusal.value.field == "statement"
        make_challenge(acme, case, "G3")
        make_challenge(acme, case, statement="They are few.")
        with pytest.raises(RuleBroken, match="You have 3 open challenges"):
            make_challenge(acme, case, statement="They are fewer.")
        make_challenge(acme, case, statement="They are fewer.", by=acme.officer)
        withdraw_challenge(first, reason="Said elsewhere", actor=acme.challenger)
        again = make_challenge(acme, case)
        assert again.number > first.number, "what is not open any more may be doubted anew"
