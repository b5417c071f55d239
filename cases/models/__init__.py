"""The tables of this room: the argument with its standing, the metrics of its claims with their readings, the
conditions under which they stop holding, and the doubts about all of it."""

from cases.models.argument import (
    ArgumentModule,
    AssuranceCase,
    CaseGrant,
    Element,
    EvidenceBinding,
    Link,
    Signal,
    StandingLevel,
    StandingTransition,
)
from cases.models.baselines import Baseline
from cases.models.challenges import Challenge, ChallengeEvent, ChecklistAnswer, Opinion, ReviewComment
from cases.models.conditions import ConditionEvent, DegradationCondition
from cases.models.controls import ControlClaim
from cases.models.exchange import ArgumentImport
from cases.models.life import CaseDecision
from cases.models.metrics import ClaimMetric, Indicator, MetricPull, MetricReading, ReadingKey
from cases.models.signoff import SignOff
from cases.models.smells import Smell, SmellRound
from cases.models.tiers import TierPolicyVersion

__all__ = [
    "ArgumentImport",
    "ArgumentModule",
    "AssuranceCase",
    "Baseline",
    "CaseDecision",
    "CaseGrant",
    "Challenge",
    "ChallengeEvent",
    "ChecklistAnswer",
    "ClaimMetric",
    "ConditionEvent",
    "ControlClaim",
    "DegradationCondition",
    "Element",
    "EvidenceBinding",
    "Indicator",
    "Link",
    "MetricPull",
    "MetricReading",
    "Opinion",
    "ReadingKey",
    "ReviewComment",
    "SignOff",
    "Signal",
    "Smell",
    "SmellRound",
    "StandingLevel",
    "StandingTransition",
    "TierPolicyVersion",
]
