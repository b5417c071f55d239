"""What somebody writes into an argument stays text in the printed pack."""

import pytest

from audits.packs.building import build_due
from audits.packs.rendering import html_of
from cases.actions import restate_element
from cases.models import Element
from tests.audits.material import ask
from tests.audits.test_build_pack import fresh, text_of
from tests.cases.building import make_sound_case

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert(1)</script><img src="file:///etc/passwd">{{ 7|add:7 }}</svg>'


def test_a_hostile_statement_is_printed_as_it_was_typed(acme):
    with acme:
        make_sound_case(acme)
        goal = Element.objects.get(key="G1")
        restate_element(goal, revision=None, statement=HOSTILE, actor=acme.officer)
    pack = ask(acme)
    build_due(acme.organisation.pk)
    with acme:
        built = fresh(acme, pack)
        html = html_of(built, list(built.steps.exclude(step="document").order_by("ordinal")))
    assert "<script>alert(1)" not in html
    assert '<img src="file:' not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "alert(1)" in text_of(acme, pack)
