"""Freezing an argument as a baseline."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.trail.record import record
from cases.actions.checks import open_case
from cases.documents import document_of, sha256_of
from cases.events import BaselineEvent
from cases.loading import load_case
from cases.models import AssuranceCase, Baseline


@transaction.atomic
def freeze_baseline(case: AssuranceCase, *, reason: str, actor: Member) -> Baseline:
    """Freeze the argument as it says now; what says nothing new keeps the baseline that it has.

    The case is locked, so the number follows the last one without a gap, and what was loaded is what is frozen.
    """
    row = open_case(case, actor=actor)
    if not reason.strip():
        raise RuleBroken(_("Say what the baseline is frozen for."), field="reason")
    baseline = freeze(row, reason=reason, actor=actor)
    case.draft_baseline = baseline
    return baseline


def freeze(row: AssuranceCase, *, reason: str, actor: Member) -> Baseline:
    """The same as part of a step whose people and rules were asked already; the case is locked."""
    loaded = load_case(row)
    if not loaded.elements:
        raise RuleBroken(_("The argument has no element yet. Add the claim on top first."))
    document = document_of(loaded)
    sha256 = sha256_of(document)
    last = Baseline.objects.of(row).first()
    if last is not None and last.sha256 == sha256:
        return last if row.draft_baseline_id == last.pk else keep_as_draft(row, last)
    baseline = Baseline.objects.create(
        organisation=row.organisation,
        case=row,
        ordinal=last.ordinal + 1 if last else 1,
        parent_id=row.draft_baseline_id or row.live_baseline_id,
        document=document,
        sha256=sha256,
        reviews={str(link.pk): link.reviewed_hash for link in loaded.links if link.reviewed_hash},
        reason=reason,
        author=actor,
        element_count=len(loaded.elements),
        frozen_at=timezone.now(),
    )
    told = {"baseline": baseline.ordinal, "sha256": sha256, "elements": baseline.element_count, "reason": reason}
    record(BaselineEvent.FROZEN, row, actor=actor, **told)
    return keep_as_draft(row, baseline)


def keep_as_draft(case: AssuranceCase, baseline: Baseline) -> Baseline:
    """Let the case say which baseline its review is about."""
    case.draft_baseline = baseline
    case.save(update_fields=["draft_baseline"])
    return baseline
