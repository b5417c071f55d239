"""Reads that are more than one queryset: the matrix, the Statement of Applicability, what the pages of a record show."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.standards.catalogue import controls as annex_controls
from aims.standards.catalogue import objectives
from risks.filters import KINDS
from risks.judging import Judged, judged
from risks.models import Acceptance, Control, Risk
from risks.scoring import matrix as scoring_matrix
from risks.snapshot import content_of, differences, hash_of
from risks.wording import LEVEL_LABELS, effectiveness_badge, step_label


@dataclass(frozen=True)
class MatrixCell:
    likelihood: int
    impact: int
    level: str
    count: int
    url: str

    @property
    def level_label(self) -> str:
        return str(LEVEL_LABELS[self.level])

    @property
    def label(self) -> str:
        """What the cell stands for, whole, for people who cannot see the table."""
        return _("Likelihood %(likelihood)s, impact %(impact)s, level %(level)s") % {
            "likelihood": step_label("likelihood", self.likelihood),
            "impact": step_label("impact", self.impact),
            "level": self.level_label,
        }


@dataclass(frozen=True)
class Matrix:
    """Open risks by likelihood (rows, falling) and impact (columns, rising)."""

    kind: str
    rows: list[tuple[str, list[MatrixCell]]]
    impacts: list[str]
    rated: int
    unrated: int


def matrix_of(kind: str, slug: str) -> Matrix:
    """The counts of all 25 cells, in one query."""
    prefix = KINDS[kind]
    likelihood, impact = f"{prefix}likelihood", f"{prefix}impact"
    found = Risk.objects.open().order_by().values_list(likelihood, impact).annotate(count=Count("pk"))
    counts = {(lk, im): count for lk, im, count in found}
    register = reverse("risks:risk_list", kwargs={"slug": slug})
    rows = []
    for cells in scoring_matrix():
        row = [
            MatrixCell(
                rating.likelihood,
                rating.impact,
                level,
                counts.get((rating.likelihood, rating.impact), 0),
                f"{register}?cell={kind}-{rating.likelihood}x{rating.impact}",
            )
            for rating, level in cells
        ]
        rows.append((step_label("likelihood", row[0].likelihood), row))
    rated = sum(count for (lk, im), count in counts.items() if lk and im)
    impacts = [step_label("impact", number) for number in range(1, 6)]
    return Matrix(kind, rows, impacts, rated, sum(counts.values()) - rated)


@dataclass(frozen=True)
class AcceptanceNow:
    """An acceptance and whether it is in force: the newest one of an accepted risk, in time, with unchanged content."""

    acceptance: Acceptance
    is_in_force: bool
    is_over: bool
    changed: list[str]


def acceptances_of(risk: Risk) -> list[AcceptanceNow]:
    """Every acceptance, newest first, evaluated now: by its day and by the hash of the live content."""
    acceptances = list(risk.acceptances.select_related("accepted_by"))
    if not acceptances:
        return []
    live, today = content_of(risk), timezone.localdate()
    live_hash = hash_of(live)
    found = []
    for place, acceptance in enumerate(acceptances):
        is_over = acceptance.until < today
        is_same = acceptance.sha256 == live_hash
        is_newest_of_accepted = place == 0 and risk.status == Risk.Status.ACCEPTED
        changed = [] if is_same else differences(acceptance.snapshot, live)
        in_force = is_newest_of_accepted and risk.accepted_until is not None and is_same and not is_over
        found.append(AcceptanceNow(acceptance, in_force, is_over, changed))
    return found


@dataclass(frozen=True)
class SoaRow:
    """One row of the Statement of Applicability."""

    control: Control
    judged: Judged
    url: str

    @property
    def effectiveness(self) -> Any:
        return effectiveness_badge(self.judged)


@dataclass(frozen=True)
class SoaGroup:
    """An objective of Annex A, or the own controls, with its rows."""

    reference: str
    title: str
    rows: list[Any] = field(default_factory=list)


def grouped(rows: list[Any]) -> list[SoaGroup]:
    """Rows (each with `record`) under the objectives of Annex A, the own controls last; empty groups are left out."""
    groups = {objective.ref: SoaGroup(objective.ref, objective.title) for objective in objectives()}
    own = SoaGroup("", _("Own controls"))
    for row in rows:
        groups.get(row.record.objective, own).rows.append(row)
    return [group for group in [*groups.values(), own] if group.rows]


@dataclass(frozen=True)
class SoaSummary:
    """The Statement of Applicability in numbers."""

    total: int
    applicable: int
    excluded: int
    undecided: int
    implemented: int
    missing: int


def soa_summary() -> SoaSummary:
    """Counted in one query; `missing` are controls of Annex A that the organisation has not taken over."""
    found = Control.objects.order_by().values_list("applicability", "implementation", "is_own").annotate(n=Count("pk"))
    rows = list(found)

    def count(**wanted: Any) -> int:
        names = ("applicability", "implementation", "is_own")
        return sum(row[3] for row in rows if all(row[names.index(name)] == value for name, value in wanted.items()))

    applicable = Control.Applicability.APPLICABLE
    return SoaSummary(
        total=count(),
        applicable=count(applicability=applicable),
        excluded=count(applicability=Control.Applicability.EXCLUDED),
        undecided=count(applicability=Control.Applicability.UNDECIDED),
        implemented=count(applicability=applicable, implementation=Control.Implementation.IMPLEMENTED),
        missing=len(annex_controls()) - count(is_own=False),
    )


def statement_of_applicability(slug: str) -> list[SoaGroup]:
    """The whole Statement for a report: every control, judged now, under its objective. Two queries."""
    controls = list(Control.objects.for_list().order_by("sort_key", "number"))
    verdicts = judged(controls, timezone.now())
    groups = {objective.ref: SoaGroup(objective.ref, objective.title) for objective in objectives()}
    own = SoaGroup("", _("Own controls"))
    for control in controls:
        url = reverse("risks:control_detail", kwargs={"slug": slug, "number": control.number})
        groups.get(control.objective, own).rows.append(SoaRow(control, verdicts[control.pk], url))
    return [group for group in [*groups.values(), own] if group.rows]
