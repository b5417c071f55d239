"""Cases in force and signatures for tests."""

from aims.trail.models import Event
from cases.actions import freeze_baseline, sign_off
from cases.actions.baselines import freeze
from cases.evaluation import reevaluate
from cases.models import AssuranceCase
from cases.to_sign import to_sign
from tests.factories import PASSWORD

STATEMENT = "I stand behind this case."


def put_before_a_decision(cast, case):
    """Frozen, and the decision asked."""
    baseline = freeze_baseline(case, reason="For the decision", actor=cast.officer)
    AssuranceCase.objects.filter(pk=case.pk).update(status=AssuranceCase.Status.DECISION)
    case.refresh_from_db()
    return baseline


def put_live(cast, case):
    """In force, whoever has signed."""
    baseline = freeze(case, reason="For the decision", actor=cast.officer)
    AssuranceCase.objects.filter(pk=case.pk).update(status=AssuranceCase.Status.LIVE, live_baseline=baseline)
    case.refresh_from_db()
    reevaluate(case)
    case.refresh_from_db()
    return baseline


def sign(case, *, actor, baseline=None, **fields):
    """By somebody who has read what the page shows now."""
    case.refresh_from_db()
    subject = to_sign(case)
    said = {
        "baseline": baseline or (subject.baseline if subject else case.draft_baseline),
        "statement": STATEMENT,
        "password": PASSWORD,
        "opened": subject.digest if subject else "",
        "claims_opened": {claim.mark: "2026-01-01T00:00:00+00:00" for claim in subject.claims} if subject else {},
        **fields,
    }
    return sign_off(case, actor=actor, **said)


def told(case, event):
    """How often the trail says so of anything of the organisation."""
    return Event.objects.filter(event=event, organisation=case.organisation).count()
