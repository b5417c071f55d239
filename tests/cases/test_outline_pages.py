"""Editing the argument in its outline: in place, by whole pages, by two people at once; citing, modules, rules."""

import json
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions import edit_element
from cases.models import Element, EvidenceBinding, Link, StandingLevel
from tests.cases.building import grow, make_case, make_evidence, make_sound_case, make_system

pytestmark = pytest.mark.django_db
keys = count()
IN_PLACE = {"HX-Request": "true", "HX-Target": "outline-form"}
BY_KEY = {"HX-Request": "true", "HX-Target": "outline-message"}


@pytest.fixture
def sound(acme):
    with acme:
        return make_sound_case(acme)


def at(name, *args):
    return reverse(f"cases:{name}", args=["acme", *args])


def get(browser, *where, headers=None, **query):
    response = browser.get(at(*where), query, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def post(browser, *where, query="", headers=None, **fields):
    return browser.post(at(*where) + query, {"_once": f"outline-{next(keys)}", **fields}, headers=headers)


def link_to(key, case=1):
    return Link.objects.get(case__number=case, target__key=key)


def order(acme, parent):
    with acme:
        rows = Link.objects.filter(source__key=parent).order_by("ordinal", "id")
        return [row.target.key for row in rows]


def test_the_outline_offers_its_tools_on_the_selected_line_and_its_keys(acme, sound, sign_in):
    page = get(sign_in(acme.owner), "case_detail", 1, element="G2")
    assert "data-editable" in page
    assert "Keys (?)" in page
    assert page.count("outline-tools") == 1
    reader = get(sign_in(acme.observer), "case_detail", 1, element="G2")
    assert "data-editable" not in reader
    assert "outline-tools" not in reader


def test_a_form_comes_alone_into_the_outline_and_as_a_page_elsewhere(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    assert "<html" in get(browser, "element_restate", 1, "G2")
    alone = get(browser, "element_restate", 1, "G2", headers=IN_PLACE)
    assert "<html" not in alone
    assert 'hx-target="#outline-form"' in alone
    saved = post(browser, "element_restate", 1, "G2", headers=IN_PLACE, statement="Said anew", revision="1")
    assert saved.status_code == 204
    place = json.loads(saved["HX-Location"])
    assert place["path"] == at("case_detail", 1) + "?element=G2"
    with acme:
        assert Element.objects.get(key="G2").statement == "Said anew"


def test_a_lost_update_keeps_what_was_typed_and_shows_what_is_there(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    post(browser, "element_restate", 1, "G2", statement="Of the first", revision="1")
    for name, more in (("element_restate", {}), ("element_edit", {"combine": "all", "declaration": "asserted"})):
        answer = post(browser, name, 1, "G2", statement="Of the second", revision="1", **more).content.decode()
        assert "has changed since you opened it" in answer
        assert "Of the first" in answer
        assert "Of the second</textarea>" in answer
        assert 'name="revision" value="2"' in answer
    again = post(browser, "element_restate", 1, "G2", statement="Of the second", revision="2")
    assert again.status_code == 302
    with acme:
        assert Element.objects.get(key="G2").statement == "Of the second"


def test_nobody_links_what_they_have_not_read(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        solution = Element.objects.get(key="Sn2")
        goal = Element.objects.get(key="G2")
    page = get(browser, "element_link", 1, "G2")
    assert f'value="{solution.pk}.1"' in page
    with acme:
        edit_element(solution, revision=1, statement="Another report", actor=acme.officer)
    stale = post(browser, "element_link", 1, "G2", target=f"{solution.pk}.1", revision="1")
    assert stale.status_code == 200
    assert "Sn2 has changed since you opened this, and now says: “Another report”" in stale.content.decode()
    assert f'value="{solution.pk}.2"' in stale.content.decode()
    with acme:
        edit_element(goal, revision=1, statement="Another claim", actor=acme.officer)
    stale = post(browser, "element_link", 1, "G2", target=f"{solution.pk}.2", revision="1").content.decode()
    assert "G2 has changed since you opened this" in stale
    assert 'name="revision" value="2"' in stale
    assert post(browser, "element_link", 1, "G2", target=f"{solution.pk}.2", revision="2").status_code == 302
    for garbage in ("", "x", "1.2", "\x00", f"{solution.pk}.2.3x"[:20]):
        refused = post(browser, "element_link", 1, "G3", target=garbage, revision="1")
        assert "target" in refused.context["form"].errors, garbage


def test_a_binding_that_asks_something_else_by_now_is_not_changed_unseen(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        binding = EvidenceBinding.objects.select_related("version__item").get(element__key="Sn1")
        newer = make_evidence(acme, item=binding.version.item)
    asks = {"environment_policy": "3", "version_policy": "3", "locator": "p. 1", "relevance": "All of it"}
    assert 'name="revision" value="1"' in get(browser, "binding_edit", 1, binding.pk)
    assert post(browser, "binding_edit", 1, binding.pk, **asks, revision="1").status_code == 302
    for where, fields in (
        ("binding_edit", {**asks, "locator": "p. 2"}),
        ("binding_renew", {"version": str(newer.pk)}),
        ("binding_remove", {"reason": "Wrong one"}),
    ):
        answer = post(browser, where, 1, binding.pk, **fields, revision="1")
        assert "This record has changed since you opened it" in answer.content.decode(), where
    with acme:
        binding.refresh_from_db()
        assert (binding.locator, binding.version.ordinal, binding.revision) == ("p. 1", 1, 2)


def test_editing_on_the_page_keeps_the_marks_of_an_element(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    fields = {"statement": "Public now", "combine": "all", "declaration": "axiomatic", "declaration_reason": "By law",
              "category": "outcome", "is_public": "on", "links_still_hold": "on", "revision": "1"}  # fmt: skip
    assert post(browser, "element_edit", 1, "G1", **fields).status_code == 302
    page = get(browser, "element_edit", 1, "G1")
    assert 'name="is_public"' in page and "checked" in page.split('name="is_public"')[1].split(">")[0]
    with acme:
        goal = Element.objects.get(key="G1")
        assert (goal.is_public, goal.category, goal.declaration_reason) == (True, "outcome", "By law")
        sound.refresh_from_db()
        assert sound.standing == StandingLevel.HOLDS


def test_an_element_is_added_beside_another_with_a_kind_and_a_sentence(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    query = "?brief=1&parent=S1&after=G2&kind=goal"
    assert "Add an element below S1" in get(browser, "element_add", 1, brief=1, parent="S1", after="G2", kind="goal")
    made = post(browser, "element_add", 1, query=query, headers=IN_PLACE, kind="goal", statement="Between")
    assert json.loads(made["HX-Location"])["path"].endswith("?element=G4")
    assert order(acme, "S1") == ["G2", "G4", "G3"]
    refused = post(browser, "element_add", 1, query=query, headers=IN_PLACE, kind="solution", statement="x")
    assert "kind" in refused.context["form"].errors


def test_elements_move_by_key_by_button_and_by_page(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        second, first = link_to("G3"), link_to("G2")
    moved = post(browser, "link_move", 1, second.pk, headers=BY_KEY, direction="up")
    assert moved.status_code == 204
    assert order(acme, "S1") == ["G3", "G2"]
    refused = post(browser, "link_move", 1, second.pk, headers=BY_KEY, direction="up")
    assert refused.status_code == 200
    assert "G3 is the first of its kind here." in refused.content.decode()
    assert post(browser, "link_move", 1, first.pk, direction="in").status_code == 302
    assert order(acme, "G3") == ["Sn2", "G2"]
    assert post(browser, "link_move", 1, first.pk, direction="out").status_code == 302
    assert order(acme, "S1") == ["G3", "G2"]
    assert "Where to" in get(browser, "link_move", 1, first.pk)


def test_of_two_people_who_move_at_once_both_get_their_way(acme, sound, sign_in):
    with acme:
        for _ in range(2):
            grow(sound, acme, "goal", "S1")
        links = {key: link_to(key) for key in ("G2", "G5")}
    one, other = sign_in(acme.owner), sign_in(acme.officer)
    post(one, "link_move", 1, links["G5"].pk, direction="up")
    post(other, "link_move", 1, links["G2"].pk, direction="down")
    assert order(acme, "S1") == ["G3", "G2", "G5", "G4"]


def test_withdrawing_asks_first_and_goes_back_to_the_element_above(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    asked = get(browser, "element_withdraw", 1, "Sn1", headers=IN_PLACE)
    assert "Take Sn1 out of the argument?" in asked
    done = post(browser, "element_withdraw", 1, "Sn1", headers=IN_PLACE, reason="Wrong test", revision="1")
    assert json.loads(done["HX-Location"])["path"].endswith("?element=G2")


def test_links_to_review_are_listed_and_looked_at(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    post(browser, "element_restate", 1, "G2", statement="Said anew", revision="1")
    page = get(browser, "case_detail", 1)
    assert "2 links to review" in page
    listed = get(browser, "links_review", 1)
    assert "S1 → G2" in listed and "G2 → Sn1" in listed
    with acme:
        link = link_to("G2")
    assert post(browser, "links_review", 1, link=str(link.pk)).status_code == 302
    assert "1 link to review" in get(browser, "case_detail", 1)
    assert post(browser, "links_review", 1).status_code == 302
    assert "No link awaits a review" in get(browser, "links_review", 1)
    assert "No such link awaits" in post(browser, "links_review", 1).content.decode()


def test_a_public_claim_of_another_case_is_found_and_cited(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    with acme:
        goal = Element.objects.get(key="G1")
        edit_element(goal, revision=None, statement="The platform keeps its promises", is_public=True,
                     links_still_hold=True, actor=acme.officer)  # fmt: skip
        make_case(acme, system=make_system(acme, "Chat"), purpose="Answers")
    found = get(browser, "element_add", 2, kind="away_goal", parent="G1", q="platform")
    assert "Case 1, G1: The platform keeps its promises (Holds)" in found
    assert "Nothing public matches" in get(browser, "element_add", 2, kind="away_goal", parent="G1", q="nowhere")
    query = "?kind=away_goal&parent=G1"
    assert post(browser, "element_add", 2, query=query, cites=str(goal.pk)).status_code == 302
    page = get(browser, "case_detail", 2, element="AG1")
    assert at("case_detail", 1) + "?element=G1#element" in page
    assert "1 case cites it" in get(browser, "element_withdraw", 1, "G1")


def test_modules_are_begun_renamed_and_removed(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    assert post(browser, "module_add", 1, title="Operation").status_code == 302
    made = post(browser, "element_add", 1, query="?kind=goal&module=M2", statement="It runs", combine="all",
                declaration="asserted", is_public="on")  # fmt: skip
    assert made["Location"].endswith("?element=M2%3AG1#element")
    assert "M2:G1" in get(browser, "case_detail", 1, element="M2:G1")
    assert post(browser, "module_edit", 1, "M2", title="Running it", revision="1").status_code == 302
    assert "has elements" in post(browser, "module_remove", 1, "M2").content.decode()
    with acme:
        module = sound.modules.get(key="M2")
    query = "?kind=module_ref&parent=G1"
    assert post(browser, "element_add", 1, query=query, cites_module=str(module.pk)).status_code == 302
    assert "Case 1, module M2" in get(browser, "case_detail", 1, element="MR1")


def test_the_rules_are_listed_by_what_they_stop(acme, sound, sign_in):
    page = get(sign_in(acme.observer), "case_problems", 1)
    assert page.index("Needed before submission") < page.index("Worth a look")
    assert at("case_detail", 1) + "?element=G2#element" in page
    assert "WF-C07" in page


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7|add:7 }}"


def test_a_hostile_statement_stays_text_everywhere(acme, sound, sign_in):
    browser = sign_in(acme.owner)
    post(browser, "element_restate", 1, "G1", statement=HOSTILE, revision="1")
    pages = [("case_detail", 1), ("case_problems", 1), ("case_drawing", 1), ("links_review", 1),
             ("element_restate", 1, "G1"), ("case_figure", 1, "figure-1")]  # fmt: skip
    for where in pages:
        page = get(browser, *where)
        assert "<script>alert" not in page, where
        assert "<img src=x" not in page, where
    assert "&lt;script&gt;" in get(browser, "case_detail", 1, element="G1")


@pytest.mark.parametrize("cited", [1, 12])
def test_query_budget_of_a_case_that_cites(acme, sound, sign_in, cited):
    with acme:
        goal = Element.objects.get(key="G1")
        edit_element(goal, revision=None, statement=goal.statement, is_public=True, actor=acme.officer)
        case = make_case(acme, system=make_system(acme, "Chat"), purpose="Answers")
        for _ in range(cited):
            grow(case, acme, "away_goal", "G1", statement="", cites=goal)
    browser = sign_in(acme.officer)
    for where in (("case_detail", 2), ("case_problems", 2), ("links_review", 2), ("case_drawing", 2)):
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(at(*where), {"element": "AG1"}).status_code == 200
        counted = [q["sql"] for q in asked if not q["sql"].upper().startswith(("SAVEPOINT", "RELEASE"))
                   and "set_config" not in q["sql"]]  # fmt: skip
        # One for all that is cited, never one for each.
        assert len(counted) <= 12, (where, "\n".join(sql[:160] for sql in counted))
