"""Where files of evidence lie: under their SHA-256, once per organisation, never overwritten, checked when read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import IO
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from evidence.models import EvidenceFile

CHUNK = 1024 * 1024
# Up to this size a page hashes a file whenever it shows it; a larger one is hashed when it is downloaded.
HASHED_ON_SIGHT = 4 * 1024 * 1024


class Integrity(StrEnum):
    """What is known of a stored file."""

    WHOLE = "whole"
    SIZE_MATCHES = "size_matches"
    CHANGED = "changed"
    MISSING = "missing"

    @property
    def is_broken(self) -> bool:
        return self in (Integrity.CHANGED, Integrity.MISSING)


class IntegrityBroken(Exception):
    """The stored content is no longer what was recorded, or is gone."""

    def __init__(self, integrity: Integrity) -> None:
        super().__init__(integrity.value)
        self.integrity = integrity


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it was kept."""

    key: str
    sha256: str
    size: int


def key_of(organisation_id: UUID, sha256: str) -> str:
    return f"{organisation_id}/{sha256}"


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def digest(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size, read in chunks, so that a big file never stands in memory whole."""
    sha256, size = hashlib.sha256(), 0
    for chunk in chunks_of(file):
        sha256.update(chunk)
        size += len(chunk)
    return sha256.hexdigest(), size


def store(organisation_id: UUID, file: File) -> Stored:
    """Keep the content under its hash; what is there already stays untouched.

    A file whose act fails later is left behind without a row: content is found by its hash alone, so the next upload of
    it uses the same place.
    """
    sha256, size = digest(file)
    key = key_of(organisation_id, sha256)
    if default_storage.exists(key):
        keep_existing(key, sha256, file)
    else:
        save(key, file)
    return Stored(key, sha256, size)


def save(key: str, file: File) -> None:
    file.seek(0)
    name = default_storage.save(key, File(file.file, name=key))
    if name != key:
        # Somebody stored the same content in this very moment; one copy is enough.
        default_storage.delete(name)


def keep_existing(key: str, sha256: str, file: File) -> None:
    """Use what lies there when it is whole; replace it only when an interrupted upload left it and no record names it."""
    if found(key)[0] == sha256:
        return
    if EvidenceFile.objects.filter(sha256=sha256).exists():
        raise RuleBroken(
            _("The stored copy of %s no longer matches its hash. Tell whoever runs this installation; add nothing new.")
            % (file.name or key),
            field="files",
        )
    default_storage.delete(key)
    save(key, file)


def found(key: str) -> tuple[str, int]:
    with default_storage.open(key) as stored:
        return digest(stored)


def open_verified(file: EvidenceFile) -> File:
    """The stored file, at its start, after its content was hashed; IntegrityBroken when it is not what was recorded."""
    try:
        stored = default_storage.open(file.key)
    except FileNotFoundError as error:
        raise IntegrityBroken(Integrity.MISSING) from error
    if digest(stored) != (file.sha256, file.size):
        stored.close()
        raise IntegrityBroken(Integrity.CHANGED)
    stored.seek(0)
    return stored


def integrity_of(file: EvidenceFile, *, in_full: bool = False) -> Integrity:
    """What is known of a file now: hashed when small or asked for in full, else told by its size."""
    try:
        if in_full or file.size <= HASHED_ON_SIGHT:
            return Integrity.WHOLE if found(file.key) == (file.sha256, file.size) else Integrity.CHANGED
        return Integrity.SIZE_MATCHES if default_storage.size(file.key) == file.size else Integrity.CHANGED
    except FileNotFoundError:
        return Integrity.MISSING
