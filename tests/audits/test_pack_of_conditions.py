"""A pack prints what would make a case stop holding, who watches, and what was declared not applicable."""

import pytest

from audits.packs.building import build_due
from audits.packs.collecting.arguments import one_case
from audits.packs.scope import PackScope
from cases.actions import rule_out, trip_condition
from tests.audits.material import ask
from tests.audits.test_build_pack import fresh, text_of
from tests.cases.building import make_sound_case
from tests.cases.watching import make_condition

pytestmark = pytest.mark.django_db


@pytest.fixture
def watched(acme):
    with acme:
        case = make_sound_case(acme)
        make_condition(acme, case, "G3", statement="If the monitor changes, drift goes unseen.")
        tripped = make_condition(acme, case, None, detector="manual_attestation", statement="If the law changes.")
        trip_condition(tripped, reason="The act is in force.", actor=acme.owner)
        rule_out(case, type="supplier_change", reason="Nothing of it is bought.", actor=acme.officer)
        return case


def test_the_gravest_comes_first_and_a_silent_detector_is_named(acme, watched):
    pack = ask(acme)
    with acme:
        content = one_case(PackScope(fresh(acme, pack)), watched.number)
    said = [(row["on"], row["state"]["label"], row["looked_at"] == "") for row in content["conditions"]]
    assert said == [("The whole case", "Come true", False), ("G3", "Silent", True)]
    assert [row["reason"] for row in content["ruled_out"]] == ["Nothing of it is bought."]


def test_the_document_prints_them(acme, watched):
    pack = ask(acme)
    build_due(acme.organisation.pk)
    text = text_of(acme, pack)
    assert "What would make it stop holding" in text
    assert "If the law changes." in text
    assert "Nothing of it is bought." in text
