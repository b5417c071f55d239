"""Search: what a member may see, by words, number or reference; page and API alike."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.documents.actions import create_document
from aims.tenancy.scope import working_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def documents(acme):
    with working_in(acme.organisation):
        return [
            create_document(
                title=f"Method {n} of testing", kind="method", body="B", owner=acme.owner, actor=acme.officer
            )
            for n in range(1, 13)
        ]


def titles(response):
    return [record.title for group in response.context["groups"] for record in group.found]


def test_words_and_numbers_are_found_and_lead_to_the_record(acme, documents, sign_in):
    client = sign_in(acme.owner)
    page = client.get("/o/acme/search/", {"q": "TESTING method 7"})
    assert titles(page) == ["Method 7 of testing"]
    (group,) = page.context["groups"]
    assert client.get(group.found[0].url).status_code == 200
    assert "Method 3 of testing" in titles(client.get("/o/acme/search/", {"q": "#3"}))


def test_many_matches_are_cut_and_lead_to_the_list(acme, documents, sign_in):
    client = sign_in(acme.certifier)
    page = client.get("/o/acme/search/", {"q": "testing"})
    (group,) = page.context["groups"]
    assert (len(group.found), group.has_more) == (8, True)
    assert client.get(f"{group.list_url}?q=testing").context["listing"].total == 12


def test_nothing_is_found_in_the_other_organisation(acme, globex, documents, sign_in, api_as):
    assert titles(sign_in(globex.officer).get("/o/globex/search/", {"q": "testing"})) == []
    assert sign_in(globex.officer).get("/o/acme/search/", {"q": "testing"}).status_code == 404
    assert api_as(globex.officer).get("/api/v1/o/globex/search/", {"q": "testing"}).json() == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "a\x07b", "y" * 100_000])
def test_what_cannot_be_searched_is_explained(acme, sign_in, api_as, text):
    page = sign_in(acme.owner).get("/o/acme/search/", {"q": text})
    assert page.status_code == 200
    assert page.context["form"].errors["q"]
    answer = api_as(acme.owner).get("/api/v1/o/acme/search/", {"q": text})
    assert (answer.status_code, list(answer.json())) == (400, ["q"])


@pytest.mark.parametrize("text", ["%", "_", "'; drop table x;--", "99999999999999999999", "-1", "🦉", "\\"])
def test_strange_words_are_only_words(acme, documents, sign_in, text):
    page = sign_in(acme.owner).get("/o/acme/search/", {"q": text})
    assert page.status_code == 200
    assert titles(page) == []


def test_the_api_finds_the_same(acme, documents, api_as):
    (group,) = api_as(acme.owner).get("/api/v1/o/acme/search/", {"q": "12"}).json()
    assert group["key"] == "documents"
    assert group["found"] == [
        {"number": 12, "title": "Method 12 of testing", "url": "/o/acme/documents/12/", "snippet": None}
    ]


def test_a_register_that_a_member_may_not_see_is_not_searched(acme, documents, sign_in, monkeypatch):
    from aims.tenancy.permissions import PERMISSIONS

    monkeypatch.setitem(PERMISSIONS, "observer", PERMISSIONS["observer"] - {"documents.view"})
    assert titles(sign_in(acme.observer).get("/o/acme/search/", {"q": "testing"})) == []


def test_each_kind_costs_one_query(acme, documents, sign_in):
    client = sign_in(acme.owner)
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/o/acme/search/", {"q": "testing"}).status_code == 200
    told = [q for q in captured if "LIKE UPPER" in q["sql"].upper()]
    assert len(told) == 6
