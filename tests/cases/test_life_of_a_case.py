"""The life of a case: each guard of each step, whose step it is, and what follows by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from aims.integrations.models import Notification
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.actions import deactivate_member
from aims.trail.models import Event
from cases.access import Part
from cases.actions import (
    add_element,
    ask_for_decision,
    decide,
    dismiss,
    edit_case,
    open_revision,
    renew_binding,
    return_to_draft,
    start_challenge,
    step_down,
    submit_for_review,
    withdraw_case,
)
from cases.evaluation import reevaluate
from cases.gates import cause_id
from cases.gating import gate
from cases.models import AssuranceCase, Baseline, CaseDecision, Element, EvidenceBinding, Signal, StandingLevel
from cases.sweep import reevaluate_due
from evidence.models import EvidenceVersion
from tests.cases.building import grow, make_evidence, make_sound_case
from tests.cases.challenging import make_challenge
from tests.cases.living import answer_all, challenged, edited, give_opinion, make_ready_case, make_whole_case
from tests.cases.standing_behind import sign

pytestmark = pytest.mark.django_db
Status = AssuranceCase.Status


@pytest.fixture
def ready(acme):
    with acme:
        return make_ready_case(acme)


def unmet(case, to=None):
    case.refresh_from_db()
    return {one.id for one in gate(case, to).unmet}


def to_challenge(cast, case):
    submit_for_review(case, actor=cast.contributor)
    return start_challenge(case, actor=cast.reviewer)


def to_decision(cast, case):
    """All that the tier asks for, on the day after the challenge."""
    to_challenge(cast, case)
    challenged(cast, case)
    answer_all(case, cast.challenger)
    for who in (cast.challenger, cast.second):
        give_opinion(case, who)
    AssuranceCase.objects.filter(pk=case.pk).update(state_since=timezone.now() - timedelta(days=11))
    case.refresh_from_db()
    return ask_for_decision(case, actor=cast.owner)


def approve(cast, case, **fields):
    case.refresh_from_db()
    said = {
        "outcome": "approve",
        "reason": "What is known is enough.",
        "baseline_sha256": case.draft_baseline.sha256,
        "accepted": [cause_id(one) for one in gate(case, Status.LIVE).causes],
        "actor": cast.executive,
    }
    return decide(case, **{**said, **fields})


# --- Submission


def test_a_whole_case_is_submitted_and_its_reviewers_are_told(acme, ready):
    with acme:
        assert unmet(ready) == set()
        submit_for_review(ready, note="The first one.", actor=acme.contributor)
        assert (ready.status, ready.state_note) == (Status.TEAM_REVIEW, "The first one.")
        assert ready.turn_due_on == timezone.localdate() + timedelta(days=7)
        told = Event.objects.get(event="cases.case.submitted").changes
        assert told["status"] == ["draft", "team_review"] and told["policy"] == 1
        sentence = Notification.objects.filter(member=acme.reviewer).latest("created_at").sentence
        assert "Read the case" in sentence
        assert "team review" in Notification.objects.filter(member=acme.observer).latest("created_at").sentence
        assert not Notification.objects.filter(member=acme.contributor, event="cases.case.submitted").exists()


def test_everything_that_is_missing_is_named_with_a_place_and_a_reason(acme):
    with acme:
        case = make_sound_case(acme)
        found = gate(case)
        broken = {one.id: one for one in found.unmet}
        assert set(broken) == {"WF-C", "WF-K", "WF-G", "people"}
        assert all(one.why and one.source and one.places for one in found.unmet)
        assert "Nobody owns the claim G2" in broken["WF-C"].places[1].label + broken["WF-C"].places[2].label + str(
            [place.label for place in broken["WF-C"].places]
        )
        with pytest.raises(RuleBroken, match="Not yet"):
            submit_for_review(case, actor=acme.owner)
        case.refresh_from_db()
        assert case.status == Status.DRAFT and not Event.objects.filter(event="cases.case.submitted").exists()


@pytest.mark.parametrize("part", [Part.TEAM_REVIEWER, Part.DECIDER, Part.CHALLENGER])
def test_without_its_people_nothing_is_submitted(acme, ready, part):
    who = {Part.TEAM_REVIEWER: acme.reviewer, Part.DECIDER: acme.executive, Part.CHALLENGER: acme.second}[part]
    with acme:
        dismiss(ready, member=who, part=part, actor=acme.officer)
        assert unmet(ready) == {"people"}
        with pytest.raises(RuleBroken, match="people of the case"):
            submit_for_review(ready, actor=acme.owner)


def test_only_who_may_change_the_case_submits_it(acme, ready):
    with acme:
        for who in (acme.reviewer, acme.challenger, acme.executive, acme.observer, acme.auditor, acme.certifier):
            with pytest.raises(PermissionDenied):
                submit_for_review(ready, actor=who)


# --- Team review


def test_in_team_review_the_argument_can_change_and_what_it_breaks_stops_the_next_step(acme, ready):
    with acme:
        submit_for_review(ready, actor=acme.contributor)
        grow(ready, acme, "goal", "S1", "One more claim")
        assert "WF-S" in unmet(ready)
        with pytest.raises(RuleBroken, match="Not yet"):
            start_challenge(ready, actor=acme.reviewer)
        assert not Baseline.objects.exists(), "a refusal leaves no baseline behind"


def test_links_are_looked_at_before_the_challenge(acme, ready):
    with acme:
        submit_for_review(ready, actor=acme.contributor)
        goal = Element.objects.select_related("module", "case__system").get(case=ready, key="G2")
        from cases.actions import restate_element

        restate_element(goal, statement="Rates differ by less than a fifth", revision=None, actor=acme.contributor)
        assert "links" in unmet(ready)


def test_open_comments_hold_the_case_back(acme, ready):
    with acme:
        from cases.models import ReviewComment

        submit_for_review(ready, actor=acme.contributor)
        comment = ReviewComment.objects.create(
            number=1, case=ready, body="What does even-handed mean?", author=acme.reviewer
        )
        assert unmet(ready) == {"comments"}
        found = next(one for one in gate(ready).unmet if one.id == "comments")
        assert "even-handed" in found.places[0].label
        ReviewComment.objects.filter(pk=comment.pk).update(status="resolved")
        assert unmet(ready) == set()


def test_a_team_reviewer_hands_on_and_nobody_else(acme, ready):
    with acme:
        submit_for_review(ready, actor=acme.contributor)
        for who in (acme.owner, acme.officer, acme.contributor, acme.challenger, acme.executive, acme.observer):
            with pytest.raises(PermissionDenied):
                start_challenge(ready, actor=who)
        start_challenge(ready, note="Read twice.", actor=acme.reviewer)
        assert ready.status == Status.CHALLENGE
        assert ready.draft_baseline.sha256 == Event.objects.get(event="cases.case.challenge_started").changes["sha256"]
        for who in (acme.challenger, acme.second):
            assert "what is wrong" in Notification.objects.filter(member=who).latest("created_at").sentence


# --- Challenge


def test_the_argument_is_frozen_while_it_is_challenged_and_facts_still_come(acme, ready):
    with acme:
        to_challenge(acme, ready)
        with pytest.raises(RuleBroken, match="frozen"):
            add_element(ready, kind="goal", statement="Sneaked in", actor=acme.contributor)
        goal = Element.objects.select_related("module", "case__system").get(case=ready, key="G2")
        with pytest.raises(RuleBroken, match="frozen"):
            edited(goal, acme.contributor, statement="Something else")
        binding = EvidenceBinding.objects.select_related("version__item", "element__case__system").get(
            element__key="Sn1"
        )
        newer = make_evidence(acme, item=binding.version.item)
        renew_binding(binding, version=newer, actor=acme.contributor)
        make_challenge(acme, ready)
        assert "baseline" not in unmet(ready), "neither a newer version nor a doubt is another argument"


def test_the_decision_waits_for_time_opinions_checklist_and_doubts(acme, ready):
    with acme:
        to_challenge(acme, ready)
        assert unmet(ready) == {"period", "opinions", "outside", "doubts", "checklist"}
        give_opinion(ready, acme.challenger)
        assert "opinions" in unmet(ready)
        give_opinion(ready, acme.second, "does_not_stand")
        assert unmet(ready) == {"period", "doubts", "checklist"}
        challenged(acme, ready)
        answer_all(ready, acme.challenger)
        assert unmet(ready) == {"period"}
        with pytest.raises(RuleBroken, match="lasted 10 days"):
            ask_for_decision(ready, actor=acme.owner)
        since = AssuranceCase.objects.get().state_since
        assert unmet_at(ready, since + timedelta(days=10, seconds=-1)) == {"period"}
        assert unmet_at(ready, since + timedelta(days=10)) == set()


def unmet_at(case, at):
    return {one.id for one in gate(case, at=at).unmet}


def test_a_blocking_challenge_stops_the_decision(acme, ready):
    with acme:
        to_challenge(acme, ready)
        make_challenge(acme, ready, severity="blocking", statement="Nobody tested the new model.")
        found = next(one for one in gate(ready).unmet if one.id == "blocking")
        assert "Nobody tested" in found.places[0].label


def test_opinions_of_people_with_a_stake_do_not_count(acme, ready):
    with acme:
        to_challenge(acme, ready)
        for who in (acme.challenger, acme.second):
            give_opinion(ready, who)
        dismiss(ready, member=acme.second, part=Part.CHALLENGER, actor=acme.officer)
        assert {"opinions", "outside", "people"} <= unmet(ready)


@pytest.mark.parametrize("who", ["challenger", "contributor", "owner", "reviewer"])
def test_a_case_under_review_comes_back_with_a_reason(acme, ready, who):
    with acme:
        submit_for_review(ready, actor=acme.contributor)
        by_reviewer = who in ("reviewer",)
        if not by_reviewer:
            start_challenge(ready, actor=acme.reviewer)
        with pytest.raises(RuleBroken, match="what has to change"):
            return_to_draft(ready, reason="  ", actor=getattr(acme, who))
        return_to_draft(ready, reason="The second claim is not argued.", actor=getattr(acme, who))
        assert (ready.status, ready.state_note) == (Status.DRAFT, "The second claim is not argued.")
        with pytest.raises(RuleBroken, match="team review or challenge"):
            return_to_draft(ready, reason="Again", actor=acme.owner)


# --- Decision


def test_a_decision_is_kept_with_all_that_it_was_about(acme, ready):
    with acme:
        to_decision(acme, ready)
        row = approve(acme, ready)
        assert (row.outcome, row.tier, row.policy.number) == ("approve", "T3", 1)
        assert row.baseline_sha256 == ready.draft_baseline.sha256 and row.root_standing == StandingLevel.HOLDS
        assert AssuranceCase.objects.get().status == Status.DECISION, "without a signature it is not in force"
        assert unmet(ready) == {"signed"}
        assert "approved" in Notification.objects.filter(member=acme.owner).latest("created_at").sentence
        for change in ({"outcome": "reject"}, {"reason": "Forged"}):
            with pytest.raises(ProgrammingError), transaction.atomic():
                CaseDecision.objects.update(**change)
        with pytest.raises(RuleBroken, match="approved the case already"):
            approve(acme, ready)


def test_only_its_deciders_decide(acme, ready):
    with acme:
        to_decision(acme, ready)
        for who in (acme.owner, acme.officer, acme.contributor, acme.challenger, acme.reviewer, acme.auditor):
            with pytest.raises(PermissionDenied):
                approve(acme, ready, actor=who)
        AssuranceCase.objects.update(accountable_owner=acme.executive)
        with pytest.raises(RuleBroken, match="answers for this case"):
            approve(acme, AssuranceCase.objects.select_related("system").get())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": "maybe"}, "decisions offered"),
        ({"reason": " "}, "in writing"),
        ({"outcome": "conditions"}, "under which conditions"),
    ],
)
def test_a_decision_says_what_it_must(acme, ready, said, words):
    with acme:
        to_decision(acme, ready)
        with pytest.raises(RuleBroken, match=words):
            approve(acme, ready, **said)
        with pytest.raises(ChangedSinceOpened, match="another baseline"):
            approve(acme, ready, baseline_sha256="0" * 64)
        assert not CaseDecision.objects.exists()


def test_nothing_is_decided_before_it_is_asked_for(acme, ready):
    with acme, pytest.raises(RuleBroken, match="No decision is asked for"):
        decide(ready, outcome="approve", reason="Early", baseline_sha256="x", actor=acme.executive)


@pytest.mark.parametrize(("outcome", "words"), [("reject", "Not enough."), ("conditions", "Test it on night shifts.")])
def test_what_is_not_approved_goes_back(acme, ready, outcome, words):
    with acme:
        to_decision(acme, ready)
        row = approve(acme, ready, outcome=outcome, reason="Not enough.", conditions="Test it on night shifts.")
        ready.refresh_from_db()
        assert (ready.status, ready.state_note, row.causes) == (Status.DRAFT, words, [])
        add_element(ready, kind="goal", statement="A new claim", actor=acme.contributor)


def test_weaknesses_are_accepted_one_by_one_or_nothing_is_approved(acme, ready):
    with acme:
        to_decision(acme, ready)
        version = EvidenceVersion.objects.get(item__title="Bias test")
        EvidenceVersion.objects.filter(pk=version.pk).update(
            valid_until=timezone.now() - timedelta(hours=1), grace_until=timezone.now() + timedelta(days=30)
        )
        causes = gate(ready, Status.LIVE).causes
        assert [one["key"] for one in causes] == ["Sn1"]
        with pytest.raises(RuleBroken, match="Not accepted yet: Sn1") as refused:
            approve(acme, ready, accepted=[])
        assert refused.value.field == "accepted"
        row = approve(acme, ready)
        assert row.root_standing == StandingLevel.WEAKENED and row.causes == causes


def test_what_does_not_stand_is_not_approved(acme, ready):
    with acme:
        to_decision(acme, ready)
        EvidenceVersion.objects.filter(item__title="Bias test").update(review="rejected")
        with pytest.raises(RuleBroken, match="weakened at most"):
            approve(acme, ready)


# --- Withdrawal and succession


def test_what_was_submitted_is_withdrawn_by_a_decider(acme, ready):
    with acme:
        to_challenge(acme, ready)
        with pytest.raises(PermissionDenied, match="withdrawn by a decider"):
            withdraw_case(ready, reason="Enough", actor=acme.owner)
        withdraw_case(ready, reason="The system is switched off.", actor=acme.executive)
        row = AssuranceCase.objects.get()
        assert (row.status, row.live_baseline_id, row.next_transition_at) == (Status.WITHDRAWN, None, None)
        for act in (
            lambda: submit_for_review(row, actor=acme.owner),
            lambda: return_to_draft(row, reason="Back", actor=acme.owner),
            lambda: step_down(row, reason="Out", actor=acme.owner),
        ):
            with pytest.raises(RuleBroken, match="withdrawn"):
                act()


def test_without_a_successor_the_case_is_withdrawn_in_time(acme, ready):
    from cases.sweep import reevaluate_due

    with acme:
        with pytest.raises(PermissionDenied):
            step_down(ready, reason="No time", actor=acme.officer)
        step_down(ready, reason="I leave the company.", actor=acme.owner)
        ready.refresh_from_db()
        assert timedelta(days=6, hours=23) < ready.withdraw_at - timezone.now() <= timedelta(days=7)
        assert ready.next_transition_at <= ready.withdraw_at
        assert Notification.objects.filter(member=acme.officer, event="cases.case.stepped_down").exists()
        with pytest.raises(RuleBroken, match="already"):
            step_down(ready, reason="Really", actor=acme.owner)
    organisation = acme.organisation
    from aims.tenancy.scope import working_in

    for days, status in ((6, Status.DRAFT), (8, Status.WITHDRAWN)):
        with time_machine.travel(timezone.now() + timedelta(days=days)), working_in(organisation):
            reevaluate_due(timezone.now())
            assert AssuranceCase.objects.get().status == status
    with acme:
        assert "nobody took over" in AssuranceCase.objects.get().withdrawn_reason


def test_a_successor_ends_the_waiting_and_judges_none_of_it(acme, ready):
    from cases.actions import edit_case

    def hand_to(member):
        row = AssuranceCase.objects.select_related("system", "accountable_owner").get()
        return edit_case(
            row, revision=None, title=row.title, purpose=row.purpose, scope_text=row.scope_text,
            accountable_owner=member, review_by=row.review_by, actor=acme.officer,
        )  # fmt: skip

    with acme:
        step_down(ready, reason="I leave.", actor=acme.owner)
        with pytest.raises(RuleBroken, match="judges this case"):
            hand_to(acme.executive)
        hand_to(acme.officer)
        assert AssuranceCase.objects.get().withdraw_at is None


# --- The table of states


def test_a_baseline_is_in_force_exactly_while_people_rely_on_the_case(acme, ready):
    with acme:
        to_challenge(acme, ready)
        baseline = ready.draft_baseline
        for fields in (
            {"status": "live"},
            {"status": "degraded"},
            {"live_baseline": baseline},
            {"in_force_as": "live"},
            {"status": "withdrawn", "live_baseline": baseline},
            {"status": "live", "live_baseline": baseline, "in_force_as": "live"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                AssuranceCase.objects.update(**fields)


def test_only_what_is_in_force_is_revised(acme, ready):
    with acme, pytest.raises(RuleBroken, match="in force is revised"):
        open_revision(ready, reason="Better", actor=acme.owner)


def test_an_everyday_case_goes_straight_to_its_decider(acme):
    with acme:
        case = make_whole_case(acme)
        type(case.system).objects.update(tier="T0")
        from cases.actions import appoint

        case = AssuranceCase.objects.select_related("system").get()
        appoint(case, member=acme.executive, part=Part.DECIDER, actor=acme.officer)
        submit_for_review(case, actor=acme.owner)
        start_challenge(case, actor=acme.owner)
        assert case.status == Status.DECISION, "the tier asks for no challenge"
        assert {"cases.case.challenge_started", "cases.case.decision_asked"} <= set(
            Event.objects.values_list("event", flat=True)
        )


# --- Affirmations are of the present state, not of an earlier one


def fall(case, title="Bias test", grace=timedelta(0)):
    now = timezone.now()
    EvidenceVersion.objects.filter(item__title=title).update(
        valid_until=now - timedelta(minutes=1), grace_until=now - timedelta(minutes=1) + grace
    )
    reevaluate(case)
    case.refresh_from_db()


def renew(cast, case, key="Sn1"):
    binding = EvidenceBinding.objects.select_related("version__item", "element__case").get(element__key=key)
    renew_binding(binding, version=make_evidence(cast, item=binding.version.item), actor=cast.officer)
    case.refresh_from_db()


def live_case(cast, case):
    to_decision(cast, case)
    approve(cast, case)
    sign(case, actor=cast.owner)
    case.refresh_from_db()
    assert case.status == Status.LIVE
    return case


def test_an_affirmation_of_the_fallen_case_does_not_bring_it_back(acme, ready):
    """The owner affirms that it stands again, which nobody can before it does."""
    with acme:
        live_case(acme, ready)
        fall(ready, grace=timedelta(days=30))
        assert (ready.status, ready.standing) == (Status.DEGRADED, StandingLevel.WEAKENED)
        sign(ready, actor=acme.owner)
        renew(acme, ready)
        assert (ready.status, ready.standing) == (Status.DEGRADED, StandingLevel.HOLDS)
        assert unmet(ready) == {"signed"}
        told = Notification.objects.filter(member=acme.owner, sentence__contains="stands again as it was decided")
        assert told.count() == 1 and told.get().link.endswith("/life/")
        reevaluate(ready)
        assert told.count() == 1, "told once"
        sign(ready, actor=acme.owner)
        ready.refresh_from_db()
        assert ready.status == Status.LIVE


def test_a_revision_without_a_change_is_decided_and_signed_like_any_other(acme, ready):
    """Else opening one would bring a degraded case back without its owner."""
    with acme:
        live_case(acme, ready)
        fall(ready)
        renew(acme, ready)
        assert ready.status == Status.DEGRADED
        open_revision(ready, reason="Nothing to change.", actor=acme.contributor)
        to_decision_again(acme, ready)
        assert ready.status == Status.DECISION and ready.draft_baseline_id == ready.live_baseline_id
        assert unmet(ready) == {"approved", "signed"}
        sign(ready, actor=acme.owner)
        ready.refresh_from_db()
        assert ready.status == Status.DECISION
        approve(acme, ready)
        ready.refresh_from_db()
        assert ready.status == Status.LIVE


def to_decision_again(cast, case):
    submit_for_review(case, actor=cast.contributor)
    start_challenge(case, actor=cast.reviewer)
    AssuranceCase.objects.filter(pk=case.pk).update(state_since=timezone.now() - timedelta(days=11))
    case.refresh_from_db()
    return ask_for_decision(case, actor=cast.owner)


def test_when_the_owner_leaves_the_officers_are_told_and_asked(acme, ready):
    with acme:
        live_case(acme, ready)
        deactivate_member(acme.owner, actor=acme.officer)
        told = Notification.objects.filter(event="cases.case.owner_left")
        assert {one.member_id for one in told} == {acme.officer.pk, acme.executive.pk}
        assert all("is not active any more" in one.sentence and one.link.endswith("/life/") for one in told)
        reevaluate_due(timezone.now())
        ready.refresh_from_db()
        assert (ready.status, ready.standing) == (Status.DEGRADED, StandingLevel.WEAKENED)
        signal = Signal.objects.get(status="open", element=None, restored_at=None)
        assert signal.owner_id == acme.officer.pk, "who left answers nothing"
        with pytest.raises(PermissionDenied):
            sign(ready, actor=acme.officer)
        edit_case(
            ready, revision=None, title=ready.title, purpose=ready.purpose, scope_text=ready.scope_text,
            accountable_owner=acme.officer, review_by=ready.review_by, actor=acme.officer,
        )  # fmt: skip
        ready.refresh_from_db()
        assert ready.status == Status.DEGRADED
        sign(ready, actor=acme.officer)
        ready.refresh_from_db()
        assert (ready.status, ready.standing) == (Status.LIVE, StandingLevel.HOLDS)
