"""Many files at once: each becomes a piece of evidence of its own, and one that is refused takes none of the others with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import structlog
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from aims.pages.text import without_forbidden
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from evidence.actions.items import add_evidence
from evidence.models import EvidenceFile, EvidenceItem
from evidence.sniffing import safe_file_name

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of one file: the evidence, or why it was refused."""

    file_name: str
    item: EvidenceItem | None
    refused: str = ""


@transaction.atomic
def add_from_files(files: Sequence[File], *, actor: Member, **said: Any) -> list[Uploaded]:
    """Add a piece of evidence for each file, called like the file; `said` holds for all of them.

    What is wrong with `said` is raised, for it would be wrong with every file; what is wrong with a file is its result.
    """
    return [add_from_file(file, actor=actor, **said) for file in files]


def add_from_file(file: File, *, actor: Member, **said: Any) -> Uploaded:
    name = safe_file_name(file.name or "")
    try:
        with transaction.atomic():
            item = add_evidence(title=title_of(name), files=[file], actor=actor, **said)
            refuse_known(item, name)
            return Uploaded(name, item)
    except RuleBroken as broken:
        if broken.field not in (None, "files"):
            raise
        return Uploaded(name, None, broken.message)
    except OSError:
        log.exception("upload_not_stored", file=name)
        return Uploaded(
            name, None, _("%s could not be stored. Try again, or tell whoever runs this installation.") % name
        )


def refuse_known(item: EvidenceItem, name: str) -> None:
    """The same content again is a slip: what is there already gets a new version, not a double."""
    contents = EvidenceFile.objects.filter(version__item=item).values("sha256")
    known = EvidenceFile.objects.filter(sha256__in=contents, version__item__status=EvidenceItem.Status.ACTIVE)
    others = known.exclude(version__item=item).select_related("version__item")
    first = others.order_by("created_at").first()
    if first is not None:
        words = {"name": name, "number": first.version.item.number, "title": first.version.item.title[:80]}
        raise RuleBroken(
            _(
                "%(name)s is in the library already, as evidence %(number)d “%(title)s”. Add a version there if it is new."
            )
            % words,
            field="files",
        )


def title_of(name: str) -> str:
    """The file name in words: "selection_rates-2026.pdf" as "selection rates 2026"."""
    stem = without_forbidden(PurePath(name).stem).replace("_", " ").replace("-", " ")
    return " ".join(stem.split())[:300] or name[:300]
