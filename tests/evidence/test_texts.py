"""The text of files: read by a process of its own that a hostile file cannot leave, found only by who may read it."""

import io
import json
import signal
import zipfile
from datetime import timedelta

import pikepdf
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook

from aims.rules import RuleBroken
from aims.tenancy.models import Engagement
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence import text_work
from evidence.actions import read_again
from evidence.actions.texts import keep_text
from evidence.models import EvidenceFile, EvidenceItem, FileText
from evidence.reading import PROGRAM, BrokeOff, CouldNotRead, Extract, Failure, Limits, extract, understood
from evidence.text_search import snippets_of
from evidence.text_work import ATTEMPTS, LEASE, claimed, queue_missing, read_due, settle
from inventory.engagement_actions import cover
from tests.evidence.making import make_system, upload
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX, XLSX = f"{OFFICE}wordprocessingml.document", f"{OFFICE}spreadsheetml.sheet"
QUICK = Limits(cpu_seconds=2, wall_seconds=5)


def pdf(text: str = "Selection rates by age band", password: str = "") -> bytes:
    content = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    document = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page = document.add_blank_page()
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=document.make_indirect(font)))
    page.Contents = document.make_stream(content)
    made = io.BytesIO()
    document.save(made, encryption=pikepdf.Encryption(user=password, owner="owner") if password else None)
    return made.getvalue()


def archive(**members: str | bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return made.getvalue()


WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def docx(*paragraphs: str) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{paragraph}</w:t></w:r></w:p>" for paragraph in paragraphs)
    return archive(word__document_xml=WORD.format(body), **{"[Content_Types]_xml": TYPES})


def xlsx(*rows: tuple) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def read(content: bytes, media_type: str, limits: Limits = QUICK) -> Extract:
    return extract(io.BytesIO(content), media_type, limits)


@pytest.mark.parametrize(
    ("media_type", "content", "text"),
    [
        ("application/pdf", pdf(), "Selection rates by age band"),
        (DOCX, docx("Selection rates", "by age band"), "Selection rates\nby age band"),
        (XLSX, xlsx(("Age band", "Ratio"), ("55+", 0.86)), "Sheet\nAge band Ratio\n55+ 0.86"),
        ("text/plain", "Größe und Maß\r\n\r\n\x00\x07Ende \ue000".encode(), "Größe und Maß\nEnde"),
        ("text/plain", "Größe".encode("cp1252"), "Größe"),
        ("text/csv", "Alter,Quote".encode("utf-16"), "Alter,Quote"),
    ],
)
def test_text_of_each_type_is_read(media_type, content, text):
    assert read(content, media_type) == Extract(text, is_cut=False)


def test_no_more_is_kept_than_was_asked_for():
    assert read(b"abcdefghij", "text/plain", Limits(characters=4)) == Extract("abcd", is_cut=True)
    assert read("🦉".encode() * 50_000, "text/plain").text == "🦉" * 50_000


LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
    + WORD.format("<w:p><w:r><w:t>&j;</w:t></w:r></w:p>")
)
OUTSIDE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + WORD.format("<w:t>&x;</w:t>")


@pytest.mark.parametrize(
    ("media_type", "content", "failure"),
    [
        ("application/pdf", pdf(password="secret"), Failure.ENCRYPTED),
        ("application/pdf", b"%PDF-1.7\nnothing of the kind", Failure.DAMAGED),
        (DOCX, b"PK\x03\x04 no archive", Failure.DAMAGED),
        (DOCX, archive(word__other_xml="<x/>"), Failure.DAMAGED),
        (DOCX, archive(word__document_xml=LAUGHS), Failure.DAMAGED),
        (DOCX, archive(word__document_xml=OUTSIDE), Failure.DAMAGED),
        (DOCX, archive(word__document_xml=bytes(310_000_000)), Failure.TOO_LARGE),
        (XLSX, archive(**{f"xl__m{n}_xml": "" for n in range(10_001)}), Failure.TOO_LARGE),
    ],
    ids=["password", "no-pdf", "no-zip", "no-document", "entities", "outside-entity", "bomb", "many-members"],
)
def test_a_hostile_file_ends_as_a_reason(media_type, content, failure):
    with pytest.raises(CouldNotRead) as problem:
        read(content, media_type)
    assert problem.value.failure is failure


def test_one_that_wants_more_memory_than_it_gets_is_too_large():
    with pytest.raises((CouldNotRead, BrokeOff)) as problem:
        read(bytes(400_000_000), "text/plain", Limits(memory=200 * 2**20))
    assert getattr(problem.value, "failure", None) is Failure.TOO_LARGE


def test_one_that_computes_for_ever_is_ended(monkeypatch, tmp_path):
    spinner = tmp_path / "spinner.py"
    spinner.write_text(
        f"import sys; sys.path.insert(0, {str(PROGRAM.parent)!r}); import reader\n"
        "reader.limit(*map(int, sys.argv[2:5]))\nwhile True: pass"
    )
    monkeypatch.setattr("evidence.reading.PROGRAM", spinner)
    with pytest.raises(CouldNotRead) as problem:
        read(b"", "text/plain", Limits(cpu_seconds=1, wall_seconds=30))
    assert problem.value.failure is Failure.TOO_SLOW


def test_the_clock_on_the_wall_ends_what_waits(monkeypatch, tmp_path):
    sleeper = tmp_path / "sleeper.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr("evidence.reading.PROGRAM", sleeper)
    with pytest.raises(CouldNotRead) as problem:
        read(b"", "text/plain", Limits(wall_seconds=1))
    assert problem.value.failure is Failure.TOO_SLOW


def test_the_reading_process_inherits_no_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("AIMS_SECRET_KEY", "hush")
    teller = tmp_path / "teller.py"
    teller.write_text("import json, os; print(json.dumps({'text': ' '.join(sorted(os.environ))}))")
    monkeypatch.setattr("evidence.reading.PROGRAM", teller)
    assert not {"AIMS_SECRET_KEY", "DATABASE_URL"} & set(read(b"", "text/plain").text.split())


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"text": 3}', b"\xff", b'{"text"'])
def test_an_odd_answer_is_no_text(answer):
    with pytest.raises(BrokeOff):
        understood(answer, 0, QUICK)
    with pytest.raises(CouldNotRead, match="damaged"):
        understood(b'{"failure": "made up"}', 0, QUICK)
    with pytest.raises(BrokeOff):
        understood(b"", -signal.SIGKILL, QUICK)


# --- the rows ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def report(acme):
    return make_evidence(acme.owner, files=[upload("report.pdf", pdf("Quarterly wombat census 0.86"))])


def only_text(acme) -> FileText:
    with acme:
        return FileText.objects.get()


def test_an_upload_is_queued_and_read_once(acme, report):
    assert only_text(acme).state == "waiting"
    assert read_due(acme.organisation.pk) == 1
    text = only_text(acme)
    assert (text.state, text.text, text.attempts, text.due_at) == ("read", "Quarterly wombat census 0.86", 1, None)
    assert read_due(acme.organisation.pk) == 0


def test_other_types_are_not_queued(acme):
    make_evidence(acme.owner, files=[upload("a.zip", archive(a="b"))])
    with acme:
        assert EvidenceFile.objects.count() == 1
        assert not FileText.objects.exists()


def test_a_worker_that_dies_leaves_the_file_to_the_next_which_reads_it_once(acme, report):
    now = timezone.now()
    with working_in(acme.organisation):
        dead = claimed(now)
    assert read_due(acme.organisation.pk, now + LEASE - timedelta(seconds=1)) == 0, "while the lease runs"
    later = now + LEASE + timedelta(seconds=1)
    assert read_due(acme.organisation.pk, later) == 1
    with working_in(acme.organisation):
        assert keep_text(dead, Extract("what the dead say", is_cut=False), now=later) is False
    text = only_text(acme)
    assert (text.text, text.attempts) == ("Quarterly wombat census 0.86", 2)


def test_a_file_that_kills_every_worker_is_given_up(acme, report):
    now = timezone.now()
    for _attempt in range(ATTEMPTS):
        with working_in(acme.organisation):
            assert claimed(now) is not None
        now += LEASE + timedelta(seconds=1)
    assert read_due(acme.organisation.pk, now) == 1
    assert (only_text(acme).failure, only_text(acme).due_at) == (Failure.GAVE_UP, None)


def test_what_breaks_off_is_tried_again_after_a_pause_and_then_given_up(acme, report, monkeypatch):
    def break_off(text):
        raise BrokeOff("somebody pulled the plug")

    monkeypatch.setattr(text_work, "read", break_off)
    now = timezone.now()
    for attempt in range(1, ATTEMPTS + 1):
        assert read_due(acme.organisation.pk, now) == 1
        assert only_text(acme).attempts == attempt
        now += timedelta(hours=1)
    assert only_text(acme).failure == Failure.GAVE_UP


def test_a_broken_file_is_marked_as_broken(acme, report):
    with acme:
        file = EvidenceFile.objects.get()
        file.version.item.refresh_from_db()
    from django.core.files.storage import default_storage

    with open(default_storage.path(file.key), "ab") as stored:
        stored.write(b"!")
    read_due(acme.organisation.pk)
    assert only_text(acme).failure == Failure.BROKEN
    with acme:
        assert EvidenceFile.objects.select_related("version").get().version.broken_at is not None


def test_the_page_says_why_and_offers_to_try_again(acme, sign_in, api_as):
    item = make_evidence(acme.owner, files=[upload("secret.pdf", pdf(password="hush"))])
    read_due(acme.organisation.pk)
    client = sign_in(acme.owner)
    page = client.get(f"/o/acme/evidence/{item.number}/").content.decode()
    assert "Its text could not be read for search: it is protected by a password." in page
    with acme:
        text = FileText.objects.get()
        assert Event.objects.filter(event="evidence.file.unreadable").count() == 1
    address = f"/o/acme/evidence/{item.number}/files/{text.file_id}/read-again/"
    assert address in page
    assert sign_in(acme.observer).post(address).status_code == 403
    assert sign_in(acme.owner).post(address).status_code == 302
    assert only_text(acme).state == "waiting"
    (told,) = api_as(acme.owner).get(f"/api/v1/o/acme/evidence/{item.number}/").json()["versions"]
    assert told["files"][0]["text_state"] == "waiting"
    refused = api_as(acme.owner).post(f"/api/v1{address}")
    assert (refused.status_code, refused.json()["code"]) == (409, "rule_broken")
    with working_in(acme.organisation), pytest.raises(RuleBroken, match="nothing to try again"):
        read_again(text, actor=acme.owner)


def test_the_command_reads_what_was_kept_before_texts_were(acme, report, capsys):
    with working_in(acme.organisation):
        FileText.objects.all().delete()
    call_command("read_texts", organisation="acme")
    assert "acme: queued 1, read 1" in capsys.readouterr().out
    assert queue_missing(acme.organisation.pk) == 0
    assert only_text(acme).state == "read"


def test_words_beyond_what_an_index_holds_are_left_out_from_the_end(acme):
    words = " ".join(f"{number:x}z{number * 7919:x}" for number in range(90_000))
    make_evidence(acme.owner, title="Numbers", files=[upload("words.txt", f"marsupial {words}".encode())])
    read_due(acme.organisation.pk)
    assert only_text(acme).length > 900_000
    with acme:
        found = EvidenceItem.objects.extra(where=["id in (select search_evidence_texts('marsupial'))"])
        assert found.count() == 1


# --- search -----------------------------------------------------------------------------------------------------------


def found_by(client, words, slug="acme"):
    page = client.get(f"/o/{slug}/evidence/", {"q": words})
    return [row.record.number for row in page.context["listing"].rows], page.content.decode()


@pytest.mark.parametrize("words", ["wombat", "WOMBAT census", "wom cens", "0.86", "quarterly 0.86"])
def test_evidence_is_found_by_what_its_files_say_with_the_hit_marked(acme, report, sign_in, words):
    read_due(acme.organisation.pk)
    numbers, page = found_by(sign_in(acme.owner), words)
    assert numbers == [report.number]
    assert "<mark>" in page
    assert "report.pdf, version 1" in page


def test_the_global_search_shows_the_place_of_the_hit_too(acme, report, sign_in):
    read_due(acme.organisation.pk)
    page = sign_in(acme.owner).get("/o/acme/search/", {"q": "wombat"}).content.decode()
    assert "Quarterly <mark>wombat</mark> census 0.86" in page
    assert "Snippet(" not in page


@pytest.mark.parametrize("words", ["wombats nobody saw", "-", "!!!", "'", "' | 'wombat x", "wombat <-> x", "\\", ":*"])
def test_other_words_find_nothing_and_break_nothing(acme, report, sign_in, words):
    read_due(acme.organisation.pk)
    assert found_by(sign_in(acme.owner), words)[0] == []


def test_a_snippet_is_escaped_before_it_is_marked(acme, sign_in):
    make_evidence(acme.owner, files=[upload("x.txt", b"if p <script>alert('wombat')</script> \xee\x80\x80after")])
    read_due(acme.organisation.pk)
    _numbers, page = found_by(sign_in(acme.owner), "wombat")
    assert "<script>alert" not in page
    assert "&lt; script&gt;alert(&#x27;<mark>wombat</mark>&#x27;)" in page


@pytest.fixture
def confidential(acme):
    item = make_evidence(
        acme.officer,
        title="Payroll",
        confidentiality="restricted",
        files=[upload("pay.txt", b"The wombat earns 9000.")],
    )
    read_due(acme.organisation.pk)
    return item


def test_a_hit_in_a_restricted_file_shows_to_nobody_who_may_not_open_it(acme, confidential, sign_in, api_as):
    assert found_by(sign_in(acme.officer), "wombat")[0] == [confidential.number]
    for member in (acme.contributor, acme.observer, acme.owner):
        numbers, page = found_by(sign_in(member), "wombat")
        assert (numbers, "earns" in page) == ([], False)
        # Found by its title, it still says nothing of what its files say.
        numbers, page = found_by(sign_in(member), "payroll")
        assert (numbers, "earns" in page) == ([confidential.number], False)
        with acme:
            assert snippets_of([confidential], "wombat", member) == {}
        assert b"earns" not in sign_in(member).get("/o/acme/search/", {"q": "wombat"}).content
        exported = sign_in(member).get("/o/acme/evidence/", {"q": "wombat", "export": "csv"})
        assert exported.status_code == 403 or b"Payroll" not in b"".join(exported)
    for member in (acme.contributor, acme.owner):
        assert api_as(member).get("/api/v1/o/acme/search/", {"q": "wombat"}).json() == []
        assert api_as(member).get("/api/v1/o/acme/evidence/", {"search": "wombat"}).json()["results"] == []
    (group,) = api_as(acme.officer).get("/api/v1/o/acme/search/", {"q": "wombat"}).json()
    assert group["found"][0]["snippet"] == "The wombat earns 9000."


def test_the_other_organisation_finds_nothing(acme, globex, report, sign_in):
    read_due(acme.organisation.pk)
    assert found_by(sign_in(globex.officer), "wombat", "globex")[0] == []
    with globex, connection.cursor() as cursor:
        cursor.execute("select search_evidence_texts('wombat')")
        assert cursor.fetchall() == []
    with connection.cursor() as cursor:
        cursor.execute("select search_evidence_texts('wombat')")
        assert cursor.fetchall() == []


def test_an_auditor_of_some_systems_finds_nothing_of_the_others(acme, sign_in):
    seen, hidden = make_system(acme.owner, "Seen"), make_system(acme.owner, "Hidden")
    with working_in(acme.organisation):
        cover(Engagement.objects.get(member=acme.certifier), systems=[seen], actor=acme.officer)
    for system in (seen, hidden):
        make_evidence(acme.owner, title=f"Of {system.name}", system=system, files=[upload("w.txt", b"A wombat.")])
    read_due(acme.organisation.pk)
    page = sign_in(acme.certifier).get("/o/acme/evidence/", {"q": "wombat"})
    assert [row.record.title for row in page.context["listing"].rows] == ["Of Seen"]


def test_a_search_costs_the_same_however_many_rows(acme, sign_in):
    client = sign_in(acme.owner)

    def cost():
        read_due(acme.organisation.pk)
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/o/acme/evidence/", {"q": "wombat"}).status_code == 200
        return len(captured)

    make_evidence(acme.owner, files=[upload("w.txt", b"A wombat.")])
    client.get("/o/acme/evidence/", {"q": "wombat"})
    few = cost()
    for number in range(3):
        make_evidence(acme.owner, files=[upload("w.txt", f"A wombat {number}.".encode())])
    assert cost() == few <= 12


def test_settling_an_overtaken_attempt_changes_nothing(acme, report):
    now = timezone.now()
    with working_in(acme.organisation):
        old = claimed(now)
    read_due(acme.organisation.pk, now + LEASE + timedelta(seconds=1))
    with working_in(acme.organisation):
        settle(old, Failure.DAMAGED, now)
        settle(old, None, now)
    assert only_text(acme).state == "read"


def test_the_reader_can_be_run_by_hand():
    from evidence.reader import text_of

    assert json.loads(json.dumps(text_of("text/plain", io.BytesIO(b"abc"), 2))) == {"text": "ab", "is_cut": True}
