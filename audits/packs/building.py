"""Building packs step by step. Each step is one transaction: finished and written down, or not done at all."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import rfc8785
import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.reports.pdf import PdfFailed
from aims.reports.work import TakenOver, advance, fail, finish, hold, take_up
from aims.rules import RuleBroken
from aims.tenancy.door import acting_for_system
from audits.events import PackEvent
from audits.models import Pack, PackStep
from audits.packs.rendering import render
from audits.packs.scope import PackScope
from audits.packs.steps import DOCUMENT, step_of, title_of
from audits.packs.storage import keep

log = structlog.get_logger()
Tell = Callable[[PackStep], None]


class PackFailed(Exception):
    """A step could not be done; the message says which and why."""


def build_due(organisation_id: Any, *, now: datetime | None = None) -> int:
    """Build every pack of an organisation that is due; returns how many were finished."""
    finished = 0
    while True:
        with acting_for_system(organisation_id):
            pack = take_up(Pack, started=PackEvent.STARTED, failed=PackEvent.FAILED, now=now)
        if pack is None:
            return finished
        finished += build(pack)


def build(pack: Pack, *, tell: Tell | None = None) -> bool:
    """Go on with a pack that was taken up until it is done; True when it is.

    False: it failed with its reason written down, or another worker has it. A lost database connection is left to the
    lease: the next worker goes on after the last finished step.
    """
    structlog.contextvars.bind_contextvars(pack=pack.number)
    try:
        while (step := do_next_step(pack)) is not None:
            log.info("pack_step_finished", step=step.step, sha256=step.sha256)
            if tell:
                tell(step)
    except TakenOver:
        log.warning("pack_taken_over")
        return False
    except (OperationalError, InterfaceError):
        log.exception("pack_interrupted")
        return False
    except PackFailed as failed:
        log.exception("pack_failed")
        give_up(pack, str(failed))
        return False
    finally:
        structlog.contextvars.unbind_contextvars("pack")
    return True


def do_next_step(pack: Pack) -> PackStep | None:
    """Do the first step that is not done, in one transaction that holds the pack; None when all are done."""
    with acting_for_system(pack.organisation_id):
        if Pack.objects.filter(pk=pack.pk, status=Pack.Status.DONE, attempts=pack.attempts).exists():
            return None
        held = hold(pack)
        step = held.steps.filter(finished_at=None).order_by("ordinal").first()
        if step is None:
            raise PackFailed(_("The pack has no step left to draw its document. Ask for a new pack."))
        try:
            # A savepoint, so that a collector that fails in SQL leaves the transaction usable.
            with transaction.atomic():
                step.content = draw_document(held) if step.step == DOCUMENT else collect(held, step.step)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            raise PackFailed(reason_of(step.step, error)) from error
        write_down(held, step)
        return step


def collect(pack: Pack, key: str) -> dict[str, Any]:
    """What a step reads."""
    return step_of(key).collect(PackScope(pack))


def write_down(pack: Pack, step: PackStep) -> None:
    """Keep what the step gave with its hash; drawing the document ends the pack."""
    now = timezone.now()
    step.sha256, step.finished_at = digest(step.content), now
    step.save(update_fields=["content", "sha256", "finished_at"])
    done = pack.steps.exclude(finished_at=None).count()
    advance(pack, done=done, total=pack.steps.count(), now=now)
    if step.step == DOCUMENT:
        results = {name: step.content[name] for name in ("key", "sha256", "size", "page_count")}
        finish(pack, event=PackEvent.FINISHED, now=now, fields=results)


def draw_document(pack: Pack) -> dict[str, Any]:
    """Print everything that was collected, keep the file under its hash."""
    steps = list(pack.steps.exclude(step=DOCUMENT).order_by("ordinal"))
    for step in steps:
        if digest(step.content) != step.sha256:
            raise PdfFailed(_("What was collected for “%s” has changed since.") % title_of(step.step))
    pdf = render(pack, steps)
    stored = keep(pack, pdf.content)
    return {"key": stored.key, "sha256": stored.sha256, "size": stored.size, "page_count": pdf.page_count}


def digest(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of a step."""
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def reason_of(key: str, error: Exception) -> str:
    """Which step failed and why, for people; the log has the rest."""
    said = str(error).strip().split("\n")[0][:400]
    if not isinstance(error, RuleBroken | PdfFailed):
        said = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return _("The step “%(step)s” could not be done: %(reason)s") % {"step": title_of(key), "reason": said}


def give_up(pack: Pack, reason: str) -> None:
    """Write down why the pack failed, unless somebody else has taken it over by now."""
    with acting_for_system(pack.organisation_id):
        try:
            hold(pack)
        except TakenOver:
            return
        fail(pack, reason, event=PackEvent.FAILED)
