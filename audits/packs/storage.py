"""Where packs lie: in the storage of evidence, under their SHA-256, checked when they are read."""

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from audits.models import Pack
from evidence.storage import Stored, digest, store


def keep(pack: Pack, content: bytes) -> Stored:
    """Keep a drawn pack; the same content is kept once."""
    return store(pack.organisation.pk, ContentFile(content))


def open_pack(pack: Pack) -> File:
    """The file of a finished pack, at its start, after its content was hashed; RuleBroken says what is wrong."""
    if pack.status != Pack.Status.DONE or not pack.key:
        raise RuleBroken(_("This pack is not finished yet. Wait until it is done."))
    try:
        stored = default_storage.open(pack.key)
    except FileNotFoundError:
        raise RuleBroken(_("The file of this pack is missing from the storage. Build a new pack.")) from None
    if digest(stored) != (pack.sha256, pack.size):
        stored.close()
        raise RuleBroken(_("The stored file no longer matches the hash of this pack. Build a new pack."))
    stored.seek(0)
    return stored


def file_name(pack: Pack, organisation_slug: str) -> str:
    return f"{organisation_slug}-pack-{pack.number}.pdf"
