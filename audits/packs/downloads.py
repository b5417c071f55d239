"""Handing out a finished pack: hashed first, as a download only, and recorded."""

import structlog
from django.http import FileResponse

from aims.tenancy.models import Member
from aims.trail.record import record
from audits.events import PackEvent
from audits.models import Pack
from audits.packs.storage import file_name, open_pack

log = structlog.get_logger()


def download(pack: Pack, *, actor: Member) -> FileResponse:
    """The PDF as a download; RuleBroken when it is not finished, is missing or has changed."""
    stored = open_pack(pack)
    log.info(PackEvent.DOWNLOADED, pack=pack.number, sha256=pack.sha256, member=str(actor.pk))
    if not actor.is_read_only:
        # Readers run READ ONLY: what a certification auditor downloads stands in the access log instead.
        record(PackEvent.DOWNLOADED, pack, actor=actor, sha256=pack.sha256)
    name = file_name(pack, actor.organisation.slug)
    response = FileResponse(stored, as_attachment=True, filename=name, content_type="application/pdf")
    response["Content-Length"] = str(pack.size)
    # SECURITY: a browser must neither guess another type nor run anything inside.
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
