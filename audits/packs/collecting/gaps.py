"""The gap list, which a pack shows first: everything that does not stand, with the reason and who answers for it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.standards import catalogue
from aims.standards.models import RequirementPosition
from audits.models import CorrectiveAction, Nonconformity, ReviewAction
from audits.packs.collecting.arguments import judge_cases, standing_status
from audits.packs.collecting.registers import evidence_in, freshness_status, risks_in
from audits.packs.scope import PackScope, day, instant, name, status
from cases.models import AssuranceCase, StandingLevel
from evidence.models import EvidenceItem, EvidenceVersion
from inventory.models import AISystem, Tier
from risks.judging import judged
from risks.models import Control, Risk, RiskSystem, Treatment

# A gap list that nobody can read hides the gaps; beyond this a section says how many more there are.
MOST_GAPS = 200
# So many of one kind are looked at, so that the number left out is true far beyond what is printed.
MOST_COUNTED = 20_000


# Where the rest of a section stands.
REGISTERS = {
    "cases": "cases:case_list",
    "systems": "inventory:system_list",
    "evidence": "evidence:evidence_list",
    "risks": "risks:risk_list",
    "overdue": "audits:action_list",
    "controls": "risks:control_list",
    "requirements": "standards:requirement_list",
}


@dataclass
class Gap:
    """One thing that does not stand."""

    record: str  # "Case 3", "Evidence 12", "Clause 6.1.2"
    what: str
    why: list[str]
    status: dict[str, str]
    owner: str = ""
    due_on: str = ""


@dataclass
class Section:
    """Gaps of one kind; an empty one says that nothing was found, so that silence is never mistaken for looking."""

    key: str
    title: str
    question: str
    gaps: list[Gap] = field(default_factory=list)

    def as_json(self, slug: str) -> dict[str, Any]:
        left_out = max(0, len(self.gaps) - MOST_GAPS)
        return {
            "key": self.key,
            "title": self.title,
            "question": self.question,
            "total": len(self.gaps),
            "left_out": left_out,
            "register": f"{settings.BASE_URL}{reverse(REGISTERS[self.key], args=[slug])}" if left_out else "",
            "gaps": [asdict(gap) for gap in self.gaps[:MOST_GAPS]],
        }


def gap_list(scope: PackScope) -> dict[str, Any]:
    """All sections in the order in which an auditor should worry."""
    sections = []
    for key, title, question, look in SECTIONS:
        sections.append(
            Section(key, str(title), str(question), list(look(scope))).as_json(scope.pack.organisation.slug)
        )
    return {"sections": sections, "total": sum(section["total"] for section in sections)}


def cases_below_holds(scope: PackScope) -> Iterable[Gap]:
    cases = list(scope.cases().select_related("system", "accountable_owner"))
    for one in judge_cases(cases, scope):
        if one.level == StandingLevel.HOLDS:
            continue
        case = one.case
        reasons = [
            f"{cause['sentence']} ({cause['path']})" if cause["path"] else cause["sentence"] for cause in one.causes(8)
        ]
        yield Gap(
            _("Case %d") % case.number,
            f"{case.system.name}: {case.title}",
            reasons,
            standing_status(one.level),
            name(case.accountable_owner),
            day(case.review_by),
        )


def consequential_systems_without_case(scope: PackScope) -> Iterable[Gap]:
    argued = AssuranceCase.objects.in_force().filter(system=OuterRef("pk"))
    systems = scope.systems().filter(status=AISystem.Status.REGISTERED).select_related("owner").defer("details")
    for system in systems.filter(tier=Tier.TX).order_by("number"):
        yield system_gap(system, _("It is prohibited and still registered. Retire it."), "bad")
    for system in systems.filter(~Exists(argued), tier__in=[Tier.T2, Tier.T3]).order_by("-tier", "number"):
        yield system_gap(system, _("It is consequential and no assurance case argues for it."), "bad")
    for system in systems.filter(tier="").order_by("number"):
        yield system_gap(
            system, _("Its screening has not been answered, so that nobody knows what it requires."), "warn"
        )
    for system in systems.filter(owner=None).exclude(tier="").order_by("-tier", "number"):
        yield system_gap(system, _("It has no owner."), "warn")


def system_gap(system: AISystem, why: str, tone: str) -> Gap:
    tier = system.get_tier_display() if system.tier else _("No tier yet")
    return Gap(_("System %d") % system.number, system.name, [why], status(tier, tone), name(system.owner))


def evidence_not_current(scope: PackScope) -> Iterable[Gap]:
    items = (
        evidence_in(scope)
        .filter(status=EvidenceItem.Status.ACTIVE)
        .select_related("owner", "current")
        .order_by("fresh_until", "number")
    )
    for item in items.stale(scope.at)[:MOST_COUNTED]:
        until = instant(item.current.valid_until)[:10] if item.current else ""
        yield evidence_gap(item, _("It was current until %s.") % until, freshness_status(item, scope), until)
    for item in items.filter(current=None)[:MOST_COUNTED]:
        yield evidence_gap(item, _("Every version was rejected or withdrawn."), freshness_status(item, scope))
    for item in items.filter(current__review=EvidenceVersion.Review.PENDING)[:MOST_COUNTED]:
        yield evidence_gap(item, _("Nobody has reviewed its current version."), status(_("Waiting for review"), "open"))


def evidence_gap(item: EvidenceItem, why: str, state: dict[str, str], due_on: str = "") -> Gap:
    return Gap(_("Evidence %d") % item.number, item.title, [why], state, name(item.owner), due_on)


def risks_not_answered(scope: PackScope) -> Iterable[Gap]:
    risks = risks_in(scope).exclude(status=Risk.Status.CLOSED)
    for risk in risks.filter(treatment_option="").exclude(status=Risk.Status.ACCEPTED)[:MOST_COUNTED]:
        yield risk_gap(risk, _("Nobody has decided how to treat it."), "bad" if risk.score >= 10 else "warn")
    for risk in risks.filter(status=Risk.Status.ACCEPTED)[:MOST_COUNTED]:
        newest = max(risk.acceptances.all(), key=lambda acceptance: acceptance.accepted_at, default=None)
        if newest is None or newest.until < scope.day:
            until = day(newest.until) if newest else ""
            yield risk_gap(risk, _("Its acceptance has run out."), "bad", until)
    for risk in risks.filter(review_on__lt=scope.day)[:MOST_COUNTED]:
        yield risk_gap(risk, _("Its review is overdue."), "warn", day(risk.review_on))
    for risk in risks.filter(owner=None)[:MOST_COUNTED]:
        yield risk_gap(risk, _("It has no owner."), "warn")


def risk_gap(risk: Risk, why: str, tone: str, due_on: str = "") -> Gap:
    return Gap(
        _("Risk %d") % risk.number, risk.title, [why], status(risk.get_status_display(), tone), name(risk.owner), due_on
    )


def overdue_work(scope: PackScope) -> Iterable[Gap]:
    """Treatments, nonconformities, corrective actions and actions of reviews past their date."""
    in_scope = Risk.objects.all()
    if scope.system_ids is not None:
        in_scope = in_scope.filter(pk__in=RiskSystem.objects.filter(scope.about("system")).values("risk"))
    treatments = Treatment.objects.filter(risk__in=in_scope, status__in=["planned", "in_progress"])
    for label, rows in (
        (_("Treatment %d"), treatments),
        (_("Nonconformity %d"), Nonconformity.objects.exclude(status=Nonconformity.Status.CLOSED)),
        (_("Corrective action %d"), CorrectiveAction.objects.filter(status=CorrectiveAction.Status.PLANNED)),
        (_("Review action %d"), ReviewAction.objects.filter(status=ReviewAction.Status.OPEN)),
    ):
        yield from (overdue_gap(label, row, scope) for row in overdue(rows, scope))


def overdue(rows: QuerySet[Any], scope: PackScope) -> QuerySet[Any]:
    return rows.filter(due_on__lt=scope.day).select_related("owner").order_by("due_on", "number")[:MOST_COUNTED]


def overdue_gap(label: str, row: Any, scope: PackScope) -> Gap:
    days = (scope.day - row.due_on).days
    why = _("It is %(days)d days overdue.") % {"days": days}
    return Gap(
        label % row.number, str(row), [why], status(row.get_status_display(), "bad"), name(row.owner), day(row.due_on)
    )


def controls_not_standing(scope: PackScope) -> Iterable[Gap]:
    controls = list(Control.objects.select_related("owner").order_by("sort_key", "number"))
    adopted = {control.reference for control in controls}
    for annex in catalogue.controls():
        if annex.ref not in adopted:
            why = _("It is missing from the Statement of Applicability.")
            yield Gap(annex.ref, annex.title, [why], status(_("Not decided"), "bad"))
    verdicts = judged(controls, scope.at)
    for control in controls:
        verdict = verdicts[control.pk]
        if control.applicability == Control.Applicability.UNDECIDED:
            why = _("Nobody has decided whether it applies.")
            yield control_gap(control, why, status(control.get_applicability_display(), "bad"))
        elif control.applicability == Control.Applicability.EXCLUDED:
            continue
        elif control.implementation != Control.Implementation.IMPLEMENTED:
            why = _("It applies and is not fully in place.")
            yield control_gap(control, why, status(control.get_implementation_display(), "warn"))
        elif verdict.effectiveness != Control.Effectiveness.WORKING:
            tone = "bad" if verdict.effectiveness == Control.Effectiveness.FAILING else "warn"
            yield control_gap(control, verdict.reason, status(verdict.label, tone))


def control_gap(control: Control, why: str, state: dict[str, str]) -> Gap:
    return Gap(control.reference, control.title, [why], state, name(control.owner), day(control.review_on))


def requirements_not_met(scope: PackScope) -> Iterable[Gap]:
    """Each known gap by itself; what nobody looked at yet in one line a clause, for the chapter on readiness lists it."""
    positions = {each.requirement: each for each in RequirementPosition.objects.select_related("owner")}
    unknown = RequirementPosition.Position.UNKNOWN
    for clause in catalogue.auditable_clauses():
        found = [positions.get(requirement.id) for requirement in clause.requirements]
        unseen = sum(position is None or position.position == unknown for position in found)
        if unseen:
            words = {"count": unseen, "all": len(found)}
            why = _("Nobody has looked at %(count)d of its %(all)d requirements yet.") % words
            yield Gap(_("Clause %s") % clause.ref, clause.title, [why], status(unknown.label, "open"))
        for requirement, position in zip(clause.requirements, found, strict=True):
            if position and position.position not in (unknown, RequirementPosition.Position.MET):
                yield requirement_gap(requirement, position)


def requirement_gap(requirement: catalogue.Requirement, position: RequirementPosition) -> Gap:
    tone = "bad" if position.position == RequirementPosition.Position.GAP else "warn"
    return Gap(
        _("Clause %s") % requirement.clause,
        requirement.text,
        [position.gap[:600]] if position.gap else [],
        status(position.get_position_display(), tone),
        name(position.owner),
        day(position.due_on),
    )


Look = Callable[[PackScope], Iterable[Gap]]
SECTIONS: list[tuple[str, Any, Any, Look]] = [
    (
        "cases",
        gettext_lazy("Assurance cases that do not hold"),
        gettext_lazy("Which arguments cannot be relied upon, and what would repair them?"),
        cases_below_holds,
    ),
    (
        "systems",
        gettext_lazy("Systems without what their tier requires"),
        gettext_lazy("Which systems run without an owner, a tier or an argument?"),
        consequential_systems_without_case,
    ),
    (
        "evidence",
        gettext_lazy("Evidence that is not current"),
        gettext_lazy("Which evidence no longer speaks for the present?"),
        evidence_not_current,
    ),
    (
        "risks",
        gettext_lazy("Risks without an answer in force"),
        gettext_lazy("Which risks are untreated, or rest on an acceptance or review that has run out?"),
        risks_not_answered,
    ),
    (
        "overdue",
        gettext_lazy("Work that is overdue"),
        gettext_lazy("Which treatments, corrective actions and decisions are past their date?"),
        overdue_work,
    ),
    (
        "controls",
        gettext_lazy("Controls undecided, not in place or not shown to work"),
        gettext_lazy("Which rows of the Statement of Applicability do not stand?"),
        controls_not_standing,
    ),
    (
        "requirements",
        gettext_lazy("Requirements of clauses 4 to 10 that are not met"),
        gettext_lazy("Where does the management system itself fall short?"),
        requirements_not_met,
    ),
]
