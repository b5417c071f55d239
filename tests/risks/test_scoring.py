"""Scores, levels and the matrix."""

import pytest

from aims.standards.catalogue import risk_taxonomy
from risks.scoring import DEFAULT_BANDS, Band, Bands, Rating, Scoring, ScoringRefused, matrix


@pytest.mark.parametrize(
    ("score", "level"),
    [
        (1, "low"),
        (4, "low"),
        (5, "medium"),
        (9, "medium"),
        (10, "high"),
        (15, "high"),
        (16, "critical"),
        (25, "critical"),
    ],
)
def test_each_band_begins_and_ends_where_it_says(score, level):
    assert DEFAULT_BANDS.level_of(score) == level


def test_a_score_is_likelihood_times_impact():
    assert Rating(3, 4).score == 12


@pytest.mark.parametrize("value", [0, 6, -1, 3.0, True, None, "3"])
@pytest.mark.parametrize("field", ["likelihood", "impact"])
def test_a_rating_outside_the_scale_is_refused_by_field(field, value):
    with pytest.raises(ScoringRefused) as refused:
        Rating(**{"likelihood": 3, "impact": 3, field: value})
    assert refused.value.field == field
    assert "from 1 to 5" in str(refused.value)


@pytest.mark.parametrize(
    "bands",
    [
        (),
        (Band("low", 2),),
        (Band("low", 1), Band("high", 1)),
        (Band("low", 1), Band("high", 12), Band("odd", 8)),
        (Band("low", 1), Band("high", 26)),
        (Band("low", 1), Band("low", 9)),
        (Band("", 1),),
    ],
)
def test_bands_that_leave_a_score_without_one_level_are_refused(bands):
    with pytest.raises(ScoringRefused):
        Bands(bands)


@pytest.mark.parametrize("score", [0, 26, 12.5, True])
def test_a_score_that_no_rating_can_have_is_refused(score):
    with pytest.raises(ScoringRefused):
        DEFAULT_BANDS.level_of(score)


def test_a_level_opens_to_its_range_of_scores():
    assert [DEFAULT_BANDS.range_of(level) for level in DEFAULT_BANDS.levels] == [(1, 4), (5, 9), (10, 15), (16, 25)]
    assert DEFAULT_BANDS.rank_of("critical") > DEFAULT_BANDS.rank_of("high")
    with pytest.raises(ScoringRefused, match="no level 'grave'"):
        DEFAULT_BANDS.range_of("grave")


def test_an_unjudged_risk_counts_untreated_today():
    assert Scoring(inherent=Rating(4, 5)).today == Rating(4, 5)
    assert Scoring(inherent=Rating(4, 5), current=Rating(2, 5)).today == Rating(2, 5)


def test_scores_that_do_not_fit_each_other_are_named():
    scoring = Scoring(inherent=Rating(2, 2), current=Rating(3, 3), residual=Rating(5, 5))
    assert [field for field, _ in scoring.doubts()] == ["current", "residual"]
    assert not Scoring(inherent=Rating(4, 4), current=Rating(2, 4), residual=Rating(1, 4)).doubts()


def test_the_matrix_puts_the_gravest_cell_in_the_upper_right():
    rows = matrix()
    assert [len(row) for row in rows] == [5] * 5
    assert rows[0][-1] == (Rating(5, 5), "critical")
    assert rows[-1][0] == (Rating(1, 1), "low")


def test_the_default_levels_are_those_of_the_catalogue():
    scale = risk_taxonomy().scale
    for likelihood in range(1, 6):
        for impact in range(1, 6):
            assert DEFAULT_BANDS.level_at(likelihood, impact) == scale.level(likelihood, impact)


def test_a_catastrophic_risk_is_never_called_low_because_it_is_rare():
    assert DEFAULT_BANDS.level_of(5) == "medium"
    assert DEFAULT_BANDS.level_at(1, 5) == "high"
    assert (1, 5) in DEFAULT_BANDS.cells_of("high")


def test_every_cell_has_exactly_one_level():
    cells = [cell for level in DEFAULT_BANDS.levels for cell in DEFAULT_BANDS.cells_of(level)]
    assert len(cells) == len(set(cells)) == 25


def test_a_floor_without_a_band_is_refused():
    with pytest.raises(ScoringRefused, match="grave"):
        Bands((Band("low", 1),), floors=((5, "grave"),))
