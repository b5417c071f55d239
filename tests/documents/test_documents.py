"""Documents: written, approved by somebody else, lapsing when changed, withdrawn with a reason."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aims.documents.actions import approve_document, create_document, edit_document, withdraw_document
from aims.documents.models import Document
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event

pytestmark = pytest.mark.django_db


def draft(cast, **changes):
    said = {"title": "AI policy", "kind": "policy", "body": "We use AI with care.", "owner": cast.owner, **changes}
    with working_in(cast.organisation):
        return create_document(actor=cast.officer, **said)


def approved(cast):
    document = draft(cast)
    with working_in(cast.organisation):
        return approve_document(document, actor=cast.executive)


def form(document, **changes):
    return {
        "title": document.title,
        "kind": document.kind,
        "body": document.body,
        "owner": document.owner_id,
        "review_on": "",
        "revision": document.revision,
        **changes,
    }


def fresh(cast, document):
    with cast:
        return Document.objects.select_related("owner").get(pk=document.pk)


def told_queries(captured):
    return [q for q in captured if "SAVEPOINT" not in q["sql"] and "set_config" not in q["sql"]]


def test_an_officer_writes_and_an_executive_approves(acme, sign_in):
    response = sign_in(acme.officer).post(
        "/o/acme/documents/new/",
        {"title": "Scope", "kind": "scope", "body": "All of it.", "owner": acme.officer.pk, "review_on": "2027-01-31"},
    )
    assert (response.status_code, response["Location"]) == (302, "/o/acme/documents/1/")
    client = sign_in(acme.executive)
    page = client.get("/o/acme/documents/1/approve/")
    assert "All of it." in page.content.decode()
    assert client.post("/o/acme/documents/1/approve/", {"revision": 1}).status_code == 302
    with acme:
        document = Document.objects.get()
        assert document.is_approved
        assert document.approved_sha256 == document.sha256
        told = Event.objects.first()
        assert (told.event, told.actor) == ("documents.document.approved", acme.executive)
        assert told.changes["sha256"] == document.sha256
    assert "Approved" in client.get("/o/acme/documents/1/").content.decode()


@pytest.mark.parametrize("who", ["owner", "officer"])
def test_neither_the_owner_nor_the_last_editor_approves(acme, who):
    document = draft(acme)
    with acme, pytest.raises(RuleBroken, match="somebody else"):
        approve_document(document, actor=getattr(acme, who))
    assert fresh(acme, document).status == "draft"


def test_the_page_and_the_api_refuse_in_the_same_words(acme, sign_in, api_as):
    document = draft(acme, owner=acme.executive)
    page = sign_in(acme.executive).post(f"/o/acme/documents/{document.number}/approve/", {"revision": 1})
    answer = api_as(acme.executive).post(f"/api/v1/o/acme/documents/{document.number}/approve/", {"revision": 1})
    assert answer.status_code == 409
    assert answer.json()["detail"] in page.content.decode()


def test_changing_an_approved_text_begins_a_new_edition_and_the_approval_lapses(acme, sign_in):
    document = approved(acme)
    client, url = sign_in(acme.officer), f"/o/acme/documents/{document.number}/"
    assert "begins a new edition" in client.get(f"{url}edit/").content.decode()
    assert client.post(f"{url}edit/", form(document, body="We use AI boldly.")).status_code == 302
    now = fresh(acme, document)
    assert (now.edition, now.status, now.body) == (2, "draft", "We use AI boldly.")
    assert now.has_lapsed
    assert not now.is_approved
    assert "The approval has lapsed" in client.get(url).content.decode()


def test_planning_a_review_does_not_touch_the_approval(acme, sign_in):
    document = approved(acme)
    response = sign_in(acme.officer).post(
        f"/o/acme/documents/{document.number}/edit/", form(document, review_on="2027-05-01")
    )
    assert response.status_code == 302
    assert fresh(acme, document).is_approved


def test_text_changed_behind_the_back_shows_as_lapsed(acme):
    document = approved(acme)
    with acme:
        Document.objects.filter(pk=document.pk).update(body="Smuggled in.")
    assert fresh(acme, document).has_lapsed


def test_what_was_not_seen_is_not_approved(acme, sign_in):
    document = draft(acme)
    with working_in(acme.organisation):
        edit_document(
            document, title="AI policy", kind="policy", body="New words.", owner=acme.owner, actor=acme.officer
        )
    response = sign_in(acme.executive).post(f"/o/acme/documents/{document.number}/approve/", {"revision": 1})
    assert "changed since you opened it" in response.content.decode()
    assert fresh(acme, document).status == "draft"


def test_a_lost_update_is_refused(acme):
    document = draft(acme)
    said = {"title": "A", "kind": "policy", "body": "B", "owner": acme.owner}
    with acme:
        edit_document(document, **said, revision=1, actor=acme.officer)
        with pytest.raises(ChangedSinceOpened):
            edit_document(document, **{**said, "title": "C"}, revision=1, actor=acme.officer)


def test_a_withdrawn_document_stays_readable_and_as_it_was(acme, sign_in):
    document = approved(acme)
    client, url = sign_in(acme.officer), f"/o/acme/documents/{document.number}/"
    assert "Fill in" in client.post(f"{url}withdraw/", {"reason": " ", "revision": 2}).content.decode()
    withdrawal = {"reason": "Replaced by the group policy.", "revision": document.revision}
    assert client.post(f"{url}withdraw/", withdrawal).status_code == 302
    assert "Replaced by the group policy." in client.get(url).content.decode()
    with acme:
        with pytest.raises(RuleBroken, match="withdrawn"):
            edit_document(document, title="X", kind="policy", body="Y", owner=acme.owner, actor=acme.officer)
        with pytest.raises(RuleBroken, match="cannot become"):
            approve_document(document, actor=acme.executive)
        with pytest.raises(RuleBroken, match="Say why"):
            withdraw_document(document, reason="", actor=acme.officer)


@pytest.mark.parametrize(
    "role", ["owner", "contributor", "challenger", "executive", "auditor", "certifier", "observer"]
)
def test_everybody_reads_and_only_officers_write(acme, sign_in, role):
    document = draft(acme)
    client, url = sign_in(getattr(acme, role)), f"/o/acme/documents/{document.number}/"
    assert client.get(url).status_code == 200
    assert client.get("/o/acme/documents/").status_code == 200
    assert client.post("/o/acme/documents/new/", form(document)).status_code == 403
    assert client.post(f"{url}edit/", form(document, title="Mine")).status_code == 403
    assert client.post(f"{url}withdraw/", {"reason": "x", "revision": 1}).status_code == 403
    assert fresh(acme, document).title == "AI policy"


def test_a_stranger_finds_nothing(acme, globex, sign_in, api_as):
    document = draft(acme, title="Only for Acme")
    client = sign_in(globex.officer)
    assert client.get(f"/o/acme/documents/{document.number}/").status_code == 404
    assert client.get(f"/o/globex/documents/{document.number}/").status_code == 404
    assert api_as(globex.officer).get(f"/api/v1/o/globex/documents/{document.number}/").status_code == 404
    assert document.title not in client.get("/o/globex/documents/").content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"body": "y" * 10_000_000}, "body"),
        ({"body": "a\x1bb"}, "body"),
        ({"kind": "poem"}, "kind"),
        ({"owner": "nobody"}, "owner"),
        ({"review_on": "2027-02-30"}, "review_on"),
    ],
)
def test_garbage_is_named_by_page_and_api_and_nothing_is_saved(acme, sign_in, api_as, changes, field):
    said = {"title": "T", "kind": "policy", "body": "B", "owner": str(acme.owner.pk), **changes}
    page = sign_in(acme.officer).post("/o/acme/documents/new/", said)
    assert page.status_code == 200
    assert field in page.context["form"].errors
    answer = api_as(acme.officer).post("/api/v1/o/acme/documents/", said)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    with acme:
        assert not Document.objects.exists()


def test_strange_but_lawful_text_is_kept_as_it_is(acme, sign_in):
    title = "规范 🦉 <script>alert(1)</script> ﷽ é"
    client = sign_in(acme.officer)
    client.post("/o/acme/documents/new/", {"title": title, "kind": "other", "body": "b", "owner": acme.owner.pk})
    page = client.get("/o/acme/documents/1/").content.decode()
    assert "<script>alert" not in page
    with acme:
        assert Document.objects.get().title == title


def test_a_form_sent_twice_is_done_once(acme, sign_in):
    client = sign_in(acme.officer)
    said = {"title": "T", "kind": "policy", "body": "B", "owner": acme.owner.pk, "_once": "one-and-the-same"}
    first, second = (client.post("/o/acme/documents/new/", said) for _ in range(2))
    assert first["Location"] == second["Location"]
    with acme:
        assert Document.objects.count() == 1


def test_the_api_writes_finds_and_approves(acme, api_as):
    officer = api_as(acme.officer)
    said = {"title": "Scope", "kind": "scope", "body": "All.", "owner": str(acme.owner.pk), "review_on": None}
    made = officer.post("/api/v1/o/acme/documents/", said)
    assert made.status_code == 201
    assert made["Location"].endswith("/api/v1/o/acme/documents/1/")
    draft(acme)
    found = officer.get("/api/v1/o/acme/documents/", {"kind": "scope", "search": "all", "ordering": "-title"}).json()
    assert [d["title"] for d in found["results"]] == ["Scope"]
    url = made["Location"]
    assert officer.put(url, {**said, "body": "Nearly all.", "revision": 1}).json()["body"] == "Nearly all."
    assert officer.put(url, {**said, "revision": 1}).status_code == 409
    done = api_as(acme.executive).post(f"{url}approve/", {"revision": 2}).json()
    assert done["is_approved"]
    assert officer.get("/api/v1/o/acme/documents/", {"kind": "poem"}).status_code == 400


def test_the_export_follows_the_filters_and_the_permission(acme, sign_in):
    draft(acme)
    draft(acme, title="=1+1", kind="scope")
    response = sign_in(acme.officer).get("/o/acme/documents/?kind=scope&export=csv")
    body = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "'=1+1" in body
    assert "AI policy" not in body
    assert sign_in(acme.contributor).get("/o/acme/documents/?export=csv").status_code == 403


@pytest.mark.parametrize("count", [10, 1000])
def test_list_and_detail_cost_the_same_however_many_there_are(acme, sign_in, count):
    document = draft(acme)
    with acme:
        Document.objects.bulk_create(
            [
                Document(number=n + 2, title=f"Method {n}", kind="method", body="B", owner=acme.owner)
                for n in range(count)
            ]
        )
    client = sign_in(acme.certifier)
    for url in ("/o/acme/documents/", f"/o/acme/documents/{document.number}/"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        assert len(told_queries(captured)) <= 12, [q["sql"][:90] for q in told_queries(captured)]
