"""The trail's pages: who may read them, what they find, where each event leads, and how a record was."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.documents.models import Document
from aims.tenancy.door import acting_as
from aims.tenancy.events import MemberEvent
from aims.tenancy.numbers import next_number
from aims.trail.models import Event
from aims.trail.record import record, record_many

pytestmark = pytest.mark.django_db


def make_document(acme, **fields):
    with acting_as(acme.owner):
        return Document.objects.create(
            number=next_number(acme.organisation, Document),
            title=fields.get("title", "AI policy"),
            kind="policy",
            body="We use AI with care.",
            owner=acme.owner,
        )


def told_queries(captured):
    return [q for q in captured if "SAVEPOINT" not in q["sql"] and "set_config" not in q["sql"]]


@pytest.mark.parametrize(
    ("role", "status"),
    [("officer", 200), ("executive", 200), ("auditor", 200), ("certifier", 200), ("owner", 403), ("observer", 403)],
)
def test_only_roles_with_the_permission_read_the_trail(acme, sign_in, role, status):
    assert sign_in(getattr(acme, role)).get("/o/acme/trail/").status_code == status


def test_a_stranger_finds_neither_the_trail_nor_a_record(acme, globex, sign_in):
    client = sign_in(globex.officer)
    assert client.get("/o/acme/trail/").status_code == 404
    assert client.get(f"/o/acme/trail/records/tenancy.member/{acme.officer.pk}/").status_code == 404


def test_a_record_of_the_other_organisation_has_no_trail_here(acme, globex, sign_in):
    client = sign_in(globex.officer)
    assert client.get(f"/o/globex/trail/records/tenancy.member/{acme.officer.pk}/").status_code == 404


def test_the_list_is_filtered_by_event_person_kind_and_period(acme, sign_in):
    with acme:
        record(MemberEvent.CHANGED, acme.owner, actor=acme.officer, job_title=["", "Head of credit"])
    client = sign_in(acme.officer)
    shown = client.get(
        "/o/acme/trail/",
        {"event": MemberEvent.CHANGED, "actor": acme.officer.pk, "target_kind": "tenancy.member"},
    )
    assert [row.record.event for row in shown.context["listing"].rows] == [MemberEvent.CHANGED]
    assert "job title: – → Head of credit" in shown.content.decode()
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert client.get("/o/acme/trail/", {"since": tomorrow}).context["listing"].total == 0
    assert client.get("/o/acme/trail/", {"since": "0001-01-01", "until": "9999-12-31"}).context["listing"].total > 0
    assert client.get("/o/acme/trail/", {"actor": "system"}).context["listing"].total > 0


def test_filters_that_make_no_sense_are_named_and_left_out(acme, sign_in):
    response = sign_in(acme.officer).get(
        "/o/acme/trail/", {"event": "tenancy.member.eaten", "actor": "🦉" * 300, "since": "0000-99-99", "page": "-1"}
    )
    assert response.status_code == 200
    assert len(response.context["listing"].errors) >= 3


def test_every_event_leads_to_a_page_that_opens(acme, sign_in):
    make_document(acme)
    client = sign_in(acme.officer)
    rows = client.get("/o/acme/trail/").context["listing"].rows
    assert rows
    assert {client.get(row.url).status_code for row in rows} == {200}


def test_the_export_holds_every_event_with_its_hash(acme, sign_in):
    body = b"".join(sign_in(acme.auditor).get("/o/acme/trail/?export=csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(body)))
    with acme:
        newest = Event.objects.first()
        assert len(rows) == Event.objects.count()
    assert rows[0]["SHA-256 of the chain"] == newest.hash
    assert rows[0]["Who"] == "The system"


def test_a_record_shows_how_it_was(acme, sign_in):
    document = make_document(acme)
    with acting_as(acme.officer):
        Document.objects.filter(pk=document.pk).update(title="Policy on AI")
    client = sign_in(acme.officer)
    page = client.get(f"/o/acme/trail/records/documents.document/{document.pk}/")
    newest, oldest = page.context["states"]
    assert newest.actor == acme.officer
    assert [(d.before, d.after) for d in newest.differences] == [("AI policy", "Policy on AI")]
    assert oldest.actor == acme.owner
    assert dict(oldest.values)["title"] == "AI policy"


def test_before_a_record_existed_there_was_nothing(acme, sign_in):
    document = make_document(acme)
    url = f"/o/acme/trail/records/documents.document/{document.pk}/"
    page = sign_in(acme.officer).get(url, {"as_of": "2020-01-01T10:00"})
    assert page.context["states"] == []
    assert "did not exist then" in page.content.decode()


@pytest.mark.parametrize("as_of", ["yesterday", "9" * 500, "0001-01-01T00:00", "9999-12-31T23:59"])
def test_an_absurd_moment_is_explained(acme, sign_in, as_of):
    document = make_document(acme)
    page = sign_in(acme.officer).get(f"/o/acme/trail/records/documents.document/{document.pk}/", {"as_of": as_of})
    assert page.status_code == 200


@pytest.mark.parametrize("kind", ["nonsense", "tenancy.user", "x" * 500, "a.b.c"])
def test_an_unknown_kind_is_not_found(acme, sign_in, kind):
    assert sign_in(acme.officer).get(f"/o/acme/trail/records/{kind}/{acme.officer.pk}/").status_code == 404


@pytest.mark.parametrize("count", [10, 1000])
def test_the_list_costs_the_same_however_many_events_there_are(acme, sign_in, count):
    with acme:
        record_many([(MemberEvent.CHANGED, acme.owner, {}) for _ in range(count)], actor=acme.officer)
    client = sign_in(acme.officer)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get("/o/acme/trail/").status_code == 200
    assert len(told_queries(captured)) <= 12


def test_the_command_says_whole_or_names_the_broken_link(acme):
    out = StringIO()
    call_command("verify_trail", "acme", stdout=out)
    assert "whole" in out.getvalue()
    with acme:
        last = Event.objects.first()
        Event.objects.create(
            sequence=last.sequence + 1,
            at=last.at,
            event=MemberEvent.ADDED,
            target_kind="tenancy.member",
            target_id=acme.owner.pk,
            target_label="smuggled in",
            previous_hash=last.hash,
            hash="0" * 64,
        )
    with pytest.raises(CommandError, match=f"broken at event {last.sequence + 1}"):
        call_command("verify_trail", "acme")
    with pytest.raises(CommandError, match="no organisation"):
        call_command("verify_trail", "nobody")


def test_the_trail_leads_only_where_its_reader_may_go(acme, sign_in):
    with acme:
        record(MemberEvent.CHANGED, acme.owner, actor=acme.officer, job_title=["", "Clerk"])
    member = f"/o/acme/members/{acme.owner.pk}/"
    trail = f"/o/acme/trail/records/tenancy.member/{acme.owner.pk}/"
    first = {
        name: sign_in(getattr(acme, name)).get("/o/acme/trail/").context["listing"].rows[0]
        for name in ("officer", "executive")
    }
    assert (first["officer"].url, first["executive"].url) == (member, trail)
    assert f'href="{member}"' not in sign_in(acme.executive).get(trail).content.decode()
