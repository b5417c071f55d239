"""The one writer of the audit trail."""

import hashlib
import json
from collections.abc import Iterable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import rfc8785
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.utils import timezone

from aims.tenancy.concurrency import plain
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.trail.events import sentence_of
from aims.trail.listeners import tell
from aims.trail.models import Chain, Event

EXACT = 2**53 - 1  # the largest whole number that JSON carries everywhere

correlation: ContextVar[UUID | None] = ContextVar("aims_correlation", default=None)


def record(event: str, target: models.Model, *, actor: Member | None, **changes: Any) -> Event:
    """Write that something happened to a record, inside the action's transaction.

    `event` is a dotted past-tense name declared in some room's events.py; `changes` holds small plain values, never a
    secret or a whole document. `actor=None` is the system itself. Fails outside a transaction.
    """
    return record_many([(event, target, changes)], actor=actor)[0]


def record_many(happenings: Iterable[tuple[str, models.Model, dict[str, Any]]], *, actor: Member | None) -> list[Event]:
    """`record` for many happenings of one act (an import): one lock, one insert."""
    if not connection.in_atomic_block:
        raise ImproperlyConfigured("record() belongs inside the action's transaction, so that fact and trail agree")
    happenings = list(happenings)
    if not happenings:
        return []
    organisation_id = getattr(happenings[0][1], "organisation_id", None) or happenings[0][1].pk
    chain = end_of_chain(organisation_id)
    now = timezone.now()
    events: list[Event] = []
    made: Any = Event
    for name, target, changes in happenings:
        sentence_of(name)  # an event that nobody declared is a bug, found at once
        chain.sequence += 1
        said: dict[str, Any] = {
            "id": uuid7(),
            "organisation_id": organisation_id,
            "sequence": chain.sequence,
            "at": now,
            "event": name,
            "actor_id": actor.pk if actor else None,
            "target_kind": target._meta.label_lower,
            "target_id": target.pk,
            "target_number": getattr(target, "number", None),
            "target_label": str(target)[:200],
            "changes": {key: plain(value) for key, value in changes.items()},
            "correlation": correlation.get(),
            "previous_hash": chain.hash,
            "hash": "",
        }
        event = made(*[said[field.attname] for field in Event._meta.concrete_fields])  # by place: half the time
        event.hash = chain.hash = hash_of(event)
        events.append(event)
    Event.objects.bulk_create(events, batch_size=1000)
    chain.save(update_fields=["sequence", "hash"])
    tell(events)
    return events


def end_of_chain(organisation_id: UUID) -> Chain:
    """The organisation's chain end, locked until the transaction ends; made when it is the first event."""
    chain = Chain.objects.select_for_update().filter(organisation_id=organisation_id).first()
    if chain is None:
        Chain.objects.bulk_create([Chain(organisation_id=organisation_id)], ignore_conflicts=True)
        chain = Chain.objects.select_for_update().get(organisation_id=organisation_id)
    return chain


def hash_of(event: Event) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of all that the event says, the previous hash included."""
    said = {
        "organisation": str(event.organisation_id),
        "sequence": event.sequence,
        "at": instant(event.at),
        "event": str(event.event),
        "actor": str(event.actor_id) if event.actor_id else None,
        "target": [event.target_kind, str(event.target_id), event.target_number, event.target_label],
        "changes": event.changes,
        "correlation": str(event.correlation) if event.correlation else None,
        "previous": event.previous_hash,
    }
    return hashlib.sha256(canonical(said)).hexdigest()


def canonical(said: dict[str, Any]) -> bytes:
    """The canonical JSON (RFC 8785), by the standard library where it writes the very same, several times as fast."""
    if not is_written_alike(said):
        return rfc8785.dumps(said)
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def is_written_alike(value: Any) -> bool:
    """Text, whole numbers that a double holds, booleans and null, below keys whose order is the same in every encoding."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return -EXACT <= value <= EXACT
    if kind is dict:
        return all(type(key) is str and key.isascii() and is_written_alike(each) for key, each in value.items())
    return kind is list and all(map(is_written_alike, value))


def instant(at: datetime) -> str:
    """A time in UTC to the microsecond, as hashed."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def first_broken_link() -> Event | None:
    """The first event of the entered organisation whose hash or place in the chain is wrong; None when it is whole."""
    previous, expected = "0" * 64, 1
    last = None
    for event in Event.objects.order_by("sequence").iterator(chunk_size=2000):
        if event.sequence != expected or event.previous_hash != previous or event.hash != hash_of(event):
            return event
        previous, expected, last = event.hash, expected + 1, event
    chain = Chain.objects.first()
    if chain and (chain.sequence != expected - 1 or chain.hash != previous):
        return last
    return None
