"""The library and the page of one piece of evidence: filters, search, order, exports, budget, who sees what."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.tenancy.scope import working_in
from evidence.actions import review_version, withdraw_item
from evidence.freshness import Freshness
from evidence.models import EvidenceItem, EvidenceVersion
from tests.evidence.making import make_system, upload
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db
BUDGET = 12


def queries(client, path) -> int:
    """Statements of one request that read or write, without savepoints and the entering of the organisation."""
    with CaptureQueriesContext(
        connection,
    ) as caught:
        response = client.get(path)
    assert response.status_code == 200
    small = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET ", "SELECT SET_CONFIG")
    return len([q for q in caught.captured_queries if not q["sql"].upper().startswith(small)])


def many(acme, count):
    """So many items with a version each, made set-based."""
    now = timezone.now()
    with working_in(acme.organisation):
        items = EvidenceItem.objects.bulk_create(
            EvidenceItem(number=1000 + n, title=f"Report {n}", kind="evaluation", owner=acme.owner)
            for n in range(count)
        )
        versions = EvidenceVersion.objects.bulk_create(
            EvidenceVersion(
                item=item,
                ordinal=1,
                collected_at=now - timedelta(days=n % 200),
                valid_until=now + timedelta(days=180 - n % 200),
                grace_until=now + timedelta(days=180 - n % 200),
                submitted_by=acme.owner,
            )
            for n, item in enumerate(items)
        )
        for item, version in zip(items, versions, strict=True):
            item.current, item.fresh_until = version, version.valid_until
        EvidenceItem.objects.bulk_update(items, ["current", "fresh_until"])
    return items


@pytest.fixture
def shelf(acme):
    """One item in each state of freshness."""
    now = timezone.now()
    days = timedelta(days=1)
    made = {
        "fresh": make_evidence(acme.owner, title="Fresh", collected_at=now - 10 * days, valid_for_days=180),
        "ageing": make_evidence(acme.owner, title="Ageing", collected_at=now - 160 * days, valid_for_days=180),
        "grace": make_evidence(
            acme.owner, title="Grace", collected_at=now - 100 * days, valid_for_days=90, grace_days=30
        ),
        "stale": make_evidence(acme.owner, title="Stale", collected_at=now - 200 * days, valid_for_days=90),
        "never_expires": make_evidence(acme.owner, title="Never", kind="document", valid_for_days=None),
        "withdrawn": make_evidence(acme.owner, title="Withdrawn"),
    }
    with working_in(acme.organisation):
        withdraw_item(made["withdrawn"], reason="Wrong.", actor=acme.officer)
    return made


def titles(response):
    return {row["title"] for row in response.json()["results"]}


@pytest.mark.parametrize("state", [state.value for state in Freshness if state != Freshness.NOT_YET])
def test_each_filter_of_freshness_finds_its_state(acme, shelf, api_as, sign_in, state):
    response = api_as(acme.owner).get(f"/api/v1/o/acme/evidence/?freshness={state}")
    assert titles(response) == {shelf[state].title}
    assert response.json()["results"][0]["freshness"] == state
    page = sign_in(acme.owner).get(f"/o/acme/evidence/?freshness={state}").content.decode()
    assert f"/o/acme/evidence/{shelf[state].number}/" in page and page.count('<th scope="row"') == 1


def test_filters_of_the_database_agree_with_the_rule_of_freshness(acme):
    many(acme, 300)
    now = timezone.now()
    with acme:
        for state in ("fresh", "ageing", "grace", "stale", "never_expires"):
            found = set(EvidenceItem.objects.with_freshness(state, now).values_list("pk", flat=True))
            told = {i.pk for i in EvidenceItem.objects.select_related("current") if i.freshness(now) == state}
            assert found == told, state


def test_the_other_filters_search_and_order(acme, shelf, api_as):
    make_system(acme.owner, "Scoring", "1")
    with acme:
        from inventory.models import AISystem

        system = AISystem.objects.get()
    tied = make_evidence(acme.contributor, title="About scoring", kind="red_team", system=system, valid_for_days=None)
    with working_in(acme.organisation):
        review_version(tied.versions.get(), verdict="accepted", note="", actor=acme.challenger)
    api, root = api_as(acme.owner), "/api/v1/o/acme/evidence/"
    only = {"About scoring"}
    for query in (
        f"system={system.number}",
        "kind=red_team",
        "review=accepted",
        f"owner={acme.contributor.pk}",
        "search=SCORING",
        f"search=%23{tied.number}",
    ):
        assert titles(api.get(f"{root}?{query}")) == only, query
    assert titles(api.get(f"{root}?status=withdrawn")) == {"Withdrawn"}
    ordered = [row["title"] for row in api.get(f"{root}?ordering=fresh_until").json()["results"]]
    assert ordered[:3] == ["Stale", "Grace", "Ageing"]
    assert api.get(f"{root}?page_size=2").json()["count"] == 7


@pytest.mark.parametrize(
    "query", ["freshness=new", "kind=rumour", "system=-1", "system=1e400", "system=x", "owner=x", "ordering=secret"]
)
def test_what_a_filter_does_not_know_is_refused_by_the_api_and_named_on_the_page(acme, shelf, sign_in, api_as, query):
    assert api_as(acme.owner).get(f"/api/v1/o/acme/evidence/?{query}").status_code == 400
    page = sign_in(acme.owner).get(f"/o/acme/evidence/?{query.replace('ordering', 'sort')}")
    assert page.status_code == 200 and "notice-warn" in page.content.decode()


def test_an_empty_library_offers_the_first_step_to_those_who_may(acme, sign_in):
    page = sign_in(acme.owner).get("/o/acme/evidence/").content.decode()
    assert "No evidence yet" in page and "Add the first evidence" in page
    page = sign_in(acme.certifier).get("/o/acme/evidence/").content.decode()
    assert "No evidence yet" in page and "Add the first evidence" not in page


def test_exports_hold_the_selection_and_no_formula(acme, shelf, sign_in):
    make_evidence(acme.owner, title="=HYPERLINK(1)")
    client = sign_in(acme.owner)
    text = b"".join(client.get("/o/acme/evidence/?export=csv").streaming_content).decode()
    assert "'=HYPERLINK(1)" in text and "Stale" in text and "Speaks for version" in text
    text = b"".join(client.get("/o/acme/evidence/?freshness=stale&export=csv").streaming_content).decode()
    assert text.count("\n") == 2
    assert client.get("/o/acme/evidence/?export=xlsx").status_code == 200
    assert sign_in(acme.contributor).get("/o/acme/evidence/?export=csv").status_code == 403


def test_everybody_inside_reads_and_nobody_else(acme, globex, shelf, sign_in, api_as):
    for member in acme.everyone().values():
        client = sign_in(member)
        for path in ("", *(f"{item.number}/" for item in shelf.values())):
            assert client.get(f"/o/acme/evidence/{path}").status_code == 200
    for path in ("", "1/", "1/edit/"):
        assert sign_in(globex.officer).get(f"/o/acme/evidence/{path}").status_code == 404
    assert api_as(globex.officer).get("/api/v1/o/globex/evidence/").json()["count"] == 0
    assert api_as(globex.officer).get("/api/v1/o/globex/evidence/1/").status_code == 404


def test_a_number_that_no_record_has_is_not_found(acme, sign_in, api_as):
    for number in (0, 77, 10**30):
        assert sign_in(acme.owner).get(f"/o/acme/evidence/{number}/").status_code == 404
        assert api_as(acme.owner).get(f"/api/v1/o/acme/evidence/{number}/").status_code == 404


def test_the_page_shows_three_times_strip_versions_and_hashes(acme, sign_in):
    item = make_evidence(acme.owner, files=[upload()], grace_days=5)
    page = sign_in(acme.owner).get(f"/o/acme/evidence/{item.number}/").content.decode()
    for words in ("Observed period", "Collected", "Recorded by the server", "then in grace until", "Hash matches"):
        assert words in page
    assert page.count('class="status') >= 5, "badges are drawn, not written as words alone"
    assert "<svg" in page and 'class="strip-fresh"' in page and "<caption" in page
    with acme:
        assert item.versions.get().files.get().sha256 in page


def test_markup_in_what_people_write_stays_text(acme, sign_in):
    item = make_evidence(acme.owner, title="<script>alert(1)</script>", method="<img src=x onerror=alert(1)>")
    for path in ("/o/acme/evidence/", f"/o/acme/evidence/{item.number}/"):
        page = sign_in(acme.owner).get(path).content.decode()
        assert "<script>alert" not in page and "<img src=x" not in page


@pytest.mark.parametrize("count", [10, 1000])
def test_list_and_page_stay_within_the_budget(acme, sign_in, api_as, count):
    made = many(acme, count)
    client, api = sign_in(acme.owner), api_as(acme.owner)
    number = made[0].number
    assert queries(client, "/o/acme/evidence/") <= BUDGET
    assert queries(client, f"/o/acme/evidence/{number}/") <= BUDGET
    assert queries(client, "/o/acme/evidence/?freshness=ageing&q=report&sort=fresh_until") <= BUDGET
    assert queries(api, "/api/v1/o/acme/evidence/") <= BUDGET
    assert queries(api, f"/api/v1/o/acme/evidence/{number}/") <= BUDGET


def test_many_versions_cost_no_more_queries(acme, sign_in):
    item = make_evidence(acme.owner, files=[upload()])
    with working_in(acme.organisation):
        EvidenceVersion.objects.bulk_create(
            EvidenceVersion(item=item, ordinal=n, collected_at=timezone.now(), submitted_by=acme.owner)
            for n in range(2, 52)
        )
    assert queries(sign_in(acme.owner), "/o/acme/evidence/1/") <= BUDGET
