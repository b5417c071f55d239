"""A pack prints what was measured of a case: the chart, and a table that says the same."""

import pytest
from django.utils import timezone

from audits.packs.building import build_due
from audits.packs.collecting.arguments import one_case
from audits.packs.scope import PackScope
from cases.sweep import reevaluate_due
from tests.audits.material import ask
from tests.audits.test_build_pack import fresh, text_of
from tests.cases.building import make_sound_case
from tests.cases.measuring import both_groups, make_metric, reading, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def measured(acme):
    with acme:
        case = make_sound_case(acme)
        make_metric(acme, case)
        send(acme, *both_groups(0.93, days_ago=30), *both_groups(0.95, days_ago=3), reading(0.86, low=0.84, high=0.88))
        reevaluate_due(timezone.now())
        return case


def test_the_content_holds_chart_groups_and_what_was_asked(acme, measured):
    pack = ask(acme)
    with acme:
        content = one_case(PackScope(fresh(acme, pack)), measured.number)
    (metric,) = content["metrics"]
    assert (metric["claim"], metric["asks"]) == ("G2", "≥ 0.9 ratio")
    assert [(group["words"], group["state"]["tone"], group["value"]) for group in metric["groups"]] == [
        ("age 55+", "bad", "0.86"),
        ("age 18-34", "good", "0.95"),
    ]
    svg = metric["chart"]["svg"]
    assert "threshold 0.9" in svg and "var(" not in svg and "foreignObject" not in svg


def test_the_document_prints_it(acme, measured):
    pack = ask(acme)
    build_due(acme.organisation.pk)
    text = text_of(acme, pack)
    assert "What was measured" in text
    assert "threshold 0.9" in text
    assert "0.86" in text
