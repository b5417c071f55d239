"""Everything that changes systems, versions and suppliers. Imports are in import_actions.py and import_run.py."""

import calendar
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.grants import give, take
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.tenancy.permissions import Role
from aims.trail.record import record
from aims.transitions import move
from inventory.access import CHANGE, require_edit
from inventory.events import SupplierEvent, SystemEvent, VersionEvent
from inventory.models import AISystem, Supplier, SystemVersion
from inventory.tiering import AnswerRefused, TierReason, tier_of


@transaction.atomic
def register_system(
    *,
    name: str,
    actor: Member,
    purpose: str = "",
    outputs: str = "",
    stage: str = AISystem.Stage.PLANNED,
    owner: Member | None = None,
    supplier: Supplier | None = None,
    business_unit: str = "",
    topic: str = "",
    external_key: str = "",
    next_review_on: date | None = None,
) -> AISystem:
    """Enter an AI system in the register. A system owner who names nobody becomes its owner."""
    if owner is None and Role.GOVERNANCE_OFFICER not in actor.roles:
        owner = actor
    refuse_as_owner(owner)
    refuse_taken_key(external_key)
    system = AISystem.objects.create(
        organisation=actor.organisation,
        number=next_number(actor.organisation, AISystem),
        name=name.strip(),
        purpose=purpose,
        outputs=outputs,
        stage=stage,
        owner=owner,
        supplier=supplier,
        business_unit=business_unit.strip(),
        topic=topic.strip(),
        external_key=external_key.strip(),
        next_review_on=next_review_on,
    )
    if owner is not None:
        give(system, CHANGE, owner)
    record(SystemEvent.REGISTERED, system, actor=actor, name=system.name, stage=stage, owner=owner)
    return system


@transaction.atomic
def edit_system(
    system: AISystem,
    *,
    name: str,
    purpose: str,
    outputs: str,
    stage: str,
    owner: Member | None,
    supplier: Supplier | None,
    business_unit: str,
    topic: str,
    next_review_on: date | None,
    revision: int | None,
    actor: Member,
    external_key: str | None = None,
) -> AISystem:
    """Change what the register says. `external_key=None` leaves the key as it is."""
    require_edit(actor, system)
    row = locked(system, revision=revision)
    refuse_retired(row)
    changes: dict[str, Any] = {
        "name": name.strip(),
        "purpose": purpose,
        "outputs": outputs,
        "stage": stage,
        "supplier": supplier,
        "business_unit": business_unit.strip(),
        "topic": topic.strip(),
        "next_review_on": next_review_on,
    }
    if external_key is not None and external_key.strip() != row.external_key:
        refuse_taken_key(external_key.strip())
        changes["external_key"] = external_key.strip()
    told = save_changes(row, **changes)
    if told:
        record(SystemEvent.CHANGED, row, actor=actor, **told)
    if owner != row.owner:
        assign_owner(row, owner=owner, actor=actor)
    return row


@transaction.atomic
def assign_owner(system: AISystem, *, owner: Member | None, actor: Member) -> AISystem:
    """Say who answers for the system; the owner may change it, the one before no longer."""
    require_edit(actor, system)
    refuse_as_owner(owner)
    row = locked(system)
    refuse_retired(row)
    before = row.owner
    if before == owner:
        return row
    told = save_changes(row, owner=owner)
    if before is not None:
        take(row, CHANGE, before)
    if owner is not None:
        give(row, CHANGE, owner)
    record(SystemEvent.OWNER_ASSIGNED, row, actor=actor, **told)
    return row


@transaction.atomic
def screen_system(
    system: AISystem, *, answers: Mapping[str, str], actor: Member, revision: int | None = None
) -> AISystem:
    """Answer the screening: gives the tier with its reasons, and brings the next review forward to its cadence."""
    require_edit(actor, system)
    row = locked(system, revision=revision)
    refuse_retired(row)
    try:
        tiering = tier_of(answers)
    except AnswerRefused as refused:
        raise RuleBroken(str(refused), field=refused.question) from None
    due = months_later(timezone.localdate(), tiering.requires.review_months)
    told = save_changes(
        row,
        screening=dict(answers),
        tier=tiering.tier.value,
        tier_reasons=[reason_as_json(reason) for reason in tiering.reasons],
        next_review_on=min(filter(None, (row.next_review_on, due))),
    )
    told.pop("tier_reasons", None)
    if told:
        record(SystemEvent.SCREENED, row, actor=actor, unknown=list(tiering.open_questions), **told)
    return row


def reason_as_json(reason: TierReason) -> dict[str, Any]:
    """A reason as the system keeps it; `text` is an English message, translated where it is shown."""
    return {
        "tier": reason.tier.value,
        "questions": list(reason.questions),
        "text": reason.text,
        "rests_on_unknown": reason.rests_on_unknown,
    }


@transaction.atomic
def retire_system(system: AISystem, *, reason: str, actor: Member | None, revision: int | None = None) -> AISystem:
    """Take the system out of use. It stays in the register with its history; nothing is deleted."""
    row = locked(system, revision=revision)
    reason = needed(reason, _("Say why the AI system is retired."))
    return move(
        row,
        AISystem.Status.RETIRED,
        event=SystemEvent.RETIRED,
        actor=actor,
        fields={"retired_at": timezone.now(), "retired_reason": reason},
        reason=reason,
    )


@transaction.atomic
def restore_system(system: AISystem, *, reason: str, actor: Member | None, revision: int | None = None) -> AISystem:
    """Bring a retired system back into use."""
    row = locked(system, revision=revision)
    reason = needed(reason, _("Say why the AI system comes back into use."))
    return move(
        row,
        AISystem.Status.REGISTERED,
        event=SystemEvent.RESTORED,
        actor=actor,
        fields={"retired_at": None, "retired_reason": ""},
        reason=reason,
    )


@transaction.atomic
def add_version(
    system: AISystem,
    *,
    label: str,
    actor: Member | None,
    released_on: date | None = None,
    notes: str = "",
    deploy: bool = False,
) -> SystemVersion:
    """Add a version; with `deploy` it is also the one in operation from now on."""
    require_edit(actor, system)
    row = locked(system)
    refuse_retired(row)
    label = needed(label, _("Give the version a name, such as 4.2."), field="label")
    if row.versions.filter(label__iexact=label).exists():
        raise RuleBroken(
            _("Version “%s” exists already. Versions are never changed: add one with another name.") % label,
            field="label",
        )
    if released_on and released_on > timezone.localdate():
        raise RuleBroken(
            _("A version that is not released yet cannot be added. Leave the date open."), field="released_on"
        )
    version = SystemVersion.objects.create(
        organisation_id=row.organisation_id,
        system=row,
        label=label,
        released_on=released_on,
        notes=notes,
        added_by=actor,
    )
    record(VersionEvent.ADDED, row, actor=actor, version=label, released_on=released_on)
    return deploy_version(version, actor=actor) if deploy else version


@transaction.atomic
def deploy_version(
    version: SystemVersion, *, actor: Member | None, deployed_at: datetime | None = None
) -> SystemVersion:
    """Make it the version in operation: from here on, evidence about other versions speaks for the past."""
    require_edit(actor, version.system)
    row = locked(version.system)
    refuse_retired(row)
    if row.current_version_id == version.pk:
        raise RuleBroken(_("Version “%s” is in operation already.") % version.label)
    now = timezone.now()
    if deployed_at and deployed_at > now:
        raise RuleBroken(
            _("The time lies in the future. Record it when the version is in operation."), field="deployed_at"
        )
    before = row.current_version
    version.deployed_at = deployed_at or now
    version.save(update_fields=["deployed_at"])
    save_changes(row, current_version=version)
    record(VersionEvent.DEPLOYED, row, actor=actor, version=[str(before or ""), version.label])
    version.system = row
    return version


@transaction.atomic
def add_supplier(*, name: str, actor: Member, website: str = "", notes: str = "") -> Supplier:
    """Enter who provides a model, data, a tool or a whole system."""
    name = needed(name, _("Give the supplier's name."), field="name")
    refuse_taken_name(name)
    supplier = Supplier.objects.create(
        organisation=actor.organisation,
        number=next_number(actor.organisation, Supplier),
        name=name,
        website=website,
        notes=notes,
    )
    record(SupplierEvent.ADDED, supplier, actor=actor, name=name)
    return supplier


@transaction.atomic
def edit_supplier(
    supplier: Supplier, *, name: str, website: str, notes: str, revision: int | None, actor: Member
) -> Supplier:
    """Change what is known about a supplier."""
    row = locked(supplier, revision=revision)
    name = needed(name, _("Give the supplier's name."), field="name")
    refuse_taken_name(name, other_than=row)
    told = save_changes(row, name=name, website=website, notes=notes)
    if told:
        record(SupplierEvent.CHANGED, row, actor=actor, **told)
    return row


def refuse_retired(system: AISystem) -> None:
    if system.is_retired:
        raise RuleBroken(_("This AI system is retired. Bring it back into use first."))


def refuse_as_owner(owner: Member | None) -> None:
    """An owner must be able to act here."""
    if owner is None:
        return
    if not owner.is_active:
        raise RuleBroken(_("%s is no longer active here. Choose somebody else.") % owner, field="owner")
    if not owner.may("systems.edit"):
        raise RuleBroken(
            _("%s may not change AI systems. Choose a system owner or a governance officer, or give them that role.")
            % owner,
            field="owner",
        )


def refuse_taken_key(key: str) -> None:
    if key and AISystem.objects.filter(external_key=key).exists():
        raise RuleBroken(_("Another AI system has the key “%s”. Give each one its own.") % key, field="external_key")


def refuse_taken_name(name: str, *, other_than: Supplier | None = None) -> None:
    others = Supplier.objects.exclude(pk=other_than.pk) if other_than else Supplier.objects.all()
    if others.filter(name__iexact=name).exists():
        raise RuleBroken(_("There is a supplier “%s” already. Use that one.") % name, field="name")


def needed(text: str, message: str, *, field: str = "reason") -> str:
    text = text.strip()
    if not text:
        raise RuleBroken(message, field=field)
    return text


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where that day does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
