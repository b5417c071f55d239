"""The trail: append-only, chained, inside a transaction."""

import pytest
import rfc8785
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction

from aims.tenancy.events import MemberEvent
from aims.trail.models import Event
from aims.trail.record import canonical, first_broken_link, is_written_alike, record

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


@pytest.mark.parametrize(
    ("changes", "is_quick"),
    [
        ({}, True),
        ({"b": 1, "a": None, "c": [True, False, "é", {"z": "", "A": -(2**53 - 1)}]}, True),
        ({"text": 'tab\t line\n quote" back\\ slash/ \x00\x1f\x7f \u2028 \U0001f600 </script>'}, True),
        ({"half": 0.5}, False),
        ({"\ue000": 1, "\U0001f600": 2}, False),
        ({"tier": MemberEvent.ADDED}, False),
    ],
)
def test_what_is_hashed_is_canonical_json_whichever_way_it_is_written(changes, is_quick):
    said = {"sequence": 7, "changes": changes, "actor": None}
    assert is_written_alike(said) is is_quick
    assert canonical(said) == rfc8785.dumps(said)


def test_a_number_that_json_cannot_carry_is_refused_as_before():
    with pytest.raises(ValueError):
        canonical({"count": 2**53})
