"""Whether evidence and claims show that a control works. Derived, never typed; nothing here knows the database.

A claim of an assurance case counts like a piece of evidence: it holds as accepted and current evidence does, a weakened one is
in doubt, one that lost its support is lost, and one that is not argued to its end or not in force yet awaits its review.

- no evidence is linked, or none of what still stands has been accepted: unknown
- every piece is accepted and current: working
- some piece is ageing, from a weaker environment than asked for, about another version of the system than the one that runs,
   past its date, waiting for review, turned down or has a broken file, but not all are lost: doubtful
- every piece is past its date, turned down or has a broken file: failing
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from evidence.freshness import Freshness

DOUBT, REFUSE = "doubt", "refuse"
UNKNOWN, WORKING, DOUBTFUL, FAILING = "unknown", "working", "doubtful", "failing"


class Cause(StrEnum):
    """Why a control has its effectiveness; a sentence for each is in `judging.py`."""

    NOTHING_LINKED = "nothing_linked"
    NOTHING_ACCEPTED = "nothing_accepted"
    ALL_CURRENT = "all_current"
    SOME_WEAK = "some_weak"
    ALL_LOST = "all_lost"


@dataclass(frozen=True, slots=True)
class Piece:
    """A linked piece of evidence at an instant. `is_refused`: rejected or withdrawn; `is_broken`: a file of it is.

    `mismatch` is what it costs that the piece does not meet what the control asks of it, "doubt" or "refuse"; `note` says
    in what, for the reason that people read.
    """

    name: str
    freshness: Freshness
    is_accepted: bool
    is_refused: bool = False
    is_broken: bool = False
    mismatch: str = ""
    note: str = ""
    is_claim: bool = False

    @property
    def is_lost(self) -> bool:
        return self.is_refused or self.is_broken or self.mismatch == REFUSE or self.freshness == Freshness.STALE

    @property
    def is_sound(self) -> bool:
        # Ageing evidence still counts for a claim, but a control whose proof is about to run out deserves a look.
        is_current = self.freshness in (Freshness.FRESH, Freshness.NEVER_EXPIRES)
        return self.is_accepted and is_current and not self.mismatch and not self.is_lost


@dataclass(frozen=True, slots=True)
class Verdict:
    """The effectiveness, why, and the pieces that the reason is about."""

    effectiveness: str
    cause: Cause
    pieces: tuple[Piece, ...] = ()


def judge(pieces: Iterable[Piece]) -> Verdict:
    """The effectiveness that these pieces of evidence give a control."""
    pieces = tuple(pieces)
    if not pieces:
        return Verdict(UNKNOWN, Cause.NOTHING_LINKED)
    if all(piece.is_lost for piece in pieces):
        return Verdict(FAILING, Cause.ALL_LOST, pieces)
    if not any(piece.is_accepted and not piece.is_refused for piece in pieces):
        return Verdict(UNKNOWN, Cause.NOTHING_ACCEPTED, tuple(piece for piece in pieces if not piece.is_refused))
    if weak := tuple(piece for piece in pieces if not piece.is_sound):
        return Verdict(DOUBTFUL, Cause.SOME_WEAK, weak)
    return Verdict(WORKING, Cause.ALL_CURRENT, pieces)
