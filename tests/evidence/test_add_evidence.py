"""Adding evidence: its times, what it speaks for, its files; on the page, in the API and at the action."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence.actions import MOST_FILES, add_evidence, edit_item
from evidence.models import EvidenceFile, EvidenceItem, EvidenceVersion, Kind
from evidence.validity import FARTHEST_DAYS, VALIDITY, longest_for, usual_for
from inventory.models import AISystem
from tests.evidence.making import CSV, PDF, make_system, upload
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db


def form(acme, **fields):
    return {
        "title": "Selection rates",
        "kind": "evaluation",
        "collected_at": "2026-01-10T09:00",
        "owner": str(acme.owner.pk),
        "confidentiality": "internal",
        "method": "All applications of a month.",
        **fields,
    }


def test_the_first_version_is_current_and_waits_for_review(acme):
    item = make_evidence(acme.contributor, valid_for_days=100, grace_days=10, files=[upload()])
    with acme:
        item = EvidenceItem.objects.get()
        version = item.current
        assert (item.number, item.owner, version.ordinal) == (1, acme.contributor, 1)
        assert version.review == "pending" and item.freshness() == "fresh"
        assert item.fresh_until == version.valid_until == version.collected_at + timedelta(days=100)
        assert version.grace_until == version.valid_until + timedelta(days=10)
        assert version.next_change_at == version.valid_until - timedelta(days=25)
        event = Event.objects.get(event="evidence.item.added")
        assert event.target_id == item.pk and event.actor == acme.contributor
        assert "SHA-256" in event.changes["files"][0]


def test_without_days_the_usual_time_of_the_kind_counts(acme):
    assert make_evidence(acme.owner, valid_for_days=None).current.valid_for_days == 180
    without_end = make_evidence(acme.owner, kind="document", valid_for_days=None)
    assert without_end.current.valid_until is None and without_end.freshness() == "never_expires"


def test_every_kind_has_its_times():
    assert set(VALIDITY) == set(Kind.values)
    for kind, validity in VALIDITY.items():
        assert (validity.usual_days or 1) <= (validity.longest_days or FARTHEST_DAYS)
        for tier in ("", "T0", "T1", "T2", "T3"):
            longest, usual = longest_for(kind, tier), usual_for(kind, tier)
            assert longest.limit_days <= (validity.longest_days or FARTHEST_DAYS)
            assert usual is None or usual <= longest.limit_days
            assert longest.why.endswith(".")


def test_the_guide_shows_the_maxima_that_are_in_force(settings):
    guide = (settings.BASE_DIR / "docs/users/evidence.md").read_text()
    for kind, validity in VALIDITY.items():
        longest = [longest_for(kind, tier).days or "no end needed" for tier in ("", "T2", "T3")]
        cells = [Kind(kind).label, *longest, validity.usual_days or "no end", validity.longest_grace_days]
        assert "| " + " | ".join(str(cell) for cell in cells) + " |" in guide


@pytest.mark.parametrize(
    ("tier", "kind", "days", "words"),
    [
        ("T3", "evaluation", 93, "of tier T3 is current for 1 to 92 days: a result speaks for the system as it was"),
        ("T2", "red_team", 184, "of tier T2 is current for 1 to 183 days"),
        ("T3", "monitoring_series", 93, "a series that is not continued says nothing about today"),
        ("T1", "evaluation", 366, "“Evaluation” is current for 1 to 365 days: a result speaks"),
        ("T3", "certificate", 1828, "“Certificate” is current for 1 to 1827 days: it was given for a time"),
    ],
)
def test_the_maximum_depends_on_kind_and_tier_and_says_why(acme, tier, kind, days, words):
    system = tiered(acme, tier)
    with pytest.raises(RuleBroken) as broken:
        make_evidence(acme.owner, kind=kind, system=system, valid_for_days=days)
    assert words in broken.value.message and broken.value.field == "valid_for_days"
    assert make_evidence(acme.owner, kind=kind, system=system, valid_for_days=days - 1).current.valid_until


def test_the_usual_time_gives_way_to_the_tier(acme):
    item = make_evidence(acme.owner, system=tiered(acme, "T3"), valid_for_days=None)
    assert item.current.valid_for_days == 92


def test_evidence_cannot_slip_past_the_maximum_by_being_moved_to_another_system(acme):
    item, system = make_evidence(acme.owner, valid_for_days=180), tiered(acme, "T3")
    with working_in(acme.organisation), pytest.raises(RuleBroken, match="1 to 92 days") as broken:
        edit_item(
            item, title="x", kind=item.kind, description="", owner=acme.owner, system=system,
            confidentiality="internal", actor=acme.owner,
        )  # fmt: skip
    assert broken.value.field == "system"


def tiered(cast, tier):
    system = make_system(cast.owner, f"System of {tier}")
    with working_in(cast.organisation):
        AISystem.objects.filter(pk=system.pk).update(tier=tier)
        return AISystem.objects.get(pk=system.pk)


def test_a_version_says_how_much_it_shows(acme, sign_in, api_as):
    said = {
        "dataset_version": "applications v3", "population": "All applications of October", "sample_size": "6012",
        "independence": "internal",
    }  # fmt: skip
    response = sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, **said))
    assert response.status_code == 302
    version = api_as(acme.owner).get("/api/v1/o/acme/evidence/1/").json()["versions"][0]
    assert version | said | {"sample_size": 6012} == version
    page = sign_in(acme.observer).get("/o/acme/evidence/1/").content.decode()
    for words in ("applications v3", "All applications of October", "6,012", "By another part of the organisation"):
        assert words in page
    answer = api_as(acme.owner).post("/api/v1/o/acme/evidence/", api_input(**said))
    assert answer.status_code == 201 and answer.json()["versions"][0]["sample_size"] == 6012


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"collected_at": timezone.now() + timedelta(days=2)}, "collected_at"),
        ({"observed_from": date(2026, 2, 1), "observed_to": date(2026, 1, 1)}, "observed_to"),
        ({"observed_to": date(2999, 1, 1)}, "observed_to"),
        ({"observed_from": date(2999, 1, 1)}, "observed_from"),
        ({"valid_for_days": 366}, "valid_for_days"),
        ({"valid_for_days": 0}, "valid_for_days"),
        ({"valid_for_days": -1}, "valid_for_days"),
        ({"kind": "document", "valid_for_days": FARTHEST_DAYS + 1}, "valid_for_days"),
        ({"grace_days": 31}, "grace_days"),
        ({"grace_days": -1}, "grace_days"),
        ({"kind": "rumour"}, "kind"),
        ({"environment": "moon"}, "environment"),
        ({"independence": "kin"}, "independence"),
        ({"sample_size": 0}, "sample_size"),
        ({"sample_size": 10**16}, "sample_size"),
        ({"confidentiality": "secret"}, "confidentiality"),
        ({"method": "  "}, "files"),
    ],
)
def test_what_cannot_be_is_refused_with_the_name_of_the_field(acme, fields, field):
    with pytest.raises(RuleBroken) as broken:
        make_evidence(acme.owner, **fields)
    assert broken.value.field == field and broken.value.message.endswith(".")
    with acme:
        assert not EvidenceItem.objects.exists()


def test_a_version_speaks_only_for_a_version_of_its_own_system(acme):
    scoring, chat = make_system(acme.owner, "Scoring", "4.2"), make_system(acme.owner, "Chat", "1.0")
    with acme:
        own, other = scoring.versions.get(), chat.versions.get()
    item = make_evidence(acme.owner, system=scoring, system_version=own)
    assert item.current.system_version_id == own.pk
    for system in (scoring, None):
        with pytest.raises(RuleBroken):
            make_evidence(acme.owner, system=system, system_version=other)


def test_the_page_adds_evidence_with_files(acme, sign_in):
    system = make_system(acme.owner, "Scoring", "4.2")
    fields = form(acme, system=str(system.pk), system_version="4.2", environment="production", valid_for_days="90")
    response = sign_in(acme.contributor).post(
        "/o/acme/evidence/add/", {**fields, "files": [upload(), upload("ratios.csv", CSV)]}
    )
    assert response.status_code == 302 and response["Location"] == "/o/acme/evidence/1/"
    with acme:
        item = EvidenceItem.objects.get()
        assert item.owner == acme.owner and item.current.system_version.label == "4.2"
        assert sorted(EvidenceFile.objects.values_list("name", flat=True)) == ["ratios.csv", "report.pdf"]


def test_page_and_api_refuse_with_the_same_words(acme, sign_in, api_as):
    page = sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, valid_for_days="900"))
    api = api_as(acme.owner).post("/api/v1/o/acme/evidence/", api_input(valid_for_days=900))
    assert api.status_code == 409 and api.json()["field"] == "valid_for_days"
    assert page.status_code == 200 and api.json()["detail"].split("”")[1] in page.content.decode()


def api_input(**fields):
    return {
        "title": "Selection rates",
        "kind": "evaluation",
        "collected_at": "2026-01-10T09:00:00Z",
        "uri": "https://reports.example.org/1",
        **fields,
    }


def test_the_api_adds_evidence_from_json_and_multipart(acme, api_as):
    make_system(acme.owner, "Scoring", "4.2")
    api = api_as(acme.contributor)
    response = api.post("/api/v1/o/acme/evidence/", api_input(system=1, system_version="4.2"))
    assert response.status_code == 201 and response["Location"].endswith("/api/v1/o/acme/evidence/1/")
    assert response.json()["versions"][0]["system_version"] == "4.2"
    files = {"files": [upload(), upload("ratios.csv", CSV)]}
    response = api.post("/api/v1/o/acme/evidence/", api_input(**files), format="multipart")
    assert response.status_code == 201
    assert {file["media_type"] for file in response.json()["versions"][0]["files"]} == {"application/pdf", "text/csv"}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"title": ""}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"description": "x" * 10_000_000}, "description"),
        ({"kind": "rumour"}, "kind"),
        ({"system": 999_999_999_999}, "system"),
        ({"system": 77}, "system"),
        ({"system": "seven"}, "system"),
        ({"system_version": "4.2"}, "system_version"),
        ({"owner": "nobody"}, "owner"),
        ({"owner": "01938f4e-5f8a-7d3e-9d57-0a3a8a6f2b11"}, "owner"),
        ({"collected_at": "yesterday"}, "collected_at"),
        ({"collected_at": "9999-99-99"}, "collected_at"),
        ({"valid_for_days": -5}, "valid_for_days"),
        ({"valid_for_days": 10**30}, "valid_for_days"),
        ({"valid_for_days": [1]}, "valid_for_days"),
        ({"grace_days": "many"}, "grace_days"),
        ({"uri": "javascript:alert(1)"}, "uri"),
        ({"environment": "moon"}, "environment"),
        ({"files": "report.pdf"}, "files"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(acme, api_as, fields, name):
    response = api_as(acme.owner).post("/api/v1/o/acme/evidence/", api_input(**fields))
    assert response.status_code == 400 and name in response.json()
    with acme:
        assert not EvidenceItem.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "a\u202eb"},
        {"title": " "},
        {"kind": ""},
        {"owner": ""},
        {"owner": "x"},
        {"system": "x"},
        {"collected_at": "31 Foo"},
        {"collected_at": "2999-01-01T00:00"},
        {"valid_for_days": "-3"},
        {"valid_for_days": "9" * 40},
        {"uri": "not an address"},
        {"observed_from": "2025-13-01"},
        {"description": "x" * 10_001},
        {"system_version": "4.2"},
    ],
)
def test_the_page_shows_the_form_again_and_writes_nothing(acme, sign_in, fields):
    response = sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, **fields))
    assert response.status_code == 200 and b"error-summary" in response.content
    with acme:
        assert not EvidenceItem.objects.exists()


def test_absurd_but_harmless_unicode_is_kept(acme, sign_in):
    title = "𝔈𝔳𝔦𝔡𝔢𝔫𝔠𝔢 👩🏽‍🚀 ﷽ e\u0301"
    sign_in(acme.owner).post("/o/acme/evidence/add/", form(acme, title=title))
    with acme:
        assert EvidenceItem.objects.get().title.endswith("é")


def test_a_form_sent_twice_adds_once(acme, sign_in, api_as):
    client, fields = sign_in(acme.owner), form(acme, _once="one-and-the-same")
    first = client.post("/o/acme/evidence/add/", {**fields, "files": [upload()]})
    second = client.post("/o/acme/evidence/add/", {**fields, "files": [upload()]})
    assert first["Location"] == second["Location"]
    api = api_as(acme.owner)
    answers = [
        api.post("/api/v1/o/acme/evidence/", api_input(), headers={"Idempotency-Key": "again"}).json()["number"]
        for _ in range(2)
    ]
    assert answers == [2, 2]
    with acme:
        assert EvidenceItem.objects.count() == 2 and EvidenceFile.objects.count() == 1


def test_roles_without_the_permission_and_strangers_stay_outside(acme, globex, sign_in, api_as):
    for member in (acme.executive, acme.auditor, acme.certifier, acme.observer):
        assert sign_in(member).post("/o/acme/evidence/add/", form(acme)).status_code == 403
    assert api_as(acme.executive).post("/api/v1/o/acme/evidence/", api_input()).status_code == 403
    assert sign_in(globex.officer).post("/o/acme/evidence/add/", form(acme)).status_code == 404
    with acme:
        assert not EvidenceItem.objects.exists()


def test_people_and_systems_of_another_organisation_cannot_be_chosen(acme, globex, sign_in, api_as):
    foreign = make_system(globex.owner, "Triage", "1")
    client = sign_in(acme.owner)
    assert client.post("/o/acme/evidence/add/", form(acme, owner=str(globex.owner.pk))).status_code == 200
    assert client.post("/o/acme/evidence/add/", form(acme, system=str(foreign.pk))).status_code == 200
    response = api_as(acme.owner).post("/api/v1/o/acme/evidence/", api_input(owner=str(globex.owner.pk)))
    assert response.status_code == 400
    with acme:
        assert not EvidenceItem.objects.exists()


def test_as_many_files_as_allowed_and_not_one_more(acme):
    files = [upload(f"{n}.pdf", PDF + bytes([48 + n])) for n in range(MOST_FILES)]
    make_evidence(acme.owner, files=files)
    with acme:
        assert EvidenceFile.objects.count() == MOST_FILES
    with pytest.raises(RuleBroken, match="at most 20"), working_in(acme.organisation):
        add_evidence(
            title="x",
            kind="evaluation",
            collected_at=timezone.now(),
            files=[*files, upload()],
            actor=acme.owner,
        )
    with acme:
        assert EvidenceVersion.objects.count() == 1
