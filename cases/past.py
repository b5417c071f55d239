"""The rows of cases as they were at an instant, or as a baseline froze them, in a fixed number of queries.

The structure comes from the history of the tables (kept by triggers), or from the document of the baseline that was in force
while a revision was open. The facts are those known then: evidence and bindings from the history, readings by when they were
received, conditions and challenges by their events.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import models

from aims.tenancy.models import Member
from aims.trail.past import Then, Wanted, as_they_were
from cases.models import (
    ArgumentModule,
    AssuranceCase,
    Baseline,
    ClaimMetric,
    DegradationCondition,
    Element,
    EvidenceBinding,
    Indicator,
    Link,
    StandingLevel,
)
from evidence.models import EvidenceItem, EvidenceVersion
from inventory.models import AISystem, SystemVersion

Status = AssuranceCase.Status
# While a case is in one of these its rows are what is in force; in any other, its rows are a revision of that.
AS_IT_STANDS: Final = frozenset({Status.LIVE, Status.DEGRADED})
LEVELS: Final = {level.name.lower(): level for level in StandingLevel}


def is_revised(case: AssuranceCase) -> bool:
    """Whether a baseline is in force while the rows are worked upon."""
    return case.live_baseline_id is not None and case.status not in AS_IT_STANDS and case.status != Status.WITHDRAWN


@dataclass(slots=True)
class Rows:
    """What one case says, and the evidence that it rests on, as rows that are not to be saved."""

    baseline: Baseline | None = None
    modules: list[ArgumentModule] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    bindings: list[EvidenceBinding] = field(default_factory=list)
    metrics: list[ClaimMetric] = field(default_factory=list)


def rows_of(
    cases: Sequence[AssuranceCase],
    at: datetime | None,
    frozen: Mapping[UUID, Baseline] | None = None,
    *,
    with_people: bool,
) -> dict[UUID, Rows]:
    """The rows of cases by an instant (None: now). Each case is put back to its state of then, and where a revision was open
    the rows are those of the baseline in force; or of the baseline that `frozen` names for a case."""
    ids = [case.pk for case in cases]
    systems = [case.system_id for case in cases]
    told = as_they_were(
        [
            Wanted(AssuranceCase, "pgh_obj_id = any(%s)", (ids,)),
            Wanted(AISystem, "pgh_obj_id = any(%s)", (systems,)),
            Wanted(ArgumentModule, "case_id = any(%s)", (ids,)),
            Wanted(Element, "case_id = any(%s)", (ids,)),
            Wanted(Link, "case_id = any(%s)", (ids,)),
            Wanted(ClaimMetric, OF_ELEMENTS, (ids,)),
            Wanted(EvidenceBinding, OF_ELEMENTS, (ids,)),
            Wanted(Indicator, INDICATORS, (ids,)),
        ],
        at,
    )  # fmt: skip
    if at is not None:
        put_back(cases, told[0], told[1])
    modules = {one.record.pk: one.record for one in told[2]}
    indicators = {one.record.pk: one.record for one in told[7]}
    by_case: dict[UUID, list[list[Then]]] = {pk: [[], [], [], []] for pk in ids}
    case_of: dict[UUID, UUID] = {}
    for one in in_order(told[3]):
        case_of[one.record.pk] = one.record.case_id
        by_case[one.record.case_id][0].append(one)
    for one in sorted(told[4], key=lambda one: (one.record.ordinal, one.record.pk)):
        by_case[one.record.case_id][1].append(one)
    for place, listed in ((2, told[5]), (3, told[6])):
        for one in in_order(listed):
            if one.record.element_id in case_of:
                by_case[case_of[one.record.element_id]][place].append(one)
    documents = documents_of(cases) if frozen is None else frozen
    found: dict[UUID, Rows] = {}
    for case in cases:
        elements, links, metrics, bindings = by_case[case.pk]
        rows = in_use(elements, links, bindings, metrics)
        if case.pk in documents:
            rows = frozen_rows(documents[case.pk], rows, elements, links, bindings, metrics)
        for element in rows.elements:
            element.module = modules.get(element.module_id) or ArgumentModule(pk=element.module_id, is_default=True)
            element.case = case
        for metric in rows.metrics:
            metric.indicator = indicators.get(metric.indicator_id) or Indicator(pk=metric.indicator_id)
        rows.modules = [one.record for one in told[2] if one.record.case_id == case.pk and not one.is_gone]
        found[case.pk] = rows
    bring_evidence(found.values(), at)
    if with_people:
        bring_people(found.values())
    return found


OF_ELEMENTS: Final = "element_id in (select id from cases_element where case_id = any(%s))"
INDICATORS: Final = f"pgh_obj_id in (select indicator_id from cases_claimmetric where {OF_ELEMENTS})"  # noqa: S608


def in_order(rows: Iterable[Then]) -> list[Then]:
    """In author order."""
    return sorted(rows, key=lambda one: (one.record.created_at, one.record.pk))


def put_back(cases: Sequence[AssuranceCase], told: list[Then], systems: list[Then]) -> None:
    """Let the cases be in the state of then, and their systems run what they ran."""
    then = {one.record.pk: one.record for one in told}
    running = {one.record.pk: one.record.current_version_id for one in systems}
    at_hand = [case.system for case in cases if AISystem.current_version.is_cached(case.system)]
    versions = {system.current_version_id: system.current_version for system in at_hand}
    unknown = {pk for pk in running.values() if pk is not None and pk not in versions}
    if unknown:
        versions |= SystemVersion.objects.in_bulk(unknown)
    for case in cases:
        row = then.get(case.pk)
        case.status = row.status if row else Status.DRAFT
        case.live_baseline_id = row.live_baseline_id if row else None
        case.draft_baseline_id = row.draft_baseline_id if row else None
        if row is not None:
            case.accountable_owner_id = row.accountable_owner_id
        ran = running.get(case.system_id)
        case.system.current_version = versions.get(ran) if ran else None


def in_use(elements: list[Then], links: list[Then], bindings: list[Then], metrics: list[Then]) -> Rows:
    """What was part of the working argument."""
    kept = [one.record for one in elements if one.record.withdrawn_at is None]
    ids = {row.pk for row in kept}
    return Rows(
        None,
        [],
        kept,
        [one.record for one in links if not one.is_gone],
        [one.record for one in bindings if not one.is_gone and one.record.element_id in ids],
        [one.record for one in metrics if one.record.withdrawn_at is None and one.record.element_id in ids],
    )


# --- What a baseline froze ---


def documents_of(cases: Sequence[AssuranceCase]) -> dict[UUID, Baseline]:
    """The baseline in force of each case whose rows are a revision; no query where none is."""
    wanted = [case.live_baseline_id for case in cases if case.live_baseline_id and is_revised(case)]
    return {row.case_id: row for row in Baseline.objects.filter(pk__in=wanted)} if wanted else {}


def frozen_rows(
    baseline: Baseline,
    working: Rows,
    elements: list[Then],
    links: list[Then],
    bindings: list[Then],
    metrics: list[Then],
) -> Rows:
    """What the document says, on rows that carry the facts: holds, the version bound last, whether a step was reviewed.

    What argues a challenge is no part of a document and is taken from the working argument.
    """
    from cases.documents import Part

    document = baseline.document
    counters = [row for row in working.elements if row.role == Element.Role.COUNTER]
    counter_ids = {row.pk for row in counters}
    said = Rows(
        baseline,
        [],
        said_by(document, Part.ELEMENTS, elements),
        said_by(document, Part.LINKS, links),
        said_by(document, Part.BINDINGS, bindings),
        said_by(document, Part.METRICS, metrics),
    )
    for row in said.elements:
        row.withdrawn_at = None
        row.case_id = baseline.case_id
    for link in said.links:
        link.case_id = baseline.case_id
        # Somebody looked at the step as it was frozen, or has since.
        link.reviewed_as_frozen = baseline.reviews.get(str(link.pk), "")  # type: ignore[attr-defined]
    kept = {row.pk for row in said.elements} | counter_ids
    return Rows(
        baseline,
        [],
        [*said.elements, *counters],
        [
            *said.links,
            *(
                link
                for link in working.links
                if {link.source_id, link.target_id} & counter_ids and {link.source_id, link.target_id} <= kept
            ),
        ],
        [*said.bindings, *(row for row in working.bindings if row.element_id in counter_ids)],
        [*said.metrics, *(row for row in working.metrics if row.element_id in counter_ids)],
    )


def said_by(document: dict[str, Any], part: Any, rows: Iterable[Then]) -> list[Any]:
    """The records of one list of a document, in its order."""
    from cases.documents import FIELDS, MODELS

    model = MODELS[part]
    known = {str(one.record.pk): one.record for one in rows}
    found = []
    for said in document[part.value]:
        row: Any = known.get(said["gid"]) or model(pk=UUID(said["gid"]))
        say(row, model, FIELDS[part], said)
        if "item" in said:
            row.item_said = UUID(said["item"])
            row.follow_latest = said.get("follow_latest", False)
        found.append(row)
    return found


def say(row: Any, model: type[models.Model], names: Iterable[str], said: dict[str, Any]) -> None:
    """Let a row say what the document says."""
    from cases.documents import LEVELS as BY_NAME

    for name in names:
        field_: Any = model._meta.get_field(name)
        value = said[name]
        if value is not None and name in BY_NAME:
            value = LEVELS[value]
        elif value is not None:
            value = (field_.target_field if field_.is_relation else field_).to_python(value)
        setattr(row, field_.attname, value)


# --- Evidence and people ---


def bring_evidence(found: Iterable[Rows], at: datetime | None) -> None:
    """Give bindings their version of evidence as it was known then. Under a baseline the version must be one of the piece that
    the document names; where the working argument rests on another piece by now, the last version bound before counts."""
    bindings = [row for rows in found for row in rows.bindings]
    if not bindings:
        return
    items_said = {row.pk: row.item_said for row in bindings if hasattr(row, "item_said")}
    versions = [row.version_id for row in bindings if row.version_id is not None]
    of_items = "item_id = any(%s)"
    told = as_they_were(
        [
            Wanted(EvidenceVersion, f"pgh_obj_id = any(%s) or {of_items}", (versions, list(items_said.values()))),
            Wanted(
                EvidenceItem,
                "pgh_obj_id in (select item_id from evidence_evidenceversion where id = any(%s)) or pgh_obj_id = any(%s)",
                (versions, list(items_said.values())),
            ),
        ],
        at,
    )
    by_id = {one.record.pk: one.record for one in told[0]}
    items = {one.record.pk: one.record for one in told[1]}
    ids = {row.system_version_id for row in by_id.values() if row.system_version_id}
    about = SystemVersion.objects.in_bulk(ids) if ids else {}
    for version in by_id.values():
        version.item = items.get(version.item_id) or EvidenceItem(pk=version.item_id)
        version.system_version = about.get(version.system_version_id)
    moved = [row for row in bindings if row.pk in items_said and (row.version_id not in by_id or by_id[row.version_id].item_id != items_said[row.pk])]  # fmt: skip
    bound_before = versions_bound_before([row.pk for row in moved]) if moved else {}
    for row in bindings:
        version = by_id.get(row.version_id)
        if row in moved:
            wanted = items_said[row.pk]
            last = next((by_id[pk] for pk in bound_before.get(row.pk, ()) if pk in by_id and by_id[pk].item_id == wanted), None)  # fmt: skip
            version = last or version
        row.version = version or EvidenceVersion(pk=row.version_id, item=EvidenceItem())


def versions_bound_before(binding_ids: list[UUID]) -> dict[UUID, list[UUID]]:
    """The versions that bindings ever rested on, the latest first."""
    from aims.trail.past import history_models

    history = history_models()[EvidenceBinding._meta.label_lower].objects
    found: dict[UUID, list[UUID]] = {}
    for binding, version in history.filter(pgh_obj_id__in=binding_ids).order_by("-pgh_id").values_list("pgh_obj_id", "version_id"):  # fmt: skip
        found.setdefault(binding, []).append(version)
    return found


def bring_people(found: Iterable[Rows]) -> None:
    """Give claims their owners."""
    rows = [row for one in found for row in one.elements if row.owner_id is not None]
    people = Member.objects.in_bulk({row.owner_id for row in rows}) if rows else {}
    for row in rows:
        row.owner = people.get(row.owner_id)


def conditions_said(baseline: Baseline, rows: Iterable[DegradationCondition]) -> list[DegradationCondition]:
    """The conditions of a document with where each stands. One that the revision has retired is watched by nobody: it stays as
    armed as it was, and its silence becomes a doubt in due time."""
    from cases.documents import FIELDS, Part

    known = {str(row.pk): row for row in rows}
    found = []
    for said in baseline.document[Part.CONDITIONS.value]:
        row = known.get(said["gid"])
        if row is None:
            continue
        milder = row.effect if row.is_in_effect else None
        say(row, DegradationCondition, FIELDS[Part.CONDITIONS], said)
        if milder is not None:
            row.effect = min(row.effect, milder)
        if row.status == DegradationCondition.Status.RETIRED:
            row.status = DegradationCondition.Status.ARMED
        found.append(row)
    return found
