"""What the rows of a plan mean for the register: new, changed or as they were; and writing a batch of them at once.

A system is found by the row's key, else by name and unit when a person registered exactly one such system by hand. Each
system remembers a digest of what the last import said about each field: a field is written only when the file says
something new, so that importing the same file again changes nothing and what people changed here stays.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from aims.tenancy.grants import permission_id
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record_many
from aims.transitions import move
from inventory.access import CHANGE
from inventory.events import SupplierEvent, SystemEvent
from inventory.importing import Row
from inventory.importing.fields import BY_KEY
from inventory.models import AISystem, AISystemUserObjectPermission, Supplier, SystemVersion

TEXTS = ("name", "purpose", "outputs", "business_unit", "topic")
WRITTEN = [
    *TEXTS,
    "external_key",
    "stage",
    "owner",
    "supplier",
    "screening",
    "tier",
    "tier_reasons",
    "details",
    "imported",
    "revision",
    "updated_at",
]
# Fields of the file that the register has no field for: they are shown under their label with the further columns.
LABELLED = (
    "owner_email",
    "owner_name",
    "developed_by",
    "contract",
    "impact",
    "uses_personal_data",
    "is_public_facing",
    "acts_without_review",
    "started_on",
    "development_on",
    "implemented_on",
    "retired_on",
)
NOT_COMPARED = {"external_key", "organisation", "organisation_name"}
TIER_FROM_FILE = {"questions": [], "text": gettext_noop("The tier came with the import."), "rests_on_unknown": False}


@dataclass
class Change:
    """One accepted row and what it does; `changed` names the fields that the file says something new about."""

    row: Row
    system: AISystem
    kind: str  # created, updated, unchanged
    digests: dict[str, str]
    changed: set[str]


@dataclass
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, changes: Iterable[Change]) -> "Counts":
        for change in changes:
            setattr(self, change.kind, getattr(self, change.kind) + 1)
        return self


def compare(rows: Sequence[Row], *, lock: bool = False) -> list[Change]:
    """What each row would do to the register of the entered organisation; writes nothing."""
    systems = AISystem.objects.select_for_update(of=("self",)) if lock else AISystem.objects.all()
    by_key = {system.external_key: system for system in systems.filter(external_key__in=[row.key for row in rows])}
    by_name: dict[tuple[str, str], list[AISystem]] = defaultdict(list)
    names = {row.name for row in rows if row.key not in by_key}
    for system in systems.filter(external_key="", name__in=names):
        by_name[(system.name, system.business_unit)].append(system)
    changes: list[Change] = []
    for row in rows:
        known = by_key.get(row.key)
        if known is None:
            namesakes = by_name.get((row.name, text(row, "business_unit")), [])
            # With several of one name nobody can tell which is meant: they stay apart.
            namesake = namesakes.pop() if len(namesakes) == 1 else None
            changes.append(change_of(row, namesake))
            continue
        changes.append(change_of(row, known))
    return changes


def change_of(row: Row, system: AISystem | None) -> Change:
    digests = {key: digest(value) for key, value in row.values.items() if key not in NOT_COMPARED}
    digests["extra"] = digest(sorted((row.extra or {}).items()))
    if system is None:
        return Change(row, AISystem(**entering(row)), "created", digests, set(digests))
    changed = {key for key, value in digests.items() if system.imported.get(key) != value}
    is_adopted = not system.external_key
    return Change(row, system, "updated" if changed or is_adopted else "unchanged", digests, changed)


def entering(row: Row) -> dict[str, Any]:
    """With what a new system starts: one that the file calls retired enters the register as such."""
    if row.values.get("stage") != "retired":
        return {}
    was_used = row.values.get("implemented_on") or row.values.get("retired_on")
    return {
        "stage": AISystem.Stage.OPERATION if was_used else AISystem.Stage.DEVELOPMENT,
        "status": AISystem.Status.RETIRED,
        "retired_at": midnight(row.values.get("retired_on")) or timezone.now(),
        "retired_reason": _("Retired in the register that it was imported from."),
    }


def digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def apply_rows(rows: Sequence[Row], *, organisation_id: UUID, actor: Member | None, number: int) -> list[Change]:
    """Write a batch of rows, all or none, inside the caller's transaction; `number` is the import's, for the trail."""
    changes = compare(rows, lock=True)
    created = [change for change in changes if change.kind == "created"]
    updated = [change for change in changes if change.kind == "updated"]
    if not created and not updated:
        return changes
    owners = owners_of([*created, *updated])
    suppliers = suppliers_of([*created, *updated], organisation_id, actor)
    former = {change.system.pk: change.system.owner_id for change in updated}
    for change in (*created, *updated):
        fill(change, owners, suppliers)
    create(created, organisation_id)
    AISystem.objects.bulk_update([change.system for change in updated], WRITTEN, batch_size=200)
    grant_owners(created, updated, former, organisation_id)
    add_versions([*created, *updated], organisation_id, actor)
    told: list[tuple[str, Any, dict[str, Any]]] = [
        (SystemEvent.IMPORTED, change.system, {"import": number, "row": change.row.number}) for change in created
    ]
    told += [
        (
            SystemEvent.REIMPORTED,
            change.system,
            {"import": number, "row": change.row.number, "fields": sorted(change.changed)},
        )
        for change in updated
    ]
    record_many(told, actor=actor)
    for change in updated:
        follow_status(change, actor)
    return changes


def fill(change: Change, owners: dict[str, Member], suppliers: dict[str, Supplier]) -> None:
    """Set the fields of the system that the file says something new about."""
    row, system, is_new = change.row, change.system, change.kind == "created"

    def is_told(key: str) -> bool:
        """Whether to write the field; a blank in the file empties only what an import had filled."""
        return key in change.changed and (row.values.get(key) not in (None, "") or key in system.imported)

    for key in TEXTS:
        if is_told(key):
            setattr(system, key, text(row, key))
    if is_told("stage") and row.values["stage"] != "retired":
        system.stage = text(row, "stage")
    if is_told("owner_email"):
        system.owner = owners.get(text(row, "owner_email"), system.owner)
    if is_told("supplier"):
        system.supplier = suppliers.get(text(row, "supplier").casefold())
    if not system.is_screened:
        system.screening = {**system.screening, **answers_of(row)}
        if is_told("tier"):
            system.tier = text(row, "tier")
            system.tier_reasons = [TIER_FROM_FILE | {"tier": system.tier}] if system.tier else []
    system.external_key = row.key
    system.details = {"columns": [*labelled(row), *(row.extra or {}).items()]}
    system.imported = {**system.imported, **change.digests}
    if not is_new:
        system.revision += 1
        system.updated_at = timezone.now()


def text(row: Row, key: str) -> str:
    return str(row.values.get(key) or "")


def answers_of(row: Row) -> dict[str, str]:
    """What the file answers of the screening; a person confirms it, so it gives no tier by itself."""
    answers = {}
    if row.values.get("impact") in ("safety", "both"):
        answers["safety_component"] = "yes"
    if row.values.get("uses_personal_data") is not None:
        answers["personal_data"] = "personal" if row.values["uses_personal_data"] else "none"
    if row.values.get("acts_without_review") is True:
        answers["human_review"] = "none"
    return answers


def labelled(row: Row) -> list[tuple[str, str]]:
    """Values that have a meaning here but no field of their own."""
    shown = []
    for key in LABELLED:
        value = row.values.get(key)
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            value = "Yes" if value else "No"
        shown.append((BY_KEY[key].label, value.isoformat() if isinstance(value, date) else str(value)))
    return shown


def midnight(day: object) -> datetime | None:
    return datetime.combine(day, time(), tzinfo=UTC) if isinstance(day, date) else None


def owners_of(changes: Sequence[Change]) -> dict[str, Member]:
    """Members who may own systems, by the e-mail address that the file names."""
    addresses = {text(change.row, "owner_email") for change in changes} - {""}
    if not addresses:
        return {}
    found = Member.objects.active().filter(user__email__in=addresses).select_related("user")
    return {member.user.email: member for member in found if member.may("systems.edit")}


def suppliers_of(changes: Sequence[Change], organisation_id: UUID, actor: Member | None) -> dict[str, Supplier]:
    """The suppliers that the rows name, by their name without case; those not known yet are added."""
    wanted: dict[str, str] = {}
    for change in changes:
        if name := text(change.row, "supplier"):
            wanted.setdefault(name.casefold(), name)
    if not wanted:
        return {}
    known = {
        supplier.name.casefold(): supplier for supplier in Supplier.objects.all() if supplier.name.casefold() in wanted
    }
    missing = [name for folded, name in wanted.items() if folded not in known]
    if missing:
        first = next_number(organisation_id, Supplier, len(missing))
        added = [
            Supplier(organisation_id=organisation_id, number=first + place, name=name)
            for place, name in enumerate(missing)
        ]
        Supplier.objects.bulk_create(added)
        record_many(((SupplierEvent.ADDED, supplier, {"name": supplier.name}) for supplier in added), actor=actor)
        known |= {supplier.name.casefold(): supplier for supplier in added}
    return known


def create(changes: Sequence[Change], organisation_id: UUID) -> None:
    """Enter new systems, numbered in the order of the file."""
    if not changes:
        return
    first = next_number(organisation_id, AISystem, len(changes))
    for place, change in enumerate(changes):
        change.system.organisation_id = organisation_id
        change.system.number = first + place
    AISystem.objects.bulk_create([change.system for change in changes], batch_size=500)


def grant_owners(
    created: Sequence[Change], updated: Sequence[Change], former: dict[UUID, UUID | None], organisation_id: UUID
) -> None:
    """Give new owners the permission on their system and take it from those before them."""
    moved = [change.system for change in updated if change.system.owner_id != former[change.system.pk]]
    gained = [(system, system.owner) for system in (*(change.system for change in created), *moved) if system.owner]
    if moved:
        AISystemUserObjectPermission.objects.filter(content_object__in=moved).delete()
    if gained:
        permission = permission_id("inventory", CHANGE)
        AISystemUserObjectPermission.objects.bulk_create(
            [
                AISystemUserObjectPermission(
                    organisation_id=organisation_id,
                    user_id=owner.user_id,
                    permission_id=permission,
                    content_object=system,
                )
                for system, owner in gained
            ],
            ignore_conflicts=True,
        )


def add_versions(changes: Sequence[Change], organisation_id: UUID, actor: Member | None) -> None:
    """Add the versions that the file names; one of a system in operation is the one in operation."""
    wanted = [(change.system, text(change.row, "version")) for change in changes if "version" in change.changed]
    wanted = [(system, label) for system, label in wanted if label]
    if not wanted:
        return
    systems = [system for system, _label in wanted]
    known = {
        (version.system_id, version.label): version for version in SystemVersion.objects.filter(system__in=systems)
    }
    now = timezone.now()
    added, current = [], []
    for system, label in wanted:
        version = known.get((system.pk, label))
        if version is None:
            version = SystemVersion(organisation_id=organisation_id, system=system, label=label, added_by=actor)
            added.append(version)
        if system.stage == AISystem.Stage.OPERATION and system.current_version_id != version.pk:
            version.deployed_at = now
            current.append((system, version))
    SystemVersion.objects.bulk_create(added)
    SystemVersion.objects.bulk_update([version for _system, version in current], ["deployed_at"])
    for system, version in current:
        system.current_version = version
    AISystem.objects.bulk_update([system for system, _version in current], ["current_version"], batch_size=500)


def follow_status(change: Change, actor: Member | None) -> None:
    """Retire or restore a system when the file says so anew."""
    if "stage" not in change.changed:
        return
    system, is_retired = change.system, change.row.values.get("stage") == "retired"
    if is_retired == system.is_retired:
        return
    if is_retired:
        fields = {
            "retired_at": midnight(change.row.values.get("retired_on")) or timezone.now(),
            "retired_reason": _("Retired in the register that it was imported from."),
        }
        move(system, AISystem.Status.RETIRED, event=SystemEvent.RETIRED, actor=actor, fields=fields)
    else:
        fields = {"retired_at": None, "retired_reason": ""}
        move(system, AISystem.Status.REGISTERED, event=SystemEvent.RESTORED, actor=actor, fields=fields)
