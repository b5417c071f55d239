"""Signals: one sentence for every reason, days by tier and effect, closed by the standing, a decision or a successor."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from aims.integrations.models import Notification
from aims.rules import RuleBroken
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from audits.actions.nonconformities import raise_nonconformity
from audits.models import Nonconformity
from cases.actions import assign_signal, close_signal, escalate_due, hold_down, lift_hold
from cases.deadlines import days_to_answer
from cases.models import Element, Signal, StandingLevel
from cases.scale import Reason
from cases.signal_words import signal_sentence
from cases.sweep import reevaluate_due
from inventory.models import Tier
from tests.cases.building import make_sound_case
from tests.factories import make_member

pytestmark = pytest.mark.django_db
DETAIL = {
    "value": "0.86", "threshold": "0.9", "before": "0.93", "comparator": "ge", "cell": '{"age band":"55+"}',
    "period": "2026-10-31T12:00:00+00:00", "environment": "test", "environment_required": "production",
    "system_version": "4.1", "deployed_version": "4.2",
}  # fmt: skip


def stored(reason: Reason, standing: StandingLevel, key="G3", path=("G1", "S1", "G3"), **changes) -> dict:
    return {
        "element": "x", "key": key, "standing": int(standing), "reason": str(reason), "fact": "Selection-rate ratio",
        "since": "2026-10-31T12:00:00+00:00", "detail": DETAIL, "path": list(path), **changes,
    }  # fmt: skip


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("after", [one for one in StandingLevel if one != StandingLevel.HOLDS])
def test_every_reason_reads_as_one_sentence(reason, after):
    said = signal_sentence(
        [stored(reason, after)], case="CV screening", claim="G3", after=after, standing=StandingLevel.WEAKENED
    )
    assert re.fullmatch(r"[A-Z][^\n]+; claim G3 of “CV screening” [^;]+; the case is weakened\.", said), said
    assert not re.search(r"%\(|None|  |\.;|; claim G3 fails", said), said
    # One sentence: a full stop only at its end, and within numbers and versions.
    assert not re.search(r"\.\s", said), said


def test_the_sentence_of_the_book():
    said = signal_sentence(
        [stored(Reason.METRIC_FAILED, StandingLevel.DEFEATED, path=["G3"], fact="Selection-rate ratio")],
        case="CV screening", claim="G3", after=StandingLevel.DEFEATED, standing=StandingLevel.WEAKENED,
    )  # fmt: skip
    assert said == (
        "Selection-rate ratio for age band 55+ fell to 0.86 (threshold 0.90) in October 2026; "
        "claim G3 of “CV screening” no longer holds; the case is weakened."
    )


def test_other_causes_the_way_and_a_case_that_still_holds_are_named():
    causes = [stored(Reason.HELD_DOWN, StandingLevel.WEAKENED)]
    said = signal_sentence(
        causes, case="CV screening", claim="", after=StandingLevel.WEAKENED, standing=StandingLevel.HOLDS, others=2
    )
    assert said == (
        "G3 is held down by a person (G1 → S1 → G3), with 2 other causes; claim G1 of “CV screening” is weakened; "
        "the case still holds without it."
    )
    nothing = signal_sentence([], case="CV screening", claim="", after=2, standing=StandingLevel.UNDEVELOPED)
    assert nothing == "Nothing is argued in “CV screening” any more; the case is undeveloped."


def test_the_days_shrink_with_the_tier_and_with_what_was_lost():
    levels = [one for one in StandingLevel if one != StandingLevel.HOLDS]
    tiers = [Tier.TX, Tier.T3, Tier.T2, Tier.T1, Tier.T0]
    table = [[days_to_answer(tier, level) for level in levels] for tier in tiers]
    assert table == [[1, 1, 1, 1], [1, 3, 3, 7], [3, 7, 7, 14], [7, 14, 14, 30], [14, 30, 30, 60]]
    assert [days_to_answer("", level) for level in levels] == [7, 14, 14, 30]
    assert set(tiers) == set(Tier)


@pytest.fixture
def signal(acme):
    """The case fell because its evidence ran out."""
    with acme:
        make_sound_case(acme)
        reevaluate_due(timezone.now() + timedelta(days=91))
        return Signal.objects.get()


def fresh(acme, signal) -> Signal:
    with acme:
        return Signal.objects.get(pk=signal.pk)


def test_what_is_back_by_an_edit_waits_for_a_person(acme):
    with working_in(acme.organisation):
        case = make_sound_case(acme)
        Element.objects.filter(key="G3").update(owner=acme.contributor)
        row = Element.objects.get(key="G3")
        hold_down(row, to=StandingLevel.WEAKENED, reason="Doubtful", actor=acme.officer)
        assert Signal.objects.open().exists()
        lift_hold(Element.objects.get(key="G3"), reason="Settled", actor=acme.officer)
        for open_signal in Signal.objects.filter(case=case):
            assert (open_signal.status, open_signal.restored_at is not None) == ("open", True)
            assert close_signal(open_signal, actor=acme.owner).status == "closed"


def test_a_decision_is_for_who_answers_for_the_case_an_officer_or_an_executive(acme, signal):
    other = make_member(acme.organisation, Role.SYSTEM_OWNER, email="other-owner@acme.example")
    with working_in(acme.organisation):
        with pytest.raises(PermissionDenied):
            close_signal(signal, actor=other, decision="Never mind")
        with pytest.raises(RuleBroken) as refused:
            close_signal(signal, actor=acme.executive, decision="  ")
        assert refused.value.field == "decision"
        assert (
            close_signal(signal, actor=acme.executive, decision="Suspended until November.").closed_by == acme.executive
        )


@pytest.mark.parametrize("reference", ["CA-99", "NC-1", "XY-1", "soon", "NC 99999999999", "'; --"])
def test_only_something_that_is_worked_on_takes_a_signal_over(acme, signal, reference):
    with working_in(acme.organisation):
        with pytest.raises(RuleBroken) as refused:
            close_signal(signal, actor=acme.owner, corrective_action=reference)
        assert refused.value.field == "corrective_action"
    assert fresh(acme, signal).status == "open"


def test_a_nonconformity_takes_a_signal_over_in_one_act(acme, signal, sign_in):
    browser = sign_in(acme.officer)
    page = browser.get(f"/o/acme/signals/{signal.number}/").content.decode()
    assert f"/o/acme/improvement/nonconformities/raise/?signal={signal.number}" in page or "?signal=1" in page
    address = re.search(r'href="([^"]+\?signal=1)"', page)[1]
    form = browser.get(address).content.decode()
    assert signal.sentence.split(";")[0] in form
    said = {
        "title": "Bias test not repeated", "description": "x", "owner": acme.owner.pk,
        "due_on": timezone.localdate() + timedelta(days=30),
    }  # fmt: skip
    assert browser.post(address, said).status_code == 302
    with acme:
        nonconformity = Nonconformity.objects.get()
        closed = Signal.objects.get()
        assert (closed.status, closed.corrective_action) == ("closed", f"NC-{nonconformity.number}")
    assert f"NC-{nonconformity.number}</a>" in browser.get(f"/o/acme/signals/{signal.number}/").content.decode()


def test_a_closed_signal_is_not_taken_over_and_leaves_no_nonconformity(acme, signal):
    with working_in(acme.organisation):
        close_signal(signal, actor=acme.officer, decision="Accepted.")
    with working_in(acme.organisation), pytest.raises(RuleBroken):
        said = {"title": "x", "description": "x", "owner": acme.owner, "due_on": timezone.localdate()}
        raise_nonconformity(signal=signal, actor=acme.officer, **said)
    with acme:
        assert not Nonconformity.objects.exists()


def test_a_signal_is_given_to_somebody_else_with_a_reason_on_the_page_and_in_the_api(acme, signal, sign_in, api_as):
    address = f"/o/acme/signals/{signal.number}/assign/"
    said = {"owner": str(acme.contributor.pk), "reason": "She repeats the test."}
    assert sign_in(acme.observer).post(address, said).status_code == 403
    assert sign_in(acme.owner).post(address, {**said, "reason": ""}).context["form"].errors["reason"]
    assert sign_in(acme.owner).post(address, said).status_code == 302
    assert fresh(acme, signal).owner_id == acme.contributor.pk
    with acme:
        told = Notification.objects.get(member=acme.contributor)
        assert signal.sentence in told.sentence
        assert Event.objects.get(event="cases.signal.assigned").changes["reason"] == "She repeats the test."
    again = api_as(acme.officer).post(f"/api/v1{address}", said)
    assert (again.status_code, again.json()["field"]) == (409, "owner")
    back = api_as(acme.contributor).post(f"/api/v1{address}", {"owner": str(acme.owner.pk), "reason": "Not mine."})
    assert (back.status_code, back.json()["owner_name"]) == (200, acme.owner.display_name)


def test_somebody_who_neither_answers_nor_decides_gives_nothing_away(acme, signal):
    with working_in(acme.organisation), pytest.raises(PermissionDenied):
        assign_signal(signal, owner=acme.challenger, reason="x", actor=acme.contributor)


def test_past_its_day_a_signal_is_escalated_once(acme, signal):
    last = signal.due_on
    with acme:
        assert escalate_due(signal.escalate_at - timedelta(seconds=1)) == 0
        for _round in range(3):
            escalate_due(signal.escalate_at)
        after = Signal.objects.get()
        assert (after.escalated_at, after.escalate_at) == (signal.escalate_at, None)
        assert timezone.localdate(after.escalated_at) == last + timedelta(days=1)
        assert Event.objects.filter(event="cases.signal.escalated").count() == 1
        told = Notification.objects.filter(event="cases.signal.escalated").values_list("member", flat=True)
        assert set(told) == {acme.owner.pk, acme.officer.pk, acme.executive.pk}
        assert len(told) == 3


def test_an_answered_signal_is_not_escalated(acme, signal):
    with working_in(acme.organisation):
        close_signal(signal, actor=acme.officer, decision="Accepted.")
    with acme:
        assert escalate_due(timezone.now() + timedelta(days=400)) == 0


def test_the_list_is_narrowed_to_what_was_escalated_fell_so_far_and_concerns_a_system(acme, signal, sign_in):
    browser = sign_in(acme.owner)

    def total(**asked):
        return browser.get("/o/acme/signals/", asked).context["listing"].total

    assert total(fell_to="unsupported") == 1
    assert total(fell_to="defeated") == 0
    assert (total(escalated="true"), total(escalated="false")) == (0, 1)
    with acme:
        escalate_due(signal.escalate_at)
    assert (total(escalated="true"), total(escalated="false")) == (1, 0)
    assert total(system=1) == 1
