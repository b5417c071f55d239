"""How long each kind of evidence may count as current, by kind and by the tier of the system, and how long the grace may be.

The maxima are data: one row for each kind, one for each group of kinds and tier. `docs/users/evidence.md` shows them as a
table; a test holds the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


# Whoever may keep evidence without an end may still name one; beyond a century it is a slip of the keyboard.
FARTHEST_DAYS = 36_525

MEASURED, SERIES, JUDGED, CERTIFIED, KEPT = "measured", "series", "judged", "certified", "kept"
# Why the maximum is what it is, by group of kinds; the error says it.
WHY: Final[Mapping[str, str]] = {
    MEASURED: gettext_noop("a result speaks for the system as it was and has to be measured anew."),
    SERIES: gettext_noop("a series that is not continued says nothing about today."),
    JUDGED: gettext_noop("people, rules and ways of working change meanwhile."),
    CERTIFIED: gettext_noop("it was given for a time, and no longer."),
    KEPT: gettext_noop("a longer time is a slip of the keyboard."),
}


@dataclass(frozen=True, slots=True)
class Validity:
    """`longest_days` None: this kind may be kept without an end, and is when nothing else is said."""

    group: str
    longest_days: int | None
    usual_days: int | None
    longest_grace_days: int


WITHOUT_END = Validity(KEPT, None, None, 90)
VALIDITY: Final[Mapping[str, Validity]] = {
    "test_report": Validity(MEASURED, 365, 180, 30),
    "evaluation": Validity(MEASURED, 365, 180, 30),
    "red_team": Validity(MEASURED, 365, 365, 60),
    "control_evaluation": Validity(MEASURED, 365, 180, 30),
    "monitoring_series": Validity(SERIES, 180, 30, 30),
    "audit_report": Validity(JUDGED, 1096, 365, 90),
    "review_record": Validity(JUDGED, 365, 365, 60),
    "formal_analysis": WITHOUT_END,
    "user_study": Validity(JUDGED, 730, 365, 60),
    "incident_record": WITHOUT_END,
    "expert_judgement": Validity(JUDGED, 365, 180, 30),
    "document": WITHOUT_END,
    "certificate": Validity(CERTIFIED, 1827, 1096, 90),
    "attestation": Validity(CERTIFIED, 730, 365, 60),
    "dataset_record": WITHOUT_END,
    "model_record": WITHOUT_END,
    "training_record": Validity(JUDGED, 1096, 365, 90),
}
# What was measured of a system ages faster the more depends on it: half a year at T2, a quarter at T3. What must be
# fresher than that comes as readings. Documents, judgements and certificates do not age with the tier.
LONGEST_BY_TIER: Final[Mapping[tuple[str, str], int]] = {
    (MEASURED, "T2"): 183,
    (MEASURED, "T3"): 92,
    (SERIES, "T3"): 92,
}


@dataclass(frozen=True, slots=True)
class Longest:
    """The maximum for a kind and tier, and why (an English message); `days` None: no end is needed."""

    days: int | None
    why: str
    is_of_tier: bool

    @property
    def limit_days(self) -> int:
        return FARTHEST_DAYS if self.days is None else self.days


def longest_for(kind: str, tier: str = "") -> Longest:
    """The shorter of what the kind and what the tier allows."""
    validity = VALIDITY[kind]
    of_tier = LONGEST_BY_TIER.get((validity.group, tier))
    if of_tier is None or (validity.longest_days is not None and validity.longest_days <= of_tier):
        return Longest(validity.longest_days, WHY[validity.group], is_of_tier=False)
    return Longest(of_tier, WHY[validity.group], is_of_tier=True)


def usual_for(kind: str, tier: str = "") -> int | None:
    """How long it counts when nobody says: the usual time of the kind, never beyond the maximum of the tier."""
    usual, longest = VALIDITY[kind].usual_days, longest_for(kind, tier).days
    return usual if usual is None or longest is None else min(usual, longest)


@dataclass(frozen=True, slots=True)
class Span:
    """Until when one collection of evidence is current, and until when its grace lasts; both None: without end."""

    valid_for_days: int | None
    valid_until: datetime | None
    grace_until: datetime | None


def span_of(kind: str, tier: str, collected_at: datetime, valid_for_days: int | None, grace_days: int) -> Span:
    """The times that follow from the kind, the tier and the days; no days means the usual ones."""
    days = usual_for(kind, tier) if valid_for_days is None else valid_for_days
    if days is None:
        return Span(None, None, None)
    valid_until = collected_at + timedelta(days=days)
    return Span(days, valid_until, valid_until + timedelta(days=grace_days))
