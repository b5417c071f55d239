"""Handing out a stored file: hashed first, as a download only, and noted."""

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse

from aims.tenancy.models import Member
from aims.trail.record import record
from evidence.actions import mark_broken
from evidence.confidentiality import may_download
from evidence.events import FileEvent
from evidence.models import EvidenceFile
from evidence.storage import Integrity, IntegrityBroken, open_verified
from evidence.tasks import ring_for_check

log = structlog.get_logger()


def download(file: EvidenceFile, *, actor: Member) -> FileResponse:
    """The file as a download; IntegrityBroken, after recording it, when its content is not what was recorded.

    PermissionDenied when the evidence is more confidential than the member may read.
    """
    if not may_download(file.version.item, actor):
        raise PermissionDenied
    try:
        stored = open_verified(file)
    except IntegrityBroken as broken:
        note_broken(file, broken.integrity, actor)
        raise
    note(FileEvent.DOWNLOADED, file, actor)
    response = FileResponse(stored, as_attachment=True, filename=file.name, content_type=file.media_type)
    response["Content-Length"] = str(file.size)
    # SECURITY: a browser must neither guess another type nor run anything that the file may hold.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def note_broken(file: EvidenceFile, integrity: Integrity, actor: Member) -> None:
    """Keep that the file is broken; a reader, who may not write, has a worker look and write."""
    log.error(FileEvent.FOUND_BROKEN, file=str(file.pk), sha256=file.sha256, found=integrity.value)
    if actor.is_read_only:
        ring_for_check(file.version)
    else:
        mark_broken(file.version, {file: integrity}, actor=actor)


@transaction.atomic
def note(event: str, file: EvidenceFile, actor: Member, **told: object) -> None:
    """Write the download to the trail; readers run READ ONLY, so theirs stands in the access log and the server's log."""
    log.info(event, file=str(file.pk), sha256=file.sha256, member=str(actor.pk))
    if not actor.is_read_only:
        version = file.version
        record(event, version.item, actor=actor, version=version.ordinal, file=file.name, sha256=file.sha256, **told)
