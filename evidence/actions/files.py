"""Keeping files, and finding out whether what was kept is still what was recorded."""

from collections.abc import Sequence

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.trail.record import record_many
from evidence.actions.texts import queue_texts
from evidence.events import FileEvent
from evidence.models import EvidenceFile, EvidenceVersion
from evidence.scanning import refuse_infected
from evidence.sniffing import FileRefused, Sniffed, sniff
from evidence.storage import Integrity, integrity_of, store

MOST_FILES = 20


def keep_files(version: EvidenceVersion, files: Sequence[File]) -> None:
    """All files or none: each is looked at before the first is stored."""
    looked_at = [(file, checked(file)) for file in files]
    kept: dict[tuple[str, str], EvidenceFile] = {}
    for file, sniffed in looked_at:
        stored = store(version.organisation.pk, file)
        # The same file chosen twice is one file.
        kept[stored.sha256, sniffed.file_name] = EvidenceFile(
            organisation_id=version.organisation_id,
            version=version,
            name=sniffed.file_name,
            key=stored.key,
            sha256=stored.sha256,
            size=stored.size,
            media_type=sniffed.media_type,
        )
    EvidenceFile.objects.bulk_create(kept.values())
    queue_texts(kept.values())


def checked(file: File) -> Sniffed:
    """What the file is; RuleBroken names the file and the remedy."""
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise RuleBroken(
            _("%(name)s is larger than %(limit)d MB. Add a smaller extract, or its address.")
            % {"name": (file.name or "")[:100], "limit": settings.MAX_UPLOAD_BYTES // 2**20},
            field="files",
        )
    file.seek(0)
    try:
        sniffed = sniff(file.read(), file.name or "")
    except FileRefused as refused:
        raise RuleBroken(str(refused), field="files") from refused
    refuse_infected(file, sniffed.file_name)
    return sniffed


def check_files(version: EvidenceVersion, *, actor: Member | None) -> EvidenceVersion:
    """Hash every file of a version in full and keep what was found: one broken file makes the version unusable, all of
    them whole make it usable again. Nobody can say so; only the content can."""
    found = [(file, integrity_of(file, in_full=True)) for file in version.files.all()]
    broken = {file: integrity for file, integrity in found if integrity.is_broken}
    return mark_broken(version, broken, actor=actor) if broken else mark_whole(version, actor=actor)


@transaction.atomic
def mark_broken(
    version: EvidenceVersion, broken: dict[EvidenceFile, Integrity], *, actor: Member | None
) -> EvidenceVersion:
    """Keep that stored files are no longer what was recorded; whatever rests on the version hears of it."""
    row = locked_version(version)
    if row.broken_at is None:
        row.broken_at = version.broken_at = timezone.now()
        row.save(update_fields=["broken_at"])
    told = [
        (
            FileEvent.FOUND_BROKEN,
            row.item,
            {"version": row.ordinal, "file": file.name, "sha256": file.sha256, "found": integrity.value},
        )
        for file, integrity in broken.items()
    ]
    record_many(told, actor=actor)
    return row


@transaction.atomic
def mark_whole(version: EvidenceVersion, *, actor: Member | None) -> EvidenceVersion:
    row = locked_version(version)
    if row.broken_at is not None:
        row.broken_at = version.broken_at = None
        row.save(update_fields=["broken_at"])
        record_many([(FileEvent.FOUND_WHOLE, row.item, {"version": row.ordinal})], actor=actor)
    return row


def locked_version(version: EvidenceVersion) -> EvidenceVersion:
    return EvidenceVersion.objects.select_for_update(of=("self",)).select_related("item").get(pk=version.pk)
