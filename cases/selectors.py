"""What the pages of a case show, read at now."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, IntegerField, OuterRef, Value, When
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from aims.pages.finding import search
from cases.actions.checks import message_of, remedy_of
from cases.actions.conditions import CARRIES
from cases.argument import CITING
from cases.causes import MOST_SHOWN, stored_causes, with_words
from cases.cells import words_of
from cases.challenge_listing import severity_badge
from cases.challenge_listing import state_badge as challenge_badge
from cases.challenges import is_undecided
from cases.checking import problems_in
from cases.citations import CitedNow, cited_in
from cases.condition_listing import state_badge as condition_badge
from cases.differences import Kind as Change
from cases.drawing import Figure, Theme, Wording, draw
from cases.evaluation import Assessment, assess_draft, show_as_of
from cases.facts import Finding
from cases.listing import standing_badge
from cases.loading import LoadedCase, evidence_fact, level, name_of_version
from cases.measuring import Judged, metric_fact
from cases.metric_listing import asks, number_text, state_badge
from cases.models import (
    ArgumentModule,
    AssuranceCase,
    Challenge,
    ClaimMetric,
    DegradationCondition,
    Element,
    EvidenceBinding,
    Link,
    MetricReading,
    Signal,
    Smell,
    StandingLevel,
)
from cases.outline import CLAIMS, CONTEXTS, PREMISES, SUPPORTS, Level, Problem
from cases.past import is_revised
from cases.reviews import lapse_of
from cases.scale import Standing
from cases.tiers import tiers_subquery
from evidence.models import EvidenceItem, EvidenceVersion

# Above this an outline is shown in parts: a page with thousands of lines helps nobody.
WHOLE_OUTLINE: Final = 250
DEPTH_OF_PART: Final = 3
MOST_PROBLEMS: Final = 8


MOST_SIGNALS: Final = 10


def find_case(number: int) -> AssuranceCase:
    """The case with what its pages show, its open signals, smells and modules too; AssuranceCase.DoesNotExist when there is none."""
    signals = Signal.objects.open().filter(case=OuterRef("pk")).order_by("due_on", "number")[:MOST_SIGNALS]
    shown = JSONObject(number="number", sentence="sentence", due_on="due_on")
    modules = ArgumentModule.objects.filter(case=OuterRef("pk")).order_by("-is_default", "created_at", "id")
    named = JSONObject(key="key", title="title", is_contract="is_contract", is_default="is_default")
    # Unanswered ones first; each case has at most one of a kind.
    smells = Smell.objects.filter(case=OuterRef("pk")).exclude(status=Smell.Status.GONE).order_by("-status", "number")
    smelled = JSONObject(number="number", kind="kind", status="status", answer="answer")
    found = AssuranceCase.objects.select_related("system__current_version", "accountable_owner")
    case: AssuranceCase = found.annotate(
        shown_smells=ArraySubquery(smells.values(one=smelled)),
        shown_signals=ArraySubquery(signals.values(one=shown)),
        shown_modules=ArraySubquery(modules.values(one=named)),
        shown_tiers=tiers_subquery(),
    ).get(number=number)
    return case


def open_signals_of(case: Any) -> list[Signal]:
    """The most urgent open signals of a case that `find_case` found, without asking again."""
    return [
        Signal(number=one["number"], sentence=one["sentence"], due_on=date.fromisoformat(one["due_on"]))
        for one in case.shown_signals
    ]


def find_signal(number: int) -> Signal:
    found = Signal.objects.select_related("case__system__current_version", "element__module", "owner", "closed_by")
    signal: Signal = found.get(number=number)
    return signal


@dataclass(slots=True)
class Line:
    """One line of the outline. `closing` counts the lists that end after it."""

    element: Element
    standing: StandingLevel
    depth: int
    link: Link | None = None
    above: Link | None = None
    """The link to the line that it stands below."""
    is_suspect: bool = False
    has_below: bool = False
    is_repeat: bool = False
    is_doubted: bool = False
    """A challenge about it, or about a step from it, waits for a decision."""
    more_below: int = 0
    closing: int = 0

    @property
    def badge(self) -> Any:
        return standing_badge(self.standing)

    parent_address: str = ""

    @property
    def closings(self) -> range:
        return range(self.closing)


@dataclass(slots=True)
class Bound:
    """A binding with what it comes to now."""

    binding: EvidenceBinding
    finding: Finding
    newer: bool

    @property
    def name(self) -> str:
        return name_of_version(self.binding.version)

    @property
    def badge(self) -> Any:
        return standing_badge(level(self.finding.standing))


@dataclass(slots=True)
class Measured:
    """A metric of a claim with what it comes to now."""

    judged: Judged

    @property
    def metric(self) -> ClaimMetric:
        return self.judged.metric

    @property
    def badge(self) -> Any:
        return state_badge(self.judged.finding)

    @property
    def asks(self) -> str:
        return asks(self.metric)

    @property
    def deciding(self) -> MetricReading | None:
        return self.judged.deciding

    @property
    def value(self) -> str:
        return number_text(self.deciding.value) if self.deciding else ""

    @property
    def group(self) -> str:
        return words_of(self.deciding.cell) if self.deciding else ""


@dataclass(slots=True)
class Watching:
    """A degradation condition with where it stands now."""

    condition: DegradationCondition

    @property
    def badge(self) -> Any:
        return condition_badge(self.condition)


@dataclass(slots=True)
class Doubted:
    """A challenge about an element or a step from it, with where it stands now."""

    challenge: Challenge
    step: str = ""

    @property
    def badge(self) -> Any:
        return challenge_badge(self.challenge)

    @property
    def severity(self) -> Any:
        return severity_badge(self.challenge)


@dataclass(slots=True)
class Selected:
    """One element with all that is known about it."""

    element: Element
    standing: StandingLevel
    causes: list[dict[str, Any]]
    bound: list[Bound]
    metrics: list[Measured]
    watched: list[Watching]
    doubts: list[Doubted]
    above: list[tuple[Element, Link]]
    below: list[tuple[Element, Link]]
    problems: list["Said"]
    affects: int
    cited: CitedNow | None = None
    suspect: frozenset[UUID] = frozenset()

    @property
    def badge(self) -> Any:
        return standing_badge(self.standing)

    @property
    def kinds_below(self) -> list[tuple[str, str]]:
        """What can be added below it, with its name."""
        own = [
            kind for kind in Element.Kind.values if kind in SUPPORTS.get(self.element.kind, ()) or self.is_host_of(kind)
        ]
        return [(kind, str(Element.Kind(kind).label)) for kind in own if self.carries and kind not in CITING]

    def is_host_of(self, kind: str) -> bool:
        """Whether it can stand in the context of such an element."""
        return self.element.kind in CLAIMS and kind in CONTEXTS

    @property
    def kinds_cited_below(self) -> list[tuple[str, str]]:
        """What can be cited below it, with its name."""
        kinds = SUPPORTS.get(self.element.kind, frozenset()) | (
            CONTEXTS if self.element.kind in CLAIMS else frozenset()
        )
        cited = [kind for kind in Element.Kind.values if kind in CITING and kind in kinds]
        return [(kind, str(Element.Kind(kind).label)) for kind in cited if self.carries]

    @property
    def carries(self) -> bool:
        is_away = self.element.kind == Element.Kind.AWAY_GOAL
        return self.element.kind in CLAIMS or (is_away and self.element.module.is_contract)

    @property
    def can_be_watched(self) -> bool:
        """Whether a degradation condition can be set on it."""
        return self.element.kind in CARRIES

    @property
    def is_counter(self) -> bool:
        """Whether it argues a challenge, and is changed there."""
        return self.element.role == Element.Role.COUNTER

    @property
    def takes_evidence(self) -> bool:
        return self.element.kind == Element.Kind.SOLUTION or self.element.kind in PREMISES


@dataclass(frozen=True, slots=True)
class Said:
    """A broken rule in words."""

    rule: str
    level: str
    key: str
    message: str
    remedy: str


@dataclass(slots=True)
class CasePage:
    """Everything on the page of a case."""

    assessment: Assessment
    outline: list[Line]
    causes: list[dict[str, Any]]
    causes_left_out: int
    problems: list[Problem]
    selected: Selected | None
    top: Element | None
    figure: Figure | None
    figure_count: int
    signals: list[Signal] = field(default_factory=list)
    draft: Any = None
    """How the revision would stand that is open beside what is in force, as a badge."""
    modules: list[dict[str, Any]] = field(default_factory=list)
    """Key, title, is_contract and is_default of each, as they were read with the case."""

    @property
    def to_adopt(self) -> int:
        """How many elements still say what a template says."""
        return sum(row.is_template_text for row in self.assessment.loaded.elements.values())

    @property
    def to_review(self) -> int:
        """How many links await a review."""
        return len(self.assessment.loaded.suspect_links)

    @property
    def first_problems(self) -> list[Said]:
        """The first of them in words; there may be thousands."""
        return [said(problem) for problem in self.problems[:MOST_PROBLEMS]]

    @property
    def problem_counts(self) -> list[tuple[str, int]]:
        """How many rules are broken, by what they stop."""
        counts = Counter(problem.level for problem in self.problems)
        words = ((Level.BLOCKS, _("block saving")), (Level.SUBMISSION, _("needed before submission")),
                 (Level.WARNS, _("worth a look")))  # fmt: skip
        return [(label, counts[level]) for level, label in words if counts[level]]

    @property
    def case(self) -> AssuranceCase:
        return self.assessment.case

    @property
    def standing(self) -> StandingLevel:
        """Of what is in force."""
        return StandingLevel(self.case.standing) if self.draft else self.assessment.standing

    @property
    def badge(self) -> Any:
        return standing_badge(self.standing)

    @property
    def next_transition_at(self) -> datetime | None:
        return self.assessment.next_transition_at

    @property
    def watched(self) -> list[Watching]:
        """The conditions of the case as a whole."""
        return [Watching(condition) for condition in self.assessment.loaded.conditions.get(None, [])]

    @property
    def condition_count(self) -> int:
        return sum(len(conditions) for conditions in self.assessment.loaded.conditions.values())

    @property
    def element_count(self) -> int:
        return len(self.assessment.loaded.elements)


def case_page(case: AssuranceCase, *, element: str = "", top: str = "") -> CasePage:
    """The case now; `element` and `top` are keys from the address, an unknown one is passed over."""
    assessment = assess_draft(case)
    is_draft = is_revised(case)
    if is_draft:
        show_as_of([case], assessment.evaluation.at)
    loaded = assessment.loaded
    problems = problems_in(loaded)
    causes, left_out = case.standing_causes, 0
    if not is_draft:
        found = assessment.causes()
        causes, left_out = stored_causes(assessment.evaluation, found, most=MOST_SHOWN), max(0, len(found) - MOST_SHOWN)
    chosen, start = loaded.by_key(element), loaded.by_key(top)
    figures = figures_of(assessment, only=())
    wanted = chosen or start
    figure = next((one for one in figures if wanted and wanted.pk in one.elements), figures[0] if figures else None)
    return CasePage(
        assessment=assessment,
        outline=outline_of(assessment, start),
        causes=with_words(causes),
        causes_left_out=left_out,
        problems=problems,
        draft=standing_badge(assessment.argued) if is_draft else None,
        selected=selected_of(assessment, chosen, problems) if chosen else None,
        top=start,
        figure=figure,
        figure_count=len(figures),
        signals=open_signals_of(case),
        modules=case.shown_modules,  # type: ignore[attr-defined]
    )


def said(problem: Problem) -> Said:
    return Said(problem.rule, str(problem.level), problem.key, message_of(problem), remedy_of(problem))


def outline_of(assessment: Assessment, start: Element | None) -> list[Line]:
    """The argument as nested lines: claims first on top, contexts before supports; an element met again is only named."""
    loaded = assessment.loaded
    below = children_of(loaded)
    held = {child.pk for children in below.values() for child, _link in children}
    tops = [start] if start else [row for row in loaded.elements.values() if row.pk not in held]
    limit = 10_000 if len(loaded.elements) <= WHOLE_OUTLINE else depth_shown(below, [row.pk for row in tops])
    lines: list[Line] = []
    seen: set[UUID] = set()
    suspect = loaded.suspect_links
    for challenge in loaded.challenges:
        challenge.lapsed_at = lapse_of(challenge, assessment)
    at = assessment.evaluation.at
    doubted = {challenge.target_id for challenge in loaded.challenges if is_undecided(challenge, at)}
    waiting: list[tuple[Element, int, Link | None, Link | None]] = [(row, 0, None, None) for row in reversed(tops)]
    while waiting:
        row, depth, link, above = waiting.pop()
        children = below.get(row.pk, [])
        line = Line(row, assessment.standing_of(row), depth, link, above)
        line.is_repeat = row.pk in seen and bool(children)
        line.is_doubted = row.pk in doubted
        line.is_suspect = link is not None and link.pk in suspect
        line.parent_address = loaded.elements[link.source_id].address if link is not None else ""
        lines.append(line)
        if row.pk in seen or not children:
            continue
        seen.add(row.pk)
        if depth >= limit:
            line.more_below = len(children)
            continue
        line.has_below = True
        waiting += [(child, depth + 1, lower, link) for child, lower in reversed(children)]
    for line, following in zip(lines, [*lines[1:], None], strict=False):
        after = following.depth if following else 0
        line.closing = max(0, line.depth - after) if not line.has_below else 0
    return lines


def depth_shown(below: dict[UUID, list[tuple[Element, Link]]], tops: list[UUID]) -> int:
    """How deep the part of a big outline goes: as deep as its lines stay few, and one step at least."""
    seen, level_ = set(tops), list(tops)
    for depth in range(DEPTH_OF_PART + 1):
        level_ = [child.pk for pk in level_ for child, _link in below.get(pk, ()) if child.pk not in seen]
        seen.update(level_)
        if len(seen) > WHOLE_OUTLINE or not level_:
            return max(depth, 1)
    return DEPTH_OF_PART


def children_of(loaded: LoadedCase) -> dict[UUID, list[tuple[Element, Link]]]:
    """What hangs below each element: premises first, then supports in author order."""
    below: dict[UUID, list[tuple[Element, Link]]] = {}
    for link in sorted(loaded.links, key=lambda link: link.kind != Link.Kind.IN_CONTEXT_OF):
        if link.source_id in loaded.elements and link.target_id in loaded.elements:
            below.setdefault(link.source_id, []).append((loaded.elements[link.target_id], link))
    return below


def selected_of(assessment: Assessment, row: Element, problems: list[Problem]) -> Selected:
    loaded, evaluation = assessment.loaded, assessment.evaluation
    return Selected(
        element=row,
        standing=assessment.standing_of(row),
        causes=with_words(stored_causes(evaluation, evaluation.causes(row.pk))),
        bound=[bound_of(loaded, binding, evaluation.at) for binding in loaded.bindings.get(row.pk, [])],
        metrics=[measured_of(loaded, metric, evaluation.at) for metric in loaded.metrics.get(row.pk, [])],
        watched=[Watching(condition) for condition in loaded.conditions.get(row.pk, [])],
        doubts=doubts_about(assessment, row),
        above=[(loaded.elements[link.source_id], link) for link in loaded.links if link.target_id == row.pk],
        below=[(loaded.elements[link.target_id], link) for link in loaded.links if link.source_id == row.pk],
        problems=[said(problem) for problem in problems if problem.key == row.address],
        affects=len(evaluation.affected_by(row.pk)),
        cited=cited_in(loaded, row),
        suspect=frozenset(loaded.suspect_links),
    )


def doubts_about(assessment: Assessment, row: Element) -> list[Doubted]:
    """The challenges about an element, about the steps from it, and about the steps to it."""
    elements = assessment.loaded.elements
    found = []
    for challenge in assessment.loaded.challenges:
        if row.pk in (challenge.target_id, challenge.step_to_id):
            lower = elements[challenge.step_to_id] if challenge.step_to_id else None
            step = f"{elements[challenge.target_id].address} → {lower.address}" if lower else ""
            found.append(Doubted(challenge, step))
    return found


def bound_of(loaded: LoadedCase, binding: EvidenceBinding, at: datetime) -> Bound:
    item = binding.version.item
    newer = item.superseded_by_id is not None or item.current_id not in (None, binding.version_id)
    return Bound(binding, evidence_fact(binding, loaded.deployed).finding(at), newer)


def measured_of(loaded: LoadedCase, metric: ClaimMetric, at: datetime) -> Measured:
    readings = loaded.readings.get(metric.pk, [])
    return Measured(Judged(metric, metric_fact(metric, readings), readings, at))


# --- Drawing ---


def wording() -> Wording:
    """The words of a drawing in the reader's language."""
    return Wording(
        standings={Standing(int(one)): str(one.label) for one in StandingLevel},
        changes={
            Change.ADDED: _("Added"),
            Change.REMOVED: _("Removed"),
            Change.CHANGED: _("Changed"),
            Change.MOVED: _("Moved"),
        },
        figure=_("Figure %(number)s"),
        continued=_("Figure %(number)s: %(element)s"),
        any_of=_("any one is enough"),
        at_least=_("at least %(needed)s of %(given)s"),
        unreviewed=_("Not reviewed since an end of this link changed"),
        cites=_("cited"),
        public=_("public"),
        undeveloped=_("undeveloped"),
        uninstantiated=_("uninstantiated"),
        by_contract=_("supported by contract"),
        hidden=_("+ %(number)s below"),
        template=_("template text"),
    )


def figures_of(
    assessment: Assessment,
    theme: Theme = Theme.LIGHT,
    *,
    collapsed: Collection[UUID] = (),
    cause: int = 1,
    only: Collection[str] | None = None,
) -> list[Figure]:
    """The argument as figures, with the way to a cause emphasised: the gravest is the first, 0 is none. With `only`, the
    others come without their SVG."""
    causes = assessment.causes()
    return draw(
        assessment.loaded.argument,
        assessment.evaluation.standings(),
        title=assessment.case.title,
        theme=theme,
        wording=wording(),
        emphasised=causes[cause - 1].path if 0 < cause <= len(causes) else (),
        collapsed=collapsed,
        only=only,
    )


# --- Evidence to bind ---

MOST_OFFERED: Final = 25


def evidence_to_bind(case: AssuranceCase, element: Element, text: str) -> list[EvidenceVersion]:
    """Usable current versions that the search finds, those about the system first."""
    usable = EvidenceItem.objects.active().filter(current__isnull=False)
    items = search(usable, ("title", "description"), text, number_field="number")
    own = Case(When(system_id=case.system_id, then=Value(0)), default=Value(1), output_field=IntegerField())
    bound = EvidenceBinding.objects.filter(element=element).values("version_id")
    found = items.exclude(current_id__in=bound).exclude(current__review__in=["rejected", "withdrawn"])
    versions = []
    for item in found.select_related("current").order_by(own, "-number")[:MOST_OFFERED]:
        item.current.item = item
        versions.append(item.current)
    return versions
