"""The tables of this room: the argument with its standing, and the metrics of its claims with their readings."""

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
from cases.models.metrics import ClaimMetric, Indicator, MetricPull, MetricReading, ReadingKey

__all__ = [
    "ArgumentModule",
    "AssuranceCase",
    "CaseGrant",
    "ClaimMetric",
    "Element",
    "EvidenceBinding",
    "Indicator",
    "Link",
    "MetricPull",
    "MetricReading",
    "ReadingKey",
    "Signal",
    "StandingLevel",
    "StandingTransition",
]
