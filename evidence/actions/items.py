"""Adding pieces of evidence, saying what they are about, taking them out of use."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from evidence.actions.versions import (
    Collection,
    Review,
    check_collection,
    check_days,
    create_version,
    require_active,
    require_known,
    settle_current,
    tier_of,
    told_of,
)
from evidence.events import ItemEvent
from evidence.models import Confidentiality, EvidenceItem, Kind
from inventory.models import AISystem, SystemVersion


@transaction.atomic
def add_evidence(
    *,
    title: str,
    kind: str,
    collected_at: datetime,
    actor: Member,
    description: str = "",
    owner: Member | None = None,
    system: AISystem | None = None,
    confidentiality: str = Confidentiality.INTERNAL,
    observed_from: date | None = None,
    observed_to: date | None = None,
    valid_for_days: int | None = None,
    grace_days: int = 0,
    environment: str = "",
    system_version: SystemVersion | None = None,
    dataset_version: str = "",
    population: str = "",
    sample_size: int | None = None,
    independence: str = "",
    method: str = "",
    uri: str = "",
    files: Sequence[File] = (),
) -> EvidenceItem:
    """Add a piece of evidence with its first version and files; without an owner the actor keeps it.

    `valid_for_days=None` means the usual time of the kind (for some kinds: without end).
    """
    collection = Collection(
        collected_at=collected_at,
        observed_from=observed_from,
        observed_to=observed_to,
        valid_for_days=valid_for_days,
        grace_days=grace_days,
        environment=environment,
        system_version=system_version,
        dataset_version=dataset_version,
        population=population,
        sample_size=sample_size,
        independence=independence,
        method=method,
        uri=uri,
        files=files,
    )
    require_known(kind, Kind, "kind")
    require_known(confidentiality, Confidentiality, "confidentiality")
    check_collection(kind, system, collection)
    item = EvidenceItem.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, EvidenceItem),
        title=title,
        kind=kind,
        description=description,
        owner=owner or actor,
        system=system,
        confidentiality=confidentiality,
    )
    version = create_version(item, 1, collection, actor)
    settle_current(item)
    record(ItemEvent.ADDED, item, actor=actor, kind=kind, system=system, **told_of(version))
    return item


@transaction.atomic
def edit_item(
    item: EvidenceItem,
    *,
    title: str,
    kind: str,
    description: str,
    owner: Member,
    system: AISystem | None,
    confidentiality: str,
    actor: Member,
    revision: int | None = None,
) -> EvidenceItem:
    """Change what the evidence is called and belongs to; what was collected never changes."""
    row = locked(item, revision=revision)
    require_active(row)
    require_known(kind, Kind, "kind")
    require_known(confidentiality, Confidentiality, "confidentiality")
    if row.current is not None and (kind, tier_of(system)) != (row.kind, tier_of(row.system)):
        field = "kind" if kind != row.kind else "system"
        check_days(kind, tier_of(system), row.current.valid_for_days, row.current.grace_days, field=field)
    if system != row.system and row.versions.filter(system_version__isnull=False).exclude(
        system_version__system=system
    ):
        raise RuleBroken(
            _("Its versions speak for a version of %s. Add new evidence for another system.") % row.system,
            field="system",
        )
    told = save_changes(
        row,
        title=title,
        kind=kind,
        description=description,
        owner=owner,
        system=system,
        confidentiality=confidentiality,
    )
    if told:
        record(ItemEvent.EDITED, row, actor=actor, **told)
    return row


@transaction.atomic
def supersede_item(
    item: EvidenceItem, *, successor: EvidenceItem, reason: str, actor: Member, revision: int | None = None
) -> EvidenceItem:
    """Put other evidence in its place: nothing rests on it any more, and whoever relied on it is led to the successor."""
    # In one order, so that two pieces that supersede each other at once do not wait for each other.
    rows = EvidenceItem.objects.filter(pk__in=[item.pk, successor.pk]).order_by("pk").select_for_update(of=("self",))
    found = {row.pk: row for row in rows}
    row, heir = locked(found[item.pk], revision=revision), found[successor.pk]
    require_active(row)
    if heir.pk == row.pk:
        raise RuleBroken(_("Evidence cannot take its own place. Add a version instead."), field="successor")
    if not heir.is_active or heir.current_id is None:
        raise RuleBroken(
            _("“%s” is not in use or has no usable version. Choose evidence that counts.") % heir.title[:100],
            field="successor",
        )
    if not reason.strip():
        raise RuleBroken(_("Say why it is superseded; whoever relied on it will want to know."), field="reason")
    row.versions.filter(next_change_at__isnull=False).update(next_change_at=None)
    move(
        item,
        EvidenceItem.Status.SUPERSEDED,
        event=ItemEvent.SUPERSEDED,
        actor=actor,
        fields={
            "superseded_by": heir,
            "withdrawn_reason": reason.strip(),
            "current": None,
            "fresh_until": None,
        },  # fmt: skip
        successor=heir.number,
        reason=reason.strip(),
    )
    record(ItemEvent.TOOK_OVER, heir, actor=actor, superseded=row.number)
    return item


@transaction.atomic
def withdraw_item(item: EvidenceItem, *, reason: str, actor: Member, revision: int | None = None) -> EvidenceItem:
    """Take the evidence out of use, with its versions; all of it stays readable."""
    row = locked(item, revision=revision)
    if not reason.strip():
        raise RuleBroken(_("Say why it is withdrawn; whoever relied on it will want to know."), field="reason")
    # Rejected versions keep their verdict: they were never in use.
    row.versions.usable().update(review=Review.WITHDRAWN, next_change_at=None)
    return move(
        item,
        EvidenceItem.Status.WITHDRAWN,
        event=ItemEvent.WITHDRAWN,
        actor=actor,
        fields={"withdrawn_reason": reason.strip(), "current": None, "fresh_until": None},
        reason=reason.strip(),
    )
