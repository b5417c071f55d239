"""What time alone does to evidence: the sweep finds what is due, moves its clock on and tells whom it concerns.

Reading a page evaluates at now, so nothing shows a stale green while a sweep is late. The sweep is for those who are
not looking.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from aims.tenancy.models import Organisation
from aims.tenancy.scope import current_organisation_id
from aims.trail.record import record_many
from evidence.events import VersionEvent
from evidence.models import EvidenceItem, EvidenceVersion
from evidence.telling import tell_keepers

BATCH = 1000

# One statement claims a batch, moves its clock and says what it was about: as SQL, because the ORM has no UPDATE …
# RETURNING. SKIP LOCKED lets two workers share the work; the CASE is `freshness_at` of freshness.py, and a test holds
# the two together. Row-level security confines it to the entered organisation; the comparison in pairs can only be answered
# from the index that leads with the organisation: by the other one each organisation would step over what is due in all.
CLAIM = """
with due as (
  select v.id, v.next_change_at as was_due_at, v.stale_told_at as was_told_at,
         i.number, i.title, i.owner_id, (i.current_id = v.id and i.status = 'active') as is_current
  from evidence_evidenceversion v join evidence_evidenceitem i
    on i.organisation_id = v.organisation_id and i.id = v.item_id
  where v.next_change_at is not null
    and (v.organisation_id, v.next_change_at) <= (nullif(current_setting('aims.organisation', true), '')::uuid, %(now)s)
  order by v.next_change_at
  limit %(batch)s
  for update of v skip locked
)
update evidence_evidenceversion v set
  next_change_at = case
    when v.valid_until is null then null
    when %(now)s < v.valid_until - least((v.valid_until - v.collected_at) / 4, interval '720 hours')
      then v.valid_until - least((v.valid_until - v.collected_at) / 4, interval '720 hours')
    when %(now)s <= v.valid_until then v.valid_until + interval '1 microsecond'
    when %(now)s <= v.grace_until then v.grace_until + interval '1 microsecond'
    else null end,
  stale_told_at = case
    when due.is_current and %(now)s > v.grace_until then coalesce(v.stale_told_at, %(now)s)
    else v.stale_told_at end
from due where due.id = v.id
returning v.id, v.organisation_id, v.item_id, v.ordinal, v.valid_until, v.grace_until,
  due.number, due.title, due.owner_id, due.is_current,
  due.was_due_at <= v.valid_until + interval '1 microsecond' as was_current, due.was_told_at
"""


@dataclass(frozen=True, slots=True)
class Flagged:
    """One row that the sweep moved on."""

    version_id: UUID
    organisation_id: UUID
    item_id: UUID
    ordinal: int
    valid_until: datetime | None
    grace_until: datetime | None
    number: int
    title: str
    owner_id: UUID
    is_current: bool
    was_current: bool
    told_at: datetime | None

    def event_at(self, now: datetime) -> str | None:
        """What happened to it, if anything that concerns anybody: ageing alone does not."""
        if not self.is_current or self.valid_until is None or now <= self.valid_until:
            return None
        if self.grace_until is not None and now <= self.grace_until:
            return VersionEvent.ENTERED_GRACE if self.was_current else None
        return None if self.told_at else VersionEvent.WENT_STALE

    def version(self) -> EvidenceVersion:
        """The version with its item, as far as the trail and a notification need them, without a query."""
        # As if read with only(): several times as fast as the constructors, which fill in every other field.
        item = EvidenceItem.from_db(
            DEFAULT_DB_ALIAS,
            ["id", "organisation_id", "number", "title", "owner_id"],
            [self.item_id, self.organisation_id, self.number, self.title, self.owner_id],
        )
        version = EvidenceVersion.from_db(
            DEFAULT_DB_ALIAS,
            ["id", "organisation_id", "item_id", "ordinal", "valid_until", "grace_until"],
            [self.version_id, self.organisation_id, self.item_id, self.ordinal, self.valid_until, self.grace_until],
        )
        version.item = item
        return version


def flag_due(now: datetime) -> list[EvidenceVersion]:
    """Move on everything due in the entered organisation; returns the current versions that went stale by it.

    Call it inside `organisation_scope`, outside a transaction: each batch is one of its own with its trail and
    notifications, so that a killed worker leaves whole batches and the next one goes on behind them.
    """
    organisation_id = current_organisation_id()
    if organisation_id is None:
        raise ImproperlyConfigured("flag_due() belongs inside organisation_scope(): it sweeps one organisation")
    organisation = Organisation.objects.get(pk=organisation_id)
    return [version for batch in batches(organisation, now) for version in batch]


def batches(organisation: Organisation, now: datetime) -> Iterator[list[EvidenceVersion]]:
    while True:
        with transaction.atomic():
            flagged = claim(now)
            stale = tell(organisation, flagged, now)
        yield stale
        if len(flagged) < BATCH:
            return


def claim(now: datetime) -> list[Flagged]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "batch": BATCH})
        return [Flagged(*row) for row in cursor.fetchall()]


def tell(organisation: Organisation, flagged: list[Flagged], now: datetime) -> list[EvidenceVersion]:
    """Write the trail and tell the keepers; returns the versions that went stale."""
    happened = [(event, row.version()) for row in flagged if (event := row.event_at(now))]
    record_many([(event, version.item, changes_of(version)) for event, version in happened], actor=None)
    tell_keepers(organisation, happened, now)
    return [version for event, version in happened if event == VersionEvent.WENT_STALE]


def changes_of(version: EvidenceVersion) -> dict[str, object]:
    until = version.valid_until
    return {"version": version.ordinal, "valid_until": until.isoformat(" ", "minutes") if until else None}
