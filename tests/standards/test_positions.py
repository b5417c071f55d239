"""Positions on requirements: set with reasons, shown beside the catalogue, by page and API."""

import csv
from datetime import date
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.standards import catalogue
from aims.standards.actions import set_position
from aims.standards.models import RequirementPosition
from aims.tenancy.scope import working_in
from aims.trail.models import Event

pytestmark = pytest.mark.django_db
FIRST = catalogue.requirement("4.1-r01")


def said(cast, requirement=FIRST, **changes):
    values = {"position": "partial", "satisfied_by": "Context register", "gap": "Law is missing", **changes}
    with working_in(cast.organisation):
        return set_position(requirement, actor=cast.officer, **values)


def told_queries(captured):
    return [q for q in captured if "SAVEPOINT" not in q["sql"] and "set_config" not in q["sql"]]


def test_before_anybody_said_anything_there_is_no_row_and_the_pages_still_work(acme, sign_in):
    client = sign_in(acme.certifier)
    assert "0 of 181" in client.get("/o/acme/clauses/").content.decode()
    assert client.get("/o/acme/requirements/").context["listing"].total == 181
    assert "Nobody has looked" in client.get("/o/acme/requirements/4.1-r01/").content.decode()
    with acme:
        assert not RequirementPosition.objects.exists()


def test_an_officer_sets_a_position_and_the_counts_follow(acme, sign_in):
    client = sign_in(acme.officer)
    data = {"position": "met", "satisfied_by": "Context register 2026", "owner": acme.owner.pk, "revision": 0}
    assert client.post("/o/acme/requirements/4.1-r01/edit/", data).status_code == 302
    assert "1 of 181" in client.get("/o/acme/clauses/").content.decode()
    rows = client.get("/o/acme/requirements/", {"position": "met", "owner": acme.owner.pk}).context["listing"].rows
    assert [row.record.id for row in rows] == ["4.1-r01"]
    with acme:
        event = Event.objects.first()
        assert (event.event, event.actor) == ("standards.position.set", acme.officer)
    assert client.get("/o/acme/positions/1/")["Location"] == "/o/acme/requirements/4.1-r01/"
    assert client.get("/o/acme/positions/2/").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"position": "met", "satisfied_by": "", "gap": ""}, "satisfied_by"),
        ({"position": "met", "satisfied_by": "x", "gap": "y"}, "gap"),
        ({"position": "gap", "gap": " "}, "gap"),
        ({"position": "partial", "satisfied_by": ""}, "satisfied_by"),
    ],
)
def test_a_position_says_why_on_page_and_api_alike(acme, sign_in, api_as, changes, field):
    with acme, pytest.raises(RuleBroken) as broken:
        said(acme, **changes)
    assert broken.value.field == field
    data = {"position": "partial", "satisfied_by": "a", "gap": "b", **changes}
    page = sign_in(acme.officer).post("/o/acme/requirements/4.1-r01/edit/", {**data, "revision": 0})
    assert page.context["form"].errors[field] == [broken.value.message]
    answer = api_as(acme.officer).put("/api/v1/o/acme/requirements/4.1-r01/", data)
    assert answer.status_code in {400, 409}
    with acme:
        assert not RequirementPosition.objects.exists()


def test_a_lost_update_is_refused_also_the_first_time(acme, sign_in):
    said(acme)
    data = {"position": "gap", "gap": "Everything", "revision": 0}
    page = sign_in(acme.officer).post("/o/acme/requirements/4.1-r01/edit/", data)
    assert "changed since you opened it" in page.content.decode()
    with acme, pytest.raises(ChangedSinceOpened):
        said(acme, gap="Other", revision=7)


def test_saying_the_same_again_tells_nothing(acme):
    said(acme)
    with acme:
        before = Event.objects.count()
    said(acme)
    with acme:
        assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"position": "splendid"}, "position"),
        ({"satisfied_by": "a\x00"}, "satisfied_by"),
        ({"gap": "x" * 10_000_000}, "gap"),
        ({"due_on": "31.12.2026"}, "due_on"),
        ({"owner": "-1"}, "owner"),
        ({"revision": "-5"}, "revision"),
        ({"revision": "many"}, "revision"),
    ],
)
def test_garbage_is_named_and_nothing_is_saved(acme, sign_in, api_as, changes, field):
    data = {"position": "partial", "satisfied_by": "a", "gap": "b", "revision": 0, **changes}
    page = sign_in(acme.officer).post("/o/acme/requirements/4.1-r01/edit/", data)
    assert page.status_code == 200
    assert field in page.context["form"].errors
    answer = api_as(acme.officer).put("/api/v1/o/acme/requirements/4.1-r01/", data)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    with acme:
        assert not RequirementPosition.objects.exists()


@pytest.mark.parametrize(
    "role", ["owner", "contributor", "challenger", "executive", "auditor", "certifier", "observer"]
)
def test_everybody_reads_and_only_officers_write(acme, sign_in, role):
    client = sign_in(getattr(acme, role))
    assert client.get("/o/acme/clauses/6.1/").status_code == 200
    assert client.post("/o/acme/requirements/4.1-r01/edit/", {"position": "unknown"}).status_code == 403


def test_a_stranger_finds_nothing(acme, globex, sign_in, api_as):
    said(acme, gap="A secret of Acme")
    client = sign_in(globex.officer)
    assert client.get("/o/acme/requirements/4.1-r01/").status_code == 404
    assert "A secret of Acme" not in client.get("/o/globex/requirements/4.1-r01/").content.decode()
    assert client.get("/o/globex/positions/1/").status_code == 404
    assert "A secret" not in str(api_as(globex.officer).get("/api/v1/o/globex/requirements/").json())


@pytest.mark.parametrize(
    "path", ["clauses/99/", "clauses/A.2/", "requirements/4.1-r99/", "clauses/ /", "requirements/🦉/edit/"]
)
def test_what_the_standard_does_not_have_is_not_found(acme, sign_in, path):
    assert sign_in(acme.officer).get(f"/o/acme/{path}").status_code == 404


def test_the_list_is_filtered_searched_sorted_and_taken_out(acme, sign_in):
    said(acme, due_on=date(2020, 1, 1))
    said(acme, catalogue.requirement("10.2-r01"), position="gap", gap="No complaints log")
    client = sign_in(acme.officer)

    def found(**query):
        return [row.record.id for row in client.get("/o/acme/requirements/", query).context["listing"].rows]

    assert found(overdue="true") == ["4.1-r01"]
    assert found(position="gap") == ["10.2-r01"]
    assert found(q="complaints LOG") == ["10.2-r01"]
    assert found(sort="position", size=25)[0] == "10.2-r01"
    assert found(sort="-id", size=25)[0].startswith("10.2")
    assert len(found(clause="6.1", size=50)) == 40
    assert client.get("/o/acme/requirements/", {"position": "?", "sort": "x", "page": "99"}).status_code == 200
    body = b"".join(client.get("/o/acme/requirements/?export=csv&clause=4").streaming_content).decode("utf-8-sig")
    assert len(list(csv.DictReader(StringIO(body)))) == 17


def test_the_api_shows_clauses_and_requirements_and_sets_positions(acme, api_as):
    api = api_as(acme.officer)
    changed = api.put(
        "/api/v1/o/acme/requirements/4.1-r01/",
        {"position": "met", "satisfied_by": "Register", "owner": str(acme.owner.pk), "due_on": "2027-01-01"},
    )
    assert changed.status_code == 200
    assert (changed.json()["revision"], changed.json()["owner_name"]) == (1, acme.owner.display_name)
    found = api.get("/api/v1/o/acme/requirements/", {"position": "met", "ordering": "-id"}).json()
    assert [row["id"] for row in found["results"]] == ["4.1-r01"]
    clauses = {row["ref"]: row for row in api.get("/api/v1/o/acme/clauses/").json()}
    assert clauses["4"]["readiness"] == {"met": 1, "partial": 0, "gap": 0, "unknown": 16, "total": 17}
    assert api.get("/api/v1/o/acme/requirements/", {"position": "?"}).status_code == 400
    assert api_as(acme.owner).put("/api/v1/o/acme/requirements/4.1-r01/", {}).status_code == 403


def test_pages_cost_the_same_with_every_position_set(acme, sign_in):
    with acme:
        RequirementPosition.objects.bulk_create(
            [
                RequirementPosition(number=n, requirement=each.id, clause=each.clause, owner=acme.owner)
                for n, each in enumerate(catalogue.requirements(), start=1)
            ]
        )
    client = sign_in(acme.certifier)
    for path in ("clauses/", "clauses/6.1/", "requirements/?size=200", "requirements/4.1-r01/"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/o/acme/{path}").status_code == 200
        assert len(told_queries(captured)) <= 12, path
