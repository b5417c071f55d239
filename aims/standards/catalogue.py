"""The standard as the product knows it: clauses, requirements, Annex A and C, crosswalk, review inputs, risk taxonomy.

Everything is read from the YAML files beside this module, in our own words, and checked strictly: an unknown or missing
key, a wrong type or a reference to something that does not exist stops the load with the file and the entry. Each file
is read once, on first use; libyaml's loader keeps that to a few milliseconds a file, so no generated copy is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

DATA = Path(__file__).parent / "data"

PDCA = ("plan", "do", "check", "act")
STRENGTHS = ("equal", "superset", "subset", "intersects")
AUTOMATION = ("full", "partial", "none")


class CatalogueError(ValueError):
    """The reference data contradicts itself; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One auditable item of a clause. The split is ours: the standard does not number below the clause."""

    id: str
    clause: str
    text: str
    product_area: str
    documented: DocumentedInformation
    typical_evidence: tuple[str, ...]
    audit_questions: tuple[str, ...]

    @property
    def guidance(self) -> str:
        """What an auditor looks for by way of records, in one sentence."""
        return self.documented.what


@dataclass(frozen=True, slots=True)
class DocumentedInformation:
    """Which record a clause asks for: `kind` is none, maintain (a document), retain (a record) or both."""

    required: bool
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A node of clauses 4 to 10; only auditable ones carry requirements."""

    ref: str
    title: str
    parent: str | None
    auditable: bool
    pdca: str
    purpose: str
    requirements: tuple[Requirement, ...] = ()
    documented: DocumentedInformation | None = None
    typical_evidence: tuple[str, ...] = ()
    audit_questions: tuple[str, ...] = ()
    typical_stage: str = ""
    also_examined_in: str = ""
    product_area: str = ""
    also_areas: tuple[str, ...] = ()

    @property
    def depth(self) -> int:
        return self.ref.count(".")


@dataclass(frozen=True, slots=True)
class ControlObjective:
    """A group of Annex A, such as A.6; A.6 alone has two objectives below it."""

    ref: str
    title: str
    purpose: str
    controls: tuple[str, ...]
    sub_objectives: tuple[ControlObjective, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnexControl:
    """One of the 38 controls of Annex A."""

    ref: str
    title: str
    objective: str
    sub_objective: str
    purpose: str
    implementation_hints: tuple[str, ...]
    typical_evidence: tuple[str, ...]
    applies_to: tuple[str, ...]
    automation: str
    automation_how: str
    review_interval_days: int
    related_clauses: tuple[str, ...]
    product_area: str
    annex_b_ref: str

    @property
    def what(self) -> str:
        return self.purpose

    @property
    def guidance(self) -> tuple[str, ...]:
        return self.implementation_hints


@dataclass(frozen=True, slots=True)
class AnnexCObjective:
    """An objective that an organisation may pursue with AI (Annex C, informative)."""

    ref: str
    title: str
    purpose: str
    ask: tuple[str, ...]
    related_controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnnexCRiskSource:
    """A source of risk (Annex C, informative)."""

    ref: str
    title: str
    purpose: str
    examples: tuple[str, ...]
    related_controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrameworkItem:
    """An article, subcategory or control of another framework that a crosswalk entry points at."""

    framework: str
    ref: str
    title: str
    addressed_to: str = ""
    note: str = ""
    applies_from: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    key: str
    name: str
    status: str
    items: tuple[FrameworkItem, ...]


@dataclass(frozen=True, slots=True)
class CrosswalkEntry:
    """Where evidence for a clause or control can be reused elsewhere; never proof that the target is met."""

    source: str
    framework: str
    target: str
    strength: str
    basis: str
    rationale: str
    source_note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """An input of the management review (9.3.2); the ones not required are our recommendation."""

    id: str
    ref: str
    item: str
    required: bool
    title: str
    what: str
    automation: str
    areas: tuple[str, ...]
    data: str
    presentation: str
    human_part: str


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """A result of the management review (9.3.3); the ones not required are our recommendation."""

    id: str
    ref: str
    required: bool
    title: str
    what: str
    app_effect: str


@dataclass(frozen=True, slots=True)
class Term:
    """An entry of a picker list: a risk source, a kind of harm, a known threat."""

    ref: str
    title: str
    description: str = ""
    source: str = ""
    group: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class CausalFactor:
    ref: str
    title: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LikelihoodStep:
    value: int
    label: str
    definition: str
    frequency: str
    probability: str


@dataclass(frozen=True, slots=True)
class ImpactStep:
    value: int
    label: str
    people: str
    society: str
    legal_and_financial: str
    operations: str


@dataclass(frozen=True, slots=True)
class RiskLevel:
    level: str
    treat: str
    accepted_by: str
    review_days: int


@dataclass(frozen=True, slots=True)
class RiskScale:
    """The default 5 x 5 scale; each organisation approves its own criteria (6.1.1)."""

    name: str
    likelihood: tuple[LikelihoodStep, ...]
    impact: tuple[ImpactStep, ...]
    formula: str
    impact_rule: str
    overrides: tuple[str, ...]
    matrix: Mapping[tuple[int, int], str]
    levels: tuple[RiskLevel, ...]

    def level(self, likelihood: int, impact: int) -> str:
        return self.matrix[likelihood, impact]


@dataclass(frozen=True, slots=True)
class TreatmentOption:
    ref: str
    title: str
    description: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RiskTaxonomy:
    """The lists that risk pickers offer."""

    risk_sources: tuple[Term, ...]
    risk_sources_annex_c: tuple[Term, ...]
    causal_factors: tuple[CausalFactor, ...]
    lifecycle_stages: tuple[Term, ...]
    harm_categories: tuple[Term, ...]
    mit_ai_risk_repository: tuple[Term, ...]
    nist_ai_600_1: tuple[Term, ...]
    owasp_llm_top10_2025: tuple[Term, ...]
    owasp_agentic_top10_2026: tuple[Term, ...]
    owasp_agentic_threats: tuple[Term, ...]
    mitre_atlas_tactics: tuple[Term, ...]
    scale: RiskScale
    treatment_options: tuple[TreatmentOption, ...]

    def terms(self) -> Mapping[str, Term]:
        """Every term of every list by its reference."""
        lists = (getattr(self, field.name) for field in fields(self))
        return {term.ref: term for entries in lists if isinstance(entries, tuple) for term in entries if _is_term(term)}


# --- Look-ups ---------------------------------------------------------------------------------------------------------


def clauses() -> tuple[Clause, ...]:
    """Every node of clauses 4 to 10, in the order of the standard."""
    return tuple(_clauses().values())


def clause(ref: str) -> Clause:
    return _found(_clauses(), ref, "clause")


def children(ref: str | None = None) -> tuple[Clause, ...]:
    """The clauses right below this one; without a reference, clauses 4 to 10 themselves."""
    return tuple(node for node in clauses() if node.parent == ref)


def auditable_clauses() -> tuple[Clause, ...]:
    return tuple(node for node in clauses() if node.auditable)


def requirements(clause: str | None = None) -> tuple[Requirement, ...]:
    """The requirements of a clause and everything below it; without a clause, all of them."""
    if clause is None:
        return tuple(_requirements().values())
    _found(_clauses(), clause, "clause")
    below = f"{clause}."
    return tuple(each for each in _requirements().values() if each.clause == clause or each.clause.startswith(below))


def requirement(id: str) -> Requirement:
    return _found(_requirements(), id, "requirement")


def objectives() -> tuple[ControlObjective, ...]:
    """The nine groups A.2 to A.10."""
    return tuple(_objectives().values())


def objective(ref: str) -> ControlObjective:
    return _found(_objectives(), ref, "control objective")


def controls(objective: str | None = None) -> tuple[AnnexControl, ...]:
    """The 38 controls of Annex A in the order of the standard, or those of one objective."""
    if objective is None:
        return tuple(_controls().values())
    _found(_objectives(), objective, "control objective")
    return tuple(each for each in _controls().values() if each.objective == objective)


def control(ref: str) -> AnnexControl:
    return _found(_controls(), ref, "Annex A control")


@lru_cache(maxsize=1)
def annex_c_objectives() -> tuple[AnnexCObjective, ...]:
    entries = _read("iso42001-annex-c.yaml")["objectives"]
    return tuple(_make(AnnexCObjective, entry, "iso42001-annex-c.yaml", skip=("verification",)) for entry in entries)


@lru_cache(maxsize=1)
def annex_c_risk_sources() -> tuple[AnnexCRiskSource, ...]:
    entries = _read("iso42001-annex-c.yaml")["risk_sources"]
    return tuple(_make(AnnexCRiskSource, entry, "iso42001-annex-c.yaml", skip=("verification",)) for entry in entries)


@lru_cache(maxsize=1)
def frameworks() -> Mapping[str, Framework]:
    """The other frameworks by key, such as EU-AI-ACT."""
    return MappingProxyType(
        {key: _framework(key, entry) for key, entry in _read("crosswalk.yaml")["frameworks"].items()}
    )


@lru_cache(maxsize=1)
def crosswalk() -> tuple[CrosswalkEntry, ...]:
    known = {(key, item.ref) for key, framework in frameworks().items() for item in framework.items}
    entries = tuple(_crosswalk_entry(entry) for entry in _read("crosswalk.yaml")["mappings"])
    for entry in entries:
        where = f"crosswalk.yaml: {entry.source} -> {entry.framework}:{entry.target}"
        _require(
            entry.source in _clauses() or entry.source in _controls(),
            f"{where}: unknown clause or control",
        )
        _require((entry.framework, entry.target) in known, f"{where}: unknown target")
        _require(entry.strength in STRENGTHS, f"{where}: unknown strength {entry.strength}")
    return entries


def crosswalk_from(ref: str) -> tuple[CrosswalkEntry, ...]:
    """Where else evidence for this clause or control can be used."""
    return tuple(entry for entry in crosswalk() if entry.source == ref)


@lru_cache(maxsize=1)
def review_inputs() -> tuple[ReviewInput, ...]:
    """The inputs of 9.3.2, required ones first, then those that we recommend."""
    inputs = [_review_input(entry) for entry in _read("management-review.yaml")["inputs"]]
    return tuple(sorted(inputs, key=lambda each: not each.required))


@lru_cache(maxsize=1)
def review_results() -> tuple[ReviewResult, ...]:
    """The results of 9.3.3, required ones first, then those that we recommend."""
    entries = _read("management-review.yaml")["results"]
    results = [_make(ReviewResult, {**entry, "ref": entry["ref"] or ""}, "management-review.yaml") for entry in entries]
    return tuple(sorted(results, key=lambda each: not each.required))


@lru_cache(maxsize=1)
def risk_taxonomy() -> RiskTaxonomy:
    file = "risk-taxonomy.yaml"
    data = _read(file)
    return RiskTaxonomy(
        risk_sources=_terms(data["risk_sources"]),
        risk_sources_annex_c=_terms(data["risk_sources_iso42001_annex_c"]),
        causal_factors=tuple(_make(CausalFactor, entry, file) for entry in data["causal_factors"]),
        lifecycle_stages=_terms(data["lifecycle_stages"]),
        harm_categories=_terms(data["harm_categories"]),
        mit_ai_risk_repository=_terms(data["mit_ai_risk_repository"]),
        nist_ai_600_1=_terms(data["nist_ai_600_1"]),
        owasp_llm_top10_2025=_terms(data["owasp_llm_top10_2025"]),
        owasp_agentic_top10_2026=_terms(data["owasp_agentic_top10_2026"]),
        owasp_agentic_threats=_terms(data["owasp_agentic_threats"]),
        mitre_atlas_tactics=_terms(data["mitre_atlas_tactics"]),
        scale=_scale(data["scale"]),
        treatment_options=tuple(_make(TreatmentOption, entry, file) for entry in data["treatment_options"]),
    )


# --- Reading ----------------------------------------------------------------------------------------------------------

T = TypeVar("T")
V = TypeVar("V")

# libyaml is in every wheel of PyYAML; the pure loader is the slow way out where somebody built it without.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=16)
def _read(file: str) -> dict[str, Any]:
    with (DATA / file).open(encoding="utf-8") as stream:
        data: dict[str, Any] = _Loader(stream).get_single_data()
    return data


@lru_cache(maxsize=1)
def _clauses() -> Mapping[str, Clause]:
    nodes = _by_ref(
        (_clause(entry) for entry in _read("iso42001-clauses.yaml")["clauses"]),
        "iso42001-clauses.yaml",
    )
    for node in nodes.values():
        _require(
            node.parent is None or node.parent in nodes,
            f"clause {node.ref}: unknown parent {node.parent}",
        )
        _require(
            node.auditable == bool(node.requirements),
            f"clause {node.ref}: auditable means having requirements",
        )
        _require(node.pdca in PDCA, f"clause {node.ref}: unknown pdca {node.pdca}")
    return nodes


@lru_cache(maxsize=1)
def _requirements() -> Mapping[str, Requirement]:
    found: dict[str, Requirement] = {}
    for node in clauses():
        for each in node.requirements:
            _require(each.id not in found, f"requirement {each.id} appears twice")
            found[each.id] = each
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _objectives() -> Mapping[str, ControlObjective]:
    entries = _read("iso42001-annex-a.yaml")["objectives"]
    return _by_ref((_objective(entry) for entry in entries), "iso42001-annex-a.yaml")


@lru_cache(maxsize=1)
def _controls() -> Mapping[str, AnnexControl]:
    entries = _read("iso42001-annex-a.yaml")["controls"]
    found = _by_ref((_control(entry) for entry in entries), "iso42001-annex-a.yaml")
    for each in found.values():
        _require(
            each.objective in _objectives(),
            f"control {each.ref}: unknown objective {each.objective}",
        )
        _require(
            each.automation in AUTOMATION,
            f"control {each.ref}: unknown automation level {each.automation}",
        )
        for ref in each.related_clauses:
            _require(
                ref in _clauses() or ref in found,
                f"control {each.ref}: unknown related clause {ref}",
            )
    listed = [ref for group in _objectives().values() for ref in group.controls]
    _require(
        sorted(listed) == sorted(found),
        "iso42001-annex-a.yaml: objectives and controls do not list the same",
    )
    return found


def _clause(entry: dict[str, Any]) -> Clause:
    where = f"iso42001-clauses.yaml: {entry['ref']}"
    documented = entry.get("documented_information")
    values = {key: value for key, value in entry.items() if key not in ("verification", "documented_information")}
    if documented is not None:
        values["documented"] = _make(DocumentedInformation, documented, where)
    values["requirements"] = tuple(
        Requirement(
            id=each["id"],
            clause=entry["ref"],
            text=each["text"],
            product_area=entry["product_area"],
            documented=values["documented"],
            typical_evidence=tuple(entry["typical_evidence"]),
            audit_questions=tuple(entry["audit_questions"]),
        )
        for each in entry.get("requirements", ())
    )
    return _make(Clause, values, where)


def _objective(entry: dict[str, Any]) -> ControlObjective:
    below = tuple(_objective(each) for each in entry.get("sub_objectives", ()))
    return _make(
        ControlObjective,
        {**entry, "sub_objectives": below},
        "iso42001-annex-a.yaml",
        skip=("verification",),
    )


def _control(entry: dict[str, Any]) -> AnnexControl:
    values = dict(entry)
    automation = values.pop("automatable")
    values["automation"], values["automation_how"] = (
        automation["level"],
        automation["how"],
    )
    values["review_interval_days"] = values.pop("default_review_interval_days")
    values["annex_b_ref"] = values.pop("iso_annex_b_ref")
    values.setdefault("sub_objective", "")
    return _make(
        AnnexControl,
        values,
        "iso42001-annex-a.yaml",
        skip=("verification", "title_variants"),
    )


def _framework(key: str, entry: dict[str, Any]) -> Framework:
    listed = entry.get("subcategories") or entry.get("articles") or entry.get("items") or ()
    return Framework(
        key=key,
        name=entry["name"],
        status=entry.get("status", ""),
        items=tuple(_framework_item(key, item) for item in listed),
    )


def _framework_item(framework: str, item: dict[str, Any]) -> FrameworkItem:
    notes = (item.get("note", ""), item.get("applies_from_note", ""))
    return FrameworkItem(
        framework=framework,
        ref=str(item["ref"]),
        title=item.get("title") or item["summary"],
        addressed_to=item.get("addressed_to", ""),
        note=" ".join(note for note in notes if note),
        applies_from=tuple((str(who), str(when)) for who, when in (item.get("applies_from") or {}).items()),
    )


def _crosswalk_entry(entry: dict[str, Any]) -> CrosswalkEntry:
    framework, _, target = entry["to"].partition(":")
    return CrosswalkEntry(
        source=entry["from"],
        framework=framework,
        target=target,
        strength=entry["strength"],
        basis=entry["basis"],
        rationale=entry["rationale"],
        source_note=entry.get("source_note", ""),
    )


def _review_input(entry: dict[str, Any]) -> ReviewInput:
    values = {key: value for key, value in entry.items() if key != "answered_by"}
    return _make(
        ReviewInput,
        {**values, **entry["answered_by"], "ref": entry["ref"] or ""},
        "management-review.yaml",
    )


def _terms(entries: Iterable[dict[str, Any]]) -> tuple[Term, ...]:
    """A picker list, with sub-entries following their parent."""
    found: list[Term] = []
    for entry in entries:
        source = entry.get("source", "") or ", ".join(entry.get("derived_from", ()))
        found.append(
            Term(
                entry["ref"],
                entry["title"],
                entry.get("description", ""),
                source,
                entry.get("affected", ""),
            )
        )
        for below in entry.get("subdomains", ()):
            found.append(
                Term(
                    below["ref"],
                    below["title"],
                    below["description"],
                    source,
                    parent=entry["ref"],
                )
            )
    return tuple(found)


def _scale(entry: dict[str, Any]) -> RiskScale:
    file = "risk-taxonomy.yaml: scale"
    scoring = entry["scoring"]
    for cell in entry["matrix"]:
        _require(
            cell["score"] == cell["likelihood"] * cell["impact"],
            f"{file}: wrong score in {cell}",
        )
    matrix = {(cell["likelihood"], cell["impact"]): cell["level"] for cell in entry["matrix"]}
    levels = tuple(_make(RiskLevel, level, file) for level in entry["levels"])
    _require(
        set(matrix.values()) <= {level.level for level in levels},
        f"{file}: the matrix uses an unknown level",
    )
    return RiskScale(
        name=entry["name"],
        likelihood=tuple(_make(LikelihoodStep, step, file) for step in entry["likelihood"]),
        impact=tuple(_make(ImpactStep, step, file) for step in entry["impact"]),
        formula=scoring["formula"],
        impact_rule=scoring["impact_rule"],
        overrides=tuple(scoring["overrides"]),
        matrix=MappingProxyType(matrix),
        levels=levels,
    )


# --- Checking ---------------------------------------------------------------------------------------------------------


def _make(kind: type[T], entry: Mapping[str, Any], where: str, skip: tuple[str, ...] = ()) -> T:
    """Build the dataclass from exactly its own keys; lists become tuples, so that entries stay unchangeable."""
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in entry.items() if key not in skip}
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    unknown = values.keys() - known.keys()
    missing = {name for name, field in known.items() if field.default is MISSING} - values.keys()
    name = entry.get("ref") or entry.get("id") or kind.__name__
    _require(
        not unknown,
        f"{where}: {name}: unknown keys {', '.join(sorted(map(str, unknown)))}",
    )
    _require(not missing, f"{where}: {name}: missing keys {', '.join(sorted(missing))}")
    return kind(**values)


def _by_ref(entries: Iterable[V], where: str) -> Mapping[str, V]:
    found: dict[str, V] = {}
    for entry in entries:
        ref: str = entry.ref  # type: ignore[attr-defined]
        _require(ref not in found, f"{where}: {ref} appears twice")
        found[ref] = entry
    return MappingProxyType(found)


def _found(entries: Mapping[str, V], ref: str, kind: str) -> V:
    if ref not in entries:
        raise KeyError(f"There is no {kind} {ref!r} in ISO/IEC 42001:2023 as catalogued here.")
    return entries[ref]


def _require(claim: bool, message: str) -> None:
    if not claim:
        raise CatalogueError(message)


def _is_term(entry: object) -> bool:
    return isinstance(entry, Term)
