"""Plants bugs in the rule and shows that the table and the properties notice each one.

The first eight are the ones that a rule like this is most easily written with.
"""

import inspect
import textwrap
from dataclasses import dataclass

import pytest

from cases import facts as facts_module
from cases import standing as standing_module
from cases.facts import ChallengeFact, ConditionFact, EvidenceFact, MetricFact
from tests.cases.test_standing_properties import CHECKS
from tests.cases.test_standing_table import ROWS, SUPPORTS

WHOLE_PASS = (standing_module.evaluate, standing_module)
SUPPORT = (standing_module._support, standing_module)
CONTRIBUTION = (standing_module._contribution, standing_module)
STANDING = (standing_module._standing, standing_module)


@dataclass
class Bug:
    """Edits of the source: (function and its module, the right words, the wrong words)."""

    name: str
    edits: list


BUGS = [
    Bug(
        "all legs: the best one counts",
        [(*WHOLE_PASS, "min([values[leg]", "max([values[leg]"), (*SUPPORT, "return weakest", "return max(contributions)")],
    ),
    Bug(
        "all legs: the mean counts",
        [
            (*WHOLE_PASS, "lifted[min([values[leg] for leg in legs])]", "Standing(sum([lifted[values[leg]] for leg in legs]) // len(legs))"),
            (*SUPPORT, "return weakest", "return Standing(sum(contributions) // len(contributions))"),
        ],
    ),
    Bug(
        "a fail expires",
        [(MetricFact._cell_finding, facts_module, "if verdict is Verdict.FAIL:", "if verdict is Verdict.FAIL and (self.max_age is None or at <= plus(reading.measured_at, self.max_age)):")],
    ),
    Bug(
        "defeat leaks upwards",
        [
            (*WHOLE_PASS, "lifted[min([values[leg] for leg in legs])]", "min([values[leg] for leg in legs])"),
            (*CONTRIBUTION, "LIFTED[value]", "value"),
        ],
    ),
    Bug(
        "stale legs are left out",
        [
            (*WHOLE_PASS, "min([values[leg] for leg in legs])", "min([values[leg] for leg in legs if values[leg] != UNSUPPORTED] or [HOLDS])"),
            (*SUPPORT, "weakest = min(contributions)", "contributions = [c for c in contributions if c != UNSUPPORTED] or [HOLDS]; weakest = min(contributions)"),
        ],
    ),
    Bug(
        "a refuted challenge never re-opens",
        [(ChallengeFact.given_answer, facts_module, "if answer is HOLDS:", "if answer is not None:")],
    ),
    Bug("a lost redundant leg is hidden", [(*SUPPORT, "min(carried, HOLDS if weakest is HOLDS else WEAKENED)", "carried")]),
    Bug("a quiet detector is ignored", [(ConditionFact.finding, facts_module, "at > silent_after", "False")]),
    Bug("a day that has come is ignored", [(ConditionFact.finding, facts_module, "at > self.trips_at", "False")]),
    # More that a change of this code could bring.
    Bug("evidence runs out an instant early", [(EvidenceFact.finding, facts_module, "at > self.valid_until", "at >= self.valid_until")]),
    Bug("the grace ends an instant early", [(EvidenceFact.finding, facts_module, "at > ends_at", "at >= ends_at")]),
    Bug("a thin reading takes back a failure", [(MetricFact._cell_finding, facts_module, "self._last_conclusive(readings, reading)", "(reading, verdict)")]),
    Bug("contexts do not count", [(*STANDING, "argument.contexts.get(node, ())", "()")]),
    Bug("a suspect link carries in full", [(standing_module._link_limit, standing_module, "in argument.suspect", "in ()")]),
    Bug("answers to challenges do not count", [(*STANDING, "facts.answered.get(element.id, ())", "()")]),
    Bug("the incremental pass stops one level up", [(standing_module._upwards, standing_module, "if values[node] is not was:", "if values[node] is not was and node in nodes:")]),
    Bug("time passes the incremental pass by", [(standing_module._due, standing_module, "if instant > after:", "if instant > until:")]),
    Bug("blame stops at the first cause", [(standing_module.Evaluation.causes, standing_module, "queue.append(below)", "pass")]),
    Bug("the forecast forgets its last instant", [(standing_module.steps_ahead, standing_module, "instant <= end", "instant < end - within / 2")]),
]  # fmt: skip


def plant(monkeypatch, function, module, right, wrong):
    """Give a function other code, wherever it is already imported."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(right) == 1, f"{function.__name__} no longer says {right!r}: plant the bug anew"
    made: dict = {}
    exec(compile(source.replace(right, wrong), module.__file__, "exec"), vars(module), made)  # noqa: S102
    monkeypatch.setattr(function, "__code__", made[function.__name__].__code__)


def table_notices():
    for row in (*ROWS, *SUPPORTS):
        try:
            row.check()
        except AssertionError:
            return row.says
    return None


def properties_notice(most=150):
    for seed in range(most):
        for check in CHECKS:
            try:
                check(seed)
            except AssertionError:
                return check.__name__
    return None


def test_without_a_bug_nothing_is_noticed():
    assert table_notices() is None
    assert properties_notice(most=30) is None


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_bug_is_noticed(bug, monkeypatch):
    for function, module, right, wrong in bug.edits:
        plant(monkeypatch, function, module, right, wrong)
    assert table_notices() or properties_notice(), f"Neither the table nor the properties notice: {bug.name}"
