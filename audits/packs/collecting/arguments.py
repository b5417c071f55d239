"""One assurance case in full: its standing at the pack's moment with the causes, its drawing, its elements, its history."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from audits.packs.scope import PackScope, day, instant, name, status
from cases.argument import Argument
from cases.causes import path_of, sentence_of
from cases.condition_listing import state_badge as condition_badge
from cases.conditions import finding_now
from cases.drawing import Figure, Theme, Wording, draw
from cases.evaluation import Assessment, assess_loaded
from cases.histories import history_of
from cases.loading import LoadedCase, load_in_force
from cases.measuring import Judged as Measured
from cases.measuring import metric_fact
from cases.metric_charts import chart_of
from cases.metric_listing import asks, number_text, state_badge
from cases.models import (
    AssuranceCase,
    Challenge,
    DegradationCondition,
    Element,
    EvidenceBinding,
    Link,
    SignOff,
    Smell,
    StandingLevel,
    StandingTransition,
)
from cases.pictures import evidence_of_case
from cases.reviews import opinions_of
from cases.signing import valid_sign_off
from cases.smells.listing import smell_state
from cases.standing import Evaluation

STANDING_TONES = {4: "good", 3: "warn", 2: "open", 1: "bad", 0: "bad"}
# Elements per figure, most first: each figure is drawn with as many as still leave its text readable on paper.
LIMITS = (30, 20, 14, 10, 7, 5)
WIDTHS = {False: 657, True: 986}  # CSS pixels between the margins of A4 upright and lying
SMALLEST_SCALE = 0.62  # below this, 12 px text prints smaller than 5.6 pt
MOST_HEIGHT = {False: 880, True: 560}
BESIDE_HEIGHT, BESIDE_SCALE = (
    480,
    0.8,
)  # so high, a figure stands below the facts of its case instead of leaving a page empty
MOST_ROUNDS = 12  # of cutting: five for a figure, a few more for what its cuts leave behind
MOST_TRANSITIONS = 30
MOST_CHARTS = 25
MOST_SIGNATURES = 20
# The order is that of the list: what still costs something on top.
CHALLENGE_TONES = {
    Challenge.Status.OPEN: "warn",
    Challenge.Status.SUSTAINED: "bad",
    Challenge.Status.RESIDUAL: "info",
    Challenge.Status.REFUTED: "good",
    Challenge.Status.WITHDRAWN: "neutral",
}


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """A case as it stands at the pack's moment, by the rule that the pages use."""

    assessment: Assessment

    @property
    def loaded(self) -> LoadedCase:
        return self.assessment.loaded

    @property
    def evaluation(self) -> Evaluation | None:
        """None while nothing has been argued."""
        return self.assessment.evaluation if self.assessment.roots else None

    @property
    def case(self) -> AssuranceCase:
        return self.loaded.case

    @property
    def level(self) -> StandingLevel:
        return self.assessment.standing

    def causes(self, most: int = 25) -> list[dict[str, str]]:
        """Why it does not hold, gravest first, in sentences with the way to each cause."""
        if self.evaluation is None:
            return [{"sentence": gettext("Nothing has been argued yet."), "path": ""}]
        stored = self.assessment.stored_causes()
        return [{"sentence": sentence_of(cause), "path": path_of(cause)} for cause in stored[:most]]


def judge_cases(cases: list[AssuranceCase], scope: PackScope) -> list[JudgedCase]:
    """Load and evaluate cases in a fixed number of queries, worst standing first."""
    judged = [JudgedCase(assess_loaded(loaded, at=scope.at)) for loaded in load_in_force(cases)]
    return sorted(judged, key=lambda one: (one.level, one.case.number))


def root_of(loaded: LoadedCase) -> Element | None:
    """The goal on top: the first goal that supports nothing."""
    supporting = {link.target_id for link in loaded.links if link.kind == Link.Kind.SUPPORTED_BY}
    goals = [row for row in loaded.elements.values() if row.kind == Element.Kind.GOAL]
    return next((row for row in goals if row.pk not in supporting), goals[0] if goals else None)


def one_case(scope: PackScope, number: int) -> dict[str, Any]:
    """Everything about one case."""
    case = AssuranceCase.objects.select_related("system", "accountable_owner").get(number=number)
    judged = judge_cases([case], scope)[0]
    return {
        "number": case.number,
        "title": case.title,
        "purpose": case.purpose,
        "scope_text": case.scope_text[:4000],
        "system": {"number": case.system.number, "name": case.system.name, "tier": case.system.tier},
        "status": str(case.get_status_display()),
        "owner": name(case.accountable_owner),
        "review_by": day(case.review_by),
        "standing": standing_status(judged.level),
        "causes": [] if judged.level == StandingLevel.HOLDS else judged.causes(),
        "next_change_at": instant(judged.assessment.next_transition_at),
        "sign_offs": sign_offs_of(case, scope),
        "figures": figures_of(judged),
        "elements": elements_of(judged),
        "metrics": metrics_of(judged),
        "conditions": conditions_of(judged, scope),
        "ruled_out": ruled_out(judged),
        "challenges": challenges_of(case),
        "opinions": opinions_in(judged),
        "smells": smells_of(case),
        "freshness": freshness_in(judged),
        "history": on_paper(history_of(case, scope.at, theme=Theme.PRINT)),
        "transitions": transitions_of(case),
    }


def standing_status(level: int) -> dict[str, str]:
    return status(StandingLevel(level).label, STANDING_TONES[int(level)])


def figures_of(judged: JudgedCase) -> list[dict[str, Any]]:
    """The drawing on paper, cut into figures that can be read."""
    if judged.evaluation is None:
        return []
    argument = judged.loaded.argument
    standings = {element: int(value) for element, value in judged.evaluation.standings().items()}
    figures = draw(
        argument,
        standings,
        title=judged.case.title,
        theme=Theme.PRINT,
        limit=LIMITS[0],
        wording=translated_wording(),
        tighter=limits_on_paper(argument),
    )
    return [placed(figure) for figure in figures]


def limits_on_paper(argument: Argument) -> dict[Any, int]:
    """Fewer elements for the figures that would be too wide to read, and for those only."""
    tighter: dict[Any, int] = {}
    for _round in range(MOST_ROUNDS):
        laid_out = draw(argument, limit=LIMITS[0], only=(), tighter=tighter)
        wide = [figure for figure in laid_out if not is_readable(figure)]
        lower = {one: next_limit(tighter.get(one, LIMITS[0])) for figure in wide for one in figure.elements}
        if all(tighter.get(one, LIMITS[0]) == limit for one, limit in lower.items()):
            break
        tighter |= lower
    return tighter


def is_readable(figure: Figure) -> bool:
    return max(scale_of(figure, lies=True), scale_of(figure, lies=False)) >= SMALLEST_SCALE


def next_limit(limit: int) -> int:
    return next((lower for lower in LIMITS if lower < limit), LIMITS[-1])


def scale_of(figure: Figure, *, lies: bool) -> float:
    """How much smaller a figure is printed to fit between the margins."""
    return min(1.0, WIDTHS[lies] / figure.width, MOST_HEIGHT[lies] / figure.height)


def placed(figure: Figure) -> dict[str, Any]:
    """A figure with its size on paper; it lies on its side when that shows it larger."""
    upright, lying = scale_of(figure, lies=False), scale_of(figure, lies=True)
    lies = upright < 0.8 and lying > upright * 1.15
    scale = lying if lies else min(upright, max(BESIDE_SCALE, BESIDE_HEIGHT / figure.height))
    return {
        "key": figure.key,
        "number": figure.number,
        "title": figure.title,
        "svg": figure.svg,
        "lies": lies,
        "width": round(figure.width * scale),
        "height": round(figure.height * scale),
    }


def metrics_of(judged: JudgedCase) -> list[dict[str, Any]]:
    """What its claims must measure up to, what each group came to, and the readings over time; failing ones first."""
    if judged.evaluation is None:
        return []
    loaded, at = judged.loaded, judged.evaluation.at
    measured = []
    for metrics in loaded.metrics.values():
        for metric in metrics:
            readings = loaded.readings.get(metric.pk, [])
            metric.element = loaded.elements[metric.element_id]
            measured.append(Measured(metric, metric_fact(metric, readings), readings, at))
    measured.sort(key=lambda one: one.finding.standing)
    return [described_metric(one, is_drawn=place < MOST_CHARTS) for place, one in enumerate(measured)]


def conditions_of(judged: JudgedCase, scope: PackScope) -> list[dict[str, Any]]:
    """What would make it stop holding, who watches, and what was seen last; the gravest state first."""
    loaded = judged.loaded
    watched = [
        row for rows in loaded.conditions.values() for row in rows if row.status != DegradationCondition.Status.RETIRED
    ]
    watched.sort(key=lambda row: (finding_now(row, scope.at).standing, row.number))
    return [
        {
            "number": row.number,
            "on": loaded.elements[row.element_id].address if row.element_id else gettext("The whole case"),
            "type": str(row.get_type_display()),
            "statement": row.statement,
            "detector": str(row.get_detector_display()),
            "state": condition_state(row, scope),
            "effect": standing_status(row.effect),
            "looked_at": instant(row.last_evaluated_at),
        }
        for row in watched
    ]


def sign_offs_of(case: AssuranceCase, scope: PackScope) -> list[dict[str, Any]]:
    """Who stood behind it, the newest on top, with the hash of what was signed and whether that still counts."""
    valid = valid_sign_off(case, scope.at)
    rows = SignOff.objects.for_list().filter(case=case, signed_at__lte=scope.at).order_by("-signed_at")
    return [
        {
            "person": name(row.member),
            "role": str(row.get_role_display()),
            "signed_at": instant(row.signed_at),
            "expires_at": instant(row.expires_at),
            "baseline": row.baseline.number,
            "sha256": row.baseline_sha256,
            "state": signed_state(row, is_valid=valid is not None and valid.pk == row.pk),
        }
        for row in rows[:MOST_SIGNATURES]
    ]


def signed_state(row: SignOff, *, is_valid: bool) -> dict[str, str]:
    if is_valid:
        return status(gettext("Valid"), "good")
    return status(str(row.get_lapsed_reason_display()) or gettext("No longer counts"), "warn")


def challenges_of(case: AssuranceCase) -> list[dict[str, Any]]:
    """The doubts that were raised and what became of each, open ones on top."""
    rows = Challenge.objects.filter(case=case).select_related(
        "target__module", "step_to__module", "raised_by", "decided_by", "response_element__module"
    )
    order = list(CHALLENGE_TONES)
    return [
        {
            "number": row.number,
            "on": " → ".join(one.address for one in (row.target, row.step_to) if one is not None),
            "attack": str(row.get_attack_display()),
            "severity": str(row.get_severity_display()),
            "statement": row.statement,
            "raised_by": name(row.raised_by),
            "state": status(str(row.get_status_display()), CHALLENGE_TONES[Challenge.Status(row.status)]),
            "answer": row.response_element.address if row.response_element else "",
            "rationale": row.rationale,
            "decided_by": name(row.decided_by),
            "until": day(row.accepted_until),
            "is_lapsed": row.lapsed_at is not None,
        }
        for row in sorted(rows, key=lambda row: (order.index(Challenge.Status(row.status)), row.number))
    ]


def opinions_in(judged: JudgedCase) -> list[dict[str, str]]:
    """What its challengers make of it as a whole, and whether they saw it as it is now."""
    return [
        {
            "person": name(one.opinion.member),
            "verdict": str(one.opinion.get_verdict_display()),
            "reason": one.opinion.reason,
            "recorded_at": instant(one.opinion.recorded_at),
            "note": "" if one.is_current else gettext("The argument has changed since."),
        }
        for one in opinions_of(judged.case, loaded=judged.loaded)
    ]


def smells_of(case: AssuranceCase) -> list[dict[str, Any]]:
    """What an auditor would look at twice, with the answers that were given."""
    rows = Smell.objects.filter(case=case).exclude(status=Smell.Status.GONE).select_related("answered_by")
    return [
        {
            "what": row.what,
            "count": row.count,
            "state": status(smell_state(row).label, smell_state(row).tone),
            "answer": row.answer if row.status == Smell.Status.ANSWERED else "",
            "answered_by": name(row.answered_by),
        }
        for row in rows.order_by("number")
    ]


def condition_state(row: DegradationCondition, scope: PackScope) -> dict[str, str]:
    badge = condition_badge(row, scope.at)
    return status(badge.label, badge.tone)


def ruled_out(judged: JudgedCase) -> list[dict[str, str]]:
    """The kinds of change that were declared not applicable, with the reason."""
    return [
        {"type": str(row.get_type_display()), "reason": row.not_applicable_reason} for row in judged.loaded.ruled_out
    ]


def on_paper(chart: Any) -> dict[str, Any] | None:
    """A picture with its size between the margins; None where there is nothing to draw."""
    if chart is None:
        return None
    scale = WIDTHS[False] / max(chart.width, WIDTHS[False])
    return {"svg": chart.svg, "width": round(chart.width * scale), "height": round(chart.height * scale)}


def freshness_in(judged: JudgedCase) -> dict[str, Any] | None:
    """Until when the evidence of the case speaks: the picture, and the same in words."""
    if judged.evaluation is None:
        return None
    freshness = evidence_of_case(judged.loaded, judged.evaluation.at)
    if not freshness.rows:
        return None
    rows = [
        {
            "number": one.version.item.number,
            "label": one.row.stretch.label,
            "state": status(one.badge.label, one.badge.tone),
            "collected_at": instant(one.version.collected_at),
            "valid_until": instant(one.version.valid_until),
            "grace_until": instant(one.version.grace_until) if one.version.grace_days else "",
        }
        for one in freshness.rows
    ]
    return {"chart": on_paper(freshness.chart(Theme.PRINT)), "rows": rows}


def described_metric(measured: Measured, *, is_drawn: bool) -> dict[str, Any]:
    metric = measured.metric
    chart = chart_of(measured, Theme.PRINT) if is_drawn else None
    return {
        "number": metric.number,
        "name": metric.indicator.name,
        "claim": metric.element.address,
        "asks": asks(metric),
        "chart": on_paper(chart),
        "groups": [
            {
                "words": words or gettext("All"),
                "state": status(state_badge(finding).label, state_badge(finding).tone),
                "value": number_text(reading.value) if reading else "",
                "n": reading.n if reading else None,
                "measured_at": instant(reading.measured_at) if reading else "",
            }
            for words, finding, reading in measured.groups()
        ],
    }


def translated_wording() -> Wording:
    plain = Wording()
    return Wording(
        standings={standing: gettext(word) for standing, word in plain.standings.items()},
        figure=gettext(plain.figure),
        continued=gettext(plain.continued),
        any_of=gettext(plain.any_of),
        at_least=gettext(plain.at_least),
        unreviewed=gettext(plain.unreviewed),
        cites=gettext(plain.cites),
        public=gettext(plain.public),
        undeveloped=gettext(plain.undeveloped),
        uninstantiated=gettext(plain.uninstantiated),
        by_contract=gettext(plain.by_contract),
    )


def elements_of(judged: JudgedCase) -> list[dict[str, Any]]:
    """The argument as a list in reading order: a claim, its contexts, then what carries it."""
    loaded, evaluation = judged.loaded, judged.evaluation
    return [
        {
            "key": row.address,
            "kind": str(row.get_kind_display()),
            "depth": depth,
            "statement": row.statement,
            "owner": name(row.owner),
            "standing": standing_status(evaluation[row.pk]) if evaluation else standing_status(2),
            "is_undeveloped": row.is_undeveloped,
            "combine": combination(row),
            "held_down": held_down(row),
            "review_by": day(row.review_by),
            "evidence": [describe_binding(binding) for binding in loaded.bindings.get(row.pk, [])],
        }
        for row, depth in reading_order(loaded)
    ]


def reading_order(loaded: LoadedCase) -> Iterator[tuple[Element, int]]:
    """Depth first from the root, each element once; what hangs nowhere comes last."""
    below: dict[UUID, list[UUID]] = {}
    for kind in (Link.Kind.IN_CONTEXT_OF, Link.Kind.SUPPORTED_BY):
        for link in loaded.links:
            if link.kind == kind:
                below.setdefault(link.source_id, []).append(link.target_id)
    seen: set[UUID] = set()
    root = root_of(loaded)
    starts = [root.pk] if root else []
    for start in [*starts, *loaded.elements]:
        stack = [(start, 0)]
        while stack:
            element, depth = stack.pop()
            if element in seen or element not in loaded.elements:
                continue
            seen.add(element)
            yield loaded.elements[element], depth
            stack.extend((child, depth + 1) for child in reversed(below.get(element, [])))


def combination(row: Element) -> str:
    if row.combine == Element.Combine.ALL:
        return ""
    if row.combine == Element.Combine.AT_LEAST:
        return gettext("Needs at least %(count)s of its supports. %(reason)s") % {
            "count": row.combine_k,
            "reason": row.combine_reason,
        }
    return gettext("Needs any one of its supports. %(reason)s") % {"reason": row.combine_reason}


def held_down(row: Element) -> str:
    if row.held_down_to is None:
        return ""
    words = {
        "standing": StandingLevel(row.held_down_to).label,
        "person": name(row.held_down_by),
        "reason": row.held_down_reason,
    }
    return gettext("Held down to %(standing)s by %(person)s: %(reason)s") % words


def describe_binding(binding: EvidenceBinding) -> dict[str, Any]:
    item = binding.version.item
    return {
        "number": item.number,
        "title": item.title,
        "version": binding.version.ordinal,
        "locator": binding.locator,
        "relevance": binding.relevance,
        "valid_until": instant(binding.version.valid_until),
    }


def transitions_of(case: AssuranceCase) -> list[dict[str, Any]]:
    """How its standing changed, newest first."""
    found = StandingTransition.objects.filter(case=case, element=None).order_by("-recorded_at", "-id")
    return [
        {
            "at": instant(each.as_of),
            "before": standing_status(each.before),
            "after": standing_status(each.after),
            "cause": sentence_of(each.causes[0]) if each.causes else "",
        }
        for each in found[:MOST_TRANSITIONS]
    ]
