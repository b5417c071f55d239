"""Evidence goes stale, the sweep finds it: the standing falls, with its causes, and who answers for it is told once."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from aims.integrations.models import Notification
from aims.trail.models import Event
from cases.evaluation import assess
from cases.models import AssuranceCase, Element, Signal, StandingLevel, StandingTransition
from cases.sweep import reevaluate_due, reevaluate_for_system, reevaluate_for_versions
from evidence.actions import check_files
from evidence.actions.files import keep_files
from evidence.models import EvidenceVersion
from inventory.models import SystemVersion
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case
from tests.evidence.making import upload

pytestmark = pytest.mark.django_db


def later(days):
    return timezone.now() + timedelta(days=days)


def standings(case):
    return {row.key: StandingLevel(row.standing).name for row in Element.objects.filter(case=case)}


def test_a_sound_case_holds(acme):
    with acme:
        case = make_sound_case(acme)
        assert case.standing == StandingLevel.HOLDS
        assert set(standings(case).values()) == {"HOLDS"}
        assert case.next_transition_at == EvidenceVersion.objects.get(item__title="Bias test").valid_until + timedelta(
            microseconds=1
        )
        assert not Signal.objects.exists()


def test_one_leaf_expires(acme):
    with acme:
        case = make_sound_case(acme)
        assert reevaluate_due(later(89)).evaluated == 0
        for _ in range(3):
            reevaluate_due(later(91))
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED
        assert standings(case) == {
            "G1": "UNSUPPORTED",
            "S1": "UNSUPPORTED",
            "G2": "UNSUPPORTED",
            "Sn1": "UNSUPPORTED",
            "G3": "HOLDS",
            "Sn2": "HOLDS",
        }
        falls = StandingTransition.objects.filter(after=StandingLevel.UNSUPPORTED, before=StandingLevel.HOLDS)
        assert falls.count() == 5  # four elements and the case
        (signal,) = Signal.objects.all()
        assert signal.owner == acme.owner
        assert "“Bias test” (version 1) of Sn1 expired" in signal.sentence
        assert "G1 → S1 → G2 → Sn1" in signal.sentence
        assert signal.causes[0]["path"] == ["G1", "S1", "G2", "Sn1"]
        assert signal.due_on == timezone.localdate() + timedelta(days=3)
        (told,) = Notification.objects.all()
        assert told.member == acme.owner
        assert told.link == f"/o/acme/signals/{signal.number}/"
        assert Event.objects.filter(event="cases.case.fell").count() == 1
        assert Event.objects.filter(event="cases.signal.raised").count() == 1


def test_grace_then_expiry_is_one_signal_that_worsens(acme):
    with acme:
        case = make_sound_case(acme, grace_days=10)
        reevaluate_due(later(91))
        assert Signal.objects.get().after == StandingLevel.WEAKENED
        reevaluate_due(later(101))
        signal = Signal.objects.get()
        assert signal.after == StandingLevel.UNSUPPORTED
        assert signal.before == StandingLevel.HOLDS
        assert Notification.objects.count() == 2
        case.refresh_from_db()
        assert case.next_transition_at is None


def test_new_evidence_restores_the_standing_and_closes_nothing(acme):
    from cases.actions import renew_binding
    from cases.models import EvidenceBinding

    with acme:
        make_sound_case(acme, days=-1)
        # Binding stale evidence was an edit: the author sees it, and it is a cause like any other.
        case = AssuranceCase.objects.get()
        reevaluate_due(timezone.now())
        binding = EvidenceBinding.objects.get(element__key="Sn1")
        newer = make_evidence(acme, item=binding.version.item)
        renew_binding(binding, version=newer, actor=acme.owner)
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS


def test_a_standing_that_the_world_restores_closes_its_signal_and_a_second_fall_raises_another(acme):
    with acme:
        case = make_sound_case(acme)
        version = EvidenceVersion.objects.get(item__title="Bias test")
        EvidenceVersion.objects.filter(pk=version.pk).update(review="rejected")
        reevaluate_for_versions([version.pk], timezone.now())
        assert "was rejected" in Signal.objects.get().sentence
        EvidenceVersion.objects.filter(pk=version.pk).update(review="accepted")
        reevaluate_for_versions([version.pk], timezone.now())
        signal = Signal.objects.get()
        assert (signal.status, signal.closing_reason, signal.closed_by) == ("closed", "The standing is back.", None)
        assert signal.closed_at == signal.restored_at
        happened = list(Event.objects.filter(target_id=signal.pk).order_by("sequence").values_list("event", flat=True))
        assert happened == ["cases.signal.raised", "cases.signal.restored", "cases.signal.closed"]
        EvidenceVersion.objects.filter(pk=version.pk).update(review="rejected")
        reevaluate_for_versions([version.pk], timezone.now())
        assert list(Signal.objects.order_by("number").values_list("status", flat=True)) == ["closed", "open"]
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED


def test_a_claim_owner_is_told_of_their_claim(acme):
    with acme:
        make_sound_case(acme)
        Element.objects.filter(key="G2").update(owner=acme.contributor)
        reevaluate_due(later(91))
        assert {s.owner_id for s in Signal.objects.all()} == {acme.owner.pk, acme.contributor.pk}
        assert "claim G2 of" in Signal.objects.get(owner=acme.contributor).sentence


def test_one_person_with_both_duties_gets_one_signal(acme):
    with acme:
        make_sound_case(acme)
        Element.objects.filter(key="G2").update(owner=acme.owner)
        reevaluate_due(later(91))
        assert Signal.objects.count() == 1


def test_another_version_goes_live(acme):
    with acme:
        case = make_case(acme)
        grow(case, acme, "solution", "G1")
        old = case.system.current_version
        bind(case, acme, "Sn1", make_evidence(acme, system_version=old))
        new = SystemVersion.objects.create(system=case.system, label="2.0")
        case.system.current_version = new
        case.system.save(update_fields=["current_version"])
        swept = reevaluate_for_system(case.system_id, timezone.now())
        assert swept.fell == [case.number]
        assert "speaks for version 1.0; 2.0 is deployed" in Signal.objects.get().sentence


def test_building_a_case_raises_no_alarm(acme):
    with acme:
        case = make_sound_case(acme)
        grow(case, acme, "goal", "S1", "Still to be argued")
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNDEVELOPED
        assert not Signal.objects.exists()


def test_a_case_that_cannot_be_evaluated_does_not_hold_up_the_others(acme, monkeypatch):
    from cases import sweep

    with acme:
        first, second = (
            make_sound_case(acme),
            make_case(acme, system=AssuranceCase.objects.get().system, purpose="Other"),
        )
        AssuranceCase.objects.update(next_transition_at=timezone.now())
        real = sweep.reevaluate

        def fail(case, **rest):
            if case.pk == first.pk:
                raise RuntimeError
            return real(case, **rest)

        monkeypatch.setattr(sweep, "reevaluate", fail)
        swept = reevaluate_due(timezone.now())
        assert swept.failed == [first.pk]
        assert swept.evaluated == 1
        assert AssuranceCase.objects.get(pk=second.pk).next_transition_at is None


def test_reading_evaluates_at_now_whatever_is_stored(acme):
    with acme:
        case = make_sound_case(acme)
        assert assess(case, at=later(91)).standing == StandingLevel.UNSUPPORTED
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS


def test_the_sweep_stays_in_its_organisation(acme, globex):
    with globex:
        theirs = make_sound_case(globex)
    with acme:
        make_sound_case(acme)
        assert reevaluate_due(later(91)).evaluated == 1
    with globex:
        theirs.refresh_from_db()
        assert theirs.standing == StandingLevel.HOLDS
        assert not Signal.objects.exists()


@pytest.mark.parametrize("count", [1, 40])
def test_loading_many_cases_takes_a_fixed_number_of_queries(acme, count, django_assert_num_queries):
    from cases.loading import load_cases

    with acme:
        system = make_sound_case(acme).system
        for n in range(count - 1):
            make_case(acme, system=system, purpose=f"Purpose {n}")
        cases = list(AssuranceCase.objects.all())
        with django_assert_num_queries(6):
            assert len(load_cases(cases)) == count


def test_a_broken_file_takes_the_support_away_until_its_content_is_back(acme, django_capture_on_commit_callbacks):
    with acme:
        case = make_sound_case(acme)
        version = EvidenceVersion.objects.get(item__title="Bias test")
        keep_files(version, [upload()])
        key = version.files.get().key
        default_storage.delete(key)
        with django_capture_on_commit_callbacks(execute=True):
            check_files(version, actor=acme.owner)
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED
        assert standings(case)["Sn1"] == "UNSUPPORTED" and standings(case)["Sn2"] == "HOLDS"
        assert "“Bias test” (version 1) of Sn1 no longer matches its recorded hash" in Signal.objects.get().sentence
        default_storage.save(key, upload())
        with django_capture_on_commit_callbacks(execute=True):
            check_files(version, actor=acme.owner)
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS
        assert Signal.objects.get().restored_at is not None
