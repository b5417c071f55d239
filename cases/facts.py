"""What is known about the elements of an argument, each fact with its own clock.

Every fact answers two questions: what it lets its element be worth at an instant (`finding`), and at which limits
that may change by itself (`limits`). A limit still belongs to the better side: the change comes one tick later.
Each fact can only ever lower a standing, and with time alone it never gets better again.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, NamedTuple, Protocol

from cases.argument import ElementId
from cases.cells import WHOLE
from cases.scale import LIFTED, Reason, Standing
from evidence.environment import Environment, speaks_for

TICK: Final = timedelta(microseconds=1)
NO_TIME: Final = timedelta(0)

DEFEATED, UNSUPPORTED, UNDEVELOPED, WEAKENED, HOLDS = Standing


class FactRefused(ValueError):
    """A fact that cannot be: the message names the field and the remedy."""


class Finding(NamedTuple):
    """What one fact comes to at an instant; `since` is the limit that it passed, where it passed one."""

    standing: Standing
    reason: Reason | None = None
    since: datetime | None = None
    detail: Mapping[str, Any] | None = None


SOUND: Final = Finding(HOLDS)


class Fact(Protocol):
    """One thing known about an element or a link."""

    is_evidence: ClassVar[bool]

    @property
    def label(self) -> str: ...
    def finding(self, at: datetime) -> Finding: ...
    def limits(self) -> Sequence[datetime]: ...


def require_aware(**times: datetime | None) -> None:
    """Refuse times without a zone by their names: an instant that depends on the reader is no instant."""
    for name, value in times.items():
        if value is not None and value.utcoffset() is None:
            raise FactRefused(f"{name} has no time zone; give an aware time.")


def plus(instant: datetime, duration: timedelta) -> datetime:
    """Add, stopping at the end of the calendar: a grace of thousands of years is somebody's "for ever"."""
    try:
        return instant + duration
    except OverflowError:
        return datetime.max.replace(tzinfo=instant.tzinfo)


def _effect(field_name: str, value: int) -> Standing:
    """Time may turn these into "unsupported", so a policy below that would let silence improve a standing."""
    if value not in (UNSUPPORTED, WEAKENED, HOLDS):
        raise FactRefused(f"{field_name} must be Unsupported, Weakened or Holds.")
    return Standing(value)


# --- Evidence ---------------------------------------------------------------------------------------------------------


class ReviewState(StrEnum):
    """The verdict on a version of evidence."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"  # other evidence took its place


_WITHOUT_ACCEPTANCE: Final = {
    ReviewState.PENDING: Finding(UNDEVELOPED, Reason.EVIDENCE_PENDING),
    ReviewState.REJECTED: Finding(UNSUPPORTED, Reason.EVIDENCE_REJECTED),
    ReviewState.WITHDRAWN: Finding(UNSUPPORTED, Reason.EVIDENCE_WITHDRAWN),
    ReviewState.SUPERSEDED: Finding(UNSUPPORTED, Reason.EVIDENCE_SUPERSEDED),
}
_BROKEN: Final = Finding(UNSUPPORTED, Reason.EVIDENCE_BROKEN)
_ACCEPTED: Final = ReviewState.ACCEPTED


@dataclass(slots=True, kw_only=True)
class EvidenceFact:
    """A version of evidence as one solution binds it; two bindings of the same version may ask different things.

    `system_version` is what the evidence speaks for and `deployed_version` what runs; evidence that names no version
    is not measured by version. The policies say what a mismatch costs; Holds means "independent, with a reason".
    """

    is_evidence: ClassVar[bool] = True

    label: str = ""
    review_state: ReviewState = ReviewState.PENDING
    is_intact: bool = True
    valid_until: datetime | None = None
    grace: timedelta = NO_TIME
    environment: Environment | None = None
    environment_required: Environment | None = None
    environment_policy: Standing = WEAKENED
    system_version: Hashable = None
    deployed_version: Hashable = None
    version_policy: Standing = WEAKENED

    def __post_init__(self) -> None:
        if self.valid_until is not None:
            require_aware(valid_until=self.valid_until)
        if self.grace < NO_TIME:
            raise FactRefused("grace cannot be negative; use zero for none.")
        if type(self.review_state) is not ReviewState:
            self.review_state = ReviewState(self.review_state)
        if self.environment_policy is not WEAKENED:
            self.environment_policy = _effect("environment_policy", self.environment_policy)
        if self.version_policy is not WEAKENED:
            self.version_policy = _effect("version_policy", self.version_policy)

    def finding(self, at: datetime) -> Finding:
        if not self.is_intact:
            return _BROKEN
        if self.review_state is not _ACCEPTED:
            return _WITHOUT_ACCEPTANCE[self.review_state]
        worst = SOUND
        if self.valid_until is not None and at > self.valid_until:
            ends_at = plus(self.valid_until, self.grace)
            if at > ends_at:
                return Finding(UNSUPPORTED, Reason.EVIDENCE_EXPIRED, ends_at)
            worst = Finding(WEAKENED, Reason.EVIDENCE_IN_GRACE, self.valid_until, {"until": ends_at})
        if self.environment_required and not speaks_for(self.environment, self.environment_required):
            worst = self._worse(worst, self.environment_policy, Reason.EVIDENCE_ENVIRONMENT)
        if self.system_version is not None and self.deployed_version is not None:  # noqa: SIM102 (hot path)
            if self.system_version != self.deployed_version:
                worst = self._worse(worst, self.version_policy, Reason.EVIDENCE_OTHER_VERSION)
        return worst

    def _worse(self, worst: Finding, policy: Standing, reason: Reason) -> Finding:
        if policy >= worst.standing:
            return worst
        detail = {
            "environment": self.environment,
            "environment_required": self.environment_required,
            "system_version": self.system_version,
            "deployed_version": self.deployed_version,
        }
        return Finding(policy, reason, None, detail)

    def limits(self) -> Sequence[datetime]:
        if self.valid_until is None:
            return ()
        return self.valid_until, plus(self.valid_until, self.grace)


# --- Metrics and readings ---------------------------------------------------------------------------------------------


class Comparator(StrEnum):
    """How a value must relate to the threshold."""

    LT = "lt"
    LE = "le"
    EQ = "eq"
    GE = "ge"
    GT = "gt"
    BETWEEN = "between"
    OUTSIDE = "outside"


class DecisionRule(StrEnum):
    """Whether the point value decides, or the end of its interval that speaks against the claim."""

    POINT = "point"
    CONSERVATIVE_BOUND = "conservative_bound"


class DimensionRule(StrEnum):
    """Whether every declared cell must pass, or one is enough."""

    EVERY = "every"
    ANY = "any"


class Verdict(StrEnum):
    """What the server makes of one reading, whatever its producer said."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    BORDERLINE = "borderline"
    FAIL = "fail"
    INSUFFICIENT = "insufficient"


@dataclass(slots=True, kw_only=True)
class Reading:
    """One measured value of one cell; `window_end` is where the period that it speaks for ends, without belonging to it."""

    value: float
    measured_at: datetime
    window_end: datetime | None = None
    cell: str = WHOLE
    n: int | None = None
    low: float | None = None
    high: float | None = None
    environment: Environment | None = None

    def __post_init__(self) -> None:
        if self.measured_at.utcoffset() is None or self.window_end is not None:
            require_aware(measured_at=self.measured_at, window_end=self.window_end)
        for name, number in (("value", self.value), ("low", self.low), ("high", self.high)):
            if number is not None and not math.isfinite(number):
                raise FactRefused(f"{name} must be a finite number.")
        if self.n is not None and self.n < 0:
            raise FactRefused("n cannot be negative.")
        if (self.low is not None and self.low > self.value) or (self.high is not None and self.high < self.value):
            raise FactRefused("The interval must contain the value: low ≤ value ≤ high.")


@dataclass(slots=True, kw_only=True)
class MetricFact:
    """A number that a goal must keep, with the readings known for it (in any order; undeclared cells do not count)."""

    is_evidence: ClassVar[bool] = False

    label: str
    comparator: Comparator
    threshold: float
    threshold_high: float | None = None
    cells: tuple[str, ...] = (WHOLE,)
    dimension_rule: DimensionRule = DimensionRule.EVERY
    min_n: int = 0
    decision_rule: DecisionRule = DecisionRule.POINT
    guard_band: float = 0.0
    environment_required: Environment | None = None
    max_age: timedelta | None = None
    grace: timedelta = NO_TIME
    readings: Iterable[Reading] = ()
    _by_cell: dict[str, list[Reading]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.comparator = Comparator(self.comparator)
        self.dimension_rule = DimensionRule(self.dimension_rule)
        self.decision_rule = DecisionRule(self.decision_rule)
        self._check_thresholds()
        if not self.cells or len(set(self.cells)) != len(self.cells):
            raise FactRefused("cells must name each declared cell once.")
        if not (math.isfinite(self.guard_band) and self.guard_band >= 0):
            raise FactRefused("guard_band must be a finite number, zero or more.")
        if self.min_n < 0:
            raise FactRefused("min_n cannot be negative.")
        if self.max_age is not None and self.max_age <= NO_TIME:
            raise FactRefused("max_age must be longer than zero; leave it out for none.")
        if self.grace < NO_TIME:
            raise FactRefused("grace cannot be negative; use zero for none.")
        self._by_cell = {cell: [] for cell in self.cells}
        for reading in self.readings:
            if reading.cell in self._by_cell and speaks_for(reading.environment, self.environment_required):
                self._by_cell[reading.cell].append(reading)
        for readings in self._by_cell.values():
            readings.sort(key=self._newest_and_worst_last)

    def _check_thresholds(self) -> None:
        two_ended = self.comparator in (Comparator.BETWEEN, Comparator.OUTSIDE)
        if not math.isfinite(self.threshold):
            raise FactRefused("threshold must be a finite number.")
        if two_ended != (self.threshold_high is not None):
            raise FactRefused("threshold_high belongs to between and outside, and only to them.")
        if self.threshold_high is not None and not (
            math.isfinite(self.threshold_high) and self.threshold_high >= self.threshold
        ):
            raise FactRefused("threshold_high must be a finite number, not below threshold.")

    def _newest_and_worst_last(self, reading: Reading) -> tuple[datetime, int]:
        """Of two readings of the same instant the worse one counts."""
        return reading.measured_at, -_VERDICT_RANK[self.verdict(reading)]

    def verdict(self, reading: Reading) -> Verdict:
        """Judge one reading by its value, its interval, and how many cases it rests on."""
        if self.min_n and (reading.n is None or reading.n < self.min_n):
            return Verdict.INSUFFICIENT
        if not self._permits(reading.value):
            return Verdict.FAIL
        if self.guard_band and self._margin(reading.value) < self.guard_band:
            return Verdict.BORDERLINE
        if self.decision_rule is DecisionRule.CONSERVATIVE_BOUND and not self._bound_passes(reading):
            return Verdict.BORDERLINE
        return Verdict.PASS

    def _margin(self, value: float) -> float:
        """How far inside the permitted range a value lies; negative outside it."""
        low, high = self.threshold, self.threshold_high
        match self.comparator:
            case Comparator.LT | Comparator.LE:
                return low - value
            case Comparator.GT | Comparator.GE:
                return value - low
            case Comparator.EQ:
                # An exact value has no inside for a guard band to narrow.
                return math.inf if value == low else -math.inf
            case Comparator.BETWEEN:
                return min(value - low, high - value)  # type: ignore[operator]
            case Comparator.OUTSIDE:
                return max(low - value, value - high)  # type: ignore[operator]

    def _strictly_satisfied(self, value: float) -> bool:
        """`lt`, `gt` and `outside` do not permit the threshold itself."""
        if self.comparator in (Comparator.LT, Comparator.GT, Comparator.OUTSIDE):
            return self._margin(value) > 0
        return True

    def _bound_passes(self, reading: Reading) -> bool:
        """Whether the ends of the interval that matter pass too; an interval that was not given shows nothing."""
        low, high = reading.low, reading.high
        match self.comparator:
            case Comparator.LT | Comparator.LE:
                return self._permits(high)
            case Comparator.GT | Comparator.GE:
                return self._permits(low)
        if low is None or high is None or not (self._permits(low) and self._permits(high)):
            return False
        # An interval may span the forbidden middle with both its ends outside.
        return self.comparator is not Comparator.OUTSIDE or (low < self.threshold) == (high < self.threshold)

    def _permits(self, value: float | None) -> bool:
        return value is not None and self._margin(value) >= 0 and self._strictly_satisfied(value)

    def finding(self, at: datetime) -> Finding:
        findings = [self._cell_finding(cell, at) for cell in self.cells]
        if self.dimension_rule is DimensionRule.ANY:
            return max(findings, key=_standing_of)
        return min(findings, key=_standing_of)

    def findings_by_cell(self, at: datetime) -> dict[str, Finding]:
        """For the page: what each declared cell comes to."""
        return {cell: self._cell_finding(cell, at) for cell in self.cells}

    def _cell_finding(self, cell: str, at: datetime) -> Finding:
        readings = self._by_cell[cell]
        if not readings:
            return Finding(UNSUPPORTED, Reason.METRIC_MISSING, None, {"cell": cell})
        reading = readings[-1]
        verdict = self.verdict(reading)
        if verdict is Verdict.INSUFFICIENT:
            # A reading that shows too little cannot take back a failure that was shown.
            reading, verdict = self._last_conclusive(readings, reading)
        detail = {
            "cell": cell,
            "value": reading.value,
            "before": self._value_before(readings, reading),
            "period": reading.window_end - TICK if reading.window_end else reading.measured_at,
            "n": reading.n,
            "comparator": self.comparator,
            "threshold": self.threshold,
            "threshold_high": self.threshold_high,
        }
        if verdict is Verdict.FAIL:
            return Finding(DEFEATED, Reason.METRIC_FAILED, reading.measured_at, detail)
        if verdict is Verdict.INSUFFICIENT:
            return Finding(UNSUPPORTED, Reason.METRIC_INSUFFICIENT, reading.measured_at, detail)
        return self._aged(reading, verdict, at, detail)

    def _value_before(self, readings: list[Reading], reading: Reading) -> float | None:
        """What was measured the time before, so that a sentence can say whether the value fell."""
        return next((one.value for one in reversed(readings) if one.measured_at < reading.measured_at), None)

    def _last_conclusive(self, readings: list[Reading], newest: Reading) -> tuple[Reading, Verdict]:
        for reading in reversed(readings):
            verdict = self.verdict(reading)
            if verdict is Verdict.FAIL:
                return reading, verdict
            if verdict is not Verdict.INSUFFICIENT:
                break
        return newest, Verdict.INSUFFICIENT

    def _aged(self, reading: Reading, verdict: Verdict, at: datetime, detail: Mapping[str, Any]) -> Finding:
        if self.max_age is not None:
            ages_at = plus(reading.measured_at, self.max_age)
            ends_at = plus(ages_at, self.grace)
            if at > ends_at:
                return Finding(UNSUPPORTED, Reason.METRIC_EXPIRED, ends_at, detail)
            if at > ages_at:
                return Finding(WEAKENED, Reason.METRIC_IN_GRACE, ages_at, detail)
        if verdict is Verdict.BORDERLINE:
            return Finding(WEAKENED, Reason.METRIC_BORDERLINE, reading.measured_at, detail)
        return SOUND

    def limits(self) -> Sequence[datetime]:
        if self.max_age is None:
            return ()
        ages = [plus(readings[-1].measured_at, self.max_age) for readings in self._by_cell.values() if readings]
        return [limit for age in ages for limit in (age, plus(age, self.grace))]


_VERDICT_RANK: Final = {Verdict.FAIL: 0, Verdict.INSUFFICIENT: 1, Verdict.BORDERLINE: 2, Verdict.PASS: 3}


def _standing_of(finding: Finding) -> Standing:
    return finding.standing


# --- Conditions, challenges, people ----------------------------------------------------------------------------------


class ConditionState(StrEnum):
    """Where a degradation condition stands; acknowledging it is not clearing it."""

    ARMED = "armed"
    SUSPECTED = "suspected"
    TRIPPED = "tripped"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    RETIRED = "retired"


@dataclass(slots=True, kw_only=True)
class ConditionFact:
    """What would make a claim stop holding, and how recently somebody or something looked.

    With `max_silence`, a detector that never reported counts as silent. `trips_at` is the last instant before time alone
    makes it come true, where that is known: a day of the calendar, an age of evidence.
    """

    is_evidence: ClassVar[bool] = False

    label: str
    state: ConditionState = ConditionState.ARMED
    effect: Standing = WEAKENED
    last_evaluated_at: datetime | None = None
    max_silence: timedelta | None = None
    changed_at: datetime | None = None
    trips_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(last_evaluated_at=self.last_evaluated_at, changed_at=self.changed_at, trips_at=self.trips_at)
        self.state = ConditionState(self.state)
        if self.effect not in (DEFEATED, UNSUPPORTED, WEAKENED):
            raise FactRefused("effect must be Weakened, Unsupported or Defeated.")
        self.effect = Standing(self.effect)
        if self.max_silence is not None and self.max_silence < NO_TIME:
            raise FactRefused("max_silence cannot be negative; leave it out for none.")

    def finding(self, at: datetime) -> Finding:
        match self.state:
            case ConditionState.RETIRED:
                return SOUND
            case ConditionState.TRIPPED:
                return Finding(self.effect, Reason.CONDITION_TRIPPED, self.changed_at)
            case ConditionState.ACKNOWLEDGED:
                return Finding(self.effect, Reason.CONDITION_ACKNOWLEDGED, self.changed_at)
        if self.trips_at is not None and at > self.trips_at:
            # Reading evaluates at now, so a late sweep shows no stale green.
            return Finding(self.effect, Reason.CONDITION_TRIPPED, self.trips_at)
        match self.state:
            case ConditionState.SUSPECTED:
                return Finding(WEAKENED, Reason.CONDITION_SUSPECTED, self.changed_at)
        if self.max_silence is None:
            return SOUND
        if self.last_evaluated_at is None:
            return Finding(WEAKENED, Reason.DETECTOR_SILENT)
        silent_after = plus(self.last_evaluated_at, self.max_silence)
        if at > silent_after:
            return Finding(WEAKENED, Reason.DETECTOR_SILENT, silent_after)
        return SOUND

    def limits(self) -> Sequence[datetime]:
        limits = () if self.trips_at is None else (self.trips_at,)
        if self.last_evaluated_at is None or self.max_silence is None:
            return limits
        return *limits, plus(self.last_evaluated_at, self.max_silence)


class Severity(StrEnum):
    """How much an open challenge costs."""

    MINOR = "minor"
    MAJOR = "major"
    BLOCKING = "blocking"


class ChallengeState(StrEnum):
    """What was decided about a doubt."""

    OPEN = "open"
    SUSTAINED = "sustained"
    REFUTED = "refuted"
    RESIDUAL = "residual"
    WITHDRAWN = "withdrawn"


class Significance(StrEnum):
    """How much of a doubt remains after all that could be done about it."""

    NEGLIGIBLE = "negligible"
    MANAGEABLE = "manageable"
    SIGNIFICANT = "significant"


@dataclass(slots=True, kw_only=True)
class ChallengeFact:
    """A doubt about an element or a link. Refuted, it is only as quiet as `response` (an element) is strong."""

    is_evidence: ClassVar[bool] = False

    label: str
    severity: Severity = Severity.MAJOR
    state: ChallengeState = ChallengeState.OPEN
    response: ElementId | None = None
    significance: Significance | None = None
    accepted_until: datetime | None = None
    changed_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(accepted_until=self.accepted_until, changed_at=self.changed_at)
        self.severity, self.state = Severity(self.severity), ChallengeState(self.state)
        if self.significance is not None:
            self.significance = Significance(self.significance)

    @property
    def while_open(self) -> Standing:
        return UNSUPPORTED if self.severity is Severity.BLOCKING else WEAKENED

    @property
    def rests_on_answer(self) -> bool:
        return self.state is ChallengeState.REFUTED and self.response is not None

    def finding(self, at: datetime) -> Finding:
        """What it costs by itself; where `rests_on_answer`, `given_answer` says the rest."""
        match self.state:
            case ChallengeState.WITHDRAWN:
                return SOUND
            case ChallengeState.SUSTAINED:
                return Finding(DEFEATED, Reason.CHALLENGE_SUSTAINED, self.changed_at)
            case ChallengeState.REFUTED:
                if self.response is None:
                    return Finding(self.while_open, Reason.CHALLENGE_UNANSWERED, self.changed_at)
                return SOUND
            case ChallengeState.RESIDUAL:
                return self._residual(at)
            case _:
                return Finding(self.while_open, Reason.CHALLENGE_OPEN, self.changed_at)

    def _residual(self, at: datetime) -> Finding:
        # An acceptance without an end was never properly given, so the doubt counts as open.
        if self.accepted_until is None or at > self.accepted_until:
            return Finding(self.while_open, Reason.CHALLENGE_RESIDUAL_EXPIRED, self.accepted_until)
        if self.significance is Significance.NEGLIGIBLE:
            return SOUND
        return Finding(WEAKENED, Reason.CHALLENGE_RESIDUAL, self.changed_at, {"until": self.accepted_until})

    def given_answer(self, answer: Standing) -> Standing:
        """What a refuted challenge costs while its answer stands like this; when the answer lapses, the doubt is back."""
        if answer is HOLDS:
            return HOLDS
        if answer is WEAKENED:
            return min(WEAKENED, self.while_open)
        return self.while_open

    def limits(self) -> Sequence[datetime]:
        if self.state is not ChallengeState.RESIDUAL or self.accepted_until is None:
            return ()
        return (self.accepted_until,)


@dataclass(slots=True, kw_only=True)
class HoldDown:
    """A person holds a standing down. It can only lower, and time never lifts it; its review date only reminds."""

    is_evidence: ClassVar[bool] = False

    standing: Standing
    label: str = ""
    since: datetime | None = None

    def __post_init__(self) -> None:
        self.standing = Standing(self.standing)

    def finding(self, at: datetime) -> Finding:  # time never lifts it
        if self.standing is HOLDS:
            return SOUND
        return Finding(self.standing, Reason.HELD_DOWN, self.since)

    def limits(self) -> Sequence[datetime]:
        return ()


@dataclass(slots=True, kw_only=True)
class ReviewBy:
    """The date by which a context, assumption or justification must be looked at again."""

    is_evidence: ClassVar[bool] = False

    by: datetime
    label: str = ""

    def __post_init__(self) -> None:
        require_aware(by=self.by)

    def finding(self, at: datetime) -> Finding:
        return Finding(WEAKENED, Reason.REVIEW_OVERDUE, self.by) if at > self.by else SOUND

    def limits(self) -> Sequence[datetime]:
        return (self.by,)


@dataclass(slots=True, kw_only=True)
class CitedAhead:
    """What a cited element of another case will be worth if nobody acts there; `steps` in order of time, ever lower."""

    is_evidence: ClassVar[bool] = False

    steps: Sequence[tuple[datetime, Standing]]
    label: str = ""

    def finding(self, at: datetime) -> Finding:
        passed = [step for step in self.steps if step[0] <= at]
        if not passed:
            return SOUND
        since, standing = passed[-1]
        return Finding(standing, Reason.CITED_BELOW, since, {"cited": standing})

    def limits(self) -> Sequence[datetime]:
        return [instant - TICK for instant, _standing in self.steps]


@dataclass(slots=True, kw_only=True)
class SignOff:
    """The owner's "I stand behind this". Lapsed: what was signed has changed, or the signer was deactivated."""

    label: str = ""
    expires_at: datetime | None = None
    has_lapsed: bool = False

    def __post_init__(self) -> None:
        require_aware(expires_at=self.expires_at)

    def finding(self, at: datetime) -> Finding:
        if self.has_lapsed:
            return Finding(WEAKENED, Reason.SIGN_OFF_LAPSED)
        if self.expires_at is not None and at > self.expires_at:
            return Finding(WEAKENED, Reason.SIGN_OFF_EXPIRED, self.expires_at)
        return SOUND

    def limits(self) -> Sequence[datetime]:
        return () if self.expires_at is None else (self.expires_at,)


# --- All of them ------------------------------------------------------------------------------------------------------

Cited = Mapping[ElementId, Standing | None] | Callable[[ElementId], Standing | None]
LinkId = tuple[ElementId, ElementId]


class Facts:
    """All that is known about one argument at the time of loading.

    `cited` gives the standing of an element of another case; None when it is not in force or not public there.
    `cited_names` says what to call such an element in a sentence.
    """

    __slots__ = ("_cited", "_schedule", "about", "answered", "cited_names", "evidenced", "on_links")

    def __init__(self, cited: Cited | None = None, cited_names: Mapping[ElementId, str] | None = None) -> None:
        self.about: dict[ElementId, list[Fact]] = {}
        self.on_links: dict[ElementId, dict[ElementId, list[ChallengeFact]]] = {}  # source, target
        self.answered: dict[ElementId, list[ChallengeFact]] = {}
        self.evidenced: set[ElementId] = set()
        self._cited: Cited = {} if cited is None else cited
        self.cited_names = cited_names or {}
        self._schedule: list[tuple[datetime, ElementId]] | None = None

    def add(self, element: ElementId, *facts: Fact) -> None:
        """Add what is known about an element."""
        self._schedule = None
        self.about.setdefault(element, []).extend(facts)
        for fact in facts:
            if fact.is_evidence:
                self.evidenced.add(element)
            elif isinstance(fact, ChallengeFact) and fact.rests_on_answer:
                self.answered.setdefault(element, []).append(fact)

    def replace(self, element: ElementId, *facts: Fact) -> None:
        """Put new facts about an element in place of all the old ones."""
        self.about.pop(element, None)
        self.answered.pop(element, None)
        self.evidenced.discard(element)
        self.add(element, *facts)

    def add_to_link(self, source: ElementId, target: ElementId, *challenges: ChallengeFact) -> None:
        """Add challenges of the link between two elements; they cost this one contribution, not its ends."""
        self._schedule = None
        self.on_links.setdefault(source, {}).setdefault(target, []).extend(challenges)

    def answers(self) -> Iterator[tuple[ElementId, ElementId]]:
        """Pairs of challenged element and answering element, for the order of the argument."""
        for element, facts in self.about.items():
            for fact in facts:
                if isinstance(fact, ChallengeFact) and fact.response is not None:
                    yield element, fact.response
        for source, targets in self.on_links.items():
            for challenges in targets.values():
                for challenge in challenges:
                    if challenge.response is not None:
                        yield source, challenge.response

    def cited(self, element: ElementId) -> Standing | None:
        """The standing of an element of another case; None when it is not to be relied on from outside."""
        standing = self._cited(element) if callable(self._cited) else self._cited.get(element)
        return None if standing is None else Standing(standing)

    def name_of_cited(self, element: ElementId) -> str:
        """What a sentence calls an element of another case."""
        return self.cited_names.get(element, "")

    def _with_owners(self) -> Iterator[tuple[ElementId, Fact]]:
        for element, facts in self.about.items():
            for fact in facts:
                yield element, fact
        for source, targets in self.on_links.items():
            for challenges in targets.values():
                for challenge in challenges:
                    yield source, challenge

    @property
    def schedule(self) -> list[tuple[datetime, ElementId]]:
        """Every instant at which some fact changes value by itself, with the element it belongs to, earliest first."""
        if self._schedule is None:
            changes = [(instant, element) for element, fact in self._with_owners() for instant in changes_of(fact)]
            self._schedule = sorted(changes, key=lambda change: change[0])
        return self._schedule


def changes_of(fact: Fact | SignOff) -> list[datetime]:
    """The instants at which a fact has another standing than one tick before."""
    changes = []
    for limit in sorted(set(fact.limits())):
        instant = plus(limit, TICK)
        if instant > limit and fact.finding(instant).standing is not fact.finding(limit).standing:
            changes.append(instant)
    return changes


def link_cap(challenges: Iterable[ChallengeFact], at: datetime, answer: Callable[[ElementId], Standing]) -> Standing:
    """The most that a challenged link may contribute; a sustained challenge ends this leg, it does not refute."""
    cap = HOLDS
    for challenge in challenges:
        cap = min(cap, LIFTED[challenge.finding(at).standing])
        if challenge.rests_on_answer:
            cap = min(cap, LIFTED[challenge.given_answer(answer(challenge.response))])
    return cap
