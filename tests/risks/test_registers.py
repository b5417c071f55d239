"""The registers at the door: roles, the other organisation, filters, matrix, exports, query budgets, garbage."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.tenancy.scope import working_in
from inventory.models import AISystem
from risks.actions import add_treatment, adopt_annex_a
from risks.models import Control, ControlEvidence, Risk, RiskControl, RiskSystem
from risks.selectors import matrix_of
from tests.factories import make_control, make_evidence, make_risk, make_system

pytestmark = pytest.mark.django_db

BUDGET = 12
READ = ["risks/", "risks/matrix/", "risks/1/", "controls/", "controls/1/"]
WRITE = {
    "risks/new/": "risks.add",
    "risks/1/edit/": "risks.edit",
    "risks/1/systems/": "risks.edit",
    "risks/1/review/": "risks.edit",
    "risks/1/accept/": "risks.accept",
    "risks/1/close/": "risks.close",
    "risks/1/reopen/": "risks.close",
    "risks/1/treatments/new/": "risks.treat",
    "treatments/1/edit/": "risks.treat",
    "treatments/1/start/": "risks.treat",
    "treatments/1/complete/": "risks.treat",
    "treatments/1/cancel/": "risks.treat",
    "controls/new/": "controls.edit",
    "controls/1/edit/": "controls.edit",
    "controls/1/evidence/": "controls.edit",
}


@pytest.fixture
def filled(acme):
    control = make_control(acme.officer)
    risk = make_risk(acme.officer, owner=acme.owner, controls=[control], systems=[make_system(acme.owner)])
    with working_in(acme.organisation):
        due = timezone.localdate() + timedelta(days=9)
        add_treatment(risk, description="Test it", owner=acme.owner, due_on=due, actor=acme.owner)
    return risk


def numbers(client, query):
    return [row.record.number for row in client.get(f"/o/acme/risks/?{query}").context["listing"].rows]


def test_everybody_inside_reads_and_only_their_roles_write(acme, filled, sign_in):
    for who, member in acme.everyone().items():
        client = sign_in(member)
        for path in READ:
            assert client.get(f"/o/acme/{path}").status_code == 200, (who, path)
        for path, permission in WRITE.items():
            answer = client.post(f"/o/acme/{path}", {})
            allowed = member.may(permission)
            assert (answer.status_code == 403) != allowed, (who, path, answer.status_code)


def test_the_other_organisation_finds_nothing(acme, globex, filled, sign_in, api_as):
    client = sign_in(globex.officer)
    for path in [*READ, *WRITE]:
        assert client.get(f"/o/acme/{path}").status_code in (404, 405)
        assert client.post(f"/o/acme/{path}", {}).status_code in (404, 405)
    assert client.get("/o/globex/risks/1/").status_code == 404
    assert "refused" not in client.get("/o/globex/risks/").content.decode()
    api = api_as(globex.officer)
    assert api.get("/api/v1/o/globex/risks/1/").status_code == 404
    assert api.get("/api/v1/o/globex/risks/").json()["count"] == 0
    assert api.post("/api/v1/o/globex/risks/", {"title": "x", "systems": [1]}).status_code == 400


def test_a_certifier_writes_nothing_by_api(acme, filled, sign_in):
    client = sign_in(acme.certifier)
    for path in ("risks/", "risks/1/accept/", "risks/1/close/", "controls/", "treatments/1/start/"):
        assert client.post(f"/api/v1/o/acme/{path}", {}, content_type="application/json").status_code == 403


def test_search_filters_and_order_answer_the_same_on_page_and_api(acme, filled, sign_in, api_as):
    today = timezone.localdate()
    make_risk(acme.officer, title="Training data leaks", rated=False, review_on=today - timedelta(days=1))
    low = {"inherent_likelihood": 1, "inherent_impact": 1, "likelihood": 1, "impact": 1}
    make_risk(acme.officer, title="Chat insults", **low, residual_likelihood=None, residual_impact=None)
    client, api = sign_in(acme.observer), api_as(acme.officer)
    owner = acme.owner.pk
    expected = {
        "q=leaks": [2],
        "q=%233": [3],
        "level=high": [1],
        "level=unrated": [2],
        "level=low": [3],
        "status=in_treatment": [1],
        "status=open": [1, 3, 2],
        f"owner={owner}": [1],
        "system=1": [1],
        "control=1": [1],
        "overdue=yes": [2],
        "cell=current-2x5": [1],
        "cell=inherent-4x5": [1],
        "cell=residual-2x4": [1],
        "sort=number": [1, 2, 3],
        "acceptance=lapsed": [],
    }
    for query, wanted in expected.items():
        assert numbers(client, query) == wanted, query
        asked = query.replace("q=", "search=", 1) if query.startswith("q=") else query.replace("sort=", "ordering=")
        found = api.get(f"/api/v1/o/acme/risks/?{asked}").json()
        assert [risk["number"] for risk in found["results"]] == wanted, query


@pytest.mark.parametrize(
    "query",
    [
        "level=nonsense",
        "owner=x",
        "system=99999999999999999999",
        "cell=current-9x9",
        "sort=secret",
        "page=-1",
        "q=" + "x" * 5000,
    ],
)
def test_garbage_in_the_address_is_named_and_left_out(acme, filled, sign_in, query):
    answer = sign_in(acme.observer).get(f"/o/acme/risks/?{query}")
    assert answer.status_code == 200
    assert answer.context["listing"].errors


@pytest.mark.parametrize("query", ["level=nonsense", "owner=x", "ordering=secret", "cell=1"])
def test_the_api_refuses_what_it_does_not_understand(acme, filled, api_as, query):
    assert api_as(acme.officer).get(f"/api/v1/o/acme/risks/?{query}").status_code == 400


def test_every_cell_of_the_matrix_opens_the_risks_that_it_counts(acme, filled, sign_in):
    make_risk(acme.officer)
    make_risk(acme.officer, rated=False)
    client = sign_in(acme.observer)
    for kind in ("current", "inherent", "residual"):
        with acme:
            matrix = matrix_of(kind, "acme")
        assert (matrix.rated, matrix.unrated) == (2, 1)
        for _label, row in matrix.rows:
            for cell in row:
                assert len(numbers(client, cell.url.partition("?")[2])) == cell.count
        assert client.get(f"/o/acme/risks/matrix/?kind={kind}").status_code == 200
    assert client.get("/o/acme/risks/matrix/?kind=nonsense").status_code == 200


def test_the_api_gives_the_matrix(acme, filled, api_as):
    body = api_as(acme.officer).get("/api/v1/o/acme/risks/matrix/?kind=residual").json()
    assert body["rating"] == "residual"
    assert sum(cell["count"] for cell in body["cells"]) == body["rated"] == 1
    assert len(body["cells"]) == 25


def test_exports_hold_every_row_and_no_formula(acme, filled, sign_in):
    make_risk(acme.officer, title="=HYPERLINK(1)")
    client = sign_in(acme.officer)
    text = client.get("/o/acme/risks/?export=csv&sort=number").getvalue().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["AI systems"] == "1 Credit scoring"
    assert rows[0]["Controls"] == "OWN-1"
    assert rows[1]["Risk"] == "'=HYPERLINK(1)"
    assert client.get("/o/acme/controls/?export=xlsx").status_code == 200
    assert sign_in(acme.contributor).get("/o/acme/risks/?export=csv").status_code == 403


def test_empty_registers_offer_the_first_step(acme, sign_in):
    assert "Describe the first risk" in sign_in(acme.owner).get("/o/acme/risks/").content.decode()
    assert "Describe the first risk" not in sign_in(acme.observer).get("/o/acme/risks/").content.decode()


def test_the_page_of_a_system_shows_its_risks(acme, filled, sign_in):
    page = sign_in(acme.owner).get("/o/acme/systems/1/")
    assert page.status_code == 200
    assert "One group is refused more often" in page.content.decode()


def queries_of(client, path):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/o/acme/{path}").status_code == 200
    noise = ("savepoint", "set_config", "set transaction", "begin", "commit")
    return [q["sql"] for q in captured if not any(word in q["sql"].lower()[:60] for word in noise)]


@pytest.mark.parametrize("count", [10, 1000])
def test_lists_and_details_stay_within_the_query_budget(acme, filled, sign_in, count):
    with working_in(acme.organisation):
        adopt_annex_a(acme.organisation, actor=acme.officer)
        org, system, control = acme.organisation, AISystem.objects.get(), Control.objects.get(is_own=True)
        item = make_evidence(acme.contributor)
        risks = [
            Risk(organisation=org, number=n, title=f"Risk {n}", owner=acme.owner, likelihood=2, impact=2, score=4)
            for n in range(100, 100 + count)
        ]
        Risk.objects.bulk_create(risks)
        RiskSystem.objects.bulk_create(RiskSystem(organisation=org, risk=risk, system=system) for risk in risks)
        RiskControl.objects.bulk_create(RiskControl(organisation=org, risk=risk, control=control) for risk in risks)
        controls = [
            Control(organisation=org, number=n, reference=f"OWN-{n}", title="x", is_own=True, sort_key=f"2OWN-{n}")
            for n in range(100, 100 + count)
        ]
        Control.objects.bulk_create(controls)
        ControlEvidence.objects.bulk_create(ControlEvidence(organisation=org, control=c, item=item) for c in controls)
    client = sign_in(acme.officer)
    for path in [
        "risks/",
        "risks/?q=risk&status=open",
        "risks/matrix/",
        "risks/1/",
        "controls/",
        f"controls/{control.number}/",
    ]:
        found = queries_of(client, path)
        assert len(found) <= BUDGET, (path, len(found), found)
