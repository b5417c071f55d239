"""Two people who let two cases cite each other at the same moment: one of them is refused."""

import pytest
from django.db import transaction

from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from cases.actions import add_element, edit_element
from cases.models import Element
from tests.cases.building import make_case, make_system
from tests.journeys.together import at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_two_citations_never_close_a_circle(acme):
    with acme:
        cases = [make_case(acme, system=make_system(acme, name), purpose=name) for name in ("One", "Other")]
        goals = [Element.objects.get(case=case) for case in cases]
        for goal in goals:
            edit_element(goal, revision=None, statement=goal.statement, is_public=True, actor=acme.officer)

    def cite(place):
        try:
            with working_in(acme.organisation), transaction.atomic():
                goal = goals[1 - place]
                add_element(cases[place], kind="away_goal", parent=goals[place], cites=goal, actor=acme.officer)
        except RuleBroken as refused:
            return str(refused)
        return "cited"

    said = sorted(at_once(2, cite))
    assert said[1] == "cited"
    assert "Cases would rest on each other" in said[0]
    with acme:
        assert Element.objects.filter(kind="away_goal").count() == 1
