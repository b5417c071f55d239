"""Taking up long work safely: one worker at a time, nothing twice, nothing lost when a worker dies.

A worker *takes up* a row whose `due_at` is past, which sets a lease (`due_at` = now + lease) and counts the attempt. Each
step runs in a transaction of its own that *holds* the row: its lock keeps others away while the worker lives, and the
attempt tells a worker that was overtaken. When a worker dies, its lock goes with its connection, the lease runs out and
the next one goes on after the last finished step.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.reports.models import LongWork
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.transitions import move

Work = TypeVar("Work", bound=LongWork)
Status = LongWork.Status

LEASE = timedelta(seconds=60)
ATTEMPTS = 5
LONGEST_REASON = 2000


class TakenOver(Exception):
    """Somebody else goes on with this work, or it was ended: stop, and write nothing."""


@transaction.atomic
def take_up(
    model: type[Work],
    *,
    started: str,
    failed: str,
    now: datetime | None = None,
    lease: timedelta = LEASE,
    attempts: int = ATTEMPTS,
    only: Any = None,
) -> Work | None:
    """Take the longest due row of the entered organisation that nobody works on; None when there is none.

    A row whose workers died `attempts` times is failed with that reason instead. `only` is the id of one row to take.
    `started` and `failed` are events.
    """
    now = now or timezone.now()
    due = model._default_manager.filter(due_at__lte=now, status__in=[Status.QUEUED, Status.RUNNING])
    if only is not None:
        due = due.filter(pk=only)
    # The lock is taken without waiting: a row that another worker holds is being worked on.
    for work in due.order_by("due_at", "number").select_for_update(of=("self",), skip_locked=True):
        if work.attempts < attempts:
            fields = {
                "due_at": now + lease,
                "attempts": work.attempts + 1,
                "started_at": work.started_at or now,
                "error": "",
            }
            return move(work, Status.RUNNING, event=started, actor=None, fields=fields, attempt=work.attempts + 1)
        fail(
            work,
            _("The worker stopped %(count)d times before this was finished. Look into its log, then start again.")
            % {"count": work.attempts},
            event=failed,
        )
    return None


def hold(work: Work, *, now: datetime | None = None, lease: timedelta = LEASE) -> Work:
    """The row, locked until the transaction ends, its lease renewed; raises TakenOver when it is no longer this worker's.

    Call it first in every step.
    """
    row = type(work)._default_manager.select_for_update(of=("self",)).filter(pk=work.pk).first()
    if row is None or row.status != Status.RUNNING or claim_of(row) != claim_of(work):
        raise TakenOver
    row.due_at = (now or timezone.now()) + lease
    row.save(update_fields=["due_at", "updated_at"])
    return row


def claim_of(work: LongWork) -> tuple[Any, ...]:
    """What tells one worker's turn from another's: the attempt, and the start of the run that it belongs to."""
    return work.attempts, work.started_at


def advance(work: Work, *, done: int, total: int, now: datetime | None = None, lease: timedelta = LEASE) -> Work:
    """Write how far it is, and renew the lease; in the transaction of the step that is done."""
    row = hold(work, now=now, lease=lease)
    row.progress_done, row.progress_total = done, total
    row.save(update_fields=["progress_done", "progress_total", "updated_at"])
    return row


def finish(work: Work, *, event: str, now: datetime | None = None, fields: dict[str, Any] | None = None) -> Work:
    """It is done; `fields` are results that belong to it."""
    ended = {"due_at": None, "finished_at": now or timezone.now(), "error": "", **(fields or {})}
    return move(work, Status.DONE, event=event, actor=None, fields=ended)


def fail(work: Work, reason: str, *, event: str, now: datetime | None = None) -> Work:
    """It cannot be done; the reason is shown to people, who may start it again."""
    reason = reason[:LONGEST_REASON]
    ended = {"due_at": None, "finished_at": now or timezone.now(), "error": reason}
    return move(work, Status.FAILED, event=event, actor=None, fields=ended, reason=reason)


def requeue(work: Work, *, event: str, actor: Member, now: datetime | None = None) -> Work:
    """Start failed work again; what was finished stays finished."""
    if work.status != Status.FAILED:
        raise RuleBroken(_("Only work that failed can be started again."))
    again = {"due_at": now or timezone.now(), "attempts": 0, "started_at": None, "finished_at": None, "error": ""}
    return move(work, Status.QUEUED, event=event, actor=actor, fields=again)
