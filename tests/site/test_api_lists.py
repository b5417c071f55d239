"""Lists of the API: as few statements for a thousand rows as for ten, pages that lead through everything, one plan for all."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.tenancy.api_lists import Pages
from aims.tenancy.scope import working_in
from cases.models import AssuranceCase, Signal
from evidence.models import EvidenceItem, EvidenceVersion
from inventory.models import AISystem, Supplier
from risks.models import Control, Risk

pytestmark = pytest.mark.django_db
QUIET = ("SAVEPOINT", "RELEASE", "SELECT SET_CONFIG", "BEGIN", "COMMIT")

# What each list asks of ten rows and of a thousand, the organisation and the token included. A list read by columns is
# counted by the statement that reads it; a list of records is counted apart when there is more than one page.
STATEMENTS = {
    "risks": {10: 3, 1000: 3},
    "systems": {10: 3, 1000: 3},
    "suppliers": {10: 3, 1000: 3},
    "members": {10: 3, 1000: 3},
    "signals": {10: 3, 1000: 3},
    "evidence": {10: 3, 1000: 4},
    "cases": {10: 3, 1000: 4},
    "controls": {10: 5, 1000: 6},  # what evidence and what claims show of them, a statement each
}


def fill(cast: Any, count: int) -> None:
    organisation, owner = cast.organisation, cast.owner
    with working_in(organisation):
        system = AISystem.objects.create(number=1, name="First", owner=owner)
        AISystem.objects.bulk_create(AISystem(number=n, name=f"System {n}", owner=owner) for n in range(2, count + 1))
        Supplier.objects.bulk_create(Supplier(number=n, name=f"Supplier {n}") for n in range(1, count + 1))
        Risk.objects.bulk_create(
            Risk(number=n, title=f"Risk {n}", owner=owner, score=n % 25) for n in range(1, count + 1)
        )
        Control.objects.bulk_create(
            Control(number=n, reference=f"OWN-{n}", title="x", is_own=True, sort_key=f"2OWN-{n}")
            for n in range(1, count + 1)
        )
        items = EvidenceItem.objects.bulk_create(
            EvidenceItem(number=n, title=f"Report {n}", kind="document", owner=owner) for n in range(1, count + 1)
        )
        versions = EvidenceVersion.objects.bulk_create(
            EvidenceVersion(item=item, ordinal=1, collected_at=organisation.created_at) for item in items
        )
        for item, version in zip(items, versions, strict=True):
            item.current = version
        EvidenceItem.objects.bulk_update(items, ["current"])
        cases = AssuranceCase.objects.bulk_create(
            AssuranceCase(number=n, system=system, title=f"Case {n}", purpose=f"Use {n}", accountable_owner=owner)
            for n in range(1, count + 1)
        )
        Signal.objects.bulk_create(
            Signal(number=n, case=case, before=4, after=0, owner=owner, sentence="It fell.", due_on="2027-01-01")
            for n, case in enumerate(cases, start=1)
        )


def asked(client: Any, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [q["sql"] for q in captured if not q["sql"].upper().startswith(QUIET)]


@pytest.mark.parametrize("count", [10, 1000])
def test_a_list_asks_as_little_of_a_thousand_rows_as_of_ten(acme, api_as, count):
    fill(acme, count)
    api = api_as(acme.officer)
    api.get("/api/v1/o/acme/me/")  # the first use of a token is noted, once an hour
    found = {name: asked(api, f"/api/v1/o/acme/{name}/") for name in STATEMENTS}
    assert {name: len(each) for name, each in found.items()} == {name: n[count] for name, n in STATEMENTS.items()}, (
        found
    )


def risks(cast: Any, count: int, title: str = "Risk") -> None:
    with working_in(cast.organisation):
        Risk.objects.bulk_create(Risk(number=n, title=f"{title} {n}", score=1) for n in range(1, count + 1))


def test_next_leads_through_everything_when_counting_has_stopped(acme, api_as, monkeypatch):
    monkeypatch.setattr(Pages, "count_limit", 5)
    risks(acme, 12)
    api, url, numbers = api_as(acme.officer), "/api/v1/o/acme/risks/?page_size=4&ordering=number", []
    while url:
        body = api.get(url).json()
        assert (body["count"], body["is_count_exact"]) == (5, False)
        numbers += [row["number"] for row in body["results"]]
        previous, url = body["previous"], body["next"]
    assert numbers == list(range(1, 13))
    assert "page=2" in previous


def test_up_to_the_limit_the_count_is_exact(acme, api_as, monkeypatch):
    monkeypatch.setattr(Pages, "count_limit", 5)
    risks(acme, 5)
    body = api_as(acme.officer).get("/api/v1/o/acme/risks/?page_size=2").json()
    assert (body["count"], body["is_count_exact"], body["previous"]) == (5, True, None)


def test_records_shown_one_by_one_are_counted_the_same_way(acme, api_as, monkeypatch):
    monkeypatch.setattr(Pages, "count_limit", 5)
    fill(acme, 12)
    api = api_as(acme.officer)
    first = api.get("/api/v1/o/acme/evidence/?page_size=4").json()
    assert (first["count"], first["is_count_exact"], len(first["results"])) == (5, False, 4)
    last = api.get("/api/v1/o/acme/evidence/?page_size=4&page=3").json()
    assert (last["count"], last["is_count_exact"], last["next"]) == (12, True, None)


@pytest.mark.parametrize("page", ["0", "-1", "4", "last", "x", "٣", "1.0", "9" * 40, "999999999"])
def test_a_page_that_does_not_exist_is_not_found(acme, api_as, page):
    risks(acme, 3)
    assert api_as(acme.officer).get("/api/v1/o/acme/risks/", {"page": page, "page_size": 1}).status_code == 404


def test_a_list_without_records_is_an_empty_page(acme, api_as):
    body = api_as(acme.officer).get("/api/v1/o/acme/risks/").json()
    assert body == {"count": 0, "is_count_exact": True, "next": None, "previous": None, "results": []}


def test_a_filter_is_not_answered_with_the_statement_of_the_whole_register(acme, api_as):
    risks(acme, 3)
    api = api_as(acme.officer)
    assert api.get("/api/v1/o/acme/risks/").json()["count"] == 3
    for query in ("search=risk+2", "level=low", "status=closed", "owner=" + str(acme.owner.pk), "cell=current-1x1"):
        found = api.get(f"/api/v1/o/acme/risks/?{query}").json()
        assert found["count"] == len(found["results"]) < 3, query
    upwards = [row["number"] for row in api.get("/api/v1/o/acme/risks/?ordering=number").json()["results"]]
    downwards = [row["number"] for row in api.get("/api/v1/o/acme/risks/?ordering=-number").json()["results"]]
    assert upwards == downwards[::-1] == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_statement_planned_for_one_organisation_shows_another_only_its_own(acme, globex, api_as):
    """SECURITY: the plan is shared by all who use the connection; what it shows is decided when it runs."""
    risks(acme, 3, "Ours")
    risks(globex, 2, "Theirs")
    ours, theirs = api_as(acme.officer), api_as(globex.officer)
    for _time in range(8):  # psycopg plans a statement on the server when it comes the fifth time
        assert ours.get("/api/v1/o/acme/risks/").json()["count"] == 3
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like '%%risks_risk%%'")
        assert cursor.fetchone()[0] >= 1
    for _time in range(3):
        body = theirs.get("/api/v1/o/globex/risks/").json()
        assert [row["title"] for row in body["results"]] == ["Theirs 1", "Theirs 2"]
        assert body["count"] == 2
        assert theirs.get("/api/v1/o/acme/risks/").status_code in (401, 404)
