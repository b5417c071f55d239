"""Reads arguments and what is known about them from the database, in a fixed number of queries for any number of cases."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from cases import argument as shape
from cases import facts as known
from cases.challenges import challenge_fact, challenges_of
from cases.citing import load_citations, name_of_cited, standings_of
from cases.conditions import condition_fact, conditions_of
from cases.measuring import metric_fact, newest_readings
from cases.models import (
    ArgumentModule,
    AssuranceCase,
    Baseline,
    Challenge,
    ClaimMetric,
    DegradationCondition,
    Element,
    EvidenceBinding,
    Link,
    MetricReading,
    SignOff,
    StandingLevel,
)
from cases.past import Rows, conditions_said, is_revised, rows_of
from cases.reviewing import content_hash, hash_of_ends
from cases.scale import Standing
from cases.signing import load_sign_offs
from evidence.environment import Environment
from evidence.models import EvidenceItem, EvidenceVersion
from inventory.models import AISystem

LINK_KINDS: Final = {
    Link.Kind.SUPPORTED_BY: shape.LinkKind.SUPPORTED_BY,
    Link.Kind.IN_CONTEXT_OF: shape.LinkKind.IN_CONTEXT_OF,
}


class VersionOfSystem(NamedTuple):
    """A system version as a fact compares it and as a sentence names it."""

    id: UUID
    label: str

    def __str__(self) -> str:
        return self.label


@dataclass(slots=True)
class LoadedCase:
    """A case with its rows in author order, and the argument and facts made of them."""

    case: AssuranceCase
    as_of: datetime | None = None
    """The instant of the past whose knowledge this is; None: what is known now."""
    baseline: Baseline | None = None
    """What it was read from, where that is not the working argument."""
    modules: list[ArgumentModule] = field(default_factory=list)
    """Where they came with the rows."""
    elements: dict[Any, Element] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    bindings: dict[UUID, list[EvidenceBinding]] = field(default_factory=dict)
    metrics: dict[UUID, list[ClaimMetric]] = field(default_factory=dict)
    readings: dict[UUID, list[MetricReading]] = field(default_factory=dict)
    # By element; those of the case as a whole under None.
    conditions: dict[UUID | None, list[DegradationCondition]] = field(default_factory=dict)
    ruled_out: list[DegradationCondition] = field(default_factory=list)
    """Kinds of change that are declared not to apply; no facts."""
    challenges: list[Challenge] = field(default_factory=list)
    """Those about elements in use, withdrawn ones left out."""
    sign_offs: list[SignOff] = field(default_factory=list)
    """The newest of each baseline, where the case is in force."""
    deployed: VersionOfSystem | None = None
    cited: dict[UUID, Element] = field(default_factory=dict)
    """Elements of other cases that are cited here."""
    standings_of_cited: dict[Any, Standing | None] = field(default_factory=dict)
    argument: shape.Argument = field(init=False)
    facts: known.Facts = field(init=False)
    tops: set[Any] = field(init=False, default_factory=set)

    def build(self) -> "LoadedCase":
        """Turn the rows into the pure argument and its facts."""
        self.drop_idle_counters()
        carriers = self.contracts()
        hashes = {element_id: self.hash_of(row) for element_id, row in self.elements.items()} if self.links else {}
        elements = [
            pure_element(row, module=self.place_of_cited(row), **self.citations_of(row, carriers))
            for row in self.elements.values()
        ]
        links = [pure_link(row, hashes) for row in self.links]
        links += [
            shape.Link(row.counter_element_id, row.target_id, shape.LinkKind.CHALLENGES)
            for row in self.challenges
            if row.counter_element_id in self.elements
        ]
        doubts = self.doubts()
        try:
            self.argument = shape.Argument(elements, links, answers_among(doubts))
        except shape.CycleFound:
            if not answers_among(doubts):
                raise
            # An answer of the past can rest on what the argument says today: then it answers nothing.
            doubts = [(row, replace(fact, response=None)) for row, fact in doubts]
            self.argument = shape.Argument(elements, links)
        self.standings_of_cited = standings_of(self)
        names: dict[Any, str] = {row.pk: name_of_cited(row) for row in self.cited.values()}
        self.facts = known.Facts(self.standings_of_cited, names)
        self.tops = {root.id for root in self.argument.roots}
        for element_id, row in self.elements.items():
            about = self.facts_about(row)
            if about:
                self.facts.add(element_id, *about)
        for challenge, fact in doubts:
            if challenge.step_to_id is None:
                self.facts.add(challenge.target_id, fact)
            else:
                self.facts.add_to_link(challenge.target_id, challenge.step_to_id, fact)
        return self

    def drop_idle_counters(self) -> None:
        """Leave out what argues a challenge that was withdrawn: it rests with the challenge until that is opened again."""
        counters = {pk for pk, row in self.elements.items() if row.role == Element.Role.COUNTER}
        if not counters:
            return
        below: dict[UUID, list[UUID]] = {}
        for link in self.links:
            below.setdefault(link.source_id, []).append(link.target_id)
        waiting = [row.counter_element_id for row in self.challenges if row.counter_element_id in counters]
        while waiting:
            element = waiting.pop()
            if element is not None and element in counters:
                counters.discard(element)
                waiting += below.get(element, [])
        self.elements = {pk: row for pk, row in self.elements.items() if pk not in counters}
        self.links = [link for link in self.links if not {link.source_id, link.target_id} & counters]
        self.bindings = {pk: rows for pk, rows in self.bindings.items() if pk not in counters}

    def doubts(self) -> list[tuple[Challenge, known.ChallengeFact]]:
        """The challenges with their facts; an answer that is not part of the argument any more answers nothing."""
        made = []
        for row in self.challenges:
            step_to = self.elements.get(row.step_to_id) if row.step_to_id else None
            fact = challenge_fact(row, step_to=step_to.address if step_to else "")
            made.append((row, fact if fact.response in self.elements else replace(fact, response=None)))
        return made

    def challenges_on(self, row: Element) -> list[Challenge]:
        """The challenges about an element, and about the steps from it."""
        return [challenge for challenge in self.challenges if challenge.target_id == row.pk]

    def facts_about(self, row: Element) -> list[known.Fact]:
        """What is known about one element: its evidence, its metrics, its conditions, a hold, its review date."""
        about: list[known.Fact] = [evidence_fact(binding, self.deployed) for binding in self.bindings.get(row.pk, ())]
        about += [metric_fact(metric, self.readings.get(metric.pk, ())) for metric in self.metrics.get(row.pk, ())]
        about += [condition_fact(condition) for condition in self.conditions_on(row)]
        if row.held_down_to is not None:
            about.append(
                known.HoldDown(standing=Standing(row.held_down_to), label=row.held_down_reason, since=row.held_down_at)
            )
        if row.review_by is not None and row.kind in shape.PREMISES:
            about.append(known.ReviewBy(by=end_of(row.review_by)))
        return about

    def conditions_on(self, row: Element) -> list[DegradationCondition]:
        """Its own; on a claim on top also those of the case, which stands as its claim on top does."""
        own = self.conditions.get(row.pk, [])
        return [*own, *self.conditions.get(None, ())] if row.pk in self.tops else own

    def by_key(self, key: str) -> Element | None:
        """An element by its address, such as "G1" or "M2:G1"."""
        return next((row for row in self.elements.values() if row.address == key), None)

    @property
    def suspect_links(self) -> set[UUID]:
        """The links that await a review, because an end says something else than when somebody last looked."""
        suspect = {(link.source, link.target) for link in self.argument.links if link.is_suspect}
        return {link.pk for link in self.links if (link.source_id, link.target_id) in suspect}

    def hash_of(self, row: Element) -> str:
        """The hash of what an element says; empty where it repeats what this reader may not see."""
        cited = self.cited_row(row)
        if row.cites_id is not None and cited is None:
            return ""
        return hash_of_element(row, cited)

    def cited_row(self, row: Element) -> Element | None:
        """The element that it cites, here or in another case, as far as this reader may see it."""
        if row.cites_id is None:
            return None
        return self.elements.get(row.cites_id) or self.cited.get(row.cites_id)

    def place_of_cited(self, row: Element) -> str:
        """Where what it cites is argued, as its drawing names it below the line."""
        cited = self.cited_row(row)
        if row.cites_module is not None:
            return f"{row.cites_module.key}: {row.cites_module.title}"
        if cited is None:
            return ""
        if cited.pk in self.elements:
            return f"{cited.module.key}: {cited.module.title}"
        return f"{cited.case.number}: {cited.case.title}"

    def contracts(self) -> dict[UUID, list[UUID]]:
        """The elements of contract modules that carry a goal of another module, by that goal."""
        if not any(row.is_supported_by_contract for row in self.elements.values()):
            return {}
        argued = {link.source_id for link in self.links if link.kind == Link.Kind.SUPPORTED_BY}
        carriers: dict[UUID, list[UUID]] = {}
        for row in self.elements.values():
            goal = self.elements.get(row.cites_id) if row.cites_id else None
            if goal is not None and goal.is_supported_by_contract and row.module.is_contract and row.pk in argued:
                carriers.setdefault(goal.pk, []).append(row.pk)
        return carriers

    def citations_of(self, row: Element, carriers: dict[UUID, list[UUID]]) -> dict[str, Any]:
        """What the pure element cites: a contract turns its citation round and carries the goal that it names."""
        if row.pk in carriers:
            return {"cites_all": tuple(carriers[row.pk])}
        if row.cites_module_id is not None:
            own = [other.pk for other in self.elements.values() if is_public_goal_of(other, row.cites_module_id)]
            others = [other.pk for other in self.cited.values() if is_public_goal_of(other, row.cites_module_id)]
            return {"cites_all": (*own, *others)}
        if row.cites_id is None or row.pk in carriers.get(row.cites_id, ()):
            return {}
        cited = self.elements.get(row.cites_id)
        # An element that is not public is not to be relied on from outside: it is nothing that this could rest on.
        return {"cites": row.cites_id if cited is None or cited.is_public else ("not public", row.cites_id)}


def load_case(case: AssuranceCase) -> LoadedCase:
    """The working argument of one case: eight queries, however big it is and however many readings it has."""
    return load_cases([case])[0]


def load_cases(cases: Sequence[AssuranceCase]) -> list[LoadedCase]:
    """Many working arguments: the same eight queries."""
    loaded = {case.pk: LoadedCase(case) for case in cases}
    rows = {pk: Rows() for pk in loaded}
    case_of: dict[UUID, UUID] = {}
    for row in (
        Element.objects.in_use()
        .filter(case_id__in=loaded)
        .select_related("owner", "module", "cites_module")
        .annotate(is_challenged=Exists(Challenge.objects.filter(target=OuterRef("pk"))))
        .order_by("created_at", "id")
    ):
        rows[row.case_id].elements.append(row)
        case_of[row.pk] = row.case_id
    for link in Link.objects.filter(case_id__in=loaded).order_by("ordinal", "id"):
        rows[link.case_id].links.append(link)
    for binding in bindings_of(loaded):
        if binding.element_id in case_of:
            rows[case_of[binding.element_id]].bindings.append(binding)
    for metric in (
        ClaimMetric.objects.in_use()
        .filter(element__case_id__in=loaded)
        .select_related("indicator")
        .order_by("created_at", "id")
    ):
        rows[case_of[metric.element_id]].metrics.append(metric)
    # Most cases have no doubt open or closed: those are not asked about.
    doubted = {row.case_id for one in rows.values() for row in one.elements if row.is_challenged}  # type: ignore[attr-defined]
    return put_together(loaded, rows, conditions_of(loaded), challenges_of(doubted) if doubted else [])


def load_in_force(cases: Sequence[AssuranceCase], at: datetime | None = None) -> list[LoadedCase]:
    """What counts: the working argument, or the baseline in force while a revision is open; with an instant of the past, what
    counted then, by what was known then. A future instant is asked of what is known now.

    The queries are those of `load_cases`, and about as many again where a revision is open.
    """
    if at is not None and at < timezone.now():
        return load_then([detached(case) for case in cases], at)
    revised = [case for case in cases if is_revised(case)]
    if not revised:
        return load_cases(cases)
    others = [case for case in cases if not is_revised(case)]
    found = {one.case.pk: one for one in [*load_then(revised, None), *(load_cases(others) if others else [])]}
    return [found[case.pk] for case in cases]


def load_baseline(case: AssuranceCase, baseline: Baseline, *, at: datetime | None = None) -> LoadedCase:
    """One baseline of a case with the facts of now, or of an instant of the past, whichever baseline is in force."""
    then = at if at is not None and at < timezone.now() else None
    return load_then([detached(case)], then, {case.pk: baseline}, to_show=True)[0]


def load_then(
    cases: Sequence[AssuranceCase],
    at: datetime | None,
    frozen: Mapping[UUID, Baseline] | None = None,
    *,
    to_show: bool = False,
) -> list[LoadedCase]:
    """Cases from the history of their rows, or from baselines. The cases themselves are put back, too. What is only read
    `to_show` needs neither the owners of claims nor what is stored of them."""
    rows = rows_of(cases, at, frozen, with_people=at is None and not to_show)
    loaded = {case.pk: LoadedCase(case, as_of=at, baseline=rows[case.pk].baseline) for case in cases}
    conditions = conditions_of(loaded, at, with_retired=any(one.baseline for one in rows.values()))
    told: list[DegradationCondition] = []
    for pk, one in rows.items():
        own = [row for row in conditions if row.case_id == pk]
        if one.baseline is not None:
            own = conditions_said(one.baseline, own)
        told += own
    if at is None and not to_show:
        # What is stored, so that what changes can be told from what stays.
        stored = dict(Element.objects.filter(case_id__in=loaded).values_list("pk", "standing"))
        for one in rows.values():
            for row in one.elements:
                row.standing = stored.get(row.pk, row.standing)
    is_doubted = frozen is None or any(getattr(row, "has_challenges", True) for row in frozen.values())
    return put_together(loaded, rows, told, challenges_of(loaded, at) if is_doubted else [])


def load_structure(case: AssuranceCase) -> LoadedCase:
    """What the working argument says, and nothing that is known: enough for its document, not for its standing."""
    loaded = LoadedCase(case)
    rows = rows_of([case], None, {}, with_people=False)[case.pk]
    loaded.modules = rows.modules
    loaded.elements, loaded.links = {row.pk: row for row in rows.elements}, rows.links
    for binding in rows.bindings:
        loaded.bindings.setdefault(binding.element_id, []).append(binding)
    for metric in rows.metrics:
        loaded.metrics.setdefault(metric.element_id, []).append(metric)
    for condition in conditions_of([case.pk]):
        if condition.status == DegradationCondition.Status.NOT_APPLICABLE:
            loaded.ruled_out.append(condition)
        elif condition.element_id is None or condition.element_id in loaded.elements:
            loaded.conditions.setdefault(condition.element_id, []).append(condition)
    return loaded


def detached(case: AssuranceCase) -> AssuranceCase:
    """A copy that can be put back to another time without touching the one that others hold."""
    row = copy(case)
    row._state = copy(case._state)
    row._state.fields_cache = dict(case._state.fields_cache)
    row.system = copy(case.system)
    row.system._state = copy(case.system._state)
    row.system._state.fields_cache = dict(case.system._state.fields_cache)
    return row


def put_together(
    loaded: Mapping[UUID, LoadedCase],
    rows: Mapping[UUID, Rows],
    conditions: Iterable[DegradationCondition],
    challenges: Iterable[Challenge],
) -> list[LoadedCase]:
    """Give each case its rows, and to all of them the readings, what runs, what is cited and who signed."""
    at = next((one.as_of for one in loaded.values()), None)
    case_of: dict[UUID, LoadedCase] = {}
    for pk, own in rows.items():
        one = loaded[pk]
        one.elements = {row.pk: row for row in own.elements}
        one.links = own.links
        for binding in own.bindings:
            one.bindings.setdefault(binding.element_id, []).append(binding)
        for metric in own.metrics:
            one.metrics.setdefault(metric.element_id, []).append(metric)
            case_of[metric.pk] = one
    for reading in newest_readings([metric for own in rows.values() for metric in own.metrics], at):
        case_of[reading.metric_id].readings.setdefault(reading.metric_id, []).append(reading)
    for condition in conditions:
        one = loaded[condition.case_id]
        if condition.status == DegradationCondition.Status.NOT_APPLICABLE:
            one.ruled_out.append(condition)
        elif condition.element_id is None or condition.element_id in one.elements:
            one.conditions.setdefault(condition.element_id, []).append(condition)
    for challenge in challenges:
        elements = loaded[challenge.case_id].elements
        if challenge.target_id in elements and (challenge.step_to_id is None or challenge.step_to_id in elements):
            loaded[challenge.case_id].challenges.append(challenge)
    deployed = deployed_versions([one.case for one in loaded.values()])
    load_citations(loaded.values())
    load_sign_offs(loaded.values(), at)
    for one in loaded.values():
        one.deployed = deployed.get(one.case.system_id)
        one.build()
    return list(loaded.values())


def bindings_of(case_ids: Iterable[UUID]) -> Iterable[EvidenceBinding]:
    """The bindings of cases with the evidence that they rest on."""
    return (
        EvidenceBinding.objects.filter(element__case_id__in=list(case_ids))
        .select_related("version__item", "version__system_version")
        .order_by("created_at", "id")
    )


def deployed_versions(cases: Iterable[AssuranceCase]) -> dict[UUID, VersionOfSystem]:
    """What runs, by system; asks the database only about systems that did not come with their case."""
    found, unknown = {}, set()
    for case in cases:
        if not (AssuranceCase.system.is_cached(case) and AISystem.current_version.is_cached(case.system)):
            unknown.add(case.system_id)
        elif case.system.current_version is not None:
            version = case.system.current_version
            found[case.system_id] = VersionOfSystem(version.pk, version.label)
    if unknown:
        rows = AISystem.objects.filter(pk__in=unknown, current_version__isnull=False)
        for system, current, label in rows.values_list("pk", "current_version_id", "current_version__label"):
            found[system] = VersionOfSystem(current, label)
    return found


def is_public_goal_of(row: Element, module_id: UUID) -> bool:
    return row.module_id == module_id and row.is_public and row.kind == Element.Kind.GOAL


def answers_among(doubts: Iterable[tuple[Challenge, known.ChallengeFact]]) -> list[tuple[UUID, UUID]]:
    """Pairs of challenged element and answering element, which take part in the order of the argument."""
    return [(row.target_id, fact.response) for row, fact in doubts if fact.response is not None]  # type: ignore[misc]


def pure_element(row: Element, **citations: Any) -> shape.Element:
    return shape.Element(
        id=row.pk,
        kind=shape.Kind(row.kind),
        key=row.address,
        statement=row.statement,
        declaration=shape.Declaration(row.declaration),
        combine=shape.Combine(row.combine),
        combine_k=row.combine_k or 1,
        role=shape.Role(row.role),
        is_undeveloped=row.is_undeveloped,
        is_uninstantiated=row.is_uninstantiated,
        is_template_text=row.is_template_text,
        is_public=row.is_public,
        is_supported_by_contract=row.is_supported_by_contract,
        **citations,
    )


def hash_of_element(row: Element, cited: Element | None = None) -> str:
    """What a link was reviewed against, of one of its ends."""
    return content_hash(
        kind=row.kind,
        statement=row.statement,
        declaration=row.declaration,
        combine=row.combine,
        combine_k=row.combine_k,
        cited=cited.statement if cited is not None else "",
    )


def pure_link(row: Link, hashes: dict[Any, str]) -> shape.Link:
    """A link is suspect while an end says something else than when somebody last looked at it."""
    source, target = hashes.get(row.source_id, ""), hashes.get(row.target_id, "")
    looked_at = {row.reviewed_hash, getattr(row, "reviewed_as_frozen", "")}
    is_suspect = bool(source and target) and hash_of_ends(source, target) not in looked_at
    return shape.Link(
        row.source_id, row.target_id, LINK_KINDS[Link.Kind(row.kind)], is_exact=row.is_exact, is_suspect=is_suspect
    )


def evidence_fact(binding: EvidenceBinding, deployed: VersionOfSystem | None) -> known.EvidenceFact:
    """A version of evidence as this element binds it."""
    version: EvidenceVersion = binding.version
    return known.EvidenceFact(
        label=name_of_version(version),
        review_state=review_state_of(version),
        is_intact=version.is_intact,
        valid_until=version.valid_until,
        grace=grace_of(version),
        environment=Environment(version.environment) if version.environment else None,
        environment_required=Environment(binding.environment_required) if binding.environment_required else None,
        environment_policy=Standing(binding.environment_policy),
        system_version=about_version(version),
        deployed_version=deployed,
        version_policy=Standing(binding.version_policy),
    )


def name_of_version(version: EvidenceVersion) -> str:
    return _("“%(title)s” (version %(ordinal)d)") % {"title": version.item.title, "ordinal": version.ordinal}


def review_state_of(version: EvidenceVersion) -> known.ReviewState:
    """Withdrawing or superseding a piece of evidence does so with all its versions."""
    if version.item.status != EvidenceItem.Status.ACTIVE:
        return known.ReviewState(version.item.status)
    return known.ReviewState(version.review)


def grace_of(version: EvidenceVersion) -> timedelta:
    if version.valid_until is None or version.grace_until is None:
        return timedelta(0)
    return max(version.grace_until - version.valid_until, timedelta(0))


def about_version(version: EvidenceVersion) -> VersionOfSystem | None:
    if version.system_version is None:
        return None
    return VersionOfSystem(version.system_version.pk, version.system_version.label)


def end_of(day: date) -> datetime:
    """The last instant of a day, here."""
    return datetime.combine(day, time.max, tzinfo=timezone.get_current_timezone()).astimezone(UTC)


def level(standing: Standing) -> StandingLevel:
    """The pure standing as the models keep it."""
    return StandingLevel(int(standing))
