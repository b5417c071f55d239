"""Every page of the room, for everybody who may see it, within its budget of queries."""

import csv
import io

import pytest

from aims.tenancy.scope import working_in
from audits.models import Audit, ChecklistItem, Finding, ManagementReview, Nonconformity, ReviewAction
from tests.audits.making import (
    BUDGET,
    items_of,
    make_action,
    make_analysed,
    make_finding,
    make_held,
    make_running_audit,
    make_system,
    queries,
    today,
)

pytestmark = pytest.mark.django_db

LISTS = [
    "audits/",
    "findings/",
    "improvement/",
    "improvement/actions/",
    "reviews/",
    "reviews/actions/",
]
DETAILS = [
    "audits/1/",
    "audits/1/checklist/",
    "findings/1/",
    "nonconformities/1/",
    "corrective-actions/1/",
    "reviews/1/",
    "reviews/1/minutes/",
    "review-actions/1/",
]


@pytest.fixture
def room(acme):
    """One of everything."""
    system = make_system(acme, tier="T3", stage="operation", owner=acme.owner)
    audit = make_running_audit(acme)
    finding = make_finding(acme, audit, system=system)
    nonconformity = make_analysed(acme, finding=finding)
    make_action(acme, nonconformity)
    make_held(acme)
    return acme


@pytest.fixture
def item(room):
    with working_in(room.organisation):
        audit = Audit.objects.get(number=1)
    return f"audits/1/checklist/{items_of(room, audit)[0].ordinal}/"


@pytest.mark.parametrize("who", ["officer", "auditor", "executive", "owner", "certifier", "observer"])
def test_everybody_inside_reads_every_page(room, item, sign_in, who):
    client = sign_in(getattr(room, who))
    for path in [*LISTS, *DETAILS, item]:
        response = client.get(f"/o/acme/{path}")
        assert response.status_code == 200, path
        assert "Credit scoring" in client.get("/o/acme/findings/1/").content.decode()


def test_pages_stay_within_their_budget(room, item, sign_in):
    client = sign_in(room.officer)
    for path in [*LISTS, *DETAILS, item]:
        assert queries(client, f"/o/acme/{path}") <= BUDGET, path


def test_a_thousand_rows_cost_no_more_queries(room, sign_in):
    rows = 1_000
    numbers = range(100, 100 + rows)
    with working_in(room.organisation):
        audit, review = Audit.objects.get(number=1), ManagementReview.objects.get(number=1)
        Audit.objects.bulk_create(
            Audit(
                number=n,
                title=f"Audit {n}",
                criteria="8",
                scope_text="All",
                lead_auditor=room.auditor,
                starts_on=today(),
                ends_on=today(),
            )
            for n in numbers
        )
        Finding.objects.bulk_create(
            Finding(number=n, audit=audit, grade="minor", statement=f"Found {n}", evidence_seen="Seen") for n in numbers
        )
        Nonconformity.objects.bulk_create(
            Nonconformity(number=n, title=f"Not met {n}", description="So", owner=room.owner, due_on=today())
            for n in numbers
        )
        ReviewAction.objects.bulk_create(
            ReviewAction(number=n, review=review, description=f"Do {n}", owner=room.owner, due_on=today())
            for n in numbers
        )
    client = sign_in(room.officer)
    for path in [*LISTS, "audits/1/", "reviews/1/", "nonconformities/1/"]:
        assert queries(client, f"/o/acme/{path}") <= BUDGET, path


def test_the_other_organisation_finds_nothing(room, item, globex, sign_in):
    client = sign_in(globex.officer)
    for path in [*LISTS, *DETAILS, item]:
        assert client.get(f"/o/acme/{path}").status_code == 404, path
        if path in DETAILS:
            assert client.get(f"/o/globex/{path}").status_code == 404, path


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_list_says_what_it_is_for(acme, sign_in, path):
    page = sign_in(acme.officer).get(f"/o/acme/{path}").content.decode()
    assert "empty-state" in page


def test_the_checklist_leaves_as_a_working_paper(room, sign_in):
    response = sign_in(room.auditor).get("/o/acme/audits/1/checklist/?export=csv")
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    with working_in(room.organisation):
        assert len(rows) - 1 == ChecklistItem.objects.count() > 2
    assert rows[1][0] == "8.4-r01" and rows[1][1].endswith(".")


def test_the_contributor_sees_lists_but_takes_none_out(room, sign_in):
    client = sign_in(room.contributor)
    assert client.get("/o/acme/improvement/").status_code == 200
    assert client.get("/o/acme/improvement/?export=csv").status_code == 403


def test_overdue_nonconformities_come_first_and_closed_ones_last(acme, sign_in):
    with working_in(acme.organisation):
        Nonconformity.objects.bulk_create(
            Nonconformity(number=n, title=title, description="So", owner=acme.owner, due_on=today(days), status=status)
            for n, (title, days, status) in enumerate(
                [("Later", 9, "open"), ("Long closed", -90, "closed"), ("Late", -3, "in_action")], start=1
            )
        )
    page = sign_in(acme.observer).get("/o/acme/improvement/").content.decode()
    assert page.index(">Late<") < page.index(">Later<") < page.index(">Long closed<")
    assert "In action, overdue" in page
    filtered = sign_in(acme.observer).get("/o/acme/improvement/?state=overdue").content.decode()
    assert ">Late<" in filtered and ">Later<" not in filtered


def test_filters_that_make_no_sense_are_named_and_left_out(room, sign_in):
    client = sign_in(room.officer)
    for query in [
        "status=shoe",
        "owner=nobody",
        "system=99999999999999999999",
        "sort=shoe",
        "page=-1",
        "q=%F0%9F%92%A9" * 400,
    ]:
        for path in LISTS:
            assert client.get(f"/o/acme/{path}?{query}").status_code == 200, (path, query)


def test_the_system_page_shows_what_audits_found(room, sign_in):
    page = sign_in(room.owner).get("/o/acme/systems/1/").content.decode()
    assert "Assessment not repeated" in page and "The assessment was not repeated after the change." in page


def test_a_status_is_text_icon_and_colour(room, sign_in):
    client = sign_in(room.observer)
    for path in ["audits/1/", "findings/1/", "nonconformities/1/", "corrective-actions/1/", "reviews/1/", "systems/1/"]:
        page = client.get(f"/o/acme/{path}").content.decode()
        assert '<span class="status status-' in page, path
