from datetime import UTC, date, datetime, timedelta

import pytest
from django.template import Context, Template

from aims.pages.badges import FRESHNESS, STANDINGS, TIERS, Badge, named_badge
from aims.pages.wording import (
    initials,
    relative_date,
    relative_time,
    show_number,
    show_time,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def render(source: str, **context: object) -> str:
    return Template("{% load aims %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(seconds=-10), "just now"),
        (timedelta(minutes=-1), "1 minute ago"),
        (timedelta(minutes=-45), "45 minutes ago"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=-1), "yesterday"),
        (timedelta(days=-12), "12 days ago"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-90), "3 months ago"),
        (timedelta(days=-800), "2 years ago"),
        (timedelta(minutes=30), "in 30 minutes"),
    ],
)
def test_a_moment_is_told_in_its_largest_fitting_unit(delta: timedelta, words: str) -> None:
    assert relative_time(NOW + delta, NOW) == words


def test_a_day_without_a_time_is_never_hours_away() -> None:
    today = date(2026, 11, 21)
    assert relative_date(today, today) == "today"
    assert relative_date(today + timedelta(days=1), today) == "tomorrow"


def test_the_exact_time_is_there_for_machines_and_on_hover() -> None:
    html = show_time(NOW)
    assert 'datetime="2026-11-21T12:00:00+00:00"' in html
    assert "21 November 2026, 12:00 UTC" in html


def test_numbers_are_grouped_and_nothing_is_a_dash() -> None:
    assert "2,133" in show_number(2133)
    assert "–" in show_number(None)
    assert "–" in render("{% when x %}", x=None)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Officer", "AO"),
        ("Cher", "C"),
        ("", "?"),
        ("!!", "?"),
        ("Ana Maria de Souza", "AS"),
    ],
)
def test_initials_survive_any_name(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("vocabulary", [STANDINGS, TIERS, FRESHNESS])
def test_no_two_statuses_share_both_icon_and_words(
    vocabulary: dict[str, Badge],
) -> None:
    assert len({(badge.icon) for badge in vocabulary.values()}) == len(vocabulary)
    assert len({str(badge.label) for badge in vocabulary.values()}) == len(vocabulary)


def test_badges_know_their_words_in_any_spelling_and_never_hide_an_unknown_one() -> None:
    assert str(named_badge("standing", "HOLDS").label) == "Holds"
    assert str(named_badge("freshness", "never-expires").label) == "Never expires"
    assert str(named_badge("tier", "T9").label) == "T9"
    assert str(named_badge("tier", None).label) == "Unknown"


def test_a_hostile_label_is_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>"
    sources = [
        "{% badge x %}",
        "{% person x %}",
        "{% tier_badge x %}",
        "{% long_text x %}",
        "{% panel title=x %}{{ x }}{% endpanel %}",
        "{% fact x %}{{ x }}{% endfact %}",
        "{% alert title=x %}{{ x }}{% endalert %}",
        "{% progress 1 2 x %}",
        '{% icon "home" label=x %}',
    ]
    for source in sources:
        assert "<script" not in render(source, x=evil), source


def test_long_text_is_folded_and_keeps_its_paragraphs() -> None:
    html = render("{% long_text x 100 %}", x="first words\n\n" + "word " * 100)
    assert html.startswith("<details")
    assert html.count("<p>") == 2
    assert not render("{% long_text x %}", x="short").startswith("<details")


def test_progress_says_what_it_counts_and_never_leaves_its_bounds() -> None:
    html = render('{% progress 30 20 "Steps done" %}')
    assert 'value="20"' in html
    assert 'aria-label="Steps done"' in html
    assert "100%" in html
    assert "0%" in render("{% progress 0 0 %}")


def test_an_icon_without_a_label_is_hidden_and_an_unknown_one_is_no_error() -> None:
    assert 'aria-hidden="true"' in render('{% icon "home" %}')
    assert 'aria-label="Home"' in render('{% icon "home" label="Home" %}')
    assert "<svg" in render('{% icon "../../etc/passwd" %}')


def test_paper_gets_the_exact_time() -> None:
    assert ">21 November 2026, 12:00 UTC<" in render("{% exact x %}", x=NOW)
    assert ">21 November 2026<" in render("{% exact x %}", x=NOW.date())
    assert "–" in render("{% exact x %}", x=None)
