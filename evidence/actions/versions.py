"""Collecting evidence anew and reviewing what was collected.

Which version is current: the latest that is neither rejected nor withdrawn. One that waits for review counts for
freshness and is shown as waiting; a rejected one gives way to the version before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max, TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from aims.trail.record import record
from evidence.actions.files import MOST_FILES, keep_files
from evidence.events import VersionEvent
from evidence.models import EvidenceItem, EvidenceVersion, Independence, Kind
from evidence.telling import tell_of_rejection
from evidence.validity import VALIDITY, longest_for, span_of
from inventory.models import AISystem, Environment, SystemVersion

Review = EvidenceVersion.Review
LARGEST_SAMPLE = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a person says about one collection of evidence: its times, where it is from, how it was made."""

    collected_at: datetime
    observed_from: date | None = None
    observed_to: date | None = None
    valid_for_days: int | None = None
    grace_days: int = 0
    environment: str = ""
    system_version: SystemVersion | None = None
    dataset_version: str = ""
    population: str = ""
    sample_size: int | None = None
    independence: str = ""
    method: str = ""
    uri: str = ""
    files: Sequence[File] = ()


@transaction.atomic
def add_version(
    item: EvidenceItem,
    *,
    collected_at: datetime,
    actor: Member,
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
    revision: int | None = None,
) -> EvidenceVersion:
    """Collect the evidence anew: the new version takes over from the current one, which stays readable."""
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
    row = locked(item, revision=revision)
    require_active(row)
    check_collection(row.kind, row.system, collection)
    current = row.current
    if current is not None and collected_at < current.collected_at:
        raise RuleBroken(
            _(
                "The current version was collected on %s, which is later. Correct the date, or reject that version first."
            )
            % date_format(timezone.localtime(current.collected_at), "j F Y, H:i"),
            field="collected_at",
        )
    last = row.versions.aggregate(last=Max("ordinal"))["last"] or 0
    version = create_version(row, last + 1, collection, actor)
    row.revision += 1
    settle_current(row)
    record(VersionEvent.ADDED, row, actor=actor, **told_of(version))
    return version


@transaction.atomic
def review_version(version: EvidenceVersion, *, verdict: str, note: str, actor: Member) -> EvidenceVersion:
    """Accept or reject a version; whoever submitted it cannot (ISO/IEC 42001 9.1 asks for valid results)."""
    item = locked(version.item)
    require_active(item)
    row = EvidenceVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    row.item = item
    if verdict not in (Review.ACCEPTED, Review.REJECTED):
        raise RuleBroken(_("Choose “Accepted” or “Rejected”."), field="verdict")
    if row.submitted_by_id == actor.pk:
        raise RuleBroken(_("You submitted this version. Somebody else has to review it."))
    if row.review != Review.PENDING:
        raise RuleBroken(
            _("Version %(ordinal)d was reviewed already (%(review)s). Add a new version to have it looked at again.")
            % {"ordinal": row.ordinal, "review": row.get_review_display().lower()}
        )
    if verdict == Review.REJECTED and not note.strip():
        raise RuleBroken(_("Say why it is rejected, so that the keeper can put it right."), field="note")
    row.review, row.review_note = verdict, note.strip()
    row.reviewed_by, row.reviewed_at = actor, timezone.now()
    row.save(update_fields=["review", "review_note", "reviewed_by", "reviewed_at"])
    item.revision += 1
    settle_current(item)
    event = VersionEvent.ACCEPTED if verdict == Review.ACCEPTED else VersionEvent.REJECTED
    record(event, item, actor=actor, version=row.ordinal, note=row.review_note)
    if verdict == Review.REJECTED:
        tell_of_rejection(actor.organisation, row)
    return row


def require_active(item: EvidenceItem) -> None:
    if not item.is_active:
        raise RuleBroken(_("This evidence was withdrawn or superseded. Add new evidence instead."))


def require_known(value: str, choices: type[TextChoices], field: str) -> None:
    if value not in choices.values:
        raise RuleBroken(_("Choose one of the entries offered."), field=field)


def check_collection(kind: str, system: AISystem | None, collection: Collection) -> None:
    """The rules about one collection, whoever brings it."""
    now = timezone.now()
    if collection.collected_at > now:
        raise RuleBroken(
            _("Evidence cannot be collected in the future. Enter when it was collected."), field="collected_at"
        )
    start, end = collection.observed_from, collection.observed_to
    if start and end and end < start:
        raise RuleBroken(_("The observed period ends before it begins. Swap the dates."), field="observed_to")
    if (latest := end or start) and latest > timezone.localdate(collection.collected_at):
        raise RuleBroken(
            _("The observed period reaches beyond the day of collection. Correct one of the dates."),
            field="observed_to" if end else "observed_from",
        )
    if collection.environment:
        require_known(collection.environment, Environment, "environment")
    if collection.independence:
        require_known(collection.independence, Independence, "independence")
    if collection.sample_size is not None and not 1 <= collection.sample_size <= LARGEST_SAMPLE:
        raise RuleBroken(
            _("Enter how many cases were looked at: a whole number from 1. Leave it empty if that cannot be counted."),
            field="sample_size",
        )
    check_days(kind, tier_of(system), collection.valid_for_days, collection.grace_days)
    check_system_version(system, collection.system_version)
    if len(collection.files) > MOST_FILES:
        raise RuleBroken(
            _("A version holds at most %d files. Put more into one ZIP archive.") % MOST_FILES, field="files"
        )
    if not (collection.files or collection.uri or collection.method.strip()):
        raise RuleBroken(
            _("There is nothing to look at yet. Add a file, an address, or describe the method."), field="files"
        )


def tier_of(system: AISystem | None) -> str:
    """The tier of the system that the evidence is about; empty for none, or before its screening."""
    return system.tier if system else ""


def check_days(kind: str, tier: str, valid_for_days: int | None, grace_days: int, *, field: str = "") -> None:
    """The days must be within what this kind allows for this tier; `field` names another input that chose the two."""
    longest, grace = longest_for(kind, tier), VALIDITY[kind].longest_grace_days
    words = {"kind": Kind(kind).label, "tier": tier, "limit": longest.limit_days, "grace": grace}
    words["why"] = _(longest.why)
    if valid_for_days is not None and not 1 <= valid_for_days <= longest.limit_days:
        message = (
            _(
                "“%(kind)s” about a system of tier %(tier)s is current for 1 to %(limit)d days: %(why)s Enter fewer days."
            )
            if longest.is_of_tier
            else _("“%(kind)s” is current for 1 to %(limit)d days: %(why)s Enter fewer days.")
        )
        raise RuleBroken(message % words, field=field or "valid_for_days")
    if field and valid_for_days is None and longest.days is not None:
        raise RuleBroken(
            _("“%(kind)s” is current for at most %(limit)d days, but the current version has no end. Add new evidence.")
            % words,
            field=field,
        )
    if not 0 <= grace_days <= grace:
        raise RuleBroken(
            _("“%(kind)s” has a grace of 0 to %(grace)d days. Enter fewer days.") % words, field=field or "grace_days"
        )


def check_system_version(system: AISystem | None, version: SystemVersion | None) -> None:
    if version is None:
        return
    if system is None:
        raise RuleBroken(_("Choose the AI system to which the version belongs."), field="system")
    if version.system_id != system.pk:
        raise RuleBroken(
            _("%(version)s is not a version of %(system)s. Choose one that is.")
            % {"version": version, "system": system},
            field="system_version",
        )


def create_version(item: EvidenceItem, ordinal: int, collection: Collection, actor: Member) -> EvidenceVersion:
    tier = tier_of(item.system)
    span = span_of(item.kind, tier, collection.collected_at, collection.valid_for_days, collection.grace_days)
    version = EvidenceVersion.objects.create(
        organisation_id=item.organisation_id,
        item=item,
        ordinal=ordinal,
        observed_from=collection.observed_from,
        observed_to=collection.observed_to,
        collected_at=collection.collected_at,
        valid_for_days=span.valid_for_days,
        grace_days=collection.grace_days if span.valid_until else 0,
        valid_until=span.valid_until,
        grace_until=span.grace_until,
        environment=collection.environment,
        system_version=collection.system_version,
        dataset_version=collection.dataset_version,
        population=collection.population,
        sample_size=collection.sample_size,
        independence=collection.independence,
        method=collection.method,
        uri=collection.uri,
        submitted_by=actor,
    )
    keep_files(version, collection.files)
    return version


def settle_current(item: EvidenceItem) -> None:
    """Find the current version anew and copy its date to the item; the item must be locked or new."""
    current = item.versions.usable().order_by("-ordinal").first()
    item.current, item.fresh_until = current, current.valid_until if current else None
    item.save(update_fields=["current", "fresh_until", "revision", "updated_at"])
    if current is not None:
        EvidenceVersion.objects.filter(pk=current.pk).update(next_change_at=current.freshness().next_change_at)


def to_the_minute(at: datetime | None) -> str | None:
    return at.isoformat(" ", "minutes") if at else None


def told_of(version: EvidenceVersion) -> dict[str, object]:
    """A version as the trail keeps it."""
    files = [f"{file.name} (SHA-256 {file.sha256})" for file in version.files.all()]
    return {
        "version": version.ordinal,
        "collected_at": to_the_minute(version.collected_at),
        "valid_until": to_the_minute(version.valid_until),
        "speaks_for": version.system_version,
        "dataset_version": version.dataset_version,
        "files": files,
    }
