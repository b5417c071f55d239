"""Saying what a claim must measure up to: indicators of the catalogue, and metrics of claims."""

import math
import re
from collections.abc import Sequence
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from cases.actions.checks import element_of, open_case
from cases.cells import LONGEST_CELL, MOST_CELLS, Dimension, cells_of
from cases.evaluation import Happening, reevaluate
from cases.events import IndicatorEvent, MetricEvent
from cases.models import AssuranceCase, ClaimMetric, Element, Indicator

KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}\Z")
MOST_DIMENSIONS: Final = 5
LONGEST_DAYS: Final = 3650
TWO_ENDED: Final = (ClaimMetric.Comparator.BETWEEN, ClaimMetric.Comparator.OUTSIDE)


@transaction.atomic
def add_indicator(
    *,
    name: str,
    unit: str,
    actor: Member,
    definition: str = "",
    formula: str = "",
    direction: str = Indicator.Direction.HIGHER,
) -> Indicator:
    """Add something measurable to the catalogue."""
    refuse_second_indicator(name, None)
    indicator = Indicator.objects.create(
        organisation=actor.organisation,
        number=next_number(actor.organisation_id, Indicator),
        name=name,
        unit=unit,
        definition=definition,
        formula=formula,
        direction=direction,
    )
    record(IndicatorEvent.ADDED, indicator, actor=actor, unit=unit)
    return indicator


@transaction.atomic
def edit_indicator(
    indicator: Indicator,
    *,
    revision: int | None,
    name: str,
    unit: str,
    definition: str,
    formula: str,
    direction: str,
    actor: Member,
) -> Indicator:
    """Change what the catalogue says; metrics keep the unit in which their threshold was set."""
    row = locked(indicator, revision=revision)
    refuse_second_indicator(name, row)
    told = save_changes(row, name=name, unit=unit, definition=definition, formula=formula, direction=direction)
    if told:
        record(IndicatorEvent.EDITED, row, actor=actor, **told)
    return row


def refuse_second_indicator(name: str, indicator: Indicator | None) -> None:
    other = Indicator.objects.filter(name=name).first()
    if other is not None and other != indicator:
        raise RuleBroken(
            _("Indicator %(number)d is called “%(name)s” already. Use that one, or choose another name.")
            % {"number": other.number, "name": name},
            field="name",
        )


class Asked(TypedDict, total=False):
    """What a metric asks for beside its comparator and threshold."""

    key: str
    unit: str
    threshold_high: float | None
    guard_band: float
    dimensions: Sequence[Dimension]
    is_crossed: bool
    dimension_rule: str
    dimension_reason: str
    window_days: int | None
    min_n: int | None
    confidence_level: float | None
    decision_rule: str
    environment_required: str
    max_age_days: int | None
    grace_days: int
    is_leading: bool


@transaction.atomic
def define_metric(
    element: Element,
    *,
    indicator: Indicator,
    comparator: str,
    threshold: float,
    actor: Member,
    **asked: Unpack[Asked],
) -> ClaimMetric:
    """Say what a goal must measure up to. Until a reading that counts arrives, the goal is unsupported."""
    case = open_case(element.case, actor=actor)
    row = element_of(case, element)
    metric, happened = enter_metric(
        case, row, indicator=indicator, comparator=comparator, threshold=threshold, actor=actor, **asked
    )
    reevaluate(case, actor=actor, happenings=happened)
    return metric


def enter_metric(
    case: AssuranceCase,
    row: Element,
    *,
    indicator: Indicator,
    comparator: str,
    threshold: float,
    actor: Member,
    key: str = "",
    unit: str = "",
    threshold_high: float | None = None,
    guard_band: float = 0.0,
    dimensions: Sequence[Dimension] = (),
    is_crossed: bool = False,
    dimension_rule: str = ClaimMetric.DimensionRule.EVERY,
    dimension_reason: str = "",
    window_days: int | None = None,
    min_n: int | None = None,
    confidence_level: float | None = None,
    decision_rule: str = ClaimMetric.DecisionRule.POINT,
    environment_required: str = "",
    max_age_days: int | None = None,
    grace_days: int = 0,
    is_leading: bool = False,
) -> tuple[ClaimMetric, list[Happening]]:
    """Check and save a metric of an open case, and say what happened; the caller has the case evaluated."""
    if row.kind != Element.Kind.GOAL:
        raise RuleBroken(_("A metric belongs to a goal. Choose the goal that it measures."), field="element")
    metric = ClaimMetric(
        organisation=actor.organisation,
        element=row,
        indicator=indicator,
        key=free_metric_key(key) if key else next_metric_key(case, indicator),
    )
    rule = checked_rule(
        comparator=comparator,
        threshold=threshold,
        threshold_high=threshold_high,
        guard_band=guard_band,
        unit=unit or indicator.unit,
        dimensions=dimensions,
        is_crossed=is_crossed,
        dimension_rule=dimension_rule,
        dimension_reason=dimension_reason,
        window_days=window_days,
        min_n=min_n,
        confidence_level=confidence_level,
        decision_rule=decision_rule,
        environment_required=environment_required,
        max_age_days=max_age_days,
        grace_days=grace_days,
        is_leading=is_leading,
    )
    for name, value in rule.items():
        setattr(metric, name, value)
    metric.number = next_number(actor.organisation_id, ClaimMetric)
    metric.save()
    return metric, happened_to(case, metric, MetricEvent.DEFINED, indicator=indicator, threshold=wanted_of(metric))


def indicator_called(name: str, *, unit: str, actor: Member) -> Indicator:
    """The indicator of the catalogue with this name; a new one where there is none."""
    return Indicator.objects.filter(name=name).first() or add_indicator(name=name, unit=unit, actor=actor)


@transaction.atomic
def edit_metric(
    metric: ClaimMetric,
    *,
    revision: int | None,
    comparator: str,
    threshold: float,
    actor: Member,
    unit: str = "",
    threshold_high: float | None = None,
    guard_band: float = 0.0,
    dimensions: Sequence[Dimension] = (),
    is_crossed: bool = False,
    dimension_rule: str = ClaimMetric.DimensionRule.EVERY,
    dimension_reason: str = "",
    window_days: int | None = None,
    min_n: int | None = None,
    confidence_level: float | None = None,
    decision_rule: str = ClaimMetric.DecisionRule.POINT,
    environment_required: str = "",
    max_age_days: int | None = None,
    grace_days: int = 0,
    is_leading: bool = False,
) -> ClaimMetric:
    """Change what is asked. Readings stay as they are; from now on they are judged by the new rule."""
    case = open_case(metric.element.case, actor=actor)
    row = metric_in_use(metric, revision=revision)
    rule = checked_rule(
        comparator=comparator,
        threshold=threshold,
        threshold_high=threshold_high,
        guard_band=guard_band,
        unit=unit or row.indicator.unit,
        dimensions=dimensions,
        is_crossed=is_crossed,
        dimension_rule=dimension_rule,
        dimension_reason=dimension_reason,
        window_days=window_days,
        min_n=min_n,
        confidence_level=confidence_level,
        decision_rule=decision_rule,
        environment_required=environment_required,
        max_age_days=max_age_days,
        grace_days=grace_days,
        is_leading=is_leading,
    )
    told = save_changes(row, **rule)
    if told:
        followed(case, row, MetricEvent.EDITED, actor, **told)
    return row


@transaction.atomic
def withdraw_metric(metric: ClaimMetric, *, reason: str, actor: Member) -> ClaimMetric:
    """Ask for this number no more. It stays readable with its readings; its key is not used again."""
    case = open_case(metric.element.case, actor=actor)
    row = metric_in_use(metric)
    if not reason.strip():
        raise RuleBroken(_("Say why the metric is withdrawn."), field="reason")
    save_changes(row, withdrawn_at=timezone.now(), withdrawn_reason=reason)
    followed(case, row, MetricEvent.WITHDRAWN, actor, reason=reason)
    return row


def metric_in_use(metric: ClaimMetric, *, revision: int | None = None) -> ClaimMetric:
    """The metric, fresh and locked, while it is asked for."""
    row = locked(metric, revision=revision)
    if not row.is_in_use or row.element.withdrawn_at is not None:
        raise RuleBroken(_("%s was withdrawn and stays as it was. Define a new metric instead.") % row.key)
    return row


def followed(case: AssuranceCase, metric: ClaimMetric, event: str, actor: Member, **told: Any) -> None:
    """Record what happened to a metric, and what follows from it for the standing."""
    reevaluate(case, actor=actor, happenings=happened_to(case, metric, event, **told))


def happened_to(case: AssuranceCase, metric: ClaimMetric, event: str, **told: Any) -> list[Happening]:
    told = {"metric": metric.key, "element": metric.element.key, **told}
    return [(event, metric, told), (event, case, told)]


def wanted_of(metric: ClaimMetric) -> str:
    """What is asked, in short: "ge 0.9", for the trail."""
    ends = [f"{end:g}" for end in (metric.threshold, metric.threshold_high) if end is not None]
    return f"{metric.comparator} {'–'.join(ends)}"


def free_metric_key(key: str) -> str:
    if not KEY.match(key):
        raise RuleBroken(
            _(
                "A key starts with a small letter or a digit and has up to 60 of those, dots, hyphens and underscores, "
                "such as cv-selection-rate."
            ),
            field="key",
        )
    if ClaimMetric.objects.filter(key=key).exists():
        raise RuleBroken(_("The key %s is or was used by another metric. Choose another.") % key, field="key")
    return key


def next_metric_key(case: AssuranceCase, indicator: Indicator) -> str:
    """A key made of the case and the indicator that nobody has used."""
    stem = slugify(f"case {case.number} {indicator.name}")[:50].strip("-_") or "metric"
    taken = set(ClaimMetric.objects.filter(key__startswith=stem).values_list("key", flat=True))
    if stem not in taken:
        return stem
    return next(key for count in range(2, len(taken) + 3) if (key := f"{stem}-{count}") not in taken)


def checked_rule(*, dimensions: Sequence[Dimension], is_crossed: bool, **rule: Any) -> dict[str, Any]:
    """The rule as it is stored; refuses one that no reading could be judged by, with the field and the remedy."""
    check_thresholds(rule)
    check_confidence(rule)
    check_times(rule)
    if rule["min_n"] is not None and rule["min_n"] < 1:
        raise RuleBroken(_("The fewest cases are 1 or more. Leave it empty for no minimum."), field="min_n")
    if not rule["unit"].strip():
        raise RuleBroken(_("Give the unit of the threshold, such as ratio or %."), field="unit", rule="WF-C05")
    check_dimensions(dimensions, is_crossed=is_crossed)
    if rule["dimension_rule"] == ClaimMetric.DimensionRule.ANY:
        if not dimensions:
            raise RuleBroken(_("Without groups there is nothing to choose from. Declare them."), field="dimension_rule")
        if not rule["dimension_reason"].strip():
            raise RuleBroken(_("Say why it is enough when one group passes."), field="dimension_reason")
    else:
        rule["dimension_reason"] = ""
    return {
        **rule,
        "dimensions": [dimension.as_json() for dimension in dimensions],
        "is_crossed": is_crossed and len(dimensions) > 1,
    }


def check_thresholds(rule: dict[str, Any]) -> None:
    two_ended = rule["comparator"] in TWO_ENDED
    if rule["comparator"] not in ClaimMetric.Comparator.values:
        raise RuleBroken(_("Choose how the value must relate to the threshold."), field="comparator", rule="WF-C05")
    for name in ("threshold", "threshold_high", "guard_band"):
        if rule[name] is not None and not math.isfinite(rule[name]):
            raise RuleBroken(_("Give a finite number."), field=name, rule="WF-C05")
    if two_ended and rule["threshold_high"] is None:
        raise RuleBroken(_("A range needs its upper threshold too."), field="threshold_high", rule="WF-C05")
    if not two_ended and rule["threshold_high"] is not None:
        raise RuleBroken(_("Only a range has an upper threshold. Leave it empty."), field="threshold_high")
    if two_ended and rule["threshold_high"] <= rule["threshold"]:
        raise RuleBroken(
            _("The upper threshold %(high)g must be above the lower one, %(low)g. Swap them.")
            % {"high": rule["threshold_high"], "low": rule["threshold"]},
            field="threshold_high",
            rule="WF-C05",
        )
    if rule["guard_band"] < 0:
        raise RuleBroken(_("The guard band is zero or more."), field="guard_band")


def check_confidence(rule: dict[str, Any]) -> None:
    level = rule["confidence_level"]
    if level is not None and not 0.5 <= level <= 0.999:
        raise RuleBroken(_("A confidence level is between 0.5 and 0.999, such as 0.95."), field="confidence_level")
    if rule["decision_rule"] == ClaimMetric.DecisionRule.CONSERVATIVE_BOUND and level is None:
        raise RuleBroken(
            _("When the end of the interval decides, say at which level it is taken, such as 0.95."),
            field="confidence_level",
        )


def check_times(rule: dict[str, Any]) -> None:
    for name in ("window_days", "max_age_days"):
        if rule[name] is not None and not 1 <= rule[name] <= LONGEST_DAYS:
            raise RuleBroken(_("Give 1 to %d days, or leave it empty.") % LONGEST_DAYS, field=name)
    if rule["grace_days"] < 0:
        raise RuleBroken(_("The grace is zero days or more."), field="grace_days")
    if rule["grace_days"] and rule["max_age_days"] is None:
        raise RuleBroken(_("A grace follows an oldest age. Give that too, or no grace."), field="grace_days")
    if rule["grace_days"] > (rule["max_age_days"] or 0):
        raise RuleBroken(_("The grace is at most as long as the oldest age."), field="grace_days")


def check_dimensions(dimensions: Sequence[Dimension], *, is_crossed: bool) -> None:
    names = [dimension.name for dimension in dimensions]
    if len(names) != len(set(names)):
        raise RuleBroken(_("A dimension is named twice. Put its groups into one line."), field="dimensions")
    if len(names) > MOST_DIMENSIONS:
        raise RuleBroken(_("At most %d dimensions.") % MOST_DIMENSIONS, field="dimensions")
    for dimension in dimensions:
        if not dimension.name or len(set(dimension.values)) != len(dimension.values) or "" in dimension.values:
            raise RuleBroken(_("Name each dimension, and each of its groups once."), field="dimensions")
        if len(dimension.values) < 2:
            raise RuleBroken(
                _("Dimension “%s” needs at least two groups.") % dimension.name,
                field="dimensions",
            )
        if dimension.reference and dimension.reference not in dimension.values:
            raise RuleBroken(
                _("The reference of “%s” is not among its groups.") % dimension.name,
                field="dimensions",
            )
    cells = cells_of(dimensions, is_crossed=is_crossed)
    if len(cells) > MOST_CELLS:
        raise RuleBroken(
            _("That makes %(count)d groups; %(most)d are possible. Declare fewer, or do not cross them.")
            % {"count": len(cells), "most": MOST_CELLS},
            field="dimensions",
        )
    if any(len(cell) > LONGEST_CELL for cell in cells):
        raise RuleBroken(_("The names of the groups are too long together. Shorten them."), field="dimensions")
