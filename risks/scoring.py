"""What a risk weighs: likelihood times impact as a whole number, and the level that the organisation gives it.

Scores are integers throughout, so that the database can sort, filter and index them under row-level security.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LOWEST, HIGHEST = 1, 5
LARGEST_SCORE = HIGHEST * HIGHEST


class ScoringRefused(ValueError):
    """A value that cannot be scored; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Rating:
    """One judgement of a risk: how likely, and how bad."""

    likelihood: int
    impact: int

    def __post_init__(self) -> None:
        for field in ("likelihood", "impact"):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, int) or not LOWEST <= value <= HIGHEST:
                name = field.capitalize()
                raise ScoringRefused(field, f"{name} must be a whole number from {LOWEST} to {HIGHEST}.")

    @property
    def score(self) -> int:
        return self.likelihood * self.impact


@dataclass(frozen=True, slots=True)
class Band:
    """A level of risk: every score from `lowest` up to the next band."""

    level: str
    lowest: int


@dataclass(frozen=True, slots=True)
class Bands:
    """The levels of an organisation, from mildest to gravest."""

    bands: tuple[Band, ...]
    # Harm is never averaged away by being rare: from this impact on, a risk is at least at that level.
    floors: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        lows = [band.lowest for band in self.bands]
        levels = [band.level for band in self.bands]
        if not lows or lows[0] != LOWEST:
            raise ScoringRefused("bands", f"The first band must start at {LOWEST}, so that every score has a level.")
        if sorted(set(lows)) != lows:
            raise ScoringRefused("bands", "Each band must start above the one before it.")
        if lows[-1] > LARGEST_SCORE:
            raise ScoringRefused("bands", f"No score is above {LARGEST_SCORE}; start the last band lower.")
        if len(set(levels)) != len(levels) or not all(levels):
            raise ScoringRefused("bands", "Each band needs a level of its own.")
        if unknown := [level for _, level in self.floors if level not in levels]:
            raise ScoringRefused("floors", f"A floor names the level {unknown[0]!r}, which has no band.")

    def level_at(self, likelihood: int, impact: int) -> str:
        """The level of a cell of the matrix: the band of its score, but never below the floor of its impact."""
        level = self.level_of(likelihood * impact)
        for lowest_impact, floor in self.floors:
            if impact >= lowest_impact and self.rank_of(floor) > self.rank_of(level):
                level = floor
        return level

    def cells_of(self, level: str) -> tuple[tuple[int, int], ...]:
        """Every (likelihood, impact) at this level, for filters."""
        scale = range(LOWEST, HIGHEST + 1)
        return tuple((lk, im) for lk in scale for im in scale if self.level_at(lk, im) == level)

    def level_of(self, score: int) -> str:
        """The level of a score; raises ScoringRefused outside 1 to 25."""
        if isinstance(score, bool) or not isinstance(score, int) or not LOWEST <= score <= LARGEST_SCORE:
            raise ScoringRefused("score", f"A score is a whole number from {LOWEST} to {LARGEST_SCORE}.")
        return next(band.level for band in reversed(self.bands) if score >= band.lowest)

    def range_of(self, level: str) -> tuple[int, int]:
        """The lowest and the highest score of a level, for filters and legends."""
        for place, band in enumerate(self.bands):
            if band.level == level:
                following = self.bands[place + 1].lowest - 1 if place + 1 < len(self.bands) else LARGEST_SCORE
                return band.lowest, following
        raise ScoringRefused("level", f"There is no level {level!r}; choose one of {', '.join(self.levels)}.")

    def rank_of(self, level: str) -> int:
        """0 for the mildest; compares levels without comparing their names."""
        self.range_of(level)
        return self.levels.index(level)

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(band.level for band in self.bands)


# The default criteria of the catalogue (6.1.1 lets an organisation approve its own later).
DEFAULT_BANDS = Bands(
    (Band("low", 1), Band("medium", 5), Band("high", 10), Band("critical", 16)),
    floors=((4, "medium"), (5, "high")),
)


@dataclass(frozen=True, slots=True)
class Scoring:
    """The three judgements of a risk: untreated, as it stands today, and as treatment is meant to leave it."""

    inherent: Rating
    current: Rating | None = None
    residual: Rating | None = None

    @property
    def today(self) -> Rating:
        """What counts now: without a judgement of the controls in place, the risk counts untreated."""
        return self.current or self.inherent

    def doubts(self) -> Sequence[tuple[str, str]]:
        """Pairs of field and sentence where the three do not fit each other; a person answers, nothing is blocked."""
        found = []
        if self.current and self.current.score > self.inherent.score:
            found.append(("current", "The current score is above the inherent score. Raise the inherent judgement."))
        if self.residual and self.residual.score > self.today.score:
            found.append(("residual", "Treatment is expected to leave more risk than there is today. Check both."))
        return found


def matrix(bands: Bands = DEFAULT_BANDS) -> list[list[tuple[Rating, str]]]:
    """The matrix as people draw it: likelihood falling by row, impact rising by column."""
    return [
        [(Rating(likelihood, impact), bands.level_at(likelihood, impact)) for impact in range(LOWEST, HIGHEST + 1)]
        for likelihood in range(HIGHEST, LOWEST - 1, -1)
    ]
