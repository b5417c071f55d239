"""The trail: append-only, chained, inside a transaction."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction

from aims.tenancy.events import MemberEvent
from aims.trail.models import Event
from aims.trail.record import first_broken_link, record

pytestmark = pytest.mark.django_db


def test_events_are_chained_per_organisation(acme, globex):
    with acme:
        first, second = Event.objects.order_by("sequence")[:2]
        assert (first.sequence, second.sequence) == (1, 2)
        assert second.previous_hash == first.hash
        assert first_broken_link() is None


def test_an_event_cannot_be_changed_or_deleted(acme):
    with acme:
        for change in (
            lambda: Event.objects.update(event="tenancy.member.changed"),
            lambda: connection.cursor().execute("delete from trail_event"),
        ):
            with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
                change()


def test_an_undeclared_event_is_refused(acme):
    with acme, pytest.raises(KeyError, match="declared in no room"):
        record("tenancy.member.eaten", acme.officer, actor=acme.officer)


def test_a_tampered_event_breaks_the_chain(acme):
    from aims.tenancy.ids import uuid7

    with acme:
        last = Event.objects.order_by("sequence").last()
        Event.objects.create(
            sequence=last.sequence + 1,
            at=last.at,
            event=MemberEvent.ADDED,
            actor=acme.officer,
            target_kind="tenancy.member",
            target_id=uuid7(),
            target_label="smuggled in",
            previous_hash=last.hash,
            hash="0" * 64,
        )
        assert first_broken_link().target_label == "smuggled in"


@pytest.mark.django_db(transaction=True)
def test_record_refuses_to_run_outside_a_transaction():
    from aims.tenancy.models import Organisation

    with pytest.raises(ImproperlyConfigured):
        record(MemberEvent.ADDED, Organisation(), actor=None)
