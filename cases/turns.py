"""Whose turn it is: the cases that wait for one member, by what they wait for."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.tenancy.models import Member
from cases.access import NEEDS, Part
from cases.models import AssuranceCase, CaseDecision, CaseGrant, Opinion, SignOff
from cases.querysets import CaseQuerySet

Status = AssuranceCase.Status


def awaiting(member: Member) -> list[tuple[Any, CaseQuerySet]]:
    """(what is to be done, cases) for this member; no query is made here."""
    cases = AssuranceCase.objects.order_by()
    owned = cases.filter(accountable_owner=member)
    decided = CaseDecision.objects.filter(case=OuterRef("pk"), decided_at__gte=OuterRef("state_since"))
    heard = Opinion.objects.filter(case=OuterRef("pk"), member=member, recorded_at__gte=OuterRef("state_since"))
    signed = SignOff.objects.filter(case=OuterRef("pk"), lapsed_at__isnull=True, signed_at__gte=OuterRef("state_since"))
    return [
        (
            _("Case to review for its team"),
            with_part(cases, member, Part.TEAM_REVIEWER).filter(status=Status.TEAM_REVIEW),
        ),
        (
            _("Case to challenge"),
            with_part(cases, member, Part.CHALLENGER).filter(~Exists(heard), status=Status.CHALLENGE),
        ),
        (
            _("Case to decide on"),
            with_part(cases, member, Part.DECIDER).filter(~Exists(decided), status=Status.DECISION),
        ),
        (_("Case to sign"), owned.filter(~Exists(signed), status=Status.DECISION)),
        (
            _("Case whose challenge is over"),
            owned.filter(status=Status.CHALLENGE, turn_due_on__lte=timezone.localdate()),
        ),
        (_("Case that came back"), owned.filter(status=Status.DRAFT).exclude(state_note="")),
        (_("Case to put right"), owned.filter(status=Status.DEGRADED)),
    ]


def with_part(cases: CaseQuerySet, member: Member, part: Part) -> CaseQuerySet:
    """Those in which the member has a part, while their roles still allow it."""
    if not member.may(NEEDS[part]):
        return cases.none()
    granted = CaseGrant.objects.filter(
        content_object=OuterRef("pk"), user_id=member.user_id, permission__codename=part.value
    )
    return cases.filter(Exists(granted))
