"""A case as all the rules of well-formedness look at it: its argument, its metrics, its evidence, its owner and dates."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from cases.actions.checks import outline_of
from cases.detectors import Detector
from cases.facts import ReviewState
from cases.loading import LoadedCase, evidence_fact, name_of_version, review_state_of
from cases.measuring import Judged, metric_fact
from cases.models import AssuranceCase, Challenge, ClaimMetric, DegradationCondition, EvidenceBinding, StandingLevel
from cases.outline import About, Doubt, Evidence, Metric, Problem, Watch
from cases.scale import Reason
from cases.tiers import policy_of
from cases.wellformed import problems_of
from evidence.environment import speaks_for
from evidence.models import EvidenceFile
from evidence.validity import MEASURED, SERIES, VALIDITY, longest_for


def problems_in(loaded: LoadedCase, *, at: datetime | None = None) -> list[Problem]:
    """All rules that the case breaks as it stands: those that block first, then by element in author order."""
    at = at or timezone.now()
    nodes, edges = outline_of(loaded)
    kept = versions_with_files(loaded)
    for place, element_id in enumerate(loaded.elements):
        bindings, metrics = loaded.bindings.get(element_id, []), loaded.metrics.get(element_id, [])
        if bindings or metrics:
            nodes[place] = replace(
                nodes[place],
                evidence=tuple(evidence_of(loaded, one, at, kept) for one in bindings),
                metrics=tuple(metric_of(loaded, one, at) for one in metrics),
            )
    return problems_of(nodes, edges, replace(about(loaded.case), watches=watches_of(loaded), doubts=doubts_of(loaded)))


def doubts_of(loaded: LoadedCase) -> tuple[Doubt, ...]:
    """The challenges as the rules look at them."""
    return tuple(
        Doubt(
            key=loaded.elements[row.target_id].address,
            number=row.number,
            attack=row.attack,
            state=row.status,
            is_step=row.step_to_id is not None,
            is_argued=is_argued(loaded, row),
        )
        for row in loaded.challenges
    )


def is_argued(loaded: LoadedCase, row: Challenge) -> bool:
    """Whether evidence carries the counter-element of a challenge, directly or below it."""
    below: dict[UUID, list[UUID]] = {}
    for link in loaded.links:
        below.setdefault(link.source_id, []).append(link.target_id)
    waiting, seen = [row.counter_element_id], set()
    while waiting:
        element = waiting.pop()
        if element is None or element in seen:
            continue
        if loaded.bindings.get(element):
            return True
        seen.add(element)
        waiting += below.get(element, [])
    return False


def watches_of(loaded: LoadedCase) -> tuple[Watch, ...]:
    """The conditions of the case and of its elements, and what was declared not to apply."""
    rows = [(element, row) for element, found in loaded.conditions.items() for row in found]
    watched = [watch_of(loaded.elements[element].address if element else "", row) for element, row in rows]
    ruled_out = [Watch(number=row.number, change=row.type, is_ruled_out=True) for row in loaded.ruled_out]
    return tuple(sorted([*watched, *ruled_out], key=lambda watch: watch.number))


def watch_of(key: str, row: DegradationCondition) -> Watch:
    return Watch(
        key=key,
        number=row.number,
        change=row.type,
        is_time=row.type == DegradationCondition.Type.TIME_ELAPSED or row.detector == Detector.CALENDAR,
        is_answered=bool(row.actions and row.responder_id and row.respond_within_hours),
        has_reported=row.last_evaluated_at is not None,
    )


def about(case: AssuranceCase) -> About:
    owner = case.accountable_owner
    return About(
        tier=case.system.tier or "",
        policy=policy_of(case),
        system=case.system.name,
        today=timezone.localdate(),
        review_by=case.review_by,
        has_owner=owner.is_active and not owner.is_read_only,
    )


def versions_with_files(loaded: LoadedCase) -> set[UUID]:
    """Those of the versions that name an address of which a copy is kept; asked only where one names an address."""
    addressed = [one.version_id for bindings in loaded.bindings.values() for one in bindings if one.version.uri]
    if not addressed:
        return set()
    return set(EvidenceFile.objects.filter(version_id__in=addressed).values_list("version_id", flat=True))


def evidence_of(loaded: LoadedCase, binding: EvidenceBinding, at: datetime, kept: set[UUID]) -> Evidence:
    version, fact = binding.version, evidence_fact(binding, loaded.deployed)
    longest = longest_for(version.item.kind, loaded.case.system.tier or "").days
    other = fact.system_version is not None and fact.deployed_version not in (None, fact.system_version)
    accepted = review_state_of(version) is ReviewState.ACCEPTED
    return Evidence(
        item=version.item_id,
        name=name_of_version(version),
        kind=version.item.kind,
        is_accepted=accepted,
        is_accepted_by_submitter=accepted and version.reviewed_by_id is not None
        and version.reviewed_by_id == version.submitted_by_id,
        is_collected_later=version.collected_at > at,
        is_validity_positive=version.valid_for_days is None or version.valid_for_days > 0,
        is_validity_too_long=longest is not None and version.valid_for_days is not None and version.valid_for_days > longest,
        is_expired=version.valid_until is not None and version.valid_until < at,
        is_page_without_hash=bool(version.uri) and version.pk not in kept,
        is_from_weaker_environment=not speaks_for(version.environment, binding.environment_required),
        is_of_other_version=other,
        is_mismatch_reasoned=binding.version_policy == StandingLevel.HOLDS and bool(binding.relevance.strip()),
        environment=version.environment,
        age_days=(at - version.collected_at).days if VALIDITY[version.item.kind].group in (MEASURED, SERIES) else None,
        is_series=VALIDITY[version.item.kind].group == SERIES,
    )  # fmt: skip


def metric_of(loaded: LoadedCase, metric: ClaimMetric, at: datetime) -> Metric:
    readings = loaded.readings.get(metric.pk, [])
    groups = Judged(metric, metric_fact(metric, readings), readings, at).groups()
    return Metric(
        name=metric.indicator.name,
        comparator=metric.comparator,
        threshold=metric.threshold,
        threshold_high=metric.threshold_high,
        unit=metric.unit,
        min_n=metric.min_n,
        has_dimensions=bool(metric.dimensions),
        environment=metric.environment_required,
        groups_without_reading=tuple(
            words for words, finding, _one in groups if finding.reason is Reason.METRIC_MISSING
        ),
    )
