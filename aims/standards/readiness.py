"""How far an organisation is with the clauses: counts of requirements by where it stands on them. Pure; no Django.

A requirement that nobody has looked at counts as unknown, never as met.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aims.standards.catalogue import Clause, Requirement

MET, PARTIAL, GAP, UNKNOWN = "met", "partial", "gap", "unknown"


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many requirements are met, partly met, a gap, or not looked at."""

    met: int = 0
    partial: int = 0
    gap: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        return self.met + self.partial + self.gap + self.unknown

    @property
    def percent(self) -> int:
        """The share that is met, rounded down, so that only a whole clause shows 100."""
        return 100 * self.met // self.total if self.total else 0

    @property
    def is_ready(self) -> bool:
        return self.total > 0 and self.met == self.total

    def bar(self, width: int = 100) -> list[tuple[str, float, float]]:
        """(position, start, length) of each part of a bar of this width, in the order met to unknown."""
        parts, start = [], 0.0
        for name in (MET, PARTIAL, GAP, UNKNOWN):
            length = width * getattr(self, name) / self.total if self.total else 0.0
            if length:
                parts.append((name, round(start, 3), round(length, 3)))
            start += length
        return parts


@dataclass(frozen=True, slots=True)
class ClauseReadiness:
    """A clause and how far everything in and below it is."""

    clause: Clause
    readiness: Readiness


def readiness_of(requirements: Iterable[Requirement], positions: Mapping[str, str]) -> Readiness:
    """Count requirements by position; `positions` maps a requirement's key to met, partial, gap or unknown."""
    counts = Counter(positions.get(each.id, UNKNOWN) for each in requirements)
    known = counts[MET], counts[PARTIAL], counts[GAP]
    return Readiness(*known, unknown=counts.total() - sum(known))


def by_clause(clauses: Iterable[Clause], positions: Mapping[str, str]) -> list[ClauseReadiness]:
    """Every clause in order; one that only groups others counts what is below it."""
    nodes = list(clauses)
    return [
        ClauseReadiness(
            node,
            readiness_of(
                (r for below in nodes if is_within(below.ref, node.ref) for r in below.requirements), positions
            ),
        )
        for node in nodes
    ]


def is_within(ref: str, outer: str) -> bool:
    """Whether a clause is another one or lies below it: 6.1.2 is within 6.1, 6.10 is not."""
    return ref == outer or ref.startswith(f"{outer}.")
