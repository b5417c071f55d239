"""An owner's signature under a case, and the reminder before it runs out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.tenancy.reauthentication import prove_identity
from aims.trail.record import record
from cases.causes import day
from cases.documents import document_of, sha256_of
from cases.evaluation import Happening, reevaluate
from cases.events import SignOffEvent
from cases.loading import load_case
from cases.models import AssuranceCase, Baseline, SignOff, StandingLevel
from cases.signing import Lapse, lapse_of, mark_lapsed
from cases.to_sign import ToSign, baseline_to_sign, digest_of, to_sign

REMIND_BEFORE: Final = timedelta(days=14)
MOST_AT_ONCE: Final = 500
MOST_NAMED: Final = 8


@transaction.atomic
def sign_off(
    case: AssuranceCase,
    *,
    baseline: Baseline,
    statement: str,
    password: str,
    opened: str,
    claims_opened: Mapping[str, str],
    actor: Member,
    code: str = "",
) -> SignOff:
    """The accountable owner stands behind a baseline, with their password given anew.

    `opened` is the digest of what they had before them (`to_sign.ToSign.digest`): where anything of that has changed,
    another signature included, nothing is signed. `claims_opened` says of each claim, by its mark, when they opened it: one
    signature covers several claims only after each was opened.
    """
    require_owner(actor, case)
    row = locked(case)
    subject = subject_of(row, baseline)
    if not statement.strip():
        raise RuleBroken(_("Say what you declare by signing."), field="statement")
    if opened != subject.digest:
        raise RuleBroken(
            _("Something has changed since you opened this page. Nothing was signed: read it again, then sign.")
        )
    refuse_unopened(subject, claims_opened)
    if subject.standing < StandingLevel.WEAKENED:
        raise RuleBroken(
            _("The case is %(standing)s. Nobody can stand behind it before its causes are put right.")
            % {"standing": subject.standing.label}
        )
    # The last of the checks, so that a page that is out of date costs no try.
    proof = prove_identity(actor.user, password=password, code=code)
    now = timezone.now()
    expires_at = subject.expires_at(now)
    content = {
        **subject.content,
        "statement": statement,
        "signed_by": str(actor.pk),
        "name": actor.display_name,
        "role": SignOff.Role.ACCOUNTABLE_OWNER.value,
        "proof": proof.value,
        "claims_opened": {claim.address: claims_opened[claim.mark] for claim in subject.claims},
        "signed_at": now.isoformat(),
        "expires_at": expires_at.isoformat(),
    }
    happenings: list[Happening] = [renewed(one, now) for one in own_earlier(row, baseline)]
    signed = SignOff.objects.create(
        organisation=row.organisation,
        number=next_number(row.organisation_id, SignOff),
        case=row,
        baseline=baseline,
        member=actor,
        statement=statement,
        baseline_sha256=baseline.sha256,
        standings=subject.standings,
        content=content,
        sha256=digest_of(content),
        proof=proof.value,
        signed_at=now,
        expires_at=expires_at,
        remind_at=expires_at - min(REMIND_BEFORE, (expires_at - now) / 2),
    )
    told = {"case": row.number, "baseline": baseline.ordinal, "sha256": signed.sha256, "until": expires_at.isoformat()}
    happenings += [(SignOffEvent.SIGNED, signed, told), (SignOffEvent.SIGNED, row, {**told, "sign_off": signed.number})]
    reevaluate(row, actor=actor, happenings=happenings)
    return signed


def require_owner(actor: Member, case: AssuranceCase) -> None:
    """Only who answers for the case signs it; nobody signs for somebody else."""
    if not actor.may("cases.sign") or case.accountable_owner_id != actor.pk:
        raise PermissionDenied(
            _("Only the accountable owner signs this case: %s. Nobody signs for somebody else.")
            % case.accountable_owner
        )


def refuse_unopened(subject: ToSign, claims_opened: Mapping[str, str]) -> None:
    unopened = subject.unopened(claims_opened)
    if unopened:
        named = ", ".join(claim.address for claim in unopened[:MOST_NAMED])
        raise RuleBroken(
            ngettext(
                "%(count)d claim is still to be opened before you sign: %(named)s.",
                "%(count)d claims are still to be opened before you sign: %(named)s.",
                len(unopened),
            )
            % {"count": len(unopened), "named": f"{named} …" if len(unopened) > MOST_NAMED else named}
        )


def subject_of(case: AssuranceCase, baseline: Baseline) -> ToSign:
    """What is signed, when this baseline is what waits for a signature, and is as it was frozen."""
    wanted = baseline_to_sign(case)
    if wanted is None:
        raise RuleBroken(_("Nothing waits for a signature: the case is neither before a decision nor in force."))
    if wanted.pk != baseline.pk or baseline.case_id != case.pk:
        raise RuleBroken(
            _("Baseline %(old)d is no longer what counts; it is baseline %(new)d. Read that one, then sign.")
            % {"old": baseline.ordinal, "new": wanted.ordinal}
        )
    if sha256_of(wanted.document) != wanted.sha256:
        raise RuleBroken(_("The baseline does not match its hash, so it cannot be signed. Tell who runs this server."))
    if case.status == AssuranceCase.Status.DECISION and sha256_of(document_of(load_case(case))) != wanted.sha256:
        raise RuleBroken(_("The argument has changed since the baseline was frozen. Freeze it anew, then sign."))
    subject = to_sign(case)
    assert subject is not None  # noqa: S101 (there is a baseline)
    return subject


def own_earlier(case: AssuranceCase, baseline: Baseline) -> list[SignOff]:
    rows = SignOff.objects.filter(case=case, baseline=baseline, lapsed_at__isnull=True)
    return list(rows.select_for_update(of=("self",)).defer("content", "standings"))


def renewed(row: SignOff, now: datetime) -> Happening:
    return mark_lapsed(row, Lapse.RENEWED, now)


def remind_of_sign_offs(now: datetime) -> int:
    """Tell each owner once, some days before their signature runs out. Part of the sweep."""
    told = 0
    due = SignOff.objects.filter(remind_at__lte=now).order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE]
    for pk in list(due):
        told += remind(pk, now)
    return told


@transaction.atomic
def remind(pk: UUID, now: datetime) -> bool:
    rows = SignOff.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, remind_at__lte=now)
    row = rows.select_related("case__organisation", "member").first()
    if row is None:
        return False
    row.remind_at = None
    row.save(update_fields=["remind_at"])
    if row.lapsed_at is not None or lapse_of(row, row.case, now) is not None:
        return False
    words = {"case": row.case.title[:120], "on": day(row.expires_at)}
    notify(
        row.member,
        event=SignOffEvent.REMINDED,
        sentence=_("Your signature under “%(case)s” is valid until %(on)s. Read the case and sign it anew.") % words,
        link=reverse("cases:case_sign", args=[row.case.organisation.slug, row.case.number]),
        key=f"sign-off:{row.pk}:reminder",
        due_on=timezone.localdate(row.expires_at),
    )
    record(SignOffEvent.REMINDED, row, actor=None, until=row.expires_at.isoformat())
    return True
