"""The sweep from stale evidence to a told owner, by task and by command, however often it runs and wherever it dies."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from aims.integrations.models import Notification
from aims.integrations.tasks import send_mail
from aims.site import sweeping
from aims.site.tasks import sweep
from cases import sweep as case_sweep
from cases.models import AssuranceCase, Element, Signal, StandingLevel
from cases.sweep import reevaluate_due
from cases.tasks import follow
from evidence.actions import review_version, withdraw_item
from evidence.models import EvidenceItem, EvidenceVersion
from inventory.actions import add_version, deploy_version
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case

pytestmark = pytest.mark.django_db


def expire(title="Bias test"):
    """As if its time had passed while nobody looked."""
    ago = timezone.now() - timedelta(minutes=1)
    EvidenceVersion.objects.filter(item__title=title).update(valid_until=ago, grace_until=ago, next_change_at=ago)
    EvidenceItem.objects.filter(title=title).update(fresh_until=ago)


@pytest.fixture
def expired(acme):
    with acme:
        case = make_sound_case(acme)
        expire()
    return case


def test_one_leaf_expires_and_the_owner_is_told_once(acme, globex, expired):
    for _ in range(3):
        sweep()
    with acme:
        expired.refresh_from_db()
        assert expired.standing == StandingLevel.UNSUPPORTED
        signal = Signal.objects.get()
        assert signal.causes[0]["path"] == ["G1", "S1", "G2", "Sn1"]
        assert Notification.objects.filter(member=acme.owner, event="cases.signal.raised").count() == 1
        assert Notification.objects.filter(member=acme.contributor, event="evidence.version.went_stale").count() == 1
    send_mail()
    send_mail()
    assert sorted(message.to[0] for message in mail.outbox) == ["contributor@acme.example", "system-owner@acme.example"]
    with globex:
        assert not Notification.objects.exists()


def test_the_command_prints_facts(acme, expired):
    out = StringIO()
    call_command("sweep", stdout=out)
    assert out.getvalue().strip() == (
        "organisations 1, evidence stale 1, controls changed 0, conditions looked at 0, "
        "cases evaluated 1, fell 1, rose 0, reminded 0, escalated 0, failed 0"
    )
    out = StringIO()
    call_command("sweep", "--organisation", "acme", stdout=out)
    assert "controls changed 0, conditions looked at 0, cases evaluated 0" in out.getvalue()


def test_the_command_can_look_ahead(acme):
    with acme:
        make_sound_case(acme)
        EvidenceVersion.objects.filter(valid_until__isnull=False).update(next_change_at=timezone.now())
    out = StringIO()
    call_command("sweep", "--at", f"{timezone.now() + timedelta(days=91):%Y-%m-%dT%H:%M}", stdout=out)
    assert "fell 1" in out.getvalue()


@pytest.mark.parametrize("options", [("--at", "tomorrow"), ("--at", "2027-13-45T99:00"), ("--organisation", "nowhere")])
def test_the_command_refuses_what_it_does_not_understand(options, db):
    with pytest.raises(CommandError):
        call_command("sweep", *options)


def test_killed_between_evidence_and_cases_the_next_sweep_goes_on(acme, expired, monkeypatch):
    class Killed(BaseException):
        pass

    def die(now):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(sweeping, "reevaluate_due", die)
        with pytest.raises(Killed):
            sweep()
    with acme:
        assert AssuranceCase.objects.get().standing == StandingLevel.HOLDS
        assert not EvidenceVersion.objects.due(timezone.now()).exists()
    sweep()
    with acme:
        assert AssuranceCase.objects.get().standing == StandingLevel.UNSUPPORTED
        assert Signal.objects.count() == 1


def test_killed_in_the_middle_of_a_case_nothing_is_half_written(acme, expired, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*args, **rest):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("cases.evaluation.record_many", die)
        with acme, pytest.raises(Killed), transaction.atomic():
            case_sweep.reevaluate_for_system(expired.system_id, timezone.now())
    with acme:
        assert AssuranceCase.objects.get().standing == StandingLevel.HOLDS
        assert set(Element.objects.values_list("standing", flat=True)) == {StandingLevel.HOLDS}
        assert not Signal.objects.exists()
        assert not Notification.objects.exists()


def test_one_organisation_that_breaks_off_does_not_hold_up_the_others(acme, globex, expired, monkeypatch):
    with globex:
        make_sound_case(globex)
        expire()
    real = sweeping.sweep_organisation

    def fail(organisation_id, now, summary):
        if organisation_id == acme.organisation.pk:
            raise RuntimeError
        return real(organisation_id, now, summary)

    monkeypatch.setattr(sweeping, "sweep_organisation", fail)
    summary = sweeping.sweep(timezone.now())
    assert summary.failed == [acme.organisation.pk]
    assert len(summary.cases.fell) == 1
    with pytest.raises(CommandError):
        call_command("sweep", stdout=StringIO())


# --- What people do reaches the cases at once, not only with the next beat ---


def due_at_once():
    return list(AssuranceCase.objects.due(timezone.now()).values_list("number", flat=True))


def test_a_rejected_version_makes_its_cases_due_and_rings(acme, django_capture_on_commit_callbacks):
    with acme:
        case = make_case(acme)
        grow(case, acme, "solution", "G1")
        version = make_evidence(acme, review="pending")
        bind(case, acme, "Sn1", version)
        assert due_at_once() == []
        with django_capture_on_commit_callbacks(execute=True):
            review_version(version, verdict="accepted", note="", actor=acme.challenger)
            assert due_at_once() == [case.number]
        follow(str(acme.organisation.pk))
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS
        assert due_at_once() == []


def test_withdrawn_evidence_makes_its_cases_due(acme):
    with acme:
        case = make_sound_case(acme)
        other = make_case(acme, system=case.system, purpose="Other")
        withdraw_item(EvidenceItem.objects.get(title="Bias test"), reason="Wrong data", actor=acme.contributor)
        assert due_at_once() == [case.number]
        assert reevaluate_due(timezone.now()).fell == [case.number]
        assert "was withdrawn" in Signal.objects.get().sentence
        other.refresh_from_db()
        assert other.next_transition_at is None


def test_a_version_going_live_makes_the_cases_of_the_system_due(acme):
    with acme:
        case = make_sound_case(acme)
        new = add_version(case.system, label="2.0", actor=acme.officer)
        deploy_version(new, actor=acme.officer)
        assert due_at_once() == [case.number]
        assert reevaluate_due(timezone.now()).evaluated == 1
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS  # its evidence names no version
