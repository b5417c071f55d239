"""Versions: a new one takes over, a rejected one gives way, nobody reviews their own, a withdrawal ends it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aims.integrations.models import Notification
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence.actions import add_version, edit_item, review_version, withdraw_item
from evidence.models import EvidenceItem, EvidenceVersion
from tests.evidence.making import make_system, upload
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(acme):
    return make_evidence(acme.contributor, collected_at=timezone.now() - timedelta(days=10))


def collect(item, actor, **fields):
    with working_in(actor.organisation):
        return add_version(
            item, actor=actor, **{"collected_at": timezone.now(), "method": "Again.", "valid_for_days": 30, **fields}
        )


def yesterday():
    return timezone.now() - timedelta(days=1)


def review(version, actor, verdict="accepted", note="Looked at all of it."):
    with working_in(actor.organisation):
        return review_version(version, verdict=verdict, note=note, actor=actor)


def reload(item):
    with working_in(item.organisation_id):
        return EvidenceItem.objects.select_related("current").get(pk=item.pk)


def test_a_new_version_takes_over_and_the_old_one_stays(acme, item):
    before = reload(item).revision
    version = collect(item, acme.owner)
    now = reload(item)
    assert now.current == version and now.fresh_until == version.valid_until and now.revision == before + 1
    with acme:
        assert list(item.versions.values_list("ordinal", flat=True)) == [2, 1]
        assert Event.objects.get(event="evidence.version.added").changes["version"] == 2


def test_an_older_collection_does_not_replace_a_newer_one(acme, item):
    with pytest.raises(RuleBroken, match="which is later") as broken:
        collect(item, acme.owner, collected_at=timezone.now() - timedelta(days=11))
    assert broken.value.field == "collected_at"


def test_an_accepted_version_stays_current(acme, item):
    with acme:
        version = item.versions.get()
    review(version, acme.challenger)
    assert reload(item).current.review == "accepted"
    with acme:
        event = Event.objects.get(event="evidence.version.accepted")
        assert event.actor == acme.challenger and event.changes["version"] == version.ordinal


def test_a_rejected_version_gives_way_to_the_one_before(acme, item):
    second = collect(item, acme.owner)
    review(second, acme.challenger, "rejected", "Wrong month.")
    now = reload(item)
    assert now.current.ordinal == 1 and now.fresh_until == now.current.valid_until
    review(now.current, acme.challenger, "rejected", "Wrong year.")
    now = reload(item)
    assert now.current is None and now.fresh_until is None and now.freshness() == "none"
    third = collect(item, acme.owner, collected_at=timezone.now() - timedelta(days=12))
    assert reload(item).current == third and third.ordinal == 3


def test_the_keeper_is_told_of_a_rejection_with_its_reason(acme, item):
    with acme:
        review(item.versions.get(), acme.challenger, "rejected", "Wrong month.")
        told = Notification.objects.get(member=acme.contributor)
    assert "Wrong month." in told.sentence and told.link == "/o/acme/evidence/1/"


def test_the_rules_of_a_review(acme, item):
    with acme:
        version = item.versions.get()
    with pytest.raises(RuleBroken, match="Somebody else"):
        review(version, acme.contributor)
    with pytest.raises(RuleBroken, match="Say why"):
        review(version, acme.challenger, "rejected", "  ")
    with pytest.raises(RuleBroken):
        review(version, acme.challenger, "withdrawn")
    review(version, acme.challenger)
    with pytest.raises(RuleBroken, match="reviewed already"):
        review(version, acme.officer, "rejected", "No.")


def test_a_withdrawal_takes_all_versions_out_of_use(acme, item):
    second = collect(item, acme.owner)
    review(second, acme.challenger, "rejected", "No.")
    with acme, pytest.raises(RuleBroken, match="Say why"):
        withdraw_item(item, reason=" ", actor=acme.officer)
    with working_in(acme.organisation):
        withdraw_item(item, reason="The data were wrong.", actor=acme.officer)
    now = reload(item)
    assert (now.status, now.current, now.fresh_until, now.withdrawn_reason) == (
        "withdrawn",
        None,
        None,
        "The data were wrong.",
    )
    with acme:
        assert list(item.versions.values_list("review", flat=True)) == ["rejected", "withdrawn"]
        assert not EvidenceVersion.objects.filter(next_change_at__isnull=False, review="withdrawn").exists()
    for act in (
        lambda: collect(item, acme.owner),
        lambda: review(second, acme.officer),
        lambda: edit(item, acme, title="Other"),
    ):
        with pytest.raises(RuleBroken, match="was withdrawn"):
            act()


def edit(item, acme, **fields):
    with working_in(acme.organisation):
        current = EvidenceItem.objects.select_related("owner", "system").get(pk=item.pk)
        said = {
            name: getattr(current, name)
            for name in ("title", "kind", "description", "owner", "system", "confidentiality")
        }
        return edit_item(current, actor=acme.officer, **{**said, **fields})


def test_an_edit_is_recorded_with_before_and_after(acme, item):
    edit(item, acme, title="Better title", owner=acme.owner)
    with acme:
        changes = Event.objects.get(event="evidence.item.edited").changes
    assert changes["title"] == ["Selection rates by age band", "Better title"] and changes["owner"][1] == str(
        acme.owner
    )


def test_an_edit_that_changes_nothing_is_no_event(acme, item):
    edit(item, acme)
    with acme:
        assert not Event.objects.filter(event="evidence.item.edited").exists()


def test_a_lost_update_is_refused_by_action_page_and_api(acme, item, sign_in, api_as):
    opened = reload(item).revision
    edit(item, acme, title="First")
    with pytest.raises(ChangedSinceOpened):
        edit(item, acme, title="Second", revision=opened)
    fields = {"title": "Second", "kind": "evaluation", "owner": str(acme.owner.pk), "confidentiality": "internal"}
    page = sign_in(acme.owner).post("/o/acme/evidence/1/edit/", {**fields, "revision": opened})
    assert page.status_code == 200 and "has changed since you opened it" in page.content.decode()
    answer = api_as(acme.owner).put("/api/v1/o/acme/evidence/1/", {**fields, "revision": opened})
    assert answer.status_code == 409 and answer.json()["code"] == "changed"
    assert reload(item).title == "First"


def test_kind_and_system_change_only_where_the_versions_allow_it(acme):
    scoring, chat = make_system(acme.owner, "Scoring", "4.2"), make_system(acme.owner, "Chat")
    with acme:
        version = scoring.versions.get()
    item = make_evidence(acme.owner, system=scoring, system_version=version, valid_for_days=300)
    with pytest.raises(RuleBroken) as broken:
        edit(item, acme, kind="monitoring_series")
    assert broken.value.field == "kind"
    with pytest.raises(RuleBroken) as broken:
        edit(item, acme, system=chat)
    assert broken.value.field == "system"
    endless = make_evidence(acme.owner, kind="document", valid_for_days=None)
    with pytest.raises(RuleBroken, match="has no end"):
        edit(endless, acme, kind="evaluation")


def test_the_pages_carry_out_the_whole_life(acme, item, sign_in):
    client = sign_in(acme.owner)
    response = client.post(
        "/o/acme/evidence/1/versions/add/",
        {"collected_at": f"{yesterday():%Y-%m-%dT%H:%M}", "valid_for_days": "30", "files": [upload()]},
    )
    assert response.status_code == 302
    assert sign_in(acme.owner).get("/o/acme/evidence/1/versions/2/review/").status_code == 403
    client = sign_in(acme.officer)
    response = client.post("/o/acme/evidence/1/versions/2/review/", {"verdict": "rejected"})
    assert response.status_code == 200 and "Say why it is rejected" in response.content.decode()
    response = client.post("/o/acme/evidence/1/versions/2/review/", {"verdict": "accepted", "note": "Fine."})
    assert response.status_code == 302
    assert client.post("/o/acme/evidence/1/versions/9/review/", {"verdict": "accepted"}).status_code == 404
    revision = reload(item).revision
    assert client.post("/o/acme/evidence/1/withdraw/", {"revision": revision}).status_code == 200
    response = client.post("/o/acme/evidence/1/withdraw/", {"reason": "Superseded.", "revision": revision})
    assert response.status_code == 302
    assert "Superseded." in client.get("/o/acme/evidence/1/").content.decode()


def test_the_api_carries_out_the_whole_life(acme, item, api_as):
    owner, officer = api_as(acme.owner), api_as(acme.officer)
    root = "/api/v1/o/acme/evidence/1"
    added = owner.post(
        f"{root}/versions/", {"files": [upload()], "collected_at": yesterday().isoformat()}, format="multipart"
    )
    assert added.status_code == 201 and added.json()["ordinal"] == 2 and added.json()["freshness"] == "fresh"
    assert owner.post(f"{root}/versions/2/review/", {"verdict": "accepted"}).status_code == 403
    answer = officer.post(f"{root}/versions/2/review/", {"verdict": "maybe"})
    assert answer.status_code == 400 and "verdict" in answer.json()
    assert officer.post(f"{root}/versions/2/review/", {"verdict": "accepted"}).json()["review"] == "accepted"
    stale = officer.post(f"{root}/withdraw/", {"reason": "Superseded.", "revision": 1})
    assert stale.status_code == 409 and stale.json()["code"] == "changed"
    answer = officer.post(f"{root}/withdraw/", {"reason": "Superseded."})
    assert answer.status_code == 200 and answer.json()["status"] == answer.json()["freshness"] == "withdrawn"
    assert officer.post(f"{root}/withdraw/", {"reason": "Again."}).status_code == 409


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("edit/", {"officer", "owner", "contributor"}),
        ("versions/add/", {"officer", "owner", "contributor"}),
        ("versions/1/review/", {"officer", "challenger"}),
        ("withdraw/", {"officer", "owner"}),
    ],
)
def test_each_step_is_for_its_roles_only(acme, globex, item, sign_in, address, allowed):
    for name, member in acme.everyone().items():
        expected = {200} if name in allowed else {403}
        for method in ("get", "post"):
            assert getattr(sign_in(member), method)(f"/o/acme/evidence/1/{address}").status_code in expected, name
    assert sign_in(globex.officer).get(f"/o/acme/evidence/1/{address}").status_code == 404
