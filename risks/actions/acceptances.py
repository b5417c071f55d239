"""Accepting a risk: by somebody else than its owner, for a limited time, bound to the hash of what was accepted."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from risks.actions.risks import needed, still_open
from risks.events import RiskEvent
from risks.models import Acceptance, Risk
from risks.snapshot import content_of, hash_of


def longest_until(today: date) -> date:
    """Twelve months from today."""
    try:
        return today.replace(year=today.year + 1)
    except ValueError:  # 29 February
        return today.replace(year=today.year + 1, day=28)


@transaction.atomic
def accept_risk(
    risk: Risk,
    *,
    until: date,
    reason: str,
    seen: str = "",
    revision: int | None = None,
    actor: Member,
) -> Acceptance:
    """Decide to live with the risk until a day. `seen` is the hash of what the person had before them."""
    row = still_open(locked(risk, revision=revision))
    may_be_accepted(row, by=actor)
    today = timezone.localdate()
    if until <= today:
        raise RuleBroken(_("Accept it until a day in the future."), field="until")
    if until > longest_until(today):
        raise RuleBroken(_("Accept it for twelve months at most; then somebody looks again."), field="until")
    reason = needed(reason, _("Say why the organisation can live with this risk."), "reason")
    content = content_of(row)
    sha256 = hash_of(content)
    if seen and seen != sha256:
        raise ChangedSinceOpened(
            _("The risk has changed since you opened this page. Nothing was accepted: read it again and decide then.")
        )
    acceptance = Acceptance.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, Acceptance),
        risk=row,
        accepted_by=actor,
        until=until,
        reason=reason,
        sha256=sha256,
        snapshot=content,
    )
    told = {"acceptance": acceptance.number, "until": until, "sha256": sha256, "scores": content["current"]}
    if row.status == Risk.Status.ACCEPTED:
        save_changes(row, accepted_until=until)
        record(RiskEvent.ACCEPTED, row, actor=actor, **told)
    else:
        fields = {"accepted_until": until}
        move(row, Risk.Status.ACCEPTED, event=RiskEvent.ACCEPTED, actor=actor, fields=fields, **told)
    return acceptance


def may_be_accepted(risk: Risk, *, by: Member) -> None:
    """The rules that hold before anybody fills in a form."""
    if not risk.is_rated:
        raise RuleBroken(_("This risk has no rating yet. Rate it first, so that it is clear what is accepted."))
    if risk.owner_id is None:
        raise RuleBroken(_("This risk has no owner. Name one first: somebody answers for an accepted risk."))
    if risk.owner_id == by.pk:
        # ISO/IEC 42001 6.1.3 asks management to approve; one's own risk is not one's own to wave through.
        raise RuleBroken(_("You own this risk, so somebody else must accept it. Ask another executive."))
