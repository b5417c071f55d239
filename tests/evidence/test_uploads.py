"""Many files at once: each its own piece of evidence and its own result; one bad file loses nothing."""

import pytest
from django.core.files.storage import FileSystemStorage

from aims.trail.models import Event
from evidence.actions.uploading import title_of
from evidence.models import EvidenceFile, EvidenceItem
from tests.evidence.making import CSV, PDF, upload
from tests.evidence.test_files import bomb
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/evidence/upload/"
API = f"/api/v1{PAGE}"


def form(cast, given, **fields):
    return {
        "kind": "evaluation", "collected_at": "2026-01-10T09:00", "owner": str(cast.owner.pk),
        "confidentiality": "confidential", "files": given, **fields,
    }  # fmt: skip


def mixed():
    """Two good files around what nobody should keep."""
    return [
        upload("selection_rates-2026.pdf"),
        upload("macro.docm", PDF),
        upload("bomb.docx", bomb()),
        upload("empty.pdf", b""),
        upload("program.pdf", b"MZ\x90\x00\x03"),
        upload("ratios.csv", CSV),
    ]


def test_each_file_has_its_own_result_and_the_good_ones_are_kept(acme, sign_in):
    response = sign_in(acme.contributor).post(PAGE, form(acme, mixed()))
    page = response.content.decode()
    assert response.status_code == 200 and page.count('<tr><th scope="row">') == 6
    for words in (
        "Evidence 1: selection rates 2026",
        "Evidence 2: ratios",
        "can hold macros",
        "unpacks to",
        "is empty",
    ):
        assert words in page
    with acme:
        items = list(EvidenceItem.objects.order_by("number"))
        assert [(item.title, item.confidentiality, item.owner) for item in items] == [
            ("selection rates 2026", "confidential", acme.owner), ("ratios", "confidential", acme.owner),
        ]  # fmt: skip
        assert Event.objects.filter(event="evidence.item.added").count() == 2
        assert EvidenceFile.objects.count() == 2


def test_what_is_wrong_for_all_is_said_once_and_nothing_is_written(acme, sign_in):
    for wrong in ({"collected_at": "2999-01-01T09:00"}, {"kind": ""}, {"files": []}, {"owner": "x"}):
        response = sign_in(acme.contributor).post(PAGE, form(acme, [upload(), upload("b.csv", CSV)], **wrong))
        assert response.status_code == 200 and "error" in response.content.decode()
    with acme:
        assert not EvidenceItem.objects.exists()


def test_the_script_gets_one_row_for_one_file(acme, sign_in):
    client = sign_in(acme.contributor)
    row = client.post(PAGE, form(acme, [upload()]), headers={"HX-Request": "true"}).content.decode()
    assert row.strip().startswith("<tr>") and "Evidence 1: report" in row and "<html" not in row
    row = client.post(PAGE, form(acme, [upload("b.exe", b"MZ")]), headers={"HX-Request": "true"}).content.decode()
    assert row.count("<tr>") == 1 and "Refused" in row
    row = client.post(
        PAGE, form(acme, [upload("c.csv", CSV)], kind=""), headers={"HX-Request": "true"}
    ).content.decode()
    assert row.count("<tr>") == 1 and "c.csv" in row and "Choose an entry for “Kind”." in row


def test_the_same_file_again_is_named_not_doubled(acme, globex, sign_in):
    make_evidence(acme.owner, title="Known", files=[upload()])
    make_evidence(globex.owner, title="Theirs", files=[upload("b.csv", CSV)])
    files = [upload("other name.pdf"), upload("b.csv", CSV), upload("b again.csv", CSV)]
    page = sign_in(acme.contributor).post(PAGE, form(acme, files)).content.decode()
    assert "is in the library already, as evidence 1 “Known”" in page
    assert "is in the library already, as evidence 2 “b”" in page and "Theirs" not in page
    with acme:
        assert EvidenceItem.objects.count() == 2


def test_a_storage_that_fails_for_one_file_does_not_fail_the_others(acme, sign_in, monkeypatch):
    save = FileSystemStorage.save

    def failing(self, name, content, **options):
        if content.size == len(CSV):
            raise OSError("No space left on device")
        return save(self, name, content, **options)

    monkeypatch.setattr(FileSystemStorage, "save", failing)
    page = sign_in(acme.contributor).post(PAGE, form(acme, [upload("a.csv", CSV), upload()])).content.decode()
    assert "a.csv could not be stored" in page and "Evidence 1: report" in page
    with acme:
        assert EvidenceItem.objects.get().title == "report"


def test_too_many_files_are_refused(acme, sign_in):
    response = sign_in(acme.contributor).post(PAGE, form(acme, [upload(f"{n}.csv", CSV) for n in range(51)]))
    assert "at most 50" in response.content.decode()
    with acme:
        assert not EvidenceItem.objects.exists()


def test_page_and_api_say_the_same(acme, api_as, sign_in):
    results = api_as(acme.contributor).post(API, form(acme, mixed()), format="multipart").json()
    assert [each["number"] for each in results] == [1, None, None, None, None, 2]
    page = sign_in(acme.contributor).post(PAGE, form(acme, mixed()[1:5])).content.decode()
    assert all(each["refused"].split("’")[0][:60] in page for each in results if each["refused"])
    wrong = api_as(acme.contributor).post(
        API, form(acme, [upload()], collected_at="2999-01-01T09:00Z"), format="multipart"
    )
    assert wrong.status_code == 409 and wrong.json()["field"] == "collected_at"
    assert api_as(acme.contributor).post(API, form(acme, []), format="multipart").status_code == 400


def test_uploading_is_for_those_who_add_evidence(acme, globex, sign_in, api_as, client):
    for member, status in ((acme.executive, 403), (acme.certifier, 403), (acme.challenger, 403), (globex.officer, 404)):
        assert sign_in(member).get(PAGE).status_code == status
        assert sign_in(member).post(PAGE, form(acme, [upload()])).status_code == status
    assert api_as(acme.executive).post(API, form(acme, [upload()]), format="multipart").status_code == 403
    client.logout()
    assert client.get(PAGE).status_code == 302
    with acme:
        assert not EvidenceItem.objects.exists()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("selection_rates-2026.pdf", "selection rates 2026"), ("a.b.c.pdf", "a.b.c"), (".pdf", ".pdf"),
        ("___.csv", "___.csv"), ("Prüfung 測試.pdf", "Prüfung 測試"), ("x" * 400 + ".pdf", "x" * 300),
    ],
)  # fmt: skip
def test_the_title_comes_from_the_name(name, title):
    assert title_of(name) == title
