"""The registers: AI systems, risks, the Statement of Applicability, evidence."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.standards import catalogue
from audits.packs.scope import PackScope, Rows, day, instant, name, rows_of, status
from evidence.freshness import Freshness
from evidence.models import EvidenceFile, EvidenceItem, EvidenceVersion
from evidence.querysets import EvidenceItemQuerySet
from inventory.models import AISystem
from risks.judging import judged
from risks.models import Acceptance, Control, Risk, RiskControl, RiskSystem, Treatment
from risks.scoring import DEFAULT_BANDS

TIER_TONES = {"T0": "neutral", "T1": "info", "T2": "warn", "T3": "bad", "TX": "bad"}
LEVEL_TONES = {"low": "good", "medium": "info", "high": "warn", "critical": "bad"}
LEVELS = {
    "low": gettext_lazy("Low"),
    "medium": gettext_lazy("Medium"),
    "high": gettext_lazy("High"),
    "critical": gettext_lazy("Critical"),
}
RISK_TONES = {"identified": "open", "assessed": "info", "in_treatment": "warn", "accepted": "good", "closed": "neutral"}
TREATMENT_TONES = {"planned": "open", "in_progress": "info", "done": "good", "cancelled": "neutral"}
APPLICABILITY_TONES = {"undecided": "warn", "applicable": "good", "excluded": "neutral"}
IMPLEMENTATION_TONES = {"not_started": "bad", "partial": "warn", "implemented": "good"}
EFFECTIVENESS_TONES = {"unknown": "open", "working": "good", "doubtful": "warn", "failing": "bad"}
FRESHNESS = {
    Freshness.NOT_YET: (gettext_lazy("Not yet current"), "info"),
    Freshness.FRESH: (gettext_lazy("Current"), "good"),
    Freshness.AGEING: (gettext_lazy("Ageing"), "warn"),
    Freshness.GRACE: (gettext_lazy("In its grace"), "warn"),
    Freshness.STALE: (gettext_lazy("Stale"), "bad"),
    Freshness.NEVER_EXPIRES: (gettext_lazy("Does not expire"), "good"),
}
REVIEW_TONES = {"pending": "open", "accepted": "good", "rejected": "bad", "withdrawn": "neutral"}


def inventory(scope: PackScope) -> dict[str, Any]:
    """The AI systems in scope, gravest tier first."""
    systems = (
        scope.systems()
        .select_related("owner", "supplier", "current_version")
        .defer("details", "screening", "outputs")
        .order_by("status", "-tier", "number")
    )
    return rows_of(systems).described(describe_system)


def describe_system(system: AISystem) -> dict[str, Any]:
    version = system.current_version
    return {
        "number": system.number,
        "name": system.name,
        "key": system.external_key,
        "purpose": system.purpose[:600],
        "tier": status(
            system.get_tier_display() if system.tier else _("No tier yet"), TIER_TONES.get(system.tier, "open")
        ),
        "stage": str(system.get_stage_display()),
        "is_retired": system.is_retired,
        "owner": name(system.owner),
        "supplier": name(system.supplier),
        "unit": system.business_unit,
        "version": version.label if version else "",
        "next_review_on": day(system.next_review_on),
    }


def risk_register(scope: PackScope) -> dict[str, Any]:
    """Risks about the systems in scope, highest current score first, each with its treatments and acceptances."""
    return rows_of(risks_in(scope)).described(describe_risk)


def risks_in(scope: PackScope) -> QuerySet[Risk]:
    risks = Risk.objects.all()
    if scope.system_ids is not None:
        risks = risks.filter(pk__in=RiskSystem.objects.filter(scope.about("system")).values("risk"))
    return (
        risks.select_related("owner")
        .prefetch_related(
            Prefetch("system_links", RiskSystem.objects.select_related("system").defer("system__details")),
            Prefetch("control_links", RiskControl.objects.select_related("control").defer("control__description")),
            Prefetch("treatments", Treatment.objects.select_related("owner")),
            Prefetch("acceptances", Acceptance.objects.select_related("accepted_by").defer("snapshot")),
        )
        .order_by("-score", "number")
    )


def describe_risk(risk: Risk) -> dict[str, Any]:
    return {
        "number": risk.number,
        "title": risk.title,
        "description": risk.description[:1500],
        "status": status(risk.get_status_display(), RISK_TONES[risk.status]),
        "owner": name(risk.owner),
        "inherent": rating(risk.inherent_likelihood, risk.inherent_impact),
        "current": rating(risk.likelihood, risk.impact),
        "residual": rating(risk.residual_likelihood, risk.residual_impact),
        "reason": risk.rating_reason[:1000],
        "option": str(risk.get_treatment_option_display()) if risk.treatment_option else "",
        "review_on": day(risk.review_on),
        "systems": [{"number": link.system.number, "name": link.system.name} for link in risk.system_links.all()],
        "controls": sorted(link.control.reference for link in risk.control_links.all()),
        "treatments": [
            {
                "number": step.number,
                "description": step.description[:1000],
                "owner": name(step.owner),
                "due_on": day(step.due_on),
                "status": status(step.get_status_display(), TREATMENT_TONES[step.status]),
            }
            for step in risk.treatments.all()
        ],
        "acceptances": [
            {
                "number": acceptance.number,
                "by": name(acceptance.accepted_by),
                "at": instant(acceptance.accepted_at),
                "until": day(acceptance.until),
                "reason": acceptance.reason[:1000],
                "sha256": acceptance.sha256,
            }
            for acceptance in risk.acceptances.all()
        ],
    }


def rating(likelihood: int | None, impact: int | None) -> dict[str, Any] | None:
    """A judgement with its score and level; None where nobody judged."""
    if likelihood is None or impact is None:
        return None
    level = DEFAULT_BANDS.level_at(likelihood, impact)
    return {
        "likelihood": likelihood,
        "impact": impact,
        "score": likelihood * impact,
        "level": status(LEVELS[level], LEVEL_TONES[level]),
    }


def statement_of_applicability(scope: PackScope) -> dict[str, Any]:
    """Every control of Annex A and the organisation's own, grouped by objective: decided, implemented, shown to work."""
    controls = list(Control.objects.select_related("owner").order_by("sort_key", "number"))
    verdicts = judged(controls, scope.at)
    groups: dict[str, dict[str, Any]] = {}
    for control in controls:
        key, title = group_of(control)
        group = groups.setdefault(key, {"reference": key, "title": title, "controls": []})
        group["controls"].append(describe_control(control, verdicts[control.pk]))
    adopted = {control.reference for control in controls}
    return {
        "groups": list(groups.values()),
        "counts": counted(controls),
        "not_adopted": [c.ref for c in catalogue.controls() if c.ref not in adopted],
    }


def group_of(control: Control) -> tuple[str, str]:
    if control.is_own:
        return "", _("The organisation's own controls")
    annex = next((c for c in catalogue.controls() if c.ref == control.reference), None)
    if annex is None:
        return "", _("The organisation's own controls")
    return annex.objective, catalogue.objective(annex.objective).title


def describe_control(control: Control, verdict: Any) -> dict[str, Any]:
    return {
        "reference": control.reference,
        "title": control.title,
        "is_own": control.is_own,
        "applicability": status(control.get_applicability_display(), APPLICABILITY_TONES[control.applicability]),
        "justification": control.justification[:1500],
        "implementation": status(control.get_implementation_display(), IMPLEMENTATION_TONES[control.implementation])
        if control.applicability != Control.Applicability.EXCLUDED
        else None,
        "note": control.implementation_note[:1500],
        "owner": name(control.owner),
        "effectiveness": status(verdict.label, EFFECTIVENESS_TONES[verdict.effectiveness]),
        "effectiveness_reason": verdict.reason,
        "review_on": day(control.review_on),
    }


def counted(controls: list[Control]) -> list[dict[str, Any]]:
    return [
        {"label": str(label), "count": sum(control.applicability == value for control in controls)}
        for value, label in Control.Applicability.choices
    ]


def evidence_in(scope: PackScope) -> EvidenceItemQuerySet:
    """Evidence about the systems in scope or that their cases rest on."""
    items = EvidenceItem.objects.all()
    if scope.system_ids is None:
        return items
    bound = EvidenceVersion.objects.filter(bindings__element__case__in=scope.cases()).values("item")
    return items.filter(Q(system__in=scope.system_ids) | Q(pk__in=bound))


def evidence_index(scope: PackScope) -> dict[str, Any]:
    """Every piece of evidence with its current version, how current that is, and the hashes of its files."""
    items = (
        evidence_in(scope)
        .select_related("owner", "system", "current__system_version", "current__reviewed_by")
        .defer("description", "system__details", "system__screening", "current__method")
        .prefetch_related(Prefetch("current__files", EvidenceFile.objects.order_by("created_at", "id")))
        .order_by("number")
    )
    rows: Rows = rows_of(items)
    return rows.described(lambda item: describe_evidence(item, scope))


def describe_evidence(item: EvidenceItem, scope: PackScope) -> dict[str, Any]:
    version = item.current
    described: dict[str, Any] = {
        "number": item.number,
        "title": item.title,
        "kind": str(item.get_kind_display()),
        "system": name(item.system),
        "keeper": name(item.owner),
        "is_withdrawn": item.status == EvidenceItem.Status.WITHDRAWN,
        "freshness": freshness_status(item, scope),
        "version": None,
    }
    if version is not None:
        described["version"] = {
            "ordinal": version.ordinal,
            "observed_from": day(version.observed_from),
            "observed_to": day(version.observed_to),
            "collected_at": instant(version.collected_at),
            "recorded_at": instant(version.recorded_at),
            "valid_until": instant(version.valid_until),
            "environment": str(version.get_environment_display()) if version.environment else "",
            "system_version": name(version.system_version),
            "review": status(version.get_review_display(), REVIEW_TONES[version.review]),
            "reviewed_by": name(version.reviewed_by),
            "uri": version.uri,
            "files": [
                {"name": file.name, "size": file.size, "type": file.media_type, "sha256": file.sha256}
                for file in version.files.all()
            ],
        }
    return described


def freshness_status(item: EvidenceItem, scope: PackScope) -> dict[str, str]:
    state = item.freshness(scope.at)
    if state == "withdrawn":
        return status(_("Withdrawn"), "neutral")
    if state == "none":
        return status(_("No usable version"), "bad")
    return status(*FRESHNESS[Freshness(state)])
