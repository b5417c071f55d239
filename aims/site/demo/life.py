"""A case of the demo on its way into force, through the people who would take each step."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from cases.access import Part
from cases.actions import appoint, decide, sign_off, start_challenge, submit_for_review
from cases.gates import cause_id
from cases.gating import gate
from cases.models import AssuranceCase
from cases.to_sign import to_sign


def bring_into_force(case: AssuranceCase, entry: dict[str, Any], people: dict[str, Member], password: str) -> None:
    """Submit, review, decide, sign: of a tier that asks for no challenge, so that it is in force on the day of loading."""
    case = AssuranceCase.objects.select_related("system", "accountable_owner").get(pk=case.pk)
    owner, reviewer, decider = case.accountable_owner, people[entry["team_reviewer"]], people[entry["decider"]]
    appoint(case, member=reviewer, part=Part.TEAM_REVIEWER, actor=owner)
    appoint(case, member=decider, part=Part.DECIDER, actor=owner)
    submit_for_review(case, note=_("All figures of last month are in."), actor=owner)
    start_challenge(case, note=_("Read against the sampling sheet."), actor=reviewer)
    found = gate(case, AssuranceCase.Status.LIVE)
    assert case.draft_baseline is not None  # noqa: S101 (it was frozen for the challenge)
    decide(
        case,
        outcome="approve",
        reason=entry["note"],
        baseline_sha256=case.draft_baseline.sha256,
        accepted=[cause_id(one) for one in found.causes],
        actor=decider,
    )
    case.refresh_from_db()
    subject = to_sign(case)
    assert subject is not None  # noqa: S101 (it is before a decision)
    try:
        sign_off(
            case,
            baseline=subject.baseline,
            statement=_("I have read this case and stand behind it."),
            password=password,
            opened=subject.digest,
            claims_opened={claim.mark: timezone.now().isoformat() for claim in subject.claims},
            actor=owner,
        )
    except RuleBroken:
        # The account was there before, with a password of its own: its person signs at the page.
        return
