"""How soon a loss of standing must be answered: the graver what is at stake and what was lost, the sooner.

ISO/IEC 42001 10.2 asks to react to what does not conform; how fast depends on what is at stake.
"""

from collections.abc import Mapping
from typing import Final

from cases.scale import Standing

# Days by the standing that was fallen to: defeated, unsupported, undeveloped, weakened.
DAYS_TO_ANSWER: Final[Mapping[str, tuple[int, int, int, int]]] = {
    "TX": (1, 1, 1, 1),
    "T3": (1, 3, 3, 7),
    "T2": (3, 7, 7, 14),
    "T1": (7, 14, 14, 30),
    "T0": (14, 30, 30, 60),
}
WITHOUT_TIER: Final = (7, 14, 14, 30)


def days_to_answer(tier: str, after: int) -> int:
    """For a system of this tier whose case or claim fell to this standing; by then somebody has answered."""
    return DAYS_TO_ANSWER.get(tier, WITHOUT_TIER)[min(after, Standing.WEAKENED)]
