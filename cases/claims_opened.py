"""Which claims of a case somebody opened on the way to signing it: kept in their session, where nobody else writes."""

from collections.abc import MutableMapping
from typing import Any, Final

from django.utils import timezone

from cases.to_sign import Claim, ToSign

KEY: Final = "claims_opened"
MOST_CASES: Final = 5


def opened_by(session: MutableMapping[str, Any], subject: ToSign) -> dict[str, str]:
    """When each claim was opened, by its mark; what was opened of another case or another text does not count."""
    kept = session.get(KEY, {}).get(str(subject.case.pk), {})
    return {claim.mark: kept[claim.mark] for claim in subject.claims if claim.mark in kept}


def note_opened(session: MutableMapping[str, Any], subject: ToSign, claim: Claim) -> dict[str, str]:
    """Remember that a claim was opened; the first time counts."""
    opened = {claim.mark: timezone.now().isoformat(), **opened_by(session, subject)}
    key = str(subject.case.pk)
    others = [(one, marks) for one, marks in session.get(KEY, {}).items() if one != key]
    session[KEY] = dict([*others[1 - MOST_CASES :], (key, opened)])
    return opened
