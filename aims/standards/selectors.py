"""The catalogue joined with what the organisation said: rows exist only for requirements that somebody looked at."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from aims.standards import catalogue
from aims.standards.catalogue import Requirement
from aims.standards.models import RequirementPosition
from aims.standards.readiness import ClauseReadiness, Readiness, by_clause, readiness_of
from aims.tenancy.models import Member

Position = RequirementPosition.Position


@dataclass(frozen=True)
class RequirementRow:
    """A requirement and the organisation's position on it, if there is one."""

    requirement: Requirement
    said: RequirementPosition | None

    @property
    def id(self) -> str:
        return self.requirement.id

    @property
    def clause(self) -> str:
        return self.requirement.clause

    @property
    def clause_title(self) -> str:
        return catalogue.clause(self.clause).title

    @property
    def text(self) -> str:
        return self.requirement.text

    @property
    def position(self) -> str:
        return self.said.position if self.said else Position.UNKNOWN

    @property
    def position_label(self) -> str:
        return str(Position(self.position).label)

    @property
    def satisfied_by(self) -> str:
        return self.said.satisfied_by if self.said else ""

    @property
    def gap(self) -> str:
        return self.said.gap if self.said else ""

    @property
    def next_step(self) -> str:
        return self.said.next_step if self.said else ""

    @property
    def owner(self) -> Member | None:
        return self.said.owner if self.said else None

    @property
    def due_on(self) -> date | None:
        return self.said.due_on if self.said else None

    @property
    def revision(self) -> int:
        return self.said.revision if self.said else 0


def requirement_rows(clause: str | None = None) -> list[RequirementRow]:
    """All requirements, or those in and below a clause, in the order of the standard. One query."""
    said = {p.requirement: p for p in RequirementPosition.objects.select_related("owner")}
    return [RequirementRow(each, said.get(each.id)) for each in catalogue.requirements(clause)]


def requirement_row(requirement: Requirement) -> RequirementRow:
    said = RequirementPosition.objects.select_related("owner").filter(requirement=requirement.id).first()
    return RequirementRow(requirement, said)


def positions() -> dict[str, str]:
    """Requirement -> position, for those that somebody looked at."""
    return dict(RequirementPosition.objects.values_list("requirement", "position"))


def readiness_by_clause() -> list[ClauseReadiness]:
    """Every clause with its readiness. One query."""
    return by_clause(catalogue.clauses(), positions())


def overall_readiness() -> Readiness:
    """All clauses together, for Home. One query."""
    return readiness_of(catalogue.requirements(), positions())


def order_of_clauses() -> dict[str, Any]:
    """Clause -> its place in the standard; "10.1" comes after "9.3"."""
    return {node.ref: place for place, node in enumerate(catalogue.clauses())}
