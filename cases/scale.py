"""The five levels of standing, and the reasons for being below the highest."""

from enum import IntEnum, StrEnum
from typing import Final


class Standing(IntEnum):
    """How far a claim can be relied on right now; a higher number is always better."""

    DEFEATED = 0  # positive disconfirmation of this very claim
    UNSUPPORTED = 1  # an argument was made and what carried it is gone
    UNDEVELOPED = 2  # not argued yet, or evidence still awaits its review
    WEAKENED = 3  # carried, but something is ageing, doubtful or lost
    HOLDS = 4  # all that is required is in place, current and unchallenged


class Reason(StrEnum):
    """Why something is below Holds; stable codes, because transitions store and count them."""

    UNDEVELOPED = "undeveloped"
    EVIDENCE_MISSING = "evidence_missing"
    EVIDENCE_BROKEN = "evidence_broken"
    EVIDENCE_REJECTED = "evidence_rejected"
    EVIDENCE_WITHDRAWN = "evidence_withdrawn"
    EVIDENCE_SUPERSEDED = "evidence_superseded"
    EVIDENCE_PENDING = "evidence_pending"
    EVIDENCE_IN_GRACE = "evidence_in_grace"
    EVIDENCE_EXPIRED = "evidence_expired"
    EVIDENCE_ENVIRONMENT = "evidence_environment"
    EVIDENCE_OTHER_VERSION = "evidence_other_version"
    METRIC_FAILED = "metric_failed"
    METRIC_BORDERLINE = "metric_borderline"
    METRIC_INSUFFICIENT = "metric_insufficient"
    METRIC_MISSING = "metric_missing"
    METRIC_IN_GRACE = "metric_in_grace"
    METRIC_EXPIRED = "metric_expired"
    CONDITION_TRIPPED = "condition_tripped"
    CONDITION_ACKNOWLEDGED = "condition_acknowledged"
    CONDITION_SUSPECTED = "condition_suspected"
    DETECTOR_SILENT = "detector_silent"
    CHALLENGE_OPEN = "challenge_open"
    CHALLENGE_SUSTAINED = "challenge_sustained"
    CHALLENGE_UNANSWERED = "challenge_unanswered"
    CHALLENGE_RESIDUAL = "challenge_residual"
    CHALLENGE_RESIDUAL_EXPIRED = "challenge_residual_expired"
    LINK_SUSPECT = "link_suspect"
    REVIEW_OVERDUE = "review_overdue"
    HELD_DOWN = "held_down"
    CITED_NOT_LIVE = "cited_not_live"
    CITED_BELOW = "cited_below"
    SIGN_OFF_MISSING = "sign_off_missing"
    SIGN_OFF_EXPIRED = "sign_off_expired"
    SIGN_OFF_LAPSED = "sign_off_lapsed"


# Both tables are indexed by a standing.
# A refuted premise takes its support away; it does not refute the conclusion (GSN inferences suffice, they are not
# necessary). So nothing but an exact link carries "defeated" upwards.
LIFTED: Final = (
    Standing.UNSUPPORTED,
    Standing.UNSUPPORTED,
    Standing.UNDEVELOPED,
    Standing.WEAKENED,
    Standing.HOLDS,
)
# A claim made in a context that does not stand is not carried at all.
AS_CONTEXT: Final = (
    Standing.UNSUPPORTED,
    Standing.UNSUPPORTED,
    Standing.UNSUPPORTED,
    Standing.WEAKENED,
    Standing.HOLDS,
)
