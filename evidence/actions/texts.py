"""Having the text of files read for search, and keeping what came of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.tenancy.scope import current_organisation_id
from aims.trail.record import record
from evidence.events import FileEvent
from evidence.models import EvidenceFile, FileText
from evidence.reading import READABLE, Extract, Failure

TOO_MUCH: Final = "54000"  # PostgreSQL's program_limit_exceeded: a tsvector holds a megabyte of words

# A space after each "<": PostgreSQL would take what follows for a tag and leave its words out.
INDEX: Final = """
update evidence_filetext
set words = to_tsvector('simple', replace(left(text, %(characters)s), '<', '< '))
            || array_to_tsvector(array['org:' || replace(organisation_id::text, '-', '')])
where id = %(id)s
"""


def queue_texts(files: Iterable[EvidenceFile], *, now: datetime | None = None) -> int:
    """Have the text of these files read; those of other types, and those that wait already, are passed by."""
    due_at = now or timezone.now()
    rows = [
        FileText(organisation_id=file.organisation_id, item_id=file.version.item_id, file=file, due_at=due_at)
        for file in files
        if file.media_type in READABLE
    ]
    if rows:
        FileText.objects.bulk_create(rows, ignore_conflicts=True)
        ring()
    return len(rows)


def ring() -> None:
    """Have a worker look at once; without it the next beat finds the rows."""
    organisation_id = str(current_organisation_id())

    def after_commit() -> None:
        from evidence.tasks import read_texts_of

        read_texts_of.delay(organisation_id)

    transaction.on_commit(after_commit, robust=True)


@transaction.atomic
def read_again(text: FileText, *, actor: Member | None) -> FileText:
    """Try once more to read a file whose text could not be read."""
    row = FileText.objects.without_text().select_for_update(of=("self",)).get(pk=text.pk)
    if not row.failure:
        raise RuleBroken(_("The text of this file was read, or is about to be. There is nothing to try again."))
    row.failure, row.attempts, row.due_at = "", 0, timezone.now()
    row.save(update_fields=["failure", "attempts", "due_at"])
    file = EvidenceFile.objects.select_related("version__item").get(pk=row.file_id)
    told = {"version": file.version.ordinal, "file": file.name}
    record(FileEvent.READ_AGAIN, file.version.item, actor=actor, **told)
    ring()
    return row


@transaction.atomic
def keep_text(text: FileText, found: Extract, *, now: datetime) -> bool:
    """Keep what was read and index it; False when another worker took the file over meanwhile."""
    row = still_held(text)
    if row is None:
        return False
    row.text, row.length, row.is_cut = found.text, len(found.text), found.is_cut
    row.read_at, row.due_at, row.failure = now, None, ""
    row.save(update_fields=["text", "length", "is_cut", "read_at", "due_at", "failure"])
    index(row)
    return True


@transaction.atomic
def keep_failure(text: FileText, failure: Failure) -> bool:
    """Keep that there is no text, and why; people see it with the file and may have it tried again."""
    row = still_held(text)
    if row is None:
        return False
    row.failure, row.due_at = failure.value, None
    row.save(update_fields=["failure", "due_at"])
    file = text.file
    told = {"version": file.version.ordinal, "file": file.name, "reason": failure.value}
    record(FileEvent.UNREADABLE, file.version.item, actor=None, **told)
    return True


def still_held(text: FileText) -> FileText | None:
    """The row, locked, while its lease is the one that this worker was given."""
    rows = FileText.objects.without_text().select_for_update(of=("self",))
    return rows.filter(pk=text.pk, due_at=text.due_at).first()


def index(text: FileText) -> None:
    """Make the words findable: all of them, or as many from the start as an index entry takes."""
    characters = text.length
    while True:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(INDEX, {"characters": characters, "id": text.pk})
            return
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != TOO_MUCH or characters < 2:
                raise
            characters //= 2
