"""A pack prints who doubted a case and what became of that, who stands behind it, and what smells."""

import pytest

from audits.packs.building import build_due
from audits.packs.collecting.arguments import judge_cases, one_case
from audits.packs.scope import PackScope
from cases.actions import answer_smell, look_for_smells, raise_challenge
from cases.models import Element, Smell
from tests.audits.material import ask
from tests.audits.test_build_pack import fresh, text_of
from tests.cases.building import make_sound_case
from tests.cases.standing_behind import put_live, sign

pytestmark = pytest.mark.django_db
DOUBT = "The groups hide those who belong to two of them."
ANSWER = "The condition for drift is written in January."


@pytest.fixture
def doubted(acme):
    with acme:
        case = make_sound_case(acme)
        claim = Element.objects.get(case=case, key="G2")
        raise_challenge(case, target=claim, attack="rebut", severity="blocking", statement=DOUBT, actor=acme.officer)
        look_for_smells()
        answer_smell(Smell.objects.get(kind="unmeasured"), answer=ANSWER, actor=acme.owner)
        case.refresh_from_db()
        return case


def test_doubts_count_in_a_pack_as_they_do_on_the_page(acme, doubted):
    pack = ask(acme)
    with acme:
        scope = PackScope(fresh(acme, pack))
        content = one_case(scope, doubted.number)
        (judged,) = judge_cases([doubted], scope)
    assert int(judged.level) == doubted.standing
    assert content["standing"]["label"] == "Unsupported"
    assert [(row["on"], row["state"]["label"]) for row in content["challenges"]] == [("G2", "Open")]
    assert [row["answer"] for row in content["smells"]] == [ANSWER]
    assert content["sign_offs"] == []


def test_the_document_prints_them(acme, doubted):
    pack = ask(acme)
    build_due(acme.organisation.pk)
    text = " ".join(text_of(acme, pack).split())
    assert "Who doubted it, and what became of that" in text
    assert DOUBT in text
    assert "What to look at twice" in text and ANSWER in text
    assert "Who stands behind it" not in text


def test_a_case_in_force_says_who_stands_behind_it_and_is_capped_without(acme):
    with acme:
        case = make_sound_case(acme, days=None)
        put_live(acme, case)
    pack = ask(acme)
    with acme:
        content = one_case(PackScope(fresh(acme, pack)), case.number)
        assert content["standing"]["label"] == "Weakened"
        assert content["causes"][0]["sentence"] == "No owner has signed the case."
        signed = sign(case, actor=acme.owner)
    pack = ask(acme)
    with acme:
        content = one_case(PackScope(fresh(acme, pack)), case.number)
    assert content["standing"]["label"] == "Holds"
    (row,) = content["sign_offs"]
    assert (row["sha256"], row["state"]["label"]) == (signed.baseline_sha256, "Valid")
    build_due(acme.organisation.pk)
    text = "".join(text_of(acme, pack).split())
    assert "Whostandsbehindit" in text and signed.baseline_sha256 in text
