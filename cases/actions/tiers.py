"""Changing what a tier asks of cases: always a new version with a reason and a day, never the old one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.models import Member, Organisation
from aims.trail.record import record
from cases.events import TierEvent
from cases.models import TierPolicyVersion
from cases.tier_rules import DEFAULTS, KINDS, TIERS, TierRefused, check_order, checked, policy_from, values_of
from cases.tiers import SHIPPED, Tiers, differences, refusal_in_words, tiers_of


@transaction.atomic
def change_tier(
    tier: str,
    *,
    values: Mapping[str, Any],
    reason: str,
    actor: Member,
    in_force_from: date | None = None,
    version: int | None = None,
) -> TierPolicyVersion:
    """Let a tier ask something else from a day on. `version` is what the person had open; what `values` leaves out stays."""
    if tier not in TIERS:
        raise RuleBroken(_("There is no tier %s. Choose one from T0 to T3.") % str(tier)[:10], field="tier")
    if not reason.strip():
        raise RuleBroken(_("Say why the tier asks something else from now on."), field="reason")
    day = in_force_from or timezone.localdate()
    if day < timezone.localdate():
        raise RuleBroken(
            _("What was asked in the past cannot be changed. Choose today or a later day."), field="in_force_from"
        )
    newest = newest_version(actor)
    if version is not None and version != newest.number:
        raise ChangedSinceOpened(
            _(
                "Somebody else has changed what the tiers ask since you opened this. Open it again and repeat your change."
            )
        )
    if newest.row is not None and newest.row.in_force_from > day:
        raise RuleBroken(
            _("A later change is in force from %s. Choose that day or a later one.") % newest.row.in_force_from,
            field="in_force_from",
        )
    wanted = wanted_policies(newest, tier, values)
    changed = differences(newest, wanted)
    if not changed:
        raise RuleBroken(_("Nothing would change. Change a requirement, or leave the page."))
    row = TierPolicyVersion.objects.create(
        organisation_id=actor.organisation_id,
        number=newest.number + 1,
        tiers={name: values_of(policy) for name, policy in wanted.policies.items()},
        reason=reason.strip(),
        in_force_from=day,
        author=actor,
    )
    told = [f"{one.tier}: {one.label}: {one.before} → {one.after}" for one in changed]
    record(TierEvent.CHANGED, row, actor=actor, version=row.number, tier=tier, changed=told, reason=row.reason)
    return row


def wanted_policies(newest: Tiers, tier: str, values: Mapping[str, Any]) -> Tiers:
    """All tiers as they would be; a value that cannot be, or an order that is turned round, is refused."""
    try:
        said = {name: checked(name, value) for name, value in values.items() if name in KINDS}
        policies = dict(newest.policies)
        policies[tier] = policy_from({**values_of(newest.policies[tier]), **said})
        check_order(policies)
    except TierRefused as refused:
        raise RuleBroken(refusal_in_words(refused), field=refused.name) from None
    return Tiers(newest.number + 1, policies)


def newest_version(actor: Member) -> Tiers:
    """The newest version, one person at a time; the shipped one is written down first."""
    Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=actor.organisation.pk)
    return tiers_of(kept_version(actor, TierPolicyVersion.objects.order_by("-number").first()))


def kept_version(actor: Member, row: TierPolicyVersion | None) -> TierPolicyVersion:
    """The version as a row, so that a step can name by what it was judged, whatever a later release ships."""
    if row is not None:
        return row
    TierPolicyVersion.objects.bulk_create(
        [
            TierPolicyVersion(
                organisation_id=actor.organisation_id,
                number=SHIPPED,
                tiers={tier: values_of(policy) for tier, policy in DEFAULTS.items()},
                reason=_("As shipped with the product."),
                in_force_from=timezone.localdate(actor.organisation.created_at),
                author=None,
            )
        ],
        ignore_conflicts=True,
    )
    return TierPolicyVersion.objects.get(number=SHIPPED)


def version_to_judge_by(actor: Member) -> TierPolicyVersion:
    """What counts today, as a row that a decision can name."""
    return kept_version(actor, TierPolicyVersion.objects.in_force())


def tiers_to_judge_by(actor: Member) -> Tiers:
    return tiers_of(version_to_judge_by(actor))
