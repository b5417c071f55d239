"""Picking one record among many: by name, by number, by the label that is suggested."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from inventory.actions import retire_system
from inventory.models import AISystem
from inventory.picking import system_field, systems_field
from tests.factories import make_system

pytestmark = pytest.mark.django_db


@pytest.fixture
def systems(acme):
    names = ["Credit scoring", "CV screening", "Generative AI", "Generative AI", "Planner (2)", "100 % check"]
    return [make_system(acme.owner, name) for name in names]


@pytest.mark.parametrize(
    ("typed", "position"),
    [
        ("1", 0),
        ("#2", 1),
        ("credit SCORING", 0),
        ("  CV screening (2) ", 1),
        ("screen", 1),
        ("Generative AI (4)", 3),
        ("Planner (2)", 4),  # a name that looks like the label of another
        ("100 % check", 5),
    ],
)
def test_a_name_a_number_or_a_label_means_one_record(acme, systems, typed, position):
    with acme:
        assert system_field().clean(typed) == systems[position]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("generative", "fits several: Generative AI (3), Generative AI (4). Enter the number"),
        ("Generative AI", "fits several"),
        ("99", "Nothing here is called “99”"),
        ("Credit scoring (2)", "Nothing here is called"),
        ("a\u0000b", "invisible characters"),
        ("x" * 401, "invisible characters"),
        ("%", "100 % check"),
    ],
)
def test_what_means_none_or_several_is_refused_with_the_candidates(acme, systems, typed, words):
    with acme:
        if typed == "%":  # one record only holds the sign, which is no wildcard
            assert str(system_field().clean(typed)) == words
            return
        with pytest.raises(ValidationError) as refused:
            system_field().clean(typed)
    assert words in refused.value.messages[0]


def test_many_candidates_are_counted(acme):
    for place in range(10):
        make_system(acme.owner, f"Bot {place}")
    with acme, pytest.raises(ValidationError) as refused:
        system_field().clean("bot")
    assert refused.value.messages[0].count("(") == 8
    assert "and 2 more" in refused.value.messages[0]


def test_a_system_of_another_organisation_or_a_retired_one_is_not_found(acme, globex, systems):
    foreign = make_system(globex.owner, "Triage")
    with acme:
        retire_system(systems[0], reason="Replaced.", actor=acme.officer)
        for typed in ("Triage", str(foreign.pk), "1"):
            with pytest.raises(ValidationError):
                system_field().clean(typed)


def test_an_empty_line_is_nothing_or_is_asked_for(acme):
    with acme:
        assert system_field(required=False).clean("  ") is None
        with pytest.raises(ValidationError):
            system_field().clean("")


def test_several_are_named_one_a_line_and_counted_once(acme, systems, django_assert_max_num_queries):
    typed = "Credit scoring (1)\n\nCV screening (2)\r\nCredit scoring (1)\nGenerative AI (4)"
    with acme, django_assert_max_num_queries(1):
        assert systems_field().clean(typed) == [systems[0], systems[1], systems[3]]
    with acme, pytest.raises(ValidationError, match="at most 500"):
        systems_field().clean("1\n" * 501)


def test_a_form_shows_the_label_and_keeps_what_was_typed(acme, systems, sign_in):
    client = sign_in(acme.owner)
    page = client.get("/o/acme/evidence/add/?system=2").content.decode()
    assert 'value="CV screening (2)"' in page
    assert 'data-pick="/o/acme/systems/pick/"' in page
    refused = client.post("/o/acme/evidence/add/", {"title": "Kept", "system": "generative"}).content.decode()
    assert 'value="generative"' in refused
    assert "Generative AI (3), Generative AI (4)" in refused


def test_suggestions_say_how_many_more_there_are(acme, sign_in):
    for place in range(23):
        make_system(acme.owner, f"Bot {place:02}", business_unit="Sales")
    make_system(acme.owner, "Retired bot")
    with acme:
        retire_system(AISystem.objects.get(name="Retired bot"), reason="Old.", actor=acme.officer)
    client = sign_in(acme.observer)
    told = client.get("/o/acme/systems/pick/", {"q": "bot"}).json()
    assert told["options"][0] == {"value": "Bot 00 (1)", "note": "Sales"}
    assert (len(told["options"]), told["says"]) == (20, "3 more: type more of the name.")
    assert client.get("/o/acme/systems/pick/", {"q": "17"}).json()["options"] == [
        {"value": "Bot 16 (17)", "note": "Sales"},
        {"value": "Bot 17 (18)", "note": "Sales"},
    ]
    assert client.get("/o/acme/systems/pick/", {"q": "nowhere"}).json() == {"options": [], "says": "Nothing matches."}
    assert len(client.get("/o/acme/systems/pick/", {"q": "\u202e"}).json()["options"]) == 20


def test_suggestions_are_for_members_only(acme, globex, sign_in):
    make_system(acme.owner, "Bot")
    assert sign_in(globex.officer).get("/o/acme/systems/pick/").status_code == 404
    assert Client().get("/o/acme/systems/pick/").status_code == 302
    assert sign_in(globex.officer).get("/o/globex/systems/pick/").json()["options"] == []


def test_a_list_is_filtered_by_the_name_or_the_number_of_a_system(acme, systems, sign_in):
    from tests.factories import make_evidence

    made = make_evidence(acme.owner, system=systems[1])
    make_evidence(acme.owner, title="Of none")
    client = sign_in(acme.officer)
    for asked in ("2", "CV screening", "CV screening (2)"):
        rows = client.get("/o/acme/evidence/", {"system": asked}).context["listing"].rows
        assert [row.record for row in rows] == [made]
    listing = client.get("/o/acme/evidence/", {"system": "generative"}).context["listing"]
    assert (len(listing.rows), "fits several" in listing.errors[0]) == (2, True)
