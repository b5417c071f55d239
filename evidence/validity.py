"""How long each kind of evidence may count as current, and how long the grace after that may be."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Whoever may keep evidence without an end may still name one; beyond a century it is a slip of the keyboard.
FARTHEST_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class Validity:
    """`longest_days` None: this kind may be kept without an end, and is when nothing else is said."""

    longest_days: int | None
    usual_days: int | None
    longest_grace_days: int

    @property
    def limit_days(self) -> int:
        return FARTHEST_DAYS if self.longest_days is None else self.longest_days


WITHOUT_END = Validity(None, None, 90)
VALIDITY = {
    "test_report": Validity(365, 180, 30),
    "evaluation": Validity(365, 180, 30),
    "red_team": Validity(365, 365, 60),
    "control_evaluation": Validity(365, 180, 30),
    "monitoring_series": Validity(180, 30, 30),
    "audit_report": Validity(1096, 365, 90),
    "review_record": Validity(365, 365, 60),
    "formal_analysis": WITHOUT_END,
    "user_study": Validity(730, 365, 60),
    "incident_record": WITHOUT_END,
    "expert_judgement": Validity(365, 180, 30),
    "document": WITHOUT_END,
    "certificate": Validity(1827, 1096, 90),
    "attestation": Validity(730, 365, 60),
    "dataset_record": WITHOUT_END,
    "model_record": WITHOUT_END,
    "training_record": Validity(1096, 365, 90),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Until when one collection of evidence is current, and until when its grace lasts; both None: without end."""

    valid_for_days: int | None
    valid_until: datetime | None
    grace_until: datetime | None


def span_of(kind: str, collected_at: datetime, valid_for_days: int | None, grace_days: int) -> Span:
    """The times that follow from the kind and the days; no days means the usual ones of the kind."""
    days = VALIDITY[kind].usual_days if valid_for_days is None else valid_for_days
    if days is None:
        return Span(None, None, None)
    valid_until = collected_at + timedelta(days=days)
    return Span(days, valid_until, valid_until + timedelta(days=grace_days))
