"""Files: hostile uploads are refused, the same content is kept once, what changed in the storage is never handed out."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.storage import default_storage

from aims.rules import RuleBroken
from aims.tenancy.models import AccessLog
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence.models import EvidenceFile, EvidenceItem, EvidenceVersion
from evidence.storage import Integrity, integrity_of, key_of
from tests.evidence.making import CSV, PDF, upload
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"0" * 60_000_000)
    return out.getvalue()


def stored_files() -> list[str]:
    try:
        folders = default_storage.listdir("")[0]
    except FileNotFoundError:
        return []
    return sorted(f"{folder}/{name}" for folder in folders for name in default_storage.listdir(folder)[1])


def form(acme, files):
    return {
        "title": "Bias test",
        "kind": "evaluation",
        "collected_at": "2026-01-10T09:00",
        "owner": str(acme.owner.pk),
        "confidentiality": "internal",
        "files": files,
    }


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("report.pdf", b"MZ\x90\x00\x03\x00\x00\x00", "Windows program"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        ("page.html", b"<html><script>alert(1)</script></html>", "web page"),
        ("note.txt", b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
        ("report.pdf", b"<svg onload=alert(1)>", "web page"),
        ("empty.pdf", b"", "empty"),
        ("report.docx", bomb, "unpacks"),
        ("data.bin", bytes(range(256)), "is not a kind that is kept"),
    ],
)
def test_hostile_files_are_refused_by_page_and_api(acme, sign_in, api_as, name, content, words):
    content = content() if callable(content) else content
    response = sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, [upload(), upload(name, content)]))
    assert response.status_code == 200 and words in response.content.decode()
    fields = {**form(acme, [upload(), upload(name, content)]), "collected_at": "2026-01-10T09:00:00Z"}
    answer = api_as(acme.owner).post("/api/v1/o/acme/evidence/", fields, format="multipart")
    assert answer.status_code in (400, 409) and words in answer.content.decode()
    with acme:
        assert not EvidenceItem.objects.exists() and stored_files() == []


def test_a_file_over_the_limit_is_refused(acme, sign_in, settings):
    settings.MAX_UPLOAD_BYTES = 2**20
    large = upload("large.csv", b"a,b\n" * 300_000)
    response = sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, [large]))
    assert response.status_code == 200 and "larger than" in response.content.decode()
    with pytest.raises(RuleBroken, match="larger than"):
        make_evidence(acme.owner, files=[large])
    with acme:
        assert not EvidenceItem.objects.exists() and stored_files() == []


def test_too_many_files_are_refused_by_the_page(acme, sign_in):
    files = [upload(f"{n}.csv", CSV) for n in range(21)]
    response = sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, files))
    assert response.status_code == 200 and "at most 20" in response.content.decode()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/report.pdf", "report.pdf"),
        ("C:\\temp\\report.pdf", "report.pdf"),
        ("Prüfung 測試 👩.pdf", "Prüfung 測試 👩.pdf"),
        ("r\u202eeport.pdf", "report.pdf"),
        ("rep\x00ort.pdf", "report.pdf"),
        ("report", "report.pdf"),
    ],
)
def test_file_names_lead_nowhere(acme, sign_in, given, kept):
    file = upload()
    file._name = given  # as a hostile client writes it, past the tidying of the test client's own class
    item = make_evidence(acme.owner, files=[file])
    with acme:
        found = EvidenceFile.objects.get()
        assert found.name == kept
        assert stored_files() == [key_of(item.organisation_id, found.sha256)]
    response = sign_in(acme.owner).get(f"/o/acme/evidence/1/files/{found.pk}/download/")
    assert response.status_code == 200 and "\n" not in response["Content-Disposition"]


def test_a_very_long_name_keeps_its_ending(acme):
    make_evidence(acme.owner, files=[upload("x" * 296 + ".pdf")])
    with acme:
        name = EvidenceFile.objects.get().name
        assert len(name) <= 150 and name.endswith(".pdf")


def test_the_same_content_is_kept_once_in_an_organisation(acme, globex):
    for member in (acme.owner, acme.contributor, globex.owner):
        make_evidence(member, files=[upload()])
    sha256 = hashlib.sha256(PDF).hexdigest()
    assert stored_files() == sorted([key_of(acme.organisation.pk, sha256), key_of(globex.organisation.pk, sha256)])
    with acme:
        assert EvidenceFile.objects.filter(sha256=sha256).count() == 2


def test_the_same_file_chosen_twice_is_one_file(acme):
    make_evidence(acme.owner, files=[upload(), upload(), upload("other name.pdf")])
    with acme:
        assert sorted(EvidenceFile.objects.values_list("name", flat=True)) == ["other name.pdf", "report.pdf"]


def test_what_an_interrupted_upload_left_is_replaced(acme):
    sha256 = hashlib.sha256(PDF).hexdigest()
    key = key_of(acme.organisation.pk, sha256)
    default_storage.save(key, upload("x", PDF[:5]))
    make_evidence(acme.owner, files=[upload()])
    with default_storage.open(key) as stored:
        assert stored.read() == PDF


def spoil(key: str, content: bytes | None) -> None:
    default_storage.delete(key)
    if content is not None:
        default_storage.save(key, upload("x", content))


@pytest.mark.parametrize(("content", "found"), [(PDF[:-1] + b"!", Integrity.CHANGED), (None, Integrity.MISSING)])
def test_what_changed_in_the_storage_is_shown_and_not_handed_out(acme, sign_in, api_as, content, found):
    make_evidence(acme.owner, files=[upload()])
    with acme:
        file = EvidenceFile.objects.get()
        assert integrity_of(file) == Integrity.WHOLE
        spoil(file.key, content)
        assert integrity_of(file) == integrity_of(file, in_full=True) == found
    client = sign_in(acme.owner)
    assert "no longer what was recorded" in client.get("/o/acme/evidence/1/").content.decode()
    response = client.get(f"/o/acme/evidence/1/files/{file.pk}/download/")
    assert response.status_code == 409 and PDF[:20] not in response.content
    answer = api_as(acme.owner).get(f"/api/v1/o/acme/evidence/1/files/{file.pk}/download/")
    assert answer.status_code == 409 and answer.json()["code"] == "integrity_broken"
    with acme:
        events = Event.objects.filter(event="evidence.file.found_broken")
        assert [event.changes["found"] for event in events] == [found.value] * 2
        assert not Event.objects.filter(event="evidence.file.downloaded").exists()


def test_a_broken_file_is_never_quietly_replaced(acme):
    make_evidence(acme.owner, files=[upload()])
    with acme:
        key = EvidenceFile.objects.get().key
    spoil(key, b"something else")
    with pytest.raises(RuleBroken, match="no longer matches its hash"):
        make_evidence(acme.owner, files=[upload()])
    with default_storage.open(key) as stored:
        assert stored.read() == b"something else"


def test_a_download_is_an_attachment_that_nothing_can_run_and_is_recorded(acme, sign_in, api_as):
    make_evidence(acme.owner, files=[upload("Prüfung.pdf")])
    with acme:
        file = EvidenceFile.objects.get()
    for response in (
        sign_in(acme.executive).get(f"/o/acme/evidence/1/files/{file.pk}/download/"),
        api_as(acme.executive).get(f"/api/v1/o/acme/evidence/1/files/{file.pk}/download/"),
    ):
        assert response.status_code == 200 and b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in response["Content-Security-Policy"]
        assert response["Content-Type"] == "application/pdf" and response["Content-Length"] == str(len(PDF))
    with acme:
        events = list(Event.objects.filter(event="evidence.file.downloaded"))
        assert len(events) == 2 and {event.actor for event in events} == {acme.executive}
        assert events[0].changes["sha256"] == file.sha256


def test_readers_download_without_a_write_and_a_certifiers_visit_is_logged(acme, sign_in):
    make_evidence(acme.owner, files=[upload()])
    with acme:
        file = EvidenceFile.objects.get()
        before = Event.objects.count()
    for member in (acme.certifier, acme.observer):
        response = sign_in(member).get(f"/o/acme/evidence/1/files/{file.pk}/download/")
        assert response.status_code == 200 and b"".join(response.streaming_content) == PDF
    with acme:
        assert Event.objects.count() == before
        assert AccessLog.objects.filter(path__endswith="/download/", member=acme.certifier, status=200).count() == 1


def test_files_of_another_organisation_or_another_record_are_not_found(acme, globex, sign_in, api_as):
    make_evidence(acme.owner, files=[upload()])
    make_evidence(acme.owner, title="Other")
    make_evidence(globex.owner, files=[upload()])
    with acme:
        file = EvidenceFile.objects.get()
    assert sign_in(globex.officer).get(f"/o/acme/evidence/1/files/{file.pk}/download/").status_code == 404
    assert sign_in(globex.officer).get(f"/o/globex/evidence/1/files/{file.pk}/download/").status_code == 404
    assert sign_in(acme.officer).get(f"/o/acme/evidence/2/files/{file.pk}/download/").status_code == 404
    api = api_as(globex.officer)
    assert api.get(f"/api/v1/o/globex/evidence/1/files/{file.pk}/download/").status_code == 404


def kept_and_spoilt(actor):
    """A piece of evidence with one file, whose content somebody then changed in the storage."""
    item = make_evidence(actor, files=[upload()])
    with working_in(actor.organisation):
        file = EvidenceFile.objects.select_related("version__item").get(version__item=item)
        spoil(file.key, PDF[:-1] + b"!")
    return file


def broken_at(file):
    with working_in(file.organisation_id):
        return EvidenceVersion.objects.get(pk=file.version_id).broken_at


@pytest.mark.parametrize("who", ["owner", "observer", "certifier"])
@pytest.mark.parametrize("place", ["", "files/{file}/download/"])
def test_whoever_meets_a_broken_file_makes_it_known(acme, sign_in, django_capture_on_commit_callbacks, who, place):
    file = kept_and_spoilt(acme.owner)
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(getattr(acme, who)).get(f"/o/acme/evidence/1/{place.format(file=file.pk)}")
    assert broken_at(file) is not None
    with acme:
        event = Event.objects.get(event="evidence.file.found_broken")
        assert event.changes["file"] == "report.pdf" and event.changes["found"] == "changed"
    assert "File broken" in sign_in(acme.observer).get("/o/acme/evidence/?freshness=broken").content.decode()


def test_only_whole_content_makes_a_broken_version_count_again(acme, sign_in, api_as):
    file = kept_and_spoilt(acme.owner)
    client, page = sign_in(acme.owner), "/o/acme/evidence/1/versions/1/check/"
    assert "still changed or missing" in client.post(page, follow=True).content.decode()
    assert broken_at(file) is not None
    spoil(file.key, PDF)
    answer = api_as(acme.owner).post(f"/api/v1{page}")
    assert answer.status_code == 200 and answer.json()["is_intact"] is True
    assert broken_at(file) is None
    with acme:
        assert Event.objects.filter(event="evidence.file.found_whole").count() == 1
    assert "is what was recorded" in client.post(page, follow=True).content.decode()


def test_checking_files_is_for_those_who_edit(acme, globex, sign_in, client):
    make_evidence(acme.owner, files=[upload()])
    page = "/o/acme/evidence/1/versions/1/check/"
    assert sign_in(acme.certifier).post(page).status_code == 403
    assert sign_in(acme.executive).post(page).status_code == 403
    assert sign_in(globex.officer).post(page).status_code == 404
    client.logout()
    assert client.post(page).status_code == 302
