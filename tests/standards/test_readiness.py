"""Counting readiness: pure, honest about what nobody looked at."""

import pytest

from aims.standards import catalogue
from aims.standards.readiness import Readiness, by_clause, is_within, readiness_of


def test_what_nobody_looked_at_is_unknown():
    assert readiness_of(catalogue.requirements(), {}) == Readiness(unknown=181)


def test_positions_are_counted_and_nonsense_counts_as_unknown():
    chosen = catalogue.requirements("4.1")
    said = dict(zip([each.id for each in chosen], ["met", "met", "partial", "gap", "perfect"], strict=True))
    assert readiness_of(chosen, said) == Readiness(met=2, partial=1, gap=1, unknown=1)


def test_a_clause_counts_everything_below_it_once():
    rows = {row.clause.ref: row.readiness for row in by_clause(catalogue.clauses(), {"6.1.2-r01": "met"})}
    assert sum(rows[node.ref].total for node in catalogue.children()) == 181
    assert (rows["6.1.2"].met, rows["6.1"].met, rows["6"].met, rows["6.2"].met) == (1, 1, 1, 0)


@pytest.mark.parametrize(
    ("ref", "outer", "inside"), [("6.1.2", "6.1", True), ("6.1", "6.1", True), ("10.1", "1", False)]
)
def test_within_goes_by_whole_parts(ref, outer, inside):
    assert is_within(ref, outer) is inside


def test_only_a_whole_clause_shows_a_hundred_percent():
    assert Readiness(met=199, gap=1).percent == 99
    assert Readiness(met=3).is_ready
    assert not Readiness().is_ready
    assert Readiness().percent == 0


def test_the_bar_is_filled_to_the_end():
    parts = Readiness(met=1, gap=1, unknown=1).bar(90)
    assert parts == [("met", 0.0, 30.0), ("gap", 30.0, 30.0), ("unknown", 60.0, 30.0)]
    assert Readiness().bar() == []
