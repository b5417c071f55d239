"""Templates on pages and by the API: the same questions, checks and words."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.actions import add_condition
from cases.models import AssuranceCase, Challenge, DegradationCondition, Element
from cases.patterns import Person, pattern_called, patterns
from tests.cases.building import make_case, make_system
from tests.cases.test_patterns import answers_to

pytestmark = pytest.mark.django_db
KEYS = [pattern.key for pattern in patterns()]


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def sent(pattern, cast, **other):
    """The answers as a browser sends them."""
    data = {}
    for name, answer in answers_to(pattern).items():
        if isinstance(answer, Person):
            data[f"q_{name}"] = str(cast.owner.pk)
        elif isinstance(answer, list) and answer and isinstance(answer[0], dict):
            for number, row in enumerate(answer):
                data |= {f"q_{name}-{number}-{column}": value for column, value in row.items()}
        else:
            data[f"q_{name}"] = answer
    return {**data, **other}


def told(pattern, cast):
    """The answers as the API takes them."""
    found = answers_to(pattern)
    return {name: str(cast.owner.pk) if isinstance(value, Person) else value for name, value in found.items()}


def new_case(cast, number, **other):
    return {"system": number, "title": "From a template", "purpose": "Loans", "accountable_owner": str(cast.owner.pk), **other}  # fmt: skip


@pytest.fixture
def system(acme):
    with acme:
        return make_system(acme)


def page_of(response, status=200):
    assert response.status_code == status, response.content.decode()[:3000]
    return response.content.decode()


def test_the_templates_are_listed_with_what_they_are_not_for(acme, sign_in):
    page = page_of(sign_in(acme.observer).get(at("template_list")))
    for pattern in patterns():
        assert pattern.title in page.replace("&#x27;", "'")
    assert "Not when" in page
    assert "Trustworthiness and deference" in page
    assert "Use it" in page_of(sign_in(acme.owner).get(at("template_list")))
    assert 'href="/o/acme/cases/templates/P5/"' not in page


@pytest.mark.parametrize("key", KEYS)
def test_every_template_is_asked_previewed_and_made_by_its_page(acme, system, sign_in, key):
    browser, pattern = sign_in(acme.owner), pattern_called(key)
    form = page_of(browser.get(at("template_use", key)))
    for question in pattern.questions:
        assert question.ask in form.replace("&#x27;", "'").replace("&amp;", "&")
    data = {**sent(pattern, acme), **new_case(acme, system.pk)}
    preview = page_of(browser.post(at("template_use", key), {**data, "act": "preview"}))
    assert "What it would make" in preview
    assert preview.count("<svg xmlns") == 2
    with acme:
        assert not AssuranceCase.objects.exists()
    made = browser.post(at("template_use", key), {**data, "act": "create"})
    assert made.status_code == 302, made.content.decode()[:5000]
    assert made["Location"] == at("case_adopt", 1)
    with acme:
        assert Element.objects.filter(pattern=f"{key}/1").count() >= len(pattern.questions)
        assert Challenge.objects.count() == len(pattern.doubts)
    page_of(browser.get(at("case_detail", 1)))
    assert 'class="template"' in page_of(browser.get(at("case_figure", 1, "figure-1")))


@pytest.mark.parametrize("key", KEYS)
def test_page_and_api_make_the_same_and_refuse_in_the_same_words(acme, system, sign_in, key):
    browser, pattern = sign_in(acme.owner), pattern_called(key)
    base = f"/api/v1/o/acme/cases/templates/{key}/"
    refused = browser.post(base, new_case(acme, system.number, answers={}), "application/json")
    assert refused.status_code == 400
    faults = refused.json()["answers"]
    page = page_of(browser.post(at("template_use", key), {**new_case(acme, system.pk), "act": "create"}))
    for name, sentences in faults.items():
        if pattern.question(name).kind == "list":
            assert sentences[0].replace("“", "").split("”")[0] in page.replace("“", "")
    answers = told(pattern, acme)
    preview = browser.post(f"{base}preview/", {"answers": answers}, "application/json").json()
    made = browser.post(base, new_case(acme, system.number, answers=answers), "application/json")
    assert made.status_code == 201, made.content
    by_key = {one["key"]: one["statement"] for one in made.json()["elements"]}
    assert {one["key"]: one["statement"] for one in preview["elements"]} == by_key
    assert all(one["is_template_text"] and one["pattern"] == f"{key}/1" for one in made.json()["elements"])


def test_rows_come_and_go_without_losing_what_was_typed(acme, system, sign_in):
    browser, pattern = sign_in(acme.owner), pattern_called("P9")
    data = {**sent(pattern, acme), "title": "Half typed"}
    more = page_of(browser.post(at("template_use", "P9"), {**data, "add": "tests"}))
    assert 'name="q_tests-3-name"' in more
    assert 'name="q_tests-4-name"' not in more
    assert "Half typed" in more
    assert "keeps amounts and dates unchanged 2" in more
    assert "field-refused" not in more  # nobody asked yet whether it is right
    less = page_of(browser.post(at("template_use", "P9"), {**data, "remove": "tests-0"}))
    assert 'name="q_tests-2-name"' not in less
    values = re.findall(r'name="q_tests-\d-name"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="q_tests-\d-name"', less)
    assert [one or other for one, other in values] == [
        "keeps amounts and dates unchanged 1", "keeps amounts and dates unchanged 2",
    ]  # fmt: skip
    for act in ({"add": "nope"}, {"remove": "nope-1"}, {"remove": "tests-99999"}, {"add": "<b>"}, {"remove": ""}):
        page_of(browser.post(at("template_use", "P9"), {**data, **act}))


def test_too_many_rows_bad_numbers_and_markup_are_refused_or_text(acme, system, sign_in):
    browser, pattern = sign_in(acme.owner), pattern_called("P9")
    data = {**sent(pattern, acme), **new_case(acme, system.pk), "act": "create"}
    many = {f"q_tests-{n}-{column}": f"{column} {n}" for n in range(500) for column in ("name", "test")}
    assert "takes up to" in page_of(browser.post(at("template_use", "P9"), {**data, **many}))
    for notice in ("nan", "inf", "-1", "1e999", "many", "9" * 400):
        assert "field-refused" in page_of(browser.post(at("template_use", "P9"), {**data, "q_notice": notice}))
    twice = {**data, "q_tests-1-name": data["q_tests-0-name"]}
    assert "is there twice" in page_of(browser.post(at("template_use", "P9"), twice))
    hostile = {**data, "q_vendor": "<script>alert(1)</script>", "act": "preview"}
    page = page_of(browser.post(at("template_use", "P9"), hostile))
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    with acme:
        assert not AssuranceCase.objects.exists()


def test_a_template_goes_below_a_claim_and_takes_its_conditions(acme, sign_in):
    with acme:
        case = make_case(acme)
        goal = Element.objects.get(case=case, key="G1")
        add_condition(
            case, element=goal, type="use_change", statement="If it is used for cars", detector="manual_attestation",
            config={"question": "Is it?"}, every_hours=24, max_silence_hours=48, actor=acme.owner,
        )  # fmt: skip
    browser = sign_in(acme.owner)
    listed = page_of(browser.get(at("part_list", 1), {"below": "G1"}))
    assert "templates/P6/?below=G1" in listed
    page = page_of(browser.get(at("part_use", 1, "P6"), {"below": "G1"}))
    assert "If it is used for cars" in page
    data = {**sent(pattern_called("P6"), acme), "below": "G1", "act": "create"}
    assert browser.post(at("part_use", 1, "P6"), data).status_code == 302
    with acme:
        assert DegradationCondition.objects.filter(case=case).count() > 1
    refused = browser.post(
        "/api/v1/o/acme/cases/1/templates/P6/", {"answers": told(pattern_called("P6"), acme)}, "application/json"
    )
    assert refused.status_code == 409
    assert "one claim on top" in refused.json()["detail"]
    missing = {"answers": told(pattern_called("P6"), acme), "below": "G99"}
    assert browser.post("/api/v1/o/acme/cases/1/templates/P6/", missing, "application/json").status_code == 404


def use_p5(browser, cast, system):
    data = {**sent(pattern_called("P5"), cast), **new_case(cast, system.pk), "act": "create"}
    assert browser.post(at("template_use", "P5"), data).status_code == 302


def test_statements_are_adopted_one_by_one_or_all_after_reading_all(acme, system, sign_in):
    browser = sign_in(acme.owner)
    use_p5(browser, acme, system)
    page = page_of(browser.get(at("case_adopt", 1)))
    marks = re.findall(r'name="elements" value="([^"]+)"', page)
    assert len(marks) == 17
    assert "Choose the statements" in page_of(browser.post(at("case_adopt", 1), {"shown": marks}))
    assert browser.post(at("case_adopt", 1), {"elements": marks[:2]}).status_code == 302
    with acme:
        assert Element.objects.exclude(adopted_at=None).count() == 2
        changed = Element.objects.filter(adopted_at=None).latest("created_at")
        Element.objects.filter(pk=changed.pk).update(statement="Said anew by somebody else")
    # What changed since the page was opened was not read, and is not adopted with the others.
    done = browser.post(at("case_adopt", 1), {"shown": marks[2:], "all_read": "on"})
    assert done["Location"] == at("case_adopt", 1)
    with acme:
        assert Element.objects.filter(adopted_at=None).get() == changed
    stale = [mark for mark in marks if mark.startswith(f"{changed.key}.")]
    assert "has changed since you opened it" in page_of(browser.post(at("case_adopt", 1), {"elements": stale}))
    by_api = {"elements": [{"key": changed.key, "statement": "Said anew by somebody else"}]}
    answer = browser.post("/api/v1/o/acme/cases/1/adopt/", by_api, "application/json")
    assert answer.status_code == 200
    assert browser.post("/api/v1/o/acme/cases/1/adopt/", by_api, "application/json").status_code == 409
    assert "Nothing waits to be adopted" in page_of(browser.get(at("case_adopt", 1)))


def test_template_text_is_marked_wherever_it_is_shown(acme, system, sign_in):
    use_p5(sign_in(acme.owner), acme, system)
    browser = sign_in(acme.observer)
    assert "17 statements are template text" in page_of(browser.get(at("case_detail", 1)))
    assert page_of(browser.get(at("case_detail", 1))).count("Template text") >= 17
    assert "WF-S19" in page_of(browser.get(at("case_problems", 1)))
    assert "(template text)" in page_of(browser.get(at("case_figure", 1, "figure-1")))


ADDRESSES = [("template_list",), ("template_use", "P5"), ("part_list", 1), ("part_use", 1, "P5"), ("case_adopt", 1)]


@pytest.mark.parametrize("where", ADDRESSES, ids=lambda where: where[0])
def test_who_may_not_sees_nothing(acme, globex, sign_in, where):
    with acme:
        make_case(acme)
    assert sign_in(globex.owner).get(at(*where)).status_code == 404
    if where[0] != "template_list":
        assert sign_in(acme.observer).get(at(*where)).status_code == 403
    assert sign_in(acme.owner).get(at(*where)).status_code == 200
    if "P5" in where:
        assert sign_in(acme.owner).get(at(*["P99" if one == "P5" else one for one in where])).status_code == 404


@pytest.mark.parametrize("where", ADDRESSES, ids=lambda where: where[0])
def test_query_budget(acme, system, sign_in, where):
    browser = sign_in(acme.owner)
    use_p5(browser, acme, system)
    few = questions(browser, where)
    with acme:
        kept = [field.attname for field in Element._meta.concrete_fields if field.name not in ("id", "key")]
        rows = list(Element.objects.all())
        Element.objects.bulk_create(
            Element(key=f"{row.key}x{number}", **{name: getattr(row, name) for name in kept})
            for row in rows
            for number in range(10)
        )
    assert questions(browser, where) == few <= 12


def questions(browser, where):
    page_of(browser.get(at(*where)))
    with CaptureQueriesContext(connection) as asked:
        page_of(browser.get(at(*where)))
    return sum(not q["sql"].startswith(("SAVEPOINT", "RELEASE")) and "set_config" not in q["sql"] for q in asked)
