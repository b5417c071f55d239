"""Reading the files whose text is due, in the background. The database says what is due and who has it.

A worker claims a row by pushing its `due_at` on by a lease, reads outside of any transaction, and keeps what came of it
only while the lease is still its own. When it is killed in between, the lease runs out and the next one reads the file.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from aims.tenancy.door import acting_for_system
from evidence.actions import check_files
from evidence.actions.texts import keep_failure, keep_text, queue_texts
from evidence.models import EvidenceFile, FileText
from evidence.reading import READABLE, BrokeOff, CouldNotRead, Extract, Failure, extract
from evidence.storage import IntegrityBroken, open_verified

log = structlog.get_logger(__name__)

LEASE: Final = timedelta(minutes=5)
ATTEMPTS: Final = 3
FIRST_RETRY: Final = timedelta(minutes=1)
MOST_AT_ONCE: Final = 100
BATCH: Final = 500


def read_due(organisation_id: UUID, now: datetime | None = None, *, most: int = MOST_AT_ONCE) -> int:
    """Read what is due in one organisation, up to so many files; returns how many were taken up."""
    taken = 0
    while taken < most and read_next(organisation_id, now or timezone.now()):
        taken += 1
    return taken


def read_next(organisation_id: UUID, now: datetime) -> bool:
    """Claim one file, read it outside of any transaction, keep what came of it. False when nothing is due."""
    with acting_for_system(organisation_id):
        text = claimed(now)
    if text is None:
        return False
    if text.attempts > ATTEMPTS:
        with acting_for_system(organisation_id):
            keep_failure(text, Failure.GAVE_UP)
        return True
    try:
        outcome: Extract | Failure | None = read(text)
    except CouldNotRead as problem:
        outcome = problem.failure
    except IntegrityBroken:
        outcome = Failure.BROKEN
    except BrokeOff as problem:
        log.warning("text_broke_off", file=str(text.file_id), attempt=text.attempts, problem=str(problem))
        outcome = None
    except Exception:  # a storage that does not answer must not hold up the others
        log.exception("text_broke_off", file=str(text.file_id), attempt=text.attempts)
        outcome = None
    with acting_for_system(organisation_id):
        settle(text, outcome, now)
    return True


def read(text: FileText) -> Extract:
    with open_verified(text.file) as stored:
        return extract(stored, text.file.media_type)


def settle(text: FileText, outcome: Extract | Failure | None, now: datetime) -> None:
    """Keep the text or why there is none; None: it broke off, and is due again after a pause."""
    if isinstance(outcome, Extract):
        keep_text(text, outcome, now=timezone.now())
        return
    if outcome is None and text.attempts < ATTEMPTS:
        again = now + FIRST_RETRY * 2**text.attempts
        FileText.objects.filter(pk=text.pk, due_at=text.due_at).update(due_at=again)
        return
    kept = keep_failure(text, outcome or Failure.GAVE_UP)
    if kept and outcome is Failure.BROKEN:
        check_files(text.file.version, actor=None)


@transaction.atomic
def claimed(now: datetime) -> FileText | None:
    """The file that has waited longest and that nobody reads, with the lease set and the attempt counted."""
    rows = FileText.objects.due(now).without_text().select_related("file__version__item")
    text = rows.order_by("due_at", "pk").select_for_update(of=("self",), skip_locked=True).first()
    if text is None:
        return None
    text.due_at, text.attempts = now + LEASE, text.attempts + 1
    text.save(update_fields=["due_at", "attempts"])
    return text


def queue_missing(organisation_id: UUID) -> int:
    """Queue every readable file of one organisation that was kept before texts were read; returns how many."""
    queued = 0
    while True:
        with acting_for_system(organisation_id):
            missing = EvidenceFile.objects.filter(media_type__in=READABLE, texts__isnull=True).select_related("version")
            found = queue_texts(missing.order_by("pk")[:BATCH])
        queued += found
        if found < BATCH:
            return queued


def queue_failed(organisation_id: UUID) -> int:
    """Queue every file of one organisation that could not be read, as an operator may ask after mending the cause."""
    with acting_for_system(organisation_id):
        again = {"failure": "", "attempts": 0, "due_at": timezone.now()}
        return FileText.objects.exclude(failure="").update(**again)
