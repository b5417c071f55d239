"""Higher rooms hear what happens in lower ones."""

import pytest
from django.db import transaction

from aims.tenancy.events import MemberEvent, TokenEvent
from aims.trail import listeners
from aims.trail.record import record, record_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard(monkeypatch):
    monkeypatch.setattr(listeners, "HANDLERS", [])
    monkeypatch.setattr(listeners, "_known", {})
    return []


def test_a_handler_hears_all_matching_events_of_one_act_at_once(acme, heard):
    listeners.on_event("tenancy.member.*", heard.append)
    with acme, transaction.atomic():
        happenings = [(MemberEvent.CHANGED, acme.owner, {}), (TokenEvent.ISSUED, acme.owner, {})]
        record_many([*happenings, (MemberEvent.ADDED, acme.officer, {})], actor=None)
    assert [[event.target_id for event in events] for events in heard] == [[acme.owner.pk, acme.officer.pk]]


def test_nothing_is_heard_twice(acme, heard):
    for pattern in ("tenancy.*", "tenancy.*", "tenancy.member.changed"):
        listeners.on_event(pattern, heard.append)
    with acme, transaction.atomic():
        record(MemberEvent.CHANGED, acme.owner, actor=None)
    assert len(heard) == 1


def test_a_handler_that_fails_undoes_the_act(acme, heard):
    def fail(events):
        raise RuntimeError

    listeners.on_event("tenancy.*", fail)
    before = acme.owner.display_name
    with acme, pytest.raises(RuntimeError), transaction.atomic():
        acme.owner.display_name = "Changed"
        acme.owner.save()
        record(MemberEvent.CHANGED, acme.owner, actor=None)
    with acme:
        acme.owner.refresh_from_db()
    assert acme.owner.display_name == before
