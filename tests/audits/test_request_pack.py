"""Asking for a pack, following it, downloading it: on pages and by the API, by whom it may be."""

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from aims.rules import RuleBroken
from aims.tenancy.models import AccessLog
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from audits.events import PackEvent
from audits.models import Pack, PackStep
from audits.packs.actions import MOST_WAITING, request_pack, retry_pack
from audits.packs.building import build_due
from tests.audits.material import ask, make_records
from tests.audits.test_build_pack import quickly  # noqa: F401 (a fixture)


def url(name, **kwargs):
    return reverse(f"audits:{name}", kwargs={"slug": "acme", **kwargs})


def api(path=""):
    return f"/api/v1/o/acme/packs/{path}"


@pytest.fixture
def finished(acme, quickly):  # noqa: F811
    make_records(acme)
    pack = ask(acme)
    build_due(acme.organisation.pk)
    with working_in(acme.organisation):
        return Pack.objects.get(pk=pack.pk)


def test_a_pack_is_asked_for_on_the_page(acme, sign_in):
    client = sign_in(acme.officer)
    assert client.get(url("pack_create")).status_code == 200
    answer = client.post(url("pack_create"), {"title": "", "scope": "organisation"})
    assert answer.status_code == 302
    with working_in(acme.organisation):
        pack = Pack.objects.get()
        assert pack.title.startswith("Audit pack, ")
        assert pack.requested_by_id == acme.officer.pk
        assert PackStep.objects.filter(pack=pack).count() == pack.progress_total == 12
        assert Event.objects.filter(event=PackEvent.REQUESTED, target_id=pack.pk).exists()


def test_the_same_form_sent_twice_asks_once(acme, sign_in):
    client = sign_in(acme.officer)
    form = {"title": "Twice", "scope": "organisation", "_once": "key-1"}
    first, second = client.post(url("pack_create"), form), client.post(url("pack_create"), form)
    assert first["Location"] == second["Location"]
    with working_in(acme.organisation):
        assert Pack.objects.count() == 1


def test_some_systems_must_be_named(acme, sign_in, api_as):
    make_records(acme)
    page = sign_in(acme.officer).post(url("pack_create"), {"scope": "systems"})
    assert "Choose at least one system" in page.content.decode()
    answer = api_as(acme.officer).post(api(), {"scope": "systems"})
    assert answer.status_code == 409 and "Choose at least one system" in answer.json()["detail"]
    answer = api_as(acme.officer).post(api(), {"scope": "systems", "systems": [1, 99]})
    assert answer.status_code == 400 and "99" in str(answer.json())
    answer = api_as(acme.officer).post(api(), {"scope": "systems", "systems": [2]})
    assert answer.status_code == 201 and answer.json()["systems"] == [2]


def test_too_many_waiting_packs_are_refused(acme):
    for _ in range(MOST_WAITING):
        ask(acme)
    with pytest.raises(RuleBroken, match="being built already"):
        ask(acme)


@pytest.mark.parametrize("who", ["owner", "contributor", "challenger", "executive", "certifier", "observer"])
def test_who_may_not_build_is_refused(acme, sign_in, who):
    assert sign_in(getattr(acme, who)).post(url("pack_create"), {"scope": "organisation"}).status_code == 403
    with working_in(acme.organisation):
        assert not Pack.objects.exists()


def test_the_other_organisation_finds_nothing(acme, globex, finished, sign_in, api_as):
    client = sign_in(globex.officer)
    for name in ("pack_detail", "pack_download"):
        assert client.get(url(name, number=finished.number)).status_code == 404
        elsewhere = reverse(f"audits:{name}", kwargs={"slug": "globex", "number": finished.number})
        assert client.get(elsewhere).status_code == 404
    assert api_as(globex.officer).get(f"/api/v1/o/globex/packs/{finished.number}/").status_code == 404


@pytest.mark.parametrize("who", ["officer", "executive", "observer", "certifier"])
def test_a_finished_pack_is_downloaded_as_a_file(acme, finished, sign_in, who):
    answer = sign_in(getattr(acme, who)).get(url("pack_download", number=finished.number))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'attachment; filename="acme-pack-1.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"%PDF") and len(content) == finished.size
    with working_in(acme.organisation):
        recorded = Event.objects.filter(event=PackEvent.DOWNLOADED, target_id=finished.pk).count()
        logged = AccessLog.objects.filter(path=url("pack_download", number=finished.number), status=200).count()
    assert recorded == (who in {"officer", "executive"})
    assert logged == (who == "certifier")


def test_the_api_hands_out_the_same_file(acme, finished, api_as):
    client = api_as(acme.officer, "read")
    answer = client.get(api(f"{finished.number}/download/"))
    assert answer.status_code == 200 and b"".join(answer.streaming_content).startswith(b"%PDF")
    assert client.get(api(f"{finished.number}/download/"), HTTP_ACCEPT="application/pdf").status_code == 200
    assert client.get(api(f"{finished.number}/")).json()["sha256"] == finished.sha256


def test_a_file_that_is_not_what_was_built_is_not_handed_out(acme, finished, sign_in):
    client = sign_in(acme.officer)
    default_storage.delete(finished.key)
    answer = client.get(url("pack_download", number=finished.number))
    assert answer.status_code == 409 and "missing from the storage" in answer.content.decode()
    from django.core.files.base import ContentFile

    default_storage.save(finished.key, ContentFile(b"%PDF-forged"))
    answer = client.get(url("pack_download", number=finished.number))
    assert answer.status_code == 409 and "no longer matches the hash" in answer.content.decode()


def test_an_unfinished_pack_cannot_be_downloaded(acme, sign_in):
    pack = ask(acme)
    answer = sign_in(acme.officer).get(url("pack_download", number=pack.number))
    assert answer.status_code == 409 and "not finished yet" in answer.content.decode()


def test_the_page_polls_itself_only_while_the_pack_is_under_way(acme, finished, sign_in):
    running = ask(acme, title="Another")
    client = sign_in(acme.certifier)
    page = client.get(url("pack_detail", number=running.number)).content.decode()
    assert 'hx-trigger="every 2s"' in page and "<progress" in page
    page = client.get(url("pack_detail", number=finished.number)).content.decode()
    assert "every 2s" not in page and finished.sha256 in page and "Evidence index" in page


def test_a_failed_pack_shows_the_reason_and_can_be_started_again(acme, sign_in, api_as):
    pack = ask(acme)
    with working_in(acme.organisation):
        Pack.objects.filter(pk=pack.pk).update(status="failed", error="The step “Risks” could not be done", due_at=None)
    client = sign_in(acme.officer)
    page = client.get(url("pack_detail", number=pack.number)).content.decode()
    assert "The step “Risks” could not be done" in page and "Build it again" in page
    assert client.get(url("pack_retry", number=pack.number)).status_code == 405
    assert client.post(url("pack_retry", number=pack.number)).status_code == 302
    with working_in(acme.organisation):
        row = Pack.objects.get(pk=pack.pk)
        assert (row.status, row.error) == ("queued", "") and row.due_at
    answer = api_as(acme.officer).post(api(f"{pack.number}/retry/"))
    assert answer.status_code == 409 and "Only work that failed" in answer.json()["detail"]


def test_only_a_failed_pack_is_started_again(acme):
    pack = ask(acme)
    with working_in(acme.organisation), pytest.raises(RuleBroken):
        retry_pack(pack, actor=acme.officer)


@pytest.mark.parametrize("count", [10, 1000])
def test_pages_cost_the_same_with_many_packs(acme, sign_in, django_assert_max_num_queries, count):
    with working_in(acme.organisation):
        from django.utils import timezone

        now = timezone.now()
        Pack.objects.bulk_create(
            Pack(number=n, title=f"Pack {n}", as_of=now, status="done", requested_by=acme.officer, page_count=n)
            for n in range(1, count + 1)
        )
        first = Pack.objects.get(number=1)
        PackStep.objects.bulk_create(PackStep(pack=first, ordinal=n, step=f"case-{n}") for n in range(1, count + 1))
    client = sign_in(acme.officer)
    for address in (url("pack_list"), url("pack_detail", number=1)):
        with django_assert_max_num_queries(26) as caught:
            assert client.get(address).status_code == 200
        asked = [q["sql"] for q in caught.captured_queries]
        real = [
            sql for sql in asked if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) and "set_config" not in sql
        ]
        assert len(real) <= 12, real


GARBAGE = ["\x00", "a" * 10_000_000, "‮" * 300, "-1", "9" * 400, "[]"]


@pytest.mark.parametrize("value", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_is_answered_with_the_field(acme, sign_in, api_as, value):
    client, robot = sign_in(acme.officer), api_as(acme.officer)
    for form in ({"scope": "systems", "systems": value}, {"scope": value}, {"scope": "organisation", "title": value}):
        assert client.post(url("pack_create"), form).status_code in (200, 302, 400, 413)
        assert robot.post(api(), form).status_code in (201, 400, 409, 413)
    assert robot.post(api(), {"scope": "systems", "systems": {"a": 1}}).status_code == 400
    assert client.get(url("pack_create"), {"system": value[:2000]}).status_code in (200, 400)


def test_the_action_refuses_what_the_form_never_sends(acme):
    with working_in(acme.organisation), pytest.raises(ValueError):
        request_pack(title="x", scope="everything", actor=acme.officer)
