"""Evidence of a monitor that follows by itself: each newer accepted version is taken, and nothing else."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from aims.rules import RuleBroken
from aims.trail.models import Event
from cases.actions import edit_binding, freeze_baseline
from cases.documents import document_of, sha256_of
from cases.evaluation import assess
from cases.loading import load_in_force, load_structure
from cases.models import EvidenceBinding, Signal, StandingLevel
from cases.sweep import reevaluate_due
from evidence.actions import add_version, review_version
from evidence.models import EvidenceItem, Kind
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case
from tests.cases.clock import moving_clock
from tests.evidence.making import upload

pytestmark = pytest.mark.django_db


def watch_a_monitor(acme):
    """Sn1 rests on a monitoring series that runs out in five days, and follows it."""
    case = make_case(acme)
    grow(case, acme, "solution", "G1", "Monitor of wrong scores")
    version = make_evidence(acme, "Wrong scores", days=5)
    EvidenceItem.objects.filter(pk=version.item_id).update(kind=Kind.MONITORING_SERIES)
    version.item.refresh_from_db()
    bind(case, acme, "Sn1", version, follow_latest=True)
    case.refresh_from_db()
    assert case.standing == StandingLevel.HOLDS
    return case


@pytest.fixture
def monitored(acme):
    with acme:
        return watch_a_monitor(acme)


def collected(acme, *, verdict="accepted", **fields):
    """A newer version of the series, as people add and review it."""
    item = EvidenceItem.objects.get(title="Wrong scores")
    told = {"valid_for_days": 30, "files": [upload(content=f"%PDF-1.7 {timezone.now()}".encode())], **fields}
    version = add_version(item, collected_at=timezone.now(), actor=acme.contributor, **told)
    if verdict:
        review_version(version, verdict=verdict, note="Looked at", actor=acme.officer)
    return version


def bound():
    return EvidenceBinding.objects.select_related("version").get(element__key="Sn1")


def test_a_newer_accepted_version_is_taken_and_the_trail_says_so(acme, monitored):
    with acme:
        newer = collected(acme)
        assert bound().version.ordinal == 1  # whoever accepts evidence waits for no case
        reevaluate_due(timezone.now())
        assert bound().version_id == newer.pk
        assert bound().revision == 2
        event = Event.objects.get(event="cases.binding.followed")
        assert event.target_id == monitored.pk
        assert event.changes["version"] == [1, 2]
        assert event.changes["element"] == "Sn1"
        assert assess(monitored, at=timezone.now() + timedelta(days=20)).standing == StandingLevel.HOLDS
        reevaluate_due(timezone.now())
        assert Event.objects.filter(event="cases.binding.followed").count() == 1


def test_an_edit_of_the_case_takes_it_too(acme, monitored):
    with acme:
        newer = collected(acme)
        grow(monitored, acme, "context", "G1", "Small loans")
        assert bound().version_id == newer.pk


def test_what_waits_or_was_rejected_or_can_change_unnoticed_is_not_taken(acme, monitored):
    with acme:
        collected(acme, verdict="rejected")
        collected(acme, files=[], uri="https://example.org/now")
        collected(acme, verdict="")
        reevaluate_due(timezone.now())
        assert bound().version.ordinal == 1
        later = timezone.now() + timedelta(days=6)
        assert assess(monitored, at=later).standing == StandingLevel.UNSUPPORTED
        review_version(
            EvidenceItem.objects.get().versions.get(ordinal=4), verdict="accepted", note="", actor=acme.officer
        )
        reevaluate_due(timezone.now())
        assert bound().version.ordinal == 4


def test_what_the_monitor_puts_right_closes_the_signal(acme, monitored):
    with acme:
        EvidenceBinding.objects.get().version.item.versions.update(
            valid_until=timezone.now() - timedelta(hours=1), grace_until=timezone.now() - timedelta(hours=1)
        )
        monitored.next_transition_at = timezone.now()
        monitored.save(update_fields=["next_transition_at"])
        reevaluate_due(timezone.now())
        assert Signal.objects.get().status == "open"
        collected(acme)
        reevaluate_due(timezone.now())
        monitored.refresh_from_db()
        assert monitored.standing == StandingLevel.HOLDS
        assert Signal.objects.get().status == "closed"


def test_only_a_monitoring_series_is_followed(acme):
    with acme:
        case = make_sound_case(acme)
        binding = bound()
        told = {
            "locator": "",
            "relevance": "",
            "environment_required": "",
            "environment_policy": 3,
            "version_policy": 3,
        }
        for act in (
            lambda: edit_binding(binding, **told, follow_latest=True, actor=acme.officer),
            lambda: bind(case, acme, "Sn2", make_evidence(acme, "Another"), follow_latest=True),
        ):
            with pytest.raises(RuleBroken, match="Only a monitoring series") as refused:
                act()
            assert refused.value.field == "follow_latest"


def test_without_it_a_newer_version_waits_for_a_person(acme, monitored):
    with acme:
        told = {"locator": "p. 1", "relevance": "x", "environment_required": "", "environment_policy": 3,
                "version_policy": 3}  # fmt: skip
        edit_binding(bound(), **told, follow_latest=False, actor=acme.officer)
        collected(acme)
        reevaluate_due(timezone.now())
        assert bound().version.ordinal == 1


def test_a_series_that_became_something_else_is_followed_no_more(acme, monitored):
    with acme:
        EvidenceItem.objects.update(kind=Kind.DOCUMENT)
        collected(acme)
        reevaluate_due(timezone.now())
        assert bound().version.ordinal == 1


def test_following_is_said_in_the_baseline_and_taking_changes_nothing_in_it(acme, monitored):
    with acme:
        frozen = freeze_baseline(monitored, reason="For review", actor=acme.officer)
        assert frozen.document["bindings"][0]["follow_latest"] is True
        collected(acme)
        reevaluate_due(timezone.now())
        assert bound().version.ordinal == 2
        assert sha256_of(document_of(load_structure(monitored))) == frozen.sha256
        told = {"locator": "page 3", "relevance": "Selection rates by group", "environment_required": "",
                "environment_policy": 3, "version_policy": 3}  # fmt: skip
        edit_binding(bound(), **told, follow_latest=False, actor=acme.officer)
        document = document_of(load_structure(monitored))
        assert "follow_latest" not in document["bindings"][0]  # so that what was frozen before keeps its hash
        assert sha256_of(document) != frozen.sha256


def test_the_past_knows_what_was_followed_then(acme):
    with moving_clock(datetime.fromisoformat("2027-01-04T08:00:00+00:00")) as clock, acme:
        case = watch_a_monitor(acme)
        before = timezone.now()
        clock.pass_(hours=1)
        collected(acme)
        reevaluate_due(timezone.now())
        assert bound().version.ordinal == 2
        (then,) = load_in_force([case], before)
        (rows,) = then.bindings.values()
        assert rows[0].version.ordinal == 1
