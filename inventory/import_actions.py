"""The import of a register, from the upload to the last row: what people do with it, and the worker that carries it out.

Nothing is done in one breath. An uploaded file waits as a draft until somebody confirms which column is which; then it is
due, and a worker writes it in batches, each in one transaction with the counts and the place that it came to. A worker
that dies leaves the import due again, and the next goes on after the last whole batch.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from aims.pages.text import without_forbidden
from aims.reports.work import TakenOver, fail, finish, hold, take_up
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.door import acting_as, acting_for_system
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from inventory.events import ImportEvent
from inventory.import_rows import Change, Counts, apply_rows
from inventory.importing import (
    DuplicateGroup,
    ImportPlan,
    ImportRefused,
    Mapping,
    MappingError,
    ParsedFile,
    Row,
    guess_mapping,
    parse,
    plan,
)
from inventory.models import SystemImport

log = structlog.get_logger(__name__)
BATCH = 500
LEASE = timedelta(minutes=2)
MOST_LISTED = 5_000
"""Rejected rows kept with the import, so that a file of nonsense cannot fill the database; the count stays whole."""


@transaction.atomic
def upload_import(*, file_name: str, content: bytes, actor: Member) -> SystemImport:
    """Keep a file as a draft with a guessed mapping. Raises RuleBroken when it is no readable register."""
    parsed = parsed_or_refused(content)
    draft = SystemImport(
        organisation=actor.organisation,
        number=next_number(actor.organisation, SystemImport),
        file_name=tidy_file_name(file_name),
        sha256=hashlib.sha256(content).hexdigest(),
        mapping=guess_mapping(parsed).to_json(),
        requested_by=actor,
        progress_total=len(parsed.records),
    )
    draft.file.save(f"imports/{actor.organisation_id}/{uuid7()}", ContentFile(content), save=False)
    draft.save()
    record(
        ImportEvent.UPLOADED, draft, actor=actor, file=draft.file_name, sha256=draft.sha256, rows=len(parsed.records)
    )
    return draft


def tidy_file_name(name: str) -> str:
    """A name to show: no folders, no control characters, of bearable length."""
    name = without_forbidden(name).replace("\\", "/").rpartition("/")[2].strip()
    try:
        get_valid_filename(name)
    except Exception:
        name = "register"
    return name[-255:]


def parsed_or_refused(content: bytes) -> ParsedFile:
    try:
        return parse(content)
    except ImportRefused as refused:
        raise RuleBroken(str(refused), field="file") from None


def read(system_import: SystemImport) -> ParsedFile:
    """The uploaded file, read again; it was readable when it was uploaded."""
    with system_import.file.open("rb") as file:
        return parsed_or_refused(file.read())


@transaction.atomic
def set_mapping(draft: SystemImport, *, mapping: Mapping, actor: Member, revision: int | None = None) -> SystemImport:
    """Say which column fills which field; nothing is imported yet."""
    row = locked(draft, revision=revision)
    refuse_unless_draft(row)
    check_mapping(mapping, read(row))
    row.mapping = mapping.to_json()
    row.revision += 1
    row.save(update_fields=["mapping", "revision", "updated_at"])
    return row


def check_mapping(mapping: Mapping, parsed: ParsedFile) -> None:
    try:
        mapping.checked(parsed)
    except MappingError as error:
        raise RuleBroken(str(error), field="mapping") from None


def refuse_unless_draft(system_import: SystemImport) -> None:
    if not system_import.is_draft:
        raise RuleBroken(_("This import was started already. Upload the file again to import it anew."))


@transaction.atomic
def confirm_import(draft: SystemImport, *, actor: Member, revision: int | None = None) -> SystemImport:
    """Start the import: from here on a worker carries it out."""
    row = locked(draft, revision=revision)
    refuse_unless_draft(row)
    check_mapping(Mapping.from_json(row.mapping), read(row))
    row.due_at = timezone.now()
    row.requested_by = actor
    row.revision += 1
    row.save(update_fields=["due_at", "requested_by", "revision", "updated_at"])
    record(ImportEvent.CONFIRMED, row, actor=actor, columns=row.mapping["columns"])
    return row


@transaction.atomic
def discard_import(draft: SystemImport, *, actor: Member) -> SystemImport:
    """Throw an uploaded file away before anything was imported."""
    row = locked(draft)
    refuse_unless_draft(row)
    move(
        row,
        SystemImport.Status.FAILED,
        event=ImportEvent.DISCARDED,
        actor=actor,
        fields={"error": _("Discarded before anything was imported."), "finished_at": timezone.now()},
    )
    storage, name = row.file.storage, str(row.file.name)
    transaction.on_commit(lambda: storage.delete(name))
    return row


# --- The worker -------------------------------------------------------------------------------------------------------


def run_due_imports(organisation_id: UUID) -> int:
    """Carry out what is due in one organisation; returns how many imports were taken up. Safe to run twice at once."""
    taken = 0
    while (system_import := claim(organisation_id)) is not None:
        taken += 1
        try:
            carry_out(system_import, whole_plan(system_import))
        except TakenOver:
            log.info("import taken over by another worker", number=system_import.number)
        except (RuleBroken, MappingError, FileNotFoundError) as error:
            give_up(system_import, reason=reason_of(error))
    return taken


def reason_of(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return _("The uploaded file is no longer there. Upload it again.")
    return str(error)


def claim(organisation_id: UUID) -> SystemImport | None:
    """Take up the next due import, or one whose worker died; None when nothing is due."""
    with acting_for_system(organisation_id):
        row = take_up(SystemImport, started=ImportEvent.TAKEN_UP, failed=ImportEvent.FAILED, lease=LEASE)
        if row is not None:
            # Read while the organisation is entered: the batches are written as this member.
            row.requested_by  # noqa: B018
        return row


def whole_plan(system_import: SystemImport) -> ImportPlan:
    """The plan of the uploaded file; the same file and mapping give the same plan in the same order."""
    if not system_import.file:
        raise RuleBroken(_("The command that carried it out was stopped. Run it again: what was written stays."))
    return plan(read(system_import), Mapping.from_json(system_import.mapping))


def carry_out(system_import: SystemImport, plan_: ImportPlan) -> SystemImport:
    """Write the accepted rows batch by batch from where the import stands, then say what became of it.

    Each batch is one transaction of the person who asked for it, with the counts and the place reached. Raises TakenOver
    when another worker has gone on meanwhile.
    """
    while True:
        with acting(system_import):
            row = hold(system_import, lease=LEASE)
            batch = plan_.accepted[row.progress_done : row.progress_done + BATCH]
            if not batch:
                return finish_import(row, plan_)
            counts, rejected = write(batch, row)
            row.created_count += counts.created
            row.updated_count += counts.updated
            row.unchanged_count += counts.unchanged
            row.rejected = [*row.rejected, *rejected]
            row.progress_done += len(batch)
            row.progress_total = len(plan_.accepted)
            row.save()


def acting(system_import: SystemImport) -> Any:
    """Enter the organisation as who asked for the import, so that trail and row history name them."""
    if system_import.requested_by is None:
        return acting_for_system(system_import.organisation_id)
    return acting_as(system_import.requested_by)


def write(batch: Sequence[Row], system_import: SystemImport) -> tuple[Counts, list[dict[str, Any]]]:
    """Write a batch at once; when the database refuses it, row by row, so that one row never loses the others."""

    def apply(rows: Sequence[Row]) -> list[Change]:
        with transaction.atomic():
            return apply_rows(
                rows,
                organisation_id=system_import.organisation.pk,
                actor=system_import.requested_by,
                number=system_import.number,
            )

    try:
        return Counts().add(apply(batch)), []
    except (DatabaseError, ValueError) as error:
        log.warning("import batch written row by row", number=system_import.number, reason=type(error).__name__)
    counts, rejected = Counts(), []
    for row in batch:
        try:
            counts.add(apply([row]))
        except (DatabaseError, ValueError):
            reason = _("The row holds something that cannot be stored. Retype it without pasted special characters.")
            rejected.append({"row": row.number, "column": "", "reason": reason, "value": ""})
    return counts, rejected


def finish_import(row: SystemImport, plan_: ImportPlan) -> SystemImport:
    """Say what became of the file. `row.rejected` holds what the database refused, if anything."""
    refused = row.rejected
    listed = sorted([*refused, *rejections(plan_.rejected)], key=lambda entry: entry["row"])
    fields = {
        "progress_total": len(plan_.accepted),
        "rejected_count": len(plan_.rejected) + len(refused),
        "rejected": listed[:MOST_LISTED],
        "possible_duplicates": duplicates_of(plan_.duplicates),
        "notes": [shown(number, problem) for number, problem in plan_.notes[:MOST_LISTED]],
    }
    return finish(row, event=ImportEvent.FINISHED, fields=fields)


def rejections(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """A line per reason for which a row stays out."""
    return [shown(row.number, problem) for row in rows for problem in row.problems if problem.rejects]


def shown(number: int, problem: Any) -> dict[str, Any]:
    return {"row": number, "column": problem.column, "reason": problem.reason, "value": problem.value[:100]}


def duplicates_of(groups: Sequence[DuplicateGroup]) -> list[dict[str, Any]]:
    return [
        {
            "name": group.name,
            "unit": group.business_unit,
            "rows": list(group.numbers),
            "are_identical": group.are_identical,
        }
        for group in groups[:MOST_LISTED]
    ]


def give_up(system_import: SystemImport, *, reason: str) -> None:
    """Fail with a reason for people; nothing when another worker has gone on."""
    try:
        with acting_for_system(system_import.organisation_id):
            fail(hold(system_import), reason, event=ImportEvent.FAILED)
    except TakenOver:
        log.info("import taken over by another worker", number=system_import.number)


def import_at_once(
    plan_: ImportPlan, *, organisation_id: UUID, file_name: str, sha256: str, actor: Member | None
) -> SystemImport:
    """Carry a plan out here and now, for a command. Keeps no file: it may hold other organisations' rows too."""
    now = timezone.now()
    with acting_as(actor) if actor else acting_for_system(organisation_id):
        row = SystemImport.objects.create(
            organisation_id=organisation_id,
            number=next_number(organisation_id, SystemImport),
            file_name=tidy_file_name(file_name),
            sha256=sha256,
            mapping=plan_.mapping.to_json(),
            requested_by=actor,
            progress_total=len(plan_.accepted),
            due_at=now + LEASE,
            started_at=now,
            attempts=1,
        )
        record(ImportEvent.CONFIRMED, row, actor=actor, columns=row.mapping["columns"])
        move(row, SystemImport.Status.RUNNING, event=ImportEvent.TAKEN_UP, actor=actor)
    return carry_out(row, plan_)
