"""What detectors see moves a condition, and the condition moves the standing: by readings, reports, registers, calendar, age
and people; silence is a doubt, acknowledging lifts nothing, clearing takes evidence or clean looks."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from aims.integrations.models import Notification
from aims.rules import RuleBroken
from cases.actions import (
    acknowledge_condition,
    attest_condition,
    bind_evidence,
    clear_condition,
    edit_condition,
    report_condition,
    retire_condition,
    trip_condition,
)
from cases.condition_sweep import watch_due
from cases.evaluation import assess
from cases.forecasting import forecast_of
from cases.models import ConditionEvent, DegradationCondition, Element, Signal, StandingLevel
from cases.scale import Reason
from cases.sweep import reevaluate_due
from evidence.models import EvidenceItem
from inventory.actions import add_version, deploy_version, edit_supplier
from inventory.models import AISystem, Supplier
from tests.cases.building import make_evidence, make_sound_case
from tests.cases.measuring import make_metric, reading, send
from tests.cases.watching import make_condition, standing_of
from tests.factories import make_evidence as add_evidence

pytestmark = pytest.mark.django_db
HOLDS, WEAKENED, UNSUPPORTED = StandingLevel.HOLDS, StandingLevel.WEAKENED, StandingLevel.UNSUPPORTED


@pytest.fixture
def case(acme):
    with acme:
        return make_sound_case(acme)


@pytest.fixture
def hooked(acme, case):
    """A condition of G2 that a monitor reports to, and has."""
    with acme:
        return report(acme, make_condition(acme, case, clear_after=2), "ok")


def report(cast, row, seen="", **fields):
    return report_condition(row, seen=seen, actor=cast.contributor, **fields).condition


def sweep(now=None):
    now = now or timezone.now()
    watched = watch_due(now)
    assert watched.failed == []
    reevaluate_due(now)


def clearing(cast, title="Drift examined", **fields):
    """Accepted evidence collected now."""
    version = make_evidence(cast, title, **fields)
    version.collected_at = timezone.now()
    version.save(update_fields=["collected_at"])
    return version.item


def test_a_report_moves_condition_claim_and_case(acme, case, hooked):
    with acme:
        assert standing_of(case) == HOLDS
        row = report(acme, hooked, "suspected")
        assert (row.status, standing_of(case, "G2"), standing_of(case)) == ("suspected", WEAKENED, WEAKENED)
        row = report(acme, row, "tripped", reference="run 4711")
        assert (row.status, standing_of(case, "G2")) == ("tripped", UNSUPPORTED)
        (signal, *_rest) = Signal.objects.order_by("-number")
        assert "has come true" in signal.sentence
        event = row.events.latest("at")
        assert event.cause == {"reference": "run 4711", "reported": "tripped"}
        assert event.actor == acme.contributor


def test_acknowledging_lifts_nothing_and_clean_looks_do_after_so_many_in_a_row(acme, case, hooked):
    with acme:
        row = report(acme, hooked, "tripped")
        row = acknowledge_condition(row, note="We look into it", actor=acme.owner)
        assert (row.status, standing_of(case, "G2")) == ("acknowledged", UNSUPPORTED)
        with pytest.raises(RuleBroken, match="nobody acknowledged yet"):
            acknowledge_condition(row, note="Again", actor=acme.owner)
        for seen, state in [("ok", "acknowledged"), ("tripped", "acknowledged"), ("ok", "acknowledged")]:
            row = report(acme, row, seen)
            assert (row.status, standing_of(case, "G2")) == (state, UNSUPPORTED)
        row = report(acme, row, "ok")
        assert (row.status, standing_of(case, "G2")) == ("cleared", HOLDS)
        assert row.since is None
        assert report(acme, row, "ok").status == "armed"


def test_a_condition_that_flaps_keeps_every_look_and_rings_once(acme, case, hooked):
    with acme:
        row = hooked
        for _ in range(5):
            row = report(acme, row, "tripped")
            row = report(acme, row, "ok")
            row = report(acme, row, "ok")
        assert row.events.filter(kind="looked").count() == 16
        told = Notification.objects.filter(member=acme.owner, event="cases.condition.tripped")
        assert told.count() == 1
        assert Signal.objects.filter(case=case, status="open", element=None).count() == 1


def test_clearing_by_hand_takes_evidence_that_is_newer_than_the_trip(acme, case, hooked):
    with acme:
        old = make_evidence(acme, "From before").item
        pending = clearing(acme, "Not reviewed", review="pending")
        broken = clearing(acme, "Its file was changed", broken_at=timezone.now())
        row = report(acme, hooked, "tripped")
        good = clearing(acme)
        with pytest.raises(RuleBroken, match="still sees it"):
            clear_condition(row, evidence=good, reason="Fine", actor=acme.owner)
        row = report(acme, row, "ok")
        for evidence in (old, pending, broken):
            with pytest.raises(RuleBroken) as refused:
                clear_condition(row, evidence=evidence, reason="Fine", actor=acme.owner)
            assert refused.value.field == "evidence"
        with pytest.raises(RuleBroken) as refused:
            clear_condition(row, evidence=good, reason=" ", actor=acme.owner)
        assert refused.value.field == "reason"
        for member in (acme.contributor, acme.executive, acme.observer, acme.certifier):
            with pytest.raises(PermissionDenied):
                clear_condition(row, evidence=good, reason="Fine", actor=member)
        row = clear_condition(row, evidence=good, reason="The shift was a fault of the feed", actor=acme.owner)
        assert (row.status, standing_of(case, "G2")) == ("cleared", HOLDS)
        assert row.events.latest("at").evidence == good.current
        with pytest.raises(RuleBroken, match="nothing to clear"):
            clear_condition(row, evidence=good, reason="Again", actor=acme.owner)


def test_what_a_person_found_no_detector_takes_back(acme, case, hooked):
    with acme:
        row = trip_condition(hooked, reason="Complaints from branch 7", reference="INC-9", actor=acme.owner)
        assert (row.status, standing_of(case, "G2")) == ("tripped", UNSUPPORTED)
        for _ in range(5):
            row = report(acme, row, "ok")
        assert (row.status, standing_of(case, "G2")) == ("tripped", UNSUPPORTED)
        with pytest.raises(RuleBroken, match="already"):
            trip_condition(row, reason="Again", actor=acme.owner)
        row = clear_condition(row, evidence=clearing(acme), reason="Examined", actor=acme.owner)
        assert row.tripped_by is None
        assert standing_of(case, "G2") == HOLDS


def test_a_detector_that_goes_quiet_is_a_doubt_to_the_microsecond(acme, case, hooked):
    with acme:
        until = hooked.last_evaluated_at + timedelta(hours=72)
        tick = timedelta(microseconds=1)
        assert assess(case, at=until).standing == HOLDS
        late = assess(case, at=until + tick)
        assert late.standing == WEAKENED
        (cause,) = late.causes()
        assert (cause.reason, cause.element.key) == (Reason.DETECTOR_SILENT, "G2")
        case.refresh_from_db()
        reevaluate_due(until + tick)
        assert standing_of(case) == WEAKENED
        assert "has gone quiet" in Signal.objects.latest("number").sentence
        assert DegradationCondition.objects.silent(until).count() == 0
        assert DegradationCondition.objects.silent(until + tick).get() == hooked
        report(acme, hooked, "ok")
        assert standing_of(case) == HOLDS


def test_silence_enters_the_next_change_and_the_forecast(acme, case, hooked):
    with acme:
        case.refresh_from_db()
        expected = hooked.last_evaluated_at + timedelta(hours=72, microseconds=1)
        assert assess(case).evaluation.next_transition_at == expected
        falls = [fall for horizon in forecast_of(assess(case)) for fall in horizon.falls]
        assert (falls[0].element.key, falls[0].at) == ("G2", expected)


def test_the_past_is_answered_by_the_history(acme, case, hooked):
    with acme:
        before = timezone.now()
        row = report(acme, hooked, "tripped")
        during = row.last_event_at
        for _ in range(2):
            row = report(acme, row, "ok")
        after = row.last_event_at
        retire_condition(row, reason="Replaced", actor=acme.owner)
        stood = [assess(case, at=at).standing for at in (before, during, after, timezone.now())]
        assert stood == [HOLDS, UNSUPPORTED, HOLDS, HOLDS]


def test_a_report_is_judged_by_the_threshold_and_the_worse_counts(acme, case):
    with acme:
        told = {"config": {"source": "Monitor", "comparator": "gt", "margin": 0.05}, "threshold": 0.2}
        row = make_condition(acme, case, **told)
        for seen, value, judged in [
            ("", 0.1, "ok"), ("", 0.15, "ok"), ("", 0.16, "suspected"), ("", 0.2, "suspected"), ("", 0.21, "tripped"),
            ("ok", 0.3, "tripped"), ("tripped", 0.1, "tripped"), ("suspected", None, "suspected"),
        ]:  # fmt: skip
            reported = report_condition(row, seen=seen, value=value, actor=acme.contributor)
            assert reported.event.seen == judged, (seen, value)
        bad = [
            ("seen", {}),
            ("seen", {"seen": "dunno"}),
            ("value", {"value": float("nan")}),
            ("value", {"seen": "ok", "value": float("inf")}),
            ("observed_at", {"seen": "ok", "observed_at": timezone.now() + timedelta(hours=1)}),
            ("observed_at", {"seen": "ok", "observed_at": timezone.now() - timedelta(days=4000)}),
        ]
        for field, said in bad:
            with pytest.raises(RuleBroken) as refused:
                report_condition(row, actor=acme.contributor, **said)
            assert refused.value.field == field
        other = make_condition(acme, case, detector="calendar")
        with pytest.raises(RuleBroken, match="No other system reports"):
            report_condition(other, seen="ok", actor=acme.contributor)


def test_a_report_sent_again_is_the_same_report(acme, case, hooked):
    with acme:
        said = {"seen": "tripped", "value": 0.4, "observed_at": timezone.now(), "key": "week 47"}
        first = report_condition(hooked, actor=acme.contributor, **said)
        again = report_condition(hooked, actor=acme.contributor, **said)
        assert (first.is_new, again.is_new, again.event) == (True, False, first.event)
        with pytest.raises(RuleBroken) as refused:
            report_condition(hooked, actor=acme.contributor, **{**said, "seen": "ok"})
        assert refused.value.field == "key"


def test_an_all_clear_of_yesterday_says_nothing_about_now(acme, case, hooked):
    with acme:
        row = report(acme, hooked, "tripped")
        yesterday = timezone.now() - timedelta(days=1)
        for _ in range(3):
            row = report(acme, row, "ok", observed_at=yesterday)
        assert (row.status, row.clean_run) == ("tripped", 0)
        assert row.last_evaluated_at > yesterday


def test_readings_trip_and_clear_and_one_good_group_hides_no_bad_one(acme, case):
    with acme:
        make_metric(acme, case, claim="G3")
        row = make_condition(
            acme, case, detector="metric_threshold", clear_after=2, effect=WEAKENED, max_silence_hours=900
        )
        assert row.last_evaluated_at is None

        def measured(*items):
            send(acme, *items)
            row.refresh_from_db()
            assert row.next_check_at is not None
            sweep()
            row.refresh_from_db()
            return row.status

        assert measured(reading(0.95, days_ago=9), reading(0.95, days_ago=9, group="18-34")) == "armed"
        assert standing_of(case, "G2") == HOLDS
        assert measured(reading(0.89, days_ago=8), reading(0.95, days_ago=8, group="18-34")) == "tripped"
        assert standing_of(case, "G2") == WEAKENED
        assert row.events.latest("at").cause["value"] == 0.89
        assert measured(reading(0.99, days_ago=7, group="18-34")) == "tripped"
        assert measured(reading(0.2, days_ago=6, n=3)) == "tripped"
        assert measured(reading(0.95, days_ago=5)) == "tripped"
        assert measured(reading(0.95, days_ago=4)) == "cleared"
        # Late, and older than what is known: it changes nothing.
        assert measured(reading(0.1, days_ago=6.5)) == "cleared"
        assert measured(reading(0.1, days_ago=3), reading(0.95, days_ago=2), reading(0.95, days_ago=1)) == "cleared"
        assert [event.seen for event in row.events.filter(kind="looked")[:3]] == ["ok", "ok", "tripped"]
        assert standing_of(case, "G2") == HOLDS


def test_readings_that_were_there_before_count_at_once(acme, case):
    with acme:
        make_metric(acme, case, claim="G3")
        send(acme, reading(0.5, days_ago=1), reading(0.95, days_ago=1, group="18-34"))
        row = make_condition(acme, case, detector="metric_threshold")
        assert row.status == "tripped"
        assert standing_of(case, "G2") == UNSUPPORTED


def test_what_happens_in_the_registers_trips_and_nothing_new_clears_nothing(acme, case):
    with acme:
        system = AISystem.objects.get(pk=case.system_id)
        only_deployed = make_condition(
            acme, case, "G3", detector="registry_event", config={"events": ["version_deployed"]}
        )
        row = make_condition(acme, case, detector="registry_event")
        sweep()
        version = add_version(system, label="2.0", actor=acme.officer)
        row.refresh_from_db()
        sweep()
        row.refresh_from_db()
        only_deployed.refresh_from_db()
        assert (row.status, only_deployed.status) == ("tripped", "armed")
        assert "2.0" in row.events.latest("at").note
        assert standing_of(case, "G2") == UNSUPPORTED
        deploy_version(version, actor=acme.officer)
        sweep()
        only_deployed.refresh_from_db()
        assert only_deployed.status == "tripped"
        assert "1.0 → 2.0" in only_deployed.events.latest("at").note
        sweep(timezone.now() + timedelta(days=2))
        row.refresh_from_db()
        assert (row.status, row.events.first().seen) == ("tripped", "ok")


def test_a_change_at_the_supplier_and_a_new_dataset_are_noticed(acme, case):
    with acme:
        supplier = Supplier.objects.create(organisation=acme.organisation, number=900, name="Modelmaker")
        AISystem.objects.filter(pk=case.system_id).update(supplier=supplier)
        row = make_condition(acme, case, detector="registry_event", config={"events": ["supplier_change"]})
        data = make_condition(acme, case, "G3", detector="registry_event", config={"events": ["new_dataset"]})
        edit_supplier(
            supplier,
            name="Modelmaker",
            website="",
            notes="Bought by another company",
            revision=None,
            actor=acme.officer,
        )
        sweep()
        row.refresh_from_db()
        assert row.status == "tripped"
        add_evidence(acme.officer, kind="test_report", system=case.system, valid_for_days=30)
        sweep()
        data.refresh_from_db()
        assert data.status == "armed"
        add_evidence(acme.officer, kind="dataset_record", system=case.system, valid_for_days=30)
        sweep()
        data.refresh_from_db()
        assert data.status == "tripped"


def test_a_day_comes_whether_or_not_the_sweep_does_and_comes_again(acme, case):
    with acme:
        tomorrow = timezone.localdate() + timedelta(days=1)
        row = make_condition(
            acme, case, detector="calendar", config={"on": tomorrow.isoformat(), "repeat_months": 3}, every_hours=800,
            max_silence_hours=9000,
        )  # fmt: skip
        assert standing_of(case) == HOLDS
        assert assess(case, at=row.trips_at).standing == HOLDS
        come = row.trips_at + timedelta(microseconds=1)
        assert assess(case, at=come).standing == UNSUPPORTED
        assert row.next_check_at == come
        sweep(come)
        row.refresh_from_db()
        assert row.status == "tripped"
        assert row.events.latest("at").cause == {"day": tomorrow.isoformat()}
        DegradationCondition.objects.filter(pk=row.pk).update(since=timezone.now())
        evidence = clearing(acme)
        row = clear_condition(row, evidence=evidence, reason="Reviewed for the quarter", actor=acme.owner)
        assert row.status == "cleared"


def test_evidence_grows_old_and_newer_evidence_clears(acme, case):
    with acme:
        row = make_condition(
            acme, case, detector="evidence_age", threshold=12, every_hours=24, max_silence_hours=24 * 90
        )
        assert row.status == "armed"
        assert standing_of(case) == HOLDS
        sn1 = Element.objects.get(case=case, key="Sn1").bindings.get()
        assert row.trips_at == sn1.version.collected_at + timedelta(days=12)
        assert assess(case, at=row.trips_at + timedelta(seconds=1)).standing == UNSUPPORTED
        late = row.trips_at + timedelta(hours=1)
        sweep(late)
        row.refresh_from_db()
        assert row.status == "tripped"
        fresh = clearing(acme, "Bias test of this quarter")
        sn1.delete()
        bind_evidence(
            Element.objects.get(case=case, key="Sn1"), version=fresh.current, locator="p. 1", relevance="Rates",
            actor=acme.officer,
        )  # fmt: skip
        sweep(late)
        row.refresh_from_db()
        assert row.status == "cleared"


def test_people_look_too_and_their_word_clears_nothing(acme, case):
    with acme:
        row = make_condition(acme, case, detector="manual_attestation")
        assert standing_of(case) == WEAKENED
        row = attest_condition(row, seen="ok", statement="Gazette read to November", actor=acme.owner)
        assert (row.status, standing_of(case)) == ("armed", HOLDS)
        row = attest_condition(row, seen="suspected", statement="A bill is before parliament", actor=acme.owner)
        for _ in range(3):
            row = attest_condition(row, seen="ok", statement="Nothing new", actor=acme.owner)
        assert (row.status, standing_of(case)) == ("suspected", WEAKENED)
        for field, said in [
            ("seen", {"seen": "maybe", "statement": "x"}),
            ("statement", {"seen": "ok", "statement": " "}),
        ]:
            with pytest.raises(RuleBroken) as refused:
                attest_condition(row, actor=acme.owner, **said)
            assert refused.value.field == field
        link = make_condition(acme, case, "G3", detector="incident_link")
        with pytest.raises(RuleBroken) as refused:
            attest_condition(link, seen="tripped", statement="Wrong letters", actor=acme.owner)
        assert refused.value.field == "reference"
        link = attest_condition(link, seen="tripped", statement="Wrong letters", reference="INC-12", actor=acme.owner)
        assert link.events.latest("at").cause == {"reference": "INC-12"}
        with pytest.raises(PermissionDenied):
            attest_condition(link, seen="ok", statement="Fine", actor=acme.contributor)


def test_nobody_answers_so_others_hear_of_it_once(acme, case):
    with acme:
        row = make_condition(acme, case, actions=["escalate", "suspend"], respond_within_hours=4)
        row = report(acme, report(acme, row, "ok"), "tripped")
        assert row.next_check_at == row.respond_by + timedelta(microseconds=1)
        told = Notification.objects.filter(member=acme.owner, event="cases.condition.tripped").get()
        assert "asked to suspend the system" in told.sentence
        for hours in (3, 5, 6, 30):
            sweep(timezone.now() + timedelta(hours=hours))
        assert row.events.filter(kind=ConditionEvent.Kind.ESCALATED).count() == 1
        assert Notification.objects.filter(member=acme.officer, event="cases.condition.escalated").count() == 1


def test_nobody_lifts_an_effect_by_a_word(acme, case, hooked):
    """Editing, retiring and acknowledging leave the standing where it is."""
    with acme:
        row = report(acme, hooked, "tripped")
        acknowledge_condition(row, note="Seen", actor=acme.owner)
        with pytest.raises(RuleBroken):
            retire_condition(row, reason="Gone", actor=acme.officer)
        said = {
            name: getattr(row, name)
            for name in ("type", "statement", "detector", "config", "threshold", "every_hours", "max_silence_hours")
        }
        with pytest.raises(RuleBroken):
            edit_condition(row, revision=None, **said, effect=WEAKENED, clear_after=2, actor=acme.officer)
        assert standing_of(case, "G2") == UNSUPPORTED
        assert EvidenceItem.objects.exists()


def test_what_happens_is_followed_right_after_it_without_waiting_for_the_sweep(
    acme, case, django_capture_on_commit_callbacks
):
    with acme:
        make_metric(acme, case, claim="G3")
        rate = make_condition(acme, case, detector="metric_threshold", max_silence_hours=900)
        version = make_condition(acme, case, "G3", detector="registry_event")
    with django_capture_on_commit_callbacks(execute=True), acme:
        send(acme, reading(0.5, days_ago=1), reading(0.95, days_ago=1, group="18-34"))
    with django_capture_on_commit_callbacks(execute=True), acme:
        add_version(AISystem.objects.get(pk=case.system_id), label="2.0", actor=acme.officer)
    with acme:
        rate.refresh_from_db()
        version.refresh_from_db()
        assert (rate.status, version.status) == ("tripped", "tripped")
        assert standing_of(case, "G2") == UNSUPPORTED
