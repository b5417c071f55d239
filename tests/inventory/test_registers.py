"""The registers: search, filters, order, export, query budget, readers who only read."""

import csv
import io

import pytest

from aims.pages import panels
from aims.tenancy.numbers import next_number
from aims.tenancy.scope import working_in
from inventory.actions import add_supplier, edit_supplier, retire_system, screen_system
from inventory.models import AISystem, Supplier, SystemVersion
from tests.factories import EVERYDAY, make_system

pytestmark = pytest.mark.django_db


def names(answer):
    return [row.record.name for row in answer.context["listing"].rows]


@pytest.fixture
def three(acme):
    """Scored (T0, owned, supplied), Rota (not screened), Old (retired)."""
    with working_in(acme.organisation):
        supplier = add_supplier(name="Modelworks", actor=acme.officer)
    scored = make_system(acme.owner, "Scored", supplier=supplier, business_unit="Lending", stage="operation")
    make_system(acme.officer, "Rota", purpose="Plans shifts.")
    old = make_system(acme.officer, "Old")
    with working_in(acme.organisation):
        screen_system(scored, answers=EVERYDAY, actor=acme.owner)
        retire_system(old, reason="Replaced.", actor=acme.officer)
    return acme


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Scored", "Rota", "Old"]),
        ("sort=name", ["Old", "Rota", "Scored"]),
        ("q=shifts", ["Rota"]),
        ("q=%233", ["Old"]),
        ("tier=T0", ["Scored"]),
        ("tier=unscreened", ["Rota", "Old"]),
        ("status=retired", ["Old"]),
        ("stage=operation", ["Scored"]),
        ("supplier=1", ["Scored"]),
        ("owner=null", ["Rota", "Old"]),
        ("unit=lend", ["Scored"]),
    ],
)
def test_page_and_api_find_the_same(three, sign_in, api_as, query, found):
    page = sign_in(three.observer).get(f"/o/acme/systems/?{query}")
    assert names(page) == found
    api_query = query.replace("sort=", "ordering=").replace("q=", "search=")
    answer = api_as(three.owner).get(f"/api/v1/o/acme/systems/?{api_query}")
    assert [entry["name"] for entry in answer.json()["results"]] == found


@pytest.mark.parametrize("query", ["tier=T9", "owner=x", "supplier=-5", "supplier=9" + "9" * 40, "ordering=colour"])
def test_a_filter_that_is_not_understood_is_named(three, sign_in, api_as, query):
    assert (
        sign_in(three.observer).get(f"/o/acme/systems/?{query.replace('ordering', 'sort')}").context["listing"].errors
    )
    assert api_as(three.owner).get(f"/api/v1/o/acme/systems/?{query}").status_code == 400


def test_exports_are_whole_and_harmless(three, sign_in):
    make_system(three.officer, "=cmd()", purpose="@x")
    client = sign_in(three.certifier)
    body = b"".join(client.get("/o/acme/systems/?export=csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["AI system"] for row in rows] == ["Scored", "Rota", "Old", "'=cmd()"]
    assert rows[0]["Tier"] == "T0" and rows[0]["Supplier"] == "Modelworks"
    assert client.get("/o/acme/systems/?export=xlsx").status_code == 200
    assert sign_in(three.observer).get("/o/acme/systems/?export=csv").status_code == 403


def test_an_empty_register_offers_the_first_step_to_those_who_may(acme, sign_in):
    assert "Register the first AI system" in sign_in(acme.officer).get("/o/acme/systems/").content.decode()
    assert "Register the first AI system" not in sign_in(acme.observer).get("/o/acme/systems/").content.decode()


@pytest.mark.parametrize("role", ["certifier", "observer"])
def test_readers_see_every_page_and_write_nothing(three, sign_in, role):
    client = sign_in(getattr(three, role))
    for path in ("systems/", "systems/1/", "suppliers/", "suppliers/1/"):
        assert client.get(f"/o/acme/{path}").status_code == 200, path
    for path in ("systems/new/", "systems/1/edit/", "systems/1/screen/", "systems/1/retire/", "systems/import/"):
        assert client.get(f"/o/acme/{path}").status_code == 403, path
        assert client.post(f"/o/acme/{path}", {}).status_code == 403, path


def test_suppliers_on_page_and_api(acme, sign_in, api_as):
    client, api = sign_in(acme.officer), api_as(acme.officer)
    assert (
        client.post("/o/acme/suppliers/new/", {"name": "Modelworks", "website": "modelworks.example"}).status_code
        == 302
    )
    again = api.post("/api/v1/o/acme/suppliers/", {"name": "modelWORKS"})
    assert (again.status_code, again.json()["field"]) == (409, "name")
    assert "name" in client.post("/o/acme/suppliers/new/", {"name": "modelWORKS"}).context["form"].errors
    changed = api.patch("/api/v1/o/acme/suppliers/1/", {"revision": 1, "notes": "Contract 7."})
    assert (changed.json()["website"], changed.json()["notes"]) == ("https://modelworks.example", "Contract 7.")
    page = client.post("/o/acme/suppliers/1/edit/", {"name": "Modelworks Ltd", "revision": 1})
    assert "changed since" in page.content.decode()
    assert client.post("/o/acme/suppliers/1/edit/", {"name": "Modelworks Ltd", "revision": 2}).status_code == 302
    assert client.post("/o/acme/suppliers/new/", {"name": "x", "website": "javascript:alert(1)"}).context["form"].errors
    with acme:
        assert Supplier.objects.get().name == "Modelworks Ltd"


def test_the_other_organisation_has_its_own_suppliers(acme, globex, sign_in):
    with working_in(acme.organisation):
        supplier = add_supplier(name="Modelworks", actor=acme.officer)
        edit_supplier(supplier, name="Modelworks", website="", notes="x", revision=None, actor=acme.officer)
    client = sign_in(globex.officer)
    assert client.get("/o/globex/suppliers/1/").status_code == 404
    assert names(client.get("/o/globex/suppliers/")) == []


def fill(cast, count):
    with working_in(cast.organisation):
        supplier = Supplier.objects.create(organisation=cast.organisation, number=1, name="Modelworks")
        first = next_number(cast.organisation, AISystem, count)
        systems = [
            AISystem(
                organisation=cast.organisation,
                number=first + place,
                name=f"System {place}",
                owner=cast.owner,
                supplier=supplier,
                tier="T2",
                screening=EVERYDAY,
            )
            for place in range(count)
        ]
        AISystem.objects.bulk_create(systems)
        SystemVersion.objects.bulk_create(
            SystemVersion(organisation=cast.organisation, system=systems[0], label=str(place), added_by=cast.owner)
            for place in range(count)
        )


@pytest.mark.parametrize("count", [10, 1000])
def test_lists_and_pages_keep_their_query_budget(acme, sign_in, api_as, count, statements, monkeypatch):
    # What higher rooms show in panels is theirs to count; this is what the page itself costs.
    monkeypatch.setattr(panels, "_panels", {})
    fill(acme, count)
    client, api = sign_in(acme.officer), api_as(acme.officer)
    for path in ("systems/", "systems/1/", "suppliers/", "suppliers/1/", "systems/imports/"):
        with statements() as seen:
            assert client.get(f"/o/acme/{path}").status_code == 200
        assert len(seen) <= 12, "\n".join(q[:230] for q in seen)
    for path in ("systems/", "systems/1/", "systems/1/versions/", "suppliers/"):
        with statements() as seen:
            assert api.get(f"/api/v1/o/acme/{path}").status_code == 200
        assert len(seen) <= 12, "\n".join(q[:230] for q in seen)
