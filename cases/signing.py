"""Whether the owner's signature covers a case: which sign-off counts, and when and why one lapses."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.utils import timezone

from aims.trail.record import record_many
from cases import facts as known
from cases.events import SignOffEvent
from cases.models import AssuranceCase, Baseline, SignOff

if TYPE_CHECKING:
    from cases.loading import LoadedCase

Lapse = SignOff.Lapse
Status = AssuranceCase.Status
NOT_CAPPED: Final = frozenset({Status.WITHDRAWN})


def needs_sign_off(case: AssuranceCase) -> bool:
    """Whether people rely on the case: then it stands no higher than Weakened without a valid signature."""
    return case.live_baseline_id is not None and case.status not in NOT_CAPPED


def valid_sign_off(
    case: AssuranceCase, at: datetime | None = None, *, baseline: Baseline | None = None
) -> SignOff | None:
    """The sign-off that covers a baseline of the case at an instant: the one given, else that in force, else the frozen
    draft. It is the accountable owner's, they are active, it has neither lapsed nor expired; its last instant counts."""
    at = at or timezone.now()
    baseline_id = baseline.pk if baseline else case.live_baseline_id or case.draft_baseline_id
    if baseline_id is None:
        return None
    rows = SignOff.objects.standing(at).filter(case=case, baseline_id=baseline_id, expires_at__gte=at)
    for row in rows.select_related("member").order_by("-signed_at"):
        if lapse_of(row, case, at) is None:
            return row
    return None


def lapse_of(row: SignOff, case: AssuranceCase, at: datetime) -> str | None:
    """Why a sign-off that is not marked so has lapsed all the same by now; None while it stands."""
    if case.status == Status.WITHDRAWN:
        return Lapse.WITHDRAWN
    if row.baseline_id not in (case.live_baseline_id, case.draft_baseline_id):
        return Lapse.BASELINE
    if not row.member.is_active:
        return Lapse.PERSON
    if row.member_id != case.accountable_owner_id:
        return Lapse.OWNER
    return Lapse.EXPIRED if at > row.expires_at else None


def load_sign_offs(cases: Iterable["LoadedCase"], at: datetime | None = None) -> None:
    """The newest sign-off of each baseline of the cases that need one; one query, and none where no case is in force."""
    wanted = {one.case.pk: one for one in cases if needs_sign_off(one.case)}
    if not wanted:
        return
    rows = SignOff.objects.filter(case_id__in=wanted)
    if at is not None:
        rows = rows.filter(signed_at__lte=at)
    newest = rows.order_by("case_id", "baseline_id", "-signed_at").distinct("case_id", "baseline_id")
    for row in newest.select_related("member").defer("content", "standings", "statement"):
        wanted[row.case_id].sign_offs.append(row)


def sign_off_facts(case: AssuranceCase, rows: Sequence[SignOff], at: datetime) -> list[known.SignOff]:
    """Sign-offs as the rule takes them, the one of the baseline in force last, because it names the reason."""
    in_order = sorted(rows, key=lambda row: (row.baseline_id == case.live_baseline_id, row.signed_at))
    return [
        known.SignOff(label=str(row.member), expires_at=row.expires_at, has_lapsed=has_lapsed(row, case, at))
        for row in in_order
    ]


def has_lapsed(row: SignOff, case: AssuranceCase, at: datetime) -> bool:
    """Other than by its limit, which the rule reads for itself."""
    if row.lapsed_at is not None and row.lapsed_at <= at:
        return row.lapsed_reason != Lapse.EXPIRED
    if row.baseline_id != case.live_baseline_id:
        return True
    return row.lapsed_at is None and lapse_of(row, case, at) not in (None, Lapse.EXPIRED)


def settle_lapses(case: AssuranceCase, at: datetime) -> list[tuple[str, Any, dict[str, Any]]]:
    """Mark what has lapsed by now, once, and return what the trail is to be told."""
    if case.draft_baseline_id is None and case.live_baseline_id is None:
        return []
    rows = SignOff.objects.filter(case=case, lapsed_at__isnull=True).select_related("member")
    told = []
    for row in rows.defer("content", "standings").order_by("number"):
        reason = lapse_of(row, case, at)
        if reason is not None:
            told.append(mark_lapsed(row, reason, min(at, row.expires_at) if reason == Lapse.EXPIRED else at))
    return told


def mark_lapsed(row: SignOff, reason: str, at: datetime) -> tuple[str, Any, dict[str, Any]]:
    row.lapsed_at, row.lapsed_reason, row.remind_at = at, reason, None
    row.save(update_fields=["lapsed_at", "lapsed_reason", "remind_at", "updated_at"])
    return SignOffEvent.LAPSED, row, {"reason": reason}


def record_lapses(case: AssuranceCase, at: datetime) -> None:
    """The same for a case that is not evaluated any more."""
    record_many(settle_lapses(case, at), actor=None)


def case_ids_signed_by(members: Iterable[UUID]) -> set[UUID]:
    """Cases in force that somebody of these has signed."""
    rows = SignOff.objects.filter(member_id__in=list(members), lapsed_at__isnull=True)
    return set(rows.values_list("case_id", flat=True))
